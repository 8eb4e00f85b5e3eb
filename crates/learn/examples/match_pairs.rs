//! How well are pairs of products told to be the same? `cargo run --release -p learn --example match_pairs -- FOLDER
//! [--record] [--default FILE]`, where FOLDER has `train.txt`, `valid.txt` and `test.txt`: two records and a label a line,
//! parted by tabs, a record being `COL title VAL ... COL manufacturer VAL ... COL price VAL ...`.
//!
//! A matcher is learnt from the training part and tried on the validation part; with `--record` from both and tried on the
//! test part. `--default` writes the matcher that works without labels: learnt from the training part alone, without words.
#![allow(clippy::print_stdout, reason = "an example shows its results")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use learn::duplicates::{Blocking, Column, ForestTrainer, MatcherTrainer, Pair, Quality};
use text::pairs::{Corpus, FEATURES, Profile, Record};
use types::{Rng, Row};

/// A product of one of the two catalogues.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Product {
    is_left: bool,
    title: String,
    brand: String,
    price: String,
}

struct Labelled {
    left: Row,
    right: Row,
    is_same: bool,
}

#[derive(Default)]
struct Shop {
    rows: HashMap<Product, Row>,
    products: Vec<Product>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = arguments.first().map(Path::new).filter(|folder| folder.join("train.txt").is_file()) else {
        println!("skipped: give a folder with train.txt, valid.txt and test.txt");
        return Ok(());
    };
    let mut shop = Shop::default();
    let mut read = |name: &str| -> Result<Vec<Labelled>, Box<dyn Error>> {
        Ok(std::fs::read_to_string(folder.join(name))?.lines().filter_map(|line| shop.labelled(line)).collect())
    };
    let (train, valid, test) = (read("train.txt")?, read("valid.txt")?, read("test.txt")?);
    let corpus = Corpus::new(shop.products.iter().map(|product| product.title.as_str()));
    let profiles: Vec<Profile> = shop.products.iter().map(|product| profile(&corpus, product)).collect();
    blocking(&profiles, &train);

    let is_record = arguments.iter().any(|argument| argument == "--record");
    let (known, tried) = if is_record {
        (train.iter().chain(&valid).collect::<Vec<_>>(), &test)
    } else {
        (train.iter().collect(), &valid)
    };
    for is_sided in [true, false] {
        for word_shrinkage in [f64::INFINITY, 1.0] {
            report(
                &corpus,
                &profiles,
                &known,
                tried,
                &MatcherTrainer { is_sided, word_shrinkage, ..MatcherTrainer::default() },
            )?;
        }
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "--default") {
        let known: Vec<&Labelled> = train.iter().collect();
        let forest =
            ForestTrainer { rounds: 80, step: 0.15, leaves_max: 5, keeps_directions: true, ..ForestTrainer::default() };
        let trainer = MatcherTrainer { word_shrinkage: f64::INFINITY, forest, ..MatcherTrainer::default() };
        let text = report(&corpus, &profiles, &known, &valid, &trainer)?;
        if let Some(file) = arguments.get(at + 1) {
            std::fs::write(file, text)?;
        }
    }
    Ok(())
}

/// Learns and tries: each pair alone, with its rivals among the tried pairs, and with those among all pairs.
fn report(
    corpus: &Corpus,
    profiles: &[Profile],
    known: &[&Labelled],
    tried: &[Labelled],
    trainer: &MatcherTrainer,
) -> Result<String, Box<dyn Error>> {
    let columns = FEATURES.map(|feature| Column { name: feature.name, direction: feature.direction });
    let pair = |labelled: &Labelled| pair(corpus, profiles, labelled, trainer.is_sided);
    let tried_pairs: Vec<Pair> = tried.iter().map(pair).collect();
    let mut pairs: Vec<Pair> = known.iter().map(|labelled| pair(labelled)).collect();
    let mut labels: Vec<Option<bool>> = known.iter().map(|labelled| Some(labelled.is_same)).collect();
    let (_, report) = trainer.fit(&columns, &pairs, &labels, &mut Rng::new(1))?;
    println!(
        "sided {} words {}: learnt from {:?}; held out alone {:.4}, with rivals {:.4}, calibration error {:.4}",
        trainer.is_sided,
        trainer.word_shrinkage.is_finite(),
        report.pairs,
        report.alone.f1,
        report.among.f1,
        report.calibration_error
    );
    pairs.extend(tried_pairs.iter().cloned());
    labels.extend(tried.iter().map(|_| None));
    let (matcher, report) = trainer.fit(&columns, &pairs, &labels, &mut Rng::new(1))?;
    let quality = |judged: &[learn::duplicates::Judged], says: fn(&learn::duplicates::Judged) -> bool| {
        Quality::of(judged.iter().zip(tried).map(|(judged, labelled)| (says(judged), labelled.is_same)))
    };
    let own = matcher.judge(&tried_pairs);
    println!("    tried pairs alone:            {:?}", quality(&own, |judged| judged.is_duplicate_alone));
    println!("    rivals among the tried pairs: {:?}", quality(&own, |judged| judged.is_duplicate));
    println!(
        "    rivals among all candidates:  {:?}",
        quality(&report.judged[known.len()..], |judged| judged.is_duplicate)
    );
    Ok(matcher.to_text())
}

fn pair(corpus: &Corpus, profiles: &[Profile], labelled: &Labelled, is_sided: bool) -> Pair {
    let [left, right] = [labelled.left, labelled.right].map(|row| &profiles[row.0 as usize]);
    let compared = corpus.compare(left, right, None);
    let features = if is_sided { compared.features } else { compared.unsided() };
    let differing = compared.differing_words().into_iter().map(Box::from).collect();
    Pair { left: labelled.left, right: labelled.right, features: features.to_vec(), differing }
}

/// What share of the training part's duplicates is among the candidates.
fn blocking(profiles: &[Profile], train: &[Labelled]) {
    let items = (0u32..).map(Row).zip(profiles).map(|(row, profile)| (row, profile.terms()));
    let pairs = Blocking::default().pairs(items);
    let same: Vec<_> = train.iter().filter(|labelled| labelled.is_same).collect();
    let found = same
        .iter()
        .filter(|labelled| {
            let (one, other) = (labelled.left.min(labelled.right), labelled.left.max(labelled.right));
            pairs.binary_search(&(one, other)).is_ok()
        })
        .count();
    println!(
        "{} items, {} candidates, with {found} of {} duplicates of the training part",
        profiles.len(),
        pairs.len(),
        same.len()
    );
}

fn profile(corpus: &Corpus, product: &Product) -> Profile {
    corpus.profile(&Record {
        name: &product.title,
        brand: &product.brand,
        price: product.price.parse().ok(),
        attributes: &[],
    })
}

impl Shop {
    fn labelled(&mut self, line: &str) -> Option<Labelled> {
        let mut fields = line.split('\t');
        let left = self.row(product(fields.next()?, true)?);
        let right = self.row(product(fields.next()?, false)?);
        Some(Labelled { left, right, is_same: fields.next()?.trim() == "1" })
    }

    fn row(&mut self, product: Product) -> Row {
        let next = Row(self.products.len() as u32);
        let row = *self.rows.entry(product.clone()).or_insert(next);
        if row == next {
            self.products.push(product);
        }
        row
    }
}

fn product(text: &str, is_left: bool) -> Option<Product> {
    let (title, rest) = text.trim().strip_prefix("COL title VAL")?.split_once("COL manufacturer VAL")?;
    let (brand, price) = rest.split_once("COL price VAL")?;
    let [title, brand, price] = [title, brand, price].map(|field| field.trim().to_owned());
    Some(Product { is_left, title, brand, price })
}
