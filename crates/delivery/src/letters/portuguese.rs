//! Letters in the Portuguese of Brazil.
//!
//! Must not decide anything; the same notices exist in every language.

use domain::delivery::{Ending, FAILURES_MAX};
use domain::letter::{KeyNews, KeyStep, WebhookNews, WebhookTrouble};
use engine::ports::scribe::Matter;
use jiff::tz::TimeZone;

use super::dates::Parts;
use super::page::{EVENT_DAYS, Labels, Sentences, Words, day};
use super::shown::shown;

pub(super) struct Portuguese;

const LEAKED: &str =
    "Troque o segredo da chave, ou desative-a, a não ser que você saiba que ninguém mais a tem.";

impl Words for Portuguese {
    const LABELS: Labels = Labels {
        name: "Nome",
        key: "Chave",
        environment: "Ambiente",
        idle_since: "Sem uso desde",
        expires: "Expira em",
        expired: "Expirou em",
        noticed: "Percebido em",
        webhook: "Webhook",
        address: "Endereço",
        last_failure: "Última falha",
    };
    const FOOTER: &'static str = "Você recebe este aviso porque administra esta conta. Nenhum aviso contém uma chave \
                  inteira nem pede que você envie uma.";

    fn action(matter: &Matter) -> &'static str {
        match matter {
            Matter::Key(_) => "Ver a chave",
            Matter::Digest(_) => "Ver as chaves",
            Matter::Webhook(_) => "Ver o webhook",
        }
    }

    fn about_key(news: &KeyNews, zone: &TimeZone) -> Sentences {
        let (name, idle) = (shown(&news.name), day::<Self>(news.idle_since, zone));
        let end = news.expires_at.map(|at| day::<Self>(at, zone));
        let (title, opening, closing) = match news.step {
        KeyStep::Disabled => (
            format!("A chave “{name}” foi desativada por falta de uso"),
            format!("A chave “{name}” não é usada desde {idle} e foi desativada. Os pedidos feitos com ela são recusados."),
            end.map_or_else(
                || "Se você ainda precisa dela, ative-a de novo. Se não precisa, não é preciso fazer nada.".to_owned(),
                |end| format!("Se você ainda precisa dela, ative-a de novo antes de {end}; depois disso ela não poderá mais ser ativada. Se não precisa, não é preciso fazer nada."),
            ),
        ),
        KeyStep::ExpiringSoon => (
            end.as_ref().map_or_else(
                || format!("A chave “{name}” vai expirar"),
                |end| format!("A chave “{name}” expira em {end}"),
            ),
            format!("A chave “{name}” não é usada desde {idle} e vai expirar por falta de uso. Uma chave que expirou não volta."),
            "Para mantê-la, use-a antes disso; se estiver desativada, ative-a de novo. Se não precisa mais dela, não é preciso fazer nada.".to_owned(),
        ),
        KeyStep::Expired => (
            format!("A chave “{name}” expirou por falta de uso"),
            format!("A chave “{name}” não é usada desde {idle} e expirou em definitivo. Ela não pode ser ativada de novo."),
            "Se você ainda precisa de acesso, crie uma chave nova.".to_owned(),
        ),
        KeyStep::ExpiredByDate => (
            format!("A chave “{name}” expirou"),
            format!("A chave “{name}” chegou à data de expiração que foi escolhida para ela. Ela não pode ser ativada de novo."),
            "Se você ainda precisa de acesso, crie uma chave nova.".to_owned(),
        ),
        KeyStep::Exposed => (
            format!("Outras pessoas podem conhecer a chave “{name}”"),
            format!("Alguém avisou que a chave “{name}” foi encontrada onde outras pessoas podem lê-la. Quem a tiver pode agir em seu nome enquanto ela funcionar."),
            LEAKED.to_owned(),
        ),
        KeyStep::ExposedAndDisabled => (
            format!("A chave “{name}” está desativada, e outras pessoas podem conhecê-la"),
            format!("Alguém avisou que a chave “{name}” foi encontrada onde outras pessoas podem lê-la. Ela está desativada: os pedidos feitos com ela são recusados, venham de quem vierem."),
            "Não a ative de novo, a não ser que você saiba que ninguém mais a tem. Se você ainda precisa de acesso, crie uma chave nova.".to_owned(),
        ),
        KeyStep::SentInTheClear => (
            format!("A chave “{name}” foi enviada sem criptografia"),
            format!("Um pedido com a chave “{name}” chegou por HTTP simples. Ele foi recusado, mas quem puder escutar no caminho pode ter lido a chave."),
            format!("Faça o seu programa usar um endereço que comece com https://. {LEAKED}"),
        ),
    };
        Sentences { title, opening, closing: vec![closing] }
    }

    fn about_many(count: usize, unnamed: usize, place: &str) -> Sentences {
        let (title, opening) = if count == 1 {
            (
                "1 chave precisa da sua atenção".to_owned(),
                format!("Hoje houve avisos sobre 1 chave da sua conta em {place}."),
            )
        } else {
            (
                format!("{count} chaves precisam da sua atenção"),
                format!("Hoje houve avisos sobre {count} chaves da sua conta em {place}."),
            )
        };
        let mut closing = Vec::new();
        match unnamed {
            0 => {}
            1 => closing.push("E mais 1 chave, que está na página.".to_owned()),
            more => closing.push(format!("E mais {more} chaves, que estão na página.")),
        }
        closing.push(
        "Uma chave desativada pode ser ativada de novo; uma que expirou, não. Se você não usa mais \
         uma chave, não é preciso fazer nada."
            .to_owned(),
    );
        Sentences { title, opening, closing }
    }

    fn about_webhook(news: &WebhookNews, zone: &TimeZone) -> Sentences {
        let name = shown(&news.name);
        let (title, opening, closing) = match news.trouble {
            WebhookTrouble::Failing { failures, .. } => (
                format!("O webhook “{name}” falhou {failures} vezes seguidas"),
                format!(
                    "Os últimos {failures} envios ao webhook “{name}” falharam. Continuamos a tentar, com intervalos cada vez maiores."
                ),
                format!(
                    "Depois de {FAILURES_MAX} falhas seguidas o envio é interrompido até que alguém o retome."
                ),
            ),
            WebhookTrouble::Interrupted { .. } => (
                format!("O webhook “{name}” foi interrompido"),
                format!(
                    "{FAILURES_MAX} envios seguidos ao webhook “{name}” falharam, e nada mais é enviado até que alguém o retome."
                ),
                format!(
                    "Os eventos ficam guardados por {EVENT_DAYS} dias e são enviados em ordem quando você o retomar. Os que esperarem mais do que isso são apagados."
                ),
            ),
            WebhookTrouble::EventsDeleted { count, youngest_at } => {
                let youngest = day::<Self>(youngest_at, zone);
                let (title, opening) = if count == 1 {
                    (
                        format!("1 evento do webhook “{name}” foi apagado"),
                        format!(
                            "Um evento esperou {EVENT_DAYS} dias por um envio ao webhook “{name}”, foi apagado e não será mais enviado. Ele era de {youngest}."
                        ),
                    )
                } else {
                    (
                        format!("{count} eventos do webhook “{name}” foram apagados"),
                        format!(
                            "{count} eventos esperaram {EVENT_DAYS} dias por um envio ao webhook “{name}”, foram apagados e não serão mais enviados. O mais recente era de {youngest}."
                        ),
                    )
                };
                (
                    title,
                    opening,
                    "Veja se o webhook está ligado, se o envio não está interrompido e se o endereço responde, para que os eventos seguintes cheguem.".to_owned(),
                )
            }
        };
        Sentences { title, opening, closing: vec![closing] }
    }

    fn step(step: KeyStep) -> &'static str {
        match step {
            KeyStep::Disabled => "desativada por falta de uso",
            KeyStep::ExpiringSoon => "vai expirar",
            KeyStep::Expired => "expirou por falta de uso",
            KeyStep::ExpiredByDate => "expirou na data escolhida",
            KeyStep::Exposed => "encontrada por outros",
            KeyStep::ExposedAndDisabled => {
                "encontrada por outros, e desativada: não a ative de novo"
            }
            KeyStep::SentInTheClear => "enviada sem criptografia",
        }
    }

    fn outcome(last: Ending) -> String {
        let words = match last {
            Ending::Answered(status) => return format!("O destino respondeu {status}."),
            Ending::NoConnection => "Não foi possível conectar ao destino.",
            Ending::TlsRefused => "O destino não falou TLS, ou o seu certificado não é válido.",
            Ending::TimedOut => "O destino não respondeu a tempo.",
            Ending::BrokenOff => "O destino interrompeu a conexão ou não respondeu em HTTP.",
        };
        words.to_owned()
    }

    fn day(at: &Parts) -> String {
        const MONTHS: [&str; 12] = [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ];
        let month = MONTHS.get(at.month).copied().unwrap_or_default();
        let day = if at.day == 1 { "1º".to_owned() } else { at.day.to_string() };
        format!("{day} de {month} de {}", at.year)
    }

    fn time(at: &Parts) -> String {
        format!("{:02}h{:02}", at.hour, at.minute)
    }
}
