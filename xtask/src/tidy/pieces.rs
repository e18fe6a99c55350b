//! A source file as a flat row of words, marks and string literals, each with its line.
//!
//! Must not show comments: what only a reader sees can't break a rule about code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One piece of a source file.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) line: usize,
    /// It stands inside an item marked `#[cfg(test)]`.
    pub(super) is_test: bool,
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    Mark(char),
    /// The value of a string, byte string or C string literal.
    Text(String),
}

impl Piece {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found == word)
    }

    pub(super) fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// Whether `::` stands at this place.
pub(super) fn double_colon(pieces: &[Piece], at: usize) -> bool {
    matches!(pieces.get(at..at + 2), Some([a, b]) if a.is_mark(':') && b.is_mark(':'))
}

/// Cuts a source file into its pieces.
pub(super) fn of(text: &str) -> Result<Vec<Piece>, String> {
    // A first line for the shell is no Rust; the empty comment keeps the line numbers.
    let text = if text.starts_with("#!/") { format!("//{text}") } else { text.to_owned() };
    let tokens: TokenStream = text.parse().map_err(|error| format!("it can't be read: {error}"))?;
    let mut pieces = Vec::new();
    flatten(tokens, false, &mut pieces);
    Ok(pieces)
}

fn flatten(tokens: TokenStream, is_test: bool, pieces: &mut Vec<Piece>) {
    let mut tokens = tokens.into_iter().peekable();
    // Set by `#[cfg(test)]`, and cleared where the item behind it ends.
    let mut in_test_item = false;
    while let Some(token) = tokens.next() {
        let line = token.span().start().line;
        let is_test = is_test || in_test_item;
        let mut push = |kind| pieces.push(Piece { line, is_test, kind });
        match token {
            TokenTree::Ident(word) => push(Kind::Word(word.to_string())),
            TokenTree::Literal(literal) => {
                if let Some(text) = value(literal) {
                    push(Kind::Text(text));
                }
            }
            TokenTree::Punct(mark) => {
                if mark.as_char() == '#' {
                    // `#!` and `#` before brackets: an attribute, which may be a comment in disguise.
                    tokens
                        .next_if(|next| matches!(next, TokenTree::Punct(p) if p.as_char() == '!'));
                    match tokens.peek().map(attribute) {
                        Some(Attribute::Doc) => {
                            tokens.next();
                        }
                        Some(Attribute::CfgTest) => in_test_item = true,
                        Some(Attribute::Other) | None => {}
                    }
                } else {
                    push(Kind::Mark(mark.as_char()));
                    in_test_item &= mark.as_char() != ';';
                }
            }
            TokenTree::Group(group) => {
                push(Kind::Mark(opening(group.delimiter())));
                flatten(group.stream(), is_test, pieces);
                in_test_item &= group.delimiter() != Delimiter::Brace;
            }
        }
    }
}

enum Attribute {
    Doc,
    CfgTest,
    Other,
}

fn attribute(token: &TokenTree) -> Attribute {
    let TokenTree::Group(group) = token else { return Attribute::Other };
    let text = group.stream().to_string().replace(' ', "");
    match text.as_str() {
        "cfg(test)" => Attribute::CfgTest,
        _ if text.starts_with("doc=") => Attribute::Doc,
        _ => Attribute::Other,
    }
}

fn value(literal: proc_macro2::Literal) -> Option<String> {
    let literal = syn::Lit::new(literal);
    if let syn::Lit::Str(text) = &literal {
        return Some(text.value());
    }
    let bytes = if let syn::Lit::ByteStr(bytes) = &literal {
        bytes.value()
    } else if let syn::Lit::CStr(text) = &literal {
        text.value().into_bytes()
    } else {
        return None;
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn opening(delimiter: Delimiter) -> char {
    match delimiter {
        Delimiter::Parenthesis => '(',
        Delimiter::Brace => '{',
        Delimiter::Bracket => '[',
        Delimiter::None => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(usize, bool, String)> {
        of(source)
            .expect("the sample is Rust")
            .into_iter()
            .filter_map(|piece| match piece.kind {
                Kind::Text(text) => Some((piece.line, piece.is_test, text)),
                Kind::Word(_) | Kind::Mark(_) => None,
            })
            .collect()
    }

    #[test]
    fn every_kind_of_string_is_seen_with_its_line_and_no_comment_is() {
        let source = "//! a \"comment\"\n/// more\n#[doc = \"hidden\"]\n#[name = \"kept\"]\nconst A: X = f(\n\
            r#\"raw\"#, b\"bytes\", c\"c\", 'x', 5, \"a\\x62c\");\n";
        let expected = [(4, "kept"), (6, "raw"), (6, "bytes"), (6, "c"), (6, "abc")];
        assert_eq!(texts(source), expected.map(|(line, text)| (line, false, text.to_owned())));
    }

    #[test]
    fn a_test_item_ends_where_the_next_item_begins() {
        let source = "const A: &str = \"a\";\n#[cfg(test)]\nmod tests { const B: &str = \"b\"; fn c() { d(\"d\") } }\n\
            const E: &str = \"e\";\n#[cfg(test)]\nconst F: &str = \"f\";\nconst G: &str = \"g\";\n\
            #[cfg(not(test))]\nconst H: &str = \"h\";";
        let seen: Vec<(bool, String)> =
            texts(source).into_iter().map(|(_, is_test, text)| (is_test, text)).collect();
        let expected = [
            (false, "a"),
            (true, "b"),
            (true, "d"),
            (false, "e"),
            (true, "f"),
            (false, "g"),
            (false, "h"),
        ];
        assert_eq!(seen, expected.map(|(is_test, text)| (is_test, text.to_owned())));
    }
}
