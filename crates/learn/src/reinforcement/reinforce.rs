use types::Rng;

use super::log::{Episode, SessionLog};
use super::network::{Adam, Network};
use super::{ReinforcementError, StrategyPolicy, check, check_layers, softmax};
use crate::bytes::{Reader, Writer};
use crate::{Error, bandits::record};

const VERSION: u8 = 1;

/// How a policy learns.
#[derive(Clone, Debug, PartialEq)]
pub struct ReinforceConfig {
    /// Units of each hidden layer, up to 4 layers of 1..=512; none is a linear policy.
    pub hidden: Vec<usize>,
    /// How many actions are shown at once, 1..=256: what is shown with others need not be the only favourite.
    pub top: usize,
    /// Importance weights are cut to this, 1..=1e6 (Chen et al., section 4.4).
    pub weight_max: f64,
    /// Bonus on the entropy of the policy, 0..=10, so that no action dies out.
    pub entropy: f64,
    /// Passes over the log, 1..=10000.
    pub passes: usize,
    /// Episodes a step, 1..=4096.
    pub batch: usize,
    /// Step size of Adam, 1e-6..=0.1.
    pub rate: f64,
    /// The share of decisions that go to all actions alike once it acts, 1e-3..=1.
    pub epsilon: f64,
}

impl Default for ReinforceConfig {
    fn default() -> Self {
        Self {
            hidden: vec![32],
            top: 1,
            weight_max: 10.0,
            entropy: 0.01,
            passes: 20,
            batch: 32,
            rate: 3e-3,
            epsilon: 0.02,
        }
    }
}

impl ReinforceConfig {
    fn check(&self) -> Result<(), ReinforcementError> {
        check_layers(&self.hidden)?;
        check(&[
            ("top", self.top as f64, 1.0, 256.0, "1..=256"),
            ("weight_max", self.weight_max, 1.0, 1e6, "1..=1e6"),
            ("entropy", self.entropy, 0.0, 10.0, "0..=10"),
            ("passes", self.passes as f64, 1.0, 10_000.0, "1..=10000"),
            ("batch", self.batch as f64, 1.0, 4096.0, "1..=4096"),
            ("rate", self.rate, 1e-6, 0.1, "1e-6..=0.1"),
            ("epsilon", self.epsilon, 1e-3, 1.0, "0.001..=1"),
        ])
    }
}

/// A policy learned from the gradient of what it would bring (REINFORCE with off-policy and top-k correction: Chen et al.
/// 2019, "Top-k off-policy correction for a REINFORCE recommender system", WSDM, equations 5 to 8).
#[derive(Clone, Debug, PartialEq)]
pub struct Reinforce {
    network: Network,
    epsilon: f64,
}

/// What learning was like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReinforceReport {
    /// Steps learned from, a pass.
    pub steps: usize,
    /// Share of the last pass's importance weights that were cut.
    pub cut: f64,
    /// Mean entropy of the policy over the last pass, in nats.
    pub entropy: f64,
}

/// Sums over a pass.
#[derive(Default)]
struct Pass {
    steps: usize,
    cut: usize,
    entropy: f64,
}

impl Reinforce {
    /// Learns from a log without acting.
    ///
    /// # Errors
    /// Where a setting is outside its range.
    pub fn fit(
        log: &SessionLog,
        config: &ReinforceConfig,
        rng: &mut Rng,
    ) -> Result<(Self, ReinforceReport), ReinforcementError> {
        config.check()?;
        let network = Network::new(log.config.features, &config.hidden, log.config.actions, rng);
        let mut model = Self { network, epsilon: config.epsilon };
        let mut adam = Adam::new(&model.network, config.rate);
        let gains = gains(log);
        let mut order: Vec<usize> = (0..log.episodes.len()).collect();
        let mut gradient = vec![0.0; model.network.weights.len()];
        let mut pass = Pass::default();
        for _ in 0..config.passes {
            pass = Pass::default();
            rng.shuffle(&mut order);
            for batch in order.chunks(config.batch) {
                gradient.fill(0.0);
                for at in batch {
                    model.add_episode(&log.episodes[*at], &gains[*at], config, &mut gradient, &mut pass);
                }
                gradient.iter_mut().for_each(|slope| *slope /= batch.len() as f64);
                adam.step(&mut model.network, &gradient);
            }
        }
        let steps = pass.steps as f64;
        let report = ReinforceReport { steps: pass.steps, cut: pass.cut as f64 / steps, entropy: pass.entropy / steps };
        Ok((model, report))
    }

    /// Adds the gradient of minus `sum_t w_t lambda_t G_t ln pi(a_t | s_t)` less the bonus, with `w = pi / mu` cut,
    /// `lambda = K (1 - pi)^(K - 1)` and `G` the gain from `t` on.
    fn add_episode(
        &self,
        episode: &Episode,
        gains: &[f64],
        config: &ReinforceConfig,
        gradient: &mut [f64],
        pass: &mut Pass,
    ) {
        for (step, gain) in episode.steps.iter().zip(gains) {
            self.network.add_gradient(&step.state, gradient, |outputs| {
                let policy = softmax(outputs);
                let chosen = policy[step.action];
                let weight = chosen / step.propensity;
                let top = config.top as f64 * (1.0 - chosen).powi(config.top as i32 - 1);
                let entropy: f64 = -policy.iter().map(|share| share * share.max(1e-300).ln()).sum::<f64>();
                pass.steps += 1;
                pass.cut += usize::from(weight > config.weight_max);
                pass.entropy += entropy;
                let pull = weight.min(config.weight_max) * top * gain;
                let slope = |(action, share): (usize, &f64)| {
                    let taken = f64::from(u8::from(action == step.action));
                    // Of the entropy: -pi (ln pi + H).
                    let of_entropy = -share * (share.max(1e-300).ln() + entropy);
                    -(pull * (taken - share) + config.entropy * of_entropy)
                };
                policy.iter().enumerate().map(slope).collect()
            });
        }
    }

    /// All of it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        record::write(&mut writer, &[self.epsilon]);
        self.network.write(&mut writer);
        writer.0
    }

    /// What [`Reinforce::to_bytes`] was called on.
    ///
    /// # Errors
    /// Where the bytes are of another version or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReinforcementError> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version }.into());
        }
        let epsilon = record::read(&mut reader, 1)?[0];
        let network = Network::read(&mut reader)?;
        reader.end()?;
        if !(1e-3..=1.0).contains(&epsilon) {
            return Err(reader.fault("a share of chance").into());
        }
        Ok(Self { network, epsilon })
    }
}

/// For each step what it brought from there on, less the mean over all steps and in units of their standard deviation: a
/// baseline changes no direction and takes away most of the noise (Williams 1992, Machine Learning 8).
fn gains(log: &SessionLog) -> Vec<Vec<f64>> {
    let mut gains: Vec<Vec<f64>> = log.episodes.iter().map(|episode| log.returns(episode)).collect();
    let count = gains.iter().map(Vec::len).sum::<usize>() as f64;
    let mean = gains.iter().flatten().sum::<f64>() / count;
    let variance = gains.iter().flatten().map(|gain| (gain - mean).powi(2)).sum::<f64>() / count;
    let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    gains.iter_mut().flatten().for_each(|gain| *gain = (*gain - mean) / scale);
    gains
}

impl StrategyPolicy for Reinforce {
    fn probabilities(&self, state: &[f32]) -> Vec<f64> {
        let policy = softmax(&self.network.output(state));
        let each = self.epsilon / policy.len() as f64;
        policy.iter().map(|share| (1.0 - self.epsilon) * share + each).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LogConfig, Step};
    use super::*;

    /// Sessions of one step: action `a` is chosen with `shares[a]` and brings 1 with `rates[a]`.
    fn log(shares: &[f64], rates: &[f64], count: u64) -> SessionLog {
        let mut rng = Rng::new(2);
        let episodes = (0..count).map(|unit| {
            let mut chance = rng.unit();
            let action = shares.iter().position(|share| {
                chance -= share;
                chance < 0.0
            });
            let action = action.unwrap_or(0);
            let reward = f64::from(u8::from(rng.unit() < rates[action]));
            let step = Step { state: vec![1.0], action, propensity: shares[action], reward };
            Episode { unit, steps: vec![step], after: None }
        });
        let config = LogConfig { features: 1, actions: shares.len(), rewards: (0.0, 1.0), discount: 1.0 };
        SessionLog::new(config, episodes.collect()).unwrap()
    }

    fn config() -> ReinforceConfig {
        ReinforceConfig { hidden: vec![], rate: 0.02, weight_max: 100.0, passes: 15, ..ReinforceConfig::default() }
    }

    #[test]
    fn the_correction_finds_what_the_log_rarely_did() {
        let log = log(&[0.05, 0.75, 0.2], &[0.8, 0.5, 0.1], 4_000);
        let policy =
            |config: &ReinforceConfig| Reinforce::fit(&log, config, &mut Rng::new(1)).unwrap().0.probabilities(&[1.0]);
        assert!(policy(&config())[0] > 0.9, "{:?}", policy(&config()));
        // Weights held near 1 let the log's favourite win.
        let uncorrected = policy(&ReinforceConfig { weight_max: 1.0, passes: 2, ..config() });
        assert!(uncorrected[0] < 0.5, "{uncorrected:?}");
    }

    #[test]
    fn the_top_k_correction_keeps_the_second_best() {
        let log = log(&[0.2; 5], &[0.8, 0.75, 0.1, 0.1, 0.1], 4_000);
        let policy = |top: usize| {
            let config = ReinforceConfig { top, entropy: 0.0, passes: 60, ..config() };
            Reinforce::fit(&log, &config, &mut Rng::new(1)).unwrap().0.probabilities(&[1.0])
        };
        let (one, two) = (policy(1), policy(2));
        assert!(one[0].max(one[1]) > 0.9, "{one:?}");
        assert!(two[0] > 0.2 && two[1] > 0.2 && two[0] + two[1] > 0.9, "{two:?}");
    }

    #[test]
    fn a_reward_that_comes_later_is_credited_to_the_first_step() {
        // Only action 1 in the first state leads to the second state's reward, whatever is done there.
        let mut rng = Rng::new(3);
        let episodes = (0..2_000).map(|unit| {
            let (first, second) = (rng.below(2), rng.below(2));
            let step =
                |state: [f32; 2], action, reward| Step { state: state.to_vec(), action, propensity: 0.5, reward };
            let reward = if first == 1 { 1.0 } else { 0.2 };
            Episode { unit, steps: vec![step([1.0, 0.0], first, 0.0), step([0.0, 1.0], second, reward)], after: None }
        });
        let log_config = LogConfig { features: 2, actions: 2, rewards: (0.0, 1.0), discount: 0.9 };
        let log = SessionLog::new(log_config, episodes.collect()).unwrap();
        let config = ReinforceConfig { entropy: 0.1, ..config() };
        let (model, report) = Reinforce::fit(&log, &config, &mut Rng::new(1)).unwrap();
        assert!(model.probabilities(&[1.0, 0.0])[1] > 0.9);
        assert!((0.2..0.8).contains(&model.probabilities(&[0.0, 1.0])[1]));
        assert!(report.steps == 4_000 && report.entropy > 0.0);
        let bytes = model.to_bytes();
        assert_eq!(Reinforce::fit(&log, &config, &mut Rng::new(1)).unwrap().0.to_bytes(), bytes);
        assert_eq!(Reinforce::from_bytes(&bytes).unwrap(), model);
        assert!((0..bytes.len()).all(|end| Reinforce::from_bytes(&bytes[..end]).is_err()));
    }
}
