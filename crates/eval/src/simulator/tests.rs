//! The whole loop at small size: a made-up market, the real engine, a few hundred shoppers.

use std::sync::{Arc, OnceLock};

use engine::{ExperimentReport, RankerKind, ReplayOptions, ReplayedSlate, Shop, Verdict, experiment_from_json};
use learn::click_models::Propensities;
use learn::{Dataset, LearnedRanker, LinearRanker, ListwiseTrainer, Ranker};
use serde_json::json;
use types::{
    Actor, Currency, Event, EventBody, EventId, FeatureSchema, Interaction, InteractionKind, Item, ItemId, Millis,
    Money, Rng, SessionId, Texts, UserId, Value,
};

use super::shopper::{Need, Shopper, World, examination};
use super::*;

const END: Millis = Millis(1_320_000_000_000);

/// 240 items of 12 kinds and 6 colours, and half a year of baskets.
fn market() -> &'static Market {
    static MARKET: OnceLock<Market> = OnceLock::new();
    MARKET.get_or_init(|| {
        let kinds =
            ["mug", "lamp", "card", "candle", "clock", "frame", "basket", "purse", "garland", "mirror", "bowl", "tray"];
        let colours = ["red", "blue", "green", "pink", "white", "black"];
        let animals = ["robin", "hare", "owl", "fox", "bee", "stag", "wren", "swan", "moth", "otter"];
        let gbp = Currency::new("GBP").unwrap();
        let mut rng = Rng::new(11);
        let items: Vec<Item> = (0..240)
            .map(|number| {
                let title = format!("{} {} {}", colours[number % 6], animals[(number / 12) % 10], kinds[number % 12]);
                let price = Money::new((0.8 + 0.6 * rng.normal()).exp().max(0.1), gbp).unwrap();
                Item::new(ItemId::new(format!("i{number}")).unwrap())
                    .with("title", Value::Text(Texts::guessed(title)))
                    .with("price", Value::Money(price))
            })
            .collect();
        let mut events = Vec::new();
        for basket in 0..1_500usize {
            let user = basket * basket % 211;
            for line in 0..1 + rng.below(6) {
                let item = ((240.0 * rng.unit().powi(3)) as usize * 37) % 240;
                let actor = Actor {
                    user: Some(UserId::new(format!("u{user}")).unwrap()),
                    anonymous: None,
                    session: Some(SessionId::new(format!("s{basket}")).unwrap()),
                };
                let mut deed = Interaction::new(InteractionKind::Purchase, actor);
                deed.item = Some(items[item].id.clone());
                deed.value = Some(Money::new(items[item].number("price").unwrap(), gbp).unwrap());
                let time = Millis(END.0 - (1_500 - basket as i64) * Millis::DAY / 8);
                let id = EventId::new(format!("{basket}-{line}")).unwrap();
                events.push(Event { id, time, body: EventBody::Interaction(deed) });
            }
        }
        Market::of_events(items, &events).unwrap()
    })
}

fn plan() -> SimulationPlan {
    SimulationPlan { shoppers: 300, days: 3, history_days: 20, pace: 2.0, resamples: 200, ..SimulationPlan::default() }
}

fn run(plan: &SimulationPlan, arms: &[Arm]) -> SimulationReport {
    simulate(market(), plan, arms, &mut |_, _, _| true, &mut |_, _, _| Ok(())).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_others() {
    let arms = [Arm::fixed("static"), Arm::learning("learning")];
    let small = SimulationPlan { days: 2, ..plan() };
    let first = run(&small, &arms);
    assert_eq!(first.to_json().to_string(), run(&small, &arms).to_json().to_string());
    assert_ne!(first.digest, run(&SimulationPlan { seed: 2, ..small }, &arms).digest);
    let [before, after] = &first.arms[..] else { panic!("two arms") };
    assert!(before.days[0].searches > 20.0 && after.through.len() == 2);
    assert!(before.days[0].regret.value > 0.0 && before.explored == 0.0);
}

/// Also where rankers are trained at night and chance has a part in what is shown.
#[test]
fn the_whole_loop_repeats_itself() {
    let mut arm =
        Arm { explore: Arm::exploring("", "thompson", Some(1.0)).unwrap().explore, ..Arm::whole_loop("loop") };
    arm.rankers = Some(NightlyRankers { answers: 150, trees: false, ..NightlyRankers::default() });
    let small = SimulationPlan { shoppers: 150, days: 3, resamples: 10, ..plan() };
    let first = run(&small, std::slice::from_ref(&arm));
    assert_eq!(first.to_json().to_string(), run(&small, &[arm]).to_json().to_string());
    let report = &first.arms[0];
    let nights: Vec<(usize, Option<u32>)> = report.rankers.iter().map(|night| (night.day, night.version)).collect();
    assert_eq!(nights, [(1, Some(1)), (2, Some(2))], "nobody comes after the last night");
    let promises = |night: &RankerNight| !night.is_promoted || (night.verdict == "better" && night.interval.0 > 0.0);
    assert!(report.rankers.iter().all(promises), "{:?}", report.rankers);
    assert!(report.explored > 0.05 && report.exploring > 0.5, "{} {}", report.explored, report.exploring);
}

#[test]
fn a_ranker_that_puts_the_dearest_first_loses() {
    let mut dear = Arm::fixed("dear");
    dear.order = ArmOrder::By(Arc::from("price"), types::SortOrder::Descending);
    let report = run(&plan(), &[Arm::fixed("ranked"), dear]);
    let last = report.arms[1].through.last().unwrap();
    assert!(last.conversion_gain.unwrap().high < 0.0, "{last:?}");
    assert!(last.regret.value > report.arms[0].through.last().unwrap().regret.value);
}

/// From the second day on everybody wants an item that hardly sold before. Only arms that learn can come to know; where
/// clicks move results at once, it rises in searches, too.
#[test]
fn a_new_favourite_is_found_and_rises() {
    let at_once = Arm { rankers: None, ..Arm::whole_loop("at once") };
    let arms = [Arm::fixed("static"), Arm::learning("learning"), at_once];
    let plan = SimulationPlan { shoppers: 300, days: 7, pace: 6.0, resamples: 10, fashion_day: Some(2), ..plan() };
    let report = run(&plan, &arms);
    let fronts = |arm: usize| -> Vec<f64> { report.arms[arm].favourite.iter().map(|day| day.front).collect() };
    let last = |fronts: &[f64]| fronts[4..].iter().sum::<f64>() / 3.0;
    let (fixed, learning) = (fronts(0), fronts(1));
    assert!(last(&learning) > 2.0 * last(&fixed) && last(&learning) > 2.0 * learning[0], "{fixed:?} {learning:?}");
    let places = |arm: usize| -> Vec<f64> { report.arms[arm].favourite.iter().map(|day| day.place).collect() };
    let (fixed, at_once) = (places(0), places(2));
    assert!(last(&at_once) < 0.6 * last(&fixed), "{fixed:?} {at_once:?}");
}

#[test]
fn swaps_measure_the_examination_that_was_planted() {
    let mut arm = Arm::fixed("swaps");
    arm.swaps = true;
    let report = run(&SimulationPlan { shoppers: 400, days: 6, pace: 6.0, resamples: 10, ..plan() }, &[arm]);
    let swaps = report.arms[0].swaps.as_ref().unwrap();
    for (measured, truth) in swaps.measured.iter().zip(&swaps.truth).take(6) {
        assert!((measured - truth).abs() < 0.15, "{swaps:?}");
    }
}

#[test]
fn simulated_shoppers_leave_a_log_like_the_real_one() {
    let report = run(
        &SimulationPlan { days: 1, shoppers: 1_000, history_days: 1, resamples: 10, ..plan() },
        &[Arm::fixed("one")],
    );
    let [real, simulated] = &report.marginals;
    let near = |real: f64, simulated: f64, tolerance: f64| {
        assert!((real - simulated).abs() <= tolerance, "{:?}", report.marginals)
    };
    near(real.repeat, simulated.repeat, 0.1);
    near(real.basket[1], simulated.basket[1], 1.0);
    near(real.price[1].ln(), simulated.price[1].ln(), 0.35);
    near(real.gini, simulated.gini, 0.15);
}

#[test]
fn what_makes_no_sense_is_refused_and_a_watcher_can_stop_it() {
    let arms = [Arm::fixed("one")];
    for (plan, field) in [
        (SimulationPlan { shoppers: 0, ..plan() }, "shoppers"),
        (SimulationPlan { pace: f64::NAN, ..plan() }, "pace"),
        (SimulationPlan { severity: -1.0, ..plan() }, "severity"),
    ] {
        let error = simulate(market(), &plan, &arms, &mut |_, _, _| true, &mut |_, _, _| Ok(())).unwrap_err();
        assert!(error.is_user() && error.to_string().contains(field), "{error}");
    }
    assert!(simulate(market(), &plan(), &[], &mut |_, _, _| true, &mut |_, _, _| Ok(())).unwrap_err().is_user());
    assert!(
        simulate(market(), &plan(), &arms, &mut |_, done, _| done < 1, &mut |_, _, _| Ok(()))
            .unwrap_err()
            .is_cancelled()
    );
    assert!(Market::of_events(Vec::new(), &[]).unwrap_err().is_user());
}

/// Half of the visitors of one shop get a ranker that puts the worst first. The shop's own experiment finds out; where both
/// halves get the same, it finds nothing.
#[test]
fn a_bad_ranker_loses_its_experiment_and_is_stopped() {
    let arms = [Arm::learning("bad"), Arm::learning("same")];
    let mut stopped = Vec::new();
    let mut reports: Vec<ExperimentReport> = Vec::new();
    let mut night = |arm: &Arm, shop: &Shop, day: usize| -> crate::Result<()> {
        if day == 0 {
            if &*arm.name == "bad" {
                put_the_worst_first(shop)?;
            }
            shop.start_experiment(experiment_from_json(&ranker_experiment(), &shop.settings())?)?;
        } else if day == 6 {
            reports.push(shop.experiment_report("ranker")?);
        }
        let harmful = shop.stop_harmful_arms()?.into_iter();
        stopped.extend(harmful.map(|harmful| (arm.name.to_string(), harmful.arm.to_string())));
        Ok(())
    };
    let plan = SimulationPlan { shoppers: 400, days: 6, pace: 6.0, resamples: 10, ..plan() };
    simulate(market(), &plan, &arms, &mut |_, _, _| true, &mut night).unwrap();
    assert_eq!(stopped, [("bad".to_owned(), "trained".to_owned())]);
    let [bad, same] = &reports[..] else { panic!("two shops") };
    assert_eq!(bad.verdict, Verdict::Worse(Arc::from("trained")));
    assert!(!bad.experiment.is_running() && same.experiment.is_running());
    assert_eq!(same.verdict, Verdict::Undecided);
    assert!(same.arms.iter().all(|arm| arm.visitors > 100) && !same.mismatch.unwrap().is_mismatch);
}

fn ranker_experiment() -> serde_json::Value {
    json!({
        "id": "ranker",
        "metrics": ["click-through"],
        "guardrails": [{ "metric": "click-through", "tolerated": 0.02 }],
        "visitors_planned": 400,
        "arms": [{ "name": "untrained", "changes": { "trained_ranker": false } }, { "name": "trained" }],
    })
}

fn put_the_worst_first(shop: &Shop) -> crate::Result<()> {
    let worst = LinearRanker::new("worst first", shop.feature_schema(), 1.0, &[("retrieval", -1.0)]);
    let version = shop.keep_ranker(RankerKind::Search, &LearnedRanker::linear(&worst), &json!({}))?;
    Ok(shop.promote_ranker(RankerKind::Search, version)?)
}

/// A shop shows the dearest first, so the dearest are clicked most. Whoever counts clicks believes that shoppers want dear
/// things; whoever weighs each click by how likely its place was looked at, as measured by swaps, finds out what they want.
#[test]
fn a_planted_order_is_seen_through_by_propensities_and_not_by_counting() {
    let mut arm = Arm::learning("dear first");
    (arm.order, arm.swaps) = (ArmOrder::By(Arc::from("price"), types::SortOrder::Descending), true);
    let plan = SimulationPlan { shoppers: 300, days: 4, pace: 6.0, resamples: 10, ..plan() };
    let (mut slates, mut schema) = (Vec::new(), FeatureSchema::default());
    let mut night = |_: &Arm, shop: &Shop, day: usize| -> crate::Result<()> {
        if day == plan.days {
            schema = shop.feature_schema();
            shop.replay_slates(&ReplayOptions::default(), &mut |slate| {
                slates.push(slate);
                true
            })?;
        }
        Ok(())
    };
    let report = simulate(market(), &plan, &[arm], &mut |_, _, _| true, &mut night).unwrap();
    let measured = Propensities::new(report.arms[0].swaps.as_ref().unwrap().measured.clone()).unwrap();
    let counted = fitted(&schema, &slates, &|_| 1.0);
    let weighed = fitted(&schema, &slates, &|position| measured.weight(position, 20.0));
    let price = |ranker: &LinearRanker| ranker.weights()[schema.column("price").unwrap()];
    assert!(
        price(&counted) > 0.0 && price(&weighed) < 0.8 * price(&counted),
        "{} {}",
        price(&counted),
        price(&weighed)
    );
    let [shown, by_counting, by_weighing] = [None, Some(&counted), Some(&weighed)].map(|by| clicks_lost(&slates, by));
    assert!(by_counting < shown && by_weighing < 0.9 * by_counting, "{shown} {by_counting} {by_weighing}");
}

fn fitted(schema: &FeatureSchema, slates: &[ReplayedSlate], weight: &dyn Fn(u32) -> f64) -> LinearRanker {
    let mut data = Dataset::new(schema.clone());
    for slate in slates {
        let mut labelled = slate.labelled();
        for (gain, position) in labelled.gains.iter_mut().zip(&slate.positions) {
            *gain *= weight(*position) as f32;
        }
        data.push(labelled);
    }
    ListwiseTrainer::new("fitted", "retrieval", 0.03).fit(&data).unwrap().0
}

/// Clicks lost a search for a kind, over many shoppers, against the best order of what was shown; in the order of a ranker,
/// or as shown.
fn clicks_lost(slates: &[ReplayedSlate], ranker: Option<&LinearRanker>) -> f64 {
    let goods = &market().goods;
    let world = World { goods, seed: 1, fashion: None };
    let shoppers: Vec<Shopper> = (0..40).map(|number| Shopper::new(market(), 1, number)).collect();
    let is_kind = |slate: &&ReplayedSlate| goods.kinds.iter().any(|kind| slate.query.as_ref() == Some(&kind.name));
    let lost = slates.iter().filter(is_kind).take(100).map(|slate| {
        let mut scores: Vec<f32> = (0..slate.items.len()).map(|at| -(at as f32)).collect();
        ranker.into_iter().for_each(|ranker| ranker.score(&slate.rows, &mut scores));
        let text = slate.query.clone().unwrap();
        let attraction = |id: &ItemId| {
            let need = Need { target: goods.row(id).unwrap(), style: None, text: Arc::clone(&text), specific: false };
            let of = |shopper: &Shopper| shopper.attraction(world, need.target, Some(&need), END);
            shoppers.iter().map(of).sum::<f64>() / shoppers.len() as f64
        };
        let attractions: Vec<f64> = slate.items.iter().map(attraction).collect();
        let clicks = |better: &dyn Fn(usize, usize) -> std::cmp::Ordering| {
            let mut order: Vec<usize> = (0..attractions.len()).collect();
            order.sort_by(|one, other| better(*one, *other));
            (1..).zip(order).map(|(position, at)| examination(position, 0.8) * attractions[at]).sum::<f64>()
        };
        let best = clicks(&|one, other| attractions[other].total_cmp(&attractions[one]));
        best - clicks(&|one, other| scores[other].total_cmp(&scores[one]))
    });
    let lost: Vec<f64> = lost.collect();
    lost.iter().sum::<f64>() / lost.len() as f64
}
