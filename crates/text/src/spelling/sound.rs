//! How English words sound, roughly: words with one key are heard alike (`shooz` and `shoes`).

/// Shorter keys say too little.
const KEY_MIN: usize = 2;

/// The consonants of a word as they are heard, in the manner of Metaphone (Philips 1990, "Hanging on the Metaphone"),
/// with the rules that slips in shops' words need; none for a word that is not of Latin letters, or says too little.
pub(super) fn key(word: &str) -> Option<String> {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let word = silent_beginning(word);
    let bytes = word.as_bytes();
    let mut key = String::new();
    let mut at = 0;
    while at < bytes.len() {
        let (sound, length) = sound(bytes, at);
        for letter in sound.chars() {
            if !key.ends_with(letter) {
                key.push(letter);
            }
        }
        at += length;
    }
    (key.len() >= KEY_MIN).then_some(key)
}

/// `knife`, `gnome`, `write`, `psalm`.
fn silent_beginning(word: &str) -> &str {
    let silent = ["kn", "gn", "wr", "ps", "pn"].iter().any(|beginning| word.starts_with(beginning));
    if silent { &word[1..] } else { word }
}

/// The sound at a place, and how many letters it takes.
fn sound(word: &[u8], at: usize) -> (&'static str, usize) {
    let rest = &word[at..];
    let next = rest.get(1).copied().unwrap_or(0);
    let is_soft = matches!(next, b'e' | b'i' | b'y');
    match rest[0] {
        // Vowels are what people get wrong; only where a word begins with one do they hear it.
        b'a' | b'e' | b'i' | b'o' | b'u' | b'y' => (if at == 0 { "a" } else { "" }, 1),
        b'p' if next == b'h' => ("f", 2),
        b't' if rest.starts_with(b"tch") => ("c", 3),
        b's' if rest.starts_with(b"sch") => ("x", 3),
        b's' if next == b'h' => ("x", 2),
        b't' if rest.starts_with(b"tio") => ("x", 3),
        b'c' if next == b'h' => ("c", 2),
        b't' if next == b'h' => ("0", 2),
        b'g' if next == b'h' => (if at == 0 { "g" } else { "" }, 2),
        b'd' if rest.starts_with(b"dge") => ("j", 2),
        b'c' if next == b'k' => ("k", 2),
        b'c' if is_soft => ("s", 1),
        b'g' if is_soft => ("j", 1),
        b'w' | b'h' => (if at == 0 { "w" } else { "" }, if next == b'h' { 2 } else { 1 }),
        b'c' | b'q' | b'k' => ("k", 1),
        b'x' => ("ks", 1),
        b'z' | b's' => ("s", 1),
        b'v' | b'f' => ("f", 1),
        b'b' => ("b", 1),
        b'd' => ("d", 1),
        b'g' => ("g", 1),
        b'j' => ("j", 1),
        b'l' => ("l", 1),
        b'm' => ("m", 1),
        b'n' => ("n", 1),
        b'p' => ("p", 1),
        b'r' => ("r", 1),
        _ => ("t", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike() {
        for (one, other) in [
            ("shoes", "shooz"),
            ("phone", "fone"),
            ("knife", "nife"),
            ("jacket", "jakit"),
            ("leather", "lether"),
            ("station", "stashun"),
            ("wrench", "rench"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        assert_ne!(key("shoes"), key("shirts"));
        assert_eq!((key("a"), key("кот"), key("")), (None, None, None));
    }
}
