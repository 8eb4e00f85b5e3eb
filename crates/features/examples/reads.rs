//! How long it takes to read every feature of 500 candidates, from a state of many items and shoppers:
//! `cargo run --release -p features --example reads -- ITEMS ACTORS DEEDS` (200,000, 50,000 and 2,000,000 where not said).
#![expect(clippy::print_stdout, reason = "a measuring program")]

use std::sync::Arc;
use std::time::Instant;

use features::{AskedQuery, Config, Context, ItemFacts, State, all, fill, schema};
use types::{FeatureRows, InteractionKind, Millis, Position, Rng, Row, Signal};

/// Candidates of a request.
const CANDIDATES: usize = 500;
/// Requests timed.
const REQUESTS: usize = 2_000;
/// Different queries.
const QUERIES: usize = 20_000;
const BEGIN: i64 = 1_760_000_000_000;
const DAY: i64 = 86_400_000;

fn main() {
    let given =
        |at: usize, default: usize| std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (items, actors, deeds) = (given(1, 200_000), given(2, 50_000), given(3, 2_000_000));
    let mut rng = Rng::new(1);
    let mut state = State::new(Config::default());
    (0..items).for_each(|item| state.set_item(Row(item as u32), facts(&mut rng)));
    let now = Millis(BEGIN + 60 * DAY);
    let began = Instant::now();
    for deed in 0..deeds {
        let time = Millis(BEGIN + (60 * DAY / deeds as i64) * deed as i64);
        state.fold(&signal(&mut rng, (items, actors), deed, time));
        if deed % 4 == 0 {
            let query = rng.below(QUERIES) as u64;
            let shown: Vec<(Row, u32)> = (1..=10).map(|place| (popular(&mut rng, items), place)).collect();
            state.answered(Some(query), time, shown.iter().copied());
            state.clicked(query, time, shown[rng.below(10)].0);
        }
    }
    println!(
        "{items} items, {actors} shoppers, {deeds} deeds folded, {:.2} µs each",
        began.elapsed().as_secs_f64() * 1e6 / deeds as f64
    );
    let features = all();
    let schema = schema(&features);
    let mut times: Vec<f64> = Vec::with_capacity(REQUESTS);
    let mut sum = 0.0;
    for _ in 0..REQUESTS {
        let candidates: Vec<Row> = (0..CANDIDATES).map(|_| popular(&mut rng, items)).collect();
        let asked = Some(AskedQuery { hash: rng.below(QUERIES) as u64, words: 2.0 });
        let actor = Some(Row(rng.below(actors) as u32));
        let began = Instant::now();
        let profile = state.profile(actor, now);
        let mut rows = FeatureRows::zeros(schema.clone(), CANDIDATES);
        fill(&features, &Context { state: &state, profile: &profile, asked, now }, &candidates, &mut rows);
        times.push(began.elapsed().as_secs_f64() * 1e3);
        sum += rows.value(0, 0);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{} features of {CANDIDATES} candidates: p50 {:.3} ms, p99 {:.3} ms, worst {:.3} ms (checksum {sum:.3})",
        schema.width(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// A row of which few are asked for most.
fn popular(rng: &mut Rng, rows: usize) -> Row {
    Row(((rng.unit().powi(3) * rows as f64) as usize).min(rows - 1) as u32)
}

fn facts(rng: &mut Rng) -> ItemFacts {
    let category = rng.below(400) as u32;
    ItemFacts {
        price: Some(1.0 + 200.0 * rng.unit()),
        categories: Arc::from([category / 20, 20 + category]),
        brand: Some(rng.below(2_000) as u32),
        group: None,
        rating: Some(5.0 * rng.unit() as f32),
        rating_count: rng.below(300) as u32,
        first_seen: Millis(BEGIN + (60.0 * DAY as f64 * rng.unit()) as i64),
        buyable: true,
        list_price: Some(250.0),
        stock: Some(rng.below(100) as u32),
        margin: Some(rng.unit() as f32),
        text_quality: rng.unit() as f32,
    }
}

fn signal(rng: &mut Rng, (items, actors): (usize, usize), number: usize, time: Millis) -> Signal {
    let kinds = [InteractionKind::View, InteractionKind::Click, InteractionKind::AddToCart, InteractionKind::Purchase];
    Signal {
        position: Position(number as u64),
        time,
        actor: Some(Row(rng.below(actors) as u32)),
        session: None,
        item: popular(rng, items),
        kind: kinds[(rng.unit() * rng.unit() * 4.0) as usize].clone(),
        strength: 1.0,
        quantity: 1,
        surface: None,
    }
}
