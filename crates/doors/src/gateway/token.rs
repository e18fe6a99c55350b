//! The signed form of what an upstream is told: a JSON Web Token, EdDSA (RFC 7519, RFC 8037).
//!
//! Written here and not by a library because the key would be read anew for every token. Must not
//! be accepted anywhere in this server; it is for upstreams.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{AccountId, KeyId, Place};
use domain::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::identity::IdentitySigner;

/// How long a token is good.
const VALID_S: i64 = 120;

#[derive(Serialize)]
struct Head<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'static str,
    sub: Text<KeyId>,
    aud: &'a str,
    iat: i64,
    exp: i64,
    realm: &'a str,
    environment: &'a str,
    account: Text<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Text<AccountId>>,
    key: Text<KeyId>,
}

/// An identifier, spelled as everywhere.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// On whose behalf a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Bearer {
    pub(super) key: KeyId,
    pub(super) account: AccountId,
    pub(super) project: Option<AccountId>,
}

/// A fresh token.
pub(super) fn mint(
    signer: &dyn IdentitySigner,
    place: &Place,
    bearer: Bearer,
    now: Timestamp,
) -> String {
    let iat = now.as_millis() / 1_000;
    let head = Head { alg: "EdDSA", typ: "JWT", kid: signer.key_id() };
    let claims = Claims {
        iss: "chaveiro",
        sub: Text(bearer.key),
        aud: place.realm.as_str(),
        iat,
        exp: iat + VALID_S,
        realm: place.realm.as_str(),
        environment: place.environment.as_str(),
        account: Text(bearer.account),
        project: bearer.project.map(Text),
        key: Text(bearer.key),
    };
    let mut token = String::with_capacity(768);
    encode(&json(&head), &mut token);
    token.push('.');
    encode(&json(&claims), &mut token);
    let signature = signer.sign(token.as_bytes());
    token.push('.');
    encode(&signature, &mut token);
    token
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Text and numbers alone always serialize.
    serde_json::to_vec(value).unwrap_or_default()
}

fn encode(bytes: &[u8], token: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, token);
}
