use crate::Language;

/// A term of a text, with where it stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token<'a> {
    /// The term as it is indexed: folded, stemmed.
    pub term: &'a str,
    /// Bytes of the original text it stands for.
    pub span: (usize, usize),
    /// Its place among the words; terms made from the same characters (a word and its bigrams) share one.
    pub position: u32,
}

/// Turns text into terms, the same way for items and queries. The crate `text` has the real one; the index only
/// knows this seam.
pub trait Analyzer: Send + Sync {
    /// Changes whenever the same text would give other terms, so that an index made with another one is rebuilt.
    fn version(&self) -> &str;

    /// Calls `sink` with each term of an item's text, in order of position; spans lie on character boundaries of `text`.
    fn analyze(&self, text: &str, language: Language, sink: &mut dyn FnMut(Token<'_>));

    /// Calls `sink` with each term to look for. Differs from [`Analyzer::analyze`] where the item's side adds
    /// terms as a safety net (bigrams) that would count twice on the query's side.
    fn analyze_query(&self, text: &str, language: Language, sink: &mut dyn FnMut(Token<'_>));

    /// Calls `sink` with each word of an alphabet as it is written, folded but not stemmed, in order, with its bytes in
    /// `text`; one with joiners as a whole and in parts. Characters of scripts without blanks are no such words.
    /// By default there are none.
    fn words(&self, text: &str, sink: &mut dyn FnMut(&str, (usize, usize))) {
        let _ = (text, sink);
    }

    /// Whether a term that [`Analyzer::analyze`] makes of `text` may begin with what `is_sought`, a character and, where a quick
    /// look tells it, the next one, if there is one: spares the whole work where it says no. By default it never does.
    fn may_begin(&self, text: &str, is_sought: &dyn Fn(char, Option<char>) -> bool) -> bool {
        let _ = (text, is_sought);
        true
    }

    /// A whole value without what may differ in how it is written: folded, letters and digits alone. `WH-1000 XM4` and
    /// `wh1000xm4` are the same.
    fn squash(&self, text: &str) -> String;
}
