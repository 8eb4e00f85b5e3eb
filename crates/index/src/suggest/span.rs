//! Which part of a shown text a matched key stands for, so that it can be highlighted.

use std::ops::Range;

use super::reading::{characters, read_characters};

/// The part of `text` that a part of its folded form stands for. Characters of both are taken to follow one another
/// in the same order; white space may be missing on either side.
pub(crate) fn of_folded(text: &str, folded: &str, part: &Range<usize>) -> Range<usize> {
    let mut shown = text.char_indices().peekable();
    let (mut start, mut end) = (text.len(), 0);
    for (at, letter) in folded.char_indices().take_while(|(at, _)| *at < part.end) {
        while !letter.is_whitespace() && shown.next_if(|(_, shown)| shown.is_whitespace()).is_some() {}
        if letter.is_whitespace() && !shown.peek().is_some_and(|(_, shown)| shown.is_whitespace()) {
            continue;
        }
        let Some((from, character)) = shown.next() else { break };
        if at >= part.start {
            start = start.min(from);
            end = from + character.len_utf8();
        }
    }
    start.min(end)..end
}

/// The part of `text` that a part of its marked reading stands for: whole characters, also where the last one's
/// reading is matched in part; all of the text where it cannot be told.
pub(crate) fn of_reading(text: &str, marked: &[u8], part: &Range<usize>) -> Range<usize> {
    let (first, last) = (characters(&marked[..part.start]), characters(&marked[..part.end]));
    let places: Vec<(usize, char)> = read_characters(text).collect();
    if characters(marked) != places.len() || last <= first {
        return 0..text.len();
    }
    let (end, letter) = places[last - 1];
    places[first].0..end + letter.len_utf8()
}

/// The part of `text` that a part of a code (letters and digits without what stands between them) stands for; empty
/// where the text does not hold the code.
pub(crate) fn of_code(text: &str, code: &[u8], part: &Range<usize>) -> Range<usize> {
    let squashed = squash(text);
    let letters: Vec<u8> = squashed.iter().map(|(_, byte)| *byte).collect();
    let Some(at) = letters.windows(code.len().max(1)).position(|window| window == code) else { return 0..0 };
    let place = |index: usize| squashed.get(at + index).map_or(text.len(), |(place, _)| *place);
    match part.end.checked_sub(1) {
        Some(last) if last >= part.start => place(part.start)..(place(last) + 1).min(text.len()),
        _ => 0..0,
    }
}

/// The ASCII letters (small) and digits of a text with their places; all else, such as `-` and white space, is left out.
pub(crate) fn squash(text: &str) -> Vec<(usize, u8)> {
    let bytes = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric());
    bytes.map(|(at, byte)| (at, byte.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folded_texts_point_back() {
        let of = |text: &'static str, folded: &str, part| &text[of_folded(text, folded, &part)];
        assert_eq!(of("ＮＩＫＥ 跑鞋", "nike 跑鞋", 0..4), "ＮＩＫＥ");
        assert_eq!(of("ＮＩＫＥ 跑鞋", "nike 跑鞋", 5..8), "跑");
        assert_eq!(of("Crème  brûlée", "creme brulee", 6..9), "brû");
        assert_eq!(of("手机壳", "手 机 壳", 0..8), "手机");
    }

    #[test]
    fn readings_point_at_characters() {
        let of = |part| &"P - 连衣裙"[of_reading("P - 连衣裙", b"PLianYiQun", &part)];
        assert_eq!(of(0..6), "P - 连衣");
        assert_eq!(of(1..5), "连");
        assert_eq!(of(5..10), "衣裙");
        assert_eq!(&"连衣裙"[of_reading("连衣裙", b"lianyiqun", &(0..4))], "连衣裙");
    }

    #[test]
    fn codes_point_at_what_is_between_their_letters_too() {
        assert_eq!(&"索尼 WH-1000XM4 耳机"[of_code("索尼 WH-1000XM4 耳机", b"wh1000xm4", &(1..6))], "H-1000");
        assert_eq!(of_code("索尼", b"wh1000xm4", &(1..6)), 0..0);
    }

    proptest! {
        #[test]
        fn every_span_can_be_sliced(text in ".{0,12}", folded in ".{0,12}", cuts in (0usize..13, 0usize..13)) {
            let boundary = |index: usize| folded.char_indices().nth(index).map_or(folded.len(), |(at, _)| at);
            let (a, b) = (boundary(cuts.0), boundary(cuts.1));
            let part = a.min(b)..a.max(b);
            prop_assert!(text.get(of_folded(&text, &folded, &part)).is_some());
            prop_assert!(text.get(of_reading(&text, folded.as_bytes(), &part)).is_some());
            prop_assert!(text.get(of_code(&text, folded.as_bytes(), &part)).is_some());
        }
    }
}
