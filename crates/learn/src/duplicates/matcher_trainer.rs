use std::sync::Arc;

use types::{Rng, Row};

use super::forest_trainer::{Column, ForestTrainer, Rows};
use super::matcher::{Calibration, Judged, Matcher, Pair};
use super::rivals;
use super::words::Words;

/// Learns a [`Matcher`] from labelled pairs.
#[derive(Clone, PartialEq, Debug)]
pub struct MatcherTrainer {
    /// How each of the two forests is grown.
    pub forest: ForestTrainer,
    /// Parts that the pairs are cut into, by item; what is learnt from some is tried on the others.
    pub folds: usize,
    /// How strongly the weights of differing words are drawn to 0; infinite to leave words aside.
    pub word_shrinkage: f64,
    /// Whether the sides are two catalogues of different habits, so that numbers of either side mean different things.
    pub is_sided: bool,
}

/// How well it went, on pairs that were not learnt from.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MatcherReport {
    /// Labelled pairs, and how many of them are the same product.
    pub pairs: (usize, usize),
    /// By pairs alone, at the best threshold.
    pub alone: Quality,
    /// With their rivals, at the best threshold.
    pub among: Quality,
    /// Mean difference between probability and outcome, in ten parts by probability (expected calibration error).
    pub calibration_error: f64,
    /// What is thought of each pair given, in their order: of labelled ones by models that did not see their labels.
    pub judged: Vec<Judged>,
}

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Quality {
    /// Of those said to be the same, the share that is.
    pub precision: f64,
    /// Of those that are the same, the share said to be.
    pub recall: f64,
    /// 2 · precision · recall / (precision + recall).
    pub f1: f64,
}

/// Why no matcher was fitted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MatcherFitError {
    /// Too few pairs of a kind to learn from and to try on.
    #[error("{same} pairs are the same product and {different} are not; each needs at least {needed}")]
    TooFew {
        /// Pairs labelled the same.
        same: usize,
        /// Pairs labelled different.
        different: usize,
        /// How many of each are needed.
        needed: usize,
    },
}

/// Pairs of either kind without which nothing can be learnt.
const NEEDED: usize = 20;

impl Default for MatcherTrainer {
    fn default() -> Self {
        Self { forest: ForestTrainer::default(), folds: 5, word_shrinkage: 1.0, is_sided: false }
    }
}

impl MatcherTrainer {
    /// Fits a matcher. Pairs without a label take part as rivals.
    ///
    /// # Errors
    /// [`MatcherFitError::TooFew`].
    ///
    /// # Panics
    /// Where there is not one label a pair, or not one number a column: the caller's bug.
    pub fn fit(
        &self,
        columns: &[Column],
        pairs: &[Pair],
        labels: &[Option<bool>],
        rng: &mut Rng,
    ) -> Result<(Matcher, MatcherReport), MatcherFitError> {
        assert_eq!(pairs.len(), labels.len(), "one label a pair");
        let same = labels.iter().filter(|label| **label == Some(true)).count();
        let different = labels.iter().filter(|label| **label == Some(false)).count();
        if same < NEEDED || different < NEEDED {
            return Err(MatcherFitError::TooFew { same, different, needed: NEEDED });
        }
        let mut folds = Folds::new(self.folds, pairs, labels);
        let words = self.words(&mut folds, pairs, rng);
        let mut rows = Rows::new(columns.len() + 1);
        for (pair, word_score) in pairs.iter().zip(&words.1) {
            let mut row = pair.features.clone();
            row.push(*word_score as f32);
            rows.push(&row);
        }
        let mut all_columns = columns.to_vec();
        all_columns.push(Column { name: "differing_words", direction: 1 });
        let (alone, scores) = folds.forest(&self.forest, &rows, &all_columns, rng);
        let alone_calibration = folds.calibrate(&scores);
        let chances: Vec<f32> = scores.iter().map(|score| alone_calibration.probability(*score)).collect();
        let items: Vec<(Row, Row)> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
        let rivals = rivals::features(&items, &chances, self.is_sided);
        let mut with_rivals = Rows::new(all_columns.len() + rivals::COLUMNS.len());
        for (place, rivals) in rivals.iter().enumerate() {
            let mut row = rows.row(place).to_vec();
            row.extend(rivals);
            with_rivals.push(&row);
        }
        all_columns.extend(rivals::COLUMNS);
        let (among, scores) = folds.forest(&self.forest, &with_rivals, &all_columns, rng);
        let among_calibration = folds.calibrate(&scores);
        let matcher = Matcher {
            columns: columns.iter().map(|column| column.name.into()).collect(),
            is_sided: self.is_sided,
            words: words.0,
            alone: Arc::new(alone),
            among: Arc::new(among),
            alone_calibration,
            among_calibration,
        };
        let judged = chances.iter().zip(&rivals).zip(&scores);
        let judged: Vec<Judged> =
            judged.map(|((chance, rivals), score)| matcher.judged(*chance, *rivals, *score)).collect();
        let report = folds.report((same + different, same), judged);
        Ok((matcher, report))
    }

    /// Weights of words, and each pair's score by weights learnt without it.
    fn words(&self, folds: &mut Folds<'_>, pairs: &[Pair], rng: &mut Rng) -> (Words, Vec<f64>) {
        if !self.word_shrinkage.is_finite() {
            return (Words::default(), vec![0.0; pairs.len()]);
        }
        let differing: Vec<Vec<Box<str>>> = pairs.iter().map(|pair| pair.differing.clone()).collect();
        let fit = |chosen: &[usize], known: &[bool], rng: &mut Rng| {
            Words::fit(&differing, known, chosen, self.word_shrinkage, rng)
        };
        folds.apart(rng, fit, |words, pair| words.score(differing[pair].iter().map(|word| &**word)))
    }
}

/// Labelled pairs in parts; pairs of one item are in one part.
struct Folds<'a> {
    labels: &'a [Option<bool>],
    known: Vec<bool>,
    labelled: Vec<usize>,
    /// By pair; pairs without a label are in none.
    fold: Vec<Option<usize>>,
    count: usize,
}

impl<'a> Folds<'a> {
    fn new(count: usize, pairs: &[Pair], labels: &'a [Option<bool>]) -> Self {
        let count = count.max(2);
        let of = |pair: &Pair| (u64::from(pair.left.0).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) as usize % count;
        Self {
            labels,
            known: labels.iter().map(|label| label.unwrap_or(false)).collect(),
            labelled: (0..pairs.len()).filter(|pair| labels[*pair].is_some()).collect(),
            fold: pairs.iter().zip(labels).map(|(pair, label)| label.map(|_| of(pair))).collect(),
            count,
        }
    }

    /// A model of all labelled pairs, and each pair's score: of a labelled one by a model of the other folds.
    fn apart<M>(
        &self,
        rng: &mut Rng,
        fit: impl Fn(&[usize], &[bool], &mut Rng) -> M,
        score: impl Fn(&M, usize) -> f64,
    ) -> (M, Vec<f64>) {
        let model = fit(&self.labelled, &self.known, rng);
        let mut scores: Vec<f64> = (0..self.fold.len()).map(|pair| score(&model, pair)).collect();
        for fold in 0..self.count {
            let (held, chosen): (Vec<usize>, Vec<usize>) =
                self.labelled.iter().partition(|pair| self.fold[**pair] == Some(fold));
            let model = fit(&chosen, &self.known, rng);
            held.into_iter().for_each(|pair| scores[pair] = score(&model, pair));
        }
        (model, scores)
    }

    fn forest(
        &self,
        trainer: &ForestTrainer,
        rows: &Rows,
        columns: &[Column],
        rng: &mut Rng,
    ) -> (super::Forest, Vec<f64>) {
        let fit = |chosen: &[usize], known: &[bool], rng: &mut Rng| trainer.fit(rows, columns, known, chosen, rng);
        self.apart(rng, fit, |forest, pair| forest.score(rows.row(pair)))
    }

    /// Slope and offset by Newton's method on the logistic loss of the labelled pairs, and the threshold of the best F1.
    fn calibrate(&self, scores: &[f64]) -> Calibration {
        let (mut slope, mut offset) = (1.0f64, 0.0f64);
        for _ in 0..30 {
            let (mut gradient, mut curve) = ([0.0f64; 2], [1e-3f64, 0.0, 1e-3]);
            for pair in &self.labelled {
                let score = scores[*pair];
                let chance = 1.0 / (1.0 + (-(slope * score + offset)).exp());
                let (miss, weight) = (f64::from(u8::from(self.known[*pair])) - chance, chance * (1.0 - chance));
                gradient = [gradient[0] + miss * score, gradient[1] + miss];
                curve = [curve[0] + weight * score * score, curve[1] + weight * score, curve[2] + weight];
            }
            let determinant = curve[0] * curve[2] - curve[1] * curve[1];
            if determinant.abs() < 1e-12 {
                break;
            }
            let step = [
                (gradient[0] * curve[2] - gradient[1] * curve[1]) / determinant,
                (gradient[1] * curve[0] - gradient[0] * curve[1]) / determinant,
            ];
            slope = (slope + step[0]).clamp(0.01, 10.0);
            offset = (offset + step[1]).clamp(-20.0, 20.0);
        }
        let calibration = Calibration { slope, offset, threshold: 0.5 };
        let chance = |pair: &usize| (calibration.probability(scores[*pair]), self.known[*pair]);
        Calibration { threshold: best_threshold(self.labelled.iter().map(chance).collect()), ..calibration }
    }

    fn report(&self, pairs: (usize, usize), judged: Vec<Judged>) -> MatcherReport {
        let quality = |said: &dyn Fn(&Judged) -> bool| {
            Quality::of(self.labelled.iter().map(|pair| (said(&judged[*pair]), self.labels[*pair] == Some(true))))
        };
        let outcomes = self.labelled.iter().map(|pair| (f64::from(judged[*pair].probability), self.known[*pair]));
        MatcherReport {
            pairs,
            alone: quality(&|judged| judged.is_duplicate_alone),
            among: quality(&|judged| judged.is_duplicate),
            calibration_error: calibration_error(outcomes),
            judged,
        }
    }
}

impl Quality {
    /// Of pairs of what was said and what is so.
    pub fn of(answers: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let (mut hits, mut said, mut so) = (0usize, 0usize, 0usize);
        for (says, is) in answers {
            hits += usize::from(says && is);
            said += usize::from(says);
            so += usize::from(is);
        }
        let ratio = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        Self { precision: ratio(hits, said), recall: ratio(hits, so), f1: ratio(2 * hits, said + so) }
    }
}

/// The probability from which on saying yes has the best F1, of a curve smoothed over a twentieth of the positives so that
/// one lucky pair does not decide.
fn best_threshold(mut outcomes: Vec<(f32, bool)>) -> f32 {
    outcomes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = outcomes.iter().filter(|(_, is)| *is).count();
    let mut hits = 0usize;
    let curve: Vec<f64> = outcomes
        .iter()
        .enumerate()
        .map(|(at, (_, is))| {
            hits += usize::from(*is);
            2.0 * hits as f64 / (at + 1 + positives) as f64
        })
        .collect();
    let reach = positives / 20;
    let smooth = |at: usize| {
        let window = &curve[at.saturating_sub(reach)..(at + reach + 1).min(curve.len())];
        window.iter().sum::<f64>() / window.len() as f64
    };
    let best = (0..curve.len()).max_by(|a, b| smooth(*a).total_cmp(&smooth(*b)).then(b.cmp(a)));
    best.map_or(0.5, |at| outcomes[at].0)
}

fn calibration_error(outcomes: impl Iterator<Item = (f64, bool)>) -> f64 {
    let mut bins = [(0.0f64, 0.0f64, 0.0f64); 10];
    for (chance, is) in outcomes {
        let bin = &mut bins[((chance * 10.0) as usize).min(9)];
        *bin = (bin.0 + chance, bin.1 + f64::from(u8::from(is)), bin.2 + 1.0);
    }
    let total: f64 = bins.iter().map(|bin| bin.2).sum();
    bins.iter().map(|bin| (bin.0 - bin.1).abs()).sum::<f64>() / total.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] = [Column { name: "alike", direction: 1 }, Column { name: "noise", direction: 0 }];

    /// Each of `items` left items has one match among three candidates; all are about equally alike, the match most, and
    /// candidates that differ in "upgrade" are none.
    fn data(items: u32, seed: u64) -> (Vec<Pair>, Vec<Option<bool>>) {
        let mut rng = Rng::new(seed);
        let (mut pairs, mut labels) = (Vec::new(), Vec::new());
        for left in 0..items {
            let usual = rng.unit() as f32;
            for candidate in 0..3u32 {
                let is_match = candidate == 0;
                let alike = usual + if is_match { 0.25 } else { 0.1 * rng.unit() as f32 };
                let words: &[&str] = if !is_match && rng.unit() < 0.5 { &["upgrade"] } else { &["software"] };
                pairs.push(Pair {
                    left: Row(left),
                    right: Row(1_000 + left * 3 + candidate),
                    features: vec![alike, rng.unit() as f32],
                    differing: words.iter().map(|word| Box::from(*word)).collect(),
                });
                labels.push(Some(is_match));
            }
        }
        (pairs, labels)
    }

    #[test]
    fn rivals_and_words_decide_where_likeness_does_not() {
        let (pairs, labels) = data(150, 1);
        let forest = ForestTrainer { rounds: 60, ..ForestTrainer::default() };
        let trainer = MatcherTrainer { forest, is_sided: true, ..MatcherTrainer::default() };
        let (matcher, report) = trainer.fit(&COLUMNS, &pairs, &labels, &mut Rng::new(2)).unwrap();
        assert!(
            report.among.f1 > 0.8 && report.among.f1 > report.alone.f1 + 0.05,
            "{:?} {:?}",
            report.alone,
            report.among
        );
        assert!(report.calibration_error < 0.1, "{}", report.calibration_error);
        let (fresh, truth) = data(80, 3);
        let judged = matcher.judge(&fresh);
        let quality =
            Quality::of(judged.iter().zip(&truth).map(|(judged, is)| (judged.is_duplicate, *is == Some(true))));
        assert!(quality.f1 > 0.75, "{quality:?}");
        let reasons = matcher.explain(&fresh[0], &judged[0], 3);
        assert!(reasons.iter().any(|reason| reason.name.starts_with("lead")), "{reasons:?}");
        let (again, _) = trainer.fit(&COLUMNS, &pairs, &labels, &mut Rng::new(2)).unwrap();
        assert_eq!(again, matcher);
    }

    #[test]
    fn too_few_pairs_are_refused() {
        let (pairs, labels) = data(5, 1);
        let error = MatcherTrainer::default().fit(&COLUMNS, &pairs, &labels, &mut Rng::new(1)).unwrap_err();
        assert_eq!(error, MatcherFitError::TooFew { same: 5, different: 10, needed: NEEDED });
    }
}
