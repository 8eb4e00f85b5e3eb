use super::*;

fn config(optimizer: Optimizer) -> FactorizationConfig {
    let (l2_weights, l2_factors, half_life_ms) = (0.01, 0.02, None);
    FactorizationConfig {
        factors: 3,
        optimizer,
        l2_weights,
        l2_factors,
        bits: None,
        half_life_ms,
        ..FactorizationConfig::default()
    }
}

fn start() -> FactorizationWeights {
    let factor = |place: i32| f64::from((place / 3 * 5 + place % 3 * 3) % 7 - 3) / 20.0;
    FactorizationWeights { intercept: 0.0, weights: vec![0.0; 4], factors: (0..12).map(factor).collect() }
}

fn near(got: &[f64], expected: &[f64]) {
    assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-9), "{got:?} {expected:?}");
}

/// Trained with automatic derivatives and `optim.Adagrad` and `optim.Adam` of torch 2.15.0, in double precision. (The
/// machines of river share an optimizer's state between features by the number of the factor, so they are not compared.)
#[test]
fn parameters_are_those_of_torch() {
    let adagrad = Optimizer::AdaGrad { rate: 0.1, epsilon: 1e-8 };
    let adam = Optimizer::Adam { rate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, warm_up: 0 };
    #[rustfmt::skip]
    let golden = [
        (adagrad, -0.06749905822212036,
         [-0.0020144304316792334, -0.017747496480612978, -0.18832650047931893, -0.011950388130780304],
         [-0.04267986147202016, 0.005517897726336157, 0.15550144617668904, -0.09449081641680757, 0.009782719660766707, 0.19195931745030667,
          -0.05375945608078254, 0.004854576809533267, 0.04923943513397527, 0.004393526257825971, 0.00887959964817342, -0.019057105702584804]),
        (adam, -0.10560037504629677,
         [0.09148341057960581, -0.03638902170337477, -0.05570500548962379, -0.028868507296238723],
         [0.006525803429840271, 0.0016598016226688607, 0.022269494598863626, 0.04774512312001338, -0.01932033375008044, 0.07420909272855311,
          -0.04036406723197439, -0.04683507568637235, -0.049708469133721477, 0.010218112001740862, -0.019027175713552277, 0.0510932297249751]),
    ];
    for (optimizer, intercept, weights, factors) in golden {
        let mut machine = FactorizationMachine::warm_start(config(optimizer), 4, &start()).unwrap();
        for t in 0..150i32 {
            let dense = [0, 1, 2, 3].map(|j| (f64::from((t * 7 + 3 * j * j + j) % 11 - 5) / 4.0 + 0.1) as f32);
            let label = if (t * t * 3 + t * 5) % 13 < 5 { 1.0 } else { 0.0 };
            let weight = if t % 3 == 0 { 2.5 } else { 1.0 };
            machine
                .learn(&Example { dense: &dense, sparse: &[], label, weight, offset: 0.0, time: Millis(0) })
                .unwrap();
        }
        let got = machine.weights();
        near(&[got.intercept], &[intercept]);
        near(&got.weights, &weights);
        near(&got.factors, &factors);
    }
}

/// Who likes what depends on the pair alone, so that no linear model can tell.
fn taste(rng: &mut Rng) -> ([(u32, f32); 2], f32) {
    let (user, item) = (rng.below(12) as u32, rng.below(12) as u32);
    let likes = (user % 2 == item % 2) == (rng.unit() < 0.9);
    ([(user, 1.0), (100 + item, 1.0)], f32::from(u8::from(likes)))
}

fn hashed(optimizer: Optimizer) -> FactorizationConfig {
    FactorizationConfig { factors: 4, bits: Some(8), optimizer, ..FactorizationConfig::default() }
}

#[test]
fn it_learns_from_pairs_and_goes_on_from_a_checkpoint_bit_for_bit() {
    for optimizer in [Optimizer::AdaGrad { rate: 0.2, epsilon: 1e-8 }, Optimizer::ADAM] {
        let config = hashed(optimizer);
        let mut machine = FactorizationMachine::new(config, 0, &mut Rng::new(1)).unwrap();
        let mut again = machine.clone();
        let mut rng = Rng::new(2);
        let (mut loss, mut late_loss) = (0.0, 0.0);
        for n in 0..20_000i64 {
            let (sparse, label) = taste(&mut rng);
            let example =
                Example { dense: &[], sparse: &sparse, label, weight: 1.0, offset: 0.0, time: Millis(n * 1_000) };
            machine.learn_all([example]);
            again.learn(&example).unwrap();
            if n % 5_000 == 0 {
                again = FactorizationMachine::from_bytes(config, 0, &again.to_bytes()).unwrap();
            }
            if n == 15_000 {
                (loss, late_loss) = (machine.report().loss, 5_000.0);
            }
        }
        assert_eq!(machine.to_bytes(), again.to_bytes());
        // A coin has .693, the planted taste itself .325.
        let recent = (machine.report().loss - loss) / late_loss;
        assert!(recent < 0.38, "{recent} {optimizer:?}");
    }
}

#[test]
fn a_warm_start_gives_the_same_answers_and_does_not_jump() {
    let mut trained = FactorizationMachine::new(hashed(Optimizer::ADAGRAD), 0, &mut Rng::new(1)).unwrap();
    let mut rng = Rng::new(3);
    let learn = |machine: &mut FactorizationMachine, rng: &mut Rng, count| {
        for _ in 0..count {
            let (sparse, label) = taste(rng);
            machine
                .learn(&Example { dense: &[], sparse: &sparse, label, weight: 1.0, offset: 0.5, time: Millis(0) })
                .unwrap();
        }
    };
    learn(&mut trained, &mut rng, 10_000);
    let answers = |machine: &FactorizationMachine| -> Vec<f64> {
        (0..144).map(|n| machine.logit(&[], &[(n / 12, 1.0), (100 + n % 12, 1.0)], 0.5).unwrap()).collect()
    };
    for optimizer in [Optimizer::ADAM, Optimizer::AdaGrad { rate: 0.01, epsilon: 1e-8 }] {
        let mut warm = FactorizationMachine::warm_start(hashed(optimizer), 0, &trained.weights()).unwrap();
        assert_eq!(answers(&warm), answers(&trained));
        learn(&mut warm, &mut rng, 5);
        let moved = answers(&warm).iter().zip(answers(&trained)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(moved > 0.0 && moved < 0.3, "{moved} {optimizer:?}");
    }
    let short = FactorizationWeights { intercept: 0.0, weights: vec![], factors: vec![] };
    let refused = FactorizationMachine::warm_start(hashed(Optimizer::ADAM), 0, &short);
    assert!(matches!(refused, Err(OnlineError::Width { what: "weights", expected: 256, got: 0 })));
}

#[test]
fn wild_numbers_and_damaged_bytes_break_nothing() {
    let config = hashed(Optimizer::ADAGRAD);
    let mut machine = FactorizationMachine::new(config, 2, &mut Rng::new(1)).unwrap();
    for n in 0..300i64 {
        let value = [1e6, -1e6, f32::NAN, 0.0, f32::MIN_POSITIVE][n as usize % 5];
        let time = Millis(n * n * n * 10_000_000);
        let example = Example {
            dense: &[value, 1.0],
            sparse: &[(7, value)],
            label: (n % 2) as f32,
            weight: 1e9,
            offset: 1e6,
            time,
        };
        let _ = machine.learn(&example);
        assert!(machine.predict(&[1e6, 1.0], &[(7, 1e6)], 0.0).unwrap().is_finite());
    }
    assert_eq!((machine.report().excluded, machine.report().clipped), ([0, 0, 0, 0, 60], 240));
    let bytes = machine.to_bytes();
    for place in 0..200 {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x41;
        let _ = FactorizationMachine::from_bytes(config, 2, &damaged);
        assert!(FactorizationMachine::from_bytes(config, 2, &bytes[..place]).is_err());
    }
    let none = FactorizationConfig { factors: 0, ..config };
    assert!(matches!(
        FactorizationMachine::new(none, 1, &mut Rng::new(1)),
        Err(OnlineError::Setting { name: "factors", .. })
    ));
    let vast = FactorizationConfig { bits: Some(24), ..config };
    assert!(matches!(
        FactorizationMachine::new(vast, 1, &mut Rng::new(1)),
        Err(OnlineError::Setting { name: "parameters", .. })
    ));
}
