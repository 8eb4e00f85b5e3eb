use std::collections::BTreeMap;

use super::log::Cell;
use super::position_based::solve;
use super::{ClickLog, PositionBasedConfig, Propensities, Smoothing};

/// Examination measured without a model of relevance: from the same items having stood at two positions, where only the
/// position can have made the difference. Fed by randomised swaps ([`Interventions::swap`]) or harvested from a log in
/// which rankers, or their changes, moved items ([`Interventions::harvest`]).
#[derive(Clone, Debug, Default)]
pub struct Interventions {
    /// By pair of positions (from 0, the higher first): shows and clicks at the first, at the second.
    tallies: BTreeMap<(u32, u32), [Tally; 2]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    shows: f64,
    clicks: f64,
}

impl Interventions {
    /// Adds what became of an item that a fair coin put at `position` rather than at `other` (Joachims, Swaminathan and
    /// Schnabel 2017, section 5.1). Positions are from 1; what stands at both at once is passed over.
    pub fn swap(&mut self, position: u32, other: u32, clicked: bool) {
        let (position, other) = (position.max(1) - 1, other.max(1) - 1);
        if position != other {
            let side = usize::from(position > other);
            let tally = &mut self.tallies.entry((position.min(other), position.max(other))).or_default()[side];
            tally.shows += 1.0;
            tally.clicks += f64::from(u8::from(clicked));
        }
    }

    /// Adds every query and item that a log shows at two positions or more (intervention harvesting: Agarwal, Zaitsev,
    /// Wang, Li, Najork and Joachims 2019, "Estimating position bias without intrusive interventions", WSDM). An item counts
    /// equally at both positions however often it stood at each, or else what stands high because it is good would
    /// pass for what is clicked because it stands high; items that were seen more count more. That an item stood where
    /// it stood must not depend on what the single shopper wanted.
    pub fn harvest(&mut self, log: &ClickLog) {
        let cells = log.cells();
        for of_pair in cells.chunk_by(|a, b| a.pair == b.pair) {
            for (place, first) in of_pair.iter().enumerate() {
                for second in &of_pair[place + 1..] {
                    // The inverse variance of a difference of two rates, but for the rates themselves.
                    let mass = first.shows * second.shows / (first.shows + second.shows);
                    let tallies = self.tallies.entry((first.position, second.position)).or_default();
                    for (tally, cell) in tallies.iter_mut().zip([first, second]) {
                        tally.shows += mass;
                        tally.clicks += mass * cell.clicks / cell.shows;
                    }
                }
            }
        }
    }

    /// Propensities from neighbours alone: `p_{k+1} / p_k` is the ratio of their click rates, chained from position 1
    /// (the adjacent-pair estimator of Agarwal et al. 2019, section 5.2). `None` where no neighbours say anything of
    /// position 1; positions behind a gap in the chain are left out.
    pub fn adjacent(&self) -> Option<Propensities> {
        let mut chain = vec![1.0];
        while let Some([upper, lower]) = self.tallies.get(&(chain.len() as u32 - 1, chain.len() as u32)) {
            if upper.clicks <= 0.0 || lower.clicks <= 0.0 {
                break;
            }
            let ratio = (lower.clicks / lower.shows) / (upper.clicks / upper.shows);
            chain.push(chain[chain.len() - 1] * ratio);
        }
        (chain.len() > 1).then(|| Propensities::of_examination(&chain))
    }

    /// Propensities from all pairs of positions: the likelihood of `P(click at k of the pair {k, k'}) = p_k r_{k k'}` with
    /// `r`, the mean relevance of what stood at both, free (the all-pairs estimator of Agarwal et al. 2019, section
    /// 5.3). Positions that no chain of pairs with clicks joins to position 1 have the propensity of the nearest position
    /// above them. `None` where nothing says anything of position 1.
    pub fn all_pairs(&self) -> Option<Propensities> {
        let positions = self.tallies.keys().map(|(_, lower)| lower + 1).max()? as usize;
        let linked = self.linked(positions);
        if linked.iter().filter(|linked| **linked).count() < 2 {
            return None;
        }
        let mut cells = Vec::new();
        let usable = self.tallies.iter().filter(|((upper, _), tallies)| linked[*upper as usize] && clicked(tallies));
        for (pair, ((upper, lower), tallies)) in usable.enumerate() {
            for (tally, position) in tallies.iter().zip([*upper, *lower]) {
                cells.push(Cell { pair: pair as u32, position, shows: tally.shows, clicks: tally.clicks });
            }
        }
        let pairs = cells.len() / 2;
        let smoothing = Smoothing { strength: 0.0 };
        let config = PositionBasedConfig { smoothing, iterations_max: 20_000, tolerance: 1e-8 };
        let mut examination = solve(&cells, pairs, positions, config).examination;
        for position in 1..positions {
            if !linked[position] {
                examination[position] = examination[position - 1];
            }
        }
        Some(Propensities::of_examination(&examination))
    }

    /// Pairs of positions (from 1) that something is known of, with the shows on both sides.
    pub fn evidence(&self) -> impl Iterator<Item = (u32, u32, f64)> + '_ {
        self.tallies.iter().map(|((upper, lower), [a, b])| (upper + 1, lower + 1, a.shows + b.shows))
    }

    /// The positions that pairs with clicks at both ends join to the first.
    fn linked(&self, positions: usize) -> Vec<bool> {
        let mut linked = vec![false; positions];
        linked[0] = true;
        // As many rounds as there are positions reach along the longest chain.
        for _ in 0..positions {
            for ((upper, lower), _) in self.tallies.iter().filter(|(_, tallies)| clicked(tallies)) {
                let either = linked[*upper as usize] || linked[*lower as usize];
                (linked[*upper as usize], linked[*lower as usize]) = (either, either);
            }
        }
        linked
    }
}

fn clicked(tallies: &[Tally; 2]) -> bool {
    tallies.iter().all(|tally| tally.clicks > 0.0)
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Truth, close};
    use super::*;
    use types::Rng;

    #[test]
    fn harvesting_recovers_examination_where_good_items_stand_high() {
        let truth = Truth::new(31);
        // Items stand by attraction plus noise: plain click rates by position mix both.
        let log = truth.position_based(150_000, 32, 0.15);
        let mut found = Interventions::default();
        found.harvest(&log);
        close(found.all_pairs().unwrap().by_position(), &truth.examination, 0.06);
        close(found.adjacent().unwrap().by_position(), &truth.examination, 0.1);
        assert!(found.evidence().all(|(upper, lower, shows)| upper < lower && shows > 0.0));
    }

    #[test]
    fn swaps_recover_examination() {
        let truth = Truth::new(33);
        let (mut rng, mut found) = (Rng::new(34), Interventions::default());
        for _ in 0..200_000 {
            let upper = 1 + rng.below(9) as u32;
            let (item, side) = (rng.below(10) as u32, rng.below(2) as u32);
            let clicked = rng.unit() < truth.examination[(upper + side - 1) as usize] * truth.attraction(0, item);
            found.swap(upper + side, upper + 1 - side, clicked);
        }
        close(found.adjacent().unwrap().by_position(), &truth.examination, 0.06);
        close(found.all_pairs().unwrap().by_position(), &truth.examination, 0.06);
    }

    #[test]
    fn too_little_is_said_so_and_gaps_take_the_value_above() {
        let mut found = Interventions::default();
        assert!(found.adjacent().is_none() && found.all_pairs().is_none());
        found.swap(1, 1, true);
        found.swap(1, 2, false);
        assert!(found.adjacent().is_none() && found.all_pairs().is_none());
        for (position, other, clicks) in [(1, 3, 8), (3, 1, 4), (4, 5, 3), (5, 4, 3)] {
            (0..10).for_each(|shown| found.swap(position, other, shown < clicks));
        }
        let all = found.all_pairs().unwrap();
        close(all.by_position(), &[1.0, 1.0, 0.5, 0.5, 0.5], 1e-3);
    }
}
