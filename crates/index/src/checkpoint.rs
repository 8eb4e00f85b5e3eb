use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use types::Position;

use crate::bytes::{Reader, Writer};
use crate::columns::{Chunks, Columns};
use crate::files::{map, replace, sweep};
use crate::index::{Index, State};
use crate::vectors::Vectors;
use crate::words::Slots;
use crate::{Error, IndexConfig, Result};

/// The file that says what the state is; all others count only because it names them.
const FILE: &str = "checkpoint";
const FORMAT: &str = "mercato-index";
const VERSION: u64 = 1;

/// A durable state in the making; see [`Index::begin_checkpoint`].
#[must_use = "nothing is durable until `write`"]
pub struct Checkpoint<'a> {
    pub(crate) index: &'a Index,
    pub(crate) position: Position,
    pub(crate) state: State,
}

impl Checkpoint<'_> {
    /// Writes what changed since the last checkpoint, and makes it the state that [`Index::open`] finds, all or nothing.
    ///
    /// # Errors
    /// Where a file cannot be written; the last checkpoint then stays.
    pub fn write(self) -> Result<()> {
        let _alone = self.index.checkpointing.lock();
        // Texts first: the word index may be ahead of the checkpoint (replay brings the same texts again), never behind.
        self.index.commit()?;
        let mut saved = Vec::new();
        for (number, vectors) in self.state.vectors.iter().enumerate() {
            let file = self.index.new_file(&format!("vectors-{number}"), "bin");
            saved.push(vectors.save(&self.index.folder, &file)?);
        }
        let bytes = encode(&self.state, &saved, self.position, &self.index.config);
        replace(&self.index.folder, FILE, &bytes)?;
        self.index.adopt_saved(&saved, &self.state.vectors, self.position);
        let mut used: BTreeSet<Arc<str>> = saved.iter().flat_map(Vectors::files).collect();
        used.extend(self.index.files_in_use());
        sweep(&self.index.folder, &used)
    }
}

fn encode(state: &State, vectors: &[Vectors], position: Position, config: &IndexConfig) -> Vec<u8> {
    let mut out = Writer::default();
    out.text(FORMAT);
    out.u64(VERSION);
    out.text(&config.digest());
    out.u64(position.0);
    out.u64(state.files);
    out.u64(state.slots.names().len() as u64);
    state.slots.names().iter().for_each(|name| out.text(name));
    let rows = state.columns.rows();
    out.u64s(state.texts.values(rows), rows);
    state.columns.encode(&mut out);
    out.u64(vectors.len() as u64);
    vectors.iter().for_each(|vectors| vectors.encode(rows, &mut out));
    out.finish()
}

/// The state that the last checkpoint left in `folder`; `None` where there is none.
pub(crate) fn read(folder: &Path, config: &IndexConfig) -> Result<Option<(State, Position)>> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = map(folder, FILE)?;
    let mut input = Reader::new(&path, &bytes)?;
    let (format, version) = (input.text()?, input.u64()?);
    let differs = |found: String| Error::NeedsRebuild { folder: folder.to_owned(), found };
    if &*format != FORMAT || version != VERSION {
        return Err(differs(format!("format {format} {version}")));
    }
    let digest = input.text()?;
    if *digest != *config.digest() {
        return Err(differs(digest.replace('\n', ", ")));
    }
    let position = Position(input.u64()?);
    let files = input.u64()?;
    let slots = (0..input.u64()?).map(|_| input.text()).collect::<Result<Vec<_>>>()?;
    let texts = Chunks::from_values(0, input.u64s()?.into_iter());
    let columns = Columns::decode(&mut input)?;
    let vectors = (0..input.u64()?).map(|_| Vectors::decode(folder, &mut input)).collect::<Result<Vec<_>>>()?;
    sweep(folder, &vectors.iter().flat_map(Vectors::files).collect())?;
    let state = State { columns, slots: Slots::from_names(slots), texts, vectors, files, ..State::default() };
    Ok(Some((state, position)))
}
