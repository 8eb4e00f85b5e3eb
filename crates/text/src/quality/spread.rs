/// Where a normal distribution has its quartiles: makes the median deviation comparable to a standard deviation.
const QUARTILE: f64 = 0.674_489_75;
/// Where all numbers are alike, a deviation of a fifth is still nothing to speak of.
const DEVIATION_MIN: f64 = 0.2;

/// What is usual: median and median absolute deviation of logarithms (Iglewicz and Hoaglin 1993, "How to detect and handle
/// outliers"), which a few wrong numbers do not move.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    median: f64,
    deviation: f64,
    count: usize,
}

impl Spread {
    /// Of positive numbers; `None` where there are none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        Self::of_logs(numbers.into_iter().filter(|number| *number > 0.0 && number.is_finite()).map(f64::ln).collect())
    }

    pub(super) fn of_logs(logs: Vec<f64>) -> Option<Self> {
        let count = logs.len();
        let (median, logs) = median(logs)?;
        let (deviation, _) = self::median(logs.iter().map(|log| (log - median).abs()).collect())?;
        Some(Self { median, deviation: (deviation / QUARTILE).max(DEVIATION_MIN), count })
    }

    /// The usual number.
    pub fn usual(&self) -> f64 {
        self.median.exp()
    }

    /// How many numbers there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many robust deviations a number lies above what is usual.
    pub fn deviations(&self, number: f64) -> f64 {
        (number.ln() - self.median) / self.deviation
    }
}

/// The middle one, and the numbers in some order.
fn median(mut numbers: Vec<f64>) -> Option<(f64, Vec<f64>)> {
    let middle = numbers.len() / 2;
    if numbers.is_empty() {
        return None;
    }
    let (below, above, _) = numbers.select_nth_unstable_by(middle, f64::total_cmp);
    let above = *above;
    let highest_below = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_even = numbers.len().is_multiple_of(2);
    Some((if is_even { highest_below.midpoint(above) } else { above }, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_even_and_odd_numbers() {
        let middle = |numbers: &[f64]| median(numbers.to_vec()).map(|(middle, _)| middle);
        assert_eq!(middle(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(middle(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!((middle(&[7.0]), middle(&[])), (Some(7.0), None));
    }

    #[test]
    fn a_few_wrong_numbers_move_nothing() {
        let spread = Spread::of([10.0, 11.0, 9.0, 10.5, 9.5, 10_000.0, 0.0, f64::NAN]).unwrap();
        assert!((spread.usual() - 10.25).abs() < 0.3 && spread.count() == 6, "{spread:?}");
        assert!(spread.deviations(10_000.0) > 30.0 && spread.deviations(12.0) < 1.0);
    }
}
