use super::node::Node;
use crate::Mapping;

/// Paths at which something may stand, the surest first. `^.` begins one in the document around the event.
pub(super) type Paths = &'static [&'static str];

/// Where a convention keeps what.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// The event's own id.
    pub(super) id: Paths,
    /// What, beside the event itself, makes an event of its own: those who send it, and when.
    pub(super) identity: Paths,
    /// When.
    pub(super) time: Paths,
    pub(super) user: Paths,
    pub(super) anonymous: Paths,
    pub(super) session: Paths,
    pub(super) query: Paths,
    pub(super) query_id: Paths,
    /// The list that items were shown in.
    pub(super) list: Paths,
    /// The number of an order.
    pub(super) order: Paths,
    pub(super) currency: Paths,
    /// The money of the whole event.
    pub(super) total: Paths,
    /// What a review says.
    pub(super) text: Paths,
    pub(super) rating: Paths,
    /// Lists of items, each item with the paths of `line`.
    pub(super) lines: Paths,
    /// Where an item stands that is in no list; the event itself where this is empty.
    pub(super) alone: &'static str,
    /// An item: in a list, or alone.
    pub(super) line: LineLayout,
}

/// Where one item of an event has what.
#[derive(Clone, Copy)]
pub(super) struct LineLayout {
    pub(super) item: Paths,
    /// Of one piece.
    pub(super) price: Paths,
    pub(super) quantity: Paths,
    pub(super) position: Paths,
    /// The number of the first place: 1, or 0 where places are counted from 0.
    pub(super) first_place: u8,
    pub(super) currency: Paths,
    pub(super) query_id: Paths,
}

impl Layout {
    /// Nothing has a place.
    pub(super) const NONE: Self = Self {
        id: &[],
        identity: &[],
        time: &[],
        user: &[],
        anonymous: &[],
        session: &[],
        query: &[],
        query_id: &[],
        list: &[],
        order: &[],
        currency: &[],
        total: &[],
        text: &[],
        rating: &[],
        lines: &[],
        alone: "",
        line: LineLayout {
            item: &[],
            price: &[],
            quantity: &[],
            position: &[],
            first_place: 1,
            currency: &[],
            query_id: &[],
        },
    };
}

/// An event in its document, with what the mapping says of where things stand.
#[derive(Clone)]
pub(super) struct Site<'a> {
    pub(super) event: Node<'a>,
    /// The document around it, which many events may share.
    pub(super) around: Option<Node<'a>>,
    pub(super) mapping: &'a Mapping,
}

impl<'a> Site<'a> {
    /// What stands at the first of the paths; where the mapping names one for the field, that one comes before.
    pub(super) fn find(&self, field: &str, paths: Paths) -> Option<Node<'a>> {
        self.said(field, None).or_else(|| paths.iter().find_map(|path| self.at(path)))
    }

    /// The same for a part of one item of the event.
    pub(super) fn find_in(&self, line: &Node<'a>, field: &str, paths: Paths) -> Option<Node<'a>> {
        self.said(field, Some(line)).or_else(|| line.any(paths))
    }

    fn said(&self, field: &str, line: Option<&Node<'a>>) -> Option<Node<'a>> {
        let path = self.mapping.fields.get(field)?;
        line.and_then(|line| line.get(path)).or_else(|| self.at(path)).or_else(|| self.around.as_ref()?.get(path))
    }

    fn at(&self, path: &str) -> Option<Node<'a>> {
        match path.strip_prefix("^.") {
            Some(path) => self.around.as_ref()?.get(path),
            None => self.event.get(path),
        }
    }
}
