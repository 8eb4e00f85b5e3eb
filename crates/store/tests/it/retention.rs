use store::{Retention, Store, Trimmed};
use types::{Event, EventBody, Item, ItemId, ItemPatch, Millis, Position, UserId, Value};

use crate::samples;

const KEEP_ALL: Retention = Retention { before: None, bytes_max: None, until: Position(u64::MAX), ids_kept: u64::MAX };

fn positions(store: &Store) -> Vec<u64> {
    store.read(Position(0)).map(|read| read.unwrap().0.0).collect()
}

fn at(id: &str, time: i64) -> Event {
    Event { time: Millis(time), ..samples::view(id, "u", "i") }
}

fn upserted(id: &str, item: &str) -> Event {
    samples::event(id, 0, EventBody::ItemUpserted(samples::item(item, id)))
}

fn patched(id: &str, item: &str) -> Event {
    let mut patch = ItemPatch::new(ItemId::new(item).unwrap());
    patch.set("rating", Some(Value::Number(1.0))).unwrap();
    samples::event(id, 0, EventBody::ItemPatched(patch))
}

#[test]
fn old_interactions_go_and_positions_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let events: Vec<Event> = (0..100).map(|n| at(&format!("e{n}"), n)).collect();
    events.chunks(10).for_each(|batch| drop(store.append(batch).unwrap()));
    let bytes = store.disk_bytes();
    let trimmed = store.retain(&Retention { before: Some(Millis(40)), ..KEEP_ALL }).unwrap();
    assert_eq!((trimmed.dropped, trimmed.ids_forgotten), (40, 0));
    assert!(trimmed.bytes > 0 && store.disk_bytes() < bytes);
    assert_eq!(positions(&store), (40..100).collect::<Vec<_>>());
    assert_eq!(store.append(&events).unwrap().duplicates, 100, "ids of dropped events stay known");
    drop(store);
    std::fs::remove_dir_all(dir.path().join("database")).unwrap();
    let store = samples::open(dir.path());
    assert_eq!(store.append(&events).unwrap().duplicates, 100, "also when the database is rebuilt");
    assert_eq!(store.append(&[at("new", 1)]).unwrap().accepted, [(Position(100), 0)]);
    let until = Retention { before: Some(Millis(1_000)), until: Position(60), ..KEEP_ALL };
    assert_eq!(store.retain(&until).unwrap().dropped, 20);
    assert_eq!(positions(&store), (60..101).collect::<Vec<_>>());
}

#[test]
fn the_oldest_ids_are_forgotten_with_their_segments() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let events: Vec<Event> = (0..100).map(|n| at(&format!("e{n}"), n)).collect();
    events.chunks(10).for_each(|batch| drop(store.append(batch).unwrap()));
    let trimmed = store.retain(&Retention { before: Some(Millis(80)), ids_kept: 50, ..KEEP_ALL }).unwrap();
    assert!(trimmed.ids_forgotten > 0 && trimmed.ids_forgotten <= 50, "{trimmed:?}");
    assert_eq!(store.first(), Position(trimmed.ids_forgotten));
    assert_eq!(store.read(store.first()).next().unwrap().unwrap().0, Position(80));
    assert_eq!(store.append(&events).unwrap().accepted.len() as u64, trimmed.ids_forgotten);
    drop(store);
    let store = samples::open(dir.path());
    assert_eq!(store.end(), Position(100 + trimmed.ids_forgotten));
    assert_eq!(store.append(&events).unwrap().duplicates, 100);
}

#[test]
fn the_catalogue_can_still_be_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let events = [
        upserted("0", "a"),
        patched("1", "a"),
        upserted("2", "a"),
        patched("3", "a"),
        upserted("4", "b"),
        upserted("5", "c"),
        samples::event("6", 0, EventBody::ItemDeleted(ItemId::new("c").unwrap())),
        at("7", 0),
    ];
    store.append(&events).unwrap();
    let before = replayed(&store);
    store.retain(&Retention { before: Some(Millis(1_000)), ..KEEP_ALL }).unwrap();
    assert_eq!(positions(&store), [2, 3, 4, 6]);
    assert_eq!(replayed(&store), before);
    assert_eq!(store.verify_log().unwrap(), 8);
}

fn replayed(store: &Store) -> Vec<Item> {
    let mut items = std::collections::BTreeMap::new();
    for read in store.read(Position(0)) {
        match read.unwrap().1.body {
            EventBody::ItemUpserted(item) => drop(items.insert(item.id.clone(), item)),
            EventBody::ItemPatched(patch) => items.get_mut(&patch.id).into_iter().for_each(|item| item.apply(&patch)),
            EventBody::ItemDeleted(id) => drop(items.remove(&id)),
            EventBody::ItemEnriched(found) => items.get_mut(&found.id).into_iter().for_each(|item| item.enrich(&found)),
            EventBody::Interaction(_) | EventBody::Impression(_) | EventBody::UserErased(_) => {}
        }
    }
    items.into_values().collect()
}

#[test]
fn a_log_that_is_too_large_loses_its_oldest_interactions() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    store.append(&[upserted("item", "a")]).unwrap();
    let events: Vec<Event> = (0..400).map(|n| at(&format!("e{n}"), n)).collect();
    events.chunks(5).for_each(|batch| drop(store.append(batch).unwrap()));
    assert_eq!(store.retain(&KEEP_ALL).unwrap(), Trimmed::default());
    store.retain(&Retention { bytes_max: Some(12_000), ..KEEP_ALL }).unwrap();
    let left = positions(&store);
    assert_eq!((left[0], left.last()), (0, Some(&400)), "the item and the newest stay");
    let gap = left[1];
    assert!(gap > 20 && left[1..].iter().copied().eq(gap..401), "{left:?}");
}

#[test]
fn an_erased_user_is_in_no_file_of_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let secret = "alice@example.org";
    let mut events: Vec<Event> =
        (0..40).map(|n| samples::view(&format!("e{n}"), ["bob", secret][n % 2], "i")).collect();
    events.extend(samples::one_of_each());
    events.chunks(6).for_each(|batch| drop(store.append(batch).unwrap()));
    let user = UserId::new(secret).unwrap();
    assert_eq!(store.erase_user(&user).unwrap(), 20);
    assert_eq!(store.erase_user(&user).unwrap(), 0);
    assert_eq!(store.read(Position(0)).count(), events.len());
    for (position, event) in store.read(Position(0)).map(Result::unwrap).take(40) {
        let EventBody::Interaction(view) = event.body else { panic!("{position} is a view") };
        assert_eq!(view.actor.user.is_none(), position.0 % 2 == 1);
        assert_eq!(view.query.is_none(), position.0 % 2 == 1);
        assert!(view.item.is_some());
    }
    for entry in std::fs::read_dir(dir.path().join("log")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    assert_eq!(store.append(&events).unwrap().duplicates, events.len(), "their ids stay known");
    drop(store);
    std::fs::remove_dir_all(dir.path().join("database")).unwrap();
    assert_eq!(samples::open(dir.path()).append(&events).unwrap().duplicates, events.len());
    let both = UserId::new("用户-1").unwrap();
    let store = samples::open(dir.path());
    assert_eq!(store.erase_user(&both).unwrap(), 3, "an interaction, a review and an impression");
    let reviews = store.read(Position(0)).map(Result::unwrap).filter_map(|(_, event)| match event.body {
        EventBody::Interaction(deed) if deed.kind == types::InteractionKind::Review => Some(deed),
        _ => None,
    });
    assert!(reviews.into_iter().all(|review| review.text.is_none()), "what they wrote went with them");
}
