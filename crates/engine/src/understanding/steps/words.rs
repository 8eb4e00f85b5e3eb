use std::sync::Arc;

use types::{Consequence, Language, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Cuts the query into words, and reads pinyin as the words of the shop that it stands for.
pub(super) struct Words;

/// From this confidence on pinyin is searched for as the words it stands for.
const READ_FROM: f32 = 0.5;

impl Step for Words {
    fn step(&self) -> ReadingStep {
        ReadingStep::Words
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        // A word index that cannot be read fails the search itself.
        let in_texts = |word: &str| known.view.searcher.frequency(word).unwrap_or(0);
        let read = known.view.lexicon.segmenter.read(draft.text(), &in_texts);
        draft.words = read.words.iter().map(|word| draft.typed_span(word.span)).collect();
        let words: Vec<String> = read.words.iter().map(ToString::to_string).collect();
        let script = if read.is_mixed { ", mixed with another" } else { "" };
        draft.add(Found {
            step: ReadingStep::Words,
            name: "words".to_owned(),
            span: None,
            says: read.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" | "),
            evidence: format!("{}{script}; {}", language(read.language), words.join("; ")),
            confidence: read.words.iter().map(|word| word.confidence).fold(1.0, f32::min),
            consequence: Consequence::Shown,
        });
        // From the end, so that spans before it stay true.
        for pinyin in read.pinyin.iter().rev() {
            let meant: Arc<str> = Arc::from(pinyin.words.concat());
            let is_read = pinyin.confidence >= READ_FROM;
            draft.add(Found {
                step: ReadingStep::Words,
                name: pinyin.typed.clone(),
                span: Some(pinyin.span),
                says: format!("{} → {meant}", pinyin.typed),
                evidence: pinyin.to_string(),
                confidence: pinyin.confidence,
                consequence: if is_read { Consequence::Replaced(meant) } else { Consequence::Offered(meant) },
            });
        }
    }
}

fn language(language: Language) -> &'static str {
    match language {
        Language::Chinese => "Chinese",
        Language::English => "English",
        Language::Other => "another language",
    }
}
