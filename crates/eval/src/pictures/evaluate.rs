use std::collections::BTreeMap;

use neural::image::{JointSpace, cosine};
use rayon::prelude::*;

use super::encode::PictureVectors;
use super::queries::PictureQueryCase;
use crate::report::{Bootstrap, Report, summarise};
use crate::statistics::Scores;
use crate::{Error, Result};

/// How deep lists are looked at.
const DEPTHS: [usize; 3] = [1, 10, 100];

/// Choices of an evaluation of pictures.
#[derive(Clone, Debug)]
pub struct PictureOptions {
    /// Column that says what kind of thing a product is.
    pub category: String,
    /// How many held-out products are searched: one table row for each size; larger ones than there are mean all.
    pub sizes: Vec<usize>,
    /// How intervals are found.
    pub bootstrap: Bootstrap,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self { category: "articleType".to_owned(), sizes: vec![1_000, 4_444], bootstrap: Bootstrap::default() }
    }
}

/// What is searched: the held-out products with their vectors in the joint space.
struct HeldOut<'a> {
    data: &'a PictureVectors,
    products: Vec<usize>,
    texts: Vec<Vec<f32>>,
    pictures: Vec<Vec<f32>>,
    /// Number of each product's kind.
    kinds: Vec<usize>,
}

/// Measures how well texts find pictures and the other way round, among products that nothing was learnt from (`held_out`,
/// in the order they were drawn), beside chance and beside knowing the category. `queries` add searches in words whose
/// right answers attributes tell.
///
/// # Errors
/// No held-out product with a text, or a network that fails.
pub fn evaluate_pictures(
    data: &PictureVectors,
    held_out: &[usize],
    space: &JointSpace,
    queries: &[PictureQueryCase],
    options: &PictureOptions,
) -> Result<Vec<Report>> {
    let mut sizes: Vec<usize> = options.sizes.iter().map(|size| (*size).min(held_out.len())).collect();
    sizes.dedup();
    let mut reports = Vec::new();
    for size in sizes {
        let part = HeldOut::of(data, &held_out[..size], space, &options.category)?;
        let count = part.products.len();
        let report = |method: &str, scores: &Scores| Report {
            dataset: super::name_of(data, count),
            protocol: "pictures".to_owned(),
            method: method.to_owned(),
            queries: scores.len(),
            metrics: summarise(scores, options.bootstrap),
            remarks: Vec::new(),
        };
        reports.push(report(
            "text to picture",
            &recalls(count, |at, other| cosine(&part.texts[at], &part.pictures[other])),
        ));
        reports.push(report(
            "picture to text",
            &recalls(count, |at, other| cosine(&part.pictures[at], &part.texts[other])),
        ));
        let same_kind = |at: usize, other: usize| if part.kinds[at] == part.kinds[other] { 1.0 } else { 0.0 };
        reports.push(report("category only", &recalls(count, same_kind)));
        reports.push(report("random", &recalls(count, |_, _| 0.0)));
        let raw = |at: usize| &data.picture_vectors[part.products[at]];
        let text = |at: usize| &data.texts[data.texts_of[part.products[at]][0]];
        let twins = twins(count, text);
        let joint = |at: usize, other: usize| cosine(&part.pictures[at], &part.pictures[other]);
        reports.push(report("picture to picture (joint)", &recalls_of(&twins, count, joint)));
        let encoder = |at: usize, other: usize| cosine(raw(at), raw(other));
        reports.push(report("picture to picture (encoder alone)", &recalls_of(&twins, count, encoder)));
        for (method, in_english) in [("queries", false), ("queries in English", true)] {
            let scores = answered(&part, space, queries, in_english)?;
            if !scores.is_empty() {
                reports.push(report(method, &scores));
            }
        }
    }
    Ok(reports)
}

impl<'a> HeldOut<'a> {
    fn of(data: &'a PictureVectors, held_out: &[usize], space: &JointSpace, category: &str) -> Result<Self> {
        let has_text = |product: &&usize| data.texts_of.get(**product).is_some_and(|texts| !texts.is_empty());
        let products: Vec<usize> = held_out.iter().filter(has_text).copied().collect();
        if products.is_empty() {
            return Err(Error::Nothing("the held-out products".to_owned(), "none has a text"));
        }
        // One after another: a network run on rayon's threads takes up other work while it waits, and that within it.
        let texts = products.iter().map(|product| space.from_text(&data.text_vectors[data.texts_of[*product][0]]));
        let texts = texts.collect::<neural::Result<_>>()?;
        let pictures = products.iter().map(|product| space.from_picture(&data.picture_vectors[*product]));
        let pictures = pictures.collect::<neural::Result<_>>()?;
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let kinds = products.iter().map(|product| {
            let kind = data.products[*product].attributes.get(category).map_or("", String::as_str);
            let next = numbers.len();
            *numbers.entry(kind).or_insert(next)
        });
        let kinds = kinds.collect();
        Ok(Self { data, products, texts, pictures, kinds })
    }
}

/// Recall of each product's own counterpart. Where others score the same, chance decides between them, and the recall is
/// its expectation: with `b` better ones and `t` others as good it is (k - b) / (t + 1), between 0 and 1.
fn recalls(count: usize, score: impl Fn(usize, usize) -> f32 + Sync) -> Scores {
    let rows: Vec<[f64; 3]> = (0..count)
        .into_par_iter()
        .map(|at| {
            let own = score(at, at);
            let (mut better, mut equal) = (0usize, 0usize);
            for other in (0..count).filter(|other| *other != at) {
                let score = score(at, other);
                better += usize::from(score > own);
                equal += usize::from(score == own);
            }
            DEPTHS.map(|depth| ((depth as f64 - better as f64) / (equal as f64 + 1.0)).clamp(0.0, 1.0))
        })
        .collect();
    table(&rows)
}

/// Products that another one shares its text with, each with those others: what a picture should find.
fn twins<'a>(count: usize, text: impl Fn(usize) -> &'a String) -> Vec<(usize, Vec<usize>)> {
    let mut by_text: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    (0..count).for_each(|at| by_text.entry(text(at).as_str()).or_default().push(at));
    let others =
        |at: usize| by_text[text(at).as_str()].iter().copied().filter(|other| *other != at).collect::<Vec<_>>();
    (0..count).map(|at| (at, others(at))).filter(|(_, others)| !others.is_empty()).collect()
}

/// Share of each one's right answers among its nearest, of as many as there can be.
fn recalls_of(cases: &[(usize, Vec<usize>)], count: usize, score: impl Fn(usize, usize) -> f32 + Sync) -> Scores {
    let rows: Vec<[f64; 3]> = cases
        .par_iter()
        .map(|(at, right)| {
            let order = nearest((0..count).filter(|other| other != at), |other| score(*at, other));
            DEPTHS.map(|depth| {
                let found = order.iter().take(depth).filter(|other| right.contains(other)).count();
                found as f64 / right.len().min(depth) as f64
            })
        })
        .collect();
    table(&rows)
}

fn table(rows: &[[f64; 3]]) -> Scores {
    let mut scores = Scores::new(DEPTHS.map(|depth| format!("recall@{depth}")).to_vec());
    rows.iter().for_each(|row| scores.push(row));
    scores
}

/// The first hundred by score, best first; ties in order.
fn nearest(candidates: impl Iterator<Item = usize>, score: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut scored: Vec<(f32, usize)> = candidates.map(|at| (score(at), at)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.truncate(DEPTHS[2]);
    scored.into_iter().map(|(_, at)| at).collect()
}

/// Precision of searches in words: the share of right answers in the first and the first ten, beside what chance would
/// find. Queries that fewer than ten products answer are left out.
fn answered(part: &HeldOut<'_>, space: &JointSpace, queries: &[PictureQueryCase], in_english: bool) -> Result<Scores> {
    let mut scores = Scores::new(["precision@1", "precision@10", "precision by chance"].map(str::to_owned).to_vec());
    for query in queries {
        let is_right = |at: usize| query.is_met(&part.data.products[part.products[at]]);
        let right = (0..part.products.len()).filter(|at| is_right(*at)).count();
        if right < 10 {
            continue;
        }
        let vector = space.encode_query(if in_english { &query.english } else { &query.text })?;
        let order = nearest(0..part.products.len(), |at| cosine(&vector, &part.pictures[at]));
        let precision =
            |depth: usize| order.iter().take(depth).filter(|at| is_right(**at)).count() as f64 / depth as f64;
        scores.push(&[precision(1), precision(10), right as f64 / part.products.len() as f64]);
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_decided_by_chance() {
        let means = |scores: &Scores| scores.means().iter().map(|mean| (mean * 1e9).round() / 1e9).collect::<Vec<_>>();
        assert_eq!(means(&recalls(200, |_, _| 0.0)), [1.0 / 200.0, 10.0 / 200.0, 0.5]);
        assert_eq!(means(&recalls(200, |at, other| if at == other { 1.0 } else { 0.0 })), [1.0; 3]);
        // Four kinds of fifty each: knowing the kind is worth 1, 10 and 50 of 50.
        let by_kind = recalls(200, |at, other| if at % 4 == other % 4 { 1.0 } else { 0.0 });
        assert_eq!(means(&by_kind), [0.02, 0.2, 1.0]);
    }

    #[test]
    fn twins_are_found_by_their_pictures() {
        let texts: Vec<String> = ["red dress", "blue jeans", "red dress", "watch"].map(str::to_owned).to_vec();
        let twins = twins(4, |at| &texts[at]);
        assert_eq!(twins, [(0, vec![2]), (2, vec![0])]);
        let scores = recalls_of(&twins, 4, |at, other| if at + other == 2 { 1.0 } else { 0.0 });
        assert_eq!(scores.means(), [1.0, 1.0, 1.0]);
    }
}
