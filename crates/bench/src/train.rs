use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use eval::recommend::Split;
use learn::recommend::{Ask, Interactions, ItemContents, Model, Parameters, TrainingData, Watcher, method, train};
use types::{InteractionKind, Millis, Position, Rng, Row, Signal, Touch};

use crate::load::closed_loop;
use crate::options::{Options, Watch};
use crate::report::Report;
use crate::{Error, Result};

/// Numbers of factors that iALS is timed with.
const FACTORS: [usize; 3] = [64, 128, 256];
/// Iterations of each; the first one warms up, the fastest other one counts.
const ITERATIONS: usize = 4;
/// Most items that EASE, which needs a matrix of all pairs, is timed with.
const EASE_ITEMS_MAX: usize = 12_000;
/// Most interactions that all of it is done with; with more, only iALS.
const INTERACTIONS_MAX: usize = 5_000_000;
/// Events of a new user.
const EVENTS: usize = 20;
/// The script that does the same with others' programs.
const PEERS: &str = include_str!("../peers/recommenders.py");

/// Measures trainings of recommenders, and how soon a user who was not there is answered.
pub(crate) fn run(options: &Options, watch: &Watch<'_>, report: &mut Report) -> Result<()> {
    watch.tell("making interactions", 0, 1)?;
    let data = match &options.data {
        Some(folder) => {
            let split = Split::train_test(folder)?;
            Interactions::from_signals(&split.training, split.items.len())
        }
        None => made_up(options),
    };
    report.items = data.items();
    report.add("users", data.users() as f64, "");
    report.add("interactions", data.len() as f64, "");
    report.memory("with the data");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    pool.install(|| Bench { data: &data, options, watch }.run(report))
}

/// Users and items as popular as a power law has them: user `u` has a share in proportion to `(u + 50)^-.6`, item `i` to
/// `(i + 20)^-.9`; each user has an item at most once.
fn made_up(options: &Options) -> Interactions {
    let law = |count: usize, shift: f64, power: f64| -> Vec<f64> {
        let shares = (0..count).scan(0.0, |sum, at| {
            *sum += (at as f64 + shift).powf(-power);
            Some(*sum)
        });
        shares.collect()
    };
    let (users, items) = (law(options.users, 50.0, 0.6), law(options.items, 20.0, 0.9));
    let mut rng = Rng::new(options.seed);
    let mut draw = |law: &[f64]| {
        let at = rng.unit() * law.last().copied().unwrap_or(0.0);
        law.partition_point(|sum| *sum < at).min(law.len() - 1) as u32
    };
    let signal = |place: usize| Signal {
        position: Position(place as u64),
        time: Millis(place as i64 * Millis::SECOND),
        actor: Some(Row(draw(&users))),
        session: None,
        item: Row(draw(&items)),
        kind: InteractionKind::View,
        strength: 1.0,
        quantity: 1,
        surface: None,
    };
    let signals: Vec<Signal> = (0..options.users.saturating_mul(options.deeds)).map(signal).collect();
    Interactions::from_signals(&signals, options.items)
}

struct Bench<'a> {
    data: &'a Interactions,
    options: &'a Options,
    watch: &'a Watch<'a>,
}

impl Bench<'_> {
    fn run(&self, report: &mut Report) -> Result<()> {
        let mut ours: Vec<(String, f64)> = Vec::new();
        if self.data.items() <= EASE_ITEMS_MAX {
            ours.push(("ease".to_owned(), self.whole("ease")?));
        }
        if self.data.len() <= INTERACTIONS_MAX {
            ours.push(("neighbours".to_owned(), self.whole("neighbours")?));
        }
        for factors in FACTORS {
            let (seconds, model) = self.ials(factors)?;
            ours.push((format!("ials {factors}"), seconds));
            if factors == FACTORS[0] {
                self.ask(&*model, report)?;
            }
        }
        ours.iter().for_each(|(name, seconds)| report.add(&format!("{name}, ours"), *seconds, "s"));
        report.memory("after the trainings");
        self.peers(&ours, report)
    }

    /// Seconds of a whole training.
    fn whole(&self, name: &'static str) -> Result<f64> {
        let began = Instant::now();
        self.train(name, &[], &mut Looking { watch: self.watch, name, ended: Vec::new() })?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// Seconds of an iteration, three conjugate-gradient steps each.
    fn ials(&self, factors: usize) -> Result<(f64, Box<dyn Model>)> {
        let mut looking = Looking { watch: self.watch, name: "ials", ended: Vec::new() };
        let chosen = [("factors", factors as f64), ("iterations", ITERATIONS as f64), ("steps", 3.0)];
        let model = self.train("ials", &chosen, &mut looking)?;
        let each = looking.ended.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
        Ok((each.fold(f64::INFINITY, f64::min), model))
    }

    fn train(&self, name: &str, chosen: &[(&str, f64)], looking: &mut Looking<'_>) -> Result<Box<dyn Model>> {
        let method = method(name)?;
        let mut parameters = Parameters::new(method.parameters);
        chosen.iter().try_for_each(|(name, value)| parameters.set(name, *value))?;
        let items = ItemContents::default();
        let data = TrainingData { interactions: self.data, items: &items, seed: self.options.seed };
        let trained = train(method, &parameters, &data, None, looking);
        self.watch.go_on()?;
        trained.map_err(|source| Error::Training { model: name.to_owned(), source })
    }

    /// What it takes to answer users who were not there when the model was trained.
    fn ask(&self, model: &dyn Model, report: &mut Report) -> Result<()> {
        let answer = |number: usize, limit: usize| {
            let mut rng = Rng::new(self.options.seed ^ (number as u64).rotate_left(16));
            let touch = |_| Touch::viewed(Row(rng.below(self.data.items()) as u32), Millis(0));
            let history: Vec<Touch> = (0..EVENTS).map(touch).collect();
            model.recommend(&Ask { history: &history, now: Millis(0) }, limit, &|_| true);
            Ok(())
        };
        let (count, stopped) = (self.options.requests, self.watch.stopped);
        for (name, limit) in [("fold in a user of 20 events", 0), ("the best 20 for such a user", 20)] {
            let name = format!("ials, {} factors: {name}", FACTORS[0]);
            self.watch.tell(&name, 0, 1)?;
            report.time(&name, &closed_loop(count, 1, stopped, &|number| answer(number, limit))?);
        }
        Ok(())
    }

    /// The same trainings by others' programs, where there is a Python that has them.
    fn peers(&self, ours: &[(String, f64)], report: &mut Report) -> Result<()> {
        let Some(python) = &self.options.python else {
            report.remark("nothing was compared: --python names a Python with numpy, scipy and implicit");
            return Ok(());
        };
        self.watch.tell("the same by implicit and numpy", 0, 1)?;
        let found = self.run_peers(python).map_err(|error| Error::Peers(format!("{}: {error}", python.display())))?;
        if let Some(missing) = found["missing"].as_str() {
            report.remark(format!("not everything was compared: {missing}"));
        }
        for (name, ours) in ours {
            let Some(theirs) = found[name.as_str()].as_f64() else { continue };
            let peer = if name == "ease" { "numpy" } else { "implicit" };
            report.add(&format!("{name}, {peer}"), theirs, "s");
            report.add(&format!("{name}, times as fast as {peer}"), theirs / ours, "");
        }
        report.add("rss_peak of the peers", found["memory_mib"].as_f64().unwrap_or(f64::NAN), "MiB");
        Ok(())
    }

    fn run_peers(&self, python: &Path) -> std::result::Result<serde_json::Value, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let (script, file) = (folder.path().join("recommenders.py"), folder.path().join("interactions.txt"));
        fs_err::write(&script, PEERS)?;
        let line = |list: &[learn::recommend::Interaction]| {
            let items: Vec<String> = list.iter().map(|entry| entry.item.0.to_string()).collect();
            items.join(" ") + "\n"
        };
        fs_err::write(&file, self.data.iter().map(line).collect::<String>())?;
        let threads = rayon::current_num_threads().to_string();
        let mut command = Command::new(python);
        command.arg(script).arg(file).args([threads, EASE_ITEMS_MAX.to_string()]);
        command.args(FACTORS.map(|factors| factors.to_string()));
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// Notes when each iteration ended.
struct Looking<'a> {
    watch: &'a Watch<'a>,
    name: &'static str,
    ended: Vec<Instant>,
}

impl Watcher for Looking<'_> {
    fn progress(&mut self, done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        if (done * ITERATIONS as f64 + 1e-9) as usize > self.ended.len() {
            self.ended.push(Instant::now());
        }
        match self.watch.tell(&format!("training {}", self.name), (1000.0 * done) as usize, 1000) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
