//! Experiments: arms in requests and impressions, reports of the log, stops.

use std::sync::Arc;

use engine::{FlagReason, Shop, Verdict, experiment_from_json};
use learn::experiments::{Attributes, Metric};
use serde_json::{Value, json};
use types::{
    Actor, Currency, Event, EventBody, Impression, Interaction, InteractionKind, Millis, Money, QueryId, Request,
    Settings, Shown, SourceId, Surface,
};

use crate::shop::{Fixture, NOW, event, id, item, put, user};

fn fixture() -> Fixture {
    let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
    put(
        &fixture.shop(),
        vec![
            item("red", "red boots", "Northwall", &["Shoes"], 50.0),
            item("blue", "blue boots", "Papier", &["Shoes"], 60.0),
        ],
    );
    fixture
}

fn start(shop: &Shop, definition: &Value) {
    let experiment = experiment_from_json(definition, &shop.settings()).unwrap();
    shop.start_experiment(experiment).unwrap();
}

fn two_arms() -> Value {
    json!({"id": "brands", "metrics": ["conversion", "revenue"], "visitors_planned": 1000, "arms": [
        {"name": "control"},
        {"name": "one-brand", "changes": {"rules": [{"hide": {"filter": "brand = \"Papier\""}}]}, "value": {"brands": 1}},
    ]})
}

/// The arm of a visitor, as front ends are told.
fn arm(shop: &Shop, actor: &Actor, id: &str) -> Arc<str> {
    shop.flag(id, actor, &Attributes::default()).unwrap().variant
}

fn shown(name: &str, actor: &Actor, experiment: &str, arm: &str, time: i64) -> Event {
    let shown = ["red", "blue"].into_iter().zip(1..).map(|(item, position)| Shown {
        item: id(item),
        position,
        score: 1.0,
        propensity: 1.0,
        source: SourceId::interned("words"),
    });
    let impression = Impression {
        query_id: QueryId::new(name).unwrap(),
        actor: actor.clone(),
        surface: Surface::Search,
        query: Some(Arc::from("boots")),
        shown: shown.collect(),
        ranker: Arc::from("test"),
        arms: vec![(Arc::from(experiment), Arc::from(arm))],
        evidence: types::Evidence { took_ms: Some(12), ..types::Evidence::default() },
    };
    Event { time: Millis(NOW.0 + time), ..event(&format!("shown {name}"), EventBody::Impression(impression)) }
}

fn did(name: &str, kind: InteractionKind, actor: &Actor, time: i64) -> Event {
    let mut interaction = Interaction::new(kind, actor.clone());
    interaction.item = Some(id("red"));
    interaction.value = Some(Money::new(20.0, Currency::new("EUR").unwrap()).unwrap());
    Event { time: Millis(NOW.0 + time), ..event(name, EventBody::Interaction(interaction)) }
}

/// Visitors of whom one in `every.0` of the control and one in `every.1` of the others buys.
fn visit(shop: &Shop, experiment: &str, visitors: std::ops::Range<usize>, every: (usize, usize)) {
    let mut events = Vec::new();
    for visitor in visitors {
        let actor = user(&format!("visitor {visitor}"));
        let arm = arm(shop, &actor, experiment);
        events.push(shown(&format!("{experiment} {visitor}"), &actor, experiment, &arm, 0));
        let buys = if &*arm == "control" { visitor.is_multiple_of(every.0) } else { visitor.is_multiple_of(every.1) };
        if buys {
            events.push(did(&format!("{experiment} bought {visitor}"), InteractionKind::Purchase, &actor, 60_000));
        }
    }
    shop.append(events).unwrap();
}

#[test]
fn an_arm_changes_the_request_and_is_in_the_impression() {
    let fixture = fixture();
    let shop = fixture.shop();
    start(&shop, &two_arms());
    let mut seen = [0, 0];
    for visitor in 0..20 {
        let actor = user(&format!("visitor {visitor}"));
        let request = Request { actor: actor.clone(), ..Request::search("boots", NOW) };
        let slate = shop.answer(&request).unwrap();
        let is_treated = &*arm(&shop, &actor, "brands") == "one-brand";
        assert_eq!(slate.items.len(), if is_treated { 1 } else { 2 });
        seen[usize::from(is_treated)] += 1;
        // What no shopper sees, and those who are nobody, are in no experiment.
        assert_eq!(shop.answer(&Request { record: false, ..request }).unwrap().items.len(), 2);
    }
    assert!(seen[0] > 3 && seen[1] > 3, "{seen:?}");
    assert_eq!(shop.answer(&Request::search("boots", NOW)).unwrap().items.len(), 2);
    // An append waits for what the writer was handed before.
    shop.append(Vec::new()).unwrap();
    let logged = shop.events(types::Position(0), 1000).unwrap();
    let impressions = logged.iter().filter_map(|logged| match &logged.event.body {
        EventBody::Impression(impression) => Some(impression),
        _ => None,
    });
    for impression in impressions {
        let expected = impression.actor.key().map(|_| (Arc::from("brands"), arm(&shop, &impression.actor, "brands")));
        assert_eq!(impression.arms, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(impression.evidence.took_ms, Some(0));
    }
    shop.stop_experiment("brands", "enough").unwrap();
    let request = Request { actor: user("visitor 1"), ..Request::search("boots", NOW) };
    assert_eq!(shop.answer(&request).unwrap().items.len(), 2);
    assert_eq!(shop.flag("brands", &user("visitor 1"), &Attributes::default()).unwrap().reason, FlagReason::Disabled);
}

#[test]
fn a_report_finds_the_better_arm_and_counts_what_it_leaves_out() {
    let fixture = fixture();
    let shop = fixture.shop();
    start(&shop, &two_arms());
    assert_eq!(shop.experiment_report("brands").unwrap().verdict, Verdict::TooEarly);
    visit(&shop, "brands", 0..600, (5, 2));
    let report = shop.experiment_report("brands").unwrap();
    assert_eq!(report.verdict, Verdict::Better(Arc::from("one-brand")));
    assert_eq!(report.arms.iter().map(|arm| arm.visitors).sum::<u64>(), 600);
    assert!(!report.mismatch.unwrap().is_mismatch);
    let conversion = report.metrics[0].comparisons[0].measured.as_ref().unwrap();
    assert!(
        (conversion.effect.control.value - 0.2).abs() < 0.05 && (conversion.effect.treatment.value - 0.5).abs() < 0.08
    );
    assert!(conversion.choice.best > 0.999 && conversion.p_value_holm < 1e-6);
    assert_eq!(report.metrics[1].metric, Metric::Revenue);

    // A deed told twice, a click on what was not shown, a bot, a guest of two arms, an arm nobody knows, a wrong clock.
    let bot = user("bot");
    let mut events: Vec<Event> =
        (0..70).map(|slate| shown(&format!("bot {slate}"), &bot, "brands", "control", slate)).collect();
    let once = user("visitor 10");
    events.push(did("told again", InteractionKind::Purchase, &once, 60_000));
    events.push(did("unshown", InteractionKind::Click, &once, 61_000));
    let both = user("both");
    events.push(shown("both 1", &both, "brands", "control", 0));
    events.push(shown("both 2", &both, "brands", "one-brand", 1));
    events.push(shown("nobody's arm", &both, "brands", "purple", 2));
    events.push(did("tomorrow", InteractionKind::Purchase, &once, 86_400_000));
    shop.append(events).unwrap();
    let report = shop.experiment_report("brands").unwrap();
    let counts = report.counts;
    assert_eq!((counts.bots, counts.crossed, counts.duplicates), (1, 1, 1));
    assert_eq!((counts.clicks_unshown, counts.arms_unknown, counts.from_the_future), (1, 1, 1));
    assert_eq!(report.arms.iter().map(|arm| arm.visitors).sum::<u64>(), 600);
    let again = report.metrics[0].comparisons[0].measured.as_ref().unwrap();
    assert_eq!(again.effect.difference, conversion.effect.difference);
}

#[test]
fn a_harmful_arm_is_stopped_and_a_harmless_one_is_not() {
    let fixture = fixture();
    let shop = fixture.shop();
    let arms = json!([{"name": "control"}, {"name": "bad"}, {"name": "worse"}]);
    let guardrails = json!([{"metric": "conversion", "tolerated": 0.05}]);
    start(&shop, &json!({"id": "harmless", "arms": arms, "guardrails": guardrails, "visitors_planned": 1000}));
    visit(&shop, "harmless", 0..900, (2, 2));
    assert_eq!(shop.stop_harmful_arms().unwrap(), []);
    start(&shop, &json!({"id": "harmful", "arms": arms, "guardrails": guardrails, "visitors_planned": 1000}));
    visit(&shop, "harmful", 0..900, (2, 20));
    let stopped = shop.stop_harmful_arms().unwrap();
    let arms: Vec<&str> = stopped.iter().map(|stopped| &*stopped.arm).collect();
    assert_eq!(arms, ["bad", "worse"]);
    let ended = shop.experiment("harmful").unwrap();
    assert!(!ended.is_running() && ended.reasons.len() == 2, "{:?}", ended.reasons);
    assert!(shop.experiment("harmless").unwrap().is_running());
    // The arm that went first has its visitors still, apart from the comparison.
    let report = shop.experiment_report("harmful").unwrap();
    assert!(report.arms[1].is_removed && report.arms[1].visitors > 200);
    assert_eq!(report.metrics[0].comparisons.len(), 1);
    assert_eq!(shop.stop_harmful_arms().unwrap(), []);
}

#[test]
fn experiments_survive_a_restart() {
    let fixture = fixture();
    let shop = fixture.shop();
    start(&shop, &two_arms());
    start(&shop, &json!({"id": "second", "ramp": 0.1, "arms": [{"name": "a"}, {"name": "b"}]}));
    shop.ramp_experiment("second", 0.4).unwrap();
    visit(&shop, "brands", 0..300, (5, 2));
    let (before, reported) = (shop.experiments(), shop.experiment_report("brands").unwrap());
    drop(shop);
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    assert_eq!(shop.experiments(), before);
    let again = shop.experiment_report("brands").unwrap();
    assert_eq!((again.arms, again.counts), (reported.arms, reported.counts));
    // A name that the log knows is not given out again; what runs is not forgotten.
    let definition = experiment_from_json(&two_arms(), &shop.settings()).unwrap();
    assert_eq!(shop.start_experiment(definition).unwrap_err().code(), "experiment_exists");
    assert_eq!(shop.forget_experiment("brands").unwrap_err().code(), "experiment_running");
    assert_eq!(shop.experiment_report("third").unwrap_err().code(), "unknown_experiment");
}

/// Visitors of an interleaved experiment who click the first result that `likes`, if any.
fn share(shop: &Shop, visitors: std::ops::Range<usize>, likes: &dyn Fn(&str) -> bool) {
    let mut events = Vec::new();
    for visitor in visitors {
        let actor = user(&format!("visitor {visitor}"));
        let request = Request { actor: actor.clone(), ..Request::search("boots 靴子", NOW) };
        let slate = shop.answer(&request).unwrap();
        let Some(liked) = slate.items.iter().find(|shown| likes(shown.item.id.as_str())) else { continue };
        for told in 0..2 {
            let mut click = Interaction::new(InteractionKind::Click, actor.clone());
            (click.item, click.query_id) = (Some(liked.item.id.clone()), Some(slate.query_id.clone()));
            events.push(event(&format!("click {visitor} {told}"), EventBody::Interaction(click)));
        }
    }
    shop.append(events).unwrap();
}

#[test]
fn interleaved_arms_share_answers_and_clicks_tell_whose_are_better() {
    for how in ["team-draft", "optimised"] {
        let fixture = Fixture::new(Settings { encoders: Vec::new(), ..Settings::default() });
        let shop = fixture.shop();
        let names = (0..8).map(|number| {
            let brand = if number % 2 == 0 { "Northwall" } else { "Papier" };
            item(&format!("b{number}"), "boots 靴子", brand, &["Shoes"], 50.0 + f64::from(number))
        });
        put(&shop, names.collect());
        let lifted = json!({"rules": [{"boost": {"filter": "brand = \"Papier\"", "factor": 2}}]});
        start(
            &shop,
            &json!({"id": "mixed", "interleaving": how, "visitors_planned": 150,
                "arms": [{"name": "control"}, {"name": "papier", "changes": lifted}]}),
        );
        let slate = shop.answer(&Request { explain: true, actor: user("a"), ..Request::search("boots", NOW) }).unwrap();
        // Answers are logged behind what answers them; what is appended after them comes after them.
        shop.append(vec![crate::shop::deed("after", InteractionKind::View, "b", "b0")]).unwrap();
        let logged = shop.events(types::Position(0), 1_000).unwrap();
        let shown = logged.iter().find_map(|logged| match &logged.event.body {
            EventBody::Impression(shown) => Some(shown),
            _ => None,
        });
        let shown = shown.unwrap();
        assert_eq!(shown.arms, [(Arc::from("mixed"), Arc::from("interleaved"))]);
        let credit = |at| shown.evidence.value("interleaving-credit", at).unwrap();
        assert!((0..8).any(|at| credit(at) > 0.0) && (0..8).any(|at| credit(at) < 0.0), "both have places");
        assert!(shown.shown.iter().all(|shown| shown.propensity > 0.0 && shown.propensity <= 1.0));
        assert!(shown.shown.iter().any(|shown| shown.propensity < 1.0), "chance had a part");
        let told = slate.items[0].explanation.as_ref().unwrap().rules.iter().any(|rule| &*rule.rule == "interleave");
        assert!(told && slate.total == 8, "{how}");

        share(&shop, 0..100, &|id| id.ends_with(['1', '3', '5', '7']));
        let early = shop.experiment_report("mixed").unwrap();
        assert_eq!((early.verdict, early.metrics.len()), (Verdict::Undecided, 0), "not before the planned end");
        share(&shop, 100..200, &|id| id.ends_with(['1', '3', '5', '7']));
        let report = shop.experiment_report("mixed").unwrap();
        let told = report.preference.unwrap();
        assert_eq!(report.verdict, Verdict::Better(Arc::from("papier")), "{told:?}");
        assert!(told.second > 2 * told.first && told.credit.high < 0.0, "{told:?}");
        assert!(report.counts.clicks_unshown == 0 && report.arms[1].visitors > 190);
    }
}

#[test]
fn arms_that_are_alike_are_told_alike() {
    let fixture = fixture();
    let shop = fixture.shop();
    let arms = json!([{"name": "control"}, {"name": "same"}]);
    start(&shop, &json!({"id": "mixed", "interleaving": "team-draft", "visitors_planned": 100, "arms": arms}));
    share(&shop, 0..200, &|id| id == "red");
    let report = shop.experiment_report("mixed").unwrap();
    assert_eq!(report.verdict, Verdict::Undecided, "{:?}", report.preference);
}
