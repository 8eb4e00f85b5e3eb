use proptest::prelude::*;
use types::Millis;

use super::*;

const DAY: i64 = Millis::DAY;
const START: i64 = 20_000 * DAY;

fn asked(query: &str, actor: u64, time: i64) -> Asked<'_> {
    Asked { query, actor: Some(actor), session: Some(actor), time: Millis(time), results: Some(10) }
}

fn ask(log: &mut QueryLog, query: &str, actors: std::ops::Range<u64>, time: i64) {
    actors.for_each(|actor| log.observe(&Asked { session: None, ..asked(query, actor, time) }).unwrap());
}

fn shown(log: &QueryLog, now: i64, actors_min: usize) -> Vec<String> {
    let blocklist = Blocklist::default();
    let entries = log.entries(Millis(now), &Showable { actors_min, blocklist: &blocklist });
    entries.into_iter().map(|entry| entry.text.to_string()).collect()
}

#[test]
fn only_what_enough_people_asked_is_shown() {
    let mut log = QueryLog::new(QueryConfig::default());
    ask(&mut log, "连衣裙", 0..5, START);
    ask(&mut log, "running shoes", 0..4, START);
    (0..50).for_each(|_| ask(&mut log, "李雷 家", 1..2, START));
    assert_eq!(shown(&log, START, 5), ["连衣裙"]);
    assert_eq!(shown(&log, START, 4), ["连衣裙", "running shoes"]);
    assert!(shown(&log, START, 21).is_empty(), "more people than can be told apart");
    assert!(shown(&log, START + 400 * DAY, 4).is_empty(), "people who asked a year ago no longer count");
    assert_eq!(shown(&log, START, 0).len(), 3, "nobody is less than one");
}

#[test]
fn asking_again_and_again_is_one_search_a_day() {
    let mut log = QueryLog::new(QueryConfig::default());
    (0..9).for_each(|minute| ask(&mut log, "a", 1..2, START + minute * 60_000));
    ask(&mut log, "b", 1..3, START);
    let blocklist = Blocklist::empty();
    let showable = Showable { actors_min: 1, blocklist: &blocklist };
    let entries = log.entries(Millis(START), &showable);
    assert_eq!(entries.iter().map(|entry| &*entry.text).collect::<Vec<_>>(), ["b", "a"]);
    let half = log.entry("b", Millis(START + 30 * DAY), &showable).unwrap();
    assert!((half.count - 1.0).abs() < 1e-3 && half.actors == 2);
}

#[test]
fn what_finds_nothing_is_not_shown_until_it_finds_something() {
    let mut log = QueryLog::new(QueryConfig::default());
    ask(&mut log, "毛巾", 0..5, START);
    log.observe(&Asked { results: Some(0), ..asked("毛巾", 9, START) }).unwrap();
    assert!(shown(&log, START, 2).is_empty());
    log.observe(&Asked { results: None, ..asked("毛巾", 8, START) }).unwrap();
    assert!(shown(&log, START, 2).is_empty(), "a search without a result count says nothing");
    log.observe(&asked("  毛巾 ", 9, START + 1)).unwrap();
    assert_eq!(shown(&log, START, 2), ["毛巾"]);
}

#[test]
fn what_is_personal_never_gets_in_and_what_is_blocked_never_out() {
    let mut log = QueryLog::new(QueryConfig::default());
    assert_eq!(log.observe(&asked("call 13800138000", 1, START)), Err(Personal::Phone));
    assert_eq!(log.observe(&asked("   ", 1, START)), Ok(()));
    assert_eq!(log.observe(&asked(&"长".repeat(65), 1, START)), Ok(()));
    assert!(log.is_empty());
    for query in ["情趣 内衣", "Porn dvd", "sex  toys", "红酒"] {
        ask(&mut log, query, 0..3, START);
    }
    assert_eq!(shown(&log, START, 2), ["红酒"]);
    let open = Blocklist::without_subjects(&["adult"]).with(["红酒"]);
    let entries = log.entries(Millis(START), &Showable { actors_min: 2, blocklist: &open });
    assert_eq!(entries.len(), 3);
    assert!(Blocklist::subjects().contains("adult"));
    assert!(!Blocklist::default().without(["porn"]).blocks("porn"));
    for fine in [
        "essex cotton",
        "水枪",
        "massage gun",
        "analog watch",
        "情人节礼物",
        "大码女装",
        "大麻将桌",
        "特色情侣装",
        "rmk粉霜",
    ] {
        assert!(!Blocklist::default().blocks(fine), "{fine}");
    }
}

#[test]
fn personal_data_is_known_by_its_shape() {
    for (query, expected) in [
        ("13800138000", Personal::Phone),
        ("１３８００１３８０００", Personal::Phone),
        ("一三八零零一三八零零零", Personal::Phone),
        ("收件人 138 0013 8000", Personal::Phone),
        ("+86-138-0013-8000", Personal::Phone),
        ("8613800138000", Personal::Phone),
        ("010-65521234", Personal::Phone),
        ("(0571) 8888 8888", Personal::Phone),
        ("400-820-8820", Personal::Phone),
        ("+44 20 7946 0958", Personal::Phone),
        ("+4915112345678", Personal::Phone),
        ("(212) 555-1234", Personal::Phone),
        ("555-123-4567 plumber", Personal::Phone),
        ("01 23 45 67 89", Personal::Phone),
        ("11010119900307775x", Personal::IdCard),
        ("110101199003077758", Personal::IdCard),
        ("078-05-1120", Personal::IdCard),
        ("4111 1111 1111 1111", Personal::CardNumber),
        ("6222021234567890128", Personal::CardNumber),
        ("快递 sf1234567890123", Personal::LongNumber),
        ("订单 2021110712345", Personal::LongNumber),
        ("zhang.san@example.com", Personal::Email),
        ("张三@例子.中国", Personal::Email),
        ("https://example.com/x", Personal::Url),
        ("www.example.com", Personal::Url),
        ("item.taobao.com/item.htm", Personal::Url),
        ("杭州市中山路12号", Personal::Address),
        ("阳光小区3栋2单元501室", Personal::Address),
        ("建国路八十八号", Personal::Address),
        ("221b Baker Street London", Personal::Address),
        ("1600 pennsylvania avenue", Personal::Address),
        ("京A12345", Personal::Plate),
        ("沪A·D12345", Personal::Plate),
        ("微信号 zhang_1990", Personal::Contact),
        ("qq 1234567", Personal::Contact),
        ("sk4f9a8b7c6d5e4f3a2b1", Personal::Secret),
    ] {
        assert_eq!(personal(query), Some(expected), "{query}");
    }
}

#[test]
fn goods_are_no_personal_data() {
    for query in [
        "wh-1000xm4",
        "iphone 15 pro max 256gb",
        "0.5 l",
        "200元以下",
        "15.6寸",
        "5号电池",
        "7号 南孚",
        "100*200cm",
        "2021-2022",
        "1:64 车模",
        "4006381333931",
        "9787111213826",
        "6901028075862",
        "启辰r50大灯罩",
        "海尔hwy14-186bku1",
        "3.5mm to rca",
        "25kg 狗粮",
        "18 inch road bike",
        "26 inch off road tyre",
        "10-20-30 weights",
        "jd.com 礼品卡",
        "19.8v 4.74a",
        "一二三四五六 儿童书",
        "2 player street fighter",
        "qq飞车",
        "vx220",
        "云a4纸500张",
        "a4 80g 500张",
        "90/65-12 轮胎",
        "240x180x75",
        "12 3 4 5",
        "河南地图挂图2021",
        "路由器5号线",
        "20231111",
        "大道 t恤",
        "1号店",
        "185/65r15 88h",
        "安踏122037718",
        "rz570670630",
        "cxw一200一8008",
        "李宁aklq759-2",
        "宏碁 vx5-591g膜",
        "e27 220v 60w 3000k",
        "连衣裙",
    ] {
        assert_eq!(personal(query), None, "{query}");
    }
}

#[test]
fn searches_that_follow_one_another_are_related() {
    let mut log = QueryLog::new(QueryConfig::default());
    for actor in 0..30u64 {
        let time = START + actor as i64 * 1000;
        let (second, third) = if actor % 3 == 0 { ("跑步鞋 男", "袜子") } else { ("运动鞋", "毛巾") };
        for (step, query) in ["跑步鞋", second, third].into_iter().enumerate() {
            log.observe(&asked(query, actor, time + step as i64 * 60_000)).unwrap();
        }
    }
    log.observe(&asked("跑步鞋", 77, START)).unwrap();
    log.observe(&asked("只有一个人", 77, START + 1)).unwrap();
    log.observe(&asked("跑步鞋", 78, START)).unwrap();
    log.observe(&asked("毛巾", 78, START + 2 * 3_600_000)).unwrap();
    let blocklist = Blocklist::default();
    let showable = Showable { actors_min: 5, blocklist: &blocklist };
    let related = log.related("跑步鞋", Millis(START), &showable, 5);
    let texts: Vec<(&str, usize)> = related.iter().map(|related| (&*related.text, related.actors)).collect();
    assert_eq!(texts, [("运动鞋", 20), ("跑步鞋 男", 10)]);
    assert!(related[0].lift > 1.5 && related[0].log_likelihood > 10.83);
    assert!(log.related("无", Millis(START), &showable, 5).is_empty());
}

#[test]
fn who_is_forgotten_no_longer_counts() {
    let mut log = QueryLog::new(QueryConfig::default());
    ask(&mut log, "台灯", 0..3, START);
    log.forget(1);
    assert!(shown(&log, START, 3).is_empty());
    assert_eq!(shown(&log, START, 2), ["台灯"]);
}

#[test]
fn memory_is_bounded_and_the_rare_goes_first() {
    let mut log = QueryLog::new(QueryConfig { queries: 100, sessions: 10, ..QueryConfig::default() });
    ask(&mut log, "often", 0..9, START);
    for number in 0..1_000u64 {
        log.observe(&asked(&format!("query {number}"), number, START + number as i64)).unwrap();
        assert!(log.len() <= 100);
    }
    assert!(log.sessions.len() <= 10);
    assert_eq!(shown(&log, START, 2), ["often"]);
}

fn fold(log: &mut QueryLog, searches: &[(u8, u8, u16, Option<u8>)]) {
    for (query, actor, minutes, results) in searches {
        let (query, time) = (format!("查询 {}", query % 20), Millis(START + i64::from(*minutes) * 60_000));
        let actor = Some(u64::from(*actor));
        log.observe(&Asked { query: &query, actor, session: actor, time, results: results.map(u32::from) }).unwrap();
    }
}

proptest! {
    #[test]
    fn bytes_bring_the_log_back_and_damage_is_found(
        searches in prop::collection::vec((any::<u8>(), 0u8..9, any::<u16>(), any::<Option<u8>>()), 0..80),
        more in prop::collection::vec((any::<u8>(), 0u8..9, any::<u16>(), any::<Option<u8>>()), 0..20),
    ) {
        let config = QueryConfig { queries: 12, sessions: 4, ..QueryConfig::default() };
        let mut log = QueryLog::new(config.clone());
        fold(&mut log, &searches);
        let (bytes, frozen) = (log.encode(), log.clone());
        let mut back = QueryLog::decode(config.clone(), &bytes).unwrap();
        prop_assert_eq!((back.encode(), back.len()), (bytes.clone(), log.len()));
        // What is read back goes on as what was never written, and a clone stays as it was.
        fold(&mut log, &more);
        fold(&mut back, &more);
        prop_assert_eq!(back.encode(), log.encode());
        prop_assert_eq!(frozen.encode(), bytes.clone());
        for end in 0..bytes.len() {
            prop_assert!(QueryLog::decode(config.clone(), &bytes[..end]).is_err());
        }
    }

    #[test]
    fn any_text_can_be_judged(text in ".{0,40}") {
        let _ = (personal(&text), Blocklist::default().blocks(&text));
    }

    #[test]
    fn numbers_of_any_shape_can_be_judged(text in "[0-9 +().x号路a-]{0,40}") {
        let _ = personal(&text);
    }

    #[test]
    fn no_mobile_number_gets_through(rest in 0u64..1_000_000_000, second in 3u8..10, at in prop::collection::btree_set(1usize..11, 0..4)) {
        let digits = format!("1{second}{rest:09}");
        let mut written = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if at.contains(&index) {
                written.push(if rest % 2 == 0 { ' ' } else { '-' });
            }
            written.push(digit);
        }
        prop_assert!(personal(&format!("寄给 {written} 收")).is_some(), "{}", written);
    }
}
