use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Millis, Row};

use super::bounded::{ItemCounts, drop_oldest};
use crate::decayed::{Decayed, HalfLife};
use crate::queries::{Actors, personal};

/// Half-lives and bounds. A log made under one configuration must not be read under another.
#[derive(Clone, PartialEq, Debug)]
pub struct ClickConfig {
    /// Days after which a click counts half.
    pub half_life_days: f64,
    /// Queries with clicks remembered; the least asked quarter goes when there are more.
    pub queries: usize,
    /// Clicked items remembered of a query.
    pub items: usize,
    /// Turns from one query to another remembered; the least frequent quarter goes when there are more.
    pub turns: usize,
    /// Minutes within which another search of the same session is another try for the same thing.
    pub retry_minutes: i64,
    /// Answers whose query is remembered until somebody clicks in them; the oldest half goes first.
    pub answers: usize,
    /// Sessions whose last search is remembered; those longest ago go first.
    pub sessions: usize,
    /// Characters of the longest query that is remembered.
    pub characters: usize,
}

impl Default for ClickConfig {
    fn default() -> Self {
        Self {
            half_life_days: 90.0,
            queries: 200_000,
            items: 32,
            turns: 100_000,
            retry_minutes: 10,
            answers: 100_000,
            sessions: 50_000,
            characters: 64,
        }
    }
}

/// A search that somebody made.
#[derive(Clone, Copy, Debug)]
pub struct Searched<'a> {
    /// What was searched for, normalised.
    pub query: &'a str,
    /// A hash of the answer's id, by which a later click names it.
    pub answer: Option<u64>,
    /// A hash of who it was.
    pub actor: Option<u64>,
    /// A hash of the session.
    pub session: Option<u64>,
    /// When.
    pub time: Millis,
}

/// An item that somebody clicked (put into the cart, bought) in an answer.
#[derive(Clone, Copy, Debug)]
pub struct Clicked<'a> {
    /// What was searched for, normalised, where the click says so.
    pub query: Option<&'a str>,
    /// A hash of the answer's id, where the click names it.
    pub answer: Option<u64>,
    /// The item.
    pub item: Row,
    /// A hash of who it was.
    pub actor: Option<u64>,
    /// A hash of the session.
    pub session: Option<u64>,
    /// When.
    pub time: Millis,
}

/// A query with what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct QueryClicks {
    /// The query.
    pub text: Arc<str>,
    /// Sessions that searched for it, faded by age.
    pub sessions: f32,
    /// Of those, sessions that clicked nothing.
    pub fruitless: f32,
    /// Different people behind it; counted up to 20.
    pub actors: usize,
    /// Clicked items with clicks faded by age, the most clicked first.
    pub items: Vec<(Row, f32)>,
}

/// A search without a click, and the next one of the same session, with one.
#[derive(Clone, PartialEq, Debug)]
pub struct Turn {
    /// The search without a click.
    pub from: Arc<str>,
    /// The search with one.
    pub to: Arc<str>,
    /// In how many sessions, faded by age.
    pub sessions: f32,
}

/// The clicks of a shop's searches, folded one by one.
///
/// The same searches and clicks in the same order give the same bytes. A clone is an immutable view. Memory is bounded by
/// the configuration.
#[derive(Clone, Debug)]
pub struct ClickLog {
    pub(super) config: ClickConfig,
    pub(super) queries: Arc<FxHashMap<Arc<str>, Arc<Query>>>,
    pub(super) turns: Arc<FxHashMap<Pair, Turned>>,
    /// The query of each recent answer.
    pub(super) answers: Arc<FxHashMap<u64, (Arc<str>, Millis)>>,
    pub(super) sessions: Arc<FxHashMap<u64, Open>>,
}

/// A search without a click, and the one that followed it.
pub(super) type Pair = (Arc<str>, Arc<str>);

/// What is known of a query.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Query {
    pub(super) sessions: Decayed,
    /// Sessions that clicked something.
    pub(super) fruitful: Decayed,
    pub(super) items: ItemCounts,
    pub(super) actors: Actors,
}

/// What is known of a turn.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Turned {
    pub(super) sessions: Decayed,
    pub(super) actors: Actors,
}

/// The last search of a session.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Open {
    pub(super) text: Arc<str>,
    pub(super) time: Millis,
    /// The search before it, where that led to no click and this is another try.
    pub(super) from: Option<Arc<str>>,
    /// Items clicked so far: a click and the purchase that follows are one deed.
    pub(super) clicked: Vec<Row>,
}

/// Items of one search whose clicks count.
pub(super) const CLICKED_MAX: usize = 16;

impl ClickLog {
    /// A log without clicks.
    pub fn new(config: ClickConfig) -> Self {
        Self {
            config,
            queries: Arc::default(),
            turns: Arc::default(),
            answers: Arc::default(),
            sessions: Arc::default(),
        }
    }

    /// Takes a search in. Queries that are empty, too long or hold personal data are passed over.
    pub fn searched(&mut self, searched: &Searched<'_>) {
        let Some(query) = self.fit(searched.query) else {
            // What came before is not followed by what comes after.
            if let Some(session) = searched.session.filter(|session| self.sessions.contains_key(session)) {
                Arc::make_mut(&mut self.sessions).remove(&session);
            }
            return;
        };
        let text = self.name(query);
        if let Some(answer) = searched.answer {
            let answers = Arc::make_mut(&mut self.answers);
            answers.insert(answer, (Arc::clone(&text), searched.time));
            if answers.len() > self.config.answers {
                drop_oldest(answers, |(_, time)| *time);
            }
        }
        if let Some(session) = searched.session {
            self.open(session, text, searched.actor, searched.time);
        }
    }

    /// What was searched for in a recent answer, by the hash of its id.
    pub fn query_of(&self, answer: u64) -> Option<&str> {
        self.answers.get(&answer).map(|(text, _)| &**text)
    }

    /// Takes a click in. One that does not tell what was searched for says nothing here.
    pub fn clicked(&mut self, clicked: &Clicked<'_>) {
        let named = clicked.query.and_then(|query| self.fit(query)).map(|query| self.name(query));
        let answered = || clicked.answer.and_then(|answer| self.answers.get(&answer)).map(|(text, _)| Arc::clone(text));
        let Some(text) = named.or_else(answered) else { return };
        let (time, half_life, most) = (clicked.time, self.half_life(), self.config.items);
        let open = clicked.session.filter(|session| self.sessions.get(session).is_some_and(|open| *open.text == *text));
        let mut turned = None;
        if let Some(open) = open.and_then(|session| Arc::make_mut(&mut self.sessions).get_mut(&session)) {
            if open.clicked.contains(&clicked.item) || open.clicked.len() >= CLICKED_MAX {
                return;
            }
            open.clicked.push(clicked.item);
            turned = (open.clicked.len() == 1).then(|| open.from.take());
        }
        let query = Arc::make_mut(Arc::make_mut(&mut self.queries).entry(Arc::clone(&text)).or_default());
        if let Some(actor) = clicked.actor {
            query.actors.add(actor, time);
        }
        query.items.add(clicked.item, time, half_life, most);
        if turned.is_some() {
            query.fruitful.add(1.0, time, half_life);
        }
        if let Some(Some(from)) = turned {
            self.turn(from, text, clicked.actor.or(clicked.session), time);
        }
        self.bound();
    }

    /// Erases an actor: takes them out from behind all queries and turns, and with them what nobody else is known to stand
    /// behind. Sessions and answers that are open are forgotten, whoever they are of.
    pub fn forget(&mut self, actor: u64) {
        if self.queries.values().any(|query| query.actors.contains(actor)) {
            let others = |query: &mut Arc<Query>| {
                let is_behind = query.actors.contains(actor);
                !is_behind || (Arc::make_mut(query).actors.forget(actor) && !query.actors.as_slice().is_empty())
            };
            Arc::make_mut(&mut self.queries).retain(|_, query| others(query));
        }
        if self.turns.values().any(|turned| turned.actors.contains(actor)) {
            Arc::make_mut(&mut self.turns)
                .retain(|_, turned| !turned.actors.forget(actor) || !turned.actors.as_slice().is_empty());
        }
        (self.sessions, self.answers) = (Arc::default(), Arc::default());
    }

    /// Queries with clicks or searches, those with most clicks first, at most `limit`.
    pub fn queries(&self, now: Millis, limit: usize) -> Vec<QueryClicks> {
        let half_life = self.half_life();
        let of = |(text, query): (&Arc<str>, &Arc<Query>)| {
            let mut items: Vec<(Row, f32)> =
                query.items.0.iter().map(|(item, count)| (*item, count.at(now, half_life))).collect();
            items.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let sessions = query.sessions.at(now, half_life);
            let fruitless = (sessions - query.fruitful.at(now, half_life)).max(0.0);
            let actors = query.actors.as_slice().len();
            QueryClicks { text: Arc::clone(text), sessions, fruitless, actors, items }
        };
        let mut queries: Vec<QueryClicks> = self.queries.iter().map(of).collect();
        let clicks = |query: &QueryClicks| query.items.iter().map(|(_, clicks)| clicks).sum::<f32>();
        queries.sort_by(|a, b| clicks(b).total_cmp(&clicks(a)).then_with(|| a.text.cmp(&b.text)));
        queries.truncate(limit);
        queries
    }

    /// Turns from a search without a click to one with, the most frequent first.
    pub fn turns(&self, now: Millis) -> Vec<Turn> {
        let half_life = self.half_life();
        let of = |((from, to), turned): (&Pair, &Turned)| Turn {
            from: Arc::clone(from),
            to: Arc::clone(to),
            sessions: turned.sessions.at(now, half_life),
        };
        let mut turns: Vec<Turn> = self.turns.iter().map(of).collect();
        turns.sort_by(|a, b| b.sessions.total_cmp(&a.sessions).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
        turns
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    fn fit<'a>(&self, query: &'a str) -> Option<&'a str> {
        let query = query.trim();
        let fits = !query.is_empty() && query.chars().count() <= self.config.characters && personal(query).is_none();
        fits.then_some(query)
    }

    fn half_life(&self) -> HalfLife {
        HalfLife(self.config.half_life_days)
    }

    fn name(&self, text: &str) -> Arc<str> {
        self.queries.get_key_value(text).map_or_else(|| Arc::from(text), |(name, _)| Arc::clone(name))
    }

    /// Makes `text` the session's last search; the same again is the same search.
    fn open(&mut self, session: u64, text: Arc<str>, actor: Option<u64>, time: Millis) {
        let sessions = Arc::make_mut(&mut self.sessions);
        let last = sessions.get_mut(&session);
        if let Some(last) = last.filter(|last| last.text == text) {
            last.time = last.time.max(time);
            return;
        }
        let retry = 0..=self.config.retry_minutes.saturating_mul(60_000);
        let is_retry = |last: &Open| last.clicked.is_empty() && retry.contains(&time.0.saturating_sub(last.time.0));
        let from = sessions.get(&session).filter(|last| is_retry(last)).map(|last| Arc::clone(&last.text));
        sessions.insert(session, Open { text: Arc::clone(&text), time, from, clicked: Vec::new() });
        if sessions.len() > self.config.sessions {
            drop_oldest(sessions, |open| open.time);
        }
        let half_life = self.half_life();
        let query = Arc::make_mut(Arc::make_mut(&mut self.queries).entry(text).or_default());
        query.sessions.add(1.0, time, half_life);
        if let Some(actor) = actor {
            query.actors.add(actor, time);
        }
        self.bound();
    }

    fn turn(&mut self, from: Arc<str>, to: Arc<str>, actor: Option<u64>, time: Millis) {
        let half_life = self.half_life();
        let turned = Arc::make_mut(&mut self.turns).entry((from, to)).or_default();
        // One person who tries again and again is one person.
        if actor.is_none_or(|actor| turned.actors.add(actor, time)) {
            turned.sessions.add(1.0, time, half_life);
        }
    }

    /// Drops what is least asked where there is more than may be kept.
    fn bound(&mut self) {
        if self.queries.len() > self.config.queries {
            let mut keys: Vec<(f64, Arc<str>)> =
                self.queries.iter().map(|(text, query)| (query.sessions.key(), Arc::clone(text))).collect();
            keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
            let queries = Arc::make_mut(&mut self.queries);
            keys.iter().take(keys.len() / 4 + 1).for_each(|(_, text)| drop(queries.remove(text)));
        }
        if self.turns.len() > self.config.turns {
            let mut keys: Vec<(f64, Pair)> =
                self.turns.iter().map(|(pair, turned)| (turned.sessions.key(), pair.clone())).collect();
            keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
            let turns = Arc::make_mut(&mut self.turns);
            keys.iter().take(keys.len() / 4 + 1).for_each(|(_, pair)| drop(turns.remove(pair)));
        }
    }
}
