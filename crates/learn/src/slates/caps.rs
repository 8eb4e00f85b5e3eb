use std::cell::RefCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::error::length;
use super::greedy::{Chooser, arrange};
use super::{List, Reordered, SlateError, Why, dial};

/// At most `most` items of one label among any `among` places in a row.
#[derive(Clone, Copy, Debug)]
pub struct Cap<'a> {
    /// A label an item; what has none is not capped.
    pub labels: &'a [Option<u32>],
    /// How many, from 1.
    pub most: usize,
    /// Places in a row, from `most`.
    pub among: usize,
}

/// A list under caps.
#[derive(Clone, PartialEq, Debug)]
pub struct Capped {
    /// The list.
    pub reordered: Reordered,
    /// For each cap the places where it is broken, because no item left could stand there without breaking one.
    pub broken: Vec<usize>,
}

/// Keeps caps: each place takes the first item that breaks none. Where every item left breaks one, caps are relaxed from the
/// last one listed to the first. Where that happens, a second pass looks ahead: it holds every label to the pace that its
/// last item needs to come in time, and stands where it breaks no cap at all.
///
/// The dial `d` loosens a cap of `n` among `m` to `m - ⌊d (m - n)⌋` among `m`: at 1 as stated, at 0 none.
///
/// # Errors
/// Where the dial is no share, labels are of another number of items, or a cap is not 1 to `among`.
pub fn caps(list: &List<'_>, caps: &[Cap<'_>], weight: f64) -> Result<Capped, SlateError> {
    for cap in caps {
        length("labels", cap.labels.len(), list.len())?;
        if cap.most == 0 || cap.most > cap.among {
            return Err(SlateError::Count { field: "most", expected: "1 to the places it holds among", got: cap.most });
        }
    }
    let weight = dial(weight)?;
    let loosened = |cap: &Cap<'_>| cap.among - (weight * (cap.among - cap.most) as f64).floor() as usize;
    if weight == 0.0 {
        return Ok(Capped { reordered: Reordered::unchanged(list.len()), broken: vec![0; caps.len()] });
    }
    let set: Vec<Cap<'_>> = caps.iter().map(|cap| Cap { most: loosened(cap), ..*cap }).collect();
    let plain = run(list, &set, false);
    if plain.broken.iter().all(|broken| *broken == 0) {
        return Ok(plain);
    }
    let ahead = run(list, &set, true);
    Ok(if ahead.broken.iter().all(|broken| *broken == 0) { ahead } else { plain })
}

fn run(list: &List<'_>, caps: &[Cap<'_>], looks_ahead: bool) -> Capped {
    let mut chooser = Capping {
        list,
        caps,
        looks_ahead,
        has_pins: list.pinned.contains(&true),
        places: vec![None; list.len()],
        broken: vec![0; caps.len()],
        passed_for: 0,
    };
    for place in (0..list.len()).filter(|place| list.is_pinned(*place)) {
        chooser.places[place] = Some(place);
    }
    let reordered = arrange(list, &mut chooser);
    Capped { reordered, broken: chooser.broken }
}

struct Capping<'a> {
    list: &'a List<'a>,
    caps: &'a [Cap<'a>],
    looks_ahead: bool,
    has_pins: bool,
    /// Items by place: those placed so far, and the pinned ones from the start.
    places: Vec<Option<usize>>,
    broken: Vec<usize>,
    /// The cap for which the first item left was passed over last.
    passed_for: usize,
}

impl Capping<'_> {
    /// Whether an item at this place breaks a cap, with what stands above and what is pinned below.
    fn breaks(&self, cap: &Cap<'_>, place: usize, item: usize) -> bool {
        let Some(label) = cap.labels[item] else { return false };
        let of_label =
            |other: &Option<usize>| other.is_some_and(|other| other != item && cap.labels[other] == Some(label));
        let from = place.saturating_sub(cap.among - 1);
        let taken: Vec<bool> = self.places.iter().skip(from).take(2 * cap.among).map(of_label).collect();
        most_around(&taken, place - from, cap.among) >= cap.most
    }

    /// Which caps are broken.
    fn damage(&self, place: usize, item: usize) -> Vec<bool> {
        self.caps.iter().map(|cap| self.breaks(cap, place, item)).collect()
    }

    /// The last place that each item left may come to, if the later ones of its label are still to come in time; of one
    /// label, those that stand first must come first.
    fn deadlines(&self, place: usize, left: &[usize]) -> Vec<usize> {
        let end = self.list.len() - 1;
        let mut deadlines = vec![end; left.len()];
        for cap in self.caps {
            let mut of_label: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for (at, item) in left.iter().enumerate() {
                if let Some(label) = cap.labels[*item] {
                    of_label.entry(label).or_default().push(at);
                }
            }
            for (label, ats) in of_label {
                let latest = self.latest(cap, label, place, ats.len());
                for (at, latest) in ats.into_iter().zip(latest) {
                    deadlines[at] = deadlines[at].min(latest);
                }
            }
        }
        deadlines
    }

    /// The last places, from `place` on, at which so many items of a label may stand together, rising; `place` for those that
    /// have none.
    fn latest(&self, cap: &Cap<'_>, label: u32, place: usize, items: usize) -> Vec<usize> {
        let end = self.list.len() - 1;
        if !self.has_pins {
            let behind = (0..items).rev();
            return behind.map(|n| end.saturating_sub(n / cap.most * cap.among + n % cap.most)).collect();
        }
        let of_label = |item: &Option<usize>| item.is_some_and(|item| cap.labels[item] == Some(label));
        let mut taken: Vec<bool> = self.places.iter().map(of_label).collect();
        let mut latest = Vec::with_capacity(items);
        for at in (place..=end).rev().filter(|at| !self.list.is_pinned(*at)) {
            if latest.len() < items && most_around(&taken, at, cap.among) < cap.most {
                taken[at] = true;
                latest.push(at);
            }
        }
        latest.resize(items, place);
        latest.reverse();
        latest
    }

    /// The deadline that the next item must have, where as many items must come by then as there are places.
    fn urgent(&self, place: usize, deadlines: &[usize]) -> Option<usize> {
        let mut sorted = deadlines.to_vec();
        sorted.sort_unstable();
        let mut free = 0;
        let (mut from, mut counted) = (place, 0);
        while counted < sorted.len() {
            let by = sorted[counted];
            counted += sorted[counted..].iter().take_while(|deadline| **deadline == by).count();
            free += (from..by + 1).filter(|at| !self.list.is_pinned(*at)).count();
            from = from.max(by + 1);
            if counted >= free {
                return Some(by);
            }
        }
        None
    }
}

/// How many are taken at most of so many places in a row, of those rows that hold `at`; that place itself not counted.
fn most_around(taken: &[bool], at: usize, among: usize) -> usize {
    let has = |place: usize| place != at && taken.get(place).copied().unwrap_or(false);
    let mut count = (at.saturating_sub(among - 1)..at).filter(|place| has(*place)).count();
    let mut most = count;
    for last in at + 1..(at + among).min(taken.len()) {
        count += usize::from(has(last));
        count -= usize::from(last >= among && has(last - among));
        most = most.max(count);
    }
    most
}

impl Chooser for Capping<'_> {
    fn choose(&mut self, place: usize, left: &[usize]) -> usize {
        let first = self.caps.iter().position(|cap| self.breaks(cap, place, left[0]));
        self.passed_for = first.unwrap_or(0);
        // Whether a cap is broken depends on the label alone.
        let known = RefCell::new(FxHashMap::default());
        let breaks = |at: usize, cap: &Cap<'_>, item: usize| {
            *known.borrow_mut().entry((at, cap.labels[item])).or_insert_with(|| self.breaks(cap, place, item))
        };
        let keeps = |item: &usize| !self.caps.iter().enumerate().any(|(at, cap)| breaks(at, cap, *item));
        if self.looks_ahead {
            let deadlines = self.deadlines(place, left);
            let urgent = self.urgent(place, &deadlines).unwrap_or(self.list.len());
            if let Some(at) = (0..left.len()).find(|at| deadlines[*at] <= urgent && keeps(&left[*at])) {
                return at;
            }
        }
        let free = left.iter().position(keeps);
        free.unwrap_or_else(|| {
            let damage = |item: &usize| self.caps.iter().enumerate().map(|(at, cap)| breaks(at, cap, *item)).collect();
            let damages: Vec<Vec<bool>> = left.iter().map(damage).collect();
            // In order of caps: that the first stays whole weighs most.
            (0..left.len()).min_by(|a, b| damages[*a].cmp(&damages[*b])).unwrap_or(0)
        })
    }

    fn why(&self, _: usize, _: usize) -> Why {
        Why::Cap { cap: self.passed_for }
    }

    fn placed(&mut self, place: usize, item: usize) {
        for (at, is_broken) in self.damage(place, item).into_iter().enumerate() {
            self.broken[at] += usize::from(is_broken);
        }
        self.places[place] = Some(item);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists};
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    fn falling(length: usize) -> Vec<f32> {
        (0..length).map(|place| -(place as f32)).collect()
    }

    fn holds(order: &[usize], cap: &Cap<'_>) -> bool {
        let labels: Vec<Option<u32>> = order.iter().map(|item| cap.labels[*item]).collect();
        labels.windows(cap.among.min(labels.len()).max(1)).all(|window| {
            let of = |label: &Option<u32>| window.iter().filter(|other| *other == label).count();
            window.iter().all(|label| label.is_none() || of(label) <= cap.most)
        })
    }

    fn satisfiable(left: &mut Vec<usize>, order: &mut Vec<usize>, caps: &[Cap<'_>]) -> bool {
        if left.is_empty() {
            return true;
        }
        for at in 0..left.len() {
            let item = left.remove(at);
            order.push(item);
            let good = caps.iter().all(|cap| holds(&order[order.len().saturating_sub(cap.among)..], cap));
            let done = good && satisfiable(left, order, caps);
            order.pop();
            left.insert(at, item);
            if done {
                return true;
            }
        }
        false
    }

    #[test]
    fn by_hand() {
        let labels = [1, 1, 1, 2, 3].map(Some);
        let relevance = falling(5);
        let list = List::new(&relevance, &[]).unwrap();
        let cap = Cap { labels: &labels, most: 1, among: 2 };
        let capped = caps(&list, &[cap], 1.0).unwrap();
        assert_eq!((capped.reordered.order, capped.broken), (vec![0, 3, 1, 4, 2], vec![0]));
        assert_eq!(capped.reordered.moves[0].why, Why::Cap { cap: 0 });
        // By rank alone 2 1 1 would come first; the second pass sees that 1 must start.
        let labels = [2, 1, 1].map(Some);
        let relevance = falling(3);
        let list = List::new(&relevance, &[]).unwrap();
        let capped = caps(&list, &[Cap { labels: &labels, most: 1, among: 2 }], 1.0).unwrap();
        assert_eq!((capped.reordered.order, capped.broken), (vec![1, 0, 2], vec![0]));
    }

    #[test]
    fn the_last_cap_is_relaxed_first() {
        let (brands, categories) = ([Some(1), Some(1), Some(2)], [Some(1), Some(2), Some(1)]);
        let relevance = falling(3);
        let list = List::new(&relevance, &[]).unwrap();
        let brand = Cap { labels: &brands, most: 1, among: 2 };
        let category = Cap { labels: &categories, most: 1, among: 2 };
        let capped = caps(&list, &[brand, category], 1.0).unwrap();
        assert_eq!((capped.reordered.order, capped.broken), (vec![0, 2, 1], vec![0, 1]));
        let capped = caps(&list, &[category, brand], 1.0).unwrap();
        assert_eq!((capped.reordered.order, capped.broken), (vec![0, 1, 2], vec![0, 1]));
    }

    #[test]
    fn one_cap_holds_where_any_order_keeps_it() {
        let mut rng = Rng::new(4);
        let (mut possible, mut kept) = (0, 0);
        for _ in 0..400 {
            let length = 3 + rng.below(5);
            let labels: Vec<Option<u32>> =
                (0..length).map(|_| (rng.unit() > 0.15).then(|| rng.below(3) as u32)).collect();
            let among = 2 + rng.below(3);
            let cap = Cap { labels: &labels, most: 1 + rng.below(among - 1), among };
            let relevance = falling(length);
            let list = List::new(&relevance, &[]).unwrap();
            let capped = caps(&list, &[cap], 1.0).unwrap();
            assert_eq!(capped.broken[0] == 0, holds(&capped.reordered.order, &cap));
            if satisfiable(&mut (0..length).collect(), &mut Vec::new(), &[cap]) {
                possible += 1;
                kept += u32::from(capped.broken[0] == 0);
            }
        }
        assert!(possible > 100);
        assert_eq!(kept, possible);
    }

    #[test]
    fn a_pin_is_looked_ahead_to() {
        let labels: Vec<Option<u32>> = (0..12).map(|item| Some(u32::from(item >= 6))).collect();
        let relevance = falling(12);
        let mut pinned = [false; 12];
        pinned[8] = true;
        let list = List::new(&relevance, &pinned).unwrap();
        let capped = caps(&list, &[Cap { labels: &labels, most: 1, among: 2 }], 1.0).unwrap();
        assert_eq!((capped.broken, capped.reordered.order[8]), (vec![0], 8));
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0) {
            let mut rng = Rng::new(seed);
            let labels: Vec<Option<u32>> =
                relevance.iter().map(|_| (rng.unit() > 0.2).then(|| rng.below(4) as u32)).collect();
            let list = List::new(&relevance, &pinned).unwrap();
            let cap = Cap { labels: &labels, most: 2, among: 5 };
            let reordered = check_laws(&list, weight, |weight| caps(&list, &[cap], weight).map(|capped| capped.reordered));
            let full = caps(&list, &[cap], 1.0).unwrap();
            prop_assert_eq!(full.broken[0] == 0, holds(&full.reordered.order, &cap));
            prop_assert_eq!(reordered.order.len(), list.len());
        }

        #[test]
        fn a_cap_is_broken_only_where_all_that_is_left_would(seed in any::<u64>(), length in 1usize..20) {
            let mut rng = Rng::new(seed);
            let labels: Vec<Option<u32>> = (0..length).map(|_| Some(rng.below(3) as u32)).collect();
            let cap = Cap { labels: &labels, most: 1, among: 3 };
            let relevance = falling(length);
            let list = List::new(&relevance, &[]).unwrap();
            let order = caps(&list, &[cap], 1.0).unwrap().reordered.order;
            for place in 0..length {
                let window = |item: usize| {
                    let mut window = order[place.saturating_sub(2)..place].to_vec();
                    window.push(item);
                    holds(&window, &cap)
                };
                prop_assert!(window(order[place]) || !order[place..].iter().any(|item| window(*item)));
            }
        }
    }
}
