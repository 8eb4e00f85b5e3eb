use crate::FieldError;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// One second.
    pub const SECOND: i64 = 1_000;
    /// One hour.
    pub const HOUR: i64 = 3_600_000;
    /// One day.
    pub const DAY: i64 = 86_400_000;
    /// How far ahead of the clock an event's time may lie before it is refused: a day covers wrong time zones.
    pub const FUTURE_MAX: i64 = Self::DAY;

    /// Refuses times before 1970 and further ahead of `now` than a day.
    ///
    /// # Errors
    /// A [`FieldError`] with code `time_out_of_range`.
    pub fn checked(self, field: &str, now: Self) -> Result<Self, FieldError> {
        if self.0 < 0 || self.0 > now.0 + Self::FUTURE_MAX {
            let expected = "a time between 1970 and a day from now";
            return Err(FieldError::new("time_out_of_range", field, expected, format!("{} ms since 1970", self.0)));
        }
        Ok(self)
    }

    /// Days from `self` to `later`; negative where `later` is earlier.
    pub fn days_until(self, later: Self) -> f64 {
        (later.0 - self.0) as f64 / Self::DAY as f64
    }
}

/// Tells the time. Passed in everywhere, so that the same log gives the same bytes.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Millis;
}

/// A clock that stands still: for tests, replays and evaluation.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Millis);

impl Clock for FixedClock {
    fn now(&self) -> Millis {
        self.0
    }
}
