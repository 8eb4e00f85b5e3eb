use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use types::{Item, ItemId};

/// Items that must share a word before it names a kind or a style.
const SHARED_MIN: usize = 8;

/// A catalogue as shoppers see it: every item is of a kind (its deepest category, or else the word its title ends in) and
/// has styles (other words that titles share).
#[derive(Debug)]
pub(super) struct Goods {
    pub(super) items: Vec<Good>,
    pub(super) kinds: Vec<Kind>,
    pub(super) styles: Vec<Arc<str>>,
    rows: FxHashMap<ItemId, u32>,
}

/// One item.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) id: ItemId,
    pub(super) title: Arc<str>,
    pub(super) price: f64,
    pub(super) kind: u32,
    pub(super) styles: Vec<u32>,
    /// Times it was sold in the real shop, plus a half.
    pub(super) sold: f64,
    /// Logarithm of that, standardised over the catalogue: what all shoppers think of it.
    pub(super) appeal: f64,
}

/// What shoppers look for.
#[derive(Debug, Default)]
pub(super) struct Kind {
    /// What they call it; empty for items whose titles share no word.
    pub(super) name: Arc<str>,
    pub(super) items: Vec<u32>,
    pub(super) sold: f64,
    /// By month from January: how much more of it is sold than in the mean month, as a logarithm.
    pub(super) season: [f64; 12],
}

impl Goods {
    /// Of items that have a price, with how often each was sold in each month.
    pub(super) fn new(items: &[Item], sold: &FxHashMap<ItemId, [u32; 12]>) -> Self {
        let priced: Vec<(&Item, f64)> = items
            .iter()
            .filter_map(|item| item.number("price").filter(|price| *price > 0.0).map(|price| (item, price)))
            .collect();
        let words: Vec<Vec<String>> = priced.iter().map(|(item, _)| words_of(item.title())).collect();
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for words in &words {
            let distinct: FxHashSet<&str> = words.iter().map(String::as_str).collect();
            distinct.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
        }
        let is_shared = |word: &str| counts.get(word).is_some_and(|count| *count >= SHARED_MIN);
        let (mut kinds, mut styles) = (Names::default(), Names::default());
        let mut goods = Vec::with_capacity(priced.len());
        for ((item, price), words) in priced.iter().zip(&words) {
            let category =
                item.categories("category").first().and_then(|path| path.last()).map(|leaf| leaf.to_lowercase());
            let last = || words.iter().rev().find(|word| is_shared(word)).cloned();
            let kind = category.or_else(last).unwrap_or_default();
            let styled = words.iter().filter(|word| **word != kind && is_shared(word));
            let styles = styled.map(|word| styles.number(word)).collect();
            let sold =
                0.5 + sold.get(&item.id).map_or(0.0, |months| months.iter().map(|count| f64::from(*count)).sum());
            let (kind, title) = (kinds.number(&kind), Arc::from(item.title()));
            goods.push(Good { id: item.id.clone(), title, price: *price, kind, styles, sold, appeal: 0.0 });
        }
        standardise(&mut goods);
        let kinds = seasoned(&goods, kinds.names, sold);
        let rows = goods.iter().zip(0..).map(|(good, row)| (good.id.clone(), row)).collect();
        Self { items: goods, kinds, styles: styles.names, rows }
    }

    pub(super) fn row(&self, id: &ItemId) -> Option<u32> {
        self.rows.get(id).copied()
    }
}

/// Words of a title that can name something: letters alone, three or more (or not Latin at all), in lower case.
fn words_of(title: &str) -> Vec<String> {
    let is_name =
        |word: &&str| word.chars().all(char::is_alphabetic) && (word.chars().count() >= 3 || !word.is_ascii());
    title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .filter(is_name)
        .map(str::to_lowercase)
        .collect()
}

#[derive(Default)]
struct Names {
    numbers: FxHashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let (name, number): (Arc<str>, u32) = (Arc::from(name), self.names.len() as u32);
        self.numbers.insert(Arc::clone(&name), number);
        self.names.push(name);
        number
    }
}

fn standardise(goods: &mut [Good]) {
    let count = goods.len().max(1) as f64;
    let mean = goods.iter().map(|good| good.sold.ln()).sum::<f64>() / count;
    let variance = goods.iter().map(|good| (good.sold.ln() - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt().max(1e-9);
    goods.iter_mut().for_each(|good| good.appeal = (good.sold.ln() - mean) / deviation);
}

/// Kinds with their items and seasons; a month of a kind is drawn to the shop's month by 20 sales.
fn seasoned(goods: &[Good], names: Vec<Arc<str>>, sold: &FxHashMap<ItemId, [u32; 12]>) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = names.into_iter().map(|name| Kind { name, ..Kind::default() }).collect();
    let mut months = vec![[0.0f64; 12]; kinds.len()];
    let mut all = [0.0f64; 12];
    for (good, row) in goods.iter().zip(0..) {
        let kind = good.kind as usize;
        kinds[kind].items.push(row);
        kinds[kind].sold += good.sold;
        for (month, count) in sold.get(&good.id).into_iter().flatten().enumerate() {
            months[kind][month] += f64::from(*count);
            all[month] += f64::from(*count);
        }
    }
    let total: f64 = all.iter().sum::<f64>().max(1.0);
    for (kind, months) in kinds.iter_mut().zip(&months) {
        let sum: f64 = months.iter().sum();
        for (month, season) in kind.season.iter_mut().enumerate() {
            let usual = all[month] / total;
            let share = (months[month] + 20.0 * usual) / (sum + 20.0);
            *season = if usual > 0.0 { (share / usual).ln().clamp(-2.0, 2.0) } else { 0.0 };
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Currency, Money, Texts, Value};

    #[test]
    fn kinds_are_what_titles_end_in_styles_what_else_they_share_and_seasons_what_sold_when() {
        let item = |number: usize, title: &str| {
            Item::new(ItemId::new(format!("{number}")).unwrap())
                .with("title", Value::Text(Texts::guessed(title)))
                .with("price", Value::Money(Money::new(2.5, Currency::new("GBP").unwrap()).unwrap()))
        };
        let titles = ["RED STAR DECORATION 5", "RED TEA MUG", "BLUE TEA MUG LARGE"];
        let items: Vec<Item> = (0..30).map(|number| item(number, titles[number % 3])).collect();
        let sold = items.iter().take(1).map(|item| (item.id.clone(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90]));
        let mut sold: FxHashMap<ItemId, [u32; 12]> = sold.collect();
        sold.insert(items[1].id.clone(), [10; 12]);
        let goods = Goods::new(&items, &sold);
        let names: Vec<&str> = goods.kinds.iter().map(|kind| &*kind.name).collect();
        assert_eq!(names, ["decoration", "mug", "large"]);
        let styles: Vec<&str> = goods.items[1].styles.iter().map(|style| &*goods.styles[*style as usize]).collect();
        assert_eq!(styles, ["red", "tea"]);
        assert!(goods.kinds[0].season[11] > 0.3 && goods.kinds[0].season[3] < -0.5);
        assert_eq!((goods.row(&items[4].id), goods.kinds[1].items.len()), (Some(4), 10));
    }
}
