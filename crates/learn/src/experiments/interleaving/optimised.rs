use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome};
use types::Rng;

use super::Slot;
use crate::experiments::{Fault, Result};

/// How a click on an item is credited, from its ranks in both rankings (one past the end where it is not in one).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CreditKind {
    /// 1 for the ranking that has it higher, 0 where both agree.
    Binary,
    /// The difference of the ranks.
    LinearRank,
    /// The difference of the inverse ranks.
    InverseRank,
}

/// Longest list that is interleaved: the lists to choose from double with each place.
pub const LENGTH_MAX: usize = 10;

/// A distribution over all lists that two rankings allow, under which a shopper who clicks at random prefers neither, and
/// which tells most (Radlinski and Craswell 2013, "Optimized interleaving for online retrieval evaluation", WSDM).
///
/// Allowed is every list of which each place holds the best remaining item of one of the rankings. Fair
/// means that for each `k` the credits of the first `k` places are expected to sum to 0. Most telling is the
/// list for which it is least certain who gets the credit of a click, if places are clicked in proportion to `1/place`:
/// the entropy of the two sides' parts, times the chance that the click is credited at all. What maximises
/// it under fairness is a linear programme. With [`CreditKind::Binary`] some pairs of rankings have no fair distribution.
#[derive(Clone, PartialEq, Debug)]
pub struct Optimised<T> {
    lists: Vec<Vec<Slot<T>>>,
    probabilities: Vec<f64>,
}

impl<T: Copy + Eq> Optimised<T> {
    /// Finds the distribution for the first `length` places (1 to [`LENGTH_MAX`]). Rankings name no item twice.
    ///
    /// # Errors
    /// A length out of range, two empty rankings, or [`Fault::Unfair`] where no fair distribution exists for these
    /// rankings and this credit; [`team_draft`](super::team_draft) always exists.
    pub fn new(first: &[T], second: &[T], length: usize, kind: CreditKind) -> Result<Self> {
        let field = |field, expected, got: usize| Fault::Field { field, expected, got: got.to_string() };
        if !(1..=LENGTH_MAX).contains(&length) {
            return Err(field("length", "1 to 10", length));
        }
        if first.is_empty() && second.is_empty() {
            return Err(field("rankings", "an item in one of them", 0));
        }
        let mut lists = Vec::new();
        extend([first, second], length, &mut Vec::new(), &mut lists);
        let credit = |item: T| {
            let rank = |ranking: &[T]| ranking.iter().position(|other| *other == item).unwrap_or(ranking.len()) + 1;
            credited(kind, rank(first) as f64, rank(second) as f64)
        };
        let credited = |list: Vec<T>| list.into_iter().map(|item| Slot { item, credit: credit(item) }).collect();
        let lists: Vec<Vec<Slot<T>>> = lists.into_iter().map(credited).collect();
        let probabilities = most_telling(&lists)?;
        let kept = lists.into_iter().zip(probabilities).filter(|(_, probability)| *probability > 1e-9);
        let (lists, probabilities) = kept.unzip();
        Ok(Self { lists, probabilities })
    }

    /// The lists that are shown, each with its chance; the chances sum to 1.
    pub fn lists(&self) -> impl Iterator<Item = (&[Slot<T>], f64)> {
        self.lists.iter().map(Vec::as_slice).zip(self.probabilities.iter().copied())
    }

    /// Draws a list.
    pub fn draw(&self, rng: &mut Rng) -> &[Slot<T>] {
        let mut left = rng.unit() * self.probabilities.iter().sum::<f64>();
        let drawn = self.probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        &self.lists[drawn.unwrap_or(self.lists.len() - 1)]
    }
}

fn credited(kind: CreditKind, first: f64, second: f64) -> f64 {
    match kind {
        CreditKind::Binary if first == second => 0.0,
        CreditKind::Binary => (second - first).signum(),
        CreditKind::LinearRank => second - first,
        CreditKind::InverseRank => 1.0 / first - 1.0 / second,
    }
}

/// Adds every allowed list that begins with `begun`.
fn extend<T: Copy + Eq>(rankings: [&[T]; 2], length: usize, begun: &mut Vec<T>, lists: &mut Vec<Vec<T>>) {
    let next = rankings.map(|ranking| ranking.iter().copied().find(|item| !begun.contains(item)));
    let is_over = begun.len() == length || next == [None, None];
    if is_over {
        return lists.push(begun.clone());
    }
    let second = next[1].filter(|item| next[0] != Some(*item));
    for item in next[0].into_iter().chain(second) {
        begun.push(item);
        extend(rankings, length, begun, lists);
        begun.pop();
    }
}

/// How telling a list is, 0 to log 2.
fn sensitivity<T>(list: &[Slot<T>]) -> f64 {
    let clicks: f64 = (1..=list.len()).map(|place| 1.0 / place as f64).sum();
    let part = |is_for: fn(f64) -> bool| -> f64 {
        let places = list.iter().enumerate().filter(|(_, slot)| is_for(slot.credit));
        places.map(|(at, _)| 1.0 / (at + 1) as f64 / clicks).sum()
    };
    let (first, second) = (part(|credit| credit > 0.0), part(|credit| credit < 0.0));
    let decided = first + second;
    if first <= 0.0 || second <= 0.0 {
        return 0.0;
    }
    let entropy = |part: f64| -part / decided * (part / decided).ln();
    decided * (entropy(first) + entropy(second))
}

fn most_telling<T>(lists: &[Vec<Slot<T>>]) -> Result<Vec<f64>> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let variables: Vec<_> = lists.iter().map(|list| problem.add_var(sensitivity(list), (0.0, 1.0))).collect();
    problem.add_constraint(variables.iter().map(|variable| (*variable, 1.0)), ComparisonOp::Eq, 1.0);
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    for places in 1..=longest {
        let credit = |list: &Vec<Slot<T>>| list.iter().take(places).map(|slot| slot.credit).sum::<f64>();
        let terms = variables.iter().zip(lists).map(|(variable, list)| (*variable, credit(list)));
        let terms: Vec<_> = terms.filter(|(_, credit)| *credit != 0.0).collect();
        if !terms.is_empty() {
            problem.add_constraint(terms, ComparisonOp::Eq, 0.0);
        }
    }
    let Ok(SolveOutcome::Solution(solution)) = problem.solve() else { return Err(Fault::Unfair) };
    Ok(variables.iter().map(|variable| solution[*variable].clamp(0.0, 1.0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    #[test]
    fn the_allowed_lists_of_the_papers_example() {
        // Rankings a b c d and b d c a, of which the paper's figure shows the allowed lists beginning with a or b.
        let found = Optimised::new(&['a', 'b', 'c', 'd'], &['b', 'd', 'c', 'a'], 4, CreditKind::LinearRank).unwrap();
        let allowed = ["abcd", "abdc", "bacd", "badc", "bdac", "bdca"];
        for (list, _) in found.lists() {
            let list: String = list.iter().map(|slot| slot.item).collect();
            assert!(allowed.contains(&list.as_str()), "{list}");
        }
        let mut all = Vec::new();
        extend([&['a', 'b', 'c', 'd'], &['b', 'd', 'c', 'a']], 4, &mut Vec::new(), &mut all);
        let mut all: Vec<String> = all.into_iter().map(String::from_iter).collect();
        all.sort();
        assert_eq!(all, allowed);
    }

    #[test]
    fn equal_rankings_give_their_list_and_no_credit() {
        let found = Optimised::new(&[1, 2, 3], &[1, 2, 3], 3, CreditKind::Binary).unwrap();
        let lists: Vec<_> = found.lists().collect();
        assert_eq!(lists.len(), 1);
        assert!(lists[0].0.iter().all(|slot| slot.credit == 0.0));
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(Optimised::new(&[1], &[1], 0, CreditKind::Binary).is_err());
        assert!(Optimised::new(&[1], &[1], 11, CreditKind::Binary).is_err());
        assert!(Optimised::<u32>::new(&[], &[], 3, CreditKind::Binary).is_err());
    }

    #[test]
    fn fair_distributions_exist_for_rankings_of_the_same_items() {
        let mut rng = Rng::new(3);
        let mut unfair = [0; 2];
        for _ in 0..60 {
            let [mut first, mut second] = [(0..10u32).collect::<Vec<_>>(), (0..10).collect()];
            rng.shuffle(&mut first);
            rng.shuffle(&mut second);
            for (kind, unfair) in [CreditKind::LinearRank, CreditKind::InverseRank].into_iter().zip(&mut unfair) {
                *unfair += usize::from(Optimised::new(&first, &second, 6, kind).is_err());
            }
        }
        assert_eq!(unfair, [0; 2]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_shopper_who_clicks_at_random_prefers_neither(
            first in Just((0..8u32).collect::<Vec<_>>()).prop_shuffle(),
            second in Just((3..11u32).collect::<Vec<_>>()).prop_shuffle(),
            length in 1..=8usize,
            kind in prop::sample::select(vec![CreditKind::Binary, CreditKind::LinearRank, CreditKind::InverseRank]),
        ) {
            let found = match Optimised::new(&first, &second, length, kind) {
                Err(Fault::Unfair) => return Ok(()),
                found => found.unwrap(),
            };
            prop_assert!((found.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
            for places in 1..=length {
                let credit = |list: &[Slot<u32>]| list.iter().take(places).map(|slot| slot.credit).sum::<f64>();
                let expected: f64 = found.lists().map(|(list, probability)| probability * credit(list)).sum();
                prop_assert!(expected.abs() < 1e-6, "{places}: {expected}");
            }
        }
    }
}
