//! Figures of forecasts with their intervals.

use learn::ctr::{Bins, Forecast, Quality, Reliability};
use rayon::prelude::*;
use types::Rng;

use crate::{Bootstrap, Metric, Result};

const NAMES: [&str; 6] = ["auc", "log_loss", "relative_information", "brier", "ece", "ece_equal_width"];

/// The figures, with 95 % intervals by the percentile bootstrap over rows (Efron 1979). A figure that there is none of, such
/// as the AUC of rows that all have one label, is left out.
///
/// # Errors
/// Where there is no forecast, or a probability is none.
pub(super) fn metrics(forecasts: &[Forecast], bootstrap: Bootstrap) -> Result<Vec<Metric>> {
    let values = values(forecasts)?;
    let mut sorted = forecasts.to_vec();
    // In the order in which they are sorted again for every draw.
    sorted.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    let base = Rng::new(bootstrap.seed).next_u64();
    let draws: Vec<_> = (0..bootstrap.resamples)
        .into_par_iter()
        .map(|draw| self::values(&resampled(&sorted, Rng::new(Rng::new(base.wrapping_add(draw as u64)).next_u64()))))
        .collect::<Result<_>>()?;
    let metric = |(place, name): (usize, &&str)| {
        let drawn: Vec<f64> = draws.iter().filter_map(|values: &[Option<f64>; 6]| values[place]).collect();
        Some(Metric { name: (*name).to_owned(), value: values[place]?, interval: middle(drawn) })
    };
    Ok(NAMES.iter().enumerate().filter_map(metric).collect())
}

fn values(forecasts: &[Forecast]) -> Result<[Option<f64>; 6]> {
    let quality = Quality::of(forecasts)?;
    let error = |bins| Ok::<_, crate::Error>(Some(Reliability::of(forecasts, bins)?.error()));
    Ok([
        quality.auc,
        Some(quality.log_loss),
        quality.relative_information,
        Some(quality.brier),
        error(Bins::EqualMass(super::BINS))?,
        error(Bins::EqualWidth(super::BINS))?,
    ])
}

/// As many rows drawn with replacement; each that was drawn counts as often as it was.
fn resampled(forecasts: &[Forecast], mut rng: Rng) -> Vec<Forecast> {
    let mut counts = vec![0u32; forecasts.len()];
    forecasts.iter().for_each(|_| counts[rng.below(forecasts.len())] += 1);
    let drawn = forecasts.iter().zip(counts).filter(|(_, count)| *count > 0);
    drawn.map(|(one, count)| Forecast { weight: one.weight * count as f32, ..*one }).collect()
}

/// The bounds of the middle 95 % of values.
fn middle(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((values.len().saturating_sub(1) as f64 * share).round() as usize).copied();
    at(0.025).zip(at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_the_figures_and_honest_forecasts_have_little_error() {
        let mut rng = Rng::new(4);
        let forecasts: Vec<Forecast> = (0..4_000)
            .map(|_| {
                let probability = 0.3 * rng.unit();
                Forecast { probability: probability as f32, happened: rng.unit() < probability, weight: 1.0 }
            })
            .collect();
        let metrics = metrics(&forecasts, Bootstrap { resamples: 200, seed: 1 }).unwrap();
        assert_eq!(metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>(), NAMES);
        for metric in &metrics[..4] {
            let (low, high) = metric.interval.unwrap();
            assert!(low < metric.value && metric.value < high && high - low < 0.1, "{metric:?}");
        }
        assert!(metrics[4].value < 0.03 && metrics[0].value > 0.6, "{metrics:?}");
        let again = self::metrics(&forecasts, Bootstrap { resamples: 200, seed: 1 }).unwrap();
        assert_eq!(again, metrics);
    }

    #[test]
    fn rows_of_one_label_have_no_auc() {
        let forecasts = [Forecast { probability: 0.5, happened: true, weight: 1.0 }];
        let metrics = metrics(&forecasts, Bootstrap { resamples: 3, seed: 1 }).unwrap();
        assert_eq!(metrics[0].name, "log_loss");
        assert!(self::metrics(&[], Bootstrap::default()).is_err());
    }
}
