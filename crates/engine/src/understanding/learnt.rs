use std::collections::{HashMap, HashSet};

use features::{ClickLog, QueryClicks, Turn};
use learn::{CategoryClicks, ClicksConfig};
use text::entities::{Gazetteer, Precision};
use text::importance;
use types::{Item, ItemId, Millis, Row};

use super::lexicon::{Lexicon, words_of};
use crate::Result;
use crate::core::Core;

/// Queries that are learnt from, those with most clicks.
const QUERIES_MAX: usize = 5_000;
/// Clicked items that are read from the catalogue.
const ITEMS_MAX: usize = 20_000;
/// Readings of less confidence are not measured: they were not acted on either.
const MEASURED_FROM: f32 = 0.6;
/// What a query tells of attributes counts for so many clicks at most, lest one popular query speak for all.
const CLICKS_A_QUERY_MAX: f32 = 50.0;

/// What clicks taught understanding. Immutable; made anew beside the one in use.
pub(crate) struct Learnt {
    /// The lexicon's values of attributes, judged by how often clicked items had what was read.
    pub(crate) gazetteer: Gazetteer,
    /// Which categories were clicked after which queries.
    pub(crate) categories: CategoryClicks,
    /// Which words could be left out.
    pub(crate) importance: importance::Learnt,
}

/// A query with the items clicked in its answers.
type Clicked<'a> = (&'a str, Vec<(&'a Item, f32)>);

impl Learnt {
    /// Knows no clicks.
    pub(crate) fn nothing(lexicon: &Lexicon) -> Self {
        Self::of(lexicon, &[], &[])
    }

    /// What clicks on these items and turns from query to query tell.
    pub(crate) fn of(lexicon: &Lexicon, clicked: &[Clicked<'_>], turns: &[Turn]) -> Self {
        let facts = clicked.iter().flat_map(|(query, items)| {
            items.iter().flat_map(move |(item, clicks)| {
                let lowest = lexicon.categories.lowest_of(item);
                let share = clicks / lowest.len().max(1) as f32;
                lowest.into_iter().map(move |category| (*query, category, share))
            })
        });
        let words = |query| importance::words(query).into_iter();
        Self {
            gazetteer: lexicon.gazetteer.clone().with_precision(precision(lexicon, clicked)),
            categories: CategoryClicks::new(facts, words, ClicksConfig::default()),
            importance: importance(clicked, turns),
        }
    }

    /// What the shop's clicks tell so far.
    pub(super) fn read(core: &Core, lexicon: &Lexicon, clicks: &ClickLog, now: Millis) -> Result<Self> {
        let queries = clicks.queries(now, QUERIES_MAX);
        let items = clicked_items(core, &queries)?;
        let clicked: Vec<Clicked<'_>> = queries
            .iter()
            .map(|query| {
                let items = query.items.iter().filter_map(|(row, count)| Some((items.get(row)?, *count)));
                (&*query.text, items.collect())
            })
            .collect();
        Ok(Self::of(lexicon, &clicked, &clicks.turns(now)))
    }
}

/// The items behind the clicks, as the catalogue has them now.
pub(crate) fn clicked_items(core: &Core, queries: &[QueryClicks]) -> Result<HashMap<Row, Item>> {
    let mut seen = HashSet::new();
    let rows = queries.iter().flat_map(|query| &query.items).map(|(row, _)| *row);
    let rows: Vec<Row> = rows.filter(|row| seen.insert(*row)).take(ITEMS_MAX).collect();
    let ids: Vec<(Row, ItemId)> = {
        let names = core.names.read();
        let id = |row: &Row| Some((*row, ItemId::new(&**names.items.id(*row)?).ok()?));
        rows.iter().filter_map(id).collect()
    };
    let plain: Vec<ItemId> = ids.iter().map(|(_, id)| id.clone()).collect();
    let items = core.store.catalogue().items(&plain)?;
    Ok(ids.into_iter().zip(items).filter_map(|((row, _), item)| Some((row, item?))).collect())
}

/// How often the items clicked after a query had the values that were read in it. Clicks under a filter agree with it by
/// themselves, so what once filters goes on filtering until its clicks have faded; a filter must therefore be earned by a
/// lower bound of 95 %, and it is let go where little is found.
fn precision(lexicon: &Lexicon, clicked: &[Clicked<'_>]) -> Precision {
    let mut precision = Precision::default();
    for (query, items) in clicked {
        let all: f32 = items.iter().map(|(_, clicks)| clicks).sum();
        if all <= 0.0 {
            continue;
        }
        let scale = f64::from((CLICKS_A_QUERY_MAX / all).min(1.0));
        for entity in lexicon.gazetteer.find(query) {
            let reading = entity.best();
            let Some(attribute) = reading.attribute.as_ref().filter(|_| reading.confidence >= MEASURED_FROM) else {
                continue;
            };
            let has = |item: &Item| {
                let value = item.get(attribute);
                value.is_some_and(|value| {
                    words_of(value).iter().any(|word| reading.values.iter().any(|value| **value == **word))
                })
            };
            let hits: f32 = items.iter().filter(|(item, _)| has(item)).map(|(_, clicks)| clicks).sum();
            precision.add(attribute, f64::from(hits) * scale, f64::from(all) * scale);
        }
    }
    precision
}

fn importance(clicked: &[Clicked<'_>], turns: &[Turn]) -> importance::Learnt {
    let mut learner = importance::Learner::default();
    let mut said: HashMap<&ItemId, importance::ItemWords> = HashMap::new();
    for (query, items) in clicked {
        for (item, clicks) in items {
            let words = said.entry(&item.id).or_insert_with(|| words_of_item(item));
            learner.clicked(query, words, *clicks);
        }
    }
    turns.iter().for_each(|turn| learner.turned(&turn.from, &turn.to, turn.sessions));
    learner.finish()
}

/// What an item says of itself in its title, keywords and categories.
fn words_of_item(item: &Item) -> importance::ItemWords {
    let values = item.attributes.values().flat_map(words_of);
    importance::ItemWords::new(std::iter::once(item.title()).chain(values))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use text::entities::Decision;
    use types::{Texts, Value, well_known};

    use super::*;

    fn item(id: &str, title: &str, brand: &str, category: &str) -> Item {
        Item::new(ItemId::new(id).unwrap())
            .with(well_known::TITLE, Value::Text(Texts::guessed(title)))
            .with(well_known::BRAND, Value::Keywords(vec![Arc::from(brand)]))
            .with(well_known::CATEGORY, Value::Categories(vec![vec![Arc::from(category)]]))
    }

    fn items() -> Vec<Item> {
        let mut items = Vec::new();
        for number in 0..30 {
            items.push(item(&format!("n{number}"), "Northwall hiking boots", "Northwall", "Boots"));
            items.push(item(&format!("s{number}"), "Southridge canvas boots", "Southridge", "Boots"));
            items.push(item(&format!("h{number}"), "花田 连衣裙 显瘦", "花田", "女装"));
        }
        items
    }

    #[test]
    fn what_clicks_bear_out_filters_and_what_they_deny_does_nothing() {
        let items = items();
        let lexicon = Lexicon::of(&items, &[]);
        let decision = |learnt: &Learnt, query: &str| {
            let found = learnt.gazetteer.find(query);
            found
                .iter()
                .find(|entity| entity.best().attribute.as_deref() == Some("brand"))
                .map(|entity| entity.best().decision)
        };
        assert_eq!(decision(&Learnt::nothing(&lexicon), "northwall boots"), Some(Decision::Boost));
        let queries = ["northwall boots", "northwall hiking", "花田 连衣裙", "northwall", "southridge boots"];
        let brands = ["n", "n", "h", "n", "s"];
        let clicks = |other: bool| -> Vec<Clicked<'_>> {
            let fits = |item: &Item, brand: &str| item.id.as_str().starts_with(brand) != other;
            let of = |brand| items.iter().filter(move |item| fits(item, brand)).take(20).map(|item| (item, 40.0));
            queries.iter().zip(brands).map(|(query, brand)| (*query, of(brand).collect())).collect()
        };
        let (agreeing, denying) = (Learnt::of(&lexicon, &clicks(false), &[]), Learnt::of(&lexicon, &clicks(true), &[]));
        assert_eq!(decision(&agreeing, "northwall boots"), Some(Decision::Filter));
        assert_eq!(decision(&agreeing, "花田 连衣裙"), Some(Decision::Filter));
        assert_eq!(decision(&denying, "northwall boots"), Some(Decision::Nothing));
    }

    #[test]
    fn categories_and_importance_are_learnt_from_clicks() {
        let items = items();
        let lexicon = Lexicon::of(&items, &[]);
        let dress = items.iter().find(|item| item.id.as_str() == "h1").unwrap();
        let clicked = [("网红 连衣裙", vec![(dress, 12.0)]), ("boots", vec![(&items[0], 9.0)])];
        let turn = Turn { from: Arc::from("vegan hiking boots"), to: Arc::from("hiking boots"), sessions: 5.0 };
        let learnt = Learnt::of(&lexicon, &clicked, &[turn]);
        let masses = learnt.categories.masses("连衣裙", ["连衣裙"].into_iter()).unwrap();
        assert_eq!(&*lexicon.categories.name(masses.masses[0].0), "女装");
        let share = |word: &str| learnt.importance.kept(word).map(|kept| kept.share);
        assert_eq!(
            (share("网红"), share("连衣裙"), share("vegan"), share("hiking")),
            (Some(1.0), Some(0.0), Some(1.0), Some(0.0))
        );
    }
}
