use std::collections::BTreeMap;

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};
use types::Rng;

use super::error::length;
use super::{List, Move, Reordered, SlateError, Why, attention, deserved, dial};

/// Orders of a list, each with a chance, that are fair to groups on average where no single order can be.
#[derive(Clone, PartialEq, Debug)]
pub struct Lottery {
    /// Chance, above 0, and order, as [`Reordered::order`]; the chances sum to 1.
    pub orders: Vec<(f64, Vec<usize>)>,
    /// The chance of an item (row) to come to a place (column).
    pub chances: Vec<Vec<f64>>,
}

impl Lottery {
    /// Draws an order.
    pub fn draw(&self, rng: &mut Rng) -> Reordered {
        let mut left = rng.unit();
        let drawn = self.orders.iter().find(|(chance, _)| {
            left -= chance;
            left < 0.0
        });
        let order = drawn.or(self.orders.last()).map_or_else(Vec::new, |(_, order)| order.clone());
        let moved = order.iter().enumerate().filter(|(to, from)| to != *from);
        let moves = moved.map(|(to, from)| Move { from: *from, to, why: Why::Drawn }).collect();
        Reordered { order, moves }
    }

    /// The attention that an item gets on average, in views of a first place.
    pub fn exposure(&self, item: usize) -> f64 {
        self.chances[item].iter().enumerate().map(|(place, chance)| chance * attention(place)).sum()
    }
}

/// Items that a linear programme is made for at most: it has a variable for each item and place.
pub const LOTTERY_MAX: usize = 30;

/// Finds the chances of items to come to places that are the most relevant of those that are fair (Singh and Joachims 2018,
/// KDD, "Fairness of exposure in rankings", sections 3.1 to 3.4), as a lottery over orders.
///
/// Maximises `Σ_ij r_i P_ij v_j` over doubly stochastic matrices `P`, with the relevance `r` scaled to 0..1 and the
/// [`attention()`] `v_j` of places, where the exposure of each group lies from what it deserves by `merits` (disparate
/// treatment) by at most `1 - d` of what it does in the list as it came in. Where that cannot be, as with a single item that
/// deserves more than a first place, by as little more as can be. `P` is then taken apart into orders (Birkhoff 1946).
///
/// # Errors
/// Where the dial is no share, groups or merits are of another number of items, a merit is not finite or below 0, there are
/// more than [`LOTTERY_MAX`] items, or the solver fails.
pub fn lottery(list: &List<'_>, groups: &[u32], merits: &[f32], weight: f64) -> Result<Lottery, SlateError> {
    length("groups", groups.len(), list.len())?;
    if list.len() > LOTTERY_MAX {
        return Err(SlateError::Count { field: "items", expected: "at most 30", got: list.len() });
    }
    let deserved = deserved(merits, &(0..list.len()).collect::<Vec<usize>>())?;
    let free: Vec<usize> = (0..list.len()).filter(|place| !list.is_pinned(*place)).collect();
    let order: Vec<usize> = (0..list.len()).collect();
    if dial(weight)? == 0.0 || free.len() < 2 {
        return Ok(Lottery { chances: matrix(list.len(), &[(1.0, order.clone())]), orders: vec![(1.0, order)] });
    }
    let chances = solve(list, &free, groups, &deserved, weight)?;
    let orders: Vec<(f64, Vec<usize>)> = decompose(chances)
        .into_iter()
        .map(|(chance, matching)| {
            let mut drawn = order.clone();
            matching.iter().enumerate().for_each(|(item, place)| drawn[free[*place]] = free[item]);
            (chance, drawn)
        })
        .collect();
    if orders.is_empty() {
        return Err(SlateError::Unsolved { reason: "its chances are not those of orders".into() });
    }
    // From the orders, so that both say the same to the last bit.
    Ok(Lottery { chances: matrix(list.len(), &orders), orders })
}

fn matrix(items: usize, orders: &[(f64, Vec<usize>)]) -> Vec<Vec<f64>> {
    let mut chances = vec![vec![0.0; items]; items];
    for (chance, order) in orders {
        order.iter().enumerate().for_each(|(place, item)| chances[*item][place] += chance);
    }
    chances
}

fn solve(
    list: &List<'_>,
    free: &[usize],
    groups: &[u32],
    deserved: &[f64],
    weight: f64,
) -> Result<Vec<Vec<f64>>, SlateError> {
    /// What a view missing to fairness costs: relevance is at most 1 a view, so it is never given for it.
    const PENALTY: f64 = 1_000.0;
    let relevance = list.scaled();
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let of_item =
        |item: &usize| -> Vec<f64> { free.iter().map(|place| relevance[*item] * attention(*place)).collect() };
    let variables: Vec<Vec<Variable>> = free
        .iter()
        .map(|item| of_item(item).into_iter().map(|gain| problem.add_var(gain, (0.0, 1.0))).collect())
        .collect();
    for (at, own) in variables.iter().enumerate() {
        let (mut row, mut column) = (LinearExpr::empty(), LinearExpr::empty());
        for (variable, other) in own.iter().zip(&variables) {
            row.add(*variable, 1.0);
            column.add(other[at], 1.0);
        }
        problem.add_constraint(row, ComparisonOp::Eq, 1.0);
        // The last follows from the others; a redundant equation only invites rounding.
        if at + 1 < free.len() {
            problem.add_constraint(column, ComparisonOp::Eq, 1.0);
        }
    }
    let missing = problem.add_var(-PENALTY, (0.0, f64::INFINITY));
    let mut gaps: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (item, group) in groups.iter().enumerate() {
        let (gap, pinned) = gaps.entry(*group).or_default();
        *gap += attention(item) - deserved[item];
        // What does not depend on the variables.
        *pinned += if list.is_pinned(item) { attention(item) } else { 0.0 } - deserved[item];
    }
    for (group, (gap, fixed)) in gaps {
        let allowed = (1.0 - weight) * gap.abs();
        let (mut above, mut below) = (LinearExpr::empty(), LinearExpr::empty());
        for (at, _) in free.iter().enumerate().filter(|(_, item)| groups[**item] == group) {
            for (other, place) in free.iter().enumerate() {
                above.add(variables[at][other], attention(*place));
                below.add(variables[at][other], -attention(*place));
            }
        }
        above.add(missing, -1.0);
        below.add(missing, -1.0);
        problem.add_constraint(above, ComparisonOp::Le, allowed - fixed);
        problem.add_constraint(below, ComparisonOp::Le, allowed + fixed);
    }
    let unsolved = |reason: String| SlateError::Unsolved { reason };
    let solution = problem.solve().map_err(|error| unsolved(error.to_string()))?.into_solution();
    let solution = solution.map_err(|_| unsolved("it stopped before the end".into()))?;
    let value = |variable: &Variable| solution.var_value(*variable).clamp(0.0, 1.0);
    Ok(variables.iter().map(|row| row.iter().map(value).collect()).collect())
}

/// Takes a doubly stochastic matrix apart into permutations with chances: as long as something is left there is a perfect
/// matching on what is above 0, of which as much is taken as its least entry has. At most as many as there are entries.
fn decompose(mut left: Vec<Vec<f64>>) -> Vec<(f64, Vec<usize>)> {
    /// The solver rounds; what is lost of a chance is far below what anyone could see.
    const FLOOR: f64 = 1e-9;
    let mut parts: Vec<(f64, Vec<usize>)> = Vec::new();
    while let Some(matching) = perfect_matching(&left, FLOOR) {
        let entries = matching.iter().enumerate().map(|(row, column)| left[row][*column]);
        let chance = entries.fold(f64::INFINITY, f64::min);
        matching.iter().enumerate().for_each(|(row, column)| left[row][*column] -= chance);
        parts.push((chance, matching));
    }
    let total: f64 = parts.iter().map(|(chance, _)| chance).sum();
    parts.iter_mut().for_each(|(chance, _)| *chance /= total);
    parts
}

/// A column for each row, by augmenting paths (Kuhn 1955), on entries above a floor.
fn perfect_matching(entries: &[Vec<f64>], floor: f64) -> Option<Vec<usize>> {
    fn augment(row: usize, entries: &[Vec<f64>], floor: f64, seen: &mut [bool], rows: &mut [Option<usize>]) -> bool {
        for column in 0..entries.len() {
            if entries[row][column] <= floor || std::mem::replace(&mut seen[column], true) {
                continue;
            }
            if rows[column].is_none_or(|other| augment(other, entries, floor, seen, rows)) {
                rows[column] = Some(row);
                return true;
            }
        }
        false
    }
    let mut rows = vec![None; entries.len()];
    for row in 0..entries.len() {
        if !augment(row, entries, floor, &mut vec![false; entries.len()], &mut rows) {
            return None;
        }
    }
    let mut columns = vec![0; entries.len()];
    rows.iter().enumerate().for_each(|(column, row)| columns[row.unwrap_or(column)] = column);
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists};
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    fn gap(lottery: &Lottery, groups: &[u32], merits: &[f32], group: u32) -> f64 {
        let due = deserved(merits, &(0..merits.len()).collect::<Vec<_>>()).unwrap();
        (0..merits.len()).filter(|item| groups[*item] == group).map(|item| lottery.exposure(item) - due[item]).sum()
    }

    #[test]
    fn the_paper_s_example_of_candidates() {
        // Section 1: three men of .82, .81, .80 stand above three women of .79, .78, .77; a little less relevance, much less
        // exposure. At dial 1 both groups get what they deserve.
        let merits = [0.82, 0.81, 0.80, 0.79, 0.78, 0.77];
        let groups = [0, 0, 0, 1, 1, 1];
        let list = List::new(&merits, &[]).unwrap();
        let (before, half, fair) = (
            lottery(&list, &groups, &merits, 0.0),
            lottery(&list, &groups, &merits, 0.5),
            lottery(&list, &groups, &merits, 1.0),
        );
        let gap = |lottery: Result<Lottery, SlateError>| gap(&lottery.unwrap(), &groups, &merits, 0);
        let (before, half, fair) = (gap(before), gap(half), gap(fair));
        assert!(before > 0.4 && (half - before / 2.0).abs() < 1e-6 && fair.abs() < 1e-6, "{before} {half} {fair}");
    }

    #[test]
    fn what_cannot_be_fair_comes_as_near_as_can_be() {
        let merits = [1.0, 0.0, 0.0];
        let list = List::new(&merits, &[]).unwrap();
        let lottery = lottery(&list, &[1, 2, 3], &merits, 1.0).unwrap();
        assert!((lottery.exposure(0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_draw_comes_as_often_as_its_chance() {
        let merits = [0.9, 0.8, 0.7, 0.6];
        let list = List::new(&merits, &[]).unwrap();
        let lottery = lottery(&list, &[0, 0, 1, 1], &merits, 1.0).unwrap();
        assert!(lottery.orders.len() > 1);
        let mut rng = Rng::new(3);
        let mut counts = vec![0.0; lottery.orders.len()];
        for _ in 0..20_000 {
            let drawn = lottery.draw(&mut rng).order;
            counts[lottery.orders.iter().position(|(_, order)| *order == drawn).unwrap()] += 1.0 / 20_000.0;
        }
        for (count, (chance, _)) in counts.iter().zip(&lottery.orders) {
            assert!((count - chance).abs() < 0.015, "{counts:?} {:?}", lottery.orders);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0) {
            let mut rng = Rng::new(seed);
            let groups: Vec<u32> = relevance.iter().map(|_| rng.below(3) as u32).collect();
            let merits: Vec<f32> = relevance.iter().map(|_| rng.unit() as f32).collect();
            let list = List::new(&relevance, &pinned).unwrap();
            check_laws(&list, weight, |weight| lottery(&list, &groups, &merits, weight).map(|lottery| lottery.draw(&mut Rng::new(seed))));
            let found = lottery(&list, &groups, &merits, weight).unwrap();
            let still = lottery(&list, &groups, &merits, 0.0).unwrap();
            let worst = |lottery: &Lottery| (0..3).map(|group| gap(lottery, &groups, &merits, group).abs()).fold(0.0, f64::max);
            prop_assert!(worst(&found) <= worst(&still) + 1e-6);
            prop_assert!((found.orders.iter().map(|(chance, _)| chance).sum::<f64>() - 1.0).abs() < 1e-9);
            for row in &found.chances {
                prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
        }
    }
}
