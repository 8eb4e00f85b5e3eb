//! Models that are trained, whole.

use std::sync::Arc;

use types::Rng;

use super::*;

/// Rows of users (40), items (30) and a number, whose clicks follow hidden vectors of both and the number.
fn taste(rows: usize, seed: u64) -> Examples {
    let field = |name: &str, buckets| Field { name: name.to_owned(), buckets };
    let schema = Schema::new(vec![field("user", 40), field("item", 30)], vec!["price".to_owned()]).unwrap();
    let mut hidden = Rng::new(99);
    let mut vectors = |count: usize| (0..count).map(|_| [hidden.normal(), hidden.normal()]).collect::<Vec<_>>();
    let (users, items) = (vectors(40), vectors(30));
    let mut rng = Rng::new(seed);
    let mut examples = Examples::new(Arc::new(schema));
    for _ in 0..rows {
        let (user, item, price) = (rng.below(40), rng.below(30), rng.normal());
        let taste: f64 = users[user].iter().zip(items[item]).map(|(a, b)| a * b).sum();
        let logit = -1.0 + 1.5 * taste - 0.8 * price;
        let row = [(0, user), (1, item)].map(|(field, id)| Entry { field, id: id as u32, value: 1.0 });
        let click = rng.unit() < 1.0 / (1.0 + (-logit).exp());
        examples.push(&row, &[100.0 + 20.0 * price as f32], Outcome::of(click), 1.0).unwrap();
    }
    examples
}

fn quality(model: &CtrModel, examples: &Examples) -> Quality {
    let chances = model.predict(examples).unwrap();
    Quality::of(&model::forecasts(&chances, examples, 0)).unwrap()
}

fn fit(config: CtrConfig, examples: &Examples, validation: Option<&Examples>) -> (CtrModel, CtrReport) {
    CtrTrainer { config }.fit(examples, validation, &mut Rng::new(3)).unwrap()
}

#[test]
fn pairs_are_learnt_by_each_kind_of_network() {
    let (train, validation, test) = (taste(8_000, 1), taste(2_000, 2), taste(4_000, 3));
    let quick = |config: CtrConfig| CtrConfig { factors: 4, rate: 0.01, l2_factors: 1e-4, deviation: 0.1, ..config };
    let linear = CtrConfig { pairs: false, ..quick(CtrConfig::fm()) };
    let linear = quality(&fit(linear, &train, Some(&validation)).0, &test);
    for config in [CtrConfig::fm(), CtrConfig::deep_fm(), CtrConfig::dcn()] {
        let (model, report) = fit(quick(config.clone()), &train, Some(&validation));
        let found = quality(&model, &test);
        assert!(found.auc.unwrap() > linear.auc.unwrap() + 0.08, "{config:?} {found:?} {linear:?}");
        assert!(found.log_loss < linear.log_loss - 0.05 && report.kept > 0, "{config:?} {found:?}");
    }
    let ada_grad = CtrConfig { optimiser: Optimiser::AdaGrad, rate: 0.1, ..quick(CtrConfig::fm()) };
    let found = quality(&fit(ada_grad, &train, Some(&validation)).0, &test);
    assert!(found.auc.unwrap() > linear.auc.unwrap() + 0.08, "{found:?}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let examples = taste(1_500, 5);
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let config = CtrConfig { epochs: 2, batch: 300, ..CtrConfig::deep_fm() };
        pool.install(|| fit(config, &examples, None).0.to_bytes())
    };
    assert_eq!(bytes(1), bytes(3));
}

#[test]
fn chance_teaches_nothing_and_says_so() {
    let mut rng = Rng::new(8);
    let noise = |rng: &mut Rng| {
        let mut examples = Examples::new(taste(0, 0).schema().clone());
        for _ in 0..600 {
            let row = [(0, rng.below(40)), (1, rng.below(30))];
            let row = row.map(|(field, id)| Entry { field, id: id as u32, value: 1.0 });
            examples.push(&row, &[7.0], Outcome::of(rng.unit() < 0.2), 1.0).unwrap();
        }
        examples
    };
    let (train, validation) = (noise(&mut rng), noise(&mut rng));
    let (model, report) = fit(CtrConfig { rate: 0.05, ..CtrConfig::fm() }, &train, Some(&validation));
    assert!(report.epochs.len() <= 1 + report.kept + 3, "{report:?}");
    let chances = model.predict(&validation).unwrap();
    if report.kept == 0 {
        assert!(chances.iter().all(|one| (one.click - chances[0].click).abs() < 0.01), "{:?}", &chances[..3]);
    }
    assert!(report.epochs[report.kept].validation.unwrap() <= report.epochs[0].validation.unwrap());
}

#[test]
fn a_rate_beyond_reason_is_an_error_or_a_finite_model() {
    let examples = taste(500, 4);
    let config = CtrConfig { rate: 1.0, optimiser: Optimiser::AdaGrad, ..CtrConfig::dcn() };
    match (CtrTrainer { config }).fit(&examples, None, &mut Rng::new(1)) {
        Ok((model, _)) => {
            let chances = model.predict(&examples).unwrap();
            assert!(chances.iter().all(|one| (0.0..=1.0).contains(&one.click)));
        }
        Err(error) => assert!(matches!(error, CtrError::Diverged { .. }), "{error}"),
    }
}

#[test]
fn calibration_mends_what_was_bent() {
    // Negatives are thinned, so that the model says too much of all other rows.
    let (all, held_out, test) = (taste(6_000, 1), taste(3_000, 2), taste(4_000, 3));
    let mut rng = Rng::new(2);
    let kept: Vec<usize> = (0..all.len()).filter(|row| all.outcome(*row).click || rng.unit() < 0.2).collect();
    let config = CtrConfig { factors: 4, rate: 0.01, deviation: 0.1, epochs: 12, ..CtrConfig::fm() };
    let (bent, _) = fit(config, &all.part(&kept), None);
    let error = |model: &CtrModel| {
        let chances = model.predict(&test).unwrap();
        let forecasts = model::forecasts(&chances, &test, 0);
        Reliability::of(&forecasts, Bins::EqualMass(15)).unwrap().error()
    };
    assert!(error(&bent) > 0.15);
    for bend in [Bend::Platt, Bend::Beta, Bend::Isotonic] {
        let mut model = bent.clone();
        model.calibrate(bend, &held_out).unwrap();
        assert!(error(&model) < 0.035, "{bend:?} {}", error(&model));
        assert!(quality(&model, &test).log_loss < quality(&bent, &test).log_loss - 0.03);
        let again = CtrModel::from_bytes(&model.to_bytes(), test.schema()).unwrap();
        assert_eq!(again.predict(&test).unwrap(), model.predict(&test).unwrap());
    }
}

#[test]
fn contributions_and_base_add_up_to_the_logit() {
    let examples = taste(2_000, 6);
    for (config, within) in [(CtrConfig::fm(), 1e-5), (CtrConfig::deep_fm(), 1e-3), (CtrConfig::dcn(), 1e-3)] {
        let config = CtrConfig { deviation: 0.2, rate: 0.01, epochs: 6, ..config };
        let (model, _) = fit(config, &examples, None);
        for row in 0..50 {
            let found = model.explain(&examples, row, 0).unwrap();
            let sum: f64 = found.base + found.parts.iter().map(|part| part.adds).sum::<f64>();
            assert!((sum - found.logit).abs() < 1e-9 && found.gap.abs() < within, "{found:?}");
            let chance = model.predict(&examples.part(&[row])).unwrap()[0].click;
            assert!((f64::from(chance) - 1.0 / (1.0 + (-found.logit).exp())).abs() < 1e-6);
            let ids: Vec<Option<u32>> = examples.entries(row).map(|entry| Some(entry.id)).chain([None]).collect();
            assert_eq!(found.parts.iter().map(|part| part.id).collect::<Vec<_>>(), ids);
        }
    }
    let (model, _) = fit(CtrConfig { epochs: 1, ..CtrConfig::fm() }, &examples, None);
    assert!(model.explain(&examples, 2_000, 0).is_err() && model.explain(&examples, 0, 1).is_err());
}

#[test]
fn other_fields_and_damaged_bytes_are_refused() {
    let examples = taste(300, 1);
    let (model, _) = fit(CtrConfig { epochs: 1, hidden: vec![3], factors: 2, ..CtrConfig::deep_fm() }, &examples, None);
    let bytes = model.to_bytes();
    assert_eq!(CtrModel::from_bytes(&bytes, examples.schema()).unwrap(), model);
    let other = examples::tests::schema(1);
    let said = CtrModel::from_bytes(&bytes, &other).unwrap_err().to_string();
    assert_eq!(said, "other fields than the model's: expected user:40, item:30, price, got a:5, b:3, n0");
    assert!(matches!(model.predict(&Examples::new(other)), Err(CtrError::Fields { .. })));
    for cut in 0..bytes.len() {
        assert!(CtrModel::from_bytes(&bytes[..cut], examples.schema()).is_err(), "{cut}");
    }
    for place in 0..bytes.len().min(200) {
        let mut bent = bytes.clone();
        bent[place] ^= 0x55;
        // Whatever comes of it, nothing panics.
        if let Ok(model) = CtrModel::from_bytes(&bent, examples.schema()) {
            drop(model.predict(&examples));
        }
    }
}
