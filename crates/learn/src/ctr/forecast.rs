//! How good probabilities are: ranking, losses, and whether they come true as often as they say.

use super::CtrError;

/// A probability that was said, and what came of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Forecast {
    /// What was said, 0 to 1.
    pub probability: f32,
    /// Whether it happened.
    pub happened: bool,
    /// How much it counts, above 0.
    pub weight: f32,
}

impl Forecast {
    pub(super) fn mass(&self) -> f64 {
        f64::from(self.weight)
    }

    pub(super) fn truth(&self) -> f64 {
        f64::from(u8::from(self.happened))
    }
}

/// Refuses what is no forecast.
///
/// # Errors
/// [`CtrError::Row`] where a probability is not in 0 to 1 or a weight not above 0 and finite; [`CtrError::Nothing`] without any.
pub(super) fn check(forecasts: &[Forecast]) -> Result<(), CtrError> {
    if forecasts.is_empty() {
        return Err(CtrError::Nothing { part: "forecasts", expected: "at least one" });
    }
    let wrong = |row, field: &str, expected: &str, got: f32| {
        Err(CtrError::Row { row, field: field.to_owned(), expected: expected.to_owned(), got: got.to_string() })
    };
    for (row, forecast) in forecasts.iter().enumerate() {
        if !(0.0..=1.0).contains(&forecast.probability) {
            return wrong(row, "probability", "0 to 1", forecast.probability);
        }
        if !(forecast.weight > 0.0 && forecast.weight.is_finite()) {
            return wrong(row, "weight", "above 0", forecast.weight);
        }
    }
    Ok(())
}

/// Figures of forecasts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quality {
    /// Chance that one that happened was said to be likelier than one that did not, ties counting half (Hanley and McNeil
    /// 1982, Radiology); `None` where all or none happened.
    pub auc: Option<f64>,
    /// Mean of -ln of the probability of what came; probabilities are kept 10^-15 away from 0 and 1.
    pub log_loss: f64,
    /// Mean squared distance between probability and outcome (Brier 1950).
    pub brier: f64,
    /// 1 less the log-loss over that of always saying the share that happened (He et al. 2014, "Practical lessons from
    /// predicting clicks on ads at Facebook", ADKDD: one less the normalised entropy); `None` where all or none happened.
    pub relative_information: Option<f64>,
}

impl Quality {
    /// Measures forecasts.
    ///
    /// # Errors
    /// [`CtrError::Row`] where a probability is not in 0 to 1 or a weight not above 0; [`CtrError::Nothing`] without any.
    pub fn of(forecasts: &[Forecast]) -> Result<Self, CtrError> {
        check(forecasts)?;
        let mass: f64 = forecasts.iter().map(Forecast::mass).sum();
        let mean = |of: fn(&Forecast) -> f64| forecasts.iter().map(|one| one.mass() * of(one)).sum::<f64>() / mass;
        let log_loss = mean(log_loss);
        let share = mean(Forecast::truth);
        let entropy = -(share * share.ln() + (1.0 - share) * (1.0 - share).ln());
        Ok(Self {
            auc: auc(forecasts),
            log_loss,
            brier: mean(|one| (f64::from(one.probability) - one.truth()).powi(2)),
            relative_information: (share > 0.0 && share < 1.0).then(|| 1.0 - log_loss / entropy),
        })
    }
}

fn log_loss(forecast: &Forecast) -> f64 {
    const SMALL: f64 = 1e-15;
    let probability = f64::from(forecast.probability);
    -(if forecast.happened { probability } else { 1.0 - probability }).clamp(SMALL, 1.0).ln()
}

/// See [`Quality::auc`].
fn auc(forecasts: &[Forecast]) -> Option<f64> {
    let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
    sorted.sort_unstable_by(|a, b| a.probability.total_cmp(&b.probability).then(a.weight.total_cmp(&b.weight)));
    let (mut below, mut above, mut won) = (0.0, 0.0, 0.0);
    // 0 and -0 are one probability.
    for ties in sorted.chunk_by(|a, b| a.probability == b.probability) {
        let mass = |happened| ties.iter().filter(|one| one.happened == happened).map(|one| one.mass()).sum::<f64>();
        let (happened, not) = (mass(true), mass(false));
        won += happened * (below + 0.5 * not);
        below += not;
        above += happened;
    }
    (below > 0.0 && above > 0.0).then(|| won / (below * above))
}

/// How forecasts are put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bins {
    /// By so many equal ranges of probability (Guo et al. 2017, ICML); where probabilities are small, most fall into one.
    EqualWidth(usize),
    /// Into so many groups of about equal mass (Nixon et al. 2019, "Measuring calibration in deep learning"); equal
    /// probabilities stay together.
    EqualMass(usize),
}

/// Whether forecasts come true as often as they say: the table behind a reliability plot, in which honest probabilities
/// lie on the diagonal of [`Bin::said`] and [`Bin::happened`].
#[derive(Clone, PartialEq, Debug)]
pub struct Reliability {
    /// From the lowest probability to the highest, none empty.
    pub bins: Vec<Bin>,
}

/// Forecasts put together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bin {
    /// Number of forecasts.
    pub count: usize,
    /// Sum of their weights.
    pub mass: f64,
    /// Mean of what was said.
    pub said: f64,
    /// Share that happened.
    pub happened: f64,
}

impl Reliability {
    /// Puts forecasts together; 0 bins are taken for 1.
    ///
    /// # Errors
    /// As [`Quality::of`].
    pub fn of(forecasts: &[Forecast], bins: Bins) -> Result<Self, CtrError> {
        check(forecasts)?;
        let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
        sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        let all: f64 = forecasts.iter().map(Forecast::mass).sum();
        let mut before = 0.0;
        let mut groups: Vec<(usize, Bin)> = Vec::new();
        for ties in sorted.chunk_by(|a, b| a.probability == b.probability) {
            let mass: f64 = ties.iter().map(|one| one.mass()).sum();
            let probability = f64::from(ties[0].probability);
            let number = match bins {
                Bins::EqualWidth(count) => ((probability * count.max(1) as f64) as usize).min(count.max(1) - 1),
                Bins::EqualMass(count) => ((before + 0.5 * mass) / all * count.max(1) as f64) as usize,
            };
            before += mass;
            if groups.last().is_none_or(|(last, _)| *last != number) {
                groups.push((number, Bin { count: 0, mass: 0.0, said: 0.0, happened: 0.0 }));
            }
            let place = groups.len() - 1;
            let bin = &mut groups[place].1;
            bin.count += ties.len();
            bin.mass += mass;
            bin.said += mass * probability;
            bin.happened += ties.iter().map(|one| one.mass() * one.truth()).sum::<f64>();
        }
        let mean = |(_, bin): (usize, Bin)| Bin { said: bin.said / bin.mass, happened: bin.happened / bin.mass, ..bin };
        Ok(Self { bins: groups.into_iter().map(mean).collect() })
    }

    /// The expected calibration error: the mean, by mass, of the distances between what was said and what happened.
    pub fn error(&self) -> f64 {
        let mass: f64 = self.bins.iter().map(|bin| bin.mass).sum();
        self.bins.iter().map(|bin| bin.mass * (bin.said - bin.happened).abs()).sum::<f64>() / mass
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::ctr) fn forecast(probability: f32, happened: bool) -> Forecast {
        Forecast { probability, happened, weight: 1.0 }
    }

    /// 200 forecasts with ties, made alike in the scripts that the expected numbers come from.
    pub(in crate::ctr) fn forecasts() -> Vec<Forecast> {
        let one = |i: u32| {
            let probability = ((i * 37 % 101 + 1) as f64 / 103.0) as f32;
            let draw = f64::from((i * i * 7 + i * 3) % 97) / 97.0;
            forecast(probability, draw < f64::from(probability) * f64::from(probability))
        };
        (0..200).map(one).collect()
    }

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-6, "{got} is not {expected}");
    }

    #[test]
    fn what_is_no_forecast_is_refused() {
        let said = |forecasts: &[Forecast]| Quality::of(forecasts).unwrap_err().to_string();
        assert_eq!(said(&[]), "forecasts: expected at least one");
        assert_eq!(said(&[forecast(f32::NAN, true)]), "row 0: `probability`: expected 0 to 1, got NaN");
        let heavy = Forecast { weight: 0.0, ..forecast(0.5, true) };
        assert_eq!(said(&[forecast(0.5, true), heavy]), "row 1: `weight`: expected above 0, got 0");
        let one = Quality::of(&[forecast(0.0, true)]).unwrap();
        assert!(one.auc.is_none() && one.relative_information.is_none() && (one.log_loss - 34.5).abs() < 0.1);
    }

    #[test]
    fn as_scikit_learn_says() {
        // scikit-learn 1.9.1: roc_auc_score, log_loss, brier_score_loss.
        let quality = Quality::of(&forecasts()).unwrap();
        close(quality.auc.unwrap(), 0.853_786_816_269_284_7);
        close(quality.log_loss, 0.544_743_436_653_995_8);
        close(quality.brier, 0.180_162_598_289_237_34);
        close(quality.relative_information.unwrap(), 0.120_105_230_125_348_46);
        // numpy, ten equal ranges.
        close(Reliability::of(&forecasts(), Bins::EqualWidth(10)).unwrap().error(), 0.195_388_349_331_915_37);
    }

    #[test]
    fn bins_by_hand() {
        let forecasts = [forecast(0.1, false), forecast(0.2, true), forecast(0.2, false), forecast(1.0, true)];
        let wide = Reliability::of(&forecasts, Bins::EqualWidth(2)).unwrap();
        assert_eq!(wide.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [3, 1]);
        close(wide.error(), 0.75 * (0.5f64 / 3.0 - 1.0 / 3.0).abs());
        let mass = Reliability::of(&forecasts, Bins::EqualMass(4)).unwrap();
        // The tied two stay together.
        assert_eq!(mass.bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), [1, 2, 1]);
        close(mass.error(), 0.25 * 0.1 + 0.5 * 0.3);
        assert_eq!(Reliability::of(&forecasts, Bins::EqualMass(0)).unwrap().bins.len(), 1);
    }

    proptest! {
        #[test]
        fn the_auc_is_the_share_of_pairs_in_order(
            raw in prop::collection::vec((0u8..6, any::<bool>(), 1u8..4), 1..40)) {
            let forecasts: Vec<Forecast> = raw.iter().map(|(probability, happened, weight)| Forecast {
                probability: f32::from(*probability) / 5.0, happened: *happened, weight: f32::from(*weight),
            }).collect();
            let (mut won, mut all) = (0.0, 0.0);
            for a in forecasts.iter().filter(|one| one.happened) {
                for b in forecasts.iter().filter(|one| !one.happened) {
                    let pair = a.mass() * b.mass();
                    all += pair;
                    won += pair * if a.probability > b.probability { 1.0 }
                        else if a.probability == b.probability { 0.5 } else { 0.0 };
                }
            }
            let quality = Quality::of(&forecasts).unwrap();
            match quality.auc {
                None => prop_assert_eq!(all, 0.0),
                Some(auc) => prop_assert!((auc - won / all).abs() < 1e-9),
            }
            for bins in [Bins::EqualMass(3), Bins::EqualWidth(3)] {
                let table = Reliability::of(&forecasts, bins).unwrap();
                prop_assert_eq!(table.bins.iter().map(|bin| bin.count).sum::<usize>(), forecasts.len());
                prop_assert!((0.0..=1.0).contains(&table.error()));
            }
        }
    }
}
