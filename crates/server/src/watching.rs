//! Running experiments are looked after while the server runs: an arm that does harm is taken out without anybody asking.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::Engine;

/// Time between two looks at the experiments. A look folds only what the log has had since the last one.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How soon the end of the server is noticed.
const NAP: Duration = Duration::from_millis(500);

/// Looks after the experiments of all shops until the server closes.
pub(crate) fn watch_experiments(engine: &Engine, closing: &AtomicBool) {
    let mut looked = Instant::now();
    while !closing.load(Ordering::Relaxed) {
        if looked.elapsed() >= LOOK_EVERY {
            look(engine);
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
