use std::sync::Arc;

use crate::{Filter, Language, ReadingStep};

/// How a query was understood: what each step read, on what evidence, and what follows from it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reading {
    /// The query as typed.
    pub query: Arc<str>,
    /// The text that is searched for, after every step that changes it.
    pub text: Arc<str>,
    /// The same without the words that were let go because too little was found with them (blanks stand in their places);
    /// what words are searched by. `None` where all of the text is.
    pub kept: Option<Arc<str>>,
    /// The language it is in.
    pub language: Language,
    /// The words of it, as spans of bytes of the query.
    pub words: Vec<(usize, usize)>,
    /// What was read, in order of the steps.
    pub findings: Vec<Finding>,
    /// What may have been meant instead, where that is too uncertain to be done unasked.
    pub did_you_mean: Option<Arc<str>>,
    /// What the shopper is after, the likeliest first; empty where that step is off.
    pub intents: Vec<Guess>,
    /// Categories the wanted items are in, the likeliest first; paths are joined by ` > `.
    pub categories: Vec<Guess>,
    /// Who should answer.
    pub route: Route,
    /// Microseconds each step took.
    pub micros: Vec<(ReadingStep, u32)>,
}

/// One thing that was read in a query.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The step that read it.
    pub step: ReadingStep,
    /// A stable name, such as `entities:brand=Apple`, by which a shopper can say that it was not meant.
    pub key: Arc<str>,
    /// The bytes of the query it was read from; `None` for the whole.
    pub span: Option<(usize, usize)>,
    /// What was read, for people: `brand Apple`, `at most 200`.
    pub says: Arc<str>,
    /// What it was concluded from, for people.
    pub evidence: Arc<str>,
    /// How likely it is right, 0 to 1.
    pub confidence: f32,
    /// What follows from it.
    pub consequence: Consequence,
}

/// What a finding does to the search.
#[derive(Clone, PartialEq, Debug)]
pub enum Consequence {
    /// Nothing; it is only shown.
    Shown,
    /// Another text is searched for in the span's place; empty leaves the span out.
    Replaced(Arc<str>),
    /// Another text is offered for the whole query, and not searched for.
    Offered(Arc<str>),
    /// Other words are searched for beside those of a span.
    Expanded {
        /// The bytes of [`Reading::text`].
        span: (usize, usize),
        /// The other words, with what they count (below 1).
        with: Vec<(Arc<str>, f32)>,
    },
    /// Only items that meet this are shown.
    Filtered(Filter),
    /// The scores of items that meet this are multiplied.
    Boosted(Filter, f32),
    /// What was understood, or a word, was left aside because too little was found with it.
    Relaxed,
}

impl Consequence {
    /// Its stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Replaced(_) => "replaced",
            Self::Offered(_) => "offered",
            Self::Expanded { .. } => "expanded",
            Self::Filtered(_) => "filtered",
            Self::Boosted(..) => "boosted",
            Self::Relaxed => "relaxed",
        }
    }
}

/// A label with its probability.
#[derive(Clone, PartialEq, Debug)]
pub struct Guess {
    /// The label.
    pub name: Arc<str>,
    /// 0 to 1.
    pub probability: f32,
}

/// Who should answer a query.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Route {
    /// A list of results.
    #[default]
    Search,
    /// A category's page; the path is joined by ` > `.
    Category(Arc<str>),
    /// The assistant.
    Assistant,
    /// A person.
    Human,
}

impl Route {
    /// Its stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Category(_) => "category",
            Self::Assistant => "assistant",
            Self::Human => "human",
        }
    }
}

/// What a request asks of understanding.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Understanding {
    /// Steps that are left out.
    pub off: Vec<ReadingStep>,
    /// Findings the shopper has taken away, by their keys.
    pub without: Vec<Arc<str>>,
}

impl Understanding {
    /// Nothing is understood: the query is searched for as it stands.
    pub fn none() -> Self {
        Self { off: ReadingStep::ALL.to_vec(), without: Vec::new() }
    }
}
