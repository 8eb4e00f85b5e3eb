use std::sync::Arc;

use index::RowSet;
use learn::bandits::Candidate;
use rustc_hash::FxHashMap;
use types::{FeatureRows, Impression, Millis, QueryId, Rng, Row, RuleTrace};

use super::learner::{self, Learner};
use crate::pipeline::columns::{self, Evidence};
use crate::pipeline::order::{self, Ordered};
use crate::pipeline::scoring::Scored;
use crate::pipeline::{Candidates, Context};
use crate::rules::{Decided, Effect};

/// Under this name an impression says whether its answer was allowed to explore; no experiment can have it.
const EXPERIMENT: &str = "@exploration";
const EXPLORING: &str = "exploring";
const GREEDY: &str = "greedy";

/// Whether an answer was let explore; `None` where nothing of it could be explored, or somebody else logged it.
pub fn is_exploring(impression: &Impression) -> Option<bool> {
    let arm = impression.arms.iter().find(|(name, _)| &**name == EXPERIMENT);
    arm.map(|(_, arm)| &**arm == EXPLORING)
}

/// The rule's name in explanations.
const RULE: &str = "explore";

/// What chance did to an answer.
pub(crate) struct Explored {
    arm: &'static str,
    /// Of the items at places that were explored, given those above them.
    propensities: FxHashMap<Row, f32>,
}

impl Explored {
    /// Writes into the impression with which probability each item stands where it does.
    pub(crate) fn tell(&self, context: &Context<'_>, impression: &mut Impression) {
        for shown in &mut impression.shown {
            let row = context.row(shown.item.as_str());
            if let Some(propensity) = row.and_then(|row| self.propensities.get(&row)) {
                shown.propensity = *propensity;
            }
        }
        impression.arms.push((Arc::from(EXPERIMENT), Arc::from(self.arm)));
    }
}

/// Fills the places of the first page that may be explored, where the answer is one that a shopper sees and the log learns
/// of, in the order of relevance. Pinned and buried items stay where they are. `None` where nothing is explored.
pub(crate) fn explore(
    context: &Context<'_>,
    query_id: &QueryId,
    decided: &[Decided],
    candidates: &Candidates,
    scored: &Scored,
    ordered: &mut Ordered,
) -> Option<Explored> {
    let request = context.request;
    let learner = context.view.explorers.of(request.surface)?;
    let is_first = request.page.offset == 0 && request.page.cursor.is_none();
    if !request.record || !context.view.settings.log_impressions || !is_first || !request.sort.is_empty() {
        return None;
    }
    let window = Window::new(context, learner, decided, candidates, &ordered.rows);
    let rows: Vec<Row> = window.free.iter().map(|at| ordered.rows[*at]).collect();
    let from = window.free.partition_point(|at| *at < learner.settings.places.0);
    let to = window.free.partition_point(|at| *at < learner.settings.places.1.min(request.page.limit));
    if from >= to || rows.len() <= from + 1 {
        return None;
    }
    let features = learner.bandit.reads_features().then(|| {
        let evidence = Evidence::new(context, decided, candidates, scored);
        evidence.rows(&columns::logged(), &rows[from..])
    });
    let competing = competing(context, learner, &rows[from..], features.as_ref());
    let competing: Vec<Candidate<'_>> =
        competing.iter().map(|(candidate, features)| Candidate { features, ..*candidate }).collect();
    let mut rng = Rng::new(query_id.seed());
    let slate = learner.bandit.select_at(&competing, &window.free[from..to], learner.budget.share(), &mut rng);
    let slate = slate
        .inspect_err(|error| tracing::error!(error = error as &dyn std::error::Error, "an answer is not explored"))
        .ok()?;
    let chosen: Vec<Row> = slate.places.iter().map(|placed| placed.item).collect();
    let propensities = slate.places.iter().map(|placed| (placed.item, placed.propensity as f32));
    let explored =
        Explored { arm: if slate.explored { EXPLORING } else { GREEDY }, propensities: propensities.collect() };
    let before: FxHashMap<Row, usize> = ordered.rows.iter().enumerate().map(|(at, row)| (*row, at)).collect();
    window.fill(&mut ordered.rows, from, &chosen);
    for placed in &slate.places {
        let now = ordered.rows.iter().position(|row| *row == placed.item).unwrap_or_default();
        let (policy, was) = (&learner.settings.bandit.policy, before[&placed.item]);
        if now != was {
            let effect = format!("moved {} → {} by {policy}, probability {:.4}", was + 1, now + 1, placed.propensity);
            let trace = RuleTrace { rule: Arc::from(RULE), effect: Arc::from(effect) };
            ordered.moved.entry(placed.item).or_default().push(trace);
        }
    }
    Some(explored)
}

/// The candidates with their features. Where items are told apart by themselves, their prior is the rate of clicks, half as
/// much again for the best ranked and half as much for the last; models that read features learn from those what a rank is
/// worth.
fn competing(
    context: &Context<'_>,
    learner: &Learner,
    rows: &[Row],
    features: Option<&FeatureRows>,
) -> Vec<(Candidate<'static>, Vec<f32>)> {
    let (rate, count) = (learner.rate(), rows.len().max(2) as f64);
    let candidate = |(at, row): (usize, &Row)| {
        let prior = match features {
            Some(_) => Candidate::NEUTRAL,
            None => (rate * (1.5 - at as f64 / (count - 1.0))).min(1.0) as f32,
        };
        let values = features.map_or_else(Vec::new, |features| {
            let logged: Vec<f32> =
                (0..features.schema().specs().len()).map(|column| features.value(column, at)).collect();
            learner::features(&logged)
        });
        let seen = context.view.features.facts(*row).map(|facts| facts.first_seen);
        let age = seen.map(|seen| Millis(context.request.now.0.saturating_sub(seen.0)));
        (learner.candidate(*row, prior, &[], age), values)
    };
    rows.iter().enumerate().map(candidate).collect()
}

/// The best ranked places, as far down as items compete.
struct Window {
    /// Places, from 0, whose items may change places.
    free: Vec<usize>,
    /// Places of other variants of a group that stands further up.
    variants: Vec<usize>,
}

impl Window {
    fn new(
        context: &Context<'_>,
        learner: &Learner,
        decided: &[Decided],
        candidates: &Candidates,
        rows: &[Row],
    ) -> Self {
        let rows = &rows[..rows.len().min(learner.settings.depth)];
        let pinned: RowSet = decided
            .iter()
            .filter_map(|decided| match decided.effect {
                Effect::Pin(row, _) => Some(row),
                Effect::Keep(_) | Effect::Drop(_) | Effect::Boost(..) | Effect::Bury(_) => None,
            })
            .collect();
        let first: Option<RowSet> = context.request.group.then(|| {
            let groups = context.view.searcher.groups(candidates.matched());
            groups.first_of_each(rows).into_iter().collect()
        });
        let stays = |row: Row| pinned.contains(row) || order::is_buried(decided, row);
        let mut window = Self { free: Vec::new(), variants: Vec::new() };
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| !stays(**row)) {
            let is_first = first.as_ref().is_none_or(|first| first.contains(*row));
            if is_first { &mut window.free } else { &mut window.variants }.push(at);
        }
        window
    }

    /// Puts `chosen` at the free places from `from` on, then those left in their order, then the variants, which would
    /// otherwise stand for their group before its best.
    fn fill(&self, rows: &mut [Row], from: usize, chosen: &[Row]) {
        let taken: RowSet = chosen.iter().copied().collect();
        let rest =
            self.free[from..].iter().chain(&self.variants).map(|at| rows[*at]).filter(|row| !taken.contains(*row));
        let fresh: Vec<Row> = chosen.iter().copied().chain(rest).collect();
        let mut places: Vec<usize> = self.free[from..].iter().chain(&self.variants).copied().collect();
        places.sort_unstable();
        places.into_iter().zip(fresh).for_each(|(place, row)| rows[place] = row);
    }
}
