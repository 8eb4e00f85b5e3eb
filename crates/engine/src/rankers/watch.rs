use std::collections::VecDeque;
use std::sync::Arc;

use learn::drift::{Adwin, AdwinConfig};
use rustc_hash::FxHashMap;
use types::{Event, EventBody, Impression, InteractionKind, Millis, Position, QueryId};

use super::RankerKind;
use super::drift::FeatureWatch;
use crate::quarantine::Quarantine;
use crate::{Result, Shop};

/// Events read at a time.
const EVENTS_AT_ONCE: usize = 10_000;
/// Where a watch begins that has not seen this log: so many events before its end.
const EVENTS_BEFORE: u64 = 200_000;
/// How long an answer waits for a click.
const PATIENCE: Millis = Millis(10 * 60_000);
/// Answers that wait at most; the oldest is counted before its time.
const WAITING: usize = 2_048;
/// Answers after which a ranker has proven itself: a fall that begins later is not laid to its account.
const PROBATION: u64 = 20_000;
/// By which share clicks may fall.
const FALL_TOLERATED: f64 = 0.1;

/// Watches whether answers are clicked as often under a trained ranker as before it, and whether what they are scored from is
/// distributed as it was. One a shop, kept by whoever looks.
pub struct RankerWatch {
    next: Option<Position>,
    quarantine: Quarantine,
    kinds: [KindWatch; 2],
    features: [FeatureWatch; 2],
}

impl Default for RankerWatch {
    fn default() -> Self {
        Self {
            next: None,
            quarantine: Quarantine::default(),
            kinds: <[KindWatch; 2]>::default(),
            features: RankerKind::ALL.map(FeatureWatch::new),
        }
    }
}

/// A trained ranker that was taken back.
#[derive(Clone, PartialEq, Debug)]
pub struct RolledBack {
    /// What it scored.
    pub kind: RankerKind,
    /// Its version.
    pub version: u32,
    /// The version in force now; `None` where it is the untrained ranker.
    pub now: Option<u32>,
    /// Share of answers with a click before it, and under it.
    pub clicked: (f64, f64),
}

/// Fewer clicks under a ranker.
struct Fall {
    /// What its answers are marked with.
    ranker: Arc<str>,
    /// Share of answers with a click before it, and under it.
    clicked: (f64, f64),
}

struct KindWatch {
    clicked: Adwin,
    waiting: VecDeque<Waiting>,
    /// The number of each waiting answer among all that ever waited.
    places: FxHashMap<QueryId, u64>,
    gone: u64,
    /// Who made the last answers, and how many of them in a row.
    ranker: Arc<str>,
    served: u64,
}

struct Waiting {
    id: QueryId,
    until: Millis,
    ranker: Arc<str>,
    clicked: bool,
}

impl Default for KindWatch {
    fn default() -> Self {
        // A false alarm takes a good ranker out of service, so that it is rather waited a little.
        let config = AdwinConfig { delta: 1e-4, side_min: 200, grace: 400, ..AdwinConfig::default() };
        Self {
            clicked: Adwin::new(config).expect("the settings are in range"),
            waiting: VecDeque::new(),
            places: FxHashMap::default(),
            gone: 0,
            ranker: Arc::default(),
            served: 0,
        }
    }
}

impl KindWatch {
    /// An answer was given; what earlier ones said of the rankers that made them.
    fn answered(&mut self, answer: &Impression, time: Millis) -> Vec<Fall> {
        let mut falls = Vec::new();
        while self.waiting.front().is_some_and(|first| first.until <= time || self.waiting.len() >= WAITING) {
            let Some(first) = self.waiting.pop_front() else { break };
            self.gone += 1;
            self.places.remove(&first.id);
            falls.extend(self.settle(first));
        }
        self.places.insert(answer.query_id.clone(), self.gone + self.waiting.len() as u64);
        self.waiting.push_back(Waiting {
            id: answer.query_id.clone(),
            until: Millis(time.0.saturating_add(PATIENCE.0)),
            ranker: Arc::clone(&answer.ranker),
            clicked: false,
        });
        falls
    }

    fn settle(&mut self, answer: Waiting) -> Option<Fall> {
        self.served = if answer.ranker == self.ranker { self.served + 1 } else { 1 };
        self.ranker = answer.ranker;
        let change = self.clicked.observe(f64::from(u8::from(answer.clicked)))?;
        // What was kept is what came after the change: it must be the ranker's own answers, for the most part.
        let is_its_own = self.served <= PROBATION && change.kept <= self.served + self.served / 2;
        let fell = change.after < (1.0 - FALL_TOLERATED) * change.before;
        (fell && is_its_own).then(|| Fall { ranker: Arc::clone(&self.ranker), clicked: (change.before, change.after) })
    }

    fn clicked(&mut self, answer: &QueryId) {
        let place = self.places.get(answer).and_then(|place| usize::try_from(place - self.gone).ok());
        if let Some(answer) = place.and_then(|place| self.waiting.get_mut(place)) {
            answer.clicked = true;
        }
    }
}

impl Shop {
    /// Reads what the log has had since the last look, and takes trained rankers back under which fewer answers are
    /// clicked than before; features that drift are told by [`Shop::learning_report`] from then on (ADWIN on the share of answers with a click, within the first 20,000 answers of a ranker).
    ///
    /// # Errors
    /// A log or registry that cannot be read or written.
    pub fn roll_back_harmful_rankers(&self, watch: &mut RankerWatch) -> Result<Vec<RolledBack>> {
        let end = self.stats()?.events;
        let mut position = watch.next.unwrap_or(Position(end.saturating_sub(EVENTS_BEFORE)));
        let mut rolled_back = Vec::new();
        loop {
            let events = self.events(position, EVENTS_AT_ONCE)?;
            let Some(last) = events.last() else { break };
            position = last.position.next();
            for logged in &events {
                for (kind, fall) in watch.take(&logged.event) {
                    rolled_back.extend(self.roll_back_if_in_force(kind, &fall)?);
                }
            }
        }
        watch.next = Some(position);
        *self.core.drifts.lock() = watch.features.iter().flat_map(|features| features.drifts().to_vec()).collect();
        Ok(rolled_back)
    }

    fn roll_back_if_in_force(&self, kind: RankerKind, fall: &Fall) -> Result<Option<RolledBack>> {
        let in_force = self.ranker(kind).filter(|version| *fall.ranker == super::shelf::id(kind, *version));
        let Some(version) = in_force else { return Ok(None) };
        let now = self.roll_back_ranker(kind)?;
        Ok(Some(RolledBack { kind, version, now, clicked: fall.clicked }))
    }
}

impl RankerWatch {
    fn take(&mut self, event: &Event) -> Vec<(RankerKind, Fall)> {
        if !self.quarantine.admits(event) {
            return Vec::new();
        }
        match &event.body {
            EventBody::Impression(answer) => {
                let kind = RankerKind::of_answer(answer);
                self.features[kind as usize].take(answer);
                let falls = self.kinds[kind as usize].answered(answer, event.time);
                falls.into_iter().map(|fall| (kind, fall)).collect()
            }
            EventBody::Interaction(deed) if deed.kind == InteractionKind::Click => {
                if let Some(answer) = &deed.query_id {
                    self.kinds.iter_mut().for_each(|kind| kind.clicked(answer));
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
