use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Role;
use super::context::ContextCounts;
use super::draft::{Draft, Indexed};
use super::gazetteer::{Gazetteer, Index, is_for_another};
use crate::importance::is_function_word;
use crate::phrase::Phrase;

/// An item as a gazetteer learns from it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ItemFacts<'a> {
    /// What shoppers' words are compared with: the title, not the description.
    pub text: Cow<'a, str>,
    /// Keyword attributes with their values; one that has several is there several times. Categories come as their names.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Neighbours are learned for phrases with so many items on either side.
const SIDE_ITEMS_MIN: u32 = 3;
/// Of an item's text so many units are looked at.
const ITEM_UNITS_MAX: usize = 200;

impl Gazetteer {
    /// Learns from items, which are gone through three times: for their values, for what their texts say of the values, and
    /// for the neighbours of ambiguous words. A sample of some 100,000 items tells as much as millions.
    pub fn from_items<'a>(items: impl Iterator<Item = ItemFacts<'a>> + Clone) -> Self {
        let mut draft = Draft::default();
        for item in items.clone() {
            let mut values: Vec<_> = item.attributes.iter().collect();
            values.sort_unstable();
            values.dedup();
            values.into_iter().for_each(|(attribute, value)| draft.add_value(attribute, value, 1));
        }
        let mut indexed = draft.index();
        count_texts(&mut indexed, items.clone());
        learn_context(&mut indexed, items);
        Self::from_index(indexed.into_index())
    }
}

/// An entry of the index: the key, and which of its entries.
type EntryPlace = (String, usize);

/// Fills in how many items say and have what.
fn count_texts<'a>(indexed: &mut Indexed, items: impl Iterator<Item = ItemFacts<'a>>) {
    let mut attribute_items = vec![0u32; indexed.index().attributes.len()];
    let mut sense_items = vec![0u32; indexed.index().senses.len()];
    let mut total = 0u32;
    for item in items {
        total = total.saturating_add(1);
        let (attributes, senses) = senses_of(indexed, &item);
        attributes.iter().for_each(|attribute| attribute_items[*attribute] += 1);
        senses.iter().for_each(|sense| sense_items[*sense] += 1);
        let phrase = Phrase::new(&item.text);
        for (key, is_named) in keys_in(indexed.index(), &phrase) {
            let Index { entries, senses: all, .. } = indexed.index_mut();
            for entry in entries.get_mut(key.as_str()).into_iter().flatten() {
                let sense = &mut all[entry.sense];
                if !is_named && matches!(sense.role, Role::Brand | Role::Model) {
                    continue;
                }
                entry.in_text += 1;
                if sense.attribute.is_some_and(|attribute| attributes.binary_search(&attribute).is_ok()) {
                    entry.known += 1;
                    sense.known += 1;
                    let agrees = u32::from(senses.binary_search(&entry.sense).is_ok());
                    entry.agreeing += agrees;
                    sense.agreeing += agrees;
                }
            }
        }
    }
    let index = indexed.index_mut();
    index.items = total;
    index.attributes.iter_mut().zip(attribute_items).for_each(|(attribute, items)| attribute.items = items);
    index.senses.iter_mut().zip(sense_items).for_each(|(sense, items)| sense.items = items);
}

/// Learns the neighbours of words that mean a value in some items and something else in others.
fn learn_context<'a>(indexed: &mut Indexed, items: impl Iterator<Item = ItemFacts<'a>>) {
    let mut counts: HashMap<EntryPlace, ContextCounts> = HashMap::new();
    for item in items {
        let (attributes, senses) = senses_of(indexed, &item);
        let phrase = Phrase::new(&item.text);
        let index = indexed.index();
        index.each_match(&phrase, ITEM_UNITS_MAX, &mut |range, entries| {
            for (place, entry) in entries.iter().enumerate() {
                let attribute = index.senses[entry.sense].attribute;
                let is_known = attribute.is_some_and(|attribute| attributes.binary_search(&attribute).is_ok());
                let is_open = entry.agreeing >= SIDE_ITEMS_MIN && entry.known - entry.agreeing >= SIDE_ITEMS_MIN;
                if !is_known || !is_open || is_for_another(&phrase, &range, index.senses[entry.sense].role) {
                    continue;
                }
                let mut words: Vec<&str> = (0..phrase.units().len().min(ITEM_UNITS_MAX))
                    .filter(|unit| !range.contains(unit))
                    .map(|unit| phrase.key(&(unit..unit + 1)))
                    .filter(|word| !is_function_word(word))
                    .collect();
                words.sort_unstable();
                words.dedup();
                let agrees = senses.binary_search(&entry.sense).is_ok();
                let counts = counts.entry((phrase.key(&range).to_owned(), place)).or_default();
                counts.add(agrees, words.into_iter());
            }
        });
    }
    for ((key, place), counts) in counts {
        if let Some(entry) = indexed.index_mut().entries.get_mut(&key).and_then(|entries| entries.get_mut(place)) {
            entry.context = counts.finish();
        }
    }
}

fn senses_of(indexed: &Indexed, item: &ItemFacts<'_>) -> (Vec<usize>, Vec<usize>) {
    indexed.senses_of_item(item.attributes.iter().map(|(attribute, value)| (&**attribute, &**value)))
}

/// The keys of the index that a text has, each once, and whether it is named other than as what the item fits.
fn keys_in(index: &Index, phrase: &Phrase) -> Vec<(String, bool)> {
    let mut keys = BTreeMap::new();
    index.each_match(phrase, ITEM_UNITS_MAX, &mut |range, _| {
        let is_named = !is_for_another(phrase, &range, Role::Brand);
        *keys.entry(phrase.key(&range).to_owned()).or_default() |= is_named;
    });
    keys.into_iter().collect()
}
