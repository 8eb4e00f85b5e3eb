use std::sync::atomic::{AtomicUsize, Ordering};

use types::{Request, RetrievalMethod};

use crate::catalogue::{facets, filter};
use crate::load::{Schedule, Wall, closed_loop, open_loop};
use crate::options::{Options, Watch};
use crate::plain_tantivy::PlainTantivy;
use crate::plain_usearch;
use crate::report::Report;
use crate::stock::{Goods, Stocked};
use crate::{Error, Result};

/// Bytes of the query cache where queries are to be found in it.
const CACHE: usize = 256 << 20;
/// Different queries asked.
const QUERIES_MAX: usize = 5_000;

/// One kind of search.
#[derive(Clone, Copy)]
struct Mix {
    name: &'static str,
    method: RetrievalMethod,
    filtered: bool,
    faceted: bool,
}

const LEXICAL: Mix =
    Mix { name: "lexical, 3 facets", method: RetrievalMethod::Lexical, filtered: false, faceted: true };
const BARE: Mix = Mix { name: "hybrid", method: RetrievalMethod::Hybrid, filtered: false, faceted: false };
const FULL: Mix =
    Mix { name: "hybrid, filter, 3 facets", method: RetrievalMethod::Hybrid, filtered: true, faceted: true };
const DENSE: Mix = Mix { name: "dense", method: RetrievalMethod::Dense, filtered: false, faceted: false };

/// Measures searches: first with every query's vectors computed, then with them cached, then the yardsticks.
pub(crate) fn run(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let stocked = Stocked::build(options, watch, report)?;
    let has_vectors = !stocked.shop.settings().encoders.is_empty();
    let stocked = stocked.restarted(0, report)?;
    let mut bench = Bench::new(stocked, options, watch);
    bench.warm_up(LEXICAL)?;
    bench.one_client(LEXICAL, "", report)?;
    bench.at_rate(LEXICAL, "", report)?;
    if has_vectors {
        bench.warm_up(FULL)?;
        for mix in [BARE, FULL] {
            bench.one_client(mix, ", computed", report)?;
        }
        bench.at_rate(FULL, ", computed", report)?;
        let (stocked, _) = bench.stocked.reopened(CACHE)?;
        bench = Bench::new(stocked, options, watch);
        bench.warm_up(FULL)?;
        for mix in [BARE, FULL, DENSE] {
            bench.one_client(mix, ", cached", report)?;
        }
        bench.at_rate(FULL, ", cached", report)?;
    }
    report.memory("after the searches");
    if options.yardsticks {
        yardsticks(bench, has_vectors, report)?;
    }
    Ok(())
}

/// A shop with the queries put to it.
struct Bench<'a> {
    stocked: Stocked,
    queries: Vec<String>,
    options: &'a Options,
    watch: &'a Watch<'a>,
}

impl<'a> Bench<'a> {
    fn new(stocked: Stocked, options: &'a Options, watch: &'a Watch<'a>) -> Self {
        let queries = stocked.goods.queries(options.requests.min(QUERIES_MAX));
        Self { stocked, queries, options, watch }
    }

    fn request(&self, mix: Mix, number: usize, record: bool) -> Request {
        let mut request = Request::search(&self.queries[number % self.queries.len()], self.stocked.now());
        request.retrieval.method = mix.method;
        request.record = record;
        if mix.filtered {
            request.filter = Some(filter());
        }
        if mix.faceted {
            request.facets = facets();
        }
        request
    }

    fn answer(&self, mix: Mix, number: usize, record: bool) -> Result<usize> {
        let slate = self.stocked.shop.answer(&self.request(mix, number, record))?;
        match slate.degraded.into_iter().next() {
            None => Ok(slate.total),
            // What fails is no measurement.
            Some(degraded) => Err(Error::Degraded { part: degraded.part, reason: degraded.reason }),
        }
    }

    /// Asks every query once, so that files are in memory and caches as full as they get.
    fn warm_up(&self, mix: Mix) -> Result<()> {
        let step = self.queries.len().div_ceil(10).max(1);
        for number in 0..self.queries.len() {
            if number % step == 0 {
                self.watch.tell(&format!("warming up: {}", mix.name), number, self.queries.len())?;
            }
            self.answer(mix, number, false)?;
        }
        Ok(())
    }

    /// One client who asks again as soon as it is answered. Nothing is logged.
    fn one_client(&self, mix: Mix, suffix: &str, report: &mut Report) -> Result<()> {
        let name = format!("{}{suffix}, one client", mix.name);
        self.watch.tell(&name, 0, 1)?;
        let found = AtomicUsize::new(0);
        let latencies = closed_loop(self.options.requests, 1, self.watch.stopped, &|number| {
            found.fetch_add(self.answer(mix, number, false)?, Ordering::Relaxed);
            Ok(())
        })?;
        report.time(&name, &latencies);
        report.add(
            &format!("{name}: items found"),
            found.into_inner() as f64 / self.options.requests as f64,
            "a search",
        );
        Ok(())
    }

    /// Requests at the rate asked for, each logged as an impression as in a shop.
    fn at_rate(&self, mix: Mix, suffix: &str, report: &mut Report) -> Result<()> {
        let name = format!("{}{suffix}, {} a second", mix.name, self.options.rate);
        self.watch.tell(&name, 0, 1)?;
        let schedule = Schedule::new(self.options.rate, self.options.seconds);
        let workers = self.options.answering_threads();
        let ask = |number| self.answer(mix, number, true).map(drop);
        let latencies = open_loop(schedule, workers, &Wall::start(), self.watch.stopped, &ask)?;
        report.time(&name, &latencies);
        Ok(())
    }
}

/// The same work without us. The shop is closed first, so that it does not stand in the way.
fn yardsticks(bench: Bench<'_>, has_vectors: bool, report: &mut Report) -> Result<()> {
    let Bench { stocked, queries, options, watch } = bench;
    let goods = stocked.close()?;
    let plain = PlainTantivy::build(&goods, watch)?;
    report.add("plain tantivy: disk", plain.disk_mib(), "MiB");
    for query in &queries {
        plain.search(query)?;
    }
    let name = "plain tantivy, 3 facets, one client";
    watch.tell(name, 0, 1)?;
    let found = AtomicUsize::new(0);
    let ask = |number: usize| -> Result<()> {
        found.fetch_add(plain.search(&queries[number % queries.len()])?, Ordering::Relaxed);
        Ok(())
    };
    let latencies = closed_loop(options.requests, 1, watch.stopped, &ask)?;
    report.time(name, &latencies);
    report.add(&format!("{name}: items found"), found.into_inner() as f64 / options.requests as f64, "a search");
    report.ratio("lexical, 3 facets, one client", name);
    drop(plain);
    if has_vectors && matches!(goods, Goods::MadeUp(..)) {
        plain_usearch::measure(&goods, &queries, options, watch, report)?;
        report.ratio("dense, cached, one client", plain_usearch::NAME);
    }
    report.remark(
        "plain tantivy: the same terms in two fields (title, everything else), any term may match, top 20 with stored \
         texts, total, 3 facets of 20 values; unlike ours it shows what cannot be bought, groups nothing and explains nothing",
    );
    Ok(())
}
