//! Pinyin of a text as it is kept: the first letter of each character's reading is a capital, all others are small, so
//! that it can be read off which characters a part of it stands for.

/// The characters of a text that are read: letters, digits and all that is written as a character; with their places.
pub(crate) fn read_characters(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, letter)| letter.is_alphanumeric())
}

/// Whether a byte of a marked reading begins the reading of another character.
fn begins_character(byte: u8) -> bool {
    !byte.is_ascii_lowercase() && !(0x80..0xC0).contains(&byte)
}

/// How many characters begin in a part of a marked reading.
pub(crate) fn characters(marked: &[u8]) -> usize {
    marked.iter().filter(|byte| begins_character(**byte)).count()
}

/// Where in a marked reading the character with this number begins.
pub(crate) fn character_start(marked: &str, number: usize) -> Option<usize> {
    marked.bytes().enumerate().filter(|(_, byte)| begins_character(*byte)).nth(number).map(|(at, _)| at)
}

/// The reading `full` of a text with capitals where its characters begin; `initials` has one letter for each of the
/// text's characters that are read. `None` where the three do not fit together.
pub(crate) fn mark(text: &str, full: &str, initials: &str) -> Option<String> {
    // For each character, where it may begin in `full`, and which of the places of the character before leads there.
    let mut reached: Vec<Vec<(usize, usize)>> = vec![vec![(0, 0)]];
    let mut firsts = initials.chars();
    for (_, letter) in read_characters(text) {
        let first = firsts.next()?;
        let mut next: Vec<(usize, usize)> = Vec::new();
        for (index, (start, _)) in reached.last()?.iter().enumerate() {
            for len in lengths(letter, first, &full[*start..]) {
                if !next.iter().any(|(place, _)| *place == start + len) {
                    next.push((start + len, index));
                }
            }
        }
        reached.push(next);
    }
    let mut index = reached.last()?.iter().position(|(place, _)| *place == full.len())?;
    let mut marked = full.to_ascii_lowercase();
    for (character, places) in reached.iter().enumerate().skip(1).rev() {
        index = places[index].1;
        let start = reached[character - 1][index].0;
        marked.get_mut(start..start + 1).into_iter().for_each(str::make_ascii_uppercase);
    }
    firsts.next().is_none().then_some(marked)
}

/// How many bytes of `rest` may be the reading of a character whose reading begins with `first`: those of the letter
/// itself, or of a syllable.
fn lengths(letter: char, first: char, rest: &str) -> Vec<usize> {
    const SYLLABLE_MAX: usize = 6;
    if !rest.starts_with(first) {
        return Vec::new();
    }
    if letter.is_ascii() || !first.is_ascii() {
        return vec![first.len_utf8()];
    }
    let letters = rest.bytes().take(SYLLABLE_MAX).take_while(u8::is_ascii_alphabetic).count();
    (1..=letters).rev().filter(|len| is_syllable(&rest.as_bytes()[..*len])).collect()
}

/// Whether letters have the shape of a syllable: consonants, vowels, and `n`, `ng`, `r` or nothing.
fn is_syllable(letters: &[u8]) -> bool {
    let vowel = |letter: &u8| matches!(letter.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'v');
    let consonants = letters.iter().take_while(|letter| !vowel(letter)).count();
    let (initial, rest) = letters.split_at(consonants);
    let vowels = rest.iter().take_while(|letter| vowel(letter)).count();
    let single = consonants <= 1 || initial.eq_ignore_ascii_case(b"zh");
    let initial_fits = single || initial.eq_ignore_ascii_case(b"ch") || initial.eq_ignore_ascii_case(b"sh");
    let end = rest[vowels..].to_ascii_lowercase();
    initial_fits && vowels > 0 && matches!(end.as_slice(), b"" | b"n" | b"ng" | b"r")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_begin_with_capitals() {
        for (text, full, initials, marked) in [
            ("连衣裙", "lianyiqun", "lyq", "LianYiQun"),
            ("西安", "xian", "xa", "XiAn"),
            ("先", "xian", "x", "Xian"),
            ("安娜", "anna", "an", "AnNa"),
            ("方案", "fangan", "fa", "FangAn"),
            ("反感", "fangan", "fg", "FanGan"),
            ("女儿 iPhone15-壳", "nverIphone15ke", "neiphone15k", ""),
            ("女儿 iPhone15-壳", "nveriphone15ke", "neiphone15k", "NvErIPHONE15Ke"),
            ("é壳", "éke", "ék", "éKe"),
        ] {
            assert_eq!(mark(text, full, initials).unwrap_or_default(), marked, "{text}");
        }
        assert_eq!(character_start("LianYiQun", 2), Some(6));
        assert_eq!(characters(b"LianYi"), 2);
        for (text, full, initials) in [("连衣", "lianyiqun", "lyq"), ("连衣裙", "lianyi", "ly"), ("嗯", "ng", "n")]
        {
            assert_eq!(mark(text, full, initials), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn stands_anything(text in "([连衣裙a1 ]|\\PC){0,12}", full in "([liany1]|\\PC){0,20}", initials in "([ly1]|\\PC){0,12}") {
            let marked = mark(&text, &full, &initials);
            prop_assert!(marked.is_none_or(|marked| characters(marked.as_bytes()) == initials.chars().count()));
        }
    }
}
