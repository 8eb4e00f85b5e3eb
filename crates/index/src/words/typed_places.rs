//! Where the words of a query stand in texts. The terms of a text are what costs: so a text is cut at its blanks, pieces in
//! which no sought term can begin are left out after a quick look, and a piece that was met before is not read again.

use rustc_hash::FxHashMap;
use types::{Analyzer, Language};

use super::typed::TypedQuery;

/// Bytes of a text, and the place of the word in the query that stands there.
pub type TypedPlace = ((usize, usize), usize);

impl TypedQuery {
    /// Where its words stand in each text; in order.
    pub(crate) fn places(&self, analyzer: &dyn Analyzer, texts: &[&str]) -> Vec<Vec<TypedPlace>> {
        let mut sought: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, word) in self.words.iter().enumerate() {
            for alternative in &word.alternatives {
                sought.entry(&*alternative.term).or_insert(at);
            }
        }
        let beginnings = Beginnings::new(sought.keys().copied());
        let is_sought = |first: char, second: Option<char>| beginnings.contains(first, second);
        let mut known: FxHashMap<&str, Vec<TypedPlace>> = FxHashMap::default();
        let mut all = Vec::with_capacity(texts.len());
        for text in texts.iter().copied() {
            let mut places = Vec::new();
            for (start, piece) in pieces(text).filter(|(_, piece)| analyzer.may_begin(piece, &is_sought)) {
                let found = known.entry(piece).or_insert_with(|| in_piece(analyzer, piece, &sought));
                places.extend(found.iter().map(|((from, to), word)| ((start + from, start + to), *word)));
            }
            all.push(places);
        }
        all
    }
}

/// How some terms begin; asked for often.
struct Beginnings {
    /// By the first character where it is ASCII: a bit for each second one that is, and one for whatever else there is.
    ascii: [u128; 128],
    others: Vec<char>,
}

/// The bit of a second character that is not ASCII, or not there.
const ELSE: u32 = 0;

impl Beginnings {
    fn new<'a>(terms: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self { ascii: [0; 128], others: Vec::new() };
        for term in terms {
            let mut characters = term.chars();
            match characters.next() {
                Some(first) if first.is_ascii() => all.ascii[first as usize] |= 1 << second_bit(characters.next()),
                first => all.others.extend(first),
            }
        }
        all.others.sort_unstable();
        all
    }

    /// Whether a term begins so; where the second character is not known, with any. A stem of one character may stand for a word
    /// of several (`aed`).
    fn contains(&self, first: char, second: Option<char>) -> bool {
        match self.ascii.get(first as usize) {
            Some(seconds) if second.is_none() => *seconds != 0,
            Some(seconds) => (seconds >> second_bit(second) | seconds >> ELSE) & 1 == 1,
            None => self.others.binary_search(&first).is_ok(),
        }
    }
}

fn second_bit(second: Option<char>) -> u32 {
    second.filter(char::is_ascii).map_or(ELSE, u32::from)
}

fn in_piece(analyzer: &dyn Analyzer, piece: &str, sought: &FxHashMap<&str, usize>) -> Vec<TypedPlace> {
    let mut places = Vec::new();
    analyzer.analyze(piece, Language::guess(piece), &mut |token| {
        if let Some(word) = sought.get(token.term) {
            places.push((token.span, *word));
        }
    });
    places.sort_unstable();
    places.dedup();
    places
}

/// The pieces of a text between blanks, with the bytes they begin at: no term goes over a blank. The full stop and the comma
/// that stand between Chinese words part as blanks do.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    // How many bytes of a blank stand at a place: in UTF-8 the wide ones are E3 80 80 to 82.
    let blank = move |at: usize| match bytes[at] {
        byte if byte.is_ascii_whitespace() => 1,
        0xE3 if bytes[at + 1] == 0x80 && bytes[at + 2] <= 0x82 => 3,
        _ => 0,
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && blank(at) > 0 {
            at += blank(at);
        }
        let start = at;
        at = (start..bytes.len()).find(|at| blank(*at) > 0).unwrap_or(bytes.len());
        (start < at).then(|| (start, &text[start..at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_blanks() {
        let all = |text| pieces(text).collect::<Vec<(usize, &str)>>();
        assert_eq!(all(" red  shoes\n"), [(1, "red"), (6, "shoes")]);
        assert_eq!(all("红色、裙子。　のé"), [(0, "红色"), (9, "裙子"), (21, "のé")]);
        assert_eq!(all("。 "), []);
    }

    #[test]
    fn beginnings() {
        let all = Beginnings::new(["run", "b", "裙子", "é"].into_iter());
        assert!(all.contains('r', Some('u')) && all.contains('r', None) && all.contains('b', None));
        assert!(all.contains('b', Some('u')));
        assert!(all.contains('裙', None) && all.contains('裙', Some('子')) && all.contains('é', Some('t')));
        assert!(!all.contains('r', Some('e')) && !all.contains('u', None));
    }
}
