//! Who changed what of a shop's decisions, and when: the last changes, with what was before and after where it is small enough.

use serde_json::{Value, json};
use types::Millis;

use crate::{Error, Result, Shop};

const DOCUMENT: &str = "audit";
/// Changes that are remembered; the oldest go first.
const ENTRIES_MAX: usize = 1000;
/// Bytes of what was before and after together that one change keeps, and of all changes.
const STATE_BYTES_MAX: usize = 256 << 10;
const BYTES_MAX: usize = 8 << 20;

/// A change of something that a shop decides.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditEntry {
    /// Counts the changes of a shop, from 1.
    pub number: u64,
    /// When.
    pub time: Millis,
    /// Id and name of the key that did it; `None` where keys are not asked for.
    pub key: Option<(String, String)>,
    /// Kind of thing that was changed, such as `settings`.
    pub kind: String,
    /// Which one of the kind.
    pub what: String,
    /// What was done with it, such as `published`.
    pub action: String,
    /// How it was before and is after; `None` where that is too much to keep, or not fit to be kept.
    pub states: Option<States>,
}

/// How something was before a change and is after it; `None` where it was not, or is not any more.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct States {
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
}

impl Shop {
    /// Writes a change down, durably, under the next number, and returns it as it is kept.
    ///
    /// # Errors
    /// A document that cannot be read or written.
    pub fn write_audit(&self, mut entry: AuditEntry) -> Result<AuditEntry> {
        let _one_at_a_time = self.core.deciding.lock();
        let mut lines = self.audit_lines()?;
        entry.number = lines.last().and_then(|line| read(line)).map_or(1, |last| last.number + 1);
        let line = to_line(&entry);
        if line.len() > STATE_BYTES_MAX {
            entry.states = None;
        }
        lines.push(to_line(&entry));
        let mut bytes = 0;
        let fits = |line: &&String| {
            bytes += line.len() + 1;
            bytes <= BYTES_MAX
        };
        let kept = lines.iter().rev().take(ENTRIES_MAX).take_while(fits).count();
        let text = lines[lines.len() - kept..].join("\n");
        self.core.store.documents().put(DOCUMENT, text.as_bytes())?;
        Ok(entry)
    }

    /// The changes before a number (`None`: the last ones), newest first.
    ///
    /// # Errors
    /// A document that cannot be read.
    pub fn audit(&self, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>> {
        let lines = self.audit_lines()?;
        let entries = lines.iter().rev().filter_map(|line| read(line));
        Ok(entries.filter(|entry| before.is_none_or(|before| entry.number < before)).take(limit).collect())
    }

    fn audit_lines(&self) -> Result<Vec<String>> {
        let bytes = self.core.store.documents().get(DOCUMENT)?.unwrap_or_default();
        let text = String::from_utf8(bytes).map_err(|error| Error::Store(Box::new(error)))?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

fn to_line(entry: &AuditEntry) -> String {
    let states = entry.states.as_ref().map(|states| json!({ "before": states.before, "after": states.after }));
    json!({
        "number": entry.number,
        "time": entry.time.0,
        "key": entry.key.as_ref().map(|(id, name)| json!({ "id": id, "name": name })),
        "kind": entry.kind,
        "what": entry.what,
        "action": entry.action,
        "states": states,
    })
    .to_string()
}

fn read(line: &str) -> Option<AuditEntry> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let given = |value: &Value| (!value.is_null()).then(|| value.clone());
    let states = &entry["states"];
    Some(AuditEntry {
        number: entry["number"].as_u64()?,
        time: Millis(entry["time"].as_i64()?),
        key: text(&entry["key"]["id"]).zip(text(&entry["key"]["name"])),
        kind: text(&entry["kind"])?,
        what: text(&entry["what"])?,
        action: text(&entry["action"])?,
        states: (!states.is_null())
            .then(|| States { before: given(&states["before"]), after: given(&states["after"]) }),
    })
}
