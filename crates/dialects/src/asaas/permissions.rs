//! Permissions as the contract spells them: a list of names with scopes (section 4.1).
//!
//! Must not widen anything: a name twice is refused, and an empty list is no list.

use domain::permission::{
    Catalogue, GRANTS_MAX, GrantedAccess, Grants, GrantsError, PermissionSet,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answers::shown;

const READ: &str = "READ";
const READ_WRITE: &str = "READ_WRITE";

/// One permission on the wire.
#[derive(Serialize)]
pub(super) struct Shown {
    name: String,
    scope: &'static str,
}

/// Everything that a key may do, by name.
pub(super) fn of(set: &PermissionSet, catalogue: &Catalogue) -> Vec<Shown> {
    match set {
        PermissionSet::Unrestricted => {
            let all = catalogue.resources().iter();
            all.map(|one| Shown { name: one.as_str().to_owned(), scope: READ_WRITE }).collect()
        }
        PermissionSet::Only(grants) => {
            let one = |grant: &domain::permission::Grant| Shown {
                name: grant.resource.as_str().to_owned(),
                scope: match grant.access {
                    GrantedAccess::Read => READ,
                    GrantedAccess::ReadWrite => READ_WRITE,
                },
            };
            grants.as_slice().iter().map(one).collect()
        }
    }
}

/// One permission that is asked for; members that the contract does not name are passed over.
#[derive(Deserialize)]
struct Item {
    name: Option<Value>,
    scope: Option<Value>,
}

/// Reads a list of permissions, or says in Portuguese what is wrong with it.
pub(super) fn read(raw: &RawValue, catalogue: &Catalogue) -> Result<PermissionSet, String> {
    let items: Vec<&RawValue> = serde_json::from_str(raw.get())
        .map_err(|_| "As permissões devem ser uma lista de objetos com name e scope".to_owned())?;
    if items.len() > GRANTS_MAX {
        return Err(too_many());
    }
    let items = items.into_iter().map(item).collect::<Result<Vec<_>, _>>()?;
    let wishes = items.iter().map(wish).collect::<Result<Vec<_>, _>>()?;
    let grants: Result<Grants, GrantsError> = catalogue.grants(wishes);
    grants.map(PermissionSet::Only).map_err(|error| match error {
        GrantsError::Empty => {
            "A lista de permissões está vazia. Informe ao menos uma permissão".to_owned()
        }
        GrantsError::TooMany => too_many(),
        GrantsError::Repeated(name) => format!("A permissão {name} foi informada mais de uma vez"),
        GrantsError::Unknown { name, nearest } => {
            let meant =
                nearest.map_or_else(String::new, |name| format!(". Você quis dizer {name}?"));
            match shown(&name) {
                Some(name) => format!("A permissão {name} não existe{meant}"),
                None => format!("Uma das permissões não existe{meant}"),
            }
        }
    })
}

fn item(raw: &RawValue) -> Result<Item, String> {
    // A list would do for the members in their order, which nobody means.
    let read = raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok());
    read.flatten().ok_or_else(|| {
        "Cada permissão deve ser um objeto com name e scope, cada um uma única vez".to_owned()
    })
}

fn wish(item: &Item) -> Result<(&str, GrantedAccess), String> {
    let Some(Value::String(name)) = &item.name else {
        return Err("Cada permissão precisa de um name, como PAYMENT".to_owned());
    };
    let access = match &item.scope {
        Some(Value::String(scope)) if scope == READ => GrantedAccess::Read,
        Some(Value::String(scope)) if scope == READ_WRITE => GrantedAccess::ReadWrite,
        Some(_) | None => {
            return Err(match shown(name) {
                Some(name) => format!("O scope de {name} deve ser READ ou READ_WRITE"),
                None => "O scope de cada permissão deve ser READ ou READ_WRITE".to_owned(),
            });
        }
    };
    Ok((name, access))
}

fn too_many() -> String {
    format!("Uma chave de API tem no máximo {GRANTS_MAX} permissões")
}
