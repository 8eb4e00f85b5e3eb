use std::sync::Arc;

use crate::SourceId;

/// Why an item stands where it stands: how it was found, how it scored, who moved it.
///
/// `base` plus the contributions is the ranker's score; the rules then changed score or place as they say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Explanation {
    /// The sources that found it.
    pub found: Vec<Found>,
    /// The words that matched.
    pub terms: Vec<TermMatch>,
    /// What words added beside their terms: phrases, whole values, article numbers.
    pub boosts: Vec<WordsBoost>,
    /// How near it is in meaning, by encoder.
    pub vectors: Vec<VectorMatch>,
    /// How the retrievers' scores were fused.
    pub fusion: Vec<FusionPart>,
    /// The ranker's score where all features are neutral.
    pub base: f32,
    /// What each feature added to the score.
    pub contributions: Vec<Contribution>,
    /// The chances that a ranker with chances folded into its score, with their weights: the same score seen from another
    /// side, so these are contained in `base` and contributions.
    pub value: Vec<ValuePart>,
    /// The score after all of it.
    pub score: f32,
    /// Each rule that changed something.
    pub rules: Vec<RuleTrace>,
}

/// A chance and what it counts.
#[derive(Clone, PartialEq, Debug)]
pub struct ValuePart {
    /// What may follow: `click`, `cart`, `purchase` or `return`.
    pub head: &'static str,
    /// How likely it follows where the item is looked at.
    pub probability: f32,
    /// What it counts.
    pub weight: f32,
    /// What it adds to the score.
    pub contribution: f32,
}

/// A source found the item.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// The source.
    pub source: SourceId,
    /// The item's place in the source's own list, from 1.
    pub rank: u32,
    /// The source's own score.
    pub score: f32,
    /// Why the source brought it, where it can say: `because you bought "…"`.
    pub because: Option<Arc<str>>,
}

/// A term of the query matched a field of the item.
#[derive(Clone, PartialEq, Debug)]
pub struct TermMatch {
    /// The attribute.
    pub field: Arc<str>,
    /// The term, as indexed.
    pub term: Arc<str>,
    /// What it added to the words' score.
    pub score: f32,
}

/// Something that words added to the score beside their terms.
#[derive(Clone, PartialEq, Debug)]
pub struct WordsBoost {
    /// What it was given for.
    pub kind: WordsBoostKind,
    /// The attribute.
    pub field: Arc<str>,
    /// The words of the query, as indexed (a phrase) or without separators (a whole value).
    pub text: Arc<str>,
    /// What it added to the words' score.
    pub score: f32,
}

/// What a boost is given for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WordsBoostKind {
    /// Words side by side, or nearly so.
    Phrase,
    /// The whole value of an attribute.
    Exact,
    /// An article number, a model's name or a barcode.
    Number,
}

impl WordsBoostKind {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phrase => "phrase",
            Self::Exact => "exact",
            Self::Number => "number",
        }
    }
}

/// The item's similarity to the query under one encoder.
#[derive(Clone, PartialEq, Debug)]
pub struct VectorMatch {
    /// The encoder.
    pub encoder: Arc<str>,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

/// One retriever's part in the fused score: `contribution = weight * normalised`.
#[derive(Clone, PartialEq, Debug)]
pub struct FusionPart {
    /// The retriever: `words`, or an encoder's id; `feedback` for what being like the first results adds.
    pub retriever: Arc<str>,
    /// Its weight for this query, 0 to 1; those of the retrievers sum to 1, feedback comes on top.
    pub weight: f32,
    /// The item's score made comparable, 0 to 1.
    pub normalised: f32,
    /// What it added.
    pub contribution: f32,
}

/// What one feature added to the score.
#[derive(Clone, PartialEq, Debug)]
pub struct Contribution {
    /// The feature.
    pub feature: Arc<str>,
    /// Its value for this item.
    pub value: f32,
    /// What it added.
    pub contribution: f32,
}

/// A rule changed an item's score, place or presence.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleTrace {
    /// The rule's stable name.
    pub rule: Arc<str>,
    /// What it did, in words: `pinned to 1`, `score x 1.5`, `moved 4 → 7 for variety`.
    pub effect: Arc<str>,
}
