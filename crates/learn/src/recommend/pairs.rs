//! Counts which items follow which, for every method that counts.

use types::Millis;

use super::{Interaction, Interactions};

/// What a pair of items is worth.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct PairConfig {
    /// Moments between the two at most.
    pub(super) window: usize,
    /// A pair is divided by the moments between to this power.
    pub(super) distance: f32,
    /// Weight of a pair against the direction of time, where one in its direction is 1.
    pub(super) backward: f32,
    /// Days after which what happened counts half; 0 counts all alike.
    pub(super) half_life_days: f32,
    /// Days between the two at which a pair counts half; 0 counts all alike.
    pub(super) gap_half_life_days: f32,
    /// What a user says is divided by the length of the user's list to this power.
    pub(super) user_exponent: f32,
}

/// Deeds of a user that are paired at most, the last ones: bounds the work that one busy robot can make.
const DEEDS_MAX: usize = 5_000;
/// Deeds to each side of one that it is paired with at most.
const PLACES_MAX: usize = 1_000;
/// Strengths beyond this count as this one, so that no single deed outweighs all others.
const STRENGTH_MAX: f32 = 100.0;
/// How much of a pair's weight a deed against one of its items takes back.
const REFUSAL: f32 = 0.5;

/// Everything that happened, laid out so that the pairs of one item are found without looking at others.
#[derive(Debug)]
pub(super) struct Pairs {
    deeds: Vec<Deed>,
    /// Where the places of each item begin.
    offsets: Vec<usize>,
    /// Places of deeds, by item.
    places: Vec<u32>,
    /// Worth of a pair by the moments between.
    forward: Vec<f32>,
    backward: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
struct Deed {
    item: u32,
    /// Counts the moments of one user after the other, with a jump wider than the window between two users.
    moment: u32,
    /// How much it says; negative against.
    mass: f32,
    /// What a pair across the time since the deed before counts less by.
    fade: f32,
}

/// What was counted for a pair, or for an item with itself.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Count {
    /// Sum of the worths of its meetings.
    pub(super) mass: f32,
    /// How often they met.
    pub(super) meetings: f32,
}

/// Counts of one item with every other one: a place for each item, emptied after use.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    counts: Vec<Count>,
    met: Vec<u32>,
}

impl Pairs {
    /// Bytes that it holds for these interactions.
    pub(super) fn memory(interactions: &Interactions) -> u64 {
        let (deeds, items) = (interactions.len() as u64, interactions.items() as u64);
        deeds * (size_of::<Deed>() as u64 + 4) + 8 * items
    }

    /// Lays out what happened.
    pub(super) fn new(interactions: &Interactions, config: &PairConfig) -> Self {
        let (deeds, window) = (deeds(interactions, config), config.window);
        let mut offsets = vec![0; interactions.items() + 1];
        deeds.iter().for_each(|deed| offsets[deed.item as usize + 1] += 1);
        for item in 1..offsets.len() {
            offsets[item] += offsets[item - 1];
        }
        let (mut next, mut places) = (offsets.clone(), vec![0; deeds.len()]);
        for (place, deed) in deeds.iter().enumerate() {
            places[next[deed.item as usize]] = place as u32;
            next[deed.item as usize] += 1;
        }
        let fade = |gap: usize| (gap.max(1) as f32).powf(-config.distance);
        let back = |gap: usize| if gap == 0 { 1.0 } else { config.backward * fade(gap) };
        let (forward, backward) = ((0..=window).map(fade).collect(), (0..=window).map(back).collect());
        Self { deeds, offsets, places, forward, backward }
    }

    /// Items there are.
    pub(super) fn items(&self) -> usize {
        self.offsets.len() - 1
    }

    /// What all that happened to an item says.
    pub(super) fn total(&self, item: usize) -> Count {
        let places = &self.places[self.offsets[item]..self.offsets[item + 1]];
        let mass = places.iter().map(|place| self.deeds[*place as usize].mass.max(0.0)).sum();
        Count { mass, meetings: places.len() as f32 }
    }

    /// Counts every item that came after `item`, and those before it for what a pair against time is worth.
    pub(super) fn count(&self, item: usize, tally: &mut Tally) {
        for place in &self.places[self.offsets[item]..self.offsets[item + 1]] {
            let place = *place as usize;
            let own = self.deeds[place];
            let end = self.deeds.len().min(place + 1 + PLACES_MAX);
            let mut fade = 1.0;
            for other in &self.deeds[place + 1..end] {
                let gap = (other.moment - own.moment) as usize;
                let Some(far) = self.forward.get(gap) else { break };
                fade *= other.fade;
                tally.add(other.item, worth(&own, other) * far * fade);
            }
            let mut fade = own.fade;
            for other in self.deeds[place.saturating_sub(PLACES_MAX)..place].iter().rev() {
                let gap = (own.moment - other.moment) as usize;
                let Some(far) = self.backward.get(gap).filter(|far| **far > 0.0) else { break };
                tally.add(other.item, worth(&own, other) * far * fade);
                fade *= other.fade;
            }
        }
    }
}

/// What a pair says that lies in one moment.
#[inline]
fn worth(one: &Deed, other: &Deed) -> f32 {
    if one.mass > 0.0 && other.mass > 0.0 { one.mass.min(other.mass) } else { against(one, other) }
}

/// What a pair takes back where one of its items was turned down; where both were, it says nothing.
#[cold]
fn against(one: &Deed, other: &Deed) -> f32 {
    if one.mass < 0.0 && other.mass < 0.0 { 0.0 } else { -REFUSAL * one.mass.abs().min(other.mass.abs()) }
}

impl Tally {
    /// Nothing counted yet.
    pub(super) fn new(items: usize) -> Self {
        Self { counts: vec![Count::default(); items], met: Vec::new() }
    }

    fn add(&mut self, item: u32, mass: f32) {
        let count = &mut self.counts[item as usize];
        if count.meetings == 0.0 {
            self.met.push(item);
        }
        count.mass += mass;
        count.meetings += 1.0;
    }

    /// Hands out what was counted, and forgets it.
    pub(super) fn drain(&mut self, mut each: impl FnMut(u32, Count)) {
        for item in self.met.drain(..) {
            each(item, std::mem::take(&mut self.counts[item as usize]));
        }
    }
}

/// Whether two deeds, one after the other, belong to one moment: they share their time, or a basket.
pub(super) fn is_same_moment(before: &Interaction, after: &Interaction) -> bool {
    before.time == after.time
        || before.bought && after.bought && before.session.is_some() && before.session == after.session
}

fn deeds(interactions: &Interactions, config: &PairConfig) -> Vec<Deed> {
    let last = interactions.last_time().unwrap_or(Millis(0));
    let mut deeds = Vec::with_capacity(interactions.len());
    let mut moment = 0u32;
    // What gets halved within so many days.
    let faded =
        |days: f32, half_life_days: f32| if half_life_days > 0.0 { (-days / half_life_days).exp2() } else { 1.0 };
    for list in interactions.iter() {
        let list = &list[list.len().saturating_sub(DEEDS_MAX)..];
        let share = (list.len() as f32).powf(-config.user_exponent);
        let mut before: Option<&Interaction> = None;
        for entry in list {
            let mut fade = 1.0;
            if let Some(before) = before.filter(|before| !is_same_moment(before, entry)) {
                moment = moment.saturating_add(1);
                fade = faded(before.time.days_until(entry.time) as f32, config.gap_half_life_days);
            }
            before = Some(entry);
            let age = faded(entry.time.days_until(last) as f32, config.half_life_days);
            let mass = share * age * entry.weight.abs().min(STRENGTH_MAX).sqrt().copysign(entry.weight);
            deeds.push(Deed { item: entry.item.0, moment, mass, fade });
        }
        moment = moment.saturating_add(config.window as u32 + 1);
    }
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::signal;
    use types::Signal;

    const CONFIG: PairConfig = PairConfig {
        window: 2,
        distance: 1.0,
        backward: 0.5,
        half_life_days: 0.0,
        gap_half_life_days: 0.0,
        user_exponent: 0.0,
    };

    fn counts(signals: &[Signal], config: &PairConfig, item: usize) -> Vec<(u32, f32)> {
        let pairs = Pairs::new(&Interactions::from_signals(signals, 5), config);
        let (mut tally, mut counts) = (Tally::new(5), Vec::new());
        pairs.count(item, &mut tally);
        tally.drain(|other, count| counts.push((other, count.mass)));
        counts.sort_by_key(|(other, _)| *other);
        counts
    }

    #[test]
    fn what_comes_soon_counts_most_and_users_do_not_mix() {
        let one = [signal(1, 0, 0), signal(1, 1, 1), signal(1, 2, 2), signal(1, 3, 3), signal(2, 4, 4)];
        assert_eq!(counts(&one, &CONFIG, 0), [(1, 1.0), (2, 0.5)]);
        assert_eq!(counts(&one, &CONFIG, 2), [(0, 0.25), (1, 0.5), (3, 1.0)]);
        assert_eq!(counts(&one, &CONFIG, 4), []);
        assert_eq!(counts(&one, &PairConfig { backward: 0.0, distance: 0.0, ..CONFIG }, 0), [(1, 1.0), (2, 1.0)]);
    }

    #[test]
    fn one_moment_has_no_direction() {
        let mut basket = [signal(1, 0, 0), signal(1, 1, 0), signal(1, 2, 5)];
        assert_eq!(counts(&basket, &CONFIG, 1), [(0, 1.0), (2, 1.0)]);
        basket.iter_mut().for_each(|signal| signal.kind = types::InteractionKind::Purchase);
        assert_eq!(counts(&basket, &CONFIG, 2), [(0, 1.0), (1, 1.0)], "one basket, though minutes apart");
    }

    #[test]
    fn a_deed_against_an_item_takes_back() {
        let mut signals = [signal(1, 0, 0), signal(1, 1, 1), signal(2, 0, 0), signal(2, 1, 1)];
        signals[3].strength = -1.0;
        assert_eq!(counts(&signals, &CONFIG, 0), [(1, 0.5)]);
    }

    #[test]
    fn a_robot_makes_bounded_work() {
        let robot: Vec<Signal> = (0..100_000).map(|minute| signal(1, minute % 5, i64::from(minute % 7))).collect();
        let pairs = Pairs::new(&Interactions::from_signals(&robot, 5), &PairConfig { window: 1_000, ..CONFIG });
        assert_eq!(pairs.deeds.len(), DEEDS_MAX);
    }
}
