//! What will a known customer buy next? Compares popularity, neighbours and for-you on a log of purchases, and times
//! folding and answering.
//!
//! Usage: `cargo run --release -p learn --example next_basket -- LOG.tsv DAYS_HELD_OUT DAYS`, where each line of the
//! log holds, in order of time: seconds since 1970, customer (may be empty), invoice, item, quantity (negative: sent
//! back). Lines without a customer are a guest's; lines whose item does not begin with five digits (postage, fees) and
//! guests' refunds are left out.
//!
//! Protocol: everything before the last `DAYS_HELD_OUT` days is learnt from. Cases are the customers who bought before
//! and buy within the next `DAYS` days; wanted are the distinct items of their first basket there. The ten best of all
//! items are judged, bought ones included: HR@10 is the share of customers with at least one hit, NDCG@10 has gain 1 for
//! each wanted item. Intervals: 2.5 and 97.5 percent of 1,000 bootstrap samples of customers, seed 1.
#![allow(clippy::print_stdout, reason = "an example shows its results")]

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use features::{Config, Scope, State};
use learn::{ForYou, ForYouConfig, Neighbours, NeighboursConfig};
use types::{Dictionary, InteractionKind, Millis, Position, Rng, Row, Signal};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, held_out, days] = arguments.as_slice() else {
        println!("usage: next_basket LOG.tsv DAYS_HELD_OUT DAYS");
        return Ok(());
    };
    let log = read_log(&std::fs::read_to_string(path)?)?;
    let split = split(&log, held_out.parse()?, days.parse()?);
    println!("{} signals learnt from, {} customers judged", split.past.len(), split.cases.len());

    let (state, elapsed) = timed(|| State::from_signals(Config::default(), split.past));
    println!("features folded at {:.0} signals/s", split.past.len() as f64 / elapsed.as_secs_f64());
    let (neighbours, elapsed) = timed(|| Neighbours::from_signals(NeighboursConfig::default(), split.past));
    println!("neighbours folded at {:.0} signals/s", split.past.len() as f64 / elapsed.as_secs_f64());

    let popular = state.popular(Scope::Shop, split.now, ForYou::POPULAR);
    let recommend = |config: ForYouConfig, popular: &[(Row, f32)], actor: Row| -> Vec<Row> {
        let answer = ForYou::new(config).recommend(&neighbours, &state.history(actor), popular, split.now, 10);
        answer.into_iter().map(|recommended| recommended.item).collect()
    };
    // Next to no weight for the bought item itself: it may come back, but only as another one's neighbour.
    let neighbours_alone = ForYouConfig { repeat: f32::MIN_POSITIVE, popular: 0.0, ..ForYouConfig::default() };
    let never_again = ForYouConfig { repeat: 0.0, ..ForYouConfig::default() };
    report("popularity", &split, |_| popular.iter().take(10).map(|(item, _)| *item).collect());
    report("neighbours", &split, |actor| recommend(neighbours_alone.clone(), &[], actor));
    report("for-you", &split, |actor| recommend(ForYouConfig::default(), &popular, actor));
    report("for-you, only new items", &split, |actor| recommend(never_again.clone(), &popular, actor));
    Ok(())
}

/// What is learnt from, and what is to be foretold.
struct Split<'a> {
    past: &'a [Signal],
    now: Millis,
    /// Customers with the items of their next basket.
    cases: BTreeMap<Row, HashSet<Row>>,
}

fn read_log(text: &str) -> Result<Vec<Signal>, Failure> {
    let (mut actors, mut items) = (Dictionary::default(), Dictionary::default());
    let mut log = Vec::new();
    for (line, position) in text.lines().zip(0..) {
        let [seconds, customer, invoice, item, quantity] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("line {}: expected five fields", position + 1).into());
        };
        let (seconds, quantity): (i64, i64) = (seconds.parse()?, quantity.parse()?);
        let is_refund = quantity < 0 || invoice.starts_with('C');
        let is_product = item.as_bytes().iter().take(5).filter(|byte| byte.is_ascii_digit()).count() == 5;
        if !is_product || (is_refund && customer.is_empty()) {
            continue;
        }
        let kind = if is_refund { InteractionKind::Refund } else { InteractionKind::Purchase };
        let session = actors.intern(format!("s:{invoice}").into());
        let actor = if customer.is_empty() { session } else { actors.intern(format!("u:{customer}").into()) };
        log.push(Signal {
            position: Position(position),
            time: Millis(seconds * Millis::SECOND),
            actor: Some(actor),
            session: Some(session),
            item: items.intern(item.into()),
            strength: kind.default_weight(),
            kind,
            quantity: u32::try_from(quantity.unsigned_abs()).unwrap_or(u32::MAX),
            surface: None,
        });
    }
    Ok(log)
}

fn split(log: &[Signal], held_out: i64, days: i64) -> Split<'_> {
    let end = log.last().map_or(0, |signal| signal.time.0);
    let now = Millis(end - held_out * Millis::DAY);
    let until = Millis(now.0 + days * Millis::DAY);
    let (past, future) = log.split_at(log.partition_point(|signal| signal.time < now));
    let is_customer = |signal: &&Signal| signal.kind == InteractionKind::Purchase && signal.actor != signal.session;
    let known: HashSet<Option<Row>> = past.iter().filter(is_customer).map(|signal| signal.actor).collect();
    let mut baskets: BTreeMap<Row, (Option<Row>, HashSet<Row>)> = BTreeMap::new();
    let wanted = future.iter().take_while(|signal| signal.time <= until).filter(is_customer);
    for signal in wanted.filter(|signal| known.contains(&signal.actor)) {
        let Some(actor) = signal.actor else { continue };
        let (session, items) = baskets.entry(actor).or_insert((signal.session, HashSet::new()));
        if *session == signal.session {
            items.insert(signal.item);
        }
    }
    Split { past, now, cases: baskets.into_iter().map(|(actor, (_, items))| (actor, items)).collect() }
}

fn report(name: &str, split: &Split<'_>, recommend: impl Fn(Row) -> Vec<Row>) {
    let mut times: Vec<Duration> = Vec::new();
    let mut judged: Vec<(f64, f64)> = Vec::new();
    for (actor, wanted) in &split.cases {
        let (answer, elapsed) = timed(|| recommend(*actor));
        times.push(elapsed);
        judged.push(judge(&answer, wanted));
    }
    times.sort_unstable();
    let [hits, gains] = [|pair: &(f64, f64)| pair.0, |pair: &(f64, f64)| pair.1].map(|part| {
        let values: Vec<f64> = judged.iter().map(part).collect();
        let (low, high) = interval(&values);
        format!("{:.4} [{low:.4}, {high:.4}]", mean(&values))
    });
    let slow = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    println!("{name:24} HR@10 {hits}  NDCG@10 {gains}  p99 {slow:?}");
}

/// Whether there is a hit, and the NDCG, among the first ten.
fn judge(answer: &[Row], wanted: &HashSet<Row>) -> (f64, f64) {
    let discount = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let gain: f64 = (0..answer.len().min(10)).filter(|place| wanted.contains(&answer[*place])).map(discount).sum();
    let ideal: f64 = (0..wanted.len().min(10)).map(discount).sum();
    (f64::from(u8::from(gain > 0.0)), gain / ideal)
}

fn interval(values: &[f64]) -> (f64, f64) {
    let mut rng = Rng::new(1);
    let mut sample = || (0..values.len()).map(|_| values[rng.below(values.len())]).sum::<f64>() / values.len() as f64;
    let mut means: Vec<f64> = (0..1_000).map(|_| sample()).collect();
    means.sort_by(f64::total_cmp);
    (means[25], means[974])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
