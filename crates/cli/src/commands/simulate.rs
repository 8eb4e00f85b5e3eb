//! `mercato simulate`: the same made-up shoppers through several ways to run a shop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use eval::simulator::{
    Arm, ArmReport, DayReport, Figure, Market, RankerNight, SimulationPlan, SimulationReport, simulate,
};

use crate::args::Simulate;
use crate::config::Config;
use crate::failure::user;
use crate::output;
use crate::progress::Steps;

/// Runs the command.
pub(crate) fn run(args: &Simulate, config: &Config) -> Result<()> {
    let arms = if args.policies.is_empty() { arms(&args.arms)? } else { bandits(args)? };
    let stopped = Arc::new(AtomicBool::new(false));
    crate::interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let mut shown = Steps::new(stopped);
    let market = Market::of_gifts(&folder(args))?;
    let plan = SimulationPlan {
        shoppers: args.shoppers,
        days: args.days,
        seed: args.seed,
        history_days: args.history_days,
        pace: args.pace,
        severity: args.severity,
        fashion_day: args.fashion_day,
        resamples: args.resamples,
        models_dir: config.models_dir.clone(),
    };
    let mut watch = |arm: &str, done: u64, days: u64| shown.show_units(arm, done, days);
    let report = simulate(&market, &plan, &arms, &mut watch, &mut |_, _, _| Ok(()))?;
    shown.end();
    if config.json { output::json(&report.to_json()) } else { print(&report) }
}

fn folder(args: &Simulate) -> PathBuf {
    let given = Path::new(&args.fixture);
    if given.is_dir() { given.to_path_buf() } else { args.fixtures.join(given) }
}

fn arms(given: &[String]) -> Result<Vec<Arm>> {
    if given.is_empty() {
        return Ok(vec![Arm::fixed("static"), Arm::learning("learning"), Arm::whole_loop("loop")]);
    }
    let arm = |given: &String| {
        let (name, path) =
            given.split_once('=').ok_or_else(|| user(format!("--arm: expected NAME=FILE, got {given}")))?;
        let bytes = fs_err::read(path).map_err(|error| user(error.to_string()))?;
        Arm::from_json(name, &formats::json::parse(&bytes)?).map_err(|wrong| user(format!("{path}: {wrong}")))
    };
    given.iter().map(arm).collect()
}

/// An arm that learns and explores nothing, and one for each policy.
fn bandits(args: &Simulate) -> Result<Vec<Arm>> {
    let all: Vec<String> = Arm::policies().map(str::to_owned).collect();
    let named = if args.policies == ["all"] { &all } else { &args.policies };
    let arm = |policy: &String| {
        let arm = Arm::exploring(policy, policy, Some(args.exploring_costs));
        arm.map_err(|wrong| user(format!("--policies, --exploring-costs: {wrong}")))
    };
    let mut arms = vec![Arm::learning("learning")];
    arms.extend(named.iter().map(arm).collect::<Result<Vec<Arm>, _>>()?);
    Ok(arms)
}

fn print(report: &SimulationReport) -> Result<()> {
    let head = [
        "arm",
        "days",
        "searches",
        "clicked",
        "clicks",
        "bought",
        "money a search",
        "regret",
        "bought, gain",
        "money, gain",
        "regret, change",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for arm in &report.arms {
        rows.extend(arm.through.iter().map(|days| row(arm, days)));
    }
    output::table(rows)?;
    for arm in &report.arms {
        let (explored, exploring) = (100.0 * arm.explored, 100.0 * arm.exploring);
        output::line(&format!(
            "{}: {explored:.1} % of what was shown was left to chance, {exploring:.1} % of searches explored",
            arm.name
        ))?;
        arm.rankers.iter().try_for_each(|night| output::line(&format!("{}: {}", arm.name, told(night))))?;
        if let Some(last) = arm.favourite.last() {
            let (place, top, front) = (last.place, 100.0 * last.top, 100.0 * last.front);
            output::line(&format!(
                "{}: the item in fashion stood at place {place:.1} on the last day, in {top:.0} % among the first three, \
                 and on {front:.0} % of front pages",
                arm.name
            ))?;
        }
    }
    print_marginals(report)?;
    output::line(&format!("digest {}", report.digest))
}

/// What became of a ranker's training.
fn told(night: &RankerNight) -> String {
    let RankerNight { day, kind, chosen, verdict, cases, difference, interval: (low, high), .. } = night;
    let Some(version) = night.version else { return format!("after day {day} no {} ranker: {verdict}", kind.name()) };
    let then = if night.is_promoted { "put in force" } else { "kept" };
    format!(
        "after day {day} {} ranker {version} ({chosen}) is {verdict} than none by {difference:+.4} nDCG@10 ({low:+.4} to \
         {high:+.4}, {cases} answers): {then}",
        kind.name()
    )
}

fn row(arm: &ArmReport, days: &DayReport) -> Vec<String> {
    let share = |figure: Figure| spanned(figure, 100.0, " %");
    let gain = |figure: Option<Figure>| figure.map_or_else(String::new, share);
    vec![
        arm.name.to_string(),
        format!("1 to {}", days.day),
        output::grouped(days.searches as u64),
        share(days.click_through),
        spanned(days.clicks, 1.0, ""),
        share(days.conversion),
        spanned(days.revenue, 1.0, ""),
        spanned(days.regret, 1.0, ""),
        gain(days.conversion_gain),
        gain(days.revenue_gain),
        days.regret_change.map_or_else(String::new, |change| spanned(change, 1.0, "")),
    ]
}

fn spanned(figure: Figure, times: f64, unit: &str) -> String {
    let Figure { value, low, high } = figure;
    format!("{:.2}{unit} ({:.2} to {:.2})", times * value, times * low, times * high)
}

fn print_marginals(report: &SimulationReport) -> Result<()> {
    let [real, simulated] = &report.marginals;
    let mut rows = vec![["of logs", "real", "simulated"].map(str::to_owned).to_vec()];
    let figures = [
        ("items of a basket, 25th percentile", real.basket[0], simulated.basket[0]),
        ("items of a basket, median", real.basket[1], simulated.basket[1]),
        ("items of a basket, 75th percentile", real.basket[2], simulated.basket[2]),
        ("share of buyers who come back", real.repeat, simulated.repeat),
        ("baskets of a buyer", real.baskets_per_buyer, simulated.baskets_per_buyer),
        ("price, 25th percentile", real.price[0], simulated.price[0]),
        ("price, median", real.price[1], simulated.price[1]),
        ("price, 75th percentile", real.price[2], simulated.price[2]),
        ("sales of the best hundredth of items", real.top[0], simulated.top[0]),
        ("sales of the best tenth", real.top[1], simulated.top[1]),
        ("Gini coefficient of sales", real.gini, simulated.gini),
        ("refunds by purchase", real.refunds, simulated.refunds),
    ];
    rows.extend(
        figures.map(|(name, real, simulated)| vec![name.to_owned(), format!("{real:.3}"), format!("{simulated:.3}")]),
    );
    output::table(rows)
}
