//! What is trained on is what was served.

use std::collections::HashMap;

use engine::{RankerKind, ReplayOptions};
use learn::{LearnedRanker, LinearRanker};
use serde_json::json;
use types::{
    Actor, EventBody, FeatureRows, Filter, Interaction, InteractionKind, ItemId, Millis, Money, QueryId, Request,
    RequestRule, SessionId, Settings, Value,
};

use crate::shop::{Fixture, NOW, event, id, item, user};

fn deed(kind: InteractionKind, actor: &Actor, of: &str, answer: Option<&QueryId>) -> Interaction {
    Interaction { item: Some(id(of)), query_id: answer.cloned(), ..Interaction::new(kind, actor.clone()) }
}

fn catalogue() -> Vec<types::Item> {
    let money = |amount| Value::Money(Money::new(amount, types::Currency::new("EUR").unwrap()).unwrap());
    let mut items: Vec<_> = (0..12)
        .map(|at| {
            let (title, brand) = if at % 2 == 0 { ("wool scarf", "sony") } else { ("羊毛围巾 scarf", "华为") };
            let path: &[&str] = if at % 3 == 0 { &["clothes", "scarves"] } else { &["clothes", "gifts"] };
            item(&format!("i{at}"), &format!("{title} {at}"), brand, path, 5.0 + f64::from(at))
                .with("description", Value::Text(types::Texts::guessed("A warm scarf. 羊毛围巾,保暖。")))
                .with("list_price", money(20.0))
                .with("margin", money(1.0 + f64::from(at) / 10.0))
                .with("rating", Value::Number(3.0 + f64::from(at % 3)))
                .with("rating_count", Value::Number(f64::from(at * 7)))
        })
        .collect();
    items.iter_mut().for_each(|item| item.stock = Some(7));
    items
}

/// Puts the catalogue in, a month ago.
fn stock(shop: &engine::Shop) {
    let body = |item: types::Item| types::Event {
        time: Millis(NOW.0 - 30 * Millis::DAY),
        ..event(&format!("put {}", item.id), EventBody::ItemUpserted(item))
    };
    shop.append(catalogue().into_iter().map(body).collect()).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
}

fn lift() -> RequestRule {
    RequestRule::Boost { filter: Filter::parse("price < 9").unwrap(), factor: 1.2 }
}

/// Serves, clicks and buys for some days; gives the features as they were served, by answer.
fn live(shop: &engine::Shop) -> HashMap<QueryId, (Vec<ItemId>, FeatureRows)> {
    let mut served = HashMap::new();
    let kinds = [InteractionKind::Click, InteractionKind::View, InteractionKind::AddToCart, InteractionKind::Purchase];
    for step in 0..60i64 {
        let now = Millis(NOW.0 - (60 - step) * 5 * 3_600_000);
        let mut actor = user(["ann", "王芳", "bob"][step as usize % 3]);
        actor.session = Some(SessionId::new(format!("visit {}", step / 3)).unwrap());
        let query = ["scarf", "羊毛围巾", "wool scarf 4", "sony scarf"][step as usize / 2 % 4];
        let request = Request {
            actor: actor.clone(),
            personalise: step % 4 != 0,
            rules: vec![lift()],
            device: Some(types::Device::Phone).filter(|_| query.len().is_multiple_of(2)),
            ..Request::search(query, now)
        };
        let (_, features) = shop.answer_with_features(&request).unwrap();
        let slate = shop.answer(&request).unwrap();
        let items: Vec<ItemId> = slate.items.iter().map(|shown| shown.item.id.clone()).collect();
        served.insert(slate.query_id.clone(), (items.clone(), features));
        let mut events = Vec::new();
        for (at, kind) in kinds.iter().enumerate() {
            let chosen = &items[(step as usize + at) % items.len()];
            let name = format!("deed {step} {at}");
            let body = EventBody::Interaction(deed(kind.clone(), &actor, chosen.as_str(), Some(&slate.query_id)));
            events.push(types::Event { time: Millis(now.0 + 1_000), ..event(&name, body) });
        }
        if step % 10 == 9 {
            let body = EventBody::Interaction(deed(InteractionKind::Refund, &actor, "i1", None));
            events.push(event(&format!("back {step}"), body));
            let mut patch = types::ItemPatch::new(id("i2"));
            patch.set("rating", Some(Value::Number(1.0 + step as f64 / 20.0))).unwrap();
            events.push(event(&format!("patch {step}"), EventBody::ItemPatched(patch)));
        }
        shop.append(events).unwrap();
    }
    served
}

/// The features of what cannot be in this shop: it has no encoders and no trained recommender.
const WITHOUT: [&str; 5] = ["vectors", "vectors-place", "vectors-cosine", "feedback", "model"];

#[test]
fn every_feature_is_replayed_as_it_was_served() {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
    let shop = fixture.shop();
    stock(&shop);
    let served = live(&shop);
    let mut replayed = 0;
    let mut told: Vec<bool> = vec![false; shop.feature_schema().width()];
    let report = shop
        .replay_slates(&ReplayOptions::default(), &mut |slate| {
            let (items, features) = &served[&slate.query_id];
            assert_eq!(&slate.items, items);
            for (column, spec) in features.schema().specs().iter().enumerate() {
                let (then, now) = (features.column(column), slate.rows.column(column));
                assert_eq!(then, now, "`{}` in answer {}", spec.name, slate.query_id);
                told[column] |= then.iter().any(|value| *value != 0.0);
            }
            let deeds = slate.outcomes.iter().filter(|outcome| outcome.clicked || outcome.bought).count();
            assert!(deeds >= 1, "{:?}", slate.outcomes);
            replayed += 1;
            true
        })
        .unwrap();
    assert_eq!((replayed, report.slates, report.without_evidence), (60, 60, 0));
    let silent: Vec<&str> = shop
        .feature_schema()
        .specs()
        .iter()
        .zip(&told)
        .filter(|(_, told)| !**told)
        .map(|(spec, _)| spec.name)
        .collect();
    let silent: Vec<&str> = silent.into_iter().filter(|name| !WITHOUT.contains(name)).collect();
    assert!(silent.is_empty(), "these were 0 throughout, so nothing was shown of them: {silent:?}");
}

#[test]
fn replays_survive_a_restart_and_say_what_they_leave_out() {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
    let shop = fixture.shop();
    stock(&shop);
    let served = live(&shop);
    let late = served.keys().min().unwrap().clone();
    let strange = QueryId::new("nobody-answered-this").unwrap();
    let ann = user("ann");
    let odd = [
        deed(InteractionKind::Click, &ann, "i1", Some(&strange)),
        deed(InteractionKind::Click, &ann, "not-shown", Some(&late)),
        deed(InteractionKind::Purchase, &ann, "i1", Some(&late)),
    ];
    let odd = odd.into_iter().enumerate();
    let times = [NOW, Millis(NOW.0 - 59 * 5 * 3_600_000), Millis(NOW.0 + 3_600_000)];
    let odd = odd.map(|(at, deed)| types::Event {
        time: times[at],
        ..event(&format!("odd {at}"), EventBody::Interaction(deed))
    });
    shop.append(odd.collect()).unwrap();
    drop(shop);
    let fixture = fixture.reopened();
    let mut seen = 0;
    let options = ReplayOptions { slates: 20, ..ReplayOptions::default() };
    let report = fixture.shop().replay_slates(&options, &mut |slate| {
        seen += 1;
        let (_, features) = &served[&slate.query_id];
        (0..features.schema().width())
            .for_each(|column| assert_eq!(features.column(column), slate.rows.column(column)));
        true
    });
    let report = report.unwrap();
    assert_eq!((seen, report.slates), (20, 20));
    assert!(report.unknown_answer >= 1, "{report:?}");
    let all = fixture.shop().replay_slates(&ReplayOptions::default(), &mut |_| true).unwrap();
    assert_eq!(all.slates, 60);
    assert_eq!(all.unknown_answer, 1);
    assert_eq!(all.never_shown + all.out_of_time, 2, "{all:?}");
    let stopped = fixture.shop().replay_slates(&ReplayOptions::default(), &mut |_| false).unwrap();
    assert_eq!(stopped.slates, 1, "told to stop at the first");
}

#[test]
fn a_ranker_is_kept_put_in_force_and_taken_back() {
    let fixture = Fixture::new(Settings {
        encoders: Vec::new(),
        log_impressions: false,
        takeover_minutes: 0.0,
        ..Settings::default()
    });
    let shop = fixture.shop();
    stock(&shop);
    let search =
        |shop: &engine::Shop| shop.answer(&Request { explain: true, ..Request::search("scarf", NOW) }).unwrap();
    let plain = search(&shop);
    assert_eq!(&*plain.ranker, "retrieval@1");
    let dearest = LinearRanker::new("dear", shop.feature_schema(), 0.0, &[("retrieval", 0.001), ("price", 1.0)]);
    let version = shop.keep_ranker(RankerKind::Search, &LearnedRanker::linear(&dearest), &json!({})).unwrap();
    assert_eq!((version, shop.ranker(RankerKind::Search)), (1, None));
    assert_eq!(shop.promote_ranker(RankerKind::Search, 7).unwrap_err().code(), "unknown_ranker");
    shop.promote_ranker(RankerKind::Search, 1).unwrap();
    drop(shop);
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    let dear = search(&shop);
    assert_eq!(&*dear.ranker, "search@1");
    assert_eq!(dear.items[0].item.id.as_str(), "i11", "the dearest");
    for shown in &dear.items {
        let told = shown.explanation.as_ref().unwrap();
        let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
        assert!((sum - shown.score).abs() < 1e-4, "{sum} {}", shown.score);
    }
    let untrained = shop.answer(&Request { trained_ranker: false, ..Request::search("scarf", NOW) }).unwrap();
    let ids = |slate: &types::Slate| slate.items.iter().map(|shown| shown.item.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&untrained), ids(&plain));
    assert_eq!(shop.roll_back_ranker(RankerKind::Search).unwrap(), None);
    assert_eq!(ids(&search(&shop)), ids(&plain));
}

#[test]
fn a_ranker_takes_over_without_a_jump() {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), log_impressions: false, ..Settings::default() });
    let shop = fixture.shop();
    stock(&shop);
    let best = |shop: &engine::Shop, minutes: i64| {
        let now = Millis(NOW.0 + minutes * 60_000);
        let slate = shop.answer(&Request { explain: true, ..Request::search("scarf", now) }).unwrap();
        for shown in &slate.items {
            let told = shown.explanation.as_ref().unwrap();
            let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
            assert!((sum - shown.score).abs() < 1e-4, "{sum} {}", shown.score);
        }
        let score = slate.items.iter().find(|shown| shown.item.id.as_str() == "i11").unwrap().score;
        (slate.ranker.to_string(), score)
    };
    let (_, untrained) = best(&shop, 0);
    for (number, weight) in [(1, 2.0), (2, 4.0)] {
        let ranker = LinearRanker::new("x", shop.feature_schema(), 0.0, &[("retrieval", 1.0), ("price", weight)]);
        shop.keep_ranker(RankerKind::Search, &LearnedRanker::linear(&ranker), &json!({})).unwrap();
        assert_eq!(best(&shop, 60).1, if number == 1 { untrained } else { best(&shop, 30).1 });
        let before = best(&shop, 60).1;
        shop.promote_ranker(RankerKind::Search, number).unwrap();
        let (begun, half, done) = (best(&shop, 0), best(&shop, 5), best(&shop, 10));
        let names = if number == 1 { ("retrieval@1>search@1", "search@1") } else { ("search@1>search@2", "search@2") };
        assert_eq!((&*begun.0, &*half.0, &*done.0), (names.0, names.0, names.1));
        assert!((begun.1 - before).abs() < 1e-5, "no jump: {before} {}", begun.1);
        assert!((half.1 - (before + done.1) / 2.0).abs() < 1e-4 && done.1 > before, "{before} {half:?} {done:?}");
    }
    assert_eq!(shop.roll_back_ranker(RankerKind::Search).unwrap(), Some(1));
    assert_eq!(best(&shop, 0).0, "search@1", "what does harm goes at once");
}

/// Rows of the shop's features of which the cheap are clicked and the dear are bought.
fn outcomes(schema: &types::FeatureSchema, seed: u64) -> learn::OutcomeRows {
    let (price, mut rng) = (schema.column("price").unwrap(), types::Rng::new(seed));
    let mut values = vec![vec![0.0; 1_500]; schema.width()];
    values[price].fill_with(|| rng.unit() as f32);
    let mut labels = [const { Vec::new() }; 4];
    for dear in &values[price] {
        let (clicked, bought) = (rng.unit() < 0.8 * f64::from(1.0 - dear), rng.unit() < 0.5 * f64::from(*dear));
        let followed = [clicked || bought, bought, bought, false];
        labels.iter_mut().zip(followed).for_each(|(label, followed)| label.push(f32::from(u8::from(followed))));
    }
    let columns = learn::trees::TreeColumn::of(schema);
    learn::OutcomeRows { rows: learn::trees::TrainingRows { columns, values, ..Default::default() }, labels }
}

#[test]
fn what_outcomes_are_worth_is_the_shops_to_say() {
    let fixture = Fixture::new(Settings {
        encoders: Vec::new(),
        log_impressions: false,
        takeover_minutes: 0.0,
        ..Settings::default()
    });
    let shop = fixture.shop();
    stock(&shop);
    let schema = shop.feature_schema();
    let mut rng = types::Rng::new(1);
    let heads = learn::ValueHeads::fit(&schema, &outcomes(&schema, 2), &outcomes(&schema, 3), 1.0, &mut rng).unwrap();
    let linear = LinearRanker::new("x", schema.clone(), 0.0, &[("retrieval", 0.001)]);
    let ranker = LearnedRanker::with_value(&linear, heads, 1.0);
    let version = shop.keep_ranker(RankerKind::Search, &ranker, &json!({})).unwrap();
    shop.promote_ranker(RankerKind::Search, version).unwrap();
    // Mean price of the first three, after what each outcome is worth was said.
    let price = |click: f32, purchase: f32| {
        let value_weights = types::ValueWeights { click, cart: 0.0, purchase, returned: 0.0, margin: 0.0 };
        shop.set_settings(Settings { value_weights, ..Settings::clone(&shop.settings()) }).unwrap();
        let slate = shop.answer(&Request { explain: true, ..Request::search("围巾 scarf", NOW) }).unwrap();
        for shown in &slate.items {
            let told = shown.explanation.as_ref().unwrap();
            let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
            assert!((sum - shown.score).abs() < 1e-4, "{sum} {}", shown.score);
            assert_eq!(
                told.value.iter().map(|part| part.head).collect::<Vec<_>>(),
                ["click", "cart", "purchase", "return"]
            );
        }
        let price = |shown: &types::SlateItem| match shown.item.get("price") {
            Some(Value::Money(price)) => price.amount(),
            other => panic!("{other:?}"),
        };
        slate.items.iter().take(3).map(price).sum::<f64>() / 3.0
    };
    let (clicks, sales) = (price(1.0, 0.0), price(0.0, 5.0));
    assert!(clicks + 3.0 < sales, "{clicks} {sales}");
}

#[test]
fn taste_does_not_bend_a_query_for_one_product() {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), takeover_minutes: 0.0, ..Settings::default() });
    let shop = fixture.shop();
    stock(&shop);
    // Ann likes 华为; everybody who types "wool scarf 4" clicks the scarf of that name, of another brand.
    let likes = (0..8).map(|at| {
        let body = EventBody::Interaction(deed(InteractionKind::Purchase, &user("ann"), "i5", None));
        event(&format!("likes {at}"), body)
    });
    shop.append(likes.collect()).unwrap();
    for step in 0..60 {
        let actor = user(&format!("u{step}"));
        let slate = shop.answer(&Request { actor: actor.clone(), ..Request::search("wool scarf 4", NOW) }).unwrap();
        let click = EventBody::Interaction(deed(InteractionKind::Click, &actor, "i4", Some(&slate.query_id)));
        shop.append(vec![event(&format!("click {step}"), click)]).unwrap();
    }
    let weights = [("retrieval", 1.0), ("brand-affinity", 2.0)];
    let fond = LinearRanker::new("fond", shop.feature_schema(), 0.0, &weights);
    let version = shop.keep_ranker(RankerKind::Search, &LearnedRanker::linear(&fond), &json!({})).unwrap();
    shop.promote_ranker(RankerKind::Search, version).unwrap();
    // How much a shopper's taste moves the items of an answer apart, and what stands first.
    let asked = |query: &str| {
        let request = Request {
            actor: user("ann"),
            personalise: true,
            explain: true,
            record: false,
            ..Request::search(query, NOW)
        };
        let slate = shop.answer(&request).unwrap();
        let taste = |shown: &types::SlateItem| {
            let told = &shown.explanation.as_ref().unwrap().contributions;
            told.iter().find(|part| &*part.feature == "brand-affinity").map_or(0.0, |part| part.contribution)
        };
        let all = || slate.items.iter().map(taste);
        (all().fold(f32::MIN, f32::max) - all().fold(f32::MAX, f32::min), slate.items[0].item.id.clone())
    };
    let (broad, _) = asked("scarf");
    let (narrow, first) = asked("wool scarf 4");
    assert!(broad > 0.2 && narrow < 0.25 * broad, "{broad} {narrow}");
    assert_eq!(first.as_str(), "i4");
}

#[test]
fn a_ranker_that_reads_other_features_is_refused() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    let spec = types::FeatureSpec { name: "price", scope: types::FeatureScope::Item, version: 99 };
    let other = LinearRanker::new("other", types::FeatureSchema::new([spec]), 0.0, &[("price", 1.0)]);
    let refused = shop.keep_ranker(RankerKind::Search, &LearnedRanker::linear(&other), &json!({})).unwrap_err();
    assert_eq!(refused.code(), "ranker_unfit");
    assert!(refused.to_string().contains("`price` in version 99"), "{refused}");
}

#[test]
fn clicks_move_the_next_answer_and_a_replay_gives_the_same_learner() {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), online_learning: 0.5, ..Settings::default() });
    let shop = fixture.shop();
    stock(&shop);
    for query in ["scarf", "羊毛围巾"] {
        let search = || shop.answer(&Request { explain: true, ..Request::search(query, NOW) }).unwrap();
        let before = search();
        let last = before.items.last().unwrap().item.id.clone();
        for click in 0..6 {
            let slate = search();
            // The impression is logged beside the answer; what follows waits for it in the writer's queue.
            let body = EventBody::Interaction(deed(
                InteractionKind::Click,
                &user(&format!("u{click}")),
                last.as_str(),
                Some(&slate.query_id),
            ));
            shop.append(vec![event(&format!("click {query} {click}"), body)]).unwrap();
        }
        let after = search();
        let place = |slate: &types::Slate| slate.items.iter().position(|shown| shown.item.id == last).unwrap();
        assert!(place(&after) < place(&before), "{query}: {} → {}", place(&before), place(&after));
        let shown = &after.items[place(&after)];
        let told = shown.explanation.as_ref().unwrap();
        let sum: f32 = told.base + told.contributions.iter().map(|part| part.contribution).sum::<f32>();
        assert!((sum - shown.score).abs() < 1e-4);
        assert!(told.contributions.iter().any(|part| &*part.feature == "clicks of late" && part.contribution > 0.0));
    }
    let differences = shop.verify().unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

/// Answers of a ranker, a minute apart, of which every `clicked_each`th is clicked.
fn answers(ranker: &str, from: i64, count: i64, clicked_each: i64) -> Vec<types::Event> {
    let mut events = Vec::new();
    for number in from..from + count {
        let time = Millis(NOW.0 + number * 60_000);
        let query_id = QueryId::new(format!("answer {number}")).unwrap();
        let shown = types::Shown {
            item: id("i1"),
            position: 1,
            score: 1.0,
            propensity: 1.0,
            source: types::SourceId::new("words"),
        };
        let answer = types::Impression {
            query_id: query_id.clone(),
            actor: user(&format!("u{number}")),
            surface: types::Surface::Search,
            query: Some(std::sync::Arc::from("羊毛围巾")),
            shown: vec![shown],
            ranker: std::sync::Arc::from(ranker),
            arms: Vec::new(),
            evidence: types::Evidence::default(),
        };
        events.push(types::Event { time, ..event(&format!("shown {number}"), EventBody::Impression(answer)) });
        if number % clicked_each == 0 {
            let click = deed(InteractionKind::Click, &user(&format!("u{number}")), "i1", Some(&query_id));
            let time = Millis(time.0 + 1_000);
            events.push(types::Event { time, ..event(&format!("clicked {number}"), EventBody::Interaction(click)) });
        }
    }
    events
}

#[test]
fn a_ranker_under_which_fewer_click_is_taken_back() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    stock(&shop);
    let any = LinearRanker::new("any", shop.feature_schema(), 0.0, &[("retrieval", 1.0)]);
    for version in [1, 2] {
        shop.keep_ranker(RankerKind::Search, &LearnedRanker::linear(&any), &json!({})).unwrap();
        shop.promote_ranker(RankerKind::Search, version).unwrap();
    }
    let mut watch = engine::RankerWatch::default();
    shop.append(answers("search@1", 0, 1_500, 2)).unwrap();
    shop.append(answers("search@2", 1_500, 1_500, 2)).unwrap();
    assert_eq!(shop.roll_back_harmful_rankers(&mut watch).unwrap(), [], "as many click as before");
    shop.append(answers("search@1", 3_000, 1_000, 2)).unwrap();
    shop.append(answers("search@2", 4_000, 1_500, 5)).unwrap();
    let taken_back = shop.roll_back_harmful_rankers(&mut watch).unwrap();
    let [engine::RolledBack { kind: RankerKind::Search, version: 2, now: Some(1), clicked: (before, after) }] =
        taken_back[..]
    else {
        panic!("{taken_back:?}")
    };
    assert!(before > 0.45 && after < 0.4, "{before} {after}");
    assert_eq!(shop.ranker(RankerKind::Search), Some(1));
    assert_eq!(shop.roll_back_harmful_rankers(&mut watch).unwrap(), []);
}
