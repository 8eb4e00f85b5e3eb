//! A ranker that was trained on a shop's answers, as it is kept and served.

use std::sync::Arc;

use types::{Explanation, FeatureRows, FeatureSchema, FeatureSpec};

use crate::bytes::{Reader, Writer};
use crate::trees::{Forest, TreeRanker};
use crate::{Error, LinearRanker, Ranker, RankerId, Result};

/// A ranker as a shop keeps it: a weighted sum of features, and trees that correct it, with the names and versions of the
/// features that both read. The score is the sum of both, in the units of the weighted sum, so that items which were
/// scored by that alone keep their place among those that were scored by both.
#[derive(Clone, Debug)]
pub struct LearnedRanker {
    linear: LinearRanker,
    trees: Option<Trees>,
}

/// Trees over the columns of the weighted sum, and what their score is multiplied by.
#[derive(Clone, Debug)]
struct Trees {
    ranker: TreeRanker,
    scale: f32,
}

const VERSION: u8 = 1;
/// Name of the trees inside; they are explained under the whole ranker's.
const INSIDE: &str = "trees";

impl LearnedRanker {
    /// A ranker that is linear alone; columns without a weight are not read.
    pub fn linear(ranker: &LinearRanker) -> Self {
        let specs = ranker.needs().specs().iter().zip(ranker.weights());
        let read = specs.filter(|(_, weight)| **weight != 0.0).map(|(spec, weight)| (spec.clone(), *weight));
        Self { linear: of_weights(&ranker.id(), ranker.base(), &read.collect::<Vec<_>>()), trees: None }
    }

    /// A weighted sum, corrected by `scale` times what trees over the same columns say.
    ///
    /// # Errors
    /// Where the trees were made for other columns.
    pub fn with_trees(
        ranker: &LinearRanker,
        forest: Forest,
        scale: f32,
    ) -> std::result::Result<Self, crate::trees::TreesError> {
        let trees = TreeRanker::new(INSIDE, ranker.needs().clone(), forest, None)?;
        Ok(Self { linear: ranker.clone(), trees: Some(Trees { ranker: trees, scale }) })
    }

    /// Bytes that [`LearnedRanker::decode`] reads.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.float(self.linear.base());
        out.number(self.needs().width() as u64);
        for (spec, weight) in self.needs().specs().iter().zip(self.linear.weights()) {
            out.text(spec.name);
            out.number(u64::from(spec.version));
            out.float(*weight);
        }
        out.float(self.trees.as_ref().map_or(0.0, |trees| trees.scale));
        out.bytes(&self.trees.as_ref().map(|trees| trees.ranker.forest().to_bytes()).unwrap_or_default());
        out.0
    }

    /// Reads a ranker that is to score rows of features out of `schema`, and gives it a name.
    ///
    /// # Errors
    /// [`Error::Corrupt`] and [`Error::Version`] for bytes that `encode` did not write; [`Error::OtherFeature`] where it
    /// reads a feature that is not in `schema`, or is there in another version.
    pub fn decode(id: &str, bytes: &[u8], schema: &FeatureSchema) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let base = input.float()?;
        let mut read: Vec<(FeatureSpec, f32)> = Vec::new();
        for _ in 0..input.count(6)? {
            let (name, version, weight) = (input.text()?, input.small()?, input.float()?);
            read.push((known(schema, &name, version)?, weight));
        }
        let (scale, forest) = (input.float()?, input.bytes()?.to_vec());
        input.end()?;
        let linear = of_weights(id, base, &read);
        if forest.is_empty() {
            return Ok(Self { linear, trees: None });
        }
        let unfit = || input.fault("trees over the columns told before");
        let ranker = TreeRanker::new(INSIDE, linear.needs().clone(), Forest::from_bytes(&forest)?, None);
        Ok(Self { trees: Some(Trees { ranker: ranker.map_err(|_| unfit())?, scale }), linear })
    }

    /// The weight of a feature in the weighted sum; 0 for one that is not read.
    pub fn weight(&self, name: &str) -> f32 {
        self.needs().column(name).map_or(0.0, |column| self.linear.weights()[column])
    }

    /// The trees, where there are some.
    pub fn forest(&self) -> Option<&Forest> {
        self.trees.as_ref().map(|trees| trees.ranker.forest())
    }
}

fn of_weights(id: &str, base: f32, read: &[(FeatureSpec, f32)]) -> LinearRanker {
    let weights: Vec<(&str, f32)> = read.iter().map(|(spec, weight)| (spec.name, *weight)).collect();
    LinearRanker::new(id, FeatureSchema::new(read.iter().map(|(spec, _)| spec.clone())), base, &weights)
}

/// The feature of this name and version.
fn known(schema: &FeatureSchema, name: &str, version: u32) -> Result<FeatureSpec> {
    let found = schema.specs().iter().find(|spec| spec.name == name);
    found.filter(|spec| spec.version == version).cloned().ok_or_else(|| Error::OtherFeature {
        name: Arc::from(name),
        version,
        known: found.map(|spec| spec.version),
    })
}

impl Ranker for LearnedRanker {
    fn id(&self) -> RankerId {
        self.linear.id()
    }

    fn needs(&self) -> &FeatureSchema {
        self.linear.needs()
    }

    fn score(&self, rows: &FeatureRows, scores: &mut [f32]) {
        self.linear.score(rows, scores);
        if let Some(trees) = &self.trees {
            let mut corrections = vec![0.0; scores.len()];
            trees.ranker.score(rows, &mut corrections);
            scores.iter_mut().zip(corrections).for_each(|(score, by)| *score += trees.scale * by);
        }
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        let mut told = self.linear.explain(rows, row);
        let Some(trees) = &self.trees else { return told };
        let by_trees = trees.ranker.explain(rows, row);
        told.base += trees.scale * by_trees.base;
        told.score += trees.scale * by_trees.score;
        for mut part in by_trees.contributions {
            part.contribution *= trees.scale;
            match told.contributions.iter_mut().find(|known| known.feature == part.feature) {
                Some(known) => known.contribution += part.contribution,
                None => told.contributions.push(part),
            }
        }
        told.contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        told
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        self.trees.as_ref().map(|trees| trees.ranker.breaks(column)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use types::{FeatureScope, Rng};

    use super::*;
    use crate::trees::{Objective, TrainingRows, TreeTrainer};
    use crate::{Dataset, LabelledSlate};

    fn schema(version: u32) -> FeatureSchema {
        FeatureSchema::new(["retrieval", "price", "views"].map(|name| FeatureSpec {
            name,
            scope: FeatureScope::Item,
            version,
        }))
    }

    fn data() -> Dataset {
        let (mut data, mut rng) = (Dataset::new(schema(1)), Rng::new(7));
        for _ in 0..60 {
            let mut rows = FeatureRows::zeros(schema(1), 10);
            (0..3).for_each(|column| rows.column_mut(column).fill_with(|| rng.unit() as f32));
            let gains =
                (0..10).map(|row| f32::from(u8::from(rows.value(1, row) > 0.5) ^ u8::from(rows.value(2, row) > 0.5)));
            let gains = gains.collect();
            data.push(LabelledSlate { rows, gains });
        }
        data
    }

    fn ranker() -> LearnedRanker {
        let rows = TrainingRows::from_slates(&schema(1), &data());
        let trainer = TreeTrainer { objective: Objective::Squared, trees_max: 20, ..TreeTrainer::default() };
        let (forest, _) = trainer.fit(&rows, None, &mut Rng::new(1)).unwrap();
        let linear = LinearRanker::new("test", schema(1), 0.1, &[("retrieval", 1.0), ("views", -0.2)]);
        LearnedRanker::with_trees(&linear, forest, 0.5).unwrap()
    }

    #[test]
    fn explains_exactly_and_reads_back() {
        let ranker = ranker();
        let back = LearnedRanker::decode("other name", &ranker.encode(), &schema(1)).unwrap();
        assert_eq!(&*back.id(), "other name");
        for slate in data().slates() {
            let (mut scores, mut again) = ([0.0; 10], [0.0; 10]);
            ranker.score(&slate.rows, &mut scores);
            back.score(&slate.rows, &mut again);
            assert_eq!(scores, again);
            for (row, score) in scores.iter().enumerate() {
                let told = back.explain(&slate.rows, row);
                let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
                assert!((sum - score).abs() < 1e-4 && (told.score - score).abs() < 1e-4, "{sum} {score}");
            }
        }
    }

    #[test]
    fn what_would_have_to_change_is_found_through_both_parts() {
        let (ranker, data) = (ranker(), data());
        let mut found = 0;
        for slate in &data.slates()[..20] {
            let mut scores = [0.0; 10];
            ranker.score(&slate.rows, &mut scores);
            let threshold = scores[0] + 0.2;
            for change in crate::what_if(&ranker, &slate.rows, 0, threshold, 0..3) {
                let score = |value: f32| {
                    let mut rows = slate.rows.clone();
                    rows.column_mut(change.column)[0] = value;
                    let mut scores = [0.0; 10];
                    ranker.score(&rows, &mut scores);
                    scores[0]
                };
                assert!(score(change.to) == change.score && change.score > threshold);
                let nearer = (0..1_000).map(|step| change.from + (change.to - change.from) * step as f32 / 1_001.0);
                assert!(nearer.into_iter().all(|value| score(value) <= threshold), "{change:?}");
                found += 1;
            }
        }
        assert!(found > 20, "{found}");
    }

    #[test]
    fn refuses_other_features_and_damage() {
        let ranker = ranker();
        let bytes = ranker.encode();
        let other = LearnedRanker::decode("x", &bytes, &schema(2)).unwrap_err();
        assert!(matches!(other, Error::OtherFeature { version: 1, known: Some(2), .. }), "{other}");
        let fewer = FeatureSchema::new(schema(1).specs()[..1].to_vec());
        assert!(matches!(LearnedRanker::decode("x", &bytes, &fewer), Err(Error::OtherFeature { known: None, .. })));
        for length in 0..bytes.len() {
            assert!(LearnedRanker::decode("x", &bytes[..length], &schema(1)).is_err(), "{length}");
        }
    }

    #[test]
    fn a_linear_one_reads_no_more_than_it_weighs() {
        let linear = LinearRanker::new("test", schema(1), 0.0, &[("price", 2.0)]);
        let ranker = LearnedRanker::linear(&linear);
        assert_eq!(ranker.needs().width(), 1);
        assert_eq!((ranker.weight("price"), ranker.weight("views")), (2.0, 0.0));
    }
}
