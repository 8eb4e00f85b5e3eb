//! What changes by itself is looked after while the server runs: an arm of an experiment that does harm is taken out without
//! anybody asking, so is a trained ranker under which fewer answers are clicked, and whoever runs the server is told where
//! learning from clicks stepped back, or came back. Carts whose time is over are removed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::{Engine, FeatureDrift, LearningReport, RankerWatch, RolledBack, Shop, StoppedArm};

/// Time between two looks at the shops. A look reads only what the log has had since the last one.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How soon the end of the server is noticed.
const NAP: Duration = Duration::from_millis(500);

/// What earlier looks at each shop found.
#[derive(Default)]
pub(crate) struct Watches(BTreeMap<String, Watch>);

/// What earlier looks at a shop found.
#[derive(Default)]
struct Watch {
    rankers: RankerWatch,
    /// Whether learning from clicks had stepped back.
    has_fallen_back: bool,
    /// Features that were told to drift.
    drifts: Vec<FeatureDrift>,
}

/// Looks after all shops until the server closes.
pub(crate) fn watch_shops(engine: &Engine, closing: &AtomicBool) {
    let (mut looked, mut watches) = (Instant::now(), Watches::default());
    while !closing.load(Ordering::Relaxed) {
        if looked.elapsed() >= LOOK_EVERY {
            look(engine, &mut watches);
            looked = Instant::now();
        }
        std::thread::sleep(NAP);
    }
}

/// One look at all shops.
pub(crate) fn look(engine: &Engine, watches: &mut Watches) {
    let shops = engine.shops();
    watches.0.retain(|id, _| shops.iter().any(|shop| shop.as_str() == id));
    for id in shops {
        let Ok(shop) = engine.shop(id.as_str()) else { continue };
        let watch = watches.0.entry(id.to_string()).or_default();
        look_at_experiments(&shop);
        look_at_rankers(&shop, &mut watch.rankers);
        look_at_learning(&shop, watch);
        remove_old_carts(&shop);
    }
}

/// Removes carts that nobody touched for weeks.
fn remove_old_carts(shop: &Shop) {
    match shop.purge_carts() {
        Ok(0) => {}
        Ok(removed) => tracing::info!(shop = %shop.id(), removed, "old carts were removed"),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(shop = %shop.id(), error, "old carts could not be removed");
        }
    }
}

/// Takes arms out that do harm.
fn look_at_experiments(shop: &Shop) {
    let id = shop.id();
    match shop.stop_harmful_arms() {
        Ok(stopped) => {
            for StoppedArm { experiment, arm, reason } in stopped {
                tracing::warn!(shop = %id, %experiment, %arm, reason, "a harmful arm was taken out");
            }
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(shop = %id, error, "the experiments could not be looked after");
        }
    }
}

/// Takes trained rankers back that do harm.
fn look_at_rankers(shop: &Shop, watch: &mut RankerWatch) {
    let id = shop.id();
    match shop.roll_back_harmful_rankers(watch) {
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

/// Tells where learning from clicks stepped back or came back since the last look, and which features began to drift.
fn look_at_learning(shop: &Shop, watch: &mut Watch) {
    let (id, LearningReport { online, drifts, .. }) = (shop.id(), shop.learning_report());
    let is_known = |drift: &FeatureDrift| watch.drifts.iter().any(|known| known.feature == drift.feature);
    for drift in drifts.iter().filter(|drift| !is_known(drift)) {
        let (kind, feature) = (drift.kind.name(), &*drift.feature);
        tracing::warn!(shop = %id, kind, feature, index = drift.index, "a feature is distributed otherwise than it was");
    }
    watch.drifts = drifts;
    match (std::mem::replace(&mut watch.has_fallen_back, online.has_fallen_back), online.has_fallen_back) {
        (false, true) => {
            let evidence = &online.evidence;
            tracing::warn!(shop = %id, ?evidence, "fewer click what they look at; what clicks taught steps back");
        }
        (true, false) => tracing::info!(shop = %id, "what clicks taught serves again"),
        _ => {}
    }
}
