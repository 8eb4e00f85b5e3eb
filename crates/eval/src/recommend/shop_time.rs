use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Dictionary, Event, EventBody, Interaction, InteractionKind, Millis, Position, Row, Settings, Signal};

use super::data::{Case, History, Order, Split};
use crate::{Error, Result, fixtures, lines};

/// Events read from a shop's log at a time.
const EVENTS_A_READ: usize = 10_000;

/// A shop's interactions, gathered from its events, to be split at a moment.
pub(super) struct Log<'a> {
    settings: &'a Settings,
    items: Dictionary,
    /// Actors and sessions, by their keys.
    actors: Dictionary,
    signals: Vec<Signal>,
}

impl<'a> Log<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self { settings, items: Dictionary::default(), actors: Dictionary::default(), signals: Vec::new() }
    }

    /// The whole log of a shop.
    pub(super) fn of_shop(shop: &engine::Shop, settings: &'a Settings) -> Result<Self> {
        let mut log = Self::new(settings);
        let mut from = Position(0);
        loop {
            let events = shop.events(from, EVENTS_A_READ)?;
            let Some(last) = events.last() else { return Ok(log) };
            from = last.position.next();
            events.iter().for_each(|logged| log.take(&logged.event));
        }
    }

    /// The events of a folder: `events.jsonl`, one event document a line, or the fixture `gifts`.
    pub(super) fn of_folder(dir: &Path, settings: &'a Settings, now: Millis) -> Result<Self> {
        let mut log = Self::new(settings);
        if lines::find(dir, "events.jsonl").is_none() && lines::find(dir, fixtures::GIFTS_LINES).is_some() {
            fixtures::each_gifts_event(dir, |event| log.take(&event))?;
            return Ok(log);
        }
        lines::each(&lines::require(dir, "events.jsonl")?, |number, line| {
            let document = formats::json::parse(line.as_bytes())?;
            let id = || types::EventId::new(format!("line-{number}")).expect("a short id is valid");
            log.take(&formats::json::event_from_json(&document, Some(settings), now, id)?);
            Ok(())
        })?;
        Ok(log)
    }

    fn take(&mut self, event: &Event) {
        match &event.body {
            EventBody::Interaction(interaction) => self.interaction(event.time, interaction),
            EventBody::ItemUpserted(item) => {
                self.items.intern(item.id.shared());
            }
            EventBody::ItemPatched(_)
            | EventBody::ItemEnriched(_)
            | EventBody::ItemDeleted(_)
            | EventBody::Impression(_)
            | EventBody::UserErased(_) => {}
        }
    }

    fn interaction(&mut self, time: Millis, interaction: &Interaction) {
        let Some(item) = &interaction.item else { return };
        let mut row = |key: types::ActorKey| match self.actors.row(key.as_str()) {
            Some(row) => row,
            None => self.actors.intern(Arc::from(key.as_str())),
        };
        let actor = interaction.actor.key().map(&mut row);
        let session = interaction.actor.session_key().map(&mut row);
        let own_weight = interaction.weight.is_some() || interaction.is_rated();
        let strength = if own_weight { interaction.strength() } else { self.settings.weight(&interaction.kind) };
        self.signals.push(Signal {
            position: Position(self.signals.len() as u64),
            time,
            actor,
            session,
            item: self.items.intern(item.shared()),
            kind: interaction.kind.clone(),
            strength,
            quantity: interaction.quantity.unwrap_or(1),
            surface: interaction.surface,
        });
    }

    /// Forgets what happened from `moment` on.
    pub(super) fn cut(&mut self, moment: Millis) {
        self.signals.retain(|signal| signal.time < moment);
    }

    /// The moment `days` before the last interaction.
    pub(super) fn days_before_end(&self, days: u32) -> Millis {
        let last = self.signals.iter().map(|signal| signal.time.0).max().unwrap_or(0);
        Millis(last - i64::from(days) * Millis::DAY)
    }

    /// What is before `moment` is learnt from. Each known user who bought something before is asked once: at the first deed
    /// of the first visit with a purchase from `moment` on; what was bought in that visit would have been right.
    pub(super) fn split(self, dataset: String, moment: Millis) -> Result<Split> {
        let is_user = |row: Row| self.actors.id(row).is_some_and(|key| key.starts_with("u:"));
        let mut buyers: FxHashMap<Row, Option<(Row, usize)>> = FxHashMap::default();
        let is_purchase = |signal: &&Signal| signal.kind == InteractionKind::Purchase;
        for signal in self.signals.iter().filter(|signal| signal.time < moment).filter(is_purchase) {
            if let Some(actor) = signal.actor.filter(|actor| is_user(*actor)) {
                buyers.insert(actor, None);
            }
        }
        let mut cases: Vec<Case> = Vec::new();
        for signal in self.signals.iter().filter(|signal| signal.time >= moment).filter(is_purchase) {
            let (Some(actor), Some(session)) = (signal.actor, signal.session) else { continue };
            let Some(asked) = buyers.get_mut(&actor) else { continue };
            let (first_session, case) = *asked.get_or_insert_with(|| {
                cases.push(Case { history: History::Actor(actor), relevant: Vec::new(), now: signal.time });
                (session, cases.len() - 1)
            });
            if first_session == session {
                cases[case].relevant.push(signal.item);
                cases[case].now = cases[case].now.min(signal.time);
            }
        }
        for case in &mut cases {
            case.relevant.sort_unstable();
            case.relevant.dedup();
        }
        let training: Vec<Signal> = self.signals.into_iter().filter(|signal| signal.time < moment).collect();
        if cases.is_empty() {
            return Err(Error::Nothing(dataset, "no known user bought both before and after the split"));
        }
        Ok(Split { dataset, items: self.items, training, cases, mask_seen: false, order: Order::Times })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Actor, EventId, ItemId, SessionId, UserId};

    fn bought(number: i64, user: Option<&str>, session: &str, item: &str) -> Event {
        let actor = Actor {
            user: user.map(|id| UserId::new(id).unwrap()),
            anonymous: None,
            session: Some(SessionId::new(session).unwrap()),
        };
        let mut interaction = Interaction::new(InteractionKind::Purchase, actor);
        interaction.item = Some(ItemId::new(item).unwrap());
        let id = EventId::new(number.to_string()).unwrap();
        Event { id, time: Millis(number * Millis::DAY), body: EventBody::Interaction(interaction) }
    }

    #[test]
    fn the_next_basket_of_known_buyers_is_asked() {
        let settings = Settings::default();
        let mut log = Log::new(&settings);
        for event in [
            bought(1, Some("ann"), "s1", "茶"),
            bought(2, None, "s2", "cup"),
            bought(11, Some("ann"), "s3", "cup"),
            bought(12, Some("ann"), "s3", "pot"),
            bought(13, Some("ann"), "s4", "jar"),
            bought(14, Some("bob"), "s5", "jar"),
            bought(15, None, "s2", "jar"),
        ] {
            log.take(&event);
        }
        assert_eq!(log.days_before_end(5), Millis(10 * Millis::DAY));
        let split = log.split("shop".to_owned(), Millis(10 * Millis::DAY)).unwrap();
        assert_eq!((split.training.len(), split.cases.len()), (2, 1));
        let relevant: Vec<&str> =
            split.cases[0].relevant.iter().map(|row| split.items.id(*row).unwrap().as_ref()).collect();
        assert_eq!((relevant, split.cases[0].now), (vec!["cup", "pot"], Millis(11 * Millis::DAY)));
        assert_eq!(split.training[0].strength, 5.0);
    }

    #[test]
    fn nothing_to_ask_is_said() {
        let settings = Settings::default();
        let mut log = Log::new(&settings);
        log.take(&bought(1, Some("ann"), "s1", "tea"));
        let error = log.split("shop".to_owned(), Millis(0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "shop: nothing to evaluate: no known user bought both before and after the split"
        );
    }
}
