//! Evaluation of search on a folder of products, queries and judgements, through the engine that serves.

mod data;
mod evaluate;
mod run;

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Engine, EngineConfig, Progress, Shop};
use rustc_hash::FxHasher;
use types::{FixedClock, ItemId, Millis, Request, Retrieval, RetrievalMethod, Settings, ShopId, Understanding};

pub use data::{Judged, JudgedQuery, products};
pub use evaluate::{QueryFigures, SearchReport, compare_runs, evaluate_run};
pub use run::{Answer, Run};

use crate::report::Bootstrap;
use crate::{Error, Result, fixtures};

/// Items put into the catalogue at a time.
const ITEMS_A_BATCH: usize = 1_000;

/// Choices of a search evaluation.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// How candidates are found: the method, and whatever weights the caller fixes.
    pub retrieval: Retrieval,
    /// How queries are understood.
    pub understanding: Understanding,
    /// Results asked for a query; 100 are needed for `recall@100`.
    pub limit: usize,
    /// The shop's settings. Encoders are left out where only words are searched.
    pub settings: Settings,
    /// Folder of the encoders.
    pub models_dir: PathBuf,
    /// Threads; 0 takes one a core.
    pub threads: usize,
    /// Where the shop made for the evaluation is kept, so that the next one on the same products need not embed them again;
    /// `None` makes it in a temporary folder.
    pub keep: Option<PathBuf>,
    /// How intervals are found.
    pub bootstrap: Bootstrap,
}

impl SearchOptions {
    /// The method with defaults.
    pub fn new(method: RetrievalMethod) -> Self {
        Self {
            retrieval: Retrieval { method, ..Retrieval::default() },
            understanding: Understanding::default(),
            limit: 100,
            settings: Settings::default(),
            models_dir: EngineConfig::default().models_dir,
            threads: 0,
            keep: None,
            bootstrap: Bootstrap::default(),
        }
    }
}

/// Evaluates search on a folder with `products.jsonl`, `queries.jsonl` and `judgements.csv`: its products are put into a shop
/// of their own, and every query goes through the pipeline that serves. `progress` is told how the embedding comes along and
/// stops the evaluation by returning `false`.
///
/// # Errors
/// Where the folder lacks a file or has a bad line, or the engine fails.
pub fn evaluate_search(
    dir: &Path,
    options: &SearchOptions,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<SearchReport> {
    let judged = Judged::load(dir)?;
    let built = shop_of(dir, options, progress)?;
    let report = evaluate_search_in(&built.shop, &judged, options);
    built.close()?;
    report
}

/// A shop made for an evaluation, with the engine it is in and the folder where that keeps it.
pub(crate) struct BuiltShop {
    pub(crate) shop: Arc<Shop>,
    engine: Engine,
    _temporary: Option<tempfile::TempDir>,
}

impl BuiltShop {
    pub(crate) fn close(self) -> Result<()> {
        Ok(self.engine.close()?)
    }
}

/// Puts a folder's products into a shop of their own, or takes the one kept from before.
pub(crate) fn shop_of(
    dir: &Path,
    options: &SearchOptions,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<BuiltShop> {
    let mut settings = options.settings.clone();
    settings.log_impressions = false;
    if options.retrieval.method == RetrievalMethod::Lexical {
        settings.encoders.clear();
    }
    let items = products(dir, &settings)?;
    let (data_dir, temporary) = match &options.keep {
        Some(dir) => (dir.clone(), None),
        None => {
            let made = tempfile::tempdir().map_err(|error| Error::file(Path::new("temporary folder"), error))?;
            (made.path().to_path_buf(), Some(made))
        }
    };
    let config = EngineConfig {
        data_dir,
        models_dir: options.models_dir.clone(),
        threads: options.threads,
        ..EngineConfig::default()
    };
    let engine = Engine::open(config, Arc::new(FixedClock(NOW)))?;
    let shop = shop_for(&engine, &items, settings)?;
    for batch in fixtures::catalogue_events(items, NOW)?.chunks(ITEMS_A_BATCH) {
        shop.append(batch.to_vec())?;
    }
    shop.wait_until_current(progress)?;
    Ok(BuiltShop { shop, engine, _temporary: temporary })
}

/// The present of an evaluation, 2025-01-01: nothing may depend on when it is made.
pub(crate) const NOW: Millis = Millis(1_735_689_600_000);

/// The shop of these products and settings: the one kept from before, or a new one. The name tells both, so that other
/// products never meet in one shop; what is put in a second time changes nothing.
fn shop_for(engine: &Engine, items: &[types::Item], settings: Settings) -> Result<Arc<Shop>> {
    let mut digest = FxHasher::default();
    format!("{settings:?}").hash(&mut digest);
    items.iter().for_each(|item| format!("{item:?}").hash(&mut digest));
    let id = ShopId::new(format!("eval-{:016x}", digest.finish()))?;
    match engine.shop(id.as_str()) {
        Ok(shop) => Ok(shop),
        Err(engine::Error::UnknownShop(_)) => Ok(engine.create_shop(&id, settings)?),
        Err(error) => Err(error.into()),
    }
}

/// Evaluates search in a shop that has the judged items already.
///
/// # Errors
/// Where the engine fails.
pub fn evaluate_search_in(shop: &Shop, judged: &Judged, options: &SearchOptions) -> Result<SearchReport> {
    evaluate_search_at(shop, judged, options, NOW)
}

/// [`evaluate_search_in`] at a time.
pub(crate) fn evaluate_search_at(
    shop: &Shop,
    judged: &Judged,
    options: &SearchOptions,
    now: Millis,
) -> Result<SearchReport> {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let part = judged.queries.len().div_ceil(threads).max(1);
    // Plain threads, not rayon's: a request blocks, and rayon's threads are for computing.
    let parts: Vec<Result<Vec<Told>>> = std::thread::scope(|scope| {
        let answer_all =
            |queries: &[JudgedQuery]| queries.iter().map(|query| answer(shop, query, options, now)).collect();
        let running: Vec<_> =
            judged.queries.chunks(part).map(|queries| scope.spawn(move || answer_all(queries))).collect();
        running.into_iter().map(|thread| thread.join().expect("a request does not panic")).collect()
    });
    let mut answers = Vec::with_capacity(judged.queries.len());
    let mut degraded: Vec<String> = Vec::new();
    for part in parts {
        for (answer, reasons) in part? {
            answers.push(answer);
            degraded.extend(reasons);
        }
    }
    let mut report = evaluate_run(judged, Run { answers }, options.retrieval.method.name(), options.bootstrap);
    degraded.sort_unstable();
    degraded.dedup();
    report.report.remarks.extend(degraded.into_iter().map(|reason| format!("degraded: {reason}")));
    Ok(report)
}

/// An answer, and what did not work while it was made.
type Told = (Answer, Vec<String>);

fn answer(shop: &Shop, query: &JudgedQuery, options: &SearchOptions, now: Millis) -> Result<Told> {
    let mut request = Request::search(&query.text, now);
    request.retrieval = options.retrieval.clone();
    request.understanding = options.understanding.clone();
    request.page.limit = options.limit;
    request.record = false;
    let slate = shop.answer(&request)?;
    let items: Vec<(ItemId, f32)> = slate.items.into_iter().map(|shown| (shown.item.id, shown.score)).collect();
    let degraded = slate.degraded.into_iter().map(|part| format!("{}: {}", part.part, part.reason)).collect();
    Ok((Answer { query: Arc::clone(&query.id), items }, degraded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn by_words(dir: &Path) -> SearchReport {
        evaluate_search(dir, &SearchOptions::new(RetrievalMethod::Lexical), &mut |_| true).unwrap()
    }

    #[test]
    fn the_committed_folder_is_searched_as_it_is() {
        let found = by_words(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/amazon"));
        let ndcg = found.report.metric("ndcg@10").unwrap().value;
        // A floor, not a figure.
        assert!(found.report.queries == 150 && ndcg > 0.3, "{ndcg} of {}", found.report.queries);
        assert!(found.report.remarks.is_empty(), "{:?}", found.report.remarks);
    }

    #[test]
    fn packed_products_that_are_no_documents_are_understood() {
        let dir = tempfile::tempdir().unwrap();
        let products = "{\"sku\":\"a\",\"name\":\"红色连衣裙\",\"cost\":10}\n{\"sku\":\"b\",\"name\":\"green tea pot\",\"cost\":5}\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(products.as_bytes()).unwrap();
        fs_err::write(dir.path().join("products.jsonl.gz"), packed.finish().unwrap()).unwrap();
        let queries = "{\"id\":1,\"text\":\"连衣裙\"}\n{\"id\":2,\"text\":\"tea pots\"}\n";
        fs_err::write(dir.path().join("queries.jsonl"), queries).unwrap();
        fs_err::write(dir.path().join("judgements.csv"), "query_id,item_id,gain\n1,a,1\n2,b,1\n").unwrap();
        let found = by_words(dir.path());
        assert_eq!(found.report.metric("ndcg@10").unwrap().value, 1.0, "{found:?}");
    }
}
