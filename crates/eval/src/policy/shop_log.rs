//! A shop's own log: impressions, joined with what was done with the items shown.

use std::path::Path;

use learn::off_policy::Round;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use types::{FieldError, InteractionKind};

use super::{Names, PolicyLog, PolicyReward};
use crate::{Result, lines};

/// An item shown, before it is known what came of it.
struct Shown {
    query_id: String,
    item: String,
}

/// What is known so far.
#[derive(Default)]
struct Reader {
    log: PolicyLog,
    shown: Vec<Shown>,
    units: Names,
    seen: FxHashSet<String>,
    /// Rewards by request and item.
    rewards: FxHashMap<(String, String), f64>,
    duplicates: usize,
}

impl PolicyReward {
    fn kind(self) -> InteractionKind {
        match self {
            Self::Click => InteractionKind::Click,
            Self::AddToCart => InteractionKind::AddToCart,
            Self::Purchase | Self::Value => InteractionKind::Purchase,
        }
    }
}

/// Reads events, one document a line, in any order. Those of other types are passed over; one with an `event_id` that was
/// read before is a copy and changes nothing.
///
/// Documents are read here and not through the shop's own checks because a log that is to be judged may have faults that a
/// shop refuses: a propensity of 0, missing or above 1 is left out and counted, not taken for 1.
pub(super) fn read(path: &Path, reward: PolicyReward) -> Result<PolicyLog> {
    let mut reader = Reader::default();
    let kind = reward.kind();
    lines::each(path, |_, line| {
        let document: Value = serde_json::from_str(line)
            .map_err(|error| FieldError::new("json_invalid", "line", "a JSON document", error.to_string()))?;
        let name = document.get("type").and_then(Value::as_str).unwrap_or_default();
        if name != "impression" && name != kind.name() {
            return Ok(());
        }
        if let Some(id) = document.get("event_id").and_then(Value::as_str)
            && !reader.seen.insert(id.to_owned())
        {
            reader.duplicates += 1;
            return Ok(());
        }
        if name == "impression" { reader.impression(&document) } else { reader.interaction(&document, reward) }
    })?;
    Ok(reader.joined(reward))
}

impl Reader {
    fn impression(&mut self, document: &Value) -> std::result::Result<(), FieldError> {
        let query_id = required_text(document, "query_id")?;
        let unit = ["user", "anonymous", "session"].iter().find_map(|name| Some((name, text(document, name)?)));
        let unit = unit.map_or_else(|| format!("query {query_id}"), |(kind, name)| format!("{kind} {name}"));
        let unit = self.units.number(&unit) as u64;
        let slots = document.get("shown").and_then(Value::as_array);
        let slots = slots.ok_or_else(|| FieldError::new("field_missing", "shown", "the items shown, in order", ""))?;
        let mut rows: Vec<(usize, usize)> = Vec::with_capacity(slots.len());
        for (place, slot) in slots.iter().enumerate() {
            let within = |error: FieldError| error.within(&format!("shown[{place}]"));
            let item = required_text(slot, "item").map_err(within)?;
            let position = slot
                .get("position")
                .and_then(Value::as_u64)
                .map_or(place, |from_one| usize::try_from(from_one.saturating_sub(1)).unwrap_or(usize::MAX));
            if position >= POSITIONS_MAX {
                let expected = "a place from 1 to 100000";
                return Err(within(FieldError::new("out_of_range", "position", expected, position.to_string())));
            }
            rows.push((position, self.log.rounds.len()));
            self.log.rounds.push(Round {
                unit,
                context: Vec::new(),
                position,
                action: self.log.items.number(item),
                reward: 0.0,
                propensity: slot.get("propensity").and_then(Value::as_f64),
                target: Vec::new(),
            });
            self.log.requests.push(Some(query_id.to_owned()));
            self.shown.push(Shown { query_id: query_id.to_owned(), item: item.to_owned() });
        }
        rows.sort_unstable();
        if !rows.is_empty() {
            self.log.slates.push(rows.into_iter().map(|(_, row)| row).collect());
        }
        Ok(())
    }

    fn interaction(&mut self, document: &Value, reward: PolicyReward) -> std::result::Result<(), FieldError> {
        let (Some(query_id), Some(item)) = (text(document, "query_id"), text(document, "item")) else {
            return Ok(());
        };
        let kept = self.rewards.entry((query_id.to_owned(), item.to_owned())).or_default();
        match reward {
            PolicyReward::Click | PolicyReward::AddToCart | PolicyReward::Purchase => *kept = 1.0,
            PolicyReward::Value => {
                let amount = document.get("value").and_then(|value| value.get("amount")).and_then(Value::as_f64);
                let expected = "{\"amount\": 12.99, \"currency\": \"EUR\"}";
                *kept += amount.ok_or_else(|| FieldError::new("field_missing", "value", expected, "none"))?;
            }
        }
        Ok(())
    }

    /// Gives each reward to the first row of its request that showed its item.
    fn joined(mut self, reward: PolicyReward) -> PolicyLog {
        let mut matched = 0;
        for (round, shown) in self.log.rounds.iter_mut().zip(self.shown) {
            if let Some(reward) = self.rewards.remove(&(shown.query_id, shown.item)) {
                round.reward = reward;
                matched += 1;
            }
        }
        let name = reward.kind();
        let name = name.name();
        let mut remarks = vec![format!("{matched} items shown were followed by a {name}")];
        if !self.rewards.is_empty() {
            remarks.push(format!("{} with a {name} were never shown: not counted", self.rewards.len()));
        }
        if self.duplicates > 0 {
            remarks.push(format!("{} events were copies of others", self.duplicates));
        }
        self.log.remarks = remarks;
        self.log
    }
}

/// Deepest place of an item shown.
const POSITIONS_MAX: usize = 100_000;

fn text<'a>(document: &'a Value, name: &str) -> Option<&'a str> {
    document.get(name).and_then(Value::as_str)
}

fn required_text<'a>(document: &'a Value, name: &str) -> std::result::Result<&'a str, FieldError> {
    text(document, name).ok_or_else(|| FieldError::new("field_missing", name, "a text", "none"))
}
