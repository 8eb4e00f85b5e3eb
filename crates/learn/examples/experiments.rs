//! Whether the statistics of experiments keep their word: `cargo run --release -p learn --example experiments [runs]`
//! prints the rate of alarms in simulated experiments without and with an effect beside what is promised.
#![allow(clippy::print_stdout, reason = "an example talks on the terminal")]

use learn::experiments::Fault;
use learn::experiments::simulation::{Promise, Rate, false_alarms, powers};
use types::Rng;

fn main() -> Result<(), Fault> {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(10_000);
    let mut rng = Rng::new(6);
    println!("| {runs} experiments without an effect | alarms | promised | kept |\n|---|---|---|---|");
    false_alarms(runs, &mut rng)?.iter().for_each(print);
    println!("\n| {runs} experiments with an effect | found | promised | kept |\n|---|---|---|---|");
    powers(runs, &mut rng)?.iter().for_each(print);
    Ok(())
}

fn print(rate: &Rate) {
    let promised = match rate.promise {
        Promise::Equal(share) => format!("{share}"),
        Promise::AtMost(share) => format!("at most {share}"),
        Promise::AtLeast(share) => format!("at least {share}"),
        Promise::Told => "nothing".to_owned(),
    };
    println!("| {} | {:.4} | {promised} | {} |", rate.name, rate.share(), if rate.is_kept() { "yes" } else { "NO" });
}
