//! Golden files as a page shows them: their comment, the request and the answer, line by line.
//!
//! Must not judge an answer: the tests of the dialects do, with a reader of their own.

/// One golden file.
#[derive(Debug)]
pub(super) struct Golden<'a> {
    /// Its comment, without the rows it stands for.
    pub(super) sentence: String,
    pub(super) question: Question<'a>,
    pub(super) status: &'a str,
    /// The headers that come, as they are shown.
    pub(super) headers: Vec<String>,
    /// The names of headers that must not come.
    pub(super) absent: Vec<&'a str>,
    pub(super) body: Body,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Question<'a> {
    Request(Vec<&'a str>),
    Rendering(&'a str),
}

/// The body of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    Absent,
    Any,
    Exactly(String),
}

impl Body {
    /// What a page shows of it.
    pub(super) fn shown(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Any => Some(ANY),
            Self::Exactly(text) => Some(text),
        }
    }
}

impl<'a> Golden<'a> {
    /// The lines of the request; none where there is no request.
    pub(super) fn request(&self) -> &[&'a str] {
        match &self.question {
            Question::Request(lines) => lines,
            Question::Rendering(_) => &[],
        }
    }
}

/// Reads a golden file, or says at which line it is none.
pub(super) fn parse(text: &str) -> Result<Golden<'_>, (usize, String)> {
    let (mut comments, mut asked, mut renderings, mut answer) = (vec![], vec![], vec![], vec![]);
    for (number, line) in text.lines().enumerate() {
        let (sign, rest) = line.split_at_checked(1).unwrap_or_default();
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match sign {
            "#" if rest.starts_with("row: ") => {}
            "#" => comments.push(rest),
            ">" => asked.push(rest),
            "=" => renderings.push(rest),
            "<" => answer.push(rest),
            _ => return Err((number + 1, "has a line without one of the signs # > = <".into())),
        }
    }
    let question = match (asked.is_empty(), renderings.as_slice()) {
        (false, []) => Question::Request(asked),
        (true, [words]) => Question::Rendering(words),
        _ => return Err((1, "should ask one thing, by a request or by a rendering".into())),
    };
    if comments.is_empty() {
        return Err((1, "should say in a comment what it shows".into()));
    }
    let Some((status, lines)) = answer.split_first() else {
        return Err((1, "should have an answer".into()));
    };
    let end = lines.iter().position(|line| line.is_empty());
    let (headers, body) = lines.split_at(end.unwrap_or(lines.len()));
    let (absent, came): (Vec<&str>, Vec<&str>) =
        headers.iter().partition(|header| header.starts_with(ABSENT));
    Ok(Golden {
        sentence: comments.join(" "),
        question,
        status,
        headers: came.into_iter().map(shown).collect(),
        absent: absent.into_iter().map(|header| header.trim_start_matches(ABSENT)).collect(),
        body: match body.split_first() {
            None => Body::Absent,
            Some((_, ["*"])) => Body::Any,
            Some((_, lines)) => Body::Exactly(lines.join("\n")),
        },
    })
}

fn shown(header: &str) -> String {
    match header.strip_suffix(": *") {
        Some(name) => format!("{name}: {ANY}"),
        None => header.to_owned(),
    }
}

const ABSENT: char = '!';
const ANY: &str = "…";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_golden_is_rejected_at_its_line() {
        for (text, line) in [
            ("# A\n> GET /\nodd\n< 200", 3),
            ("# A\n> GET /\n\n< 200", 3),
            ("# A\n< 200", 1),
            ("# A\n> GET /\n= refusal unknown\n< 200", 1),
            ("# A\n= refusal unknown\n= refusal deleted\n< 200", 1),
            ("# A\n> GET /", 1),
            ("# row: a b c\n> GET /\n< 200", 1),
        ] {
            assert_eq!(parse(text).expect_err(text).0, line, "{text}");
        }
    }

    #[test]
    fn an_answer_without_a_body_is_told_from_any_body_and_from_an_empty_one() {
        let body = |answer: &str| {
            let text = format!("# A\n> GET /\n< 200\n{answer}");
            parse(&text).expect("a golden").body
        };
        assert_eq!(body("< a: b"), Body::Absent);
        assert_eq!(body("<\n< *"), Body::Any);
        assert_eq!(body("<"), Body::Exactly(String::new()));
        assert_eq!(body("<\n< a\n<\n< b"), Body::Exactly("a\n\nb".to_owned()));
    }
}
