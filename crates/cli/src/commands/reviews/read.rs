//! `mercato reviews read`: texts of any domain, without a shop.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use engine::{AlertOptions, LabelPolarity, PlainText, ReviewOptions, SystemClock, TextReader, TextTopics};
use formats::{Mapping, OpenOptions, RowSource, Sampled, Target};
use serde_json::{Map, Value, json};
use types::{Clock as _, EventBody, EventId, Millis};

use super::show;
use crate::args::ReadTexts;
use crate::config::Config;
use crate::failure::user;
use crate::output::{self, grouped, note};
use crate::progress::Progress;

/// Texts read side by side.
const BATCH: usize = 1_000;
/// Rows looked at to guess what the columns mean.
const ROWS_SAMPLED: usize = 200;
/// What columns of texts of other domains are called, beside those of reviews.
const TEXTS: [&str; 12] =
    ["headline", "title", "news", "sentence", "body", "summary", "message", "标题", "新闻", "正文", "内容", "文本"];
const SUBJECTS: [&str; 13] = [
    "subject", "company", "ticker", "symbol", "stock", "brand", "product", "topic", "主题", "公司", "股票", "品牌",
    "产品",
];
/// Stands for no subject in a document that must name one.
const NO_SUBJECT: &str = "-";
/// Subjects in a table.
const SUBJECTS_MAX: usize = 15;

/// What is kept of a row until its batch is read.
struct Row {
    text: String,
    time: Millis,
    subject: Option<String>,
    rating: Option<f32>,
}

/// Reads the file and tells what it says.
pub(crate) fn run(args: &ReadTexts, config: &Config) -> Result<()> {
    let topics = match &args.topics {
        Some(path) => {
            let text = fs_err::read_to_string(path).map_err(|error| user(error.to_string()))?;
            TextTopics::parse(&text).with_context(|| format!("the topics in {} cannot be used", path.display()))?
        }
        None => TextTopics::default(),
    };
    let mut reader = TextReader::new(&topics);
    if let Some(model) = &args.model {
        reader = reader.with_model(LabelPolarity::load(&folder(model, config), config.threads)?);
    }
    let refused = read_all(args, &mut reader)?;
    let options = ReviewOptions { weeks: args.much.weeks, quotes: args.much.quotes.into(), ..ReviewOptions::default() };
    let report = server::review_report_json(reader.report(args.about.as_deref(), &options));
    let watched = AlertOptions { days: args.days, quotes: args.much.quotes.into(), ..AlertOptions::default() };
    let alerts = server::review_alerts_json(reader.alerts(&watched));
    let subjects = reader.subjects();
    if config.json {
        let subjects: Vec<Value> = subjects
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, tally)| json!({ "name": &**name, "all": tally.all(), "positive": tally.positive, "negative": tally.negative }))
            .collect();
        return output::json(&json!({ "report": report, "subjects": subjects, "alerts": alerts, "refused": refused }));
    }
    show::report(&report, "subjects")?;
    let mut rows = vec![["subject", "texts", "positive", "negative"].map(str::to_owned).to_vec()];
    for (name, tally) in subjects.iter().filter(|(name, _)| !name.is_empty()).take(SUBJECTS_MAX) {
        let counts = [tally.all(), tally.positive, tally.negative].map(|count| grouped(u64::from(count)));
        rows.push(std::iter::once(name.to_string()).chain(counts).collect());
    }
    if rows.len() > 2 {
        output::table(rows)?;
    }
    show::alerts(&alerts)
}

/// A model's folder: itself, or the one of this name in the models folder.
fn folder(model: &Path, config: &Config) -> PathBuf {
    let named = config.models_dir.join(model);
    if model.is_dir() || !named.is_dir() { model.to_owned() } else { named }
}

/// Reads every text of the file; says how many rows were refused.
fn read_all(args: &ReadTexts, reader: &mut TextReader) -> Result<u64> {
    let (mut batch, mut refused, mut read) = (Vec::with_capacity(BATCH), 0u64, 0u64);
    let mut progress = Progress::new(args.file.display().to_string(), "texts", None);
    let now = SystemClock.now();
    let mut rows = rows(args, now)?;
    while let Some(row) = rows()? {
        match row {
            Ok(row) => batch.push(row),
            Err(reason) => {
                // The first tells what is wrong with the others too, most often.
                if refused == 0 {
                    note(&format!("refused: {reason}"));
                }
                refused += 1;
            }
        }
        read += 1;
        if batch.len() == BATCH {
            take(reader, &mut batch);
            progress.set(read);
        }
    }
    take(reader, &mut batch);
    progress.finish();
    if refused > 0 && refused == read {
        return Err(user(format!("every row of {} was refused", args.file.display())));
    }
    if refused > 0 {
        note(&format!("{} of {} rows were refused", grouped(refused), grouped(read)));
    }
    Ok(refused)
}

fn take(reader: &mut TextReader, batch: &mut Vec<Row>) {
    let texts: Vec<PlainText<'_>> = batch
        .iter()
        .map(|row| PlainText { text: &row.text, time: row.time, subject: row.subject.as_deref(), rating: row.rating })
        .collect();
    reader.take(&texts);
    batch.clear();
}

/// The rows of a file, one at a time; a refused one with the reason.
type Rows = Box<dyn FnMut() -> Result<Option<Result<Row, String>>>>;

fn rows(args: &ReadTexts, now: Millis) -> Result<Rows> {
    if args.file.extension().is_some_and(|extension| extension == "txt") {
        let text = fs_err::read_to_string(&args.file).map_err(|error| user(error.to_string()))?;
        let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        let mut lines = lines.into_iter();
        let row = move |text| Ok(Row { text, time: now, subject: None, rating: None });
        return Ok(Box::new(move || Ok(lines.next().map(row))));
    }
    let options = OpenOptions::default();
    let mapping = mapping(args)?;
    let mut source = formats::open_file(&args.file, &options)?;
    Ok(Box::new(move || {
        let Some(row) = source.next_row()? else { return Ok(None) };
        let id = EventId::new(format!("row-{}", row.number))?;
        let read = mapping.event(&row, None, now, || id);
        Ok(Some(
            read.map_err(|refused| format!("row {}: {}: {}", refused.row, refused.field, refused.reason)).and_then(
                |event| {
                    let EventBody::Interaction(review) = event.body else {
                        return Err("the row is no text".to_owned());
                    };
                    Ok(Row {
                        text: review.text.as_deref().unwrap_or_default().to_owned(),
                        time: event.time,
                        subject: review.item.map(|item| item.to_string()).filter(|item| item != NO_SUBJECT),
                        rating: review.rating,
                    })
                },
            ),
        ))
    }))
}

/// What is said, completed by guesses. How times are written is guessed where the guess itself finds their column, so a column
/// that was named goes by the usual name for a moment.
fn guessed(said: &Mapping, columns: &[String], sampled: &Sampled) -> Mapping {
    let Some(time) = said.fields.get("time") else { return said.guess(columns, &sampled.rows()).mapping };
    let mut unnamed = said.clone();
    unnamed.fields.remove("time");
    let renamed = |column: &String| match column {
        column if column == time => "time".to_owned(),
        column if column == "time" => "other time".to_owned(),
        column => column.clone(),
    };
    let rows: Vec<Map<String, Value>> = sampled
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|(column, value)| (renamed(column), value.clone())).collect())
        .collect();
    let columns: Vec<String> = columns.iter().map(renamed).collect();
    let mut mapping = unnamed.guess(&columns, &rows.iter().collect::<Vec<_>>()).mapping;
    mapping.fields.insert("time".to_owned(), time.clone());
    mapping
}

/// Which column is what: as said, else as guessed by their names.
fn mapping(args: &ReadTexts) -> Result<Mapping> {
    let sampled = Sampled::new(formats::open_file(&args.file, &OpenOptions::default())?, ROWS_SAMPLED);
    let columns = sampled.columns_seen();
    let mut said = Mapping::new(Target::Events);
    for (field, column) in
        [("text", &args.text), ("time", &args.time), ("item", &args.subject), ("rating", &args.rating)]
    {
        let Some(column) = column else { continue };
        if !columns.contains(column) {
            return Err(user(format!("the file has no column `{column}`; it has {}", columns.join(", "))));
        }
        said.fields.insert(field.to_owned(), column.clone());
    }
    said.constants.insert("type".to_owned(), json!("review"));
    let mut mapping = guessed(&said, &columns, &sampled);
    mapping.documents = false;
    mapping
        .fields
        .retain(|field, _| ["text", "time", "item"].contains(&field.as_str()) || said.fields.contains_key(field));
    let called = |names: &[&str]| {
        let is_called = |column: &&String| names.contains(&column.trim().to_lowercase().as_str());
        columns.iter().find(is_called).cloned()
    };
    if !mapping.fields.contains_key("text") {
        let text = called(&TEXTS).ok_or_else(|| {
            user(format!("no column is known to hold the text; name it with --text: {}", columns.join(", ")))
        })?;
        mapping.fields.insert("text".to_owned(), text);
    }
    if !mapping.fields.contains_key("item") {
        match called(&SUBJECTS) {
            Some(column) => drop(mapping.fields.insert("item".to_owned(), column)),
            None => drop(mapping.constants.insert("item".to_owned(), json!(NO_SUBJECT))),
        }
    }
    mapping.check(RowSource::columns(&sampled))?;
    for (field, column) in &mapping.fields {
        note(&format!("{} ← `{column}`", if field == "item" { "subject" } else { field }));
    }
    Ok(mapping)
}
