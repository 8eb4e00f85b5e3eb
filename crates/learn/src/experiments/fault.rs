/// Why an experiment cannot be run, or nothing can be concluded from it.
#[derive(thiserror::Error, Clone, PartialEq, Debug)]
pub enum Fault {
    /// A value that was handed in is out of its range.
    #[error("`{field}` must be {expected}, got {got}")]
    Field {
        /// Which one.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What it was.
        got: String,
    },
    /// Too few visitors for a variance.
    #[error("{arm} has {visitors} visitors, at least {needed} are needed")]
    TooFew {
        /// `control` or `treatment`.
        arm: &'static str,
        /// Visitors it has.
        visitors: u64,
        /// Visitors it needs.
        needed: u64,
    },
    /// A ratio's denominator sums to nothing.
    #[error("the metric's denominator is zero in {arm}")]
    NoDenominator {
        /// `control` or `treatment`.
        arm: &'static str,
    },
    /// All visitors have the same value, so that there is nothing to judge a difference by.
    #[error("the metric is the same for all visitors")]
    NoSpread,
    /// No distribution over interleaved lists is fair for these two rankings.
    #[error("no fair distribution over interleaved lists was found")]
    Unfair,
}

/// What may end in a [`Fault`].
pub type Result<T> = std::result::Result<T, Fault>;

/// `value` where it lies in `range`, else a fault that names the field.
pub(super) fn within(
    field: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<f64> {
    if range.contains(&value) { Ok(value) } else { Err(Fault::Field { field, expected, got: value.to_string() }) }
}

/// `value` where it lies strictly between 0 and 1, else a fault that names the field.
pub(super) fn inside_unit(field: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(Fault::Field { field, expected: "above 0 and below 1", got: value.to_string() })
    }
}
