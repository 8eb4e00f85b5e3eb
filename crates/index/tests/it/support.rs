use std::path::Path;
use std::sync::Arc;

use index::{EncoderConfig, Index, IndexConfig};
use rust_stemmers::{Algorithm, Stemmer};
use types::{Analyzer, Item, ItemId, Language, Texts, Token, Value};

/// English words stemmed, Chinese characters singly and in pairs: enough to test the seam.
pub(crate) struct TestAnalyzer;

impl TestAnalyzer {
    fn run(&self, text: &str, pairs: bool, sink: &mut dyn FnMut(Token<'_>)) {
        let stemmer = Stemmer::create(Algorithm::English);
        let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
        let mut position = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            let mut end = start + c.len_utf8();
            if is_han(c) {
                sink(Token { term: &text[start..end], span: (start, end), position });
                if let Some((next, second)) = chars.peek().copied().filter(|(_, second)| pairs && is_han(*second)) {
                    let end = next + second.len_utf8();
                    sink(Token { term: &text[start..end], span: (start, end), position });
                }
            } else if c.is_alphanumeric() {
                while let Some((at, next)) = chars.next_if(|(_, next)| next.is_alphanumeric() && !is_han(*next)) {
                    end = at + next.len_utf8();
                }
                let word = text[start..end].to_lowercase();
                sink(Token { term: &stemmer.stem(&word), span: (start, end), position });
            } else {
                continue;
            }
            position += 1;
        }
    }
}

impl Analyzer for TestAnalyzer {
    fn version(&self) -> &str {
        "test-1"
    }

    fn analyze(&self, text: &str, _: Language, sink: &mut dyn FnMut(Token<'_>)) {
        self.run(text, true, sink);
    }

    fn analyze_query(&self, text: &str, _: Language, sink: &mut dyn FnMut(Token<'_>)) {
        self.run(text, false, sink);
    }

    fn squash(&self, text: &str) -> String {
        text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
    }
}

pub(crate) const ENCODER: &str = "test-encoder";
pub(crate) const DIMENSIONS: usize = 24;

pub(crate) fn config() -> IndexConfig {
    let encoder = EncoderConfig { id: Arc::from(ENCODER), version: Arc::from("1"), dimensions: DIMENSIONS };
    IndexConfig { encoders: vec![encoder], ..IndexConfig::new(Arc::new(TestAnalyzer)) }
}

pub(crate) fn open(folder: &Path) -> Index {
    Index::open(folder, config()).unwrap()
}

pub(crate) fn item(id: &str, title: &str) -> Item {
    Item::new(ItemId::new(id).unwrap()).with("title", Value::Text(Texts::guessed(title)))
}

pub(crate) fn keywords(words: &[&str]) -> Value {
    Value::Keywords(words.iter().map(|word| Arc::from(*word)).collect())
}
