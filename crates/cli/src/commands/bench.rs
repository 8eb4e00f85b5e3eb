//! `mercato bench`: how fast it is, and what it takes.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use bench::{Bench, Options, Report, Watch};

use crate::config::Config;
use crate::failure::user;
use crate::output;
use crate::places;
use crate::progress::Progress;

/// Runs the command. The first Ctrl-C ends it tidily, a second one at once.
pub(crate) fn run(args: &crate::args::Bench, config: &Config) -> Result<()> {
    let named = Bench::ALL.into_iter().find(|bench| bench.name() == args.what);
    let what = named.with_context(|| format!("there is no bench called {}", args.what))?;
    let stopped = Arc::new(AtomicBool::new(false));
    crate::interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let shown = Shown::default();
    let progress = |step: &str, done: u64, total: u64| shown.show(step, done, total);
    let report = bench::run(what, &options(args, config)?, &Watch { stopped: &stopped, progress: &progress })?;
    shown.end();
    if config.json { output::json(&report.to_json()) } else { print(&report) }
}

fn options(args: &crate::args::Bench, config: &Config) -> Result<Options> {
    let fixtures = args.fixtures_dir.clone().or_else(|| places::find("fixtures"));
    let defaults = Options::default();
    let named = args.encoders.as_ref().map(|ids| ids.iter().map(|id| Arc::from(&**id)).collect());
    Ok(Options {
        items: args.items,
        fixture: args.fixture.is_some(),
        fixtures: fixtures.ok_or_else(|| user("the folder of fixtures is not here; say where with --fixtures-dir"))?,
        models: config.models_dir.clone(),
        folder: args.dir.clone(),
        encoders: if args.words_only { Some(Vec::new()) } else { named },
        rate: args.rate,
        event_rate: args.event_rate,
        seconds: args.seconds,
        requests: args.requests,
        threads: config.threads,
        users: args.users,
        deeds: args.deeds,
        events: args.events.unwrap_or(defaults.events),
        singles: args.singles.unwrap_or(defaults.singles),
        clients: args.clients,
        updates: args.updates.unwrap_or(defaults.updates),
        data: args.data.clone(),
        python: args.python.clone(),
        yardsticks: !args.no_yardsticks,
        seed: args.seed,
    })
}

fn print(report: &Report) -> Result<()> {
    let machine = &report.machine;
    let memory = machine.memory_mib.map_or_else(String::new, |mib| format!(", {mib} MiB"));
    output::line(&format!(
        "{} · {} items · {} · {}, {} cores{memory}, {}",
        report.bench,
        output::grouped(report.items as u64),
        report.date,
        machine.cpu,
        machine.cores,
        machine.system
    ))?;
    if !machine.optimised {
        output::line("this program was built without --release: the figures mean little")?;
    }
    if !report.timings.is_empty() {
        output::table(report.timing_rows().into_iter().map(Vec::from).collect())?;
    }
    output::table(report.figure_rows().into_iter().map(Vec::from).collect())?;
    report.remarks.iter().try_for_each(|remark| output::line(&format!("{remark}.")))
}

/// The step under way, with its bar.
#[derive(Default)]
struct Shown(Mutex<Option<(String, Progress)>>);

impl Shown {
    fn show(&self, step: &str, done: u64, total: u64) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(name, _)| name != step) {
            if let Some((_, progress)) = shown.take() {
                progress.finish();
            }
            // A step that cannot be counted is only named.
            if total <= 1 {
                output::note(step);
            }
            *shown = Some((step.to_owned(), Progress::new(step, "done", Some(total))));
        }
        if let Some((_, progress)) = shown.as_mut() {
            progress.set_total(total);
            progress.set(done);
        }
    }

    fn end(&self) {
        if let Some((_, progress)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            progress.finish();
        }
    }
}
