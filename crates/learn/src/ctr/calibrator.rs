use super::CtrError;
use super::forecast::{Forecast, check};
use super::logistic::{logistic, sigmoid};
use crate::bytes::{Reader, Writer};

/// How a [`Calibrator`] bends probabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bend {
    /// A line on logits, two numbers: for few held-out rows (Platt 1999, with his softened labels).
    Platt,
    /// A curve of three numbers (Kull, Silva Filho and Flach 2017, "Beta calibration", AISTATS): Platt's line, but the two ends
    /// may bend apart.
    Beta,
    /// Any rising steps (Zadrozny and Elkan 2002, KDD): for thousands of held-out rows.
    Isotonic,
}

/// Makes probabilities honest: rising, so that ranking stays as it was but for ties.
#[derive(Clone, PartialEq, Debug)]
pub enum Calibrator {
    /// Leaves all as it is.
    Identity,
    /// σ(`low` ln p - `high` ln(1 - p) + `offset`); Platt's where `low` and `high` are one.
    Curve {
        /// Slope at small probabilities, at least 0.
        low: f64,
        /// Slope at large probabilities, at least 0.
        high: f64,
        /// What is added to the logit.
        offset: f64,
    },
    /// Straight between knots of (probability, what it is to be), both rising; flat outside.
    Isotonic(Vec<(f32, f32)>),
}

impl Calibrator {
    /// Fits to forecasts that the model was not fitted to.
    ///
    /// # Errors
    /// [`CtrError::Row`] where a probability is not in 0 to 1 or a weight not above 0; [`CtrError::Nothing`] unless some
    /// happened and some did not.
    pub fn fit(bend: Bend, forecasts: &[Forecast]) -> Result<Self, CtrError> {
        check(forecasts)?;
        if forecasts.iter().all(|one| one.happened == forecasts[0].happened) {
            return Err(CtrError::Nothing {
                part: "calibration",
                expected: "rows that happened and rows that did not",
            });
        }
        Ok(match bend {
            Bend::Platt => platt(forecasts),
            Bend::Beta => beta(forecasts),
            Bend::Isotonic => isotonic(forecasts),
        })
    }

    /// The honest probability.
    pub fn apply(&self, probability: f32) -> f32 {
        match self {
            Self::Identity => probability,
            Self::Curve { low, high, offset } => {
                let (log, rest) = logs(probability);
                sigmoid(low * log - high * rest + offset) as f32
            }
            Self::Isotonic(knots) => between(knots, probability),
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        match self {
            Self::Identity => out.byte(0),
            Self::Curve { low, high, offset } => {
                out.byte(1);
                [low, high, offset].iter().for_each(|number| out.0.extend_from_slice(&number.to_le_bytes()));
            }
            Self::Isotonic(knots) => {
                out.byte(2);
                out.number(knots.len() as u64);
                for (from, to) in knots {
                    out.float(*from);
                    out.float(*to);
                }
            }
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> crate::Result<Self> {
        Ok(match input.byte()? {
            0 => Self::Identity,
            1 => Self::Curve { low: double(input)?, high: double(input)?, offset: double(input)? },
            2 => {
                let knots: crate::Result<Vec<_>> =
                    (0..input.count(8)?).map(|_| Ok((input.float()?, input.float()?))).collect();
                let knots = knots?;
                let rising = knots.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
                let inside = knots.iter().all(|(_, to)| (0.0..=1.0).contains(to));
                if !(rising && inside) || knots.is_empty() {
                    return Err(input.fault("rising knots"));
                }
                Self::Isotonic(knots)
            }
            _ => return Err(input.fault("a kind of calibrator")),
        })
    }
}

fn double(input: &mut Reader<'_>) -> crate::Result<f64> {
    let mut bytes = [0; 8];
    for byte in &mut bytes {
        *byte = input.byte()?;
    }
    let number = f64::from_le_bytes(bytes);
    if number.is_finite() { Ok(number) } else { Err(input.fault("a finite number")) }
}

/// ln p and ln(1 - p), kept finite.
fn logs(probability: f32) -> (f64, f64) {
    let probability = f64::from(probability).clamp(1e-12, 1.0 - 1e-12);
    (probability.ln(), (-probability).ln_1p())
}

/// A line on logits; labels are (n + 1) / (n + 2) and 1 / (n + 2) instead of 1 and 0, n being how many have that label (Platt
/// 1999, "Probabilistic outputs for support vector machines", section 2.2).
fn platt(forecasts: &[Forecast]) -> Calibrator {
    let mass = |happened| forecasts.iter().filter(|one| one.happened == happened).map(Forecast::mass).sum::<f64>();
    let (yes, no) = ((mass(true) + 1.0) / (mass(true) + 2.0), 1.0 / (mass(false) + 2.0));
    let row = |one: &Forecast| {
        let (log, rest) = logs(one.probability);
        ([log - rest, 1.0], if one.happened { yes } else { no }, one.mass())
    };
    let [slope, offset] = logistic(&forecasts.iter().map(row).collect::<Vec<_>>());
    if slope >= 0.0 { Calibrator::Curve { low: slope, high: slope, offset } } else { flat(forecasts) }
}

/// A slope below 0 would turn the order around: it is 0 then, and the other is fitted again (Kull et al. 2017, section 3.3).
fn beta(forecasts: &[Forecast]) -> Calibrator {
    let rows: Vec<_> = forecasts.iter().map(|one| (logs(one.probability), one.truth(), one.mass())).collect();
    let both: Vec<_> = rows.iter().map(|((log, rest), truth, mass)| ([*log, -rest, 1.0], *truth, *mass)).collect();
    let [low, high, offset] = logistic(&both);
    if low >= 0.0 && high >= 0.0 {
        return Calibrator::Curve { low, high, offset };
    }
    let keep_low = high < 0.0;
    let one: Vec<_> = rows
        .iter()
        .map(|((log, rest), truth, mass)| ([if keep_low { *log } else { -rest }, 1.0], *truth, *mass))
        .collect();
    let [slope, offset] = logistic(&one);
    if slope < 0.0 {
        flat(forecasts)
    } else if keep_low {
        Calibrator::Curve { low: slope, high: 0.0, offset }
    } else {
        Calibrator::Curve { low: 0.0, high: slope, offset }
    }
}

/// Always the share that happened.
fn flat(forecasts: &[Forecast]) -> Calibrator {
    let mass: f64 = forecasts.iter().map(Forecast::mass).sum();
    let happened: f64 = forecasts.iter().map(|one| one.mass() * one.truth()).sum();
    Calibrator::Curve { low: 0.0, high: 0.0, offset: (happened / (mass - happened)).ln() }
}

/// The rising steps nearest to the outcomes by squares: neighbours that fall are pooled (Ayer et al. 1955; Robertson et al.
/// 1988). Steps are kept half a case away from 0 and 1: no number of held-out rows makes a thing certain.
fn isotonic(forecasts: &[Forecast]) -> Calibrator {
    /// Neighbouring forecasts that are told the same.
    struct Pool {
        low: f32,
        high: f32,
        mass: f64,
        happened: f64,
    }
    let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let mut pools: Vec<Pool> = Vec::new();
    for ties in sorted.chunk_by(|a, b| a.probability == b.probability) {
        let probability = ties[0].probability;
        let mut pool = Pool { low: probability, high: probability, mass: 0.0, happened: 0.0 };
        for one in ties {
            pool.mass += one.mass();
            pool.happened += one.mass() * one.truth();
        }
        while let Some(before) = pools.pop_if(|before| before.happened * pool.mass >= pool.happened * before.mass) {
            pool = Pool {
                low: before.low,
                mass: before.mass + pool.mass,
                happened: before.happened + pool.happened,
                ..pool
            };
        }
        pools.push(pool);
    }
    let edge = 0.5 / (forecasts.len() as f64 + 1.0);
    let knots = pools.into_iter().flat_map(|Pool { low, high, mass, happened }| {
        let to = (happened / mass).clamp(edge, 1.0 - edge) as f32;
        std::iter::once((low, to)).chain((high > low).then_some((high, to)))
    });
    Calibrator::Isotonic(knots.collect())
}

/// The height over `at` of the line through knots.
fn between(knots: &[(f32, f32)], at: f32) -> f32 {
    let after = knots.partition_point(|(from, _)| *from < at);
    match (after.checked_sub(1).map(|before| knots[before]), knots.get(after)) {
        (Some((x, y)), Some((next_x, next_y))) => {
            let share = f64::from(at - x) / f64::from(next_x - x);
            (f64::from(y) + share * f64::from(next_y - y)) as f32
        }
        (None, Some((_, only))) => *only,
        (Some((_, only)), None) => only,
        (None, None) => at,
    }
}

#[cfg(test)]
mod tests {
    use super::super::forecast::tests::{forecast, forecasts};
    use super::*;
    use proptest::prelude::*;

    const ASKED: [f32; 7] = [0.05, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9];

    fn check(bend: Bend, forecasts: &[Forecast], expected: [f64; 7], within: f64) {
        let calibrator = Calibrator::fit(bend, forecasts).unwrap();
        for (asked, expected) in ASKED.into_iter().zip(expected) {
            let got = f64::from(calibrator.apply(asked));
            assert!((got - expected).abs() < within, "{bend:?} {asked}: {got}, not {expected}");
        }
    }

    #[test]
    fn as_scikit_learn_and_betacal_say() {
        let forecasts = forecasts();
        // scikit-learn 1.9.1, IsotonicRegression(out_of_bounds="clip").
        let steps = [0.054_794_5, 0.054_794_5, 0.054_794_5, 0.1, 0.303_296_7, 0.5, 0.833_333_3];
        check(Bend::Isotonic, &forecasts, steps, 1e-6);
        // scikit-learn 1.9.1, the sigmoid of CalibratedClassifierCV, on logits.
        let line = [0.014_962_97, 0.070_146_35, 0.116_083_9, 0.203_437_1, 0.322_676_8, 0.492_863_3, 0.750_531_4];
        check(Bend::Platt, &forecasts, line, 2e-5);
        // betacal 1.1.0, BetaCalibration("abm"), whose solver stops within 1e-4; the slope at small probabilities would fall, and
        // is dropped.
        let dropped = [0.054_635_6, 0.076_312_6, 0.098_334_6, 0.152_595_3, 0.258_805, 0.481_295_7, 0.861_821_8];
        check(Bend::Beta, &forecasts, dropped, 2e-4);
    }

    #[test]
    fn both_slopes_as_betacal_says() {
        let honest = |(i, one): (usize, Forecast)| {
            let draw = ((i * i * 5 + i * 11) % 89) as f64 / 89.0;
            let (p, q) = (f64::from(one.probability), 1.0 - f64::from(one.probability));
            forecast(one.probability, draw < p * p / (p * p + q * q))
        };
        let forecasts: Vec<Forecast> = forecasts().into_iter().enumerate().map(honest).collect();
        let expected = [0.044_424_6, 0.104_703_9, 0.172_333_8, 0.355_378_8, 0.654_452_3, 0.918_201_7, 0.997_084_2];
        check(Bend::Beta, &forecasts, expected, 2e-4);
    }

    #[test]
    fn labels_of_one_kind_and_lines_that_fall_are_met() {
        let same = [forecast(0.2, true), forecast(0.3, true)];
        let said = Calibrator::fit(Bend::Platt, &same).unwrap_err().to_string();
        assert_eq!(said, "calibration: expected rows that happened and rows that did not");
        let turned: Vec<Forecast> = (0..100).map(|i| forecast(i as f32 / 100.0, (i * 37) % 100 > i)).collect();
        for bend in [Bend::Platt, Bend::Beta, Bend::Isotonic] {
            let calibrator = Calibrator::fit(bend, &turned).unwrap();
            let share = turned.iter().filter(|one| one.happened).count() as f32 / 100.0;
            assert!((calibrator.apply(0.1) - share).abs() < 0.02, "{bend:?}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_out_is_a_rising_probability_and_comes_back_from_bytes(
            raw in prop::collection::vec((0.0f32..=1.0, any::<bool>()), 2..60), ends in any::<bool>()) {
            let mut forecasts: Vec<Forecast> =
                raw.into_iter().map(|(probability, happened)| forecast(probability, happened)).collect();
            forecasts.extend([forecast(f32::from(u8::from(ends)), true), forecast(1.0, false)]);
            for bend in [Bend::Platt, Bend::Beta, Bend::Isotonic] {
                let calibrator = Calibrator::fit(bend, &forecasts).unwrap();
                let mut before = 0.0;
                for step in 0..=100 {
                    let got = calibrator.apply(step as f32 / 100.0);
                    prop_assert!((0.0..=1.0).contains(&got) && got >= before - 1e-6, "{:?} {}", calibrator, got);
                    before = got;
                }
                let mut out = Writer::default();
                calibrator.write(&mut out);
                prop_assert_eq!(Calibrator::read(&mut Reader::new(&out.0)).unwrap(), calibrator);
                prop_assert!(Calibrator::read(&mut Reader::new(&out.0[..out.0.len() - 1])).is_err());
            }
        }
    }
}
