//! Figures before and after, with what chance may have to do with them.

use eval::statistics;
use train::fit::{Metric, Scores};
use train::run::Figure;

use crate::args::Bootstrap;

/// The figures of both, in the order of those after, or of those before where there are none after.
pub(crate) fn figures(before: &Scores, after: Option<&Scores>, bootstrap: Bootstrap) -> Vec<Figure> {
    let named = after.unwrap_or(before);
    let names = named.metrics.iter().map(|metric| metric.name.as_str());
    names.map(|name| figure(name, before.get(name), after.and_then(|scores| scores.get(name)), bootstrap)).collect()
}

fn figure(name: &str, before: Option<&Metric>, after: Option<&Metric>, bootstrap: Bootstrap) -> Figure {
    let interval = |metric: Option<&Metric>| metric.and_then(|metric| interval(metric, bootstrap));
    let difference_interval = before.zip(after).and_then(|(before, after)| {
        let (before, after) = (units(before), units(after));
        if before.is_empty() || before.len() != after.len() {
            return None;
        }
        let (low, high) = statistics::compare(&before, &after, bootstrap.resamples, bootstrap.seed).interval;
        Some([low, high])
    });
    Figure {
        name: name.to_owned(),
        before: before.map(|metric| metric.value),
        before_interval: interval(before),
        after: after.map(|metric| metric.value),
        after_interval: interval(after),
        difference_interval,
    }
}

fn interval(metric: &Metric, bootstrap: Bootstrap) -> Option<[f64; 2]> {
    if metric.units.is_empty() {
        return None;
    }
    let mut table = statistics::Scores::new(vec![metric.name.clone()]);
    units(metric).iter().for_each(|unit| table.push(&[*unit]));
    let (low, high) = table.intervals(bootstrap.resamples, bootstrap.seed)[0];
    Some([low, high])
}

fn units(metric: &Metric) -> Vec<f64> {
    metric.units.iter().map(|unit| f64::from(*unit)).collect()
}

/// Rows of the table, its head first.
pub(crate) fn rows(figures: &[Figure]) -> Vec<Vec<String>> {
    let mut rows = vec![["figure", "before", "after", "difference (95 % interval)"].map(str::to_owned).to_vec()];
    for figure in figures {
        let difference = match (figure.before, figure.after) {
            (Some(before), Some(after)) => format!("{:+.4}", after - before),
            _ => "-".to_owned(),
        };
        rows.push(vec![
            figure.name.clone(),
            with_interval(figure.before, figure.before_interval),
            with_interval(figure.after, figure.after_interval),
            match figure.difference_interval {
                Some([low, high]) => format!("{difference} ({low:+.4} to {high:+.4})"),
                None => difference,
            },
        ]);
    }
    rows
}

/// A figure as it is shown.
pub(crate) fn with_interval(value: Option<f64>, interval: Option<[f64; 2]>) -> String {
    match (value, interval) {
        (None, _) => "-".to_owned(),
        (Some(value), None) => format!("{value:.4}"),
        (Some(value), Some([low, high])) => format!("{value:.4} ({low:.4} to {high:.4})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_has_its_interval() {
        let scores = |right: usize| {
            Scores::new(vec![Metric::mean("accuracy", (0..100).map(|at| f32::from(u8::from(at < right))).collect())])
        };
        let bootstrap = Bootstrap { resamples: 500, seed: 1 };
        let found = figures(&scores(50), Some(&scores(80)), bootstrap);
        let [low, high] = found[0].difference_interval.unwrap();
        assert!(low > 0.2 && high < 0.4 && found[0].after == Some(0.8));
        assert!(rows(&found)[1][3].starts_with("+0.3000 (+0."), "{:?}", rows(&found));
        let bare = figures(&Scores::new(vec![Metric::new("macro_f1", 0.5)]), None, bootstrap);
        assert_eq!(rows(&bare)[1], ["macro_f1", "0.5000", "-", "-"]);
    }
}
