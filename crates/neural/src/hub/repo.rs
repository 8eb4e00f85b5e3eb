use std::fmt;
use std::str::FromStr;

use super::fault::HubFault;

/// A repository of a hub at a revision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RepoId {
    /// `owner/name`.
    pub name: String,
    /// Branch, tag or commit.
    pub revision: String,
}

impl FromStr for RepoId {
    type Err = HubFault;

    fn from_str(text: &str) -> Result<Self, HubFault> {
        let (name, revision) = text.split_once('@').unwrap_or((text, "main"));
        let plain = |part: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed)
        };
        match name.split_once('/') {
            Some((owner, model)) if plain(owner) && plain(model) && revision.split('/').all(plain) => {
                Ok(Self { name: name.to_owned(), revision: revision.to_owned() })
            }
            _ => Err(HubFault::Name(text.to_owned())),
        }
    }
}

impl RepoId {
    /// The part after the owner, as a model's name here.
    pub(super) fn model_id(&self) -> String {
        self.name.rsplit('/').next().unwrap_or_default().to_lowercase()
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.revision)
    }
}

/// Text as a part of an address: everything but unreserved characters escaped (RFC 3986, section 2.3).
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_read_and_nothing_else() {
        let plain: RepoId = "intfloat/multilingual-e5-small".parse().unwrap();
        assert_eq!((plain.revision.as_str(), plain.model_id().as_str()), ("main", "multilingual-e5-small"));
        let at: RepoId = "BAAI/bge-small-zh-v1.5@refs/pr/1".parse().unwrap();
        assert_eq!((at.name.as_str(), at.revision.as_str()), ("BAAI/bge-small-zh-v1.5", "refs/pr/1"));
        for wrong in ["", "bert", "a/b/c", "../etc", "a/..", "a/b@", "a/b@../c", "红/色", "a/b?x", "https://x/y"] {
            assert!(wrong.parse::<RepoId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(escaped("refs/pr/1 红"), "refs%2Fpr%2F1%20%E7%BA%A2");
    }
}
