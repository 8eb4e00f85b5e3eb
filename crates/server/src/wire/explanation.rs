use serde::Serialize;
use types::Explanation;
use utoipa::ToSchema;

/// Why an item stands where it stands: how it was found, how it scored, who moved it. `base` plus the contributions of
/// the features is the ranker's score; the rules then changed score or place as they say.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplanationAnswer {
    /// The score after all of it.
    score: f32,
    /// The sources that found it.
    found: Vec<FoundAnswer>,
    /// The words that matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terms: Vec<TermAnswer>,
    /// What words added beside their terms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    boosts: Vec<BoostAnswer>,
    /// How near it is in meaning, by encoder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vectors: Vec<VectorAnswer>,
    /// How the retrievers' scores were fused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fusion: Vec<FusionAnswer>,
    /// The ranker's score where all features are neutral.
    base: f32,
    /// What each feature added.
    features: Vec<FeatureAnswer>,
    /// The chances that the ranker folded into its score, with their weights: contained in `base` and `features`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    value: Vec<ValueAnswer>,
    /// Each rule that changed something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleAnswer>,
}

/// A source found the item.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundAnswer {
    /// The source.
    source: String,
    /// Its place in the source's own list, from 1.
    rank: u32,
    /// The source's own score.
    score: f32,
    /// Why the source brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

/// A term of the query matched an attribute.
#[derive(Serialize, ToSchema)]
pub(crate) struct TermAnswer {
    /// The attribute.
    field: String,
    /// The term, as indexed.
    term: String,
    /// What it added to the words' score.
    score: f32,
}

/// Words of the query stand side by side, or are the whole value of an attribute.
#[derive(Serialize, ToSchema)]
pub(crate) struct BoostAnswer {
    /// `phrase`, `exact` (a whole value) or `number` (an article number, a model's name or a barcode).
    kind: String,
    /// The attribute.
    field: String,
    /// The words, as indexed; a whole value without its separators.
    text: String,
    /// What it added to the words' score.
    score: f32,
}

/// Similarity under one encoder.
#[derive(Serialize, ToSchema)]
pub(crate) struct VectorAnswer {
    /// The encoder.
    encoder: String,
    /// Cosine, -1 to 1.
    similarity: f32,
}

/// One retriever's part: `contribution = weight * normalised`.
#[derive(Serialize, ToSchema)]
pub(crate) struct FusionAnswer {
    /// `words`, or an encoder.
    retriever: String,
    /// Its weight for this query.
    weight: f32,
    /// The item's score made comparable, 0 to 1.
    normalised: f32,
    /// What it added.
    contribution: f32,
}

/// What a feature added.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeatureAnswer {
    /// The feature.
    feature: String,
    /// Its value for this item.
    value: f32,
    /// What it added to the score.
    contribution: f32,
}

/// A chance and what it counts: `contribution = weight * probability`, but for a chance told as 0 or 1.
#[derive(Serialize, ToSchema)]
pub(crate) struct ValueAnswer {
    /// `click`, `cart`, `purchase` or `return`.
    head: &'static str,
    /// How likely it follows where the item is looked at.
    probability: f32,
    /// What it counts: the shop's `value_weights`, in the units of the score.
    weight: f32,
    /// What it added to the score.
    contribution: f32,
}

/// What a rule did.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleAnswer {
    /// The rule.
    rule: String,
    /// What it did.
    effect: String,
}

impl From<Explanation> for ExplanationAnswer {
    fn from(explanation: Explanation) -> Self {
        let Explanation { found, terms, boosts, vectors, fusion, base, contributions, value, score, rules } =
            explanation;
        Self {
            score,
            found: found
                .into_iter()
                .map(|one| FoundAnswer {
                    source: one.source.to_string(),
                    rank: one.rank,
                    score: one.score,
                    because: one.because.map(|because| because.to_string()),
                })
                .collect(),
            terms: terms
                .into_iter()
                .map(|one| TermAnswer { field: one.field.to_string(), term: one.term.to_string(), score: one.score })
                .collect(),
            boosts: boosts
                .into_iter()
                .map(|one| BoostAnswer {
                    kind: one.kind.name().to_owned(),
                    field: one.field.to_string(),
                    text: one.text.to_string(),
                    score: one.score,
                })
                .collect(),
            vectors: vectors
                .into_iter()
                .map(|one| VectorAnswer { encoder: one.encoder.to_string(), similarity: one.similarity })
                .collect(),
            fusion: fusion
                .into_iter()
                .map(|one| FusionAnswer {
                    retriever: one.retriever.to_string(),
                    weight: one.weight,
                    normalised: one.normalised,
                    contribution: one.contribution,
                })
                .collect(),
            base,
            features: contributions
                .into_iter()
                .map(|one| FeatureAnswer {
                    feature: one.feature.to_string(),
                    value: one.value,
                    contribution: one.contribution,
                })
                .collect(),
            value: value
                .into_iter()
                .map(|one| ValueAnswer {
                    head: one.head,
                    probability: one.probability,
                    weight: one.weight,
                    contribution: one.contribution,
                })
                .collect(),
            rules: rules
                .into_iter()
                .map(|one| RuleAnswer { rule: one.rule.to_string(), effect: one.effect.to_string() })
                .collect(),
        }
    }
}
