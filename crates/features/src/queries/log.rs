use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};
use types::Millis;

use super::actors::Actors;
use super::blocklist::Blocklist;
use super::privacy::{Personal, personal};
use super::related::{Counts, Followers, Related};
use crate::decayed::{Decayed, HalfLife};

/// Half-lives and bounds. A log made under one configuration must not be read under another.
#[derive(Clone, PartialEq, Debug)]
pub struct QueryConfig {
    /// Days after which a search counts half.
    pub half_life_days: f64,
    /// Days after which an actor who has not asked again no longer stands behind a query.
    pub actor_days: u16,
    /// Queries remembered; the least asked quarter goes when there are more. About 250 bytes each, and 80 more
    /// for each query that followed it, of which 24 are kept.
    pub queries: usize,
    /// Characters of the longest query that is remembered.
    pub characters: usize,
    /// Minutes within which a query of the same session follows another.
    pub session_minutes: i64,
    /// Sessions whose last query is remembered; those longest ago go first.
    pub sessions: usize,
}

impl Default for QueryConfig {
    fn default() -> Self {
        Self {
            half_life_days: 30.0,
            actor_days: 365,
            queries: 1_000_000,
            characters: 64,
            session_minutes: 30,
            sessions: 50_000,
        }
    }
}

/// A search that somebody made.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What was searched for, folded as suggestions are to be shown.
    pub query: &'a str,
    /// A hash of who it was; `None` counts, but stands for nobody.
    pub actor: Option<u64>,
    /// A hash of the session.
    pub session: Option<u64>,
    /// When.
    pub time: Millis,
    /// How much was found, where that is known.
    pub results: Option<u32>,
}

/// What of the log may be shown to others.
#[derive(Clone, Copy, Debug)]
pub struct Showable<'a> {
    /// How many different people must have asked a query; above 20 nothing is shown.
    pub actors_min: usize,
    /// What is never shown.
    pub blocklist: &'a Blocklist,
}

/// A query with how much it is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct QueryCount {
    /// The query.
    pub text: Arc<str>,
    /// Searches, faded; one person counts once a day.
    pub count: f32,
    /// Different people who asked it of late; counted up to 20.
    pub actors: usize,
    /// Whether the last search for it found anything, where that is known.
    pub found: Option<bool>,
}

/// A query with how much it is asked of late; for those who run the shop.
#[derive(Clone, PartialEq, Debug)]
pub struct AskedLately {
    /// The query.
    pub text: Arc<str>,
    /// Searches, faded; one person counts once a day.
    pub count: f32,
    /// How many times as great its part of the last days' searches is as its part of all.
    pub change: f32,
    /// By how many standard deviations it was asked more often than before (as a Poisson process; with half a search
    /// more expected, so that what was never asked before does not count for everything).
    pub surprise: f32,
    /// Whether the last search for it found anything, where that is known.
    pub found: Option<bool>,
}

/// Half-life of what counts as of late.
const LATELY: HalfLife = HalfLife(1.0);

/// The searches of a shop, folded one by one.
///
/// The same searches in the same order give the same bytes. A clone is an immutable view and costs a few hundred
/// pointers. Memory is bounded by the configuration.
#[derive(Clone, Debug)]
pub struct QueryLog {
    pub(crate) config: QueryConfig,
    pub(crate) shards: Vec<Arc<Shard>>,
    /// The last query of each session.
    pub(crate) sessions: Arc<FxHashMap<u64, (Arc<str>, Millis)>>,
    /// How often any query followed another.
    pub(crate) followed: Decayed,
    pub(crate) len: usize,
}

pub(crate) type Shard = FxHashMap<Arc<str>, Arc<Query>>;

/// Parts of the log that are copied separately after it was cloned.
pub(crate) const SHARDS: usize = 256;

/// What is known of a query.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Query {
    pub(crate) count: Decayed,
    /// The same, of the last days alone.
    pub(crate) lately: Decayed,
    pub(crate) found: Option<bool>,
    pub(crate) actors: Actors,
    /// How often it was followed by another, and followed another itself.
    pub(crate) left: Decayed,
    pub(crate) came: Decayed,
    pub(crate) followers: Followers,
}

impl QueryLog {
    /// A log without searches.
    pub fn new(config: QueryConfig) -> Self {
        let shards = (0..SHARDS).map(|_| Arc::default()).collect();
        Self { config, shards, sessions: Arc::default(), followed: Decayed::NOTHING, len: 0 }
    }

    /// Takes a search in.
    ///
    /// # Errors
    /// What personal data the query holds: nothing of it is kept. Queries that are empty or too long are passed over.
    pub fn observe(&mut self, asked: &Asked<'_>) -> Result<(), Personal> {
        let query = asked.query.split_whitespace().collect::<Vec<_>>().join(" ");
        let personal = personal(&query);
        if query.is_empty() || query.chars().count() > self.config.characters || personal.is_some() {
            // What came before is not followed by what comes after.
            self.leave(asked.session);
            return personal.map_or(Ok(()), Err);
        }
        let (time, half_life) = (asked.time, self.half_life());
        let text = self.name(&query);
        let state = self.state_mut(&text);
        let first_today = asked.actor.is_none_or(|actor| state.actors.add(actor, time));
        if first_today {
            state.count.add(1.0, time, half_life);
            state.lately.add(1.0, time, LATELY);
        }
        if let Some(results) = asked.results {
            state.found = Some(results > 0);
        }
        if let Some(session) = asked.session {
            self.follow(session, &text, asked.actor.unwrap_or(session), time);
        }
        if self.len > self.config.queries {
            self.drop_rare();
        }
        Ok(())
    }

    /// Erases an actor from behind all queries, and the sessions that are open.
    pub fn forget(&mut self, actor: u64) {
        for shard in &mut self.shards {
            let knows = |query: &Query| {
                let followers = query.followers.0.iter();
                query.actors.contains(actor) || followers.into_iter().any(|follower| follower.actors.contains(actor))
            };
            let known: Vec<Arc<str>> =
                shard.iter().filter(|(_, query)| knows(query)).map(|(text, _)| Arc::clone(text)).collect();
            for text in known {
                let Some(query) = Arc::make_mut(shard).get_mut(&text) else { continue };
                let query = Arc::make_mut(query);
                query.actors.forget(actor);
                for follower in &mut query.followers.0 {
                    follower.actors.forget(actor);
                }
            }
        }
        self.sessions = Arc::default();
    }

    /// Queries that may be suggested: asked by enough different people, not known to find nothing, not blocked, without
    /// personal data; the most asked first.
    pub fn entries(&self, now: Millis, showable: &Showable<'_>) -> Vec<QueryCount> {
        let queries = self.shards.iter().flat_map(|shard| shard.iter());
        let counts = queries.filter_map(|(text, query)| self.count(text, query, now, showable));
        let mut entries: Vec<QueryCount> = counts.collect();
        entries.sort_by(|a, b| b.count.total_cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        entries
    }

    /// All queries, the most asked first; for those who run the shop.
    pub fn lately(&self, now: Millis) -> Vec<AskedLately> {
        let counts = |query: &Query| (query.count.at(now, self.half_life()), query.lately.at(now, LATELY));
        // What share of all searches is of late: so a shop that is young, or has a busy day, does not make everything rise.
        let all = self.shards.iter().flat_map(|shard| shard.values()).map(|query| counts(query));
        let (sum, sum_lately) = all.fold((0.0f32, 0.0f32), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let share = sum_lately / sum.max(f32::MIN_POSITIVE);
        let of = |(text, query): (&Arc<str>, &Arc<Query>)| {
            let (count, lately) = counts(query);
            let expected = count * share;
            AskedLately {
                text: Arc::clone(text),
                count,
                change: lately / expected.max(f32::MIN_POSITIVE),
                surprise: (lately - expected) / (expected + 0.5).sqrt(),
                found: query.found,
            }
        };
        let mut all: Vec<AskedLately> = self.shards.iter().flat_map(|shard| shard.iter()).map(of).collect();
        all.sort_by(|a, b| b.count.total_cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        all
    }

    /// Whether this query may be suggested, and how much it is asked.
    pub fn entry(&self, text: &str, now: Millis, showable: &Showable<'_>) -> Option<QueryCount> {
        let (text, query) = self.shards[shard_of(text)].get_key_value(text)?;
        self.count(text, query, now, showable)
    }

    /// What people search for after `text`: followers more frequent than chance would have them, by at least as many
    /// different people as [`QueryLog::entries`] asks for; those that can least be chance first.
    pub fn related(&self, text: &str, now: Millis, showable: &Showable<'_>, limit: usize) -> Vec<Related> {
        let Some(query) = self.query(text) else { return Vec::new() };
        let (half_life, days) = (self.half_life(), self.config.actor_days);
        let at = |count: Decayed| f64::from(count.at(now, half_life));
        let mut related: Vec<Related> = Vec::new();
        for follower in &query.followers.0 {
            let actors = follower.actors.count(now, days);
            let shown = self.entry(&follower.text, now, showable).is_some();
            let Some(came) = self.query(&follower.text).map(|query| query.came).filter(|_| shown) else { continue };
            let counts =
                Counts { both: at(follower.count), one: at(query.left), other: at(came), all: at(self.followed) };
            if actors >= showable.actors_min && counts.lift() > 1.0 {
                related.push(Related {
                    text: Arc::clone(&follower.text),
                    count: counts.both as f32,
                    actors,
                    lift: counts.lift() as f32,
                    log_likelihood: counts.log_likelihood() as f32,
                });
            }
        }
        related.sort_by(|a, b| b.log_likelihood.total_cmp(&a.log_likelihood).then_with(|| a.text.cmp(&b.text)));
        related.truncate(limit);
        related
    }

    /// Queries remembered, whether they may be shown or not.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no query is remembered.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn count(&self, text: &Arc<str>, query: &Query, now: Millis, showable: &Showable<'_>) -> Option<QueryCount> {
        let actors = query.actors.count(now, self.config.actor_days);
        let count = query.count.at(now, self.half_life());
        // Asked again, so that stricter rules of a later version hold for what was taken in before.
        let fit = actors >= showable.actors_min.max(1)
            && query.found != Some(false)
            && count > 0.0
            && !showable.blocklist.blocks(text)
            && personal(text).is_none();
        fit.then(|| QueryCount { text: Arc::clone(text), count, actors, found: query.found })
    }

    fn half_life(&self) -> HalfLife {
        HalfLife(self.config.half_life_days)
    }

    fn query(&self, text: &str) -> Option<&Query> {
        self.shards[shard_of(text)].get(text).map(Arc::as_ref)
    }

    fn name(&self, text: &str) -> Arc<str> {
        let known = self.shards[shard_of(text)].get_key_value(text);
        known.map_or_else(|| Arc::from(text), |(name, _)| Arc::clone(name))
    }

    fn state_mut(&mut self, text: &Arc<str>) -> &mut Query {
        let shard = Arc::make_mut(&mut self.shards[shard_of(text)]);
        let query = shard.entry(Arc::clone(text)).or_insert_with(|| {
            self.len += 1;
            Arc::default()
        });
        Arc::make_mut(query)
    }

    /// Counts that `text` followed the session's last query, and makes it the last.
    fn follow(&mut self, session: u64, text: &Arc<str>, actor: u64, time: Millis) {
        let last = self.sessions.get(&session).cloned();
        let sessions = Arc::make_mut(&mut self.sessions);
        sessions.insert(session, (Arc::clone(text), time));
        if sessions.len() > self.config.sessions {
            drop_oldest(sessions);
        }
        let Some((last, then)) = last.filter(|(last, _)| last != text) else { return };
        let gap = time.0.saturating_sub(then.0);
        if gap < 0 || gap > self.config.session_minutes.saturating_mul(60_000) || self.query(&last).is_none() {
            return;
        }
        let half_life = self.half_life();
        let from = self.state_mut(&last);
        from.left.add(1.0, time, half_life);
        from.followers.add(text, actor, time, half_life);
        self.state_mut(text).came.add(1.0, time, half_life);
        self.followed.add(1.0, time, half_life);
    }

    fn leave(&mut self, session: Option<u64>) {
        if let Some(session) = session.filter(|session| self.sessions.contains_key(session)) {
            Arc::make_mut(&mut self.sessions).remove(&session);
        }
    }

    /// Drops the quarter of the queries that are asked least.
    fn drop_rare(&mut self) {
        let queries = self.shards.iter().flat_map(|shard| shard.iter());
        let mut counts: Vec<(f64, Arc<str>)> =
            queries.map(|(text, query)| (query.count.key(), Arc::clone(text))).collect();
        let rare = counts.len() / 4 + 1;
        counts.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        for (_, text) in counts.iter().take(rare) {
            Arc::make_mut(&mut self.shards[shard_of(text)]).remove(text);
        }
        self.len = counts.len() - rare.min(counts.len());
    }
}

/// Drops the half of the sessions whose last query is longest ago.
fn drop_oldest(sessions: &mut FxHashMap<u64, (Arc<str>, Millis)>) {
    let mut times: Vec<(Millis, u64)> = sessions.iter().map(|(session, (_, time))| (*time, *session)).collect();
    times.sort_unstable();
    times.iter().take(times.len() / 2).for_each(|(_, session)| drop(sessions.remove(session)));
}

/// The shard that a query is kept in.
pub(crate) fn shard_of(text: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish() as usize % SHARDS
}
