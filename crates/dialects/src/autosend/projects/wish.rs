//! Reads the body that asks for a project.
//!
//! Members that the contract does not name are passed over, because clients in use send them. Must
//! not take a member twice.

use domain::account::Details;
use domain::name::DisplayName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most characters of a name (contract, section 1.3).
const NAME_MAX: usize = 100;
/// Most characters of a domain (RFC 1035, section 2.3.4).
const DOMAIN_MAX: usize = 253;
/// The regions of the contract.
const REGIONS: [&str; 3] = ["us-east-1", "us-east-2", "ap-south-1"];

/// A project that is asked for.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) name: DisplayName,
    pub(super) details: Option<Details>,
}

/// What this dialect keeps about a project.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) domain: Option<String>,
    pub(super) region: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    name: Option<Value>,
    domain: Option<Value>,
    region_key: Option<Value>,
}

/// A member that is wrong, and why.
type Wrong = (&'static str, String);

/// Reads the body, or says all that is wrong with it.
pub(super) fn read(body: &[u8]) -> Result<Wish, Vec<Wrong>> {
    // A list would do for the members in their order, which nobody means.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let Some(body) = is_object.then(|| serde_json::from_slice::<Body>(body).ok()).flatten() else {
        return Err(vec![(
            "body",
            "Expected a JSON object that names each member once".to_owned(),
        )]);
    };
    let mut wrong = Vec::new();
    let mut note = |field, result: Result<Option<String>, String>| {
        result.unwrap_or_else(|reason| {
            wrong.push((field, reason));
            None
        })
    };
    let domain = note("domain", domain(body.domain));
    let region = note("regionKey", region(body.region_key));
    let name = name(body.name).map_err(|reason| wrong.push(("name", reason))).ok();
    let kept = Kept { domain, region };
    match (name, wrong.is_empty()) {
        (Some(name), true) => Ok(Wish { name, details: kept.to_details() }),
        _ => Err(wrong),
    }
}

impl Kept {
    /// What was kept; nothing where nothing can be read.
    pub(super) fn of(details: Option<&Details>) -> Self {
        details.and_then(|text| serde_json::from_str(text.as_str()).ok()).unwrap_or_default()
    }

    fn to_details(&self) -> Option<Details> {
        if *self == Self::default() {
            return None;
        }
        let text = serde_json::to_string(self).ok()?;
        // Both members are far shorter than the room that there is.
        Details::new(&text).ok()
    }
}

fn name(value: Option<Value>) -> Result<DisplayName, String> {
    let Some(Value::String(text)) = value else {
        return Err("Project name is required".to_owned());
    };
    if text.chars().count() > NAME_MAX {
        return Err(format!("Project name must have at most {NAME_MAX} characters"));
    }
    DisplayName::parse(&text).map_err(|error| error.to_string())
}

fn domain(value: Option<Value>) -> Result<Option<String>, String> {
    let wrong = || "Domain must be a host name without a scheme, such as example.com".to_owned();
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
            let label_fits = |label: &str| {
                (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
            };
            let labels = text.split('.').all(label_fits);
            let fits = text.len() <= DOMAIN_MAX && text.contains('.') && labels;
            // A domain is shown for ever, like a name, so no key may stand in it.
            let nameable = DisplayName::parse(&text).is_ok();
            if fits && nameable && text.bytes().all(plain) { Ok(Some(text)) } else { Err(wrong()) }
        }
        Some(_) => Err(wrong()),
    }
}

fn region(value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if REGIONS.contains(&text.as_str()) => Ok(Some(text)),
        Some(_) => Err(format!("Region must be one of {}", REGIONS.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong_fields(body: &str) -> Vec<&'static str> {
        read(body.as_bytes()).expect_err(body).into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_name_is_enough_and_strange_members_are_passed_over() {
        let wish = read(br#"{"name":"Shop","plan":"pro"}"#).expect("a wish");
        assert_eq!((wish.name.as_str(), wish.details), ("Shop", None));
    }

    #[test]
    fn domain_and_region_are_kept() {
        let body = br#"{"name":"Shop","domain":"shop.example.com","regionKey":"us-east-2"}"#;
        let details = read(body).expect("a wish").details;
        let kept = Kept::of(details.as_ref());
        assert_eq!(kept.domain.as_deref(), Some("shop.example.com"));
        assert_eq!(kept.region.as_deref(), Some("us-east-2"));
    }

    #[test]
    fn every_member_that_is_wrong_is_named() {
        let all = r#"{"name":7,"domain":"https://a.b","regionKey":"mars"}"#;
        assert_eq!(wrong_fields(all), ["domain", "regionKey", "name"]);
        for body in [
            "{}".to_owned(),
            r#"{"name":null}"#.to_owned(),
            r#"{"name":"  "}"#.to_owned(),
            r#"{"name":"a\nb"}"#.to_owned(),
            format!(r#"{{"name":"{}"}}"#, "a".repeat(101)),
        ] {
            assert_eq!(wrong_fields(&body), ["name"], "{body}");
        }
        let secret = &format!("{}.example.com", "aZ3".repeat(19)[..55].to_owned());
        for domain in [
            secret,
            "localhost",
            "-a.b",
            "a-.b",
            "a..b",
            ".a.b",
            "a b.c",
            "a.b/c",
            "",
            &"a.".repeat(200),
        ] {
            let body = format!(r#"{{"name":"a","domain":"{domain}"}}"#);
            assert_eq!(wrong_fields(&body), ["domain"], "{body}");
        }
    }

    #[test]
    fn what_is_no_object_with_each_member_once_is_refused() {
        for body in [
            "",
            "[]",
            r#"["a",null,null]"#,
            "null",
            "\"name\"",
            r#"{"name":"a","name":"b"}"#,
            "{\"name\":",
        ] {
            assert_eq!(wrong_fields(body), ["body"], "{body}");
        }
        assert_eq!(wrong_fields(&"[".repeat(60_000)), ["body"]);
    }
}
