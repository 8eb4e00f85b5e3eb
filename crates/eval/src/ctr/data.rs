//! Reads folders of rows with a label.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use learn::ctr::{CtrError, Entry, Examples, Field, Outcome, Schema};
use types::FieldError;

use crate::lines;
use crate::{Error, Result};

/// A folder's rows.
#[derive(Clone, Debug)]
pub struct CtrData {
    /// To learn from.
    pub train: Examples,
    /// To report on.
    pub test: Examples,
    /// Whether the folder has several splits, of which this is one.
    pub is_split: bool,
}

impl CtrData {
    /// Reads a folder of one of the two kinds that are known by their files:
    ///
    /// - `train.fm.txt` and `test.fm.txt`, a row a line: `0` or `1`, then `ID:VALUE` for everything the row has; where
    ///   `featindex.fm.txt` is there, with lines of `FIELD:TEXT`, a tab and an id, it says which field an id is of.
    /// - `u.user`, `u.item` and a split (`ua`, `ub`, `u1` to `u5`) as MovieLens-100K has them; 4 stars and more are the label.
    ///
    /// Files may be compressed (.gz, .zst).
    ///
    /// # Errors
    /// [`Error::Missing`] where a file is not there; [`Error::Line`] names the line that is not as it should be;
    /// [`Error::Nothing`] where one of the parts is empty.
    pub fn read(dir: &Path, split: &str) -> Result<Self> {
        let data = if lines::find(dir, "train.fm.txt").is_some() {
            Indexed::read(dir)?.data(dir)?
        } else if lines::find(dir, "u.item").is_some() {
            movies(dir, split)?
        } else {
            return Err(Error::Missing {
                dir: dir.to_path_buf(),
                expected: "train.fm.txt and test.fm.txt, or u.user, u.item and ua.base".to_owned(),
            });
        };
        if data.train.is_empty() || data.test.is_empty() {
            return Err(Error::Nothing("the folder".to_owned(), "a part of it has no rows"));
        }
        Ok(data)
    }
}

/// The fields of ids that are counted through all fields.
struct Indexed {
    schema: Arc<Schema>,
    /// For each id its field and its number within it.
    places: Vec<(u16, u32)>,
}

/// Ids above this are no ids but mistakes.
const IDS_MAX: u32 = 1 << 28;

impl Indexed {
    fn read(dir: &Path) -> Result<Self> {
        let mut fields: Vec<Field> = Vec::new();
        let mut places = Vec::new();
        if let Some(path) = lines::find(dir, "featindex.fm.txt") {
            lines::each(&path, |_, line| {
                let wrong = || FieldError::new("index_invalid", "line", "FIELD:TEXT, a tab, an id", line);
                let (name, id) = line.rsplit_once('\t').ok_or_else(wrong)?;
                let id: u32 = id.trim().parse().ok().filter(|id| *id < IDS_MAX).ok_or_else(wrong)?;
                let name = name.split_once(':').map_or(name, |(field, _)| field);
                let field = fields.iter().position(|field| field.name == name).unwrap_or_else(|| {
                    fields.push(Field { name: name.to_owned(), buckets: 0 });
                    fields.len() - 1
                });
                if places.len() <= id as usize {
                    places.resize(id as usize + 1, (0, u32::MAX));
                }
                places[id as usize] = (field as u16, fields[field].buckets);
                fields[field].buckets += 1;
                Ok(())
            })?;
        } else {
            let mut top = 0;
            for name in ["train.fm.txt", "test.fm.txt"] {
                lines::each(&lines::require(dir, name)?, |_, line| {
                    read_row(line, |id, _| {
                        top = top.max(id);
                        Ok(())
                    })
                    .map(drop)
                })?;
            }
            places.extend((0..=top).map(|id| (0, id)));
            fields.push(Field { name: "feature".to_owned(), buckets: top + 1 });
        }
        let schema = Schema::new(fields, Vec::new()).map_err(|error| schema_error(&error))?;
        Ok(Self { schema: Arc::new(schema), places })
    }

    fn data(&self, dir: &Path) -> Result<CtrData> {
        let part = |name: &str| -> Result<Examples> {
            let mut examples = Examples::new(self.schema.clone());
            let mut row = Vec::new();
            lines::each(&lines::require(dir, name)?, |_, line| {
                row.clear();
                let label = read_row(line, |id, value| {
                    let place = self.places.get(id as usize).filter(|(_, number)| *number != u32::MAX);
                    let missing = || FieldError::new("id_unknown", "id", "an id of featindex.fm.txt", id.to_string());
                    let (field, id) = *place.ok_or_else(missing)?;
                    row.push(Entry { field, id, value });
                    Ok(())
                })?;
                examples.push(&row, &[], Outcome::of(label), 1.0).map_err(|error| row_error(&error))
            })?;
            Ok(examples)
        };
        Ok(CtrData { train: part("train.fm.txt")?, test: part("test.fm.txt")?, is_split: false })
    }
}

/// Reads `LABEL ID:VALUE ...`; the label.
fn read_row(
    line: &str,
    mut take: impl FnMut(u32, f32) -> std::result::Result<(), FieldError>,
) -> std::result::Result<bool, FieldError> {
    let mut words = line.split_ascii_whitespace();
    let label = match words.next() {
        Some("1") => true,
        Some("0" | "-1") => false,
        other => return Err(FieldError::new("label_invalid", "label", "0 or 1", other.unwrap_or_default())),
    };
    for word in words {
        let wrong = || FieldError::new("feature_invalid", "feature", "ID:VALUE", word);
        let (id, value) = word.split_once(':').ok_or_else(wrong)?;
        take(id.parse().ok().filter(|id| *id < IDS_MAX).ok_or_else(wrong)?, value.parse().map_err(|_| wrong())?)?;
    }
    Ok(label)
}

fn row_error(error: &CtrError) -> FieldError {
    FieldError::new("row_invalid", "line", "a row of the schema", error.to_string())
}

fn schema_error(error: &CtrError) -> Error {
    FieldError::new("schema_invalid", "fields", "fields with ids", error.to_string()).into()
}

/// Years of films are told apart from here on.
const YEAR_FIRST: u32 = 1900;
const YEARS: u32 = 200;
/// Years of age that are told apart.
const AGE_STEP: u32 = 5;
const AGES: u32 = 25;
/// Names of the fields of films, in the order of the schema.
const USER: [&str; 4] = ["user", "age", "gender", "occupation"];
const ITEM: [&str; 3] = ["item", "year", "genre"];

fn movies(dir: &Path, split: &str) -> Result<CtrData> {
    let mut occupations: Vec<String> = Vec::new();
    let users = people(dir, &mut occupations)?;
    let items = films(dir)?;
    let genres = items.iter().flat_map(|item| &item.genres).max().map_or(1, |genre| genre + 1);
    let buckets = [users.len() as u32, AGES, 3, occupations.len().max(1) as u32, items.len() as u32, YEARS, genres];
    let named = USER.iter().chain(&ITEM).zip(buckets);
    let fields = named.map(|(name, buckets)| Field { name: (*name).to_owned(), buckets: buckets.max(1) }).collect();
    let schema = Arc::new(Schema::new(fields, Vec::new()).map_err(|error| schema_error(&error))?);
    let part = |end: &str| -> Result<Examples> {
        let mut examples = Examples::new(schema.clone());
        lines::each(&lines::require(dir, &format!("{split}.{end}"))?, |_, line| {
            let wrong = || FieldError::new("rating_invalid", "line", "user, item, rating and time by tabs", line);
            let numbers: Vec<u32> = line.split('\t').take(3).map_while(|word| word.trim().parse().ok()).collect();
            let [user, item, rating] = numbers[..] else { return Err(wrong()) };
            let (Some(person), Some(film)) = (users.get(user as usize), items.get(item as usize)) else {
                return Err(wrong());
            };
            let entry = |field, id| Entry { field, id, value: 1.0 };
            let mut row = vec![entry(0, user), entry(4, item), entry(5, film.year)];
            row.extend((1..).zip(person).map(|(field, id)| entry(field, *id)));
            let share = 1.0 / film.genres.len().max(1) as f32;
            row.extend(film.genres.iter().map(|genre| Entry { field: 6, id: *genre, value: share }));
            examples.push(&row, &[], Outcome::of(rating >= 4), 1.0).map_err(|error| row_error(&error))
        })?;
        Ok(examples)
    };
    Ok(CtrData { train: part("base")?, test: part("test")?, is_split: true })
}

/// Age, gender and occupation of each user by number; 0 is nobody.
fn people(dir: &Path, occupations: &mut Vec<String>) -> Result<Vec<[u32; 3]>> {
    let mut users = Vec::new();
    each_bar(dir, "u.user", 4, |words| {
        let age: u32 = words[1].trim().parse().ok()?;
        let gender = ["M", "F"].iter().position(|gender| *gender == words[2]).map_or(0, |place| place as u32 + 1);
        let occupation = occupations.iter().position(|known| known == words[3]).unwrap_or_else(|| {
            occupations.push(words[3].to_owned());
            occupations.len() - 1
        });
        put(&mut users, words[0], [(age / AGE_STEP).min(AGES - 1), gender, occupation as u32])
    })?;
    Ok(users)
}

/// What is known of a film.
#[derive(Clone, Default)]
struct Film {
    year: u32,
    genres: Vec<u32>,
}

/// Films by number; 0 is none.
fn films(dir: &Path) -> Result<Vec<Film>> {
    let mut films = Vec::new();
    each_bar(dir, "u.item", 6, |words| {
        let year = words[2].rsplit('-').next().and_then(|year| year.trim().parse::<u32>().ok());
        let year = year.map_or(0, |year| year.saturating_sub(YEAR_FIRST).min(YEARS - 1));
        let genres = (0..).zip(&words[5..]).filter(|(_, has)| has.trim() == "1").map(|(genre, _)| genre).collect();
        put(&mut films, words[0], Film { year, genres })
    })?;
    Ok(films)
}

/// Puts a thing at its number.
fn put<T: Clone + Default>(things: &mut Vec<T>, number: &str, thing: T) -> Option<()> {
    let number: u32 = number.trim().parse().ok().filter(|number| *number < IDS_MAX >> 4)?;
    if things.len() <= number as usize {
        things.resize(number as usize + 1, T::default());
    }
    things[number as usize] = thing;
    Some(())
}

/// Calls `take` for every line of a file whose columns are parted by bars; the files are in Latin-1, and what is no ASCII is
/// only in titles, which are not read.
fn each_bar(dir: &Path, name: &str, columns: usize, mut take: impl FnMut(&[&str]) -> Option<()>) -> Result<()> {
    let path = lines::require(dir, name)?;
    let mut bytes = Vec::new();
    // A list of users or films fits into memory many times over.
    let mut limited = lines::open(&path)?.take(1 << 30);
    limited.read_to_end(&mut bytes).map_err(|error| Error::file(&path, error))?;
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        let words: Vec<&str> = line.split('|').collect();
        if line.trim().is_empty() {
            continue;
        }
        if words.len() < columns || take(&words).is_none() {
            let wrong = FieldError::new("line_invalid", "line", format!("{columns} columns parted by |"), line);
            return Err(Error::Line { path, line: number, wrong });
        }
    }
    Ok(())
}
