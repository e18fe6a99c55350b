//! What becomes of a key on its way: cut, quoted, doubled, encoded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The key in every form in which somebody may send it, each with a name.
pub(crate) fn forms(key: &str) -> Vec<(&'static str, String)> {
    let percent = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let middle = key.len() - 30;
    vec![
        ("whole", key.to_owned()),
        ("without its end", key[..key.len() - 1].to_owned()),
        ("without its checksum", key[..key.len() - 6].to_owned()),
        ("without its beginning", key[1..].to_owned()),
        ("without prefix and id", key[key.len() - 38..].to_owned()),
        ("the secret alone", super::finder::secret_of(key).to_owned()),
        ("in quotes", format!("\"{key}\"")),
        ("in single quotes", format!("'{key}'")),
        ("behind a scheme", format!("Bearer {key}")),
        ("behind a backslash", format!("\\{key}")),
        ("behind a dollar", format!("${key}")),
        ("twice", format!("{key}{key}")),
        ("twice, apart", format!("{key}, {key}")),
        ("in parts", format!("{}-{}", &key[..middle], &key[middle..])),
        ("in blanks", format!("  {key}\t ")),
        ("in capitals", key.to_uppercase()),
        ("with an accent", format!("{key}é")),
        ("percent-encoded", percent(key)),
        ("in Base64", STANDARD.encode(format!("user:{key}"))),
        ("in a sentence", format!("the key is {key}, keep it")),
        ("very long", key.repeat(40)),
    ]
}

/// The text as it stands in a path or a query: whatever would end it is encoded.
pub(crate) fn in_address(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"$_-.%'".contains(&byte);
    text.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
