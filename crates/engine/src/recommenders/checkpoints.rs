//! Checkpoints of a training under way, so that it goes on after a stop.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use store::Documents;
use types::{Millis, RecommendKind};

use super::TrainingOrder;
use super::shelf::Fnv;
use crate::{Result, Shop};

/// Time between two checkpoints; longer where writing one takes a tenth of it.
const PAUSE: Duration = Duration::from_secs(20);
/// What was stopped longer ago is begun anew, with the log as it is now.
const AGE_MAX: i64 = Millis::DAY;

/// The checkpoints of a shop's training of one kind. A training that is ordered again within a day of its beginning learns from
/// the log up to the same moment and takes up what was saved; another order deletes it.
pub struct TrainingCheckpoints<'a> {
    documents: &'a Documents,
    kind: RecommendKind,
    until: Millis,
    goes_on: bool,
    saved: Instant,
    pause: Duration,
}

impl Shop {
    /// The checkpoints of an order whose training would learn from the log up to `last`, that moment included.
    ///
    /// # Errors
    /// Where what is there cannot be read or deleted.
    pub fn training_checkpoints(&self, order: &TrainingOrder, last: Millis) -> Result<TrainingCheckpoints<'_>> {
        let (documents, now) = (self.core.store.trainings(), self.core.clock.now());
        let mut checkpoints = TrainingCheckpoints {
            documents,
            kind: order.kind,
            until: Millis(last.0.saturating_add(1)),
            goes_on: false,
            saved: Instant::now(),
            pause: PAUSE,
        };
        let about = json!({ "models": order.models, "chosen": order.chosen, "holdout_days": order.holdout_days });
        // One that is damaged is as none.
        let before: Option<Json> =
            documents.get(&checkpoints.order()).ok().flatten().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let begun = before.filter(|before| before["order"] == about).and_then(|before| {
            let (begun, until) = (before["begun_ms"].as_i64()?, before["until_ms"].as_i64()?);
            (now.0.saturating_sub(begun) < AGE_MAX && until <= checkpoints.until.0).then_some(until)
        });
        if let Some(until) = begun {
            (checkpoints.until, checkpoints.goes_on) = (Millis(until), true);
        } else {
            checkpoints.delete()?;
            let text = json!({ "order": about, "begun_ms": now.0, "until_ms": checkpoints.until.0 }).to_string();
            documents.put(&checkpoints.order(), text.as_bytes())?;
        }
        Ok(checkpoints)
    }
}

impl TrainingCheckpoints<'_> {
    /// The moment before which it learns from the log.
    pub fn until(&self) -> Millis {
        self.until
    }

    /// Whether it takes up a training that was stopped.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// What was last saved under a name; damaged, it is as if there were none.
    pub fn load(&self, name: &str) -> Option<Vec<u8>> {
        self.documents.get(&self.document(name)).ok().flatten()
    }

    /// Saves, where it is time to. A checkpoint that cannot be written only costs time after a stop, so it is told in the log and
    /// the training goes on.
    pub fn save(&mut self, name: &str, state: &mut dyn FnMut() -> Vec<u8>) {
        if self.saved.elapsed() < self.pause {
            return;
        }
        let began = Instant::now();
        if let Err(error) = self.documents.put(&self.document(name), &state()) {
            tracing::warn!(
                kind = self.kind.name(),
                error = &error as &dyn std::error::Error,
                "no checkpoint of a training"
            );
        }
        self.saved = Instant::now();
        self.pause = PAUSE.max(10 * began.elapsed());
    }

    /// Deletes all: the training is over.
    ///
    /// # Errors
    /// Where a file cannot be deleted.
    pub fn delete(&self) -> Result<()> {
        let own = format!("{}.", self.kind.name());
        let names = self.documents.names()?;
        names.iter().filter(|name| name.starts_with(&own)).try_for_each(|name| self.documents.delete(name))?;
        Ok(())
    }

    fn order(&self) -> String {
        format!("{}.order", self.kind.name())
    }

    /// Names of parts are as long as they like.
    fn document(&self, name: &str) -> String {
        let mut mark = Fnv::default();
        mark.add(name.as_bytes());
        format!("{}.{}", self.kind.name(), mark.text())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use types::{FixedClock, Settings, ShopId};

    use super::*;
    use crate::{Engine, EngineConfig};

    const NOW: Millis = Millis(1_760_000_000_000);

    #[test]
    fn the_same_order_goes_on_and_another_or_a_late_one_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let open = |now: i64| {
            let config = EngineConfig { data_dir: folder.path().to_owned(), ..EngineConfig::default() };
            Engine::open(config, Arc::new(FixedClock(Millis(NOW.0 + now)))).unwrap()
        };
        let id = ShopId::new("tea").unwrap();
        let order = TrainingOrder::new(RecommendKind::ForYou);
        let save = |checkpoints: &mut TrainingCheckpoints<'_>, bytes: &[u8]| {
            checkpoints.pause = Duration::ZERO;
            checkpoints.save("a part with a name", &mut || bytes.to_vec());
        };
        let load = |checkpoints: &TrainingCheckpoints<'_>| checkpoints.load("a part with a name");
        {
            let engine = open(0);
            let shop = engine.create_shop(&id, Settings { encoders: Vec::new(), ..Settings::default() }).unwrap();
            let mut first = shop.training_checkpoints(&order, Millis(500)).unwrap();
            assert_eq!((first.goes_on(), first.until(), load(&first)), (false, Millis(501), None));
            first.save("too early", &mut || unreachable!("nobody asks for it"));
            save(&mut first, b"state");
            save(&mut first, b"next");
            let other = TrainingOrder { kind: RecommendKind::Similar, ..order.clone() };
            assert!(!shop.training_checkpoints(&other, Millis(500)).unwrap().goes_on(), "kinds do not meddle");
        }
        {
            let engine = open(Millis::DAY - 1);
            let shop = engine.shop("tea").unwrap();
            let mut again = shop.training_checkpoints(&order, Millis(900)).unwrap();
            assert_eq!((again.goes_on(), again.until()), (true, Millis(501)), "what happened since is left aside");
            assert_eq!(load(&again), Some(b"next".to_vec()));
            let other = TrainingOrder { holdout_days: 7, ..order.clone() };
            let other = shop.training_checkpoints(&other, Millis(900)).unwrap();
            assert_eq!((other.goes_on(), other.until(), load(&other)), (false, Millis(901), None));
            save(&mut again, b"state");
        }
        let engine = open(3 * Millis::DAY);
        let shop = engine.shop("tea").unwrap();
        let late = shop.training_checkpoints(&order, Millis(900)).unwrap();
        assert_eq!((late.goes_on(), load(&late)), (false, None));
        late.delete().unwrap();
        assert!(!shop.training_checkpoints(&order, Millis(900)).unwrap().goes_on(), "over is over");
    }
}
