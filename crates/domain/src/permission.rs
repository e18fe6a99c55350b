//! Permissions: what a key was granted, what a request requires, and when the one covers the other.
//!
//! A grant is *read* or *read and write* on a resource; a requirement is *read* or *write*.
//! Must not know any resource by name: catalogues bring them.

use std::fmt;

use crate::nearest::nearest;

/// Most grants on one key.
pub const GRANTS_MAX: usize = 200;

/// The name of something that can be permitted, such as `PAYMENT`. Compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    name: Box<str>,
    /// A hash of the name. Two names with different marks differ, which is one comparison.
    mark: u32,
}

/// The text is not the name of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 64 letters, digits and underscores, beginning with a letter")]
pub struct NotAResource;

impl Resource {
    /// Reads 1 to 64 ASCII letters, digits and underscores that begin with a letter.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotAResource> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        if !plain || !starts || text.len() > 64 {
            return Err(NotAResource);
        }
        Ok(Self { name: text.into(), mark: crc32fast::hash(text.as_bytes()) })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    fn is(&self, other: &Self) -> bool {
        self.mark == other.mark && self.name == other.name
    }
}

/// How far a grant goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantedAccess {
    /// Reading only.
    Read,
    /// Reading and writing.
    ReadWrite,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequiredAccess {
    /// It reads.
    Read,
    /// It changes something.
    Write,
}

impl GrantedAccess {
    /// Whether this grant is enough for that requirement.
    #[must_use]
    pub const fn covers(self, required: RequiredAccess) -> bool {
        match (self, required) {
            (Self::ReadWrite, _) | (Self::Read, RequiredAccess::Read) => true,
            (Self::Read, RequiredAccess::Write) => false,
        }
    }
}

impl RequiredAccess {
    /// `READ` or `WRITE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
        }
    }
}

/// One permission on a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// On what.
    pub resource: Resource,
    /// How far.
    pub access: GrantedAccess,
}

/// What a request requires: the permission it needs, such as `PAYMENT:WRITE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// On what.
    pub resource: Resource,
    /// Which access.
    pub access: RequiredAccess,
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource.as_str(), self.access.as_str())
    }
}

/// Everything that a key was granted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PermissionSet {
    /// Everything, reading and writing, now and for resources that come later.
    Unrestricted,
    /// These grants alone: never empty, each resource once.
    Only(Grants),
}

/// A non-empty list of grants, sorted by resource, each resource once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grants(Box<[Grant]>);

/// The grants cannot stand together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantsError {
    /// An empty list; a key without any permission is of no use to anybody.
    #[error("the list of permissions is empty: name at least one, or leave the list out")]
    Empty,
    /// More than [`GRANTS_MAX`].
    #[error("a key has at most {GRANTS_MAX} permissions")]
    TooMany,
    /// One resource twice.
    #[error("the permission {0} is listed twice")]
    Repeated(String),
    /// A resource that the catalogue does not have.
    #[error("there is no permission named {name}{}", nearest_text(.nearest.as_deref()))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The name in the catalogue that comes closest.
        nearest: Option<String>,
    },
}

fn nearest_text(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl Grants {
    /// Puts grants in order.
    ///
    /// # Errors
    /// An empty list, a resource named twice, or more than [`GRANTS_MAX`].
    pub fn new(mut grants: Vec<Grant>) -> Result<Self, GrantsError> {
        if grants.is_empty() {
            return Err(GrantsError::Empty);
        }
        if grants.len() > GRANTS_MAX {
            return Err(GrantsError::TooMany);
        }
        grants.sort_unstable();
        if let Some(pair) = grants.windows(2).find(|pair| pair[0].resource == pair[1].resource) {
            return Err(GrantsError::Repeated(pair[0].resource.as_str().to_owned()));
        }
        Ok(Self(grants.into()))
    }

    /// The grants, sorted by resource.
    #[must_use]
    pub fn as_slice(&self) -> &[Grant] {
        &self.0
    }
}

impl PermissionSet {
    /// Whether the requirement is covered.
    #[must_use]
    pub fn covers(&self, required: &Requirement) -> bool {
        match self {
            Self::Unrestricted => true,
            // One after the other: keys have few grants, and halving them is guessed wrong each time.
            Self::Only(grants) => grants.0.iter().any(|grant| {
                grant.resource.is(&required.resource) && grant.access.covers(required.access)
            }),
        }
    }

    /// Whether everything that `self` covers is covered by `other` too.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Unrestricted) => true,
            (Self::Unrestricted, Self::Only(_)) => false,
            (Self::Only(mine), Self::Only(_)) => mine.0.iter().all(|grant| {
                let access = match grant.access {
                    GrantedAccess::Read => RequiredAccess::Read,
                    GrantedAccess::ReadWrite => RequiredAccess::Write,
                };
                other.covers(&Requirement { resource: grant.resource.clone(), access })
            }),
        }
    }

    /// A compact text for stores: `*`, or `NAME:R` and `NAME:RW` joined by commas.
    #[must_use]
    pub fn to_compact(&self) -> String {
        match self {
            Self::Unrestricted => "*".to_owned(),
            Self::Only(grants) => {
                let one = |grant: &Grant| match grant.access {
                    GrantedAccess::Read => format!("{}:R", grant.resource.as_str()),
                    GrantedAccess::ReadWrite => format!("{}:RW", grant.resource.as_str()),
                };
                grants.0.iter().map(one).collect::<Vec<_>>().join(",")
            }
        }
    }

    /// Reads the compact text back; `None` when it is damaged.
    #[must_use]
    pub fn from_compact(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Unrestricted);
        }
        let one = |part: &str| {
            let (name, access) = part.split_once(':')?;
            let access = match access {
                "R" => GrantedAccess::Read,
                "RW" => GrantedAccess::ReadWrite,
                _ => return None,
            };
            Some(Grant { resource: Resource::parse(name).ok()?, access })
        };
        let grants = text.split(',').map(one).collect::<Option<Vec<_>>>()?;
        Grants::new(grants).ok().map(Self::Only)
    }
}

/// The resources that keys of a realm can be granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(Vec<Resource>);

impl Catalogue {
    /// A catalogue of these resources; repetitions fall away.
    #[must_use]
    pub fn new(mut resources: Vec<Resource>) -> Self {
        resources.sort_unstable();
        resources.dedup();
        Self(resources)
    }

    /// The resources, sorted.
    #[must_use]
    pub fn resources(&self) -> &[Resource] {
        &self.0
    }

    /// Whether it has this resource.
    #[must_use]
    pub fn contains(&self, resource: &Resource) -> bool {
        self.0.binary_search(resource).is_ok()
    }

    /// Reads wishes as grants of this catalogue.
    ///
    /// # Errors
    /// An unknown name (with the nearest one), a name twice, none, or too many.
    pub fn grants<'a>(
        &self,
        wishes: impl IntoIterator<Item = (&'a str, GrantedAccess)>,
    ) -> Result<Grants, GrantsError> {
        let mut grants = Vec::new();
        for (name, access) in wishes {
            if grants.len() == GRANTS_MAX {
                return Err(GrantsError::TooMany);
            }
            let known = Resource::parse(name).ok().filter(|resource| self.contains(resource));
            let Some(resource) = known else { return Err(self.unknown(name)) };
            grants.push(Grant { resource, access });
        }
        Grants::new(grants)
    }

    fn unknown(&self, name: &str) -> GrantsError {
        let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let nearest = nearest(&name, self.0.iter().map(Resource::as_str)).map(str::to_owned);
        GrantsError::Unknown { name, nearest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::new(["PAYMENT", "TRANSFER"].map(|n| Resource::parse(n).expect("name")).into())
    }

    fn require(name: &str, access: RequiredAccess) -> Requirement {
        Requirement { resource: Resource::parse(name).expect("name"), access }
    }

    #[test]
    fn a_read_grant_covers_reading_alone() {
        let grants = catalogue().grants([("PAYMENT", GrantedAccess::Read)]).expect("grants");
        let set = PermissionSet::Only(grants);
        assert!(set.covers(&require("PAYMENT", RequiredAccess::Read)));
        assert!(!set.covers(&require("PAYMENT", RequiredAccess::Write)));
        assert!(!set.covers(&require("TRANSFER", RequiredAccess::Read)));
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let error = catalogue().grants([("payment", GrantedAccess::Read)]).expect_err("case");
        assert_eq!(
            error.to_string(),
            "there is no permission named payment; did you mean PAYMENT?"
        );
        let error = catalogue().grants([("PАYMENT", GrantedAccess::Read)]).expect_err("Cyrillic");
        assert!(matches!(error, GrantsError::Unknown { nearest: Some(_), .. }));
    }

    #[test]
    fn one_name_twice_never_takes_the_wider() {
        let wishes = [("PAYMENT", GrantedAccess::Read), ("PAYMENT", GrantedAccess::ReadWrite)];
        assert_eq!(catalogue().grants(wishes), Err(GrantsError::Repeated("PAYMENT".into())));
    }

    #[test]
    fn an_empty_list_and_a_huge_list_are_refused() {
        assert_eq!(catalogue().grants([]), Err(GrantsError::Empty));
        let many = std::iter::repeat_n(("PAYMENT", GrantedAccess::Read), 100_000);
        assert_eq!(catalogue().grants(many), Err(GrantsError::TooMany));
    }

    #[test]
    fn a_set_survives_its_compact_text() {
        let wishes = [("TRANSFER", GrantedAccess::Read), ("PAYMENT", GrantedAccess::ReadWrite)];
        let set = PermissionSet::Only(catalogue().grants(wishes).expect("grants"));
        assert_eq!(set.to_compact(), "PAYMENT:RW,TRANSFER:R");
        assert_eq!(PermissionSet::from_compact(&set.to_compact()), Some(set));
        for damaged in ["", "PAYMENT", "PAYMENT:X", "PAYMENT:R,PAYMENT:RW", "*,PAYMENT:R"] {
            assert_eq!(PermissionSet::from_compact(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn within_means_no_wider_anywhere() {
        let read = PermissionSet::from_compact("PAYMENT:R").expect("set");
        let write = PermissionSet::from_compact("PAYMENT:RW").expect("set");
        assert!(read.is_within(&write) && !write.is_within(&read));
        assert!(write.is_within(&PermissionSet::Unrestricted));
        assert!(!PermissionSet::Unrestricted.is_within(&write));
    }
}
