use std::sync::Arc;
use std::time::Instant;

use index::{EncoderConfig, Index, IndexConfig};
use text::MixedAnalyzer;
use types::{Position, Row};

use crate::machine::disk_bytes;
use crate::options::{Options, Watch};
use crate::plain_tantivy::PlainTantivy;
use crate::plain_usearch;
use crate::report::Report;
use crate::stock::{Goods, made_up_vectors};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// Items put in between two commits.
const ITEMS_A_COMMIT: usize = 50_000;

/// Measures building the index itself, without log, catalogue and pipeline.
pub(crate) fn run(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let goods = Goods::read(&Options { fixture: false, ..options.clone() })?;
    report.items = goods.len();
    let all = made_up_vectors(&goods, options, watch)?;
    let folder = tempfile::Builder::new().prefix("mercato-bench-").tempdir()?;
    let encoders = all.iter().map(|vectors| {
        Ok(EncoderConfig {
            id: Arc::from(&*vectors.encoder),
            version: Arc::from("1"),
            dimensions: vectors.dimensions(),
        })
    });
    let encoders = encoders.collect::<Result<Vec<_>>>()?;
    let config = IndexConfig { encoders, ..IndexConfig::new(Arc::new(MixedAnalyzer::new())) };
    let index = Index::open(folder.path(), config)?;
    report.memory("before");
    words(&index, &goods, watch, report)?;
    report.memory("with columns and words");
    for vectors in &all {
        set_vectors(&index, &goods, vectors, watch, report)?;
    }
    let begun = Instant::now();
    watch.tell("writing a checkpoint", 0, 1)?;
    index.begin_checkpoint(Position(1)).write()?;
    report.add("checkpoint", begun.elapsed().as_secs_f64(), "s");
    report.memory("with everything");
    report.add("disk", disk_bytes(folder.path()) as f64 / f64::from(1 << 20), "MiB");
    drop(index);
    if options.yardsticks { yardsticks(&goods, &all, watch, report) } else { Ok(()) }
}

fn words(index: &Index, goods: &Goods, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let (count, begun) = (goods.len(), Instant::now());
    for number in 0..count {
        if number % 5_000 == 0 {
            watch.tell("indexing words", number, count)?;
        }
        index.upsert(row(number)?, &goods.item(number)?);
        if number % ITEMS_A_COMMIT == ITEMS_A_COMMIT - 1 {
            index.commit()?;
        }
    }
    index.commit()?;
    report.add("columns and words", count as f64 / begun.elapsed().as_secs_f64(), "items/s");
    Ok(())
}

fn set_vectors(index: &Index, goods: &Goods, vectors: &Vectors, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let Goods::MadeUp(catalogue, count) = goods else { return Ok(()) };
    let begun = Instant::now();
    for number in 0..*count {
        if number % 5_000 == 0 {
            watch.tell("setting vectors", number, *count)?;
        }
        index.set_vector(row(number)?, &vectors.encoder, 1, &vectors.vector(catalogue, number))?;
    }
    report.add(&format!("vectors set, {}", vectors.encoder), *count as f64 / begun.elapsed().as_secs_f64(), "items/s");
    watch.tell("growing the vector graph", 0, 1)?;
    let begun = Instant::now();
    let mut grew = false;
    while index.maintain()? {
        grew = true;
        watch.go_on()?;
    }
    if grew {
        let rate = *count as f64 / begun.elapsed().as_secs_f64();
        report.add(&format!("vector graph, {}", vectors.encoder), rate, "items/s");
    }
    Ok(())
}

fn yardsticks(goods: &Goods, all: &[Vectors], watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let count = goods.len() as f64;
    let begun = Instant::now();
    let plain = PlainTantivy::build(goods, watch)?;
    let plain_rate = count / begun.elapsed().as_secs_f64();
    report.add("plain tantivy", plain_rate, "items/s");
    report.add("plain tantivy: disk", plain.disk_mib(), "MiB");
    drop(plain);
    if let Some(ours) = report.figure("columns and words") {
        report.add("columns and words / plain tantivy, time", plain_rate / ours, "");
    }
    if let Some(vectors) = all.first() {
        let begun = Instant::now();
        let index = plain_usearch::build(goods, vectors, vectors.dimensions(), watch)?;
        report.add("usearch alone", count / begun.elapsed().as_secs_f64(), "items/s");
        report.add("usearch alone: memory", index.memory_usage() as f64 / f64::from(1 << 20), "MiB");
    }
    report.remark("making the items and vectors up is part of every rate here");
    Ok(())
}

fn row(number: usize) -> Result<Row> {
    let row = u32::try_from(number).map_err(|_| Error::Option { option: "items", expected: "fewer" })?;
    Ok(Row(row))
}
