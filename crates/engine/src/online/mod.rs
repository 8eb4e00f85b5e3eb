//! What is learnt from every event at once: how much more often than its place explains an item is clicked, for a query
//! and for all.

mod watch;

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use learn::online::{Example, FeatureHasher, FtrlConfig, FtrlRegression};
use rustc_hash::FxHashMap;
use types::{InteractionKind, Millis, Row};

use crate::names::{put_bytes, take_bytes};
use watch::Watch;

pub use watch::OnlineReport;

/// Answers that clicks are waited for; the oldest go first. At most 10 MB.
const ANSWERS: usize = 4_096;
/// Items of an answer that are remembered.
const ITEMS: usize = 100;
/// Hashed features lie in `2^SLOT_BITS` slots: 800 KB, however many items and queries there are.
const SLOT_BITS: u8 = 15;
/// How often an item is clicked that is looked at, before anything is known.
const CLICK_RATE: f32 = 0.1;
const VERSION: u8 = 2;
/// What serves where nothing learnt may.
static NOTHING: LazyLock<Arc<FtrlRegression>> = LazyLock::new(|| Online::default().learner);

/// Learns from answers and what followed, event by event. Derived from the log alone: the same events give the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Online {
    learner: Arc<FtrlRegression>,
    watch: Watch,
    answers: VecDeque<Answer>,
    /// Answers by the hash of their id, counted from the first ever.
    places: FxHashMap<u64, u64>,
    forgotten: u64,
}

/// An answer, and what became of it so far.
#[derive(Clone, PartialEq, Debug)]
struct Answer {
    id: u64,
    query: Option<u64>,
    /// Items with their places, and whether they were clicked.
    shown: Vec<(Row, u32, bool)>,
    /// How many of them, from the top, were learnt to have been passed over.
    passed: usize,
}

/// What became of an item that was looked at.
struct Lesson {
    label: f32,
    weight: f32,
    time: Millis,
    /// Whether nothing was learnt of it from this answer before.
    is_new: bool,
}

impl Default for Online {
    fn default() -> Self {
        let learner = FtrlRegression::new(config(), 0).expect("the settings are in range");
        Self {
            learner: Arc::new(learner),
            watch: Watch::default(),
            answers: VecDeque::new(),
            places: FxHashMap::default(),
            forgotten: 0,
        }
    }
}

fn config() -> FtrlConfig {
    FtrlConfig { alpha: 0.3, bits: Some(SLOT_BITS), intercept: false, ..FtrlConfig::default() }
}

impl Online {
    /// What serves: what was learnt so far, or nothing while that does harm.
    pub(crate) fn model(&self) -> Arc<FtrlRegression> {
        Arc::clone(if self.watch.has_fallen_back() { &NOTHING } else { &self.learner })
    }

    /// How it does in a shop that lets it move scores by `strength`.
    pub(crate) fn report(&self, strength: f32) -> OnlineReport {
        let intake = self.learner.report();
        let (watchdog, evidence) = self.watch.report();
        OnlineReport {
            strength,
            has_fallen_back: self.watch.has_fallen_back(),
            learnt: intake.learnt,
            excluded: intake.excluded.iter().sum(),
            log_loss: intake.log_loss().unwrap_or_default(),
            watchdog,
            evidence,
        }
    }

    /// Takes in an answer that was shown: `id` is a hash of its name, `query` of what was typed.
    pub(crate) fn answered(&mut self, id: u64, query: Option<u64>, shown: impl Iterator<Item = (Row, u32)>) {
        let shown: Vec<_> = shown.take(ITEMS).map(|(item, place)| (item, place, false)).collect();
        if shown.is_empty() || self.places.contains_key(&id) {
            return;
        }
        self.places.insert(id, self.forgotten + self.answers.len() as u64);
        self.answers.push_back(Answer { id, query, shown, passed: 0 });
        if self.answers.len() > ANSWERS {
            self.forgotten += 1;
            let oldest = self.answers.pop_front();
            oldest.into_iter().for_each(|oldest| {
                self.places.remove(&oldest.id);
            });
        }
    }

    /// Takes in what followed from an answer. A deed to an item that was not shown, told twice or too late teaches nothing.
    pub(crate) fn followed(&mut self, id: u64, item: Row, kind: &InteractionKind, time: Millis) {
        let worth = match kind {
            InteractionKind::Click => 1.0,
            InteractionKind::AddToCart => 2.0,
            InteractionKind::Purchase => 4.0,
            _ => return,
        };
        let Some(place) = self.places.get(&id) else { return };
        let answer = &mut self.answers[(place - self.forgotten) as usize];
        let Some(at) = answer.shown.iter().position(|(shown, ..)| *shown == item) else { return };
        let is_new = !std::mem::replace(&mut answer.shown[at].2, true);
        // A purchase says more than the click before it; the same deed again says nothing.
        if !is_new && *kind == InteractionKind::Click {
            return;
        }
        let (query, clicked) = (answer.query, answer.shown[at]);
        // Whoever clicked here has looked at all above and at the next one.
        let seen = (at + 2).min(answer.shown.len());
        let passed: Vec<_> = answer.shown.get(answer.passed..seen).unwrap_or_default().to_vec();
        answer.passed = answer.passed.max(seen);
        self.learn(query, clicked, &Lesson { label: 1.0, weight: worth, time, is_new });
        for passed in passed.into_iter().filter(|(.., clicked)| !clicked) {
            self.learn(query, passed, &Lesson { label: 0.0, weight: 1.0, time, is_new: true });
        }
    }

    /// Learns one example; the offset is what the place alone leads to expect, so that what is learnt is the item's own.
    fn learn(&mut self, query: Option<u64>, (item, place, _): (Row, u32, bool), lesson: &Lesson) {
        let Lesson { label, weight, time, is_new } = *lesson;
        let expected = (CLICK_RATE / place.max(1) as f32).max(0.005);
        let sparse = slots(query, item).map(|slot| (slot, 1.0));
        let offset = (expected / (1.0 - expected)).ln();
        if is_new {
            self.watch.observe(label > 0.5);
        }
        // Nothing here is out of range, so nothing is left out.
        let _ = Arc::make_mut(&mut self.learner).learn(&Example {
            dense: &[],
            sparse: &sparse,
            label,
            weight,
            offset,
            time,
        });
    }

    /// Bytes of a checkpoint.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_bytes(&mut out, &self.learner.to_bytes());
        self.watch.encode(&mut out);
        let mut answers = Vec::new();
        for answer in &self.answers {
            answers.extend(answer.id.to_le_bytes());
            answers.push(u8::from(answer.query.is_some()));
            answers.extend(answer.query.unwrap_or_default().to_le_bytes());
            answers.extend((answer.passed as u32).to_le_bytes());
            answers.extend((answer.shown.len() as u32).to_le_bytes());
            for (item, place, clicked) in &answer.shown {
                answers.extend(item.0.to_le_bytes());
                answers.extend(place.to_le_bytes());
                answers.push(u8::from(*clicked));
            }
        }
        put_bytes(&mut out, &answers);
        out
    }

    /// Reads what [`Online::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let learner = FtrlRegression::from_bytes(config(), 0, take_bytes(&mut rest)?).ok()?;
        let watch = Watch::decode(&mut rest)?;
        let answers = take_bytes(&mut rest)?;
        if !rest.is_empty() {
            return None;
        }
        let mut online = Self { learner: Arc::new(learner), watch, ..Self::default() };
        let rest = &mut &answers[..];
        while !rest.is_empty() {
            let id = u64::from_le_bytes(take(rest)?);
            let [has_query] = take(rest)?;
            let query = u64::from_le_bytes(take(rest)?);
            let (passed, count) = (u32::from_le_bytes(take(rest)?) as usize, u32::from_le_bytes(take(rest)?));
            let mut shown = Vec::new();
            for _ in 0..count {
                let (item, place) = (u32::from_le_bytes(take(rest)?), u32::from_le_bytes(take(rest)?));
                let [clicked] = take(rest)?;
                shown.push((Row(item), place, clicked != 0));
            }
            if passed > shown.len() || shown.len() > ITEMS {
                return None;
            }
            online.places.insert(id, online.answers.len() as u64);
            online.answers.push_back(Answer { id, query: (has_query != 0).then_some(query), shown, passed });
        }
        (online.answers.len() <= ANSWERS).then_some(online)
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

/// The slots of an item, for all and for one query.
fn slots(query: Option<u64>, item: Row) -> [u32; 2] {
    let hasher = FeatureHasher::new(SLOT_BITS);
    let item = item.0.to_string();
    let pair = query.map_or_else(|| format!("{item}@"), |query| format!("{item}@{query:x}"));
    [hasher.slot("item", &item), hasher.slot("query-item", &pair)]
}

/// What was learnt of an item, -1 to 1, for whoever types `query`: 0 where nothing is known.
pub(crate) fn learnt(learner: &FtrlRegression, query: Option<u64>, item: Row) -> f32 {
    let weight: f64 = slots(query, item).into_iter().map(|slot| learner.slot_weight(slot)).sum();
    (weight / 2.0).tanh() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_300_000_000_000);

    fn shown() -> impl Iterator<Item = (Row, u32)> {
        (0..10).map(Row).zip(1..)
    }

    fn after(clicks: u64) -> Online {
        let mut online = Online::default();
        for id in 0..clicks {
            online.answered(id, Some(7), shown());
            online.followed(id, Row(4), &InteractionKind::Click, NOW);
        }
        online
    }

    #[test]
    fn what_is_clicked_rises_and_what_is_passed_over_falls() {
        let online = after(20);
        let of = |item| learnt(&online.learner, Some(7), Row(item));
        assert!(of(4) > 0.5 && of(0) < 0.0 && of(9) == 0.0, "{} {} {}", of(4), of(0), of(9));
        let elsewhere = learnt(&online.learner, Some(8), Row(4));
        assert!(elsewhere > 0.0 && elsewhere < of(4), "{elsewhere}");
        assert!(of(4) > learnt(&after(1).learner, Some(7), Row(4)), "the first click counts, more count more");
    }

    #[test]
    fn a_place_far_down_explains_why_nobody_clicks() {
        let mut online = Online::default();
        for id in 0..50 {
            online.answered(id, None, shown());
            online.followed(id, Row(9), &InteractionKind::Click, NOW);
        }
        let of = |item| learnt(&online.learner, None, Row(item));
        assert!(of(0) < of(8) && of(8) < 0.0, "{} {}", of(0), of(8));
    }

    #[test]
    fn twice_told_never_shown_and_unknown_teach_nothing() {
        let mut online = after(3);
        let before = online.encode();
        online.followed(2, Row(4), &InteractionKind::Click, NOW);
        online.followed(2, Row(77), &InteractionKind::Click, NOW);
        online.followed(999, Row(4), &InteractionKind::Purchase, NOW);
        online.answered(2, None, std::iter::once((Row(1), 1)));
        assert_eq!(online.encode(), before);
    }

    /// `count` answers more, in the n-th of which the item `clicked(n)` is clicked.
    fn go_on(online: &mut Online, from: u64, count: u64, clicked: impl Fn(u64) -> u32) {
        for id in from..from + count {
            online.answered(id, Some(7), shown());
            online.followed(id, Row(clicked(id)), &InteractionKind::Click, NOW);
        }
    }

    #[test]
    fn what_was_learnt_steps_back_where_fewer_click_and_comes_back() {
        let mut online = Online::default();
        let anything = |id: u64| (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u32 % 10;
        let serves = |online: &Online| learnt(&online.model(), Some(7), Row(4)) != 0.0;
        go_on(&mut online, 0, 3_000, |_| 4);
        assert!(serves(&online) && !online.report(1.0).has_fallen_back);
        // For a while shoppers want anything near the top, and then all at once the old favourite again.
        go_on(&mut online, 3_000, 3_000, |id| anything(id) % 3);
        let mut unserved = 0;
        for batch in 0..30 {
            go_on(&mut online, 6_000 + 100 * batch, 100, |_| 4);
            assert_ne!(serves(&online), online.report(1.0).has_fallen_back);
            unserved += usize::from(!serves(&online));
        }
        let report = online.report(1.0).watchdog;
        assert!(unserved > 0 && serves(&online), "{report:?}");
        assert!(report.falls > 0 && report.recoveries == report.falls, "{report:?}");
    }

    #[test]
    fn a_checkpoint_goes_on_bit_for_bit_and_memory_is_bounded() {
        let mut whole = after(5_000);
        let mut resumed = Online::decode(&whole.encode()).unwrap();
        for online in [&mut whole, &mut resumed] {
            online.followed(4_990, Row(6), &InteractionKind::Purchase, NOW);
            online.answered(6_000, Some(1), shown());
            online.followed(6_000, Row(0), &InteractionKind::Click, NOW);
        }
        assert_eq!(whole.encode(), resumed.encode());
        assert_eq!(whole.answers.len(), ANSWERS);
        for length in (0..200).chain([whole.encode().len() - 1]) {
            assert!(Online::decode(&whole.encode()[..length]).is_none());
        }
    }
}
