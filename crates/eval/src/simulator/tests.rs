//! The whole loop at small size: a made-up market, the real engine, a few hundred shoppers.

use std::sync::{Arc, OnceLock};

use types::{
    Actor, Currency, Event, EventBody, EventId, Interaction, InteractionKind, Item, ItemId, Millis, Money, Rng,
    SessionId, Texts, UserId, Value,
};

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

#[test]
fn a_ranker_that_puts_the_dearest_first_loses() {
    let mut dear = Arm::fixed("dear");
    dear.order = ArmOrder::By(Arc::from("price"), types::SortOrder::Descending);
    let report = run(&plan(), &[Arm::fixed("ranked"), dear]);
    let last = report.arms[1].through.last().unwrap();
    assert!(last.conversion_gain.unwrap().high < 0.0, "{last:?}");
    assert!(last.regret.value > report.arms[0].through.last().unwrap().regret.value);
}

/// From the second day on everybody wants an item that hardly sold before. Only the arm that learns can come to know.
#[test]
fn a_new_favourite_is_found_and_rises() {
    let arms = [Arm::fixed("static"), Arm::learning("learning")];
    let plan = SimulationPlan { shoppers: 300, days: 7, pace: 6.0, resamples: 10, fashion_day: Some(2), ..plan() };
    let report = run(&plan, &arms);
    let fronts = |arm: usize| -> Vec<f64> { report.arms[arm].favourite.iter().map(|day| day.front).collect() };
    let last = |fronts: &[f64]| fronts[4..].iter().sum::<f64>() / 3.0;
    let (fixed, learning) = (fronts(0), fronts(1));
    assert!(last(&learning) > 2.0 * last(&fixed) && last(&learning) > 2.0 * learning[0], "{fixed:?} {learning:?}");
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
