use super::{ReinforcementError, best, check};
use crate::bytes::{Reader, Writer};
use crate::{Error, bandits::record};

const VERSION: u8 = 1;

/// How a table learns.
#[derive(Clone, Debug, PartialEq)]
pub struct TableConfig {
    /// States, 1..=1 million.
    pub states: usize,
    /// Actions a state, 1..=256.
    pub actions: usize,
    /// What a reward one step later is worth, 0..=1.
    pub discount: f64,
    /// The `n`-th lesson on a state and action moves its value by `n^-decay` of the error, 0..=1. Values settle where
    /// `decay` is above 1/2 (Even-Dar and Mansour 2003, "Learning rates for Q-learning", JMLR 5); 0.75 is fast too.
    pub decay: f64,
    /// The least step; above 0 it forgets what no longer holds.
    pub rate_min: f64,
    /// The value of what was never tried, -1e9..=1e9.
    pub initial: f64,
}

/// The value of each action in each of a few states, by Q-learning or SARSA.
#[derive(Clone, Debug, PartialEq)]
pub struct QTable {
    config: TableConfig,
    values: Vec<f64>,
    visits: Vec<u64>,
    refused: u64,
}

impl QTable {
    /// Untaught.
    ///
    /// # Errors
    /// Where a setting is outside its range.
    pub fn new(config: TableConfig) -> Result<Self, ReinforcementError> {
        check(&[
            ("states", config.states as f64, 1.0, 1e6, "1..=1000000"),
            ("actions", config.actions as f64, 1.0, 256.0, "1..=256"),
            ("discount", config.discount, 0.0, 1.0, "0..=1"),
            ("decay", config.decay, 0.0, 1.0, "0..=1"),
            ("rate_min", config.rate_min, 0.0, 1.0, "0..=1"),
            ("initial", config.initial, -1e9, 1e9, "-1e9..=1e9"),
        ])?;
        let cells = config.states * config.actions;
        Ok(Self { values: vec![config.initial; cells], visits: vec![0; cells], refused: 0, config })
    }

    /// Q-learning (Watkins and Dayan 1992, "Q-learning", Machine Learning 8): what follows is worth the best action
    /// there; `next` is `None` where the session ended.
    pub fn learn_q(&mut self, state: usize, action: usize, reward: f64, next: Option<usize>) {
        let ahead = match next {
            Some(next) if next < self.config.states => best(self.values(next)).1,
            Some(_) => return self.refused += 1,
            None => 0.0,
        };
        self.learn(state, action, reward, ahead);
    }

    /// SARSA (Rummery and Niranjan 1994, CUED/F-INFENG/TR 166): what follows is worth the action that was taken there.
    pub fn learn_sarsa(&mut self, state: usize, action: usize, reward: f64, next: Option<(usize, usize)>) {
        let ahead = match next {
            Some((next, taken)) if next < self.config.states && taken < self.config.actions => self.values(next)[taken],
            Some(_) => return self.refused += 1,
            None => 0.0,
        };
        self.learn(state, action, reward, ahead);
    }

    fn learn(&mut self, state: usize, action: usize, reward: f64, ahead: f64) {
        let known = state < self.config.states && action < self.config.actions;
        if !known || !(-1e9..=1e9).contains(&reward) {
            self.refused += 1;
            return;
        }
        let cell = state * self.config.actions + action;
        self.visits[cell] += 1;
        let rate = (self.visits[cell] as f64).powf(-self.config.decay).max(self.config.rate_min);
        let value = self.values[cell];
        // With a discount of 1 and rewards without end a value grows; it stops here.
        self.values[cell] = (value + rate * (reward + self.config.discount * ahead - value)).clamp(-1e15, 1e15);
    }

    /// The value of each action in `state`.
    ///
    /// # Panics
    /// Where there is no such state.
    pub fn values(&self, state: usize) -> &[f64] {
        &self.values[state * self.config.actions..(state + 1) * self.config.actions]
    }

    /// The best action in `state`; the first of equals.
    ///
    /// # Panics
    /// Where there is no such state.
    pub fn best(&self, state: usize) -> usize {
        best(self.values(state)).0
    }

    /// How often each action in `state` was learned from.
    ///
    /// # Panics
    /// Where there is no such state.
    pub fn visits(&self, state: usize) -> &[u64] {
        &self.visits[state * self.config.actions..(state + 1) * self.config.actions]
    }

    /// Lessons on states or actions there are not, or with rewards beyond 1e9 or not finite.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// All of it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let TableConfig { states, actions, discount, decay, rate_min, initial } = self.config;
        let mut writer = Writer::default();
        writer.byte(VERSION);
        writer.number(states as u64);
        writer.number(actions as u64);
        record::write(&mut writer, &[discount, decay, rate_min, initial]);
        record::write(&mut writer, &self.values);
        self.visits.iter().for_each(|visits| writer.number(*visits));
        writer.number(self.refused);
        writer.0
    }

    /// What [`QTable::to_bytes`] was called on.
    ///
    /// # Errors
    /// Where the bytes are of another version or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReinforcementError> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version }.into());
        }
        let (states, actions) = (reader.small()? as usize, reader.small()? as usize);
        let cells = states * actions;
        let numbers = record::read(&mut reader, 4)?;
        let values = record::read(&mut reader, cells)?;
        let config = TableConfig {
            states,
            actions,
            discount: numbers[0],
            decay: numbers[1],
            rate_min: numbers[2],
            initial: numbers[3],
        };
        let mut table = Self::new(config)?;
        table.values = values;
        for visits in &mut table.visits {
            *visits = reader.number()?;
        }
        table.refused = reader.number()?;
        reader.end()?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mdp::Mdp;
    use super::*;
    use types::Rng;

    fn config(mdp: &Mdp) -> TableConfig {
        let (states, actions) = (mdp.states, mdp.actions);
        TableConfig { states, actions, discount: mdp.discount, decay: 0.75, rate_min: 0.0, initial: 0.0 }
    }

    #[test]
    fn q_learning_finds_the_optimal_values_whatever_the_log_did() {
        for mdp in [Mdp::chain(5), Mdp::grid(4)] {
            let mut table = QTable::new(config(&mdp)).unwrap();
            let mut rng = Rng::new(1);
            for _ in 0..6_000 {
                for step in mdp.walk(40, &mut rng, |_, rng| rng.below(mdp.actions)) {
                    table.learn_q(step.state, step.action, step.reward, step.next);
                }
            }
            let truth = mdp.optimal();
            for (state, values) in truth.iter().enumerate() {
                for (got, expected) in table.values(state).iter().zip(values) {
                    assert!((got - expected).abs() < 0.05, "{state}: {got} {expected}");
                }
            }
            assert_eq!(QTable::from_bytes(&table.to_bytes()).unwrap(), table);
        }
    }

    #[test]
    fn sarsa_finds_the_values_of_the_policy_that_acted() {
        let mdp = Mdp::chain(5);
        let mut table = QTable::new(config(&mdp)).unwrap();
        let mut rng = Rng::new(2);
        for _ in 0..20_000 {
            let walk = mdp.walk(60, &mut rng, |_, rng| rng.below(mdp.actions));
            for (at, step) in walk.iter().enumerate() {
                match (step.next, walk.get(at + 1)) {
                    (None, _) => table.learn_sarsa(step.state, step.action, step.reward, None),
                    (Some(next), Some(then)) => {
                        table.learn_sarsa(step.state, step.action, step.reward, Some((next, then.action)));
                    }
                    (Some(_), None) => {}
                }
            }
        }
        let truth = mdp.values_of(|_| vec![1.0 / mdp.actions as f64; mdp.actions]);
        for (state, values) in truth.iter().enumerate() {
            for (got, expected) in table.values(state).iter().zip(values) {
                assert!((got - expected).abs() < 0.05, "{state}: {got} {expected}");
            }
        }
    }

    #[test]
    fn what_there_is_not_is_refused_and_counted() {
        let mut table = QTable::new(config(&Mdp::chain(3))).unwrap();
        let before = table.values.clone();
        table.learn_q(3, 0, 1.0, None);
        table.learn_q(0, 2, 1.0, None);
        table.learn_q(0, 0, f64::NAN, None);
        table.learn_q(0, 0, 1e12, None);
        table.learn_q(0, 0, 1.0, Some(3));
        table.learn_sarsa(0, 0, 1.0, Some((0, 2)));
        assert_eq!((table.refused(), table.values), (6, before));
    }
}
