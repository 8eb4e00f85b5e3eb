use super::{ReinforcementError, check};

/// One decision of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What was known of the session; [`LogConfig::features`] finite numbers.
    pub state: Vec<f32>,
    /// The strategy followed, below [`LogConfig::actions`].
    pub action: usize,
    /// The probability with which it was chosen, in (0, 1].
    pub propensity: f64,
    /// What it brought before the next step.
    pub reward: f64,
}

/// A session.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Whose it is; episodes of one unit are no independent evidence.
    pub unit: u64,
    /// From its first decision on.
    pub steps: Vec<Step>,
    /// The state after the last step where the session went on beyond the log; `None` where it ended.
    pub after: Option<Vec<f32>>,
}

/// What a log holds.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// Numbers a state, 1..=1024.
    pub features: usize,
    /// Strategies, 1..=256.
    pub actions: usize,
    /// The least and the greatest reward of a step; others are cut to these and counted.
    pub rewards: (f64, f64),
    /// What a reward one step later is worth, 0..=1.
    pub discount: f64,
}

/// What came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogReport {
    /// Episodes that are learned from.
    pub episodes: usize,
    /// Their steps.
    pub steps: usize,
    /// Rewards beyond the range.
    pub clipped: usize,
    /// Episodes without steps.
    pub empty: usize,
    /// Episodes with a state of another width or that is not finite.
    pub state_invalid: usize,
    /// Episodes with an action there is not.
    pub action_invalid: usize,
    /// Episodes with a propensity of 0, missing (not a number) or above 1.
    pub propensity_invalid: usize,
    /// Episodes with a reward that is no finite number.
    pub reward_not_finite: usize,
}

impl LogReport {
    /// Episodes left out.
    pub fn refused(&self) -> usize {
        self.empty + self.state_invalid + self.action_invalid + self.propensity_invalid + self.reward_not_finite
    }
}

/// Episodes that were checked; faulty ones are left out whole, because a step missing would change what followed what.
#[derive(Clone, Debug)]
pub struct SessionLog {
    pub(super) config: LogConfig,
    pub(super) episodes: Vec<Episode>,
    report: LogReport,
}

/// A decision with what followed within `n` steps.
pub(super) struct Transition<'a> {
    pub(super) state: &'a [f32],
    pub(super) action: usize,
    /// Discounted sum of the rewards on the way.
    pub(super) reward: f64,
    /// Where it led and what a reward there is worth now; `None` where the session ended.
    pub(super) next: Option<(&'a [f32], f64)>,
}

impl SessionLog {
    /// Checks `episodes`.
    ///
    /// # Errors
    /// Where a setting is outside its range or no episode is left.
    pub fn new(config: LogConfig, episodes: Vec<Episode>) -> Result<Self, ReinforcementError> {
        check(&[
            ("features", config.features as f64, 1.0, 1024.0, "1..=1024"),
            ("actions", config.actions as f64, 1.0, 256.0, "1..=256"),
            ("rewards.0", config.rewards.0, -1e9, 1e9, "-1e9..=1e9"),
            ("rewards.1", config.rewards.1, config.rewards.0, 1e9, "from rewards.0 to 1e9"),
            ("discount", config.discount, 0.0, 1.0, "0..=1"),
        ])?;
        let mut report = LogReport::default();
        let mut kept = Vec::with_capacity(episodes.len());
        for mut episode in episodes {
            if let Some(fault) = fault(&config, &episode, &mut report) {
                *fault += 1;
                continue;
            }
            for step in &mut episode.steps {
                let reward = step.reward.clamp(config.rewards.0, config.rewards.1);
                report.clipped += usize::from(reward != step.reward);
                step.reward = reward;
            }
            report.steps += episode.steps.len();
            kept.push(episode);
        }
        if kept.is_empty() {
            return Err(ReinforcementError::NothingToLearn { refused: report.refused() });
        }
        report.episodes = kept.len();
        Ok(Self { config, episodes: kept, report })
    }

    /// What came in.
    pub fn report(&self) -> LogReport {
        self.report
    }

    /// The same episodes in two logs: one to learn from, one to judge by. Units are not torn apart; `share` of them,
    /// by a hash of the unit, is in the second.
    ///
    /// # Errors
    /// Where one part would be empty.
    pub fn split(&self, share: f64) -> Result<(Self, Self), ReinforcementError> {
        let held_out = |episode: &Episode| types::Rng::new(episode.unit).unit() < share;
        let (judge, learn): (Vec<Episode>, Vec<Episode>) = self.episodes.iter().cloned().partition(held_out);
        Ok((Self::new(self.config.clone(), learn)?, Self::new(self.config.clone(), judge)?))
    }

    /// All decisions with the `n` steps after each.
    pub(super) fn transitions(&self, n: usize) -> Vec<Transition<'_>> {
        let discount = self.config.discount;
        let mut transitions = Vec::with_capacity(self.report.steps);
        for Episode { steps, after, .. } in &self.episodes {
            for (at, step) in steps.iter().enumerate() {
                let end = steps.len().min(at + n);
                let (mut reward, mut worth) = (0.0, 1.0);
                for later in &steps[at..end] {
                    reward += worth * later.reward;
                    worth *= discount;
                }
                let next = steps.get(end).map(|step| &step.state).or(after.as_ref());
                let next = next.map(|state| (state.as_slice(), worth));
                transitions.push(Transition { state: &step.state, action: step.action, reward, next });
            }
        }
        transitions
    }

    /// For each step of an episode the discounted sum of the rewards from it on.
    pub(super) fn returns(&self, episode: &Episode) -> Vec<f64> {
        let mut returns: Vec<f64> = episode.steps.iter().map(|step| step.reward).collect();
        for at in (1..returns.len()).rev() {
            returns[at - 1] += self.config.discount * returns[at];
        }
        returns
    }
}

/// The count of the first fault found.
fn fault<'a>(config: &LogConfig, episode: &Episode, report: &'a mut LogReport) -> Option<&'a mut usize> {
    let valid = |state: &Vec<f32>| state.len() == config.features && state.iter().all(|value| value.is_finite());
    let steps = &episode.steps;
    if steps.is_empty() {
        Some(&mut report.empty)
    } else if !steps.iter().map(|step| &step.state).chain(&episode.after).all(valid) {
        Some(&mut report.state_invalid)
    } else if steps.iter().any(|step| step.action >= config.actions) {
        Some(&mut report.action_invalid)
    } else if !steps.iter().all(|step| step.propensity > 0.0 && step.propensity <= 1.0) {
        Some(&mut report.propensity_invalid)
    } else if !steps.iter().all(|step| step.reward.is_finite()) {
        Some(&mut report.reward_not_finite)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode(rewards: &[f64]) -> Episode {
        let step = |reward: &f64| Step { state: vec![*reward as f32], action: 0, propensity: 0.5, reward: *reward };
        Episode { unit: 1, steps: rewards.iter().map(step).collect(), after: None }
    }

    fn config() -> LogConfig {
        LogConfig { features: 1, actions: 1, rewards: (0.0, 10.0), discount: 0.5 }
    }

    #[test]
    fn transitions_look_n_steps_ahead() {
        let open = Episode { after: Some(vec![9.0]), ..episode(&[1.0, 2.0, 4.0]) };
        let log = SessionLog::new(config(), vec![episode(&[1.0, 2.0, 4.0]), open]).unwrap();
        let seen: Vec<(f64, Option<(f32, f64)>)> = (log.transitions(2).iter())
            .map(|each| (each.reward, each.next.map(|(state, worth)| (state[0], worth))))
            .collect();
        let ended = [(2.0, Some((4.0, 0.25))), (4.0, None), (4.0, None)];
        let went_on = [(2.0, Some((4.0, 0.25))), (4.0, Some((9.0, 0.25))), (4.0, Some((9.0, 0.5)))];
        assert_eq!(seen, [ended, went_on].concat());
        assert_eq!(log.returns(&log.episodes[0]), [3.0, 4.0, 4.0]);
    }

    #[test]
    fn faults_are_left_out_and_counted() {
        let change = |change: fn(&mut Step)| {
            let mut episode = episode(&[1.0, 1.0]);
            change(&mut episode.steps[1]);
            episode
        };
        let episodes = vec![
            episode(&[1.0]),
            episode(&[]),
            change(|step| step.state = vec![]),
            change(|step| step.state[0] = f32::NAN),
            change(|step| step.action = 1),
            change(|step| step.propensity = 0.0),
            change(|step| step.propensity = f64::NAN),
            change(|step| step.reward = f64::INFINITY),
            change(|step| step.reward = 1e12),
        ];
        let report = SessionLog::new(config(), episodes).unwrap().report();
        let expected = LogReport {
            episodes: 2,
            steps: 3,
            clipped: 1,
            empty: 1,
            state_invalid: 2,
            action_invalid: 1,
            propensity_invalid: 2,
            reward_not_finite: 1,
        };
        assert_eq!(report, expected);
        let nothing = SessionLog::new(config(), vec![episode(&[])]).unwrap_err();
        assert_eq!(nothing, ReinforcementError::NothingToLearn { refused: 1 });
    }

    #[test]
    fn a_split_keeps_units_whole() {
        let episodes = (0..200).map(|at| Episode { unit: at / 2, ..episode(&[1.0]) }).collect();
        let (learn, judge) = SessionLog::new(config(), episodes).unwrap().split(0.3).unwrap();
        assert_eq!(learn.episodes.len() + judge.episodes.len(), 200);
        assert!((40..80).contains(&judge.episodes.len()));
        assert!(judge.episodes.iter().all(|episode| learn.episodes.iter().all(|other| other.unit != episode.unit)));
    }
}
