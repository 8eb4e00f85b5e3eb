use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    Fusion, InteractionKind, Lexical, Objectives, ReadingStep, RequestRule, Reranking, Rereading, ValueKind,
    ValueWeights,
};

/// What a shop decides about itself. Plain data: read from a document, checked once, then only read.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Attributes declared ahead; others are registered at their first use with the type of their first value.
    pub attributes: BTreeMap<Arc<str>, AttributeSettings>,
    /// Encoders whose vectors items have, by id; a shop may have none and search by words alone.
    pub encoders: Vec<Arc<str>>,
    /// The model that pictures are compared with, an image encoder or a joint space of texts and pictures; none keeps no
    /// vectors of pictures.
    pub pictures: Option<Arc<str>>,
    /// The label model that tells praise from blame in reviews; none leaves it to the lexicon.
    pub reviews_model: Option<Arc<str>>,
    /// The tagging model that reads values in queries beside the lexicon; none reads them by the lexicon alone.
    pub tagger: Option<Arc<str>>,
    /// Attributes whose text is encoded, in order; empty takes all that hold text, those that say most in few words first.
    pub encoded: Vec<Arc<str>>,
    /// Weights of interaction kinds, over [`InteractionKind::default_weight`].
    pub weights: BTreeMap<InteractionKind, f32>,
    /// Merchandising that holds for every request.
    pub rules: Vec<RequestRule>,
    /// Share of the best possible match under which a search result is cut off, 0 (keep all) to 1.
    pub cutoff: f32,
    /// Whether words are kept as they are written too, for searches that find words by their beginnings and past slips.
    pub typed: bool,
    /// What is added to the score where words decide.
    pub lexical: Lexical,
    /// How words and vectors are weighed.
    pub fusion: Fusion,
    /// Variety of slates where the request does not say, 0 to 1.
    pub diversity: f32,
    /// What answers are ordered anew for, where the request does not say.
    pub reranking: Reranking,
    /// What counts beside relevance in recommendations, where the request does not say.
    pub objectives: Objectives,
    /// What outcomes are worth, for rankers that tell their chances.
    pub value_weights: ValueWeights,
    /// The most that clicks as they come may add to a search result's score or take from it, 0 (nothing) to 1.
    pub online_learning: f32,
    /// Minutes in which a ranker that is put in force takes over from the one before, 0 (at once) to 10,080.
    pub takeover_minutes: f32,
    /// What reads the best results of a search together with the query once more; `None` for nothing.
    pub cross_encoder: Option<Rereading>,
    /// Steps of understanding queries that this shop leaves out.
    pub understanding_off: Vec<ReadingStep>,
    /// Whether slates are logged as impressions.
    pub log_impressions: bool,
    /// Whether audits may tell groups of users apart, where the shop gives groups.
    pub audit_groups: bool,
    /// Days after which interactions and impressions may leave the log; `None` keeps them.
    pub retention_days: Option<u32>,
}

/// How one attribute is treated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AttributeSettings {
    /// Its type; values of another are refused.
    pub kind: ValueKind,
    /// Weight in word search, 0 (not searched) upwards; only text, keywords and categories are searched.
    pub weight: f32,
}

impl AttributeSettings {
    /// The treatment of an attribute nobody declared: prose and words are searched, words of title and brand count most
    /// (weights measured on ten judged sets, see `docs/benchmarks.md`).
    pub fn default_for(name: &str, kind: ValueKind) -> Self {
        use crate::well_known::{BRAND, CATEGORY, TITLE};
        let weight = match (name, kind) {
            (TITLE | BRAND, _) => 5.0,
            (CATEGORY, _) => 2.0,
            (_, ValueKind::Text | ValueKind::Keywords | ValueKind::Categories) => 1.0,
            (_, ValueKind::Number | ValueKind::Money | ValueKind::Time | ValueKind::Boolean | ValueKind::Image) => 0.0,
        };
        Self { kind, weight }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attributes: BTreeMap::new(),
            encoders: vec![Arc::from("e5-small-zh-en"), Arc::from("minilm-l6-en")],
            pictures: Some(Arc::from("efficientnet-lite0")),
            reviews_model: None,
            tagger: None,
            encoded: Vec::new(),
            weights: BTreeMap::new(),
            rules: Vec::new(),
            cutoff: 0.0,
            typed: false,
            lexical: Lexical::default(),
            fusion: Fusion::default(),
            diversity: 0.0,
            reranking: Reranking::default(),
            objectives: Objectives::default(),
            value_weights: ValueWeights::default(),
            online_learning: 0.0,
            takeover_minutes: 10.0,
            cross_encoder: None,
            understanding_off: Vec::new(),
            log_impressions: true,
            audit_groups: false,
            retention_days: None,
        }
    }
}

impl Settings {
    /// The weight of an interaction kind in this shop.
    pub fn weight(&self, kind: &InteractionKind) -> f32 {
        self.weights.get(kind).copied().unwrap_or_else(|| kind.default_weight())
    }
}
