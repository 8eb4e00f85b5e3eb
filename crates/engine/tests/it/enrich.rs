//! Values found for what items lack, in both languages.

use std::sync::Arc;

use engine::{EnrichOptions, Enriched, EnrichmentReport, Shop};
use types::{EventBody, Item, ItemPatch, Texts, Value};

use crate::shop::{Fixture, event, id, put, search};

/// Bottles and coffees whose titles name brand and colour or roast; every fifth item lacks what its title says, so does
/// one with a brand nobody has seen.
fn catalogue() -> Vec<Item> {
    let words = |word: &str| Value::Keywords(vec![Arc::from(word)]);
    let path = |names: &[&str]| Value::Categories(vec![names.iter().map(|name| Arc::from(*name)).collect()]);
    let chinese = [("小米", "红色"), ("象印", "蓝色"), ("膳魔师", "黑色"), ("哈尔斯", "白色")];
    let english = [("Lavazza", "dark roast"), ("Illy", "medium roast"), ("Peets", "light roast")];
    let mut items = Vec::new();
    for at in 0..320 {
        let (brand, _) = chinese[at % 4];
        let (_, colour) = chinese[at / 4 % 4];
        let item = Item::new(id(&format!("杯-{at:03}")))
            .with("title", Value::Text(Texts::guessed(format!("{brand}不锈钢保温杯{}ml {colour}", 300 + at))))
            .with("category", path(&["家居", "水杯"]));
        let full = item.clone().with("brand", words(brand)).with("颜色", words(colour));
        items.push(if at % 5 == 0 { item } else { full });
        let (brand, _) = english[at % 3];
        let (_, roast) = english[at / 3 % 3];
        let item = Item::new(id(&format!("coffee-{at:03}")))
            .with("title", Value::Text(Texts::guessed(format!("{brand} {roast} ground coffee, {} oz", 8 + at))))
            .with("category", path(&["Food", "Coffee"]));
        let full = item.clone().with("brand", words(brand)).with("roast", words(roast));
        items.push(if at % 5 == 0 { item } else { full });
    }
    items
}

fn filled() -> Fixture {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), catalogue());
    fixture
}

fn report(shop: &Shop) -> Arc<EnrichmentReport> {
    shop.enrichment(&mut |_| true).unwrap().unwrap()
}

fn enrich(shop: &Shop, options: &EnrichOptions) -> Enriched {
    shop.enrich(&report(shop), options, &mut |_| true).unwrap()
}

#[test]
fn what_titles_say_is_found_written_and_taken_back() {
    let fixture = filled();
    let shop = fixture.shop();
    let options = EnrichOptions::default();
    let found = report(&shop);
    let brand = found.attributes(&options).unwrap().into_iter().find(|read| &*read.attribute == "brand").unwrap();
    assert_eq!((brand.missing, brand.proposed, brand.refused), (128, 128, None), "{brand:?}");
    assert!(brand.precision().unwrap() >= 0.95, "{brand:?}");
    let proposal =
        found.proposals.iter().find(|found| found.item == id("杯-005") && &*found.attribute == "颜色").unwrap();
    assert_eq!(proposal.value, Value::Keywords(vec![Arc::from("蓝色")]));
    let passage = proposal.passage.as_ref().unwrap();
    let title = shop.item(&id("杯-005")).unwrap().unwrap().title().to_owned();
    assert_eq!((&*passage.attribute, &title[passage.start as usize..passage.end as usize]), ("title", "蓝色"));

    let before = search(&shop, "").total;
    let written = enrich(&shop, &options);
    assert_eq!((written.added, written.changed, written.taken_back, written.items), (256, 0, 0, 128), "{written:?}");
    shop.wait_until_current(&mut |_| true).unwrap();
    let item = shop.item(&id("coffee-000")).unwrap().unwrap();
    assert_eq!(item.keywords("brand"), [Arc::from("Lavazza")]);
    assert_eq!(&*item.provenance["brand"].maker, "extractor-1");
    assert_eq!(search(&shop, "").total, before);

    // Again: nothing differs.
    let again = enrich(&shop, &options);
    assert_eq!((again.added, again.unchanged, again.items), (0, 256, 0), "{again:?}");

    // One attribute is taken back, then the rest.
    let roasts = shop.take_back_enrichment(&[Arc::from("roast")], &mut |_| true).unwrap();
    assert_eq!((roasts.taken_back, roasts.items), (64, 64));
    let rest = shop.take_back_enrichment(&[], &mut |_| true).unwrap();
    assert_eq!(rest.taken_back, 192);
    assert!(shop.enriched_items(None, 10).unwrap().is_empty());
    assert_eq!(shop.item(&id("coffee-000")).unwrap().unwrap().get("brand"), None);
}

#[test]
fn the_shops_own_values_win_and_all_survives_a_restart() {
    let fixture = filled();
    let shop = fixture.shop();
    enrich(&shop, &EnrichOptions { attributes: vec![Arc::from("brand")], ..EnrichOptions::default() });
    let mut patch = ItemPatch::new(id("杯-000"));
    patch.set("brand", Some(Value::Keywords(vec![Arc::from("自有品牌")]))).unwrap();
    shop.append(vec![event("own", EventBody::ItemPatched(patch))]).unwrap();
    drop(shop);
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    let own = shop.item(&id("杯-000")).unwrap().unwrap();
    assert_eq!((own.keywords("brand"), own.provenance.len()), (&[Arc::from("自有品牌")][..], 0));
    let again = enrich(&shop, &EnrichOptions::default());
    assert_eq!(shop.item(&id("杯-000")).unwrap().unwrap().keywords("brand"), [Arc::from("自有品牌")]);
    assert_eq!((again.unchanged, again.added), (127, 128), "{again:?}");
    assert_eq!(shop.enriched_items(None, 1000).unwrap().len(), 128);
    let after = shop.enriched_items(Some(&id("杯-300")), 2).unwrap();
    assert_eq!(after.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["杯-305", "杯-310"]);
    assert_eq!(shop.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_measured_is_not_proposed_and_what_is_unknown_is_refused() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    assert!(report(&shop).attributes(&EnrichOptions::default()).unwrap().is_empty(), "an empty shop");
    // A colour that titles never name cannot be measured.
    let item = |at: usize| {
        Item::new(id(&format!("i{at:02}")))
            .with("title", Value::Text(Texts::guessed(format!("plain mug number {at}"))))
            .with("colour", Value::Keywords(vec![Arc::from(["red", "blue"][at % 2])]))
    };
    put(&shop, (0..60).map(item).collect());
    let found = report(&shop);
    let read = found.attributes(&EnrichOptions::default()).unwrap();
    assert_eq!((read.len(), read[0].proposed), (1, 0));
    assert!(read[0].refused.is_some_and(|reason| reason.contains("too few")), "{read:?}");
    let unknown = EnrichOptions { attributes: vec![Arc::from("品牌")], ..EnrichOptions::default() };
    let refused = shop.enrich(&found, &unknown, &mut |_| true).unwrap_err();
    assert_eq!((refused.is_user(), refused.code()), (true, "unknown_attribute"));
    let wrong = EnrichOptions { min_confidence: f32::NAN, ..EnrichOptions::default() };
    assert!(shop.enrich(&found, &wrong, &mut |_| true).unwrap_err().is_user());
    // Stopped at its first step, nothing is lost and nothing is half done.
    let stopped = shop.enrich(&found, &EnrichOptions::default(), &mut |_| false).unwrap();
    assert!(stopped.stopped);
    assert_eq!(shop.verify().unwrap(), Vec::<String>::new());
}
