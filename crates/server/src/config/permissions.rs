//! Reads what a realm's keys can be granted and which permission each of its routes needs.
//!
//! Must not open a route: whatever no rule names stays for keys with full access.

use domain::method::Method;
use domain::nearest::nearest;
use domain::permission::{Catalogue, RequiredAccess, Requirement, Resource};
use domain::route::{RouteNeed, RouteRule, RouteTable};

use super::fault::{FaultList, Place, quoted};
use super::section::{Section, unknown_word};

/// The methods that rules can be made for.
const METHODS: [(&str, Method); 6] = [
    ("DELETE", Method::Delete),
    ("GET", Method::Get),
    ("OPTIONS", Method::Options),
    ("PATCH", Method::Patch),
    ("POST", Method::Post),
    ("PUT", Method::Put),
];

/// What the file says of a realm's catalogue.
#[derive(Debug)]
pub(super) enum CatalogueDraft {
    /// Nothing: the dialect's holds.
    OfDialect,
    /// This one, in the place of the dialect's.
    Own(Catalogue),
    /// Something that has a fault, so nothing that depends on it can be judged.
    Faulty,
}

/// Reads `permissions`, the catalogue that takes the place of the dialect's.
pub(super) fn catalogue(section: &mut Section, faults: &mut FaultList) -> CatalogueDraft {
    if !section.has("permissions") {
        // Asked for all the same, so that the name is known where another is misspelled.
        let _ = section.take("permissions");
        return CatalogueDraft::OfDialect;
    }
    let before = faults.count();
    let names = section.texts("permissions", faults);
    let mut resources: Vec<Resource> = Vec::new();
    if let Some(names) = names.as_ref().filter(|names| names.is_empty()) {
        faults.add(&names.place, "`permissions` is empty, so no key could be narrowed. Name at least one, or leave the list out to keep those of the dialect.");
    }
    for name in names.iter().flat_map(|names| &names.value) {
        match Resource::parse(name) {
            Err(error) => faults
                .add(&name.place, format!("`permissions` cannot hold {}: {error}.", quoted(name))),
            Ok(resource) if resources.contains(&resource) => faults
                .add(&name.place, format!("`permissions` has {} twice. Remove one.", quoted(name))),
            Ok(resource) => resources.push(resource),
        }
    }
    if faults.count() > before {
        return CatalogueDraft::Faulty;
    }
    CatalogueDraft::Own(Catalogue::new(resources))
}

/// A rule of the file, and where its permission stands.
#[derive(Debug)]
pub(super) struct RouteDraft {
    rule: RouteRule,
    requirement: Requirement,
    permission_place: Place,
}

/// Reads every `[[realm.route]]`.
pub(super) fn routes(section: &mut Section, faults: &mut FaultList) -> Vec<RouteDraft> {
    let mut seen: Vec<(Method, String, Place)> = Vec::new();
    let mut drafts = Vec::new();
    for route in section.sections("route", faults) {
        let place = route.place.clone();
        let Some(draft) = route_of(route, faults) else { continue };
        let shape = shape(&draft.rule.pattern);
        let same = |(method, other, _): &&(Method, String, Place)| {
            *method == draft.rule.method && *other == shape
        };
        if let Some((_, _, first)) = seen.iter().find(same) {
            let (pattern, first) = (quoted(&draft.rule.pattern), first.mention());
            faults.add(&place, format!("The route {pattern} has two rules for one method (the first is {first}). Keep one."));
        }
        seen.push((draft.rule.method, shape, place));
        drafts.push(draft);
    }
    drafts
}

fn route_of(mut section: Section, faults: &mut FaultList) -> Option<RouteDraft> {
    section.require("method", "method = \"GET\"", faults);
    section.require("path", "path = \"/v1/orders/{id}\"", faults);
    section.require("permission", "permission = \"ORDERS:READ\"", faults);
    let method = section.parsed("method", method, faults);
    let pattern = section.text("path", faults);
    let requirement = section.parsed("permission", requirement, faults);
    section.finish(faults);

    let (method, pattern, requirement) = (method?.value, pattern?, requirement?);
    let place = pattern.place.clone();
    let need = RouteNeed::Permission(requirement.value.clone());
    let rule = RouteRule { method, pattern: pattern.to_string(), need };
    if RouteTable::new([rule.clone()]).is_err() {
        faults.add(&place, format!("`path` cannot be {}. It has to be made of segments that are not empty, literal or {{named}}, as in /v1/orders/{{id}}; no query, no % and no slash at the end.", quoted(&pattern)));
        return None;
    }
    let (requirement, permission_place) = (requirement.value.clone(), requirement.place);
    Some(RouteDraft { rule, requirement, permission_place })
}

/// A method that rules can be made for.
pub(super) fn method(text: &str) -> Result<Method, String> {
    if text == "HEAD" {
        return Err(
            "`method` cannot be `HEAD`: rules for GET hold for it too. Write GET.".to_owned()
        );
    }
    let found = METHODS.iter().find(|(name, _)| *name == text).map(|(_, method)| *method);
    found.ok_or_else(|| unknown_word("method", text, METHODS.iter().map(|(name, _)| *name)))
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let cannot = || {
        format!(
            "`permission` cannot be {}. It has to be a name and what is needed, as in ORDERS:READ or ORDERS:WRITE.",
            quoted(text)
        )
    };
    let (name, access) = text.split_once(':').ok_or_else(cannot)?;
    let resource = Resource::parse(name).map_err(|_| cannot())?;
    let access = [RequiredAccess::Read, RequiredAccess::Write]
        .into_iter()
        .find(|known| known.as_str() == access)
        .ok_or_else(cannot)?;
    Ok(Requirement { resource, access })
}

/// The pattern with the names of its segments left out: what makes two patterns one.
fn shape(pattern: &str) -> String {
    let segment = |segment| if str::starts_with(segment, '{') { "{}" } else { segment };
    pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// What the routes of a realm came to.
pub(super) struct Ruled {
    /// The rules of the dialect and of the file.
    pub(super) routes: RouteTable,
    /// How many rules of the dialect need a permission that the catalogue does not have.
    pub(super) dropped: usize,
}

/// Puts the file's rules over the dialect's.
///
/// A rule of the dialect whose permission is not in the catalogue is dropped: nobody could be
/// granted it, so its route is for keys with full access, and the refusal should say just that.
pub(super) fn ruled(
    dialects: &[RouteRule],
    drafts: Vec<RouteDraft>,
    catalogue: &Catalogue,
    faults: &mut FaultList,
) -> Option<Ruled> {
    for draft in &drafts {
        let name = draft.requirement.resource.as_str();
        if !catalogue.contains(&draft.requirement.resource) {
            let known = catalogue.resources().iter().map(Resource::as_str);
            let meant = nearest(name, known).map_or_else(
                || "Add it to `permissions`.".to_owned(),
                |near| format!("Did you mean `{near}`?"),
            );
            faults.add(
                &draft.permission_place,
                format!("The realm has no permission named {}. {meant}", quoted(name)),
            );
        }
    }
    let known = |needed: &Requirement| catalogue.contains(&needed.resource);
    let kept = dialects.iter().filter(|rule| rule.need.permission().is_none_or(known));
    let dropped = dialects.len() - kept.clone().count();
    let rules = kept.cloned().chain(drafts.into_iter().map(|draft| draft.rule));
    // Each rule was tried when it was read, and the dialect's are its own.
    Some(Ruled { routes: RouteTable::new(rules).ok()?, dropped })
}
