use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// Items as title, brand, colour, category, gender.
const ITEMS: &[(&str, &str, &str, &str, &str)] = &[
    ("Apple Watch Case Black", "Apple", "Black", "Watch Cases", "Women"),
    ("Apple Watch Band Red", "Apple", "Red", "Watch Bands", "Women"),
    ("Apple iPhone 15 Black", "Apple", "Black", "Phones", ""),
    ("Apple iPad Cover Black", "Apple", "Black", "Covers", ""),
    ("Apple Watch Charger White", "Apple", "White", "Chargers", ""),
    ("Organic Apple Cider Vinegar", "Bragg", "", "Vinegar", ""),
    ("Apple Cider Mix", "Alpine", "", "Drinks", ""),
    ("Apple Cider Vinegar Gummies", "Goli", "", "Vitamins", ""),
    ("Apple Cider Hot Drink", "Alpine", "", "Drinks", ""),
    ("Case for Samsung phone, red", "Spigen", "Red", "Phone Cases", ""),
    ("Case compatible with Samsung, black", "Spigen", "Black", "Phone Cases", ""),
    ("Samsung Galaxy phone black", "Samsung", "Black", "Phones", ""),
    ("Red Wing Heritage boots for men", "Red Wing", "Brown", "Boots", "Men"),
    ("Red Wing work boots men brown", "Red Wing", "Brown", "Boots", "Men"),
    ("Red Wing boots", "Red Wing", "Black", "Boots", "Men"),
    ("Summer dress women red", "Zara", "Red", "Dresses", "Women"),
    ("Long dress women navy", "Zara", "Navy Blue", "Dresses", "Women"),
    ("Evening dress women blue", "Zara", "Blue", "Dresses", "Women"),
    ("Girls dress pink", "Zara", "Pink", "Dresses", "Girls"),
    ("Tunic and tops women", "Zara", "Black/White", "Tops, Tees & Blouses", "Women"),
    ("Unisex tee orange", "Uniqlo", "Orange", "Tops, Tees & Blouses", "Unisex"),
    ("Orange juice", "Tropicana", "", "Drinks", ""),
    ("小米手机 黑色", "小米", "黑色", "手机", ""),
    ("小米手机壳 红色", "小米", "红色", "手机壳", ""),
    ("小米平板 黑色", "小米", "黑色", "平板", ""),
    ("小米粥 早餐", "五谷坊", "", "食品", ""),
    ("小米粥 五谷", "五谷坊", "", "食品", ""),
    ("小米杂粮粥", "五谷坊", "", "食品", ""),
    ("连衣裙 女 夏季", "优衣库", "藏青色", "连衣裙", "女"),
];

fn items() -> impl Iterator<Item = ItemFacts<'static>> + Clone {
    ITEMS.iter().map(|(title, brand, colour, category, gender)| {
        let attributes = [("brand", brand), ("color", colour), ("category", category), ("gender", gender)];
        let has = attributes.into_iter().filter(|(_, value)| !value.is_empty());
        let attributes = has.map(|(name, value)| (name.into(), (*value).into())).collect();
        ItemFacts { text: (*title).into(), attributes }
    })
}

fn show(query: &str, entities: &[Entity]) -> String {
    let one = |entity: &Entity| {
        let readings: Vec<String> = entity
            .readings
            .iter()
            .filter(|reading| reading.decision != Decision::Nothing)
            .map(|reading| format!("{} {}", reading.attribute.as_deref().unwrap_or("-"), reading.values.join("|")))
            .collect();
        format!("{}[{}]", &query[entity.span.0..entity.span.1], readings.join("; "))
    };
    entities.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn check(query: &str, expected: &Expect) {
    expected.assert_eq(&show(query, &Gazetteer::from_items(items()).find(query)));
}

#[test]
fn values_in_both_languages() {
    check("red dress", &expect!["red[color Red|红色] dress[category Dresses]"]);
    check("红色连衣裙", &expect!["红色[color Red|红色] 连衣裙[category 连衣裙]"]);
    check(
        "navy dresses for women",
        &expect!["navy[color Navy Blue|藏青色] dresses[category Dresses] women[gender Women|女|Unisex]"],
    );
    check("蓝色 女裙", &expect!["蓝色[color Blue|Navy Blue|藏青色] 女[gender Women|女|Unisex]"]);
    check("藏青 dress", &expect!["藏青[color Navy Blue|藏青色] dress[category Dresses]"]);
    check("黑色小米手机壳", &expect!["黑色[color Black|黑色|Black/White] 小米[brand 小米] 手机壳[category 手机壳]"]);
    check("黑色小米手機殼", &expect!["黑色[color Black|黑色|Black/White] 小米[brand 小米] 手機殼[category 手机壳]"]);
}

#[test]
fn parts_and_inflections() {
    check("tees", &expect!["tees[category Tops, Tees & Blouses]"]);
    check("blouse", &expect!["blouse[category Tops, Tees & Blouses]"]);
    check("boot", &expect!["boot[category Boots]"]);
}

#[test]
fn the_longest_reading_wins() {
    check("red wing boots", &expect!["red wing[brand Red Wing] boots[category Boots]"]);
    check("red boots", &expect!["red[] boots[category Boots]"]);
}

#[test]
fn neighbours_decide_between_meanings() {
    check("apple watch", &expect!["apple[brand Apple]"]);
    check("apple cider", &expect!["apple[]"]);
    check("小米粥", &expect!["小米[]"]);
}

#[test]
fn accessories_do_not_speak_against_a_brand() {
    check("samsung", &expect!["samsung[brand Samsung]"]);
    check("case for samsung", &expect!["samsung[]"]);
}

#[test]
fn numbers_are_sizes_only_where_something_says_so() {
    let sizes = [("size", "42", 9), ("size", "M", 9), ("size", "XL", 9), ("year", "2024", 5), ("color", "1", 5)];
    let gazetteer = Gazetteer::new(sizes);
    let check = |query: &str, expected: &Expect| expected.assert_eq(&show(query, &gazetteer.find(query)));
    check("tv 42", &expect![""]);
    check("shoes size 42", &expect!["42[size 42]"]);
    check("42码 男鞋", &expect!["42[size 42] 男[]"]);
    check("m and m", &expect![""]);
    check("shirt XL", &expect!["XL[size XL]"]);
    check("t shirt size m", &expect!["m[size M]"]);
}

#[test]
fn roles_come_from_names_or_values() {
    let gazetteer =
        Gazetteer::new([("farbe", "Red", 5), ("farbe", "Blue", 5), ("frame_material", "Oak", 2), ("x1", "abc", 3)]);
    let roles: Vec<(&str, Role)> = gazetteer.attributes().map(|(name, role, _)| (name, role)).collect();
    assert_eq!(roles, [("farbe", Role::Colour), ("frame_material", Role::Material), ("x1", Role::Other)]);
}

#[test]
fn a_filter_needs_measurements() {
    let decision = |precision: Precision| {
        let gazetteer = Gazetteer::from_items(items()).with_precision(precision);
        gazetteer.find("zara dress")[0].best().decision
    };
    assert_ne!(decision(Precision::default()), Decision::Filter);
    let mut good = Precision::default();
    good.add("brand", 990.0, 1_000.0);
    let mut bad = Precision::default();
    bad.add("brand", 700.0, 1_000.0);
    let gazetteer = Gazetteer::from_items(items());
    let brand = |precision: Precision| gazetteer.clone().with_precision(precision).find("red wing")[0].best().decision;
    assert_eq!((brand(good), brand(bad)), (Decision::Filter, Decision::Boost));
}

#[test]
fn negated_entities_are_unwanted_and_contradictions_are_settled() {
    use crate::negation::{NegationHints, negations, polarity};
    let gazetteer = Gazetteer::from_items(items());
    let read = |query: &str| {
        let entities = gazetteer.find(query);
        let spans: Vec<(usize, usize)> = entities.iter().map(|entity| entity.span).collect();
        let found = negations(query, &NegationHints { entities: &spans, ..NegationHints::default() });
        let polarity = polarity(entities, &found);
        let notes: Vec<String> = polarity.contradictions.into_iter().map(|found| found.note).collect();
        format!("{} / not {} / {}", show(query, &polarity.wanted), show(query, &polarity.unwanted), notes.join("; "))
    };
    expect!["dress[category Dresses] / not red[color Red|红色] / "].assert_eq(&read("dress not red"));
    expect!["red[] dress[category Dresses] / not red[] / color: wanted and not wanted at once: neither is applied"]
        .assert_eq(&read("red dress not red"));
    expect!["blue[color Blue] dress[category Dresses] / not navy[color Navy Blue|藏青色] / color: what is not wanted is taken out of what is wanted"].assert_eq(&read("blue dress but not navy"));
    expect!["连衣裙[category 连衣裙] / not 红色[color Red|红色] / "].assert_eq(&read("不要红色的连衣裙"));
}

#[test]
fn hostile_queries_are_bounded() {
    let gazetteer = Gazetteer::from_items(items());
    for part in ["red ", "红色", "size 42 ", "-", "\u{200b}", ".*+?", "连衣裙女", "1e309 "] {
        let query = part.repeat(30_000 / part.len());
        assert!(gazetteer.find(&query).len() <= 2_000, "{part}");
    }
}

proptest! {
    #[test]
    fn entities_of_any_query_are_sound(query in "(red |wing |apple |dress|女|红|色|连衣裙|size |4|é|\u{200b}| |-|&){0,30}") {
        thread_local! {
            static GAZETTEER: Gazetteer = Gazetteer::from_items(items());
        }
        for entity in GAZETTEER.with(|gazetteer| gazetteer.find(&query)) {
            let (from, to) = entity.span;
            prop_assert!(from < to && query.get(from..to).is_some() && !entity.readings.is_empty());
            for reading in &entity.readings {
                for share in [reading.confidence, reading.precision] {
                    prop_assert!((0.0..=1.0).contains(&share), "{reading:?}");
                }
                prop_assert!(reading.attribute.is_some() || reading.decision == Decision::Nothing);
            }
        }
    }
}
