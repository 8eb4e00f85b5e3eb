//! Checkpoints, documents, artefacts, the folder itself.

use serde_json::json;
use store::{Documents, Error, Store};
use types::{Millis, Position};

use crate::samples;

#[test]
fn a_second_opening_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let second = Store::open(dir.path(), samples::config());
    assert!(matches!(second, Err(Error::Locked { .. })));
    drop(store);
    samples::open(dir.path());
}

#[test]
fn another_format_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    drop(samples::open(dir.path()));
    let format = dir.path().join("format");
    assert_eq!(std::fs::read_to_string(&format).unwrap(), "mercato store, format 1\n");
    std::fs::write(&format, "mercato store, format 2\n").unwrap();
    let error = Store::open(dir.path(), samples::config()).err().unwrap();
    let message = error.to_string();
    assert!(message.ends_with("has format 2, this version reads formats 1 to 1"), "{message}");
    std::fs::write(&format, "something else").unwrap();
    assert!(matches!(Store::open(dir.path(), samples::config()), Err(Error::Damaged { .. })));
    std::fs::remove_file(&format).unwrap();
    assert!(matches!(Store::open(dir.path(), samples::config()), Err(Error::Damaged { .. })));
}

/// A log of format 1 as the first release wrote it must open for ever; made by `MERCATO_WRITE_FIXTURES=1`.
#[test]
fn a_log_of_format_1_opens() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log.v1");
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log").join(format!("{:020}.0000.log", 0));
    if std::env::var_os("MERCATO_WRITE_FIXTURES").is_some() {
        let store = Store::open(dir.path(), store::StoreConfig::default()).unwrap();
        samples::of_the_first_release().chunks(7).for_each(|batch| drop(store.append(batch).unwrap()));
        std::fs::copy(&log, fixture).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log").join(log.file_name().unwrap());
    std::fs::create_dir(dir.path().join("log")).unwrap();
    std::fs::copy(fixture, &log).unwrap();
    std::fs::write(dir.path().join("format"), "mercato store, format 1\n").unwrap();
    let store = samples::open(dir.path());
    let events: Vec<_> = store.read(Position(0)).map(|read| read.unwrap().1).collect();
    assert_eq!(events, samples::of_the_first_release());
    assert_eq!(store.append(&events).unwrap().duplicates, events.len());
}

#[test]
fn checkpoints_are_replaced_whole_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let checkpoints = store.checkpoints();
    assert_eq!(checkpoints.get("features").unwrap(), None);
    checkpoints.put("features", Position(1), b"one").unwrap();
    checkpoints.put("features", Position(2), &[5; 100_000]).unwrap();
    let found = checkpoints.get("features").unwrap().unwrap();
    assert_eq!((found.position, found.bytes), (Position(2), vec![5; 100_000]));

    let path = dir.path().join("checkpoints/features");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[50_000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(checkpoints.get("features").unwrap(), None);
    checkpoints.delete("features").unwrap();
    checkpoints.delete("features").unwrap();
    assert!(matches!(checkpoints.put("../x", Position(0), b""), Err(Error::Name { .. })));
}

#[test]
fn documents_are_named_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let documents = Documents::open(&dir.path().join("keys")).unwrap();
    assert_eq!(documents.get("keys.json").unwrap(), None);
    documents.put("keys.json", "钥匙".as_bytes()).unwrap();
    documents.put("a", b"").unwrap();
    assert_eq!(documents.names().unwrap(), ["a", "keys.json"]);
    assert_eq!(documents.get("keys.json").unwrap().unwrap(), "钥匙".as_bytes());
    documents.delete("a").unwrap();
    assert_eq!(documents.names().unwrap(), ["keys.json"]);
    std::fs::write(dir.path().join("keys/keys.json"), b"rubbish").unwrap();
    assert!(matches!(documents.get("keys.json"), Err(Error::Damaged { .. })));
}

#[test]
fn artefacts_are_promoted_and_rolled_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let registry = store.registry();
    assert_eq!(registry.current("ranker").unwrap(), None);
    assert!(registry.load_current("ranker").unwrap().is_none());
    for version in 1..=3u32 {
        let put = registry.put("ranker", &[version as u8; 4], &json!({ "ndcg@10": version }), Millis(10)).unwrap();
        assert_eq!(put, version);
    }
    assert_eq!(registry.current("ranker").unwrap(), None, "nothing is in force before it is promoted");
    registry.promote("ranker", 1).unwrap();
    registry.promote("ranker", 3).unwrap();
    registry.promote("ranker", 3).unwrap();
    let loaded = registry.load_current("ranker").unwrap().unwrap();
    assert_eq!((loaded.version, loaded.bytes, loaded.report), (3, vec![3; 4], json!({ "ndcg@10": 3 })));
    assert_eq!(registry.roll_back("ranker").unwrap(), Some(1));
    assert_eq!(registry.roll_back("ranker").unwrap(), None);
    assert_eq!(registry.current("ranker").unwrap(), Some(1));
    let list = registry.list("ranker").unwrap();
    assert_eq!(
        list.iter().map(|info| (info.version, info.current)).collect::<Vec<_>>(),
        [(1, true), (2, false), (3, false)]
    );
    assert_eq!((list[0].made, list[0].bytes), (Millis(10), 4));
    assert!(matches!(registry.promote("ranker", 9), Err(Error::UnknownVersion { version: 9, .. })));
    assert!(matches!(registry.load("ranker", 9), Err(Error::UnknownVersion { .. })));
    assert_eq!(registry.names().unwrap(), ["ranker"]);

    registry.withdraw("ranker").unwrap();
    registry.withdraw("ranker").unwrap();
    assert_eq!((registry.current("ranker").unwrap(), registry.roll_back("ranker").unwrap()), (None, Some(1)));
    registry.withdraw("ranker").unwrap();
    registry.promote("ranker", 3).unwrap();
    assert_eq!((registry.roll_back("ranker").unwrap(), registry.current("ranker").unwrap()), (None, None));

    let path = dir.path().join("artefacts/ranker/0000000003.model");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(registry.load("ranker", 3), Err(Error::Damaged { .. })));
}

#[test]
fn old_artefacts_are_pruned_but_not_those_that_are_needed() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let registry = store.registry();
    for _ in 1..=6 {
        registry.put("m", b"bytes", &json!({}), Millis(10)).unwrap();
    }
    [1, 2, 3].iter().for_each(|version| registry.promote("m", *version).unwrap());
    assert_eq!(registry.prune("m", 2).unwrap(), [1, 4]);
    let left: Vec<u32> = registry.list("m").unwrap().iter().map(|info| info.version).collect();
    assert_eq!((left, registry.current("m").unwrap()), (vec![2, 3, 5, 6], Some(3)));
    assert_eq!((registry.roll_back("m").unwrap(), registry.roll_back("m").unwrap()), (Some(2), None));
    assert_eq!(registry.put("m", b"bytes", &json!({}), Millis(10)).unwrap(), 7);
    assert!(registry.prune("nothing", 1).unwrap().is_empty());
}

#[test]
fn folders_and_sizes() {
    let dir = tempfile::tempdir().unwrap();
    let store = samples::open(dir.path());
    let folder = store.folder("index").unwrap();
    let before = store.disk_bytes();
    std::fs::write(folder.join("segment"), [0; 1_000]).unwrap();
    assert_eq!(store.disk_bytes(), before + 1_000);
    assert!(store.folder("..").is_err());
}
