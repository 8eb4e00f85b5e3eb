use rustc_hash::FxHashMap;

/// One decision of a logged policy and what came of it, with the probabilities of the policy to be judged (the target).
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// What was decided for independently: a shopper, a session, a request. Rounds of one unit are drawn together by the
    /// bootstrap; give every round a number of its own where each stands alone.
    pub unit: u64,
    /// What was known before the decision, the same numbers in the same order for every round; may be empty.
    pub context: Vec<f64>,
    /// The slot decided about, from 0.
    pub position: usize,
    /// What the logged policy chose.
    pub action: usize,
    /// What came of it: a click (0 or 1), revenue.
    pub reward: f64,
    /// Probability with which the logged policy chose `action` at `position`, in 0..=1 and above 0; `None` where the log
    /// does not tell.
    pub propensity: Option<f64>,
    /// The target's probabilities of actions at `position`, each action once; one that is not listed has probability 0.
    /// A list that adds up to less than 1 is a part of the distribution: importance weighting needs only the chosen
    /// action's, models need all of it.
    pub target: Vec<(usize, f64)>,
}

impl Round {
    /// The target's probability of the action that was chosen.
    pub fn target_of_action(&self) -> f64 {
        self.target.iter().filter(|(action, _)| *action == self.action).map(|(_, probability)| probability).sum()
    }

    /// The target's probability of all the actions listed.
    pub fn target_listed(&self) -> f64 {
        self.target.iter().map(|(_, probability)| probability).sum()
    }
}

/// How many rounds (or slates) were left out, by the first fault found in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// The log gives no propensity.
    pub propensity_missing: usize,
    /// The propensity is 0: what happened cannot have happened.
    pub propensity_zero: usize,
    /// The propensity is negative, above 1, infinite or no number.
    pub propensity_invalid: usize,
    /// The reward is infinite or no number.
    pub reward_not_finite: usize,
    /// The target gives no probability for any action.
    pub target_missing: usize,
    /// A probability of the target is negative, above 1, infinite or no number, or they add up to more than 1.
    pub target_invalid: usize,
    /// The context has another length than the first valid round's, or holds a value that is not finite.
    pub context_invalid: usize,
}

impl Excluded {
    /// All that were left out.
    pub fn total(&self) -> usize {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }

    /// Each reason with its count, under the name of its field.
    pub fn by_reason(&self) -> [(&'static str, usize); 7] {
        [
            ("propensity_missing", self.propensity_missing),
            ("propensity_zero", self.propensity_zero),
            ("propensity_invalid", self.propensity_invalid),
            ("reward_not_finite", self.reward_not_finite),
            ("target_missing", self.target_missing),
            ("target_invalid", self.target_invalid),
            ("context_invalid", self.context_invalid),
        ]
    }

    /// Counts a faulty propensity; tells whether it was one.
    pub(super) fn propensity(&mut self, propensity: Option<f64>) -> bool {
        let count = match propensity {
            None => &mut self.propensity_missing,
            // Below the smallest normal number the weight would be infinite.
            Some(value) if (0.0..f64::MIN_POSITIVE).contains(&value) => &mut self.propensity_zero,
            Some(value) if value > 0.0 && value <= 1.0 => return false,
            Some(_) => &mut self.propensity_invalid,
        };
        *count += 1;
        true
    }
}

/// Rounding that a sum of probabilities may carry.
const SUM_TOLERANCE: f64 = 1e-6;

/// Whether numbers are probabilities of different things.
pub(super) fn is_distribution(probabilities: &[(usize, f64)]) -> bool {
    let each = probabilities.iter().all(|(_, value)| (0.0..=1.0 + SUM_TOLERANCE).contains(value));
    each && probabilities.iter().map(|(_, value)| value).sum::<f64>() <= 1.0 + SUM_TOLERANCE
}

/// The rounds that can be used, in their order, and how many cannot.
pub(super) fn screen(rounds: &[Round]) -> (Vec<&Round>, Excluded) {
    let mut excluded = Excluded::default();
    let mut kept: Vec<&Round> = Vec::with_capacity(rounds.len());
    for round in rounds {
        if excluded.propensity(round.propensity) {
            continue;
        }
        let width = kept.first().map_or(round.context.len(), |first| first.context.len());
        let fault = if !round.reward.is_finite() {
            &mut excluded.reward_not_finite
        } else if round.target.is_empty() {
            &mut excluded.target_missing
        } else if !is_distribution(&round.target) {
            &mut excluded.target_invalid
        } else if round.context.len() != width || round.context.iter().any(|value| !value.is_finite()) {
            &mut excluded.context_invalid
        } else {
            kept.push(round);
            continue;
        };
        *fault += 1;
    }
    (kept, excluded)
}

/// Numbers of units, from 0 in the order of first sight.
pub(super) fn number_units(units: impl Iterator<Item = u64>) -> Vec<usize> {
    let mut known: FxHashMap<u64, usize> = FxHashMap::default();
    units
        .map(|unit| {
            let next = known.len();
            *known.entry(unit).or_insert(next)
        })
        .collect()
}

/// Rewards so far from the others that one of them decides every mean, and the bound that takes their place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExtremeRewards {
    /// How many there are.
    pub count: usize,
    /// The greatest size of a reward that is not extreme; extreme ones are brought to it, with their sign.
    pub bound: f64,
}

/// How many times the median size of rewards that are not 0 makes a reward extreme. Revenue that is log-normal with a
/// spread of a factor e reaches it once in 10^11 orders.
const EXTREME_TIMES: f64 = 1_000.0;

/// Looks for extreme rewards; `None` where there are none.
pub(super) fn extreme_rewards(rewards: &[f64]) -> Option<ExtremeRewards> {
    let mut sizes: Vec<f64> = rewards.iter().map(|reward| reward.abs()).filter(|size| *size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let threshold = EXTREME_TIMES * sizes.get(sizes.len() / 2)?;
    let usual = sizes.partition_point(|size| *size <= threshold);
    (usual < sizes.len()).then(|| ExtremeRewards { count: sizes.len() - usual, bound: sizes[usual - 1] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round() -> Round {
        Round {
            unit: 0,
            context: vec![1.0],
            position: 0,
            action: 1,
            reward: 1.0,
            propensity: Some(0.5),
            target: vec![(0, 0.25), (1, 0.75)],
        }
    }

    #[test]
    fn each_fault_is_counted_under_its_name() {
        let faults = [
            Round { propensity: None, ..round() },
            Round { propensity: Some(0.0), ..round() },
            Round { propensity: Some(-0.0), ..round() },
            Round { propensity: Some(f64::NAN), ..round() },
            Round { propensity: Some(1.0001), ..round() },
            Round { propensity: Some(-0.1), ..round() },
            Round { reward: f64::INFINITY, ..round() },
            Round { reward: f64::NAN, ..round() },
            Round { target: vec![], ..round() },
            Round { target: vec![(0, 0.7), (1, 0.7)], ..round() },
            Round { target: vec![(0, f64::NAN)], ..round() },
            Round { context: vec![], ..round() },
            Round { context: vec![f64::NAN], ..round() },
        ];
        let all: Vec<Round> = std::iter::once(round()).chain(faults).collect();
        let (kept, excluded) = screen(&all);
        assert_eq!(kept, [&round()]);
        let counts: Vec<usize> = excluded.by_reason().iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [1, 2, 3, 2, 1, 2, 2]);
        assert_eq!(excluded.total(), 13);
    }

    #[test]
    fn a_reward_of_a_billion_is_extreme_among_prices_and_a_click_among_none_is_not() {
        assert_eq!(extreme_rewards(&[0.0, 1.0, 0.0, 1.0]), None);
        assert_eq!(extreme_rewards(&[0.0, 0.0]), None);
        assert_eq!(extreme_rewards(&[]), None);
        assert_eq!(extreme_rewards(&[20.0, 1e12, -1e12]), None, "where most are so large, it is the unit of account");
        let found = extreme_rewards(&[0.0, 20.0, -45.0, 30.0, 25.0, 1e12, -1e12]);
        assert_eq!(found, Some(ExtremeRewards { count: 2, bound: 45.0 }));
    }
}
