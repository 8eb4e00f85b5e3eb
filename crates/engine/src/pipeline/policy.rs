use std::sync::Arc;

use features::Feature;
use learn::{LinearRanker, Ranker};
use types::{FeatureSchema, Request};

use super::columns::{self, RETRIEVAL};
use crate::rules::{self, Rule};

/// Everything that decides a slate and does not depend on the shop's data: wired once, here.
pub struct Policy {
    pub(crate) rules: Vec<Box<dyn Rule>>,
    pub(crate) features: Vec<Box<dyn Feature>>,
    /// All that a ranker may read: the columns of the query's own search, then the features of items, actors and queries.
    pub(crate) schema: FeatureSchema,
    pub(crate) for_you: learn::ForYou,
    plain: Arc<dyn Ranker>,
    personal: Arc<dyn Ranker>,
}

/// What personalisation adds to a candidate's retrieval score, at most .1 together: taste decides between items that
/// fit the query about equally well, and cannot bring up one that does not.
const PERSONAL: &[(&str, f32)] =
    &[(RETRIEVAL, 1.0), ("category-affinity", 0.05), ("brand-affinity", 0.03), ("price-affinity", 0.02)];

impl Policy {
    /// The wired policy.
    pub(crate) fn new() -> Self {
        let features = features::all();
        let of_features = features.iter().map(|feature| feature.spec().clone());
        let schema = FeatureSchema::new(columns::logged().specs().iter().cloned().chain(of_features));
        // Each reads no more than it weighs: a feature that is not needed is not computed.
        let needs = |weights: &[(&str, f32)]| {
            let specs = schema.specs().iter().filter(|spec| weights.iter().any(|(name, _)| *name == spec.name));
            FeatureSchema::new(specs.cloned())
        };
        let ranker = |name, weights| Arc::new(LinearRanker::new(name, needs(weights), 0.0, weights));
        Self {
            rules: rules::all(),
            for_you: learn::ForYou::new(learn::ForYouConfig::default()),
            plain: ranker("retrieval@1", &[(RETRIEVAL, 1.0)]),
            personal: ranker("personal@1", PERSONAL),
            features,
            schema,
        }
    }

    /// The ranker for a request: taste counts where it was asked for and there is an order to bend. A search sorted by
    /// relevance alone keeps the plain one, as do recommendations that are personal already.
    pub(crate) fn ranker(&self, request: &Request) -> &Arc<dyn Ranker> {
        let personal = request.personalise && request.query.is_some();
        if personal { &self.personal } else { &self.plain }
    }
}
