use rustc_hash::FxHashMap;
use types::Row;

use super::super::pairs::is_same_moment;
use super::super::{Interaction, Interactions};
use crate::bytes::{Reader, Writer};

/// Past sessions, and which of them hold an item.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sessions {
    items: usize,
    recent: usize,
    /// Whether later sessions are known to be later, and not just to have a larger number.
    is_in_order: bool,
    /// Where the steps of each session begin; sessions in order of their ends.
    offsets: Vec<usize>,
    steps: Vec<Step>,
    /// Where the sessions of each item begin.
    starts: Vec<usize>,
    /// The last sessions of each item, the latest first.
    of_item: Vec<u32>,
    /// Sessions that hold each item, also those too old to be kept.
    counts: Vec<u32>,
}

/// An item of a session, and in which of its moments it came.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Step {
    item: u32,
    moment: u32,
}

/// How the nearest sessions are found and speak.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Nearest {
    /// Sessions that speak.
    pub(super) sessions: usize,
    /// Moments of the history that are looked at.
    pub(super) last: usize,
    /// What remains of a word one moment farther from where the sessions meet.
    pub(super) gap: f32,
    /// Exponent of how rare a shared item is.
    pub(super) rarity: f32,
}

/// An item of the session that asks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Asked {
    pub(super) item: u32,
    /// How much it says; negative against.
    pub(super) weight: f32,
    /// Moments after it.
    pub(super) place: usize,
}

/// Steps of a session that are kept, the last ones.
const STEPS_MAX: usize = 500;

impl Sessions {
    /// Bytes that it holds for these interactions.
    pub(super) fn memory(interactions: &Interactions) -> u64 {
        interactions.len() as u64 * 20 + interactions.items() as u64 * 12
    }

    /// Remembers every list, or every visit of each list.
    pub(super) fn new(interactions: &Interactions, recent: usize, by_visit: bool) -> Self {
        let mut lists: Vec<&[Interaction]> = Vec::new();
        for list in interactions.iter() {
            let is_one = |a: &Interaction, b: &Interaction| !by_visit || a.session == b.session;
            lists.extend(list.chunk_by(is_one));
        }
        if super::is_dated(interactions) {
            lists.sort_by_key(|list| list.last().map(|entry| entry.time));
        }
        let (mut offsets, mut steps) = (vec![0], Vec::with_capacity(interactions.len()));
        for list in lists {
            let list = &list[list.len().saturating_sub(STEPS_MAX)..];
            // What was turned down on the whole is nothing that others should go on with.
            let mut wanted: FxHashMap<Row, f32> = FxHashMap::default();
            list.iter().for_each(|entry| *wanted.entry(entry.item).or_default() += entry.weight);
            let mut moment = 0;
            for (index, entry) in list.iter().enumerate() {
                moment += u32::from(index > 0 && !is_same_moment(&list[index - 1], entry));
                if entry.weight > 0.0 && wanted[&entry.item] > 0.0 {
                    steps.push(Step { item: entry.item.0, moment });
                }
            }
            offsets.push(steps.len());
        }
        let is_in_order = super::is_in_order(interactions);
        Self::index(interactions.items(), recent, is_in_order, offsets, steps)
    }

    fn index(items: usize, recent: usize, is_in_order: bool, offsets: Vec<usize>, steps: Vec<Step>) -> Self {
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); items];
        let mut counts = vec![0u32; items];
        let mut last_seen = vec![u32::MAX; items];
        for session in (0..offsets.len() as u32 - 1).rev() {
            for step in &steps[offsets[session as usize]..offsets[session as usize + 1]] {
                let item = step.item as usize;
                if last_seen[item] != session {
                    last_seen[item] = session;
                    counts[item] += 1;
                    if lists[item].len() < recent {
                        lists[item].push(session);
                    }
                }
            }
        }
        let (mut starts, mut of_item) = (vec![0], Vec::with_capacity(lists.iter().map(Vec::len).sum()));
        for list in lists {
            of_item.extend(list);
            starts.push(of_item.len());
        }
        Self { items, recent, is_in_order, offsets, steps, starts, of_item, counts }
    }

    /// Sessions there are.
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn steps_of(&self, session: u32) -> &[Step] {
        &self.steps[self.offsets[session as usize]..self.offsets[session as usize + 1]]
    }

    /// How often each item was wanted, and the same with each twentieth of the sessions back counting half,
    /// where their order is known.
    pub(super) fn popularity(&self) -> (Vec<f32>, Vec<f32>) {
        let (mut all, mut late) = (vec![0.0; self.items], vec![0.0; self.items]);
        let half_life = if self.is_in_order { (self.len() as f32 / 20.0).max(1.0) } else { f32::INFINITY };
        for session in 0..self.len() {
            let fade = (-((self.len() - session) as f32) / half_life).exp2();
            for step in self.steps_of(session as u32) {
                all[step.item as usize] += 1.0;
                late[step.item as usize] += fade;
            }
        }
        (all, late)
    }

    /// What the nearest sessions say for each of their items, as shares of what they could say. `asked` has the last first.
    pub(super) fn speak(&self, asked: &[Asked], nearest: &Nearest, said: &mut FxHashMap<u32, f32>) {
        let sessions = self.nearest(asked, nearest);
        let total: f32 = sessions.iter().map(|(_, alike)| alike).sum();
        let mut nearness: FxHashMap<u32, f32> = FxHashMap::default();
        for (session, alike) in sessions {
            let steps = self.steps_of(session);
            // Sessions meet at the item that was asked about last.
            let meets = asked
                .iter()
                .filter(|asked| asked.weight > 0.0)
                .find(|asked| steps.iter().any(|step| step.item == asked.item));
            let Some(met) = meets else { continue };
            let moments: Vec<u32> = steps.iter().filter(|step| step.item == met.item).map(|step| step.moment).collect();
            nearness.clear();
            for step in steps {
                // An item is not said to follow itself where it came but once.
                let others = moments.iter().filter(|moment| step.item != met.item || **moment != step.moment);
                let Some(gap) = others.map(|moment| step.moment.abs_diff(*moment)).min() else { continue };
                let near = nearest.gap.powi(gap.saturating_sub(1) as i32);
                let best: &mut f32 = nearness.entry(step.item).or_default();
                *best = best.max(near);
            }
            for (item, near) in &nearness {
                *said.entry(*item).or_default() += alike * near / total;
            }
        }
    }

    /// The sessions most alike, ties to the latest.
    fn nearest(&self, asked: &[Asked], nearest: &Nearest) -> Vec<(u32, f32)> {
        let mut alike: FxHashMap<u32, f32> = FxHashMap::default();
        for asked in asked {
            let item = asked.item as usize;
            let rarity = (self.len() as f32 / self.counts[item].max(1) as f32).ln().max(0.01).powf(nearest.rarity);
            let fade = (1.0 - asked.place as f32 / nearest.last as f32).max(0.0);
            for session in &self.of_item[self.starts[item]..self.starts[item + 1]] {
                *alike.entry(*session).or_default() += asked.weight * fade * rarity;
            }
        }
        let mut sessions: Vec<(u32, f32)> = alike.into_iter().filter(|(_, alike)| *alike > 0.0).collect();
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0));
        if sessions.len() > nearest.sessions {
            sessions.select_nth_unstable_by(nearest.sessions - 1, order);
            sessions.truncate(nearest.sessions);
        }
        // One order, whatever the map's: sums of floats depend on it.
        sessions.sort_unstable_by(order);
        sessions
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.number(self.recent as u64);
        out.byte(u8::from(self.is_in_order));
        out.number(self.len() as u64);
        for session in 0..self.len() as u32 {
            let steps = self.steps_of(session);
            out.number(steps.len() as u64);
            for step in steps {
                out.number(u64::from(step.item));
                out.number(u64::from(step.moment));
            }
        }
    }

    /// Reads sessions of so many items.
    pub(super) fn read(input: &mut Reader<'_>, items: usize) -> crate::Result<Self> {
        let recent = input.small()? as usize;
        let is_in_order = input.byte()? != 0;
        let (mut offsets, mut steps) = (vec![0], Vec::new());
        for _ in 0..input.count(1)? {
            for _ in 0..input.count(2)? {
                let step = Step { item: input.small()?, moment: input.small()? };
                if step.item as usize >= items {
                    return Err(input.fault("an item that is known"));
                }
                steps.push(step);
            }
            offsets.push(steps.len());
        }
        Ok(Self::index(items, recent, is_in_order, offsets, steps))
    }

    /// Items there are.
    pub(super) fn items(&self) -> usize {
        self.items
    }
}
