use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use engine::Progress as Done;
use eval::Report;
use eval::pictures::{
    PictureData, PictureOptions, PictureVectors, encode_pictures, evaluate_pictures, picture_queries,
};
use neural::image::{ImageEncoder, JointSpace};
use neural::{Encoder, Manifest};
use serde_json::json;
use train::backend::{Device, Wanted};
use train::fit::{Control, Options, Told, Watch};
use train::join::{JoinData, JoinOptions, JointModel, Split, SplitOptions, fit_options, split};

use crate::args::{EvalPictures, PictureSource, TrainPictures};
use crate::config::Config;
use crate::failure::user;
use crate::output;
use crate::progress::Progress;

/// Two encoders.
struct Pair {
    text: Arc<Encoder>,
    image: Arc<ImageEncoder>,
}

/// `mercato train pictures`.
pub(crate) fn train(args: &TrainPictures, config: &Config) -> Result<()> {
    let pair = load(config, &args.text_encoder, &args.image_encoder)?;
    let (vectors, split) = prepare(&args.source, config, &pair)?;
    let with_text = |products: &[usize]| -> Vec<usize> {
        products.iter().copied().filter(|product| !vectors.texts_of[*product].is_empty()).collect()
    };
    let data = JoinData {
        texts: Arc::new(vectors.text_vectors.clone()),
        pictures: Arc::new(vectors.picture_vectors.clone()),
        texts_of: Arc::new(vectors.texts_of.clone()),
        train: with_text(&split.train),
        validation: with_text(&split.validation),
    };
    let join = JoinOptions { dims: args.dims, hidden: args.hidden, ..JoinOptions::default() };
    let options = Options {
        epochs: args.epochs,
        batch: args.batch,
        rate: args.rate,
        dropout: args.dropout,
        seed: args.source.split_seed,
        ..fit_options()
    };
    let (device, note) = Device::pick(Wanted::Auto);
    note.iter().for_each(|note| output::note(note));
    let mut watch = Watcher::new();
    let fitted = train::join::train(data, &join, &options, &device, Control::new(&mut watch))?;
    watch.progress.finish();
    let folder = config.models_dir.join(&args.out);
    if folder.join("model.json").exists() && Manifest::read(&folder).is_ok_and(|old| old.towers.is_none()) {
        return Err(user(format!("{} is another kind of model; choose another --out", folder.display())));
    }
    let source = format!("heads trained on {} products of {}", split.train.len(), vectors.name);
    let model = JointModel {
        id: &args.out,
        text: &args.text_encoder,
        image: &args.image_encoder,
        languages: pair.text.manifest().languages.clone(),
        licence: &args.licence,
        source: &source,
    };
    fitted.net.write(&folder, &model)?;
    let reports = measure(&args.source, &vectors, &split, &pair, &folder)?;
    let report = json!({
        "model": args.out, "seconds": fitted.seconds, "steps": fitted.steps, "kept_step": fitted.kept_step,
        "trained_parameters": fitted.trained, "temperature": fitted.net.temperature, "device": device.name(),
        "options": options, "heads": join, "split": sizes(&split), "history": fitted.history,
        "reports": reports.iter().map(Report::to_json).collect::<Vec<_>>(),
    });
    fs_err::write(folder.join("report.json"), serde_json::to_vec_pretty(&report)?)?;
    if config.json {
        return output::json(&report);
    }
    output::line(&format!(
        "{} in {:.0} s; a shop uses it by the setting \"pictures\": \"{}\"",
        args.out, fitted.seconds, args.out
    ))?;
    table(&reports)
}

/// `mercato eval pictures`.
pub(crate) fn evaluate(args: &EvalPictures, config: &Config) -> Result<()> {
    let folder = config.models_dir.join(&args.model);
    let towers = Manifest::read(&folder)?.towers;
    let towers = towers.ok_or_else(|| user(format!("{} has no texts and pictures in one space", args.model)))?;
    let pair = load(config, &towers.text, &towers.image)?;
    let (vectors, split) = prepare(&args.source, config, &pair)?;
    let reports = measure(&args.source, &vectors, &split, &pair, &folder)?;
    if config.json {
        let reports: Vec<_> = reports.iter().map(Report::to_json).collect();
        return output::json(&json!({ "model": args.model, "split": sizes(&split), "reports": reports }));
    }
    table(&reports)
}

fn load(config: &Config, text: &str, image: &str) -> Result<Pair> {
    let text = Encoder::load(&config.models_dir.join(text), config.threads)?;
    let image = ImageEncoder::load(&config.models_dir.join(image), config.threads)?;
    Ok(Pair { text: Arc::new(text), image: Arc::new(image) })
}

/// Reads, encodes and divides the products.
fn prepare(source: &PictureSource, config: &Config, pair: &Pair) -> Result<(PictureVectors, Split)> {
    let data = PictureData::load(&source.dir)?;
    if data.left_out > 0 {
        output::note(&format!("{} rows without a text or a picture are left out", data.left_out));
    }
    let work: PathBuf = source.work.clone().unwrap_or_else(|| config.data_dir.join("pictures"));
    let mut progress = Progress::new("encoding", "texts and pictures", None);
    let vectors = encode_pictures(&data, &source.texts, (&pair.text, &pair.image), &work, &mut |done: Done| {
        progress.set_total(done.total);
        progress.set(done.done);
        true
    })?;
    progress.finish();
    for (id, reason) in vectors.unreadable.iter().take(10) {
        output::note(&format!("{id}: {reason}"));
    }
    let options =
        SplitOptions { test: source.test, validation: source.validation, same: source.same, seed: source.split_seed };
    let split = split(&vectors.picture_vectors, &options)?;
    Ok((vectors, split))
}

fn measure(
    source: &PictureSource,
    vectors: &PictureVectors,
    split: &Split,
    pair: &Pair,
    folder: &std::path::Path,
) -> Result<Vec<Report>> {
    let space = JointSpace::load(folder, Arc::clone(&pair.text), Arc::clone(&pair.image))
        .with_context(|| format!("the model in {} cannot be used", folder.display()))?;
    let queries = source.queries.as_deref().map(picture_queries).transpose()?.unwrap_or_default();
    let bootstrap = eval::Bootstrap { resamples: source.bootstrap.resamples, seed: source.bootstrap.seed };
    let options = PictureOptions { category: source.category.clone(), bootstrap, ..PictureOptions::default() };
    Ok(evaluate_pictures(vectors, &split.test, &space, &queries, &options)?)
}

fn sizes(split: &Split) -> serde_json::Value {
    json!({
        "train": split.train.len(), "validation": split.validation.len(), "test": split.test.len(),
        "left_out": split.left_out.len(),
    })
}

fn table(reports: &[Report]) -> Result<()> {
    let mut start = 0;
    while let Some(first) = reports.get(start) {
        let same =
            |report: &&Report| report.dataset == first.dataset && report.metrics[0].name == first.metrics[0].name;
        let end = start + reports[start..].iter().take_while(same).count();
        output::line(&first.dataset)?;
        let names: Vec<&str> = first.metrics.iter().map(|metric| metric.name.as_str()).collect();
        output::table(eval::side_by_side(&reports[start..end], &names))?;
        start = end;
    }
    Ok(())
}

/// Shows how training comes along.
struct Watcher {
    began: Instant,
    progress: Progress,
}

impl Watcher {
    fn new() -> Self {
        Self { began: Instant::now(), progress: Progress::new("training", "per mille", Some(1000)) }
    }
}

impl Watch for Watcher {
    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.progress.set((told.progress * 1000.0) as u64);
        if let Some(deciding) = told.scores.and_then(|scores| scores.deciding()) {
            output::note(&format!(
                "epoch {}: loss {:.3}, {} {:.4} ({:.0} s)",
                told.epoch, told.loss, deciding.name, deciding.value, told.seconds
            ));
        }
    }
}
