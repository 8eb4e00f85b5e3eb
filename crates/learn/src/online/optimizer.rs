use super::OnlineError;
use super::error::within;

/// How far a parameter goes along its gradient.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Optimizer {
    /// `rate g / (√n + ε)` with `n` the sum of squares of gradients (Duchi, Hazan and Singer 2011, JMLR 12).
    AdaGrad {
        /// Learning rate, above 0.
        rate: f64,
        /// Keeps the first steps finite.
        epsilon: f64,
    },
    /// Running means of gradients and of their squares, corrected for their start at 0 (Kingma and Ba 2015, ICLR). Each
    /// parameter counts its own steps, since a sparse one is seen now and then. The first steps of Adam are as long as
    /// any, so `warm_up` lengthens them from 0 over that many steps: a warm start then stays where it was.
    Adam {
        /// Learning rate, above 0.
        rate: f64,
        /// Share of the old mean of gradients kept.
        beta1: f64,
        /// Share of the old mean of squares kept.
        beta2: f64,
        /// Keeps steps finite.
        epsilon: f64,
        /// Steps until the rate is full; 0 begins with it.
        warm_up: u32,
    },
}

impl Optimizer {
    /// AdaGrad with rate 0.05.
    pub const ADAGRAD: Self = Self::AdaGrad { rate: 0.05, epsilon: 1e-8 };
    /// Adam as its authors set it, but for a rate of 0.002 and a warm-up of 100 steps.
    pub const ADAM: Self = Self::Adam { rate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, warm_up: 100 };

    pub(super) fn check(self) -> Result<(), OnlineError> {
        let (rate, epsilon) = match self {
            Self::AdaGrad { rate, epsilon } => (rate, epsilon),
            Self::Adam { rate, beta1, beta2, epsilon, .. } => {
                within("beta1", beta1, 0.0, 0.999_999, "0 to 0.999999")?;
                within("beta2", beta2, 0.0, 0.999_999_9, "0 to 0.9999999")?;
                (rate, epsilon)
            }
        };
        within("rate", rate, 1e-9, 1e3, "10^-9 to 10^3")?;
        within("epsilon", epsilon, 1e-12, 1.0, "10^-12 to 1")
    }

    /// Moves one parameter. `first` and `second` are its moments (AdaGrad has only the second), `steps` how often it has
    /// been moved, this time included; what is kept of AdaGrad's sum is divided by `scale`, by which it fades.
    pub(super) fn step(self, parameter: &mut f64, gradient: f64, moments: Moments<'_>, scale: f64) {
        let Moments { first, second, steps } = moments;
        match self {
            Self::AdaGrad { rate, epsilon } => {
                *second += gradient * gradient / scale;
                *parameter -= rate * gradient / ((*second * scale).sqrt() + epsilon);
            }
            Self::Adam { rate, beta1, beta2, epsilon, warm_up } => {
                *first = beta1 * *first + (1.0 - beta1) * gradient;
                *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
                let steps = f64::from(steps);
                let rate = if warm_up > 0 { rate * (steps / f64::from(warm_up)).min(1.0) } else { rate };
                let mean = *first / (1.0 - beta1.powf(steps));
                let deviation = (*second / (1.0 - beta2.powf(steps))).sqrt();
                *parameter -= rate * mean / (deviation + epsilon);
            }
        }
    }
}

/// What an optimizer keeps of one parameter.
pub(super) struct Moments<'a> {
    pub(super) first: &'a mut f64,
    pub(super) second: &'a mut f64,
    pub(super) steps: u32,
}
