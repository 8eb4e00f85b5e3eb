//! Strategies: followed at random, learnt from what whole sessions brought, and let out only behind proof.

use engine::{LearnMethod, Shop, StrategyOrder, experiment_from_json, strategies_from_json, strategies_to_json};
use serde_json::{Value, json};
use types::{Event, EventBody, Followed, Interaction, InteractionKind, Millis, Position, Request, Settings};

use crate::shop::{Fixture, NOW, event, item, put, user};

fn fixture() -> Fixture {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
    let shop = fixture.shop();
    let goods = (0..8).map(|number| {
        let brand = if number % 2 == 0 { "Northwall" } else { "朵朵" };
        item(&format!("b{number}"), "boots 靴子", brand, &["Shoes"], 50.0 + f64::from(number))
    });
    put(&shop, goods.collect());
    fixture
}

fn set_strategies(shop: &Shop) {
    let first = |brand: &str| json!({"rules": [{"boost": {"filter": format!("brand = \"{brand}\""), "factor": 3}}]});
    let document = json!({"strategies": [
        {"name": "northwall-first", "changes": first("Northwall")}, {"name": "朵朵-first", "changes": first("朵朵")},
    ], "worth": {"click": 1}});
    shop.set_strategies(&strategies_from_json(&document, &shop.settings()).unwrap()).unwrap();
}

fn start(shop: &Shop, id: &str, arm: &Value) -> engine::Result<()> {
    let definition = json!({"id": id, "arms": [{"name": "control", "share": 0.001}, arm], "guardrails": [{"metric": "conversion", "tolerated": 0.5}]});
    shop.start_experiment(experiment_from_json(&definition, &shop.settings()).unwrap()).map(drop)
}

/// Visitors who ask twice, and say what they followed: first they look at what is of the one brand and stands first, then they buy what is of the
/// other.
fn visits(shop: &Shop, day: i64, visitors: usize) -> [Vec<Followed>; 2] {
    let ask = |step: i64, kind: InteractionKind, brand: usize| {
        let mut events = Vec::new();
        for visitor in 0..visitors {
            let (actor, time) = (user(&format!("{day} {visitor}")), Millis(NOW.0 + day * 86_400_000 + step * 60_000));
            let request = Request { actor: actor.clone(), ..Request::search("靴子", time) };
            let slate = shop.answer(&request).unwrap();
            let first = &slate.items[0].item.id;
            if first.as_str()[1..].parse::<usize>().unwrap() % 2 == brand {
                let mut deed = Interaction::new(kind.clone(), actor);
                (deed.item, deed.query_id) = (Some(first.clone()), Some(slate.query_id.clone()));
                let name = format!("{day} {visitor} {step}");
                events.push(Event { time: Millis(time.0 + 1_000), ..event(&name, EventBody::Interaction(deed)) });
            }
        }
        shop.append(events).unwrap();
    };
    let before = shop.stats().unwrap().events;
    ask(0, InteractionKind::Click, 0);
    let between = shop.stats().unwrap().events;
    ask(5, InteractionKind::Purchase, 1);
    let followed = |from: u64, until: u64| {
        let events = shop.events(Position(from), 100_000).unwrap();
        let of = |event: &Event| match &event.body {
            EventBody::Impression(answer) => answer.evidence.followed.clone(),
            _ => None,
        };
        events
            .iter()
            .filter(|logged| logged.position < Position(until))
            .filter_map(|logged| of(&logged.event))
            .collect()
    };
    [followed(before, between), followed(between, shop.stats().unwrap().events)]
}

fn share(followed: &[Followed], name: &str) -> f64 {
    followed.iter().filter(|one| &*one.strategy == name).count() as f64 / followed.len() as f64
}

#[test]
fn what_sessions_bring_is_learnt_and_let_out_only_behind_proof() {
    let fixture = fixture();
    let shop = fixture.shop();
    let random = json!({"name": "random", "changes": {"strategy": "random"}});
    assert_eq!(start(&shop, "early", &random).unwrap_err().code(), "strategies_missing");
    assert_eq!(shop.train_strategy(&StrategyOrder::default()).unwrap_err().code(), "strategies_missing");
    set_strategies(&shop);
    assert_eq!(shop.train_strategy(&StrategyOrder::default()).unwrap_err().code(), "strategies_unlearnt");
    start(&shop, "gather", &random).unwrap();
    let [first, second] = visits(&shop, 0, 500);
    assert!(first.len() > 450 && second.len() > 450, "{} {}", first.len(), second.len());
    assert!(first.iter().all(|one| one.probability == 0.5) && (0.4..0.6).contains(&share(&first, "northwall-first")));
    let changed = engine::Strategies::default();
    assert_eq!(shop.set_strategies(&changed).unwrap_err().code(), "experiment_running");

    let learned = json!({"name": "learned", "changes": {"strategy": "learned"}});
    assert_eq!(start(&shop, "late", &learned).unwrap_err().code(), "strategies_missing");
    let unreachable = StrategyOrder { gain_min: 100.0, method: LearnMethod::Reinforce, ..StrategyOrder::default() };
    let unproven = shop.train_strategy(&unreachable).unwrap();
    assert!(
        !unproven.may_act && unproven.document["reason"].as_str().unwrap().contains("100"),
        "{:?}",
        unproven.document
    );
    assert_eq!(shop.promote_strategy(unproven.version).unwrap_err().code(), "strategy_unproven");
    for method in [LearnMethod::Reinforce, LearnMethod::DeepQ] {
        let report = shop.train_strategy(&StrategyOrder { method, ..StrategyOrder::default() }).unwrap();
        assert!(
            report.may_act && report.document["judged"]["gain_at_least"].as_f64().unwrap() > 0.0,
            "{:?}",
            report.document
        );
        assert_eq!(report.document["answers"], first.len() + second.len());
        shop.promote_strategy(report.version).unwrap();
        assert_eq!(shop.learned_strategy(), Some(report.version));
    }
    let reckless = json!({"id": "late", "arms": [{"name": "control"}, learned]});
    let reckless = experiment_from_json(&reckless, &shop.settings()).unwrap();
    assert_eq!(shop.start_experiment(reckless).unwrap_err().code(), "guardrail_missing");
    shop.stop_experiment("gather", "enough").unwrap();
    start(&shop, "late", &learned).unwrap();
    drop(shop);
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    let [first, second] = visits(&shop, 1, 100);
    assert!(share(&first, "northwall-first") > 0.8, "new in the session");
    assert!(share(&second, "朵朵-first") > 0.6, "{}", share(&second, "朵朵-first"));
    assert!(first.iter().all(|one| one.probability > 0.0 && one.probability < 1.0), "what it does can be learnt from");
    shop.withdraw_strategy().unwrap();
    let [first, _] = visits(&shop, 2, 5);
    assert!(first.is_empty() && shop.learned_strategy().is_none(), "nothing is followed any more");
    shop.stop_experiment("late", "enough").unwrap();
    shop.set_strategies(&changed).unwrap();
    assert_eq!(strategies_to_json(&shop.strategies())["strategies"], json!([]));
}
