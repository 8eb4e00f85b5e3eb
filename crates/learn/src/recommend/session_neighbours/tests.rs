use super::*;
use crate::recommend::testing::{check_method, history, signal, trained};
use crate::recommend::{ItemContents, train};
use types::{Millis, Signal, Touch};

fn fitted(signals: &[Signal], items: usize, chosen: &[(&str, f64)]) -> Box<dyn Model> {
    let mut parameters = Parameters::new(METHOD.parameters);
    chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
    let interactions = Interactions::from_signals(signals, items);
    let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
    train(&METHOD, &parameters, &data, None, &mut ()).unwrap()
}

fn scores(model: &dyn Model, history: &[Touch]) -> Vec<f32> {
    let mut scores = vec![0.0; model.items()];
    model.score(&Ask { history, now: Millis(1_704_200_000_000) }, &mut scores);
    scores
}

/// Sessions that click an item again and again, or never.
fn clicks(again: bool) -> Vec<Signal> {
    let mut signals = Vec::new();
    for session in 0..300u32 {
        let (first, second) = (session % 10, (session + 1) % 10);
        let third = if again { first } else { (session + 2) % 10 };
        for (minute, item) in (0..).zip([first, second, third]) {
            signals.push(signal(session, item, minute));
        }
    }
    signals
}

#[test]
fn sessions_alike_go_on_alike() {
    check_method(&METHOD);
    let model =
        trained(&METHOD, &[], &["phone case glass", "phone case glass", "tea cup pot", "tea cup pot", "tea cup"]);
    assert!(model.answer("phone case").starts_with("glass"), "{}", model.answer("phone case"));
    assert!(model.answer("tea cup").starts_with("pot"));
}

#[test]
fn whether_items_come_again_is_learnt_from_the_shop() {
    let best = |again: bool| {
        let model = fitted(&clicks(again), 10, &[]);
        let scores = scores(model.as_ref(), &history(&[4, 3]));
        (scores[3], scores[5], scores.iter().sum::<f32>())
    };
    let (repeated, new, sum) = best(true);
    assert!(repeated > 2.0 * new && (sum - 1.0).abs() < 1e-3, "{repeated} {new} {sum}");
    let (repeated, new, _) = best(false);
    assert!(new > 2.0 * repeated, "{repeated} {new}");
}

#[test]
fn a_refused_item_is_gone_and_lowers_what_goes_with_it() {
    let model = fitted(&clicks(false), 10, &[]);
    let liked = scores(model.as_ref(), &history(&[4, 3]));
    let mut refused = history(&[4, 3]);
    refused[1].refused = true;
    refused[0].weight = -2.0;
    let refused = scores(model.as_ref(), &refused);
    assert!(refused[3] < 1e-9 && refused[4] < 1e-9, "{refused:?}");
    assert!(refused[5] < liked[5]);
}

#[test]
fn users_are_compared_as_sets_where_nothing_is_known_of_order() {
    let users = |user: u32| (0..4u32).map(move |item| signal(user, item + 4 * (user % 2), 0));
    let signals: Vec<Signal> = (0..60).flat_map(users).collect();
    for by_visit in [0.0, 1.0] {
        let model = fitted(&signals, 8, &[("by-visit", by_visit)]);
        let mut set = history(&[0, 1]);
        set[1].time = set[0].time;
        let scores = scores(model.as_ref(), &set);
        assert!(scores[2] > 10.0 * scores[6] && scores[3] > 10.0 * scores[7], "{scores:?}");
    }
}

#[test]
fn a_robot_is_no_trouble() {
    let mut signals = clicks(true);
    signals.extend((0..100_000).map(|click| signal(9_999, click % 10, i64::from(click / 3))));
    let model = fitted(&signals, 10, &[("cases", 100.0)]);
    assert!(scores(model.as_ref(), &history(&[1, 2])).iter().all(|score| score.is_finite()));
}
