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
        let first = Characters::new(sought.keys().filter_map(|term| term.chars().next()));
        let is_sought = |character: char| first.contains(character);
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

/// A few characters, asked for often.
struct Characters {
    /// A bit for each that is ASCII.
    ascii: u128,
    others: Vec<char>,
}

impl Characters {
    fn new(all: impl Iterator<Item = char>) -> Self {
        let (ascii, mut others): (Vec<char>, Vec<char>) = all.partition(char::is_ascii);
        others.sort_unstable();
        Self { ascii: ascii.into_iter().fold(0, |bits, character| bits | 1 << u32::from(character)), others }
    }

    fn contains(&self, character: char) -> bool {
        if character.is_ascii() {
            return self.ascii >> u32::from(character) & 1 == 1;
        }
        self.others.binary_search(&character).is_ok()
    }
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
    fn characters() {
        let few = Characters::new("ab裙z".chars());
        assert!("ab裙z".chars().all(|c| few.contains(c)) && !"c红Aé".chars().any(|c| few.contains(c)));
    }
}
