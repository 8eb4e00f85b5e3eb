//! Passages of a few texts, found by their words.
//!
//! The word index of the catalogue lives on disk and is made for millions of items; a shop's texts about itself are a handful,
//! so they are scored here by plain BM25 over a table in memory.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use text::MixedAnalyzer;
use types::{Analyzer as _, Language};

use super::ShopPolicy;

/// BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"): how soon further occurrences of a term count
/// less, and how much long passages are held back.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// A word of the title counts as so many of the passage: it says what all of the text is about.
const TITLE_WEIGHT: f32 = 2.0;
/// Characters of a passage from which on it ends with the sentence.
const PASSAGE_CHARS: usize = 400;
/// What ends a sentence.
const ENDS: [char; 7] = ['.', '!', '?', '。', '！', '？', '；'];

/// The passages of some texts.
pub(super) struct Passages {
    passages: Vec<Passage>,
    /// Which passages have a term, and how much of it.
    postings: FxHashMap<Box<str>, Vec<(usize, f32)>>,
    /// Terms of a passage, on average.
    length_mean: f32,
}

struct Passage {
    /// The place of its text.
    policy: usize,
    text: String,
    /// Weighted terms.
    length: f32,
}

impl Passages {
    pub(super) fn new(policies: &[ShopPolicy]) -> Self {
        let mut made = Self { passages: Vec::new(), postings: FxHashMap::default(), length_mean: 1.0 };
        for (policy, of) in policies.iter().enumerate() {
            for text in cut(&of.text) {
                made.add(policy, &of.title, text);
            }
        }
        let lengths: f32 = made.passages.iter().map(|passage| passage.length).sum();
        made.length_mean = (lengths / made.passages.len().max(1) as f32).max(1.0);
        made
    }

    fn add(&mut self, policy: usize, title: &str, text: &str) {
        let mut terms: BTreeMap<String, f32> = BTreeMap::new();
        for (text, weight) in [(title, TITLE_WEIGHT), (text, 1.0)] {
            MixedAnalyzer::new().analyze(text, Language::Other, &mut |token| {
                *terms.entry(token.term.to_owned()).or_default() += weight;
            });
        }
        let (place, length) = (self.passages.len(), terms.values().sum());
        for (term, weight) in terms {
            self.postings.entry(term.into()).or_default().push((place, weight));
        }
        self.passages.push(Passage { policy, text: text.to_owned(), length });
    }

    /// The best passage of each text that has words of a question: the place of the text, the passage, its score.
    pub(super) fn search(&self, question: &str, limit: usize) -> Vec<(usize, String, f32)> {
        let mut terms = BTreeSet::new();
        MixedAnalyzer::new().analyze_query(question, Language::Other, &mut |token| {
            terms.insert(token.term.to_owned());
        });
        let mut scores: BTreeMap<usize, f32> = BTreeMap::new();
        for postings in terms.iter().filter_map(|term| self.postings.get(term.as_str())) {
            let (all, with) = (self.passages.len() as f32, postings.len() as f32);
            let idf = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
            for (place, weight) in postings {
                let held_back = K1 * (1.0 - B + B * self.passages[*place].length / self.length_mean);
                *scores.entry(*place).or_default() += idf * weight * (K1 + 1.0) / (weight + held_back);
            }
        }
        let mut best: Vec<(usize, f32)> = scores.into_iter().collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut seen = BTreeSet::new();
        best.retain(|(place, _)| seen.insert(self.passages[*place].policy));
        best.truncate(limit);
        let found = best.into_iter().map(|(place, score)| {
            let passage = &self.passages[place];
            (passage.policy, passage.text.clone(), score)
        });
        found.collect()
    }
}

/// The passages of a text: what stands between empty lines, cut after a sentence where it is long.
fn cut(text: &str) -> Vec<&str> {
    let mut passages = Vec::new();
    let mut begin = 0;
    let (mut chars, mut is_blank_line) = (0, false);
    for (at, letter) in text.char_indices() {
        let ends_paragraph = letter == '\n' && is_blank_line;
        is_blank_line = if letter == '\n' { true } else { is_blank_line && letter.is_whitespace() };
        chars += 1;
        let after = at + letter.len_utf8();
        // `3.5` is no end of a sentence.
        let ends_sentence = ENDS.contains(&letter)
            && !text[after..].starts_with(|next: char| next.is_alphanumeric() && next.is_ascii());
        if ends_paragraph || (chars >= PASSAGE_CHARS && (ends_sentence || letter == '\n' || chars >= 2 * PASSAGE_CHARS))
        {
            passages.push(text[begin..after].trim());
            (begin, chars) = (after, 0);
        }
    }
    passages.push(text[begin..].trim());
    passages.retain(|passage| !passage.is_empty());
    passages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(id: &str, title: &str, text: &str) -> ShopPolicy {
        let (id, title, text) = (id.to_owned(), title.to_owned(), text.to_owned());
        ShopPolicy { id, title, text, language: Language::Other, url: None }
    }

    #[test]
    fn the_passage_that_speaks_of_it_comes_first() {
        let policies = [
            policy(
                "returns",
                "Returns",
                "Unworn shoes can be returned within 30 days.\n\nSale items cannot be exchanged.",
            ),
            policy("shipping", "Shipping", "Orders over 50 euros are shipped free of charge. Others cost 4.90."),
            policy("退货", "退货政策", "七天无理由退货，运费由买家承担。\n\n内衣不支持退货。"),
            policy("发票", "发票", "所有订单均可开具电子发票。"),
        ];
        let passages = Passages::new(&policies);
        let check = |question: &str, policy: usize, part: &str| {
            let found = passages.search(question, 3);
            assert!(
                found.first().is_some_and(|(place, text, _)| *place == policy && text.contains(part)),
                "{question} {found:?}"
            );
        };
        check("Can I return shoes?", 0, "Unworn shoes");
        check("exchange a sale item", 0, "Sale items");
        check("how much is shipping", 1, "4.90");
        check("可以七天无理由退货吗", 2, "七天");
        check("内衣能退吗", 2, "内衣");
        check("怎么开发票", 3, "电子发票");
        assert!(passages.search("太空飞船", 3).is_empty() && passages.search("", 3).is_empty());
        assert!(Passages::new(&[]).search("returns", 3).is_empty());
    }

    #[test]
    fn long_texts_are_cut_after_sentences() {
        assert_eq!(cut("one\n \ntwo\nstill two\n\n\n"), ["one", "two\nstill two"]);
        let sentence = "包裹会在三个工作日内送达，价格为3.5元。".repeat(60);
        let parts = cut(&sentence);
        assert!(parts.len() > 2 && parts.iter().all(|part| part.ends_with("元。")), "{parts:?}");
        assert_eq!(parts.concat(), sentence);
        assert!(cut(&"长".repeat(20_000)).iter().all(|part| part.chars().count() <= 2 * PASSAGE_CHARS));
        assert!(cut(" \n ").is_empty());
    }
}
