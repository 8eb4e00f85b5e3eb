use std::sync::Arc;

use types::{
    EventBody, FacetRequest, Filter, ItemPatch, Money, Page, Request, Settings, SortKey, SortOrder, Understanding,
    Value,
};

use crate::shop::{Fixture, NOW, event, id, ids, item, items, put, search};

#[test]
fn finds_by_words_in_both_languages() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    assert_eq!(ids(&search(&fixture.shop(), "连衣裙")).len(), 2);
    assert_eq!(ids(&search(&fixture.shop(), "红色连衣裙"))[0], "dress-red");
    assert_eq!(ids(&search(&fixture.shop(), "wireless headphone"))[0], "headphones");
    assert_eq!(ids(&search(&fixture.shop(), "wh-1000xm4")), ["headphones"]);
    assert_eq!(search(&fixture.shop(), "zzzzqqq").total, 0);
}

#[test]
fn finds_by_meaning_where_no_word_matches() {
    let fixture = Fixture::new(Settings { log_impressions: false, ..Settings::default() });
    put(&fixture.shop(), items());
    assert_eq!(ids(&search(&fixture.shop(), "sneakers"))[0], "shoes");
    assert_eq!(ids(&search(&fixture.shop(), "裙装"))[0][..5], *"dress");
    let understanding = Understanding::none();
    let request = Request { explain: true, understanding, ..Request::search("sneakers", NOW) };
    let slate = fixture.shop().answer(&request).unwrap();
    let explanation = slate.items[0].explanation.as_ref().unwrap();
    assert!(!explanation.vectors.is_empty() && !explanation.found.is_empty(), "{explanation:?}");
    let fused: f32 = explanation.fusion.iter().map(|part| part.contribution).sum();
    assert!((fused - explanation.score).abs() < 1e-4, "{explanation:?}");
}

/// Words alone leave those below the first page as they are; what is like the first results comes up.
#[test]
fn what_is_like_the_first_results_comes_up_from_below_them() {
    for (query, alike, other) in [
        ("running shoes", "Trainers and footwear for jogging, pair", "Water tap running filter cartridge"),
        ("跑步鞋", "男士运动鞋 慢跑 透气 鞋子", "跑步机 润滑油 硅油"),
    ] {
        let answer = |feedback: f32| {
            let mut settings = Settings { log_impressions: false, ..Settings::default() };
            settings.fusion.feedback = feedback;
            let fixture = Fixture::new(settings);
            let title = |place: usize| format!("{query} {} {place}", ["Asics", "Nike", "Puma"][place % 3]);
            let mut all: Vec<_> =
                (0..24).map(|place| item(&format!("a{place}"), &title(place), "x", &["Sports"], 9.0)).collect();
            for place in 0..4 {
                all.push(item(&format!("like{place}"), &format!("{alike} {place}"), "x", &["Sports"], 9.0));
                all.push(item(&format!("other{place}"), &format!("{other} {place}"), "x", &["Sports"], 9.0));
            }
            put(&fixture.shop(), all);
            let page = Page { offset: 0, limit: 40, cursor: None };
            fixture.shop().answer(&Request { page, explain: true, ..Request::search(query, NOW) }).unwrap()
        };
        let (without, with) = (answer(0.0), answer(0.9));
        assert_eq!(ids(&without)[..20], ids(&with)[..20], "the first page stays");
        assert_eq!(without.total, with.total);
        let lifted = |slate: &types::Slate, name: &str| {
            let named = slate.items.iter().filter(|shown| shown.item.id.as_str().starts_with(name));
            let parts = named.flat_map(|shown| shown.explanation.as_ref().unwrap().fusion.clone());
            parts.filter(|part| &*part.retriever == "feedback").map(|part| part.contribution).sum::<f32>()
        };
        assert_eq!(lifted(&without, "like"), 0.0);
        assert!(lifted(&with, "like") > lifted(&with, "other"), "{query}: {:?}", ids(&with));
        for shown in &with.items {
            let fused: f32 = shown.explanation.as_ref().unwrap().fusion.iter().map(|part| part.contribution).sum();
            assert!(fused.is_finite() && fused <= shown.score + 1e-3, "{query}: {fused} {}", shown.score);
        }
    }
}

#[test]
fn filters_facets_and_totals_agree() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let facet = |disjunctive| FacetRequest {
        attribute: Arc::from("brand"),
        limit: 10,
        disjunctive,
        bins: 0,
        under: Vec::new(),
        level: None,
    };
    let request = |disjunctive| Request {
        filter: Some(Filter::parse(r#"brand = "Sony" and price < 200"#).unwrap()),
        facets: vec![facet(disjunctive)],
        ..Request::search("", NOW)
    };
    let counts = |disjunctive| {
        let slate = fixture.shop().answer(&request(disjunctive)).unwrap();
        assert_eq!(ids(&slate), ["earbuds"]);
        assert_eq!(slate.total, 1);
        slate.facets[0].values.iter().map(|value| value.count).sum::<usize>()
    };
    assert_eq!(counts(false), 1);
    // Five items cost less than 200.
    assert_eq!(counts(true), 5);
    let unknown = Request { filter: Some(Filter::parse("colour = red").unwrap()), ..Request::search("", NOW) };
    assert_eq!(fixture.shop().answer(&unknown).unwrap_err().code(), "unknown_attribute");
}

#[test]
fn sorts_by_an_attribute() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let by_price = SortKey { attribute: Arc::from("price"), order: SortOrder::Ascending };
    let slate = fixture.shop().answer(&Request { sort: vec![by_price], ..Request::search("", NOW) }).unwrap();
    assert_eq!(ids(&slate)[..3], ["case", "sandals", "shoes"]);
}

#[test]
fn a_price_update_shows_in_the_next_answer() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let mut patch = ItemPatch::new(id("shoes"));
    let currency = types::Currency::new("EUR").unwrap();
    patch.set("price", Some(Value::Money(Money::new(10.0, currency).unwrap()))).unwrap();
    fixture.shop().append(vec![event("patch", EventBody::ItemPatched(patch))]).unwrap();
    let cheap = Request { filter: Some(Filter::parse("price < 20").unwrap()), ..Request::search("", NOW) };
    assert_eq!(ids(&fixture.shop().answer(&cheap).unwrap()), ["shoes"]);
}

#[test]
fn cursors_neither_repeat_nor_skip_while_writes_go_on() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    let lamp = |n: usize| item(&format!("lamp-{n:03}"), &format!("desk lamp {n}"), "Lumen", &["Home"], n as f64 + 1.0);
    put(&shop, (0..450).map(lamp).collect());
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { offset: 0, limit: 37, cursor };
        let slate = shop.answer(&Request { page, ..Request::search("lamp", NOW) }).unwrap();
        seen.extend(slate.items.iter().map(|shown| shown.item.id.to_string()));
        // A newcomer on every page: it may come at the end, but never push anything twice or out.
        put(&shop, vec![lamp(500 + seen.len())]);
        cursor = slate.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), seen.len(), "nothing twice");
    assert!((0..450).all(|n| unique.contains(&format!("lamp-{n:03}"))), "nothing skipped");
}

#[test]
fn a_cursor_keeps_the_sort_to_the_end() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    // Names run against the prices, so that any other order shows.
    let lamp = |n: usize| item(&format!("lamp-{:04}", 9999 - n), "desk lamp", "Lumen", &["Home"], n as f64 + 1.0);
    put(&shop, (0..1300).map(lamp).collect());
    let by_price = SortKey { attribute: Arc::from("price"), order: SortOrder::Descending };
    let (mut prices, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { offset: 0, limit: 400, cursor };
        let slate =
            shop.answer(&Request { page, sort: vec![by_price.clone()], ..Request::search("lamp", NOW) }).unwrap();
        prices.extend(slate.items.iter().filter_map(|shown| shown.item.number("price")));
        cursor = slate.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(prices.len(), 1300);
    assert!(prices.windows(2).all(|pair| pair[0] > pair[1]));
}

#[test]
fn variants_are_grouped_with_right_counts() {
    let fixture = Fixture::words_only();
    let variant = |n: usize| {
        let mut item = item(&format!("shirt-{n}"), "cotton shirt", "Loom", &["Shirts"], n as f64 + 1.0);
        item.group = Some(types::GroupId::new(format!("group-{}", n % 3)).unwrap());
        item
    };
    put(&fixture.shop(), (0..10).map(variant).collect());
    let slate = fixture.shop().answer(&Request { group: true, ..Request::search("shirt", NOW) }).unwrap();
    assert_eq!((slate.total, slate.items.len()), (3, 3));
    let mut counts: Vec<usize> = slate.items.iter().map(|shown| shown.group.as_ref().unwrap().count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [3, 3, 4]);
}

#[test]
fn a_cut_off_takes_the_tail_out_of_totals_and_facets_too() {
    let fixture = Fixture::new(Settings { log_impressions: false, ..Settings::default() });
    put(&fixture.shop(), items());
    let answer = |cutoff| {
        let brand = FacetRequest {
            attribute: Arc::from("brand"),
            limit: 10,
            disjunctive: false,
            bins: 0,
            under: Vec::new(),
            level: None,
        };
        let mut request = Request { facets: vec![brand], ..Request::search("sony wireless headphones", NOW) };
        request.retrieval.cutoff = Some(cutoff);
        let slate = fixture.shop().answer(&request).unwrap();
        let counted: usize = slate.facets[0].values.iter().map(|value| value.count).sum();
        assert_eq!((counted, slate.items.len()), (slate.total, slate.total));
        slate.total
    };
    assert_eq!(answer(0.0), 7, "every item has a vector");
    assert!((1..=3).contains(&answer(0.6)), "{}", answer(0.6));
}

#[test]
fn highlights_are_marked_and_escaped() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), vec![item("x", "<b>Lamp</b> & 台灯", "B", &["C"], 1.0)]);
    let slate = search(&fixture.shop(), "台灯 lamp");
    let title = &slate.items[0].highlights[0];
    assert_eq!(title.1, "&lt;b&gt;<em>Lamp</em>&lt;/b&gt; &amp; <em>台灯</em>");
}

#[test]
fn odd_queries_get_sensible_answers() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let long = "shoes ".repeat(20_000);
    for query in ["😀", "\u{0}\u{7}", "مرحبا", "\"", "shoes\u{202e}", "<script>", &long] {
        let slate = search(&fixture.shop(), query);
        assert!(slate.total <= 7, "{query:.20}");
    }
}
