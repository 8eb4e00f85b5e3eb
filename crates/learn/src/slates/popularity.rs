use super::error::{amounts, finite, length, share};
use super::fair::Quota;
use super::greedy::{Chooser, arrange, largest};
use super::{List, Reordered, SlateError, Why, dial};

/// How popular each item is among all: the share of items that are less popular, those as popular by half; 0 to 1.
///
/// # Errors
/// Where a number is not finite or below 0.
pub fn quantiles(popularity: &[f32]) -> Result<Vec<f32>, SlateError> {
    amounts("popularity", popularity)?;
    let mut sorted = popularity.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let quantile = |popularity: &f32| {
        let below = sorted.partition_point(|other| other < popularity);
        let up_to = sorted.partition_point(|other| other <= popularity);
        ((below + up_to) as f64 / (2 * sorted.len()) as f64) as f32
    };
    Ok(popularity.iter().map(quantile).collect())
}

/// Takes popularity off the relevance: ordered by `(1 - d) r - d q`, with the relevance `r` scaled to 0..1 and the quantile `q`
/// of the item's popularity among all items of the shop (see [`quantiles`]). By quantiles and not by counts, because counts
/// are so skewed that the most popular few would take all of the discount (Abdollahpouri, Burke and Mobasher 2019, FLAIRS,
/// on what popularity does to lists).
///
/// # Errors
/// Where the dial is no share, or the quantiles are of another number of items or no shares.
pub fn discount(list: &List<'_>, quantiles: &[f32], weight: f64) -> Result<Reordered, SlateError> {
    length("quantiles", quantiles.len(), list.len())?;
    finite("quantiles", quantiles)?;
    quantiles.iter().try_for_each(|quantile| share("quantile", f64::from(*quantile)).map(|_| ()))?;
    if dial(weight)? == 0.0 {
        return Ok(Reordered::unchanged(list.len()));
    }
    let relevance = list.scaled();
    let value = |item: usize| (1.0 - weight) * relevance[item] - weight * f64::from(quantiles[item]);
    Ok(arrange(list, &mut Discounting { values: (0..list.len()).map(value).collect(), quantiles }))
}

struct Discounting<'a> {
    values: Vec<f64>,
    quantiles: &'a [f32],
}

impl Chooser for Discounting<'_> {
    fn choose(&mut self, _: usize, left: &[usize]) -> usize {
        largest(left.iter().map(|item| self.values[*item]))
    }

    fn why(&self, _: usize, item: usize) -> Why {
        Why::LittleKnown { quantile: f64::from(self.quantiles[item]) }
    }

    fn placed(&mut self, _: usize, _: usize) {}
}

/// Gives the long tail its part: of every `k` first places at least `⌊d k⌋` show an item of the tail, as long as there are
/// any; between them the order stays. The dial `d` is the tail's share.
///
/// # Errors
/// Where the dial is no share or `is_tail` is of another number of items.
pub fn long_tail(list: &List<'_>, is_tail: &[bool], weight: f64) -> Result<Reordered, SlateError> {
    length("is_tail", is_tail.len(), list.len())?;
    let weight = dial(weight)?;
    // A share such as 0.3 is a little less or more than what was meant; 10 places of it must not ask for 2.
    let required: Vec<usize> = (1..=list.len()).map(|k| (weight * k as f64 + 1e-9) as usize).collect();
    Ok(arrange(list, &mut Quota { of_group: is_tail, required: &required, shown: 0 }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists};
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    #[test]
    fn by_hand() {
        assert_eq!(quantiles(&[5.0, 0.0, 0.0, 9.0]).unwrap(), [0.625, 0.25, 0.25, 0.875]);
        assert_eq!(quantiles(&[-1.0]), Err(SlateError::Negative { field: "popularity", at: 0, got: -1.0 }));
        let list = List::new(&[1.0, 0.9, 0.0], &[]).unwrap();
        let reordered = discount(&list, &[0.9, 0.1, 0.0], 0.3).unwrap();
        assert_eq!(reordered.order, [1, 0, 2]);
        assert_eq!(reordered.moves[0].why, Why::LittleKnown { quantile: f64::from(0.1f32) });
        assert_eq!(long_tail(&list, &[false, false, true], 0.5).unwrap().order, [0, 2, 1]);
        assert!(
            discount(&list, &[0.9, f32::NAN, 0.0], 0.3).is_err() && discount(&list, &[0.9, 2.0, 0.0], 0.3).is_err()
        );
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0) {
            let mut rng = Rng::new(seed);
            let known: Vec<f32> = relevance.iter().map(|_| rng.unit() as f32).collect();
            let list = List::new(&relevance, &pinned).unwrap();
            check_laws(&list, weight, |weight| discount(&list, &known, weight));
            let is_tail: Vec<bool> = known.iter().map(|known| *known < 0.5).collect();
            check_laws(&list, weight, |weight| long_tail(&list, &is_tail, weight));
        }
    }
}
