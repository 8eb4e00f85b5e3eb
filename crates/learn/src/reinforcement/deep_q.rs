use types::Rng;

use super::log::{SessionLog, Transition};
use super::network::{Adam, Network};
use super::replay::Replay;
use super::{ReinforcementError, StrategyPolicy, best, check, check_layers, softmax};
use crate::bytes::{Reader, Writer};
use crate::{Error, bandits::record};

const VERSION: u8 = 1;
/// Added to errors so that what was learned well is still looked at now and then.
const PRIORITY_MIN: f64 = 1e-3;

/// How a network learns values.
#[derive(Clone, Debug, PartialEq)]
pub struct DeepQConfig {
    /// Units of each hidden layer, up to 4 layers of 1..=512.
    pub hidden: Vec<usize>,
    /// Steps of reward before the network's own estimate, 1..=100. More than 1 follows the log's actions on the way
    /// without correction.
    pub steps_ahead: usize,
    /// Whether the network that learns picks the next action and the slower one values it (double Q-learning: van Hasselt,
    /// Guez and Silver 2016, AAAI).
    pub double: bool,
    /// Whether the network tells a state's value and the actions' advantages apart (Wang et al. 2016, "Dueling network
    /// architectures", ICML, equation 9).
    pub duelling: bool,
    /// How much more often surprising transitions are replayed, 0..=1; 0 is uniform (Schaul et al. 2016, ICLR).
    pub prioritised: f64,
    /// Weight of the conservative term, 0..=100; 0 is plain Q-learning (Kumar et al. 2020, "Conservative Q-learning for
    /// offline reinforcement learning", NeurIPS, equation 4, CQL(H)).
    pub conservative: f64,
    /// Steps of gradient, 1..=10 million.
    pub updates: usize,
    /// Transitions a step, 1..=4096.
    pub batch: usize,
    /// Step size of Adam, 1e-6..=0.1.
    pub rate: f64,
    /// Steps between copies to the slower network, from 1.
    pub target_every: usize,
    /// The share of decisions that go to all actions alike once it acts, 1e-3..=1.
    pub epsilon: f64,
}

impl Default for DeepQConfig {
    fn default() -> Self {
        Self {
            hidden: vec![32, 32],
            steps_ahead: 3,
            double: true,
            duelling: true,
            prioritised: 0.6,
            conservative: 0.5,
            updates: 4_000,
            batch: 32,
            rate: 1e-3,
            target_every: 100,
            epsilon: 0.05,
        }
    }
}

impl DeepQConfig {
    fn check(&self) -> Result<(), ReinforcementError> {
        check_layers(&self.hidden)?;
        check(&[
            ("steps_ahead", self.steps_ahead as f64, 1.0, 100.0, "1..=100"),
            ("prioritised", self.prioritised, 0.0, 1.0, "0..=1"),
            ("conservative", self.conservative, 0.0, 100.0, "0..=100"),
            ("updates", self.updates as f64, 1.0, 1e7, "1..=10000000"),
            ("batch", self.batch as f64, 1.0, 4096.0, "1..=4096"),
            ("rate", self.rate, 1e-6, 0.1, "1e-6..=0.1"),
            ("target_every", self.target_every as f64, 1.0, 1e9, "from 1"),
            ("epsilon", self.epsilon, 1e-3, 1.0, "0.001..=1"),
        ])
    }
}

/// A network that tells what each strategy is worth in a state.
#[derive(Clone, Debug, PartialEq)]
pub struct DeepQ {
    network: Network,
    duelling: bool,
    epsilon: f64,
    /// Values are learned in units of what sessions usually brought; this times that is a value.
    scale: f64,
}

/// What learning was like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeepQReport {
    /// Transitions learned from.
    pub transitions: usize,
    /// Mean squared error of the values against their targets, in the last tenth of the steps, in units of the
    /// square of what sessions usually brought.
    pub error: f64,
    /// Mean over the log's states of the value of the action that was taken.
    pub value_of_log: f64,
    /// Mean over the log's states of the value of the best action; far above the former, or above what any session
    /// brought, it is likely to be an illusion.
    pub value_of_best: f64,
    /// Share of the log's states where the best action is the one that was taken.
    pub agreement: f64,
}

impl DeepQ {
    /// Learns from a log without acting.
    ///
    /// # Errors
    /// Where a setting is outside its range.
    pub fn fit(
        log: &SessionLog,
        config: &DeepQConfig,
        rng: &mut Rng,
    ) -> Result<(Self, DeepQReport), ReinforcementError> {
        config.check()?;
        let outputs = log.config.actions + usize::from(config.duelling);
        let network = Network::new(log.config.features, &config.hidden, outputs, rng);
        let scale = scale(log);
        let model = Self { network, duelling: config.duelling, epsilon: config.epsilon, scale };
        let transitions = log.transitions(config.steps_ahead);
        let mut learner = Learner::new(model, config, transitions.len());
        let (mut error, mut counted) = (0.0, 0.0);
        for update in 0..config.updates {
            let batch = learner.update(&transitions, update, rng);
            if update >= config.updates - config.updates.div_ceil(10) {
                (error, counted) = (error + batch, counted + 1.0);
            }
        }
        let report = learner.model.report(&transitions, error / counted);
        Ok((learner.model, report))
    }

    /// What each action is worth in `state`: the discounted sum of rewards to come.
    ///
    /// # Panics
    /// Where `state` is not as wide as the log's.
    pub fn values(&self, state: &[f32]) -> Vec<f64> {
        assert_eq!(state.len(), self.network.inputs(), "a state is as wide as those learned from");
        self.scaled(state).iter().map(|value| value * self.scale).collect()
    }

    /// In units of what sessions usually brought.
    fn scaled(&self, state: &[f32]) -> Vec<f64> {
        self.of_outputs(&self.network.output(state))
    }

    /// `Q(s, a) = V(s) + A(s, a) - mean A(s, .)`.
    fn of_outputs(&self, outputs: &[f64]) -> Vec<f64> {
        if !self.duelling {
            return outputs.to_vec();
        }
        let (value, advantages) = (outputs[0], &outputs[1..]);
        let mean = advantages.iter().sum::<f64>() / advantages.len() as f64;
        advantages.iter().map(|advantage| value + advantage - mean).collect()
    }

    /// The gradient in the outputs from that in the values.
    fn to_outputs(&self, slopes: Vec<f64>) -> Vec<f64> {
        if !self.duelling {
            return slopes;
        }
        let sum: f64 = slopes.iter().sum();
        let mean = sum / slopes.len() as f64;
        std::iter::once(sum).chain(slopes.iter().map(|slope| slope - mean)).collect()
    }

    fn report(&self, transitions: &[Transition<'_>], error: f64) -> DeepQReport {
        let (mut of_log, mut of_best, mut agreed) = (0.0, 0.0, 0usize);
        for transition in transitions {
            let values = self.values(transition.state);
            let (action, value) = best(&values);
            (of_log, of_best) = (of_log + values[transition.action], of_best + value);
            agreed += usize::from(action == transition.action);
        }
        let count = transitions.len() as f64;
        DeepQReport {
            transitions: transitions.len(),
            error,
            value_of_log: of_log / count,
            value_of_best: of_best / count,
            agreement: agreed as f64 / count,
        }
    }

    /// All of it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        writer.byte(u8::from(self.duelling));
        record::write(&mut writer, &[self.epsilon, self.scale]);
        self.network.write(&mut writer);
        writer.0
    }

    /// What [`DeepQ::to_bytes`] was called on.
    ///
    /// # Errors
    /// Where the bytes are of another version or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReinforcementError> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version }.into());
        }
        let duelling = reader.byte()? == 1;
        let numbers = record::read(&mut reader, 2)?;
        let network = Network::read(&mut reader)?;
        reader.end()?;
        let (epsilon, scale) = (numbers[0], numbers[1]);
        if !(1e-3..=1.0).contains(&epsilon) || scale <= 0.0 || network.outputs() < 1 + usize::from(duelling) {
            return Err(reader.fault("a network of values").into());
        }
        Ok(Self { network, duelling, epsilon, scale })
    }
}

/// The root of the mean square of what came after each step of the log: about 1 in these units is what a network learns
/// best, and what Huber's loss takes for a usual error.
fn scale(log: &SessionLog) -> f64 {
    let squares = log.episodes.iter().flat_map(|episode| log.returns(episode)).map(|value| value * value);
    (squares.sum::<f64>() / log.report().steps as f64).sqrt().max(1e-9)
}

impl StrategyPolicy for DeepQ {
    fn probabilities(&self, state: &[f32]) -> Vec<f64> {
        let values = self.values(state);
        let each = self.epsilon / values.len() as f64;
        let best = best(&values).0;
        (0..values.len()).map(|action| each + if action == best { 1.0 - self.epsilon } else { 0.0 }).collect()
    }
}

/// A model while it learns.
struct Learner<'a> {
    model: DeepQ,
    /// The slower network, which says what comes after.
    target: DeepQ,
    adam: Adam,
    replay: Replay,
    gradient: Vec<f64>,
    config: &'a DeepQConfig,
}

impl<'a> Learner<'a> {
    fn new(model: DeepQ, config: &'a DeepQConfig, transitions: usize) -> Self {
        Self {
            adam: Adam::new(&model.network, config.rate),
            gradient: vec![0.0; model.network.weights.len()],
            replay: Replay::new(transitions),
            target: model.clone(),
            model,
            config,
        }
    }

    /// One step; gives the mean squared error of the batch.
    fn update(&mut self, transitions: &[Transition<'_>], update: usize, rng: &mut Rng) -> f64 {
        if update.is_multiple_of(self.config.target_every) {
            self.target.network.weights.clone_from(&self.model.network.weights);
        }
        // Schaul et al., section 3.4: the correction for the drawing grows from 0.4 to all of it.
        let correction = 0.4 + 0.6 * update as f64 / self.config.updates as f64;
        let drawn: Vec<(usize, f64)> = (0..self.config.batch).map(|_| self.replay.draw(rng)).collect();
        let weight = |probability: f64| (transitions.len() as f64 * probability).max(1e-12).powf(-correction);
        let weight_max = drawn.iter().map(|(_, probability)| weight(*probability)).fold(0.0, f64::max);
        self.gradient.fill(0.0);
        let mut squares = 0.0;
        for (place, probability) in &drawn {
            let error = self.add(&transitions[*place], weight(*probability) / weight_max);
            squares += error * error;
            if self.config.prioritised > 0.0 {
                self.replay.set(*place, (error.abs() + PRIORITY_MIN).powf(self.config.prioritised));
            }
        }
        self.adam.step(&mut self.model.network, &self.gradient);
        squares / drawn.len() as f64
    }

    /// Adds a transition's gradient: Huber's loss of the error, and `conservative (ln sum_a exp Q(s, a) - Q(s, a_log))`.
    /// Gives the error.
    fn add(&mut self, transition: &Transition<'_>, weight: f64) -> f64 {
        let target = self.target_of(transition);
        let (model, config, action) = (&self.model, self.config, transition.action);
        let mut error = 0.0;
        let scale = weight / config.batch as f64;
        model.network.add_gradient(transition.state, &mut self.gradient, |outputs| {
            let values = model.of_outputs(outputs);
            error = values[action] - target;
            let mut slopes = vec![0.0; values.len()];
            slopes[action] = scale * error.clamp(-1.0, 1.0);
            if config.conservative > 0.0 {
                for (slope, share) in slopes.iter_mut().zip(softmax(&values)) {
                    *slope += scale * config.conservative * share;
                }
                slopes[action] -= scale * config.conservative;
            }
            model.to_outputs(slopes)
        });
        error
    }

    fn target_of(&self, transition: &Transition<'_>) -> f64 {
        let reward = transition.reward / self.model.scale;
        let Some((next, worth)) = transition.next else { return reward };
        let values = self.target.scaled(next);
        let ahead = if self.config.double { values[best(&self.model.scaled(next)).0] } else { best(&values).1 };
        reward + worth * ahead
    }
}

#[cfg(test)]
mod tests {
    use super::super::mdp::Mdp;
    use super::super::{Episode, LogConfig, Step};
    use super::*;

    fn one_hot(state: usize, states: usize) -> Vec<f32> {
        (0..states).map(|at| f32::from(u8::from(at == state))).collect()
    }

    /// Sessions of a policy of chance in `mdp`, rewards with noise.
    fn sessions(mdp: &Mdp, count: u64, noise: f64, shares: &[f64]) -> SessionLog {
        let mut rng = Rng::new(7);
        let act = |_: usize, rng: &mut Rng| {
            let chance = rng.unit();
            let sums = shares.iter().scan(0.0, |sum, share| {
                *sum += share;
                Some(*sum)
            });
            sums.take_while(|sum| *sum <= chance).count().min(shares.len() - 1)
        };
        let episodes = (0..count).map(|unit| {
            let walk = mdp.walk(25, &mut rng, act);
            let after = walk.last().and_then(|step| step.next).map(|state| one_hot(state, mdp.states));
            let steps: Vec<Step> = walk
                .iter()
                .map(|step| Step {
                    state: one_hot(step.state, mdp.states),
                    action: step.action,
                    propensity: shares[step.action],
                    reward: step.reward + noise * rng.normal(),
                })
                .collect();
            Episode { unit, steps, after }
        });
        let rewards = (-10.0, 10.0);
        let config = LogConfig { features: mdp.states, actions: mdp.actions, rewards, discount: mdp.discount };
        SessionLog::new(config, episodes.collect()).unwrap()
    }

    fn plain() -> DeepQConfig {
        DeepQConfig {
            steps_ahead: 1,
            conservative: 0.0,
            prioritised: 0.0,
            double: false,
            duelling: false,
            hidden: vec![24],
            updates: 3_500,
            rate: 3e-3,
            target_every: 50,
            ..DeepQConfig::default()
        }
    }

    #[test]
    fn every_variant_finds_the_optimal_values() {
        let mdp = Mdp::chain(5);
        let log = sessions(&mdp, 600, 0.0, &[0.2, 0.8]);
        let truth = mdp.optimal();
        for config in [
            plain(),
            DeepQConfig { double: true, ..plain() },
            DeepQConfig { duelling: true, ..plain() },
            DeepQConfig { prioritised: 0.6, ..plain() },
        ] {
            let (model, report) = DeepQ::fit(&log, &config, &mut Rng::new(1)).unwrap();
            for (state, values) in truth.iter().enumerate() {
                for (got, expected) in model.values(&one_hot(state, 5)).iter().zip(values) {
                    assert!((got - expected).abs() < 0.12, "{config:?}, {state}: {got} {expected}");
                }
                let best_found = best(&model.values(&one_hot(state, 5))).0;
                assert_eq!(best_found, best(values).0, "{config:?}, {state}");
            }
            assert!(report.error < 0.5 && report.value_of_best >= report.value_of_log);
        }
    }

    #[test]
    fn several_steps_and_all_parts_together_find_the_optimal_policy() {
        let mdp = Mdp::chain(6);
        let log = sessions(&mdp, 800, 0.1, &[0.2, 0.8]);
        let config = DeepQConfig { conservative: 0.01, rate: 3e-3, hidden: vec![24], ..DeepQConfig::default() };
        assert!(config.steps_ahead > 1 && config.double && config.duelling && config.prioritised > 0.0);
        let (model, _) = DeepQ::fit(&log, &config, &mut Rng::new(1)).unwrap();
        for (state, values) in mdp.optimal().iter().enumerate() {
            assert_eq!(best(&model.values(&one_hot(state, mdp.states))).0, best(values).0, "{state}");
        }
    }

    #[test]
    fn a_conservative_network_stays_close_to_the_log_where_a_plain_one_dreams() {
        let mdp = Mdp::grid(4);
        // Little, noisy data, and two of the moves hardly ever tried.
        let log = sessions(&mdp, 60, 0.6, &[0.02, 0.48, 0.02, 0.48]);
        let of = |conservative: f64| {
            let config = DeepQConfig { conservative, ..plain() };
            DeepQ::fit(&log, &config, &mut Rng::new(3)).unwrap().1
        };
        let truth: Vec<f64> = mdp.optimal().iter().map(|values| best(values).1).collect();
        let transitions = log.transitions(1);
        let truths = transitions.iter().map(|each| truth[each.state.iter().position(|x| *x == 1.0).unwrap()]);
        let best_there_is = truths.sum::<f64>() / transitions.len() as f64;
        let (dreaming, conservative) = (of(0.0), of(2.0));
        assert!(dreaming.value_of_best > best_there_is + 0.2, "{dreaming:?} {best_there_is}");
        assert!(conservative.value_of_best < dreaming.value_of_best - 0.2, "{conservative:?} {dreaming:?}");
        assert!(conservative.agreement > dreaming.agreement + 0.1, "{conservative:?} {dreaming:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_bytes_the_same_network() {
        let log = sessions(&Mdp::chain(3), 50, 0.1, &[0.5, 0.5]);
        let config = DeepQConfig { updates: 50, ..DeepQConfig::default() };
        let fit = || DeepQ::fit(&log, &config, &mut Rng::new(5)).unwrap().0;
        let bytes = fit().to_bytes();
        assert_eq!(bytes, fit().to_bytes());
        assert_eq!(DeepQ::from_bytes(&bytes).unwrap(), fit());
        assert!((0..bytes.len()).all(|end| DeepQ::from_bytes(&bytes[..end]).is_err()));
        let shares = fit().probabilities(&one_hot(1, 3));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && shares.iter().all(|share| *share >= 0.025));
        let wrong = DeepQConfig { rate: f64::NAN, ..config.clone() };
        assert!(matches!(
            DeepQ::fit(&log, &wrong, &mut Rng::new(1)),
            Err(ReinforcementError::Setting { field: "rate", .. })
        ));
    }
}
