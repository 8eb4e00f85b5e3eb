//! How much a text is like the examples, from three kinds of evidence.

use crate::discriminant::Discriminant;

/// Kinds of evidence.
pub(super) const KINDS: usize = 3;

/// Adds up what tells whether a vector is of one of the known labels, each kind in units of its spread among examples in
/// scope:
///
/// - how much nearer it lies to the nearest label's examples than to all of them (the relative Mahalanobis distance of
///   [`Discriminant`]);
/// - the energy, `ln sum_k exp z_k` over the logits in scope (Liu et al. 2020, "Energy-based Out-of-distribution Detection",
///   section 3): whether any label claims it;
/// - where there are examples out of scope, by how much the energy exceeds the logit of that class.
///
/// They err on different texts. CLINC, vectors of both encoders, fitted to the training part, threshold by cross-validation
/// with at most .5 % of what is in scope refused: on the validation part the distance beside the class out of scope found .70
/// of 100 texts out of scope, all three .85 (right in scope .970 and .968). Without any example out of scope, 1 % refused, of
/// 200 texts: the distance .69, the energy .67, both .70 (AUROC .985, .983 and .988).
/// Nearest neighbours, the greatest probability and weights learnt by logistic regression added nothing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Familiarity {
    /// What each kind of evidence is multiplied by.
    pub(super) scales: [f32; KINDS],
}

impl Familiarity {
    /// For evidence of examples in scope, which the models it comes from have not seen.
    pub(super) fn fit(in_scope: &[[f32; KINDS]]) -> Self {
        let count = in_scope.len().max(1) as f64;
        let scale = |kind: usize| {
            let values = in_scope.iter().map(|evidence| f64::from(evidence[kind]));
            let mean = values.clone().sum::<f64>() / count;
            let spread = (values.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
            // What is the same for all tells nothing.
            if spread > 1e-6 { (1.0 / spread) as f32 } else { 0.0 }
        };
        Self { scales: std::array::from_fn(scale) }
    }

    pub(super) fn of(&self, evidence: &[f32; KINDS]) -> f32 {
        self.scales.iter().zip(evidence).map(|(scale, value)| scale * value).sum()
    }
}

/// The evidence of one vector, whose logits are those of a softmax with `out_of_scope` as one of its classes, if any.
pub(super) fn evidence(
    logits: &[f32],
    out_of_scope: Option<usize>,
    discriminant: &Discriminant,
    vector: &[f32],
) -> [f32; KINDS] {
    let inside =
        || logits.iter().enumerate().filter(|(class, _)| Some(*class) != out_of_scope).map(|(_, logit)| *logit);
    let top = inside().fold(f32::MIN, f32::max);
    let energy = top + inside().map(|logit| (logit - top).exp()).sum::<f32>().ln();
    let odds = out_of_scope.and_then(|class| logits.get(class)).map_or(0.0, |logit| energy - logit);
    [discriminant.familiarity(vector), energy, odds]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_counts_in_units_of_its_spread() {
        let inside = [[10.0, 1.0, 0.0], [30.0, 3.0, 0.0]];
        let found = Familiarity::fit(&inside);
        assert_eq!(found.scales, [0.1, 1.0, 0.0]);
        assert!((found.of(&[20.0, 2.0, 7.0]) - 4.0).abs() < 1e-6);
        assert_eq!(Familiarity::fit(&[]).scales, [0.0; KINDS]);
    }
}
