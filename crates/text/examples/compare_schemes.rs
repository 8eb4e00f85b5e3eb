//! Which terms find Chinese products best? `cargo run --release -p text --example compare_schemes FOLDER`, where FOLDER has
//! `corpus.tsv` and `queries.tsv` (id, text) and `qrels.tsv` (query, 0, document, 1), ids counting from 0.
//!
//! Plain BM25 (k1 1.2, b .75) over every way of making terms below, and over the analyzer itself. The first names what
//! is indexed, the second what is looked for.

#![allow(clippy::print_stdout, reason = "a report for the terminal")]

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use jieba_rs::Jieba;
use text::MixedAnalyzer;
use types::{Analyzer, Language};

type Terms<'a> = Box<dyn Fn(&str) -> Vec<String> + 'a>;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        println!("skipped: give a folder with corpus.tsv, queries.tsv and qrels.tsv");
        return Ok(());
    };
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let corpus: Vec<String> = second_column(&read("corpus.tsv")?);
    let queries: Vec<String> = second_column(&read("queries.tsv")?);
    let judged: Vec<(usize, usize)> = read("qrels.tsv")?
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?.parse().ok()?, fields.nth(1)?.parse().ok()?))
        })
        .collect();
    println!("{} documents, {} queries, {} judgements", corpus.len(), queries.len(), judged.len());

    let jieba = Jieba::new();
    println!("{:<56} {:>8} {:>8} {:>10}", "indexed | looked for", "MRR@10", "hit@10", "terms/doc");
    for (name, indexed, looked_for) in schemes(&jieba) {
        let (indexed, looked_for) = match name {
            "MixedAnalyzer" => (indexed, looked_for),
            _ => (with_rest(indexed), with_rest(looked_for)),
        };
        let index = Bm25::new(corpus.iter().map(|text| indexed(text)));
        let (mut reciprocal, mut hits) = (0.0, 0);
        for (query, relevant) in &judged {
            let top = index.top(&looked_for(&queries[*query]), 10);
            if let Some(rank) = top.iter().position(|doc| doc == relevant) {
                reciprocal += 1.0 / (rank + 1) as f64;
                hits += 1;
            }
        }
        let judged = judged.len() as f64;
        println!("{name:<56} {:>8.4} {:>8.4} {:>10.1}", reciprocal / judged, hits as f64 / judged, index.mean_length);
    }
    Ok(())
}

/// A name, the terms indexed and the terms looked for.
type Scheme<'a> = (&'static str, Terms<'a>, Terms<'a>);

fn schemes(jieba: &Jieba) -> Vec<Scheme<'_>> {
    let words = |hmm: bool| -> Terms<'_> { Box::new(move |text| cut(&jieba.cut(text, hmm))) };
    let search = |hmm: bool| -> Terms<'_> { Box::new(move |text| cut(&jieba.cut_for_search(text, hmm))) };
    vec![
        ("characters+bigrams | same", both(grams(1), grams(2)), both(grams(1), grams(2))),
        ("bigrams | same", grams(2), grams(2)),
        ("words | same", words(false), words(false)),
        ("words hmm | same", words(true), words(true)),
        ("search words | same", search(false), search(false)),
        ("search words hmm | same", search(true), search(true)),
        ("search words | words", search(false), words(false)),
        ("search words+bigrams | search words+bigrams", both(search(false), grams(2)), both(search(false), grams(2))),
        ("search words hmm+bigrams | same", both(search(true), grams(2)), both(search(true), grams(2))),
        ("words+bigrams | same", both(words(false), grams(2)), both(words(false), grams(2))),
        ("words+bigrams | words", both(words(false), grams(2)), words(false)),
        ("words+bigrams | bigrams", both(words(false), grams(2)), grams(2)),
        (
            "words+characters+bigrams | same",
            both(words(false), both(grams(1), grams(2))),
            both(words(false), both(grams(1), grams(2))),
        ),
        ("search words+characters | same", both(search(false), grams(1)), both(search(false), grams(1))),
        (
            "search words+characters+bigrams | same",
            both(search(false), both(grams(1), grams(2))),
            both(search(false), both(grams(1), grams(2))),
        ),
        (
            "search words+characters+bigrams | characters+bigrams",
            both(search(false), both(grams(1), grams(2))),
            both(grams(1), grams(2)),
        ),
        (
            "search words+characters+bigrams | search words+bigrams",
            both(search(false), both(grams(1), grams(2))),
            both(search(false), grams(2)),
        ),
        (
            "long words+characters+bigrams | same",
            both(long(search(false)), both(grams(1), grams(2))),
            both(long(search(false)), both(grams(1), grams(2))),
        ),
        (
            "long plain words+characters+bigrams | same",
            both(long(words(false)), both(grams(1), grams(2))),
            both(long(words(false)), both(grams(1), grams(2))),
        ),
        (
            "characters+bigrams+trigrams | same",
            both(grams(3), both(grams(1), grams(2))),
            both(grams(3), both(grams(1), grams(2))),
        ),
        (
            "characters+bigrams | characters+bigrams inside words",
            both(grams(1), grams(2)),
            both(grams(1), inside(words(false))),
        ),
        (
            "long words+characters+bigrams | long words+characters+bigrams inside words",
            both(long(search(false)), both(grams(1), grams(2))),
            both(long(search(false)), both(grams(1), inside(words(false)))),
        ),
        ("MixedAnalyzer", Box::new(|text| analyzed(text, false)), Box::new(|text| analyzed(text, true))),
    ]
}

fn second_column(table: &str) -> Vec<String> {
    table.lines().filter_map(|line| line.split_once('\t')).map(|(_, text)| text.to_lowercase()).collect()
}

fn analyzed(text: &str, is_query: bool) -> Vec<String> {
    let mut terms = Vec::new();
    let analyzer = MixedAnalyzer::new();
    let mut sink = |token: types::Token<'_>| terms.push(token.term.to_owned());
    match is_query {
        true => analyzer.analyze_query(text, Language::Chinese, &mut sink),
        false => analyzer.analyze(text, Language::Chinese, &mut sink),
    }
    terms
}

/// The terms of `han` for the Chinese in a text and the analyzer's own for all else, so that only the former differ.
fn with_rest<'a>(han: Terms<'a>) -> Terms<'a> {
    Box::new(move |text| {
        let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
        let rest: String = text.chars().map(|c| if is_han(c) { ' ' } else { c }).collect();
        let chinese: String = text.chars().map(|c| if is_han(c) { c } else { ' ' }).collect();
        let mut terms = analyzed(&rest, false);
        terms.extend(han(&chinese));
        terms
    })
}

fn cut(tokens: &[jieba_rs::Token<'_>]) -> Vec<String> {
    let real = tokens.iter().filter(|token| token.word.chars().any(char::is_alphanumeric));
    real.map(|token| token.word.to_owned()).collect()
}

/// Rows of `n` characters inside each Chinese stretch.
fn grams<'a>(n: usize) -> Terms<'a> {
    Box::new(move |text| {
        let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
        let mut terms = Vec::new();
        let mut stretch: Vec<char> = Vec::new();
        for c in text.chars().chain(std::iter::once(' ')) {
            if stretch.last().is_some_and(|last| is_han(*last) != is_han(c) || !c.is_alphanumeric()) {
                if is_han(stretch[0]) {
                    terms.extend(stretch.windows(n).map(String::from_iter));
                }
                stretch.clear();
            }
            if c.is_alphanumeric() {
                stretch.push(c);
            }
        }
        terms
    })
}

/// Bigrams that do not cross from one word into the next.
fn inside(terms: Terms<'_>) -> Terms<'_> {
    Box::new(move |text| grams(2)(&terms(text).join(" ")))
}

/// Only words of three characters and more.
fn long(terms: Terms<'_>) -> Terms<'_> {
    Box::new(move |text| terms(text).into_iter().filter(|term| term.chars().count() > 2).collect())
}

fn both<'a>(first: Terms<'a>, second: Terms<'a>) -> Terms<'a> {
    Box::new(move |text| {
        let mut terms = first(text);
        let more: Vec<String> = second(text).into_iter().filter(|term| !terms.contains(term)).collect();
        terms.extend(more);
        terms
    })
}

struct Bm25 {
    postings: HashMap<String, Vec<(usize, f64)>>,
    lengths: Vec<f64>,
    mean_length: f64,
}

impl Bm25 {
    fn new(documents: impl Iterator<Item = Vec<String>>) -> Self {
        let (mut postings, mut lengths) = (HashMap::<String, Vec<(usize, f64)>>::new(), Vec::new());
        for (id, terms) in documents.enumerate() {
            lengths.push(terms.len() as f64);
            for term in terms {
                let list = postings.entry(term).or_default();
                match list.last_mut() {
                    Some((last, count)) if *last == id => *count += 1.0,
                    _ => list.push((id, 1.0)),
                }
            }
        }
        let mean_length = lengths.iter().sum::<f64>() / lengths.len() as f64;
        Self { postings, lengths, mean_length }
    }

    fn top(&self, terms: &[String], count: usize) -> Vec<usize> {
        let (k1, b) = (1.2, 0.75);
        let mut scores = vec![0.0; self.lengths.len()];
        for list in terms.iter().filter_map(|term| self.postings.get(term)) {
            let df = list.len() as f64;
            let idf = (1.0 + (self.lengths.len() as f64 - df + 0.5) / (df + 0.5)).ln();
            for (id, tf) in list {
                let norm = k1 * (1.0 - b + b * self.lengths[*id] / self.mean_length);
                scores[*id] += idf * tf * (k1 + 1.0) / (tf + norm);
            }
        }
        let mut order: Vec<usize> = (0..scores.len()).filter(|id| scores[*id] > 0.0).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        order.truncate(count);
        order
    }
}
