//! How fast are folding and answering in a large shop, and how much memory does it take?
//!
//! Usage: `cargo run --release -p learn --example capacity -- ITEMS ACTORS SIGNALS`. The log is made up: items are chosen
//! with a chance that falls as 1 / rank (Zipf), actors as well but less steeply, a visit has one to eight deeds, one in
//! ten of them a purchase. Every item has a price, a brand and a path of three categories.
#![allow(clippy::print_stdout, reason = "an example shows its results")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use features::{Config, Context, ItemFacts, Scope, State, all, fill, schema};
use learn::{ForYou, Neighbours, NeighboursConfig};
use types::{FeatureRows, InteractionKind, Millis, Position, Rng, Row, Signal};

const START: Millis = Millis(1_700_000_000_000);
/// Deeds folded one at a time with a view taken before each, and answers asked for.
const SAMPLES: usize = 20_000;
/// Candidates whose features are filled.
const CANDIDATES: usize = 500;

fn main() -> Result<(), std::num::ParseIntError> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|argument| argument.parse()).collect::<Result<_, _>>()?;
    let [items, actors, signals] = numbers.as_slice() else {
        println!("usage: capacity ITEMS ACTORS SIGNALS");
        return Ok(());
    };
    let mut log = Log { items: *items, actors: *actors, rng: Rng::new(1), next: 0, visit: None };

    let empty = memory_mib();
    let mut state = State::new(Config::default());
    (0..*items as u32).for_each(|item| state.set_item(Row(item), facts(item)));
    let catalogue = memory_mib();
    println!("memory: facts of {items} items {} MiB", catalogue - empty);
    let elapsed = fold(&mut log, *signals, |signal| state.fold(signal));
    println!("features: {:.0} signals/s", *signals as f64 / elapsed.as_secs_f64());
    let featured = memory_mib();
    println!("memory: counts, charts and {} histories {} MiB", state.actors(), featured - catalogue);

    let mut again = Log { rng: Rng::new(1), next: 0, visit: None, ..log };
    let mut neighbours = Neighbours::new(NeighboursConfig::default());
    let elapsed = fold(&mut again, *signals, |signal| neighbours.fold(signal));
    println!("neighbours: {:.0} signals/s", *signals as f64 / elapsed.as_secs_f64());
    println!("memory: links and windows {} MiB", memory_mib() - featured);

    publish_each(&mut log, &mut state, &mut neighbours);
    answer(&mut log, &state, &neighbours);
    Ok(())
}

/// Times folding alone, a batch at a time, so that making up the log does not count; time on the processor, where the
/// system tells, because others may use it too.
fn fold(log: &mut Log, signals: usize, mut take: impl FnMut(&Signal)) -> Duration {
    let mut elapsed = Duration::ZERO;
    for _ in 0..signals.div_ceil(10_000) {
        let batch: Vec<Signal> = (0..10_000).map(|_| log.signal()).collect();
        let (start, busy) = (Instant::now(), processor_time());
        batch.iter().for_each(&mut take);
        elapsed += match (busy, processor_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
    }
    elapsed
}

/// One deed at a time, each after a view was taken, as when every event is published by itself.
fn publish_each(log: &mut Log, state: &mut State, neighbours: &mut Neighbours) {
    let mut view = (state.clone(), neighbours.clone());
    let (mut featured, mut linked, mut published) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let signal = log.signal();
        featured.push(timed(|| state.fold(&signal)));
        linked.push(timed(|| neighbours.fold(&signal)));
        published.push(timed(|| view = (state.clone(), neighbours.clone())));
        black_box(&view);
    }
    report("features: fold into a shared state", featured);
    report("neighbours: fold into a shared state", linked);
    report("both: take a view, drop the last one", published);
}

fn answer(log: &mut Log, state: &State, neighbours: &Neighbours) {
    let now = Millis(START.0 + log.next as i64 * 10);
    let features = all();
    let popular = state.popular(Scope::Shop, now, ForYou::POPULAR);
    let for_you = ForYou::default();
    let (mut profiled, mut filled, mut recommended) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES / 10 {
        let actor = log.actor();
        let candidates: Vec<Row> = (0..CANDIDATES).map(|_| log.item()).collect();
        let mut rows = FeatureRows::zeros(schema(&features), CANDIDATES);
        let mut profile = None;
        profiled.push(timed(|| profile = Some(state.profile(Some(actor), now))));
        if let Some(profile) = &profile {
            let context = Context { state, profile, asked: None, now };
            filled.push(timed(|| fill(&features, &context, &candidates, &mut rows)));
        }
        let history = state.history(actor);
        recommended.push(timed(|| drop(black_box(for_you.recommend(neighbours, &history, &popular, now, 50)))));
    }
    report("features: profile of an actor", profiled);
    report(&format!("features: fill {CANDIDATES} candidates x {}", features.len()), filled);
    report("for you: 50 items of all", recommended);
}

fn facts(item: u32) -> ItemFacts {
    let (root, middle, leaf) = (item % 20, 20 + item % 400, 420 + item % 4_000);
    ItemFacts {
        price: Some(1.0 + f64::from(item % 997)),
        categories: Arc::from([root, middle, leaf]),
        brand: Some(item % 5_003),
        group: None,
        rating: Some((item % 50) as f32 / 10.0),
        rating_count: item % 100,
        first_seen: START,
        buyable: true,
        list_price: None,
        stock: None,
        margin: None,
        text_quality: 0.0,
    }
}

/// A log without end.
struct Log {
    items: usize,
    actors: usize,
    rng: Rng,
    next: u64,
    /// Actor, session and deeds left of the present visit.
    visit: Option<(Row, Row, usize)>,
}

impl Log {
    fn signal(&mut self) -> Signal {
        let position = self.next;
        self.next += 1;
        let (actor, session, left) = match self.visit {
            Some(visit) => visit,
            None => (self.actor(), Row(position as u32), 1 + self.rng.below(8)),
        };
        self.visit = (left > 1).then_some((actor, session, left - 1));
        let kind = if self.rng.below(10) == 0 { InteractionKind::Purchase } else { InteractionKind::View };
        Signal {
            position: Position(position),
            time: Millis(START.0 + position as i64 * 10),
            actor: Some(actor),
            session: Some(session),
            item: self.item(),
            strength: kind.default_weight(),
            kind,
            quantity: 1,
            surface: None,
        }
    }

    fn item(&mut self) -> Row {
        spread((self.items as f64).powf(self.rng.unit()), self.items)
    }

    fn actor(&mut self) -> Row {
        let unit = self.rng.unit();
        spread(self.actors as f64 * unit * unit, self.actors)
    }
}

/// The row of a rank: neighbouring ranks lie far apart, as in a real catalogue.
fn spread(rank: f64, rows: usize) -> Row {
    Row((rank as u64 * 2_654_435_761 % rows as u64) as u32)
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("{name}: p50 {:?}, p99 {:?}", at(50), at(99));
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Time this process ran so far, where the system tells.
fn processor_time() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Memory held by this process, where the system tells.
fn memory_mib() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4_096 / (1 << 20)
}
