//! Small shops for tests of methods, written as words.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use types::{Dictionary, InteractionKind, Millis, Position, Row, Signal, Touch};

use super::{
    Ask, FitError, Interactions, ItemContents, Method, Model, Parameters, Sparse, TrainingData, Watcher, train,
};

/// A view of an item by a user, so many minutes after the beginning of 2024.
pub(crate) fn signal(user: u32, item: u32, minutes: i64) -> Signal {
    Signal {
        position: Position(0),
        time: Millis(1_704_067_200_000 + minutes * 60_000),
        actor: Some(Row(user)),
        session: Some(Row(1_000_000 + user)),
        item: Row(item),
        kind: InteractionKind::View,
        strength: 1.0,
        quantity: 1,
        surface: None,
    }
}

/// A history of views, the last item first.
pub(crate) fn history(items: &[u32]) -> Vec<Touch> {
    let touch = |(place, item): (usize, &u32)| Touch {
        item: Row(*item),
        time: signal(0, 0, 1_000 - place as i64).time,
        weight: 1.0,
        purchases: 0,
        viewed: true,
        carted: false,
        refused: false,
    };
    items.iter().enumerate().map(touch).collect()
}

/// A model of a shop whose items have names.
pub(crate) struct Named {
    pub(crate) model: Box<dyn Model>,
    pub(crate) items: Dictionary,
}

/// Trains on one user a line: the items wanted, in order.
pub(crate) fn trained(method: &Method, chosen: &[(&str, f64)], users: &[&str]) -> Named {
    let mut items = Dictionary::default();
    let mut signals = Vec::new();
    for (user, line) in (0..).zip(users) {
        for (minute, name) in (0..).zip(line.split_whitespace()) {
            let item = items.row(name).unwrap_or_else(|| items.intern(Arc::from(name)));
            signals.push(signal(user, item.0, minute));
        }
    }
    let mut parameters = Parameters::new(method.parameters);
    chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
    let interactions = Interactions::from_signals(&signals, items.len());
    let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
    Named { model: train(method, &parameters, &data, None, &mut ()).unwrap(), items }
}

impl Named {
    /// Names of the best items for a history, the last item of which comes last; items of the history are left out.
    pub(crate) fn answer(&self, names: &str) -> String {
        let mut rows: Vec<u32> = names.split_whitespace().map(|name| self.items.row(name).unwrap().0).collect();
        rows.reverse();
        let history = history(&rows);
        let ask = Ask { history: &history, now: Millis(1_704_200_000_000) };
        let best = self.model.recommend(&ask, 10, &|row| !rows.contains(&row.0));
        best.iter().map(|(row, _)| self.items.id(*row).unwrap().to_string()).collect::<Vec<_>>().join(" ")
    }
}

/// What must hold of every method: on odd data it fits or says why, scores are finite, parts of linear ones add up, a model
/// read again answers the same, and the same data give the same bytes.
pub(crate) fn check_method(method: &Method) {
    let shops: [&[(u32, u32)]; 5] = [
        &[(0, 0)],
        &[(0, 0), (1, 1), (2, 2)],
        &[(0, 0), (0, 0), (0, 0), (1, 0)],
        &[(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 3), (2, 4), (3, 3), (3, 4), (3, 2), (4, 1), (4, 2)],
        &[(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5)],
    ];
    for pairs in shops {
        let signals: Vec<Signal> =
            (0..).zip(pairs).map(|(minute, (user, item))| signal(*user, *item, minute)).collect();
        // One item more than was ever met.
        let interactions = Interactions::from_signals(&signals, 7);
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        let parameters = Parameters::new(method.parameters);
        let Ok(model) = train(method, &parameters, &data, None, &mut ()) else { continue };
        let again = train(method, &parameters, &data, None, &mut ()).unwrap();
        assert_eq!((model.name(), model.items()), (method.name, 7));
        let bytes = model.encode();
        assert_eq!(bytes, again.encode(), "{}: the same data give the same bytes", method.name);
        let read = (method.decode)(&bytes).unwrap();
        assert!((method.decode)(&bytes[..bytes.len() - 1]).is_err() && (method.decode)(&[255]).is_err());
        let mut strange = history(&[4, 9_999, 0]);
        strange[0].weight = -2.0;
        for history in [vec![], history(&[0]), history(&[2, 1, 0]), strange] {
            let ask = Ask { history: &history, now: Millis(1_704_200_000_000) };
            let (mut scores, mut scores_read) = (vec![7.0; 7], vec![7.0; 7]);
            model.score(&ask, &mut scores);
            read.score(&ask, &mut scores_read);
            assert!(scores.iter().all(|score| score.is_finite()), "{}: {scores:?}", method.name);
            assert_eq!(scores, scores_read, "{}: a model read again answers the same", method.name);
            assert!(model.explain(&ask, Row(1)).iter().all(|share| share.part.is_finite()));
            assert!(model.recommend(&ask, 3, &|row| row != Row(1)).iter().all(|(row, _)| *row != Row(1)));
        }
    }
}

/// What must hold of methods with factors: of two kinds of items the one is recommended that the shopper knows.
pub(crate) fn check_kinds(method: &Method, chosen: &[(&str, f64)]) -> Named {
    let model = trained(method, chosen, &["a b c", "a b", "b c a", "x y z", "y z", "z x y", "x y"]);
    for (known, wanted) in [("a", "b"), ("x", "y")] {
        assert!(model.answer(known).starts_with(wanted), "{}: {}", method.name, model.answer(known));
    }
    model
}

/// What must hold of every method: turning an item down lowers it and what goes with it, against no word on it, both for who
/// turned it down and, where others did so before training, for everyone.
pub(crate) fn check_dislikes(method: &Method) {
    /// Items 0 to 5 go together, and so do 6 to 11; each user wants four of one kind.
    const ITEMS: u32 = 12;
    let kind = |user: u32| (user % 2) * 6;
    let wanted = |user: u32| (0..4).map(move |k| kind(user) + (user / 2 + k) % 6);
    let likes: Vec<Signal> =
        (0..80).flat_map(|user| wanted(user).zip(0..).map(move |(item, minute)| signal(user, item, minute))).collect();
    let attributes = Sparse::from_rows(2, (0..ITEMS).map(|item| vec![(item / 6, 1.0)]));
    let contents = ItemContents { attributes, ..ItemContents::default() };
    let fit = |signals: &[Signal]| {
        let interactions = Interactions::from_signals(signals, ITEMS as usize);
        let data = TrainingData { interactions: &interactions, items: &contents, seed: 1 };
        train(method, &Parameters::new(method.parameters), &data, None, &mut ()).unwrap()
    };
    let scores = |model: &dyn Model, history: &[Touch]| {
        let mut scores = vec![0.0; ITEMS as usize];
        model.score(&Ask { history, now: Millis(1_704_200_000_000) }, &mut scores);
        scores
    };
    let model = fit(&likes);
    let like = history(&[0, 7]);
    // Before the others, so that these speak as loudly as without it.
    let mut dislike = history(&[0, 7, 8]);
    (dislike[2].weight, dislike[2].refused) = (-2.0, true);
    let (before, after) = (scores(model.as_ref(), &like), scores(model.as_ref(), &dislike));
    let mean = |scores: &[f32], items: &[usize]| items.iter().map(|at| scores[*at]).sum::<f32>() / items.len() as f32;
    // Against the other kind: a method may scale the scores of one answer as it likes.
    let lead = |scores: &[f32], items: &[usize]| mean(scores, items) - mean(scores, &[1, 2, 3, 4, 5]);
    let slack = 1e-4 * before.iter().chain(&after).fold(0.0f32, |most, score| most.max(score.abs()));
    for items in [&[8][..], &[6, 9, 10, 11]] {
        let (before, after) = (lead(&before, items), lead(&after, items));
        assert!(after <= before + slack, "{}: {items:?} leads by {before} before, {after} after", method.name);
    }

    let dislikes = (0..40).map(|user| Signal { strength: -3.0, ..signal(user, 3, 50) });
    let disliked: Vec<Signal> = likes.iter().cloned().chain(dislikes).collect();
    let (before, after) = (scores(model.as_ref(), &like), scores(fit(&disliked).as_ref(), &like));
    let beaten = |scores: &[f32]| [1, 2, 4, 5].iter().filter(|other| scores[3] > scores[**other]).count();
    assert!(beaten(&after) <= beaten(&before), "{}: 3 turned down by many: {before:?} {after:?}", method.name);
}

#[test]
fn every_method_heeds_dislikes() {
    super::METHODS.iter().for_each(check_dislikes);
}

/// Keeps checkpoints, and stops a training after so many words of its progress.
struct Stopping {
    kept: HashMap<String, Vec<u8>>,
    loaded: usize,
    room: usize,
}

impl Watcher for Stopping {
    fn progress(&mut self, _done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        self.room = self.room.saturating_sub(1);
        if self.room == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn load(&mut self, name: &str) -> Option<Vec<u8>> {
        let found = self.kept.get(name).cloned();
        self.loaded += usize::from(found.is_some());
        found
    }

    fn save(&mut self, name: &str, state: &mut dyn FnMut() -> Vec<u8>) {
        self.kept.insert(name.to_owned(), state());
    }
}

#[test]
fn a_stopped_training_goes_on_as_if_it_had_not_been_stopped() {
    // Enough users that some are kept aside to see when to end.
    let signals: Vec<Signal> =
        (0..2_400).flat_map(|user| (0..3).map(move |step| signal(user, (user + step) % 12, i64::from(step)))).collect();
    let interactions = Interactions::from_signals(&signals, 12);
    let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
    for name in ["sequence", "two-tower", "bpr", "fusion", "ease"] {
        let method = super::method(name).unwrap();
        let mut parameters = Parameters::new(method.parameters);
        for (name, value) in [("rounds", 3.0), ("dim", 8.0), ("factors", 8.0), ("questions", 50.0)] {
            parameters.set(name, value).ok();
        }
        let expected = train(method, &parameters, &data, None, &mut ()).unwrap().encode();
        let mut watcher = Stopping { kept: HashMap::new(), loaded: 0, room: 1 };
        let mut stops = 0;
        let model = loop {
            match train(method, &parameters, &data, None, &mut watcher) {
                Ok(model) => break model,
                Err(error) => assert_eq!(error, FitError::Cancelled),
            }
            stops += 1;
            watcher.room = 150 * stops;
        };
        assert!(stops > 0 && model.encode() == expected, "{name} after {stops} stops");
        assert!(watcher.loaded > 0 || name == "ease", "{name} went on from what was kept");
        // All that is left to do is to read the model; what is damaged is done again.
        watcher.room = 1;
        assert!(train(method, &parameters, &data, None, &mut watcher).is_ok(), "{name}");
        watcher.kept.values_mut().for_each(|bytes| bytes.truncate(bytes.len() / 2));
        watcher.room = usize::MAX;
        let again = train(method, &parameters, &data, None, &mut watcher).unwrap();
        assert!(again.encode() == expected, "{name}, damaged");
        let other = TrainingData { seed: 2, ..data };
        watcher.room = 1;
        assert!(train(method, &parameters, &other, None, &mut watcher).is_err(), "{name} with another seed is another");
    }
}
