//! The names of our own header lines, made once.
//!
//! Must not hold a name that belongs to a dialect.

use http::HeaderName;

pub(crate) static ACCOUNT: HeaderName = HeaderName::from_static("chaveiro-account");
pub(crate) static ENVIRONMENT: HeaderName = HeaderName::from_static("chaveiro-environment");
pub(crate) static HINT: HeaderName = HeaderName::from_static("chaveiro-hint");
pub(crate) static IDENTITY: HeaderName = HeaderName::from_static("chaveiro-identity");
pub(crate) static KEY: HeaderName = HeaderName::from_static("chaveiro-key");
pub(crate) static PROJECT: HeaderName = HeaderName::from_static("chaveiro-project");
pub(crate) static REALM: HeaderName = HeaderName::from_static("chaveiro-realm");
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("chaveiro-request-id");

pub(crate) static ASKED_CLIENT: HeaderName = HeaderName::from_static("chaveiro-asked-client");
pub(crate) static ASKED_METHOD: HeaderName = HeaderName::from_static("chaveiro-asked-method");
pub(crate) static ASKED_SCHEME: HeaderName = HeaderName::from_static("chaveiro-asked-scheme");
pub(crate) static ASKED_TARGET: HeaderName = HeaderName::from_static("chaveiro-asked-target");
pub(crate) static REFUSAL: HeaderName = HeaderName::from_static("chaveiro-refusal");
pub(crate) static REMOVE: HeaderName = HeaderName::from_static("chaveiro-remove");
pub(crate) static VERIFIER: HeaderName = HeaderName::from_static("chaveiro-verifier");

pub(crate) static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(crate) static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) static FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
pub(crate) static FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
pub(crate) static ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
pub(crate) static ORIGINAL_URI: HeaderName = HeaderName::from_static("x-original-uri");
