use std::sync::Arc;

use types::{EventBody, Filter, InteractionKind, Objectives, RecommendKind, Request, RequestRule, Settings};

use crate::shop::{Fixture, NOW, deed, event, id, ids, items, put, user};

fn filter(text: &str) -> Filter {
    Filter::parse(text).unwrap()
}

fn explained(fixture: &Fixture, rules: Vec<RequestRule>) -> (Vec<String>, String) {
    let request = Request { rules, explain: true, ..Request::search("sony wireless", NOW) };
    let slate = fixture.shop().answer(&request).unwrap();
    let traces: Vec<String> = slate
        .items
        .iter()
        .filter_map(|shown| shown.explanation.as_ref())
        .flat_map(|explanation| explanation.rules.iter().map(|trace| format!("{}: {}", trace.rule, trace.effect)))
        .collect();
    (ids(&slate).iter().map(|id| (*id).to_owned()).collect(), traces.join("; "))
}

#[test]
fn pins_boosts_buries_and_hides_move_items_and_say_so() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let (plain, _) = explained(&fixture, Vec::new());
    assert_eq!(plain.len(), 2);
    let last = &plain[1];
    let is_last = || filter(&format!("id = \"{last}\""));
    let (order, why) = explained(&fixture, vec![RequestRule::Boost { filter: is_last(), factor: 50.0 }]);
    assert_eq!((&order[0], why.contains("request-rules: score x 50")), (last, true), "{why}");
    let bury = RequestRule::Bury { filter: filter(&format!("id = \"{}\"", plain[0])) };
    assert_eq!(&explained(&fixture, vec![bury]).0[0], last);
    let (order, why) = explained(&fixture, vec![RequestRule::Pin { item: id("shoes"), position: 1 }]);
    assert_eq!((order.as_slice()[0].as_str(), why.contains("pinned to 1")), ("shoes", true), "{why}");
    assert_eq!(explained(&fixture, vec![RequestRule::Hide { filter: is_last() }]).0, [plain[0].clone()]);
}

#[test]
fn every_wired_rule_decides_a_case() {
    let shop_rule = RequestRule::Hide { filter: filter("id = \"dress-blue\"") };
    let settings =
        Settings { encoders: Vec::new(), log_impressions: false, rules: vec![shop_rule], ..Settings::default() };
    let fixture = Fixture::new(settings);
    let shop = fixture.shop();
    put(&shop, items());
    let mut sold_out = items().remove(0);
    sold_out.stock = Some(0);
    put(&shop, vec![sold_out]);
    shop.append(vec![deed("hide", InteractionKind::Hide, "ann", "case")]).unwrap();
    shop.append((0..3).map(|n| deed(&format!("p{n}"), InteractionKind::Purchase, "bob", "shoes")).collect()).unwrap();
    let request = Request {
        exclude: vec![id("sandals")],
        seeds: vec![id("shoes")],
        rules: vec![RequestRule::Hide { filter: filter("id = \"earbuds\"") }],
        ..Request::recommend(RecommendKind::New, user("ann"), NOW)
    };
    // Availability drops the red dress, exclude the sandals, seeds the shoes, seen the case, the shop's rule the blue
    // dress and the request's the earbuds: one is left.
    assert_eq!(ids(&shop.answer(&request).unwrap()), ["headphones"]);
}

#[test]
fn variety_spreads_categories() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    let plain = Request::recommend(RecommendKind::New, user("x"), NOW);
    let varied = Request { diversity: 0.9, explain: true, ..plain.clone() };
    let category = |slate: &types::Slate| -> Vec<Arc<str>> {
        slate.items.iter().map(|shown| shown.item.categories("category")[0][1].clone()).collect()
    };
    let repeats = |slate| category(&slate).windows(2).filter(|pair| pair[0] == pair[1]).count();
    let (plain, varied) = (shop.answer(&plain).unwrap(), shop.answer(&varied).unwrap());
    assert_eq!(plain.total, varied.total);
    let explained = varied.items.iter().any(|shown| {
        let explanation = shown.explanation.as_ref().unwrap();
        explanation.rules.iter().any(|trace| &*trace.rule == "diversity")
    });
    assert!(repeats(varied) < repeats(plain) && explained);
}

#[test]
fn a_shop_and_a_request_weigh_what_a_sale_earns() {
    let settings = Settings {
        objectives: Objectives { margin: 1.0, ..Objectives::default() },
        encoders: Vec::new(),
        ..Settings::default()
    };
    let fixture = Fixture::new(settings);
    let shop = fixture.shop();
    let earns = |(at, item): (usize, types::Item)| item.with("margin", types::Value::Number(at as f64));
    let all: Vec<types::Item> = items().into_iter().enumerate().map(earns).collect();
    let expected: Vec<String> = all.iter().rev().map(|item| item.id.to_string()).collect();
    put(&shop, all);
    let request = Request { explain: true, ..Request::recommend(RecommendKind::New, user("x"), NOW) };
    let slate = shop.answer(&request).unwrap();
    assert_eq!(ids(&slate), expected);
    let moved = |slate: &types::Slate| {
        let traces = slate.items.iter().flat_map(|shown| &shown.explanation.as_ref().unwrap().rules);
        traces.filter(|trace| &*trace.rule == "objectives").map(|trace| trace.effect.to_string()).collect::<Vec<_>>()
    };
    assert!(moved(&slate).iter().any(|effect| effect.ends_with("for margin 1")), "{:?}", moved(&slate));
    let plain = Request { objectives: Some(Objectives::default()), ..request };
    assert!(moved(&shop.answer(&plain).unwrap()).is_empty());
}

#[test]
fn a_value_of_another_type_is_refused_whole() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    let good = items().remove(0).with("size", types::Value::Number(42.0));
    put(&shop, vec![good]);
    let bad = items().remove(1).with("size", types::Value::Keywords(vec![Arc::from("XL")]));
    let fine = items().remove(2).with("size", types::Value::Number(1.0));
    let events = vec![event("fine", EventBody::ItemUpserted(fine)), event("bad", EventBody::ItemUpserted(bad))];
    let error = shop.append(events).unwrap_err();
    assert_eq!((error.code(), error.is_user()), ("type_mismatch", true));
    assert_eq!(shop.item(&id("case")).unwrap().unwrap().get("size"), None, "all or nothing");
}
