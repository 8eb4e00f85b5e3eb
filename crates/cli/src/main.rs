//! The program `mercato`: serves shops, fills them, asks them, measures them.
//!
//! What it is: the terminal's side of everything; [`args`] is what can be typed, [`config`] what it comes to, and each
//! command is one file under `commands`.
//!
//! What it is not: it decides nothing about search or recommendation. What it asks a shop goes through the routes of the
//! server (in process, or over HTTP with `--url`), so that terminal and API cannot differ.
//!
//! Invariants: standard output carries answers only (with `--json`, JSON only); progress, notes and errors go to
//! standard error; the exit code is 2 where the caller can mend it, 1 otherwise.
#![forbid(unsafe_code)]

mod api;
mod args;
mod commands;
mod config;
mod data;
mod failure;
mod interrupt;
mod logging;
mod output;
mod places;
mod plots;
mod progress;
mod tls;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

/// A search makes thousands of small allocations on several threads at once, which the C library's allocator serves slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = args::Args::command().get_matches();
    let run = || {
        let args = args::Args::from_arg_matches(&matches)?;
        let config = config::Config::resolve(&args, &matches)?;
        logging::start(&config)?;
        commands::run(args.command, &config)
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}
