//! Factors that learn from pairs.

use super::factors::FactorModel;
use super::towers::{Bag, Defaults, Loss, parameters, trainer};
use super::{Method, Parameter, Scale};

/// Bayesian personalised ranking (Rendle, Freudenthaler, Gantner and Schmidt-Thieme 2009, "BPR: Bayesian personalized ranking
/// from implicit feedback", UAI), with users who are the sum of what they touched (Kabbur, Ning and Karypis 2013, "FISM:
/// factored item similarity models for top-N recommender systems", KDD) rather than numbers of their own.
pub(super) const METHOD: Method = Method {
    name: "bpr",
    about: "factors that learn to put what was wanted before what was not",
    parameters: &PARAMETERS,
    trainer: |chosen| trainer(METHOD.name, Loss::Pairs { hardness: chosen.float("hardness") }, chosen),
    decode: |bytes| Ok(Box::new(FactorModel::<Bag>::decode(METHOD.name, bytes)?)),
};

const PARAMETERS: [Parameter; 10] = {
    let [factors, rounds, rate, decay, temperature, hidden, skipped, many, negatives] = parameters(&Defaults {
        factors: 64.0,
        rounds: 20.0,
        rate: 0.01,
        temperature: 0.2,
        hidden: 0.3,
        skipped: 0.2,
        negatives: 512.0,
    });
    let hardness = Parameter {
        name: "hardness",
        about: "how much more items of higher scores are compared with",
        default: 1.0,
        min: 0.0,
        max: 10.0,
        scale: Scale::Linear,
    };
    [factors, rounds, rate, decay, temperature, hidden, skipped, many, negatives, hardness]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_kinds, check_method};

    #[test]
    fn what_goes_together_is_recommended() {
        check_method(&METHOD);
        assert_eq!(check_kinds(&METHOD, &[("factors", 8.0)]).answer(""), "");
    }
}
