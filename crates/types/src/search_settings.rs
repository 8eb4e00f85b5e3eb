//! The numbers that answers are ranked with, beside the weights of attributes.

use std::sync::Arc;

/// What is added to BM25F where words alone decide, in shares of the best score that words can reach.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lexical {
    /// For words of the query that stand side by side in a title, in their order; nearly so counts in part.
    pub phrase: f32,
    /// For a query that is the whole value of an attribute: a title, a brand, a tag.
    pub exact: f32,
    /// For an article number, a model's name or a barcode, however it is separated.
    pub number: f32,
    /// Share of a long query's weight that an item must have, where enough items do; shorter queries ask for less.
    pub minimum_match: f32,
}

/// How the weights of words and vectors follow from what a query tells.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fusion {
    /// The words' part where an item has all of the query.
    pub words: f32,
    /// The same for a query that names something: few items have all of its words.
    pub words_selective: f32,
    /// How strongly the words' part falls with the share of the query that items have.
    pub coverage_power: f32,
    /// How far an item below the first page comes up for being like the first results; 0 for not at all.
    pub feedback: f32,
}

/// How much else counts beside relevance in recommendations: each from 0 to 1. Together at most 1; relevance has the rest.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Objectives {
    /// For being bought, not only looked at.
    pub purchase: f32,
    /// For what a sale earns: the item's attribute `margin`.
    pub margin: f32,
    /// For being little known.
    pub novelty: f32,
}

/// What outcomes are worth to a shop beside one another: how a ranker with chances folds them into one score.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ValueWeights {
    /// Worth of a click.
    pub click: f32,
    /// Worth of a cart, on top of its click.
    pub cart: f32,
    /// Worth of a purchase, whatever was bought, on top of its cart.
    pub purchase: f32,
    /// Cost of what comes back.
    pub returned: f32,
    /// Worth of the whole price earned as margin: counts for purchases less what comes back, by the item's margin.
    pub margin: f32,
}

/// How the best results of a search are read once more, each together with the query.
#[derive(Clone, PartialEq, Debug)]
pub struct Rereading {
    /// The cross-encoder that reads them.
    pub model: Arc<str>,
    /// Results that are read, 2 to 100, the best ones.
    pub top: u32,
    /// Milliseconds it may take, 1 to 10,000; what is not read by then keeps its place.
    pub budget_ms: u32,
    /// How much it says beside the score it finds, 0 to 1.
    pub weight: f32,
}

/// One number of `S`: its name in documents, its bounds, and where it is.
#[derive(Debug)]
pub struct Tunable<S> {
    /// Its name.
    pub name: &'static str,
    /// The least it may be.
    pub least: f32,
    /// The most it may be.
    pub most: f32,
    /// Reads it.
    pub get: fn(&S) -> f32,
    /// Writes it.
    pub set: fn(&mut S, f32),
}

impl Default for ValueWeights {
    /// As rankers are taught: a click gains 1, a cart 2, a purchase 4, and nothing what comes back.
    fn default() -> Self {
        Self { click: 1.0, cart: 1.0, purchase: 2.0, returned: 4.0, margin: 0.0 }
    }
}

impl ValueWeights {
    /// Every number.
    pub const TUNABLES: &'static [Tunable<Self>] = &[
        Tunable { name: "click", least: 0.0, most: 100.0, get: |of| of.click, set: |of, value| of.click = value },
        Tunable { name: "cart", least: 0.0, most: 100.0, get: |of| of.cart, set: |of, value| of.cart = value },
        Tunable {
            name: "purchase",
            least: 0.0,
            most: 100.0,
            get: |of| of.purchase,
            set: |of, value| of.purchase = value,
        },
        Tunable {
            name: "return",
            least: 0.0,
            most: 100.0,
            get: |of| of.returned,
            set: |of, value| of.returned = value,
        },
        Tunable { name: "margin", least: 0.0, most: 100.0, get: |of| of.margin, set: |of, value| of.margin = value },
    ];
}

impl Default for Lexical {
    /// Measured on judged sets in English and Chinese, see `docs/benchmarks.md`.
    fn default() -> Self {
        Self { phrase: 0.1, exact: 0.1, number: 1.2, minimum_match: 0.3 }
    }
}

impl Default for Fusion {
    /// Measured on eleven judged collections, see `docs/benchmarks.md`.
    fn default() -> Self {
        Self { words: 0.65, words_selective: 0.8, coverage_power: 0.75, feedback: 0.9 }
    }
}

impl Lexical {
    /// Every number.
    pub const TUNABLES: &'static [Tunable<Self>] = &[
        Tunable { name: "phrase", least: 0.0, most: 4.0, get: |of| of.phrase, set: |of, value| of.phrase = value },
        Tunable { name: "exact", least: 0.0, most: 4.0, get: |of| of.exact, set: |of, value| of.exact = value },
        Tunable { name: "number", least: 0.0, most: 4.0, get: |of| of.number, set: |of, value| of.number = value },
        Tunable {
            name: "minimum_match",
            least: 0.0,
            most: 1.0,
            get: |of| of.minimum_match,
            set: |of, value| of.minimum_match = value,
        },
    ];
}

impl Fusion {
    /// Every number.
    pub const TUNABLES: &'static [Tunable<Self>] = &[
        Tunable { name: "words", least: 0.0, most: 1.0, get: |of| of.words, set: |of, value| of.words = value },
        Tunable {
            name: "words_selective",
            least: 0.0,
            most: 1.0,
            get: |of| of.words_selective,
            set: |of, value| of.words_selective = value,
        },
        Tunable {
            name: "coverage_power",
            least: 0.0,
            most: 4.0,
            get: |of| of.coverage_power,
            set: |of, value| of.coverage_power = value,
        },
        Tunable {
            name: "feedback",
            least: 0.0,
            most: 1.0,
            get: |of| of.feedback,
            set: |of, value| of.feedback = value,
        },
    ];
}

impl Objectives {
    /// Every number.
    pub const TUNABLES: &'static [Tunable<Self>] = &[
        Tunable {
            name: "purchase",
            least: 0.0,
            most: 1.0,
            get: |of| of.purchase,
            set: |of, value| of.purchase = value,
        },
        Tunable { name: "margin", least: 0.0, most: 1.0, get: |of| of.margin, set: |of, value| of.margin = value },
        Tunable { name: "novelty", least: 0.0, most: 1.0, get: |of| of.novelty, set: |of, value| of.novelty = value },
    ];

    /// Whether nothing but relevance counts.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// All of them together.
    pub fn total(&self) -> f32 {
        self.purchase + self.margin + self.novelty
    }
}
