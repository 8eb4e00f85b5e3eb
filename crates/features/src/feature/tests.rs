use super::*;
use crate::testing::{day, facts, signal};
use crate::{Config, ItemFacts};
use types::InteractionKind::{Hide, Purchase, Rating, View};

/// Values of the feature `name` for items 0 to 3, for the actor 1.
fn values(name: &str, state: &State, on: i64) -> [f32; 4] {
    let profile = state.profile(Some(Row(1)), day(on));
    let context = Context { state, profile: &profile, asked: None, now: day(on) };
    let features = all();
    let feature = features.iter().find(|feature| feature.spec().name == name).unwrap();
    let mut column = [f32::NAN; 4];
    feature.compute(&context, &[Row(0), Row(1), Row(2), Row(3)], &mut column);
    column
}

/// Items 0 and 1 of category 1 (towels) under 0 (home), 2 and 3 of category 2 (lamps); brands 0 and 1.
fn shop() -> State {
    let mut state = State::new(Config::default());
    state.set_item(Row(0), facts(5.0, &[0, 1], 0));
    state.set_item(Row(1), facts(10.0, &[0, 1], 1));
    state.set_item(Row(2), facts(20.0, &[0, 2], 1));
    state.set_item(Row(3), ItemFacts { buyable: false, first_seen: day(30), ..facts(40.0, &[0, 2], 0) });
    state
}

#[test]
fn names_are_unique_and_the_schema_has_them_all() {
    let features = all();
    let schema = schema(&features);
    for (column, spec) in schema.specs().iter().enumerate() {
        assert_eq!(schema.column(spec.name), Some(column), "{}", spec.name);
    }
    assert_eq!(schema.width(), features.len());
}

#[test]
fn popularity_orders_by_fading_demand() {
    let mut state = shop();
    for (item, kind, on) in [(0, Purchase, 50), (1, Purchase, 60), (1, View, 60), (2, View, 60)] {
        state.fold(&signal(9, item, kind, on));
    }
    let [zero, one, two, three] = values("popularity", &state, 60);
    assert!(one == 1.0 && one > zero && zero > two && three == 0.0, "{zero} {one} {two}");
}

#[test]
fn one_sale_of_an_obscure_item_is_no_trend_but_a_burst_is() {
    let mut state = shop();
    for on in 0..60 {
        (0..5).for_each(|actor| state.fold(&signal(10 + actor, 0, Purchase, on)));
    }
    state.fold(&signal(9, 1, Purchase, 60));
    (0..10).for_each(|actor| state.fold(&signal(20 + actor, 2, Purchase, 60)));
    (0..10).for_each(|_| state.fold(&signal(30, 3, Purchase, 60)));
    let [steady, obscure, burst, insistent] = values("trending", &state, 60);
    assert!(burst > 0.6 && burst > insistent && burst > obscure && obscure > 0.0, "{burst} {insistent} {obscure}");
    assert!(steady < obscure, "{steady}");
    let listed: Vec<Row> = state.trending(day(60), 10).into_iter().map(|(item, _)| item).collect();
    assert_eq!((listed[0], listed.contains(&Row(1))), (Row(2), false));
    assert!(state.trending(day(75), 10).is_empty(), "a burst is over after two weeks");
}

#[test]
fn freshness_and_availability_follow_the_catalogue() {
    let mut state = shop();
    assert_eq!(values("freshness", &state, 30), [0.5, 0.5, 0.5, 1.0]);
    state.remove_item(Row(0));
    assert_eq!(values("availability", &state, 30), [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn a_single_five_is_not_the_best_of_all() {
    let mut state = shop();
    let rated = |rating, rating_count| ItemFacts { rating: Some(rating), rating_count, ..facts(5.0, &[0], 0) };
    state.set_item(Row(0), rated(5.0, 1));
    state.set_item(Row(1), rated(4.8, 500));
    state.set_item(Row(2), rated(1.0, 100));
    let [single, many, bad, none] = values("rating", &state, 0);
    assert!(many > single && single > none && none > bad, "{single} {many} {bad} {none}");
    (0..50).for_each(|actor| state.fold(&types::Signal { strength: 1.0, ..signal(actor, 3, Rating, 1) }));
    assert!(values("rating", &state, 1)[3] > 0.85);
}

#[test]
fn price_is_judged_inside_the_category_once_it_has_enough() {
    let mut state = shop();
    for (row, price) in (10..20).zip([18.0, 19.0, 20.0, 21.0, 22.0, 20.0, 20.0, 20.0, 20.0, 20.0]) {
        state.set_item(Row(row), facts(price, &[0, 2], 0));
    }
    let [cheap_in_shop, _, usual_lamp, dear_lamp] = values("price", &state, 0);
    assert!(
        cheap_in_shop < -0.3 && usual_lamp.abs() < 0.2 && dear_lamp > 0.9,
        "{cheap_in_shop} {usual_lamp} {dear_lamp}"
    );
}

#[test]
fn affinities_follow_what_the_actor_did() {
    let mut state = shop();
    assert_eq!(values("category-affinity", &state, 0), [0.0; 4], "nothing is known of a stranger");
    state.fold(&signal(1, 0, View, 0));
    let [_, first_click, other, _] = values("category-affinity", &state, 0);
    assert!(first_click > other && other > 0.0, "the first click works at once: {first_click} {other}");
    state.fold(&signal(1, 0, Purchase, 0));
    state.fold(&signal(1, 2, Hide, 0));
    let [_, towel, lamp, _] = values("category-affinity", &state, 0);
    assert!(towel > 0.0 && lamp < 0.0, "{towel} {lamp}");
    let [_, refused_brand, _, liked_brand] = values("brand-affinity", &state, 0);
    assert!(liked_brand > 0.0 && refused_brand < 0.0, "{liked_brand} {refused_brand}");
    let [same, _, _, dear] = values("price-affinity", &state, 0);
    assert!(same > dear, "{same} {dear}");
}

#[test]
fn seen_and_bought_tell_the_history() {
    let mut state = shop();
    state.fold(&signal(1, 0, View, 0));
    state.fold(&signal(1, 1, Purchase, 7));
    state.fold(&signal(1, 2, Hide, 7));
    assert_eq!(values("seen", &state, 7), [0.5, 1.0, -1.0, 0.0]);
    assert_eq!(values("bought", &state, 7), [0.0, 0.5, 0.0, 0.0]);
}

#[test]
fn rates_do_not_punish_a_place_far_down() {
    let mut state = shop();
    for _ in 0..200 {
        state.answered(Some(7), day(60), [(Row(0), 1), (Row(1), 10)].into_iter());
    }
    (0..20).for_each(|actor| state.fold(&signal(10 + actor, 0, types::InteractionKind::Click, 60)));
    (0..10).for_each(|actor| state.fold(&signal(50 + actor, 1, types::InteractionKind::Click, 60)));
    let [first, far_down, never, _] = values("click-rate-7d", &state, 60);
    assert!(far_down > 1.5 * first && (never - 0.1).abs() < 1e-6, "{first} {far_down} {never}");
    let [hour, ..] = values("clicks-1h", &state, 60);
    assert!(hour > 0.0 && values("clicks-1h", &state, 61)[0] < 1e-6, "an hour's clicks are gone after a day");
    assert!(values("clicks-30d", &state, 61)[0] > 0.0);
}

#[test]
fn a_query_for_one_product_is_narrow() {
    let mut state = shop();
    let breadth = |state: &State, query| {
        let asked = Some(AskedQuery { hash: query, words: 2.0 });
        let profile = Profile::default();
        Context { state, profile: &profile, asked, now: day(60) }.query_breadth()
    };
    assert_eq!(breadth(&state, 1), 1.0, "nothing is known");
    for at in 0..60 {
        state.clicked(1, day(60), Row(0));
        state.clicked(2, day(60), Row(at % 12));
    }
    let (narrow, broad) = (breadth(&state, 1), breadth(&state, 2));
    assert!(narrow < 0.2 && broad > 0.9, "{narrow} {broad}");
}

#[test]
fn actors_and_the_catalogue_are_told_in_bounds() {
    let mut state = shop();
    state.set_item(
        Row(0),
        ItemFacts { list_price: Some(10.0), stock: Some(9), margin: Some(0.25), ..facts(5.0, &[0], 0) },
    );
    assert_eq!(values("discount", &state, 1), [0.5, 0.0, 0.0, 0.0]);
    assert_eq!(values("margin", &state, 1)[0], 0.25);
    assert!(values("stock", &state, 1)[0] < 0.5 && values("stock", &state, 1)[1] == 1.0);
    for on in [0, 10, 20] {
        state.fold(&signal(1, 0, Purchase, on));
    }
    assert_eq!(values("purchase-due", &state, 20)[0], -1.0);
    assert!(values("purchase-due", &state, 30)[2].abs() < 0.01);
    assert_eq!(values("session-brand", &state, 20), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(values("session-brand", &state, 21), [0.0; 4], "the visit is over");
    state.forget(Row(1));
    assert_eq!(values("actor-purchases", &state, 30), [0.0; 4]);
}

proptest::proptest! {
    #[test]
    fn every_feature_is_finite_and_bounded_whatever_happened(
        deeds in proptest::collection::vec((0u32..4, 0u32..6, 0usize..11, -20i64..90), 0..60),
        on in -30i64..120,
    ) {
        let mut state = shop();
        for (actor, item, kind, day_of) in deeds {
            let kind = types::InteractionKind::BUILT_IN[kind].clone();
            state.fold(&signal(actor, item, kind, day_of));
            state.answered(Some(3), day(day_of), [(Row(item), actor)].into_iter());
            state.clicked(3, day(day_of), Row(item));
        }
        let profile = state.profile(Some(Row(1)), day(on));
        let asked = Some(AskedQuery { hash: 3, words: 1e9 });
        let context = Context { state: &state, profile: &profile, asked, now: day(on) };
        for feature in all() {
            let mut column = [f32::NAN; 5];
            feature.compute(&context, &[Row(0), Row(1), Row(2), Row(3), Row(99)], &mut column);
            proptest::prop_assert!(
                column.iter().all(|value| (-1.0..=1.0).contains(value)), "{}: {:?}", feature.spec().name, column
            );
        }
    }
}

#[test]
fn fill_leaves_other_columns_alone() {
    let state = shop();
    let features = all();
    let other = FeatureSpec { name: "words", scope: types::FeatureScope::QueryItem, version: 1 };
    let schema = FeatureSchema::new([other].into_iter().chain(schema(&features).specs().iter().cloned()));
    let mut rows = FeatureRows::zeros(schema.clone(), 2);
    rows.column_mut(0).copy_from_slice(&[7.0, 8.0]);
    let context = Context { state: &state, profile: &Profile::default(), asked: None, now: day(30) };
    fill(&features, &context, &[Row(0), Row(3)], &mut rows);
    assert_eq!(rows.column(0), [7.0, 8.0]);
    assert_eq!(rows.column(schema.column("availability").unwrap()), [1.0, 0.0]);
}
