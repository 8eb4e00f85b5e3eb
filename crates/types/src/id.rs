use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::FieldError;

/// Longest id accepted, in bytes of UTF-8.
const ID_BYTES_MAX: usize = 512;

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and wraps an id: 1 to 512 bytes, no control characters.
            ///
            /// # Errors
            /// A [`FieldError`] with code `id_empty`, `id_too_long` or `id_control_character`.
            pub fn new(id: impl AsRef<str>) -> Result<Self, FieldError> {
                check_id($field, id.as_ref()).map(|id| Self(Arc::from(id)))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The shared text behind the id, without a copy.
            pub fn shared(&self) -> Arc<str> {
                Arc::clone(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

string_id!(
    /// A product, or anything else a shop shows.
    ItemId, "id"
);
string_id!(
    /// What variants of one product share.
    GroupId, "group"
);
string_id!(
    /// A shopper the shop knows; pseudonymous, chosen by the shop.
    UserId, "user"
);
string_id!(
    /// One visit.
    SessionId, "session"
);
string_id!(
    /// Makes an event idempotent: the same id is accepted once.
    EventId, "event_id"
);
string_id!(
    /// Names an answered request, so that what follows can be joined to what was shown.
    QueryId, "query_id"
);

impl QueryId {
    /// A number for the chance in an answer, which follows from its id alone, so that the log tells all (FNV-1a).
    pub fn seed(&self) -> u64 {
        let bytes = self.as_str().bytes();
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    }
}

fn check_id<'a>(field: &str, id: &'a str) -> Result<&'a str, FieldError> {
    if id.is_empty() {
        return Err(FieldError::new("id_empty", field, "1 to 512 bytes of text", "an empty text"));
    }
    if id.len() > ID_BYTES_MAX {
        return Err(FieldError::new("id_too_long", field, "at most 512 bytes", format!("{} bytes", id.len())));
    }
    if id.chars().any(char::is_control) {
        return Err(FieldError::new("id_control_character", field, "no control characters", format!("{id:?}")));
    }
    Ok(id)
}

/// A tenant: a shop with its own log, indices, settings and keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShopId(Arc<str>);

impl ShopId {
    /// Checks and wraps a shop's name: 1 to 64 of `a-z 0-9 - _`, beginning with a letter or digit. It names a folder
    /// and a part of URLs, hence the narrow alphabet.
    ///
    /// # Errors
    /// A [`FieldError`] with code `shop_name_invalid`.
    pub fn new(name: impl AsRef<str>) -> Result<Self, FieldError> {
        let name = name.as_ref();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if name.len() > 64 || !starts_well || !name.chars().all(allowed) {
            let expected = "1 to 64 of a-z, 0-9, '-' and '_', beginning with a letter or digit";
            return Err(FieldError::new("shop_name_invalid", "shop", expected, name));
        }
        Ok(Self(Arc::from(name)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl Borrow<str> for ShopId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Whose taste an interaction tells: `u:` a known user, `a:` an anonymous id, `s:` a session. The prefix keeps a
/// guest who calls himself like a user apart from that user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorKey(Arc<str>);

impl ActorKey {
    pub(crate) fn new(prefix: char, id: &str) -> Self {
        Self(Arc::from(format!("{prefix}:{id}")))
    }

    /// The key as text, prefix included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ActorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// Dense number of an item (or of an actor) inside one shop, allotted in log order and never reused; what every
/// derived state is indexed by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Row(pub u32);

impl Row {
    /// The row as an index into a slice.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Place of an event in a shop's log: 0 is the first; dense, ever growing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position(pub u64);

impl Position {
    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bounded() {
        assert!(ItemId::new("连衣裙-42").is_ok());
        assert_eq!(ItemId::new("").unwrap_err().code, "id_empty");
        assert_eq!(ItemId::new("x".repeat(513)).unwrap_err().code, "id_too_long");
        assert_eq!(ItemId::new("a\u{0}b").unwrap_err().code, "id_control_character");
        assert!(ItemId::new("x".repeat(512)).is_ok());
    }

    #[test]
    fn shop_names_are_safe_in_paths() {
        assert!(ShopId::new("gifts-2").is_ok());
        for bad in ["", "..", "-a", "A", "a/b", "商店"] {
            assert_eq!(ShopId::new(bad).unwrap_err().code, "shop_name_invalid", "{bad}");
        }
    }
}
