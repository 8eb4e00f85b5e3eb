use types::Rng;

/// Probability, reward, next state (`None` where it ends).
type Outcome = (f64, f64, Option<usize>);

/// A Markov decision process that is known in full.
pub(super) struct Mdp {
    pub(super) states: usize,
    pub(super) actions: usize,
    pub(super) discount: f64,
    /// What may come of each action in each state.
    outcomes: Vec<Vec<Vec<Outcome>>>,
}

/// A step of a walk.
#[derive(Clone, Copy)]
pub(super) struct Walked {
    pub(super) state: usize,
    pub(super) action: usize,
    pub(super) reward: f64,
    pub(super) next: Option<usize>,
}

impl Mdp {
    /// States in a row: action 1 goes right with 0.9 (else left) for nothing, but from the last it ends with 1; action 0
    /// ends at once with 0.1.
    pub(super) fn chain(states: usize) -> Self {
        let of = |state: usize| {
            let left = (0.1, 0.0, Some(state.saturating_sub(1)));
            let right = if state + 1 == states { (0.9, 1.0, None) } else { (0.9, 0.0, Some(state + 1)) };
            vec![vec![(1.0, 0.1, None)], vec![left, right]]
        };
        Self { states, actions: 2, discount: 0.9, outcomes: (0..states).map(of).collect() }
    }

    /// A square of `side`; four moves cost 0.04 each, the far corner ends it with 1, a hole beside it with -1.
    pub(super) fn grid(side: usize) -> Self {
        let of = |state: usize| {
            let (x, y) = (state % side, state / side);
            let to = |x: usize, y: usize| {
                let to = y * side + x;
                if to == side * side - 1 {
                    vec![(1.0, 1.0, None)]
                } else if to == side * side - 2 {
                    vec![(1.0, -1.0, None)]
                } else {
                    vec![(1.0, -0.04, Some(to))]
                }
            };
            vec![
                to(x, y.saturating_sub(1)),
                to(x, (y + 1).min(side - 1)),
                to(x.saturating_sub(1), y),
                to((x + 1).min(side - 1), y),
            ]
        };
        Self { states: side * side - 2, actions: 4, discount: 0.95, outcomes: (0..side * side - 2).map(of).collect() }
    }

    fn backup(&self, values: &[f64], state: usize) -> Vec<f64> {
        let worth = |(probability, reward, next): &Outcome| {
            probability * (reward + self.discount * next.map_or(0.0, |next| values[next]))
        };
        self.outcomes[state].iter().map(|outcomes| outcomes.iter().map(worth).sum()).collect()
    }

    /// Value iteration: the value of each action in each state where the best is done ever after.
    pub(super) fn optimal(&self) -> Vec<Vec<f64>> {
        self.iterate(|_, values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// The value of each action where `policy` is followed ever after.
    pub(super) fn values_of(&self, policy: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<f64>> {
        self.iterate(|state, values| policy(state).iter().zip(values).map(|(share, value)| share * value).sum())
    }

    fn iterate(&self, value: impl Fn(usize, &[f64]) -> f64) -> Vec<Vec<f64>> {
        let mut values = vec![0.0; self.states];
        for _ in 0..2_000 {
            values = (0..self.states).map(|state| value(state, &self.backup(&values, state))).collect();
        }
        (0..self.states).map(|state| self.backup(&values, state)).collect()
    }

    /// A walk from a state of chance, of at most `steps`.
    pub(super) fn walk(&self, steps: usize, rng: &mut Rng, act: impl Fn(usize, &mut Rng) -> usize) -> Vec<Walked> {
        let mut walk = Vec::new();
        let mut at = Some(rng.below(self.states));
        while let Some(state) = at.filter(|_| walk.len() < steps) {
            let action = act(state, rng);
            let outcomes = &self.outcomes[state][action];
            let mut chance = rng.unit();
            let (_, reward, next) = *outcomes
                .iter()
                .find(|(probability, ..)| {
                    chance -= probability;
                    chance < 0.0
                })
                .unwrap_or(&outcomes[0]);
            walk.push(Walked { state, action, reward, next });
            at = next;
        }
        walk
    }
}
