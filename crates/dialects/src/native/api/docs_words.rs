//! The page's own words, in each language that it has, and which of them a reader wants.
//!
//! Must not translate what the description says of the API: that is one text for all.

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// English.
    English,
    /// Portuguese, as it is spoken in Brazil.
    Portuguese,
}

/// The words of one language.
pub(super) struct Words {
    /// The language as pages name it.
    pub(super) code: &'static str,
    /// The query that leads to the other language, its code, and its name in itself.
    pub(super) other: (&'static str, &'static str, &'static str),
    pub(super) skip: &'static str,
    pub(super) for_programs: &'static str,
    pub(super) operations: &'static str,
    pub(super) shapes: &'static str,
    pub(super) parameters: &'static str,
    pub(super) body: &'static str,
    pub(super) answers: &'static str,
    pub(super) problems: &'static str,
    pub(super) elsewhere: &'static str,
    /// Where a parameter stands.
    pub(super) in_path: &'static str,
    pub(super) in_query: &'static str,
    pub(super) in_header: &'static str,
    pub(super) optional: &'static str,
    pub(super) list_of: &'static str,
    pub(super) object: &'static str,
    pub(super) object_of: &'static str,
    pub(super) or: &'static str,
    pub(super) and: &'static str,
    pub(super) instant: &'static str,
    pub(super) text: &'static str,
    pub(super) whole_number: &'static str,
    pub(super) truth: &'static str,
    pub(super) null: &'static str,
    pub(super) anything: &'static str,
    /// What is counted under a bound.
    pub(super) letters: &'static str,
    pub(super) entries: &'static str,
    pub(super) at_least: &'static str,
    pub(super) at_most: &'static str,
    pub(super) to: &'static str,
    pub(super) usually: &'static str,
}

const ENGLISH: Words = Words {
    code: "en",
    other: ("?lang=pt", "pt-BR", "Português"),
    skip: "To the operations",
    for_programs: "For programs",
    operations: "Operations",
    shapes: "Shapes",
    parameters: "Parameters",
    body: "Body",
    answers: "Answers",
    problems: "Problems",
    elsewhere: "Served by a listener of its own",
    in_path: "in the path",
    in_query: "in the query",
    in_header: "in the header",
    optional: "optional",
    list_of: "list of",
    object: "object",
    object_of: "object of",
    or: "or",
    and: "and",
    instant: "instant",
    text: "text",
    whole_number: "whole number",
    truth: "true or false",
    null: "null",
    anything: "anything",
    letters: "characters",
    entries: "entries",
    at_least: "at least",
    at_most: "at most",
    to: "to",
    usually: "default",
};

const PORTUGUESE: Words = Words {
    code: "pt-BR",
    other: ("?lang=en", "en", "English"),
    skip: "Ir para as operações",
    for_programs: "Para programas",
    operations: "Operações",
    shapes: "Estruturas",
    parameters: "Parâmetros",
    body: "Corpo",
    answers: "Respostas",
    problems: "Problemas",
    elsewhere: "Atendido por um endereço próprio",
    in_path: "no caminho",
    in_query: "na query",
    in_header: "no cabeçalho",
    optional: "opcional",
    list_of: "lista de",
    object: "objeto",
    object_of: "objeto com",
    or: "ou",
    and: "e",
    instant: "data e hora",
    text: "texto",
    whole_number: "número inteiro",
    truth: "true ou false",
    null: "null",
    anything: "qualquer valor",
    letters: "caracteres",
    entries: "itens",
    at_least: "no mínimo",
    at_most: "no máximo",
    to: "a",
    usually: "padrão",
};

impl Language {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Portuguese];

    /// Its words.
    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Portuguese => &PORTUGUESE,
        }
    }

    /// What the address asks for, or else the browser: the best that is there, English where it
    /// wants neither.
    pub(super) fn wanted(query: Option<&str>, accepted: Option<&str>) -> Self {
        let asked = query.unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("lang="));
        if let Some(language) = asked.and_then(Self::of_tag) {
            return language;
        }
        let mut best = (0, Self::English);
        for range in accepted.unwrap_or("").split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
            let weight = thousandths(weight);
            if let (Some(language), Some(weight)) = (Self::of_tag(tag.trim()), weight)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let main = tag.split('-').next().unwrap_or(tag);
        if main.eq_ignore_ascii_case("pt") {
            Some(Self::Portuguese)
        } else if main.eq_ignore_ascii_case("en") {
            Some(Self::English)
        } else {
            None
        }
    }
}

/// The weight of a language range (RFC 9110, section 12.4.2) in thousandths; `None` for nonsense.
fn thousandths(parameter: &str) -> Option<u32> {
    let parameter = parameter.trim();
    if parameter.is_empty() {
        return Some(1_000);
    }
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, rest) = value.split_once('.').unwrap_or((value, ""));
    let plain = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let weight = match whole {
        "0" if plain => format!("{rest:0<3}").parse().ok()?,
        "1" if plain && rest.bytes().all(|byte| byte == b'0') => 1_000,
        _ => return None,
    };
    Some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: Option<&str>, accepted: Option<&str>, expected: Language) {
        assert_eq!(Language::wanted(query, accepted), expected, "{query:?} {accepted:?}");
    }

    #[test]
    fn the_address_decides_and_then_what_the_browser_likes_best() {
        use Language::{English, Portuguese};
        check(None, None, English);
        check(Some("lang=pt"), None, Portuguese);
        check(Some("lang=pt-BR"), Some("en"), Portuguese);
        check(Some("a=b&lang=en"), Some("pt-BR"), English);
        check(Some("lang=fr"), Some("pt"), Portuguese);
        check(None, Some("pt-BR,pt;q=0.9,en;q=0.8"), Portuguese);
        check(None, Some("en;q=0.5, PT;q=0.7"), Portuguese);
        check(None, Some("en,pt"), English);
        check(None, Some("pt;q=0"), English);
        check(None, Some("fr,de;q=0.3,*"), English);
        for nonsense in ["pt;q=2", "pt;q=0.1234", "pt;q=-1", "pt;x=1", ";;,,", "ptx", ""] {
            check(None, Some(nonsense), English);
        }
    }
}
