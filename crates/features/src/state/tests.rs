use std::collections::BTreeMap;

use proptest::prelude::*;
use types::InteractionKind;

use super::*;
use crate::Error;
use crate::testing::{START, day, facts, signal};

/// What may happen to a state.
#[derive(Clone, Debug)]
enum Step {
    Signal(Signal),
    Set(u32, ItemFacts),
    Remove(u32),
    Forget(u32),
    Answered(u64, Vec<u32>, i64),
    Clicked(u64, u32, i64),
}

fn apply(state: &mut State, step: &Step) {
    match step {
        Step::Signal(signal) => state.fold(signal),
        Step::Set(item, facts) => state.set_item(Row(*item), facts.clone()),
        Step::Remove(item) => state.remove_item(Row(*item)),
        Step::Forget(actor) => state.forget(Row(*actor)),
        Step::Answered(query, items, on) => {
            state.answered(Some(*query), day(*on), items.iter().map(|item| Row(*item)).zip(1..));
        }
        Step::Clicked(query, item, on) => state.clicked(*query, day(*on), Row(*item)),
    }
}

fn any_signal() -> impl Strategy<Value = Signal> {
    let kinds = prop::sample::select(InteractionKind::BUILT_IN.to_vec());
    let surfaces = prop::option::of(prop::sample::select(Surface::ALL.to_vec()));
    (prop::option::of(0u32..5), 0u32..12, kinds, 0i64..100, surfaces).prop_map(|(actor, item, kind, on, surface)| {
        Signal { actor: actor.map(Row), surface, ..signal(0, item, kind, on) }
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let set =
        (0u32..12, 1.0f64..50.0, prop::collection::btree_set(0u32..5, 0..3), 0u32..3, prop::option::of(0.0f32..5.0));
    prop_oneof![
        8 => any_signal().prop_map(Step::Signal),
        2 => set.prop_map(|(item, price, codes, brand, rating)| {
            let codes: Vec<u32> = codes.into_iter().collect();
            Step::Set(item, ItemFacts { rating, group: Some(item), ..facts(price, &codes, brand) })
        }),
        1 => (0u32..12).prop_map(Step::Remove),
        1 => (0u32..6).prop_map(Step::Forget),
        2 => (0u64..5, prop::collection::vec(0u32..12, 0..6), 0i64..90).prop_map(|(query, items, on)| Step::Answered(query, items, on)),
        2 => (0u64..5, 0u32..12, 0i64..90).prop_map(|(query, item, on)| Step::Clicked(query, item, on)),
    ]
}

fn tight() -> Config {
    Config { history: 6, chart: 8, chart_small: 4, ..Config::default() }
}

proptest! {
    #[test]
    fn a_checkpoint_in_the_middle_changes_nothing(steps in prop::collection::vec(any_step(), 0..150), split in 0usize..150) {
        let split = split.min(steps.len());
        let mut whole = State::new(tight());
        steps[..split].iter().for_each(|step| apply(&mut whole, step));
        let (view, bytes) = (whole.clone(), whole.encode());
        let mut resumed = State::decode(tight(), &bytes).unwrap();
        steps[split..].iter().for_each(|step| apply(&mut whole, step));
        steps[split..].iter().for_each(|step| apply(&mut resumed, step));
        prop_assert_eq!(resumed.encode(), whole.encode());
        prop_assert_eq!(resumed.actors(), whole.actors());
        prop_assert_eq!(view.encode(), bytes, "a clone stays as it was");
    }

    #[test]
    fn charts_agree_with_sorting_everything(log in prop::collection::vec(any_signal(), 0..200)) {
        let config = Config { history: 6, chart: 100, chart_small: 100, ..Config::default() };
        let mut state = State::new(config.clone());
        (0..12).for_each(|item| state.set_item(Row(item), facts(1.0, &[item % 3], 0)));
        log.iter().for_each(|signal| state.fold(signal));
        state.remove_item(Row(5));
        let now = day(100);
        let count = |item: u32| state.popularity(Row(item), now);
        for (scope, items) in [(Scope::Shop, (0..12).collect::<Vec<u32>>()), (Scope::Category(1), vec![1, 4, 7, 10])] {
            let mut expected: Vec<(Row, f32)> = items.into_iter().filter(|item| *item != 5 && count(*item) > 0.0).map(|item| (Row(item), count(item))).collect();
            expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let got = state.popular(scope, now, 100);
            prop_assert_eq!(got.len(), expected.len());
            prop_assert!(got.iter().zip(&expected).all(|(got, expected)| got.1 == expected.1), "{:?} {:?}", got, expected);
        }
    }

    #[test]
    fn histories_agree_with_summing_up_everything(log in prop::collection::vec(any_signal(), 0..100)) {
        let config = Config::default();
        let state = State::from_signals(config.clone(), &log);
        let mut model: BTreeMap<(Row, Row), Vec<&Signal>> = BTreeMap::new();
        for signal in &log {
            if let Some(actor) = signal.actor {
                model.entry((actor, signal.item)).or_default().push(signal);
            }
        }
        for ((actor, item), deeds) in model {
            let history = state.history(actor);
            prop_assert!(history.windows(2).all(|pair| pair[0].time >= pair[1].time));
            let touch = history.iter().find(|touch| touch.item == item).unwrap();
            let last = deeds.iter().map(|signal| signal.time).max().unwrap();
            prop_assert_eq!(touch.time, last);
            let fade = |signal: &Signal| (-signal.time.days_until(last) / config.history_half_life_days).exp2();
            let expected: f64 = deeds.iter().map(|signal| f64::from(signal.strength) * fade(signal)).sum();
            prop_assert!((f64::from(touch.weight) - expected).abs() < 1e-3, "{} {}", touch.weight, expected);
        }
    }

    #[test]
    fn decoding_never_panics(steps in prop::collection::vec(any_step(), 0..30), flips in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4), cut in any::<usize>()) {
        let mut state = State::new(tight());
        steps.iter().for_each(|step| apply(&mut state, step));
        let mut bytes = state.encode();
        for (place, value) in flips {
            let place = place % bytes.len();
            bytes[place] = value;
        }
        bytes.truncate(cut % (bytes.len() + 1));
        if let Ok(mut state) = State::decode(tight(), &bytes) {
            state.fold(&signal(0, 1, InteractionKind::View, 1));
            state.forget(Row(1));
            state.trending(day(1), 5);
            state.profile(Some(Row(0)), day(1));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = State::decode(Config::default(), &bytes);
    }
}

#[test]
fn memory_is_bounded() {
    let mut state = State::new(tight());
    for item in 0..2_000 {
        state.set_item(Row(item), facts(1.0, &[0], 0));
        state.fold(&signal(1, item, InteractionKind::Purchase, i64::from(item)));
    }
    assert_eq!(state.history(Row(1)).len(), 6);
    assert_eq!(state.popular(Scope::Shop, day(2_000), 5_000).len(), 8);
    assert_eq!(state.popular(Scope::Category(0), day(2_000), 5_000).len(), 4);
    assert_eq!(state.newest(5_000).len(), 8);
}

#[test]
fn an_erased_actor_is_a_stranger() {
    let mut state = State::from_signals(Config::default(), &[signal(1, 7, InteractionKind::View, 0)]);
    let view = state.clone();
    state.forget(Row(1));
    state.forget(Row(99));
    assert!(state.history(Row(1)).is_empty() && state.profile(Some(Row(1)), day(0)).is_empty());
    assert_eq!((state.actors(), view.actors(), view.history(Row(1)).len()), (0, 1, 1));
}

#[test]
fn removed_items_leave_the_charts_and_come_back() {
    let mut state = State::new(Config::default());
    state.set_item(Row(3), ItemFacts { first_seen: day(5), ..facts(2.0, &[1], 0) });
    state.set_item(Row(4), facts(2.0, &[2], 0));
    state.fold(&Signal { surface: Some(Surface::Cart), ..signal(1, 3, InteractionKind::Purchase, 6) });
    assert_eq!(state.newest(9), [(Row(3), day(5)), (Row(4), day(0))]);
    let charts = |state: &State| {
        [Scope::Shop, Scope::Category(1), Scope::Category(2), Scope::Surface(Surface::Cart)]
            .map(|scope| state.popular(scope, day(6), 9).len())
    };
    assert_eq!(charts(&state), [1, 1, 0, 1]);
    state.remove_item(Row(3));
    state.fold(&signal(1, 3, InteractionKind::View, 6));
    assert_eq!((charts(&state), state.newest(9).len()), ([0; 4], 1));
    state.set_item(Row(3), facts(2.0, &[2], 0));
    assert_eq!(charts(&state), [1, 0, 1, 1]);
    assert_eq!(state.popular(Scope::Shop, day(6), 1)[0].0, Row(3));
}

#[test]
fn another_version_is_refused() {
    let refused = State::decode(Config::default(), &[99]).unwrap_err();
    assert_eq!(refused, Error::Version { expected: 2, got: 99 });
    assert_eq!(START, day(0).0);
}
