//! Prints what suggestions while typing cost and how soon the intended query is among them:
//! `cargo run --release -p index --example suggest -- FOLDER [ENTRIES]`, where FOLDER holds real queries, one a line
//! behind a tab, in `train.query.txt` and `dev.query.txt` (Multi-CPR's e-commerce queries), unpacked.
//!
//! Speed: ENTRIES (a million) distinct queries, made of the real ones by joining words of two of them, with weights that
//! fall as 1 / rank; every keystroke of 2,000 of them, on one thread.
//!
//! Quality, on the real queries, the first ten suggestions, reciprocal rank of the intended query, 0 where it is not
//! among them. As those queries are all distinct, how often each is asked is simulated: of a million searches drawn with
//! probability 1 / rank (ranks by chance, so that no word tells anything), one half is counted, and queries drawn for the
//! other half are typed, whether they were counted or not. Beside it: all queries weighing the same, which is the worst
//! case; and half of the queries typed with only the other half known, where what counts is the first suggestion that
//! completes the word being typed.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Instant;

use index::suggest::{Entry, Kind, Options, Pinyin, Suggestions, SuggestionsBuilder, Typed, Typos};
use jieba_rs::Jieba;
use pinyin::ToPinyin;
use types::Rng;

const KINDS: &[(Kind, usize)] = &[(Kind::Query, 10)];

/// A query with its keys.
struct Query {
    text: String,
    words: Vec<usize>,
    full: String,
    initials: String,
}

impl Query {
    fn new(jieba: &Jieba, text: &str) -> Self {
        let (mut full, mut initials) = (String::new(), String::new());
        for letter in text.chars().filter(|letter| letter.is_alphanumeric()) {
            let letters =
                letter.to_pinyin().map_or_else(|| letter.to_string(), |sound| sound.plain().replace('ü', "v"));
            initials.extend(letters.chars().next());
            full.push_str(&letters);
        }
        let mut words = Vec::new();
        let mut at = 0;
        for word in jieba.cut(text, true) {
            let word = word.word;
            if word.chars().all(char::is_alphanumeric) {
                words.push(at);
            }
            at += word.len();
        }
        Self { text: text.to_owned(), words, full, initials }
    }

    fn add(&self, builder: &mut SuggestionsBuilder, weight: f32) {
        let codes: Vec<&str> = self.text.split_whitespace().filter(|word| is_code(word)).collect();
        let pinyin = [Pinyin { full: &self.full, initials: &self.initials }];
        let plain = Entry::new(Kind::Query, &self.text, &self.text, weight);
        builder.add(&Entry { words: &self.words, pinyin: &pinyin, codes: &codes, ..plain });
    }
}

fn is_code(word: &str) -> bool {
    let has = |of: fn(&u8) -> bool| word.bytes().any(|byte| of(&byte));
    word.len() >= 4 && word.is_ascii() && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        println!("skipped: no folder with queries was given");
        return;
    };
    let entries: usize = arguments.next().map_or(1_000_000, |count| count.parse().unwrap());
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap_or_default();
    let lines = read("train.query.txt") + &read("dev.query.txt");
    let mut texts: Vec<String> =
        lines.lines().filter_map(|line| line.split_once('\t')).map(|(_, text)| text.trim().to_lowercase()).collect();
    texts.sort();
    texts.dedup();
    if texts.is_empty() {
        println!("skipped: {folder} holds no queries");
        return;
    }
    let jieba = Jieba::new();
    let queries: Vec<Query> = texts.iter().map(|text| Query::new(&jieba, text)).collect();
    println!("{} distinct real queries", queries.len());
    quality(&queries);
    speed(&jieba, &queries, entries);
}

fn quality(queries: &[Query]) {
    let mut rng = Rng::new(7);
    let mut ranked: Vec<&Query> = queries.iter().collect();
    rng.shuffle(&mut ranked);
    let mut counts = vec![0u32; ranked.len()];
    let draw = |rng: &mut Rng| ((ranked.len() as f64).powf(rng.unit()) as usize).min(ranked.len() - 1);
    for _ in 0..500_000 {
        counts[draw(&mut rng)] += 1;
    }
    let counted = build(ranked.iter().copied().zip(counts.iter().map(|count| *count as f32)));
    let typed: Vec<&Query> = (0..2_000).map(|_| ranked[draw(&mut rng)]).collect();
    println!("simulated frequencies: {} queries counted, 2,000 typed", counted.len());
    report("characters", &counted, &typed, |query, n| prefix(&query.text, n));
    report("letters of pinyin", &counted, &typed, |query, n| prefix(&query.full, n));
    report("initials", &counted, &typed, |query, n| prefix(&query.initials, n));
    let mut slips = Rng::new(8);
    let slipped: Vec<String> = typed.iter().map(|query| slip(&query.full, &mut slips)).collect();
    let of_slipped: Vec<(&Query, &String)> = typed.iter().copied().zip(&slipped).collect();
    report_pairs("pinyin with one slip in the first 8 letters", &counted, &of_slipped, |(_, text), n| prefix(text, n));
    let flat = build(ranked.iter().map(|query| (*query, 1.0)));
    println!("all {} queries weighing the same, 2,000 typed", flat.len());
    report("characters", &flat, &ranked[..2_000.min(ranked.len())], |query, n| prefix(&query.text, n));
    let (known, unknown) = ranked.split_at(ranked.len() / 2);
    let half = build(known.iter().map(|query| (*query, 1.0)));
    unseen(&half, &unknown[..2_000.min(unknown.len())]);
}

fn build<'a>(queries: impl Iterator<Item = (&'a Query, f32)>) -> Suggestions {
    let mut builder = SuggestionsBuilder::new();
    queries.for_each(|(query, weight)| query.add(&mut builder, weight));
    builder.build()
}

fn report(what: &str, suggestions: &Suggestions, typed: &[&Query], prefix: impl Fn(&Query, usize) -> Option<String>) {
    let pairs: Vec<(&Query, &String)> = typed.iter().map(|query| (*query, &query.text)).collect();
    report_pairs(what, suggestions, &pairs, |(query, _), n| prefix(query, n));
}

/// Mean reciprocal rank of the intended query by letters typed; those typed to their end stay in with their last one.
fn report_pairs(
    what: &str,
    suggestions: &Suggestions,
    typed: &[(&Query, &String)],
    prefix: impl Fn((&Query, &String), usize) -> Option<String>,
) {
    let mut line = format!("  {what}: MRR");
    for n in 1..=8 {
        let mut sum = 0.0;
        for (query, text) in typed {
            let Some(prefix) = prefix((query, text), n) else { continue };
            let rank = lookup(suggestions, &prefix).iter().position(|found| *found == query.text);
            sum += rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
        }
        write!(line, " {n}: {:.3}", sum / typed.len() as f64).unwrap();
    }
    println!("{line}");
}

/// Queries nobody asked before: how soon they are composed, and the first suggestion that goes on as the word being
/// typed does.
fn unseen(suggestions: &Suggestions, typed: &[&Query]) {
    let mut whole = format!("half of the queries known, {} others typed\n  composed: MRR", typed.len());
    let mut word = "  word completed: MRR".to_owned();
    for n in 1..=8 {
        let (mut wholes, mut words, mut asked) = (0.0, 0.0, 0);
        for query in typed {
            let Some(prefix) = prefix(&query.text, n).filter(|prefix| prefix.len() < query.text.len()) else {
                continue;
            };
            let end = query.words.iter().copied().find(|word| *word > prefix.len()).unwrap_or(query.text.len());
            let wanted = query.text[..end].trim_end();
            let found = lookup(suggestions, &prefix);
            let reciprocal = |rank: Option<usize>| rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64);
            wholes += reciprocal(found.iter().position(|found| *found == query.text));
            words += reciprocal(found.iter().position(|found| found.starts_with(wanted)));
            asked += 1;
        }
        let asked = f64::from(asked.max(1));
        write!(whole, " {n}: {:.3}", wholes / asked).unwrap();
        write!(word, " {n}: {:.3}", words / asked).unwrap();
    }
    println!("{whole}\n{word} (of those not yet typed to their end)");
}

fn lookup(suggestions: &Suggestions, typed: &str) -> Vec<String> {
    let options = Options { kinds: KINDS, typos: Typos::WhenFew, compose: true, personal: None };
    let pinyin: &[&str] = if typed.is_ascii() { &[typed] } else { &[] };
    let found = suggestions.lookup(&Typed { texts: &[typed], pinyin }, &options);
    found.into_iter().map(|suggestion| suggestion.text).collect()
}

/// The first `n` letters, or all there are.
fn prefix(text: &str, n: usize) -> Option<String> {
    (!text.is_empty()).then(|| text.chars().take(n).collect())
}

/// One letter among the second to the eighth left out, doubled, replaced or swapped with the next.
fn slip(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let at = 1 + rng.below((letters.len() - 2).min(7));
    match rng.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters[at] = char::from(b'a' + rng.below(26) as u8),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

fn speed(jieba: &Jieba, queries: &[Query], entries: usize) {
    let mut rng = Rng::new(1);
    let mut known: HashSet<String> = queries.iter().map(|query| query.text.clone()).collect();
    let mut all: Vec<String> = queries.iter().map(|query| query.text.clone()).take(entries).collect();
    while all.len() < entries {
        let (one, other) = (&queries[rng.below(queries.len())], &queries[rng.below(queries.len())]);
        let head =
            one.words.get(1 + rng.below(one.words.len().max(1))).map_or(one.text.as_str(), |at| &one.text[..*at]);
        let tail = other.words.get(rng.below(other.words.len().max(1))).map_or("", |at| &other.text[*at..]);
        let joined = format!("{head}{}{tail}", if rng.below(2) == 0 { " " } else { "" });
        if joined.len() <= 60 && known.insert(joined.clone()) {
            all.push(joined);
        }
    }
    drop(known);
    rng.shuffle(&mut all);
    let keyed: Vec<Query> = all.iter().map(|text| Query::new(jieba, text)).collect();
    let start = Instant::now();
    let mut builder = SuggestionsBuilder::new();
    keyed.iter().enumerate().for_each(|(rank, query)| query.add(&mut builder, 1e6 / (rank as f32 + 10.0)));
    let taken = start.elapsed().as_secs_f64();
    let suggestions = builder.build();
    let bytes = suggestions.memory_bytes();
    println!(
        "{} entries: {taken:.1} s to take in, {:.1} s in all to build, {:.0} MB, {:.0} bytes each",
        suggestions.len(),
        start.elapsed().as_secs_f64(),
        bytes as f64 / 1e6,
        bytes as f64 / suggestions.len() as f64,
    );
    let typed: Vec<&Query> = (0..2_000).map(|_| &keyed[rng.below(keyed.len())]).collect();
    let slipped: Vec<(String, String)> =
        typed.iter().map(|query| (slip(&query.text, &mut rng), slip(&query.full, &mut rng))).collect();
    let plain = |text: &str| (text.to_owned(), String::new());
    let own = |text: &str| (text.to_owned(), text.to_owned());
    time("characters", &suggestions, typed.iter().map(|query| keystrokes(&query.text, plain)));
    time(
        "characters, by sound too",
        &suggestions,
        typed.iter().map(|query| keystrokes(&query.text, |text| (text.to_owned(), Query::new(jieba, text).full))),
    );
    time("letters of pinyin", &suggestions, typed.iter().map(|query| keystrokes(&query.full, own)));
    time("characters with a slip", &suggestions, slipped.iter().map(|(text, _)| keystrokes(text, plain)));
    time("pinyin with a slip", &suggestions, slipped.iter().map(|(_, full)| keystrokes(full, own)));
}

/// What is asked after each letter: the text and its pinyin.
fn keystrokes(text: &str, ask: impl Fn(&str) -> (String, String)) -> Vec<(String, String)> {
    text.char_indices().map(|(at, letter)| ask(&text[..at + letter.len_utf8()])).collect()
}

fn time(what: &str, suggestions: &Suggestions, typed: impl Iterator<Item = Vec<(String, String)>>) {
    let options = Options { kinds: KINDS, typos: Typos::WhenFew, compose: true, personal: None };
    let (mut times, mut best_times): (Vec<f64>, Vec<f64>) = Default::default();
    let mut found = 0;
    for (text, pinyin) in typed.flatten() {
        let mut ask = || {
            let start = Instant::now();
            found += suggestions.lookup(&Typed { texts: &[&text], pinyin: &[&pinyin] }, &options).len();
            start.elapsed().as_secs_f64() * 1000.0
        };
        // The first time is the one with cold caches; the better of three tells what other programs took beside.
        let first = ask();
        times.push(first);
        best_times.push(first.min(ask()).min(ask()));
    }
    let at = |times: &mut Vec<f64>, share: f64| {
        times.sort_by(f64::total_cmp);
        times[((times.len() - 1) as f64 * share) as usize]
    };
    let (keystrokes, mean) = (times.len(), found as f64 / (3 * times.len()) as f64);
    let (p50, p99, most) = (at(&mut times, 0.5), at(&mut times, 0.99), at(&mut times, 1.0));
    println!(
        "  {what}: {keystrokes} keystrokes, {mean:.1} found, p50 {p50:.3} ms, p99 {p99:.3} ms, at most {most:.3} ms"
    );
    let (p50, p99, most) = (at(&mut best_times, 0.5), at(&mut best_times, 0.99), at(&mut best_times, 1.0));
    println!("    the best of three: p50 {p50:.3} ms, p99 {p99:.3} ms, at most {most:.3} ms");
}
