//! What lists are like beside being relevant: the other side of each dial's price.

use std::collections::BTreeMap;

use super::{Likeness, SlateError, attention};
use crate::slates::error::{amounts, length};

/// How unlike the items of a list are: the mean of `1 - likeness` over pairs (Ziegler et al. 2005, WWW, as dissimilarity);
/// 0 for fewer than two items. Items are named by their places in `likeness`.
pub fn variety(items: &[usize], likeness: &Likeness<'_>) -> f64 {
    let pairs = items.len() * items.len().saturating_sub(1) / 2;
    let unlike = |(at, one): (usize, &usize)| -> f64 {
        items[at + 1..].iter().map(|other| 1.0 - likeness.between(*one, *other)).sum()
    };
    if pairs == 0 { 0.0 } else { items.iter().enumerate().map(unlike).sum::<f64>() / pairs as f64 }
}

/// How unevenly amounts are spread, from 0 (all the same) to near 1 (one has all): the Gini coefficient, half the mean
/// difference of two amounts over the mean (Gini 1912). 0 where there is nothing.
///
/// # Errors
/// Where an amount is not finite or below 0.
pub fn gini(values: &[f32]) -> Result<f64, SlateError> {
    amounts("amounts", values)?;
    let mut sorted: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (total, count) = (sorted.iter().sum::<f64>(), sorted.len() as f64);
    let ranked: f64 =
        sorted.iter().enumerate().map(|(rank, value)| (2.0 * (rank + 1) as f64 - count - 1.0) * value).sum();
    Ok(if total > 0.0 { ranked / (count * total) } else { 0.0 })
}

/// What part of the attention of lists went to a group, and what part it deserved.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Exposure {
    /// Attention received, in views of a first place.
    pub received: f64,
    /// Attention deserved.
    pub deserved: f64,
    /// Items shown, each time.
    pub shown: u64,
}

impl Exposure {
    /// Received over deserved: above 1 is more than deserved. Nothing where nothing was deserved.
    pub fn ratio(&self) -> Option<f64> {
        (self.deserved > 0.0).then(|| self.received / self.deserved)
    }
}

/// Adds a list, item by item in its shown order, to the exposure of groups; see [`deserved`](super::deserved()).
///
/// # Errors
/// Where groups, places and merits are not of one number, or a merit is not finite or below 0.
pub fn expose<Group: Ord + Clone>(
    exposures: &mut BTreeMap<Group, Exposure>,
    groups: &[Option<Group>],
    places: &[usize],
    merits: &[f32],
) -> Result<(), SlateError> {
    length("groups", groups.len(), merits.len())?;
    let deserved = super::deserved(merits, places)?;
    for ((group, place), deserved) in groups.iter().zip(places).zip(deserved) {
        let Some(group) = group else { continue };
        let exposure = exposures.entry(group.clone()).or_default();
        exposure.received += attention(*place);
        exposure.deserved += deserved;
        exposure.shown += 1;
    }
    Ok(())
}

/// Disparate exposure: the least ratio of received to deserved of any group over the largest, from 0 to 1, 1 being fair
/// (Singh and Joachims 2018, section 3.3, their ratio for two groups taken over all). Groups that deserve nothing do not count;
/// 1 for fewer than two.
pub fn parity<Group>(exposures: &BTreeMap<Group, Exposure>) -> f64 {
    let ratios = || exposures.values().filter_map(Exposure::ratio);
    let (least, most) = (ratios().fold(f64::INFINITY, f64::min), ratios().fold(0.0, f64::max));
    if most > 0.0 { least / most } else { 1.0 }
}

/// Half of the summed differences between the parts received and deserved: the share of all attention that would have to go
/// elsewhere, 0 being fair.
pub fn misplaced<Group>(exposures: &BTreeMap<Group, Exposure>) -> f64 {
    let received: f64 = exposures.values().map(|exposure| exposure.received).sum();
    let deserved: f64 = exposures.values().map(|exposure| exposure.deserved).sum();
    if received <= 0.0 || deserved <= 0.0 {
        return 0.0;
    }
    let difference = |exposure: &Exposure| (exposure.received / received - exposure.deserved / deserved).abs();
    exposures.values().map(difference).sum::<f64>() / 2.0
}

/// Which items are the long tail: those that are not among the most popular that together have `head` of all popularity,
/// usually 0.8 (Anderson 2006; Abdollahpouri, Burke and Mobasher 2019 as their short head). An item nobody wanted is tail; of
/// equals the one named first is head.
///
/// # Errors
/// Where a number is not finite or below 0, or `head` is no share.
pub fn long_tail(popularity: &[f32], head: f64) -> Result<Vec<bool>, SlateError> {
    amounts("popularity", popularity)?;
    let head = super::error::share("head", head)?;
    let total: f64 = popularity.iter().map(|popularity| f64::from(*popularity)).sum();
    let mut by_popularity: Vec<usize> = (0..popularity.len()).collect();
    by_popularity.sort_by(|a, b| popularity[*b].total_cmp(&popularity[*a]));
    let mut is_tail = vec![true; popularity.len()];
    let mut had = 0.0;
    for item in by_popularity {
        if had >= head * total || popularity[item] == 0.0 {
            break;
        }
        had += f64::from(popularity[item]);
        is_tail[item] = false;
    }
    Ok(is_tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slates::Labels;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let labels = [(1, 1), (1, 2), (2, 3)].map(|(c, b)| Labels { category: Some(c), brand: Some(b) });
        let likeness = Likeness::labels(&labels);
        assert!((variety(&[0, 1, 2], &likeness) - 2.5 / 3.0).abs() < 1e-12);
        assert_eq!(variety(&[0], &likeness), 0.0);
        assert_eq!((gini(&[1.0, 1.0]).unwrap(), gini(&[0.0, 0.0, 0.0, 4.0]).unwrap()), (0.0, 0.75));
        assert_eq!((gini(&[]).unwrap(), gini(&[0.0]).unwrap()), (0.0, 0.0));
        assert!(gini(&[f32::NAN]).is_err() && gini(&[-1.0]).is_err());
        assert_eq!(long_tail(&[5.0, 1.0, 3.0, 1.0, 0.0], 0.8).unwrap(), [false, true, false, true, true]);
        assert_eq!(long_tail(&[0.0, 0.0], 0.8).unwrap(), [true, true]);
    }

    #[test]
    fn exposure_by_hand() {
        let mut exposures = BTreeMap::new();
        expose(&mut exposures, &[Some("a"), Some("b"), None], &[0, 2, 6], &[1.0, 1.0, 0.0]).unwrap();
        let total = 1.0 + 0.5 + 1.0 / 3.0;
        assert!((exposures["a"].ratio().unwrap() - 2.0 / total).abs() < 1e-12);
        assert!((parity(&exposures) - 0.5).abs() < 1e-12);
        assert!((misplaced(&exposures) - (2.0 / 3.0 - 0.5)).abs() < 1e-12);
        assert_eq!((parity::<u32>(&BTreeMap::new()), misplaced::<u32>(&BTreeMap::new())), (1.0, 0.0));
        assert!(expose(&mut exposures, &[Some("a")], &[0], &[f32::INFINITY]).is_err());
    }

    proptest! {
        #[test]
        fn measures_stay_in_their_bounds(amounts in prop::collection::vec(0f32..1e30, 1..30), head in 0.0..=1.0) {
            let gini = gini(&amounts).unwrap();
            prop_assert!((0.0..1.0).contains(&gini));
            let tail = long_tail(&amounts, head).unwrap();
            let (mut most_tail, mut least_head) = (0f32, f32::INFINITY);
            for (amount, is_tail) in amounts.iter().zip(tail) {
                if is_tail { most_tail = most_tail.max(*amount) } else { least_head = least_head.min(*amount) }
            }
            prop_assert!(most_tail <= least_head);
        }
    }
}
