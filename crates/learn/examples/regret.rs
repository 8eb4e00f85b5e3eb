//! Cumulative regret of every bandit policy in small worlds whose truth is known.
//!
//! `cargo run --release -p learn --example regret -- [ROUNDS [SEEDS]] [--json]`

use learn::bandits::worlds::{WORLDS, World, asymptotic_regret, regret};
use learn::bandits::{BanditConfig, POLICIES};

/// Mean and half of a 95 % interval (normal) over seeds.
fn interval(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (mean, 1.96 * (variance / count).sqrt())
}

/// The median over seeds: where two items are nearly alike the bound is far beyond what so few rounds can show.
fn asymptotic(rounds: usize, seeds: u64) -> f64 {
    let mut bounds: Vec<f64> = (0..seeds).map(|seed| asymptotic_regret(rounds, seed)).collect();
    bounds.sort_by(f64::total_cmp);
    bounds.get(bounds.len() / 2).copied().unwrap_or_default()
}

fn configs() -> Vec<(String, BanditConfig)> {
    let uniform = BanditConfig { floor: 1.0, ..BanditConfig::of("ucb", 1) };
    let listed = POLICIES.iter().map(|(name, _)| ((*name).to_owned(), BanditConfig::of(name, 1)));
    std::iter::once(("uniform".to_owned(), uniform)).chain(listed).collect()
}

fn row(
    world: World,
    config: &BanditConfig,
    rounds: usize,
    seeds: u64,
) -> Result<[(f64, f64); 2], Box<dyn std::error::Error>> {
    // One sample a slate decides as many do, and costs less.
    let config = BanditConfig { draws: 1, ..config.clone() };
    let curves = (0..seeds).map(|seed| regret(world, &config, rounds, seed)).collect::<Result<Vec<_>, _>>()?;
    let at = |tenth: usize| interval(&curves.iter().map(|curve| curve[tenth]).collect::<Vec<f64>>());
    Ok([at(4), at(9)])
}

#[expect(clippy::print_stdout, reason = "a table is what it is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let mut numbers = arguments.iter().filter(|argument| *argument != "--json").map(|argument| argument.parse::<u64>());
    let rounds = numbers.next().transpose()?.unwrap_or(20_000) as usize;
    let seeds = numbers.next().transpose()?.unwrap_or(10);
    if !json {
        println!(
            "Cumulative regret in expected clicks after {} and {rounds} rounds, {seeds} seeds, 95 % intervals",
            rounds / 2
        );
    }
    for (world_name, world) in WORLDS {
        if !json {
            println!("\n| {world_name} | at half | at the end | second half / first |\n|---|---|---|---|");
        }
        if *world == World::Bernoulli && !json {
            let (half, end) = (asymptotic(rounds / 2, seeds), asymptotic(rounds, seeds));
            println!("| (Lai and Robbins, median) | {half:.0} | {end:.0} | {:.2} |", (end - half) / half);
        }
        for (name, config) in configs() {
            let [(half, half_error), (end, end_error)] = row(*world, &config, rounds, seeds)?;
            if json {
                println!(
                    "{{\"world\":\"{world_name}\",\"policy\":\"{name}\",\"rounds\":{rounds},\"seeds\":{seeds},\
                     \"regret_half\":{half:.3},\"regret\":{end:.3},\"interval\":{end_error:.3}}}"
                );
            } else {
                let slowing = (end - half) / half;
                println!("| {name} | {half:.0} ± {half_error:.0} | {end:.0} ± {end_error:.0} | {slowing:.2} |");
            }
        }
    }
    Ok(())
}
