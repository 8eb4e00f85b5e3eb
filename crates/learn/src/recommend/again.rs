use types::{Millis, Row, Touch};

use super::Repeats;

/// Items of a history that are not recommended again: what was turned down or only looked at, and what was bought where it is
/// not bought again, or not so soon. The same rule while a model is measured and while it serves.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Sorted.
    closed: Vec<Row>,
}

impl Known {
    /// What stays away for this history at `now`.
    pub fn of(history: &[Touch], repeats: &Repeats, now: Millis) -> Self {
        let again = |touch: &&Touch| touch.purchases > 0 && repeats.is_open(touch, now);
        let mut closed: Vec<Row> = history.iter().filter(|touch| !again(touch)).map(|touch| touch.item).collect();
        closed.sort_unstable();
        Self { closed }
    }

    /// Whether the item may be recommended.
    pub fn is_open(&self, item: Row) -> bool {
        self.closed.binary_search(&item).is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::Interactions;
    use crate::recommend::testing::{history, signal};
    use types::{InteractionKind, Signal};

    #[test]
    fn bought_goods_come_again_where_they_are_bought_again() {
        // Everybody buys item 2 each week, and item 3 once.
        let bought = |user: u32, item, week: i64| Signal {
            kind: InteractionKind::Purchase,
            session: Some(Row(100 * user + week as u32)),
            ..signal(user, item, week * 7 * 24 * 60)
        };
        let weekly = (0..30).flat_map(|user| (0..4).map(move |week| bought(user, 2, week)));
        let log: Vec<Signal> = weekly.chain((0..30).map(|user| bought(user, 3, 0))).collect();
        let repeats = Repeats::fit(&Interactions::from_signals(&log, 4), &[]);
        let mut touches = history(&[1, 2, 3]);
        (touches[1].purchases, touches[2].purchases) = (1, 1);
        let now = Millis(touches[0].time.0 + 14 * Millis::DAY);
        let open =
            |repeats| (0..4).filter(|item| Known::of(&touches, repeats, now).is_open(Row(*item))).collect::<Vec<_>>();
        assert_eq!((open(&repeats), open(&Repeats::default())), (vec![0, 2], vec![0]));
    }
}
