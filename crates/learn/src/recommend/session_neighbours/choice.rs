use super::super::FitError;
use super::evidence::{Candidate, FEATURES};
use crate::bytes::{Reader, Writer};

/// How much each feature of a candidate counts: the conditional logit of McFadden (1974, "Conditional logit analysis of
/// qualitative choice behavior"), `P(j) = exp(w . x_j) / sum over candidates k of exp(w . x_k)`.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Weights([f32; FEATURES]);

/// A held-out moment: the candidates, and which of them were wanted.
#[derive(Debug)]
pub(super) struct Question {
    candidates: Vec<Candidate>,
    /// Logarithm of how many candidates each stands for.
    offsets: Vec<f32>,
    wanted: Vec<usize>,
}

/// What serves most shops, and what little data is drawn to.
const START: [f32; FEATURES] =
    [0.8, 0.2, 0.3, 0.1, -0.2, 0.15, 0.9, 0.5, 0.0, -0.3, -0.1, 1.0, -0.3, 0.0, -0.3, -0.1, 0.0];
/// Questions whose word weighs as much as [`START`]'s.
const START_WORTH: f32 = 10.0;
/// Rounds over all questions.
const ROUNDS: usize = 10;
/// The first step, then less by the square root of all slopes so far (Duchi, Hazan and Singer 2011, "Adaptive subgradient
/// methods", JMLR 12).
const STEP: f32 = 0.3;

impl Question {
    /// Candidates that are all kept: those that most speaks for.
    const BEST: usize = 150;
    /// Others that are kept, each in place of several, so that what is learnt holds for them too. Were only the best kept
    /// beside the wanted ones, whatever speaks for an item would seem to speak against it.
    const OTHERS: usize = 100;
    /// Memory of a question.
    pub(super) const BYTES_MAX: u64 = ((Self::BEST + 2 * Self::OTHERS) * (size_of::<Candidate>() + 4)) as u64;

    /// `None` where no candidate was wanted, or there is no choice. `wanted` is in order.
    pub(super) fn new(mut candidates: Vec<Candidate>, wanted: &[u32]) -> Option<Self> {
        let prior = Weights(START);
        let order =
            |a: &Candidate, b: &Candidate| prior.utility(b).total_cmp(&prior.utility(a)).then(a.item.cmp(&b.item));
        let is_wanted = |candidate: &Candidate| wanted.binary_search(&candidate.item).is_ok();
        let mut offsets = vec![0.0; candidates.len()];
        if candidates.len() > Self::BEST {
            candidates.select_nth_unstable_by(Self::BEST - 1, order);
            let mut others = candidates.split_off(Self::BEST);
            others.sort_unstable_by_key(|candidate| candidate.item);
            let (found, others): (Vec<Candidate>, Vec<Candidate>) = others.into_iter().partition(is_wanted);
            candidates.extend(found.into_iter().take(Self::OTHERS));
            offsets.truncate(candidates.len());
            let step = others.len().div_ceil(Self::OTHERS).max(1);
            candidates.extend(others.into_iter().step_by(step));
            offsets.resize(candidates.len(), (step as f32).ln());
        }
        let wanted: Vec<usize> = (0..candidates.len()).filter(|place| is_wanted(&candidates[*place])).collect();
        (!wanted.is_empty() && wanted.len() < candidates.len()).then_some(Self { candidates, offsets, wanted })
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self(START)
    }
}

impl Weights {
    /// How much speaks for a candidate.
    pub(super) fn utility(&self, candidate: &Candidate) -> f32 {
        self.0.iter().zip(&candidate.features).map(|(weight, feature)| weight * feature).sum()
    }

    /// Learns from held-out moments; tells after each round how much is done and the mean loss.
    pub(super) fn learn(
        questions: &[Question],
        mut tell: impl FnMut(f64, f64) -> Result<(), FitError>,
    ) -> Result<Self, FitError> {
        let (mut weights, mut slopes) = (Self::default(), [1e-6f32; FEATURES]);
        for round in 0..ROUNDS {
            let step = STEP / (1.0 + round as f32);
            let mut loss = 0.0;
            for question in questions {
                let mut gradient = [0.0; FEATURES];
                loss += f64::from(weights.gradient(question, &mut gradient));
                for place in 0..FEATURES {
                    let pull = START_WORTH / questions.len() as f32 * (weights.0[place] - START[place]);
                    let slope = gradient[place] + pull;
                    slopes[place] += slope * slope;
                    weights.0[place] -= step * slope / slopes[place].sqrt();
                }
            }
            tell((round + 1) as f64 / ROUNDS as f64, loss / questions.len().max(1) as f64)?;
        }
        Ok(weights)
    }

    /// Adds how the loss of a question grows with each weight, and returns the loss: the mean over the wanted items of
    /// `-ln P`.
    fn gradient(&self, question: &Question, gradient: &mut [f32; FEATURES]) -> f32 {
        let offered = question.candidates.iter().zip(&question.offsets);
        let utilities: Vec<f32> = offered.map(|(candidate, offset)| self.utility(candidate) + offset).collect();
        let largest = utilities.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = utilities.iter().map(|utility| (utility - largest).exp()).sum();
        let share = 1.0 / question.wanted.len() as f32;
        for (candidate, utility) in question.candidates.iter().zip(&utilities) {
            let likely = (utility - largest).exp() / total;
            gradient.iter_mut().zip(&candidate.features).for_each(|(slope, feature)| *slope += likely * feature);
        }
        let mut loss = 0.0;
        for place in &question.wanted {
            let features = &question.candidates[*place].features;
            gradient.iter_mut().zip(features).for_each(|(slope, feature)| *slope -= share * feature);
            loss -= share * (utilities[*place] - largest - total.ln());
        }
        loss
    }

    pub(super) fn write(&self, out: &mut Writer) {
        self.0.iter().for_each(|weight| out.float(*weight));
    }

    pub(super) fn read(input: &mut Reader<'_>) -> crate::Result<Self> {
        let mut weights = [0.0; FEATURES];
        for weight in &mut weights {
            *weight = input.float()?;
        }
        Ok(Self(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Candidates that differ in two features; the second one decides.
    fn questions(count: usize) -> Vec<Question> {
        let candidate = |item: u32, first: f32, second: f32| {
            let mut features = [0.0; FEATURES];
            (features[0], features[5]) = (first, second);
            Candidate { item, features }
        };
        let one = |number: usize| {
            let noise = (number % 7) as f32 / 7.0;
            let candidates = vec![candidate(0, 1.0 - noise, 0.0), candidate(1, noise, 1.0), candidate(2, 0.5, 0.2)];
            Question::new(candidates, &[1]).unwrap()
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn what_decides_is_learnt_and_little_data_changes_little() {
        let learnt = |count| Weights::learn(&questions(count), |_, _| Ok(())).unwrap().0;
        let (much, little) = (learnt(500), learnt(1));
        assert!(much[5] > START[5] + 1.0, "{much:?}");
        assert!((little[5] - START[5]).abs() < (much[5] - START[5]).abs(), "{little:?}");
    }

    #[test]
    fn slopes_are_those_of_the_loss() {
        let question = &questions(3)[2];
        let (weights, mut gradient) = (Weights::default(), [0.0; FEATURES]);
        let loss = weights.gradient(question, &mut gradient);
        for (place, known) in gradient.iter().enumerate() {
            let mut moved = weights.clone();
            moved.0[place] += 1e-2;
            let slope = (moved.gradient(question, &mut [0.0; FEATURES]) - loss) / 1e-2;
            assert!((slope - known).abs() < 1e-2, "{place}: {slope} {known}");
        }
    }

    #[test]
    fn no_choice_teaches_nothing() {
        assert!(Question::new(Vec::new(), &[1]).is_none());
        assert!(Question::new(questions(1).remove(0).candidates, &[9]).is_none());
    }
}
