use super::{BanditError, record};
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

const VERSION: u8 = 1;
/// Slates of either kind below which nothing is concluded from what was observed.
const SLATES_MIN: f64 = 30.0;

/// What exploring may cost.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetConfig {
    /// The share of clicks that may be lost over all slates, 0..=1.
    pub regret_max: f64,
    /// The share of revenue that may be lost over all slates, 0..=1, before exploring is throttled further.
    pub revenue_loss_max: f64,
    /// The greatest share of slates that explore, 0..=0.95; the rest is what they are compared with.
    pub share_max: f64,
    /// Standard errors between an estimate and its bound; 1.645 is one-sided 95 %.
    pub confidence: f64,
    /// Slates after which evidence has faded to 1/e, 100..=1e9.
    pub memory: f64,
    /// Clicks and revenue of one slate are cut to these and counted, so that no single one decides.
    pub outcome_max: (f64, f64),
}

impl Default for BudgetConfig {
    fn default() -> Self {
        Self {
            regret_max: 0.02,
            revenue_loss_max: 0.02,
            share_max: 0.5,
            confidence: 1.645,
            memory: 100_000.0,
            outcome_max: (10.0, 1e4),
        }
    }
}

/// What came of one slate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlateOutcome {
    /// Whether it was allowed to explore: [`super::Slate::explored`].
    pub explored: bool,
    /// [`super::Slate::greedy_expected`].
    pub greedy_expected: f64,
    /// [`super::Slate::expected`].
    pub expected: f64,
    /// Clicks observed on it.
    pub clicks: f64,
    /// Revenue observed after it, in any one unit.
    pub revenue: f64,
}

/// Says how large a share of slates may explore so that the clicks lost stay within a budget.
///
/// Which slates explore is chance, so those that do and those that do not are a randomised comparison: the loss of
/// exploring is `1 - clicks of an exploring slate / clicks of a greedy one`, with the standard error of a ratio of means
/// by the delta method. The share is the budget over the upper bound of that loss, and never assumes less loss than the
/// policy itself expects. Before there is evidence the loss is taken as total. Revenue throttles once its loss is beyond
/// doubt (the lower bound), because its upper bound is too wide to be of use.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplorationBudget {
    config: BudgetConfig,
    /// Of greedy and of exploring slates.
    clicks: [Moments; 2],
    revenue: [Moments; 2],
    /// Sums over exploring slates of what greed and what the shown slate was expected to bring.
    greedy_expected: f64,
    expected: f64,
    refused: u64,
    clipped: u64,
}

/// What a budget knows and decides, for reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetReading {
    /// The share of slates that may explore now.
    pub share: f64,
    /// The loss of clicks of an exploring slate, as a share of a greedy one's: what the policy expects.
    pub loss_expected: f64,
    /// The same as observed; `None` before there is evidence.
    pub loss_observed: Option<f64>,
    /// The bound the share follows from.
    pub loss_upper: f64,
    /// The lower bound of the loss of revenue; `None` before there is evidence.
    pub revenue_loss_lower: Option<f64>,
    /// The share of all clicks lost to exploring lately, as observed; 0 before there is evidence.
    pub spent: f64,
    /// Outcomes with numbers that are not finite or below 0.
    pub refused: u64,
    /// Outcomes cut to [`BudgetConfig::outcome_max`].
    pub clipped: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn fade(&mut self, factor: f64) {
        *self = Self { count: self.count * factor, sum: self.sum * factor, squares: self.squares * factor };
    }

    fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// Squared standard error of the mean over the squared mean.
    fn relative_variance(&self) -> f64 {
        let variance = (self.squares / self.count - self.mean().powi(2)).max(0.0);
        variance / self.count / self.mean().powi(2)
    }
}

/// The loss of the second against the first, and its standard error; `None` without evidence.
fn loss([greedy, exploring]: &[Moments; 2]) -> Option<(f64, f64)> {
    let enough = greedy.count >= SLATES_MIN && exploring.count >= SLATES_MIN && greedy.sum > 0.0;
    if !enough {
        return None;
    }
    if exploring.sum <= 0.0 {
        return Some((1.0, 0.0));
    }
    let ratio = exploring.mean() / greedy.mean();
    Some((1.0 - ratio, ratio * (exploring.relative_variance() + greedy.relative_variance()).sqrt()))
}

impl ExplorationBudget {
    /// Without evidence.
    ///
    /// # Errors
    /// Where a setting is outside its range.
    pub fn new(config: BudgetConfig) -> std::result::Result<Self, BanditError> {
        let BudgetConfig { regret_max, revenue_loss_max, share_max, confidence, memory, outcome_max } = config;
        let ranges = [
            ("regret_max", regret_max, 0.0, 1.0, "0..=1"),
            ("revenue_loss_max", revenue_loss_max, 0.0, 1.0, "0..=1"),
            ("share_max", share_max, 0.0, 0.95, "0..=0.95"),
            ("confidence", confidence, 0.0, 10.0, "0..=10"),
            ("memory", memory, 100.0, 1e9, "100..=1e9"),
            ("outcome_max.0", outcome_max.0, 1e-9, 1e9, "1e-9..=1e9"),
            ("outcome_max.1", outcome_max.1, 1e-9, 1e9, "1e-9..=1e9"),
        ];
        for (field, got, min, max, expected) in ranges {
            if !(min..=max).contains(&got) {
                return Err(BanditError::Setting { field, expected, got });
            }
        }
        let nothing = [Moments::default(); 2];
        let (clicks, revenue) = (nothing, nothing);
        Ok(Self { config, clicks, revenue, greedy_expected: 0.0, expected: 0.0, refused: 0, clipped: 0 })
    }

    /// The probability with which the next slate may explore, 0..=[`BudgetConfig::share_max`].
    pub fn share(&self) -> f64 {
        self.reading().share
    }

    /// Learns what came of a slate.
    pub fn observe(&mut self, outcome: &SlateOutcome) {
        let SlateOutcome { explored, greedy_expected, expected, clicks, revenue } = *outcome;
        let finite = [greedy_expected, expected, clicks, revenue].iter().all(|number| number.is_finite());
        if !finite || clicks < 0.0 || revenue < 0.0 {
            self.refused += 1;
            return;
        }
        let fading = 1.0 - 1.0 / self.config.memory;
        self.clicks.iter_mut().chain(&mut self.revenue).for_each(|moments| moments.fade(fading));
        self.greedy_expected *= fading;
        self.expected *= fading;
        let (clicks_max, revenue_max) = self.config.outcome_max;
        self.clipped += u64::from(clicks > clicks_max || revenue > revenue_max);
        let arm = usize::from(explored);
        self.clicks[arm].add(clicks.min(clicks_max));
        self.revenue[arm].add(revenue.min(revenue_max));
        if explored {
            // A linear model may promise anything; a slate of a million places is as much as is believed.
            self.greedy_expected += greedy_expected.clamp(-1e6, 1e6);
            self.expected += expected.clamp(-1e6, 1e6);
        }
    }

    /// What it knows and decides.
    pub fn reading(&self) -> BudgetReading {
        let BudgetConfig { regret_max, revenue_loss_max, share_max, confidence, .. } = self.config;
        let loss_expected = if self.greedy_expected > 0.0 {
            ((self.greedy_expected - self.expected) / self.greedy_expected).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let observed = loss(&self.clicks);
        let upper = observed.map_or(1.0, |(loss, error)| loss + confidence * error);
        let loss_upper = upper.clamp(loss_expected, 1.0);
        let mut share = share_max;
        if regret_max < loss_upper * share {
            share = regret_max / loss_upper;
        }
        let revenue_loss_lower = loss(&self.revenue).map(|(loss, error)| loss - confidence * error);
        if let Some(lower) = revenue_loss_lower.filter(|lower| revenue_loss_max < lower * share) {
            share = revenue_loss_max / lower;
        }
        let [greedy, exploring] = &self.clicks;
        let explored = exploring.count / (greedy.count + exploring.count).max(1.0);
        BudgetReading {
            share,
            loss_expected,
            loss_observed: observed.map(|(loss, _)| loss),
            loss_upper,
            revenue_loss_lower,
            spent: observed.map_or(0.0, |(loss, _)| (loss * explored).max(0.0)),
            refused: self.refused,
            clipped: self.clipped,
        }
    }

    /// All of it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let BudgetConfig { regret_max, revenue_loss_max, share_max, confidence, memory, outcome_max } = self.config;
        let mut numbers =
            vec![regret_max, revenue_loss_max, share_max, confidence, memory, outcome_max.0, outcome_max.1];
        for moments in self.clicks.iter().chain(&self.revenue) {
            numbers.extend([moments.count, moments.sum, moments.squares]);
        }
        numbers.extend([self.greedy_expected, self.expected]);
        let mut writer = Writer::default();
        writer.byte(VERSION);
        record::write(&mut writer, &numbers);
        writer.number(self.refused);
        writer.number(self.clipped);
        writer.0
    }

    /// What [`ExplorationBudget::to_bytes`] was called on.
    ///
    /// # Errors
    /// Where the bytes are of another version or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let numbers = record::read(&mut reader, 21)?;
        let config = BudgetConfig {
            regret_max: numbers[0],
            revenue_loss_max: numbers[1],
            share_max: numbers[2],
            confidence: numbers[3],
            memory: numbers[4],
            outcome_max: (numbers[5], numbers[6]),
        };
        let mut budget = Self::new(config).map_err(|_| reader.fault("settings of a budget"))?;
        let moments = |at: usize| Moments { count: numbers[at], sum: numbers[at + 1], squares: numbers[at + 2] };
        if numbers[7..19].iter().any(|sum| *sum < 0.0) {
            return Err(reader.fault("sums from 0 on"));
        }
        budget.clicks = [moments(7), moments(10)];
        budget.revenue = [moments(13), moments(16)];
        (budget.greedy_expected, budget.expected) = (numbers[19], numbers[20]);
        (budget.refused, budget.clipped) = (reader.number()?, reader.number()?);
        reader.end()?;
        Ok(budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    /// Slates of one click at most; an exploring one loses `loss` of its clicks and `revenue_loss` of its revenue.
    fn run(loss: f64, revenue_loss: f64, seed: u64) -> (ExplorationBudget, f64) {
        let mut budget = ExplorationBudget::new(BudgetConfig::default()).unwrap();
        let mut rng = Rng::new(seed);
        let (mut lost, mut of) = (0.0, 0.0);
        for _ in 0..60_000 {
            let explored = rng.unit() < budget.share();
            let rate = if explored { 0.4 * (1.0 - loss) } else { 0.4 };
            let clicks = f64::from(u8::from(rng.unit() < rate));
            let value = if explored { 10.0 * (1.0 - revenue_loss) } else { 10.0 };
            (lost, of) = (lost + 0.4 - rate, of + 0.4);
            let (greedy_expected, expected) = (0.4, 0.4);
            budget.observe(&SlateOutcome { explored, greedy_expected, expected, clicks, revenue: clicks * value });
        }
        (budget, lost / of)
    }

    #[test]
    fn true_losses_stay_within_the_budget_and_harmless_exploring_is_let_go() {
        for seed in 0..3 {
            for loss in [0.9, 0.5, 0.2] {
                let (budget, lost) = run(loss, loss, seed);
                assert!(lost <= 0.02, "{loss}: {lost}");
                assert!(budget.share() >= 0.02 && budget.share() <= 0.021 / loss, "{:?}", budget.reading());
            }
            let (harmless, _) = run(0.0, 0.0, seed);
            assert!(harmless.share() > 0.3, "{:?}", harmless.reading());
        }
    }

    #[test]
    fn a_loss_of_revenue_throttles_where_clicks_do_not() {
        let (budget, _) = run(-0.2, 0.6, 1);
        let reading = budget.reading();
        assert!(reading.share < 0.06, "{reading:?}");
        assert!(reading.revenue_loss_lower.unwrap() > 0.3);
    }

    #[test]
    fn absurd_outcomes_are_refused_or_cut_and_counted() {
        let (mut budget, _) = run(0.1, 0.1, 1);
        let share = budget.share();
        let outcome = SlateOutcome { explored: true, greedy_expected: 1.0, expected: 1.0, clicks: 1.0, revenue: 1.0 };
        budget.observe(&SlateOutcome { clicks: f64::NAN, ..outcome });
        budget.observe(&SlateOutcome { revenue: -1.0, ..outcome });
        budget.observe(&SlateOutcome {
            clicks: 1e12,
            revenue: 1e12,
            expected: 1e300,
            greedy_expected: 1e300,
            ..outcome
        });
        let reading = budget.reading();
        assert_eq!((reading.refused, reading.clipped), (2, 1));
        assert!(reading.share.is_finite() && (reading.share - share).abs() < 0.5);
        assert_eq!(ExplorationBudget::from_bytes(&budget.to_bytes()).unwrap(), budget);
    }
}
