use std::sync::Arc;

use types::{Millis, Row, Rows};

/// What was typed, as far as features need it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AskedQuery {
    /// A hash of the normalised text, the same on every machine.
    pub hash: u64,
    /// Its length in words; two Chinese characters are one.
    pub words: f32,
}

/// What became of searches, query by query, for features: how often each was asked, and what was shown and clicked.
///
/// Memory is bounded: 65,536 places of at most [`QUERIES_A_PLACE`] queries with at most [`ITEMS`] items each, at most
/// 80 MB; where a place is full, the query that was asked least of late goes, and of a query's items the one that was
/// clicked least. No text is kept, only hashes.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskedQueries(pub(crate) Rows<Option<Arc<Vec<Asked>>>>);

const PLACES: u64 = 1 << 16;
pub(crate) const QUERIES_A_PLACE: usize = 4;
pub(crate) const ITEMS: usize = 24;
/// Seconds after which a click counts 1/e.
const FADE_SECONDS: f32 = 30.0 * 86_400.0;

/// One query; counts are faded to `seconds`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) hash: u64,
    pub(crate) seconds: u32,
    pub(crate) searches: f32,
    pub(crate) clicks: f32,
    pub(crate) items: Vec<AskedItem>,
}

/// What became of an item that was shown for a query.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct AskedItem {
    pub(crate) item: Row,
    pub(crate) clicks: f32,
    pub(crate) examined: f32,
}

impl AskedQueries {
    /// Takes in an answer: the items shown with the probability that each was looked at.
    pub(crate) fn answered(&mut self, query: u64, time: Millis, examined: impl Iterator<Item = (Row, f32)>) {
        let asked = self.entry(query, time);
        asked.searches += 1.0;
        for (item, examined) in examined {
            asked.item(item, 0.0, examined);
        }
    }

    /// Takes in a click (or more) on an item that was found by a query.
    pub(crate) fn clicked(&mut self, query: u64, time: Millis, item: Row) {
        let asked = self.entry(query, time);
        asked.clicks += 1.0;
        asked.item(item, 1.0, 0.0);
    }

    /// What is known of a query.
    pub(crate) fn get(&self, query: u64) -> Option<&Asked> {
        self.0.get(place(query))?.as_ref()?.iter().find(|asked| asked.hash == query)
    }

    fn entry(&mut self, query: u64, time: Millis) -> &mut Asked {
        let seconds = crate::history::to_seconds(time);
        let queries = Arc::make_mut(self.0.get_mut(place(query)).get_or_insert_default());
        let at = queries.iter().position(|asked| asked.hash == query).unwrap_or_else(|| {
            let fresh = Asked { hash: query, seconds, ..Asked::default() };
            if queries.len() < QUERIES_A_PLACE {
                queries.push(fresh);
                return queries.len() - 1;
            }
            let asked_of_late = |asked: &Asked| asked.searches * fade(asked.seconds, seconds);
            let least =
                (0..queries.len()).min_by(|a, b| asked_of_late(&queries[*a]).total_cmp(&asked_of_late(&queries[*b])));
            let least = least.unwrap_or_default();
            queries[least] = fresh;
            least
        });
        queries[at].fade_to(seconds);
        &mut queries[at]
    }
}

impl Asked {
    /// How much searches and clicks are worth at `now`.
    pub(crate) fn fade(&self, now: Millis) -> f32 {
        fade(self.seconds, crate::history::to_seconds(now))
    }

    /// What is known of an item.
    pub(crate) fn of(&self, item: Row) -> Option<&AskedItem> {
        self.items.iter().find(|known| known.item == item)
    }

    fn fade_to(&mut self, seconds: u32) {
        if seconds <= self.seconds {
            return;
        }
        let fade = fade(self.seconds, seconds);
        self.searches *= fade;
        self.clicks *= fade;
        for item in &mut self.items {
            item.clicks *= fade;
            item.examined *= fade;
        }
        self.seconds = seconds;
    }

    fn item(&mut self, item: Row, clicks: f32, examined: f32) {
        if let Some(known) = self.items.iter_mut().find(|known| known.item == item) {
            known.clicks += clicks;
            known.examined += examined;
            return;
        }
        let fresh = AskedItem { item, clicks, examined };
        if self.items.len() < ITEMS {
            self.items.push(fresh);
            return;
        }
        // What was only shown makes no room for itself at the cost of what was clicked.
        let worth = |known: &AskedItem| known.clicks + 0.05 * known.examined;
        let least = (0..self.items.len()).min_by(|a, b| worth(&self.items[*a]).total_cmp(&worth(&self.items[*b])));
        if let Some(least) = least.filter(|least| worth(&self.items[*least]) < worth(&fresh)) {
            self.items[least] = fresh;
        }
    }
}

fn place(query: u64) -> Row {
    // Hashes may differ in their high bits alone.
    Row(((query ^ (query >> 32) ^ (query >> 16)) % PLACES) as u32)
}

fn fade(from: u32, to: u32) -> f32 {
    (-(to.saturating_sub(from) as f32) / FADE_SECONDS).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_300_000_000_000);

    #[test]
    fn clicks_are_kept_by_query_and_fade() {
        let mut asked = AskedQueries::default();
        asked.answered(7, NOW, [(Row(1), 1.0), (Row(2), 0.5)].into_iter());
        asked.clicked(7, NOW, Row(2));
        let month = Millis(NOW.0 + 30 * Millis::DAY);
        asked.answered(7, month, [(Row(1), 1.0)].into_iter());
        let known = asked.get(7).unwrap();
        assert!((known.searches - 1.3679).abs() < 1e-3 && (known.clicks - 0.3679).abs() < 1e-3, "{known:?}");
        assert!((known.of(Row(2)).unwrap().clicks - 0.3679).abs() < 1e-3);
        assert!((known.of(Row(1)).unwrap().examined - 1.3679).abs() < 1e-3);
        assert_eq!(asked.get(8), None);
    }

    #[test]
    fn is_bounded_and_keeps_what_is_asked_and_clicked_most() {
        let mut asked = AskedQueries::default();
        let same_place: Vec<u64> = (0..20).map(|at| at * PLACES).filter(|hash| place(*hash) == place(0)).collect();
        assert!(same_place.len() == 1, "such hashes are spread over the places");
        for query in 0..400_000u64 {
            asked.answered(query, NOW, std::iter::empty());
            asked.answered(3, NOW, std::iter::empty());
        }
        assert!(asked.get(3).is_some(), "asked most");
        let places: Vec<_> = asked.0.iter().flat_map(|(_, place)| place).collect();
        assert!(places.iter().all(|queries| queries.len() <= QUERIES_A_PLACE));
        assert!(places.len() <= PLACES as usize);
        asked.clicked(5, NOW, Row(0));
        asked.answered(5, NOW, (1..500).map(|item| (Row(item), 1.0)));
        let known = asked.get(5).unwrap();
        assert_eq!(known.items.len(), ITEMS);
        assert!(known.of(Row(0)).is_some());
    }
}
