//! The yardstick for vectors: usearch alone, in half precision.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use neural::Encoder;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use crate::load::closed_loop;
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::stock::{Goods, made_up_vectors};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// The timing's name.
pub(crate) const NAME: &str = "usearch alone, top 200, one client";

/// Builds a graph over the same vectors and searches it for the vectors of the same queries, computed beforehand.
pub(crate) fn measure(
    goods: &Goods,
    queries: &[String],
    options: &Options,
    watch: &Watch<'_>,
    report: &mut Report,
) -> Result<()> {
    let all = made_up_vectors(goods, options, watch)?;
    let Some(vectors) = all.first() else { return Ok(()) };
    let encoder = Encoder::load(&options.models.join(&vectors.encoder), 0)?;
    let mut encoded = Vec::with_capacity(queries.len());
    for (at, query) in queries.iter().enumerate() {
        if at % 100 == 0 {
            watch.tell("encoding queries", at, queries.len())?;
        }
        encoded.push(encoder.encode_query(query)?);
    }
    let index = build(goods, vectors, encoder.dims(), watch)?;
    report.add("usearch alone: memory", index.memory_usage() as f64 / f64::from(1 << 20), "MiB");
    watch.tell(NAME, 0, 1)?;
    let search = |number: usize| -> Result<()> {
        let query = &encoded[number % encoded.len()];
        std::hint::black_box(index.search(query, 200).map_err(failed)?);
        Ok(())
    };
    (0..encoded.len().min(200)).try_for_each(search)?;
    report.time(NAME, &closed_loop(options.requests, 1, watch.stopped, &search)?);
    Ok(())
}

/// The graph, made on all cores with the same parameters as ours.
pub(crate) fn build(goods: &Goods, vectors: &Vectors, dimensions: usize, watch: &Watch<'_>) -> Result<Index> {
    let Goods::MadeUp(catalogue, count) = goods else {
        return Err(Error::Usearch("only made-up products have vectors here".to_owned()));
    };
    let index = Index::new(&IndexOptions {
        dimensions,
        metric: MetricKind::IP,
        quantization: ScalarKind::F16,
        connectivity: 16,
        expansion_add: 128,
        expansion_search: 96,
        multi: false,
    });
    let index = index.map_err(failed)?;
    index.reserve_capacity_and_threads(*count, 64).map_err(failed)?;
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= *count {
                return Ok(());
            }
            if number.is_multiple_of(5_000) {
                watch.tell("building usearch alone", number, *count)?;
            }
            index.add(number as u64, &vectors.vector(catalogue, number)).map_err(failed)?;
        }
    };
    let guarded = || {
        if let Err(error) = work() {
            *failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(guarded))));
    match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(index),
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Usearch(error.to_string())
}
