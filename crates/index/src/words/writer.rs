use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;
use tantivy::merge_policy::LogMergePolicy;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, SegmentReader, TantivyDocument, Term};
use types::{Analyzer, Row};

use super::slots::{FIELDS, TextParts, field_of, stored_term, stored_written};
use super::values::key_of;
use super::{SegmentRows, WordsSnapshot};
use crate::{Result, RowSet};

/// Bytes one indexing thread collects before it writes a segment.
const WRITER_BYTES: usize = 64 << 20;
/// Words between two values of an attribute, so that no phrase spans them.
const GAP: u32 = 8;

/// Changes to texts that wait for a commit: the texts, or `None` for an item that is gone.
pub(crate) type Pending = FxHashMap<Row, Option<TextParts>>;

/// The word index on disk, and the snapshot of its last commit.
pub(crate) struct Words {
    analyzer: Arc<dyn Analyzer>,
    /// Whether words are kept as they are written too.
    typed: bool,
    row: Field,
    fields: Arc<[Field]>,
    values: Field,
    reader: IndexReader,
    state: Mutex<State>,
    snapshot: RwLock<WordsSnapshot>,
}

struct State {
    writer: IndexWriter,
    /// Rows that may have a document, so that only those are deleted before they are added.
    indexed: RowSet,
}

impl Words {
    /// Opens or makes the word index in `folder`.
    pub(crate) fn open(folder: &Path, analyzer: Arc<dyn Analyzer>, typed: bool) -> Result<Self> {
        fs_err::create_dir_all(folder)?;
        let (schema, row, fields, values) = schema();
        let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
        let index = tantivy::Index::open_or_create(directory, schema)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let mut merges = LogMergePolicy::default();
        merges.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(merges));
        let snapshot = snapshot(&reader, &fields, values, None)?;
        let indexed = snapshot.rows.iter().flat_map(|rows| rows.by_document.iter().map(|row| Row(*row))).collect();
        let state = Mutex::new(State { writer, indexed });
        Ok(Self { analyzer, typed, row, fields, values, reader, state, snapshot: RwLock::new(snapshot) })
    }

    /// The snapshot of the last commit.
    pub(crate) fn snapshot(&self) -> WordsSnapshot {
        self.snapshot.read().clone()
    }

    /// Puts these changes in and makes a new snapshot. Analysis runs on all cores.
    pub(crate) fn commit(&self, pending: &Pending) -> Result<()> {
        let mut state = self.state.lock();
        if !pending.is_empty() {
            let mut changes: Vec<(&Row, &Option<TextParts>)> = pending.iter().collect();
            changes.sort_unstable_by_key(|(row, _)| **row);
            for batch in changes.chunks(1024) {
                let documents: Vec<Option<TantivyDocument>> = batch
                    .par_iter()
                    .map(|(row, parts)| parts.as_ref().map(|parts| self.document(**row, parts)))
                    .collect();
                for ((row, _), document) in batch.iter().zip(documents) {
                    state.put(self.row, **row, document)?;
                }
            }
            state.writer.commit()?;
        }
        // Also without changes of our own: a merge may have made fewer, larger segments meanwhile.
        self.reader.reload()?;
        let fresh = snapshot(&self.reader, &self.fields, self.values, Some(&self.snapshot()))?;
        *self.snapshot.write() = fresh;
        Ok(())
    }

    fn document(&self, row: Row, parts: &TextParts) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(self.row, u64::from(row.0));
        for (number, texts) in parts {
            let mut tokens = Vec::new();
            let mut base = 0;
            for (language, text) in texts {
                if let Some(key) = key_of(text, *number, |text| self.analyzer.squash(text)) {
                    document.add_u64(self.values, key);
                }
                // Words of two lines do not stand side by side: lines are values of a list, or paragraphs.
                for line in text.lines() {
                    let mut last = base;
                    self.analyzer.analyze(line, *language, &mut |token| {
                        last = base + token.position;
                        tokens.push(Token {
                            position: last as usize,
                            text: stored_term(token.term, *number),
                            ..Token::default()
                        });
                    });
                    base = last + GAP;
                }
            }
            document.add_pre_tokenized_text(
                field_of(&self.fields, *number),
                PreTokenizedString { text: String::new(), tokens },
            );
        }
        if self.typed {
            let written = written_words(&*self.analyzer, parts);
            let tokens = written.into_iter().map(|text| Token { text, position: 0, ..Token::default() }).collect();
            let text = PreTokenizedString { text: String::new(), tokens };
            document.add_pre_tokenized_text(self.fields[FIELDS - 1], text);
        }
        document
    }
}

/// The words of an item as they are written, each once, as the shared field has them.
fn written_words(analyzer: &dyn Analyzer, parts: &TextParts) -> BTreeSet<String> {
    let mut written = BTreeSet::new();
    for (_, text) in parts.iter().flat_map(|(_, texts)| texts) {
        analyzer.words(text, &mut |word, _| {
            written.insert(stored_written(word));
        });
    }
    written
}

impl State {
    fn put(&mut self, field: Field, row: Row, document: Option<TantivyDocument>) -> Result<()> {
        if self.indexed.contains(row) {
            self.writer.delete_term(Term::from_field_u64(field, u64::from(row.0)));
            self.indexed.remove(row);
        }
        if let Some(document) = document {
            self.writer.add_document(document)?;
            self.indexed.insert(row);
        }
        Ok(())
    }
}

fn schema() -> (Schema, Field, Arc<[Field]>, Field) {
    let mut schema = Schema::builder();
    let row = schema.add_u64_field("row", INDEXED | FAST);
    let indexing =
        TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let options = TextOptions::default().set_indexing_options(indexing);
    let fields = (0..FIELDS).map(|number| schema.add_text_field(&format!("text{number}"), options.clone())).collect();
    let values = schema.add_u64_field("values", INDEXED);
    (schema.build(), row, fields, values)
}

/// The reader's present state; what `earlier` knows of a segment's rows is taken over, as segments never change.
fn snapshot(
    reader: &IndexReader,
    fields: &Arc<[Field]>,
    values: Field,
    earlier: Option<&WordsSnapshot>,
) -> Result<WordsSnapshot> {
    let searcher = reader.searcher();
    let mut known: FxHashMap<SegmentId, Arc<SegmentRows>> = FxHashMap::default();
    if let Some(earlier) = earlier {
        let ids = earlier.searcher.segment_readers().iter().map(SegmentReader::segment_id);
        known.extend(ids.zip(earlier.rows.iter().cloned()));
    }
    let rows = searcher.segment_readers().iter().map(|segment| match known.remove(&segment.segment_id()) {
        Some(rows) => Ok(rows),
        None => segment_rows(segment).map(Arc::new),
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    Ok(WordsSnapshot { searcher, rows, fields: Arc::clone(fields), values })
}

fn segment_rows(segment: &SegmentReader) -> Result<SegmentRows> {
    let column = segment.fast_fields().u64("row")?;
    let rows = (0..segment.max_doc()).map(|document| column.first(document).unwrap_or(u64::from(u32::MAX)) as u32);
    Ok(SegmentRows::new(rows.collect()))
}
