use engine::{Promote, RankerKind, RankerOrder, ReplayOptions, Shop, TrainWatch};
use serde_json::{Value, json};

use super::{RankerData, RankerOptions, RankerReport, TrainedRanker, train_ranker};
use crate::{Error, Result};

/// A ranker that a shop keeps.
#[derive(Clone, Debug)]
pub struct KeptRanker {
    /// Its version.
    pub version: u32,
    /// Whether it was put in force.
    pub promoted: bool,
    /// Why, or why not.
    pub reason: String,
    /// How it was chosen and how well it does.
    pub report: RankerReport,
}

impl KeptRanker {
    /// As a document.
    pub fn to_json(&self) -> Value {
        let mut document = self.report.to_json();
        document["version"] = json!(self.version);
        document["promoted"] = json!(self.promoted);
        document["reason"] = json!(self.reason);
        document
    }
}

/// Trains a ranker as [`train_ranker`] does, keeps it, and puts it in force as `promote` says.
///
/// # Errors
/// As [`train_ranker`], and a registry that cannot be written.
pub fn train_and_keep(
    shop: &Shop,
    kind: RankerKind,
    (data, options): (&RankerData<'_>, &RankerOptions),
    promote: Promote,
    watch: &mut TrainWatch<'_>,
) -> Result<KeptRanker> {
    let TrainedRanker { ranker, report } = train_ranker(shop, data, options, watch)?;
    let version = shop.keep_ranker(kind, &ranker, &report.to_json())?;
    let (promoted, reason) = decide(promote, &report);
    if promoted {
        shop.promote_ranker(kind, version)?;
    }
    Ok(KeptRanker { version, promoted, reason: reason.to_owned(), report })
}

/// Carries out an order as [`train_and_keep`] does.
///
/// # Errors
/// As [`train_and_keep`].
pub fn train_ordered(shop: &Shop, order: &RankerOrder, watch: &mut TrainWatch<'_>) -> Result<KeptRanker> {
    order.check()?;
    let replay = ReplayOptions { kind: order.kind, slates: order.slates, ..ReplayOptions::default() };
    let options = RankerOptions { is_impersonal: order.is_impersonal, ..RankerOptions::default() };
    let named = rayon::ThreadPoolBuilder::new().num_threads(order.threads).thread_name(|_| "training".to_owned());
    let pool = named.build().map_err(|error| Error::Threads(error.to_string()))?;
    let data = RankerData::Log(replay);
    pool.install(|| train_and_keep(shop, order.kind, (&data, &options), order.promote, watch))
}

/// Whether a new ranker is put in force, and why.
fn decide(promote: Promote, report: &RankerReport) -> (bool, &'static str) {
    let is_worse = report.against_current.as_ref().is_some_and(|compared| compared.interval.1 < 0.0);
    match promote {
        Promote::No => (false, "nobody asked to put it in force"),
        Promote::Yes => (true, "it was asked for"),
        Promote::IfBetter if !report.is_better() => {
            (false, "it is not better than the untrained ranker by more than noise")
        }
        Promote::IfBetter if is_worse => (false, "it is worse than what is in force by more than noise"),
        Promote::IfBetter => (true, "it is better than the untrained ranker by more than noise"),
    }
}
