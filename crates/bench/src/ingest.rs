use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::Appended;

use crate::http::{Connection, Served};
use crate::load::{Latencies, closed_loop};
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::shoppers::{Shoppers, document};
use crate::stock::{SHOP, Stocked};
use crate::updates;
use crate::{Error, Result};

/// Events of a batch.
const BATCH: usize = 1_000;
/// Clients that send batches at once.
const BATCH_CLIENTS: usize = 4;
/// Batches made before the clock runs, and then sent.
const BATCHES_A_ROUND: usize = 50;

/// Measures how fast events come in and how soon they have an effect.
pub(crate) fn run(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let stocked = Stocked::build(options, watch, report)?.restarted(32 << 20, report)?;
    // A folder used before has events of earlier runs.
    let run = stocked.shop.stats()?.events;
    batches(&stocked, options, watch, report, run)?;
    singles(&stocked, options, watch, report, run)?;
    updates::measure(&stocked, options, watch, report, run)?;
    report.memory("after the events");
    over_http(&stocked, options, watch, report, run)
}

fn shoppers<'a>(stocked: &'a Stocked, options: &Options, prefix: &'static str, run: u64) -> Shoppers<'a> {
    let seed = options.seed ^ run.rotate_left(32);
    Shoppers { goods: &stocked.goods, users: options.users, seed, prefix, run, now: stocked.now() }
}

/// Batches of 1,000 from several clients. Making the events is not timed.
fn batches(stocked: &Stocked, options: &Options, watch: &Watch<'_>, report: &mut Report, run: u64) -> Result<()> {
    let shoppers = shoppers(stocked, options, "batch", run);
    let count = options.events.div_ceil(BATCH);
    let mut latencies = Latencies::new();
    for first in (0..count).step_by(BATCHES_A_ROUND) {
        watch.tell("events in batches", first * BATCH, options.events)?;
        let round = first..count.min(first + BATCHES_A_ROUND);
        let made = round.map(|batch| Ok(Mutex::new(Some(shoppers.deeds(batch * BATCH..(batch + 1) * BATCH)?))));
        let made = made.collect::<Result<Vec<_>>>()?;
        let sent = closed_loop(made.len(), BATCH_CLIENTS, watch.stopped, &|number| {
            let events = made[number].lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            stocked.shop.append(events.unwrap_or_default())?;
            Ok(())
        })?;
        latencies.add(&sent);
        latencies.elapsed += sent.elapsed;
    }
    report.time("batches of 1,000 events, 4 clients", &latencies);
    report.add("events in batches", (count * BATCH) as f64 / latencies.elapsed.as_secs_f64(), "events/s");
    Ok(())
}

/// Single events from many clients, each of which waits for its acknowledgement before the next.
fn singles(stocked: &Stocked, options: &Options, watch: &Watch<'_>, report: &mut Report, run: u64) -> Result<()> {
    let shoppers = shoppers(stocked, options, "single", run);
    watch.tell("single events", 0, options.singles)?;
    let (acknowledge, acknowledged) = crossbeam_channel::unbounded::<(Instant, engine::Result<Appended>)>();
    let events = shoppers.deeds(0..options.singles)?;
    let mut latencies = Latencies::new();
    let begun = Instant::now();
    let mut waiting = 0;
    let mut events = events.into_iter();
    loop {
        while waiting < options.clients {
            let Some(event) = events.next() else { break };
            let (sent, acknowledge) = (Instant::now(), acknowledge.clone());
            // The receiver outlives the callbacks, for all of them are waited for.
            stocked.shop.append_async(vec![event], Box::new(move |result| drop(acknowledge.send((sent, result)))));
            waiting += 1;
        }
        if waiting == 0 {
            break;
        }
        watch.go_on()?;
        let Ok((sent, result)) = acknowledged.recv() else { return Err(Error::Stopped) };
        result?;
        latencies.record(sent.elapsed());
        waiting -= 1;
    }
    latencies.elapsed = begun.elapsed();
    report.time(&format!("single events, {} clients", options.clients), &latencies);
    Ok(())
}

/// The same through the real server, one connection a client. The server closes the shop at its end.
fn over_http(stocked: &Stocked, options: &Options, watch: &Watch<'_>, report: &mut Report, run: u64) -> Result<()> {
    watch.tell("single events over HTTP", 0, options.singles)?;
    let shoppers = shoppers(stocked, options, "http", run);
    let documents = (0..options.singles).map(|number| Ok(document(&shoppers.deed(number)?)));
    let documents = documents.collect::<Result<Vec<_>>>()?;
    let served = Served::start(std::sync::Arc::clone(&stocked.engine))?;
    let path = format!("/v1/{SHOP}/events");
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let total: Mutex<Result<Latencies>> = Mutex::new(Ok(Latencies::new()));
    let client = || -> Result<Latencies> {
        let mut connection = Connection::open(served.address, &path)?;
        let mut latencies = Latencies::new();
        while let Some(document) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
            watch.go_on()?;
            if failed.load(Ordering::Relaxed) {
                break;
            }
            let begun = Instant::now();
            connection.post(document)?;
            latencies.record(begun.elapsed());
        }
        Ok(latencies)
    };
    let work = || {
        let outcome = client();
        let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match (outcome, &mut *total) {
            (Ok(own), Ok(all)) => all.add(&own),
            (Ok(_), Err(_)) => {}
            (Err(error), _) => {
                failed.store(true, Ordering::Relaxed);
                *total = Err(error);
            }
        }
    };
    let begun = Instant::now();
    std::thread::scope(|scope| (0..options.clients).for_each(|_| drop(scope.spawn(work))));
    let mut latencies = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
    latencies.elapsed = begun.elapsed().max(Duration::from_nanos(1));
    report.time(&format!("single events over HTTP, {} connections", options.clients), &latencies);
    Ok(())
}
