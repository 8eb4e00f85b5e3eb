use std::path::Path;
use std::sync::Arc;

use learn::recommend::ItemContents;
use types::{Dictionary, FieldError, InteractionKind, Millis, Position, Rng, Row, Signal, Touch};

use crate::{Error, Result, lines};

/// A recommendation data set, split: what a model may learn from, and the cases it is asked.
#[derive(Clone, Debug)]
pub struct Split {
    /// Name of the data.
    pub dataset: String,
    /// Items, known from the training part or asked for.
    pub items: Dictionary,
    /// What is learnt from, in order.
    pub training: Vec<Signal>,
    /// Who is asked, and what would have been right.
    pub cases: Vec<Case>,
    /// Whether items of a case's history are struck from the answer.
    pub mask_seen: bool,
    /// What is known of when things happened.
    pub order: Order,
    /// What was known of the items when the training part ended.
    pub contents: Arc<ItemContents>,
    /// Items hidden from the training part as new ones would be, in order of rows.
    pub new: Vec<Row>,
}

/// What data know of when things happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The time of each.
    Times,
    /// Which came before which.
    Sequence,
    /// Nothing: a user's items are a set.
    Unknown,
}

/// Which part of a data set is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    /// The test part, for figures to report.
    #[default]
    Test,
    /// The validation part, for choices: the test part is then never looked at.
    Validation,
}

/// One question to a model.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// What is known of the shopper.
    pub history: History,
    /// What would have been right.
    pub relevant: Vec<Row>,
    /// When the question is put.
    pub now: Millis,
}

/// What is known of a shopper when the question is put.
#[derive(Clone, PartialEq, Debug)]
pub enum History {
    /// These touches, last first.
    Given(Vec<Touch>),
    /// Whatever the training part says of this actor.
    Actor(Row),
}

/// Time given to data without times: 2020-01-01.
const START: Millis = Millis(1_577_836_800_000);
/// Time between two items of a sequence without times: long enough for visits of their own, short enough that nothing
/// fades by time, for only the order is known.
const SEQUENCE_STEP: i64 = 3_600 * Millis::SECOND;
/// Time between two clicks of a session without times.
const CLICK_STEP: i64 = 60 * Millis::SECOND;

impl Split {
    /// `train.txt` and `test.txt`: one user a line, then items in no particular order.
    ///
    /// # Errors
    /// A folder that lacks one of them or has a bad line.
    pub fn train_test(dir: &Path) -> Result<Self> {
        let mut builder = Builder::new(dir, true, Order::Unknown);
        let mut users = Dictionary::default();
        let mut histories: Vec<Vec<Touch>> = Vec::new();
        lines::each(&lines::require(dir, "train.txt")?, |_, line| {
            let (user, items) = user_and_items(line)?;
            let user = users.intern(Arc::from(user));
            for item in items {
                builder.learn(user, None, item, START);
            }
            histories.resize(users.len(), Vec::new());
            let items = line.split_whitespace().skip(1);
            histories[user.index()].extend(items.map(|item| Touch::viewed(builder.item(item), START)));
            Ok(())
        })?;
        lines::each(&lines::require(dir, "test.txt")?, |_, line| {
            let (user, items) = user_and_items(line)?;
            let known = users.row(user).and_then(|user| histories.get(user.index()));
            let history = known.cloned().unwrap_or_default();
            let relevant = items.map(|item| builder.item(item)).collect();
            builder.ask(History::Given(history), relevant, START);
            Ok(())
        })?;
        builder.finish()
    }

    /// `sequences.txt` (or the one text file there is): a user, then items in time order. The last item is asked for; the
    /// one before is for validation, so it is not learnt from, but it belongs to the history. For [`Part::Validation`] it is
    /// the one asked for, and the last is left aside.
    pub(super) fn leave_one_out(dir: &Path, part: Part) -> Result<Self> {
        let mut builder = Builder::new(dir, true, Order::Sequence);
        let mut users = Dictionary::default();
        lines::each(&sequences(dir)?, |_, line| {
            let (user, items) = user_and_items(line)?;
            let user = users.intern(Arc::from(user));
            let items: Vec<Row> = items.map(|item| builder.item(item)).collect();
            let time = |place: usize| Millis(START.0 + place as i64 * SEQUENCE_STEP);
            let learnt = items.len().saturating_sub(2);
            for (place, item) in items[..learnt].iter().enumerate() {
                builder.signal(user, None, *item, time(place));
            }
            let known = match part {
                Part::Test => items.len(),
                Part::Validation => items.len().saturating_sub(1),
            };
            if let [before @ .., last] = &items[..known]
                && learnt > 0
            {
                let history =
                    before.iter().enumerate().rev().map(|(place, item)| Touch::viewed(*item, time(place))).collect();
                builder.ask(History::Given(history), vec![*last], time(before.len()));
            }
            Ok(())
        })?;
        builder.finish()
    }

    /// `train_sessions.txt` (items in time order) and `test_prefix_target.tsv` (items so far, a tab, the next item). An item
    /// may come again, so nothing is masked.
    pub(super) fn sessions(dir: &Path) -> Result<Self> {
        let mut builder = Builder::new(dir, false, Order::Sequence);
        let mut session = 0;
        lines::each(&lines::require(dir, "train_sessions.txt")?, |_, line| {
            for (place, item) in line.split_whitespace().enumerate() {
                let time = Millis(START.0 + place as i64 * CLICK_STEP);
                builder.learn(Row(session), Some(Row(session)), item, time);
            }
            session += 1;
            Ok(())
        })?;
        lines::each(&lines::require(dir, "test_prefix_target.tsv")?, |_, line| {
            let expected = || FieldError::new("prefix_invalid", "line", "items so far, a tab, the next item", line);
            let (prefix, target) = line.split_once('\t').ok_or_else(expected)?;
            if target.split_whitespace().count() != 1 || prefix.trim().is_empty() {
                return Err(expected());
            }
            let items: Vec<Row> = prefix.split_whitespace().map(|item| builder.item(item)).collect();
            let time = |place: usize| Millis(START.0 + place as i64 * CLICK_STEP);
            let history = clicks(&items, time);
            let target = builder.item(target.trim());
            builder.ask(History::Given(history), vec![target], time(items.len()));
            Ok(())
        })?;
        builder.finish()
    }
}

impl Split {
    /// For choices, without a look at the test part: of each user's training items, one in `one_in` (at least one of two) is
    /// asked for instead of learnt, drawn by chance.
    pub(super) fn hold_out_items(self, one_in: usize) -> Result<Self> {
        let mut rng = Rng::new(1);
        let mut users: Vec<(Row, Vec<Signal>)> = Vec::new();
        for signal in self.training {
            let Some(actor) = signal.actor else { continue };
            match users.last_mut().filter(|(user, _)| *user == actor) {
                Some((_, signals)) => signals.push(signal),
                None => users.push((actor, vec![signal])),
            }
        }
        let (mut training, mut cases) = (Vec::new(), Vec::new());
        for (_, mut signals) in users {
            if signals.len() > 1 {
                rng.shuffle(&mut signals);
                let rest = signals.split_off(signals.len().div_ceil(one_in.max(2)));
                let mut relevant: Vec<Row> = signals.iter().map(|signal| signal.item).collect();
                relevant.sort_unstable();
                relevant.dedup();
                let history = rest.iter().map(|signal| Touch::viewed(signal.item, signal.time)).collect();
                cases.push(Case { history: History::Given(history), relevant, now: START });
                signals = rest;
            }
            training.extend(signals);
        }
        Builder { split: Self { training, cases, ..self } }.finish()
    }

    /// For choices: the last of `one_in` parts of the training sessions is asked for, each click after the first, instead of
    /// learnt.
    pub(super) fn hold_out_sessions(self, one_in: usize) -> Result<Self> {
        let session = |signal: &Signal| signal.session;
        let sessions: Vec<&[Signal]> = self.training.chunk_by(|a, b| session(a) == session(b)).collect();
        let kept = sessions.len() - sessions.len() / one_in.max(2);
        let training: Vec<Signal> = sessions[..kept].concat();
        let mut cases = Vec::new();
        for signals in &sessions[kept..] {
            let items: Vec<Row> = signals.iter().map(|signal| signal.item).collect();
            for (place, target) in items.iter().enumerate().skip(1) {
                let history = clicks(&items[..place], |place| signals[place].time);
                cases.push(Case {
                    history: History::Given(history),
                    relevant: vec![*target],
                    now: signals[place].time,
                });
            }
        }
        Builder { split: Self { training, cases, ..self } }.finish()
    }

    /// For new items: one item in `one_in`, drawn by chance, is struck from all that is learnt and from histories, and only
    /// cases that want one of them are asked, for these alone.
    pub(super) fn hide_items(self, one_in: usize) -> Result<Self> {
        let mut new: Vec<Row> = self.items.iter().map(|(row, _)| row).collect();
        Rng::new(1).shuffle(&mut new);
        new.truncate(new.len().div_ceil(one_in.max(2)));
        new.sort_unstable();
        let is_new = |item: &Row| new.binary_search(item).is_ok();
        let training = self.training.into_iter().filter(|signal| !is_new(&signal.item)).collect();
        let case = |mut case: Case| {
            case.relevant.retain(is_new);
            if let History::Given(touches) = &mut case.history {
                touches.retain(|touch| !is_new(&touch.item));
            }
            (!case.relevant.is_empty()).then_some(case)
        };
        let cases = self.cases.into_iter().filter_map(case).collect();
        Builder { split: Self { training, cases, new, ..self } }.finish()
    }

    /// Keeps `count` cases at most, drawn by chance; 0 keeps all.
    pub(crate) fn sample(&mut self, count: usize) {
        if count > 0 && count < self.cases.len() {
            Rng::new(1).shuffle(&mut self.cases);
            self.cases.truncate(count);
        }
    }
}

/// Touches of a session's clicks, last first, one an item. A session's item may well be wanted again, which touches say
/// by a purchase.
fn clicks(items: &[Row], time: impl Fn(usize) -> Millis) -> Vec<Touch> {
    let mut touches: Vec<Touch> = Vec::new();
    for (place, item) in items.iter().enumerate().rev() {
        match touches.iter_mut().find(|touch| touch.item == *item) {
            Some(touch) => touch.purchases += 1,
            None => touches.push(Touch { purchases: 1, ..Touch::viewed(*item, time(place)) }),
        }
    }
    touches
}

/// A user and at least one item, parted by spaces.
fn user_and_items(line: &str) -> std::result::Result<(&str, impl Iterator<Item = &str>), FieldError> {
    let mut parts = line.split_whitespace();
    let user = parts.next().unwrap_or_default();
    let items = parts.clone();
    match parts.next() {
        Some(_) => Ok((user, items)),
        None => Err(FieldError::new("items_missing", "line", "a user, then at least one item, parted by spaces", line)),
    }
}

fn sequences(dir: &Path) -> Result<std::path::PathBuf> {
    if let Some(path) = lines::find(dir, "sequences.txt") {
        return Ok(path);
    }
    let is_text = |path: &std::path::PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.trim_end_matches(".gz").trim_end_matches(".zst").ends_with(".txt")
    };
    let entries = fs_err::read_dir(dir).map_err(|error| Error::file(dir, error))?;
    let mut texts = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(is_text);
    match (texts.next(), texts.next()) {
        (Some(only), None) => Ok(only),
        _ => lines::require(dir, "sequences.txt"),
    }
}

/// Puts a [`Split`] together.
pub(super) struct Builder {
    split: Split,
}

impl Builder {
    pub(super) fn new(dir: &Path, mask_seen: bool, order: Order) -> Self {
        let (items, training, cases) = (Dictionary::default(), Vec::new(), Vec::new());
        let contents = Arc::default();
        let dataset = crate::dataset_name(dir);
        Self { split: Split { dataset, items, training, cases, mask_seen, order, contents, new: Vec::new() } }
    }

    fn item(&mut self, name: &str) -> Row {
        // Looked up first: a name is copied only when it is new.
        self.split.items.row(name).unwrap_or_else(|| self.split.items.intern(Arc::from(name)))
    }

    fn learn(&mut self, actor: Row, session: Option<Row>, item: &str, time: Millis) {
        let item = self.item(item);
        self.signal(actor, session, item, time);
    }

    fn signal(&mut self, actor: Row, session: Option<Row>, item: Row, time: Millis) {
        let position = Position(self.split.training.len() as u64);
        let kind = InteractionKind::View;
        let (actor, strength) = (Some(actor), kind.default_weight());
        self.split.training.push(Signal {
            position,
            time,
            actor,
            session,
            item,
            kind,
            strength,
            quantity: 1,
            surface: None,
        });
    }

    fn ask(&mut self, history: History, mut relevant: Vec<Row>, now: Millis) {
        relevant.sort_unstable();
        relevant.dedup();
        self.split.cases.push(Case { history, relevant, now });
    }

    fn finish(self) -> Result<Split> {
        if self.split.training.is_empty() {
            return Err(Error::Nothing(self.split.dataset, "no interaction to learn from"));
        }
        if self.split.cases.is_empty() {
            return Err(Error::Nothing(self.split.dataset, "no case to be asked"));
        }
        Ok(self.split)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs_err::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    fn names(split: &Split, rows: impl IntoIterator<Item = Row>) -> String {
        rows.into_iter().map(|row| split.items.id(row).unwrap().to_string()).collect::<Vec<_>>().join(" ")
    }

    fn history(case: &Case) -> Vec<Row> {
        match &case.history {
            History::Given(touches) => touches.iter().map(|touch| touch.item).collect(),
            History::Actor(_) => Vec::new(),
        }
    }

    #[test]
    fn new_items_are_hidden_from_all_but_the_answers() {
        let line = |user: usize| {
            format!("{user} i{} i{} i{} i{}\n", user % 20, (user + 1) % 20, (user + 2) % 20, 7 * user % 20)
        };
        let sequences: String = (0..60).map(line).collect();
        let dir = folder(&[("sequences.txt", &sequences)]);
        let split = Split::leave_one_out(dir.path(), Part::Test).unwrap().hide_items(3).unwrap();
        assert_eq!(split.new.len(), 7);
        let is_new = |row: &Row| split.new.contains(row);
        assert!(split.training.iter().all(|signal| !is_new(&signal.item)));
        assert!(!split.cases.is_empty() && split.cases.iter().all(|case| case.relevant.iter().all(is_new)));
        assert!(!split.cases.iter().flat_map(history).any(|row| is_new(&row)));
    }

    #[test]
    fn train_and_test_belong_to_the_same_users() {
        let dir = folder(&[("train.txt", "u1 a b\nu2 b c\n"), ("test.txt", "u2 a d d\nnew a\n")]);
        let split = Split::train_test(dir.path()).unwrap();
        assert_eq!((split.training.len(), split.items.len(), split.mask_seen), (4, 4, true));
        assert_eq!(names(&split, history(&split.cases[0])), "b c");
        assert_eq!(names(&split, split.cases[0].relevant.clone()), "a d");
        assert_eq!(history(&split.cases[1]), []);
    }

    #[test]
    fn the_last_is_asked_and_the_one_before_is_not_learnt() {
        let dir = folder(&[("Beauty.txt", "1 a b c d\n2 连衣裙 b\n")]);
        let split = Split::leave_one_out(dir.path(), Part::Test).unwrap();
        assert_eq!(names(&split, split.training.iter().map(|signal| signal.item)), "a b");
        assert_eq!(split.cases.len(), 1);
        assert_eq!(names(&split, history(&split.cases[0])), "c b a");
        assert_eq!(names(&split, split.cases[0].relevant.clone()), "d");

        let split = Split::leave_one_out(dir.path(), Part::Validation).unwrap();
        assert_eq!(names(&split, history(&split.cases[0])), "b a");
        assert_eq!(names(&split, split.cases[0].relevant.clone()), "c");
    }

    #[test]
    fn sessions_may_repeat() {
        let dir = folder(&[("train_sessions.txt", "a b\nb c\n"), ("test_prefix_target.tsv", "a b a\tb\n")]);
        let split = Split::sessions(dir.path()).unwrap();
        assert!(!split.mask_seen);
        assert_eq!(names(&split, history(&split.cases[0])), "a b");
        assert_ne!(split.training[0].session, split.training[2].session);
    }

    #[test]
    fn faults_name_file_line_and_what_was_expected() {
        let message =
            |error: Error, dir: &tempfile::TempDir| error.to_string().replace(&dir.path().display().to_string(), "DIR");
        let dir = folder(&[("train.txt", "u1 a b\nu2\n"), ("test.txt", "u2 a\n")]);
        let expected =
            "DIR/train.txt, line 2: `line`: expected a user, then at least one item, parted by spaces, got u2";
        assert_eq!(message(Split::train_test(dir.path()).unwrap_err(), &dir), expected);

        let dir = folder(&[("train_sessions.txt", "a b\n"), ("test_prefix_target.tsv", "a b\n")]);
        let expected =
            "DIR/test_prefix_target.tsv, line 1: `line`: expected items so far, a tab, the next item, got a b";
        assert_eq!(message(Split::sessions(dir.path()).unwrap_err(), &dir), expected);

        let dir = folder(&[]);
        let expected = "DIR: expected a file sequences.txt (or sequences.txt.gz, sequences.txt.zst)";
        assert_eq!(message(Split::leave_one_out(dir.path(), Part::Test).unwrap_err(), &dir), expected);
    }
}
