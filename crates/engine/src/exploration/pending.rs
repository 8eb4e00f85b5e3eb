use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Interaction, InteractionKind, Millis, QueryId, Row};

use super::learner::take_i64;
use crate::names::{Names, put_bytes, put_count, take_bytes, take_count};

/// Answers that wait at most; where more come, the oldest is learned from before its time.
const WAITING_MAX: usize = 4_096;

/// Answers that wait for what comes of them.
#[derive(Clone, Default)]
pub(super) struct Pending {
    /// Oldest first.
    waiting: VecDeque<(Arc<str>, Waiting)>,
    /// The number of each among all that ever waited.
    by_query: FxHashMap<Arc<str>, u64>,
    /// Of the first that waits.
    first: u64,
    not_shown: u64,
}

/// An answer that waits.
#[derive(Clone)]
pub(crate) struct Waiting {
    /// Whose.
    pub(crate) learner: usize,
    /// What is done later does not count.
    pub(crate) until: Millis,
    /// Whether it was allowed to explore; `None` where that is unknown, or nothing could be explored.
    pub(crate) explored: Option<bool>,
    pub(crate) revenue: f64,
    pub(crate) placed: Arc<[Placed]>,
}

/// An item that was shown.
#[derive(Clone)]
pub(crate) struct Placed {
    pub(crate) item: Row,
    /// From 0.
    pub(crate) place: u32,
    pub(crate) clicked: bool,
    pub(crate) features: Arc<[f32]>,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn not_shown(&self) -> u64 {
        self.not_shown
    }

    /// Takes out what has waited long enough at `now`, the time of an answer.
    pub(super) fn settle(&mut self, now: Millis) -> Vec<Waiting> {
        let mut settled = Vec::new();
        while let Some((_, slate)) = self.waiting.front() {
            if slate.until > now && self.waiting.len() < WAITING_MAX {
                break;
            }
            if let Some((query, slate)) = self.waiting.pop_front() {
                if self.by_query.get(&query) == Some(&self.first) {
                    self.by_query.remove(&query);
                }
                self.first += 1;
                settled.push(slate);
            }
        }
        settled
    }

    pub(super) fn wait(&mut self, query: &QueryId, slate: Waiting) {
        let query = query.shared();
        self.by_query.insert(Arc::clone(&query), self.first + self.waiting.len() as u64);
        self.waiting.push_back((query, slate));
    }

    /// A click, or what is more than one, makes the item's place rewarded, once; what is bought brings revenue.
    pub(super) fn done(&mut self, time: Millis, interaction: &Interaction, names: &Names) {
        use InteractionKind::{AddToCart, Click, Purchase};
        let (Some(query), Some(item)) = (&interaction.query_id, &interaction.item) else { return };
        if ![Click, AddToCart, Purchase].contains(&interaction.kind) {
            return;
        }
        let Some(number) = self.by_query.get(query.as_str()) else { return };
        let slate = usize::try_from(number - self.first).ok().and_then(|at| self.waiting.get_mut(at));
        let Some((_, slate)) = slate.filter(|(_, slate)| time <= slate.until) else { return };
        let row = names.items.row(item.as_str());
        let Some(at) = slate.placed.iter().position(|placed| Some(placed.item) == row) else {
            self.not_shown += 1;
            return;
        };
        Arc::make_mut(&mut slate.placed)[at].clicked = true;
        if interaction.kind == Purchase {
            slate.revenue += interaction.value.as_ref().map_or(0.0, |value| value.amount()).max(0.0);
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for number in [self.first, self.not_shown] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        put_count(&mut out, self.waiting.len());
        for (query, slate) in &self.waiting {
            put_bytes(&mut out, query.as_bytes());
            put_count(&mut out, slate.learner);
            out.extend_from_slice(&slate.until.0.to_le_bytes());
            put_count(&mut out, slate.explored.map_or(0, |explored| 1 + usize::from(explored)));
            out.extend_from_slice(&slate.revenue.to_bits().to_le_bytes());
            put_count(&mut out, slate.placed.len());
            for placed in slate.placed.iter() {
                [placed.item.0, placed.place, u32::from(placed.clicked)]
                    .into_iter()
                    .for_each(|number| put_count(&mut out, number as usize));
                let features: Vec<u8> = placed.features.iter().flat_map(|value| value.to_le_bytes()).collect();
                put_bytes(&mut out, &features);
            }
        }
        out
    }

    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let (first, not_shown) = (take_i64(rest)? as u64, take_i64(rest)? as u64);
        let mut pending = Self { first, not_shown, ..Self::default() };
        for _ in 0..take_count(rest)? {
            let query: Arc<str> = Arc::from(std::str::from_utf8(take_bytes(rest)?).ok()?);
            let slate = Waiting {
                learner: take_count(rest)?,
                until: Millis(take_i64(rest)?),
                explored: take_count(rest)?.checked_sub(1).map(|explored| explored > 0),
                revenue: f64::from_bits(take_i64(rest)? as u64),
                placed: (0..take_count(rest)?).map(|_| take_placed(rest)).collect::<Option<_>>()?,
            };
            pending.by_query.insert(Arc::clone(&query), first + pending.waiting.len() as u64);
            pending.waiting.push_back((query, slate));
        }
        rest.is_empty().then_some(pending)
    }
}

fn take_placed(rest: &mut &[u8]) -> Option<Placed> {
    let (item, place, clicked) = (take_count(rest)? as u32, take_count(rest)? as u32, take_count(rest)? == 1);
    let (features, left) = take_bytes(rest)?.as_chunks::<4>();
    let features = features.iter().map(|value| f32::from_le_bytes(*value)).collect();
    left.is_empty().then_some(Placed { item: Row(item), place, clicked, features })
}
