//! What changes by itself is looked after while the server runs: an arm of an experiment that does harm is taken out without
//! anybody asking, so is a trained ranker under which fewer answers are clicked, and whoever runs the server is told where learning from clicks fell back, or came back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::{Engine, RankerWatch, RolledBack};

/// Time between two looks at the experiments. A look folds only what the log has had since the last one.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How soon the end of the server is noticed.
const NAP: Duration = Duration::from_millis(500);

/// Looks after all shops until the server closes.
pub(crate) fn watch_shops(engine: &Engine, closing: &AtomicBool) {
    let mut looked = Instant::now();
    let (mut fallen, mut rankers) = (BTreeMap::new(), BTreeMap::new());
    while !closing.load(Ordering::Relaxed) {
        if looked.elapsed() >= LOOK_EVERY {
            look(engine);
            look_at_learning(engine, &mut fallen);
            look_at_rankers(engine, &mut rankers);
            looked = Instant::now();
        }
        std::thread::sleep(NAP);
    }
}

/// One look at the experiments of all shops.
pub(crate) fn look(engine: &Engine) {
    for id in engine.shops() {
        let Ok(shop) = engine.shop(id.as_str()) else { continue };
        match shop.stop_harmful_arms() {
            Ok(stopped) => {
                for engine::StoppedArm { experiment, arm, reason } in stopped {
                    tracing::warn!(shop = %id, %experiment, %arm, reason, "a harmful arm was taken out");
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(shop = %id, error, "the experiments could not be looked after");
            }
        }
    }
}

/// Tells where learning from clicks fell back or came back since the last look; `fallen` is what was then.
fn look_at_learning(engine: &Engine, fallen: &mut BTreeMap<String, bool>) {
    for id in engine.shops() {
        let Ok(shop) = engine.shop(id.as_str()) else { continue };
        let online = shop.learning_report().online;
        let before = fallen.insert(id.to_string(), online.has_fallen_back).unwrap_or_default();
        match (before, online.has_fallen_back) {
            (false, true) => {
                let evidence = &online.evidence;
                tracing::warn!(shop = %id, ?evidence, "what clicks taught does harm; the last good ranking serves");
            }
            (true, false) => tracing::info!(shop = %id, "what clicks taught has recovered and serves again"),
            _ => {}
        }
    }
}

/// Takes trained rankers back that do harm.
fn look_at_rankers(engine: &Engine, watches: &mut BTreeMap<String, RankerWatch>) {
    for id in engine.shops() {
        let Ok(shop) = engine.shop(id.as_str()) else { continue };
        match shop.roll_back_harmful_rankers(watches.entry(id.to_string()).or_default()) {
            Ok(taken_back) => {
                for RolledBack { kind, version, now, clicked: (before, after) } in taken_back {
                    let kind = kind.name();
                    tracing::warn!(shop = %id, kind, version, ?now, before, after, "a trained ranker was taken back");
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(shop = %id, error, "the rankers could not be looked after");
            }
        }
    }
}
