use std::sync::Arc;

use learn::drift::{Stability, StabilityConfig};
use types::Impression;

use super::RankerKind;
use crate::pipeline::columns;

/// From this stability index on a distribution has changed much, by convention.
const CHANGED: f64 = 0.25;
/// Features told at once, the most changed first.
const TOLD: usize = 10;

/// A feature that answers are scored from and that is distributed otherwise than in the first answers looked at.
#[derive(Clone, PartialEq, Debug)]
pub struct FeatureDrift {
    /// What is scored.
    pub kind: RankerKind,
    /// The feature.
    pub feature: Arc<str>,
    /// Its population stability index, above 0.25.
    pub index: f64,
}

/// Watches how the features that are logged with answers are distributed: the mean of each over an answer's items, in the last
/// thousand answers beside the first two thousand.
pub(super) struct FeatureWatch {
    kind: RankerKind,
    columns: Vec<Arc<str>>,
    stability: Option<Stability>,
    drifts: Vec<FeatureDrift>,
}

impl FeatureWatch {
    pub(super) fn new(kind: RankerKind) -> Self {
        Self { kind, columns: Vec::new(), stability: None, drifts: Vec::new() }
    }

    /// What has changed, the most changed first.
    pub(super) fn drifts(&self) -> &[FeatureDrift] {
        &self.drifts
    }

    /// Takes an answer in; one that says nothing of its features is passed over.
    pub(super) fn take(&mut self, answer: &Impression) {
        let evidence = &answer.evidence;
        let logged = columns::logged();
        let is_known = |(_, name): &(usize, &Arc<str>)| logged.column(name).is_some();
        let known: Vec<(usize, &Arc<str>)> = evidence.columns.iter().enumerate().filter(is_known).collect();
        let items = answer.shown.len();
        if known.is_empty() || evidence.values.len() != items * evidence.columns.len() || items == 0 {
            return;
        }
        // Another version of the program logs other features: what was before says nothing of them.
        if !known.iter().map(|(_, name)| *name).eq(&self.columns) {
            self.columns = known.iter().map(|(_, name)| Arc::clone(name)).collect();
            self.stability = Stability::new(StabilityConfig::default(), self.columns.len()).ok();
            self.drifts.clear();
        }
        let mean = |(column, _): &(usize, &Arc<str>)| {
            (0..items).filter_map(|at| evidence.of(at).get(*column)).sum::<f32>() / items as f32
        };
        let row: Vec<f32> = known.iter().map(mean).collect();
        let Some(indices) = self.stability.as_mut().and_then(|stability| stability.observe(&row)) else { return };
        let changed = self.columns.iter().zip(indices).filter(|(_, index)| *index > CHANGED);
        let drift =
            |(feature, index): (&Arc<str>, f64)| FeatureDrift { kind: self.kind, feature: Arc::clone(feature), index };
        let mut drifts: Vec<FeatureDrift> = changed.map(drift).collect();
        drifts.sort_by(|one, other| other.index.total_cmp(&one.index));
        drifts.truncate(TOLD);
        self.drifts = drifts;
    }
}

#[cfg(test)]
mod tests {
    use types::{Actor, Evidence, ItemId, QueryId, Rng, Shown, SourceId, Surface};

    use super::*;

    fn answer(values: [f32; 2]) -> Impression {
        let shown = |position| Shown {
            item: ItemId::new("a").unwrap(),
            position,
            score: 1.0,
            propensity: 1.0,
            source: SourceId::new("words"),
        };
        let columns = [columns::RETRIEVAL, columns::TASTE, "not-a-feature"].map(Arc::from).to_vec();
        let row = [values[0], values[1], 7.0];
        Impression {
            query_id: QueryId::new("q").unwrap(),
            actor: Actor::default(),
            surface: Surface::Search,
            query: None,
            shown: vec![shown(1), shown(2)],
            ranker: Arc::from("x"),
            arms: Vec::new(),
            evidence: Evidence { columns, values: [row, row].concat(), ..Evidence::default() },
        }
    }

    #[test]
    fn a_feature_that_moves_is_told_and_others_are_not() {
        let (mut watch, mut rng) = (FeatureWatch::new(RankerKind::Search), Rng::new(1));
        let mut after = |watch: &mut FeatureWatch, count: usize, shift: f32| {
            (0..count).for_each(|_| watch.take(&answer([rng.unit() as f32 + shift, rng.unit() as f32])));
            watch.drifts().to_vec()
        };
        assert_eq!(after(&mut watch, 3_000, 0.0), [], "as it was");
        let moved = after(&mut watch, 1_000, 0.4);
        assert!(
            matches!(&moved[..], [FeatureDrift { feature, index, .. }] if &**feature == "retrieval" && *index > 0.25),
            "{moved:?}"
        );
        assert_eq!(after(&mut watch, 1_000, 0.0), [], "it came back");
        watch.take(&Impression { evidence: Evidence::default(), ..answer([0.0, 0.0]) });
    }
}
