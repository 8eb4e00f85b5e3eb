//! What is predicted, and how wrong it is.

use super::{CtrError, Examples, Outcome};

/// What a model predicts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heads {
    /// One probability, of [`Outcome::click`].
    Click,
    /// Click, cart, purchase and return, each learnt over everything that was shown.
    Funnel,
}

/// What one row's outcomes are expected to be. Where only one thing is predicted, only `click` is above 0.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Prediction {
    /// Probability of a click, 0 to 1.
    pub click: f32,
    /// Probability of a click and a cart after it; at most that of a click.
    pub cart: f32,
    /// Probability of a click and a purchase after it; at most that of a click.
    pub purchase: f32,
    /// Probability of a purchase that comes back; at most that of a purchase.
    pub returned: f32,
}

impl Prediction {
    /// The probabilities in the order of the heads.
    pub(super) fn all(self) -> [f32; 4] {
        [self.click, self.cart, self.purchase, self.returned]
    }

    /// No step is likelier than the one before it.
    pub(super) fn ordered([click, cart, purchase, returned]: [f32; 4]) -> Self {
        let purchase = purchase.min(click);
        Self { click, cart: cart.min(click), purchase, returned: returned.min(purchase) }
    }
}

/// For each head those whose product is its probability: a cart takes a click, a return takes a click and a purchase (the
/// decomposition of Ma et al. 2018, "Entire space multi-task model", SIGIR, equation 1, one step further).
const CHAINS: [&[usize]; 4] = [&[0], &[0, 1], &[0, 2], &[0, 2, 3]];

impl Heads {
    /// Number of heads.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Click => 1,
            Self::Funnel => 4,
        }
    }

    /// The label of a head in a row; `None` where it is not known yet.
    pub(super) fn label(head: usize, outcome: Outcome) -> Option<bool> {
        match head {
            0 => Some(outcome.click),
            1 => Some(outcome.cart),
            2 => Some(outcome.purchase),
            _ => outcome.returned,
        }
    }

    /// What a head predicts, in a word.
    ///
    /// # Panics
    /// Where there is no such head of 4.
    pub fn name(head: usize) -> &'static str {
        ["click", "cart", "purchase", "return"][head]
    }

    /// The probabilities of a row's logits: those of heads after the first are conditional, so they are multiplied.
    pub(super) fn probabilities(self, logits: &[f32]) -> [f32; 4] {
        let mut out = [0.0; 4];
        for (out, chain) in out.iter_mut().zip(CHAINS).take(self.len()) {
            *out = chain.iter().map(|head| probability(logits[*head])).product::<f64>() as f32;
        }
        out
    }

    /// The loss of a row over the whole space, and what it gains by each logit (added). Of each head it is
    /// -ln q where it happened and -ln(1 - q) where not, q being the product of conditional probabilities p(j) = σ(z(j));
    /// then ∂/∂z(j) = (q - y) (1 - p(j)) / (1 - q), which needs no division by a small q.
    pub(super) fn loss(self, logits: &[f32], outcome: Outcome, weight: f32, gains: &mut [f32]) -> f64 {
        let weight = f64::from(weight);
        let mut loss = 0.0;
        for (head, chain) in CHAINS.iter().enumerate().take(self.len()) {
            let Some(happened) = Self::label(head, outcome) else { continue };
            // ln q and 1 - q by parts that keep their digits.
            let log: f64 = chain.iter().map(|head| log_probability(logits[*head])).sum();
            let (q, rest) = (log.exp(), (-log.exp_m1()).max(f64::MIN_POSITIVE));
            loss -= weight * if happened { log } else { rest.ln() };
            for part in *chain {
                // 1 - p(j) is at most 1 - q, so the quotient stays within 1.
                let share = (probability(-logits[*part]) / rest).min(1.0);
                gains[*part] += (weight * if happened { -share * rest } else { q * share }) as f32;
            }
        }
        loss
    }

    /// Logits of which the examples' shares are the probabilities: what is known before anything is learnt.
    ///
    /// # Errors
    /// [`CtrError::Nothing`] where a head always or never happened: nothing can be told from that.
    pub(super) fn priors(self, examples: &Examples) -> Result<Vec<f32>, CtrError> {
        let mut masses = [0.0f64; 4];
        let mut all = 0.0;
        let mut known = 0.0;
        for row in 0..examples.len() {
            let (outcome, weight) = (examples.outcome(row), f64::from(examples.weight(row)));
            all += weight;
            known += if outcome.purchase && outcome.returned.is_some() { weight } else { 0.0 };
            for (head, mass) in masses.iter_mut().enumerate() {
                *mass += if Self::label(head, outcome) == Some(true) { weight } else { 0.0 };
            }
        }
        let [click, cart, purchase, returned] = masses;
        if click <= 0.0 || click >= all {
            return Err(CtrError::Nothing { part: "examples", expected: "both rows with and without a click" });
        }
        // Half a case each way keeps heads that never or always happened within finite logits.
        let logit = |part: f64, whole: f64| (((part + 0.5) / (whole - part + 0.5)).ln()) as f32;
        let logits = [logit(click, all), logit(cart, click), logit(purchase, click), logit(returned, known)];
        Ok(logits[..self.len()].to_vec())
    }
}

/// σ(z), in 64 bits.
fn probability(logit: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(logit)).exp())
}

/// ln σ(z).
fn log_probability(logit: f32) -> f64 {
    let logit = f64::from(logit);
    logit.min(0.0) - (-logit.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_head_is_the_log_loss() {
        let mut gains = [0.0];
        let loss = Heads::Click.loss(&[0.5], Outcome::of(true), 2.0, &mut gains);
        let p = 1.0 / (1.0 + (-0.5f64).exp());
        assert!((loss + 2.0 * p.ln()).abs() < 1e-9 && (f64::from(gains[0]) - 2.0 * (p - 1.0)).abs() < 1e-6);
        for logit in [-1e30, -200.0, 200.0, 1e30] {
            let loss = Heads::Click.loss(&[logit], Outcome::of(logit < 0.0), 1.0, &mut gains);
            assert!(loss.is_finite() && gains[0].is_finite(), "{loss}");
        }
    }

    proptest! {
        #[test]
        fn gains_are_what_finite_differences_say(
            logits in prop::array::uniform4(-4.0f32..4.0), step in 0usize..5, weight in 0.5f32..3.0) {
            let click = step > 0;
            let outcome = Outcome {
                click, cart: step > 1, purchase: step > 2, returned: if step == 4 { None } else { Some(step > 3) },
            };
            let mut gains = [0.0; 4];
            Heads::Funnel.loss(&logits, outcome, weight, &mut gains);
            for place in 0..4 {
                let at = |step: f32| {
                    let mut moved = logits;
                    moved[place] += step;
                    Heads::Funnel.loss(&moved, outcome, weight, &mut [0.0; 4])
                };
                let expected = (at(0.01) - at(-0.01)) / f64::from((logits[place] + 0.01) - (logits[place] - 0.01));
                prop_assert!((f64::from(gains[place]) - expected).abs() < 1e-3, "{} {}", gains[place], expected);
            }
            let [click, cart, purchase, returned] = Heads::Funnel.probabilities(&logits);
            prop_assert!(cart <= click && returned <= purchase && purchase <= click);
        }
    }
}
