//! A process that appends is killed at random moments; what it said was acknowledged must be there, once.
//! `MERCATO_CRASH_ROUNDS` sets how often (50 by default).

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use store::{Store, StoreConfig};
use types::{Item, ItemId, Position, Rng};

use crate::samples;

const FOLDER: &str = "MERCATO_CRASH_FOLDER";
const ROUND: &str = "MERCATO_CRASH_ROUND";

#[test]
fn acknowledged_events_survive_sigkill() {
    let rounds = std::env::var("MERCATO_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(50);
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Rng::new(7);
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        let wanted = (rng.next_u64() % 12) as usize;
        acknowledged.extend(run_and_kill(dir.path(), round, wanted));
        if round % 5 == 0 || round + 1 == rounds {
            check(dir.path(), &acknowledged, round);
        }
    }
    assert!(acknowledged.len() > rounds);
}

/// Starts the writer, kills it once it has acknowledged `wanted` batches (it goes on meanwhile, so the moment is any
/// moment), and returns all ids it acknowledged.
fn run_and_kill(folder: &Path, round: usize, wanted: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writer", "--nocapture", "--ignored"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut ids = Vec::new();
    let mut seen = 0;
    while seen < wanted {
        let Some(line) = lines.next() else { break };
        if let Some(batch) = line.strip_prefix("ack ") {
            ids.extend(batch.split(' ').map(str::to_owned));
            seen += 1;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it still said before it died counts too; a line that is cut off was not said.
    let rest = lines.filter_map(|line| Some(line.strip_prefix("ack ")?.strip_suffix(" .")?.to_owned()));
    ids.extend(rest.flat_map(|batch| batch.split(' ').map(str::to_owned).collect::<Vec<_>>()));
    ids.retain(|id| id != ".");
    ids
}

fn check(folder: &Path, acknowledged: &[String], round: usize) {
    let store = samples::open(folder);
    let mut times: HashMap<String, usize> = HashMap::new();
    for (expected, read) in store.read(Position(0)).enumerate() {
        let (position, event) = read.unwrap();
        assert_eq!(position, Position(expected as u64), "round {round}");
        *times.entry(event.id.as_str().to_owned()).or_default() += 1;
    }
    for id in acknowledged {
        assert_eq!(times.get(id), Some(&1), "round {round}, event {id}");
    }
    assert!(times.values().all(|times| *times == 1), "round {round}");
    // The catalogue is as far as it says: everything before its position is in it.
    let position = store.catalogue().position().unwrap();
    assert!(position <= store.end(), "round {round}");
    assert_eq!(store.catalogue().count() as u64, position.0, "round {round}");
}

/// The process that is killed; not a test of its own.
#[test]
#[ignore = "started by acknowledged_events_survive_sigkill"]
fn writer() {
    let (Some(folder), Ok(round)) = (std::env::var_os(FOLDER), std::env::var(ROUND)) else { return };
    let config = StoreConfig { segment_bytes: 4_000, ..StoreConfig::default() };
    let store = Store::open(Path::new(&folder), config).unwrap();
    apply_catalogue(&store);
    let mut rng = Rng::new(round.parse().unwrap());
    for batch in 0.. {
        let size = 1 + rng.next_u64() % 20;
        let ids: Vec<String> = (0..size).map(|n| format!("{round}-{batch}-{n}")).collect();
        let mut events: Vec<_> = ids.iter().map(|id| samples::view(id, "u", "i")).collect();
        // A client that heard no answer sends again.
        events.extend(samples::one_of_each());
        store.append(&events).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {} .", ids.join(" ")).unwrap();
        drop(out);
        apply_catalogue(&store);
    }
}

/// Brings the catalogue up to the log: one item a position, so that the count tells how far it is.
fn apply_catalogue(store: &Store) {
    let position = store.catalogue().position().unwrap();
    let items: Vec<Item> = store.read(position).map(|read| samples::item(&read.unwrap().0.to_string(), "x")).collect();
    let changes: Vec<(ItemId, Option<&Item>)> = items.iter().map(|item| (item.id.clone(), Some(item))).collect();
    store.catalogue().apply(&changes, Position(position.0 + items.len() as u64)).unwrap();
}
