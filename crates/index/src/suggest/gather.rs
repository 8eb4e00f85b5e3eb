use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use rustc_hash::FxHashSet;

use super::keys::Node;
use super::lookup::FoundBy;
use super::shelf::{List, Shelf};

/// Walks through ranges of keys by weight of their entries, the weightiest first.
pub(crate) struct Best<'a> {
    shelf: &'a Shelf,
    heap: BinaryHeap<Reverse<Part>>,
}

/// A range whose smallest position is known.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    position: u32,
    /// Of the same key matched twice, the longer match is the better one to show.
    depth: Reverse<usize>,
    list: usize,
    index: usize,
    start: usize,
    end: usize,
}

/// A key's position, its list, and how many of its bytes are matched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) list: List,
    pub(crate) position: u32,
    pub(crate) depth: usize,
}

impl<'a> Best<'a> {
    pub(crate) fn new(shelf: &'a Shelf, nodes: impl IntoIterator<Item = (List, Node)>) -> Self {
        let mut best = Self { shelf, heap: BinaryHeap::new() };
        for (list, node) in nodes {
            best.push(list as usize, node.range, node.depth);
        }
        best
    }

    fn push(&mut self, list: usize, range: Range<usize>, depth: usize) {
        if let Some((index, position)) = self.shelf.lists[list].smallest(range.clone()) {
            let (start, end) = (range.start, range.end);
            self.heap.push(Reverse(Part { position, depth: Reverse(depth), list, index, start, end }));
        }
    }
}

impl Iterator for Best<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        let Reverse(part) = self.heap.pop()?;
        let Reverse(depth) = part.depth;
        self.push(part.list, part.start..part.index, depth);
        self.push(part.list, part.index + 1..part.end, depth);
        Some(Place { list: List::ALL[part.list], position: part.position, depth })
    }
}

/// An entry that was found, and how.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) entry: u32,
    pub(crate) score: f32,
    pub(crate) place: Place,
    pub(crate) found_by: FoundBy,
    pub(crate) edits: u8,
}

/// Collects the best hits of one shelf, way by way, the most probable way first; each entry counts once.
pub(crate) struct Gather<'a> {
    pub(crate) shelf: &'a Shelf,
    hidden: Option<&'a FxHashSet<u32>>,
    pub(crate) limit: usize,
    pub(crate) hits: Vec<Hit>,
    seen: FxHashSet<u32>,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(shelf: &'a Shelf, hidden: Option<&'a FxHashSet<u32>>, limit: usize) -> Self {
        Self { shelf, hidden, limit, hits: Vec::new(), seen: FxHashSet::default() }
    }

    /// Whether fewer entries were found than wanted.
    pub(crate) fn is_short(&self) -> bool {
        self.hits.len() < self.limit
    }

    /// Takes the `limit` best of these places' entries that were not found before and fulfil the condition; `tries`
    /// bounds how many places are looked at.
    pub(crate) fn take(
        &mut self,
        places: impl Iterator<Item = Place>,
        tries: usize,
        way: Way,
        fits: impl Fn(&Shelf, u32) -> bool,
    ) {
        let mut taken = 0;
        for place in places.take(tries) {
            if taken == self.limit {
                break;
            }
            let entry = self.shelf.entry_at(place.position);
            let hidden = self.hidden.is_some_and(|hidden| hidden.contains(&entry));
            if hidden || self.seen.contains(&entry) || !fits(self.shelf, entry) {
                continue;
            }
            self.seen.insert(entry);
            taken += 1;
            let score = self.shelf.weights[entry as usize] * way.probability;
            self.hits.push(Hit { entry, score, place, found_by: way.found_by, edits: way.edits });
        }
    }
}

/// How entries are found, and how probable it is that who wants one of them types this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) found_by: FoundBy,
    pub(crate) edits: u8,
    pub(crate) probability: f32,
}
