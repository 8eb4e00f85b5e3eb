use std::sync::Arc;

use types::{
    CappedKind, EventBody, Filter, Interaction, InteractionKind, Item, KindCap, Protected, RecommendKind, Request,
    RequestRule, Reranking, Settings, Slate, Texts, Value,
};

use crate::shop::{Fixture, NOW, deed, event, id, ids, items, put, user};

fn request(reranking: Reranking) -> Request {
    let plain = Request::recommend(RecommendKind::New, user("ann"), NOW);
    Request { reranking: Some(reranking), explain: true, record: false, ..plain }
}

fn traces(slate: &Slate, rule: &str) -> Vec<String> {
    let all = slate.items.iter().flat_map(|shown| &shown.explanation.as_ref().unwrap().rules);
    all.filter(|trace| &*trace.rule == rule).map(|trace| trace.effect.to_string()).collect()
}

/// Twelve items: the newest six by one seller, the others by five.
fn market() -> Vec<Item> {
    let keyword = |word: String| Value::Keywords(vec![Arc::from(word)]);
    let item = |at: usize| {
        let seller = if at >= 6 { "large".to_owned() } else { format!("small-{at}") };
        let category =
            vec![vec![Arc::from("Shop"), Arc::from(if at.is_multiple_of(4) { "Garden" } else { "Kitchen" })]];
        Item::new(id(&format!("item-{at:02}")))
            .with("title", Value::Text(Texts::guessed("tea cup")))
            .with("seller", keyword(seller))
            .with("brand", keyword(format!("brand-{}", at % 5)))
            .with("category", Value::Categories(category))
    };
    (0..12).map(item).collect()
}

fn open() -> Fixture {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
    put(&fixture.shop(), market());
    fixture
}

#[test]
fn dials_of_nothing_move_nothing() {
    let fixture = open();
    let shop = fixture.shop();
    let plain = Request { reranking: None, ..request(Reranking::default()) };
    assert_eq!(ids(&shop.answer(&plain).unwrap()), ids(&shop.answer(&request(Reranking::default())).unwrap()));
}

#[test]
fn every_reranker_moves_items_of_a_case_and_says_so() {
    let fixture = open();
    let shop = fixture.shop();
    let plain = shop.answer(&request(Reranking::default())).unwrap();
    let last = id(ids(&plain)[11]);
    let likes = |item: &str| deed(&format!("like {item}"), InteractionKind::Like, "ann", item);
    shop.append(vec![likes("item-00"), likes("item-04"), likes("item-08")]).unwrap();
    for (at, shown) in plain.items.iter().enumerate().take(6) {
        let bought =
            |n| deed(&format!("buys {n} {at}"), InteractionKind::Purchase, &format!("bob{n}"), shown.item.id.as_str());
        shop.append((0..=at).map(bought).collect()).unwrap();
    }
    let none = Reranking::default;
    let protected = Protected { filter: Filter::parse(&format!("id = \"{last}\"")).unwrap(), share: 0.9 };
    let cap = KindCap { by: CappedKind::Seller, most: 1, among: 2 };
    let cases = [
        ("popularity", Reranking { popularity: 0.9, ..none() }),
        ("calibration", Reranking { calibration: 0.9, ..none() }),
        ("dpp", Reranking { dpp: 0.9, ..none() }),
        ("exposure", Reranking { exposure: 0.9, ..none() }),
        ("long-tail", Reranking { long_tail: 0.9, ..none() }),
        ("protected", Reranking { protected: Some(protected), ..none() }),
        ("caps", Reranking { caps: vec![cap], ..none() }),
    ];
    for (rule, reranking) in cases {
        let slate = shop.answer(&request(reranking)).unwrap();
        let told = traces(&slate, rule);
        assert!(!told.is_empty(), "{rule}");
        assert!(told.iter().all(|effect| effect.starts_with("moved ") && effect.contains(" → ")), "{told:?}");
        assert!(told.iter().any(|effect| !effect.contains("passed by")), "{told:?}");
        let (mut before, mut after) = (ids(&plain), ids(&slate));
        before.sort_unstable();
        after.sort_unstable();
        assert_eq!(before, after, "{rule} only moves");
    }
}

#[test]
fn a_shop_caps_and_pins_stay() {
    let caps = vec![KindCap { by: CappedKind::Seller, most: 1, among: 2 }];
    let settings =
        Settings { encoders: Vec::new(), reranking: Reranking { caps, ..Reranking::default() }, ..Settings::default() };
    let fixture = Fixture::new(settings);
    let shop = fixture.shop();
    put(&shop, market());
    let sellers = |slate: &Slate| -> Vec<Arc<str>> {
        slate.items.iter().map(|shown| shown.item.keywords("seller")[0].clone()).collect()
    };
    let repeats = |slate: &Slate| sellers(slate).windows(2).filter(|pair| pair[0] == pair[1]).count();
    let by_shop = Request { reranking: None, ..request(Reranking::default()) };
    assert_eq!(repeats(&shop.answer(&by_shop).unwrap()), 0);
    assert!(repeats(&shop.answer(&request(Reranking::default())).unwrap()) > 0, "a request may want none");
    let pin = RequestRule::Pin { item: id("item-07"), position: 5 };
    let slate = shop.answer(&Request { rules: vec![pin], ..by_shop }).unwrap();
    assert_eq!((ids(&slate)[4], repeats(&slate)), ("item-07", 0), "{:?}", ids(&slate));
}

#[test]
fn attention_is_balanced_over_answers_and_survives_a_restart() {
    let fixture = open();
    // All have the same title, so they deserve the same.
    let reranking = Some(Reranking { exposure: 0.8, ..Reranking::default() });
    let balanced = Request { reranking, ..Request::search("tea cup", NOW) };
    let first = |shop: &engine::Shop, turn: usize| {
        let slate = shop
            .answer(&Request { page: types::Page { offset: 0, limit: 3, cursor: None }, ..balanced.clone() })
            .unwrap();
        // Impressions are logged aside; what comes after them waits until they are folded.
        let search =
            Interaction { query: Some(Arc::from("pot")), ..Interaction::new(InteractionKind::Search, user("bob")) };
        shop.append(vec![event(&format!("turn {turn}"), EventBody::Interaction(search))]).unwrap();
        slate.items[0].item.keywords("seller")[0].to_string()
    };
    let shop = fixture.shop();
    let mut leading: Vec<String> = (0..12).map(|turn| first(&shop, turn)).collect();
    leading.sort();
    leading.dedup();
    assert!(leading.len() >= 4, "{leading:?}");
    let next = Request { record: false, ..balanced };
    let before: Vec<String> = ids(&shop.answer(&next).unwrap()).into_iter().map(str::to_owned).collect();
    drop(shop);
    let fixture = fixture.reopened();
    assert_eq!(ids(&fixture.shop().answer(&next).unwrap()), before);
}

#[test]
fn a_filter_that_finds_nobody_protects_nobody() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let protected = Some(Protected { filter: Filter::parse("no_such = 1").unwrap(), share: 0.5 });
    let slate = fixture.shop().answer(&request(Reranking { protected, ..Reranking::default() })).unwrap();
    assert_eq!((slate.items.len(), traces(&slate, "protected").len()), (items().len(), 0));
}
