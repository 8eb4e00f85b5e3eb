use rustc_hash::FxHashMap;
use types::{InteractionKind, Millis, Row, Signal, Touch};

use super::Sparse;

/// What recommenders learn from: the interactions of each user, in order of time. Users are numbered by their first
/// interaction; a visit without a known user is a user of its own. Immutable.
#[derive(Clone, Debug, Default)]
pub struct Interactions {
    items: usize,
    offsets: Vec<usize>,
    entries: Vec<Interaction>,
    actors: Vec<Row>,
}

/// One interaction of a user with an item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interaction {
    /// The item, below [`Interactions::items`].
    pub item: Row,
    /// When it happened.
    pub time: Millis,
    /// How much it says for (negative: against) the item; finite, not 0.
    pub weight: f32,
    /// The visit it belongs to, where one is named.
    pub session: Option<Row>,
    /// Whether it was a purchase.
    pub bought: bool,
}

impl Interactions {
    /// Sorts signals by user and time; equal times keep the order of the signals. What names neither user nor visit, says
    /// nothing (a strength of 0 or not a number) or is of an item not below `items` is passed over.
    pub fn from_signals<'a>(signals: impl IntoIterator<Item = &'a Signal>, items: usize) -> Self {
        let mut users: FxHashMap<Row, usize> = FxHashMap::default();
        let (mut actors, mut lists): (Vec<Row>, Vec<Vec<Interaction>>) = (Vec::new(), Vec::new());
        for signal in signals {
            let Some(actor) = signal.actor.or(signal.session) else { continue };
            if !signal.strength.is_finite() || signal.strength == 0.0 || signal.item.index() >= items {
                continue;
            }
            let user = *users.entry(actor).or_insert_with(|| {
                actors.push(actor);
                lists.push(Vec::new());
                lists.len() - 1
            });
            lists[user].push(Interaction {
                item: signal.item,
                time: signal.time,
                weight: signal.strength,
                session: signal.session,
                bought: signal.kind == InteractionKind::Purchase,
            });
        }
        lists.iter_mut().for_each(|list| list.sort_by_key(|interaction| interaction.time));
        let mut offsets = vec![0];
        let mut entries = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        for list in lists {
            entries.extend(list);
            offsets.push(entries.len());
        }
        Self { items, offsets, entries, actors }
    }

    /// Items there are, with or without interactions.
    pub fn items(&self) -> usize {
        self.items
    }

    /// Users with an interaction.
    pub fn users(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Interactions of all users.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing to learn from.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The interactions of the user with this number, oldest first.
    ///
    /// # Panics
    /// Where the number is not below [`Interactions::users`].
    pub fn of(&self, user: usize) -> &[Interaction] {
        &self.entries[self.offsets[user]..self.offsets[user + 1]]
    }

    /// The actor (or, for a guest, the visit) behind a user's number.
    ///
    /// # Panics
    /// Where the number is not below [`Interactions::users`].
    pub fn actor(&self, user: usize) -> Row {
        self.actors[user]
    }

    /// The interactions of each user, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[Interaction]> {
        (0..self.users()).map(|user| self.of(user))
    }

    /// Those interactions that `keep` accepts, asked with a user's number and the place in the user's list. Users left with
    /// none are gone, so numbers change.
    pub fn filter(&self, keep: impl Fn(usize, usize) -> bool) -> Self {
        let mut kept = Self { items: self.items, offsets: vec![0], ..Self::default() };
        for (user, list) in self.iter().enumerate() {
            kept.entries.extend((0..).zip(list).filter(|(place, _)| keep(user, *place)).map(|(_, entry)| *entry));
            if kept.offsets.last() != Some(&kept.entries.len()) {
                kept.offsets.push(kept.entries.len());
                kept.actors.push(self.actors[user]);
            }
        }
        kept
    }

    /// Users x items: the sum of weights of each pair, negative where the user turned the item down.
    pub fn matrix(&self) -> Sparse {
        let pairs = |list: &[Interaction]| list.iter().map(|entry| (entry.item.0, entry.weight)).collect();
        Sparse::from_rows(self.items, self.iter().map(pairs))
    }

    /// Users x items: 1 where the sum of weights is above 0; other pairs are not there.
    pub fn binary(&self) -> Sparse {
        self.matrix().filter_map(|weight| (weight > 0.0).then_some(1.0))
    }

    /// The time of the last interaction.
    pub fn last_time(&self) -> Option<Millis> {
        self.entries.iter().map(|entry| entry.time).max()
    }
}

/// The history that a user with these interactions, in order of time, asks with; those that `is_purchase` accepts count as
/// purchases.
pub(super) fn touches<'a>(
    entries: impl DoubleEndedIterator<Item = &'a Interaction>,
    is_purchase: impl Fn(&Interaction) -> bool,
) -> Vec<Touch> {
    let mut touches: Vec<Touch> = Vec::new();
    let mut places: FxHashMap<Row, usize> = FxHashMap::default();
    for entry in entries.rev() {
        let place = *places.entry(entry.item).or_insert_with(|| {
            touches.push(Touch {
                item: entry.item,
                time: entry.time,
                weight: 0.0,
                purchases: 0,
                viewed: true,
                carted: false,
                refused: entry.weight < 0.0,
            });
            touches.len() - 1
        });
        let touch = &mut touches[place];
        touch.weight += entry.weight;
        touch.purchases = touch.purchases.saturating_add(u16::from(is_purchase(entry)));
    }
    touches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::signal;

    #[test]
    fn each_user_s_in_order_of_time() {
        let mut signals = [signal(1, 0, 5), signal(2, 1, 3), signal(1, 1, 2), signal(1, 0, 9)];
        signals[3].strength = -4.0;
        let guest = Signal { actor: None, session: Some(Row(7)), ..signal(0, 2, 1) };
        let nobody = Signal { session: None, ..guest.clone() };
        let senseless = Signal { strength: f32::NAN, ..signal(1, 2, 1) };
        let unknown = signal(1, 3, 1);
        let all: Vec<Signal> = signals.into_iter().chain([guest, nobody, senseless, unknown]).collect();
        let interactions = Interactions::from_signals(&all, 3);
        let items = |user| interactions.of(user).iter().map(|entry| entry.item.0).collect::<Vec<_>>();
        assert_eq!((interactions.users(), interactions.items(), interactions.len()), (3, 3, 5));
        assert_eq!((items(0), items(1), items(2)), (vec![1, 0, 0], vec![1], vec![2]));
        assert_eq!((interactions.actor(0), interactions.actor(2)), (Row(1), Row(7)));
        // The user's last word on item 0 outweighs the first.
        assert_eq!(interactions.matrix().row(0), (&[0u32, 1][..], &[-3.0f32, 1.0][..]));
        assert_eq!(interactions.binary().row(0), (&[1u32][..], &[1.0f32][..]));
        let late = interactions.filter(|user, place| user > 0 || place == 2);
        assert_eq!((late.users(), late.len(), late.of(0)[0].weight, late.actor(0)), (3, 3, -4.0, Row(1)));
        assert!(Interactions::from_signals(&[], 3).is_empty());
    }
}
