use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::duplicate::Titles;
use super::{Finding, ItemFacts, QualityOptions, Spread, contradiction, missing, not_product, outlier};

/// Names of attributes and measures that are counted in a category, at most.
const NAMES_MAX: usize = 1_000;
/// Between the parts of a category's path.
const PART: &str = " > ";

/// Counts what is usual in a catalogue, item by item.
#[derive(Clone, Debug)]
pub struct Survey {
    options: QualityOptions,
    /// By path; the root has the empty one.
    categories: FxHashMap<Box<str>, Counts>,
    titles: Titles,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    items: u32,
    /// Items that have the attribute.
    attributes: BTreeMap<Box<str>, u32>,
    /// Logarithms of positive numbers, by name.
    numbers: BTreeMap<Box<str>, Vec<f32>>,
}

/// What is usual in a catalogue; checks item by item.
#[derive(Clone, Debug)]
pub struct Usual {
    options: QualityOptions,
    categories: FxHashMap<Box<str>, Category>,
    titles: Titles,
    prices: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Category {
    items: u32,
    expected: BTreeMap<Box<str>, u32>,
    spreads: BTreeMap<Box<str>, Spread>,
}

impl Survey {
    /// Has seen nothing yet.
    pub fn new(options: QualityOptions) -> Self {
        Self { options, categories: FxHashMap::default(), titles: Titles::default() }
    }

    /// Counts an item, in its category and those above.
    pub fn add(&mut self, item: &ItemFacts<'_>) {
        self.titles.add(item.title);
        let owned = missing::owned(item);
        for path in paths(&item.category) {
            let counts = self.categories.entry(path.into()).or_default();
            counts.items = counts.items.saturating_add(1);
            owned.iter().for_each(|name| count(&mut counts.attributes, name, |count: &mut u32| *count += 1));
            let positive = numbers(item).filter(|(_, number)| *number > 0.0 && number.is_finite());
            for (name, number) in positive {
                count(&mut counts.numbers, name, |logs: &mut Vec<f32>| logs.push(number.ln() as f32));
            }
        }
    }

    /// What is usual, from what was counted.
    pub fn finish(mut self) -> Usual {
        self.titles.finish();
        let root = self.categories.get("").and_then(|root| root.numbers.get("price"));
        let mut prices: Vec<f32> = root.cloned().unwrap_or_default();
        prices.sort_by(f32::total_cmp);
        let items_min = self.options.items_min;
        let share = self.options.expected_share;
        let category = |counts: Counts| {
            let is_expected = |count: u32| f64::from(count) >= share * f64::from(counts.items);
            let expected = match counts.items as usize >= items_min {
                true => counts.attributes.into_iter().filter(|(_, count)| is_expected(*count)).collect(),
                false => BTreeMap::new(),
            };
            let spread = |(name, logs): (Box<str>, Vec<f32>)| {
                let logs = (logs.len() >= items_min).then(|| logs.into_iter().map(f64::from).collect())?;
                Some((name, Spread::of_logs(logs)?))
            };
            Category { items: counts.items, expected, spreads: counts.numbers.into_iter().filter_map(spread).collect() }
        };
        let categories = self.categories.into_iter().map(|(path, counts)| (path, category(counts))).collect();
        Usual { options: self.options, categories, titles: self.titles, prices }
    }
}

impl Usual {
    /// What is wrong with an item. Items are to come in the order of the survey; wrong categories are not looked for here,
    /// because words alone do not tell them.
    pub fn check(&mut self, place: usize, item: &ItemFacts<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(not_product::find(place, item));
        findings.extend(contradiction::find(place, item));
        findings.extend(outlier::without_price(place, item));
        findings.extend(self.outliers(place, item));
        findings.extend(self.missing(place, item));
        findings.extend(self.titles.find(place, item));
        findings
    }

    /// Parts of the range of prices, each as from, to and how many items, evenly wide in logarithms; empty without prices.
    pub fn price_bins(&self, count: usize) -> Vec<(f64, f64, usize)> {
        let (Some(first), Some(last)) = (self.prices.first(), self.prices.last()) else { return Vec::new() };
        let (first, last) = (f64::from(*first), f64::from(*last));
        let count = if last > first { count.max(1) } else { 1 };
        let width = (last - first) / count as f64;
        let edge = |at: usize| if at == count { last } else { first + width * at as f64 };
        let below = |log: f64| self.prices.partition_point(|price| f64::from(*price) < log);
        let bin = |at: usize| {
            let end = if at + 1 == count { self.prices.len() } else { below(edge(at + 1)) };
            (edge(at).exp(), edge(at + 1).exp(), end - below(edge(at)))
        };
        (0..count).map(bin).collect()
    }

    fn outliers(&self, place: usize, item: &ItemFacts<'_>) -> Vec<Finding> {
        let mut paths = paths(&item.category);
        paths.reverse();
        let found = |(name, number): (&str, f64)| {
            let beside = paths.iter().enumerate().find_map(|(steps_up, path)| {
                let spread = self.categories.get(path.as_str())?.spreads.get(name)?;
                Some(outlier::Beside { category: shown(path), spread, steps_up })
            })?;
            outlier::find(place, name, number, &beside, &self.options)
        };
        numbers(item).filter_map(found).collect()
    }

    fn missing(&self, place: usize, item: &ItemFacts<'_>) -> Vec<Finding> {
        let mut paths = paths(&item.category);
        paths.reverse();
        let large = |path: &String| {
            let category = self.categories.get(path.as_str())?;
            (category.items as usize >= self.options.items_min).then_some((path.clone(), category))
        };
        let Some((path, category)) = paths.iter().find_map(large) else { return Vec::new() };
        let owned = missing::owned(item);
        let lacking = category.expected.iter().filter(|(name, _)| owned.binary_search(&&***name).is_err());
        lacking.map(|(name, count)| missing::finding(place, name, *count, category.items, shown(&path))).collect()
    }
}

/// A category's path and those above it, the root's first.
fn paths(category: &[&str]) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in category {
        let last = paths.last().map_or("", String::as_str);
        paths.push(if last.is_empty() { (*part).to_owned() } else { format!("{last}{PART}{part}") });
    }
    paths.dedup();
    paths
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "the shop" } else { path }
}

/// Price and measures.
fn numbers<'a>(item: &'a ItemFacts<'_>) -> impl Iterator<Item = (&'a str, f64)> {
    let measures = item.measures.iter().map(|(name, number)| (&**name, *number));
    item.price.map(|price| ("price", price)).into_iter().chain(measures)
}

/// Changes the entry of a name; new names are only taken in while there are few.
fn count<T: Default>(table: &mut BTreeMap<Box<str>, T>, name: &str, change: impl FnOnce(&mut T)) {
    if let Some(entry) = table.get_mut(name) {
        change(entry);
    } else if table.len() < NAMES_MAX {
        change(table.entry(name.into()).or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::check;
    use super::*;

    #[test]
    fn the_lowest_category_with_enough_numbers_decides() {
        let item = |category: [&'static str; 2], price: f64| ItemFacts {
            title: "x",
            category: category.to_vec(),
            price: Some(price),
            ..ItemFacts::default()
        };
        let mut items: Vec<ItemFacts<'_>> = (0..12).map(|at| item(["家电", "电视"], 3_000.0 + f64::from(at))).collect();
        items.extend((0..12).map(|at| item(["家电", "插座"], 20.0 + f64::from(at))));
        items.push(item(["家电", "插座"], 3_000.0));
        let found = check(&items, QualityOptions::default());
        let outlier = found.iter().find(|finding| finding.rule == super::super::Rule::Outlier).unwrap();
        assert!(outlier.item == 24 && outlier.evidence.contains("`家电 > 插座`"), "{outlier:?}");
    }

    #[test]
    fn prices_in_bins() {
        let mut survey = Survey::new(QualityOptions::default());
        for price in [1.0, 2.0, 9.0, 10.0, 100.0] {
            survey.add(&ItemFacts { price: Some(price), ..ItemFacts::default() });
        }
        let bins: Vec<usize> = survey.finish().price_bins(2).into_iter().map(|(_, _, count)| count).collect();
        assert_eq!(bins, [3, 2]);
        assert!(Survey::new(QualityOptions::default()).finish().price_bins(9).is_empty());
    }

    proptest! {
        #[test]
        fn any_item_is_checked(
            title in any::<String>(), parts in prop::collection::vec(any::<String>(), 0..4),
            price in any::<f64>(), value in any::<String>(),
        ) {
            let item = ItemFacts {
                title: &title,
                category: parts.iter().map(String::as_str).collect(),
                price: Some(price),
                attributes: vec![("颜色", value.as_str().into()), ("净含量", value.as_str().into())],
                measures: vec![("weight".into(), price)],
            };
            for finding in check(&vec![item; 12], QualityOptions::default()) {
                prop_assert!((0.0..=1.0).contains(&finding.severity), "{finding:?}");
            }
        }
    }
}
