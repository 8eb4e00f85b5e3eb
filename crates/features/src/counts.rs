use types::{InteractionKind, Millis};

/// What is counted of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// Shown and, as far as its place tells, looked at: each impression counts the probability that its place is examined.
    Examined,
    /// Its page was looked at.
    Viewed,
    /// Clicked in a slate.
    Clicked,
    /// Put into a cart.
    Carted,
    /// Bought.
    Bought,
    /// Sent back.
    Returned,
}

impl Counted {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 6;

    /// What a deed counts as, where it counts at all.
    pub(crate) fn of(kind: &InteractionKind) -> Option<Self> {
        match kind {
            InteractionKind::View => Some(Self::Viewed),
            InteractionKind::Click => Some(Self::Clicked),
            InteractionKind::AddToCart => Some(Self::Carted),
            InteractionKind::Purchase => Some(Self::Bought),
            InteractionKind::Refund => Some(Self::Returned),
            InteractionKind::Search
            | InteractionKind::Rating
            | InteractionKind::Like
            | InteractionKind::Dislike
            | InteractionKind::Hide
            | InteractionKind::Review
            | InteractionKind::Custom(_) => None,
        }
    }
}

/// Over what time something is counted: what happened `a` ago counts `exp(-a / w)`, so that a steady rate counts as much
/// as it brings in one window, and nothing falls out at an edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
}

impl Window {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its length in seconds.
    pub fn seconds(self) -> f32 {
        match self {
            Self::Hour => 3_600.0,
            Self::Day => 86_400.0,
            Self::Week => 604_800.0,
            Self::Month => 2_592_000.0,
        }
    }

    /// Stable name: `1h`, `1d`, `7d` or `30d`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }
}

/// How often each kind of deed befell one item, over each window. 100 bytes, whatever happens: all counts share the second
/// to which they are faded.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) seconds: u32,
    pub(crate) counts: [[f32; Window::ALL.len()]; Counted::COUNT],
}

/// Counts stay below this, so that a flood of events cannot make them infinite.
const COUNT_MAX: f32 = 1e12;

impl Counts {
    /// Counts a deed of `weight`. Late news is faded to what is known already.
    pub(crate) fn add(&mut self, what: Counted, weight: f32, time: Millis) {
        let seconds = crate::history::to_seconds(time);
        if seconds > self.seconds {
            for window in Window::ALL {
                let fade = fade(self.seconds, seconds, window);
                self.counts.iter_mut().for_each(|counts| counts[window as usize] *= fade);
            }
            self.seconds = seconds;
        }
        for window in Window::ALL {
            let count = &mut self.counts[what as usize][window as usize];
            *count = (*count + weight * fade(seconds, self.seconds, window)).clamp(0.0, COUNT_MAX);
        }
    }

    /// The count at `now`.
    pub(crate) fn at(&self, what: Counted, window: Window, now: Millis) -> f32 {
        self.counts[what as usize][window as usize] * fade(self.seconds, crate::history::to_seconds(now), window)
    }
}

/// What is left at `to` of what was counted at `from`; 1 where that is no later.
fn fade(from: u32, to: u32, window: Window) -> f32 {
    (-(to.saturating_sub(from) as f32) / window.seconds()).exp()
}

/// Probability that the item at `position` (from 1) is looked at: `1 / position` to the power of `steepness`, the form of
/// Joachims, Swaminathan and Schnabel (2017, WSDM, section 6).
pub(crate) fn examination(position: u32, steepness: f32) -> f32 {
    (position.max(1) as f32).powf(-steepness)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_300_000_000_000;

    #[test]
    fn a_steady_rate_counts_what_one_window_brings() {
        let mut counts = Counts::default();
        for minute in 0..60 * 24 * 60 {
            counts.add(Counted::Clicked, 1.0, Millis(START + minute * 60_000));
        }
        let now = Millis(START + 60 * 24 * 60 * 60_000);
        for (window, expected) in [(Window::Hour, 60.0), (Window::Day, 1_440.0), (Window::Week, 10_080.0)] {
            let count = counts.at(Counted::Clicked, window, now);
            assert!((count / expected - 1.0).abs() < 0.02, "{}: {count}", window.name());
        }
        assert_eq!(counts.at(Counted::Bought, Window::Month, now), 0.0);
    }

    #[test]
    fn late_news_counts_as_if_it_had_come_in_time() {
        let at = |hours: i64| Millis(START + hours * 3_600_000);
        let (mut one, mut two) = (Counts::default(), Counts::default());
        one.add(Counted::Viewed, 1.0, at(0));
        one.add(Counted::Viewed, 1.0, at(5));
        two.add(Counted::Viewed, 1.0, at(5));
        two.add(Counted::Viewed, 1.0, at(0));
        for window in Window::ALL {
            let (one, two) = (one.at(Counted::Viewed, window, at(6)), two.at(Counted::Viewed, window, at(6)));
            assert!((one - two).abs() < 1e-6, "{one} {two}");
        }
    }

    #[test]
    fn further_down_is_looked_at_less() {
        assert_eq!(examination(1, 1.0), 1.0);
        assert_eq!(examination(4, 1.0), 0.25);
        assert_eq!(examination(0, 1.0), 1.0);
    }
}
