//! A ranker learnt from a small log of Chinese searches, put in force and explained.

use std::sync::Arc;

use engine::{Engine, EngineConfig, Promote, RankerKind, RankerOrder, Shop};
use types::{
    Actor, Currency, Event, EventBody, EventId, FixedClock, Interaction, InteractionKind, Item, ItemId, Millis, Money,
    Request, Settings, ShopId, Texts, UserId, Value,
};

use super::{KeptRanker, train_ordered};
use crate::{Error, Result};

const NOW: Millis = Millis(1_760_000_000_000);
const QUERIES: [&str; 6] = ["围巾", "羊毛围巾", "保暖围巾", "围巾 女", "冬季围巾", "礼物围巾"];

struct Place {
    shop: Arc<Shop>,
    _engine: Engine,
    _folder: tempfile::TempDir,
}

fn event(name: String, time: Millis, body: EventBody) -> Event {
    Event { id: EventId::new(name).unwrap(), time, body }
}

fn item(at: usize) -> Item {
    let title = ["羊毛围巾 女", "冬季围巾 保暖", "礼物围巾", "围巾"][at % 4];
    // The dear and the cheap are mixed, so that nothing else tells the price.
    let price = f64::from((at as u32 * 7) % 12 + 1) * 20.0;
    Item::new(ItemId::new(format!("围巾-{at}")).unwrap())
        .with("title", Value::Text(Texts::guessed(title)))
        .with("price", Value::Money(Money::new(price, Currency::new("CNY").unwrap()).unwrap()))
}

/// Shoppers search and buy the cheapest of what they are shown, well below the first place as often as not.
fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let config = EngineConfig { data_dir: folder.path().to_owned(), ..EngineConfig::default() };
    let engine = Engine::open(config, Arc::new(FixedClock(NOW))).unwrap();
    let settings = Settings { encoders: Vec::new(), pictures: None, takeover_minutes: 0.0, ..Settings::default() };
    let shop = engine.create_shop(&ShopId::new("scarves").unwrap(), settings).unwrap();
    let long_ago = Millis(NOW.0 - 60 * Millis::DAY);
    let puts = (0..12).map(|at| event(format!("put {at}"), long_ago, EventBody::ItemUpserted(item(at))));
    shop.append(puts.collect()).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
    for step in 0..90i64 {
        let now = Millis(NOW.0 - (90 - step) * 3_600_000);
        let actor = Actor { user: Some(UserId::new(format!("顾客 {}", step % 30)).unwrap()), ..Actor::default() };
        let query = QUERIES[step as usize % QUERIES.len()];
        let slate = shop.answer(&Request { actor: actor.clone(), ..Request::search(query, now) }).unwrap();
        let price = |shown: &&types::SlateItem| match shown.item.get("price") {
            Some(Value::Money(price)) => price.amount(),
            other => panic!("{other:?}"),
        };
        let cheapest = slate.items.iter().min_by(|a, b| price(a).total_cmp(&price(b))).unwrap();
        // At once, so that who comes again is known.
        let mut deeds = Vec::new();
        for kind in [InteractionKind::Click, InteractionKind::Purchase] {
            let name = format!("{step} {kind:?}");
            let deed = Interaction {
                item: Some(cheapest.item.id.clone()),
                query_id: Some(slate.query_id.clone()),
                ..Interaction::new(kind, actor.clone())
            };
            deeds.push(event(name, Millis(now.0 + 1_000), EventBody::Interaction(deed)));
        }
        shop.append(deeds).unwrap();
    }
    Place { shop, _engine: engine, _folder: folder }
}

fn train(shop: &Shop, promote: Promote) -> Result<KeptRanker> {
    let order = RankerOrder { promote, threads: 1, ..RankerOrder::new(RankerKind::Search) };
    train_ordered(shop, &order, &mut |_, _| true)
}

#[test]
fn what_was_bought_moves_up_is_put_in_force_and_explained() {
    let place = place();
    let shop = &place.shop;
    let kept = train(shop, Promote::IfBetter).unwrap();
    assert!(kept.promoted && kept.report.is_better(), "{}: {:?}", kept.reason, kept.report);
    assert_eq!(shop.ranker(RankerKind::Search), Some(kept.version));
    let first = &kept.report.importance[0];
    assert!(first.spread > 0.0 && kept.report.importance.iter().any(|one| one.feature == "price"));
    assert!(kept.report.segments.iter().any(|segment| segment.name == "known shoppers"), "{:?}", kept.report.segments);
    let request = Request { explain: true, record: false, ..Request::search("羊毛围巾", NOW) };
    let slate = shop.answer(&request).unwrap();
    assert_eq!(&*slate.ranker, "search@1");
    for shown in &slate.items {
        let told = shown.explanation.as_ref().unwrap();
        let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
        assert!((sum - shown.score).abs() < 1e-4, "{sum} {}", shown.score);
    }
    let last = slate.items.last().unwrap();
    let what_if = shop.what_if(&request, &last.item.id, 3).unwrap();
    assert_eq!((what_if.place, what_if.wanted), (Some(slate.items.len()), 3));
    assert!(what_if.needed > what_if.score && !what_if.changes.is_empty(), "{what_if:?}");
    // What is in force was made after every answer, so there is nothing that it has not seen.
    let again = train(shop, Promote::No).unwrap();
    assert_eq!((again.version, again.promoted, again.report.against_current), (2, false, None));
    assert_eq!(again.to_json()["reason"], "nobody asked to put it in force");
}

#[test]
fn a_training_that_is_stopped_keeps_nothing() {
    let place = place();
    let order = RankerOrder { threads: 1, ..RankerOrder::new(RankerKind::Search) };
    for stop_at in [0, 3] {
        let mut asked = 0;
        let stopped = train_ordered(&place.shop, &order, &mut |_, _| {
            asked += 1;
            asked <= stop_at
        });
        assert!(stopped.as_ref().is_err_and(Error::is_cancelled), "{stopped:?}");
    }
    assert!(place.shop.ranker_versions(RankerKind::Search).unwrap().is_empty());
    let none = RankerOrder { kind: RankerKind::Recommend, ..order };
    let error = train_ordered(&place.shop, &none, &mut |_, _| true).unwrap_err();
    assert!(error.to_string().contains("no answer of its log was clicked"), "{error}");
}
