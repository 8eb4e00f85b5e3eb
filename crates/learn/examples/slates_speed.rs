//! How long it takes to order a window of 100 items anew, by each method: `cargo run --release -p learn --example slates_speed`.
#![allow(clippy::print_stdout, reason = "a measurement is printed")]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]

use std::hint::black_box;
use std::time::Instant;

use learn::slates::{
    Attention, AttentionConfig, Cap, FairTable, Labels, Likeness, List, Mix, balance, calibrate, caps, discount, dpp,
    fair, lottery, mmr,
};
use types::{Millis, Rng};

/// Runs of which the mean is printed.
const RUNS: u32 = 200;

/// Prints the mean time of a run.
fn time<Made>(name: &str, make: impl Fn() -> Made) {
    black_box(make());
    let start = Instant::now();
    (0..RUNS).for_each(|_| drop(black_box(make())));
    println!("{name}: {:.3} ms", start.elapsed().as_secs_f64() * 1e3 / f64::from(RUNS));
}

fn main() {
    let mut rng = Rng::new(1);
    let items = 100;
    let mut relevance: Vec<f32> = (0..items).map(|_| rng.unit() as f32).collect();
    relevance.sort_by(|a, b| b.total_cmp(a));
    let labels: Vec<Labels> =
        (0..items).map(|_| Labels { category: Some(rng.below(8) as u32), brand: Some(rng.below(12) as u32) }).collect();
    let vectors: Vec<f32> = (0..items * 384).map(|_| rng.normal() as f32).collect();
    let list = List::new(&relevance, &[]).unwrap();
    let by_label = Likeness::labels(&labels);
    let by_vector = Likeness::vectors(&vectors, 384).unwrap();
    time("vectors", || Likeness::vectors(&vectors, 384).unwrap());
    time("mmr labels", || mmr(&list, &by_label, 4, 0.5).unwrap());
    time("mmr vectors", || mmr(&list, &by_vector, 4, 0.5).unwrap());
    time("dpp labels", || dpp(&list, &by_label, 10, 0.5).unwrap());
    time("dpp vectors", || dpp(&list, &by_vector, 10, 0.5).unwrap());
    let categories: Vec<Option<u32>> = labels.iter().map(|l| l.category).collect();
    let brands: Vec<Option<u32>> = labels.iter().map(|l| l.brand).collect();
    time("caps", || {
        caps(
            &list,
            &[Cap { labels: &brands, most: 1, among: 10 }, Cap { labels: &categories, most: 2, among: 10 }],
            1.0,
        )
        .unwrap()
    });
    let own: Vec<Vec<u32>> = labels.iter().map(|l| vec![l.category.unwrap()]).collect();
    let mix = Mix::new(&[(0, 1.0), (1, 2.0), (2, 1.0)]).unwrap();
    time("calibrate", || calibrate(&list, &own, &mix, 0.5).unwrap());
    time("table", || FairTable::adjusted(100, 0.3, 0.1).unwrap());
    let table = FairTable::adjusted(100, 0.3, 0.1).unwrap();
    let protected: Vec<bool> = (0..items).map(|_| rng.unit() < 0.2).collect();
    time("fair", || fair(&list, &protected, &table).unwrap());
    let attention = Attention::new(AttentionConfig::default());
    time("balance", || balance(&list, &brands, &relevance, 20, &attention, Millis(0), 0.5).unwrap());
    time("discount", || discount(&list, &relevance, 0.5).unwrap());
    for items in [5, 10, 20, 30] {
        let list = List::new(&relevance[..items], &[]).unwrap();
        let groups: Vec<u32> = brands[..items].iter().map(|b| b.unwrap() % 4).collect();
        time(&format!("lottery of {items}"), || lottery(&list, &groups, &relevance[..items], 1.0).unwrap());
    }
}
