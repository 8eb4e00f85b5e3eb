//! A tower of histories and a tower of items.

use super::factors::FactorModel;
use super::towers::{Bag, Defaults, Loss, parameters, trainer};
use super::{Method, Parameter};

/// Two towers under a softmax over sampled items, corrected for how likely each was sampled (Yi et al. 2019,
/// "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys; Covington, Adams and Sargin 2016,
/// "Deep neural networks for YouTube recommendations", RecSys). Items are what they are by themselves and by their contents,
/// which alone speak for new ones.
pub(super) const METHOD: Method = Method {
    name: "two-tower",
    about: "a tower of histories and one of items, new items by their contents",
    parameters: &PARAMETERS,
    trainer: |chosen| trainer(METHOD.name, Loss::Softmax, chosen),
    decode: |bytes| Ok(Box::new(FactorModel::<Bag>::decode(METHOD.name, bytes)?)),
};

const PARAMETERS: [Parameter; 9] = parameters(&Defaults {
    factors: 128.0,
    rounds: 20.0,
    rate: 0.01,
    temperature: 0.1,
    hidden: 0.3,
    skipped: 0.2,
    negatives: 1024.0,
});

#[cfg(test)]
mod tests {
    use types::{Millis, Row};

    use super::*;
    use crate::recommend::testing::{check_kinds, check_method, history, signal};
    use crate::recommend::{Ask, Interactions, ItemContents, Parameters, Sparse, TrainingData, train};

    #[test]
    fn what_goes_together_is_recommended() {
        check_method(&METHOD);
        assert_eq!(check_kinds(&METHOD, &[("factors", 8.0)]).answer(""), "");
    }

    /// Items of two kinds, which users keep to; nobody met items 9 and 19. Each part of the contents alone tells the kinds.
    fn described(part: &str, items: impl Iterator<Item = u32> + Clone) -> ItemContents {
        let mut contents = ItemContents::default();
        let kinds = items.map(|item| item / 10);
        match part {
            "attributes" => contents.attributes = Sparse::from_rows(3, kinds.map(|kind| vec![(kind, 1.0), (2, 1.0)])),
            "vectors" => {
                contents.dims = 4;
                contents.vectors =
                    kinds.flat_map(|kind| (0..4).map(move |at| if at / 2 == kind { 0.7 } else { 0.1 })).collect();
            }
            "categories" => contents.categories = kinds.map(|kind| 7 + kind).collect(),
            _ => contents.prices = kinds.map(|kind| 5.0 + 90.0 * kind as f32).collect(),
        }
        contents
    }

    #[test]
    fn new_items_are_found_by_each_part_of_what_they_are() {
        let wanted = |user: u32| (0..4u32).map(move |step| (user % 2) * 10 + (user / 2 + 2 * step) % 9);
        let signals: Vec<types::Signal> =
            (0..60).flat_map(|user| wanted(user).zip(0..).map(move |(item, at)| signal(user, item, at))).collect();
        let interactions = Interactions::from_signals(&signals, 20);
        for part in ["attributes", "vectors", "categories", "prices"] {
            let contents = described(part, 0..20);
            let data = TrainingData { interactions: &interactions, items: &contents, seed: 1 };
            let mut parameters = Parameters::new(METHOD.parameters);
            parameters.set("factors", 16.0).unwrap();
            let model = train(&METHOD, &parameters, &data, None, &mut ()).unwrap();
            let model = (METHOD.decode)(&model.encode()).unwrap();
            let touches = history(&[10, 13]);
            let ask = Ask { history: &touches, now: Millis(1_704_200_000_000) };
            let mut scores = vec![0.0; 20];
            model.score(&ask, &mut scores);
            assert!(scores[19] > 0.0 && scores[19] > scores[9], "{part}: {scores:?}");
            // The same items, met only now.
            let new = model.score_new(&ask, &described(part, [9, 19].into_iter()), 2).unwrap();
            assert!((new[0] - scores[9]).abs() < 1e-5 && (new[1] - scores[19]).abs() < 1e-5, "{part}: {new:?}");
            // Contents of another shape say nothing, and break nothing.
            let odd =
                ItemContents { dims: 3, vectors: vec![f32::NAN; 3], prices: vec![f32::NAN], ..ItemContents::default() };
            assert_eq!(model.score_new(&ask, &odd, 1).unwrap(), [0.0]);
            assert!(model.explain(&ask, Row(19)).iter().map(|share| share.part).sum::<f32>() - scores[19] < 1e-5);
        }
    }
}
