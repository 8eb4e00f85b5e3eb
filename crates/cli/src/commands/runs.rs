//! `mercato runs`: trainings that were made, side by side.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use train::run::{Chart, Difference, Run, Runs as Folder, charts, differences, event_file};

use super::train::{rows as figure_rows, summary, with_interval};
use crate::args::Runs;
use crate::config::Config;
use crate::failure::user;
use crate::{output, plots};

/// Runs the command.
pub(crate) fn run(args: &Runs, config: &Config) -> Result<()> {
    let folder = Folder::new(config.data_dir.join("runs"));
    match args {
        Runs::List { task, model } => list(&folder, task.as_deref(), model.as_deref(), config),
        Runs::Show { run } => show(&folder.read(*run)?, config),
        Runs::Compare { runs } => compare(&read(&folder, runs)?, config),
        Runs::Plot { runs, out } => plot(&read(&folder, runs)?, out.as_deref(), config),
        Runs::Export { runs, tensorboard } => export(&read(&folder, runs)?, tensorboard, config),
    }
}

fn read(folder: &Folder, ids: &[u32]) -> Result<Vec<Run>> {
    ids.iter().map(|id| Ok(folder.read(*id)?)).collect()
}

fn list(folder: &Folder, task: Option<&str>, model: Option<&str>, config: &Config) -> Result<()> {
    let (mut runs, faults) = folder.list()?;
    runs.retain(|run| task.is_none_or(|task| run.task == task) && model.is_none_or(|model| run.model == model));
    faults.iter().for_each(|fault| output::note(&format!("note: {fault}")));
    if config.json {
        let documents: Vec<Value> = runs.iter().map(in_short).collect();
        return output::json(&json!({ "runs": documents }));
    }
    if runs.is_empty() {
        return output::line("There are no such runs: `mercato train` makes them.");
    }
    let head =
        ["run", "task", "model", "base", "method", "state", "began", "steps", "time", "figure", "before", "after"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for run in &runs {
        let figure = run.figures.first();
        let value = |of: fn(&train::run::Figure) -> Option<f64>| with_interval(figure.and_then(of), None);
        rows.push(vec![
            run.id.to_string(),
            run.task.clone(),
            run.model.clone(),
            run.base.clone(),
            run.method.clone(),
            run.state.name().to_owned(),
            when(run.began_ms),
            output::grouped(run.steps),
            super::train::duration(run.seconds),
            figure.map(|figure| figure.name.clone()).unwrap_or_default(),
            value(|figure| figure.before),
            value(|figure| figure.after),
        ]);
    }
    output::table(rows)
}

fn in_short(run: &Run) -> Value {
    json!({
        "id": run.id, "task": run.task, "model": run.model, "base": run.base, "method": run.method,
        "state": run.state.name(), "began_ms": run.began_ms, "steps": run.steps, "seconds": run.seconds,
        "figures": run.figures, "data": run.data.source, "fingerprint": run.data.fingerprint,
    })
}

fn show(run: &Run, config: &Config) -> Result<()> {
    if config.json {
        return output::json(&serde_json::to_value(run)?);
    }
    output::line(&summary(run))?;
    if let Some(error) = &run.error {
        output::line(&format!("it failed: {error}"))?;
    }
    let data = &run.data;
    let mut rows = vec![["what", "value"].map(str::to_owned).to_vec()];
    let mut put = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    put("task", run.task.clone());
    put("model", run.model.clone());
    put("base", run.base.clone());
    put("method", run.method.clone());
    put("numbers", run.numbers.clone());
    put("data", data.source.clone());
    put("fingerprint", output::shortened(&data.fingerprint, 16));
    put("examples", format!("{} learnt from, {} decide, {} reported on", data.train, data.validation, data.test));
    data.notes.iter().for_each(|note| put("note", note.clone()));
    put("began", when(run.began_ms));
    put(
        "machine",
        format!("{} on {}, {} cores, {}", run.machine.device, run.machine.cpu, run.machine.cores, run.machine.system),
    );
    put("program", run.code.clone());
    for (name, value) in serde_json::to_value(&run.options)?.as_object().into_iter().flatten() {
        put(name, value.to_string());
    }
    for (name, value) in run.task_options.as_object().into_iter().flatten() {
        put(name, value.to_string());
    }
    output::table(rows)?;
    if !run.figures.is_empty() {
        output::table(figure_rows(&run.figures))?;
    }
    charts(std::slice::from_ref(run)).iter().try_for_each(|chart| output::line(&chart.text(72, 10)))
}

fn compare(runs: &[Run], config: &Config) -> Result<()> {
    let differing = differences(runs);
    let mut names: Vec<&str> = Vec::new();
    for figure in runs.iter().flat_map(|run| &run.figures) {
        if !names.contains(&figure.name.as_str()) {
            names.push(&figure.name);
        }
    }
    let after = |run: &Run, name: &str| run.figures.iter().find(|figure| figure.name == name).cloned();
    if config.json {
        let of = |one: &Difference| json!({ "name": one.name, "values": one.values });
        return output::json(&json!({
            "runs": runs.iter().map(|run| run.id).collect::<Vec<_>>(),
            "differences": differing.iter().map(of).collect::<Vec<_>>(),
            "figures": runs.iter().map(in_short).collect::<Vec<_>>(),
        }));
    }
    let mut head = vec![String::new()];
    head.extend(runs.iter().map(|run| format!("run {}", run.id)));
    let mut rows = vec![head];
    for one in &differing {
        let values = one.values.iter().map(|value| value.as_ref().map_or_else(|| "-".to_owned(), short));
        rows.push(std::iter::once(one.name.clone()).chain(values).collect());
    }
    for name in names {
        let values = runs.iter().map(|run| {
            let figure = after(run, name);
            with_interval(
                figure.as_ref().and_then(|figure| figure.after),
                figure.and_then(|figure| figure.after_interval),
            )
        });
        rows.push(std::iter::once(name.to_owned()).chain(values).collect());
    }
    type Shown = fn(&Run) -> String;
    let last: [(&str, Shown); 4] = [
        ("trained numbers", |run| output::grouped(run.trained as u64)),
        ("time", |run| super::train::duration(run.seconds)),
        ("memory", |run| run.memory_peak_bytes.map_or_else(|| "-".to_owned(), output::bytes)),
        ("steps", |run| output::grouped(run.steps)),
    ];
    for (name, of) in last {
        rows.push(std::iter::once(name.to_owned()).chain(runs.iter().map(of)).collect());
    }
    output::table(rows)?;
    let alike = runs.windows(2).all(|pair| pair[0].data.fingerprint == pair[1].data.fingerprint);
    if !alike {
        output::note("note: these runs have other data, so their figures cannot be compared as they stand");
    }
    Ok(())
}

fn plot(runs: &[Run], out: Option<&Path>, config: &Config) -> Result<()> {
    let charts = charts(runs);
    if charts.is_empty() {
        return Err(user("these runs have no curves yet"));
    }
    let Some(out) = out else {
        if config.json {
            return output::json(&Value::Array(charts.iter().map(document).collect()));
        }
        return charts.iter().try_for_each(|chart| output::line(&chart.text(72, 14)));
    };
    let mut files = Vec::new();
    for chart in &charts {
        let path = beside(out, &chart.title);
        plots::draw(&path, || chart.svg(), || chart.png())?;
        files.push(path.display().to_string());
    }
    if config.json { output::json(&json!({ "files": files })) } else { output::line(&files.join("\n")) }
}

fn document(chart: &Chart) -> Value {
    let curves = chart.curves.iter().map(|curve| json!({ "name": curve.name, "points": curve.points }));
    json!({ "title": chart.title, "curves": curves.collect::<Vec<_>>() })
}

/// `plots.svg` and the chart `mrr@10` make `plots-mrr-10.svg`.
fn beside(out: &Path, title: &str) -> PathBuf {
    let clean = |letter: char| if letter.is_alphanumeric() || letter == '_' { letter } else { '-' };
    let title: String = title.chars().map(clean).collect();
    let stem = out.file_stem().and_then(|stem| stem.to_str()).unwrap_or("run");
    let extension = out.extension().map(|extension| format!(".{}", extension.display())).unwrap_or_default();
    out.with_file_name(format!("{stem}-{title}{extension}"))
}

fn export(runs: &[Run], folder: &Path, config: &Config) -> Result<()> {
    let mut files = Vec::new();
    for run in runs {
        // TensorBoard shows each folder as a run of its name.
        let folder = folder.join(format!("{}-{}", run.id, run.model));
        fs_err::create_dir_all(&folder)?;
        let (name, bytes) = event_file(run);
        fs_err::write(folder.join(&name), bytes)?;
        files.push(folder.join(name).display().to_string());
    }
    if config.json { output::json(&json!({ "files": files })) } else { output::line(&files.join("\n")) }
}

/// A date and a time, to the minute.
fn when(milliseconds: i64) -> String {
    match jiff::Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "-".to_owned(),
    }
}

/// A value without the marks of JSON.
fn short(value: &Value) -> String {
    output::shortened(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str(), 40)
}
