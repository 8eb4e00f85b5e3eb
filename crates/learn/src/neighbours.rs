use std::sync::Arc;

use types::{InteractionKind, Millis, Row, Rows, Signal};

use crate::link::{Counts, Link, Links, SharedLinks};
use crate::votes::{Vote, Votes};
use crate::weighting::{Side, Weighting};
use crate::window::{Recent, Window};

/// How item-to-item neighbours are learnt and weighed. The defaults were chosen on the months before the test
/// period of the shop `gifts`; `examples/next_basket.rs` shows the comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct NeighboursConfig {
    /// Items of an actor that a new one is paired with. Bounds the memory of an actor: 20 bytes each.
    pub window: usize,
    /// Links kept an item at a pruning; up to 64 more are held between prunings. Bounds the memory of an item: 12 bytes
    /// for each link.
    pub links: usize,
    /// Weight of a pair bought or met in one visit as opposed to a pair of different visits.
    pub visit_weight: f32,
    /// Weight of a pair of different visits in the direction of time, divided by how many items lie between.
    pub forward_weight: f32,
    /// The same against the direction of time.
    pub backward_weight: f32,
    /// Days after which the weight of a pair of different visits is halved.
    pub gap_half_life_days: f32,
    /// Whether looks in one visit weigh less the more items lie between them. Purchases in one visit never do: the
    /// order of a receipt means nothing.
    pub decay_in_visit: bool,
    /// Minutes without a deed after which a new visit begins, where no session is named.
    pub visit_gap_minutes: u32,
    /// How much of a pair's weight a deed against an item (refund, dislike, hide) takes back.
    pub refusal: f32,
    /// How pairs of all kinds become similarities.
    pub weighting: Weighting,
    /// How pairs of one basket become similarities.
    pub basket_weighting: Weighting,
}

impl Default for NeighboursConfig {
    fn default() -> Self {
        Self {
            window: 8,
            links: 64,
            visit_weight: 1.0,
            forward_weight: 1.0,
            backward_weight: 0.5,
            gap_half_life_days: 30.0,
            decay_in_visit: true,
            visit_gap_minutes: 30,
            refusal: 0.5,
            weighting: Weighting::Cosine { popularity: 0.5, shrinkage: 5.0 },
            basket_weighting: Weighting::Cosine { popularity: 0.3, shrinkage: 5.0 },
        }
    }
}

/// Sums over all that happened to an item.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Totals {
    /// Sum of its masses over visits.
    pub(crate) mass: f32,
    /// Visits it was met in.
    pub(crate) visits: u32,
    /// Baskets it was bought in.
    pub(crate) baskets: u32,
}

/// Which items go with which: learnt from what the same actor wanted in one visit and in visits that follow each
/// other, one signal at a time.
///
/// A clone is an immutable view that shares memory with the writer. The state after a log is the same whether it was
/// folded at once or in parts. Memory is bounded for each actor and item, see [`NeighboursConfig`].
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    pub(crate) config: NeighboursConfig,
    pub(crate) totals: Rows<Totals>,
    pub(crate) links: Rows<SharedLinks>,
    pub(crate) windows: Rows<Window>,
    pub(crate) visits: u64,
    pub(crate) baskets: u64,
}

impl Neighbours {
    /// Nothing learnt yet.
    pub fn new(config: NeighboursConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Learns from a whole log at once: for evaluation and tests.
    pub fn from_signals<'a>(config: NeighboursConfig, signals: impl IntoIterator<Item = &'a Signal>) -> Self {
        let mut neighbours = Self::new(config);
        signals.into_iter().for_each(|signal| neighbours.fold(signal));
        neighbours
    }

    /// How neighbours are learnt.
    pub fn config(&self) -> &NeighboursConfig {
        &self.config
    }

    /// Learns from one signal. Signals without an actor and a session tell nothing about pairs and are passed over.
    pub fn fold(&mut self, signal: &Signal) {
        let Some(actor) = signal.actor.or(signal.session) else { return };
        if !signal.strength.is_finite() || signal.strength == 0.0 {
            return;
        }
        let recent = Recent {
            item: signal.item,
            session: signal.session.unwrap_or(Recent::NO_SESSION),
            seconds: u32::try_from(signal.time.0 / Millis::SECOND).unwrap_or(0),
            mass: signal.strength.abs().min(STRENGTH_MAX).sqrt(),
            bought: signal.kind == InteractionKind::Purchase,
        };
        if signal.strength > 0.0 { self.raise(actor, recent) } else { self.lower(actor, recent) }
    }

    /// Erases what is kept of an actor: the window of last items. Sums over many actors stay.
    pub fn forget(&mut self, actor: Row) {
        if actor.index() < self.windows.len() {
            self.windows.set(actor, Window::default());
        }
    }

    /// What is wanted by those who want `item`, best first.
    pub fn similar(&self, item: Row, limit: usize) -> Vec<(Row, f32)> {
        self.votes([(item, 1.0)])
            .top(limit, |row| row != item)
            .into_iter()
            .map(|vote| (vote.item, vote.score))
            .collect()
    }

    /// What is bought in one basket with the seeds; the seeds themselves are left out. Best first.
    pub fn bought_together(&self, seeds: &[Row], limit: usize) -> Vec<(Row, f32)> {
        let mut votes = Votes::default();
        for seed in seeds {
            for link in self.links_of(*seed).filter(|link| link.counts.baskets > 0) {
                votes.add(link.item, self.basket_similarity(*seed, link), *seed);
            }
        }
        let top = votes.top(limit, |row| !seeds.contains(&row));
        top.into_iter().map(|vote| (vote.item, vote.score)).collect()
    }

    /// What the given items, each with its weight, speak for; the item of the largest part is named as the reason.
    /// Items with a negative weight speak against their neighbours. The items themselves may be among the answer.
    pub fn neighbours_of(&self, items: impl IntoIterator<Item = (Row, f32)>, limit: usize) -> Vec<Vote> {
        self.votes(items).top(limit, |_| true)
    }

    pub(crate) fn votes(&self, items: impl IntoIterator<Item = (Row, f32)>) -> Votes {
        let mut votes = Votes::default();
        for (item, weight) in items {
            for link in self.links_of(item) {
                votes.add(link.item, weight * self.similarity(item, link), item);
            }
        }
        votes
    }

    fn links_of(&self, item: Row) -> impl Iterator<Item = Link> {
        self.links.get(item).and_then(Option::as_deref).into_iter().flat_map(Links::iter)
    }

    fn totals_of(&self, item: Row) -> Totals {
        self.totals.get(item).copied().unwrap_or_default()
    }

    fn similarity(&self, item: Row, link: Link) -> f32 {
        let (own, other) = (self.totals_of(item), self.totals_of(link.item));
        let side = |totals: Totals| Side { mass: totals.mass, count: f64::from(totals.visits) };
        let pair = Side { mass: link.counts.mass, count: f64::from(link.counts.together) };
        self.config.weighting.similarity(side(own), side(other), pair, self.visits as f64)
    }

    fn basket_similarity(&self, item: Row, link: Link) -> f32 {
        let side = |count: f64| Side { mass: count as f32, count };
        let (own, other) = (self.totals_of(item).baskets, self.totals_of(link.item).baskets);
        let pair = side(f64::from(link.counts.baskets));
        let (own, other) = (side(f64::from(own)), side(f64::from(other)));
        self.config.basket_weighting.similarity(own, other, pair, self.baskets as f64)
    }

    fn raise(&mut self, actor: Row, mut recent: Recent) {
        let gap = self.visit_gap();
        let window = self.windows.get(actor).cloned().unwrap_or_default();
        let entries = window.as_slice();
        let known = entries.iter().rposition(|other| other.item == recent.item && other.is_same_visit(&recent, gap));
        let before = known.map(|index| entries[index]);
        recent.mass = recent.mass.max(before.map_or(0.0, |before| before.mass));
        recent.bought |= before.is_some_and(|before| before.bought);
        if before.is_some_and(|before| before.mass == recent.mass && before.bought == recent.bought) {
            return;
        }
        self.count(entries, recent, before);
        self.pair(entries, recent, before);
        let window = self.windows.get_mut(actor);
        match known {
            Some(index) => window.replace(index, Recent { seconds: entries[index].seconds, ..recent }),
            None => window.push(recent, self.config.window),
        }
    }

    fn count(&mut self, entries: &[Recent], recent: Recent, before: Option<Recent>) {
        let gap = self.visit_gap();
        let newly_bought = recent.bought && !before.is_some_and(|before| before.bought);
        let mut visit = entries.iter().rev().take_while(|other| other.is_same_visit(&recent, gap));
        if newly_bought && !visit.clone().any(|other| other.bought) {
            self.baskets += 1;
        }
        if visit.next().is_none() {
            self.visits += 1;
        }
        let totals = self.totals.get_mut(recent.item);
        totals.mass += recent.mass - before.map_or(0.0, |before| before.mass);
        totals.visits = totals.visits.saturating_add(u32::from(before.is_none()));
        totals.baskets = totals.baskets.saturating_add(u32::from(newly_bought));
    }

    /// Pairs the new entry with those of the window; where it was there `before`, only with what it gained.
    fn pair(&mut self, entries: &[Recent], recent: Recent, before: Option<Recent>) {
        let newly_bought = recent.bought && !before.is_some_and(|before| before.bought);
        let mut backward_meetings = Vec::with_capacity(entries.len());
        let others = entries.iter().rev().filter(|other| other.item != recent.item);
        for (other, distance) in others.zip(1u16..) {
            let same_visit = other.is_same_visit(&recent, self.visit_gap());
            let (forward, backward) = self.pair_weights(&recent, other, same_visit, f32::from(distance));
            let gained = recent.mass.min(other.mass) - before.map_or(0.0, |before| before.mass.min(other.mass));
            let meeting = |weight: f32| Counts {
                mass: gained * weight,
                together: u16::from(before.is_none()),
                baskets: u16::from(newly_bought && other.bought && same_visit),
            };
            self.link(other.item, [(recent.item, meeting(forward))]);
            backward_meetings.push((other.item, meeting(backward)));
        }
        // At once, because the item's own links are found once then: half the work of folding is finding links.
        self.link(recent.item, backward_meetings);
    }

    /// Weights of the pair from the older to the newer item and back.
    fn pair_weights(&self, recent: &Recent, other: &Recent, same_visit: bool, distance: f32) -> (f32, f32) {
        let config = &self.config;
        if same_visit {
            let far = config.decay_in_visit && !(recent.bought && other.bought);
            let weight = if far { config.visit_weight / distance } else { config.visit_weight };
            return (weight, weight);
        }
        let fade = (-recent.days_apart(other) / config.gap_half_life_days).exp2() / distance;
        (config.forward_weight * fade, config.backward_weight * fade)
    }

    fn link(&mut self, from: Row, meetings: impl IntoIterator<Item = (Row, Counts)>) {
        let matters = |meeting: &Counts| meeting.mass >= LINK_MASS_MIN || meeting.baskets > 0;
        let mut meetings = meetings.into_iter().filter(|(_, meeting)| matters(meeting)).peekable();
        if meetings.peek().is_none() {
            return;
        }
        let links = Arc::make_mut(self.links.get_mut(from).get_or_insert_default());
        meetings.for_each(|(to, meeting)| links.add(to, meeting));
        if links.len() >= self.config.links.max(1) + LINKS_SPARE {
            self.prune(from);
        }
    }

    fn prune(&mut self, item: Row) {
        let mut shared = self.links.get_mut(item).take();
        if let Some(links) = &mut shared {
            Arc::make_mut(links).prune(self.config.links.max(1), |link| self.similarity(item, link));
        }
        *self.links.get_mut(item) = shared;
    }

    /// A deed against an item: its pairs with the actor's window lose weight, and it leaves the window.
    fn lower(&mut self, actor: Row, refused: Recent) {
        let window = self.windows.get(actor).cloned().unwrap_or_default();
        let others = window.as_slice().iter().rev().filter(|other| other.item != refused.item);
        for (other, distance) in others.zip(1u16..) {
            let same_visit = other.is_same_visit(&refused, self.visit_gap());
            let (forward, backward) = self.pair_weights(&refused, other, same_visit, f32::from(distance));
            let mass = self.config.refusal * refused.mass.min(other.mass);
            self.unlink(other.item, refused.item, mass * forward);
            self.unlink(refused.item, other.item, mass * backward);
        }
        if window.as_slice().iter().any(|other| other.item == refused.item) {
            self.windows.get_mut(actor).remove(refused.item);
        }
    }

    fn unlink(&mut self, from: Row, to: Row, mass: f32) {
        if self.links.get(from).is_some_and(Option::is_some) {
            Arc::make_mut(self.links.get_mut(from).get_or_insert_default()).lower(to, mass);
        }
    }

    fn visit_gap(&self) -> u32 {
        self.config.visit_gap_minutes.saturating_mul(60)
    }
}

/// Strengths beyond this count as this one, so that no single deed outweighs all others.
const STRENGTH_MAX: f32 = 100.0;
/// Links an item may gain between two prunings; a new pair has this long to be met again.
const LINKS_SPARE: usize = 64;
/// Meetings lighter than this leave no trace.
const LINK_MASS_MIN: f32 = 0.01;

#[cfg(test)]
mod tests;
