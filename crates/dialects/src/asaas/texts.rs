//! Single values of the contract: texts, names, mail addresses, numbers of people and companies.
//!
//! Must not keep a value that holds a key: whatever is read here is shown again.

use domain::mail::MailAddress;
use domain::name::DisplayName;
use serde_json::value::RawValue;

use super::members::Read;

/// A text.
pub(super) fn text(raw: &RawValue, field: &str) -> Read<String> {
    serde_json::from_str(raw.get()).map_err(|_| format!("O campo {field} deve ser um texto"))
}

/// True or false.
pub(super) fn truth(raw: &RawValue, field: &str) -> Read<bool> {
    serde_json::from_str(raw.get()).map_err(|_| format!("O campo {field} deve ser true ou false"))
}

/// One line of text that is shown for ever.
pub(super) fn line(raw: &RawValue, field: &str) -> Read<DisplayName> {
    DisplayName::parse(&text(raw, field)?).map_err(|_| {
        format!(
            "O campo {field} deve ter de 1 a 256 caracteres, em uma única linha, e não pode conter uma chave"
        )
    })
}

/// A mail address.
pub(super) fn mail(raw: &RawValue, field: &str) -> Read<MailAddress> {
    MailAddress::parse(&text(raw, field)?)
        .map_err(|_| format!("O campo {field} deve ser um e-mail, como ana@exemplo.com.br"))
}

/// A telephone number: 8 to 15 digits, with the signs that people write between them.
pub(super) fn phone(raw: &RawValue, field: &str) -> Read<String> {
    let text = text(raw, field)?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b" ()+-.".contains(&byte));
    if plain && (8..=15).contains(&digits) && text.len() <= 30 {
        Ok(text)
    } else {
        Err(format!("O campo {field} deve ser um telefone, com 8 a 15 dígitos"))
    }
}

/// A postal code as its eight digits.
pub(super) fn postal_code(raw: &RawValue, field: &str) -> Read<String> {
    let text = text(raw, field)?;
    let digits: String = text.chars().filter(|letter| *letter != '-' && *letter != '.').collect();
    let plain = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain && text.len() <= 10 {
        Ok(digits)
    } else {
        Err(format!("O campo {field} deve ser um CEP, com 8 dígitos"))
    }
}

/// A CPF or CNPJ without the signs that people write in it, letters in capitals; `None` where the
/// check digits do not fit, or where nothing like it was written.
///
/// A CPF has 11 digits. A CNPJ has 14 places, of which the first 12 may be letters since July 2026.
pub(super) fn cpf_or_cnpj(text: &str) -> Option<String> {
    let bare: String = text
        .chars()
        .filter(|letter| !matches!(letter, '.' | '-' | '/'))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let plain = bare.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let written_plainly = text.len() <= bare.len() + 4;
    let fits = match bare.len() {
        11 => cpf_cnpj::cpf::validate(&bare),
        14 => cpf_cnpj::cnpj::validate(&bare),
        _ => false,
    };
    (plain && written_plainly && fits).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpf_or_cnpj_is_checked_and_kept_bare() {
        for (text, bare) in [
            ("249.715.637-92", "24971563792"),
            ("52998224725", "52998224725"),
            ("11.444.777/0001-61", "11444777000161"),
            ("66625514000140", "66625514000140"),
            // The example that Receita Federal publishes for the letters.
            ("12.ABC.345/01DE-35", "12ABC34501DE35"),
            ("12abc34501de35", "12ABC34501DE35"),
        ] {
            assert_eq!(cpf_or_cnpj(text).as_deref(), Some(bare), "{text}");
        }
        for text in [
            "",
            "24971563793",
            "11111111111",
            "00000000000000",
            "11444777000162",
            "1144477700016A",
            "12ABC34501DE36",
            "12ABC34501DE3",
            "2497156379２",
            "2.4.9.7.1.5.6.3.7.9.2",
            "A4971563792",
            "24971563792 ",
        ] {
            assert_eq!(cpf_or_cnpj(text), None, "{text}");
        }
    }
}
