//! Full disks and failed fsyncs.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{Disk, Error, Store, StoreConfig};
use types::{Event, Position};

use crate::samples;

#[derive(Debug, Default)]
struct FaultyDisk {
    full: AtomicBool,
    sync_fails: AtomicBool,
}

impl Disk for FaultyDisk {
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if !self.full.load(Ordering::Relaxed) {
            return file.write_all(bytes);
        }
        file.write_all(&bytes[..bytes.len() / 2])?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        if self.sync_fails.load(Ordering::Relaxed) { Err(io::Error::other("fsync failed")) } else { file.sync_data() }
    }
}

fn batch(name: &str) -> Vec<Event> {
    (0..4).map(|n| samples::view(&format!("{name}-{n}"), "u", "i")).collect()
}

/// Appends a batch, breaks the disk, appends another and a third one with the disk mended; then opens anew.
fn check(break_it: fn(&FaultyDisk, bool), disk_full: bool) {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let config = StoreConfig { disk: Arc::clone(&disk) as Arc<dyn Disk>, ..samples::config() };
    let store = Store::open(dir.path(), config.clone()).unwrap();
    store.append(&batch("good")).unwrap();

    break_it(&disk, true);
    let error = store.append(&batch("failed")).unwrap_err();
    assert_eq!(error.is_disk_full(), disk_full, "{error}");
    assert!(error.to_string().contains(".log"), "{error}");
    assert_eq!(store.end(), Position(4));

    break_it(&disk, false);
    assert!(matches!(store.append(&batch("later")), Err(Error::Poisoned { .. })));
    assert_eq!(store.read(Position(0)).count(), 4);
    drop(store);

    let store = Store::open(dir.path(), config).unwrap();
    assert_eq!(store.end(), Position(4));
    assert_eq!(store.append(&[batch("good"), batch("failed")].concat()).unwrap().accepted.len(), 4);
    assert_eq!(store.verify_log().unwrap(), 8);
}

#[test]
fn a_full_disk_poisons_and_loses_nothing() {
    check(|disk, broken| disk.full.store(broken, Ordering::Relaxed), true);
}

#[test]
fn a_failed_fsync_poisons_and_loses_nothing() {
    check(|disk, broken| disk.sync_fails.store(broken, Ordering::Relaxed), false);
}

#[test]
fn a_disk_that_still_fails_refuses_to_open() {
    let dir = tempfile::tempdir().unwrap();
    samples::open(dir.path()).append(&batch("good")).unwrap();
    let disk = FaultyDisk::default();
    disk.sync_fails.store(true, Ordering::Relaxed);
    let config = StoreConfig { disk: Arc::new(disk), ..samples::config() };
    assert!(matches!(Store::open(dir.path(), config), Err(Error::Io { action: "write", .. })));
    assert_eq!(samples::open(dir.path()).end(), Position(4));
}

#[test]
fn a_full_disk_leaves_documents_and_checkpoints_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let config = StoreConfig { disk: Arc::clone(&disk) as Arc<dyn Disk>, ..samples::config() };
    let store = Store::open(dir.path(), config).unwrap();
    store.documents().put("settings", b"old").unwrap();
    store.checkpoints().put("features", Position(3), b"old").unwrap();
    disk.full.store(true, Ordering::Relaxed);
    assert!(store.documents().put("settings", b"new").unwrap_err().is_disk_full());
    assert!(store.checkpoints().put("features", Position(9), b"new").is_err());
    assert_eq!(store.documents().get("settings").unwrap().as_deref(), Some(&b"old"[..]));
    assert_eq!(store.checkpoints().get("features").unwrap().unwrap().position, Position(3));
    assert_eq!(store.documents().names().unwrap(), ["settings"]);
}
