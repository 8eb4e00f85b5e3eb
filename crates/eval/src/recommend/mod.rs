//! Offline evaluation of recommendation: data sets, protocols, models, figures.

mod data;
mod evaluate;
mod lists;
mod models;
mod shop_time;

use std::path::Path;

use types::{Millis, Settings};

pub use data::{Case, History, Split};
pub use evaluate::Protocol;
pub use models::{Learnt, MODELS, Maker, Recommender, model};

use crate::report::{Bootstrap, Report};
use crate::{Result, dataset_name};

/// Choices of a recommendation evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecommendOptions {
    /// How the data are split.
    pub protocol: Protocol,
    /// Days held out at the end, for [`Protocol::Time`].
    pub holdout_days: u32,
    /// How intervals are found.
    pub bootstrap: Bootstrap,
}

impl RecommendOptions {
    /// The protocol with defaults: 30 days held out.
    pub fn new(protocol: Protocol) -> Self {
        Self { protocol, holdout_days: 30, bootstrap: Bootstrap::default() }
    }
}

/// Evaluates models by name on a folder, all on the same split; one report a model, in the order of the names.
///
/// # Errors
/// Where a model is unknown, or the folder lacks a file or has a bad line.
pub fn evaluate_recommend(dir: &Path, models: &[&str], options: &RecommendOptions) -> Result<Vec<Report>> {
    // Names are checked before minutes are spent on data.
    let models = models.iter().map(|name| model(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    let split = match options.protocol {
        Protocol::Split => Split::train_test(dir)?,
        Protocol::LeaveOneOut => Split::leave_one_out(dir)?,
        Protocol::Sessions => Split::sessions(dir)?,
        Protocol::Time => {
            let settings = Settings::default();
            let log = shop_time::Log::of_folder(dir, &settings, Millis(i64::MAX / 2))?;
            let moment = log.days_before_end(options.holdout_days);
            log.split(dataset_name(dir), moment)?
        }
    };
    evaluate_all(&split, &models, options.protocol, options.bootstrap)
}

/// Evaluates models by name on a shop's own log: what happened before `moment` (`None`: 30 days before the last
/// interaction) is learnt, and the next basket of each known user after it is asked for.
///
/// # Errors
/// Where a model is unknown, the log cannot be read, or nobody bought both before and after.
pub fn evaluate_shop_time(
    shop: &engine::Shop,
    moment: Option<Millis>,
    models: &[&str],
    bootstrap: Bootstrap,
) -> Result<Vec<Report>> {
    let models = models.iter().map(|name| model(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    let settings = shop.settings();
    let log = shop_time::Log::of_shop(shop, &settings)?;
    let moment = moment.unwrap_or_else(|| log.days_before_end(30));
    let split = log.split(shop.id().to_string(), moment)?;
    evaluate_all(&split, &models, Protocol::Time, bootstrap)
}

fn evaluate_all(
    split: &Split,
    models: &[(&'static str, Maker)],
    protocol: Protocol,
    bootstrap: Bootstrap,
) -> Result<Vec<Report>> {
    let learnt = Learnt::from_split(split);
    Ok(models.iter().map(|model| evaluate::evaluate(split, protocol, &learnt, *model, bootstrap)).collect())
}
