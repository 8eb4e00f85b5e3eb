use std::collections::BTreeMap;

use learn::experiments::unit_hash;
use learn::reinforcement::{Episode, Step};
use types::{Actor, Event, EventBody, Followed, Interaction, InteractionKind};

use super::document::Strategies;
use super::state::WIDTH;
use crate::quarantine::Quarantine;

/// Answers of one session; a longer one goes on as another, for the weight of a session is a product over them.
const STEPS_MAX: usize = 20;

/// Sessions of a log in which strategies were followed.
pub(super) struct Gathered<'a> {
    strategies: &'a Strategies,
    quarantine: Quarantine,
    open: BTreeMap<u64, Open>,
    pub(super) episodes: Vec<Episode>,
    /// Answers that followed a strategy there is not any more.
    pub(super) unknown: usize,
}

/// A session that may go on.
struct Open {
    last: i64,
    steps: Vec<Step>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(strategies: &'a Strategies) -> Self {
        let (quarantine, open) = (Quarantine::default(), BTreeMap::new());
        Self { strategies, quarantine, open, episodes: Vec::new(), unknown: 0 }
    }

    pub(super) fn take(&mut self, event: &Event) {
        if !self.quarantine.admits(event) {
            return;
        }
        match &event.body {
            EventBody::Impression(answer) => {
                if let (Some(unit), Some(followed)) = (unit(&answer.actor), &answer.evidence.followed) {
                    self.answered(unit, event.time.0, followed);
                }
            }
            EventBody::Interaction(deed) => {
                if let Some(unit) = unit(&deed.actor) {
                    self.done(unit, event.time.0, deed);
                }
            }
            EventBody::UserErased(user) => {
                let unit = unit_hash("session", Actor::user_key(user).as_str());
                self.open.remove(&unit);
                self.episodes.retain(|episode| episode.unit != unit);
            }
            _ => {}
        }
    }

    fn answered(&mut self, unit: u64, time: i64, followed: &Followed) {
        let known = self.strategies.strategies.iter().position(|one| one.name == followed.strategy);
        let Some(action) = known.filter(|_| followed.state.len() == WIDTH) else {
            self.unknown += 1;
            return;
        };
        if self.open.get(&unit).is_some_and(|open| time - open.last > self.strategies.session_ms()) {
            self.close(unit, None);
        } else if self.open.get(&unit).is_some_and(|open| open.steps.len() >= STEPS_MAX) {
            self.close(unit, Some(followed.state.clone()));
        }
        let open = self.open.entry(unit).or_insert(Open { last: time, steps: Vec::new() });
        open.last = open.last.max(time);
        open.steps.push(Step {
            state: followed.state.clone(),
            action,
            propensity: f64::from(followed.probability),
            reward: 0.0,
        });
    }

    fn done(&mut self, unit: u64, time: i64, deed: &Interaction) {
        let [click, cart, purchase] = self.strategies.worth;
        let worth = match deed.kind {
            InteractionKind::Click => click,
            InteractionKind::AddToCart => cart,
            InteractionKind::Purchase => purchase,
            InteractionKind::Refund => -purchase,
            _ => 0.0,
        };
        let Some(open) = self.open.get_mut(&unit).filter(|open| time - open.last <= self.strategies.session_ms())
        else {
            return;
        };
        open.last = open.last.max(time);
        if let Some(step) = open.steps.last_mut() {
            step.reward += worth;
        }
    }

    fn close(&mut self, unit: u64, after: Option<Vec<f32>>) {
        if let Some(Open { steps, .. }) = self.open.remove(&unit) {
            self.episodes.push(Episode { unit, steps, after });
        }
    }

    /// All sessions; those that may still go on are taken to have ended.
    pub(super) fn finish(mut self) -> (Vec<Episode>, usize) {
        for unit in self.open.keys().copied().collect::<Vec<_>>() {
            self.close(unit, None);
        }
        (self.episodes, self.unknown)
    }
}

fn unit(actor: &Actor) -> Option<u64> {
    Some(unit_hash("session", actor.key()?.as_str()))
}
