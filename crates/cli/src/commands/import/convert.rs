//! From rows to events, on all cores.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;
use engine::Shop;
use formats::{Mapping, Rejected, SourceRow, Target};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use types::{Event, EventBody, EventId, Item, Millis, Settings};

/// Makes events of rows.
pub(super) struct Converter<'a> {
    file_name: String,
    mapping: &'a Mapping,
    settings: &'a Settings,
    now: Millis,
}

/// An event with its row's place in the batch.
pub(super) type Placed = (usize, Event);

impl<'a> Converter<'a> {
    /// Ready for the rows of `file`, imported `now`.
    pub(super) fn new(file: &Path, mapping: &'a Mapping, settings: &'a Settings, now: Millis) -> Self {
        let file_name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Self { file_name, mapping, settings, now }
    }

    /// The events of a batch, each with its row's place in it, and the rows refused. Items that the catalogue has
    /// already just so become no events; `known` counts them.
    pub(super) fn convert(
        &self,
        rows: &[SourceRow],
        shop: &Shop,
        known: &mut u64,
    ) -> Result<(Vec<Placed>, Vec<Rejected>)> {
        let converted: Vec<Result<Event, Rejected>> = rows.par_iter().map(|row| self.event(row)).collect();
        let (mut events, mut rejected) = (Vec::with_capacity(rows.len()), Vec::new());
        let mut changed: HashSet<types::ItemId> = HashSet::new();
        for (place, event) in converted.into_iter().enumerate() {
            match event {
                Err(refused) => rejected.push(refused),
                Ok(Event { body: EventBody::ItemUpserted(item), .. }) if is_known(shop, &item, &changed)? => {
                    *known += 1
                }
                Ok(event) => {
                    if let EventBody::ItemUpserted(item) = &event.body {
                        changed.insert(item.id.clone());
                    }
                    events.push((place, event));
                }
            }
        }
        Ok((events, rejected))
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

/// Whether the catalogue has exactly this item, and no row before in this batch changes it.
fn is_known(shop: &Shop, item: &Item, changed: &HashSet<types::ItemId>) -> Result<bool> {
    Ok(!changed.contains(&item.id) && shop.item(&item.id)?.as_ref() == Some(item))
}
