//! Keys that a shop's own server makes of a search key and restrictions, by HMAC-SHA256 (RFC 2104).
//!
//! To check them nobody needs the parent key itself: the two hash states after its padded key block are enough, and from
//! those neither the key can be found nor anything opened but what a search key opens.

use sha2::Sha256;
use sha2::digest::Digest as _;

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;
/// The state that SHA-256 begins with (FIPS 180-4, section 5.3.3).
const BEGIN: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The hash states of HMAC-SHA256 after the key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Halves {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Halves {
    /// The states of a key.
    pub(crate) fn new(key: &str) -> Self {
        let mut block = [0u8; BLOCK];
        match key.len() {
            0..=BLOCK => block[..key.len()].copy_from_slice(key.as_bytes()),
            _ => block[..32].copy_from_slice(&Sha256::digest(key.as_bytes())),
        }
        let half = |pad: u8| {
            let mut state = BEGIN;
            sha2::compress256(&mut state, &[block.map(|byte| byte ^ pad).into()]);
            state
        };
        Self { inner: half(0x36), outer: half(0x5c) }
    }

    /// Whether `code` is the authentication code of `message`; takes the same time for every wrong code.
    pub(crate) fn verifies(&self, message: &[u8], code: &[u8; 32]) -> bool {
        let own = finished(self.outer, &finished(self.inner, message));
        own.iter().zip(code).fold(0, |differs, (own, other)| differs | (own ^ other)) == 0
    }

    /// As it is kept: both states in hexadecimal.
    pub(crate) fn to_hex(self) -> String {
        self.inner.iter().chain(&self.outer).map(|word| format!("{word:08x}")).collect()
    }

    /// Reads what [`Halves::to_hex`] wrote.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let word = |at: usize| u32::from_str_radix(text.get(8 * at..8 * at + 8)?, 16).ok();
        let words: Vec<u32> = (0..16).map(word).collect::<Option<_>>()?;
        Some(Self { inner: words[..8].try_into().ok()?, outer: words[8..].try_into().ok()? })
    }
}

/// The hash of one block that the state comes from, and a message after it.
fn finished(mut state: [u32; 8], message: &[u8]) -> [u8; 32] {
    let bits = 8 * (BLOCK + message.len()) as u64;
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(BLOCK) - 8, 0);
    padded.extend(bits.to_be_bytes());
    for block in padded.as_chunks::<BLOCK>().0 {
        sha2::compress256(&mut state, &[(*block).into()]);
    }
    let mut hash = [0; 32];
    hash.chunks_exact_mut(4).zip(state).for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_be_bytes()));
    hash
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac as _};

    use super::*;

    #[test]
    fn half_a_hash_is_enough_to_check_a_code() {
        for key in ["", "mk_short", &"k".repeat(64), &"长".repeat(50)] {
            let halves = Halves::from_hex(&Halves::new(key).to_hex()).unwrap();
            for message in ["", "filters=brand%3AA", &"m".repeat(55), &"m".repeat(56), &"m".repeat(500)] {
                let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
                let mut code: [u8; 32] = mac.chain_update(message.as_bytes()).finalize().into_bytes().into();
                assert!(halves.verifies(message.as_bytes(), &code), "{key} {message}");
                code[7] ^= 1;
                assert!(!halves.verifies(message.as_bytes(), &code));
            }
        }
        assert!(Halves::from_hex("12").is_none() && Halves::from_hex(&"长".repeat(43)).is_none());
    }
}
