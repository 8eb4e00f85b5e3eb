//! What comes after a click, learnt over all that was shown, where the truth is known.

use std::sync::Arc;

use types::Rng;

use super::*;

const ITEMS: usize = 500;

fn chance(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Items whose quality moves clicks and purchases alike; those that are clicked are the better ones. Beside the rows, each
/// item's true chance of a purchase after a click.
fn shop(shows: usize, seed: u64) -> (Examples, Vec<f64>) {
    let mut hidden = Rng::new(7);
    let quality: Vec<f64> = (0..ITEMS).map(|_| hidden.normal()).collect();
    let schema = Schema::new(vec![Field { name: "item".to_owned(), buckets: ITEMS as u32 }], Vec::new()).unwrap();
    let mut examples = Examples::new(Arc::new(schema));
    let mut rng = Rng::new(seed);
    for _ in 0..shows * ITEMS {
        let item = rng.below(ITEMS);
        let mut happens = |logit: f64| rng.unit() < chance(logit);
        let click = happens(-2.0 + 1.5 * quality[item]);
        let cart = click && happens(-0.5 + quality[item]);
        let purchase = click && happens(-1.5 + 1.5 * quality[item]);
        let returned = Some(purchase && happens(-1.0 - quality[item]));
        let entry = Entry { field: 0, id: item as u32, value: 1.0 };
        examples.push(&[entry], &[], Outcome { click, cart, purchase, returned }, 1.0).unwrap();
    }
    (examples, quality.iter().map(|quality| chance(-1.5 + 1.5 * quality)).collect())
}

fn config(heads: Heads) -> CtrConfig {
    CtrConfig {
        heads,
        factors: 4,
        hidden: vec![16],
        dropout: 0.0,
        rate: 0.01,
        deviation: 0.1,
        batch: 512,
        epochs: 30,
        l2_linear: 1e-2,
        l2_factors: 1e-3,
        l2_towers: 0.0,
        ..CtrConfig::deep_fm()
    }
}

fn fit(heads: Heads, train: &Examples, validation: &Examples) -> CtrModel {
    let trainer = CtrTrainer { config: config(heads) };
    trainer.fit(train, Some(validation), &mut Rng::new(5)).unwrap().0
}

/// Only what was clicked, purchases being what is predicted.
fn clicked(examples: &Examples) -> Examples {
    let mut only = Examples::new(examples.schema().clone());
    for row in (0..examples.len()).filter(|row| examples.outcome(*row).click) {
        let entries: Vec<Entry> = examples.entries(row).collect();
        only.push(&entries, &[], Outcome::of(examples.outcome(row).purchase), 1.0).unwrap();
    }
    only
}

fn mean(rows: usize, of: impl Fn(usize) -> f64) -> f64 {
    (0..rows).map(of).sum::<f64>() / rows as f64
}

/// Items that are seldom clicked are worse than those that are often, and hardly any of their purchases can be learnt from. What
/// is fitted to clicks takes them for the average of what is clicked; over the whole space they are told by their clicks.
#[test]
fn purchases_after_clicks_are_not_those_of_what_is_clicked() {
    let (mut whole_bias, mut naive_bias) = (0.0, 0.0);
    for seed in [1, 11, 21] {
        let ((train, truth), (validation, _)) = (shop(40, seed), shop(15, seed + 1));
        let whole = fit(Heads::Funnel, &train, &validation).predict(&train).unwrap();
        let naive = fit(Heads::Click, &clicked(&train), &clicked(&validation)).predict(&train).unwrap();
        let true_chance = |row: usize| truth[train.entries(row).next().unwrap().id as usize];
        let after_click = |row: usize| f64::from(whole[row].purchase / whole[row].click);
        let rows = train.len();
        whole_bias += mean(rows, |row| after_click(row) - true_chance(row)) / 3.0;
        naive_bias += mean(rows, |row| f64::from(naive[row].click) - true_chance(row)) / 3.0;
        let whole_error = mean(rows, |row| (after_click(row) - true_chance(row)).abs());
        let naive_error = mean(rows, |row| (f64::from(naive[row].click) - true_chance(row)).abs());
        assert!(whole_error < 0.8 * naive_error, "{whole_error} {naive_error}");
        // Returns are a hundredth of what is shown: there is less to learn them from.
        for (head, within) in [0.1, 0.15, 0.15, 0.3].into_iter().enumerate() {
            let forecasts = model::forecasts(&whole, &train, head);
            let said = mean(rows, |row| f64::from(forecasts[row].probability));
            let happened = mean(rows, |row| f64::from(u8::from(forecasts[row].happened)));
            assert!((said / happened - 1.0).abs() < within, "{}: {said} {happened}", Heads::name(head));
        }
    }
    assert!(naive_bias > 0.02 && whole_bias.abs() < 0.5 * naive_bias, "{whole_bias} {naive_bias}");
}

#[test]
fn returns_that_cannot_be_known_yet_do_not_count_as_none() {
    let (all, _) = shop(40, 3);
    let mut young = Examples::new(all.schema().clone());
    for row in 0..all.len() {
        let entries: Vec<Entry> = all.entries(row).collect();
        let known = all.outcome(row);
        let outcome = if row % 2 == 0 { known } else { Outcome { returned: None, ..known } };
        young.push(&entries, &[], outcome, 1.0).unwrap();
    }
    let model = fit(Heads::Funnel, &young, &shop(15, 4).0);
    let said = mean(all.len(), |row| f64::from(model.predict(&all.part(&[row])).unwrap()[0].returned));
    let happened = mean(all.len(), |row| f64::from(u8::from(all.outcome(row).returned == Some(true))));
    assert!((said / happened - 1.0).abs() < 0.2, "{said} {happened}");
    let (calibrated, mut plain) = (model.clone(), model);
    plain.calibrate(Bend::Platt, &shop(15, 4).0).unwrap();
    assert!(plain.calibrators().iter().all(|one| *one != Calibrator::Identity) && plain != calibrated);
    assert!(plain.predict(&all).unwrap().iter().all(|one| one.returned <= one.purchase && one.purchase <= one.click));
}
