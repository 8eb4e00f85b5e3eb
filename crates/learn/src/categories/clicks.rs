use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Mass, merged};

/// Which categories the items lie in that were clicked after a query, with back-off from the query to its words, and from
/// these to the whole shop. Built once from counts, immutable, cheap to clone.
#[derive(Clone, Debug)]
pub struct CategoryClicks {
    config: ClicksConfig,
    queries: Arc<FxHashMap<Box<str>, Counts>>,
    words: Arc<FxHashMap<Box<str>, Counts>>,
    shop: Arc<Counts>,
}

/// How clicks are smoothed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClicksConfig {
    /// Clicks of a query at which they weigh as much as those of its words.
    pub query: f32,
    /// Clicks of a word at which they weigh as much as those of the whole shop.
    pub word: f32,
}

impl Default for ClicksConfig {
    fn default() -> Self {
        Self { query: 5.0, word: 5.0 }
    }
}

/// Where the clicks of a query fell.
#[derive(Clone, PartialEq, Debug)]
pub struct ClickMasses {
    /// Masses on categories, 1 in all at most: what words leave open is on none.
    pub masses: Vec<Mass>,
    /// Clicks that they stand on: the query's own, and of its words' those that speak about the query.
    pub clicks: f32,
}

/// Clicks by category.
#[derive(Clone, Default, PartialEq, Debug)]
struct Counts {
    all: f32,
    categories: Vec<Mass>,
}

impl CategoryClicks {
    /// Counts facts: a query as it is normalised for comparing, the category of an item that was clicked after it, and how
    /// often (or how much, where clicks fade). `words` parts a query into words, as it will for those asked later.
    pub fn new<'a, W: Iterator<Item = &'a str>>(
        facts: impl IntoIterator<Item = (&'a str, u32, f32)>,
        words: impl Fn(&'a str) -> W,
        config: ClicksConfig,
    ) -> Self {
        let (mut queries, mut by_word) = (FxHashMap::<&str, Counts>::default(), FxHashMap::<&str, Counts>::default());
        let mut shop = Counts::default();
        for (query, category, clicks) in facts {
            if !(clicks.is_finite() && clicks > 0.0) {
                continue;
            }
            queries.entry(query).or_default().categories.push((category, clicks));
            shop.categories.push((category, clicks));
            for word in words(query) {
                by_word.entry(word).or_default().categories.push((category, clicks));
            }
        }
        let owned = |counts: FxHashMap<&str, Counts>| {
            Arc::new(counts.into_iter().map(|(key, counts)| (Box::from(key), counts.summed())).collect())
        };
        Self { config, queries: owned(queries), words: owned(by_word), shop: Arc::new(shop.summed()) }
    }

    /// Whether no clicks are known.
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// Masses for a query q with words w, n being clicks and k the configuration's counts:
    ///
    /// `p(c|q) = (n(q,c) + k_q p(c|W)) / (n(q) + k_q)`,
    /// `p(c|W) = sum_w v(w) p(c|w) / sum_w v(w)`, `v(w)` = Kullback-Leibler divergence of `p(.|w)` from the shop's `p(.)`,
    /// `p(c|w) = (n(w,c) + k_w p(c)) / (n(w) + k_w)`
    ///
    /// (smoothing towards a broader distribution: MacKay and Peto 1995, "A hierarchical Dirichlet language model", Natural
    /// Language Engineering 1). A word that is clicked like the shop as a whole, such as "cheap", says nothing about
    /// categories and so has no voice. Nothing where neither the query nor a word that says something was clicked.
    pub fn masses<'a>(&self, query: &str, words: impl Iterator<Item = &'a str>) -> Option<ClickMasses> {
        // As many words as a query has that was not typed to do harm.
        let known = words.take(64).filter_map(|word| self.words.get(word));
        let voices: Vec<(f32, f32, Vec<Mass>)> = known.map(|counts| self.voice(counts)).collect();
        let voice: f32 = voices.iter().map(|(voice, ..)| voice).sum();
        let own = self.queries.get(query);
        let clicks = own.map_or(0.0, |own| own.all);
        let heard =
            voices.iter().map(|(voice, clicks, _)| if *voice > 0.01 { *clicks } else { 0.0 }).fold(0.0, f32::max);
        if clicks <= 0.0 && heard <= 0.0 {
            return None;
        }
        let mut masses = Vec::new();
        let trust = if voice > 0.0 { clicks / (clicks + self.config.query) } else { 1.0 };
        for (category, count) in own.iter().flat_map(|own| &own.categories) {
            masses.push((*category, trust * count / clicks));
        }
        for (own, _, shares) in &voices {
            masses.extend(
                shares.iter().map(|(category, share)| (*category, (1.0 - trust) * share * own / voice.max(1e-9))),
            );
        }
        Some(ClickMasses { masses: merged(masses), clicks: clicks + (1.0 - trust) * heard.min(self.config.query) })
    }

    /// A word's voice `v(w)`, its clicks and its `p(.|w)`. Of the shop's categories only those are named that the word was
    /// clicked in: the rest, `k_w / (n + k_w)` of the shop at most, says nothing about this query.
    fn voice(&self, counts: &Counts) -> (f32, f32, Vec<Mass>) {
        let (k, n) = (self.config.word, counts.all);
        let base = |category: u32| {
            let place = self.shop.categories.binary_search_by_key(&category, |(known, _)| *known);
            place.map_or(0.0, |at| self.shop.categories[at].1 / self.shop.all)
        };
        let shares: Vec<Mass> = counts
            .categories
            .iter()
            .map(|(category, count)| (*category, (count + k * base(*category)) / (n + k)))
            .collect();
        let named: f32 = shares.iter().map(|(category, _)| base(*category)).sum();
        let divergence: f32 = shares.iter().map(|(category, share)| share * (share / base(*category)).ln()).sum();
        // The categories that are not named have k / (n + k) of their base share each.
        let rest = (1.0 - named).max(0.0) * k / (n + k);
        let divergence = divergence + if rest > 0.0 { rest * (k / (n + k)).ln() } else { 0.0 };
        (divergence.max(0.0), n, shares)
    }
}

impl Counts {
    fn summed(self) -> Self {
        let categories = merged(self.categories);
        Self { all: categories.iter().map(|(_, clicks)| clicks).sum(), categories }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOES: u32 = 1;
    const DRESSES: u32 = 2;

    fn clicks() -> CategoryClicks {
        let facts = [
            ("red shoes", SHOES, 40.0),
            ("red dress", DRESSES, 40.0),
            ("running shoes", SHOES, 10.0),
            ("红色 连衣裙", DRESSES, 10.0),
            ("red shoes", DRESSES, 2.0),
            ("nothing", SHOES, f32::NAN),
        ];
        CategoryClicks::new(facts, |query: &str| query.split(' '), ClicksConfig::default())
    }

    fn share(found: &ClickMasses, category: u32) -> f32 {
        found.masses.iter().find(|(known, _)| *known == category).map_or(0.0, |(_, mass)| *mass)
    }

    #[test]
    fn a_query_is_read_by_its_clicks_and_a_new_one_by_its_words() {
        let clicks = clicks();
        let read = |query: &str| clicks.masses(query, query.split(' '));
        let known = read("red shoes").unwrap();
        assert!(share(&known, SHOES) > 0.9 && known.clicks > 40.0, "{known:?}");
        // "red" is clicked like the shop as a whole, so "dress" decides.
        let new = read("dress red cheap").unwrap();
        assert!(share(&new, DRESSES) > 0.85 * new.masses.iter().map(|(_, mass)| mass).sum::<f32>(), "{new:?}");
        assert!(new.clicks <= 5.0);
        assert!(share(&read("连衣裙").unwrap(), DRESSES) > 0.5);
        assert_eq!(read("nothing"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn hostile_queries_cost_little() {
        let query = "shoes ".repeat(10_000);
        assert!(clicks().masses(&query, query.split(' ')).is_some());
        assert!(!clicks().is_empty());
    }
}
