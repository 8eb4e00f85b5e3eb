use proptest::prelude::*;
use types::{Millis, Row};

use super::*;

const START: i64 = 20_000 * Millis::DAY;
const MINUTE: i64 = 60_000;

fn search(log: &mut ClickLog, query: &str, who: u64, minute: i64) {
    let (actor, time) = (Some(who), Millis(START + minute * MINUTE));
    log.searched(&Searched { query, answer: Some(who * 1_000 + minute as u64), actor, session: actor, time });
}

fn click(log: &mut ClickLog, query: Option<&str>, answer: Option<u64>, item: u32, who: u64, minute: i64) {
    let (actor, time) = (Some(who), Millis(START + minute * MINUTE));
    log.clicked(&Clicked { query, answer, item: Row(item), actor, session: actor, time });
}

fn turns(log: &ClickLog) -> Vec<String> {
    let turns = log.turns(Millis(START));
    turns.iter().map(|turn| format!("{} > {} {:.0}", turn.from, turn.to, turn.sessions)).collect()
}

#[test]
fn clicks_are_counted_by_query_and_item_and_fruitless_searches_by_session() {
    let mut log = ClickLog::new(ClickConfig::default());
    for who in 0..3 {
        search(&mut log, "登山服", who, 0);
        search(&mut log, "登山服", who, 1);
        search(&mut log, "冲锋衣", who, 2);
        click(&mut log, None, Some(who * 1_000 + 2), 7, who, 3);
        // The purchase that follows is the same deed.
        click(&mut log, Some("冲锋衣"), None, 7, who, 4);
    }
    click(&mut log, Some("冲锋衣"), None, 9, 1, 5);
    let queries = log.queries(Millis(START), 10);
    assert_eq!(queries.iter().map(|query| &*query.text).collect::<Vec<_>>(), ["冲锋衣", "登山服"]);
    let rounded: Vec<(u32, f32)> = queries[0].items.iter().map(|(item, count)| (item.0, count.round())).collect();
    assert_eq!(rounded, [(7, 3.0), (9, 1.0)]);
    assert!(queries[0].fruitless < 0.01 && (queries[1].fruitless - 3.0).abs() < 0.01);
    assert_eq!(turns(&log), ["登山服 > 冲锋衣 3"]);
}

#[test]
fn a_turn_is_the_next_search_soon_after_one_without_a_click() {
    let mut log = ClickLog::new(ClickConfig::default());
    let mut session = |who: u64, searches: &[(&str, i64, bool)]| {
        for (query, minute, clicks) in searches {
            search(&mut log, query, who, *minute);
            if *clicks {
                click(&mut log, Some(query), None, 1, who, *minute);
            }
        }
    };
    session(1, &[("late", 0, false), ("tee", 60, true)]);
    session(2, &[("found", 0, true), ("tee", 1, true)]);
    session(3, &[("13800138000", 0, false), ("tee", 1, true)]);
    session(4, &[("t shirt", 0, false), ("13800138000", 1, false), ("tee", 2, true)]);
    session(5, &[("shirt", 0, false), ("tee", 1, false)]);
    session(6, &[("shirt", 0, false), ("tee", 1, true)]);
    // The same person again is one person.
    session(6, &[("shirt", 2, false), ("tee", 3, true)]);
    assert_eq!(turns(&log), ["shirt > tee 1"]);
}

#[test]
fn what_only_an_erased_person_asked_goes_with_them() {
    let mut log = ClickLog::new(ClickConfig::default());
    for who in 0..2 {
        search(&mut log, "shared", who, 0);
        click(&mut log, Some("shared"), None, 1, who, 0);
    }
    search(&mut log, "my own words", 1, 1);
    search(&mut log, "other words", 1, 2);
    click(&mut log, Some("other words"), None, 1, 1, 2);
    assert_eq!((log.queries(Millis(START), 10).len(), turns(&log).len()), (3, 1));
    log.forget(1);
    let texts: Vec<_> = log.queries(Millis(START), 10).into_iter().map(|query| query.text.to_string()).collect();
    assert_eq!((texts, turns(&log)), (vec!["shared".to_owned()], Vec::new()));
    let bytes = log.encode();
    assert!(!String::from_utf8_lossy(&bytes).contains("words"));
}

#[test]
fn memory_is_bounded_and_what_is_asked_often_stays() {
    let config = ClickConfig { queries: 50, items: 4, turns: 20, answers: 30, sessions: 10, ..ClickConfig::default() };
    let mut log = ClickLog::new(config);
    (0..9).for_each(|who| search(&mut log, "often", who, 0));
    for who in 10..1_000u64 {
        search(&mut log, &format!("try {who}"), who, 0);
        search(&mut log, &format!("query {who}"), who, 1);
        click(&mut log, None, Some(who * 1_000 + 1), who as u32, who, 2);
        click(&mut log, Some("often"), None, who as u32 % 9, who, 2);
    }
    assert!(log.queries.len() <= 50 && log.turns.len() <= 20 && log.answers.len() <= 30 && log.sessions.len() <= 10);
    let queries = log.queries(Millis(START), 1);
    assert_eq!((&*queries[0].text, queries[0].items.len()), ("often", 4));
}

fn fold(log: &mut ClickLog, deeds: &[(u8, u8, u16, bool)]) {
    for (what, who, minute, clicks) in deeds {
        let (query, who) = (format!("查询 {}", what % 8), u64::from(*who));
        match clicks {
            true => click(log, Some(&query), None, u32::from(*what), who, i64::from(*minute)),
            false => search(log, &query, who, i64::from(*minute)),
        }
    }
}

proptest! {
    #[test]
    fn bytes_bring_the_log_back_and_damage_is_found(
        deeds in prop::collection::vec((any::<u8>(), 0u8..5, 0u16..60, any::<bool>()), 0..80),
        more in prop::collection::vec((any::<u8>(), 0u8..5, 0u16..60, any::<bool>()), 0..20),
    ) {
        let config =
            ClickConfig { queries: 6, items: 3, turns: 4, answers: 9, sessions: 4, ..ClickConfig::default() };
        let mut log = ClickLog::new(config.clone());
        fold(&mut log, &deeds);
        let (bytes, frozen) = (log.encode(), log.clone());
        let mut back = ClickLog::decode(config.clone(), &bytes).unwrap();
        prop_assert_eq!(back.encode(), bytes.clone());
        fold(&mut log, &more);
        fold(&mut back, &more);
        prop_assert_eq!(back.encode(), log.encode());
        prop_assert_eq!(frozen.encode(), bytes.clone());
        for end in 0..bytes.len() {
            prop_assert!(ClickLog::decode(config.clone(), &bytes[..end]).is_err());
        }
    }
}
