//! Candidates of several members and what a ranker sees of each.

use rustc_hash::FxHashMap;
use types::{Millis, Row};

use super::super::{Ask, Interactions, Model, top};
use crate::bytes::{Reader, Writer};

/// What a ranker sees of a candidate for each member: its standardised score and the discount of its rank.
pub(super) const PER_MEMBER: usize = 2;
/// What it sees beside.
pub(super) const BESIDE: usize = 8;

/// Candidates of one question, in order of rows.
pub(super) struct Candidates {
    pub(super) items: Vec<Row>,
    /// [`width`] numbers a candidate, see [`Features::of`].
    pub(super) features: Vec<f32>,
    /// The score of each by reciprocal ranks.
    pub(super) reciprocal: Vec<f32>,
}

/// Numbers a candidate has.
pub(super) fn width(members: usize) -> usize {
    members * PER_MEMBER + BESIDE
}

/// What is known of items beside the members: how much and how lately each is wanted.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Facts {
    /// When the data ended.
    end: Millis,
    /// How often each item is wanted; logarithms of one more.
    counts: Vec<f32>,
    /// The same with older interactions fading.
    recent: Vec<f32>,
    /// Days from each item's last interaction to the end.
    idle_days: Vec<f32>,
}

impl Facts {
    /// Days after which an interaction counts half.
    const HALF_LIFE: f32 = 30.0;

    pub(super) fn of(data: &Interactions) -> Self {
        let end = data.last_time().unwrap_or(Millis(0));
        let (mut counts, mut recent) = (vec![0.0f32; data.items()], vec![0.0f32; data.items()]);
        let mut idle_days = vec![3_650.0f32; data.items()];
        for entry in data.iter().flatten().filter(|entry| entry.weight > 0.0) {
            let (item, days) = (entry.item.index(), entry.time.days_until(end) as f32);
            counts[item] += 1.0;
            recent[item] += (-days / Self::HALF_LIFE).exp2();
            idle_days[item] = idle_days[item].min(days);
        }
        counts.iter_mut().chain(&mut recent).for_each(|count| *count = count.ln_1p());
        Self { end, counts, recent, idle_days }
    }

    pub(super) fn items(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn encode(&self, out: &mut Writer) {
        out.number(self.end.0 as u64);
        [&self.counts, &self.recent, &self.idle_days].iter().for_each(|floats| out.floats(floats));
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> crate::Result<Self> {
        let end = Millis(input.number()? as i64);
        let (counts, recent, idle_days) = (input.floats()?, input.floats()?, input.floats()?);
        if recent.len() != counts.len() || idle_days.len() != counts.len() {
            return Err(input.fault("facts of each item"));
        }
        Ok(Self { end, counts, recent, idle_days })
    }
}

/// Asks members for their best items and puts them together.
pub(super) struct Gatherer<'a> {
    pub(super) members: &'a [Box<dyn Model>],
    pub(super) facts: &'a Facts,
    /// Best items of each member, beside those of the history.
    pub(super) depth: usize,
}

impl Gatherer<'_> {
    /// The candidates for a question: the best of each member.
    pub(super) fn gather(&self, ask: &Ask<'_>) -> Candidates {
        let depth = self.depth.saturating_add(ask.history.len());
        let mut scores: Vec<Vec<f32>> = Vec::with_capacity(self.members.len());
        let mut items: Vec<Row> = Vec::new();
        for member in self.members {
            let mut all = vec![0.0; self.facts.items()];
            member.score(ask, &mut all);
            // What is not a number says nothing, so that one ill member does not spoil the others.
            all.iter_mut().filter(|score| !score.is_finite()).for_each(|score| *score = 0.0);
            items.extend(top(&all, depth, &|_| true).into_iter().map(|(item, _)| item));
            scores.push(all);
        }
        items.sort_unstable();
        items.dedup();
        let width = width(self.members.len());
        let mut candidates =
            Candidates { features: vec![0.0; items.len() * width], reciprocal: vec![0.0; items.len()], items };
        for (place, all) in scores.iter().enumerate() {
            candidates.add_member(place, width, all);
        }
        self.add_facts(ask, &mut candidates, width);
        candidates
    }

    fn add_facts(&self, ask: &Ask<'_>, candidates: &mut Candidates, width: usize) {
        let places: FxHashMap<Row, usize> = ask.history.iter().map(|touch| touch.item).zip(0..).collect();
        let length = (ask.history.len() as f32).ln_1p();
        let since_end = self.facts.end.days_until(ask.now).max(0.0) as f32;
        for (item, features) in candidates.items.iter().zip(candidates.features.chunks_exact_mut(width)) {
            let beside = &mut features[width - BESIDE..];
            let index = item.index();
            let idle = self.facts.idle_days[index] + since_end;
            beside[..4].copy_from_slice(&[
                length,
                self.facts.counts[index],
                self.facts.recent[index],
                (1.0 + idle).ln().recip().min(4.0),
            ]);
            if let Some(place) = places.get(item) {
                let touch = &ask.history[*place];
                let days = touch.time.days_until(ask.now).max(0.0) as f32;
                let bought = f32::from(touch.purchases).ln_1p();
                beside[4..].copy_from_slice(&[1.0, discount(*place), bought, (1.0 + days).recip()]);
            }
        }
    }
}

impl Candidates {
    /// What the member at `place` says: scores of candidates less their mean, by their deviation (distribution-based fusion),
    /// and the discount of the rank. Reciprocal ranks are added up (Cormack, Clarke and Büttcher 2009, "Reciprocal rank
    /// fusion outperforms Condorcet and individual rank learning methods", SIGIR).
    fn add_member(&mut self, place: usize, width: usize, scores: &[f32]) {
        /// The constant of the paper.
        const K: f32 = 60.0;
        let own: Vec<f32> = self.items.iter().map(|item| scores[item.index()]).collect();
        let count = own.len().max(1) as f64;
        let mean = own.iter().map(|score| f64::from(*score)).sum::<f64>() / count;
        let variance = own.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / count;
        let scale = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        let mut order: Vec<usize> = (0..own.len()).filter(|at| own[*at] != 0.0).collect();
        order.sort_unstable_by(|a, b| own[*b].total_cmp(&own[*a]).then(a.cmp(b)));
        for (rank, at) in order.into_iter().enumerate() {
            self.features[at * width + place * PER_MEMBER + 1] = discount(rank);
            self.reciprocal[at] += (K + 1.0 + rank as f32).recip();
        }
        for (at, score) in own.iter().enumerate() {
            let standard = ((f64::from(*score) - mean) * scale) as f32;
            self.features[at * width + place * PER_MEMBER] = standard.clamp(-10.0, 10.0);
        }
    }
}

/// 1 for the first, less for each later one (Järvelin and Kekäläinen 2002, the discount of NDCG).
fn discount(rank: usize) -> f32 {
    (rank as f32 + 2.0).log2().recip()
}
