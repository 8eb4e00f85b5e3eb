use std::sync::Arc;

use types::{
    ActorKey, Dictionary, Event, EventBody, Interaction, InteractionKind, Millis, Position, Row, Settings, Signal,
};

use crate::{Result, Shop};

/// What recommenders learn from: the interactions of a log as signals, in its order, with the names behind their rows.
#[derive(Clone, Debug, Default)]
pub struct InteractionLog {
    /// Items by id.
    pub items: Dictionary,
    /// Actors and sessions by key.
    pub actors: Dictionary,
    /// The interactions with an item.
    pub signals: Vec<Signal>,
}

impl InteractionLog {
    /// Takes an event in; its place in the log is the number of signals before it.
    pub fn take(&mut self, event: &Event, settings: &Settings) {
        match &event.body {
            EventBody::Interaction(interaction) => {
                let Some(item) = &interaction.item else { return };
                let (item, position) = (self.item(item.as_str()), Position(self.signals.len() as u64));
                let actor = interaction.actor.key().map(|key| self.actor(&key));
                let session = interaction.actor.session_key().map(|key| self.actor(&key));
                let signal = signal_of(position, event, interaction, settings, item);
                self.signals.push(Signal { actor, session, ..signal });
            }
            EventBody::ItemUpserted(item) => {
                self.item(item.id.as_str());
            }
            EventBody::ItemPatched(_)
            | EventBody::ItemEnriched(_)
            | EventBody::ItemDeleted(_)
            | EventBody::Impression(_)
            | EventBody::UserErased(_) => {}
        }
    }

    /// Forgets what happened from `moment` on.
    pub fn cut(&mut self, moment: Millis) {
        self.signals.retain(|signal| signal.time < moment);
    }

    /// Looked up first: a name is copied only when it is new.
    fn item(&mut self, id: &str) -> Row {
        self.items.row(id).unwrap_or_else(|| self.items.intern(Arc::from(id)))
    }

    fn actor(&mut self, key: &ActorKey) -> Row {
        self.actors.row(key.as_str()).unwrap_or_else(|| self.actors.intern(Arc::from(key.as_str())))
    }
}

/// An interaction with an item as a signal, by nobody yet.
pub(crate) fn signal_of(
    position: Position,
    event: &Event,
    interaction: &Interaction,
    settings: &Settings,
    item: Row,
) -> Signal {
    Signal {
        position,
        time: event.time,
        actor: None,
        session: None,
        item,
        // To those who recommend, a review is the rating that comes with it.
        kind: if interaction.is_rated() { InteractionKind::Rating } else { interaction.kind.clone() },
        strength: strength(interaction, settings),
        quantity: interaction.quantity.unwrap_or(1).max(1),
        surface: interaction.surface,
    }
}

/// The interaction's own weight, else its rating's, else what the shop says of its kind.
fn strength(interaction: &Interaction, settings: &Settings) -> f32 {
    if interaction.weight.is_some() || interaction.is_rated() {
        interaction.strength()
    } else {
        settings.weight(&interaction.kind)
    }
}

/// Events read from the log at a time.
pub(super) const EVENTS_A_READ: usize = 10_000;

impl Shop {
    /// All interactions of the log as it is now, with the shop's own rows.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn interaction_log(&self) -> Result<InteractionLog> {
        let settings = self.settings();
        // Taken before the names, so that these have every item and actor that is read below, at its own row.
        let end = self.core.fold.lock().position;
        let mut log = {
            let names = self.core.names.read();
            InteractionLog { items: names.items.clone(), actors: names.actors.clone(), signals: Vec::new() }
        };
        self.each_event(end, &mut |event| log.take(event, &settings))?;
        Ok(log)
    }

    /// Reads the log up to a position, event by event.
    pub(crate) fn each_event(&self, end: Position, read: &mut dyn FnMut(&Event)) -> Result<()> {
        let mut from = self.core.store.first();
        while from < end {
            let events = self.events(from, EVENTS_A_READ)?;
            let Some(last) = events.last() else { break };
            from = last.position.next();
            events.iter().filter(|logged| logged.position < end).for_each(|logged| read(&logged.event));
        }
        Ok(())
    }
}
