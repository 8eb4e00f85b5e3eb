use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Engine, EngineConfig, Progress, Shop, SystemClock};
use neural::Encoder;
use types::{Item, Millis, Request, Settings, ShopId};

use crate::catalogue::{Catalogue, item_id, upsert};
use crate::machine::disk_bytes;
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::vectors::Vectors;
use crate::{Error, Result};

/// Name of the shop under test.
pub(crate) const SHOP: &str = "bench";
/// Document that says which catalogue a kept folder has.
const CONTENTS: &str = "bench-contents";
/// Items put in together.
const ITEMS_A_BATCH: usize = 5_000;

/// What the shop sells: products made up, or those of the fixture.
pub(crate) enum Goods {
    /// So many of a catalogue.
    MadeUp(Catalogue, usize),
    /// These, with what people searched for.
    Fixture(Vec<Item>, Vec<String>),
}

impl Goods {
    pub(crate) fn read(options: &Options) -> Result<Self> {
        options.check()?;
        let amazon = options.fixtures.join("amazon");
        if !options.fixture {
            return Ok(Self::MadeUp(Catalogue::read(&amazon, options.seed)?, options.items));
        }
        let queries = fs_err::read_to_string(amazon.join("queries.jsonl"))?;
        let text =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["text"].as_str().map(str::to_owned);
        let queries: Vec<String> = queries.lines().filter_map(text).collect();
        if queries.is_empty() {
            return Err(Error::Option {
                option: "fixtures",
                expected: "a folder whose amazon/queries.jsonl has queries",
            });
        }
        Ok(Self::Fixture(eval::fixtures::amazon_items(&amazon)?, queries))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::MadeUp(_, count) => *count,
            Self::Fixture(items, _) => items.len(),
        }
    }

    pub(crate) fn item(&self, number: usize) -> Result<Item> {
        match self {
            Self::MadeUp(catalogue, _) => catalogue.item(number),
            Self::Fixture(items, _) => Ok(items[number].clone()),
        }
    }

    pub(crate) fn id(&self, number: usize) -> Result<types::ItemId> {
        match self {
            Self::MadeUp(..) => item_id(number),
            Self::Fixture(items, _) => Ok(items[number].id.clone()),
        }
    }

    /// What shoppers type, at most `count`.
    pub(crate) fn queries(&self, count: usize) -> Vec<String> {
        match self {
            Self::MadeUp(catalogue, _) => (0..count).map(|number| catalogue.query(number, 0)).collect(),
            Self::Fixture(_, queries) => queries.iter().take(count).cloned().collect(),
        }
    }

    fn settings(&self, options: &Options) -> Settings {
        let settings = Settings::default();
        let encoders = encoders(self, options);
        match self {
            // Made-up vectors are filed under the titles.
            Self::MadeUp(..) => Settings { encoders, encoded: vec![Arc::from(types::well_known::TITLE)], ..settings },
            Self::Fixture(..) => Settings { encoders, ..settings },
        }
    }
}

/// The encoders of the shop: those asked for, else one for made-up products and the usual ones for the fixture.
fn encoders(goods: &Goods, options: &Options) -> Vec<Arc<str>> {
    let usual = Settings::default().encoders;
    options.encoders.clone().unwrap_or_else(|| match goods {
        Goods::MadeUp(..) => usual.into_iter().take(1).collect(),
        Goods::Fixture(..) => usual,
    })
}

/// Vectors for made-up products under each encoder of the shop.
pub(crate) fn made_up_vectors(goods: &Goods, options: &Options, watch: &Watch<'_>) -> Result<Vec<Vectors>> {
    let Goods::MadeUp(catalogue, count) = goods else { return Ok(Vec::new()) };
    let load = |id: &Arc<str>| Encoder::load(&options.models.join(&**id), 0);
    let vectors = |id: &Arc<str>| Vectors::new(catalogue, &load(id)?, *count, watch);
    encoders(goods, options).iter().map(vectors).collect()
}

/// Where the shop's files are.
enum Place {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }
}

/// A shop full of goods, in an engine of its own. Fields are dropped in order: the folder last.
pub(crate) struct Stocked {
    pub(crate) shop: Arc<Shop>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) goods: Goods,
    models: PathBuf,
    place: Place,
}

impl Stocked {
    /// Makes the shop, or opens the one a kept folder has, and waits until everything can be found.
    pub(crate) fn build(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<Self> {
        let goods = Goods::read(options)?;
        report.items = goods.len();
        let place = match &options.folder {
            Some(folder) => Place::Kept(folder.clone()),
            None => Place::Temporary(tempfile::Builder::new().prefix("mercato-bench-").tempdir()?),
        };
        let engine = open(place.path(), &options.models, 0)?;
        let wanted = contents(&goods, options);
        if let Some(found) = engine.document(CONTENTS)? {
            let found = String::from_utf8_lossy(&found).into_owned();
            if found != wanted {
                return Err(Error::OtherCatalogue { found, wanted });
            }
            report.remark("the shop was built by an earlier run");
            let shop = engine.shop(SHOP)?;
            return Ok(Self { shop, engine, goods, models: options.models.clone(), place });
        }
        let shop = engine.create_shop(&ShopId::new(SHOP)?, goods.settings(options))?;
        let stocked = Self { shop, engine, goods, models: options.models.clone(), place };
        stocked.fill(options, watch, report)?;
        stocked.engine.put_document(CONTENTS, wanted.as_bytes())?;
        Ok(stocked)
    }

    fn fill(&self, options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
        let vectors = made_up_vectors(&self.goods, options, watch)?;
        let (count, begun, now) = (self.goods.len(), Instant::now(), self.now());
        for first in (0..count).step_by(ITEMS_A_BATCH) {
            watch.tell("putting items in", first, count)?;
            let numbers = first..count.min(first + ITEMS_A_BATCH);
            let items = numbers.map(|number| self.goods.item(number)).collect::<Result<Vec<Item>>>()?;
            if let Goods::MadeUp(catalogue, _) = &self.goods {
                for vectors in &vectors {
                    self.shop.import_vectors(&vectors.export(catalogue, first, &items)?)?;
                }
            }
            let events = items.into_iter().map(|item| upsert(item, now)).collect::<Result<Vec<_>>>()?;
            self.shop.append(events)?;
        }
        report.add("items put in", count as f64 / begun.elapsed().as_secs_f64(), "items/s");
        self.shop.wait_until_current(&mut |Progress { done, total }| {
            watch.tell("setting vectors", done as usize, total as usize).is_ok()
        })?;
        self.wait_for_graphs(watch)?;
        report.add("build until everything is found", begun.elapsed().as_secs_f64(), "s");
        Ok(())
    }

    /// Waits until a graph has (nearly) all vectors, where there are so many that one is wanted.
    fn wait_for_graphs(&self, watch: &Watch<'_>) -> Result<()> {
        /// As in the index: below, vectors are scanned anyway.
        const GRAPH_MIN: usize = 50_000;
        let settings = self.shop.settings();
        let count = self.goods.len();
        let bearable = GRAPH_MIN.min(count / 20).max(1) * settings.encoders.len();
        while count >= GRAPH_MIN && !settings.encoders.is_empty() {
            let scanned = self.shop.stats()?.vectors_scanned;
            if scanned < bearable {
                break;
            }
            let all = count * settings.encoders.len();
            watch.tell("growing the vector graph", all.saturating_sub(scanned), all)?;
            std::thread::sleep(Duration::from_millis(200));
        }
        watch.go_on()
    }

    /// Closes the shop and opens it again, with a cache for query vectors of so many bytes; says how long it took from
    /// opening to the first search answered.
    pub(crate) fn reopened(self, query_cache_bytes: usize) -> Result<(Self, Duration)> {
        let Self { shop, engine, goods, models, place } = self;
        drop(shop);
        engine.close()?;
        drop(engine);
        let begun = Instant::now();
        let engine = open(place.path(), &models, query_cache_bytes)?;
        let shop = engine.shop(SHOP)?;
        let query = goods.queries(1).pop().unwrap_or_default();
        shop.answer(&Request { record: false, ..Request::search(&query, engine.clock().now()) })?;
        Ok((Self { shop, engine, goods, models, place }, begun.elapsed()))
    }

    /// Closes the shop and lets go of its folder; the goods remain.
    pub(crate) fn close(self) -> Result<Goods> {
        let Self { shop, engine, goods, .. } = self;
        drop(shop);
        engine.close()?;
        Ok(goods)
    }

    /// Reopens for measuring, and reports what that took.
    pub(crate) fn restarted(self, query_cache_bytes: usize, report: &mut Report) -> Result<Self> {
        let (stocked, took) = self.reopened(query_cache_bytes)?;
        report.add("restart to first search answered", took.as_secs_f64(), "s");
        report.memory("after the restart");
        stocked.report_disk(report);
        Ok(stocked)
    }

    fn report_disk(&self, report: &mut Report) {
        let mib = |path: &Path| disk_bytes(path) as f64 / f64::from(1 << 20);
        report.add("disk", mib(self.place.path()), "MiB");
        let shop = self.place.path().join("shops").join(SHOP);
        let Ok(entries) = fs_err::read_dir(&shop) else { return };
        let mut parts: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        parts.sort();
        for part in parts {
            let name = part.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            report.add(&format!("disk, {name}"), mib(&part), "MiB");
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.engine.clock().now()
    }
}

fn open(folder: &Path, models: &Path, query_cache_bytes: usize) -> Result<Arc<Engine>> {
    let config = EngineConfig {
        data_dir: folder.to_owned(),
        models_dir: models.to_owned(),
        query_cache_bytes,
        ..EngineConfig::default()
    };
    Ok(Arc::new(Engine::open(config, Arc::new(SystemClock))?))
}

fn contents(goods: &Goods, options: &Options) -> String {
    let encoders = encoders(goods, options).join(",");
    match goods {
        Goods::MadeUp(_, count) => format!("{count} items, seed {}, encoders [{encoders}]", options.seed),
        Goods::Fixture(items, _) => format!("amazon, {} items, encoders [{encoders}]", items.len()),
    }
}
