use rustc_hash::FxHashMap;
use types::Row;

/// What several items together say for another one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Vote {
    /// The item spoken for.
    pub item: Row,
    /// Sum of all parts.
    pub score: f32,
    /// The item with the largest part.
    pub because: Row,
}

#[derive(Clone, Copy, Debug)]
struct Tally {
    score: f32,
    because: Row,
    part_max: f32,
}

/// Adds up votes item by item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Votes(FxHashMap<Row, Tally>);

impl Votes {
    pub(crate) fn add(&mut self, item: Row, part: f32, because: Row) {
        let tally = self.0.entry(item).or_insert(Tally { score: 0.0, because, part_max: f32::NEG_INFINITY });
        tally.score += part;
        if part > tally.part_max {
            (tally.because, tally.part_max) = (because, part);
        }
    }

    /// Multiplies what was said for `item`, if anything was.
    pub(crate) fn raise(&mut self, item: Row, factor: f32) {
        if let Some(tally) = self.0.get_mut(&item) {
            tally.score *= factor;
        }
    }

    /// The `limit` best with a score above 0, best first, ties by row.
    pub(crate) fn top(&self, limit: usize, keep: impl Fn(Row) -> bool) -> Vec<Vote> {
        let votes = self.0.iter().filter(|(item, tally)| tally.score > 0.0 && keep(**item));
        let votes = votes.map(|(item, tally)| Vote { item: *item, score: tally.score, because: tally.because });
        best(votes.collect(), limit, |vote| (vote.score, vote.item))
    }
}

/// The `limit` entries of the largest score, best first, ties by row.
pub(crate) fn best<T>(mut entries: Vec<T>, limit: usize, key: impl Fn(&T) -> (f32, Row)) -> Vec<T> {
    let order = |a: &T, b: &T| {
        let ((score_a, row_a), (score_b, row_b)) = (key(a), key(b));
        score_b.total_cmp(&score_a).then(row_a.cmp(&row_b))
    };
    if limit < entries.len() {
        if limit == 0 {
            return Vec::new();
        }
        entries.select_nth_unstable_by(limit - 1, order);
        entries.truncate(limit);
    }
    entries.sort_unstable_by(order);
    entries
}
