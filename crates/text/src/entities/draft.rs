//! A gazetteer in the making: values first, then what items' texts say of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::gazetteer::{Attribute, Entry, Index, Sense};
use super::lexicon::{ConceptId, NAME_UNITS_MAX, lexicon};
use super::{Matched, Role};
use crate::importance::is_function_word;
use crate::phrase::Phrase;

/// Longer values are not names anybody types.
const VALUE_UNITS_MAX: usize = 16;
/// A sense names so many values at most, those with most items.
const VALUES_MAX: usize = 1_000;
/// Beginnings of brands up to this many words may stand for them.
const PREFIX_WORDS_MAX: usize = 3;
/// From this share of an attribute's values on, what the lexicon knows of them is what the attribute is about.
const ROLE_SHARE_MIN: f64 = 0.6;

/// Values with the number of items that have them.
#[derive(Default)]
pub(super) struct Draft {
    attributes: BTreeMap<String, BTreeMap<String, u32>>,
}

/// An index with what is needed while items are looked at.
pub(super) struct Indexed {
    index: Index,
    attributes: HashMap<String, usize>,
    /// By attribute: the value's senses.
    senses_of: Vec<HashMap<String, Vec<usize>>>,
}

/// What words stand for before attributes are numbered and counted.
#[derive(Default)]
struct Words {
    /// Values they are, with their unstemmed keys.
    exact: Vec<(usize, String)>,
    /// Values they are part of, with the unstemmed keys of that part.
    part: Vec<(usize, String)>,
}

/// An attribute's values while they are added.
struct Values {
    attribute: usize,
    role: Role,
    /// Each with the number of items that have it.
    all: Vec<(String, u32)>,
    /// By value: the concepts it names, and whether one name is all of it.
    named: Vec<Vec<(ConceptId, bool)>>,
}

impl Draft {
    /// Adds `items` items that have `value`.
    pub(super) fn add_value(&mut self, attribute: &str, value: &str, items: u32) {
        let values = match self.attributes.get_mut(attribute) {
            Some(values) => values,
            None => self.attributes.entry(attribute.to_owned()).or_default(),
        };
        match values.get_mut(value) {
            Some(known) => *known = known.saturating_add(items),
            None => drop(values.insert(value.to_owned(), items)),
        }
    }

    /// All phrases with what they may stand for.
    pub(super) fn index(self) -> Indexed {
        let index = Index {
            attributes: Vec::new(),
            senses: Vec::new(),
            entries: HashMap::new(),
            units_max: NAME_UNITS_MAX,
            items: 0,
        };
        let mut indexed = Indexed { index, attributes: HashMap::new(), senses_of: Vec::new() };
        for (name, values) in self.attributes {
            indexed.add_attribute(&name, values.into_iter().collect());
        }
        indexed.add_concepts_without_attribute();
        indexed
    }
}

impl Indexed {
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }

    pub(super) fn into_index(self) -> Index {
        self.index
    }

    /// The attributes and senses of an item, sorted.
    pub(super) fn senses_of_item<'a>(
        &self,
        values: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> (Vec<usize>, Vec<usize>) {
        let (mut attributes, mut senses) = (Vec::new(), Vec::new());
        for (attribute, value) in values {
            let Some(attribute) = self.attributes.get(attribute) else { continue };
            attributes.push(*attribute);
            senses.extend(self.senses_of[*attribute].get(value).into_iter().flatten());
        }
        attributes.sort_unstable();
        attributes.dedup();
        senses.sort_unstable();
        senses.dedup();
        (attributes, senses)
    }

    fn add_attribute(&mut self, name: &str, values: Vec<(String, u32)>) {
        let attribute = self.index.attributes.len();
        let named: Vec<Vec<(ConceptId, bool)>> = values.iter().map(|(value, _)| concepts_of(value)).collect();
        let role = lexicon().role_of_attribute(name).unwrap_or_else(|| role_by_values(&values, &named));
        self.attributes.insert(name.to_owned(), attribute);
        // An item may have several values; items looked at later correct the sum.
        let items = values.iter().map(|(_, items)| u64::from(*items)).sum::<u64>();
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        self.index.attributes.push(Attribute { name: name.into(), role, items });
        self.senses_of.push(HashMap::new());
        let values = Values { attribute, role, all: values, named };
        self.add_concepts(&values);
        self.add_words(&values);
    }

    /// Adds a sense for each concept that values speak of, and all the lexicon's names for it.
    fn add_concepts(&mut self, values: &Values) {
        let mut values_of: BTreeMap<ConceptId, Vec<(usize, bool)>> = BTreeMap::new();
        for (value, concepts) in values.named.iter().enumerate() {
            for (concept, whole) in concepts {
                let speaks = values.role.speaks_of(lexicon().concepts[usize::from(*concept)].role);
                let is_of_kinds = matches!(values.role, Role::ProductType | Role::Other);
                let is_meant = speaks || (*whole && is_of_kinds);
                if !is_meant {
                    continue;
                }
                for kind in &lexicon().concepts[usize::from(*concept)].kinds {
                    values_of.entry(*kind).or_default().push((value, *whole && kind == concept));
                }
            }
        }
        let mut by_concept = HashMap::new();
        for (concept, members) in values_of {
            let sense = self.add_sense(values, Some(concept), &members);
            by_concept.insert(concept, sense);
        }
        let mut names: Vec<_> = lexicon().names().collect();
        names.sort_unstable_by_key(|(key, _)| *key);
        for (key, names) in names {
            for name in names {
                if let Some(sense) = by_concept.get(&name.concept) {
                    self.add_entry(key, Entry::of(*sense, Matched::Concept, name.units, name.ambiguous));
                }
            }
        }
    }

    /// Adds the values themselves, and parts of them where parts are used as names.
    fn add_words(&mut self, values: &Values) {
        let mut words: BTreeMap<String, Words> = BTreeMap::new();
        for (index, (value, _)) in values.all.iter().enumerate() {
            let phrase = Phrase::new(value);
            let units = phrase.units().len();
            if units == 0 || units > VALUE_UNITS_MAX {
                continue;
            }
            self.index.units_max = self.index.units_max.max(units);
            let all = 0..units;
            // What names several concepts ("Black/White") is found by each of them.
            let is_list = values.role.has_lexicon() && values.named[index].iter().any(|(_, whole)| !whole);
            if !is_list {
                let entry = words.entry(phrase.key(&all).to_owned()).or_default();
                entry.exact.push((index, phrase.bare(&all).to_owned()));
            }
            for part in parts(&phrase, values.role) {
                let entry = words.entry(phrase.key(&part).to_owned()).or_default();
                entry.part.push((index, phrase.bare(&part).to_owned()));
            }
        }
        for (key, words) in words {
            self.add_phrase(values, &key, words);
        }
    }

    fn add_phrase(&mut self, values: &Values, key: &str, words: Words) {
        let mut bares: Vec<Box<str>> = words.exact.iter().map(|(_, bare)| bare.as_str().into()).collect();
        // "Navy" is found as the concept, which has "Navy Blue" too.
        let as_concept = self.index.entries.get_mut(key).and_then(|entries| {
            let senses = &self.index.senses;
            entries.iter_mut().find(|entry| {
                let sense = &senses[entry.sense];
                sense.attribute == Some(values.attribute) && sense.concept.is_some()
            })
        });
        if let Some(entry) = as_concept {
            if !bares.is_empty() {
                (entry.matched, entry.bares) = (Matched::Exact, bares);
            }
            return;
        }
        if is_function_word(key) {
            return;
        }
        let mut members: Vec<(usize, bool)> = words.exact.iter().map(|(value, _)| (*value, true)).collect();
        let matched = if words.exact.is_empty() { Matched::Part } else { Matched::Exact };
        let known: HashSet<usize> = members.iter().map(|(value, _)| *value).collect();
        for (value, bare) in words.part {
            if !known.contains(&value) {
                members.push((value, false));
            }
            if matched == Matched::Part {
                bares.push(bare.into());
            }
        }
        bares.sort_unstable();
        bares.dedup();
        let sense = self.add_sense(values, None, &members);
        self.add_entry(key, Entry { bares, ..Entry::of(sense, matched, usize::MAX, false) });
    }

    fn add_sense(&mut self, values: &Values, concept: Option<ConceptId>, members: &[(usize, bool)]) -> usize {
        let items_of = |value: usize| values.all[value].1;
        let mut members = members.to_vec();
        members.sort_by_key(|(value, whole)| (!*whole, u32::MAX - items_of(*value), *value));
        let mut seen = HashSet::new();
        members.retain(|(value, _)| seen.insert(*value));
        members.truncate(VALUES_MAX);
        let sense = self.index.senses.len();
        for (value, _) in &members {
            self.senses_of[values.attribute].entry(values.all[*value].0.clone()).or_default().push(sense);
        }
        let role = match concept {
            // Gender, age and audience share attributes; what was said is told by the concept.
            Some(concept) if lexicon().concepts[usize::from(concept)].role.is_of_persons() => {
                lexicon().concepts[usize::from(concept)].role
            }
            _ => values.role,
        };
        let items = members.iter().map(|(value, _)| u64::from(items_of(*value))).sum::<u64>();
        self.index.senses.push(Sense {
            attribute: Some(values.attribute),
            role,
            concept,
            values: members.iter().map(|(value, _)| Arc::from(values.all[*value].0.as_str())).collect(),
            items: u32::try_from(items).unwrap_or(u32::MAX),
            known: 0,
            agreeing: 0,
        });
        sense
    }

    /// Concepts of which the shop has no value are recognised too, to be negated, counted or left out.
    fn add_concepts_without_attribute(&mut self) {
        let has: HashSet<ConceptId> = self.index.senses.iter().filter_map(|sense| sense.concept).collect();
        let mut names: Vec<_> = lexicon().names().collect();
        names.sort_unstable_by_key(|(key, _)| *key);
        let mut senses: HashMap<ConceptId, usize> = HashMap::new();
        for (key, names) in names {
            for name in names.iter().filter(|name| !has.contains(&name.concept)) {
                let sense = *senses.entry(name.concept).or_insert_with(|| {
                    let role = lexicon().concepts[usize::from(name.concept)].role;
                    let (concept, values) = (Some(name.concept), Arc::default());
                    let sense = Sense { attribute: None, role, concept, values, items: 0, known: 0, agreeing: 0 };
                    self.index.senses.push(sense);
                    self.index.senses.len() - 1
                });
                self.add_entry(key, Entry::of(sense, Matched::Concept, name.units, name.ambiguous));
            }
        }
    }

    fn add_entry(&mut self, key: &str, entry: Entry) {
        self.index.entries.entry(key.to_owned()).or_default().push(entry);
    }
}

impl Entry {
    fn of(sense: usize, matched: Matched, units: usize, ambiguous: bool) -> Self {
        let (in_text, known, agreeing) = (0, 0, 0);
        Self { sense, matched, bares: Vec::new(), units, ambiguous, in_text, known, agreeing, context: None }
    }
}

fn concepts_of(value: &str) -> Vec<(ConceptId, bool)> {
    /// What is longer is a sentence.
    const BYTES_MAX: usize = 200;
    if value.len() > BYTES_MAX { Vec::new() } else { lexicon().concepts_in(value) }
}

/// The role that most values speak of; [`Role::Other`] where no role has most.
fn role_by_values(values: &[(String, u32)], named: &[Vec<(ConceptId, bool)>]) -> Role {
    let mut items: BTreeMap<Role, f64> = BTreeMap::new();
    let total: f64 = values.iter().map(|(_, items)| f64::from(*items)).sum();
    for ((_, count), concepts) in values.iter().zip(named) {
        let mut roles: Vec<Role> =
            concepts.iter().map(|(concept, _)| lexicon().concepts[usize::from(*concept)].role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles.into_iter().for_each(|role| *items.entry(role).or_default() += f64::from(*count));
    }
    let most = items.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    most.filter(|(_, count)| *count >= ROLE_SHARE_MIN * total).map_or(Role::Other, |(role, _)| role)
}

/// Parts of a value that are used as its name: of a category "Tops, Tees & Blouses" each kind, of a brand its beginning.
fn parts(phrase: &Phrase, role: Role) -> Vec<Range<usize>> {
    let units = phrase.units().len();
    let parts: Vec<Range<usize>> = match role {
        Role::ProductType => {
            let mut parts = Vec::new();
            let mut start = 0;
            for unit in 0..units {
                let is_conjunction = matches!(phrase.key(&(unit..unit + 1)), "and" | "和" | "与" | "及");
                if is_conjunction && phrase.is_cut(&(unit..unit + 1)) {
                    parts.push(start..unit);
                    start = unit + 1;
                } else if phrase.gap_after(unit).contains(['&', ',', '/', '、', '|', '，', ';']) {
                    parts.push(start..unit + 1);
                    start = unit + 1;
                }
            }
            parts.push(start..units);
            parts
        }
        Role::Brand => {
            let words = phrase.word_ranges();
            let beginnings = words.iter().take(PREFIX_WORDS_MAX.min(words.len().saturating_sub(1)));
            // "red" is the colour, not the beginning of Red Wing.
            let is_common = |part: &Range<usize>| !lexicon().named(phrase.key(part)).is_empty();
            let ends_well = |word: &&Range<usize>| !is_function_word(phrase.key(word));
            beginnings.filter(ends_well).map(|word| 0..word.end).filter(|part| !is_common(part)).collect()
        }
        _ => Vec::new(),
    };
    parts.into_iter().filter(|part| !part.is_empty() && part.len() < units).collect()
}
