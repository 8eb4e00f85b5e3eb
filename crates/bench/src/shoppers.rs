use std::sync::Arc;

use types::{Actor, Event, EventBody, EventId, Interaction, InteractionKind, Millis, Rng, SessionId, UserId};

use crate::Result;
use crate::stock::Goods;

/// Shoppers whose deeds are made up: each has a taste, and some items are wanted far more than others.
pub(crate) struct Shoppers<'a> {
    pub(crate) goods: &'a Goods,
    pub(crate) users: usize,
    pub(crate) seed: u64,
    /// Begins the events' ids, so that no two kinds of sending share one.
    pub(crate) prefix: &'static str,
    /// Goes into the ids too, so that a second run in the same folder has others.
    pub(crate) run: u64,
    pub(crate) now: Millis,
}

/// Tastes there are.
const TASTES: usize = 200;

impl Shoppers<'_> {
    /// The deed of this number; deeds of one user follow one another where their numbers differ by the number of users.
    pub(crate) fn deed(&self, number: usize) -> Result<Event> {
        let mut rng = Rng::new(Rng::new(self.seed ^ (number as u64).rotate_left(24)).next_u64());
        let user = number % self.users;
        let kind = match rng.unit() {
            share if share < 0.7 => InteractionKind::View,
            share if share < 0.85 => InteractionKind::Click,
            share if share < 0.95 => InteractionKind::AddToCart,
            _ => InteractionKind::Purchase,
        };
        let mut interaction = Interaction::new(kind, self.actor(user)?);
        interaction.item = Some(self.goods.id(self.wanted(user, &mut rng))?);
        let id = EventId::new(format!("{}-{}-{number}", self.prefix, self.run))?;
        // Spread over the last ten days.
        let time = Millis(self.now.0 - rng.below(10 * Millis::DAY as usize) as i64);
        Ok(Event { id, time, body: EventBody::Interaction(interaction) })
    }

    /// Deeds of these numbers.
    pub(crate) fn deeds(&self, numbers: std::ops::Range<usize>) -> Result<Vec<Event>> {
        numbers.map(|number| self.deed(number)).collect()
    }

    /// Who a user is.
    pub(crate) fn actor(&self, user: usize) -> Result<Actor> {
        let session = Some(SessionId::new(format!("visit-{user}"))?);
        Ok(Actor { user: Some(UserId::new(format!("user-{user}"))?), anonymous: None, session })
    }

    /// An item for this user: mostly one of the user's taste, the popular ones more often.
    fn wanted(&self, user: usize, rng: &mut Rng) -> usize {
        let (count, tastes) = (self.goods.len(), TASTES.min(self.goods.len()));
        let popular = |rng: &mut Rng, of: usize| ((of as f64 * rng.unit().powi(4)) as usize).min(of - 1);
        if rng.unit() < 0.2 {
            return popular(rng, count);
        }
        let shelf = popular(rng, count / tastes);
        shelf * tastes + user % tastes
    }
}

/// An interaction as a client sends it over HTTP.
pub(crate) fn document(event: &Event) -> Arc<str> {
    let EventBody::Interaction(deed) = &event.body else { return Arc::from("{}") };
    let id = |id: Option<&str>| serde_json::Value::from(id);
    let document = serde_json::json!({
        "event_id": event.id.as_str(),
        "type": deed.kind.name(),
        "item": id(deed.item.as_ref().map(types::ItemId::as_str)),
        "user": id(deed.actor.user.as_ref().map(UserId::as_str)),
        "session": id(deed.actor.session.as_ref().map(SessionId::as_str)),
    });
    Arc::from(document.to_string())
}
