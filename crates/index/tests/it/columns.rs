use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use index::{Error, Order, RowSet};
use proptest::prelude::*;
use types::{Comparison, FacetRequest, Filter, GroupId, Item, ItemId, Literal, Millis, Row, SortKey, SortOrder, Value};

use crate::support::{item, keywords, open};

const BRANDS: [&str; 4] = ["Sony", "LG", "华为", "海尔"];
const PATHS: [&[&str]; 5] =
    [&["Home"], &["Home", "Kitchen"], &["Home", "Kitchen", "毛巾"], &["Toys"], &["家电", "冰箱"]];

fn path(parts: &[&str]) -> Vec<Arc<str>> {
    parts.iter().map(|part| Arc::from(*part)).collect()
}

fn items() -> impl Strategy<Value = Vec<Option<Item>>> {
    let one = (
        prop::option::of(prop::collection::vec(0usize..4, 0..3)),
        prop::option::of(prop::collection::vec(0usize..5, 1..3)),
        prop::option::of(-3i32..4),
        prop::option::of(any::<bool>()),
        (any::<bool>(), prop::option::of(0u32..3), prop::option::of(0u32..4)),
    );
    let one = one.prop_map(|(brands, paths, size, new, (available, stock, group))| {
        let mut item = Item::new(ItemId::new("x").unwrap());
        let mut set =
            |name: &str, value: Option<Value>| value.map(|value| item.attributes.insert(Arc::from(name), value));
        set("brand", brands.map(|at| keywords(&at.iter().map(|at| BRANDS[*at]).collect::<Vec<_>>())));
        set("category", paths.map(|at| Value::Categories(at.iter().map(|at| path(PATHS[*at])).collect())));
        set("size", size.map(|size| Value::Number(f64::from(size))));
        set("seen", size.map(|size| Value::Time(Millis(i64::from(size) * 1000))));
        set("new", new.map(Value::Boolean));
        (item.available, item.stock) = (available, stock);
        item.group = group.map(|group| GroupId::new(format!("g{group}")).unwrap());
        item
    });
    prop::collection::vec(prop::option::weighted(0.9, one), 1..150).prop_map(|mut items| {
        for (row, item) in items.iter_mut().enumerate() {
            if let Some(item) = item {
                item.id = ItemId::new(format!("i{row}")).unwrap();
            }
        }
        items
    })
}

fn literals() -> impl Strategy<Value = Literal> {
    let words = ["Sony", "华为", "Home > Kitchen", "g1", "i3", "nothing"];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| Literal::Text(Arc::from(word))),
        (-3i32..4).prop_map(|number| Literal::Number(f64::from(number))),
        any::<bool>().prop_map(Literal::Boolean),
    ]
}

fn filters() -> impl Strategy<Value = Filter> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let names = ["brand", "category", "size", "seen", "new", "available", "stock", "group", "id"];
    let attribute = || prop::sample::select(names.to_vec()).prop_map(Arc::<str>::from);
    let comparison = prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]);
    let leaf = prop_oneof![
        (attribute(), comparison, literals()).prop_map(|(attribute, comparison, value)| Filter::Compare {
            attribute,
            comparison,
            value
        }),
        (attribute(), prop::collection::vec(literals(), 0..4))
            .prop_map(|(attribute, values)| Filter::In { attribute, values }),
        attribute().prop_map(|attribute| Filter::Exists { attribute }),
        (attribute(), 0usize..5).prop_map(|(attribute, at)| Filter::Under { attribute, path: path(PATHS[at]) }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

/// An index holding `items` by row, every attribute of the tests known.
fn indexed(folder: &std::path::Path, items: &[Option<Item>]) -> index::Index {
    let index = open(folder);
    let known = Item::new(ItemId::new("known").unwrap())
        .with("brand", keywords(&[]))
        .with("category", Value::Categories(Vec::new()))
        .with("size", Value::Number(0.0))
        .with("seen", Value::Time(Millis(0)))
        .with("new", Value::Boolean(true));
    index.upsert(Row(0), &known);
    index.delete(Row(0));
    for (row, item) in items.iter().enumerate() {
        if let Some(item) = item {
            index.upsert(Row(row as u32), item);
        }
    }
    index
}

fn facet_request(attribute: &str, under: &[&str]) -> FacetRequest {
    let attribute = Arc::from(attribute);
    FacetRequest { attribute, limit: 2, disjunctive: false, bins: 3, under: path(under), level: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn filters_mean_what_their_definition_says(items in items(), filters in prop::collection::vec(filters(), 8)) {
        let folder = tempfile::tempdir().unwrap();
        let searcher = indexed(folder.path(), &items).refresh();
        for filter in filters {
            let naive: RowSet = items.iter().enumerate()
                .filter(|(_, item)| item.as_ref().is_some_and(|item| filter.matches(item)))
                .map(|(row, _)| Row(row as u32)).collect();
            prop_assert_eq!(searcher.filter(&filter).unwrap(), naive, "{:?}", filter);
        }
    }

    #[test]
    fn facets_groups_and_orders_equal_naive_ones(items in items(), keep in prop::collection::vec(any::<bool>(), 150)) {
        let folder = tempfile::tempdir().unwrap();
        let searcher = indexed(folder.path(), &items).refresh();
        let kept: Vec<(Row, &Item)> = items.iter().enumerate().zip(&keep)
            .filter_map(|((row, item), keep)| item.as_ref().filter(|_| *keep).map(|item| (Row(row as u32), item)))
            .collect();
        let rows: RowSet = kept.iter().map(|(row, _)| *row).collect();

        let mut brands: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, item) in &kept {
            let mut own: Vec<&str> = item.keywords("brand").iter().map(|brand| &**brand).collect();
            own.sort_unstable();
            own.dedup();
            own.into_iter().for_each(|brand| *brands.entry(brand).or_default() += 1);
        }
        let mut expected: Vec<(&str, usize)> = brands.into_iter().collect();
        expected.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        let facet = searcher.facet(&rows, &facet_request("brand", &[])).unwrap();
        prop_assert_eq!(facet.distinct, expected.len());
        prop_assert!(facet.values.iter().map(|value| (&*value.value, value.count)).eq(expected.into_iter().take(2)));

        let kitchens = kept.iter().filter(|(_, item)| item.categories("category").iter().any(|own| own.starts_with(&path(&["Home", "Kitchen"])))).count();
        let facet = searcher.facet(&rows, &facet_request("category", &["Home"])).unwrap();
        prop_assert_eq!(facet.values.iter().map(|value| (&*value.value, value.count)).next(), (kitchens > 0).then_some(("Home > Kitchen", kitchens)));

        let sizes: Vec<f64> = kept.iter().filter_map(|(_, item)| item.number("size")).collect();
        let facet = searcher.facet(&rows, &facet_request("size", &[])).unwrap();
        prop_assert_eq!(facet.stats.map_or(0, |stats| stats.count), sizes.len());
        prop_assert_eq!(facet.stats.map(|stats| stats.max), sizes.iter().copied().reduce(f64::max));
        prop_assert_eq!(facet.histogram.iter().map(|bin| bin.count).sum::<usize>(), sizes.len());

        let groups = searcher.groups(&rows);
        let mut naive: BTreeMap<String, usize> = BTreeMap::new();
        let group_of = |row: Row, item: &Item| item.group.as_ref().map_or(format!("row {}", row.0), |group| group.as_str().to_owned());
        kept.iter().for_each(|(row, item)| *naive.entry(group_of(*row, item)).or_default() += 1);
        prop_assert_eq!(groups.total(), naive.len());
        prop_assert!(kept.iter().all(|(row, item)| groups.count(*row) == naive[&group_of(*row, item)]));

        let keys = [("brand", SortOrder::Descending), ("size", SortOrder::Ascending)]
            .map(|(name, order)| SortKey { attribute: Arc::from(name), order });
        let score = |row: Row| (row.0 % 3) as f32;
        let mut expected = kept.clone();
        expected.sort_by(|(left_row, left), (right_row, right)| {
            let brand = |item: &Item| item.keywords("brand").first().cloned();
            missing_last(brand(left), brand(right), |left, right| right.cmp(left))
                .then(missing_last(left.number("size"), right.number("size"), f64::total_cmp))
                .then(score(*right_row).total_cmp(&score(*left_row)))
                .then(left_row.cmp(right_row))
        });
        let order = |grouped, limit| Order { keys: &keys, grouped, limit };
        let all: Vec<Row> = expected.iter().map(|(row, _)| *row).collect();
        prop_assert_eq!(searcher.sort(&rows, &order(false, 10), &score).unwrap(), all.iter().copied().take(10).collect::<Vec<_>>());
        prop_assert_eq!(searcher.sort(&rows, &order(true, usize::MAX), &score).unwrap(), groups.first_of_each(&all));
    }
}

fn missing_last<V>(left: Option<V>, right: Option<V>, compare: impl Fn(&V, &V) -> Ordering) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => compare(&left, &right),
        (left, right) => right.is_some().cmp(&left.is_some()),
    }
}

#[test]
fn an_unknown_attribute_is_refused_with_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    index.upsert(Row(0), &item("a", "Towel"));
    let error = index.refresh().filter(&Filter::Exists { attribute: Arc::from("colour") }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no item has an attribute called `colour`; known: available, group, id, stock, title"
    );
    let error = index.refresh().facet(&RowSet::new(), &facet_request("title", &[])).unwrap_err();
    assert!(matches!(error, Error::UnsuitedAttribute { .. }), "{error}");
}

#[test]
fn a_searcher_stays_as_it_was_and_a_patch_shows_without_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    let before = item("a", "Towel").with("size", Value::Number(1.0));
    index.upsert(Row(0), &before);
    index.commit().unwrap();
    let old = index.refresh();
    index.upsert(Row(0), &before.with("size", Value::Number(2.0)));
    assert_eq!(index.stats().words_pending, 0, "texts did not change");
    index.upsert(Row(1), &item("b", "毛巾"));
    index.delete(Row(0));
    let large =
        Filter::Compare { attribute: Arc::from("size"), comparison: Comparison::Greater, value: Literal::Number(1.5) };
    assert!(old.filter(&large).unwrap().is_empty());
    assert!(old.all().iter().eq([Row(0)]));
    assert!(index.refresh().all().iter().eq([Row(1)]));
}
