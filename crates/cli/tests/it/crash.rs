//! A server is killed again and again while it is written to; nothing it acknowledged may be lost, doubled or folded in
//! otherwise than a replay would.
//!
//! `MERCATO_CRASH_ROUNDS=5000 cargo test -p mercato crash` goes on for longer; a failure prints its seed, and
//! `MERCATO_CRASH_SEED` begins with it.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};
use types::Rng;

use crate::harness::{Connection, Place, Server};

const WRITERS: u64 = 4;
/// Rounds between two comparisons of all derived state with a replay.
const ROUNDS_A_VERIFY: u64 = 10;

#[test]
fn a_killed_server_loses_nothing_it_acknowledged() {
    let number = |name: &str, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, seed) = (number("MERCATO_CRASH_ROUNDS", 50), number("MERCATO_CRASH_SEED", 20_260_221));
    let place = Place::with_shop();
    let mut checked = Checked::default();
    for round in 0..rounds {
        let seed = seed + round;
        let server = Server::start(&place, &["--open"]);
        checked.check(&server, seed);
        checked.acknowledged = write_until_killed(server, seed);
        if round % ROUNDS_A_VERIFY == ROUNDS_A_VERIFY - 1 {
            verify(&place, seed);
        }
    }
    let server = Server::start(&place, &["--open"]);
    checked.check(&server, seed + rounds);
    server.kill();
    verify(&place, seed + rounds);
    assert!(checked.positions.len() as u64 >= rounds, "hardly anything was written: {}", checked.positions.len());
}

/// What has been read back of the log.
#[derive(Default)]
struct Checked {
    /// Event → its place.
    positions: HashMap<String, u64>,
    next: u64,
    /// What the round before was told is durable.
    acknowledged: HashSet<String>,
}

impl Checked {
    /// Reads what is new in the log, and compares it with what was acknowledged.
    fn check(&mut self, server: &Server, seed: u64) {
        let mut connection = server.connect();
        loop {
            let (status, page) =
                connection.ask("GET", &format!("/v1/tea/log?from={}&limit=1000", self.next), "").unwrap();
            assert_eq!(status, 200, "seed {seed}: {page}");
            let events = page["events"].as_array().unwrap();
            for logged in events {
                let position = logged["position"].as_u64().unwrap();
                assert_eq!(position, self.next, "seed {seed}: the log has a hole");
                self.next += 1;
                let id = logged["event"]["event_id"].as_str().unwrap().to_owned();
                let before = self.positions.insert(id, position);
                assert_eq!(before, None, "seed {seed}: an event is there twice: {logged}");
            }
            if events.is_empty() {
                break;
            }
        }
        for id in self.acknowledged.drain() {
            assert!(self.positions.contains_key(&id), "seed {seed}: {id} was acknowledged and is gone");
        }
    }
}

/// Several connections write; at a random acknowledgement, and a random moment after it, the server is killed.
fn write_until_killed(server: Server, seed: u64) -> HashSet<String> {
    let mut rng = Rng::new(seed);
    let (kill_after, moment) = (rng.below(150) + 1, rng.below(4000) as u64);
    let acknowledged = Mutex::new(HashSet::new());
    let (told, acknowledgements) = channel();
    let address = server.address.clone();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (told, address, acknowledged) = (told.clone(), &address, &acknowledged);
            let rng = Rng::new(seed.wrapping_mul(31).wrapping_add(writer));
            scope.spawn(move || write(address, &format!("r{seed}-w{writer}"), rng, acknowledged, &told));
        }
        drop(told);
        // It ends early only where every writer has failed, which the assertions after this find.
        acknowledgements.iter().take(kill_after).for_each(drop);
        std::thread::sleep(Duration::from_micros(moment));
        server.kill();
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(!acknowledged.is_empty(), "seed {seed}: nothing was acknowledged");
    acknowledged
}

/// Writes batches until the server is gone; sends some a second time, as clients do that lost an answer.
fn write(address: &str, name: &str, mut rng: Rng, acknowledged: &Mutex<HashSet<String>>, told: &Sender<()>) {
    let Ok(mut connection) = Connection::open(address) else { return };
    for batch in 0.. {
        let events: Vec<Value> =
            (0..=rng.below(8)).map(|at| event(&mut rng, &format!("{name}-{batch}-{at}"))).collect();
        let body = Value::Array(events.clone()).to_string();
        for _ in 0..=u8::from(rng.below(10) == 0) {
            let Ok((status, answer)) = connection.ask("POST", "/v1/tea/events", &body) else { return };
            assert_eq!(status, 200, "{answer}");
        }
        acknowledged.lock().unwrap().extend(events.iter().map(|event| event["event_id"].as_str().unwrap().to_owned()));
        // Nobody listens any more where the server is about to be killed.
        let _ = told.send(());
    }
}

/// An item put, an item deleted, or something a shopper did.
fn event(rng: &mut Rng, id: &str) -> Value {
    let item = format!("茶-{}", rng.below(200));
    match rng.below(10) {
        0 | 1 => {
            let title = format!("{item} 龙井绿茶 green tea {}", rng.below(1000));
            json!({ "event_id": id, "type": "item-upserted", "item": { "id": item, "title": title, "stock": rng.below(9) } })
        }
        2 => json!({ "event_id": id, "type": "item-deleted", "item": item }),
        kind => {
            let kind = ["view", "add-to-cart", "purchase", "like", "refund", "click", "dislike"][kind - 3];
            let (user, session) = (format!("u{}", rng.below(40)), format!("s{}", rng.below(60)));
            json!({ "event_id": id, "type": kind, "item": item, "user": user, "session": session })
        }
    }
}

/// All derived state equals a replay from zero.
fn verify(place: &Place, seed: u64) {
    let ran = place.run(&["replay", "--shop", "tea", "--verify", "--json"]);
    assert_eq!(ran.code, 0, "seed {seed}: {}{}", ran.out, ran.err);
    assert_eq!(ran.json()["differences"], json!([]), "seed {seed}");
}
