//! How well queries are corrected: `cargo run --release -p text --example spelling -- DATA [SEED]`.
//!
//! Clean queries get one slip each, made by chance; a speller that has not seen them says what was meant. Told are the
//! share of queries that come back exactly (as typed, for comparison), the share of clean queries that are changed, the
//! time a query takes, and the memory. For the judged queries of `esci_150q` also what a plain BM25 then finds.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use text::MixedAnalyzer;
use text::spelling::slips::{SLIPS, Slip, SlipMaker};
use text::spelling::{Spelled, Speller, Thresholds, Vocabulary};
use types::{Analyzer, Language, Rng};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(data) = arguments.next().filter(|data| Path::new(data).is_dir()) else {
        println!("skipped: name the folder with the data sets");
        return Ok(());
    };
    let data = Path::new(&data);
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let only = arguments.next().unwrap_or_default();
    for (name, load) in SETS {
        if name.contains(&only) {
            match load(data, seed) {
                Ok(set) => set.report(name, seed),
                Err(error) => println!("{name}: skipped ({error})\n"),
            }
        }
    }
    Ok(())
}

type Load = fn(&Path, u64) -> Result<Set>;

const SETS: [(&str, Load); 5] = [
    ("parts of titles (attr_oamine)", titles),
    ("judged queries (esci_150q)", esci),
    ("Taobao queries (zh_queries)", taobao),
    ("Taobao queries, seen before (zh_queries)", seen),
    ("Taobao queries against 2,083 titles (zh_retrieval)", retrieval),
];

/// What a speller learns, and what it is asked.
#[derive(Default)]
struct Set {
    titles: Vec<String>,
    log: Vec<String>,
    queries: Vec<String>,
    judged: Option<Judged>,
}

/// Slips of Latin queries, and of Chinese ones.
fn slips_of(queries: &[String]) -> Vec<Slip> {
    let chinese = queries.iter().filter(|query| query.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))).count();
    let latin_only = [Slip::Missing, Slip::Extra, Slip::Other, Slip::Swapped, Slip::Split, Slip::Joined];
    if chinese * 2 > queries.len() { SLIPS.to_vec() } else { latin_only.to_vec() }
}

impl Set {
    fn report(&self, name: &str, seed: u64) {
        let mut asked = Asked { speller: self.speller(name), times: Vec::new() };
        asked.ask("warm 连衣裙 up");
        self.report_clean(&mut asked);
        let maker = SlipMaker::new(self.titles.iter().chain(&self.log).map(String::as_str));
        let mut rng = Rng::new(seed ^ 0x51195);
        let mut pairs: Vec<(String, String)> = Vec::new();
        for slip in slips_of(&self.queries) {
            let typed: Vec<Option<String>> =
                self.queries.iter().map(|query| maker.slip(query, slip, &mut rng)).collect();
            self.report_slip(slip, &typed, &mut asked);
            pairs.extend(self.queries.iter().zip(typed).filter_map(|(query, typed)| Some((query.clone(), typed?))));
        }
        for apply in [0.5, 0.8, 0.9, 0.95, 0.98, 0.99] {
            let at = Thresholds { apply, offer: 0.3 };
            let text = |query: &str| asked.speller.correct(query, &at).text;
            let changed = self.queries.iter().filter(|query| text(query) != **query).count();
            let right = pairs.iter().filter(|(query, typed)| text(typed) == *query).count();
            println!(
                "  applied from {apply:.2} on: {:.2} % of clean queries changed, {:.1} % of slips righted",
                share(changed, self.queries.len()),
                share(right, pairs.len()),
            );
        }
        asked.times.sort_by(f64::total_cmp);
        let at = |share: f64| asked.times[((asked.times.len() - 1) as f64 * share) as usize];
        println!("  {:.0} µs p50, {:.0} µs p99 a query\n", at(0.5), at(0.99));
    }

    fn speller(&self, name: &str) -> Speller {
        let start = Instant::now();
        let mut vocabulary = Vocabulary::default();
        self.titles.iter().for_each(|title| vocabulary.read_title(title));
        self.log.iter().for_each(|query| vocabulary.read_query(query, 1));
        let counted = start.elapsed().as_secs_f64();
        let speller = Speller::new(&vocabulary);
        let (words, han) = speller.words();
        println!(
            "{name}: {} titles, {} past queries; {words} words, {han} Chinese n-grams; counted in {counted:.1} s, built in {:.1} s, {:.1} MB",
            self.titles.len(),
            self.log.len(),
            start.elapsed().as_secs_f64() - counted,
            speller.bytes() as f64 / 1e6
        );
        speller
    }

    fn report_clean(&self, asked: &mut Asked) {
        let answers: Vec<Spelled> = self.queries.iter().map(|query| asked.ask(query)).collect();
        let offered = answers.iter().filter(|spelled| spelled.suggestion.is_some()).count();
        let pairs = self.queries.iter().zip(&answers);
        let changed: Vec<(&String, &Spelled)> = pairs.filter(|(query, spelled)| spelled.text != **query).collect();
        println!(
            "  {} clean queries: {:.2} % changed, {:.2} % offered another",
            self.queries.len(),
            share(changed.len(), self.queries.len()),
            share(offered, self.queries.len())
        );
        for (query, spelled) in changed.iter().take(40) {
            println!("    {query} -> {} ({:.2})", spelled.text, spelled.confidence);
        }
        if let Some(judged) = &self.judged {
            let texts: Vec<String> = answers.into_iter().map(|spelled| spelled.text).collect();
            println!("  nDCG@10: clean {:.4}, corrected {:.4}", judged.ndcg(&self.queries), judged.ndcg(&texts));
        }
    }

    fn report_slip(&self, slip: Slip, typed: &[Option<String>], asked: &mut Asked) {
        let (mut right, mut either, mut wrong, mut count) = (0, 0, 0, 0);
        let mut answered = Vec::new();
        for (query, typed) in self.queries.iter().zip(typed) {
            let Some(typed) = typed else {
                answered.push(query.clone());
                continue;
            };
            let spelled = asked.ask(typed);
            count += 1;
            right += usize::from(spelled.text == *query);
            either += usize::from(spelled.text == *query || spelled.suggestion.as_ref() == Some(query));
            wrong += usize::from(spelled.text != *query && spelled.text != *typed);
            answered.push(spelled.text);
        }
        print!(
            "  {slip:?}: {count} queries, {:.1} % right, {:.1} % right or offered, {:.1} % made another",
            share(right, count),
            share(either, count),
            share(wrong, count)
        );
        match &self.judged {
            Some(judged) => {
                let typed =
                    typed.iter().zip(&self.queries).map(|(typed, query)| typed.as_ref().unwrap_or(query).clone());
                let (before, after) = (judged.ndcg(&typed.collect::<Vec<_>>()), judged.ndcg(&answered));
                println!("; nDCG@10 as typed {before:.4}, corrected {after:.4}");
            }
            None => println!(),
        }
    }
}

/// A speller with the time of each question.
struct Asked {
    speller: Speller,
    times: Vec<f64>,
}

impl Asked {
    /// Asks three times and notes the least time: others use the machine, too.
    fn ask(&mut self, query: &str) -> Spelled {
        let run = || {
            let start = Instant::now();
            let spelled = self.speller.correct(query, &Thresholds::default());
            (start.elapsed().as_secs_f64() * 1e6, spelled)
        };
        let (time, spelled) = run();
        let time = time.min(run().0).min(run().0);
        self.times.push(time);
        spelled
    }
}

fn share(count: usize, of: usize) -> f64 {
    100.0 * count as f64 / of.max(1) as f64
}

/// Nine titles in ten are learned; of the others, two to four words in a row are asked.
fn titles(data: &Path, seed: u64) -> Result<Set> {
    let mut set = Set::default();
    let mut rng = Rng::new(seed);
    for line in read(&data.join("attr_oamine/train.jsonl.gz"))?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let title = row["input"].as_str().unwrap_or_default().to_lowercase();
        let words: Vec<&str> =
            title.split_whitespace().filter(|word| word.bytes().all(|b| b.is_ascii_lowercase())).collect();
        let length = 2 + rng.below(3);
        if rng.below(10) > 0 || words.len() < length {
            set.titles.push(title);
        } else {
            let from = rng.below(words.len() - length + 1);
            set.queries.push(words[from..from + length].join(" "));
        }
    }
    Ok(set)
}

fn esci(data: &Path, _seed: u64) -> Result<Set> {
    let folder = data.join("esci_150q");
    let mut set = Set::default();
    let mut ids = Vec::new();
    for line in read(&folder.join("ubi_ecommerce_products.json.gz"))?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        ids.push(text("asin"));
        set.titles.push(format!("{} {}", text("title"), text("brand")));
    }
    let judgements: serde_json::Value = serde_json::from_str(&read(&folder.join("esci_us_judgments.json.gz"))?)?;
    let mut gains = Vec::new();
    for row in judgements["judgmentRatings"].as_array().into_iter().flatten() {
        set.queries.push(row["query"].as_str().unwrap_or_default().to_lowercase());
        let ratings = row["ratings"].as_array().into_iter().flatten();
        let rating = |rating: &serde_json::Value| {
            let gain = rating["rating"].as_str().and_then(|gain| gain.parse::<f64>().ok()).unwrap_or_default();
            // Exact 100, substitute 10, complement 1, irrelevant 0.
            (rating["docId"].as_str().unwrap_or_default().to_owned(), gain / 100.0)
        };
        gains.push(ratings.map(rating).collect());
    }
    set.judged = Some(Judged { words: Words::new(&ids, &set.titles), gains });
    Ok(set)
}

/// A thousand queries are asked, all others learned.
fn taobao(data: &Path, seed: u64) -> Result<Set> {
    let text = read(&data.join("zh_queries/train.query.txt.gz"))?;
    let mut queries: Vec<String> =
        text.lines().filter_map(|line| Some(line.split_once('\t')?.1.trim().to_lowercase())).collect();
    Rng::new(seed).shuffle(&mut queries);
    let log = queries.split_off(1_000);
    queries.retain(|query| !query.is_empty());
    let log = log.into_iter().filter(|query| !queries.contains(query)).collect();
    Ok(Set { log, queries, ..Set::default() })
}

/// The same thousand, with a log that knows them: most queries of a day were typed before.
fn seen(data: &Path, seed: u64) -> Result<Set> {
    let mut set = taobao(data, seed)?;
    set.log.extend(set.queries.iter().cloned());
    Ok(set)
}

fn retrieval(data: &Path, _seed: u64) -> Result<Set> {
    let column = |file: &str| -> Result<Vec<String>> {
        let text = read(&data.join("zh_retrieval").join(file))?;
        Ok(text.lines().filter_map(|line| Some(line.split_once('\t')?.1.trim().to_lowercase())).collect())
    };
    Ok(Set { titles: column("corpus.tsv")?, queries: column("queries.tsv")?, ..Set::default() })
}

fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut text = String::new();
    match path.extension().is_some_and(|extension| extension == "gz") {
        true => flate2::read::MultiGzDecoder::new(&*bytes).read_to_string(&mut text)?,
        false => bytes.as_slice().read_to_string(&mut text)?,
    };
    Ok(text)
}

/// Judged queries, and words to find products by.
struct Judged {
    words: Words,
    gains: Vec<HashMap<String, f64>>,
}

impl Judged {
    fn ndcg(&self, queries: &[String]) -> f64 {
        let discount = |place: usize| 1.0 / ((place + 2) as f64).log2();
        let of_query = |(query, gains): (&String, &HashMap<String, f64>)| {
            let found = self.words.search(query);
            let gain = |id: &String| gains.get(id).copied().unwrap_or_default();
            let dcg: f64 = found.iter().take(10).enumerate().map(|(place, id)| gain(id) * discount(place)).sum();
            let mut ideal: Vec<f64> = gains.values().copied().collect();
            ideal.sort_by(|a, b| b.total_cmp(a));
            dcg / ideal.iter().take(10).enumerate().map(|(place, gain)| gain * discount(place)).sum::<f64>()
        };
        queries.iter().zip(&self.gains).map(of_query).sum::<f64>() / queries.len() as f64
    }
}

/// BM25 (k1 1.2, b .75) over terms of titles and brands.
struct Words {
    ids: Vec<String>,
    lengths: Vec<f64>,
    postings: HashMap<String, HashMap<usize, f64>>,
}

impl Words {
    fn new(ids: &[String], titles: &[String]) -> Self {
        let mut words = Self { ids: ids.to_vec(), lengths: Vec::new(), postings: HashMap::new() };
        for (row, title) in titles.iter().enumerate() {
            let mut length = 0.0;
            MixedAnalyzer.analyze(title, Language::Other, &mut |token| {
                length += 1.0;
                *words.postings.entry(token.term.to_owned()).or_default().entry(row).or_default() += 1.0;
            });
            words.lengths.push(length);
        }
        words
    }

    fn search(&self, query: &str) -> Vec<String> {
        let count = self.ids.len() as f64;
        let mean = self.lengths.iter().sum::<f64>() / count;
        let mut scores: HashMap<usize, f64> = HashMap::new();
        MixedAnalyzer.analyze_query(query, Language::Other, &mut |token| {
            let Some(postings) = self.postings.get(token.term) else { return };
            let idf = (1.0 + (count - postings.len() as f64 + 0.5) / (postings.len() as f64 + 0.5)).ln();
            for (row, often) in postings {
                let norm = 1.2 * (0.25 + 0.75 * self.lengths[*row] / mean);
                *scores.entry(*row).or_default() += idf * often * 2.2 / (often + norm);
            }
        });
        let mut found: Vec<(usize, f64)> = scores.into_iter().collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.into_iter().take(10).map(|(row, _)| self.ids[row].clone()).collect()
    }
}
