use types::{InteractionKind, Millis};

/// What is known of one actor beside the history of items; 20 bytes.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Visits {
    /// Seconds since 1970 of the first and the last deed; 0 where there is none.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Of the last purchase.
    pub(crate) bought: u32,
    /// Days of purchases, counted up to 65,535.
    pub(crate) purchases: u16,
    /// Mean days between days of purchase, the last gaps weighing more.
    pub(crate) cycle_days: f32,
}

/// What the newest gap weighs in the mean, once there are enough: about the last seven gaps count.
const GAP_WEIGHT: f32 = 0.25;
/// Purchases closer to one another are one.
const ONE_PURCHASE_SECONDS: u32 = 43_200;

impl Visits {
    pub(crate) fn fold(&mut self, kind: &InteractionKind, time: Millis) {
        let seconds = crate::history::to_seconds(time).max(1);
        self.first = if self.first == 0 { seconds } else { self.first.min(seconds) };
        self.last = self.last.max(seconds);
        if *kind != InteractionKind::Purchase || seconds < self.bought.saturating_add(ONE_PURCHASE_SECONDS) {
            return;
        }
        if self.purchases > 0 {
            let days = (seconds - self.bought) as f32 / 86_400.0;
            let weight = GAP_WEIGHT.max(1.0 / f32::from(self.purchases));
            self.cycle_days += weight * (days - self.cycle_days);
        }
        self.purchases = self.purchases.saturating_add(1);
        self.bought = seconds;
    }

    /// Days since `since` (seconds since 1970), at least 0.
    pub(crate) fn days_since(since: u32, now: Millis) -> f32 {
        crate::history::to_seconds(now).saturating_sub(since) as f32 / 86_400.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_is_the_mean_gap_and_one_basket_is_one_purchase() {
        let mut visits = Visits::default();
        let at = |days: f64| Millis(1_300_000_000_000 + (days * 86_400_000.0) as i64);
        for days in [0.0, 0.01, 30.0, 30.02, 60.0] {
            visits.fold(&InteractionKind::Purchase, at(days));
        }
        visits.fold(&InteractionKind::View, at(65.0));
        assert_eq!(visits.purchases, 3);
        assert!((visits.cycle_days - 30.0).abs() < 0.1, "{}", visits.cycle_days);
        assert!((Visits::days_since(visits.bought, at(75.0)) - 15.0).abs() < 0.01);
        assert!((Visits::days_since(visits.last, at(75.0)) - 10.0).abs() < 0.01);
    }
}
