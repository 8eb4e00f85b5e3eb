use std::sync::Arc;

use types::Row;

/// What is known of one item after another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Link {
    /// The other item.
    pub(crate) item: Row,
    /// The counts of the pair.
    pub(crate) counts: Counts,
}

/// Counts of a pair, packed to 8 bytes; the whole numbers stop at 65,535, far beyond where more of them would be
/// believed more.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Counts {
    /// Sum of the pair's weights over all visits.
    pub(crate) mass: f32,
    /// Times the pair was met.
    pub(crate) together: u16,
    /// Baskets both were bought in.
    pub(crate) baskets: u16,
}

/// The links of one item. Items stand apart from counts because finding one is a scan over all of them, which the
/// compiler turns into a few wide comparisons.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    items: Vec<u32>,
    counts: Vec<Counts>,
}

/// Links, shared with the views that were cloned before.
pub(crate) type SharedLinks = Option<Arc<Links>>;

impl Links {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Link> {
        self.items.iter().zip(&self.counts).map(|(item, counts)| Link { item: Row(*item), counts: *counts })
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Adds a meeting; the link comes into being where it is new.
    pub(crate) fn add(&mut self, item: Row, meeting: Counts) {
        match self.find(item) {
            Some(index) => {
                let counts = &mut self.counts[index];
                counts.mass += meeting.mass;
                counts.together = counts.together.saturating_add(meeting.together);
                counts.baskets = counts.baskets.saturating_add(meeting.baskets);
            }
            None => self.push(Link { item, counts: meeting }),
        }
    }

    /// Takes weight away, not below nothing; a link that is not there stays away.
    pub(crate) fn lower(&mut self, item: Row, mass: f32) {
        let Some(index) = self.find(item) else { return };
        let counts = &mut self.counts[index];
        counts.mass -= mass;
        if counts.mass <= 0.0 {
            self.items.swap_remove(index);
            self.counts.swap_remove(index);
        }
    }

    pub(crate) fn push(&mut self, link: Link) {
        self.items.push(link.item.0);
        self.counts.push(link.counts);
    }

    /// Keeps the `keep` links of the largest `worth`; among equals the older ones.
    pub(crate) fn prune(&mut self, keep: usize, worth: impl Fn(Link) -> f32) {
        let mut order: Vec<(f32, usize)> = self.iter().map(worth).zip(0..).collect();
        if keep < order.len() {
            order.select_nth_unstable_by(keep, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            order.truncate(keep);
        }
        order.sort_unstable_by_key(|(_, index)| *index);
        self.items = order.iter().map(|(_, index)| self.items[*index]).collect();
        self.counts = order.iter().map(|(_, index)| self.counts[*index]).collect();
    }

    fn find(&self, item: Row) -> Option<usize> {
        /// Items compared at once.
        const LANES: usize = 16;
        let mut chunks = self.items.chunks_exact(LANES);
        for (number, chunk) in chunks.by_ref().enumerate() {
            if chunk.iter().fold(false, |found, other| found | (*other == item.0)) {
                return chunk.iter().position(|other| *other == item.0).map(|place| number * LANES + place);
            }
        }
        let rest = chunks.remainder();
        rest.iter().position(|other| *other == item.0).map(|place| self.items.len() - rest.len() + place)
    }
}
