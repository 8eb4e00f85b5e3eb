use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use super::profile::{Profile, Record, WeighedGrams, WeighedTerm};
use super::term::{Term, folded, grams, terms};
use super::variation;

/// How common terms and character n-grams are in a catalogue. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    records: u32,
    terms: FxHashMap<Box<str>, u32>,
    grams: FxHashMap<u64, u32>,
}

impl Corpus {
    /// Counts over the names of a catalogue's items.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut counts = Counts::default();
        for name in names {
            counts.records = counts.records.saturating_add(1);
            let folded = folded(name);
            let mut words: Vec<Box<str>> = terms(&folded).into_iter().map(|term| term.text).collect();
            words.sort_unstable();
            words.dedup();
            for word in words {
                *counts.terms.entry(word).or_default() += 1;
            }
            for (gram, _) in grams(&folded) {
                *counts.grams.entry(gram).or_default() += 1;
            }
        }
        Self { counts: Arc::new(counts) }
    }

    /// What of a record takes part in comparisons.
    pub fn profile(&self, record: &Record<'_>) -> Profile {
        let whole = self.text_profile(record.name, record.brand);
        let (axes, core) = variation::read(record.name, record.attributes);
        let core = core.map(|core| self.text_profile(&core, record.brand));
        Profile { whole, core, axes, price: record.price.filter(|price| *price > 0.0 && price.is_finite()) }
    }

    /// What finds names worth comparing with this one, with how much each is worth (0 to 1): its words, neighbouring words
    /// together, because two common words may be a rare pair, and the whole name.
    pub fn keys(&self, name: &str) -> Vec<(u64, f32)> {
        let terms = self.weighed_terms(terms(&folded(name)));
        let key = |words: &[WeighedTerm]| {
            let mut hasher = FxHasher::default();
            words.iter().for_each(|word| word.term.text.hash(&mut hasher));
            (hasher.finish(), words.iter().map(|word| word.rarity).sum::<f32>() / words.len().max(1) as f32)
        };
        let singles = terms.chunks(1).map(key);
        // A pair is not worth what both its words are, of which it consists.
        let pairs = terms.windows(2).map(key).map(|(key, rarity)| (key, rarity / 2.0));
        let whole = (terms.len() > 2).then(|| (key(&terms).0, 1.0));
        singles.chain(pairs).chain(whole).collect()
    }

    /// How rare a term is: 0 in every name, 1 in none.
    pub fn rarity(&self, term: &str) -> f32 {
        self.share_of_rarity(self.counts.terms.get(term).copied().unwrap_or(0))
    }

    pub(super) fn weighed_terms(&self, terms: Vec<Term>) -> Vec<WeighedTerm> {
        terms.into_iter().map(|term| WeighedTerm { rarity: self.rarity(&term.text), term }).collect()
    }

    pub(super) fn weighed_grams(&self, folded: &str) -> WeighedGrams {
        let weigh = |(key, count): (u64, u16)| {
            let rarity = self.share_of_rarity(self.counts.grams.get(&key).copied().unwrap_or(0));
            (key, rarity * f32::from(count))
        };
        WeighedGrams::new(grams(folded).into_iter().map(weigh).collect())
    }

    /// ln((N + 1) / (n + .5)), the inverse document frequency, as a share of its largest value, so that thresholds learnt
    /// in one catalogue hold in another of another size.
    fn share_of_rarity(&self, count: u32) -> f32 {
        let records = f64::from(self.counts.records) + 1.0;
        let idf = (records / (f64::from(count) + 0.5)).ln();
        (idf / (records / 0.5).ln()).clamp(0.0, 1.0) as f32
    }
}
