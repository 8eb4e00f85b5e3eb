use std::path::Path;

use tokenizers::Tokenizer;

use crate::{Error, Result};

/// Cuts texts into the pieces of a vocabulary, in the same way for training and for serving.
pub struct Pieces {
    tokenizer: Tokenizer,
    /// Marks before, between and after the texts, such as `<s>`, `</s></s>` and `</s>`.
    before: Vec<u32>,
    between: Vec<u32>,
    after: Vec<u32>,
    /// The piece of a blank alone, which some vocabularies put before every word.
    blank: Option<u32>,
    unknown: u32,
    pieces_max: usize,
}

/// The pieces of words that were given one by one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WordPieces {
    /// Pieces with the marks before and after.
    pub ids: Vec<u32>,
    /// For each word the place of its first piece in `ids`; shorter than the words where they did not fit.
    pub places: Vec<usize>,
}

impl Pieces {
    /// Reads `tokenizer.json`; texts are cut to `pieces_max` pieces, marks included.
    ///
    /// # Errors
    /// Where the file is missing or no tokenizer.
    pub fn read(path: &Path, pieces_max: usize) -> Result<Self> {
        let failed = |source| Error::Tokenizer { path: path.to_owned(), source };
        let bytes = fs_err::read(path).map_err(|error| failed(error.into()))?;
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(failed)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(failed)?;
        // A shopper's "[SEP]" is five characters, not the end of the text.
        tokenizer.set_encode_special_tokens(true);
        Self::new(tokenizer, pieces_max).map_err(failed)
    }

    fn new(
        tokenizer: Tokenizer,
        pieces_max: usize,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let bare = tokenizer.encode_fast("a", false)?.get_ids().to_vec();
        let alone = tokenizer.encode_fast("a", true)?.get_ids().to_vec();
        let pair = tokenizer.encode_fast(("a", "a"), true)?.get_ids().to_vec();
        let find = |ids: &[u32]| ids.windows(bare.len().max(1)).position(|window| window == bare);
        let start = find(&alone).ok_or("a tokenizer that changes a text beside its marks")?;
        let (before, after) = (alone[..start].to_vec(), alone[start + bare.len()..].to_vec());
        let rest = pair.get(start + bare.len()..).unwrap_or_default();
        let second = find(rest).ok_or("a tokenizer that cannot take a pair of texts")?;
        let between = rest[..second].to_vec();
        let marks = before.len() + between.len() + after.len();
        let blank = tokenizer.token_to_id("▁");
        let unknown = ["<unk>", "[UNK]"].iter().find_map(|piece| tokenizer.token_to_id(piece)).unwrap_or(0);
        Ok(Self { tokenizer, before, between, after, blank, unknown, pieces_max: pieces_max.max(marks + 2) })
    }

    /// How many pieces a text is cut to, marks included.
    pub fn pieces_max(&self) -> usize {
        self.pieces_max
    }

    /// Pieces in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The pieces of a text with the marks around them.
    ///
    /// # Errors
    /// Where the tokenizer fails, which no text alone should bring about.
    pub fn of_text(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = self.bare(text)?;
        ids.truncate(self.pieces_max - self.before.len() - self.after.len());
        Ok([self.before.as_slice(), &ids, &self.after].concat())
    }

    /// The pieces of two texts with the marks around and between them; the longer one is cut first.
    ///
    /// # Errors
    /// As [`Pieces::of_text`].
    pub fn of_pair(&self, first: &str, second: &str) -> Result<Vec<u32>> {
        let (mut first, mut second) = (self.bare(first)?, self.bare(second)?);
        let room = self.pieces_max - self.before.len() - self.between.len() - self.after.len();
        let second_room = room.saturating_sub(first.len()).max(room / 2);
        second.truncate(second_room);
        first.truncate(room - second.len());
        Ok([self.before.as_slice(), &first, &self.between, &second, &self.after].concat())
    }

    /// The pieces of words one by one, so that every word begins with a piece of its own. A word that follows another
    /// without a blank (as Chinese characters do) has `joined` true and gets no piece for a blank.
    ///
    /// # Errors
    /// As [`Pieces::of_text`].
    pub fn of_words<'a>(&self, words: impl IntoIterator<Item = (&'a str, bool)>) -> Result<WordPieces> {
        let mut ids = self.before.clone();
        let mut places = Vec::new();
        for (word, joined) in words {
            let mut pieces = self.bare(word)?;
            if joined && pieces.len() > 1 && pieces.first().copied() == self.blank {
                pieces.remove(0);
            }
            if pieces.is_empty() {
                pieces.push(self.unknown);
            }
            // One word of nothing but oddities must not push all others out.
            pieces.truncate(8);
            if ids.len() + pieces.len() + self.after.len() > self.pieces_max {
                break;
            }
            places.push(ids.len());
            ids.extend(pieces);
        }
        ids.extend(&self.after);
        Ok(WordPieces { ids, places })
    }

    fn bare(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.tokenizer.encode_fast(beginning(text, self.pieces_max), false);
        let encoding = encoding.map_err(|source| Error::Encode { encoder: "tokenizer".to_owned(), source })?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// As much of a text as can matter: pieces have 1 to 16 characters, 24 bytes a piece on average is more than any real
/// text has. Texts of any length then cost no more than a long one.
fn beginning(text: &str, pieces: usize) -> &str {
    match text.char_indices().map(|(at, _)| at).take_while(|at| *at <= pieces * 24).last() {
        Some(last) if text.len() > pieces * 24 => &text[..last],
        _ => text,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use super::*;

    pub(crate) fn tokenizer(model: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(model).join("tokenizer.json")
    }

    fn e5(pieces_max: usize) -> Pieces {
        Pieces::read(&tokenizer("e5-small-zh-en"), pieces_max).unwrap()
    }

    #[test]
    fn texts_and_pairs_have_their_marks() {
        let pieces = e5(64);
        let text = pieces.of_text("红色连衣裙").unwrap();
        assert_eq!((text[0], text[text.len() - 1]), (0, 2));
        let pair = pieces.of_pair("红色连衣裙", "red dress").unwrap();
        assert_eq!(pair[..text.len() - 1], text[..text.len() - 1]);
        assert_eq!(pair.iter().filter(|id| **id == 2).count(), 3);
        assert_eq!(pieces.of_text("").unwrap(), [0, 2]);
        let minilm = Pieces::read(&tokenizer("minilm-l6-en"), 64).unwrap();
        assert_eq!(minilm.of_text("[SEP]").unwrap().iter().filter(|id| **id == 102).count(), 1);
    }

    #[test]
    fn long_texts_are_cut_and_both_of_a_pair_stay() {
        let (pieces, long) = (e5(16), "红色 dress 🎁 ".repeat(10_000));
        assert_eq!(pieces.of_text(&long).unwrap().len(), 16);
        for (first, second) in [(long.as_str(), "茶"), ("茶", &long), (&long, &long)] {
            let pair = pieces.of_pair(first, second).unwrap();
            assert!(pair.len() <= 16, "{pair:?}");
            let middle = pair.iter().position(|id| *id == 2).unwrap();
            assert!(middle > 1 && pair[middle + 1] == 2 && pair.len() > middle + 3, "{pair:?}");
        }
    }

    #[test]
    fn words_begin_with_pieces_of_their_own() {
        let pieces = e5(64);
        let words = [("厨", true), ("师", true), ("帽", true), ("waterproof", false), ("", false)];
        let found = pieces.of_words(words).unwrap();
        assert_eq!(found.places[..4], [1, 2, 3, 4]);
        assert_eq!(found.places.len(), 5);
        assert!(found.ids.len() >= 7 && found.places[4] == found.ids.len() - 2);
        let many = e5(8).of_words(std::iter::repeat_n(("厨", true), 100)).unwrap();
        assert_eq!((many.ids.len(), many.places.len()), (8, 6));
    }
}
