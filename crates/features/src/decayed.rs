use types::Millis;

/// A count that fades: each unit is halved every half-life. Kept as one number that does not depend on the present
/// (forward decay: Cormode, Shkapenyuk, Srivastava and Xu 2009, "Forward decay", ICDE):
///
/// `key = log2(sum over units u of w_u * 2^(t_u / H))`, so that the count at time t is `2^(key - t / H)`.
///
/// Two counts of the same half-life therefore keep their order while nothing happens to either, which is what lets
/// charts be kept sorted without ever being refreshed; and units may arrive out of order.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub(crate) struct Decayed(f64);

/// A half-life in days.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct HalfLife(pub(crate) f64);

impl Default for Decayed {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl Decayed {
    /// The count of nothing.
    pub(crate) const NOTHING: Self = Self(f64::NEG_INFINITY);

    /// Adds `weight` units of time `time`; a negative weight takes away, down to nothing.
    pub(crate) fn add(&mut self, weight: f32, time: Millis, half_life: HalfLife) {
        let unit = f64::from(weight.abs()).log2() + elapsed(time, half_life);
        if !unit.is_finite() {
            return;
        }
        let (high, low) = if unit > self.0 { (unit, self.0) } else { (self.0, unit) };
        let ratio = (low - high).exp2();
        if weight > 0.0 {
            self.0 = high + ratio.ln_1p() * std::f64::consts::LOG2_E;
        } else if unit >= self.0 || ratio > 1.0 - 1e-9 {
            self.0 = f64::NEG_INFINITY;
        } else {
            self.0 += (-ratio).ln_1p() * std::f64::consts::LOG2_E;
        }
    }

    /// The count at `now`.
    pub(crate) fn at(self, now: Millis, half_life: HalfLife) -> f32 {
        (self.0 - elapsed(now, half_life)).exp2().min(f64::from(f32::MAX)) as f32
    }

    /// What charts are sorted by.
    pub(crate) fn key(self) -> f64 {
        self.0
    }

    pub(crate) fn from_key(key: f64) -> Option<Self> {
        (!key.is_nan() && key < f64::INFINITY).then_some(Self(key))
    }
}

fn elapsed(time: Millis, half_life: HalfLife) -> f64 {
    time.0 as f64 / (Millis::DAY as f64 * half_life.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEEK: HalfLife = HalfLife(7.0);
    const START: i64 = 1_300_000_000_000;

    #[test]
    fn halves_every_half_life() {
        let mut count = Decayed::default();
        count.add(8.0, Millis(START), WEEK);
        for (weeks, expected) in [(0, 8.0), (1, 4.0), (3, 1.0)] {
            let value = count.at(Millis(START + weeks * 7 * Millis::DAY), WEEK);
            assert!((value - expected).abs() < 1e-4, "{weeks}: {value}");
        }
    }

    #[test]
    fn taking_away_ends_at_nothing() {
        let mut count = Decayed::default();
        count.add(3.0, Millis(START), WEEK);
        count.add(-1.0, Millis(START), WEEK);
        assert!((count.at(Millis(START), WEEK) - 2.0).abs() < 1e-4);
        count.add(-2.0, Millis(START), WEEK);
        assert_eq!(count, Decayed::NOTHING);
        count.add(-5.0, Millis(START), WEEK);
        count.add(f32::NAN, Millis(START), WEEK);
        assert_eq!(count, Decayed::NOTHING);
    }

    proptest! {
        #[test]
        fn equals_the_sum_in_any_order(units in prop::collection::vec((0.1f32..9.0, 0i64..200), 1..40)) {
            let at = |days: i64| Millis(START + days * Millis::DAY);
            let mut count = Decayed::default();
            for (weight, day) in &units {
                count.add(*weight, at(*day), WEEK);
            }
            let expected: f64 =
                units.iter().map(|(weight, day)| f64::from(*weight) * (-((200 - day) as f64) / 7.0).exp2()).sum();
            let value = f64::from(count.at(at(200), WEEK));
            prop_assert!((value - expected).abs() < 1e-4 * expected.max(1e-6), "{} {}", value, expected);
        }
    }
}
