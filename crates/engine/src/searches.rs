//! What is folded from searches and what follows from them.

use std::hash::Hasher as _;

use features::{
    Asked, AskedQuery, ClickConfig, ClickLog, Clicked, OwnConfig, OwnQueries, QueryConfig, QueryLog, Searched,
};
use text::Normalised;
use types::{Actor, ActorKey, Impression, Interaction, InteractionKind, Language, Millis, QueryId, Row};

use crate::names::{put_bytes, take_bytes};

/// What a shop's people search for, click, and have searched for themselves. Nothing in it names a person: actors and
/// sessions are hashes, and queries that hold personal data are passed over.
#[derive(Clone)]
pub(crate) struct Searches {
    pub(crate) queries: QueryLog,
    pub(crate) clicks: ClickLog,
    pub(crate) own: OwnQueries,
}

impl Searches {
    pub(crate) fn new() -> Self {
        Self {
            queries: QueryLog::new(QueryConfig::default()),
            clicks: ClickLog::new(ClickConfig::default()),
            own: OwnQueries::new(OwnConfig::default()),
        }
    }

    /// Takes in a search that the shop answered.
    pub(crate) fn answered(&mut self, time: Millis, impression: &Impression) {
        let Some(query) = &impression.query else { return };
        let results = Some(impression.shown.len() as u32);
        self.searched(query, &impression.actor, Some(&impression.query_id), results, time);
    }

    /// Takes in what somebody did: a search that was answered elsewhere, or a click in an answer; `item` is its row.
    pub(crate) fn done(&mut self, time: Millis, interaction: &Interaction, item: Option<Row>) {
        let Interaction { kind, actor, query, query_id, .. } = interaction;
        match (kind, query, item) {
            // One that names the answer was counted with it.
            (InteractionKind::Search, Some(query), _) if query_id.is_none() => {
                self.searched(query, actor, None, None, time);
            }
            (InteractionKind::Click | InteractionKind::AddToCart | InteractionKind::Purchase, query, Some(item)) => {
                let query = query.as_deref().map(folded);
                self.clicks.clicked(&Clicked {
                    query: query.as_deref(),
                    answer: query_id.as_ref().map(hash_of_answer),
                    item,
                    actor: actor.key().as_ref().map(hash_of),
                    session: actor.session_key().as_ref().map(hash_of),
                    time,
                });
            }
            _ => {}
        }
    }

    /// What was searched for where a deed follows from a search: what it says itself, else what its answer was to.
    pub(crate) fn asked_by(&self, interaction: &Interaction) -> Option<AskedQuery> {
        let named = interaction.query.as_deref().and_then(asked);
        let answered = || self.clicks.query_of(hash_of_answer(interaction.query_id.as_ref()?)).and_then(asked);
        named.or_else(answered)
    }

    /// Erases a known user.
    pub(crate) fn forget(&mut self, user: &ActorKey) {
        let actor = hash_of(user);
        self.queries.forget(actor);
        self.clicks.forget(actor);
        self.own.forget(actor);
    }

    /// Bytes of a checkpoint.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for part in [self.queries.encode(), self.clicks.encode(), self.own.encode()] {
            put_bytes(&mut out, &part);
        }
        out
    }

    /// Reads what [`Searches::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let queries = QueryLog::decode(QueryConfig::default(), take_bytes(rest)?).ok()?;
        let clicks = ClickLog::decode(ClickConfig::default(), take_bytes(rest)?).ok()?;
        let own = OwnQueries::decode(OwnConfig::default(), take_bytes(rest)?).ok()?;
        rest.is_empty().then_some(Self { queries, clicks, own })
    }

    fn searched(&mut self, query: &str, actor: &Actor, answer: Option<&QueryId>, results: Option<u32>, time: Millis) {
        let query = folded(query);
        let (session, actor) = (actor.session_key().as_ref().map(hash_of), actor.key().as_ref().map(hash_of));
        if let Err(personal) = self.queries.observe(&Asked { query: &query, actor, session, time, results }) {
            tracing::debug!(kind = personal.name(), "a query with personal data is not remembered");
        }
        self.clicks.searched(&Searched { query: &query, answer: answer.map(hash_of_answer), actor, session, time });
        if let Some(actor) = actor {
            self.own.observe(actor, &query, results, time);
        }
    }
}

/// What features know of a query that was typed; nothing of one that is empty or holds personal data.
pub(crate) fn asked(query: &str) -> Option<AskedQuery> {
    let text = folded(query);
    if text.is_empty() || features::personal(&text).is_some() {
        return None;
    }
    let is_han = |c: &char| matches!(*c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}');
    let words = text.split_whitespace().map(|part| {
        let han = part.chars().filter(is_han).count();
        // Two Chinese characters make a word, on average; what else stands beside them is one more.
        han as f32 / 2.0 + f32::from(u8::from(part.chars().any(|c| !is_han(&c))))
    });
    Some(AskedQuery { hash: hash(&text), words: words.sum() })
}

/// A query as it is kept: normalised, with single blanks.
fn folded(query: &str) -> String {
    let normalised = Normalised::new(query, Language::Other);
    normalised.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands for an actor where it must not be known who it is.
pub(crate) fn hash_of(key: &ActorKey) -> u64 {
    hash(key.as_str())
}

pub(crate) fn hash_of_answer(id: &QueryId) -> u64 {
    hash(id.as_str())
}

fn hash(text: &str) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use types::{ItemId, SessionId, UserId};

    use super::*;

    fn actor(user: &str) -> Actor {
        Actor {
            user: Some(UserId::new(user).unwrap()),
            session: Some(SessionId::new(format!("visit of {user}")).unwrap()),
            ..Actor::default()
        }
    }

    #[test]
    fn searches_and_clicks_are_kept_and_an_erased_user_goes() {
        let mut searches = Searches::new();
        for user in ["a", "b"] {
            let search = |query: &str| Interaction {
                query: Some(query.into()),
                ..Interaction::new(InteractionKind::Search, actor(user))
            };
            searches.done(Millis(1), &search("登山服"), None);
            searches.done(Millis(2), &search("冲锋衣"), None);
            let click = Interaction {
                query: Some("冲锋衣".into()),
                item: Some(ItemId::new("x").unwrap()),
                ..Interaction::new(InteractionKind::Click, actor(user))
            };
            searches.done(Millis(3), &click, Some(Row(4)));
        }
        assert_eq!(searches.clicks.turns(Millis(3)).len(), 1);
        let user = actor("a").key().unwrap();
        assert_eq!(searches.own.of(hash_of(&user)).len(), 2);
        let back = Searches::decode(&searches.encode()).unwrap();
        assert_eq!(back.encode(), searches.encode());
        searches.forget(&user);
        assert!(searches.own.of(hash_of(&user)).is_empty());
        assert_eq!(searches.clicks.turns(Millis(3)).len(), 1, "another person turned so too");
        searches.forget(&actor("b").key().unwrap());
        assert!(searches.clicks.turns(Millis(3)).is_empty());
        assert!(Searches::decode(&[1, 2, 3]).is_none());
    }
}
