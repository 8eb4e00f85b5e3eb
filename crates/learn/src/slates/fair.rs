use super::error::{length, share};
use super::greedy::{Chooser, arrange};
use super::{List, Reordered, SlateError, Why};

/// How many of a protected group must stand among the first places, for each number of places (Zehlike et al. 2017, CIKM,
/// "FA*IR: a fair top-k ranking algorithm").
#[derive(Clone, PartialEq, Debug)]
pub struct FairTable {
    /// For the first `k` places, at `k - 1`.
    pub required: Vec<usize>,
    /// The significance of the test at each number of places.
    pub significance: f64,
    /// How likely a list in which every place is drawn with the group's share fails the test at some number of places.
    pub failure: f64,
}

impl FairTable {
    /// For each `k` up to `places` the least count `m` with `F(m; k, p) > α`, with the distribution function `F` of the
    /// binomial distribution and the group's share `p` (definition 3): where fewer stand there, a list drawn with that share
    /// is less likely than `α`.
    ///
    /// # Errors
    /// Where a number is no share, or the places are more than 1000, for which the search of [`FairTable::adjusted`] would take
    /// long.
    pub fn unadjusted(places: usize, group_share: f64, significance: f64) -> Result<Self, SlateError> {
        share("share", group_share)?;
        share("significance", significance)?;
        if places > PLACES_MAX {
            return Err(SlateError::Count { field: "places", expected: "at most 1000", got: places });
        }
        let required = required(places, group_share, significance);
        Ok(Self { failure: failure(&required, group_share), significance, required })
    }

    /// The same for all numbers of places at once: the significance of each test is lowered until a list drawn with that share
    /// fails some of them with a chance nearest to `significance` (section 4.2: many tests on one list would else refuse far
    /// more fair lists).
    ///
    /// # Errors
    /// As [`FairTable::unadjusted`].
    pub fn adjusted(places: usize, group_share: f64, significance: f64) -> Result<Self, SlateError> {
        let mut most = Self::unadjusted(places, group_share, significance)?;
        if most.failure <= significance {
            return Ok(most);
        }
        let mut least = Self::unadjusted(places, group_share, 0.0)?;
        let mass = |table: &Self| table.required.iter().sum::<usize>();
        // Tables change only at some significances; between neighbours, and where several places change at once, it ends.
        while mass(&most) - mass(&least) > 1 && most.significance - least.significance > f64::EPSILON {
            let middle = Self::unadjusted(places, group_share, f64::midpoint(least.significance, most.significance))?;
            if middle.failure < significance { least = middle } else { most = middle }
        }
        let is_least_nearer = significance - least.failure <= most.failure - significance;
        Ok(if is_least_nearer { least } else { most })
    }
}

const PLACES_MAX: usize = 1_000;

fn required(places: usize, share: f64, significance: f64) -> Vec<usize> {
    // `chances[m]`: that m of the first k are of the group; one more place is one more draw.
    let mut chances = vec![1.0];
    let mut required = Vec::with_capacity(places);
    for _ in 0..places {
        draw(&mut chances, share);
        let mut sum = 0.0;
        let count = chances.iter().position(|chance| {
            sum += chance;
            // Above and not at: with a share of 0 or 1 every sum is 0 or 1. Rounding must not lift a sum over its bound.
            sum > significance + 1e-12 || sum >= 1.0
        });
        required.push(count.unwrap_or(chances.len() - 1));
    }
    required
}

fn draw(chances: &mut Vec<f64>, share: f64) {
    chances.push(0.0);
    for count in (0..chances.len()).rev() {
        let before = if count > 0 { chances[count - 1] } else { 0.0 };
        chances[count] = (1.0 - share) * chances[count] + share * before;
    }
}

/// The chance that draws fall short somewhere: what is left of all draws, where those that fall short are taken out.
fn failure(required: &[usize], share: f64) -> f64 {
    let mut chances = vec![1.0];
    let mut failed = 0.0;
    for required in required {
        draw(&mut chances, share);
        for chance in chances.iter_mut().take(*required) {
            failed += std::mem::take(chance);
        }
    }
    failed
}

/// Lets enough of a protected group come up for the table: at each place the first item left, or where the group would fall
/// short the first left of the group (algorithm 2 of the paper). Beyond the table, and where none is left of the group, the
/// order stays. The dial of this method is the share that the table is made for: a table for a share of 0 changes nothing.
///
/// # Errors
/// Where `protected` is of another number of items.
pub fn fair(list: &List<'_>, protected: &[bool], table: &FairTable) -> Result<Reordered, SlateError> {
    length("protected", protected.len(), list.len())?;
    Ok(arrange(list, &mut Quota { of_group: protected, required: &table.required, shown: 0 }))
}

/// At least so many of a group up to each place.
pub(super) struct Quota<'a> {
    pub(super) of_group: &'a [bool],
    pub(super) required: &'a [usize],
    pub(super) shown: usize,
}

impl Quota<'_> {
    fn required(&self, place: usize) -> usize {
        self.required.get(place).copied().unwrap_or(0)
    }
}

impl Chooser for Quota<'_> {
    fn choose(&mut self, place: usize, left: &[usize]) -> usize {
        let is_short = self.shown < self.required(place);
        left.iter().position(|item| is_short && self.of_group[*item]).unwrap_or(0)
    }

    fn why(&self, place: usize, _: usize) -> Why {
        Why::Share { shown: self.shown, required: self.required(place) }
    }

    fn placed(&mut self, _: usize, item: usize) {
        self.shown += usize::from(self.of_group[item]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists};
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    #[test]
    fn the_table_that_the_paper_prints() {
        // Table 2 of Zehlike et al. 2017: α = 0.1, k from 1 to 12.
        let printed: [(f64, [usize; 12]); 7] = [
            (0.1, [0; 12]),
            (0.2, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]),
            (0.3, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]),
            (0.4, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3]),
            (0.5, [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4]),
            (0.6, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
            (0.7, [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6]),
        ];
        for (share, table) in printed {
            assert_eq!(FairTable::unadjusted(12, share, 0.1).unwrap().required, table, "{share}");
        }
    }

    #[test]
    fn as_the_package_of_the_authors() {
        // fairsearchcore 1.0.4 from PyPI, `Fair(k, p, alpha)`: chance of failing, adjusted significance, table and its chance. Its
        // chances leave the last place out.
        type Case = (usize, f64, f64, f64, f64, f64, &'static [usize]);
        let cases: [Case; 3] = [
            (
                20,
                0.25,
                0.1,
                0.115_175_069_309_771_28,
                0.078_125,
                0.105_152_473_552_152_63,
                &[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2],
            ),
            (
                50,
                0.4,
                0.05,
                0.156_462_872_083_434_23,
                0.015_625,
                0.049_852_645_351_252_11,
                &[
                    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7,
                    8, 8, 8, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 12, 12, 12, 13,
                ],
            ),
            (
                60,
                0.5,
                0.1,
                0.295_803_984_685_329_76,
                0.028_515_625,
                0.098_721_129_984_909_12,
                &[
                    0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11,
                    11, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 17, 17, 18, 18, 19, 19, 20, 20, 20, 21, 21,
                    22, 22, 23,
                ],
            ),
        ];
        for (places, share, significance, plain, adjusted, fails, table) in cases {
            let own = required(places, share, significance);
            assert!((failure(&own[..places - 1], share) - plain).abs() < 1e-9, "{places}");
            assert_eq!(required(places, share, adjusted), table, "{places}");
            assert!((failure(&table[..places - 1], share) - fails).abs() < 1e-9, "{places}");
        }
    }

    #[test]
    fn no_significance_fails_with_a_chance_that_is_nearer() {
        for (places, share, significance) in
            [(20, 0.25, 0.1), (50, 0.4, 0.05), (60, 0.5, 0.1), (40, 0.1, 0.1), (30, 0.7, 0.2)]
        {
            let found = FairTable::adjusted(places, share, significance).unwrap();
            for step in 0..=2_000 {
                let other = FairTable::unadjusted(places, share, significance * f64::from(step) / 2_000.0).unwrap();
                let (near, far) = ((found.failure - significance).abs(), (other.failure - significance).abs());
                assert!(near <= far + 1e-12, "{places} {share}: {} against {}", found.failure, other.failure);
            }
        }
    }

    #[test]
    fn draws_fail_as_often_as_is_said() {
        let table = FairTable::adjusted(40, 0.3, 0.1).unwrap();
        let mut rng = Rng::new(9);
        let runs = 20_000;
        let fails = |rng: &mut Rng| {
            let mut shown = 0;
            let short = table.required.iter().filter(|required| {
                shown += usize::from(rng.unit() < 0.3);
                shown < **required
            });
            short.count() > 0
        };
        let failed = (0..runs).filter(|_| fails(&mut rng)).count() as f64 / f64::from(runs);
        assert!((failed - table.failure).abs() < 0.01 && (table.failure - 0.1).abs() < 0.03, "{failed} {table:?}");
    }

    #[test]
    fn bad_numbers_are_refused_and_extremes_are_not() {
        assert!(FairTable::adjusted(10, f64::NAN, 0.1).is_err() && FairTable::adjusted(1_001, 0.5, 0.1).is_err());
        assert_eq!(FairTable::adjusted(5, 0.0, 0.1).unwrap().required, [0; 5]);
        assert_eq!(FairTable::adjusted(5, 1.0, 0.1).unwrap().required, [1, 2, 3, 4, 5]);
        assert_eq!(FairTable::unadjusted(3, 0.5, 1.0).unwrap().required, [1, 2, 3]);
        assert!(FairTable::adjusted(0, 0.5, 0.1).unwrap().required.is_empty());
        assert!(FairTable::adjusted(1_000, 0.5, 0.1).unwrap().failure < 0.15);
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), share in 0.0..=1.0) {
            let mut rng = Rng::new(seed);
            let protected: Vec<bool> = relevance.iter().map(|_| rng.unit() < 0.3).collect();
            let list = List::new(&relevance, &pinned).unwrap();
            let method = |share| fair(&list, &protected, &FairTable::adjusted(relevance.len(), share, 0.1)?);
            let order = check_laws(&list, share, method).order;
            let table = FairTable::adjusted(relevance.len(), share, 0.1).unwrap();
            if !pinned.contains(&true) {
                for (place, required) in table.required.iter().enumerate() {
                    let shown = order[..=place].iter().filter(|item| protected[**item]).count();
                    let all = protected.iter().filter(|protected| **protected).count();
                    prop_assert!(shown >= (*required).min(all));
                }
            }
        }
    }
}
