//! Which terms of one name are found in another.

use rustc_hash::FxHashSet;

use super::term::Term;

/// Neighbours are joined up to so many.
const JOINED_MAX: usize = 3;
/// Shorter beginnings of words are no abbreviations.
const PREFIX_CHARS_MIN: usize = 4;

/// Terms to look others up in.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    single: FxHashSet<Box<str>>,
    joined: FxHashSet<Box<str>>,
    /// Words long enough to be abbreviated or to be an abbreviation.
    long: Vec<Box<str>>,
}

impl Lookup {
    pub(super) fn new(terms: &[Term]) -> Self {
        let mut lookup = Self::default();
        for (at, term) in terms.iter().enumerate() {
            if is_long(term) {
                lookup.long.push(term.text.clone());
            }
            lookup.single.insert(term.text.clone());
            let mut joined = term.text.to_string();
            for next in terms.iter().skip(at + 1).take(JOINED_MAX - 1) {
                joined.push_str(&next.text);
                lookup.joined.insert(joined.as_str().into());
            }
        }
        lookup
    }

    pub(super) fn has(&self, term: &str) -> bool {
        self.single.contains(term)
    }

    /// For each term, whether it is here: as it is, joined (`printshop` for `print shop`, and the other way), or as the
    /// beginning of a longer word.
    pub(super) fn find(&self, terms: &[Term]) -> Vec<bool> {
        let mut found = vec![false; terms.len()];
        let mut at = 0;
        while at < terms.len() {
            let term = &terms[at];
            if self.single.contains(&term.text) || self.joined.contains(&term.text) {
                found[at] = true;
                at += 1;
                continue;
            }
            match self.joined_at(terms, at) {
                Some(count) => {
                    found[at..at + count].fill(true);
                    at += count;
                }
                None => {
                    found[at] = self.abbreviates(term);
                    at += 1;
                }
            }
        }
        found
    }

    fn joined_at(&self, terms: &[Term], at: usize) -> Option<usize> {
        (2..=JOINED_MAX.min(terms.len() - at)).rev().find(|count| {
            let joined: String = terms[at..at + count].iter().map(|term| &*term.text).collect();
            self.single.contains(joined.as_str())
        })
    }

    fn abbreviates(&self, term: &Term) -> bool {
        is_long(term) && self.long.iter().any(|known| known.starts_with(&*term.text) || term.text.starts_with(&**known))
    }
}

fn is_long(term: &Term) -> bool {
    !term.is_number && term.text.is_ascii() && term.text.len() >= PREFIX_CHARS_MIN
}
