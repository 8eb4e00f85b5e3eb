use crate::decayed::HalfLife;

/// Half-lives and bounds. A state made under one configuration must not be read under another.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Days after which a deed counts half for popularity.
    pub popularity_half_life_days: f64,
    /// Days of the short run of trends.
    pub trend_short_days: f64,
    /// Days of the long run that trends are held against.
    pub trend_long_days: f64,
    /// Strength that chance alone is granted before interest is a trend; 25 are five purchases.
    pub trend_prior: f32,
    /// Days after which a deed counts half in its actor's history.
    pub history_half_life_days: f64,
    /// Items remembered of an actor. Bounds the memory of an actor: 16 bytes each.
    pub history: usize,
    /// Places in the shop's charts: popular, trending, new.
    pub chart: usize,
    /// Places in the chart of a category or surface. Bounds the memory of a category: 16 bytes each.
    pub chart_small: usize,
    /// How steeply attention falls with the place: the item at place k is looked at with probability `k^-steepness`.
    pub examination: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            popularity_half_life_days: 7.0,
            trend_short_days: 1.0,
            trend_long_days: 28.0,
            trend_prior: 25.0,
            history_half_life_days: 30.0,
            history: 128,
            chart: 1024,
            chart_small: 256,
            examination: 1.0,
        }
    }
}

impl Config {
    pub(crate) fn popularity(&self) -> HalfLife {
        HalfLife(self.popularity_half_life_days)
    }

    pub(crate) fn trend_short(&self) -> HalfLife {
        HalfLife(self.trend_short_days)
    }

    pub(crate) fn trend_long(&self) -> HalfLife {
        HalfLife(self.trend_long_days)
    }
}
