//! The store against a plain vector, under random operations.

use proptest::prelude::*;
use types::{Event, Position};

use crate::samples;

#[derive(Clone, Debug)]
enum Step {
    /// Append events of these ids; small numbers, so that many come twice.
    Append(Vec<u8>),
    /// Close and open again.
    Reopen,
    /// Lose the database of derived state.
    LoseDatabase,
    /// Read from a place.
    Read(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proptest::collection::vec(any::<u8>(), 0..30).prop_map(Step::Append),
        1 => Just(Step::Reopen),
        1 => Just(Step::LoseDatabase),
        2 => any::<u8>().prop_map(Step::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_log_is_a_vector_without_duplicates(steps in proptest::collection::vec(step(), 1..20)) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = samples::open(dir.path());
        let mut model: Vec<Event> = Vec::new();
        for step in steps {
            match step {
                Step::Append(ids) => {
                    let batch: Vec<Event> = ids.iter().map(numbered).collect();
                    let appended = store.append(&batch).unwrap();
                    let before = model.len();
                    let mut accepted = Vec::new();
                    for (index, event) in batch.iter().enumerate() {
                        if model.iter().all(|known| known.id != event.id) {
                            accepted.push((Position(model.len() as u64), index));
                            model.push(event.clone());
                        }
                    }
                    prop_assert_eq!(appended.duplicates, batch.len() - (model.len() - before));
                    prop_assert_eq!((appended.accepted, appended.end), (accepted, Position(model.len() as u64)));
                }
                Step::Reopen => {
                    drop(store);
                    store = samples::open(dir.path());
                }
                Step::LoseDatabase => {
                    drop(store);
                    std::fs::remove_dir_all(dir.path().join("database")).unwrap();
                    store = samples::open(dir.path());
                }
                Step::Read(from) => {
                    let from = usize::from(from).min(model.len());
                    let read: Vec<_> = store.read(Position(from as u64)).map(Result::unwrap).collect();
                    let expected: Vec<_> = (from..).map(|at| Position(at as u64)).zip(model[from..].to_vec()).collect();
                    prop_assert_eq!(read, expected);
                }
            }
            prop_assert_eq!(store.end(), Position(model.len() as u64));
        }
        prop_assert_eq!(store.verify_log().unwrap(), model.len() as u64);
    }
}

fn numbered(id: &u8) -> Event {
    samples::view(&format!("event-{id}"), "u", &format!("item-{}", id % 7))
}

#[test]
fn writers_and_readers_do_not_disturb_each_other() {
    const BATCHES: usize = 60;
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let store = &store;
            scope.spawn(move || {
                for batch in 0..BATCHES {
                    // Every second batch is one that another writer sends too.
                    let owner = if batch % 2 == 0 { writer } else { 9 };
                    let id = |n| samples::view(&format!("{owner}-{batch}-{n}"), "u", "i");
                    store.append(&(0..5).map(id).collect::<Vec<_>>()).unwrap();
                }
            });
        }
        scope.spawn(|| {
            while store.end() < Position((3 + 1) * BATCHES as u64 / 2 * 5) {
                let positions: Vec<u64> = store.read(Position(0)).map(|read| read.unwrap().0.0).collect();
                assert!(positions.iter().copied().eq(0..positions.len() as u64));
                store.erase_user(&types::UserId::new("nobody").unwrap()).unwrap();
            }
        });
    });
    assert_eq!(store.verify_log().unwrap(), (3 + 1) * BATCHES as u64 / 2 * 5);
}
