//! Bytes changed and cut in the files on disk.

use std::path::{Path, PathBuf};

use store::{Error, Result, Store};
use types::{Event, Position};

use crate::samples;

/// A closed store of 30 batches of 3 events, and what is in it.
fn filled(dir: &Path) -> Vec<Event> {
    let store = samples::open(dir);
    let events: Vec<Event> = (0..90).map(|n| samples::view(&format!("event-{n}"), "u", "item")).collect();
    for batch in events.chunks(3) {
        store.append(batch).unwrap();
    }
    events
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(dir.join("log")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn read_all(dir: &Path) -> Result<Vec<Event>> {
    let store = Store::open(dir, samples::config())?;
    store.read(Position(0)).map(|read| read.map(|(_, event)| event)).collect()
}

/// As after a power cut: the log is as it is, but nothing else says how far it had come.
fn lose_database(dir: &Path) {
    std::fs::remove_dir_all(dir.join("database")).unwrap();
}

#[test]
fn a_flipped_byte_anywhere_is_refused_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let paths = segments(dir.path());
    assert!(paths.len() >= 3);
    for path in [&paths[0], &paths[1], &paths[paths.len() - 1]] {
        let whole = std::fs::read(path).unwrap();
        for at in (0..whole.len()).step_by(97) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x04;
            std::fs::write(path, &flipped).unwrap();
            match read_all(dir.path()) {
                Err(Error::Damaged { path: named, offset, .. }) => {
                    assert_eq!(&named, path);
                    assert!(offset <= at as u64 && at as u64 - offset < 500, "{at} flipped, {offset} named");
                }
                other => panic!("{at} flipped in {}: {other:?}", path.display()),
            }
        }
        std::fs::write(path, &whole).unwrap();
    }
    assert_eq!(read_all(dir.path()).unwrap().len(), 90);
}

#[test]
fn a_torn_tail_is_cut_off_at_the_last_whole_batch() {
    let dir = tempfile::tempdir().unwrap();
    let events = filled(dir.path());
    let path = segments(dir.path()).pop().unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        if cut % 97 != 0 && cut + 4 < whole.len() {
            continue;
        }
        std::fs::write(&path, &whole[..cut]).unwrap();
        lose_database(dir.path());
        let left = read_all(dir.path()).unwrap();
        assert_eq!(left.len() % 3, 0, "cut at {cut}");
        assert_eq!(left, events[..left.len()], "cut at {cut}");
        assert!(left.len() < 90);
    }
    // What was lost can be sent again.
    samples::open(dir.path()).append(&events).unwrap();
    assert_eq!(read_all(dir.path()).unwrap(), events);
}

#[test]
fn a_scrambled_last_batch_is_cut_off_but_not_one_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let events = filled(dir.path());
    let path = segments(dir.path()).pop().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut torn = whole.clone();
    let tail = torn.len() - 50;
    torn[tail..].fill(0);
    std::fs::write(&path, &torn).unwrap();
    lose_database(dir.path());
    assert_eq!(read_all(dir.path()).unwrap(), events[..87]);

    let magic = |bytes: &[u8]| bytes.windows(4).rposition(|window| window == [0xff, 0xfe, b'M', b'F']).unwrap();
    let before_last = magic(&whole) - 10;
    let mut damaged = whole.clone();
    damaged[before_last] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    lose_database(dir.path());
    assert!(matches!(read_all(dir.path()), Err(Error::Damaged { .. })));
    assert!(std::fs::read(&path).unwrap() == damaged, "a refused file is left as it is");
}

#[test]
fn a_lost_tail_that_was_acknowledged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let path = segments(dir.path()).pop().unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let error = read_all(dir.path()).unwrap_err();
    assert!(matches!(error, Error::Damaged { position: Some(Position(87)), .. }), "{error}");
    Store::discard_derived(dir.path()).unwrap();
    assert_eq!(read_all(dir.path()).unwrap().len(), 87, "the operator accepted the loss");
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();
    assert!(matches!(read_all(dir.path()), Err(Error::Missing { .. })));
}

#[test]
fn a_missing_segment_is_named() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let paths = segments(dir.path());
    std::fs::remove_file(&paths[1]).unwrap();
    let first = paths[1].file_name().unwrap().to_str().unwrap()[..20].parse::<u64>().unwrap();
    let error = read_all(dir.path()).unwrap_err();
    assert!(matches!(error, Error::Missing { position, .. } if position.0 == first), "{error}");
}

#[test]
fn a_damaged_database_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let events = filled(dir.path());
    let mut files = Vec::new();
    collect_files(&dir.path().join("database"), &mut files);
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        for at in [whole.len() / 2, whole.len().saturating_sub(1)] {
            let mut flipped = whole.clone();
            let Some(byte) = flipped.get_mut(at) else { continue };
            *byte ^= 0x55;
            let copy = tempfile::tempdir().unwrap();
            copy_folder(dir.path(), copy.path());
            std::fs::write(copy.path().join(path.strip_prefix(dir.path()).unwrap()), &flipped).unwrap();
            let store = match Store::open(copy.path(), samples::config()) {
                Ok(store) => store,
                Err(Error::Database { .. }) => continue,
                Err(error) => panic!("{at} of {}: {error}", path.display()),
            };
            let appended = store.append(&events).unwrap();
            assert_eq!(appended.duplicates, 90, "{at} of {}", path.display());
        }
    }
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect_files(&path, files) } else { files.push(path) }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}
