//! A ranker that was trained on a shop's answers, as it is kept and served.

use std::sync::Arc;

use types::{Contribution, Explanation, FeatureRows, FeatureSchema, FeatureSpec, ValueWeights};

use crate::bytes::{Reader, Writer};
use crate::trees::{Forest, TreeRanker};
use crate::{Error, LinearRanker, Ranker, RankerId, Result, ValueHeads};

/// A ranker as a shop keeps it: a weighted sum of features, and trees that correct it or chances that are worth something to
/// the shop, with the names and versions of the features that all read. The score is the sum of them, in the units of the
/// weighted sum, so that items which were scored by that alone keep their place among those that were scored by all.
#[derive(Clone, Debug)]
pub struct LearnedRanker {
    linear: LinearRanker,
    trees: Option<Trees>,
    value: Option<Value>,
}

/// Chances over the columns of the weighted sum, what they are worth, and what that is multiplied by. Shared, so that a
/// ranker is weighed anew for a request at no cost.
#[derive(Clone, Debug)]
struct Value {
    heads: Arc<ValueHeads>,
    weights: ValueWeights,
    scale: f32,
}

/// Trees over the columns of the weighted sum, and what their score is multiplied by.
#[derive(Clone, Debug)]
struct Trees {
    ranker: TreeRanker,
    scale: f32,
}

/// The second version has chances; the first one is read as one without them.
const VERSION: u8 = 2;
/// Name of the trees inside; they are explained under the whole ranker's.
const INSIDE: &str = "trees";

impl LearnedRanker {
    /// A ranker that is linear alone; columns without a weight are not read.
    pub fn linear(ranker: &LinearRanker) -> Self {
        let specs = ranker.needs().specs().iter().zip(ranker.weights());
        let read = specs.filter(|(_, weight)| **weight != 0.0).map(|(spec, weight)| (spec.clone(), *weight));
        Self { linear: of_weights(&ranker.id(), ranker.base(), &read.collect::<Vec<_>>()), trees: None, value: None }
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
        Ok(Self { linear: ranker.clone(), trees: Some(Trees { ranker: trees, scale }), value: None })
    }

    /// A weighted sum and `scale` times what chances over the same columns are worth, by the default weights.
    pub fn with_value(ranker: &LinearRanker, heads: ValueHeads, scale: f32) -> Self {
        let value = Value { heads: Arc::new(heads), weights: ValueWeights::default(), scale };
        Self { linear: ranker.clone(), trees: None, value: Some(value) }
    }

    /// The same with other weights of the chances; `None` where it has none.
    pub fn weighing(&self, weights: &ValueWeights) -> Option<Self> {
        let value = Value { weights: *weights, ..self.value.clone()? };
        Some(Self { value: Some(value), ..self.clone() })
    }

    /// The chances, where it tells some.
    pub fn heads(&self) -> Option<&ValueHeads> {
        self.value.as_ref().map(|value| &*value.heads)
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
        out.float(self.value.as_ref().map_or(0.0, |value| value.scale));
        out.byte(u8::from(self.value.is_some()));
        if let Some(value) = &self.value {
            value.heads.write(&mut out);
        }
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
        if !(1..=VERSION).contains(&version) {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let base = input.float()?;
        let mut read: Vec<(FeatureSpec, f32)> = Vec::new();
        for _ in 0..input.count(6)? {
            let (name, version, weight) = (input.text()?, input.small()?, input.float()?);
            read.push((known(schema, &name, version)?, weight));
        }
        let (scale, forest) = (input.float()?, input.bytes()?.to_vec());
        let linear = of_weights(id, base, &read);
        let value = if version == 1 { None } else { read_value(&mut input, linear.needs())? };
        input.end()?;
        if forest.is_empty() {
            return Ok(Self { linear, trees: None, value });
        }
        let unfit = || input.fault("trees over the columns told before");
        let ranker = TreeRanker::new(INSIDE, linear.needs().clone(), Forest::from_bytes(&forest)?, None);
        Ok(Self { trees: Some(Trees { ranker: ranker.map_err(|_| unfit())?, scale }), linear, value })
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

fn read_value(input: &mut Reader<'_>, schema: &FeatureSchema) -> Result<Option<Value>> {
    let scale = input.float()?;
    Ok(match input.byte()? {
        0 => None,
        1 => {
            let heads = Arc::new(ValueHeads::read(input, schema)?);
            Some(Value { heads, weights: ValueWeights::default(), scale })
        }
        _ => return Err(input.fault("whether there are chances")),
    })
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
        if let Some(Value { heads, weights, scale }) = &self.value {
            heads.add(weights, *scale, rows, scores);
        }
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        let mut told = self.linear.explain(rows, row);
        self.explain_trees(rows, row, &mut told);
        self.explain_value(rows, row, &mut told);
        told.contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        told
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        let mut breaks = self.trees.as_ref().map(|trees| trees.ranker.breaks(column)).unwrap_or_default();
        breaks.extend(self.value.iter().flat_map(|value| value.heads.breaks(column)));
        breaks
    }
}

impl LearnedRanker {
    fn explain_trees(&self, rows: &FeatureRows, row: usize, told: &mut Explanation) {
        let Some(trees) = &self.trees else { return };
        let by_trees = trees.ranker.explain(rows, row);
        told.base += trees.scale * by_trees.base;
        told.score += trees.scale * by_trees.score;
        for part in by_trees.contributions {
            add(told, Contribution { contribution: trees.scale * part.contribution, ..part });
        }
    }

    fn explain_value(&self, rows: &FeatureRows, row: usize, told: &mut Explanation) {
        let Some(Value { heads, weights, scale }) = &self.value else { return };
        let (base, additions) = heads.attribute(weights, rows, row);
        told.base += scale * base as f32;
        told.value = heads.told(weights, *scale, rows, row);
        for (column, (spec, addition)) in self.needs().specs().iter().zip(additions).enumerate() {
            if addition != 0.0 {
                let contribution = scale * addition as f32;
                let feature = Arc::from(spec.name);
                add(told, Contribution { feature, value: rows.value(column, row), contribution });
            }
        }
        told.score += told.value.iter().map(|part| part.contribution).sum::<f32>();
    }
}

/// Adds to what is told of a feature.
fn add(told: &mut Explanation, part: Contribution) {
    match told.contributions.iter_mut().find(|known| known.feature == part.feature) {
        Some(known) => known.contribution += part.contribution,
        None => told.contributions.push(part),
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

    fn with_value() -> LearnedRanker {
        use crate::value_heads::tests::{heads, schema};
        let linear = LinearRanker::new("test", schema(), 0.1, &[("retrieval", 1.0), ("price", -0.2)]);
        LearnedRanker::with_value(&linear, heads(), 3.0)
    }

    #[test]
    fn chances_are_weighed_explained_and_read_back_whatever_they_are_worth() {
        use proptest::prelude::*;
        let ranker = with_value();
        let back = LearnedRanker::decode("test", &ranker.encode(), ranker.needs()).unwrap();
        let cases = (prop::array::uniform5(0.0f32..10.0), prop::array::uniform3(-1.0f32..1.0));
        proptest!(|((weights, values) in cases)| {
            let [click, cart, purchase, returned, margin] = weights;
            let weights = ValueWeights { click, cart, purchase, returned, margin };
            let (ranker, back) = (ranker.weighing(&weights).unwrap(), back.weighing(&weights).unwrap());
            let mut rows = FeatureRows::zeros(ranker.needs().clone(), 1);
            (0..3).for_each(|column| rows.column_mut(column)[0] = values[column]);
            let (mut score, mut again) = ([0.0], [0.0]);
            ranker.score(&rows, &mut score);
            back.score(&rows, &mut again);
            prop_assert_eq!(score, again);
            let told = ranker.explain(&rows, 0);
            let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
            prop_assert!((sum - score[0]).abs() < 1e-4 && (told.score - score[0]).abs() < 1e-4, "{} {}", sum, score[0]);
            prop_assert!(told.value.iter().all(|part| (0.0..=1.0).contains(&part.probability)));
        });
        assert!(ranker.weighing(&ValueWeights::default()).is_some() && super::tests::ranker().heads().is_none());
    }

    #[test]
    fn what_is_worth_more_stands_higher() {
        let ranker = with_value();
        let schema = ranker.needs().clone();
        // The first is clicked more, the second is bought more.
        let mut rows = FeatureRows::zeros(schema.clone(), 2);
        rows.column_mut(0).copy_from_slice(&[0.95, 0.75]);
        rows.column_mut(1).copy_from_slice(&[0.1, 0.9]);
        let scores = |click: f32, purchase: f32| {
            let weights = ValueWeights { click, cart: 0.0, purchase, returned: 0.0, margin: 0.0 };
            let mut scores = [0.0; 2];
            ranker.weighing(&weights).unwrap().score(&rows, &mut scores);
            scores
        };
        let (clicks, sales) = (scores(2.0, 0.0), scores(0.0, 20.0));
        assert!(clicks[0] > clicks[1] && sales[1] > sales[0], "{clicks:?} {sales:?}");
    }

    #[test]
    fn the_first_version_of_the_format_opens() {
        let ranker = ranker();
        let mut bytes = ranker.encode();
        // It ended before the chances: their scale, and whether there are some.
        bytes.truncate(bytes.len() - 5);
        bytes[0] = 1;
        let back = LearnedRanker::decode("test", &bytes, &schema(1)).unwrap();
        let slate = &data().slates()[0].clone();
        let (mut scores, mut again) = ([0.0; 10], [0.0; 10]);
        ranker.score(&slate.rows, &mut scores);
        back.score(&slate.rows, &mut again);
        assert_eq!(scores, again);
        bytes[0] = 3;
        assert!(matches!(LearnedRanker::decode("test", &bytes, &schema(1)), Err(Error::Version { got: 3, .. })));
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
