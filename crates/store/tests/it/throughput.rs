//! How fast it is: `cargo test --release -p store --test it throughput -- --ignored --nocapture`.

use std::io::Write;
use std::time::Instant;

use store::{Store, StoreConfig};
use types::{Event, Item, ItemId, Position, Rng};

use crate::samples;

#[test]
#[ignore = "a measurement"]
fn throughput() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Store::open(dir.path(), StoreConfig::default()).unwrap();
    let mut rng = Rng::new(1);
    let mut fresh = |count: usize| -> Vec<Event> {
        let event = |_| {
            let id = format!("{:016x}-{:016x}", rng.next_u64(), rng.next_u64());
            samples::view(&id, &format!("user-{}", rng.next_u64() % 100_000), &format!("{}", rng.next_u64() % 50_000))
        };
        (0..count).map(event).collect()
    };
    for (size, batches) in [(1_000, 2_000), (100, 2_000), (1, 3_000)] {
        let events = fresh(size * batches);
        let mut slowest = 0.0f64;
        let start = Instant::now();
        for batch in events.chunks(size) {
            let batch_start = Instant::now();
            store.append(batch).unwrap();
            slowest = slowest.max(batch_start.elapsed().as_secs_f64());
        }
        let seconds = start.elapsed().as_secs_f64();
        let rate = events.len() as f64 / seconds;
        say(&format!("batches of {size}: {rate:.0} events/s, slowest batch {:.1} ms", slowest * 1e3));
    }
    let start = Instant::now();
    let count = store.read(Position(0)).map(Result::unwrap).count();
    say(&format!("replay: {:.0} events/s", count as f64 / start.elapsed().as_secs_f64()));
    catalogue(&store, &mut rng);
    let bytes = store.disk_bytes();
    drop(store);
    let start = Instant::now();
    let store = Store::open(dir.path(), StoreConfig::default()).unwrap();
    say(&format!("open again: {:.2} s with {} events, {bytes} bytes", start.elapsed().as_secs_f64(), store.end()));
}

fn catalogue(store: &Store, rng: &mut Rng) {
    const ITEMS: usize = 200_000;
    let items: Vec<Item> = (0..ITEMS).map(|n| samples::item(&format!("item-{n}"), &"羊毛 wool ".repeat(20))).collect();
    let start = Instant::now();
    for batch in items.chunks(1_000) {
        let changes: Vec<(ItemId, Option<&Item>)> = batch.iter().map(|item| (item.id.clone(), Some(item))).collect();
        store.catalogue().apply(&changes, Position(0)).unwrap();
    }
    say(&format!("catalogue: {:.0} items/s put", ITEMS as f64 / start.elapsed().as_secs_f64()));
    let start = Instant::now();
    for _ in 0..50_000 {
        let item = &items[(rng.next_u64() % ITEMS as u64) as usize];
        assert!(store.catalogue().item(&item.id).unwrap().is_some());
    }
    say(&format!("catalogue: {:.1} us a point read", start.elapsed().as_secs_f64() * 1e6 / 50_000.0));
}

fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    writeln!(out, "{line}").unwrap();
}
