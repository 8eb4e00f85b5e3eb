//! Offline evaluation of recommendation: data sets, protocols, models, figures.

mod contents;
mod data;
mod evaluate;
mod lists;
mod models;
mod shop_time;
mod trade_off;
mod train;
mod tune;

use std::path::Path;
use std::sync::Arc;

use types::{FieldError, Millis, Settings};

pub use data::{Case, History, Order, Part, Split};
pub use evaluate::Protocol;
pub(crate) use evaluate::{answer, history};
pub use learn::recommend::objectives::{Objective, Point};
pub(crate) use lists::spread;
pub use models::{Choice, Learnt, Recommender};
pub use trade_off::{TradeOff, trade_off_folder, trade_off_shop};
pub use train::{MEASURE, Role, Row, TrainReport, train_shop};
pub use tune::{Trial, TuneRecommendOptions, TuneRecommendReport, tune_recommend_folder, tune_recommend_shop};

use crate::report::{Bootstrap, Report};
use crate::{Result, dataset_name};

/// Choices of a recommendation evaluation.
#[derive(Clone, PartialEq, Debug)]
pub struct RecommendOptions {
    /// How the data are split.
    pub protocol: Protocol,
    /// Which part is asked for.
    pub part: Part,
    /// Cases asked at most, drawn by chance; 0 asks all.
    pub cases: usize,
    /// Hyper-parameters other than the defaults: model, name, value.
    pub chosen: Vec<(String, String, f64)>,
    /// Days held out at the end, for [`Protocol::Time`].
    pub holdout_days: u32,
    /// How intervals are found.
    pub bootstrap: Bootstrap,
}

impl RecommendOptions {
    /// The protocol with defaults: 30 days held out.
    pub fn new(protocol: Protocol) -> Self {
        let (part, bootstrap) = (Part::Test, Bootstrap::default());
        Self { protocol, part, cases: 0, chosen: Vec::new(), holdout_days: 30, bootstrap }
    }
}

/// Evaluates models by name on a folder, all on the same split; one report a model, in the order of the names.
///
/// # Errors
/// Where a model is unknown, or the folder lacks a file or has a bad line.
pub fn evaluate_recommend(dir: &Path, models: &[&str], options: &RecommendOptions) -> Result<Vec<Report>> {
    // Names are checked before minutes are spent on data.
    let models = choices(models, &options.chosen)?;
    let mut split = split_of_folder(dir, options, &Settings::default())?;
    split.sample(options.cases);
    evaluate_all(&split, &models, options.protocol, options.bootstrap)
}

/// The folder's data, split as the options say, with what its files say of the items.
pub(crate) fn split_of_folder(dir: &Path, options: &RecommendOptions, settings: &Settings) -> Result<Split> {
    let mut split = match (options.protocol, options.part) {
        (Protocol::LeaveOneOut, part) => Split::leave_one_out(dir, part),
        (Protocol::Split, Part::Test) => Split::train_test(dir),
        (Protocol::Split, Part::Validation) => Split::train_test(dir)?.hold_out_items(10),
        (Protocol::Sessions, Part::Test) => Split::sessions(dir),
        (Protocol::Sessions, Part::Validation) => Split::sessions(dir)?.hold_out_sessions(20),
        (Protocol::Time, part) => by_time(dir, part, options, settings),
        (Protocol::NewItems, part) if has_events(dir) => {
            by_time(dir, part, options, settings)?.hide_items(ONE_ITEM_NEW)
        }
        (Protocol::NewItems, part) => Split::leave_one_out(dir, part)?.hide_items(ONE_ITEM_NEW),
    }?;
    if split.contents.attributes.is_empty() && split.contents.dims == 0 {
        split.contents = Arc::new(contents::of_folder(dir, &split.items)?);
    }
    Ok(split)
}

/// One item in so many is new, for [`Protocol::NewItems`].
const ONE_ITEM_NEW: usize = 10;

fn has_events(dir: &Path) -> bool {
    ["events.jsonl", crate::fixtures::GIFTS_LINES].iter().any(|name| crate::lines::find(dir, name).is_some())
}

fn by_time(dir: &Path, part: Part, options: &RecommendOptions, settings: &Settings) -> Result<Split> {
    let mut log = shop_time::Log::of_folder(dir, settings, Millis(i64::MAX / 2))?;
    if part == Part::Validation {
        log.cut(log.days_before_end(options.holdout_days));
    }
    let moment = log.days_before_end(options.holdout_days);
    log.split(dataset_name(dir), moment, shop_time::Asked::NextBasket)
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
    chosen: &[(String, String, f64)],
    bootstrap: Bootstrap,
) -> Result<Vec<Report>> {
    let models = choices(models, chosen)?;
    evaluate_all(&split_of_shop(shop, moment)?, &models, Protocol::Time, bootstrap)
}

/// The log of a shop, split before the next baskets that are asked for; `None` splits 30 days before the last interaction.
pub(crate) fn split_of_shop(shop: &engine::Shop, moment: Option<Millis>) -> Result<Split> {
    let log = shop_time::Log::of_shop(shop)?;
    let moment = moment.unwrap_or_else(|| log.days_before_end(30));
    Ok(log.split_of(shop, moment, &[shop_time::Asked::NextBasket])?.1)
}

/// The models by name, each with the hyper-parameters chosen for it.
pub(crate) fn choices(
    models: &[&str],
    chosen: &[(String, String, f64)],
) -> std::result::Result<Vec<Choice>, FieldError> {
    if let Some((model, ..)) = chosen.iter().find(|(model, ..)| !models.contains(&model.as_str())) {
        return Err(FieldError::new("unknown_model", "set", format!("one of {}", models.join(", ")), model.clone()));
    }
    let of = |name: &str| -> Vec<(String, f64)> {
        let own = chosen.iter().filter(|(model, ..)| model == name);
        own.map(|(_, parameter, value)| (parameter.clone(), *value)).collect()
    };
    models.iter().map(|name| Choice::new(name, &of(name))).collect()
}

fn evaluate_all(split: &Split, models: &[Choice], protocol: Protocol, bootstrap: Bootstrap) -> Result<Vec<Report>> {
    let learnt = Learnt::from_split(split);
    models.iter().map(|model| evaluate::evaluate(split, protocol, &learnt, model, bootstrap)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tastes that never meet: whoever likes one of the first three items is not shown one of the others.
    fn evaluate(files: &[(&str, &str)], protocol: Protocol) -> Vec<Report> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs_err::write(dir.path().join(name), text).unwrap();
        }
        evaluate_recommend(dir.path(), &["popular", "neighbours", "for-you"], &RecommendOptions::new(protocol)).unwrap()
    }

    fn value(report: &Report, name: &str) -> f64 {
        report.metric(name).unwrap().value
    }

    #[test]
    fn split_masks_what_was_seen() {
        let train = "1 a b c\n2 a b\n3 x y z\n4 x y\n5 a b c\n6 x y z\n7 q\n";
        let reports = evaluate(&[("train.txt", train), ("test.txt", "2 c\n4 z\n")], Protocol::Split);
        let [popular, neighbours, for_you] = reports.as_slice() else { panic!("{reports:?}") };
        assert_eq!((value(neighbours, "mrr@10"), value(for_you, "mrr@10")), (1.0, 1.0));
        // a and b (or x and y) are seen and masked, and the other taste's four are as popular or more.
        assert!(value(popular, "mrr@10") < 1.0 && value(popular, "hr@10") == 1.0);
        assert_eq!((popular.queries, popular.protocol.as_str()), (2, "split"));
        assert!(value(popular, "novelty@10") > 0.0 && value(popular, "coverage@10") > 0.9);
    }

    #[test]
    fn leave_one_out_asks_for_the_last() {
        let sequences = "1 a b c d\n2 a b c d\n3 x y z w\n4 a b c q r\n";
        let reports = evaluate(&[("sequences.txt", sequences)], Protocol::LeaveOneOut);
        assert_eq!(reports[0].queries, 4);
        // Only user 4 has c in training, so d, w and r are known to nobody and cannot be found.
        assert!(reports.iter().all(|report| value(report, "recall@50") < 1.0));
    }

    #[test]
    fn new_items_are_asked_for_where_nothing_was_learnt_of_them() {
        let line = |user: usize| {
            format!("{user} i{} i{} i{} i{}\n", user % 20, (user + 1) % 20, (user + 2) % 20, 7 * user % 20)
        };
        let sequences: String = (0..60).map(line).collect();
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join("sequences.txt"), sequences).unwrap();
        let options = RecommendOptions::new(Protocol::NewItems);
        let reports = evaluate_recommend(dir.path(), &["popular", "random"], &options).unwrap();
        assert_eq!((value(&reports[0], "recall@50"), value(&reports[1], "recall@50")), (0.0, 1.0));
        assert_eq!(value(&reports[1], "new_recall@50"), 1.0);
    }

    #[test]
    fn sessions_may_ask_for_an_item_again() {
        let sessions = "a b a\na b\na b\nx y\nx y\n";
        let files = [("train_sessions.txt", sessions), ("test_prefix_target.tsv", "x\ty\na\tb\na b\ta\n")];
        let reports = evaluate(&files, Protocol::Sessions);
        assert_eq!(value(&reports[2], "hr@5"), 1.0);
        assert_eq!(value(&reports[1], "hr@5"), 1.0);
    }

    #[test]
    fn time_reads_events() {
        let event = |id: u32, day: u32, user: &str, session: &str, item: &str| {
            format!(
                "{{\"event_id\":\"{id}\",\"type\":\"purchase\",\"time\":\"2024-01-{day:02}T10:00:00Z\",\"user\":\"{user}\",\"session\":\"{session}\",\"item\":\"{item}\"}}\n"
            )
        };
        let mut events = String::new();
        for (id, (day, user, item)) in
            [(1, "u1", "茶"), (1, "u1", "杯"), (2, "u2", "茶"), (2, "u2", "杯"), (3, "u3", "茶")].iter().enumerate()
        {
            events += &event(id as u32, *day, user, &format!("{user}-1"), item);
        }
        events += &event(9, 28, "u3", "u3-2", "杯");
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join("events.jsonl"), events).unwrap();
        let options = RecommendOptions { holdout_days: 20, ..RecommendOptions::new(Protocol::Time) };
        let reports = evaluate_recommend(dir.path(), &["for-you"], &options).unwrap();
        assert_eq!((reports[0].queries, value(&reports[0], "hr@5")), (1, 1.0));
    }

    #[test]
    fn time_reads_the_committed_gift_shop() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/gifts");
        let reports = evaluate_recommend(&dir, &["popular"], &RecommendOptions::new(Protocol::Time)).unwrap();
        assert_eq!((reports[0].dataset.as_str(), reports[0].protocol.as_str()), ("gifts", "time"));
        // A floor, not a figure: what sells best is far from nothing, and a change that breaks it should be seen.
        assert!(reports[0].queries > 1_000 && value(&reports[0], "hr@10") > 0.2, "{:?}", reports[0]);
    }

    #[test]
    fn models_are_checked_before_data() {
        let error =
            evaluate_recommend(Path::new("nowhere"), &["x"], &RecommendOptions::new(Protocol::Split)).unwrap_err();
        assert!(error.is_user() && error.to_string().starts_with("`model`: expected one of"), "{error}");
    }
}
