use types::Language;

/// What a query looks like, as evidence for how much words and how much meaning should count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueryShape {
    /// Words in it; a Chinese word counts as one.
    pub words: usize,
    /// Words that look like an article number: letters and digits mixed, or a long row of digits.
    pub article_numbers: usize,
    /// Numbers with a unit, such as `500ml` or `15.6寸`.
    pub measures: usize,
    /// Whether part of it is put in quotation marks.
    pub quoted: bool,
    /// Words that tell a question or a wish rather than name a thing: `gift for`, `怎么`, `适合`.
    pub wish_words: usize,
    /// The language it is mainly in.
    pub language: Language,
}

impl QueryShape {
    /// Reads the shape of `query`.
    pub fn of(query: &str) -> Self {
        Self { words: query.split_whitespace().count(), language: Language::guess(query), ..Self::default() }
    }
}
