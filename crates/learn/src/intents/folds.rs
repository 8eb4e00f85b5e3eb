use types::Rng;

use super::familiarity::{Familiarity, KINDS, evidence};
use super::report::{Confusion, IntentsReport, LabelReport, Share};
use super::{Labelled, Parts};
use crate::calibration::calibration_error;
use crate::softmax::{Softmax, SoftmaxConfig, balanced};

/// Deals examples to folds by chance, those of each class as evenly as can be.
pub(super) fn folds(classes: &[usize], count: usize, folds: usize, rng: &mut Rng) -> Vec<usize> {
    let mut deal = vec![0; classes.len()];
    // Goes on from class to class, so that small classes do not all meet in the first folds.
    let mut next = 0;
    for class in 0..count {
        let mut own: Vec<usize> = (0..classes.len()).filter(|at| classes[*at] == class).collect();
        rng.shuffle(&mut own);
        for at in own {
            deal[at] = next % folds;
            next += 1;
        }
    }
    deal
}

/// What was said of each example by a model that had not seen it.
pub(super) struct Answers {
    pub(super) logits: Vec<Vec<f32>>,
    evidence: Vec<[f32; KINDS]>,
}

impl Answers {
    pub(super) fn by(data: &Labelled<'_>, deal: &[usize], config: SoftmaxConfig) -> Self {
        let mut logits = vec![Vec::new(); deal.len()];
        let mut found = vec![[0.0; KINDS]; deal.len()];
        for fold in 0..=deal.iter().copied().max().unwrap_or(0) {
            let known = data.part(|at| deal[at] != fold);
            let softmax = Softmax::fit_examples(known.examples(), config);
            let discriminant = known.in_scope().discriminant();
            for at in (0..deal.len()).filter(|at| deal[*at] == fold) {
                logits[at] = softmax.logits(data.vectors[at]);
                found[at] = evidence(&logits[at], data.out_of_scope, &discriminant, data.vectors[at]);
            }
        }
        Self { logits, evidence: found }
    }

    /// How evidence is added up.
    pub(super) fn familiarity(&self, data: &Labelled<'_>) -> Familiarity {
        let in_scope = (0..self.evidence.len()).filter(|at| Some(data.classes[*at]) != data.out_of_scope);
        Familiarity::fit(&in_scope.map(|at| self.evidence[at]).collect::<Vec<_>>())
    }

    /// The familiarity below which a text is out of scope: refuses at most `loss` of the examples in scope. Where there are
    /// examples out of scope, it is the one up to there that parts both best (Youden's index: share of those out of scope
    /// refused, less that of those in scope); where there are none, all of `loss` is spent. What is taken for the class out
    /// of scope anyway is left out of the reckoning.
    pub(super) fn threshold(&self, data: &Labelled<'_>, familiarity: &Familiarity, loss: f64) -> f32 {
        let of = |inside: bool| {
            let own = (0..self.evidence.len()).filter(|at| (Some(data.classes[*at]) != data.out_of_scope) == inside);
            let left = own.filter(|at| data.out_of_scope.is_none_or(|class| top(&self.logits[*at]) != class));
            let mut found: Vec<f32> = left.map(|at| familiarity.of(&self.evidence[at])).collect();
            found.sort_by(f32::total_cmp);
            found
        };
        let (inside, outside) = (of(true), of(false));
        let lost_max = ((inside.len() as f64 * loss) as usize).min(inside.len().saturating_sub(1));
        let index = |lost: usize| {
            let refused = outside.partition_point(|value| *value < inside[lost]);
            refused as f64 / outside.len() as f64 - lost as f64 / inside.len() as f64
        };
        if inside.is_empty() || outside.is_empty() {
            return inside.get(lost_max).copied().unwrap_or(f32::MIN);
        }
        let best = (0..=lost_max).max_by(|one, other| index(*one).total_cmp(&index(*other)).then(other.cmp(one)));
        inside[best.unwrap_or(0)]
    }

    pub(super) fn report(&self, data: &Labelled<'_>, parts: &Parts, folds: usize) -> IntentsReport {
        let count = data.labels.len();
        let mut table = vec![0usize; count * count];
        let (mut answers, mut refused, mut found) = (Vec::new(), 0, 0);
        for (at, logits) in self.logits.iter().enumerate() {
            let reading = parts.judge(&parts.probabilities(logits), parts.familiarity.of(&self.evidence[at]));
            let (label, confidence) = reading.top();
            let said = data.labels.iter().position(|own| **own == *label).unwrap_or(0);
            let class = data.classes[at];
            table[class * count + said] += 1;
            answers.push((confidence, said == class));
            let outside = Some(class) == data.out_of_scope;
            found += usize::from(outside && reading.out_of_scope);
            refused += usize::from(!outside && reading.out_of_scope && Some(said) != data.out_of_scope);
        }
        let outside = data.classes.iter().filter(|class| Some(**class) == data.out_of_scope).count();
        let right = answers.iter().filter(|(_, right)| *right).count();
        IntentsReport {
            folds,
            accuracy: Share::of(right, answers.len()),
            labels: (0..count).map(|class| label_report(data, &table, class)).collect(),
            confusions: confusions(data, &table),
            calibration_error: calibration_error(&answers, &balanced(&data.classes, count)),
            temperature: parts.temperature,
            familiarity_min: parts.familiarity_min,
            refused_in_scope: Share::of(refused, answers.len() - outside),
            out_of_scope_recall: data.out_of_scope.map(|_| Share::of(found, outside)),
        }
    }
}

/// The first class with the largest logit.
fn top(logits: &[f32]) -> usize {
    let mut top = 0;
    (0..logits.len()).for_each(|class| top = if logits[class] > logits[top] { class } else { top });
    top
}

fn label_report(data: &Labelled<'_>, table: &[usize], class: usize) -> LabelReport {
    let count = data.labels.len();
    let right = table[class * count + class];
    let own = table[class * count..(class + 1) * count].iter().sum();
    let said = (0..count).map(|other| table[other * count + class]).sum();
    let (precision, recall) = (Share::of(right, said), Share::of(right, own));
    LabelReport { label: data.labels[class].clone(), examples: own, precision, recall }
}

/// Pairs of labels that are taken for one another, most frequent first.
fn confusions(data: &Labelled<'_>, table: &[usize]) -> Vec<Confusion> {
    let count = data.labels.len();
    let mistaken = (0..table.len()).filter(|at| at / count != at % count && table[*at] > 0);
    let mut found: Vec<Confusion> = mistaken
        .map(|at| Confusion {
            label: data.labels[at / count].clone(),
            taken_for: data.labels[at % count].clone(),
            examples: table[at],
        })
        .collect();
    found.sort_by_key(|confusion| std::cmp::Reverse(confusion.examples));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_and_keep_the_shares_of_classes() {
        let classes: Vec<usize> = (0..53).map(|at| usize::from(at % 5 == 0)).collect();
        let deal = folds(&classes, 2, 5, &mut Rng::new(1));
        for fold in 0..5 {
            let of = |class| (0..53).filter(|at| deal[*at] == fold && classes[*at] == class).count();
            assert!((8..=9).contains(&of(0)) && (2..=3).contains(&of(1)), "{} {}", of(0), of(1));
        }
    }
}
