use std::collections::VecDeque;

use super::greedy::{Chooser, arrange, largest};
use super::{Likeness, List, Reordered, SlateError, Why, dial};

/// Orders for variety by maximal marginal relevance (Carbonell and Goldstein 1998, SIGIR): at each place the item with the
/// most `(1 - d) r - d l`, with the dial `d`, the relevance `r` scaled to 0..1 over the list, and the likeness `l` to the
/// nearest of the `recent` items placed last, which is what a shopper sees at one glance.
///
/// # Errors
/// Where the dial is no share or `likeness` is of another number of items.
pub fn mmr(list: &List<'_>, likeness: &Likeness<'_>, recent: usize, weight: f64) -> Result<Reordered, SlateError> {
    likeness.check(list.len())?;
    if dial(weight)? == 0.0 {
        return Ok(Reordered::unchanged(list.len()));
    }
    let chooser = &mut Mmr { relevance: list.scaled(), likeness, room: recent, weight, recent: VecDeque::new() };
    Ok(arrange(list, chooser))
}

struct Mmr<'a> {
    relevance: Vec<f64>,
    likeness: &'a Likeness<'a>,
    room: usize,
    weight: f64,
    /// The items placed last, the latest first, with the likeness of every item to them: each pair is compared once.
    recent: VecDeque<(usize, Vec<f64>)>,
}

impl Mmr<'_> {
    /// The most like of the recent ones, and how like it is.
    fn nearest(&self, item: usize) -> (Option<usize>, f64) {
        self.recent.iter().fold((None, 0.0), |(nearest, most), (other, likenesses)| match likenesses[item] {
            likeness if likeness > most => (Some(*other), likeness),
            _ => (nearest, most),
        })
    }
}

impl Chooser for Mmr<'_> {
    fn choose(&mut self, _: usize, left: &[usize]) -> usize {
        let value = |item: &usize| (1.0 - self.weight) * self.relevance[*item] - self.weight * self.nearest(*item).1;
        largest(left.iter().map(value))
    }

    fn why(&self, _: usize, item: usize) -> Why {
        let (nearest, likeness) = self.nearest(item);
        Why::Unlike { nearest, likeness }
    }

    fn placed(&mut self, _: usize, item: usize) {
        if self.room == 0 {
            return;
        }
        if self.recent.len() == self.room {
            self.recent.pop_back();
        }
        let likenesses = (0..self.relevance.len()).map(|other| self.likeness.between(item, other)).collect();
        self.recent.push_front((item, likenesses));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists, random_labels};
    use super::*;
    use crate::slates::Labels;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let labels = [1, 1, 1, 2].map(|category| Labels { category: Some(category), brand: None });
        let list = List::new(&[1.0, 0.9, 0.8, 0.0], &[]).unwrap();
        let reordered = mmr(&list, &Likeness::labels(&labels), 4, 0.9).unwrap();
        assert_eq!(reordered.order, [0, 3, 1, 2]);
        assert_eq!(reordered.moves[0].why, Why::Unlike { nearest: None, likeness: 0.0 });
        assert_eq!(reordered.moves[1].why, Why::Passed { by: 3 });
        let pinned = List::new(&[1.0, 0.9, 0.8, 0.0], &[false, true, false, false]).unwrap();
        assert_eq!(mmr(&pinned, &Likeness::labels(&labels), 4, 0.9).unwrap().order, [0, 1, 3, 2]);
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0) {
            let labels = random_labels(relevance.len(), seed);
            let list = List::new(&relevance, &pinned).unwrap();
            check_laws(&list, weight, |weight| mmr(&list, &Likeness::labels(&labels), 4, weight));
        }
    }
}
