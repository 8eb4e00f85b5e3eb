//! What sessions like this one went on with.

mod choice;
mod evidence;
mod sessions;

use rayon::prelude::*;
use types::Rng;

use self::choice::{Question, Weights};
use self::evidence::{Evidence, candidates};
use self::sessions::{Nearest, Sessions};
use super::fit::tell;
use super::interactions::touches;
use super::pairs::is_same_moment;
use super::{
    Ask, FitError, Interaction, Interactions, Method, Model, Parameter, Parameters, Scale, Trainer, TrainingData,
    Watcher,
};
use crate::bytes::{Reader, Writer};

/// Session neighbours (Ludewig and Jannach 2018, "Evaluation of session-based recommendation algorithms", UMUAI 28; Garg and
/// others 2019, "Sequence and time aware neighborhood for session-based recommendations: STAN", SIGIR; Kersbergen and others
/// 2022, "Serenade: low-latency session-based recommendation", SIGMOD), with transitions, popularity and what repeats, each
/// weighed as the shop's own sessions teach.
pub(super) const METHOD: Method = Method {
    name: "session-neighbours",
    about: "what sessions (or, without sessions, users) like this one went on with; learns from the shop what is wanted again",
    parameters: &[
        whole("neighbours", "sessions that speak, the most alike", 300.0, 1.0, 1e4),
        whole("recent", "sessions of an item that are looked at, the last ones", 5_000.0, 1.0, 1e6),
        whole("last", "moments of the history that are looked at, earlier ones less", 20.0, 1.0, 500.0),
        Parameter {
            name: "gap",
            about: "what remains of a neighbour's word one moment farther from where the sessions meet",
            default: 0.85,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "rarity",
            about: "exponent of how rare a shared item is",
            default: 1.5,
            min: 0.0,
            max: 5.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "by-visit",
            about: "whether a user's visits are sessions of their own; otherwise users are compared with users",
            default: 0.0,
            min: 0.0,
            max: 1.0,
            scale: Scale::Switch,
        },
        whole(
            "cases",
            "held-out moments that what speaks is weighed by; 0 keeps weights that serve most shops",
            4_000.0,
            0.0,
            1e5,
        ),
    ],
    trainer: |parameters| Box::new(SessionTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(SessionNeighbours::decode(bytes)?)),
};

const fn whole(name: &'static str, about: &'static str, default: f64, min: f64, max: f64) -> Parameter {
    Parameter { name, about, default, min, max, scale: Scale::Whole }
}

#[derive(Debug)]
struct SessionTrainer {
    nearest: Nearest,
    recent: usize,
    by_visit: bool,
    cases: usize,
}

impl SessionTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            nearest: Nearest {
                sessions: parameters.whole("neighbours"),
                last: parameters.whole("last"),
                gap: parameters.float("gap"),
                rarity: parameters.float("rarity"),
            },
            recent: parameters.whole("recent"),
            by_visit: parameters.is_on("by-visit"),
            cases: parameters.whole("cases"),
        }
    }

    fn evidence(&self, interactions: &Interactions) -> Evidence {
        let sessions = Sessions::new(interactions, self.recent, self.by_visit);
        Evidence::new(interactions, sessions, self.nearest)
    }
}

/// Held-out moments that are asked about between two reports of progress.
const CASES_A_TIME: usize = 64;

impl Trainer for SessionTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let questions = self.cases.min(data.interactions.users()) as u64 * Question::BYTES_MAX;
        // What the cases are weighed with is gone before the whole is built, but for the copy of the interactions.
        2 * Evidence::memory(data.interactions) + questions
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let weights = self.weights(data, watcher)?;
        let evidence = self.evidence(data.interactions);
        tell(watcher, 1.0, None)?;
        Ok(Box::new(SessionNeighbours { evidence, weights }))
    }
}

impl SessionTrainer {
    /// Weighs what speaks: a moment of some users is held out with all after it, and asked for.
    fn weights(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Weights, FitError> {
        let held = HeldOut::draw(data.interactions, self.cases, data.seed);
        if held.cases.is_empty() {
            return Ok(Weights::default());
        }
        let known = data.interactions.filter(|user, place| held.is_known(user, place));
        let evidence = self.evidence(&known);
        tell(watcher, 0.2, None)?;
        let mut questions = Vec::with_capacity(held.cases.len());
        for (number, cases) in held.cases.chunks(CASES_A_TIME).enumerate() {
            let asked: Vec<Option<Question>> =
                cases.par_iter().map(|case| held.question(case, data.interactions, &evidence)).collect();
            questions.extend(asked.into_iter().flatten());
            let done = (number * CASES_A_TIME) as f64 / held.cases.len() as f64;
            tell(watcher, 0.2 + 0.4 * done, None)?;
        }
        drop(evidence);
        Weights::learn(&questions, |done, loss| tell(watcher, 0.6 + 0.3 * done, Some(loss)))
    }
}

/// Moments held out from some users.
struct HeldOut {
    cases: Vec<HeldOutCase>,
    /// The case of each user, where there is one.
    of_user: Vec<Option<u32>>,
}

struct HeldOutCase {
    user: usize,
    /// Places from here on are not known, if the user's list has an order.
    cut: usize,
    /// Places that are asked for.
    wanted: Vec<usize>,
}

impl HeldOut {
    /// The part of users that cases are drawn from: those seen last, because shops change.
    const LATE: f64 = 0.25;

    fn draw(interactions: &Interactions, cases: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let is_dated = is_dated(interactions);
        let mut users: Vec<usize> = (0..interactions.users()).filter(|user| interactions.of(*user).len() > 1).collect();
        users.sort_by_key(|user| (interactions.of(*user).last().filter(|_| is_dated).map(|entry| entry.time), *user));
        let part = if is_in_order(interactions) { Self::LATE } else { 1.0 };
        let late = (users.len() as f64 * part).ceil() as usize;
        users.drain(..users.len() - late);
        // Each moment is as likely to be asked about as any other, at most one of a user: a user is drawn by the length of
        // the list (Efraimidis and Spirakis 2006, "Weighted random sampling with a reservoir", IPL 97).
        let mut drawn: Vec<(f64, usize)> = users
            .into_iter()
            .map(|user| (rng.unit().max(f64::MIN_POSITIVE).ln() / interactions.of(user).len() as f64, user))
            .collect();
        drawn.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let users: Vec<usize> = drawn.into_iter().take(cases).map(|(_, user)| user).collect();
        let mut held = Self { cases: Vec::with_capacity(users.len()), of_user: vec![None; interactions.users()] };
        for user in users {
            let case = HeldOutCase::draw(user, interactions.of(user), &mut rng);
            if case.wanted.iter().any(|place| interactions.of(user)[*place].weight > 0.0) {
                held.of_user[user] = Some(held.cases.len() as u32);
                held.cases.push(case);
            }
        }
        held
    }

    /// Asks what the case's user wanted, with what is known.
    fn question(&self, case: &HeldOutCase, interactions: &Interactions, evidence: &Evidence) -> Option<Question> {
        let list = interactions.of(case.user);
        let known = list.iter().enumerate().filter(|(place, _)| self.is_known(case.user, *place));
        // Each time counts, as what is wanted again need not be bought; only the sum of weights speaks against.
        let mut history = touches(known.map(|(_, entry)| entry), |_| true);
        history.iter_mut().for_each(|touch| touch.refused = false);
        let wanted = case.wanted.iter().map(|place| list[*place]).filter(|entry| entry.weight > 0.0);
        let mut wanted: Vec<u32> = wanted.map(|entry| entry.item.0).collect();
        wanted.sort_unstable();
        let ask = Ask { history: &history, now: list[case.wanted[0]].time };
        Question::new(candidates(evidence, &ask), &wanted)
    }

    fn is_known(&self, user: usize, place: usize) -> bool {
        let Some(case) = self.of_user[user] else { return true };
        let case = &self.cases[case as usize];
        place < case.cut && !case.wanted.contains(&place)
    }
}

impl HeldOutCase {
    fn draw(user: usize, list: &[Interaction], rng: &mut Rng) -> Self {
        let begins: Vec<usize> =
            (1..list.len()).filter(|place| !is_same_moment(&list[place - 1], &list[*place])).collect();
        if begins.is_empty() {
            // Nothing is known of the order: one in five, drawn by chance, is asked for.
            let mut places: Vec<usize> = (0..list.len()).collect();
            rng.shuffle(&mut places);
            places.truncate(list.len().div_ceil(5).min(WANTED_MAX));
            return Self { user, cut: list.len(), wanted: places };
        }
        let moment = rng.below(begins.len());
        let end = begins.get(moment + 1).map_or(list.len(), |end| *end);
        let cut = begins[moment];
        Self { user, cut, wanted: (cut..end.min(cut + WANTED_MAX)).collect() }
    }
}

/// Whether it is known when users came: data that only know the order of each user's items let all begin at one time, and
/// then the longest lists would seem to be the latest. Users are in order of their coming in any case.
fn is_dated(interactions: &Interactions) -> bool {
    let mut begins = interactions.iter().filter_map(|list| list.first().map(|entry| entry.time));
    let first = begins.next();
    begins.any(|time| Some(time) != first)
}

/// Whether it is known who came late: from times, or because visits are numbered as they came. Users of whom only the order
/// of their own items is known are in no order among themselves.
fn is_in_order(interactions: &Interactions) -> bool {
    is_dated(interactions) || interactions.iter().flatten().all(|entry| entry.session.is_some())
}

/// Items of a moment that are asked for at most.
const WANTED_MAX: usize = 50;

#[derive(Clone, PartialEq, Debug)]
struct SessionNeighbours {
    evidence: Evidence,
    weights: Weights,
}

impl SessionNeighbours {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let weights = Weights::read(&mut input)?;
        let evidence = Evidence::read(&mut input)?;
        input.end()?;
        Ok(Self { evidence, weights })
    }
}

impl Model for SessionNeighbours {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.evidence.items()
    }

    /// How likely each item is the next one, among those that anything speaks for; of the others only the order, by
    /// popularity, means something.
    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        self.evidence.popular_alone(scores);
        let candidates = candidates(&self.evidence, ask);
        let utilities: Vec<f32> = candidates.iter().map(|candidate| self.weights.utility(candidate)).collect();
        let largest = utilities.iter().copied().fold(f32::MIN, f32::max);
        let total: f32 = utilities.iter().map(|utility| (utility - largest).exp()).sum();
        for (candidate, utility) in candidates.iter().zip(utilities) {
            scores[candidate.item as usize] += (utility - largest).exp() / total;
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.weights.write(&mut out);
        self.evidence.write(&mut out);
        out.0
    }
}

#[cfg(test)]
mod tests;
