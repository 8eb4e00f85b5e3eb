//! The last slice of the training data, held out so that a fusion can be learnt on what its members have not seen.

use rustc_hash::{FxHashMap, FxHashSet};
use types::{Millis, Rng, Row, Touch};

use super::super::interactions::touches;
use super::super::{Interaction, Interactions};

/// A question whose answer is known.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Question {
    /// What the shopper did before, last first.
    pub(super) history: Vec<Touch>,
    /// When it is asked.
    pub(super) now: Millis,
    /// What would have been right, in order of rows.
    pub(super) relevant: Vec<Row>,
}

/// Fewest questions worth learning from.
const QUESTIONS_MIN: usize = 30;
/// Share of the interactions that lie after the cut, where there is a calendar.
const LAST_SHARE: f64 = 0.1;
/// One in so many items is held out where a user's items have no order.
const ONE_OF_A_SET: usize = 5;

/// Parts the data into what is learnt from and at most `count` questions; `None` where there would be too few.
///
/// Where times are a calendar, all from one moment on is held out, and the first visit after it is asked for. Where they are
/// not (most users begin at the very same moment: times only say which came first), the last moment of users drawn by
/// chance is; where a user's items have no order at all, a part of them drawn by chance.
pub(super) fn slice(data: &Interactions, count: usize, rng: &mut Rng) -> Option<(Interactions, Vec<Question>)> {
    let repeats = Repeats::of(data);
    let cut = if has_calendar(data) { after_a_moment(data, repeats, count, rng) } else { None };
    cut.or_else(|| last_of_each(data, repeats, count, rng))
}

/// How touches tell what may be wanted again.
#[derive(Clone, Copy)]
enum Repeats {
    /// By purchases.
    Purchases,
    /// Nothing is bought, but items come again: each time stands for a purchase.
    Times,
}

impl Repeats {
    fn of(data: &Interactions) -> Self {
        let mut seen = FxHashSet::default();
        let mut comes_again = |list: &[Interaction]| {
            seen.clear();
            list.iter().any(|entry| !seen.insert(entry.item))
        };
        let again = data.iter().filter(|list| comes_again(list)).count();
        // A stray duplicate does not make a shop of repeats.
        if data.iter().flatten().any(|entry| entry.bought) || again * 100 < data.users() {
            Self::Purchases
        } else {
            Self::Times
        }
    }

    /// What is known of a user, from interactions in order of time.
    fn history(self, entries: &[Interaction]) -> Vec<Touch> {
        touches(entries.iter(), |entry| entry.bought || matches!(self, Self::Times))
    }
}

/// Whether times tell of most users with several interactions which came first.
pub(super) fn has_order(data: &Interactions) -> bool {
    let several = data.iter().filter_map(|list| Some((list.first()?, list.last().filter(|_| list.len() > 1)?)));
    let (ordered, all) = several.fold((0usize, 0usize), |(ordered, all), (first, last)| {
        (ordered + usize::from(first.time < last.time), all + 1)
    });
    ordered * 2 > all
}

fn has_calendar(data: &Interactions) -> bool {
    let mut firsts: FxHashMap<Millis, usize> = FxHashMap::default();
    data.iter().filter_map(|list| list.first()).for_each(|entry| *firsts.entry(entry.time).or_default() += 1);
    firsts.values().max().is_some_and(|most| most * 2 < data.users())
}

fn after_a_moment(
    data: &Interactions,
    repeats: Repeats,
    count: usize,
    rng: &mut Rng,
) -> Option<(Interactions, Vec<Question>)> {
    let mut times: Vec<Millis> = data.iter().flatten().map(|entry| entry.time).collect();
    let place = ((1.0 - LAST_SHARE) * times.len() as f64) as usize;
    let last = times.len().checked_sub(1)?;
    let moment = *times.select_nth_unstable(place.min(last)).1;
    let buys = data.iter().flatten().any(|entry| entry.bought);
    let mut users: Vec<usize> = (0..data.users()).collect();
    rng.shuffle(&mut users);
    let mut questions = Vec::new();
    for user in users {
        let list = data.of(user);
        let (before, after) = list.split_at(list.partition_point(|entry| entry.time < moment));
        let wanted = |entry: &&Interaction| entry.weight > 0.0 && (entry.bought || !buys);
        let Some(first) = after.iter().find(wanted).filter(|_| !before.is_empty() && questions.len() < count) else {
            continue;
        };
        let same_visit = |entry: &&Interaction| match first.session {
            Some(_) => entry.session == first.session,
            None => entry.time == first.time,
        };
        let relevant = rows(after.iter().filter(wanted).filter(same_visit));
        questions.push(Question { history: repeats.history(before), now: first.time, relevant });
    }
    if questions.len() < QUESTIONS_MIN {
        return None;
    }
    Some((data.filter(|user, place| data.of(user)[place].time < moment), questions))
}

fn last_of_each(
    data: &Interactions,
    repeats: Repeats,
    count: usize,
    rng: &mut Rng,
) -> Option<(Interactions, Vec<Question>)> {
    let mut users: Vec<usize> = (0..data.users()).collect();
    rng.shuffle(&mut users);
    let mut held: FxHashMap<usize, Held> = FxHashMap::default();
    let mut questions = Vec::new();
    for user in users {
        if questions.len() == count {
            break;
        }
        let list = data.of(user);
        let Some(last) = list.last() else { continue };
        let before = &list[..list.partition_point(|entry| entry.time < last.time)];
        let held_out = if before.is_empty() { Held::a_part(list, rng) } else { Held::Since(last.time) };
        let (held_out_entries, before): (Vec<Interaction>, Vec<Interaction>) =
            list.iter().partition(|entry| held_out.has(entry));
        let relevant = rows(held_out_entries.iter().filter(|entry| entry.weight > 0.0));
        if before.is_empty() || relevant.is_empty() {
            continue;
        }
        questions.push(Question { history: repeats.history(&before), now: last.time, relevant });
        held.insert(user, held_out);
    }
    if questions.len() < QUESTIONS_MIN {
        return None;
    }
    let is_kept = |user: usize, place: usize| held.get(&user).is_none_or(|held| !held.has(&data.of(user)[place]));
    Some((data.filter(is_kept), questions))
}

/// What is held out of a user's interactions.
enum Held {
    Since(Millis),
    Items(FxHashSet<Row>),
}

impl Held {
    fn a_part(list: &[Interaction], rng: &mut Rng) -> Self {
        let mut items = rows(list.iter());
        rng.shuffle(&mut items);
        items.truncate(items.len().div_ceil(ONE_OF_A_SET));
        Self::Items(items.into_iter().collect())
    }

    fn has(&self, entry: &Interaction) -> bool {
        match self {
            Self::Since(moment) => entry.time >= *moment,
            Self::Items(items) => items.contains(&entry.item),
        }
    }
}

fn rows<'a>(entries: impl Iterator<Item = &'a Interaction>) -> Vec<Row> {
    let mut rows: Vec<Row> = entries.map(|entry| entry.item).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::signal;
    use types::{InteractionKind, Signal};

    fn data(signals: impl IntoIterator<Item = Signal>) -> Interactions {
        Interactions::from_signals(&signals.into_iter().collect::<Vec<_>>(), 50)
    }

    #[test]
    fn a_sequence_s_last_item_is_asked() {
        let all = data((0..40).flat_map(|user| (0..4).map(move |place| signal(user, user % 9 + place, place.into()))));
        let (rest, questions) = slice(&all, 35, &mut Rng::new(1)).unwrap();
        assert_eq!((questions.len(), rest.len()), (35, 160 - 35));
        for question in &questions {
            let items: Vec<u32> = question.history.iter().map(|touch| touch.item.0).collect();
            let last = question.relevant[0].0;
            assert_eq!((items, question.relevant.len()), (vec![last - 1, last - 2, last - 3], 1));
        }
    }

    #[test]
    fn of_a_set_a_part_is_asked() {
        let all = data((0..40).flat_map(|user| (0..10).map(move |item| signal(user, item, 0))));
        let (rest, questions) = slice(&all, 100, &mut Rng::new(1)).unwrap();
        assert!(!has_order(&all));
        assert_eq!((questions.len(), rest.len()), (40, 40 * 8));
        assert!(questions.iter().all(|question| question.relevant.len() == 2 && question.history.len() == 8));
    }

    #[test]
    fn with_a_calendar_the_first_basket_after_a_moment_is_asked() {
        let bought = |user: u32, item: u32, minutes: i64, visit: u32| Signal {
            kind: InteractionKind::Purchase,
            session: Some(Row(visit)),
            ..signal(user, item, minutes)
        };
        let early = (0..100u32).flat_map(|user| (0..18).map(move |k| bought(user, k, i64::from(user + k), user)));
        let late = (0..100u32).flat_map(|user| {
            let start = 10_000 + i64::from(user);
            [bought(user, 30, start, 1_000 + user), bought(user, 31, start + 200, 2_000 + user)]
        });
        let (rest, questions) = slice(&data(early.chain(late)), 1_000, &mut Rng::new(1)).unwrap();
        assert!(has_order(&rest));
        assert_eq!((rest.len(), questions.len()), (1_800, 100));
        assert!(questions.iter().all(|question| question.relevant == [Row(30)] && question.history[0].purchases == 1));
    }

    #[test]
    fn too_few_are_not_asked() {
        assert!(slice(&data([signal(0, 1, 1), signal(1, 2, 1)]), 100, &mut Rng::new(1)).is_none());
        assert!(slice(&data([]), 100, &mut Rng::new(1)).is_none());
    }
}
