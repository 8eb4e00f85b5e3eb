//! Records as storefronts send them, and the items they become.
//!
//! A record is kept as it came, so that it can be given back and be read anew when the settings change. Beside it an item
//! has what Mercato gives a meaning (title, brand, price and so on), and of the record's members those that are searched
//! (`text.`), counted and filtered by (`facet.`), and compared (`number.`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::Shop;
use formats::feeds::{Items, Terms};
use formats::{Mapping, Target};
use serde_json::{Map, Number, Value};
use types::well_known::{BRAND, CATEGORY, DESCRIPTION, IMAGE, LIST_PRICE, PRICE, RATING, RATING_COUNT, TAGS, TITLE};
use types::{
    AttributeSettings, Currency, GroupId, Item, ItemId, Language, Millis, Settings, Texts, TypedAttribute, Typos,
    ValueKind,
};

use super::error::{Answer, Refused};
use super::params::{texts, wrong};

/// The attribute that holds a record as it came.
const RECORD: &str = "record";
const TEXT: &str = "text.";
const FACET: &str = "facet.";
const NUMBER: &str = "number.";
/// Members of a record that are read, at most, and how deep.
const LEAVES_MAX: usize = 1000;
const DEPTH_MAX: usize = 10;
/// Levels of categories that can be counted.
const LEVELS_MAX: usize = 32;
/// Attributes of an item that are read from a record as from a feed.
const OWN: [&str; 10] = [TITLE, DESCRIPTION, BRAND, CATEGORY, PRICE, LIST_PRICE, IMAGE, RATING, RATING_COUNT, TAGS];

/// The settings of a shop that an index is made for, over those it has.
pub(crate) fn shop_settings(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    settings.typed = true;
    let record = AttributeSettings { kind: ValueKind::Text, weight: 0.0 };
    settings.attributes.insert(Arc::from(RECORD), record);
    if settings.encoded.is_empty() {
        settings.encoded = [TITLE, BRAND, CATEGORY, DESCRIPTION].map(Arc::from).to_vec();
    }
    settings
}

/// Which attributes of a shop stand for members of records.
pub(crate) struct Names {
    known: BTreeSet<Arc<str>>,
    searched: Vec<Arc<str>>,
    is_told: bool,
}

impl Names {
    /// Those of a shop; `is_told`: its records came by this protocol.
    pub(crate) fn of(shop: &Shop, is_told: bool) -> Self {
        Self { known: shop.attributes().into_iter().collect(), searched: shop.searched_attributes(), is_told }
    }

    /// The attribute that counts a member's values; `None` where no item has it.
    pub(crate) fn facet(&self, member: &str) -> Option<Arc<str>> {
        self.find(FACET, member)
    }

    /// The attribute that has a member's numbers; `None` where no item has it.
    pub(crate) fn number(&self, member: &str) -> Option<Arc<str>> {
        self.find(NUMBER, member)
    }

    fn find(&self, prefix: &str, member: &str) -> Option<Arc<str>> {
        let name = if self.is_told { format!("{prefix}{member}") } else { native(member).to_owned() };
        self.known.get(name.as_str()).cloned()
    }

    /// What counts one level of the categories of a shop that was filled otherwise, `categories.lvl0` being the first: the
    /// attribute, and how many steps its paths have.
    pub(crate) fn level(&self, member: &str) -> Option<(Arc<str>, usize)> {
        let (above, level) = member.rsplit_once(".lvl").filter(|_| !self.is_told)?;
        let is_category = ["hierarchicalCategories", "categories", CATEGORY].contains(&above);
        let level: usize = level.parse().ok().filter(|level| is_category && *level < LEVELS_MAX)?;
        Some((self.known.get(CATEGORY).cloned()?, level + 1))
    }

    /// Whether the records came by this protocol.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }

    /// The attributes that a member's words are in: its own, and those of its members.
    fn texts<'a>(&'a self, member: &str) -> impl Iterator<Item = &'a Arc<str>> {
        self.searched.iter().filter(move |name| match name.strip_prefix(TEXT) {
            Some(own) if self.is_told => is_within(own, member),
            _ => !self.is_told && ***name == *native(member),
        })
    }

    fn all_texts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.searched.iter().filter(|name| !self.is_told || name.starts_with(TEXT))
    }
}

/// What a member is called in a shop that was filled otherwise.
fn native(member: &str) -> &str {
    match member {
        "name" => TITLE,
        "categories" => CATEGORY,
        "_tags" => TAGS,
        other => other,
    }
}

fn is_within(member: &str, above: &str) -> bool {
    member.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Which members of records are what, as the settings of an index say.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Plan {
    /// In order of importance; several that count the same stand together. `None` for all members.
    pub(crate) searched: Option<Vec<Vec<Searched>>>,
    pub(crate) facets: BTreeMap<String, Facet>,
    /// What variants of one thing share.
    pub(crate) group: Option<String>,
}

/// A member that is searched.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Searched {
    pub(crate) member: String,
    pub(crate) ordered: bool,
}

/// What a member that is counted is good for.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Facet {
    pub(crate) searchable: bool,
    pub(crate) only_filtered: bool,
    /// Where records are grouped, of each group its best alone is counted.
    pub(crate) once: bool,
}

impl Plan {
    /// Reads the settings of an index.
    pub(crate) fn read(settings: &Map<String, Value>) -> Answer<Self> {
        let list = |name: &str| match settings.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => texts_in_list(name, value).map(Some),
        };
        let searched = list("searchableAttributes")?.filter(|all| !all.is_empty());
        let searched = searched.map(|all| all.iter().map(|entry| one_rank(entry)).collect());
        let mut facets = BTreeMap::new();
        for entry in list("attributesForFaceting")?.unwrap_or_default() {
            let (mut member, mut facet) = (entry.as_str(), Facet::default());
            while let Some((modifier, inside)) = modified(member) {
                match modifier {
                    "searchable" => facet.searchable = true,
                    "filterOnly" => facet.only_filtered = true,
                    "afterDistinct" => facet.once = true,
                    other => return Err(Refused::bad(format!("attributesForFaceting: unknown modifier `{other}`"))),
                }
                member = inside;
            }
            facets.insert(member.to_owned(), facet);
        }
        let group = settings.get("attributeForDistinct").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { searched, facets, group })
    }

    /// Where a search looks, in order of importance; `restricted` to some members.
    pub(crate) fn attributes(
        &self,
        names: &Names,
        restricted: Option<&[String]>,
        untyped: &[String],
    ) -> Vec<TypedAttribute> {
        let all = || names.all_texts().map(|name| (0, name, true)).collect();
        let found: Vec<(u8, &Arc<str>, bool)> = match &self.searched {
            None => all(),
            Some(ranks) => {
                let of_rank = |(rank, members): (usize, &Vec<Searched>)| {
                    let rank = u8::try_from(rank).unwrap_or(u8::MAX);
                    let texts = |one: &Searched| -> Vec<(u8, &Arc<str>, bool)> {
                        names.texts(&one.member).map(|name| (rank, name, one.ordered)).collect()
                    };
                    members.iter().flat_map(texts).collect::<Vec<_>>()
                };
                ranks.iter().enumerate().flat_map(of_rank).collect()
            }
        };
        let member = |name: &str| name.strip_prefix(TEXT).unwrap_or(name).to_owned();
        let is_wanted = |name: &str| {
            restricted.is_none_or(|only| only.iter().any(|above| is_within(&member(name), native_or(names, above))))
        };
        let attribute = |(rank, name, ordered): (u8, &Arc<str>, bool)| TypedAttribute {
            name: Arc::clone(name),
            rank,
            ordered,
            typos: !untyped.iter().any(|above| is_within(&member(name), above)),
        };
        found.into_iter().filter(|(_, name, _)| is_wanted(name)).map(attribute).collect()
    }

    fn is_searched(&self, member: &str) -> bool {
        let within = |one: &Searched| is_within(member, &one.member);
        self.searched.as_ref().is_none_or(|ranks| ranks.iter().flatten().any(within))
    }

    /// Whether items must be made anew where this plan takes another's place.
    pub(crate) fn needs_more(&self, before: &Self) -> bool {
        let members = |plan: &Self| -> Option<BTreeSet<String>> {
            let ranks = plan.searched.as_ref()?;
            Some(ranks.iter().flatten().map(|one| one.member.clone()).collect())
        };
        let facets = |plan: &Self| -> BTreeSet<String> { plan.facets.keys().cloned().collect() };
        members(self) != members(before) || facets(self) != facets(before) || self.group != before.group
    }
}

fn native_or<'a>(names: &Names, member: &'a str) -> &'a str {
    if names.is_told { member } else { native(member) }
}

/// `searchable(brand)` as its modifier and what stands inside.
pub(crate) fn modified(text: &str) -> Option<(&str, &str)> {
    let (modifier, rest) = text.split_once('(')?;
    Some((modifier.trim(), rest.strip_suffix(')')?.trim()))
}

fn one_rank(entry: &str) -> Vec<Searched> {
    let searched = |part: &str| match modified(part) {
        Some(("unordered", member)) => Searched { member: member.to_owned(), ordered: false },
        Some((_, member)) => Searched { member: member.to_owned(), ordered: true },
        None => Searched { member: part.to_owned(), ordered: true },
    };
    // Members that share a rank do not tell places apart.
    let parts: Vec<&str> = entry.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let is_shared = parts.len() > 1;
    parts.into_iter().map(searched).map(|one| Searched { ordered: one.ordered && !is_shared, ..one }).collect()
}

fn texts_in_list(name: &str, value: &Value) -> Answer<Vec<String>> {
    let list = value.as_array().and_then(|_| texts(value));
    list.ok_or_else(|| wrong(name, "an array of strings", value))
}

/// The id of a record.
pub(crate) fn id_of(record: &Map<String, Value>) -> Answer<ItemId> {
    let id = match record.get("objectID") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => return Err(wrong("objectID", "a string", other)),
        None => return Err(Refused::bad("objectID is missing")),
    };
    ItemId::new(id).map_err(|error| Refused::bad(format!("objectID: expected {}, got {}", error.expected, error.got)))
}

/// The item that a record becomes.
pub(crate) fn item_of(record: &Map<String, Value>, plan: &Plan, settings: &Settings, now: Millis) -> Answer<Item> {
    let id = id_of(record)?;
    let mut item = read_as_feed(record, settings, now).unwrap_or_else(|| Item::new(id.clone()));
    item.id = id;
    item.attributes.retain(|name, _| OWN.contains(&&**name));
    item.group = plan.group.as_ref().and_then(|member| GroupId::new(text_of(at(record, member)?)?).ok());
    let mut members = Members::default();
    members.read(record, plan);
    members.put(&mut item);
    let kept = Value::Object(record.clone()).to_string();
    item.attributes.insert(Arc::from(RECORD), types::Value::Text(Texts::new([(Language::Other, Arc::from(kept))])));
    Ok(item)
}

/// What of a record has a meaning, read as from a feed; `None` where it cannot be read so.
fn read_as_feed(record: &Map<String, Value>, settings: &Settings, now: Millis) -> Option<Item> {
    // ISO 4217's code for amounts in no currency: records do not name theirs.
    let mapping = Mapping::new(Target::Items).with_currency(Currency::new("XXX").ok()?);
    let mut items = Items::default();
    formats::feeds::feed("records").ok()?.reader().read(record, &Terms { mapping, now }, &mut items);
    let document = items.found.into_iter().next()?.ok()?;
    formats::json::item_from_json(&Value::Object(document), Some(settings)).ok()
}

/// Members of a record by what they are good for.
#[derive(Default)]
struct Members {
    texts: BTreeMap<String, Vec<String>>,
    facets: BTreeMap<String, Vec<Arc<str>>>,
    numbers: BTreeMap<String, f64>,
    leaves: usize,
}

impl Members {
    fn read(&mut self, record: &Map<String, Value>, plan: &Plan) {
        for (name, value) in record.iter().filter(|(name, _)| *name != "objectID") {
            self.leaf(name, value, plan, 0);
        }
    }

    fn leaf(&mut self, path: &str, value: &Value, plan: &Plan, depth: usize) {
        match value {
            Value::Array(parts) => parts.iter().for_each(|part| self.leaf(path, part, plan, depth + 1)),
            Value::Object(members) if depth < DEPTH_MAX => {
                members.iter().for_each(|(name, value)| self.leaf(&format!("{path}.{name}"), value, plan, depth + 1));
            }
            Value::Null | Value::Object(_) => {}
            scalar if self.leaves < LEAVES_MAX => {
                self.leaves += 1;
                self.scalar(path, scalar, plan);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, path: &str, value: &Value, plan: &Plan) {
        let Some(text) = text_of(value) else { return };
        if let Some(number) = value.as_f64().or_else(|| value.as_bool().map(f64::from)).filter(|n| n.is_finite()) {
            self.numbers.entry(path.to_owned()).or_insert(number);
        }
        if plan.facets.contains_key(path) || path == "_tags" {
            let values = self.facets.entry(path.to_owned()).or_default();
            if !text.is_empty() && !values.iter().any(|known| **known == *text) {
                values.push(Arc::from(text.as_str()));
            }
        }
        if !value.is_boolean() && path != "_tags" && plan.is_searched(path) {
            self.texts.entry(path.to_owned()).or_default().push(text);
        }
    }

    fn put(self, item: &mut Item) {
        let mut put = |name: String, value| item.attributes.insert(Arc::from(name), value);
        for (path, texts) in self.texts {
            put(format!("{TEXT}{path}"), types::Value::Text(Texts::guessed(texts.join("\n"))));
        }
        for (path, values) in self.facets.into_iter().filter(|(_, values)| !values.is_empty()) {
            put(format!("{FACET}{path}"), types::Value::Keywords(values));
        }
        for (path, number) in self.numbers {
            put(format!("{NUMBER}{path}"), types::Value::Number(number));
        }
    }
}

/// A value as facets have it.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The member at a path such as `hierarchicalCategories.lvl0`.
pub(crate) fn at<'a>(record: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(record.get(first)?.as_object()?, rest)
}

/// An item as a record: as it came, or where it came otherwise as its attributes say.
pub(crate) fn record_of(item: &Item) -> Map<String, Value> {
    if let Some(kept) = item.text(RECORD).and_then(|texts| serde_json::from_str(texts.best(Language::Other)).ok()) {
        return kept;
    }
    let mut record = Map::new();
    record.insert("objectID".to_owned(), Value::from(item.id.as_str()));
    for (name, value) in &item.attributes {
        record.insert(name.to_string(), plain(value));
    }
    if let Some(title) = record.get(TITLE).cloned() {
        record.entry("name").or_insert(title);
    }
    let categories = item.categories(CATEGORY);
    if !categories.is_empty() {
        let deepest = categories.iter().map(Vec::len).max().unwrap_or(0);
        let level = |depth: usize| -> Vec<Value> {
            let paths = categories.iter().filter(|path| path.len() > depth);
            paths.map(|path| Value::from(path[..=depth].join(" > "))).collect()
        };
        let levels = (0..deepest).map(|depth| (format!("lvl{depth}"), Value::from(level(depth))));
        record.insert("hierarchicalCategories".to_owned(), Value::Object(levels.collect()));
    }
    record
}

fn plain(value: &types::Value) -> Value {
    let number = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    let list = |words: &[Arc<str>]| match words {
        [word] => Value::from(&**word),
        words => words.iter().map(|word| Value::from(&**word)).collect(),
    };
    match value {
        types::Value::Text(texts) => Value::from(texts.best(Language::Other)),
        types::Value::Keywords(words) => list(words),
        types::Value::Number(own) => number(*own),
        types::Value::Money(money) => number(money.amount()),
        types::Value::Time(time) => Value::from(time.0),
        types::Value::Boolean(flag) => Value::from(*flag),
        types::Value::Categories(paths) => paths.iter().map(|path| Value::from(path.join(" > "))).collect(),
        types::Value::Image(address) => Value::from(&**address),
    }
}

/// How slips are looked past, as settings and request say.
pub(crate) fn typos(params: &super::params::Params) -> Answer<(Typos, types::Tolerance)> {
    let tolerance = match params.get("typoTolerance") {
        None | Some(Value::Bool(true)) => Some(types::Tolerance::All),
        Some(Value::Bool(false)) => None,
        Some(Value::String(word)) => match word.as_str() {
            "true" => Some(types::Tolerance::All),
            "false" => None,
            "min" => Some(types::Tolerance::Fewest),
            "strict" => Some(types::Tolerance::FewestAndOneMore),
            _ => return Err(wrong("typoTolerance", "true, false, min or strict", &Value::from(word.as_str()))),
        },
        Some(other) => return Err(wrong("typoTolerance", "true, false, min or strict", other)),
    };
    let Some(tolerance) = tolerance else { return Ok((Typos::none(), types::Tolerance::All)) };
    let default = Typos::default();
    let never = params.texts("disableTypoToleranceOnWords")?.unwrap_or_default();
    let typos = Typos {
        one: params.whole("minWordSizefor1Typo", 100)?.unwrap_or(default.one),
        two: params.whole("minWordSizefor2Typos", 100)?.unwrap_or(default.two),
        never: never.iter().map(|word| Arc::from(word.to_lowercase())).collect(),
        numbers: params.switch("allowTyposOnNumericTokens")?.unwrap_or(true),
    };
    Ok((typos, tolerance))
}
