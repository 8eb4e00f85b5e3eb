use std::fmt::Debug;

use types::{Millis, Row, Touch};

use super::ItemContents;
use crate::votes::best;

/// What a recommender is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What is known of the shopper, the item touched last first; the seed items of a page about items. Empty for a stranger.
    pub history: &'a [Touch],
    /// When it is asked.
    pub now: Millis,
}

/// What a part of a history says for an item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// The item of the history; `None` for what does not depend on the history.
    pub because: Option<Row>,
    /// Its part of the score; negative where it speaks against.
    pub part: f32,
}

/// A trained recommender: immutable, and asked with a history, never with a user's number, so that a guest's first click
/// counts at once and a new user needs no training.
pub trait Model: Send + Sync + Debug {
    /// The name of its method, see [`METHODS`](super::METHODS).
    fn name(&self) -> &'static str;

    /// Items it was trained for; newer ones have no score.
    fn items(&self) -> usize;

    /// Writes the score of each item; larger is better, finite. 0 is what nothing speaks for, except where a method says
    /// otherwise. Items of the history are scored like others. Items of the history that the model does not know are
    /// passed over.
    ///
    /// # Panics
    /// Where `scores` has not [`Model::items`] places: the caller's bug.
    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]);

    /// The `limit` best items that `is_open`, best first, ties by row. Items that nothing speaks for (see
    /// [`Model::score`]) are left out.
    fn recommend(&self, ask: &Ask<'_>, limit: usize, is_open: &dyn Fn(Row) -> bool) -> Vec<(Row, f32)> {
        let mut scores = vec![0.0; self.items()];
        self.score(ask, &mut scores);
        top(&scores, limit, is_open)
    }

    /// Why an item has its score: parts that add up to it (to 1e-4 of the largest part) where the method is linear, what it
    /// loses without each item of the history else. The largest first by amount.
    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        occlude(self, ask, item)
    }

    /// Scores of `items` items that came after training, by what they are: comparable with [`Model::score`]'s. `None` where
    /// the method looks at nothing but interactions.
    fn score_new(&self, _ask: &Ask<'_>, _contents: &ItemContents, _items: usize) -> Option<Vec<f32>> {
        None
    }

    /// What its training found that people should know, a line each.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Bytes for the artefact registry, read again by [`Method::decode`](super::Method).
    fn encode(&self) -> Vec<u8>;
}

/// The `limit` largest of `scores` that are not 0 and `is_open`, best first, ties by row.
pub fn top(scores: &[f32], limit: usize, is_open: &dyn Fn(Row) -> bool) -> Vec<(Row, f32)> {
    if limit == 0 {
        return Vec::new();
    }
    // Most items are far below the best: what cannot be among them is not kept. Twice the limit is kept between cuts.
    let mut kept: Vec<(Row, f32)> = Vec::with_capacity(2 * limit.min(scores.len()));
    let mut least = f32::NEG_INFINITY;
    for (index, score) in scores.iter().enumerate() {
        let row = Row(index as u32);
        if *score == 0.0 || *score <= least || !is_open(row) {
            continue;
        }
        kept.push((row, *score));
        if kept.len() >= 2 * limit {
            kept = best(kept, limit, |(row, score)| (*score, *row));
            least = kept.last().map_or(least, |(_, score)| *score);
        }
    }
    best(kept, limit, |(row, score)| (*score, *row))
}

/// What the score of `item` loses without each item of the history.
fn occlude<M: Model + ?Sized>(model: &M, ask: &Ask<'_>, item: Row) -> Vec<Share> {
    /// Items of the history that are left out in turn, the last ones.
    const LEFT_OUT: usize = 50;
    if item.index() >= model.items() {
        return Vec::new();
    }
    let mut scores = vec![0.0; model.items()];
    model.score(ask, &mut scores);
    let whole = scores[item.index()];
    let mut shares: Vec<Share> = Vec::new();
    for left_out in 0..ask.history.len().min(LEFT_OUT) {
        let mut rest = ask.history.to_vec();
        let because = rest.remove(left_out).item;
        model.score(&Ask { history: &rest, ..*ask }, &mut scores);
        shares.push(Share { because: Some(because), part: whole - scores[item.index()] });
    }
    shares.retain(|share| share.part != 0.0);
    sort_shares(&mut shares);
    shares
}

/// The largest first by amount, ties by item.
pub fn sort_shares(shares: &mut [Share]) {
    shares.sort_by(|a, b| b.part.abs().total_cmp(&a.part.abs()).then(a.because.cmp(&b.because)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_best_that_are_open() {
        let scores = [0.5, -1.0, 0.0, 2.0, 0.5, 0.7];
        let rows = |limit| top(&scores, limit, &|row| row != Row(5)).iter().map(|(row, _)| row.0).collect::<Vec<_>>();
        assert_eq!((rows(0), rows(2), rows(9)), (vec![], vec![3, 0], vec![3, 0, 4, 1]));
    }

    proptest! {
        #[test]
        fn top_is_the_head_of_the_order(scores in prop::collection::vec(-4i8..5, 0..60), limit in 0usize..10) {
            let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
            let mut all: Vec<(Row, f32)> = (0..).map(Row).zip(scores.iter().copied()).filter(|(_, score)| *score != 0.0).collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(limit);
            prop_assert_eq!(top(&scores, limit, &|_| true), all);
        }
    }
}
