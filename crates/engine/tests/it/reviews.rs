use std::sync::Arc;

use engine::{
    AlertOptions, AlertSubject, PlainText, ReviewOptions, ReviewReport, ReviewScope, Shop, TextReader, TextTopics,
};
use types::{Event, EventBody, EventId, Interaction, InteractionKind, Millis, UserId};

use crate::shop::{Fixture, NOW, event, id, items, put, user};

const WEEK: i64 = 7 * Millis::DAY;

fn review(name: &str, actor: &str, item: &str, weeks_ago: i64, text: &str, rating: Option<f32>) -> Event {
    let review = Interaction {
        item: Some(id(item)),
        text: Some(Arc::from(text)),
        rating,
        ..Interaction::new(InteractionKind::Review, user(actor))
    };
    let time = Millis(NOW.0 - weeks_ago * WEEK);
    Event { id: EventId::new(name).unwrap(), time, body: EventBody::Interaction(review) }
}

fn reviewed() -> Fixture {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    shop.append(vec![
        review("r1", "anna", "dress-red", 3, "质量很好，物流太慢了", None),
        review("r2", "bei", "dress-red", 2, "质量很好！尺码偏小", None),
        review("r3", "carl", "dress-blue", 2, "客服态度差，质量不行", Some(0.0)),
        review("r4", "dora", "headphones", 1, "Great sound, but shipping was slow", Some(1.0)),
        review("r5", "emil", "earbuds", 0, "Terrible. They broke after a week, poor quality", None),
    ])
    .unwrap();
    fixture
}

fn scoped(shop: &Shop, scope: &ReviewScope) -> ReviewReport {
    shop.reviews(scope, &ReviewOptions::default())
}

fn of_item(shop: &Shop, item: &str) -> ReviewReport {
    scoped(shop, &ReviewScope { item: Some(id(item)), ..ReviewScope::default() })
}

/// Points with their counts and first quote.
fn pros_and_cons(report: &ReviewReport) -> String {
    let side = |points: &[engine::ReviewPoint]| {
        let point = |point: &engine::ReviewPoint| {
            let quote = point.quotes.first().map_or("", |quote| &quote.text);
            format!("{} {}/{} `{quote}`", point.aspect.as_deref().unwrap_or("all"), point.reviews, point.of)
        };
        points.iter().map(point).collect::<Vec<_>>().join(", ")
    };
    format!("+ {}; - {}", side(&report.pros), side(&report.cons))
}

#[test]
fn reviews_are_summed_up_by_item_brand_category_and_shop() {
    let fixture = reviewed();
    let shop = fixture.shop();
    let red = of_item(&shop, "dress-red");
    assert_eq!((red.items, red.reviews.all(), &*red.read_by), (1, 2, "lexicon"));
    assert_eq!(red.topics[0].topic.named.as_ref(), "质量");
    assert_eq!(red.topics[0].reviews, 2);
    let told = pros_and_cons(&red);
    assert!(told.starts_with("+ quality 2/2 `质量很好`"), "{told}");
    assert!(told.contains("delivery 1/1 `物流太慢了`") && told.contains("size 1/1 `尺码偏小`"), "{told}");
    let weeks: Vec<u32> = red.weeks.iter().rev().take(4).map(|(_, tally)| tally.all()).collect();
    assert_eq!((weeks, red.weeks.len()), (vec![0, 0, 1, 1], 26));

    let brand = scoped(&shop, &ReviewScope { brand: Some("朵朵".to_owned()), ..ReviewScope::default() });
    assert_eq!((brand.items, brand.reviews.all(), brand.reviews.negative), (2, 3, 1));
    let sony = scoped(&shop, &ReviewScope { brand: Some("sony".to_owned()), ..ReviewScope::default() });
    assert_eq!((sony.items, sony.reviews.positive, sony.reviews.negative), (2, 1, 1));
    for category in ["服装", "服装 > 连衣裙", "连衣裙"] {
        let report = scoped(&shop, &ReviewScope { category: Some(category.to_owned()), ..ReviewScope::default() });
        assert_eq!(report.reviews.all(), 3, "{category}");
    }
    let both = ReviewScope { brand: Some("Sony".to_owned()), category: Some("服装".to_owned()), item: None };
    assert_eq!(
        scoped(&shop, &both),
        ReviewReport {
            read_by: Arc::from("lexicon"),
            weeks: brand.weeks.iter().map(|(begins, _)| (*begins, Default::default())).collect(),
            ..ReviewReport::default()
        }
    );
    assert_eq!(scoped(&shop, &ReviewScope::default()).reviews.all(), 5);
    assert_eq!(of_item(&shop, "nothing").items, 0);
}

#[test]
fn reviews_survive_a_restart_and_lost_checkpoints() {
    let fixture = reviewed();
    let before = scoped(&fixture.shop(), &ReviewScope::default());
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
    let fixture = fixture.reopened();
    assert_eq!(scoped(&fixture.shop(), &ReviewScope::default()), before);
    let Fixture { engine, folder } = fixture;
    drop(engine);
    std::fs::remove_dir_all(folder.path().join("shops/test/checkpoints")).unwrap();
    let fixture = Fixture { engine: crate::shop::open(folder.path()), folder };
    assert_eq!(scoped(&fixture.shop(), &ReviewScope::default()), before);
    assert_eq!(fixture.shop().verify().unwrap(), Vec::<String>::new());
}

#[test]
fn whoever_is_erased_is_quoted_no_more_and_deleted_items_take_their_reviews_along() {
    let fixture = reviewed();
    let shop = fixture.shop();
    shop.append(vec![event("e", EventBody::UserErased(UserId::new("bei").unwrap()))]).unwrap();
    let said = |shop: &Shop| pros_and_cons(&of_item(shop, "dress-red"));
    assert!(!said(&shop).contains("尺码偏小") && said(&shop).contains("物流太慢了"), "{}", said(&shop));
    shop.append(vec![event("d", EventBody::ItemDeleted(id("dress-blue")))]).unwrap();
    shop.append(vec![review("late", "fred", "dress-blue", 0, "质量很好", None)]).unwrap();
    assert_eq!((of_item(&shop, "dress-blue").items, scoped(&shop, &ReviewScope::default()).items), (0, 3));
    drop(shop);
    let fixture = fixture.reopened();
    assert!(!said(&fixture.shop()).contains("尺码偏小"));
    assert_eq!(of_item(&fixture.shop(), "dress-blue").items, 0);
}

/// Reviews of twenty-five weeks, a tenth of them negative; in the last five, most of the earbuds' blame their delivery.
fn becoming_worse() -> Fixture {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    let mut reviews = Vec::new();
    for week in 0..25i64 {
        for (item, good, bad) in [
            ("earbuds", "Great sound, good quality", "Shipping was slow and the box was damaged"),
            ("headphones", "Great sound, good quality", "Poor quality"),
            ("dress-red", "质量很好，很喜欢", "质量太差"),
            ("shoes", "Comfortable, good quality", "The size is too small"),
        ] {
            for n in 0..5i64 {
                let is_bad = if item == "earbuds" && week >= 20 { n < 4 } else { (week * 5 + n) % 10 == 0 };
                let name = format!("{item}-{week}-{n}");
                reviews.push(review(&name, &name, item, 24 - week, if is_bad { bad } else { good }, None));
            }
        }
    }
    shop.append(reviews).unwrap();
    fixture
}

#[test]
fn a_rise_of_the_negative_share_is_told_with_its_evidence_and_nothing_else_is() {
    let fixture = becoming_worse();
    let found = fixture.shop().review_alerts(&AlertOptions::default());
    let subjects: Vec<&AlertSubject> = found.alerts.iter().map(|alert| &alert.subject).collect();
    assert!(subjects.contains(&&AlertSubject::Item(Arc::from("earbuds"))), "{subjects:?}");
    assert!(
        !subjects.iter().any(|subject| subject.name().is_some_and(|name| [
            "headphones",
            "dress-red",
            "shoes",
            "朵朵",
            "Asics"
        ]
        .contains(&&**name))),
        "{subjects:?}"
    );
    assert!(found.watched > found.alerts.len());
    let alert =
        found.alerts.iter().find(|alert| alert.subject.name().is_some_and(|name| &**name == "earbuds")).unwrap();
    assert!(alert.since.0 >= NOW.0 - 6 * WEEK && alert.noticed >= alert.since, "{alert:?}");
    assert!(alert.before.0 * 5 < alert.before.1 && alert.after.0 * 2 > alert.after.1, "{alert:?}");
    assert_eq!(alert.blamed[0].0.as_ref(), "delivery");
    assert!(alert.quotes.iter().any(|quote| quote.text.contains("Shipping was slow")), "{alert:?}");
    let long_ago = AlertOptions { days: 1, ..AlertOptions::default() };
    let now = fixture.shop().review_alerts(&long_ago);
    assert!(now.alerts.iter().all(|alert| alert.noticed.0 > NOW.0 - 2 * WEEK));
}

#[test]
fn texts_of_other_domains_are_read_without_a_shop() {
    let topics =
        TextTopics::parse("利率: 加息, 降息, interest rate\nearnings: profit, 利润\n-: plunge, 暴跌\n+: soar, 大涨")
            .unwrap();
    let mut reader = TextReader::new(&topics);
    let text =
        |text, week: i64, subject| PlainText { text, time: Millis(week * WEEK), subject: Some(subject), rating: None };
    let mut news = Vec::new();
    for week in 0..30 {
        for n in 0..4 {
            let bad = week >= 24 || (week + n) % 8 == 0;
            news.push(text(if bad { "Profit warning, shares plunge" } else { "Profit up, shares soar" }, week, "ACME"));
            news.push(text(if (week + n) % 8 == 0 { "加息，股价暴跌" } else { "降息，股价大涨" }, week, "银行"));
        }
    }
    reader.take(&news);
    let all = reader.report(None, &ReviewOptions::default());
    assert_eq!((all.items, all.reviews.all(), all.aspects.len()), (2, 240, 2));
    let bank = reader.report(Some("银行"), &ReviewOptions::default());
    assert_eq!((bank.aspects[0].0.as_ref(), bank.aspects[0].1.all()), ("利率", 120), "named without praise of its own");
    let alerts = reader.alerts(&AlertOptions::default());
    let subjects: Vec<String> = alerts.alerts.iter().map(|alert| format!("{:?}", alert.subject)).collect();
    assert!(
        subjects.contains(&"Item(\"ACME\")".to_owned()) && !subjects.contains(&"Item(\"银行\")".to_owned()),
        "{subjects:?}"
    );
    assert!(subjects.contains(&"Topic(\"earnings\")".to_owned()), "{subjects:?}");
}
