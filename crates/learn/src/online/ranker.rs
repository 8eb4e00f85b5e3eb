use std::sync::Arc;

use types::{Explanation, FeatureRows, FeatureSchema};

use super::{FtrlRegression, OnlineError};
use crate::{LinearRanker, Ranker, RankerId};

/// A snapshot of an [`FtrlRegression`] that serves: the score of a ranker trained offline, where there is one, plus what
/// has been learnt since. With the offline score as the offset of the examples, the learner begins at 0, and taking
/// over changes no score. Contributions are exact: those of both parts, added by feature.
///
/// Hashed features are not among a request's columns; what is learnt of them is the learner's own to tell.
pub struct OnlineRanker {
    id: RankerId,
    offline: Option<Arc<dyn Ranker>>,
    online: LinearRanker,
}

impl OnlineRanker {
    /// What `learner` holds now, over the columns of `schema`, on top of `offline`.
    ///
    /// # Errors
    /// Where the learner has not one dense column a column of the schema, or `offline` reads another schema.
    pub fn new(
        id: &str,
        schema: &FeatureSchema,
        learner: &FtrlRegression,
        offline: Option<Arc<dyn Ranker>>,
    ) -> Result<Self, OnlineError> {
        let weights = learner.dense_weights();
        if weights.len() != schema.width() {
            let what = "dense columns of the learner";
            return Err(OnlineError::Width { what, expected: schema.width(), got: weights.len() });
        }
        if let Some(offline) = offline.as_ref().filter(|offline| offline.needs() != schema) {
            return Err(OnlineError::Schema { first: offline.id().to_string(), second: id.to_owned() });
        }
        let named: Vec<(&str, f32)> =
            schema.specs().iter().zip(weights).map(|(spec, weight)| (spec.name, weight as f32)).collect();
        let online = LinearRanker::new(id, schema.clone(), learner.intercept() as f32, &named);
        Ok(Self { id: Arc::from(id), offline, online })
    }
}

impl Ranker for OnlineRanker {
    fn id(&self) -> RankerId {
        Arc::clone(&self.id)
    }

    fn needs(&self) -> &FeatureSchema {
        self.online.needs()
    }

    fn score(&self, rows: &FeatureRows, scores: &mut [f32]) {
        self.online.score(rows, scores);
        if let Some(offline) = &self.offline {
            let mut before = vec![0.0; scores.len()];
            offline.score(rows, &mut before);
            scores.iter_mut().zip(before).for_each(|(score, before)| *score += before);
        }
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        let online = self.online.explain(rows, row);
        match &self.offline {
            Some(offline) => sum((offline.explain(rows, row), 1.0), (online, 1.0)),
            None => online,
        }
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        self.offline.as_ref().map(|offline| offline.breaks(column)).unwrap_or_default()
    }
}

/// The explanation of a weighted sum of two scores: contributions of one feature are added, the largest come first.
pub(super) fn sum(first: (Explanation, f32), second: (Explanation, f32)) -> Explanation {
    let ((mut out, share), (other, other_share)) = (first, second);
    out.base = share * out.base + other_share * other.base;
    out.score = share * out.score + other_share * other.score;
    out.contributions.iter_mut().for_each(|part| part.contribution *= share);
    for mut part in other.contributions {
        part.contribution *= other_share;
        match out.contributions.iter_mut().find(|known| known.feature == part.feature) {
            Some(known) => known.contribution += part.contribution,
            None => out.contributions.push(part),
        }
    }
    out.contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::{FeatureScope, FeatureSpec, Millis};

    use super::*;
    use crate::online::{BlendedRanker, Example, FtrlConfig};

    fn schema() -> FeatureSchema {
        FeatureSchema::new(["a", "b", "c"].map(|name| FeatureSpec { name, scope: FeatureScope::Item, version: 1 }))
    }

    fn rows(values: &[[f32; 3]]) -> FeatureRows {
        let mut rows = FeatureRows::zeros(schema(), values.len());
        for column in 0..3 {
            let target = rows.column_mut(column);
            values.iter().zip(target).for_each(|(row, value)| *value = row[column]);
        }
        rows
    }

    fn scores(ranker: &dyn Ranker, rows: &FeatureRows) -> Vec<f32> {
        let mut scores = vec![0.0; rows.rows()];
        ranker.score(rows, &mut scores);
        scores
    }

    fn offline() -> Arc<dyn Ranker> {
        Arc::new(LinearRanker::new("offline", schema(), -1.0, &[("a", 2.0), ("b", -0.5)]))
    }

    proptest! {
        #[test]
        fn contributions_sum_to_the_score_on_top_of_an_offline_ranker(
            values in prop::collection::vec(prop::array::uniform3(-3.0f32..3.0), 1..20),
            labels in prop::collection::vec(0u8..2, 20),
            share in 0.0f32..1.0,
        ) {
            let (offline, rows) = (offline(), rows(&values));
            let mut learner = FtrlRegression::new(FtrlConfig::default(), 3).unwrap();
            let before = scores(&*offline, &rows);
            let fresh = OnlineRanker::new("fresh", &schema(), &learner, Some(Arc::clone(&offline))).unwrap();
            prop_assert_eq!(&scores(&fresh, &rows), &before, "taking over changes nothing");
            for ((dense, label), offset) in values.iter().zip(labels).zip(&before) {
                let (label, time) = (f32::from(label), Millis(0));
                learner.learn(&Example { dense, sparse: &[], label, weight: 1.0, offset: *offset, time }).unwrap();
            }
            let online: Arc<dyn Ranker> =
                Arc::new(OnlineRanker::new("online", &schema(), &learner, Some(Arc::clone(&offline))).unwrap());
            let blended = BlendedRanker::new("blended", offline, Arc::clone(&online), share).unwrap();
            for ranker in [&*online as &dyn Ranker, &blended] {
                for (row, score) in scores(ranker, &rows).into_iter().enumerate() {
                    let why = ranker.explain(&rows, row);
                    let sum = why.base + why.contributions.iter().map(|part| part.contribution).sum::<f32>();
                    prop_assert!((sum - score).abs() < 1e-4 && (why.score - score).abs() < 1e-5);
                }
            }
            // What serves is what was learnt.
            for (dense, (score, offset)) in values.iter().zip(scores(&*online, &rows).iter().zip(&before)) {
                prop_assert!((learner.logit(dense, &[], *offset).unwrap() - f64::from(*score)).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn a_blend_reads_what_either_reads_and_no_feature_in_two_versions() {
        let of = |name, version, weight| -> Arc<dyn Ranker> {
            let spec = FeatureSpec { name, scope: FeatureScope::Item, version };
            Arc::new(LinearRanker::new(name, FeatureSchema::new([spec]), 1.0, &[(name, weight)]))
        };
        let blend = BlendedRanker::new("x", of("b", 1, 4.0), of("c", 1, 8.0), 0.25).unwrap();
        let mut both = FeatureRows::zeros(blend.needs().clone(), 1);
        let column = |name| blend.needs().column(name).unwrap();
        (both.column_mut(column("b"))[0], both.column_mut(column("c"))[0]) = (2.0, 3.0);
        assert_eq!(scores(&blend, &both), [0.75 * 9.0 + 0.25 * 25.0]);
        let why = blend.explain(&both, 0);
        assert_eq!((why.base, why.contributions.len(), why.score), (1.0, 2, 13.0));
        assert!(matches!(
            BlendedRanker::new("x", of("b", 1, 1.0), of("b", 2, 1.0), 0.5),
            Err(OnlineError::Schema { .. })
        ));
    }

    #[test]
    fn rankers_of_other_columns_are_refused() {
        let two = FtrlRegression::new(FtrlConfig::default(), 2).unwrap();
        assert!(matches!(
            OnlineRanker::new("x", &schema(), &two, None),
            Err(OnlineError::Width { expected: 3, got: 2, .. })
        ));
        let three = FtrlRegression::new(FtrlConfig::default(), 3).unwrap();
        let other: Arc<dyn Ranker> = Arc::new(LinearRanker::new("other", FeatureSchema::default(), 0.0, &[]));
        assert!(matches!(
            OnlineRanker::new("x", &schema(), &three, Some(Arc::clone(&other))),
            Err(OnlineError::Schema { .. })
        ));
        assert!(matches!(BlendedRanker::new("x", offline(), offline(), f32::NAN), Err(OnlineError::Setting { .. })));
    }
}
