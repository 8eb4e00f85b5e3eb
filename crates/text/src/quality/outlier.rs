//! Numbers far from what is usual in their category.

use std::sync::Arc;

use super::{Finding, Fix, ItemFacts, QualityOptions, Rule};

/// Where a normal distribution has its quartiles: makes the median deviation comparable to a standard deviation.
const QUARTILE: f64 = 0.674_489_75;
/// Where all prices are alike, a deviation of a twentieth is still nothing to speak of.
const DEVIATION_MIN: f64 = 0.05;
/// Factors by which numbers are entered wrongly: decimal points, cents for units, grams for kilograms.
const SLIPS: [f64; 3] = [10.0, 100.0, 1_000.0];

/// What is usual: median and median absolute deviation of logarithms (Iglewicz and Hoaglin 1993, "How to detect and handle
/// outliers"), which a few wrong numbers do not move.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    median: f64,
    deviation: f64,
}

impl Spread {
    /// Of positive numbers; `None` where there are none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let logs: Vec<f64> =
            numbers.into_iter().filter(|number| *number > 0.0 && number.is_finite()).map(f64::ln).collect();
        let median = median(logs.clone())?;
        let deviation = median_of_deviations(&logs, median);
        Some(Self { median, deviation: (deviation / QUARTILE).max(DEVIATION_MIN) })
    }

    /// The usual number.
    pub fn usual(&self) -> f64 {
        self.median.exp()
    }

    /// How many robust deviations a number lies above what is usual.
    pub fn deviations(&self, number: f64) -> f64 {
        (number.ln() - self.median) / self.deviation
    }
}

pub(super) fn find(
    items: &[ItemFacts<'_>],
    category: &str,
    places: &[usize],
    options: &QualityOptions,
) -> Vec<Finding> {
    let prices: Vec<(usize, f64)> = places.iter().filter_map(|place| Some((*place, items[*place].price?))).collect();
    let mut findings = of_numbers("price", &prices, category, options);
    for (place, price) in prices {
        if price <= 0.0 {
            let evidence = format!("the price is {price}");
            findings.push(finding(place, "price", 0.6, evidence, None));
        }
    }
    let mut names: Vec<&str> = places.iter().flat_map(|place| &items[*place].measures).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let value = |place: &usize| {
            let measure = items[*place].measures.iter().find(|(known, _)| *known == name)?;
            Some((*place, measure.1))
        };
        let numbers: Vec<(usize, f64)> = places.iter().filter_map(value).collect();
        findings.extend(of_numbers(name, &numbers, category, options));
    }
    findings
}

fn of_numbers(name: &str, numbers: &[(usize, f64)], category: &str, options: &QualityOptions) -> Vec<Finding> {
    let Some(spread) = Spread::of(numbers.iter().map(|(_, number)| *number)) else { return Vec::new() };
    if numbers.len() < options.items_min {
        return Vec::new();
    }
    let far = numbers
        .iter()
        .filter(|(_, number)| *number > 0.0 && spread.deviations(*number).abs() >= options.deviations_min);
    far.map(|(place, number)| {
        let deviations = spread.deviations(*number);
        let evidence = format!(
            "{number} is {:.0} deviations {} the usual {:.2} of {} items in `{category}`",
            deviations.abs(),
            if deviations > 0.0 { "above" } else { "below" },
            spread.usual(),
            numbers.len()
        );
        let fix = slip(*number, &spread).map(|right| Fix::Set(right.to_string()));
        let severity = (1.0 - options.deviations_min / deviations.abs() * 0.6) as f32;
        finding(*place, name, severity, evidence, fix)
    })
    .collect()
}

/// The number that was meant, if a common slip explains it: then it is usual.
fn slip(number: f64, spread: &Spread) -> Option<f64> {
    let candidates = SLIPS.iter().flat_map(|factor| [number / factor, number * factor]);
    let best = candidates.min_by(|a, b| spread.deviations(*a).abs().total_cmp(&spread.deviations(*b).abs()))?;
    (spread.deviations(best).abs() < 1.5).then_some((best * 1e4).round() / 1e4)
}

fn finding(item: usize, name: &str, severity: f32, evidence: String, fix: Option<Fix>) -> Finding {
    Finding { item, rule: Rule::Outlier, attribute: Arc::from(name), severity, evidence, fix }
}

fn median_of_deviations(logs: &[f64], centre: f64) -> f64 {
    median(logs.iter().map(|log| (log - centre).abs()).collect()).unwrap_or(0.0)
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(numbers[middle]),
        _ => Some((numbers[middle - 1] + numbers[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_decimal_point_is_found_and_mended() {
        let prices = [19.9, 21.0, 18.5, 25.0, 22.0, 17.0, 20.0, 23.5, 19.0, 24.0, 1_990.0, 0.0];
        let items: Vec<ItemFacts<'_>> = prices
            .iter()
            .map(|price| ItemFacts { category: "mugs", price: Some(*price), ..ItemFacts::default() })
            .collect();
        let places: Vec<usize> = (0..items.len()).collect();
        let found = find(&items, "mugs", &places, &QualityOptions::default());
        assert_eq!(found.iter().map(|finding| finding.item).collect::<Vec<_>>(), [10, 11]);
        assert_eq!(found[0].fix, Some(Fix::Set("19.9".to_owned())));
        assert!(found[0].evidence.contains("above the usual 21.0"), "{}", found[0].evidence);
    }

    #[test]
    fn wide_ranges_are_usual_where_they_are_usual() {
        let items: Vec<ItemFacts<'_>> =
            (0..40).map(|place| ItemFacts { price: Some(1.4f64.powi(place)), ..ItemFacts::default() }).collect();
        let places: Vec<usize> = (0..items.len()).collect();
        assert_eq!(find(&items, "", &places, &QualityOptions::default()), []);
    }
}
