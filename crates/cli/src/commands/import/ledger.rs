//! How far the import of a file is: noted in the data folder, for the day it is interrupted.

use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::Result;
use engine::Shop;
use formats::Mapping;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Tally;
use crate::data::Data;

const VERSION: u64 = 1;

/// The place in one file.
pub(super) struct Ledger {
    document: String,
    /// Size, time of change and mapping: where one differs, the place means nothing.
    fingerprint: String,
    row: u64,
    tally: Tally,
}

impl Ledger {
    /// What was noted of this file, in this shop, by this mapping.
    pub(super) fn read(data: &Data, shop: &Shop, file: &Path, mapping: &Mapping) -> Result<Self> {
        let path = fs_err::canonicalize(file)?;
        let metadata = fs_err::metadata(&path)?;
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let changed = changed.map_or(0, |since| since.as_nanos());
        let name = digest(&format!("{}\n{:?}\n{}", shop.id(), mapping.target, path.display()));
        let mut ledger = Self {
            document: format!("import-{name}"),
            fingerprint: digest(&format!("{}\n{changed}\n{mapping:?}", metadata.len())),
            row: 0,
            tally: Tally::default(),
        };
        // A note that cannot be read costs time, nothing else: importing a row twice changes nothing.
        let noted = data.engine.document(&ledger.document)?;
        let noted = noted.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).unwrap_or(Value::Null);
        if noted["version"] == json!(VERSION) && noted["fingerprint"] == json!(ledger.fingerprint) {
            let count = |name: &str| noted[name].as_u64().unwrap_or(0);
            ledger.row = count("row");
            ledger.tally = Tally {
                rows: count("rows"),
                imported: count("imported"),
                known: count("known"),
                rejected: count("rejected"),
            };
        }
        Ok(ledger)
    }

    /// The last row that is in; 0 at the beginning.
    pub(super) fn row(&self) -> u64 {
        self.row
    }

    /// What had become of the rows until then.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Begins anew.
    pub(super) fn forget(&mut self) {
        (self.row, self.tally) = (0, Tally::default());
    }

    /// Notes that everything up to `row` is in.
    pub(super) fn note(&self, data: &Data, row: u64, tally: Tally) -> Result<()> {
        let note = json!({
            "version": VERSION, "fingerprint": self.fingerprint, "row": row, "rows": tally.rows,
            "imported": tally.imported, "known": tally.known, "rejected": tally.rejected,
        });
        Ok(data.engine.put_document(&self.document, note.to_string().as_bytes())?)
    }

    /// The file is in: there is nothing to go on with.
    pub(super) fn finish(&self, data: &Data) -> Result<()> {
        match data.engine.document(&self.document)? {
            Some(_) => Ok(data.engine.put_document(&self.document, b"{}")?),
            None => Ok(()),
        }
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
