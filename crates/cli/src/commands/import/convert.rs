//! From rows to events, on all cores.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Result;
use engine::Shop;
use formats::conventions::{Skipped, Told, Translator, join_impressions};
use formats::{Mapping, Rejected, SourceRow, Target};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use types::{Event, EventBody, EventId, Item, Millis, Settings};

/// Makes events of rows.
pub(super) struct Converter<'a> {
    pub(super) file_name: String,
    pub(super) mapping: &'a Mapping,
    /// Reads documents of others; the mapping reads all else.
    pub(super) translator: Option<&'a Translator>,
    pub(super) settings: &'a Settings,
    pub(super) now: Millis,
}

/// An event with its row's place in the batch.
pub(super) type Placed = (usize, Event);

/// What became of a batch.
#[derive(Default)]
pub(super) struct Converted {
    pub(super) events: Vec<Placed>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) skips: Skips,
}

/// What was skipped or left out, and how often.
#[derive(Default)]
pub(super) struct Skips {
    skipped: BTreeMap<Skipped, u64>,
    left_out: BTreeMap<Skipped, u64>,
}

impl<'a> Converter<'a> {
    /// The events of a batch, each with its row's place in it, and the rows refused. Items that the catalogue has
    /// already just so become no events; `known` counts them.
    pub(super) fn convert(&self, rows: &[SourceRow], shop: &Shop, known: &mut u64) -> Result<Converted> {
        let mut converted = match self.translator {
            Some(translator) => self.translated(translator, rows),
            None => self.mapped(rows),
        };
        let mut changed: HashSet<types::ItemId> = HashSet::new();
        let mut events = Vec::with_capacity(converted.events.len());
        for (place, event) in converted.events {
            if let EventBody::ItemUpserted(item) = &event.body {
                if is_known(shop, item, &changed)? {
                    *known += 1;
                    continue;
                }
                changed.insert(item.id.clone());
            }
            events.push((place, event));
        }
        converted.events = events;
        Ok(converted)
    }

    fn mapped(&self, rows: &[SourceRow]) -> Converted {
        let mut converted = Converted::default();
        let events: Vec<Result<Event, Rejected>> = rows.par_iter().map(|row| self.event(row)).collect();
        for (place, event) in events.into_iter().enumerate() {
            match event {
                Ok(event) => converted.events.push((place, event)),
                Err(refused) => converted.rejected.push(refused),
            }
        }
        converted
    }

    fn translated(&self, translator: &Translator, rows: &[SourceRow]) -> Converted {
        let mut converted = Converted::default();
        let read = |row: &SourceRow| -> Result<Told, Rejected> {
            let fields = row.fields.clone()?;
            Ok(translator.read(&Value::Object(fields), Some(self.settings), self.now))
        };
        let told: Vec<Result<Told, Rejected>> = rows.par_iter().map(read).collect();
        for (place, told) in told.into_iter().enumerate() {
            let told = match told {
                Ok(told) => told,
                Err(refused) => {
                    converted.rejected.push(refused);
                    continue;
                }
            };
            converted.events.extend(told.events.into_iter().map(|event| (place, event)));
            let (number, empty) = (rows[place].number, Map::new());
            let data = rows[place].fields.as_ref().unwrap_or(&empty);
            let refused = told.refused.into_iter();
            converted.rejected.extend(refused.map(|error| Rejected::new(number, error, Value::Object(data.clone()))));
            told.skipped.into_iter().for_each(|part| *converted.skips.skipped.entry(part).or_default() += 1);
            told.left_out.into_iter().for_each(|part| *converted.skips.left_out.entry(part).or_default() += 1);
        }
        join_impressions(&mut converted.events);
        converted
    }

    fn event(&self, row: &SourceRow) -> Result<Event, Rejected> {
        let settings = Some(self.settings);
        match self.mapping.target {
            Target::Events => self.mapping.event(row, settings, self.now, || self.id(row, None)),
            Target::Items => {
                let item = self.mapping.item(row, settings)?;
                let id = self.id(row, Some(self.now));
                Ok(Event { id, time: self.now, body: EventBody::ItemUpserted(item) })
            }
        }
    }

    /// An id for a row that brings none: the same row of the same file gets the same, so that importing it again adds
    /// nothing. An item's also tells when, because an item may be changed and changed back.
    fn id(&self, row: &SourceRow, when: Option<Millis>) -> EventId {
        let mut digest = Sha256::new();
        digest.update(self.file_name.as_bytes());
        digest.update([0]);
        digest.update(row.number.to_le_bytes());
        digest.update(when.map_or(0, |when| when.0).to_le_bytes());
        if let Ok(fields) = &row.fields {
            digest.update(serde_json::to_vec(fields).unwrap_or_default());
        }
        let id: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        EventId::new(format!("import-{id}")).expect("hexadecimal digits are an id")
    }
}

impl Skips {
    /// Adds those of another batch.
    pub(super) fn add(&mut self, other: Self) {
        other.skipped.into_iter().for_each(|(part, count)| *self.skipped.entry(part).or_default() += count);
        other.left_out.into_iter().for_each(|(part, count)| *self.left_out.entry(part).or_default() += count);
    }

    /// Events skipped in all.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Skipped events, and parts left out of others, with counts and reasons.
    pub(super) fn to_json(&self) -> [Value; 2] {
        let list = |parts: &BTreeMap<Skipped, u64>| {
            let part =
                |(part, count): (&Skipped, &u64)| json!({"what": part.what, "reason": part.reason, "count": count});
            Value::Array(parts.iter().map(part).collect())
        };
        [list(&self.skipped), list(&self.left_out)]
    }
}

/// What an import knows of a file's name.
pub(super) fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Whether the catalogue has exactly this item, and no row before in this batch changes it.
fn is_known(shop: &Shop, item: &Item, changed: &HashSet<types::ItemId>) -> Result<bool> {
    Ok(!changed.contains(&item.id) && shop.item(&item.id)?.as_ref() == Some(item))
}
