//! Learns a ranker from questions whose answers are known.

use rayon::prelude::*;
use types::Rng;

use super::super::fit::tell;
use super::super::{Ask, FitError, Watcher};
use super::candidates::{BESIDE, Candidates, Gatherer, PER_MEMBER};
use super::ranker::{Example, Fitting, Net, ndcg};
use super::slice::Question;
use super::{Blend, MEMBERS_BEFORE, QUESTIONS_BEFORE, RANKER_BEFORE};

/// Candidates that are learnt from: the best by reciprocal ranks, others drawn by chance, and all that are right.
pub(super) const LEARNT_OF_A_QUESTION: usize = 100;

/// Asks the members the questions, some at once.
pub(super) fn examples(
    gatherer: &Gatherer<'_>,
    questions: &[Question],
    seed: u64,
    watcher: &mut dyn Watcher,
) -> Result<Vec<Example>, FitError> {
    let repeats =
        |question: &Question| question.history.iter().any(|touch| question.relevant.binary_search(&touch.item).is_ok());
    // Where nothing is ever wanted again, what was touched is hidden, so there is nothing to learn from its ranks.
    let skip_known = !questions.iter().any(repeats);
    let mut examples = Vec::with_capacity(questions.len());
    let all = questions.len().max(1) as f64;
    for (chunk, questions) in questions.chunks(64).enumerate() {
        let done = examples.len() as f64 / all;
        tell(watcher, MEMBERS_BEFORE + (QUESTIONS_BEFORE - MEMBERS_BEFORE) * done, None)?;
        let made = questions.par_iter().enumerate().map(|(at, question)| {
            let mut rng = Rng::new(seed ^ (chunk * 64 + at) as u64);
            let candidates = gatherer.gather(&Ask { history: &question.history, now: question.now });
            example(question, &candidates, skip_known, &mut rng)
        });
        examples.extend(made.collect::<Vec<_>>());
    }
    Ok(examples)
}

fn example(question: &Question, candidates: &Candidates, skip_known: bool, rng: &mut Rng) -> Example {
    let is_right = |at: usize| question.relevant.binary_search(&candidates.items[at]).is_ok();
    let is_known = |at: usize| question.history.iter().any(|touch| touch.item == candidates.items[at]);
    let open = (0..candidates.items.len()).filter(|at| !skip_known || !is_known(*at));
    let (mut kept, mut wrong): (Vec<usize>, Vec<usize>) = open.partition(|at| is_right(*at));
    let relevant = question.relevant.len();
    let worth = |at: &usize| candidates.reciprocal[*at];
    wrong.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.cmp(b)));
    let mut rest = wrong.split_off(wrong.len().min(LEARNT_OF_A_QUESTION * 6 / 10));
    let far = rest.len();
    rng.shuffle(&mut rest);
    rest.truncate(LEARNT_OF_A_QUESTION - wrong.len());
    // Without it, what is ranked far behind by all would seem as likely as what is ranked first.
    let each = far as f32 / rest.len().max(1) as f32;
    let near = kept.len() + wrong.len();
    kept.extend(wrong.into_iter().chain(rest));
    let stands_for = (0..kept.len()).map(|at| if at < near { 1.0 } else { each }).collect();
    let width = candidates.features.len() / candidates.items.len().max(1);
    let features = kept.iter().flat_map(|at| &candidates.features[at * width..(at + 1) * width]).copied().collect();
    let right = kept.iter().map(|at| is_right(*at)).collect();
    Example { features, right, stands_for, relevant }
}

/// Questions to fit a ranker, and others to see how well it does.
pub(super) struct Learning<'a> {
    learnt: &'a [Example],
    held_out: &'a [Example],
    members: usize,
    blend: Blend,
    hidden: usize,
}

impl<'a> Learning<'a> {
    pub(super) fn new(examples: &'a [Example], members: usize, (blend, hidden): (Blend, usize)) -> Self {
        let (learnt, held_out) = examples.split_at(examples.len() - examples.len() / 5);
        let hidden = if blend == Blend::Stacked { hidden } else { 0 };
        Self { learnt, held_out, members, blend, hidden }
    }

    pub(super) fn fit(&self, rng: &mut Rng, watcher: &mut dyn Watcher) -> Result<Net, FitError> {
        let weighted = self.members * PER_MEMBER;
        let is_score = |column: usize| column < weighted && column.is_multiple_of(PER_MEMBER);
        let looks = |column: usize| self.blend == Blend::Stacked || is_score(column);
        // It begins as the sum of standardised scores.
        let first = |column: usize| if is_score(column) { 0.5 } else { 0.0 };
        let net = Net::new((weighted + BESIDE, self.hidden), self.learnt, looks, first, rng);
        Fitting { rounds: 15, step: 0.01, decay: 1e-5 }.fit(net, self.learnt, self.held_out, rng, |done, loss| {
            tell(watcher, QUESTIONS_BEFORE + (RANKER_BEFORE - QUESTIONS_BEFORE) * done, Some(loss))
        })
    }

    /// What each member adds: the measure of the questions held out, less that of a ranker fitted on without it.
    pub(super) fn report(&self, net: &Net, names: &[&str], rng: &mut Rng) -> Result<String, FitError> {
        let whole = net.value(self.held_out);
        let mut parts = Vec::new();
        for (member, name) in names.iter().enumerate() {
            let without = net.without(|column| column / PER_MEMBER == member);
            let fitting = Fitting { rounds: 2, step: 0.005, decay: 1e-5 };
            let without = fitting.fit(without, self.learnt, self.held_out, rng, |_, _| Ok::<_, FitError>(()))?;
            let alone = self.alone(member);
            let adds = whole - without.value(self.held_out);
            parts.push(format!("{name} adds {adds:+.4} (alone {alone:.4})"));
        }
        let count = self.held_out.len();
        Ok(format!("NDCG@10 of {count} questions of the last slice {whole:.4}: {}", parts.join(", ")))
    }

    fn alone(&self, member: usize) -> f64 {
        let width = self.members * PER_MEMBER + BESIDE;
        let value = |example: &Example| {
            let scores: Vec<f32> =
                example.features.chunks_exact(width).map(|row| row[member * PER_MEMBER + 1]).collect();
            ndcg(example, &scores)
        };
        self.held_out.iter().map(value).sum::<f64>() / self.held_out.len().max(1) as f64
    }
}
