//! Numbers far from what is usual in their category.

use std::sync::Arc;

use super::{Finding, Fix, ItemFacts, QualityOptions, Rule, Spread};

/// Factors by which numbers are entered wrongly: decimal points, cents for units, grams for kilograms.
const SLIPS: [f64; 3] = [10.0, 100.0, 1_000.0];
/// A number that is usual once a slip is undone lies no further off than this.
const USUAL_MAX: f64 = 1.5;
/// A wider category says less of what is usual in a narrower one: it takes so much more for each step up.
const STEP_UP: f64 = 0.25;

/// A price of nothing.
pub(super) fn without_price(place: usize, item: &ItemFacts<'_>) -> Option<Finding> {
    let price = item.price.filter(|price| *price <= 0.0)?;
    Some(finding(place, "price", 0.6, format!("the price is {price}"), None))
}

/// What is usual, and where.
pub(super) struct Beside<'a> {
    pub(super) category: &'a str,
    pub(super) spread: &'a Spread,
    /// How many steps up the tree from where the item stands.
    pub(super) steps_up: usize,
}

/// A number beside the spread of its kind.
pub(super) fn find(
    place: usize,
    name: &str,
    number: f64,
    beside: &Beside<'_>,
    options: &QualityOptions,
) -> Option<Finding> {
    let Beside { category, spread, steps_up } = beside;
    let deviations = if number > 0.0 { spread.deviations(number) } else { return None };
    let least = options.deviations_min * (1.0 + STEP_UP * *steps_up as f64);
    if deviations.abs() < least {
        return None;
    }
    let evidence = format!(
        "{} is {:.0} deviations {} the usual {} of {} items in `{category}`",
        (number * 1e4).round() / 1e4,
        deviations.abs(),
        if deviations > 0.0 { "above" } else { "below" },
        rounded(spread.usual()),
        spread.count()
    );
    let can_mend = name == "price" && *steps_up == 0;
    let fix = can_mend.then(|| slip(number, spread)).flatten().map(|right| Fix::Set(right.to_string()));
    let severity = (1.0 - least / deviations.abs() * 0.6) as f32;
    Some(finding(place, name, severity, evidence, fix))
}

/// The number that was meant, if a common slip explains it: then it is usual.
fn slip(number: f64, spread: &Spread) -> Option<f64> {
    let candidates = SLIPS.iter().flat_map(|factor| [number / factor, number * factor]);
    let best = candidates.min_by(|a, b| spread.deviations(*a).abs().total_cmp(&spread.deviations(*b).abs()))?;
    let right = (best * 1e4).round() / 1e4;
    // A price that was shifted has no parts of a cent when it is shifted back.
    let is_price = ((right * 100.0).round() - right * 100.0).abs() < 1e-6;
    (is_price && spread.deviations(best).abs() < USUAL_MAX).then_some(right)
}

fn finding(item: usize, name: &str, severity: f32, evidence: String, fix: Option<Fix>) -> Finding {
    Finding { item, rule: Rule::Outlier, attribute: Arc::from(name), severity, evidence, fix }
}

/// To three significant digits.
fn rounded(number: f64) -> f64 {
    if number <= 0.0 || !number.is_finite() {
        return number;
    }
    let scale = 10f64.powf(2.0 - number.log10().floor());
    let rounded = (number * scale).round() / scale;
    if rounded.is_finite() { rounded } else { number }
}

#[cfg(test)]
mod tests {
    use super::super::{ItemFacts, check};
    use super::*;

    fn findings(prices: &[f64]) -> Vec<Finding> {
        let item = |price: &f64| ItemFacts { title: "mug", price: Some(*price), ..ItemFacts::default() };
        let items: Vec<ItemFacts<'_>> = prices.iter().map(item).collect();
        let found = check(&items, QualityOptions::default()).into_iter();
        found.filter(|finding| finding.rule == Rule::Outlier).collect()
    }

    #[test]
    fn a_misplaced_decimal_point_is_found_and_mended() {
        let found = findings(&[19.9, 21.0, 18.5, 25.0, 22.0, 17.0, 20.0, 23.5, 19.0, 24.0, 1_990.0, 0.0]);
        assert_eq!(found.iter().map(|finding| finding.item).collect::<Vec<_>>(), [10, 11]);
        assert_eq!(found[0].fix, Some(Fix::Set("19.9".to_owned())));
        assert!(found[0].evidence.contains("above the usual 21"), "{}", found[0].evidence);
    }

    #[test]
    fn wide_ranges_are_usual_where_they_are_usual() {
        let prices: Vec<f64> = (0..40).map(|place| 1.4f64.powi(place)).collect();
        assert_eq!(findings(&prices), []);
    }

    #[test]
    fn what_leaves_parts_of_a_cent_was_not_shifted() {
        let found = findings(&[19.9, 21.0, 18.5, 25.0, 22.0, 17.0, 20.0, 23.5, 19.0, 24.0, 210.99]);
        assert_eq!((found.len(), found[0].fix.as_ref()), (1, None));
    }

    #[test]
    fn any_number_is_written() {
        assert_eq!((rounded(0.0), rounded(1234.5), rounded(0.012_345)), (0.0, 1230.0, 0.0123));
        assert!(rounded(f64::MIN_POSITIVE).is_finite() && rounded(f64::MAX).is_finite());
    }
}
