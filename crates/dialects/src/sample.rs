//! `curl` lines that survive a shell.
//!
//! Must not use double quotes: a shell would expand the `$` that keys of some realms begin with.

/// A GET with these headers, ready to be pasted.
pub(crate) fn curl(base_url: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let url = format!("{}{path}", base_url.trim_end_matches('/'));
    let mut line = format!("curl {}", single_quoted(&url));
    for (name, value) in headers {
        line.push_str(" -H ");
        line.push_str(&single_quoted(&format!("{name}: {value}")));
    }
    line
}

/// One word for a POSIX shell, in which nothing is expanded.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_sample_is_expanded_by_a_shell() {
        assert_eq!(
            curl("http://127.0.0.1:8801/", "/v3/a", &[("access_token", "$aact_hmlg_x")]),
            "curl 'http://127.0.0.1:8801/v3/a' -H 'access_token: $aact_hmlg_x'"
        );
        assert_eq!(single_quoted("a'b$(c)"), r"'a'\''b$(c)'");
    }
}
