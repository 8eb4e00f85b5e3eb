//! `mercato eval classify`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use eval::classify::{ClassReport, Decision, class_report};
use neural::heads::Classifier;
use rayon::prelude::*;
use serde_json::{Value, json};
use train::data::{LabelledText, Split, read_labelled, read_texts, split_labelled};
use train::heads::HeadData;
use train::heads::zero::Description;

use super::intents;
use super::labels::{self, Cost, Made, part, require};
use crate::args::EvalClassify;
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Label of texts out of scope where nobody says otherwise.
const OUT_OF_SCOPE: &str = "oos";
/// Most pairs of confused classes that are shown.
const CONFUSED: usize = 10;

/// What was found of one model.
struct Found {
    method: String,
    /// What it took; none where it was there already.
    cost: Option<Cost>,
    report: ClassReport,
    scope: Option<Scope>,
    /// Labels of texts that the model does not know.
    unknown: Vec<String>,
}

/// Figures apart for texts in and out of scope.
struct Scope {
    inside: usize,
    accuracy: f64,
    outside: usize,
    recall: f64,
}

/// Measures a classifier, trained on the folder or given.
pub(crate) fn run(args: &EvalClassify, config: &Config) -> Result<()> {
    let (data, test) = read(args)?;
    if args.how.methods == [intents::METHOD] {
        return one(&intents(args, data, &test, config)?, config);
    }
    let descriptions = part(&args.dir, &["descriptions.jsonl"]).map(|path| read_descriptions(&path)).transpose()?;
    let mut all: Vec<Found> = Vec::new();
    labels::each(&args.how, data.as_ref(), &descriptions.unwrap_or_default(), config, |made| {
        let found = measure(args, &made, &test, config)?;
        if let Some(path) = &args.suggest {
            write_suggestions(args, path, &made, config)?;
        }
        if !config.json {
            show(&found)?;
        }
        all.push(found);
        Ok(())
    })?;
    if config.json {
        return output::json(&match all.as_slice() {
            [found] => found.to_json(),
            all => json!({ "methods": all.iter().map(Found::to_json).collect::<Vec<_>>() }),
        });
    }
    if all.len() > 1 {
        let rows: Vec<_> = all.iter().map(Found::row).collect();
        output::table(labels::comparison(&rows, "accuracy (95 % interval)"))?;
    }
    Ok(())
}

/// Shows what was found of the one thing that was measured.
fn one(found: &Found, config: &Config) -> Result<()> {
    if config.json { output::json(&found.to_json()) } else { show(found) }
}

/// What to learn from, where a model is to be made, and what to measure on.
fn read(args: &EvalClassify) -> Result<(Option<HeadData>, Vec<LabelledText>)> {
    let dir = &args.dir;
    let some = |names: &[&str]| -> Result<Vec<LabelledText>> {
        Ok(part(dir, names).map(|path| read_labelled(&path)).transpose()?.unwrap_or_default())
    };
    let mut validation = some(&["valid.jsonl", "validation.jsonl", "dev.jsonl"])?;
    let mut train = Vec::new();
    if args.how.model.is_none() {
        train = read_labelled(&require(dir, &["train.jsonl"])?)?;
        if validation.is_empty() {
            let parts = split_labelled(train, 0.1, 0.0, args.how.bootstrap.seed);
            (train, validation) = (parts.train, parts.validation);
        }
    }
    let test = if args.how.validation { validation.clone() } else { read_labelled(&require(dir, &["test.jsonl"])?)? };
    if test.is_empty() {
        return Err(user(format!("{}: there is no text to measure on", dir.display())));
    }
    let unlabelled = part(dir, &["unlabelled.jsonl"]).map(|path| read_texts(&path)).transpose()?.unwrap_or_default();
    let split = Split { train, validation, test: Vec::new() };
    Ok((args.how.model.is_none().then_some(HeadData::Classes { split, unlabelled }), test))
}

fn measure(args: &EvalClassify, made: &Made, test: &[LabelledText], config: &Config) -> Result<Found> {
    let classifier = Classifier::load(&made.folder, config.threads)?;
    let decide = |text: &LabelledText| -> Result<(usize, f64)> {
        let said = classifier.classify(&text.text)?;
        Ok((said.best, f64::from(said.probabilities[said.best])))
    };
    found(args, made.method.clone(), made.cost.clone(), classifier.labels(), test, decide)
}

/// Measures intents fitted to the vectors of the folder's texts.
fn intents(args: &EvalClassify, data: Option<HeadData>, test: &[LabelledText], config: &Config) -> Result<Found> {
    let Some(HeadData::Classes { split, .. }) = data else { return Err(user("--method intents learns from a folder")) };
    let outside = args.out_of_scope.as_deref().unwrap_or(OUT_OF_SCOPE);
    let mut examples = split.train;
    // Thresholds are found by cross-validation, so what is not measured on is learnt from.
    if !args.how.validation {
        examples.extend(split.validation);
    }
    let reader = intents::Reader::fit(&args.how, &examples, outside, config)?;
    let decide = |text: &LabelledText| reader.decide(&text.text);
    found(args, intents::METHOD.to_owned(), None, &reader.labels(), test, decide)
}

/// What `decide` (the number of a label, and how sure) says of the texts.
fn found(
    args: &EvalClassify,
    method: String,
    cost: Option<Cost>,
    known: &[String],
    test: &[LabelledText],
    decide: impl Fn(&LabelledText) -> Result<(usize, f64)> + Sync,
) -> Result<Found> {
    let mut labels = known.to_vec();
    let mut places: BTreeMap<String, usize> =
        labels.iter().enumerate().map(|(at, label)| (label.clone(), at)).collect();
    let mut unknown = Vec::new();
    for text in test {
        if !places.contains_key(&text.label) {
            places.insert(text.label.clone(), labels.len());
            labels.push(text.label.clone());
            unknown.push(text.label.clone());
        }
    }
    let decided = |text: &LabelledText| -> Result<Decision> {
        let (given, confidence) = decide(text)?;
        Ok(Decision { truth: places[&text.label], given, confidence })
    };
    let decisions: Vec<Decision> = test.par_iter().map(decided).collect::<Result<_>>()?;
    let report = class_report(&labels, &decisions, super::bootstrap(args.how.bootstrap))?;
    let outside = args.out_of_scope.as_deref().unwrap_or(OUT_OF_SCOPE);
    let scope = places.get(outside).and_then(|place| Scope::of(&decisions, *place));
    Ok(Found { method, cost, report, scope, unknown })
}

/// Writes which texts to label next.
fn write_suggestions(args: &EvalClassify, path: &Path, made: &Made, config: &Config) -> Result<()> {
    let texts = read_texts(&require(&args.dir, &["unlabelled.jsonl"])?)?;
    let classifier = Classifier::load(&made.folder, config.threads)?;
    let said = texts.par_iter().map(|text| classifier.classify(text)).collect::<neural::Result<Vec<_>>>()?;
    let logits: Vec<Vec<f32>> =
        said.iter().map(|said| said.probabilities.iter().map(|share| share.max(1e-9).ln()).collect()).collect();
    // How texts differ is what their vectors say.
    let encoder = neural::Encoder::load(&labels::find(&args.how.base, config)?, config.threads)?;
    let vectors = encoder.encode_passages(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    let chosen = train::heads::suggest(&logits, &vectors, args.suggestions, 1.0);
    let lines = chosen.iter().map(|one| {
        let label = &classifier.labels()[one.class];
        let document = json!({
            "text": texts[one.text], "label": label, "probability": one.probability, "margin": one.margin,
        });
        format!("{document}\n")
    });
    fs_err::write(path, lines.collect::<String>())?;
    output::note(&format!("{} texts to label next are in {}", chosen.len(), path.display()));
    Ok(())
}

/// Labels in words, one document a line.
fn read_descriptions(path: &Path) -> Result<Vec<Description>> {
    let text = fs_err::read_to_string(path).map_err(|error| user(error.to_string()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            user(format!("{}, line {}: expected a document with `label` and `texts`: {error}", path.display(), at + 1))
        })
    };
    lines.map(read).collect()
}

impl Scope {
    /// None where no text is out of scope, or all are.
    fn of(decisions: &[Decision], outside: usize) -> Option<Self> {
        let share = |inside: bool| {
            let chosen = decisions.iter().filter(|decision| (decision.truth != outside) == inside);
            let (mut all, mut right) = (0, 0);
            chosen.for_each(|decision| {
                all += 1;
                right += usize::from(decision.truth == decision.given);
            });
            (all > 0).then(|| (all, right as f64 / all as f64))
        };
        let ((inside, accuracy), (outside, recall)) = share(true).zip(share(false))?;
        Some(Self { inside, accuracy, outside, recall })
    }
}

impl Found {
    fn to_json(&self) -> Value {
        let mut document = self.report.to_json();
        document["method"] = json!(self.method);
        if let Some(scope) = &self.scope {
            document["metrics"]["in_scope_accuracy"] = json!(scope.accuracy);
            document["metrics"]["out_of_scope_recall"] = json!(scope.recall);
        }
        if let Some(cost) = &self.cost {
            document["training"] = cost.to_json();
        }
        document["unknown_labels"] = json!(self.unknown);
        document
    }

    fn row(&self) -> (String, Option<&Cost>, String) {
        let [_, value, span] = self.report.metrics[0].row();
        (self.method.clone(), self.cost.as_ref(), format!("{value} {span}"))
    }
}

fn show(found: &Found) -> Result<()> {
    let report = &found.report;
    output::line(&format!("{} texts of {} classes, {}", report.texts, report.classes.len(), found.method))?;
    output::table(report.class_rows())?;
    let mut rows = report.average_rows();
    if let Some(scope) = &found.scope {
        let row = |name: &str, value: f64, texts: usize| {
            vec![name.to_owned(), format!("{value:.4}"), format!("{texts} texts")]
        };
        rows.push(row("in_scope_accuracy", scope.accuracy, scope.inside));
        rows.push(row("out_of_scope_recall", scope.recall, scope.outside));
    }
    output::table(rows)?;
    let confused = report.confused(CONFUSED);
    if report.classes.len() <= CONFUSED {
        output::table(confusion(report))?;
    } else if !confused.is_empty() {
        let head = ["is", "was taken for", "times"].map(str::to_owned).to_vec();
        let rows = confused
            .into_iter()
            .map(|(truth, given, count)| vec![truth.to_owned(), given.to_owned(), count.to_string()]);
        output::table(std::iter::once(head).chain(rows).collect())?;
    }
    if !found.unknown.is_empty() {
        output::note(&format!(
            "note: the model does not know the labels {}: their texts count as wrong",
            found.unknown.join(", ")
        ));
    }
    if let Some(cost) = &found.cost {
        output::table(labels::comparison(
            &[(found.method.clone(), Some(cost), found.row().2)],
            "accuracy (95 % interval)",
        ))?;
    }
    Ok(())
}

/// The confusion matrix with its labels.
fn confusion(report: &ClassReport) -> Vec<Vec<String>> {
    let labels = report.classes.iter().map(|class| class.label.clone());
    let head = std::iter::once("is \\ given".to_owned()).chain(labels).collect();
    let rows = report
        .classes
        .iter()
        .zip(&report.confusion)
        .map(|(class, row)| std::iter::once(class.label.clone()).chain(row.iter().map(u64::to_string)).collect());
    std::iter::once(head).chain(rows).collect()
}
