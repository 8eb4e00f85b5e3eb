use types::{Millis, Row, Signal};

use super::*;
use crate::recommend::testing::{check_method, history, signal, trained};
use crate::recommend::{Ask, Interactions, ItemContents, Sparse, train};

/// Shoppers of two kinds: each walks along its own ring of five items.
fn rings(users: u32) -> Vec<Signal> {
    let item = |user: u32, step: u32| (user % 2) * 5 + (user / 2 + step) % 5;
    (0..users).flat_map(|user| (0..4).map(move |step| signal(user, item(user, step), i64::from(step)))).collect()
}

fn fit(signals: &[Signal], items: usize, contents: &ItemContents, chosen: &[(&str, f64)]) -> Box<dyn Model> {
    let interactions = Interactions::from_signals(signals, items);
    let mut parameters = Parameters::new(METHOD.parameters);
    chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
    train(&METHOD, &parameters, &TrainingData { interactions: &interactions, items: contents, seed: 1 }, None, &mut ())
        .unwrap()
}

fn scores(model: &dyn Model, touches: &[types::Touch]) -> Vec<f32> {
    let mut scores = vec![0.0; model.items()];
    model.score(&Ask { history: touches, now: Millis(1_704_200_000_000) }, &mut scores);
    scores
}

#[test]
fn holds_what_every_method_must() {
    check_method(&METHOD);
}

#[test]
fn gated_recurrent_units_hold_it_too() {
    check_method(&with_defaults(&[("recurrent", 1.0), ("dim", 16.0), ("copies", 2.0)]));
}

/// The method as if these were its defaults.
fn with_defaults(chosen: &[(&str, f64)]) -> Method {
    let mut parameters = METHOD.parameters.to_vec();
    for (name, value) in chosen {
        parameters.iter_mut().filter(|parameter| parameter.name == *name).for_each(|found| found.default = *value);
    }
    Method { parameters: parameters.leak(), ..METHOD }
}

#[test]
fn order_tells_what_comes_next() {
    let users: Vec<String> = (0..40).map(|user| ["a b c d", "c b a e"][user % 2].to_owned()).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    for way in ["recurrent", "binary", "dim"] {
        let chosen = if way == "dim" { (way, 64.0) } else { (way, 1.0) };
        let model = trained(&METHOD, &[chosen], &users);
        assert!(model.answer("a b c").starts_with('d') && model.answer("c b a").starts_with('e'), "{way}");
    }
}

#[test]
fn sampled_candidates_learn_what_all_do() {
    for negatives in [2.0, 1024.0] {
        let chosen = [("negatives", negatives), ("window", 0.0), ("counts", 0.0)];
        let model = fit(&rings(400), 10, &ItemContents::default(), &chosen);
        let scores = scores(model.as_ref(), &history(&[7, 6, 5]));
        assert!((0..10).all(|item| item == 8 || scores[item] < scores[8]), "{negatives}: {scores:?}");
    }
}

#[test]
fn what_was_turned_down_sinks() {
    let model = fit(&rings(40), 10, &ItemContents::default(), &[]);
    let liked = history(&[1, 0]);
    let mut refused = history(&[2, 1, 0]);
    refused[0].weight = -2.0;
    assert!(scores(model.as_ref(), &refused)[2] < scores(model.as_ref(), &liked)[2]);

    // Everybody of the first kind turns item 2 down after it was shown.
    let mut signals = rings(40);
    let down = |user: u32| Signal { strength: -4.0, ..signal(2 * user, 2, 1) };
    signals.retain(|signal| signal.item != Row(2));
    signals.extend((0..20).map(down));
    let model = fit(&signals, 10, &ItemContents::default(), &[]);
    let scores = scores(model.as_ref(), &history(&[1]));
    assert!(scores[2] < scores[3] && scores[2] < scores[0], "{scores:?}");
}

#[test]
fn a_new_item_is_known_by_its_contents() {
    // Item 10 was never met; it shares its brand with the first ring, and its text's vector.
    let brand = |item: u32| if item < 5 || item == 10 { 0 } else { 1 };
    let attributes = Sparse::from_rows(2, (0..11).map(|item| vec![(brand(item), 1.0)]));
    let vectors = (0..11).flat_map(|item| if brand(item) == 0 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
    for contents in [
        ItemContents { attributes, ..ItemContents::default() },
        ItemContents { vectors, dims: 2, ..ItemContents::default() },
    ] {
        let model = fit(&rings(200), 11, &contents, &[]);
        let (own, other) = (scores(model.as_ref(), &history(&[1, 0])), scores(model.as_ref(), &history(&[6, 5])));
        assert!(own[10] > other[10] + 0.1, "{} {}", own[10], other[10]);
    }
    let model = fit(&rings(20), 11, &ItemContents::default(), &[]);
    assert_eq!(scores(model.as_ref(), &history(&[1, 0]))[10], 0.0, "nothing speaks for it");
}

#[test]
fn one_user_may_have_done_100_000_things() {
    let mut signals = rings(20);
    signals.extend((0..100_000u32).map(|minute| signal(99, minute % 10, i64::from(minute))));
    let model = fit(&signals, 10, &ItemContents::default(), &[("rounds", 1.0), ("dim", 8.0)]);
    assert!(scores(model.as_ref(), &history(&[1, 0])).iter().all(|score| score.is_finite()));
}

#[test]
fn threads_do_not_change_the_model() {
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&rings(60), 10, &ItemContents::default(), &[("rounds", 2.0)]).encode())
    };
    assert_eq!(bytes(1), bytes(3));
}

#[test]
fn a_watcher_may_stop_it() {
    #[derive(Debug)]
    struct Impatient(u32);
    impl Watcher for Impatient {
        fn progress(&mut self, done: f64, _loss: Option<f64>) -> std::ops::ControlFlow<()> {
            assert!((0.0..=1.0).contains(&done));
            self.0 += 1;
            if self.0 == 3 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
        }
    }
    let interactions = Interactions::from_signals(&rings(200), 10);
    let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
    let mut watcher = Impatient(0);
    let fault = train(&METHOD, &Parameters::new(METHOD.parameters), &data, None, &mut watcher).unwrap_err();
    assert_eq!((fault, watcher.0), (FitError::Cancelled, 3));
}
