use std::sync::Arc;

use types::{InteractionKind, Millis, Row, Signal, Touch};

use crate::Config;

/// What an actor did with one item, packed to 16 bytes, because there are millions of them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Packed {
    pub(crate) item: Row,
    /// Seconds since 1970 of the last deed.
    pub(crate) seconds: u32,
    pub(crate) weight: f32,
    pub(crate) purchases: u16,
    pub(crate) flags: u8,
}

pub(crate) const VIEWED: u8 = 1;
pub(crate) const CARTED: u8 = 2;
pub(crate) const REFUSED: u8 = 4;

/// Weights stay within this, so that sums over a history stay finite.
pub(crate) const WEIGHT_MAX: f32 = 1_000.0;

/// The items an actor last touched, one entry an item, last touched last; exactly as large as what it holds.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct History(Option<Arc<[Packed]>>);

impl History {
    pub(crate) fn as_slice(&self) -> &[Packed] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Folds one signal in and tells the weight the item had before, decayed to the signal's time.
    pub(crate) fn fold(&mut self, signal: &Signal, config: &Config) -> f32 {
        let old = self.as_slice();
        let seconds = to_seconds(signal.time);
        let known = old.iter().rposition(|touch| touch.item == signal.item);
        let fresh = Packed { item: signal.item, seconds, weight: 0.0, purchases: 0, flags: 0 };
        let mut touch = known.map_or(fresh, |index| old[index]);
        let (before, weight) = merge(&touch, signal.strength, seconds, config.history_half_life_days);
        touch.weight = weight.clamp(-WEIGHT_MAX, WEIGHT_MAX);
        touch.seconds = touch.seconds.max(seconds);
        note_deed(&mut touch, &signal.kind);
        self.replace(known, touch, config.history);
        before
    }

    /// Puts `touch` where its time belongs, in place of the entry at `known`, and leaves one out where there are more
    /// than `entries_max`.
    fn replace(&mut self, known: Option<usize>, touch: Packed, entries_max: usize) {
        if let (Some(index), Some(entries)) = (known, self.0.as_mut().and_then(Arc::get_mut))
            && entries[index + 1..].iter().all(|other| other.seconds <= touch.seconds)
        {
            entries[index..].rotate_left(1);
            if let Some(last) = entries.last_mut() {
                *last = touch;
            }
            return;
        }
        let mut entries: Vec<Packed> = Vec::with_capacity(self.as_slice().len() + 1);
        let others = self.as_slice().iter().enumerate().filter(|(index, _)| Some(*index) != known);
        entries.extend(others.map(|(_, other)| *other));
        let place = entries.partition_point(|other| other.seconds <= touch.seconds);
        entries.insert(place, touch);
        if entries.len() > entries_max.max(1) {
            entries.remove(dispensable(&entries));
        }
        self.0 = Some(Arc::from(entries));
    }
}

impl FromIterator<Packed> for History {
    fn from_iter<I: IntoIterator<Item = Packed>>(entries: I) -> Self {
        let entries: Arc<[Packed]> = entries.into_iter().collect();
        Self(if entries.is_empty() { None } else { Some(entries) })
    }
}

impl Packed {
    pub(crate) fn unpack(&self) -> Touch {
        Touch {
            item: self.item,
            time: Millis(i64::from(self.seconds) * Millis::SECOND),
            weight: self.weight,
            purchases: self.purchases,
            viewed: self.flags & VIEWED != 0,
            carted: self.flags & CARTED != 0,
            refused: self.flags & REFUSED != 0,
        }
    }
}

/// The entry's weight decayed to the later of both times, without and with `strength`.
fn merge(touch: &Packed, strength: f32, seconds: u32, half_life_days: f64) -> (f32, f32) {
    let days = f64::from(touch.seconds.abs_diff(seconds)) / 86_400.0;
    let fade = (-days / half_life_days).exp2() as f32;
    if seconds >= touch.seconds {
        let before = touch.weight * fade;
        (before, before + strength)
    } else {
        (touch.weight, touch.weight + strength * fade)
    }
}

fn note_deed(touch: &mut Packed, kind: &InteractionKind) {
    match kind {
        InteractionKind::Click | InteractionKind::View => touch.flags |= VIEWED,
        InteractionKind::AddToCart => touch.flags = (touch.flags | CARTED) & !REFUSED,
        InteractionKind::Purchase => {
            touch.purchases = touch.purchases.saturating_add(1);
            touch.flags &= !REFUSED;
        }
        InteractionKind::Like => touch.flags &= !REFUSED,
        InteractionKind::Dislike | InteractionKind::Hide => touch.flags |= REFUSED,
        InteractionKind::Refund => touch.purchases = touch.purchases.saturating_sub(1),
        InteractionKind::Search | InteractionKind::Rating | InteractionKind::Review | InteractionKind::Custom(_) => {}
    }
}

/// The entry to leave out: the oldest that was only looked at, so that a flood of clicks does not drown purchases and
/// refusals; the oldest of all where those fill more than half.
fn dispensable(entries: &[Packed]) -> usize {
    let matters = |touch: &Packed| touch.purchases > 0 || touch.flags & REFUSED != 0;
    let mattering = entries.iter().filter(|touch| matters(touch)).count();
    let wanted = mattering > entries.len() / 2;
    entries.iter().position(|touch| matters(touch) == wanted).unwrap_or(0)
}

pub(crate) fn to_seconds(time: Millis) -> u32 {
    u32::try_from((time.0 / Millis::SECOND).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::signal;
    use InteractionKind::{Hide, Purchase, Refund, View};

    fn folded(deeds: &[(u32, InteractionKind, i64)], config: &Config) -> History {
        let mut history = History::default();
        for (item, kind, day) in deeds {
            history.fold(&signal(1, *item, kind.clone(), *day), config);
        }
        history
    }

    #[test]
    fn sums_up_an_item_and_keeps_the_order_of_time() {
        let config = Config { history_half_life_days: 10.0, ..Config::default() };
        let history = folded(&[(7, View, 0), (8, View, 1), (7, Purchase, 10), (9, View, 5), (7, Refund, 10)], &config);
        let items: Vec<u32> = history.as_slice().iter().map(|touch| touch.item.0).collect();
        assert_eq!(items, [8, 9, 7]);
        let seven = history.as_slice()[2].unpack();
        assert_eq!((seven.purchases, seven.viewed, seven.refused), (0, true, false));
        assert!((seven.weight - (0.5 + 5.0 - 4.0)).abs() < 1e-5, "{}", seven.weight);
    }

    #[test]
    fn late_news_is_decayed_to_what_is_known() {
        let config = Config { history_half_life_days: 10.0, ..Config::default() };
        let (one, two) =
            (folded(&[(7, View, 0), (7, Purchase, 10)], &config), folded(&[(7, Purchase, 10), (7, View, 0)], &config));
        assert_eq!(one, two);
    }

    #[test]
    fn is_bounded_and_clicks_do_not_drown_purchases() {
        let config = Config { history: 8, ..Config::default() };
        let mut deeds = vec![(1, Purchase, 0), (2, Hide, 0)];
        deeds.extend((10..500).map(|item| (item, View, i64::from(item))));
        let history = folded(&deeds, &config);
        let items: Vec<u32> = history.as_slice().iter().map(|touch| touch.item.0).collect();
        assert_eq!(items, [1, 2, 494, 495, 496, 497, 498, 499]);
        deeds.extend((500..600).map(|item| (item, Purchase, i64::from(item))));
        let bought = folded(&deeds, &config).as_slice().iter().filter(|touch| touch.purchases > 0).count();
        assert!((4..=8).contains(&bought), "{bought}");
        assert_eq!(folded(&deeds, &config).as_slice().len(), 8);
    }
}
