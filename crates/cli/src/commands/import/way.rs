//! How a file is read: by its columns, as a convention of events, or as a feed of items.

use std::path::Path;

use anyhow::{Context as _, Result};
use formats::conventions::{self, Translator};
use formats::feeds::{self, Feed, FeedSource, Terms};
use formats::{FORMATS, Mapping, OpenOptions, RowSource, Sampled, Target};
use serde_json::{Map, Value};
use types::{Currency, FieldError, Millis};

use crate::args::{Import, Imported};
use crate::failure::user;

/// Rows looked at to guess what a file is and what its columns mean.
const ROWS_SAMPLED: usize = 200;

/// How a file is read.
pub(super) struct Plan {
    /// What is said of columns and names, by a person or guessed.
    pub(super) mapping: Mapping,
    /// The guesses, in words.
    pub(super) notes: Vec<String>,
    pub(super) way: Way,
}

/// By what rows become items or events.
pub(super) enum Way {
    /// By the mapping of their columns.
    Columns,
    /// As documents of a convention.
    Convention(Box<Translator>),
    /// As rows of a feed.
    Feed(&'static dyn Feed),
}

type Row = Map<String, Value>;

impl Plan {
    /// Looks at the mapping that was given and at the first rows.
    pub(super) fn of(args: &Import, file: &Path, now: Millis) -> Result<Self> {
        let said = said(args)?;
        let sampled = Sampled::new(formats::open_file(file, &options(args))?, ROWS_SAMPLED);
        let (columns, rows) = (sampled.columns_seen(), sampled.rows());
        if said.target == Target::Events {
            if let Some(plan) = as_convention(args, &said, &rows, now)? {
                return Ok(plan);
            }
        } else if let Some(plan) = as_feed(args, &said, &columns, &rows, now)? {
            return Ok(plan);
        }
        let guessed = said.guess(&columns, &rows);
        // Rows of JSON need not all have every column, so columns are only checked where the format names them.
        let named = RowSource::columns(&sampled).map(<[String]>::to_vec);
        guessed.mapping.check(named.as_deref())?;
        Ok(Self { mapping: guessed.mapping, notes: guessed.notes, way: Way::Columns })
    }

    /// The rows of the file after row `after`; a feed is read from its first row on.
    pub(super) fn open(&self, args: &Import, file: &Path, after: u64, now: Millis) -> Result<Box<dyn RowSource>> {
        let options = OpenOptions { after_row: after, ..options(args) };
        let source = formats::open_file(file, &options)?;
        Ok(match self.way {
            Way::Feed(feed) => Box::new(FeedSource::new(source, feed, self.terms(now))),
            Way::Columns | Way::Convention(_) => source,
        })
    }

    /// Whether rows can be read without those before them.
    pub(super) fn can_go_on(&self) -> bool {
        !matches!(self.way, Way::Feed(_))
    }

    /// The mapping that reads the rows of [`Plan::open`].
    pub(super) fn row_mapping(&self) -> Mapping {
        match self.way {
            Way::Feed(_) => Mapping { documents: true, ..Mapping::new(Target::Items) },
            Way::Columns | Way::Convention(_) => self.mapping.clone(),
        }
    }

    fn terms(&self, now: Millis) -> Terms {
        Terms { mapping: self.mapping.clone(), now }
    }
}

/// The mapping as it is written down, and what flags say.
fn said(args: &Import) -> Result<Mapping> {
    let target = match args.what {
        Imported::Items => Target::Items,
        Imported::Events => Target::Events,
        // Seen to before.
        Imported::Pictures => return Err(user("pictures have no columns")),
    };
    let mut said = match &args.mapping {
        Some(path) => {
            let text = fs_err::read_to_string(path).map_err(|error| user(error.to_string()))?;
            Mapping::parse(&text).with_context(|| format!("the mapping {} cannot be used", path.display()))?
        }
        None => Mapping::new(target),
    };
    if said.target != target {
        return Err(user("the mapping is for items where events are imported, or the other way round"));
    }
    if let Some(code) = &args.currency {
        said = said.with_currency(Currency::new(code)?);
    }
    Ok(said)
}

/// The format that is named, where it is one of files.
fn options(args: &Import) -> OpenOptions {
    OpenOptions { format: args.format.clone().filter(|name| is_of_files(name)), ..OpenOptions::default() }
}

/// The name of a convention or feed that was asked for, if it is none of a file format.
fn named(args: &Import) -> Option<&str> {
    args.format.as_deref().filter(|name| !is_of_files(name))
}

fn is_of_files(name: &str) -> bool {
    FORMATS.iter().any(|format| format.name() == name)
}

/// What is there beside file formats, where a name is none of all.
fn unknown(error: &FieldError) -> anyhow::Error {
    let files: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    user(format!("--format {}: expected {}, or a format of files: {}", error.got, error.expected, files.join(", ")))
}

fn as_convention(args: &Import, said: &Mapping, rows: &[&Row], now: Millis) -> Result<Option<Plan>> {
    let asked = named(args).or(said.convention.as_deref());
    let (convention, first) = match asked {
        Some(name) => {
            (conventions::convention(name).map_err(|error| unknown(&error))?, format!("the file is read as {name}"))
        }
        // Columns that are mapped by hand are meant so.
        None if !said.fields.is_empty() && said.events.is_empty() => return Ok(None),
        None => match conventions::recognise(rows) {
            Some(found) => {
                let (name, sure) = (found.convention.name(), 100.0 * found.confidence);
                (found.convention, format!("the file looks like {name} ({sure:.0} % sure), by {}", found.reason))
            }
            None => return Ok(None),
        },
    };
    // Our own documents have a reader of their own, which also knows columns that are called like ours.
    if convention.name() == "native" {
        return Ok(None);
    }
    let translator = Translator::new(convention, said.clone());
    let mut notes = vec![first];
    notes.extend(conventions::survey(&translator, rows, now));
    Ok(Some(Plan { mapping: said.clone(), notes, way: Way::Convention(Box::new(translator)) }))
}

fn as_feed(args: &Import, said: &Mapping, columns: &[String], rows: &[&Row], now: Millis) -> Result<Option<Plan>> {
    let (feed, first) = match named(args) {
        Some(name) => (feeds::feed(name).map_err(|error| unknown(&error))?, format!("the file is read as {name}")),
        None if !said.fields.is_empty() => return Ok(None),
        None => match feeds::recognise(columns, rows) {
            Some((feed, sign)) => {
                let sure = 100.0 * sign.confidence;
                (feed, format!("the file looks like {} ({sure:.0} % sure), by {}", feed.name(), sign.reason))
            }
            None => return Ok(None),
        },
    };
    let plan = Plan { mapping: said.clone(), notes: vec![first], way: Way::Feed(feed) };
    let notes = feeds::preview(feed, rows, &plan.terms(now));
    Ok(Some(Plan { notes: plan.notes.into_iter().chain(notes).collect(), ..plan }))
}
