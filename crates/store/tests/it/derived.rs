//! Catalogue and vector cache.

use store::{Store, StoreConfig, TextHash};
use types::{Item, ItemId, Position};

use crate::samples;

fn id(text: &str) -> ItemId {
    ItemId::new(text).unwrap()
}

#[test]
fn items_are_put_replaced_deleted_and_scanned_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let catalogue = store.catalogue();
    assert_eq!((catalogue.position().unwrap(), catalogue.count()), (Position(0), 0));
    let items: Vec<Item> = ["b", "a", "围巾", "c", " !"].iter().map(|id| samples::item(id, "羊毛 wool")).collect();
    let put: Vec<_> = items.iter().map(|item| (item.id.clone(), Some(item))).collect();
    catalogue.apply(&put, Position(5)).unwrap();
    let replaced = samples::item("a", "new");
    // Within a batch the last word counts: b goes, d comes and goes.
    let changes = [(id("a"), Some(&replaced)), (id("d"), Some(&items[0])), (id("b"), None), (id("d"), None)];
    catalogue.apply(&changes, Position(9)).unwrap();
    drop(store);

    let store = samples::open(dir.path());
    let catalogue = store.catalogue();
    assert_eq!((catalogue.position().unwrap(), catalogue.count()), (Position(9), 4));
    let ids = |items: Vec<Item>| items.iter().map(|item| item.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(catalogue.scan(None, 10).unwrap()), [" !", "a", "c", "围巾"]);
    assert_eq!(ids(catalogue.scan(Some(&id("a")), 1).unwrap()), ["c"]);
    assert_eq!(ids(catalogue.scan(Some(&id("aa")), 9).unwrap()), ["c", "围巾"]);
    assert!(catalogue.scan(Some(&id("围巾")), 9).unwrap().is_empty());
    let batches = |size| catalogue.batches(size).map(|batch| ids(batch.unwrap())).collect::<Vec<_>>();
    assert_eq!(batches(3), [vec![" !", "a", "c"], vec!["围巾"]]);
    assert_eq!(batches(2), [[" !", "a"], ["c", "围巾"]]);
    let sample = |count| ids(catalogue.sample(count).map(Result::unwrap).collect());
    assert_eq!((sample(2), sample(0).len(), sample(9).len()), (vec![" !".to_owned(), "c".to_owned()], 1, 4));
    assert_eq!(catalogue.items(&[id("a"), id("b")]).unwrap(), [Some(replaced), None]);

    catalogue.clear().unwrap();
    assert_eq!((catalogue.position().unwrap(), catalogue.count()), (Position(0), 0));
    assert!(catalogue.scan(None, 10).unwrap().is_empty());
    assert_eq!((catalogue.batches(2).count(), catalogue.sample(9).count()), (0, 0));
}

#[test]
fn every_kind_of_value_comes_back_from_the_catalogue() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    for event in samples::one_of_each() {
        if let types::EventBody::ItemUpserted(item) = event.body {
            store.catalogue().apply(&[(item.id.clone(), Some(&item))], Position(1)).unwrap();
            assert_eq!(store.catalogue().item(&item.id).unwrap(), Some(item));
        }
    }
}

fn hash(number: u32) -> TextHash {
    let mut hash = [7; 16];
    hash[..4].copy_from_slice(&number.to_le_bytes());
    hash
}

#[test]
fn vectors_come_back_per_encoder() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    store.vectors().put("e5", &[(hash(1), b"one"), (hash(2), b"two")]).unwrap();
    store.vectors().put("minilm", &[(hash(1), b"eins")]).unwrap();
    drop(store);
    let store = samples::open(dir.path());
    let get = |encoder: &str| store.vectors().get(encoder, &[hash(2), hash(1), hash(3)]).unwrap();
    assert_eq!(get("e5"), [Some(b"two".to_vec()), Some(b"one".to_vec()), None]);
    assert_eq!(get("minilm"), [None, Some(b"eins".to_vec()), None]);
}

#[test]
fn the_vector_cache_keeps_what_is_used_and_drops_the_rest() {
    const BYTES: u64 = 100_000;
    let dir = tempfile::tempdir().unwrap();
    let config = StoreConfig { vector_cache_bytes: BYTES, ..StoreConfig::default() };
    let mut store = Store::open(dir.path(), config.clone()).unwrap();
    let vector = [1u8; 968];
    let found = |store: &Store, number| store.vectors().get("e5", &[hash(number)]).unwrap()[0].is_some();
    for number in 0..1_000 {
        store.vectors().put("e5", &[(hash(number), &vector)]).unwrap();
        assert!(found(&store, 0), "in use all the time, gone after {number}");
        if number % 300 == 0 {
            drop(store);
            store = Store::open(dir.path(), config.clone()).unwrap();
        }
    }
    let left = (0..1_000).filter(|number| {
        // Looked up with a fresh handle's eyes: reading carries over, so ask from the newest to the oldest.
        found(&store, 999 - number)
    });
    let left = left.count() as u64;
    assert!((20..=BYTES / 1_000).contains(&left), "{left} of 1,000 left");
}
