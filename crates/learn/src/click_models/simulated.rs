//! Users whose examination and taste are known, for tests.

use types::Rng;

use super::ClickLog;

/// Twenty queries with ten items each.
pub(super) struct Truth {
    pub(super) examination: Vec<f64>,
    attraction: Vec<f64>,
    satisfaction: Vec<f64>,
}

impl Truth {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let examination = (1..=10).map(|k| 1.0 / f64::from(k).powf(0.8)).collect();
        let mut draw = |low: f64, high: f64| (0..200).map(|_| low + (high - low) * rng.unit()).collect();
        Self { examination, attraction: draw(0.05, 0.7), satisfaction: draw(0.1, 0.9) }
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32, f64)> + '_ {
        self.attraction.iter().zip(0u32..).map(|(attraction, place)| (place / 10, place % 10, *attraction))
    }

    pub(super) fn attraction(&self, query: u32, item: u32) -> f64 {
        self.attraction[(10 * query + item) as usize]
    }

    pub(super) fn satisfaction(&self, query: u32, item: u32) -> f64 {
        self.satisfaction[(10 * query + item) as usize]
    }

    /// Slates ordered by attraction with noise of the given standard deviation, clicks by position and attraction.
    pub(super) fn position_based(&self, sessions: usize, seed: u64, noise: f64) -> ClickLog {
        let mut rng = Rng::new(seed);
        let mut log = ClickLog::default();
        for _ in 0..sessions {
            let query = rng.below(20) as u32;
            let mut keyed: Vec<(f64, u32)> =
                (0..10).map(|item| (self.attraction(query, item) + noise * rng.normal(), item)).collect();
            keyed.sort_by(|a, b| b.0.total_cmp(&a.0));
            let items: Vec<u32> = keyed.into_iter().map(|(_, item)| item).collect();
            let clicks: Vec<bool> = items
                .iter()
                .zip(&self.examination)
                .map(|(item, examined)| rng.unit() < examined * self.attraction(query, *item))
                .collect();
            log.push(query, &items, &clicks).unwrap();
        }
        log
    }

    /// Shuffled slates, read from the top; `satisfaction` of all items, or each its own.
    pub(super) fn dynamic(&self, sessions: usize, seed: u64, perseverance: f64, satisfaction: Option<f64>) -> ClickLog {
        let mut rng = Rng::new(seed);
        let mut log = ClickLog::default();
        for _ in 0..sessions {
            let query = rng.below(20) as u32;
            let mut items: Vec<u32> = (0..10).collect();
            rng.shuffle(&mut items);
            let mut clicks = vec![false; 10];
            for (item, click) in items.iter().zip(&mut clicks) {
                *click = rng.unit() < self.attraction(query, *item);
                let content = satisfaction.unwrap_or_else(|| self.satisfaction(query, *item));
                if (*click && rng.unit() < content) || rng.unit() >= perseverance {
                    break;
                }
            }
            log.push(query, &items, &clicks).unwrap();
        }
        log
    }
}

/// Whether all numbers are within `tolerance` of those expected.
pub(super) fn close(got: &[f64], expected: &[f64], tolerance: f64) {
    let near = got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() <= tolerance);
    assert!(near && got.len() == expected.len(), "{got:?} is not near {expected:?}");
}
