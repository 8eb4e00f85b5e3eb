use std::sync::Arc;

use types::Row;

/// What is known of one item after another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Link {
    /// The other item.
    pub(crate) item: Row,
    /// Sum of the pair's weights over all visits.
    pub(crate) mass: f32,
    /// Times the pair was met.
    pub(crate) together: u32,
    /// Baskets both were bought in.
    pub(crate) baskets: u32,
}

/// One meeting of two items, to be added to a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meeting {
    pub(crate) mass: f32,
    pub(crate) together: u32,
    pub(crate) baskets: u32,
}

/// The links of one item, at most twice as many as are kept at a pruning. Items stand apart from the rest because
/// finding one is a scan over all of them, which the compiler turns into a few wide comparisons.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    items: Vec<u32>,
    links: Vec<Link>,
}

/// Links, shared with the views that were cloned before.
pub(crate) type SharedLinks = Option<Arc<Links>>;

impl Links {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Link> {
        self.links.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// Adds a meeting; the link comes into being where it is new.
    pub(crate) fn add(&mut self, item: Row, meeting: Meeting) {
        match self.find(item) {
            Some(index) => {
                let link = &mut self.links[index];
                link.mass += meeting.mass;
                link.together = link.together.saturating_add(meeting.together);
                link.baskets = link.baskets.saturating_add(meeting.baskets);
            }
            None => self.push(Link { item, mass: meeting.mass, together: meeting.together, baskets: meeting.baskets }),
        }
    }

    /// Takes a meeting back, not below nothing; a link that is not there stays away.
    pub(crate) fn lower(&mut self, item: Row, meeting: Meeting) {
        let Some(index) = self.find(item) else { return };
        let link = &mut self.links[index];
        link.mass = (link.mass - meeting.mass).max(0.0);
        link.together = link.together.saturating_sub(meeting.together);
        link.baskets = link.baskets.saturating_sub(meeting.baskets);
        if link.mass == 0.0 || link.together == 0 {
            self.items.swap_remove(index);
            self.links.swap_remove(index);
        }
    }

    pub(crate) fn push(&mut self, link: Link) {
        self.items.push(link.item.0);
        self.links.push(link);
    }

    /// Keeps the `keep` links of the largest `worth`; among equals the older ones.
    pub(crate) fn prune(&mut self, keep: usize, worth: impl Fn(&Link) -> f32) {
        let mut order: Vec<(f32, usize)> = self.links.iter().map(&worth).zip(0..).collect();
        if keep < order.len() {
            order.select_nth_unstable_by(keep, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            order.truncate(keep);
        }
        order.sort_unstable_by_key(|(_, index)| *index);
        let links: Vec<Link> = order.iter().map(|(_, index)| self.links[*index]).collect();
        self.items = links.iter().map(|link| link.item.0).collect();
        self.links = links;
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
