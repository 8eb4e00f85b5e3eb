use std::collections::HashMap;

/// What was measured of readings of an attribute: how often the item chosen, or judged to fit, had the value.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Measured {
    /// Clicks or judgements that had one of the values.
    pub hits: f64,
    /// All that were looked at.
    pub trials: f64,
}

/// Measured precision by attribute. What is not in it is judged by the catalogue alone.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Precision {
    attributes: HashMap<String, Measured>,
}

/// How many trials the catalogue's estimate counts for, as the prior.
const PRIOR_TRIALS: f64 = 20.0;

impl Precision {
    /// Counts `trials` chosen or fitting items of queries in which `attribute` was read, `hits` of which had the value.
    /// What is not a finite count of at least 0 is taken as 0.
    pub fn add(&mut self, attribute: &str, hits: f64, trials: f64) {
        let sound = |count: f64| if count.is_finite() { count.max(0.0) } else { 0.0 };
        let entry = self.attributes.entry(attribute.to_owned()).or_default();
        entry.trials += sound(trials);
        entry.hits = (entry.hits + sound(hits)).min(entry.trials);
    }

    /// What was measured of `attribute`.
    pub fn measured(&self, attribute: &str) -> Option<Measured> {
        self.attributes.get(attribute).copied().filter(|measured| measured.trials > 0.0)
    }
}

/// Mean and a lower bound (one-sided 95 %) of a precision, given the catalogue's estimate as a Beta prior worth
/// [`PRIOR_TRIALS`] trials and what was measured. The bound takes the Beta distribution as normal: mean − 1.645 ·
/// √(mean (1 − mean) / (trials + prior + 1)).
pub(super) fn posterior(estimate: f64, measured: Option<Measured>) -> (f64, f64) {
    let Measured { hits, trials } = measured.unwrap_or_default();
    let total = trials + PRIOR_TRIALS;
    let mean = (estimate * PRIOR_TRIALS + hits) / total;
    let deviation = (mean * (1.0 - mean) / (total + 1.0)).max(0.0).sqrt();
    (mean, (mean - 1.645 * deviation).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_outweigh_the_estimate() {
        assert_eq!(posterior(0.9, None).0, 0.9);
        let (mean, low) = posterior(0.9, Some(Measured { hits: 100.0, trials: 1_000.0 }));
        assert!((0.1..0.12).contains(&mean) && low < mean, "{mean} {low}");
        let (_, low) = posterior(0.9, Some(Measured { hits: 990.0, trials: 1_000.0 }));
        assert!(low > 0.97, "{low}");
    }

    #[test]
    fn odd_counts_do_no_harm() {
        let mut precision = Precision::default();
        precision.add("brand", f64::NAN, 3.0);
        precision.add("brand", 9.0, f64::INFINITY);
        assert_eq!(precision.measured("brand"), Some(Measured { hits: 3.0, trials: 3.0 }));
        assert_eq!(precision.measured("color"), None);
    }
}
