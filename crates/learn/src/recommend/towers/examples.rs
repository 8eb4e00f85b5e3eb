//! From interactions to histories and what they should have foretold.

use types::Rng;

use crate::recommend::factors::Confidence;
use crate::recommend::sequence::loss::Wanted;
use crate::recommend::{Interaction, Interactions};

/// Items of a history that are learnt from, the last ones.
pub(super) const LENGTH: usize = 200;
/// Examples of a user a round: with more, other ones are drawn each round.
const OF_A_USER: usize = 64;
/// Items that an example asks for at most.
pub(super) const WANTED: usize = 64;

/// Ages that are told apart: how many moments ago an item was touched, in steps that grow.
pub(super) const AGES: usize = 16;

/// The step of an age.
pub(super) fn age(moments: usize) -> u8 {
    let step = match moments {
        0..4 => moments,
        _ => {
            let power = moments.ilog2() as usize;
            2 * power + ((moments >> (power - 1)) & 1)
        }
    };
    step.min(AGES - 1) as u8
}

/// An item of a history, and how much it says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Known {
    /// The item; once a step is under way, its place among those of the step.
    pub(super) item: u32,
    pub(super) age: u8,
    pub(super) bought: bool,
    /// Confidence.
    pub(super) weight: f32,
}

/// What a step learns from.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// Where the known of each example begin; one more than examples.
    pub(super) offsets: Vec<usize>,
    pub(super) known: Vec<Known>,
    pub(super) wanted: Wanted,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    pub(super) fn known(&self, example: usize) -> &[Known] {
        &self.known[self.offsets[example]..self.offsets[example + 1]]
    }
}

/// What a user did at one moment, to be foretold from what came before and from a part of itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    user: u32,
    start: u32,
    end: u32,
}

/// How interactions become examples.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Way {
    /// Share of the items of one moment that are asked for from the others.
    pub(super) hidden: f64,
    /// Share of a history that is passed over.
    pub(super) skipped: f64,
    /// An example that asks for n items counts n to this power.
    pub(super) power: f32,
}

/// Makes examples.
#[derive(Clone, Debug)]
pub(super) struct Examples<'a> {
    interactions: &'a Interactions,
    pub(super) confidence: Confidence,
    way: Way,
    /// The example in which an item was met last.
    met: Vec<u32>,
    made: u32,
}

impl<'a> Examples<'a> {
    pub(super) fn new(interactions: &'a Interactions, confidence: Confidence, way: Way) -> Self {
        Self { interactions, confidence, way, met: vec![0; interactions.items()], made: 0 }
    }

    /// The moments of a round, shuffled.
    pub(super) fn moments(&self, rng: &mut Rng) -> Vec<Moment> {
        let mut moments = Vec::new();
        let mut own: Vec<(u32, u32)> = Vec::new();
        for (user, list) in self.interactions.iter().enumerate() {
            let mut start = 0;
            for same in list.chunk_by(|a, b| a.time == b.time) {
                if start > 0 || same.len() > 1 {
                    own.push((start as u32, (start + same.len()) as u32));
                }
                start += same.len();
            }
            if own.len() > OF_A_USER {
                for place in 0..OF_A_USER {
                    let other = place + rng.below(own.len() - place);
                    own.swap(place, other);
                }
                own.truncate(OF_A_USER);
            }
            moments.extend(own.drain(..).map(|(start, end)| Moment { user: user as u32, start, end }));
        }
        rng.shuffle(&mut moments);
        moments
    }

    /// Adds an example to a batch, if anything is known and wanted.
    pub(super) fn add(&mut self, batch: &mut Batch, moment: &Moment, rng: &mut Rng) {
        if batch.offsets.is_empty() {
            batch.offsets.push(0);
            batch.wanted.offsets.push(0);
        }
        self.made += 1;
        let list = self.interactions.of(moment.user as usize);
        let (before, now) = list[..moment.end as usize].split_at(moment.start as usize);
        let mut now: Vec<&Interaction> = now.iter().collect();
        rng.shuffle(&mut now);
        // With nothing before, one is known; one is asked for in any case.
        let least = usize::from(before.is_empty());
        let hidden = now.iter().filter(|_| rng.unit() < self.way.hidden).count();
        let known = if now.len() > 1 { (now.len() - hidden).clamp(least, now.len() - 1) } else { 0 };
        let (known, wanted) = now.split_at(known);
        let first = batch.known.len();
        let mut places = Places::default();
        known.iter().take(LENGTH).for_each(|entry| self.know(batch, &mut places, entry));
        // What is met again and again is passed over, so more is looked at than is kept.
        for entry in before.iter().rev().take(4 * LENGTH) {
            if batch.known.len() - first >= LENGTH {
                break;
            }
            if self.way.skipped == 0.0 || rng.unit() >= self.way.skipped {
                self.know(batch, &mut places, entry);
            }
        }
        self.want(batch, wanted);
        if batch.known.len() > first && batch.wanted.entries.len() > *batch.wanted.offsets.last().unwrap_or(&0) {
            batch.offsets.push(batch.known.len());
            batch.wanted.offsets.push(batch.wanted.entries.len());
        } else {
            batch.known.truncate(first);
            batch.wanted.entries.truncate(*batch.wanted.offsets.last().unwrap_or(&0));
        }
    }

    /// Adds an item to the history, if it was liked at last: an older word on it adds nothing.
    fn know(&mut self, batch: &mut Batch, places: &mut Places, entry: &Interaction) {
        let weight = self.confidence.of(entry.weight);
        if self.met[entry.item.index()] == self.made {
            return;
        }
        self.met[entry.item.index()] = self.made;
        if weight <= 0.0 {
            return;
        }
        let age = age(places.next(entry.time.0));
        batch.known.push(Known { item: entry.item.0, age, bought: entry.bought, weight });
    }

    fn want(&self, batch: &mut Batch, entries: &[&Interaction]) {
        /// How hard an item that was turned down is pushed away, where 1 is how hard all that was wanted is drawn near.
        const REFUSED: f32 = 0.2;
        let entries = || entries.iter().take(WANTED);
        let liked = entries().filter(|entry| entry.weight > 0.0).count() as f32;
        let weight =
            |entry: &Interaction| if entry.weight > 0.0 { liked.powf(self.way.power) / liked } else { -REFUSED };
        batch.wanted.entries.extend(entries().map(|entry| (entry.item.0, weight(entry))));
    }
}

/// Counts moments on the way back through a history.
#[derive(Debug, Default)]
pub(super) struct Places {
    moments: usize,
    last: Option<i64>,
}

impl Places {
    /// How many moments ago this time was; what happened at the same time is equally far back.
    pub(super) fn next(&mut self, time: i64) -> usize {
        self.moments += usize::from(self.last.is_some_and(|last| last != time));
        self.last = Some(time);
        self.moments
    }
}

#[cfg(test)]
mod tests {
    use types::Signal;

    use super::*;
    use crate::recommend::testing::signal;

    fn batch(signals: &[Signal], way: Way) -> Batch {
        let interactions = Interactions::from_signals(signals, 500);
        let confidence = Confidence::of_matrix(&interactions.matrix());
        let mut examples = Examples::new(&interactions, confidence, way);
        let (mut batch, mut rng) = (Batch::default(), Rng::new(1));
        let mut moments = examples.moments(&mut rng);
        moments.sort_by_key(|moment| (moment.user, moment.start));
        moments.iter().for_each(|moment| examples.add(&mut batch, moment, &mut rng));
        batch
    }

    const WAY: Way = Way { hidden: 0.5, skipped: 0.0, power: 1.0 };

    #[test]
    fn in_order_what_came_before_foretells_the_next() {
        let mut signals: Vec<Signal> = (0..4).map(|step| signal(0, step as u32, step)).collect();
        signals.push(signal(0, 1, 4));
        signals[2].strength = -1.0;
        let batch = batch(&signals, WAY);
        assert_eq!(batch.wanted.entries, [(1, 1.0), (2, -0.2), (3, 1.0), (1, 1.0)]);
        let known = |example: usize| -> Vec<(u32, u8)> {
            batch.known(example).iter().map(|known| (known.item, known.age)).collect()
        };
        assert_eq!((known(0), known(2), known(3)), (vec![(0, 0)], vec![(1, 0), (0, 1)], vec![(3, 0), (1, 1), (0, 2)]));
    }

    #[test]
    fn of_a_set_one_part_foretells_the_other() {
        let signals: Vec<Signal> = (0..10).map(|item| signal(0, item, 0)).chain([signal(1, 3, 0)]).collect();
        let batch = batch(&signals, WAY);
        assert_eq!(batch.len(), 1, "one item alone foretells nothing");
        let mut items: Vec<u32> = batch.known(0).iter().map(|known| known.item).collect();
        items.extend(batch.wanted.entries.iter().map(|(item, _)| *item));
        items.sort_unstable();
        assert_eq!(items, (0..10).collect::<Vec<_>>());
        assert!(batch.known(0).iter().all(|known| known.age == 0));
    }

    #[test]
    fn work_on_a_user_is_bounded() {
        let signals: Vec<Signal> = (0..100_000u32).map(|event| signal(0, event % 500, i64::from(event / 3))).collect();
        let long = batch(&signals, WAY);
        assert!(long.len() == OF_A_USER && (0..long.len()).all(|example| long.known(example).len() <= LENGTH));
        let set: Vec<Signal> = (0..100_000u32).map(|event| signal(0, event % 500, 0)).collect();
        let set = batch(&set, WAY);
        assert!(set.known.len() <= LENGTH && set.wanted.entries.len() <= WANTED);
    }

    #[test]
    fn ages_grow_by_steps() {
        let ages: Vec<u8> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 16, 1_000_000].map(age).to_vec();
        assert_eq!(ages, [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8, 15]);
    }
}
