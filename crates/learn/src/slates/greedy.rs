use super::{List, Move, Reordered, Why};

/// Chooses a list's items one place after the other.
pub(super) trait Chooser {
    /// Which of `left` (items without a place, in their old order, never empty) comes to this place: its place in `left`.
    fn choose(&mut self, place: usize, left: &[usize]) -> usize;

    /// Why the item, of which `choose` has just spoken, passes those before it.
    fn why(&self, place: usize, item: usize) -> Why;

    /// An item has come to a place: the chosen one, or a pinned one.
    fn placed(&mut self, place: usize, item: usize);
}

/// Fills the places from the first to the last; pinned items keep theirs.
pub(super) fn arrange(list: &List<'_>, chooser: &mut impl Chooser) -> Reordered {
    let mut left: Vec<usize> = (0..list.len()).filter(|place| !list.is_pinned(*place)).collect();
    let mut order = Vec::with_capacity(list.len());
    let (mut moves, mut passed_by) = (Vec::new(), vec![None; list.len()]);
    for place in 0..list.len() {
        if list.is_pinned(place) {
            chooser.placed(place, place);
            order.push(place);
            continue;
        }
        let at = chooser.choose(place, &left);
        let item = left[at];
        for passed in &left[..at] {
            passed_by[*passed].get_or_insert(item);
        }
        if item != place {
            let passed = passed_by[item].filter(|_| item < place).map(|by| Why::Passed { by });
            moves.push(Move { from: item, to: place, why: passed.unwrap_or_else(|| chooser.why(place, item)) });
        }
        left.remove(at);
        chooser.placed(place, item);
        order.push(item);
    }
    Reordered { order, moves }
}

/// The first of the largest values: of equals the one that stood higher.
pub(super) fn largest(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, value) in values.enumerate() {
        if value > best.1 {
            best = (at, value);
        }
    }
    best.0
}
