//! Makes the built-in intents: `cargo run --release -p neural --example intents MODEL FOLDER [OPTION]...`.
//!
//! MODEL is the encoder's folder, FOLDER holds examples as `*.tsv` (a label, a tab and a text a line), a file a language:
//!
//!     cargo run --release -p neural --example intents models/e5-small-zh-en models/intents-zh-en --write
//!
//! Prints how well they are read by cross-validation, for each file and for all together. `--write` puts the intents
//! into FOLDER as `intents.bin`, of two encoders as `intents-joined.bin`; a test fails while they are not those of the committed encoder. Each `--test FILE` is a
//! table as those in FOLDER, for a set of intents that has a test part. Each `--queries FILE` is a file of product
//! queries, one a line: what is read in them under the prior of a search box is counted, and those taken for something
//! else than a wish for products are shown. `--loss SHARE` (0.005 where not given) of the texts in scope may be refused.
//! `--also MODEL` reads the vectors of a second encoder too, put behind the first's.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]
#![allow(clippy::disallowed_methods, reason = "tells how long a fit takes")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use learn::{Intents, IntentsConfig, IntentsReport, Share};
use neural::{Encoder, JoinedEncoders, QueryCache};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
type Examples = Vec<(String, Vec<f32>)>;

/// One encoder, or two whose vectors are read as one.
struct Encoders(JoinedEncoders, QueryCache);

impl Encoders {
    fn version(&self) -> String {
        self.0.version().to_owned()
    }

    fn encode_query(&self, text: &str) -> Result<Vec<f32>> {
        Ok(self.0.encode_query(&self.1, text)?)
    }
}

/// How often what is typed into a search box wants products, for the count of misread queries.
const SEARCHES: [f32; 4] = [0.5, 0.75, 0.85, 0.95];

/// What a query may be read as without harm: products are looked for all the same.
const WISHES: [&str; 4] = ["search", "browse", "gift", "complement"];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder, rest @ ..] = &arguments[..] else {
        return Err(
            "expected MODEL FOLDER [--write] [--loss SHARE] [--also MODEL] [--test FILE]... [--queries FILE]...".into(),
        );
    };
    let given = |name: &str| rest.windows(2).find(|pair| pair[0] == name).map(|pair| &pair[1]);
    let models = [Some(model), given("--also")].into_iter().flatten();
    let models_given = models.clone().count();
    let encoders = models.map(|model| Encoder::load(Path::new(model), 1).map(Arc::new));
    let joined = JoinedEncoders::new(encoders.collect::<std::result::Result<_, _>>()?);
    let encoder = Encoders(joined, QueryCache::new(0));
    let loss = given("--loss").map_or(Ok(0.005), |share| share.parse())?;
    let mut all = Examples::new();
    let tables = tables(Path::new(folder))?;
    for path in &tables {
        let examples = read(&encoder, path)?;
        if tables.len() > 1 {
            println!("== {}\n{}", path.display(), fit(&encoder, &examples, loss)?.1);
        }
        all.extend(examples);
    }
    let start = Instant::now();
    let (intents, report) = fit(&encoder, &all, loss)?;
    println!("== all, fitted and cross-validated in {:.1} s\n{report}", start.elapsed().as_secs_f64());
    if rest.iter().any(|argument| argument == "--write") {
        let bytes = intents.encode();
        std::fs::write(
            Path::new(folder).join(if models_given == 1 { "intents.bin" } else { "intents-joined.bin" }),
            &bytes,
        )?;
        println!("wrote {} bytes for {}", bytes.len(), intents.encoder());
    }
    for pair in rest.windows(2) {
        match pair[0].as_str() {
            "--queries" => count(&encoder, &intents, Path::new(&pair[1]))?,
            "--test" => test(&intents, &read(&encoder, Path::new(&pair[1]))?),
            _ => {}
        }
    }
    Ok(())
}

fn fit(encoder: &Encoders, examples: &Examples, in_scope_loss: f64) -> Result<(Intents, IntentsReport)> {
    let config = IntentsConfig {
        encoder: encoder.version(),
        fallback: Some("search".to_owned()),
        in_scope_loss,
        ..IntentsConfig::default()
    };
    let examples: Vec<(&str, &[f32])> = examples.iter().map(|(label, vector)| (&**label, &**vector)).collect();
    Ok(Intents::fit(&examples, &config)?)
}

/// The tables in `folder`, in the order of their names.
fn tables(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tsv") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(encoder: &Encoders, path: &Path) -> Result<Examples> {
    let text = std::fs::read_to_string(path)?;
    let mut examples = Examples::new();
    for (number, line) in text.lines().enumerate() {
        let Some((label, text)) = line.split_once('\t') else {
            return Err(format!("{}:{}: expected a label, a tab and a text", path.display(), number + 1).into());
        };
        examples.push((label.to_owned(), encoder.encode_query(text)?));
    }
    Ok(examples)
}

/// Texts in scope count as right when their label is found and they are not refused.
fn test(intents: &Intents, examples: &Examples) {
    let (mut inside, mut right, mut outside, mut seen) = (0, 0, 0, 0);
    for (label, vector) in examples {
        let reading = intents.read(vector);
        if label == "out-of-scope" {
            outside += 1;
            seen += usize::from(reading.out_of_scope);
        } else {
            inside += 1;
            right += usize::from(!reading.out_of_scope && reading.top().0 == label);
        }
    }
    println!("in scope right {}, out of scope seen {}", Share::of(right, inside), Share::of(seen, outside));
}

fn count(encoder: &Encoders, intents: &Intents, path: &Path) -> Result<()> {
    let text = std::fs::read_to_string(path)?;
    let mut vectors = Vec::new();
    for query in text.lines() {
        vectors.push((query, encoder.encode_query(query)?));
    }
    for searches in SEARCHES {
        let intents = intents.with_priors(&[("search", searches)]);
        let (mut counts, mut misread) = (BTreeMap::<String, usize>::new(), Vec::new());
        for (query, vector) in &vectors {
            let reading = intents.read(vector);
            let label = if reading.out_of_scope { "out-of-scope" } else { reading.top().0 };
            *counts.entry(label.to_owned()).or_default() += 1;
            if !WISHES.contains(&label) {
                misread.push(format!("{query} ({label})"));
            }
        }
        let share = 100.0 * misread.len() as f64 / vectors.len().max(1) as f64;
        println!("{}, prior of search {searches}: {share:.2} % misread; {counts:?}", path.display());
        println!("  {}", misread.into_iter().take(20).collect::<Vec<_>>().join(", "));
    }
    Ok(())
}
