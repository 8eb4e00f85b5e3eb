use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use types::{Event, EventBody, EventId, Interaction, InteractionKind, Request, Rng, Settings, Slate};

use crate::catalogue::facets;
use crate::load::{Latencies, Schedule, Wall, open_loop};
use crate::machine::Memory;
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::shoppers::Shoppers;
use crate::stock::Stocked;
use crate::{Error, Result};

/// Different queries asked.
const QUERIES: usize = 5_000;
/// By how much clicks may move a score.
const ONLINE_LEARNING: f32 = 0.2;
/// What the explanation calls what clicks taught.
const LEARNT: &str = "clicks of late";
/// Events are appended every so often.
const TICK: Duration = Duration::from_millis(20);
/// A click is followed to its score every so often.
const PROBE_EVERY: Duration = Duration::from_millis(250);
/// A click that has moved no score after so long counts as lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Memory is looked at so often, at least.
const LOOKS: u32 = 60;

/// Searches, clicks on what they found and other deeds at their rates, all at once, with learning from clicks on: how long
/// searches take, how soon a click moves a score, and whether memory grows.
pub(crate) fn run(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    let stocked = Stocked::build(options, watch, report)?.restarted(256 << 20, report)?;
    let settings = stocked.shop.settings();
    stocked.shop.set_settings(Settings { online_learning: ONLINE_LEARNING, ..Settings::clone(&settings) })?;
    let whole = Loop::new(&stocked, options, watch)?;
    let ended = std::thread::scope(|scope| {
        let events = scope.spawn(|| whole.or_stop(whole.send_events()));
        let probes = scope.spawn(|| whole.or_stop(whole.follow_clicks()));
        let looks = scope.spawn(|| whole.look_at_memory());
        let searches = whole.search();
        whole.done.store(true, Ordering::Relaxed);
        (searches, joined(events), joined(probes), joined(looks))
    });
    // Where one of these failed, the searches were stopped for it.
    let (sent, (followed, lost)) = (ended.1?, ended.2?);
    let (searches, looks) = (ended.0?, ended.3);
    report.time(&format!("searches, {} a second", options.rate), &searches);
    report.time("acknowledged click to moved score", &followed);
    report.add("clicks that moved no score", lost as f64, "");
    report.add("events", sent as f64 / searches.elapsed.as_secs_f64(), "events/s");
    report_memory(&looks, report);
    let learning = stocked.shop.learning_report();
    report.add("examples learnt from", learning.online.learnt as f64, "");
    report.remark(format!("learning from clicks moved scores by up to {ONLINE_LEARNING}; every search was logged"));
    stocked.close().map(drop)
}

/// What a thread gives back.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What all threads share.
struct Loop<'a> {
    stocked: &'a Stocked,
    options: &'a Options,
    watch: &'a Watch<'a>,
    queries: Vec<String>,
    shoppers: Shoppers<'a>,
    run: u64,
    begun: Instant,
    done: AtomicBool,
    /// Clicks on what searches found, not yet sent.
    clicks: Mutex<Vec<Event>>,
}

impl<'a> Loop<'a> {
    fn new(stocked: &'a Stocked, options: &'a Options, watch: &'a Watch<'a>) -> Result<Self> {
        let (goods, now, run) = (&stocked.goods, stocked.now(), stocked.shop.stats()?.events);
        let shoppers = Shoppers { goods, users: options.users, seed: options.seed ^ run, prefix: "loop", run, now };
        let (queries, done) = (goods.queries(QUERIES), AtomicBool::new(false));
        Ok(Self {
            stocked,
            options,
            watch,
            queries,
            shoppers,
            run,
            begun: Instant::now(),
            done,
            clicks: Mutex::default(),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Event>> {
        self.clicks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn search(&self) -> Result<Latencies> {
        let schedule = Schedule::new(self.options.rate, self.options.seconds);
        let workers = self.options.answering_threads();
        let each_percent = (schedule.count / 100).max(1);
        open_loop(schedule, workers, &Wall::start(), self.watch.stopped, &|number| {
            if number % each_percent == 0 {
                self.watch.tell("searching, clicking, learning", number, schedule.count)?;
            }
            let slate = self.ask(number, false)?;
            let clicks = self.clicks_on(&slate, number)?;
            self.waiting().extend(clicks);
            Ok(())
        })
    }

    fn ask(&self, number: usize, explain: bool) -> Result<Slate> {
        let mut request = Request::search(&self.queries[number % self.queries.len()], self.stocked.now());
        request.actor = self.shoppers.actor(number % self.options.users)?;
        (request.record, request.explain, request.facets) = (true, explain, facets());
        let mut slate = self.stocked.shop.answer(&request)?;
        match slate.degraded.pop() {
            None => Ok(slate),
            Some(degraded) => Err(Error::Degraded { part: degraded.part, reason: degraded.reason }),
        }
    }

    /// The deeper an item stands, the less often it is clicked.
    fn clicks_on(&self, slate: &Slate, number: usize) -> Result<Vec<Event>> {
        let mut rng = Rng::new(self.options.seed ^ (number as u64).rotate_left(17));
        let clicked = slate.items.iter().enumerate().filter(|(at, _)| rng.unit() < 0.3 / (*at + 1) as f64);
        clicked.map(|(at, _)| self.click(slate, at, &format!("click-{number}-{at}"), number)).collect()
    }

    fn click(&self, slate: &Slate, at: usize, name: &str, number: usize) -> Result<Event> {
        let mut click = Interaction::new(InteractionKind::Click, self.shoppers.actor(number % self.options.users)?);
        click.item = Some(slate.items[at].item.id.clone());
        click.query_id = Some(slate.query_id.clone());
        let id = EventId::new(format!("{name}-{}", self.run))?;
        Ok(Event { id, time: self.stocked.now(), body: EventBody::Interaction(click) })
    }

    /// Stops the searches where what goes on beside them failed: without it they are no measurement.
    fn or_stop<T>(&self, ended: Result<T>) -> Result<T> {
        if ended.is_err() {
            self.watch.stopped.store(true, Ordering::Relaxed);
        }
        ended
    }

    /// Appends clicks and other deeds at the rate asked for; how many.
    fn send_events(&self) -> Result<usize> {
        let mut sent = 0;
        let mut deeds = 0;
        while !self.done.load(Ordering::Relaxed) {
            let due = (self.begun.elapsed().as_secs_f64() * self.options.event_rate) as usize;
            let mut events = std::mem::take(&mut *self.waiting());
            let others = due.saturating_sub(sent + events.len());
            events.extend(self.shoppers.deeds(deeds..deeds + others)?);
            (deeds, sent) = (deeds + others, sent + events.len());
            if !events.is_empty() {
                self.stocked.shop.append(events)?;
            }
            std::thread::sleep(TICK);
        }
        Ok(sent)
    }

    /// Follows single clicks from their acknowledgement to the first search whose score has them; also how many never did.
    fn follow_clicks(&self) -> Result<(Latencies, u64)> {
        let (mut latencies, mut lost, mut number) = (Latencies::new(), 0, 0);
        while !self.done.load(Ordering::Relaxed) {
            number += 1;
            let slate = self.ask(number, true)?;
            let at = slate.items.len().min(3).checked_sub(1);
            if let Some(at) = at {
                let before = learnt_of(&slate, at);
                let click = self.click(&slate, at, &format!("probe-{number}"), number)?;
                self.stocked.shop.append(vec![click])?;
                let acknowledged = Instant::now();
                while !self.has_moved(number, &slate, at, before)? && acknowledged.elapsed() < PATIENCE {}
                lost += u64::from(acknowledged.elapsed() >= PATIENCE);
                latencies.record(acknowledged.elapsed());
            }
            std::thread::sleep(PROBE_EVERY);
        }
        latencies.elapsed = self.begun.elapsed();
        Ok((latencies, lost))
    }

    fn has_moved(&self, number: usize, before: &Slate, at: usize, learnt: f32) -> Result<bool> {
        let now = self.ask(number, true)?;
        let item = &before.items[at].item.id;
        let place = now.items.iter().position(|shown| shown.item.id == *item);
        // Moved off the page is moved, too.
        Ok(place.is_none_or(|place| learnt_of(&now, place) != learnt))
    }

    /// Own memory in MiB with the seconds since the beginning, evenly over the run.
    fn look_at_memory(&self) -> Vec<(f64, f64)> {
        let every = Duration::from_secs_f64(self.options.seconds) / LOOKS;
        let mut looks = Vec::new();
        while !self.done.load(Ordering::Relaxed) {
            looks.extend(Memory::now().map(|memory| (self.begun.elapsed().as_secs_f64(), memory.anonymous)));
            std::thread::sleep(every.min(Duration::from_secs(10)));
        }
        looks
    }
}

/// What clicks taught of the item at a place, in its score.
fn learnt_of(slate: &Slate, at: usize) -> f32 {
    let explanation = slate.items[at].explanation.as_ref();
    let parts = explanation.map(|explanation| explanation.contributions.as_slice()).unwrap_or_default();
    parts.iter().find(|part| Arc::as_ref(&part.feature) == LEARNT).map_or(0.0, |part| part.contribution)
}

/// Memory at the beginning, at the end, and how fast it grew in the second half (least squares).
fn report_memory(looks: &[(f64, f64)], report: &mut Report) {
    let late = &looks[looks.len() / 2..];
    let (Some(first), Some(last)) = (looks.first(), looks.last()) else { return };
    report.add("own memory at the beginning", first.1, "MiB");
    report.add("own memory at the end", last.1, "MiB");
    let count = late.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| late.iter().map(of).sum::<f64>() / count;
    let (time, memory) = (mean(|look| look.0), mean(|look| look.1));
    let covariance: f64 = late.iter().map(|look| (look.0 - time) * (look.1 - memory)).sum();
    let variance: f64 = late.iter().map(|look| (look.0 - time).powi(2)).sum();
    if variance > 0.0 {
        report.add("growth in the second half", 60.0 * covariance / variance, "MiB/min");
    }
}
