//! Cutting a tokenizer, and a network's table of pieces, to the languages and texts a shop has. In a multilingual encoder
//! four numbers of five stand for pieces of scripts that a shop in two languages never meets.

mod document;

use std::collections::BTreeSet;
use std::thread;

use tokenizers::Tokenizer;

use crate::weights::WeightsFault;
use crate::{Tensor, Weights};
use document::Document;

/// A tokenizer with fewer pieces.
pub struct Cut {
    /// The tokenizer, as `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// Old numbers of the pieces kept, by their new ones, in ascending order.
    pub kept: Vec<usize>,
    /// What the cut means for the corpus.
    pub coverage: Coverage,
}

/// What a cut means for the corpus it was made for.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Coverage {
    /// Pieces in the whole vocabulary.
    pub pieces_before: usize,
    /// Pieces kept.
    pub pieces_after: usize,
    /// Texts in the corpus.
    pub texts: usize,
    /// Texts that are parted as before.
    pub texts_same: usize,
    /// Pieces the corpus is parted into by the cut tokenizer.
    pub corpus_pieces: usize,
    /// Of these, pieces that stand for something unknown.
    pub corpus_unknown: usize,
}

/// Why a tokenizer cannot be cut.
#[derive(Debug, thiserror::Error)]
pub enum CutFault {
    /// It is not a tokenizer as Hugging Face writes it.
    #[error("the tokenizer cannot be read: {fault}")]
    Tokenizer {
        /// What is wrong.
        fault: String,
    },
    /// It is of another kind.
    #[error("the tokenizer's model is `{got}`, expected Unigram or WordPiece")]
    Kind {
        /// The kind.
        got: String,
    },
    /// A piece that must stay where it is would move.
    #[error("the padding piece {got} would become another number, expected all special pieces first in the vocabulary")]
    Padding {
        /// Its number.
        got: usize,
    },
    /// The tokenizer knows pieces that the network has no row for.
    #[error("the tokenizer gives piece {got}, the network has {expected}")]
    Misfit {
        /// Rows of the network's table.
        expected: usize,
        /// Largest number of a piece.
        got: usize,
    },
}

/// Cuts a Hugging Face `tokenizer.json` of the kinds Unigram and WordPiece to `corpus`. Kept are: marks and added pieces;
/// all pieces of a single character, so that every character that was known stays known; all pieces made of Chinese
/// characters alone (Unicode's CJK unified ideographs and compatibility ideographs, 々 and 〇); all numbers; and every
/// piece that a text of the corpus is parted into at least `least` times. With `least` 1 the corpus is parted as before.
///
/// # Errors
/// Where the bytes are not such a tokenizer.
pub fn cut<S: AsRef<str> + Sync>(tokenizer: &[u8], corpus: &[S], least: usize) -> Result<Cut, CutFault> {
    let document = Document::read(tokenizer)?;
    let whole = load(tokenizer)?;
    let counts = count(&whole, corpus, document.size())?;
    let kept: Vec<usize> = (0..document.size())
        .filter(|id| {
            let often = counts[*id] > 0 && counts[*id] >= least.max(1);
            often || document.always(*id) || is_basic(document.bare(*id))
        })
        .collect();
    let tokenizer = document.keep(&kept)?;
    let coverage = compare(&whole, &load(&tokenizer)?, corpus, &kept, document.unknown())?;
    let coverage = Coverage { pieces_before: document.size(), pieces_after: kept.len(), ..coverage };
    Ok(Cut { tokenizer, kept, coverage })
}

/// The network with only the rows of these pieces.
///
/// # Errors
/// Where a piece has no row, or the padding piece would change its number in a network that counts places from it.
pub fn keep_pieces(weights: &Weights, kept: &[usize]) -> Result<Weights, CutFault> {
    let mut weights = weights.clone();
    let name = crate::export::names::WORDS;
    let Some(table) = weights.tensors.get_mut(name) else {
        return Err(CutFault::Tokenizer { fault: WeightsFault::Missing { name: name.to_owned() }.to_string() });
    };
    let rows = table.rows();
    if let Some(got) = kept.iter().copied().find(|id| *id >= rows) {
        return Err(CutFault::Misfit { expected: rows, got });
    }
    let data = kept.iter().flat_map(|id| table.row(*id)).copied().collect();
    *table = Tensor::matrix(kept.len(), table.width(), data);
    let padding = weights.config.pad_token_id;
    let moved = kept.iter().position(|id| *id == padding);
    if weights.config.position_offset() > 0 && moved != Some(padding) {
        return Err(CutFault::Padding { got: padding });
    }
    weights.config.pad_token_id = moved.unwrap_or(0);
    weights.config.vocab_size = kept.len();
    Ok(weights)
}

/// Whether a piece, its marks left out, is kept whatever the corpus says.
fn is_basic(piece: &str) -> bool {
    let mut characters = piece.chars();
    let single = characters.next().is_none_or(|_| characters.next().is_none());
    single || piece.chars().all(is_chinese) || piece.chars().all(|character| character.is_ascii_digit())
}

/// CJK unified ideographs with all extensions, compatibility ideographs, and the two signs written among them.
fn is_chinese(character: char) -> bool {
    matches!(
        u32::from(character),
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF | 0x3005 | 0x3007
    )
}

fn load(bytes: &[u8]) -> Result<Tokenizer, CutFault> {
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| unreadable(&error))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|error| unreadable(&error))?;
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

/// How often each piece occurs in the corpus.
fn count<S: AsRef<str> + Sync>(tokenizer: &Tokenizer, corpus: &[S], size: usize) -> Result<Vec<usize>, CutFault> {
    let parts = side_by_side(corpus, |texts| {
        let mut counts = vec![0; size];
        for text in texts {
            for id in ids(tokenizer, text.as_ref())? {
                *counts.get_mut(id as usize).ok_or(CutFault::Misfit { expected: size, got: id as usize })? += 1;
            }
        }
        Ok(counts)
    })?;
    let mut counts = vec![0; size];
    for part in parts {
        counts.iter_mut().zip(part).for_each(|(count, part): (&mut usize, usize)| *count += part);
    }
    Ok(counts)
}

fn compare<S: AsRef<str> + Sync>(
    whole: &Tokenizer,
    cut: &Tokenizer,
    corpus: &[S],
    kept: &[usize],
    unknown: Option<usize>,
) -> Result<Coverage, CutFault> {
    let parts = side_by_side(corpus, |texts| {
        let mut part = Coverage::default();
        for text in texts {
            let (before, after) = (ids(whole, text.as_ref())?, ids(cut, text.as_ref())?);
            let old = |id: &u32| kept.get(*id as usize).copied();
            let same = before.len() == after.len()
                && before.iter().zip(&after).all(|(before, after)| Some(*before as usize) == old(after));
            part.texts += 1;
            part.texts_same += usize::from(same);
            part.corpus_pieces += after.len();
            part.corpus_unknown += after.iter().filter(|id| unknown.is_some() && old(id) == unknown).count();
        }
        Ok(part)
    })?;
    Ok(parts.into_iter().fold(Coverage::default(), |all, part| Coverage {
        texts: all.texts + part.texts,
        texts_same: all.texts_same + part.texts_same,
        corpus_pieces: all.corpus_pieces + part.corpus_pieces,
        corpus_unknown: all.corpus_unknown + part.corpus_unknown,
        ..all
    }))
}

/// The pieces of a text without the marks around it.
fn ids(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, CutFault> {
    let pieces = tokenizer.encode_fast(text, false).map_err(|error| unreadable(&error))?;
    Ok(pieces.get_ids().to_vec())
}

/// Runs `work` on parts of the corpus, one a core.
fn side_by_side<S: Sync, T: Send>(
    corpus: &[S],
    work: impl Fn(&[S]) -> Result<T, CutFault> + Sync,
) -> Result<Vec<T>, CutFault> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let length = corpus.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = corpus.chunks(length).map(|part| scope.spawn(|| work(part))).collect();
        parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

fn unreadable(error: &dyn std::fmt::Display) -> CutFault {
    CutFault::Tokenizer { fault: error.to_string() }
}

/// The special pieces that stand around or for something, by their numbers.
type Marks = BTreeSet<usize>;

#[cfg(test)]
mod tests {
    use super::*;

    fn unigram() -> serde_json::Value {
        let pieces = [
            ("<s>", 0.0),
            ("<pad>", 0.0),
            ("</s>", 0.0),
            ("<unk>", 0.0),
            ("▁", -3.0),
            ("▁red", -8.0),
            ("▁re", -7.0),
            ("d", -4.0),
            ("▁dress", -9.0),
            ("ess", -6.0),
            ("红色", -8.0),
            ("红", -7.5),
            ("色", -7.6),
            ("платье", -9.5),
            ("п", -8.0),
            ("▁2024", -9.0),
            ("r", -4.0),
            ("e", -4.0),
            ("s", -4.0),
            ("连衣裙", -10.0),
            ("연결", -11.0),
            ("▁xyz", -12.0),
        ];
        let vocab: Vec<_> = pieces.iter().map(|(piece, score)| serde_json::json!([piece, score])).collect();
        let added = |id: usize, content: &str| {
            serde_json::json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true})
        };
        serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [added(0, "<s>"), added(1, "<pad>"), added(2, "</s>"), added(3, "<unk>"), added(22, "<mask>")],
            "normalizer": null,
            "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
            "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "<mask>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                    "<mask>": {"id": "<mask>", "ids": [22], "tokens": ["<mask>"]}}},
            "decoder": null,
            "model": {"type": "Unigram", "unk_id": 3, "vocab": vocab, "byte_fallback": false},
        })
    }

    #[test]
    fn a_unigram_vocabulary_keeps_what_the_corpus_and_chinese_need() {
        let json = unigram().to_string();
        let corpus = ["red dress", "红色 dress"];
        let cut = cut(json.as_bytes(), &corpus, 1).unwrap();
        let tokenizer = load(&cut.tokenizer).unwrap();
        let has = |piece: &str| tokenizer.token_to_id(piece).is_some();
        assert!(has("▁red") && has("红色") && has("连衣裙") && has("▁2024") && has("п") && has("<mask>"));
        assert!(!has("платье") && !has("연결"), "pieces of other scripts that the corpus lacks are gone");
        assert_eq!((cut.coverage.texts, cut.coverage.texts_same, cut.coverage.corpus_unknown), (2, 2, 0));
        assert_eq!((cut.coverage.pieces_before, cut.coverage.pieces_after), (23, cut.kept.len()));
        // Marks around a text have their new numbers.
        let whole = load(json.as_bytes()).unwrap();
        let old = |ids: &[u32]| ids.iter().map(|id| cut.kept[*id as usize] as u32).collect::<Vec<_>>();
        for text in ["red dress", "红色连衣裙", "dress 2024", ""] {
            let (before, after) = (whole.encode(text, true).unwrap(), tokenizer.encode(text, true).unwrap());
            assert_eq!(before.get_ids(), old(after.get_ids()), "{text}");
        }
        // The least likely piece sets what an unknown one costs, so it stays.
        assert!(has("▁xyz"));
    }

    #[test]
    fn a_rare_piece_can_be_left_out() {
        let json = unigram().to_string();
        let cut = cut(json.as_bytes(), &["red", "red", "платье"], 2).unwrap();
        let tokenizer = load(&cut.tokenizer).unwrap();
        assert!(tokenizer.token_to_id("▁red").is_some() && tokenizer.token_to_id("платье").is_none());
        assert_eq!((cut.coverage.texts, cut.coverage.texts_same), (3, 2));
        assert!(cut.coverage.corpus_unknown > 0);
    }

    #[test]
    fn a_word_piece_vocabulary_is_cut_too() {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "dress", "##es", "##s", "d", "##d", "shirt", "裙", "##裙", "redd", "re",
        ];
        let vocab: serde_json::Map<_, _> =
            pieces.iter().enumerate().map(|(id, p)| ((*p).to_owned(), id.into())).collect();
        let json = serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [{"id": 1, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true}],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
            "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": vocab},
        })
        .to_string();
        let cut = cut(json.as_bytes(), &["Dresses", "dress 裙"], 1).unwrap();
        let tokenizer = load(&cut.tokenizer).unwrap();
        assert!(tokenizer.token_to_id("shirt").is_none() && tokenizer.token_to_id("##裙").is_some());
        assert_eq!((cut.coverage.texts_same, cut.coverage.texts), (2, 2));
        let whole = load(json.as_bytes()).unwrap();
        let (before, after) = (whole.encode("Dresses", true).unwrap(), tokenizer.encode("Dresses", true).unwrap());
        assert_eq!(before.get_tokens(), after.get_tokens());
    }

    #[test]
    fn other_tokenizers_are_refused_by_name() {
        let json = serde_json::json!({"model": {"type": "BPE", "vocab": {}, "merges": []}}).to_string();
        let error = cut(json.as_bytes(), &["x"], 1).err().unwrap().to_string();
        assert_eq!(error, "the tokenizer's model is `BPE`, expected Unigram or WordPiece");
        assert!(matches!(cut(b"{", &["x"], 1), Err(CutFault::Tokenizer { .. })));
        assert!(matches!(
            cut(b"{\"model\": {\"type\": \"Unigram\", \"vocab\": 7}}", &["x"], 1),
            Err(CutFault::Tokenizer { .. })
        ));
    }

    #[test]
    fn rows_follow_the_pieces() {
        let weights = crate::testing::random(&crate::testing::small(), 1);
        let cut = keep_pieces(&weights, &[0, 1, 5]).unwrap();
        assert_eq!(cut.config.vocab_size, 3);
        let name = crate::export::names::WORDS;
        assert_eq!(cut.tensors[name].row(2), weights.tensors[name].row(5));
        cut.check().unwrap();
        assert!(matches!(keep_pieces(&weights, &[0, 1_000]), Err(CutFault::Misfit { got: 1_000, .. })));
        let mut roberta = weights;
        (roberta.config.model_type, roberta.config.pad_token_id) = ("xlm-roberta".to_owned(), 1);
        assert!(matches!(keep_pieces(&roberta, &[1, 2]), Err(CutFault::Padding { got: 1 })));
    }
}
