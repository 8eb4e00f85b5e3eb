use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use types::{Item, Position, Row};

use crate::columns::{Chunks, Columns};
use crate::vectors::{Graph, Vectors};
use crate::words::{Pending, Slots, Words, text_parts};
use crate::{Checkpoint, Error, IndexConfig, Result, Searcher, checkpoint};

/// Folder of the word index inside an index's.
const WORDS: &str = "words";

/// The writing side. All calls take `&self`; locks inside are held only for moments, except that [`Index::commit`],
/// [`Checkpoint::write`] and [`Index::maintain`] take their time without holding up the others.
///
/// Calls that change the same row must come in the order of the log.
pub struct Index {
    pub(crate) folder: PathBuf,
    pub(crate) config: Arc<IndexConfig>,
    words: Words,
    state: Mutex<State>,
    position: Mutex<Position>,
    committing: Mutex<()>,
    maintaining: Mutex<()>,
    pub(crate) checkpointing: Mutex<()>,
}

/// What writes change, apart from the word index. Clones share memory.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) columns: Columns,
    pub(crate) slots: Slots,
    /// Hash of each row's searched texts, 0 for none.
    pub(crate) texts: Chunks<u64>,
    pub(crate) vectors: Vec<Vectors>,
    /// Number of files ever named, so that no two have the same name.
    pub(crate) files: u64,
    pub(crate) pending: Pending,
    /// The graph file being written.
    pub(crate) building: Option<Arc<str>>,
}

/// Figures about an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IndexStats {
    /// Items.
    pub items: usize,
    /// Items whose new texts wait for [`Index::commit`].
    pub words_pending: usize,
    /// Vectors, over all encoders.
    pub vectors: usize,
    /// Vectors not yet in a graph, over all encoders; they are scanned exactly.
    pub vectors_scanned: usize,
}

impl Index {
    /// Opens the index in `folder`, or makes an empty one there.
    ///
    /// # Errors
    /// [`Error::NeedsRebuild`] or [`Error::Damaged`] where the folder cannot be used: build another one by replay.
    pub fn open(folder: &Path, config: IndexConfig) -> Result<Self> {
        fs_err::create_dir_all(folder)?;
        let words_folder = folder.join(WORDS);
        let (state, position) = match checkpoint::read(folder, &config)? {
            Some(found) => found,
            None => {
                // Texts without a checkpoint are of a first start that was cut off; nobody knows how they were made.
                if words_folder.exists() {
                    fs_err::remove_dir_all(&words_folder)?;
                }
                let vectors = config.encoders.iter().map(Vectors::new).collect();
                (State { vectors, ..State::default() }, Position(0))
            }
        };
        let words = Words::open(&words_folder, Arc::clone(&config.analyzer), config.typed)?;
        Ok(Self {
            folder: folder.to_owned(),
            config: Arc::new(config),
            words,
            state: Mutex::new(state),
            position: Mutex::new(position),
            committing: Mutex::default(),
            maintaining: Mutex::default(),
            checkpointing: Mutex::default(),
        })
    }

    /// From where the log has to be replayed after a crash: everything before it is in the last checkpoint. 0 where
    /// there is none. What comes after it may be in the index in part; replaying it once more does no harm.
    pub fn position(&self) -> Position {
        *self.position.lock()
    }

    /// Puts an item in, in the place of whatever `row` held. Attributes show at the next [`Index::refresh`]; texts, if
    /// they changed at all, after the next [`Index::commit`]. Cheap: nothing is tokenised here.
    pub fn upsert(&self, row: Row, item: &Item) {
        let mut state = self.state.lock();
        state.columns.upsert(row, item);
        let (parts, hash) = text_parts(item, &self.config, &mut state.slots);
        if state.texts.get(row) != hash {
            state.texts.set(row, hash);
            state.pending.insert(row, Some(parts));
        }
    }

    /// Takes an item out, its vectors included; gone at the next [`Index::refresh`].
    pub fn delete(&self, row: Row) {
        let mut state = self.state.lock();
        state.columns.delete(row);
        state.vectors.iter_mut().for_each(|vectors| vectors.remove(row));
        // Also where nothing is known of the row: the word index may be ahead of the checkpoint replay started from.
        state.texts.set(row, 0);
        state.pending.insert(row, None);
    }

    /// Sets an item's vector under an encoder. `stamp` is the caller's name for what was encoded (a hash of the text),
    /// to be asked for with [`Index::vector_stamp`].
    ///
    /// # Errors
    /// [`Error::UnknownEncoder`] or [`Error::BadVector`].
    pub fn set_vector(&self, row: Row, encoder: &str, stamp: u64, vector: &[f32]) -> Result<()> {
        let mut state = self.state.lock();
        let vectors = state.vectors.iter_mut().find(|vectors| *vectors.encoder == *encoder);
        let vectors = vectors.ok_or_else(|| Error::UnknownEncoder(Arc::from(encoder)))?;
        let vector = vectors.query(vector)?;
        vectors.set(row, stamp, &vector);
        Ok(())
    }

    /// Takes an item's vector under one encoder out.
    ///
    /// # Errors
    /// [`Error::UnknownEncoder`].
    pub fn remove_vector(&self, row: Row, encoder: &str) -> Result<()> {
        let mut state = self.state.lock();
        let vectors = state.vectors.iter_mut().find(|vectors| *vectors.encoder == *encoder);
        vectors.ok_or_else(|| Error::UnknownEncoder(Arc::from(encoder)))?.remove(row);
        Ok(())
    }

    /// The stamp of an item's vector; `None` where it has none. Tells after a restart, or when texts change, whether a
    /// vector is still the right one.
    pub fn vector_stamp(&self, row: Row, encoder: &str) -> Option<u64> {
        let state = self.state.lock();
        state.vectors.iter().find(|vectors| *vectors.encoder == *encoder)?.stamp(row)
    }

    /// Makes all texts taken in so far searchable at the next [`Index::refresh`]: analyses them (on all cores), and
    /// commits them to the word index. Cheap where there are none.
    ///
    /// # Errors
    /// Where the word index cannot be written; the texts then wait for the next try.
    pub fn commit(&self) -> Result<()> {
        let _alone = self.committing.lock();
        let pending = std::mem::take(&mut self.state.lock().pending);
        let done = self.words.commit(&pending);
        if done.is_err() {
            let mut state = self.state.lock();
            for (row, texts) in pending {
                state.pending.entry(row).or_insert(texts);
            }
        }
        done
    }

    /// A snapshot of everything written so far, texts as of the last [`Index::commit`]. Costs microseconds.
    pub fn refresh(&self) -> Searcher {
        let state = self.state.lock();
        let (columns, slots, vectors) = (state.columns.clone(), state.slots.clone(), state.vectors.clone());
        drop(state);
        Searcher::new(columns, slots, self.words.snapshot(), vectors, Arc::clone(&self.config))
    }

    /// Begins a durable state: everything before `position` must have been taken in, and nothing after it. Quick; then
    /// [`Checkpoint::write`] does the work while writes go on.
    pub fn begin_checkpoint(&self, position: Position) -> Checkpoint<'_> {
        let state = self.state.lock();
        // What is pending need not be copied: `write` commits it first.
        let copy = State {
            columns: state.columns.clone(),
            slots: state.slots.clone(),
            texts: state.texts.clone(),
            vectors: state.vectors.clone(),
            files: state.files,
            ..State::default()
        };
        drop(state);
        Checkpoint { index: self, position, state: copy }
    }

    /// Lets the vector graphs grow where enough vectors have come; returns whether one did. For a background thread:
    /// takes about a third of a millisecond a new vector, on all cores.
    ///
    /// # Errors
    /// Where a graph cannot be built or written.
    pub fn maintain(&self) -> Result<bool> {
        let _alone = self.maintaining.lock();
        let all = self.state.lock().vectors.clone();
        let mut grown = false;
        for (number, vectors) in all.iter().enumerate().filter(|(_, vectors)| vectors.wants_graph()) {
            let file = self.new_file(&format!("graph-{number}"), "usearch");
            self.state.lock().building = Some(Arc::clone(&file));
            let built: Result<Graph> = vectors.build_graph(&self.folder, &file);
            let mut state = self.state.lock();
            state.building = None;
            state.vectors[number].adopt_graph(Arc::new(built?), vectors);
            grown = true;
        }
        Ok(grown)
    }

    /// Figures.
    pub fn stats(&self) -> IndexStats {
        let state = self.state.lock();
        let counts = || state.vectors.iter().map(Vectors::counts);
        IndexStats {
            items: state.columns.alive().len(),
            words_pending: state.pending.len(),
            vectors: counts().map(|(all, _)| all).sum(),
            vectors_scanned: counts().map(|(_, outside)| outside).sum(),
        }
    }

    /// A name that no file of this index has. Files are mapped while they are read, so none is ever written again.
    pub(crate) fn new_file(&self, kind: &str, extension: &str) -> Arc<str> {
        let mut state = self.state.lock();
        loop {
            // After a restart the count may lie behind names that came with the last checkpoint, or after it.
            state.files += 1;
            let name = format!("{kind}-{}.{extension}", state.files);
            if !self.folder.join(&name).exists() {
                return Arc::from(name);
            }
        }
    }

    /// From now on reads what was saved from where it was saved.
    pub(crate) fn adopt_saved(&self, saved: &[Vectors], before: &[Vectors], position: Position) {
        let mut state = self.state.lock();
        for ((vectors, saved), before) in state.vectors.iter_mut().zip(saved).zip(before) {
            vectors.adopt_saved(saved, before);
        }
        *self.position.lock() = position;
    }

    /// Files that the present state reads or writes.
    pub(crate) fn files_in_use(&self) -> Vec<Arc<str>> {
        let state = self.state.lock();
        state.vectors.iter().flat_map(Vectors::files).chain(state.building.clone()).collect()
    }
}
