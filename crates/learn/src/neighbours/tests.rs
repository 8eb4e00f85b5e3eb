use std::collections::BTreeMap;

use proptest::prelude::*;
use types::Position;

use super::*;
use crate::Error;

const START: i64 = 1_300_000_000_000;

fn signal(actor: u32, session: Option<u32>, item: u32, kind: InteractionKind, minute: i64) -> Signal {
    Signal {
        position: Position(0),
        time: Millis(START + minute * 60 * Millis::SECOND),
        actor: Some(Row(actor)),
        session: session.map(Row),
        item: Row(item),
        strength: kind.default_weight(),
        kind,
        quantity: 1,
        surface: None,
    }
}

/// One basket a slice; every basket another actor's.
fn baskets(baskets: &[&[u32]]) -> Vec<Signal> {
    let basket = |(number, items): (usize, &&[u32])| -> Vec<Signal> {
        let number = number as u32;
        let bought =
            |item: &u32| signal(number, Some(1_000 + number), *item, InteractionKind::Purchase, i64::from(number));
        items.iter().map(bought).collect()
    };
    baskets.iter().enumerate().flat_map(basket).collect()
}

fn learnt(signals: &[Signal]) -> Neighbours {
    Neighbours::from_signals(NeighboursConfig::default(), signals)
}

fn rows(answer: &[(Row, f32)]) -> Vec<u32> {
    answer.iter().map(|(row, _)| row.0).collect()
}

#[test]
fn what_is_bought_together_is_found_and_chance_is_told_from_habit() {
    // 1 and 2 belong together; 9 is in every basket.
    let mut log: Vec<&[u32]> = vec![&[1, 2, 9]; 10];
    log.extend(vec![&[3, 9][..]; 20]);
    let neighbours = learnt(&baskets(&log));
    assert_eq!(rows(&neighbours.similar(Row(1), 5)), [2, 9]);
    assert_eq!(rows(&neighbours.bought_together(&[Row(1)], 5)), [2, 9]);
    assert_eq!(rows(&neighbours.bought_together(&[Row(1), Row(9)], 1)), [2]);
    assert!(neighbours.bought_together(&[Row(77)], 5).is_empty());
}

#[test]
fn sequences_count_forward_more_than_backward_and_near_more_than_far() {
    let log: Vec<Signal> = (0..20)
        .flat_map(|actor| {
            let view = move |(place, item): (usize, u32)| {
                signal(actor, None, item, InteractionKind::View, place as i64 * 24 * 60)
            };
            [1, 2, 3].into_iter().enumerate().map(view)
        })
        .collect();
    let neighbours = learnt(&log);
    assert_eq!(rows(&neighbours.similar(Row(1), 5)), [2, 3]);
    assert_eq!(rows(&neighbours.similar(Row(2), 5)), [3, 1]);
    assert!(neighbours.bought_together(&[Row(1)], 5).is_empty(), "looks are no baskets");
}

#[test]
fn a_funnel_counts_a_pair_once_at_its_strongest() {
    use InteractionKind::{AddToCart, Purchase, View};
    let deeds = [(1, View), (2, View), (1, AddToCart), (2, AddToCart), (1, Purchase), (2, Purchase), (2, Purchase)];
    let log: Vec<Signal> = deeds.into_iter().map(|(item, kind)| signal(0, Some(9), item, kind, 0)).collect();
    let neighbours = learnt(&log);
    let link = neighbours.links_of(Row(1)).next().unwrap();
    assert_eq!((link.item, link.counts.together, link.counts.baskets), (Row(2), 1, 1));
    assert!((link.counts.mass - 5.0f32.sqrt()).abs() < 1e-5, "{}", link.counts.mass);
    assert!((neighbours.totals_of(Row(1)).mass - 5.0f32.sqrt()).abs() < 1e-5);
    assert_eq!((neighbours.visits, neighbours.baskets), (1, 1));
}

#[test]
fn a_refund_lowers_the_pair() {
    let mut log = baskets(&[&[1, 2, 3], &[1, 2, 3]]);
    let before = learnt(&log).similar(Row(1), 5);
    log.push(signal(1, Some(1_001), 2, InteractionKind::Refund, 5));
    let after = learnt(&log).similar(Row(1), 5);
    let score = |answer: &[(Row, f32)], row| answer.iter().find(|(item, _)| *item == Row(row)).unwrap().1;
    assert!(score(&after, 2) < score(&before, 2) && score(&after, 3) == score(&before, 3));
}

#[test]
fn memory_is_bounded_and_habits_survive_chance() {
    let config = NeighboursConfig { links: 8, window: 4, ..NeighboursConfig::default() };
    let mut log = Vec::new();
    for round in 0..400u32 {
        // 1 and 2 meet in every other basket, among ever new strangers.
        let strangers = [100 + 2 * round, 101 + 2 * round];
        let items = if round % 2 == 0 { vec![1, strangers[0], 2] } else { vec![1, strangers[0], strangers[1]] };
        log.extend(
            items
                .iter()
                .map(|item| signal(round, Some(5_000 + round), *item, InteractionKind::Purchase, i64::from(round))),
        );
    }
    let neighbours = Neighbours::from_signals(config.clone(), &log);
    assert!(neighbours.links_of(Row(1)).count() < config.links + LINKS_SPARE);
    assert!(neighbours.windows.iter().all(|(_, window)| window.as_slice().len() <= config.window));
    assert_eq!(rows(&neighbours.similar(Row(1), 1)), [2]);
    assert_eq!(neighbours.links_of(Row(1)).find(|link| link.item == Row(2)).unwrap().counts.together, 200);
}

#[test]
fn a_clone_stays_as_it_was() {
    let log = baskets(&[&[1, 2, 3], &[1, 2], &[2, 4]]);
    let mut neighbours = learnt(&log[..5]);
    let (view, bytes) = (neighbours.clone(), neighbours.encode());
    log[5..].iter().for_each(|signal| neighbours.fold(signal));
    neighbours.forget(Row(0));
    assert_eq!(view.encode(), bytes);
    assert_ne!(neighbours.encode(), bytes);
}

#[test]
fn forgetting_erases_the_window_and_keeps_sums() {
    let mut neighbours = learnt(&baskets(&[&[1, 2, 3], &[1, 2]]));
    let before = neighbours.similar(Row(1), 5);
    neighbours.forget(Row(0));
    neighbours.forget(Row(12_345));
    assert!(neighbours.windows.get(Row(0)).unwrap().as_slice().is_empty());
    assert_eq!(neighbours.similar(Row(1), 5), before);
}

#[test]
fn another_version_is_refused() {
    let refused = Neighbours::decode(NeighboursConfig::default(), &[99]).unwrap_err();
    assert_eq!(refused, Error::Version { expected: 1, got: 99 });
}

fn any_signal() -> impl Strategy<Value = Signal> {
    let kinds = prop::sample::select(InteractionKind::BUILT_IN.to_vec());
    (0u32..6, prop::option::of(20u32..24), 0u32..12, kinds, 0i64..5_000)
        .prop_map(|(actor, session, item, kind, minute)| signal(actor, session, item, kind, minute))
}

proptest! {
    #[test]
    fn baskets_agree_with_counting_them_all_at_once(log in prop::collection::vec(prop::collection::btree_set(0u32..12, 1..6), 1..30)) {
        let log: Vec<Vec<u32>> = log.into_iter().map(|basket| basket.into_iter().collect()).collect();
        let slices: Vec<&[u32]> = log.iter().map(Vec::as_slice).collect();
        let neighbours = learnt(&baskets(&slices));
        let mut model: BTreeMap<(u32, u32), u16> = BTreeMap::new();
        for basket in &log {
            for one in basket {
                basket.iter().filter(|two| *two != one).for_each(|two| *model.entry((*one, *two)).or_default() += 1);
            }
        }
        let mut counted = BTreeMap::new();
        for item in 0..12 {
            for link in neighbours.links_of(Row(item)) {
                prop_assert_eq!(link.counts.together, link.counts.baskets);
                prop_assert!((link.counts.mass - f32::from(link.counts.together) * 5f32.sqrt()).abs() < 1e-3);
                counted.insert((item, link.item.0), link.counts.baskets);
            }
        }
        prop_assert_eq!(counted, model);
        prop_assert_eq!(neighbours.baskets, log.len() as u64);
    }

    #[test]
    fn a_checkpoint_in_the_middle_changes_nothing(log in prop::collection::vec(any_signal(), 0..200), split in 0usize..200) {
        let split = split.min(log.len());
        let whole = learnt(&log);
        let half = learnt(&log[..split]);
        let mut resumed = Neighbours::decode(NeighboursConfig::default(), &half.encode()).unwrap();
        log[split..].iter().for_each(|signal| resumed.fold(signal));
        prop_assert_eq!(resumed.encode(), whole.encode());
        for item in 0..12 {
            let scores = whole.similar(Row(item), 20);
            prop_assert!(scores.iter().all(|(_, score)| score.is_finite() && *score > 0.0));
            prop_assert_eq!(resumed.similar(Row(item), 20), scores);
        }
    }

    #[test]
    fn decoding_never_panics(log in prop::collection::vec(any_signal(), 0..20), flips in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4), cut in any::<usize>()) {
        let mut bytes = learnt(&log).encode();
        for (place, value) in flips {
            let place = place % bytes.len();
            bytes[place] = value;
        }
        bytes.truncate(cut % (bytes.len() + 1));
        if let Ok(mut neighbours) = Neighbours::decode(NeighboursConfig::default(), &bytes) {
            neighbours.fold(&signal(0, None, 1, InteractionKind::View, 0));
            neighbours.similar(Row(1), 5);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Neighbours::decode(NeighboursConfig::default(), &bytes);
    }
}
