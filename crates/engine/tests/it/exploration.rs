//! Exploration: places given by chance, told in the log, learned from, and gone again with the settings.

use std::sync::Arc;

use engine::{ExplorationSettings, Shop, exploration_from_json};
use serde_json::{Value, json};
use types::{
    Event, EventBody, Filter, Impression, Interaction, InteractionKind, ItemId, Millis, Position, Request, RequestRule,
    Rng, Settings, Slate,
};

use crate::shop::{Fixture, NOW, event, id, item, put, user};

const ITEMS: usize = 16;

fn fixture() -> Fixture {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
    let items = (0..ITEMS).map(|at| item(&format!("boots-{at:02}"), "winter boots", "Northwall", &["Shoes"], 50.0));
    put(&fixture.shop(), items.collect());
    fixture
}

fn settings(policy: &str, changes: &Value) -> ExplorationSettings {
    let mut surface = json!({
        "surface": "search", "policy": policy, "places": [1, 8], "depth": ITEMS, "patience_seconds": 30,
        "budget": {"regret": 1, "revenue_loss": 1, "share": 0.9},
    });
    for (name, value) in changes.as_object().unwrap() {
        surface[name] = value.clone();
    }
    exploration_from_json(&json!({ "surfaces": [surface] })).unwrap()
}

fn request(round: i64) -> Request {
    let actor = user(&format!("visitor {round}"));
    Request { actor, seed: round as u64, ..Request::search("boots", Millis(NOW.0 + 60_000 * round)) }
}

fn ids(slate: &Slate) -> Vec<ItemId> {
    slate.items.iter().map(|shown| shown.item.id.clone()).collect()
}

fn place_of(slate: &Slate, item: &str) -> usize {
    slate.items.iter().position(|shown| shown.item.id.as_str() == item).unwrap()
}

/// A shopper looks down the answer as far as chance lets, and clicks what is liked.
fn visit(shop: &Shop, round: i64, good: &str, rng: &mut Rng) -> Slate {
    let request = request(round);
    let slate = shop.answer(&request).unwrap();
    let mut events = Vec::new();
    for (place, shown) in slate.items.iter().enumerate() {
        let liked = if shown.item.id.as_str() == good { 0.7 } else { 0.1 };
        if rng.unit() < liked / (place as f64 + 1.0).powf(0.7) {
            let mut click = Interaction::new(InteractionKind::Click, request.actor.clone());
            click.item = Some(shown.item.id.clone());
            click.query_id = Some(slate.query_id.clone());
            let name = format!("click {round} {place}");
            events.push(Event { time: request.now, ..event(&name, EventBody::Interaction(click)) });
        }
    }
    shop.append(events).unwrap();
    slate
}

fn impressions(shop: &Shop) -> Vec<Impression> {
    shop.append(Vec::new()).unwrap();
    let logged = shop.events(Position(0), 100_000).unwrap();
    let bodies = logged.into_iter().map(|logged| logged.event.body);
    bodies.filter_map(|body| if let EventBody::Impression(shown) = body { Some(shown) } else { None }).collect()
}

#[test]
fn an_unknown_good_item_is_found_and_rises() {
    for policy in ["thompson", "epsilon-greedy"] {
        let fixture = fixture();
        let shop = fixture.shop();
        let good = "boots-15";
        shop.set_exploration(settings(policy, &json!({}))).unwrap();
        let mut rng = Rng::new(3);
        let mut places = Vec::new();
        for round in 0..300 {
            places.push(place_of(&visit(&shop, round, good, &mut rng), good));
        }
        let late = places[200..].iter().sum::<usize>() as f64 / 100.0;
        assert!(late < 3.0, "{policy}: place {late} on average, at first {:?}", &places[..20]);
        let report = &shop.learning_report().exploration[0];
        assert!(report.intake.learned > 2_000 && report.not_shown == 0, "{report:?}");
        // Replaying the log gives the same bytes.
        assert_eq!(shop.verify().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn without_settings_nothing_moves_and_with_them_only_recorded_first_pages_do() {
    let fixture = fixture();
    let shop = fixture.shop();
    let plain = ids(&shop.answer(&request(0)).unwrap());
    shop.set_exploration(settings("epsilon-greedy", &json!({"strength": 1, "half_life": 0, "budget": {}}))).unwrap();
    // The budget lets few answers explore before there is evidence.
    (1..60).for_each(|round| drop(shop.answer(&request(round)).unwrap()));
    let arms = impressions(&shop).into_iter().flat_map(|impression| impression.arms);
    let exploring = arms.filter(|(name, arm)| &**name == "@exploration" && &**arm == "exploring").count();
    assert!(exploring <= 6, "{exploring} of 59");
    shop.set_exploration(settings("epsilon-greedy", &json!({"strength": 1, "half_life": 0}))).unwrap();
    let moved = (60..80).filter(|round| ids(&shop.answer(&request(*round)).unwrap()) != plain).count();
    assert!(moved > 12, "{moved} of 20");
    let unrecorded = Request { record: false, ..request(80) };
    assert_eq!(ids(&shop.answer(&unrecorded).unwrap()), plain);
    let mut second = request(81);
    (second.page.offset, second.page.limit) = (8, 8);
    assert_eq!(ids(&shop.answer(&second).unwrap()), plain[8..]);
    shop.set_exploration(ExplorationSettings::default()).unwrap();
    assert_eq!(ids(&shop.answer(&request(82)).unwrap()), plain);
    assert!(shop.learning_report().exploration.is_empty());
}

#[test]
fn the_log_tells_the_probability_of_every_place_and_chance_repeats() {
    let run = || {
        let fixture = fixture();
        let shop = fixture.shop();
        shop.set_exploration(settings("boltzmann", &json!({"places": [3, 6], "strength": 0.2, "half_life": 0})))
            .unwrap();
        let mut rng = Rng::new(5);
        let slates: Vec<Slate> = (0..40).map(|round| visit(&shop, round, "boots-09", &mut rng)).collect();
        let slates: Vec<Vec<ItemId>> = slates.iter().map(ids).collect();
        (slates, impressions(&shop))
    };
    let (slates, logged) = run();
    let mut exploring = 0;
    for (slate, impression) in slates.iter().zip(&logged) {
        let arm = impression.arms.iter().find(|(name, _)| &**name == "@exploration").map(|(_, arm)| &**arm);
        exploring += usize::from(arm == Some("exploring"));
        assert!(matches!(arm, Some("exploring" | "greedy")));
        for (place, shown) in impression.shown.iter().enumerate() {
            assert_eq!(shown.item, slate[place]);
            if (2..6).contains(&place) {
                assert!(shown.propensity > 0.0 && shown.propensity < 1.0, "{shown:?}");
            } else {
                assert_eq!(shown.propensity, 1.0);
            }
        }
    }
    assert!((25..40).contains(&exploring), "{exploring} of 40");
    let (again, logged_again) = run();
    assert_eq!(slates, again);
    let propensities = |logged: &[Impression]| -> Vec<f32> {
        logged.iter().flat_map(|impression| impression.shown.iter().map(|shown| shown.propensity)).collect()
    };
    assert_eq!(propensities(&logged), propensities(&logged_again));
}

#[test]
fn pinned_and_buried_items_stay_and_the_explanation_names_the_policy() {
    let fixture = fixture();
    let shop = fixture.shop();
    shop.set_exploration(settings("epsilon-greedy", &json!({"strength": 1, "half_life": 0}))).unwrap();
    let bury = RequestRule::Bury { filter: Filter::parse("id = \"boots-00\"").unwrap() };
    let rules = vec![RequestRule::Pin { item: id("boots-12"), position: 2 }, bury];
    let mut explained = false;
    for round in 0..30 {
        let request = Request { rules: rules.clone(), explain: true, ..request(round) };
        let slate = shop.answer(&request).unwrap();
        assert_eq!(place_of(&slate, "boots-12"), 1);
        assert_eq!(place_of(&slate, "boots-00"), ITEMS - 1);
        let traces = slate.items.iter().flat_map(|shown| shown.explanation.iter().flat_map(|told| &told.rules));
        explained |= traces
            .into_iter()
            .any(|trace| &*trace.rule == "explore" && trace.effect.contains("by epsilon-greedy, probability"));
    }
    assert!(explained);
}

#[test]
fn what_was_learned_survives_a_restart_and_features_are_learned_from() {
    let fixture = fixture();
    let shop = fixture.shop();
    shop.set_exploration(settings("linear-thompson", &json!({}))).unwrap();
    let mut rng = Rng::new(7);
    (0..60).for_each(|round| drop(visit(&shop, round, "boots-09", &mut rng)));
    let before = shop.learning_report().exploration.remove(0);
    assert!(before.intake.learned > 300 && before.intake.refused == 0, "{before:?}");
    let kept = shop.exploration();
    drop(shop);
    let fixture = fixture.reopened();
    let shop: Arc<Shop> = fixture.shop();
    let after = shop.learning_report().exploration.remove(0);
    assert_eq!((after.intake, after.budget, after.waiting), (before.intake, before.budget, before.waiting));
    assert_eq!(shop.exploration(), kept);
    assert_eq!(shop.verify().unwrap(), Vec::<String>::new());
}

#[test]
fn clicks_on_what_was_not_shown_teach_nothing() {
    let fixture = fixture();
    let shop = fixture.shop();
    shop.set_exploration(settings("thompson", &json!({}))).unwrap();
    put(&shop, vec![item("unseen", "sun hat", "Papier", &["Hats"], 10.0)]);
    let slate = shop.answer(&request(0)).unwrap();
    let click = |name: &str, item: &str, query: &str| {
        let mut click = Interaction::new(InteractionKind::Click, user("visitor 0"));
        click.item = Some(id(item));
        click.query_id = Some(types::QueryId::new(query).unwrap());
        event(name, EventBody::Interaction(click))
    };
    let query = slate.query_id.as_str();
    let late = Event { time: Millis(NOW.0 + 31_000), ..click("c", "boots-03", query) };
    shop.append(vec![click("a", "unseen", query), click("b", "boots-03", "no-such-answer"), late]).unwrap();
    let report = shop.learning_report().exploration.remove(0);
    assert_eq!((report.not_shown, report.waiting, report.intake.learned), (1, 1, 0));
    // The next answer comes after the wait: the first is learned from, as shown and not clicked.
    shop.answer(&request(1)).unwrap();
    shop.append(Vec::new()).unwrap();
    assert_eq!(shop.learning_report().exploration[0].intake.learned, ITEMS as u64);
}
