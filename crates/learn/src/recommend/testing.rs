//! Small shops for tests of methods, written as words.

use std::sync::Arc;

use types::{Dictionary, InteractionKind, Millis, Position, Row, Signal, Touch};

use super::{Ask, Interactions, ItemContents, Method, Model, Parameters, TrainingData, train};

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
