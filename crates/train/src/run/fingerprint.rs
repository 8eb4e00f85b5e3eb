use sha2::{Digest, Sha256};

use crate::fit::params::hex;

/// A checksum of data that does not hang on their order: the same examples give the same one.
#[derive(Clone, Debug, Default)]
pub struct Fingerprint {
    digests: Vec<[u8; 32]>,
}

impl Fingerprint {
    /// Adds an example: its fields, in order. Where a field ends is part of the checksum.
    pub fn add(&mut self, fields: &[&str]) {
        let mut digest = Sha256::new();
        for field in fields {
            digest.update((field.len() as u64).to_le_bytes());
            digest.update(field.as_bytes());
        }
        self.digests.push(digest.finalize().into());
    }

    /// The checksum, in hexadecimal digits.
    pub fn finish(mut self) -> String {
        self.digests.sort_unstable();
        let mut digest = Sha256::new();
        self.digests.iter().for_each(|one| digest.update(one));
        hex(&digest.finalize())
    }
}

/// The checksum of examples of one field.
pub fn fingerprint<'a>(examples: impl IntoIterator<Item = &'a str>) -> String {
    let mut fingerprint = Fingerprint::default();
    examples.into_iter().for_each(|example| fingerprint.add(&[example]));
    fingerprint.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_count_but_content_and_fields_do() {
        assert_eq!(fingerprint(["绿茶", "tea"]), fingerprint(["tea", "绿茶"]));
        assert_ne!(fingerprint(["tea"]), fingerprint(["tea", "tea"]));
        let of = |fields: &[&str]| {
            let mut print = Fingerprint::default();
            print.add(fields);
            print.finish()
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&[]).len(), 64);
    }
}
