//! What words for colours, materials, persons, occasions and sizes mean in either language, so that "红色" finds "Red".

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Role;
use crate::phrase::{self, Phrase};

/// The tables compiled in; each says in its head how it is read.
const TABLES: [&str; 5] = [
    include_str!("../../data/colours.tsv"),
    include_str!("../../data/materials.tsv"),
    include_str!("../../data/people.tsv"),
    include_str!("../../data/occasions.tsv"),
    include_str!("../../data/sizes.tsv"),
];
const ATTRIBUTES: &str = include_str!("../../data/attributes.tsv");
/// How many units the longest name has; Chinese names count by characters.
pub(super) const NAME_UNITS_MAX: usize = 6;

/// Number of a concept in the lexicon.
pub(super) type ConceptId = u16;

/// Something that both languages have names for.
pub(super) struct Concept {
    pub(super) role: Role,
    pub(super) name: &'static str,
    /// The concept itself and all it is a kind of.
    pub(super) kinds: Vec<ConceptId>,
}

/// A name of a concept.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) concept: ConceptId,
    /// Whether it often means something else.
    pub(super) ambiguous: bool,
    /// How many units carry the meaning, if not all; the rest only has to stand there.
    pub(super) units: usize,
}

/// All concepts and their names.
pub(super) struct Lexicon {
    pub(super) concepts: Vec<Concept>,
    names: HashMap<String, Vec<Name>>,
    attributes: Vec<(Role, String)>,
}

/// The lexicon, parsed at first use.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::parse);
    &LEXICON
}

impl Lexicon {
    /// The concepts that a row of units with this key names.
    pub(super) fn named(&self, key: &str) -> &[Name] {
        self.names.get(key).map_or(&[], Vec::as_slice)
    }

    /// All names with their keys, in no particular order.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &[Name])> {
        self.names.iter().map(|(key, names)| (key.as_str(), names.as_slice()))
    }

    /// The concepts named in a text, longest names first where they overlap, and whether one name is all of the text.
    pub(super) fn concepts_in(&self, text: &str) -> Vec<(ConceptId, bool)> {
        let phrase = Phrase::new(text);
        let units = phrase.units().len();
        let mut found = Vec::new();
        let mut at = 0;
        while at < units {
            let longest = (at + 1..=units.min(at + NAME_UNITS_MAX)).rev().find_map(|end| {
                let names = self.named(phrase.key(&(at..end)));
                // Inside a longer word it is hardly ever the concept: 大红袍 is a tea.
                (!names.is_empty() && (end - at > 2 || phrase.is_cut(&(at..end)))).then_some((end, names))
            });
            match longest {
                Some((end, names)) => {
                    found.extend(names.iter().map(|name| (name.concept, end - at == units)));
                    at += names.iter().map(|name| name.units).max().unwrap_or(1).clamp(1, end - at);
                }
                None => at += 1,
            }
        }
        found
    }

    /// What kind of attribute one of this name is, as far as its name tells: `baseColour` is a colour.
    pub(super) fn role_of_attribute(&self, attribute: &str) -> Option<Role> {
        let spaced = words_of_name(attribute);
        let ends_in = |name: &str| spaced.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '));
        let is_han = |name: &str| !name.is_ascii() && spaced.contains(name);
        let fitting = self.attributes.iter().filter(|(_, name)| ends_in(name) || is_han(name));
        fitting.max_by_key(|(_, name)| name.chars().count()).map(|(role, _)| *role)
    }

    fn parse() -> Self {
        let rows: Vec<Vec<&'static str>> = TABLES.iter().flat_map(|table| rows(table)).collect();
        let ids: HashMap<&str, ConceptId> = rows.iter().zip(0..).map(|(row, id)| (row[1], id)).collect();
        let parents: Vec<Vec<ConceptId>> =
            rows.iter().map(|row| items(row[2]).filter_map(|name| ids.get(name).copied()).collect()).collect();
        let mut lexicon = Self { concepts: Vec::new(), names: HashMap::new(), attributes: Vec::new() };
        for (row, id) in rows.iter().zip(0..) {
            let role = Role::from_name(row[0]).unwrap_or(Role::Other);
            lexicon.concepts.push(Concept { role, name: row[1], kinds: closure(id, &parents) });
            for name in row[3..].iter().flat_map(|names| items(names)) {
                lexicon.add_name(name, id);
            }
        }
        for row in rows_of_two(ATTRIBUTES) {
            let role = Role::from_name(row.0).unwrap_or(Role::Other);
            lexicon.attributes.extend(items(row.1).map(|name| (role, name.to_owned())));
        }
        lexicon
    }

    fn add_name(&mut self, written: &str, concept: ConceptId) {
        let ambiguous = written.ends_with('?');
        let written = written.trim_end_matches('?');
        let mut add = |text: &str, units: usize| {
            let names = self.names.entry(phrase::key_of(text)).or_default();
            if names.iter().all(|known| known.concept != concept) {
                names.push(Name { concept, ambiguous, units });
            }
        };
        match written.split_once('+') {
            Some((meaning, contexts)) => {
                contexts.chars().for_each(|context| add(&format!("{meaning}{context}"), meaning.chars().count()));
            }
            None => add(written, usize::MAX),
        }
    }
}

/// A concept and all it is a kind of, directly or not.
fn closure(id: ConceptId, parents: &[Vec<ConceptId>]) -> Vec<ConceptId> {
    let mut kinds = vec![id];
    let mut at = 0;
    while let Some(kind) = kinds.get(at) {
        for parent in &parents[usize::from(*kind)] {
            if !kinds.contains(parent) {
                kinds.push(*parent);
            }
        }
        at += 1;
    }
    kinds
}

/// `baseColour`, `base_colour` and `Base-Colour` as `base colour`.
fn words_of_name(attribute: &str) -> String {
    let mut spaced = String::with_capacity(attribute.len() + 4);
    let mut before = ' ';
    for character in attribute.chars() {
        if character.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        match character {
            '_' | '-' | '.' | '/' => spaced.push(' '),
            other => spaced.extend(other.to_lowercase()),
        }
        before = character;
    }
    spaced.trim().to_owned()
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row.len() > 3)
}

fn rows_of_two(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

fn items(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let show = |(id, whole): (ConceptId, bool)| {
            format!("{}{}", lexicon().concepts[usize::from(id)].name, if whole { "!" } else { "" })
        };
        expected.assert_eq(&lexicon().concepts_in(text).into_iter().map(show).collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn tables_are_sound() {
        for row in TABLES.iter().flat_map(|table| rows(table)) {
            assert!(Role::from_name(row[0]).is_some(), "role of {row:?}");
            for parent in items(row[2]) {
                assert!(lexicon().concepts.iter().any(|concept| concept.name == parent), "{row:?}: {parent}");
            }
            for name in row[3..].iter().flat_map(|names| items(names)) {
                let bare = name.replace(['?', '+'], "");
                assert!(name.contains('+') || Phrase::new(&bare).units().len() <= NAME_UNITS_MAX, "{name} is too long");
            }
        }
        let mut names: Vec<&str> = lexicon().concepts.iter().map(|concept| concept.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "each concept has one row");
    }

    #[test]
    fn values_name_concepts() {
        check("Navy Blue", &expect!["navy!"]);
        check("Rgb (Red, Green, Blue)", &expect!["red green blue"]);
        check("红色", &expect!["red!"]);
        check("黑白格 Black/White", &expect!["black white black white"]);
        check("女鞋", &expect!["women!"]);
        check("Women's", &expect!["women!"]);
        check("大红袍 白酒 黑豆", &expect![""]);
    }

    #[test]
    fn names_of_attributes() {
        for (name, role) in [
            ("baseColour", Some(Role::Colour)),
            ("frame_color", Some(Role::Colour)),
            ("articleType", Some(Role::ProductType)),
            ("上市季节", Some(Role::Season)),
            ("适用人群", Some(Role::Audience)),
            ("材质成分", Some(Role::Material)),
            ("bullets", None),
        ] {
            assert_eq!(lexicon().role_of_attribute(name), role, "{name}");
        }
    }
}
