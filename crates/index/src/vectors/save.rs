use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::chunk::{CHUNK, Chunk, Place};
use super::{Graph, Vectors};
use crate::bytes::{Reader, Writer};
use crate::columns::Chunks;
use crate::files::map;
use crate::{EncoderConfig, Result, RowSet};

impl Vectors {
    /// Writes the chunks that are on disk nowhere, or in files that are mostly dead, into a new file, durably. Returns
    /// the vectors as they are on disk: the same numbers, read from there.
    pub(crate) fn save(&self, folder: &Path, file: &Arc<str>) -> Result<Self> {
        let dead = self.dead_files(folder)?;
        let is_saved = |chunk: &Chunk| chunk.saved.as_ref().is_some_and(|place| !dead.contains(&place.file));
        let unsaved = |chunk: &&Option<Arc<Chunk>>| chunk.as_ref().is_some_and(|chunk| !is_saved(chunk));
        if !self.chunks.iter().any(|chunk| unsaved(&chunk)) {
            return Ok(self.clone());
        }
        let mut out = std::io::BufWriter::new(fs_err::File::create_new(folder.join(&**file))?);
        let mut buffer = Vec::with_capacity(Chunk::bytes_on_disk(self.dimensions));
        for chunk in self.chunks.iter().filter(unsaved).flatten() {
            buffer.clear();
            chunk.encode(&mut buffer);
            out.write_all(&buffer)?;
        }
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        let mut saved = self.clone();
        let places = (0..).map(|chunk| Place { file: Arc::clone(file), chunk });
        let written = saved.chunks.iter_mut().filter(|chunk| chunk.as_ref().is_some_and(|chunk| !is_saved(chunk)));
        for (chunk, place) in written.zip(places) {
            *chunk = Some(Arc::new(mapped(folder, place, self.dimensions)?));
        }
        Ok(saved)
    }

    /// Reads from `saved` what it holds of the vectors it was made of (`before`) and that has not changed since.
    pub(crate) fn adopt_saved(&mut self, saved: &Self, before: &Self) {
        for ((now, then), saved) in self.chunks.iter_mut().zip(&before.chunks).zip(&saved.chunks) {
            if let (Some(now), Some(then), Some(saved)) = (now, then, saved)
                && Arc::ptr_eq(now, then)
            {
                *now = Arc::clone(saved);
            }
        }
    }

    /// Names of all files these vectors are read from.
    pub(crate) fn files(&self) -> Vec<Arc<str>> {
        let mut files: Vec<Arc<str>> = self.live_chunks().into_keys().collect();
        files.extend(self.graph.as_ref().map(|graph| Arc::clone(&graph.file)));
        files
    }

    pub(crate) fn encode(&self, rows: usize, out: &mut Writer) {
        out.text(&self.encoder);
        out.u64(self.dimensions as u64);
        out.u64s(self.stamps.values(rows), rows);
        out.u64s(self.present.words().iter().copied(), self.present.words().len());
        out.u64s(self.covered.words().iter().copied(), self.covered.words().len());
        out.text(self.graph.as_ref().map_or("", |graph| &graph.file));
        out.u64(self.chunks.len() as u64);
        for chunk in &self.chunks {
            let place = chunk.as_ref().and_then(|chunk| chunk.saved.as_ref());
            out.text(place.map_or("", |place| &place.file));
            out.u64(place.map_or(0, |place| place.chunk));
        }
    }

    pub(crate) fn decode(folder: &Path, input: &mut Reader<'_>) -> Result<Self> {
        let (id, dimensions) = (input.text()?, input.u64()? as usize);
        let mut vectors = Self::new(&EncoderConfig { id, version: Arc::from(""), dimensions });
        vectors.stamps = Chunks::from_values(0, input.u64s()?.into_iter());
        vectors.present = Arc::new(RowSet::from_words(input.u64s()?));
        vectors.covered = Arc::new(RowSet::from_words(input.u64s()?));
        let graph = input.text()?;
        if !graph.is_empty() {
            vectors.graph = Some(Arc::new(Graph::open(folder, &graph, dimensions)?));
        }
        let mut files: BTreeMap<Arc<str>, tantivy::directory::OwnedBytes> = BTreeMap::new();
        for _ in 0..input.u64()? {
            let (file, chunk) = (input.text()?, input.u64()?);
            if file.is_empty() {
                vectors.chunks.push(None);
                continue;
            }
            if !files.contains_key(&file) {
                files.insert(Arc::clone(&file), map(folder, &file)?);
            }
            let size = Chunk::bytes_on_disk(dimensions);
            let start = (chunk as usize).checked_mul(size).filter(|start| start + size <= files[&file].len());
            let Some(start) = start else {
                return Err(input.damaged("a vector file is too short"));
            };
            let bytes = files[&file].slice(start..start + size);
            vectors.chunks.push(Some(Arc::new(Chunk::mapped(&bytes, dimensions, Place { file, chunk }))));
        }
        if vectors.present.words().len() * 64 > vectors.chunks.len() * CHUNK {
            return Err(input.damaged("a vector is missing"));
        }
        Ok(vectors)
    }

    fn live_chunks(&self) -> BTreeMap<Arc<str>, u64> {
        let mut live = BTreeMap::new();
        for place in self.chunks.iter().flatten().filter_map(|chunk| chunk.saved.as_ref()) {
            *live.entry(Arc::clone(&place.file)).or_insert(0) += 1;
        }
        live
    }

    /// Files of which more than half is not read any more.
    fn dead_files(&self, folder: &Path) -> Result<Vec<Arc<str>>> {
        let mut dead = Vec::new();
        for (file, live) in self.live_chunks() {
            let bytes = fs_err::metadata(folder.join(&*file))?.len();
            if 2 * live * (Chunk::bytes_on_disk(self.dimensions) as u64) < bytes {
                dead.push(file);
            }
        }
        Ok(dead)
    }
}

fn mapped(folder: &Path, place: Place, dimensions: usize) -> Result<Chunk> {
    let size = Chunk::bytes_on_disk(dimensions);
    let start = place.chunk as usize * size;
    Ok(Chunk::mapped(&map(folder, &place.file)?.slice(start..start + size), dimensions, place))
}
