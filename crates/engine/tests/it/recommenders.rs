//! Trained recommenders: learnt from a shop's log, in force without a restart, and left out where they cannot be used.

use engine::{Error, RecommenderTraining, Shop, TRAINED_KINDS};
use learn::recommend::{FitError, Parameters, method};
use serde_json::json;
use types::{Actor, Filter, InteractionKind, Millis, RecommendKind, Request, Settings, ShopId, Slate};

use crate::shop::{Fixture, NOW, deed, id, ids, items, put, user};

const KIND: RecommendKind = RecommendKind::ForYou;

/// `case` is bought most, then `headphones`, `shoes`, `sandals`.
fn sell(shop: &Shop) {
    put(shop, items());
    let sold = [("case", 6), ("headphones", 5), ("shoes", 4), ("sandals", 3)];
    let events = sold.iter().flat_map(|(item, times)| {
        (0..*times).map(move |n| {
            let buyer = format!("buyer-{n}");
            deed(&format!("{buyer} {item}"), InteractionKind::Purchase, &buyer, item)
        })
    });
    shop.append(events.collect()).unwrap();
}

fn training(name: &str) -> RecommenderTraining {
    let method = method(name).unwrap();
    RecommenderTraining { method, parameters: Parameters::new(method.parameters), memory: None, seed: 1, until: None }
}

fn train(shop: &Shop, kind: RecommendKind) -> u32 {
    shop.train_recommender(kind, &training("popular"), json!({ "measure": "none" }), &mut ()).unwrap()
}

fn answer(shop: &Shop, kind: RecommendKind, actor: Actor, seeds: &[&str]) -> Slate {
    let seeds = seeds.iter().map(|seed| id(seed)).collect();
    shop.answer(&Request { seeds, explain: true, ..Request::recommend(kind, actor, NOW) }).unwrap()
}

fn by_model(slate: &Slate) -> Vec<&str> {
    slate.items.iter().filter(|shown| shown.source.as_str() == "model").map(|shown| shown.item.id.as_str()).collect()
}

#[test]
fn a_promoted_model_answers_the_next_request_and_survives_a_restart() {
    let fixture = Fixture::words_only();
    sell(&fixture.shop());
    fixture.shop().append(vec![deed("v", InteractionKind::View, "ann", "sandals")]).unwrap();
    let version = train(&fixture.shop(), KIND);
    assert_eq!((version, fixture.shop().recommender(KIND)), (1, None));
    assert!(by_model(&answer(&fixture.shop(), KIND, user("ann"), &[])).is_empty(), "nothing is in force unasked");
    fixture.shop().promote_recommender(KIND, version).unwrap();
    // What was only looked at is not brought by the model.
    assert_eq!(by_model(&answer(&fixture.shop(), KIND, user("ann"), &[])), ["case", "headphones", "shoes"]);
    let fixture = fixture.reopened();
    assert_eq!(fixture.shop().recommender(KIND), Some(1));
    let slate = answer(&fixture.shop(), KIND, user("ann"), &[]);
    assert_eq!((by_model(&slate).len(), slate.degraded.len()), (3, 0));
    // A stranger has no history: what is popular fills up.
    let stranger = answer(&fixture.shop(), KIND, user("stranger"), &[]);
    assert!(by_model(&stranger).is_empty() && ids(&stranger)[0] == "case");
}

#[test]
fn an_event_changes_the_next_answer_of_a_model() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    sell(&shop);
    shop.promote_recommender(KIND, train(&shop, KIND)).unwrap();
    shop.append(vec![deed("v", InteractionKind::View, "ann", "sandals")]).unwrap();
    assert_eq!(by_model(&answer(&shop, KIND, user("ann"), &[]))[0], "case");
    shop.append(vec![deed("h", InteractionKind::Hide, "ann", "case")]).unwrap();
    assert!(!ids(&answer(&shop, KIND, user("ann"), &[])).contains(&"case"));
    // An item newer than the model has no score of the model's; the live sources may bring it.
    let mut fresh = items().remove(0);
    fresh.id = id("fresh");
    put(&shop, vec![fresh]);
    assert!(!by_model(&answer(&shop, KIND, user("ann"), &[])).contains(&"fresh"));
    let gone = types::EventBody::ItemDeleted(id("headphones"));
    shop.append(vec![crate::shop::event("d", gone)]).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
    assert_eq!(by_model(&answer(&shop, KIND, user("ann"), &[])), ["shoes"]);
}

#[test]
fn filters_hold_inside_the_model_and_pages_about_items_have_models_too() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    sell(&shop);
    for kind in TRAINED_KINDS {
        shop.promote_recommender(kind, train(&shop, kind)).unwrap();
    }
    let filter = Some(Filter::parse("category under \"Sports\"").unwrap());
    let request = Request { filter, page: types::Page { offset: 0, limit: 2, cursor: None }, ..request_of("buyer-5") };
    // The two best of all are no sports goods: a filter afterwards would have left nothing.
    assert_eq!(by_model(&shop.answer(&request).unwrap()), ["shoes", "sandals"]);
    for kind in [RecommendKind::Similar, RecommendKind::BoughtTogether] {
        let slate = answer(&shop, kind, Actor::default(), &["case"]);
        assert_eq!(by_model(&slate), ["headphones", "shoes", "sandals"], "{kind:?}");
    }
    let unseen = Request { exclude_seen: true, ..request_of("buyer-4") };
    assert_eq!(by_model(&shop.answer(&unseen).unwrap()), ["shoes", "sandals"]);
}

fn request_of(buyer: &str) -> Request {
    Request::recommend(KIND, user(buyer), NOW)
}

#[test]
fn steps_back_lead_to_what_is_learnt_live() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    sell(&shop);
    for _ in 0..2 {
        let version = train(&shop, KIND);
        shop.promote_recommender(KIND, version).unwrap();
    }
    let current = || shop.recommender_versions(KIND).unwrap().iter().map(|known| known.current).collect::<Vec<_>>();
    assert_eq!((shop.recommender(KIND), current()), (Some(2), vec![false, true]));
    assert_eq!((shop.roll_back_recommender(KIND).unwrap(), shop.recommender(KIND)), (Some(1), Some(1)));
    assert_eq!((shop.roll_back_recommender(KIND).unwrap(), shop.recommender(KIND)), (None, None));
    assert!(by_model(&answer(&shop, KIND, user("buyer-1"), &[])).is_empty());
    let report = &shop.recommender_versions(KIND).unwrap()[0].report;
    assert_eq!(
        (&report["model"], &report["items"], &report["interactions"]),
        (&json!("popular"), &json!(7), &json!(18))
    );
    assert_eq!(report["evaluation"]["measure"], json!("none"));
}

#[test]
fn unfit_models_are_refused_and_the_live_way_goes_on() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    sell(&shop);
    train(&shop, KIND);
    let error = shop.promote_recommender(KIND, 7).unwrap_err();
    assert!(error.is_user() && error.to_string().contains("no version 7") && error.code() == "unknown_recommender");
    let error = shop.train_recommender(RecommendKind::New, &training("popular"), json!({}), &mut ()).unwrap_err();
    assert!(matches!(error, Error::Field(error) if error.field == "kind"));

    // The model of another shop, put where this shop's should be.
    let settings = Settings { encoders: Vec::new(), ..Settings::default() };
    let other = fixture.engine.create_shop(&ShopId::new("other").unwrap(), settings).unwrap();
    put(&other, items().into_iter().rev().collect());
    let shops = fixture.folder.path().join("shops");
    let (theirs, ours) =
        (shops.join("other/artefacts/recommend.for-you"), shops.join("test/artefacts/recommend.for-you"));
    std::fs::create_dir_all(&theirs).unwrap();
    for file in ["0000000001.model", "0000000001.report"] {
        std::fs::copy(ours.join(file), theirs.join(file)).unwrap();
    }
    let error = other.promote_recommender(KIND, 1).unwrap_err();
    assert!(error.is_user() && error.to_string().contains("another catalogue"), "{error}");
    assert_eq!(other.recommender(KIND), None);

    // One that was in force and is damaged at the next start.
    shop.promote_recommender(KIND, 1).unwrap();
    let path = ours.join("0000000001.model");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    drop((shop, other));
    let fixture = fixture.reopened();
    assert_eq!(fixture.shop().recommender(KIND), None);
    assert!(fixture.shop().recommender_refused(KIND).unwrap().contains("damaged"));
    let slate = answer(&fixture.shop(), KIND, user("buyer-5"), &[]);
    assert!(!slate.items.is_empty() && &*slate.degraded[0].part == "model", "{:?}", slate.degraded);
}

#[test]
fn trainings_that_cannot_be_say_why_and_keep_nothing() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    let error = shop.train_recommender(KIND, &training("popular"), json!({}), &mut ()).unwrap_err();
    assert!(matches!(error, Error::Training { source: FitError::Nothing { .. }, .. }) && error.is_user());
    sell(&shop);
    let small = RecommenderTraining { memory: Some(1), ..training("popular") };
    let error = shop.train_recommender(KIND, &small, json!({}), &mut ()).unwrap_err();
    assert_eq!((error.code(), error.is_user()), ("training_memory", true));
    struct Stop;
    impl learn::recommend::Watcher for Stop {
        fn progress(&mut self, _done: f64, _loss: Option<f64>) -> std::ops::ControlFlow<()> {
            std::ops::ControlFlow::Break(())
        }
    }
    let error = shop.train_recommender(KIND, &training("popular"), json!({}), &mut Stop).unwrap_err();
    assert_eq!(error.code(), "training_cancelled");
    assert!(shop.recommender_versions(KIND).unwrap().is_empty());
    // The same log gives the same model.
    let (one, two) = (train(&shop, KIND), train(&shop, KIND));
    let data = |version: u32| shop.recommender_versions(KIND).unwrap()[version as usize - 1].report["data"].clone();
    assert_eq!(data(one), data(two));
    let known = shop.users();
    assert_eq!(known.iter().map(|user| user.as_str()).collect::<Vec<_>>()[..2], ["buyer-0", "buyer-1"]);
}

#[test]
fn contents_are_what_was_known_at_the_time() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    sell(&shop);
    let now = shop.item_contents(7, None, |_| true, 0).unwrap();
    assert!(now.prices[0] == 199.0 && now.attributes.rows() == 7 && now.dims == 0);
    // The catalogue came with the sales: before, what was sold is known as it first came in.
    let before = shop.item_contents(7, Some(Millis(NOW.0 - 1)), |row| row.0 == 2, 0).unwrap();
    assert_eq!((before.prices[0], before.prices[2]), (0.0, 39.0));
}
