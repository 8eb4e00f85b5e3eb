use types::Millis;

/// Praise, blame or neither.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sentiment {
    /// Praise.
    Positive,
    /// Blame.
    Negative,
    /// Neither, or as much of one as of the other.
    Neutral,
}

impl Sentiment {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }
}

/// Reviews counted by what they are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Praise.
    pub positive: u32,
    /// Blame.
    pub negative: u32,
    /// Neither.
    pub neutral: u32,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, sentiment: Sentiment) {
        let counter = match sentiment {
            Sentiment::Positive => &mut self.positive,
            Sentiment::Negative => &mut self.negative,
            Sentiment::Neutral => &mut self.neutral,
        };
        *counter = counter.saturating_add(1);
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: Self) {
        self.positive = self.positive.saturating_add(other.positive);
        self.negative = self.negative.saturating_add(other.negative);
        self.neutral = self.neutral.saturating_add(other.neutral);
    }

    /// All of them.
    pub fn all(self) -> u32 {
        self.positive.saturating_add(self.negative).saturating_add(self.neutral)
    }
}

/// The week a moment is in: weeks begin on Mondays at midnight UTC, and the first is that of 1970-01-01. What lies before
/// counts as the first, so that a wrong clock does no harm.
pub fn week_of(time: Millis) -> u16 {
    let days = time.0.div_euclid(Millis::DAY);
    days.saturating_add(DAYS_BEFORE).div_euclid(7).clamp(0, i64::from(u16::MAX)) as u16
}

/// When a week begins.
pub fn week_begins(week: u16) -> Millis {
    Millis((i64::from(week) * 7 - DAYS_BEFORE) * Millis::DAY)
}

/// Days from the Monday of its week to 1970-01-01, a Thursday.
const DAYS_BEFORE: i64 = 3;

/// Counts by week; of long ago only their sum.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Weeks {
    /// Of the weeks before those told apart.
    pub(crate) earlier: Tally,
    /// The weeks with reviews, in order.
    pub(crate) weeks: Vec<(u16, Tally)>,
}

impl Weeks {
    /// Of the weeks before those that are told apart.
    pub fn earlier(&self) -> Tally {
        self.earlier
    }

    /// The weeks that have reviews, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u16, Tally)> + '_ {
        self.weeks.iter().copied()
    }

    /// Everything counted.
    pub fn total(&self) -> Tally {
        let mut total = self.earlier;
        self.weeks.iter().for_each(|(_, tally)| total.add(*tally));
        total
    }

    /// Counts one; of more than `weeks_max` weeks the oldest goes into the sum.
    pub(crate) fn count(&mut self, week: u16, sentiment: Sentiment, weeks_max: usize) {
        match self.weeks.binary_search_by_key(&week, |(known, _)| *known) {
            Ok(at) => self.weeks[at].1.count(sentiment),
            // A week whose neighbours were summed up already.
            Err(0) if self.weeks.len() >= weeks_max.max(1) => self.earlier.count(sentiment),
            Err(at) => {
                let mut tally = Tally::default();
                tally.count(sentiment);
                self.weeks.insert(at, (week, tally));
                if self.weeks.len() > weeks_max.max(1) {
                    let (_, oldest) = self.weeks.remove(0);
                    self.earlier.add(oldest);
                }
            }
        }
    }

    /// Adds what others have counted.
    pub fn add(&mut self, other: &Self) {
        self.earlier.add(other.earlier);
        if self.weeks.is_empty() {
            self.weeks.clone_from(&other.weeks);
            return;
        }
        for (week, tally) in &other.weeks {
            match self.weeks.binary_search_by_key(week, |(known, _)| *known) {
                Ok(at) => self.weeks[at].1.add(*tally),
                Err(at) => self.weeks.insert(at, (*week, *tally)),
            }
        }
    }
}
