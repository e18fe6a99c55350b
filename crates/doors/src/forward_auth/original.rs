//! Reads which request a proxy asks about, from the header lines that it sets for that.
//!
//! Whatever could have come from the proxy's client is a mistake and not a choice: a line twice,
//! both forms at once, half of one. Must not fill in what is missing.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::arrival::Scheme;
use crate::names;
use crate::rest::problem::{Problem, ProblemCode};

/// How a proxy asks, which tells how it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It passes on what it is answered.
    PassedOn,
    /// It looks at the status alone.
    StatusAlone,
    /// It is the service itself, and its caller's lines are as they came to it.
    ForItself,
}

/// The request that is asked about.
#[derive(Debug)]
pub(super) struct Original<'a> {
    pub(super) form: Form,
    pub(super) method: Method,
    pub(super) target: &'a [u8],
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<Scheme>,
}

/// What a line can say of the request, by its place in [`NAMES`].
#[derive(Clone, Copy, Debug)]
enum Said {
    ForwardedMethod,
    ForwardedUri,
    OriginalMethod,
    OriginalUri,
    AskedMethod,
    AskedTarget,
    ForwardedFor,
    ForwardedProto,
    AskedClient,
    AskedScheme,
}

static NAMES: [&HeaderName; 10] = [
    &names::FORWARDED_METHOD,
    &names::FORWARDED_URI,
    &names::ORIGINAL_METHOD,
    &names::ORIGINAL_URI,
    &names::ASKED_METHOD,
    &names::ASKED_TARGET,
    &names::FORWARDED_FOR,
    &names::FORWARDED_PROTO,
    &names::ASKED_CLIENT,
    &names::ASKED_SCHEME,
];

/// A line that may come once.
#[derive(Clone, Copy)]
enum Line<'a> {
    Absent,
    Once(&'a HeaderValue),
    Repeated,
}

/// The lines of a head that say something of the request.
struct Lines<'a>([Line<'a>; NAMES.len()]);

impl<'a> Lines<'a> {
    /// Goes through the head once: a look-up for each name would cost more than most heads are long.
    fn of(headers: &'a HeaderMap) -> Self {
        let mut lines = [Line::Absent; NAMES.len()];
        for (name, value) in headers {
            if let Some(at) = NAMES.iter().position(|known| *known == name) {
                lines[at] = match lines[at] {
                    Line::Absent => Line::Once(value),
                    Line::Once(_) | Line::Repeated => Line::Repeated,
                };
            }
        }
        Self(lines)
    }

    fn get(&self, said: Said) -> Result<Option<&'a HeaderValue>, Problem> {
        match self.0[said as usize] {
            Line::Absent => Ok(None),
            Line::Once(value) => Ok(Some(value)),
            Line::Repeated => Err(mistake(format!(
                "{} came more than once. Have the proxy replace what its client sends.",
                said.name()
            ))),
        }
    }
}

impl Said {
    fn name(self) -> &'static HeaderName {
        NAMES[self as usize]
    }
}

/// Reads it.
pub(super) fn read(headers: &HeaderMap) -> Result<Original<'_>, Problem> {
    let lines = Lines::of(headers);
    let pair = |method, target| Ok((lines.get(method)?, lines.get(target)?));
    let forms = [
        (Form::PassedOn, pair(Said::ForwardedMethod, Said::ForwardedUri)?),
        (Form::StatusAlone, pair(Said::OriginalMethod, Said::OriginalUri)?),
        (Form::ForItself, pair(Said::AskedMethod, Said::AskedTarget)?),
    ];
    let mut begun = forms.into_iter().filter(|(_, pair)| *pair != (None, None));
    let (form, method, target) = match (begun.next(), begun.next()) {
        (Some((form, (Some(method), Some(target)))), None) => (form, method, target),
        (None, _) => {
            return Err(mistake(
                "Nothing says which request is asked about. Have the proxy set X-Forwarded-Method and X-Forwarded-Uri, or X-Original-Method and X-Original-URI.",
            ));
        }
        _ => {
            return Err(mistake(
                "It is not clear which request is asked about. Have the proxy set either X-Forwarded-Method and X-Forwarded-Uri or X-Original-Method and X-Original-URI, and remove the others and Chaveiro-Asked-Method and -Target.",
            ));
        }
    };
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
        mistake("The original method is not a method. Have the proxy give that of the request.")
    })?;
    let (from, over) = match form {
        Form::PassedOn | Form::StatusAlone => (Said::ForwardedFor, Said::ForwardedProto),
        Form::ForItself => (Said::AskedClient, Said::AskedScheme),
    };
    let client = lines.get(from)?.map(|value| client(from.name(), value)).transpose()?;
    let scheme = lines.get(over)?.map(|value| scheme(over.name(), value)).transpose()?;
    Ok(Original { form, method, target: target.as_bytes(), client, scheme })
}

/// The last address of the list: the proxy itself wrote that one.
fn client(name: &HeaderName, value: &HeaderValue) -> Result<IpAddr, Problem> {
    let text = value.to_str().unwrap_or_default();
    let last = text.rsplit(',').next().unwrap_or_default().trim();
    let address = last.parse::<IpAddr>().map_err(|_| {
        mistake(format!(
            "{name} does not end in an address. Have the proxy put its client's there, without a port."
        ))
    })?;
    Ok(address.to_canonical())
}

/// How the request came to the proxy; sockets of the web are spoken over the same two.
fn scheme(name: &HeaderName, value: &HeaderValue) -> Result<Scheme, Problem> {
    match value.as_bytes() {
        b"http" | b"ws" => Ok(Scheme::Http),
        b"https" | b"wss" => Ok(Scheme::Https),
        _ => Err(mistake(format!("{name} has to be http or https."))),
    }
}

fn mistake(detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::saying(ProblemCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            (name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"))
        };
        let mut headers = HeaderMap::new();
        lines.iter().map(pair).for_each(|(name, value)| {
            headers.append(name, value);
        });
        headers
    }

    const METHOD: (&str, &str) = ("x-forwarded-method", "POST");
    const TARGET: (&str, &str) = ("x-forwarded-uri", "/v3/payments?a=b");
    const SERVICE: [(&str, &str); 2] =
        [("chaveiro-asked-method", "POST"), ("chaveiro-asked-target", "/a")];
    const NGINX: [(&str, &str); 2] = [("x-original-method", "POST"), ("x-original-uri", "/a")];

    #[test]
    fn a_request_that_is_described_whole_is_read() {
        let lines = [METHOD, TARGET, ("x-forwarded-for", "10.0.0.1, ::ffff:203.0.113.9")];
        let headers = headers(&lines);
        let original = read(&headers).expect("a request");
        assert_eq!((original.form, original.method), (Form::PassedOn, Method::POST));
        assert_eq!(original.target, b"/v3/payments?a=b");
        assert_eq!(original.client, Some("203.0.113.9".parse().expect("an address")));
        assert_eq!(original.scheme, None);
        let other = self::headers(&NGINX);
        assert_eq!(read(&other).expect("a request").form, Form::StatusAlone);
    }

    #[test]
    fn what_a_service_passes_on_of_its_caller_says_nothing_of_the_request() {
        let theirs =
            [("x-forwarded-for", "a"), ("x-forwarded-for", "b"), ("x-forwarded-proto", "")];
        let own = [("chaveiro-asked-client", "203.0.113.9"), ("chaveiro-asked-scheme", "https")];
        let lines = [&SERVICE[..], &theirs, &own].concat();
        let headers = headers(&lines);
        let original = read(&headers).expect("a request");
        assert_eq!((original.form, original.method), (Form::ForItself, Method::POST));
        assert_eq!(original.target, b"/a");
        assert_eq!(original.client, Some("203.0.113.9".parse().expect("an address")));
        assert_eq!(original.scheme, Some(Scheme::Https));
        let headers = self::headers(&[&[METHOD, TARGET][..], &own].concat());
        assert_eq!(read(&headers).expect("a request").client, None, "a proxy says it elsewhere");
    }

    #[test]
    fn what_is_missing_twice_or_contradictory_is_a_mistake() {
        let [nginx_method, nginx_uri] = NGINX;
        let [own_method, own_target] = SERVICE;
        for lines in [
            &[][..],
            &[METHOD],
            &[TARGET],
            &[nginx_method],
            &[nginx_uri],
            &[METHOD, nginx_uri],
            &[METHOD, TARGET, nginx_uri],
            &[METHOD, TARGET, nginx_method, nginx_uri],
            &[own_method],
            &[own_target],
            &[METHOD, TARGET, own_method, own_target],
            &[METHOD, TARGET, own_target],
            &[nginx_method, nginx_uri, own_method],
            &[own_method, own_method, own_target],
            &[own_method, own_target, ("chaveiro-asked-client", "unknown")],
            &[own_method, own_target, ("chaveiro-asked-scheme", "ftp")],
            &[METHOD, METHOD, TARGET],
            &[METHOD, TARGET, TARGET],
            &[("x-forwarded-method", "G T"), TARGET],
            &[("x-forwarded-method", ""), TARGET],
            &[METHOD, TARGET, ("x-forwarded-for", "a"), ("x-forwarded-for", "b")],
            &[METHOD, TARGET, ("x-forwarded-for", "")],
            &[METHOD, TARGET, ("x-forwarded-for", "203.0.113.9, unknown")],
            &[METHOD, TARGET, ("x-forwarded-for", "203.0.113.9:80")],
            &[METHOD, TARGET, ("x-forwarded-for", "203.0.113.9,")],
            &[METHOD, TARGET, ("x-forwarded-proto", "https"), ("x-forwarded-proto", "https")],
            &[METHOD, TARGET, ("x-forwarded-proto", "https,http")],
        ] {
            assert!(read(&headers(lines)).is_err(), "{lines:?}");
        }
    }
}
