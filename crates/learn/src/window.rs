use std::sync::Arc;

use types::Row;

/// One item of an actor's window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Recent {
    pub(crate) item: Row,
    /// The session, where the log names one, else [`Recent::NO_SESSION`].
    pub(crate) session: Row,
    /// Seconds since 1970; small, because every actor has some of these.
    pub(crate) seconds: u32,
    /// Root of the strongest deed's strength in this visit.
    pub(crate) mass: f32,
    pub(crate) bought: bool,
}

impl Recent {
    /// Stands for "no session is named".
    pub(crate) const NO_SESSION: Row = Row(u32::MAX);

    /// Whether both belong to one visit: the same session, or, where no session is named, less than `gap` seconds
    /// apart.
    pub(crate) fn is_same_visit(&self, other: &Self, gap: u32) -> bool {
        self.session == other.session
            && (self.session != Self::NO_SESSION || self.seconds.abs_diff(other.seconds) < gap)
    }

    /// Days between the two.
    pub(crate) fn days_apart(&self, other: &Self) -> f32 {
        self.seconds.abs_diff(other.seconds) as f32 / 86_400.0
    }
}

/// The last items of an actor, oldest first, one entry an item and visit; exactly as large as what it holds.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Window(Option<Arc<[Recent]>>);

impl Window {
    pub(crate) fn as_slice(&self) -> &[Recent] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Adds an entry, leaving out the oldest where there are more than `entries_max`.
    pub(crate) fn push(&mut self, recent: Recent, entries_max: usize) {
        let old = self.as_slice();
        let kept = &old[(old.len() + 1).saturating_sub(entries_max.max(1))..];
        self.0 = Some(kept.iter().copied().chain([recent]).collect());
    }

    /// Puts another entry in the place of the one at `index`.
    pub(crate) fn replace(&mut self, index: usize, recent: Recent) {
        if let Some(entries) = &mut self.0 {
            Arc::make_mut(entries)[index] = recent;
        }
    }

    /// Takes out all entries of `item`.
    pub(crate) fn remove(&mut self, item: Row) {
        let kept: Arc<[Recent]> = self.as_slice().iter().filter(|recent| recent.item != item).copied().collect();
        self.0 = if kept.is_empty() { None } else { Some(kept) };
    }
}

impl FromIterator<Recent> for Window {
    fn from_iter<I: IntoIterator<Item = Recent>>(entries: I) -> Self {
        let entries: Arc<[Recent]> = entries.into_iter().collect();
        Self(if entries.is_empty() { None } else { Some(entries) })
    }
}
