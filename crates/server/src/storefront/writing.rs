//! Changes of records, settings, synonyms and rules as storefronts' clients make them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{Engine, Shop};
use serde_json::{Map, Value, json};
use types::{Event, EventBody, ItemId, Millis, Settings};

use super::error::{Answer, Refused};
use super::index::{Index, Indices};
use super::params::wrong;
use super::record::{Plan, id_of, item_of, record_of, shop_settings};
use crate::routes::events::new_event_id;

/// Items changed in one append where many are.
const APPENDED: usize = 1000;

/// What changes an index.
pub(crate) struct Writer<'a> {
    engine: &'a Engine,
    indices: &'a Indices,
    name: &'a str,
    now: Millis,
}

/// What became of records: those that are, by id, and those that are gone.
#[derive(Default)]
struct Changes {
    records: BTreeMap<ItemId, Option<Map<String, Value>>>,
    order: Vec<ItemId>,
}

impl<'a> Writer<'a> {
    /// Changes the index called `name`.
    pub(crate) fn new(engine: &'a Engine, indices: &'a Indices, name: &'a str) -> Self {
        Self { engine, indices, name, now: engine.clock().now() }
    }

    /// Applies operations, each `{action, body}`, all or none; returns the ids in their order.
    pub(crate) fn batch(&self, operations: &[Value]) -> Answer<Vec<String>> {
        let (index, shop) = self.primary()?;
        let (mut changes, mut clears, mut ids) = (Changes::default(), false, Vec::new());
        for (at, operation) in operations.iter().enumerate() {
            let action = operation["action"].as_str().unwrap_or_default();
            let failed = |error: Refused| Refused { message: format!("requests[{at}]: {}", error.message), ..error };
            match action {
                "clear" => (clears, changes) = (true, Changes::default()),
                "delete" => return Err(failed(Refused::bad("delete stands alone; delete the index by DELETE"))),
                _ => {
                    let body = operation.get("body").and_then(Value::as_object);
                    let body = body.ok_or_else(|| failed(Refused::bad("body: expected an object")))?;
                    ids.push(changes.apply(&shop, action, body).map_err(failed)?);
                }
            }
        }
        if clears {
            self.delete_items(&shop, |id| !changes.records.contains_key(id))?;
        }
        let plan = Plan::read(&index.settings)?;
        self.write(&shop, changes, &plan)?;
        Ok(ids)
    }

    /// Deletes all records.
    pub(crate) fn clear(&self) -> Answer<()> {
        let (_, shop) = self.primary()?;
        self.delete_items(&shop, |_| true)
    }

    /// Deletes records.
    pub(crate) fn delete(&self, ids: &[ItemId]) -> Answer<()> {
        let (_, shop) = self.primary()?;
        let wanted: BTreeSet<&ItemId> = ids.iter().collect();
        self.append(&shop, wanted.into_iter().map(|id| EventBody::ItemDeleted(id.clone())))
    }

    /// Changes settings: what is not named stays as it is. Records are read anew where they must be.
    pub(crate) fn set_settings(&self, changes: &Map<String, Value>, forward: bool) -> Answer<()> {
        let before = self.indices.get(self.name);
        let replicas = changes.get("replicas").map(read_replicas).transpose()?;
        Plan::read(changes)?;
        let index = self.indices.change(self.engine, self.name, |index| {
            for (name, value) in changes {
                // Null stands for what holds where nothing is said.
                match value {
                    Value::Null => index.settings.remove(name),
                    value => index.settings.insert(name.clone(), value.clone()),
                };
            }
            Ok(())
        })?;
        if let Some(replicas) = replicas {
            self.indices.set_replicas(self.engine, self.name, &replicas)?;
        }
        if forward {
            for (name, _) in self.indices.all().into_iter().filter(|(_, one)| one.primary.as_deref() == Some(self.name))
            {
                let own = |index: &mut Index| {
                    changes.iter().filter(|(name, _)| *name != "replicas").for_each(|(name, value)| {
                        index.settings.insert(name.clone(), value.clone());
                    });
                    Ok(())
                };
                self.indices.change(self.engine, &name, own)?;
            }
        }
        if index.primary.is_some() || index.is_native {
            return Ok(());
        }
        let shop = self.engine.shop(&index.shop)?;
        self.keep_words(&shop)?;
        let (before, after) = (
            Plan::read(&before.map(|index| index.settings.clone()).unwrap_or_default())?,
            Plan::read(&index.settings)?,
        );
        if after.needs_more(&before) { self.read_anew(&shop, &after) } else { Ok(()) }
    }

    /// Sets synonyms or rules by their ids; `replaces` those there are.
    pub(crate) fn set_entries(&self, what: Entries, entries: &[Value], replaces: bool) -> Answer<()> {
        let mut read = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let id = entry["objectID"].as_str().filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| Refused::bad(format!("[{at}].objectID: expected a string")))?;
            what.check(entry).map_err(|message| Refused::bad(format!("[{at}]: {message}")))?;
            read.insert(id.to_owned(), entry.clone());
        }
        self.change_entries(what, |all| {
            if replaces {
                all.clear();
            }
            all.extend(read);
        })
    }

    /// Changes synonyms or rules, and puts synonyms in force.
    pub(crate) fn change_entries(&self, what: Entries, edit: impl FnOnce(&mut BTreeMap<String, Value>)) -> Answer<()> {
        let index = self.indices.change(self.engine, self.name, |index| {
            // The shop has synonyms of its own, which these would replace.
            if what == Entries::Synonyms && index.is_native {
                return Err(filled_otherwise(self.name));
            }
            edit(what.of_mut(index));
            Ok(())
        })?;
        if what == Entries::Synonyms && index.primary.is_none() {
            let text: Vec<String> = index.synonyms.values().filter_map(synonym_text).collect();
            let rules = engine::parse_synonyms(&text.join("\n")).map_err(|errors| {
                let first = errors.first().map_or_else(String::new, ToString::to_string);
                Refused::bad(format!("synonyms: {first}"))
            })?;
            let rules = rules.into_iter().map(|(_, rule)| rule).collect();
            self.engine.shop(&index.shop)?.set_synonyms(rules)?;
        }
        Ok(())
    }

    /// Copies this index, or parts of it, over another; `moves`: this one is gone then.
    pub(crate) fn copy(&self, destination: &str, scope: Option<&[String]>, moves: bool) -> Answer<()> {
        let source = self.indices.get(self.name).ok_or_else(|| unknown(self.name))?;
        let wants = |part: &str| scope.is_none_or(|scope| scope.iter().any(|one| one == part));
        let there = Writer::new(self.engine, self.indices, destination);
        self.indices.change(self.engine, destination, |index| {
            // What it is a replica of, and which replicas it has, stays its own.
            if wants("settings") {
                let replicas = index.settings.remove("replicas");
                index.settings = source.settings.clone();
                index.settings.remove("replicas");
                index.settings.extend(replicas.map(|replicas| ("replicas".to_owned(), replicas)));
            }
            if wants("rules") {
                index.rules = source.rules.clone();
            }
            if wants("synonyms") {
                index.synonyms = source.synonyms.clone();
            }
            Ok(())
        })?;
        if wants("synonyms") {
            there.change_entries(Entries::Synonyms, |_| {})?;
        }
        if scope.is_none() {
            there.take_records(&self.engine.shop(&source.shop)?)?;
        }
        if moves {
            self.indices.delete(self.engine, self.name)?;
        }
        Ok(())
    }

    /// Makes the records of this index those of another shop, in as few changes as it takes.
    fn take_records(&self, from: &Arc<Shop>) -> Answer<()> {
        let (index, shop) = self.primary()?;
        let plan = Plan::read(&index.settings)?;
        let mut kept = BTreeSet::new();
        for items in from.batches(APPENDED) {
            let mut changes = Changes::default();
            for item in items? {
                kept.insert(item.id.clone());
                changes.put(item.id.clone(), Some(record_of(&item)));
            }
            self.write(&shop, changes, &plan)?;
        }
        self.delete_items(&shop, |id| !kept.contains(id))
    }

    /// The index, made where there is none, and its shop. A replica's records are its primary's.
    fn primary(&self) -> Answer<(Arc<Index>, Arc<Shop>)> {
        let index = match self.indices.get(self.name) {
            Some(index) => index,
            None => self.indices.change(self.engine, self.name, |_| Ok(()))?,
        };
        if let Some(primary) = &index.primary {
            return Err(Refused::bad(format!("{} is a replica of {primary}; change that one", self.name)));
        }
        if index.is_native {
            return Err(filled_otherwise(self.name));
        }
        let shop = self.engine.shop(&index.shop)?;
        self.keep_words(&shop)?;
        Ok((index, shop))
    }

    /// Lets a shop that was there before keep words as they are written; its index is then built anew beside the live one.
    fn keep_words(&self, shop: &Shop) -> Answer<()> {
        let wanted = shop_settings(&shop.settings());
        if *shop.settings() != wanted {
            shop.set_settings(wanted)?;
        }
        Ok(())
    }

    fn read_anew(&self, shop: &Arc<Shop>, plan: &Plan) -> Answer<()> {
        for items in shop.batches(APPENDED) {
            let mut changes = Changes::default();
            items?.into_iter().for_each(|item| changes.put(item.id.clone(), Some(record_of(&item))));
            self.write(shop, changes, plan)?;
        }
        Ok(())
    }

    fn write(&self, shop: &Arc<Shop>, changes: Changes, plan: &Plan) -> Answer<()> {
        let settings: Arc<Settings> = shop.settings();
        let mut bodies = Vec::with_capacity(changes.order.len());
        let Changes { mut records, order } = changes;
        for id in order {
            let Some(record) = records.remove(&id) else { continue };
            match record {
                Some(record) => {
                    let item = item_of(&record, plan, &settings, self.now)?;
                    if shop.item(&id)?.as_ref() != Some(&item) {
                        bodies.push(EventBody::ItemUpserted(item));
                    }
                }
                None => bodies.push(EventBody::ItemDeleted(id)),
            }
        }
        self.append(shop, bodies.into_iter())
    }

    fn delete_items(&self, shop: &Arc<Shop>, is_doomed: impl Fn(&ItemId) -> bool) -> Answer<()> {
        let mut doomed = Vec::new();
        for items in shop.batches(APPENDED) {
            doomed.extend(items?.into_iter().map(|item| item.id).filter(|id| is_doomed(id)));
        }
        self.append(shop, doomed.into_iter().map(EventBody::ItemDeleted))
    }

    /// Appends, and waits until it can be searched.
    fn append(&self, shop: &Arc<Shop>, bodies: impl Iterator<Item = EventBody>) -> Answer<()> {
        let events: Vec<Event> = bodies.map(|body| Event { id: new_event_id(), time: self.now, body }).collect();
        if events.is_empty() {
            return Ok(());
        }
        shop.append(events)?;
        Ok(shop.commit_words()?)
    }
}

fn filled_otherwise(name: &str) -> Refused {
    Refused::bad(format!("{name} is a shop that was filled by another interface; change its items and synonyms there"))
}

fn unknown(name: &str) -> Refused {
    Refused::unknown(format!("Index {name} does not exist"))
}

impl Changes {
    fn put(&mut self, id: ItemId, record: Option<Map<String, Value>>) {
        if self.records.insert(id.clone(), record).is_none() {
            self.order.push(id);
        }
    }

    /// The record of an id as it is after the operations so far.
    fn now(&self, shop: &Shop, id: &ItemId) -> Answer<Option<Map<String, Value>>> {
        match self.records.get(id) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(shop.item(id)?.map(|item| record_of(&item))),
        }
    }

    fn apply(&mut self, shop: &Shop, action: &str, body: &Map<String, Value>) -> Answer<String> {
        let mut body = body.clone();
        if action == "addObject" && !body.contains_key("objectID") {
            body.insert("objectID".to_owned(), Value::from(new_event_id().as_str()));
        }
        let id = id_of(&body)?;
        let told = id.as_str().to_owned();
        match action {
            "addObject" | "updateObject" => self.put(id, Some(body)),
            "partialUpdateObject" | "partialUpdateObjectNoCreate" => {
                let known = self.now(shop, &id)?;
                if known.is_none() && action == "partialUpdateObjectNoCreate" {
                    return Ok(told);
                }
                let mut record = known.unwrap_or_default();
                record.insert("objectID".to_owned(), Value::from(told.as_str()));
                for (name, value) in body.iter().filter(|(name, _)| *name != "objectID") {
                    let before = record.get(name).cloned();
                    if let Some(after) = changed(name, before.as_ref(), value)? {
                        record.insert(name.clone(), after);
                    }
                }
                self.put(id, Some(record));
            }
            "deleteObject" => self.put(id, None),
            other => return Err(Refused::bad(format!("action: `{other}` is not known"))),
        }
        Ok(told)
    }
}

/// A member after a partial update; `None` where it stays as it is.
fn changed(name: &str, before: Option<&Value>, update: &Value) -> Answer<Option<Value>> {
    let Some(operation) = update.get("_operation") else { return Ok(Some(update.clone())) };
    let value = update.get("value").cloned().unwrap_or(Value::Null);
    let number = |value: &Value| value.as_f64().ok_or_else(|| wrong(name, "a number", value));
    let sum = |sign: f64| -> Answer<Value> {
        let before = before.map_or(Ok(0.0), number)?;
        let after = before + sign * number(&value)?;
        Ok(if after.fract() == 0.0 && after.abs() < 9e15 { json!(after as i64) } else { json!(after) })
    };
    let list = || match before.cloned() {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(parts)) => parts,
        Some(one) => vec![one],
    };
    let after = match operation.as_str().unwrap_or_default() {
        "Increment" => sum(1.0)?,
        "Decrement" => sum(-1.0)?,
        "IncrementFrom" => match before.and_then(Value::as_f64).unwrap_or(0.0) == number(&value)? {
            true => json!(number(&value)? as i64 + 1),
            false => return Ok(None),
        },
        "IncrementSet" => match before.and_then(Value::as_f64).unwrap_or(0.0) < number(&value)? {
            true => value,
            false => return Ok(None),
        },
        "Add" => Value::Array(list().into_iter().chain([value]).collect()),
        "AddUnique" if list().contains(&value) => return Ok(None),
        "AddUnique" => Value::Array(list().into_iter().chain([value]).collect()),
        "Remove" => Value::Array(list().into_iter().filter(|one| *one != value).collect()),
        other => return Err(Refused::bad(format!("{name}: the operation `{other}` is not known"))),
    };
    Ok(Some(after))
}

/// The replicas that settings name, each with whether it is virtual.
fn read_replicas(value: &Value) -> Answer<Vec<(String, bool)>> {
    let names = super::params::texts(value).filter(|_| value.is_array());
    let names = names.ok_or_else(|| wrong("replicas", "an array of names", value))?;
    let read = |name: &String| match name.strip_prefix("virtual(").and_then(|name| name.strip_suffix(')')) {
        Some(name) => (name.to_owned(), true),
        None => (name.clone(), false),
    };
    Ok(names.iter().map(read).collect())
}

/// What an index has beside records and settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entries {
    /// Words that stand for one another.
    Synonyms,
    /// What is changed where a query or a context is met.
    Rules,
}

impl Entries {
    /// Those of an index.
    pub(crate) fn of(self, index: &Index) -> &BTreeMap<String, Value> {
        match self {
            Self::Synonyms => &index.synonyms,
            Self::Rules => &index.rules,
        }
    }

    fn of_mut(self, index: &mut Index) -> &mut BTreeMap<String, Value> {
        match self {
            Self::Synonyms => &mut index.synonyms,
            Self::Rules => &mut index.rules,
        }
    }

    fn check(self, entry: &Value) -> Result<(), String> {
        match self {
            Self::Rules => super::rules::check(entry),
            Self::Synonyms if synonym_text(entry).is_none() => {
                let kinds = "synonym with synonyms, oneWaySynonym with input and synonyms, altCorrection1 or altCorrection2 with word and corrections, or placeholder";
                Err(format!("expected one of {kinds}"))
            }
            _ => Ok(()),
        }
    }
}

/// A synonym as the shop's own list writes it; placeholders stand for nothing there.
fn synonym_text(entry: &Value) -> Option<String> {
    let words = |name: &str| -> Option<Vec<String>> {
        let words: Vec<String> =
            entry[name].as_array()?.iter().filter_map(|word| word.as_str().map(plain_word)).collect();
        (!words.is_empty()).then_some(words)
    };
    let one = |name: &str| entry[name].as_str().map(plain_word);
    let kind = entry["type"].as_str().unwrap_or("synonym").to_lowercase();
    match kind.as_str() {
        "synonym" => Some(words("synonyms")?.join(", ")),
        "onewaysynonym" => {
            Some(format!("{} => {}", one("input")?, [vec![one("input")?], words("synonyms")?].concat().join(", ")))
        }
        "altcorrection1" | "altcorrection2" => {
            Some(format!("{} => {}", one("word")?, [vec![one("word")?], words("corrections")?].concat().join(", ")))
        }
        "placeholder" => Some(format!("# {}", one("placeholder")?)),
        _ => None,
    }
}

/// A word without what has a meaning in lists of synonyms.
fn plain_word(word: &str) -> String {
    word.replace([',', '\n', '\r', '#', '=', '>'], " ").trim().to_owned()
}
