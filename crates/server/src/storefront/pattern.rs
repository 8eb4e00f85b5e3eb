//! Patterns of rules: words, and `{facet:brand}` for any value of a facet.

use std::sync::Arc;

use types::{QueryMatch, is_apart, is_without_blanks};

/// What a rule looks for in queries.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    anchoring: QueryMatch,
}

#[derive(Clone, PartialEq, Debug)]
enum Part {
    /// Words in lower case, single blanks between them.
    Words(String),
    /// Any value of this facet.
    Facet(String),
}

/// A value of a facet that stands in a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Captured {
    pub(crate) facet: String,
    /// As records have it.
    pub(crate) value: Arc<str>,
    /// As it was typed, in lower case.
    pub(crate) typed: String,
}

/// A value in lower case, and as records have it.
type Folded = (String, Arc<str>);
/// A facet, and those of its values that the query has.
type Known = (String, Vec<Folded>);

/// The values of a facet.
pub(crate) type Values<'a> = dyn Fn(&str) -> Vec<Arc<str>> + 'a;
/// What means the same as some words, as patterns have words.
pub(crate) type Synonyms<'a> = dyn Fn(&str) -> Vec<String> + 'a;

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub(crate) fn read(text: &str, anchoring: Option<&str>) -> Result<Self, String> {
        let anchoring = match anchoring.unwrap_or("is") {
            "is" => QueryMatch::Is,
            "startsWith" => QueryMatch::StartsWith,
            "endsWith" => QueryMatch::EndsWith,
            "contains" => QueryMatch::Contains,
            other => return Err(format!("anchoring: expected is, startsWith, endsWith or contains, got `{other}`")),
        };
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("{facet:") {
            let unclosed = || format!("pattern: `{{facet:{after}` is not closed by `}}`");
            let (facet, left) = after.split_once('}').ok_or_else(unclosed)?;
            if facet.trim().is_empty() {
                return Err("pattern: `{facet:}` names no attribute".to_owned());
            }
            parts.extend(words(before));
            parts.push(Part::Facet(facet.trim().to_owned()));
            rest = left;
        }
        parts.extend(words(rest));
        Ok(Self { parts, anchoring })
    }

    /// The facets of which it has values.
    pub(crate) fn facets(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Facet(facet) => Some(facet.as_str()),
            Part::Words(_) => None,
        })
    }

    /// The values of facets that a query has where the pattern says; `None` where it does not meet the pattern. `synonyms`:
    /// given where plurals, slips of the pen and words that mean the same are as good as the pattern's words.
    pub(crate) fn find(
        &self,
        query: &str,
        values: &Values<'_>,
        synonyms: Option<&Synonyms<'_>>,
    ) -> Option<Vec<Captured>> {
        let query = folded(query);
        let starts: Vec<usize> = match self.anchoring {
            QueryMatch::Is | QueryMatch::StartsWith => vec![0],
            QueryMatch::EndsWith | QueryMatch::Contains => {
                query.char_indices().map(|(at, _)| at).chain([query.len()]).collect()
            }
        };
        let to_end = matches!(self.anchoring, QueryMatch::Is | QueryMatch::EndsWith);
        let mut known: Vec<Known> = Vec::new();
        for facet in self.facets() {
            let mut all: Vec<Folded> = values(facet).into_iter().map(|one| (folded(&one), one)).collect();
            all.retain(|(text, _)| !text.is_empty() && query.contains(text.as_str()));
            // Of two values of which one begins the other, the longer is meant.
            all.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.1.cmp(&b.1)));
            known.push((facet.to_owned(), all));
        }
        let asked = Asked { query: &query, to_end, known, synonyms };
        starts.into_iter().find_map(|at| asked.meets(&self.parts, at))
    }
}

/// A query that a pattern is looked for in.
struct Asked<'a> {
    /// In lower case, single blanks between its words.
    query: &'a str,
    /// Whether nothing may stand behind the pattern.
    to_end: bool,
    known: Vec<Known>,
    synonyms: Option<&'a Synonyms<'a>>,
}

impl Asked<'_> {
    /// How the parts stand in the query from a byte on; the values of facets in their order.
    fn meets(&self, parts: &[Part], at: usize) -> Option<Vec<Captured>> {
        let Some((first, others)) = parts.split_first() else {
            return (!self.to_end || self.query[at..].trim().is_empty()).then(Vec::new);
        };
        let at = self.without_blanks(at);
        match first {
            Part::Words(words) => self.meets(others, self.end_of(words, at)?),
            Part::Facet(facet) => {
                let values = self.known.iter().find(|(name, _)| name == facet).map(|(_, values)| values.as_slice());
                let mut standing = values.unwrap_or_default().iter().filter(|(text, _)| self.stands(text, at));
                standing.find_map(|(text, value)| {
                    let rest = self.meets(others, at + text.len())?;
                    let own = Captured {
                        facet: facet.clone(),
                        value: Arc::clone(value),
                        typed: self.query[at..at + text.len()].to_owned(),
                    };
                    Some([vec![own], rest].concat())
                })
            }
        }
    }

    fn without_blanks(&self, at: usize) -> usize {
        at + (self.query[at..].len() - self.query[at..].trim_start().len())
    }

    fn stands(&self, text: &str, at: usize) -> bool {
        self.query[at..].starts_with(text) && is_apart(self.query, at, text)
    }

    /// Where words of a pattern end that stand at a byte, as they are or as what is as good.
    fn end_of(&self, words: &str, at: usize) -> Option<usize> {
        if self.stands(words, at) {
            return Some(at + words.len());
        }
        let synonyms = self.synonyms?;
        if let Some(other) = synonyms(words).iter().find(|other| self.stands(other, at)) {
            return Some(at + other.len());
        }
        if at > 0 && !self.query[..at].ends_with(' ') {
            return None;
        }
        let mut at = at;
        for word in words.split(' ') {
            at = self.without_blanks(at);
            let end = self.query[at..].find(' ').map_or(self.query.len(), |length| at + length);
            let typed = &self.query[at..end];
            let is_met = typed == word || is_near(word, typed) || synonyms(word).iter().any(|other| other == typed);
            at = is_met.then_some(end)?;
        }
        Some(at)
    }
}

/// Whether a word was typed in the other number, or with a slip in four letters and two in eight.
fn is_near(word: &str, typed: &str) -> bool {
    if !word.chars().chain(typed.chars()).all(|c| c.is_alphabetic() && !is_without_blanks(c)) {
        return false;
    }
    let is_plural = |one: &str, many: &str| matches!(many.strip_prefix(one), Some("s" | "es"));
    let slips = match word.chars().count() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    is_plural(word, typed) || is_plural(typed, word) || strsim::osa_distance(word, typed) <= slips
}

fn words(text: &str) -> Option<Part> {
    Some(folded(text)).filter(|text| !text.is_empty()).map(Part::Words)
}

/// Lower case, single blanks between the words.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, anchoring: &str, query: &str, expected: Option<&str>) {
        let values = |facet: &str| -> Vec<Arc<str>> {
            let all: &[&str] = match facet {
                "brand" => &["Peak", "Peak Pro", "L'Été", "朵朵"],
                "color" => &["Red", "红色"],
                _ => &[],
            };
            all.iter().map(|value| Arc::from(*value)).collect()
        };
        let found = Pattern::read(pattern, Some(anchoring)).unwrap().find(query, &values, None);
        let told =
            found.map(|all| all.iter().map(|one| format!("{}={}", one.facet, one.value)).collect::<Vec<_>>().join(" "));
        assert_eq!(told.as_deref(), expected, "{pattern} {anchoring}: {query}");
    }

    #[test]
    fn words_stand_where_they_should() {
        for (pattern, anchoring, query, is_met) in [
            ("Red Shoes", "is", "red  shoes", true),
            ("red", "is", "red shoes", false),
            ("red", "startsWith", "red shoes", true),
            ("red", "startsWith", "redder shoes", false),
            ("shoes", "endsWith", "red shoes", true),
            ("red", "contains", "big red shoes", true),
            ("red", "contains", "tired shoes", false),
            ("便宜", "startsWith", "便宜连衣裙", true),
            ("连衣裙", "endsWith", "便宜连衣裙", true),
            ("连衣", "contains", "便宜连衣裙", true),
            ("", "is", "", true),
            ("", "is", "red", false),
            ("", "contains", "red", true),
        ] {
            check(pattern, anchoring, query, is_met.then_some(""));
        }
    }

    #[test]
    fn plurals_slips_and_synonyms_are_as_good_where_the_rule_says() {
        let same = |words: &str| match words {
            "sofa" => vec!["couch".to_owned()],
            "沙发" => vec!["长椅".to_owned()],
            _ => Vec::new(),
        };
        for (pattern, anchoring, query, expected) in [
            ("shoe", "is", "shoes", true),
            ("boxes", "is", "box", true),
            ("running shoes", "is", "runing shoe", true),
            ("running shoes", "contains", "red running  shoe cheap", true),
            ("bag", "is", "bug", false),
            ("shoe", "contains", "horseshoes", false),
            ("leather sofa", "endsWith", "a lether couch", true),
            ("sofa", "startsWith", "couch red", true),
            ("沙发", "contains", "便宜长椅", true),
            ("沙发", "is", "沙友", false),
        ] {
            let pattern = Pattern::read(pattern, Some(anchoring)).unwrap();
            let none = |_: &str| Vec::new();
            assert_eq!(pattern.find(query, &none, Some(&same)).is_some(), expected, "{pattern:?}: {query}");
            assert!(pattern.find(query, &none, None).is_none(), "not where it does not say: {pattern:?}: {query}");
        }
    }

    #[test]
    fn values_of_facets_are_found() {
        check("{facet:brand}", "is", "peak", Some("brand=Peak"));
        check("{facet:brand}", "contains", "buy peak pro shoes", Some("brand=Peak Pro"));
        check("{facet:brand}", "contains", "speaker", None);
        check("{facet:brand} shoes", "is", "peak shoes", Some("brand=Peak"));
        check("{facet:color} {facet:brand}", "is", "red peak", Some("color=Red brand=Peak"));
        check("{facet:color}{facet:brand}", "contains", "买红色朵朵裙子", Some("color=红色 brand=朵朵"));
        check("{facet:nobody}", "contains", "peak", None);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        assert!(Pattern::read("a", Some("somewhere")).unwrap_err().contains("endsWith or contains, got `somewhere`"));
        assert!(Pattern::read("{facet:brand", None).unwrap_err().contains("not closed"));
        assert!(Pattern::read("{facet:}", None).unwrap_err().contains("no attribute"));
    }
}
