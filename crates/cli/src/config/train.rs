//! `[train]` of the configuration file: recommenders and rankers that a server trains anew in the background.

use std::time::Duration;

use anyhow::Result;
use engine::{ALL_MODELS, Promote, RankerKind, TrainingOrder, trained_kind};
use serde::Deserialize;
use serde_json::{Value, json};
use server::Refresh;
use types::{FieldError, RecommendKind};

use crate::failure::user;

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainFile {
    every: String,
    shops: Option<Vec<String>>,
    kinds: Option<Vec<String>>,
    rankers: Option<Vec<String>>,
    models: Option<Vec<String>>,
    holdout_days: Option<u32>,
    memory_mb: Option<u64>,
    threads: Option<usize>,
    promote: Option<String>,
}

/// Anything shorter would train all the time.
const EVERY_MIN: Duration = Duration::from_secs(60);

impl TrainFile {
    /// Checks everything.
    pub(super) fn read(self) -> Result<Refresh> {
        let every = duration(&self.every).filter(|every| *every >= EVERY_MIN);
        let Some(every) = every else {
            let message =
                format!("train.every: expected a time of at least 1m, such as 90m, 24h or 7d, got {}", self.every);
            return Err(user(message));
        };
        if let Some(memory) = self.memory_mb.filter(|memory| !(1..=1 << 24).contains(memory)) {
            return Err(user(format!("train.memory_mb: expected 1 to 16777216, got {memory}")));
        }
        if let Some(threads) = self.threads.filter(|threads| *threads > 256) {
            return Err(user(format!("train.threads: expected at most 256, got {threads}")));
        }
        let kinds = self.kinds.unwrap_or_else(|| vec![RecommendKind::ForYou.name().to_owned()]);
        let kinds = kinds.iter().map(|name| trained_kind(name).map_err(|error| error.within("train")));
        let ranker = |name: &String| {
            RankerKind::from_name(name).map_err(|error| FieldError { field: "train.rankers".to_owned(), ..error })
        };
        let rankers = self.rankers.iter().flatten().map(ranker);
        let refresh = Refresh {
            every,
            shops: self.shops.unwrap_or_default(),
            kinds: kinds.collect::<Result<_, _>>()?,
            rankers: rankers.collect::<Result<_, _>>()?,
            models: self.models.unwrap_or_else(|| vec![ALL_MODELS.to_owned()]),
            holdout_days: self.holdout_days.unwrap_or(30),
            memory: self.memory_mb.map(|megabytes| megabytes << 20),
            threads: self.threads.unwrap_or(0),
            promote: match &self.promote {
                Some(name) => Promote::from_name(name).map_err(|error| error.within("train"))?,
                None => Promote::IfBetter,
            },
        };
        let order = TrainingOrder {
            models: refresh.models.clone(),
            holdout_days: refresh.holdout_days,
            ..TrainingOrder::new(RecommendKind::ForYou)
        };
        order.methods().map_err(|error| error.within("train"))?;
        Ok(refresh)
    }
}

/// A whole number of seconds, minutes, hours or days.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}

/// The section as it is shown.
pub(super) fn train_value(train: &Refresh) -> Value {
    let kinds: Vec<&str> = train.kinds.iter().map(|kind| kind.name()).collect();
    let rankers: Vec<&str> = train.rankers.iter().map(|kind| kind.name()).collect();
    json!({
        "every": format!("{}s", train.every.as_secs()), "shops": train.shops, "kinds": kinds, "rankers": rankers,
        "models": train.models, "holdout_days": train.holdout_days, "memory_mb": train.memory.map(|bytes| bytes >> 20), "threads": train.threads,
        "promote": train.promote.name(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Refresh, String> {
        let file: TrainFile = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        file.read().map_err(|error| error.to_string())
    }

    #[test]
    fn the_section_is_checked_field_by_field() {
        let refresh = read("every = \"24h\"\nmodels = [\"popular\"]\nmemory_mb = 2048\nthreads = 1").unwrap();
        assert_eq!((refresh.every, refresh.memory, refresh.threads), (Duration::from_secs(86_400), Some(2 << 30), 1));
        assert_eq!((refresh.kinds, refresh.promote), (vec![RecommendKind::ForYou], Promote::IfBetter));
        assert_eq!(refresh.rankers, []);
        let rankers = read("every = \"1d\"\nkinds = []\nrankers = [\"search\", \"recommend\"]").unwrap();
        assert_eq!((rankers.kinds, rankers.rankers), (Vec::new(), RankerKind::ALL.to_vec()));
        for (text, expected) in [
            ("every = \"1d\"\nrankers = [\"for-you\"]", "`train.rankers`: expected one of search, recommend"),
            ("every = \"5\"", "train.every: expected a time of at least 1m"),
            ("every = \"10s\"", "train.every: expected a time of at least 1m"),
            ("every = \"99999999999999999999d\"", "train.every"),
            ("every = \"1d\"\nmodels = [\"magic\"]", "`train.model`: expected one of"),
            ("every = \"1d\"\nkinds = [\"new\"]", "`train.kind`: expected one of for-you, similar, bought-together"),
            ("every = \"1d\"\npromote = \"maybe\"", "`train.promote`: expected one of no, yes, if-better"),
            ("every = \"1d\"\nholdout_days = 0", "`train.holdout_days`: expected 1 to 3650"),
            ("every = \"1d\"\nmemory_mb = 0", "train.memory_mb: expected 1 to"),
            ("models = []", "missing field `every`"),
            ("every = \"1d\"\nwhen = 1", "unknown field `when`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
