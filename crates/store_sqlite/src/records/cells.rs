//! The cells of one row, read with suspicion and without copying.
//!
//! Must not turn a value into its neighbour: a wrong type, length or range is `Unreadable`.

use domain::digest::{DigestVersion, KeyDigest};
use domain::ids::AccountId;
use domain::key_text::{KID_LEN, Kid};
use domain::name::DisplayName;
use domain::time::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::faults::Unreadable;

/// One more than the largest number that the letters of a public id can spell.
const KID_END: u128 = 62_u128.pow(KID_LEN as u32);

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'r> {
    row: &'r Row<'r>,
}

impl<'r> Cells<'r> {
    pub(crate) const fn of(row: &'r Row<'r>) -> Self {
        Self { row }
    }

    /// Says which column holds what it should not.
    pub(crate) fn unreadable(self, at: usize, detail: &str) -> Unreadable {
        let column = self.row.as_ref().column_name(at).unwrap_or("?");
        Unreadable(format!("the column {column} is not readable: {detail}"))
    }

    fn value(self, at: usize) -> Result<ValueRef<'r>, Unreadable> {
        self.row.get_ref(at).map_err(|error| self.unreadable(at, &error.to_string()))
    }

    pub(crate) fn is_null(self, at: usize) -> Result<bool, Unreadable> {
        Ok(matches!(self.value(at)?, ValueRef::Null))
    }

    // Texts, blobs and numbers are asked for a million times by a load. A value that is taken apart where
    // it comes from is not copied on its way, and the processor would wait for each copy.

    pub(crate) fn text(self, at: usize) -> Result<&'r str, Unreadable> {
        if let Ok(ValueRef::Text(bytes)) = self.row.get_ref(at) {
            return std::str::from_utf8(bytes)
                .map_err(|error| self.unreadable(at, &error.to_string()));
        }
        Err(self.another_kind(at))
    }

    pub(crate) fn optional_text(self, at: usize) -> Result<Option<&'r str>, Unreadable> {
        self.value(at)?.as_str_or_null().map_err(|error| self.unreadable(at, &error.to_string()))
    }

    pub(crate) fn blob(self, at: usize) -> Result<&'r [u8], Unreadable> {
        if let Ok(ValueRef::Blob(bytes)) = self.row.get_ref(at) {
            return Ok(bytes);
        }
        Err(self.another_kind(at))
    }

    pub(crate) fn integer(self, at: usize) -> Result<i64, Unreadable> {
        if let Ok(ValueRef::Integer(number)) = self.row.get_ref(at) {
            return Ok(number);
        }
        Err(self.another_kind(at))
    }

    pub(crate) fn optional_integer(self, at: usize) -> Result<Option<i64>, Unreadable> {
        if let Ok(ValueRef::Null) = self.row.get_ref(at) {
            return Ok(None);
        }
        self.integer(at).map(Some)
    }

    #[cold]
    fn another_kind(self, at: usize) -> Unreadable {
        let detail = match self.row.get_ref(at) {
            Ok(found) => format!("it holds a value of another type, {}", found.data_type()),
            Err(error) => error.to_string(),
        };
        self.unreadable(at, &detail)
    }

    pub(crate) fn count(self, at: usize) -> Result<u64, Unreadable> {
        u64::try_from(self.integer(at)?).map_err(|error| self.unreadable(at, &error.to_string()))
    }

    pub(crate) fn bits(self, at: usize) -> Result<u128, Unreadable> {
        let bytes: Result<[u8; 16], _> = self.blob(at)?.try_into();
        bytes.map(u128::from_be_bytes).map_err(|_| self.unreadable(at, "expected 16 bytes"))
    }

    pub(crate) fn account_id(self, at: usize) -> Result<AccountId, Unreadable> {
        AccountId::from_bytes(self.blob(at)?)
            .map_err(|_| self.unreadable(at, "expected 16 or 12 bytes"))
    }

    pub(crate) fn optional_account_id(self, at: usize) -> Result<Option<AccountId>, Unreadable> {
        match self.value(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(_) | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => {
                self.account_id(at).map(Some)
            }
        }
    }

    pub(crate) fn parsed<T, E: std::fmt::Display>(
        self,
        at: usize,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Unreadable> {
        parse(self.text(at)?).map_err(|error| self.unreadable(at, &error.to_string()))
    }

    pub(crate) fn kid(self, at: usize) -> Result<Kid, Unreadable> {
        let number = self.bits(at)?;
        if number < KID_END {
            Ok(Kid::from_u128(number))
        } else {
            Err(self.unreadable(at, "no letters spell this number"))
        }
    }

    pub(crate) fn digest(self, version: usize, at: usize) -> Result<KeyDigest, Unreadable> {
        let number = u8::try_from(self.integer(version)?).ok();
        let Some(made) = number.and_then(DigestVersion::from_number) else {
            return Err(self.unreadable(version, "there is no such digest"));
        };
        let bytes = self.blob(at)?.try_into();
        let bytes = bytes.map_err(|_| self.unreadable(at, "expected 32 bytes"))?;
        Ok(KeyDigest { version: made, bytes })
    }

    pub(crate) fn name(self, at: usize) -> Result<DisplayName, Unreadable> {
        DisplayName::parse(self.text(at)?).map_err(|error| self.unreadable(at, &error.to_string()))
    }

    pub(crate) fn instant(self, at: usize) -> Result<Timestamp, Unreadable> {
        self.instant_of(at, self.integer(at)?)
    }

    pub(crate) fn optional_instant(self, at: usize) -> Result<Option<Timestamp>, Unreadable> {
        self.optional_integer(at)?.map(|ms| self.instant_of(at, ms)).transpose()
    }

    fn instant_of(self, at: usize, ms: i64) -> Result<Timestamp, Unreadable> {
        let instant = Timestamp::from_millis(ms);
        if instant.as_millis() == ms {
            Ok(instant)
        } else {
            Err(self.unreadable(at, "it lies outside the years 1970 to 9999"))
        }
    }
}
