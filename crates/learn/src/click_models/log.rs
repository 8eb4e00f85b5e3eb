use std::sync::Arc;

use rustc_hash::FxHashMap;

/// Longest session that is taken: pages are shorter, and memory is bounded by it.
const POSITIONS_MAX: usize = 1_000;

/// Sessions of search: for each, a query, the items shown from position 1 on, and which of them were clicked.
#[derive(Clone, Debug, Default)]
pub struct ClickLog {
    sessions: Vec<(u32, usize)>,
    pairs: Vec<u32>,
    clicks: Vec<bool>,
    index: Arc<Pairs>,
    positions: usize,
}

/// One session of a [`ClickLog`].
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// What was searched for.
    pub query: u32,
    /// Per position, the place of query and item in the log's table of pairs.
    pub(super) pairs: &'a [u32],
    /// Whether each was clicked.
    pub clicks: &'a [bool],
}

/// Why a session is not taken into a [`ClickLog`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClickLogError {
    /// There must be one click or none an item.
    #[error("clicks: expected one for each of {items} items, got {clicks}")]
    Lengths {
        /// Items shown.
        items: usize,
        /// Answers given.
        clicks: usize,
    },
    /// A session shows between 1 and 1000 items.
    #[error("items: expected 1 to {POSITIONS_MAX}, got {0}")]
    Positions(usize),
}

/// Query and item pairs in the order in which they were first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    index: FxHashMap<(u32, u32), u32>,
    pub(super) keys: Vec<(u32, u32)>,
}

impl Pairs {
    pub(super) fn get(&self, query: u32, item: u32) -> Option<usize> {
        self.index.get(&(query, item)).map(|pair| *pair as usize)
    }

    fn of(&mut self, query: u32, item: u32) -> u32 {
        *self.index.entry((query, item)).or_insert_with(|| {
            self.keys.push((query, item));
            self.keys.len() as u32 - 1
        })
    }
}

impl ClickLog {
    /// Adds a session: `items[i]` stood at position `i + 1` and was clicked where `clicks[i]`.
    ///
    /// # Errors
    /// Where both are not equally long, empty, or longer than 1000; the log is then as before.
    pub fn push(&mut self, query: u32, items: &[u32], clicks: &[bool]) -> Result<(), ClickLogError> {
        if items.len() != clicks.len() {
            return Err(ClickLogError::Lengths { items: items.len(), clicks: clicks.len() });
        }
        if items.is_empty() || items.len() > POSITIONS_MAX {
            return Err(ClickLogError::Positions(items.len()));
        }
        let index = Arc::make_mut(&mut self.index);
        self.pairs.extend(items.iter().map(|item| index.of(query, *item)));
        self.clicks.extend_from_slice(clicks);
        self.sessions.push((query, self.pairs.len()));
        self.positions = self.positions.max(items.len());
        Ok(())
    }

    /// The sessions, in the order in which they were added.
    pub fn sessions(&self) -> impl Iterator<Item = Session<'_>> {
        let mut from = 0;
        self.sessions.iter().map(move |(query, end)| {
            let range = std::mem::replace(&mut from, *end)..*end;
            Session { query: *query, pairs: &self.pairs[range.clone()], clicks: &self.clicks[range] }
        })
    }

    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The deepest position of any session.
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// Clicks over items shown, before any correction; 0 for an empty log.
    pub fn click_rate(&self) -> f64 {
        self.clicks.iter().filter(|click| **click).count() as f64 / self.clicks.len().max(1) as f64
    }

    /// What the pairs of `session` are in this log: query and item of each position.
    pub fn items<'a>(&'a self, session: Session<'a>) -> impl Iterator<Item = u32> + 'a {
        session.pairs.iter().map(|pair| self.index.keys[*pair as usize].1)
    }

    pub(super) fn pairs(&self) -> &Arc<Pairs> {
        &self.index
    }

    /// Shows and clicks of every pair at every position where it stood, ordered by pair and position.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut keyed: Vec<(u32, u32, bool)> = Vec::with_capacity(self.pairs.len());
        for session in self.sessions() {
            let shown = session.pairs.iter().zip(session.clicks).zip(0..);
            keyed.extend(shown.map(|((pair, click), position)| (*pair, position, *click)));
        }
        keyed.sort_unstable();
        let mut cells: Vec<Cell> = Vec::new();
        for (pair, position, click) in keyed {
            match cells.last_mut() {
                Some(cell) if (cell.pair, cell.position) == (pair, position) => cell.add(click),
                _ => {
                    let mut cell = Cell { pair, position, shows: 0.0, clicks: 0.0 };
                    cell.add(click);
                    cells.push(cell);
                }
            }
        }
        cells
    }
}

/// How often a pair was shown and clicked at one position (from 0).
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) pair: u32,
    pub(super) position: u32,
    pub(super) shows: f64,
    pub(super) clicks: f64,
}

impl Cell {
    fn add(&mut self, click: bool) {
        self.shows += 1.0;
        self.clicks += f64::from(u8::from(click));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_come_back_as_they_were_added_and_bad_ones_change_nothing() {
        let mut log = ClickLog::default();
        log.push(3, &[7, 8], &[true, false]).unwrap();
        assert_eq!(log.push(3, &[7], &[]), Err(ClickLogError::Lengths { items: 1, clicks: 0 }));
        assert_eq!(log.push(3, &[], &[]), Err(ClickLogError::Positions(0)));
        assert_eq!(log.push(3, &[0; 1001], &[false; 1001]), Err(ClickLogError::Positions(1001)));
        log.push(4, &[8, 7, 7], &[false, true, true]).unwrap();
        let seen: Vec<_> = log.sessions().map(|s| (s.query, log.items(s).collect::<Vec<_>>(), s.clicks)).collect();
        assert_eq!(seen[0], (3, vec![7, 8], &[true, false][..]));
        assert_eq!(seen[1], (4, vec![8, 7, 7], &[false, true, true][..]));
        assert_eq!((log.len(), log.positions(), log.click_rate()), (2, 3, 0.6));
        assert_eq!(log.cells().len(), 5);
    }
}
