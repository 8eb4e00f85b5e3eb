//! Reviews read with a label model, on a thread of its own: a network takes a thousand times as long as the lexicon, and the
//! fold that answers wait for must give the same on a server that does not have the model.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use features::{ReviewConfig, Reviews};
use text::reviews::{Polarity, Reader};
use types::{Actor, Position, UserId};

use super::apply;
use super::read::{How, author_of};
use crate::Result;
use crate::core::Core;
use crate::names::{put_bytes, take_bytes};

/// Reviews as a model reads them.
#[derive(Clone)]
pub(crate) struct Judged {
    pub(crate) reviews: Reviews,
    /// The model's id.
    pub(crate) model: Arc<str>,
}

impl Judged {
    /// Erases what a user wrote.
    pub(crate) fn forget(&mut self, user: &UserId) {
        self.reviews.forget(author_of(&Actor::user_key(user)));
    }
}

/// The name of the checkpoint.
const CHECKPOINT: &str = "reviews-judged";
/// How often it is looked whether there is something to read.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
/// Times the log's end is run after before a look is put off.
const TRIES: usize = 50;

/// A model at work.
struct Judge {
    id: Arc<str>,
    model: Box<dyn Polarity + Send + Sync>,
    /// Of the model: what another version read is of no use.
    version: String,
    reader: Reader,
    reviews: Reviews,
    position: Position,
    /// What of it is on disk.
    checkpointed: (Position, Instant),
}

/// Reads reviews as they come with the model that the settings name. Ends when the shop closes.
pub(crate) fn run(core: &Core, closing: &AtomicBool) {
    let mut judge: Option<Judge> = None;
    let mut failed: Option<Arc<str>> = None;
    while !closing.load(Ordering::Relaxed) {
        let wanted = core.settings().reviews_model.clone();
        if judge.as_ref().map(|judge| &judge.id) != wanted.as_ref() {
            judge = None;
            if core.view.load().judged.is_some() {
                core.publish(|view| view.judged = None);
            }
        }
        if let Some(id) = wanted.filter(|id| judge.is_none() && failed.as_ref() != Some(id)) {
            let loaded = core.encoders.polarity(&id).and_then(|model| {
                let version = model.version();
                Judge::begin(core, &id, Box::new(model), version)
            });
            match loaded {
                Ok(loaded) => judge = Some(loaded),
                Err(error) => {
                    tracing::error!(shop = %core.id, model = %id, error = &error as &dyn std::error::Error, "reviews are read by the lexicon alone");
                    failed = Some(id);
                }
            }
        }
        if let Some(judge) = &mut judge
            && let Err(error) = judge.go_on(core, closing)
        {
            tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "reviews could not be judged");
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
    if let Some(judge) = &mut judge {
        report(core, judge.checkpoint(core));
    }
}

fn report(core: &Core, result: Result<()>) {
    if let Err(error) = result {
        tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "judged reviews could not be kept");
    }
}

impl Judge {
    /// Goes on with what the model has read already.
    fn begin(core: &Core, id: &Arc<str>, model: Box<dyn Polarity + Send + Sync>, version: String) -> Result<Self> {
        let checkpoint = core.store.checkpoints().get(CHECKPOINT)?;
        let restored = checkpoint.and_then(|checkpoint| {
            let mut rest = &checkpoint.bytes[..];
            let is_same = take_bytes(&mut rest)? == version.as_bytes();
            let reviews = Reviews::decode(ReviewConfig::default(), take_bytes(&mut rest)?).ok()?;
            // A log that was lost in part could be behind.
            (is_same && checkpoint.position <= core.store.end()).then_some((checkpoint.position, reviews))
        });
        let (position, reviews) = restored.unwrap_or_else(|| (Position(0), Reviews::new(ReviewConfig::default())));
        let reader = Reader::default();
        let checkpointed = (position, Instant::now());
        Ok(Self { id: Arc::clone(id), model, version, reader, reviews, position, checkpointed })
    }

    /// Reads what has come since, and shows it once nothing is left: so that what was erased is not shown again.
    fn go_on(&mut self, core: &Core, closing: &AtomicBool) -> Result<()> {
        let shown = core.view.load().judged.as_ref().is_some_and(|judged| judged.model == self.id);
        let before = self.position;
        for _ in 0..TRIES {
            let end = core.fold.lock().position;
            self.read_until(core, end, closing)?;
            let fold = core.fold.lock();
            if fold.position == self.position {
                if !shown || self.position != before {
                    let (reviews, model) = (self.reviews.clone(), Arc::clone(&self.id));
                    core.publish(|view| view.judged = Some(Judged { reviews, model }));
                }
                break;
            }
            if closing.load(Ordering::Relaxed) {
                break;
            }
        }
        if self.checkpointed.0 != self.position && self.checkpointed.1.elapsed() >= CHECKPOINT_EVERY {
            self.checkpoint(core)?;
        }
        Ok(())
    }

    fn read_until(&mut self, core: &Core, end: Position, closing: &AtomicBool) -> Result<()> {
        if self.position >= end {
            return Ok(());
        }
        let how = How { reader: &self.reader, polarity: Some(&*self.model), counts_mentions: false };
        for event in core.store.read(self.position) {
            let (position, event) = event?;
            if position >= end || closing.load(Ordering::Relaxed) {
                break;
            }
            apply(&mut self.reviews, &how, &event, &|id| core.names.read().items.row(id.as_str()));
            self.position = position.next();
        }
        if !closing.load(Ordering::Relaxed) {
            // Events of an erased user leave holes in the log.
            self.position = self.position.max(end);
        }
        Ok(())
    }

    fn checkpoint(&mut self, core: &Core) -> Result<()> {
        let mut bytes = Vec::new();
        put_bytes(&mut bytes, self.version.as_bytes());
        put_bytes(&mut bytes, &self.reviews.encode());
        core.store.checkpoints().put(CHECKPOINT, self.position, &bytes)?;
        self.checkpointed = (self.position, Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use types::{Event, EventId, FixedClock, Interaction, InteractionKind, ItemId, Millis, Settings, ShopId};

    use super::*;
    use crate::{Engine, EngineConfig, ReviewOptions, ReviewScope};

    fn review(name: &str, text: &str) -> Event {
        let actor = Actor { user: Some(UserId::new(name).unwrap()), ..Actor::default() };
        let mut deed = Interaction::new(InteractionKind::Review, actor);
        (deed.item, deed.text) = (Some(ItemId::new("a").unwrap()), Some(Arc::from(text)));
        Event { id: EventId::new(name).unwrap(), time: Millis(0), body: types::EventBody::Interaction(deed) }
    }

    /// Takes everything for blame that speaks of a fox.
    fn foxes(text: &str) -> f32 {
        if text.contains("fox") { 0.1 } else { 0.9 }
    }

    #[test]
    fn a_model_reads_beside_what_the_lexicon_reads_and_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let config = EngineConfig { data_dir: folder.path().to_owned(), ..EngineConfig::default() };
        let engine = Engine::open(config, Arc::new(FixedClock(Millis(0)))).unwrap();
        let settings = Settings { encoders: Vec::new(), pictures: None, ..Settings::default() };
        let shop = engine.create_shop(&ShopId::new("s").unwrap(), settings).unwrap();
        shop.append(vec![review("anna", "quality is great says the fox"), review("ben", "质量不行")]).unwrap();
        let (core, id, closing) = (shop.core(), Arc::<str>::from("foxes"), AtomicBool::new(false));
        let said = || {
            let report = shop.reviews(&ReviewScope::default(), &ReviewOptions::default());
            (report.reviews.positive, report.reviews.negative, report.read_by.to_string())
        };
        let mut judge = Judge::begin(core, &id, Box::new(foxes), "1".to_owned()).unwrap();
        judge.read_until(core, core.store.end(), &closing).unwrap();
        let judged = |judge: &Judge| {
            let sum = judge.reviews.sum(judge.reviews.items());
            let quotes = sum.quotes.into_values().flatten().map(|(_, quote)| quote.text.to_string());
            (sum.whole.total().positive, sum.whole.total().negative, quotes.collect::<Vec<_>>().join("; "))
        };
        assert_eq!(judged(&judge), (1, 1, "quality is great says the fox; 质量不行".to_owned()));
        assert_eq!(said(), (1, 1, "lexicon".to_owned()), "the shop's settings name no model");
        judge.checkpoint(core).unwrap();

        let erased = types::EventBody::UserErased(UserId::new("anna").unwrap());
        let event = |name: &str, body| Event { id: EventId::new(name).unwrap(), time: Millis(0), body };
        shop.append(vec![event("e", erased), review("carl", "物流很快")]).unwrap();
        let mut again = Judge::begin(core, &id, Box::new(foxes), "1".to_owned()).unwrap();
        assert_eq!(again.position, judge.position);
        again.go_on(core, &closing).unwrap();
        assert_eq!(judged(&again), (2, 1, "物流很快; 质量不行".to_owned()));
        assert_eq!(core.view.load().judged.as_ref().map(|judged| &*judged.model), Some("foxes"));
        let other = Judge::begin(core, &id, Box::new(foxes), "2".to_owned()).unwrap();
        assert_eq!(other.position, Position(0), "another version reads anew");
    }
}
