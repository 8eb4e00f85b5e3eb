//! Neighbours that tell which meaning a word has: "apple" beside "cider" is not the brand.

use std::collections::HashMap;

/// Words seen fewer times beside a phrase tell nothing.
const SEEN_MIN: u32 = 3;
/// A phrase keeps the words that tell most.
const WORDS_MAX: usize = 64;
/// So many different words are counted beside one phrase while learning; it bounds memory.
const COUNTED_MAX: usize = 4_096;
/// No word alone, and not all together, may move the log-odds further.
const WORD_CHANGE_MAX: f64 = 2.0;
const CHANGE_MAX: f64 = 5.0;
/// Weaker words are not kept.
const CHANGE_MIN: f64 = 0.5;

/// By word: the change in log-odds of the meaning.
pub(super) struct Context {
    changes: HashMap<Box<str>, f32>,
}

impl Context {
    /// The share `estimate` corrected by the words around, with the words that changed it.
    pub(super) fn apply<'a>(&self, estimate: f64, words: impl Iterator<Item = &'a str>) -> (f64, Vec<(String, f32)>) {
        let mut told: Vec<(String, f32)> = Vec::new();
        for word in words {
            if let Some(change) = self.changes.get(word)
                && told.iter().all(|(known, _)| known != word)
            {
                told.push((word.to_owned(), *change));
            }
        }
        let change: f64 = told.iter().map(|(_, change)| f64::from(*change)).sum();
        let sure = estimate.clamp(1e-4, 1.0 - 1e-4);
        let odds = (sure / (1.0 - sure)).ln() + change.clamp(-CHANGE_MAX, CHANGE_MAX);
        (1.0 / (1.0 + (-odds).exp()), told)
    }
}

/// Counts of the words beside a phrase, in items that agree with a meaning and in those that do not.
#[derive(Default)]
pub(super) struct ContextCounts {
    agreeing: u32,
    other: u32,
    words: HashMap<Box<str>, (u32, u32)>,
}

impl ContextCounts {
    /// Counts an item.
    pub(super) fn add<'a>(&mut self, agrees: bool, words: impl Iterator<Item = &'a str>) {
        if agrees {
            self.agreeing += 1;
        } else {
            self.other += 1;
        }
        for word in words {
            let full = self.words.len() >= COUNTED_MAX;
            let entry = match self.words.get_mut(word) {
                Some(entry) => entry,
                None if full => continue,
                None => self.words.entry(word.into()).or_default(),
            };
            if agrees {
                entry.0 += 1;
            } else {
                entry.1 += 1;
            }
        }
    }

    /// What the words tell, as naive Bayes: ln P(word | agrees) − ln P(word | does not), each share smoothed by one item
    /// that has the word as often as all do.
    pub(super) fn finish(self) -> Option<Context> {
        let (agreeing, other) = (f64::from(self.agreeing), f64::from(self.other));
        let usual = |seen: (u32, u32)| f64::from(seen.0 + seen.1) / (agreeing + other);
        let change = |seen: (u32, u32)| {
            let smoothed = |count: u32, total: f64| (f64::from(count) + usual(seen)) / (total + 1.0);
            (smoothed(seen.0, agreeing) / smoothed(seen.1, other)).ln().clamp(-WORD_CHANGE_MAX, WORD_CHANGE_MAX)
        };
        let telling = self.words.into_iter().filter(|(_, seen)| seen.0 + seen.1 >= SEEN_MIN);
        let mut changes: Vec<(Box<str>, f64)> = telling.map(|(word, seen)| (word, change(seen))).collect();
        changes.retain(|(_, change)| change.abs() >= CHANGE_MIN);
        changes.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
        changes.truncate(WORDS_MAX);
        let changes: HashMap<Box<str>, f32> = changes.into_iter().map(|(word, change)| (word, change as f32)).collect();
        (!changes.is_empty()).then_some(Context { changes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_decide() {
        let mut counts = ContextCounts::default();
        for _ in 0..20 {
            counts.add(true, ["watch", "case"].into_iter());
            counts.add(false, ["cider", "vinegar"].into_iter());
        }
        let context = counts.finish().unwrap();
        let (brand, told) = context.apply(0.5, ["watch", "cheap"].into_iter());
        assert!(brand > 0.85 && told.len() == 1, "{brand} {told:?}");
        assert!(context.apply(0.5, ["cider"].into_iter()).0 < 0.15);
        assert_eq!(context.apply(0.5, ["cheap"].into_iter()).0, 0.5);
    }
}
