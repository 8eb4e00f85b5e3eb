use proptest::prelude::*;
use types::Rng;

use super::*;
use crate::softmax::tests::{clouds, unit};

const NAMES: [&str; 5] = ["search", "order-status", "gift", "complaint", "out-of-scope"];

fn examples(per_class: usize, spread: f64) -> (Vec<Vec<f32>>, Vec<&'static str>) {
    let (vectors, classes) = clouds(NAMES.len(), per_class, spread, 11);
    (vectors, classes.into_iter().map(|class| NAMES[class]).collect())
}

fn fit(vectors: &[Vec<f32>], labels: &[&str], config: &IntentsConfig) -> (Intents, IntentsReport) {
    let pairs: Vec<(&str, &[f32])> = labels.iter().copied().zip(vectors.iter().map(Vec::as_slice)).collect();
    Intents::fit(&pairs, config).unwrap()
}

fn config() -> IntentsConfig {
    IntentsConfig { encoder: "tiny@1".to_owned(), ..IntentsConfig::default() }
}

#[test]
fn a_handful_of_examples_each_is_read_and_judged_at_once() {
    let (vectors, labels) = examples(8, 0.4);
    let (intents, report) = fit(&vectors, &labels, &config());
    assert!(report.accuracy.value > 0.9 && report.accuracy.low < report.accuracy.value, "{report}");
    assert!(report.calibration_error < 0.15 && report.out_of_scope_recall.unwrap().value > 0.8, "{report}");
    assert_eq!(report.labels.iter().map(|label| label.examples).collect::<Vec<_>>(), [8; 5]);
    let reading = intents.read(&vectors[9]);
    assert_eq!(reading.top().0, "order-status", "{reading}");
    assert!(!reading.out_of_scope && reading.probability("order-status") > 0.5);
    assert!((reading.probabilities.iter().map(|(_, share)| share).sum::<f32>() - 1.0).abs() < 1e-4);
    assert!(intents.read(&vectors[35]).out_of_scope, "an example out of scope");
    assert_eq!(fit(&vectors, &labels, &config()).0, intents);
}

#[test]
fn what_is_like_no_example_is_out_of_scope_but_for_the_fallback() {
    let (vectors, labels) = examples(30, 0.3);
    // Without examples out of scope the threshold spends the loss that is allowed.
    let kept = labels.iter().filter(|label| **label != "out-of-scope").count();
    let (intents, report) = fit(&vectors[..kept], &labels[..kept], &IntentsConfig { in_scope_loss: 0.02, ..config() });
    assert!(report.refused_in_scope.value <= 0.02 && report.out_of_scope_recall.is_none(), "{report}");
    let mut rng = Rng::new(12);
    let strange: Vec<Vec<f32>> = (0..40).map(|_| unit((0..24).map(|_| 3.0 + rng.normal()).collect())).collect();
    let refused = strange.iter().filter(|vector| intents.read(vector).out_of_scope).count();
    assert!(refused >= 36, "{refused} of 40");
    let trusting = IntentsConfig { fallback: Some("search".to_owned()), ..config() };
    let (trusting, _) = fit(&vectors[..kept], &labels[..kept], &trusting);
    let readings: Vec<Reading> = strange.iter().map(|vector| trusting.read(vector)).collect();
    assert!(readings.iter().filter(|reading| reading.top().0 == "search").all(|reading| !reading.out_of_scope));
}

#[test]
fn priors_draw_doubtful_texts_to_what_is_frequent() {
    let (vectors, labels) = examples(20, 3.0);
    let (intents, _) = fit(&vectors, &labels, &config());
    let box_of_searches = intents.with_priors(&[("search", 0.9), ("no such label", 0.5)]);
    let searches = |intents: &Intents| vectors.iter().filter(|vector| intents.read(vector).top().0 == "search").count();
    assert!(searches(&box_of_searches) > searches(&intents));
    let even = intents.with_priors(&[]).read(&vectors[3]);
    assert!((even.top().1 - intents.read(&vectors[3]).top().1).abs() < 1e-4);
}

#[test]
fn examples_that_cannot_be_learnt_from_are_refused() {
    let (vectors, labels) = examples(4, 0.3);
    let fit = |pairs: &[(&str, &[f32])]| Intents::fit(pairs, &config()).unwrap_err();
    assert_eq!(fit(&[]), IntentsError::TooFewLabels { got: 0 });
    let same: Vec<(&str, &[f32])> = vectors.iter().map(|vector| ("gift", vector.as_slice())).collect();
    assert_eq!(fit(&same), IntentsError::TooFewLabels { got: 1 });
    let mut pairs: Vec<(&str, &[f32])> = labels.iter().copied().zip(vectors.iter().map(Vec::as_slice)).collect();
    pairs.extend([("rare", vectors[0].as_slice()); 3]);
    assert_eq!(fit(&pairs), IntentsError::TooFewExamples { label: "rare".to_owned(), got: 1 });
    pairs.push(("gift", &[f32::NAN; 24]));
    assert_eq!(fit(&pairs), IntentsError::WrongVector { example: 23, expected: 24, got: 0 });
    let folds = IntentsConfig { folds: 1, ..config() };
    assert!(matches!(Intents::fit(&pairs, &folds), Err(IntentsError::WrongConfig { field: "folds", .. })));
}

#[test]
fn bytes_give_the_same_intents_and_damage_is_found() {
    let (vectors, labels) = examples(6, 0.3);
    let (intents, _) = fit(&vectors, &labels, &IntentsConfig { fallback: Some("search".to_owned()), ..config() });
    let bytes = intents.encode();
    let again = Intents::decode(&bytes).unwrap();
    assert_eq!((again.encoder(), again.dims(), again.labels().len()), ("tiny@1", 24, 5));
    assert_eq!(again, intents);
    for cut in 0..bytes.len() {
        assert!(Intents::decode(&bytes[..cut]).is_err(), "cut to {cut}");
    }
    assert!(Intents::decode(&[&bytes[..], &[0]].concat()).is_err());
}

proptest! {
    #[test]
    fn damaged_bytes_are_refused_or_read_without_panic(at in 0usize..600, byte in any::<u8>()) {
        let (vectors, labels) = examples(3, 0.3);
        let (intents, _) = fit(&vectors, &labels, &config());
        let mut bytes = intents.encode();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Intents::decode(&bytes) && read.dims() == 24 {
            let reading = read.read(&vectors[0]);
            prop_assert_eq!(reading.probabilities.len(), read.labels().len());
        }
    }
}
