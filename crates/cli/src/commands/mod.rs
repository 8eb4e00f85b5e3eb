//! The commands, one file each.

mod answers;
mod bench;
mod catalogue;
mod config;
mod demo;
mod doctor;
mod enrich;
mod eval;
mod experiment;
mod export;
mod export_recommendations;
mod health;
mod import;
mod intents;
mod learning;
mod models;
mod pictures;
mod policies;
mod replay;
mod reviews;
mod runs;
mod serve;
mod shell;
mod shop;
mod simulate;
mod strategy;
mod train;
mod tune;
mod tune_recommend;
mod understand;
mod why;

use anyhow::Result;

use crate::args::Command;
use crate::config::Config;

/// Runs what was typed.
pub(crate) fn run(command: Command, config: &Config) -> Result<()> {
    match command {
        Command::Demo(args) => demo::run(&args, config),
        Command::Serve(args) => serve::run(&args, config),
        Command::Shop(args) => shop::run(args, config),
        Command::Import(args) => import::run(&args, config),
        Command::Export(args) => export::run(&args, config),
        Command::Search(args) => answers::search(&args, config),
        Command::Recommend(args) => answers::recommend(&args, config),
        Command::Explain(args) => answers::explain(&args, config),
        Command::Understand(args) => understand::understand(&args, config),
        Command::Suggest(args) => understand::suggest(&args, config),
        Command::Queries(args) => understand::queries(&args, config),
        Command::Reviews(args) => reviews::reviews(&args, config),
        Command::Alerts(args) => reviews::alerts(&args, config),
        Command::Experiment(args) => experiment::run(args, config),
        Command::Learning(args) => learning::run(args, config),
        Command::Strategy(args) => strategy::run(args, config),
        Command::Intents(args) => intents::run(args, config),
        Command::Policies(args) => policies::run(args, config),
        Command::Synonyms(args) => understand::synonyms(args, config),
        Command::Enrich(args) => enrich::run(&args, config),
        Command::Quality(args) => catalogue::quality(&args, config),
        Command::Duplicates(args) => catalogue::duplicates(&args, config),
        Command::Eval(args) => eval::run(args, config),
        Command::Tune(args) => tune::run(&args, config),
        Command::Simulate(args) => simulate::run(&args, config),
        Command::Bench(args) => bench::run(&args, config),
        Command::Replay(args) => replay::run(&args, config),
        Command::Doctor(_) => doctor::run(config),
        Command::Health(args) => health::run(&args, config),
        Command::Models(args) => models::run(args, config),
        Command::Train(args) => train::run(&args, config),
        Command::Runs(args) => runs::run(&args, config),
        Command::Config(_) => config::run(config),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(&folder),
    }
}
