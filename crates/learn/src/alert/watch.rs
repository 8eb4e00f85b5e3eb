use super::evidence::log_evidence;
use super::special::beta_quantile;

/// Since when a rise is looked for: tests begin anew at every power of two, so that a long quiet time does not hide it.
const STARTS_MAX: usize = 24;

/// How a share is watched.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WatchOptions {
    /// The chance of ever raising a false alarm between two resets at most, while the share does not rise, though it is
    /// looked at after each outcome.
    pub false_alarm_rate: f64,
    /// Outcomes that tell what is usual before anything is watched.
    pub baseline_min: u32,
    /// By how much, as a factor, a share must exceed the usual one to count as a rise: what is statistically certain may
    /// still be too little to be told.
    pub rise_min: f64,
    /// Outcomes that must be negative before an alert, however unlikely they were.
    pub evidence_min: u32,
    /// Outcomes after which at the latest those of the watch become part of what is usual, if nothing rose; earlier while
    /// there is less past than that.
    pub window: u32,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self { false_alarm_rate: 0.01, baseline_min: 30, rise_min: 1.0, evidence_min: 5, window: 1_000 }
    }
}

/// Watches whether a share of yes among outcomes rises against its own past.
///
/// What is usual is estimated from the past, with its uncertainty: the test is against the upper end of an exact interval
/// (Clopper and Pearson 1934) that misses with half the false-alarm rate; the test itself has the other half. So few past
/// outcomes make it slow to believe in a rise, not quick to raise an alarm. The k-th window since the last reset is given
/// 1/k(k+1) of the rate; these sum to 1.
#[derive(Clone, PartialEq, Debug)]
pub struct Watch {
    pub(super) options: WatchOptions,
    /// Yes and all outcomes that tell what is usual.
    pub(super) past: (u64, u64),
    /// Of the outcomes being watched.
    pub(super) seen: (u64, u64),
    /// Windows since the last reset, this one included; 0 before the first.
    pub(super) windows: u64,
    /// The upper end of what is usual, fixed while watching.
    pub(super) bound: f64,
    /// Tests under way: from how many outcomes on, and yes before.
    pub(super) starts: Vec<(u64, u64)>,
}

/// A share rose.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Alert {
    /// The usual share.
    pub usual: f64,
    /// Its highest plausible value, against which was tested.
    pub usual_max: f64,
    /// The share since the rise is thought to have begun.
    pub now: f64,
    /// Outcomes since then, and how many of them were negative.
    pub outcomes: (u64, u64),
    /// How strongly they speak for a rise: the e-value, at least 1 over the false-alarm rate.
    pub evidence: f64,
    /// The same with the share that this window has of all, to be compared across streams by [`super::discoveries`].
    pub e_value: f64,
}

impl Watch {
    /// Nothing seen yet.
    pub fn new(options: WatchOptions) -> Self {
        Self { options, past: (0, 0), seen: (0, 0), windows: 0, bound: 1.0, starts: Vec::new() }
    }

    /// Takes what was usual before from elsewhere, such as counts of an older period.
    pub fn with_past(mut self, negative: u64, outcomes: u64) -> Self {
        self.past = (negative.min(outcomes), outcomes);
        self.seen = (0, 0);
        self.begin();
        self
    }

    /// Takes the next outcome; an alert resets the watch, which then learns what is usual anew.
    pub fn observe(&mut self, is_negative: bool) -> Option<Alert> {
        self.observe_many(u64::from(is_negative), 1)
    }

    /// Takes outcomes that came together, in an order that is not known, such as those of a week, and looks at them once.
    /// The bound on false alarms holds as it does for single outcomes: tests begin and are looked at between such groups
    /// alone.
    pub fn observe_many(&mut self, negative: u64, outcomes: u64) -> Option<Alert> {
        let negative = negative.min(outcomes);
        let baseline = u64::from(self.options.baseline_min.max(1));
        if outcomes == 0 {
            return None;
        }
        if self.past.1 < baseline {
            self.past = (self.past.0 + negative, self.past.1 + outcomes);
            if self.past.1 >= baseline {
                self.begin();
            }
            return None;
        }
        let passes_power = (self.seen.1 + 1).next_power_of_two() <= self.seen.1 + outcomes;
        if passes_power && self.starts.len() < STARTS_MAX {
            self.starts.push((self.seen.1, self.seen.0));
        }
        self.seen = (self.seen.0 + negative, self.seen.1 + outcomes);
        let alert = self.alert();
        if alert.is_some() {
            *self = Self::new(self.options);
        } else if self.seen.1 >= self.past.1.min(u64::from(self.options.window.max(1))) && self.evidence() < 1.0 {
            // A rise that is not certain yet must not become usual.
            self.past = (self.past.0 + self.seen.0, self.past.1 + self.seen.1);
            self.seen = (0, 0);
            self.begin();
        }
        alert
    }

    /// The e-value of what is being watched: how strongly it speaks for a rise. At most 1 in the mean, while there is
    /// none; 1 where nothing is watched yet.
    pub fn evidence(&self) -> f64 {
        if self.starts.is_empty() {
            return 1.0;
        }
        // A mean of e-processes that begin at different times, with weights that sum to 1, is one.
        self.starts.iter().zip(0..).map(|(start, place)| weight(place) * self.log_evidence(*start).exp()).sum::<f64>()
            + 1.0 / (self.starts.len() + 1) as f64
    }

    /// [`Watch::evidence`] with the share that the window has of all, to be compared across streams by
    /// [`super::discoveries`]; the sum over all windows is 1 in the mean at most, while there is no rise.
    pub fn e_value(&self) -> f64 {
        self.evidence() * self.share()
    }

    /// Negative and all outcomes that tell what is usual.
    pub fn past(&self) -> (u64, u64) {
        self.past
    }

    /// Negative and all outcomes being watched.
    pub fn seen(&self) -> (u64, u64) {
        self.seen
    }

    fn begin(&mut self) {
        self.starts.clear();
        self.windows = self.windows.saturating_add(1);
        let (yes, count) = (self.past.0 as f64, self.past.1 as f64);
        let miss = self.level() / 2.0;
        let upper = if yes >= count { 1.0 } else { beta_quantile(yes + 1.0, count - yes, 1.0 - miss) };
        self.bound = (upper * self.options.rise_min.max(1.0)).clamp(1e-9, 1.0 - 1e-9);
    }

    /// What of the false-alarm rate this window is given.
    fn level(&self) -> f64 {
        self.options.false_alarm_rate.clamp(1e-12, 1.0) * self.share()
    }

    /// What share of the rate that is: 1/k(k+1) for the k-th window.
    fn share(&self) -> f64 {
        let k = self.windows.max(1) as f64;
        1.0 / (k * (k + 1.0))
    }

    fn alert(&self) -> Option<Alert> {
        let evidence = self.evidence();
        if evidence < 2.0 / self.level() {
            return None;
        }
        let strongest = self.starts.iter().max_by(|a, b| self.log_evidence(**a).total_cmp(&self.log_evidence(**b)))?;
        let (count, yes) = (self.seen.1 - strongest.0, self.seen.0 - strongest.1);
        if yes < u64::from(self.options.evidence_min) {
            return None;
        }
        Some(Alert {
            usual: self.past.0 as f64 / self.past.1.max(1) as f64,
            usual_max: self.bound,
            now: yes as f64 / count.max(1) as f64,
            outcomes: (count, yes),
            evidence,
            e_value: evidence * self.share(),
        })
    }

    fn log_evidence(&self, (count, yes): (u64, u64)) -> f64 {
        log_evidence(self.seen.0 - yes, self.seen.1 - count, self.bound)
    }
}

/// Of the k-th test: 1/k(k+1), which sums to 1 less 1/(n+1) for n of them.
fn weight(place: usize) -> f64 {
    let k = (place + 1) as f64;
    1.0 / (k * (k + 1.0))
}

#[cfg(test)]
mod tests {
    use types::Rng;

    use super::*;

    fn run(watch: &mut Watch, share: f64, outcomes: usize, rng: &mut Rng) -> Option<(usize, Alert)> {
        (1..=outcomes).find_map(|at| watch.observe(rng.unit() < share).map(|alert| (at, alert)))
    }

    #[test]
    fn false_alarms_are_rarer_than_the_level() {
        let options = WatchOptions { false_alarm_rate: 0.05, ..WatchOptions::default() };
        let mut rng = Rng::new(1);
        for share in [0.05, 0.2, 0.5] {
            let alarms = (0..400).filter(|_| run(&mut Watch::new(options), share, 900, &mut rng).is_some()).count();
            assert!(alarms <= 12, "{alarms} of 400 at {share}: 20 are allowed");
        }
    }

    #[test]
    fn rises_are_told_soon() {
        let mut rng = Rng::new(2);
        for (share, risen, delay_max) in [(0.1, 0.4, 150), (0.1, 0.8, 40), (0.3, 0.6, 300)] {
            let mut delays: Vec<usize> = (0..60)
                .map(|_| {
                    let mut watch = Watch::new(WatchOptions::default());
                    assert_eq!(run(&mut watch, share, 300, &mut rng), None, "a false alarm");
                    run(&mut watch, risen, 1_000, &mut rng).map_or(1_000, |(delay, _)| delay)
                })
                .collect();
            delays.sort_unstable();
            assert!(delays[30] <= delay_max, "median {} for {share} to {risen}", delays[30]);
        }
    }

    #[test]
    fn weeks_of_outcomes_are_watched_as_well_as_single_ones() {
        let options = WatchOptions { false_alarm_rate: 0.05, ..WatchOptions::default() };
        let mut rng = Rng::new(5);
        let mut week = |watch: &mut Watch, share: f64| {
            let outcomes = rng.below(20) as u64;
            let negative = (0..outcomes).filter(|_| rng.unit() < share).count() as u64;
            watch.observe_many(negative, outcomes)
        };
        let alarms = (0..400)
            .filter(|_| {
                let mut watch = Watch::new(options);
                (0..90).any(|_| week(&mut watch, 0.2).is_some())
            })
            .count();
        assert!(alarms <= 12, "{alarms} of 400: 20 are allowed");
        let told = (0..50)
            .filter(|_| {
                let mut watch = Watch::new(options);
                (0..40).for_each(|_| assert!(week(&mut watch, 0.1).is_none_or(|alert| alert.now > 0.1)));
                (0..8).any(|_| week(&mut watch, 0.5).is_some_and(|alert| alert.e_value <= alert.evidence))
            })
            .count();
        assert!(told >= 42, "{told} of 50");
    }

    #[test]
    fn an_alert_tells_its_evidence_and_resets() {
        let mut rng = Rng::new(3);
        let mut watch = Watch::new(WatchOptions::default()).with_past(20, 400);
        assert_eq!(run(&mut watch, 0.05, 100, &mut rng), None);
        let (_, alert) = run(&mut watch, 0.5, 200, &mut rng).unwrap();
        assert!(alert.evidence >= 100.0 && alert.now > 0.2 && (alert.usual - 0.05).abs() < 0.01, "{alert:?}");
        assert!(alert.usual_max > alert.usual && alert.outcomes.1 >= 5);
        assert_eq!((watch.past(), watch.seen()), ((0, 0), (0, 0)));
    }

    #[test]
    fn a_handful_of_outcomes_raises_no_alarm() {
        let mut watch = Watch::new(WatchOptions::default()).with_past(1, 1_000);
        assert_eq!((0..4).find_map(|_| watch.observe(true)), None);
        let mut new = Watch::new(WatchOptions::default());
        assert_eq!((0..30).find_map(|_| new.observe(true)), None, "nothing is usual yet");
        assert_eq!((0..100).find_map(|_| new.observe(true)), None, "always negative is usual here");
    }

    #[test]
    fn a_rise_that_is_too_small_to_matter_is_not_told() {
        let options = WatchOptions { rise_min: 2.0, ..WatchOptions::default() };
        let mut rng = Rng::new(4);
        let mut watch = Watch::new(options).with_past(1_000, 10_000);
        assert_eq!(run(&mut watch, 0.15, 900, &mut rng), None);
        assert!(run(&mut watch, 0.4, 900, &mut rng).is_some());
    }
}
