//! Patterns of rules: words, and `{facet:brand}` for any value of a facet.

use std::sync::Arc;

use types::{QueryMatch, is_apart};

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

    /// The values of facets that a query has where the pattern says; `None` where it does not meet the pattern.
    pub(crate) fn find(&self, query: &str, values: &Values<'_>) -> Option<Vec<Captured>> {
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
        starts.into_iter().find_map(|at| meets(&self.parts, &query, at, to_end, &known))
    }
}

/// How the parts stand in a query from a byte on; the values of facets in their order.
fn meets(parts: &[Part], query: &str, at: usize, to_end: bool, known: &[Known]) -> Option<Vec<Captured>> {
    let Some((first, others)) = parts.split_first() else {
        return (!to_end || query[at..].trim().is_empty()).then(Vec::new);
    };
    let at = at + (query[at..].len() - query[at..].trim_start().len());
    let stands = |text: &str| query[at..].starts_with(text) && is_apart(query, at, text);
    match first {
        Part::Words(words) if stands(words) => meets(others, query, at + words.len(), to_end, known),
        Part::Words(_) => None,
        Part::Facet(facet) => {
            let values = known.iter().find(|(name, _)| name == facet).map(|(_, values)| values.as_slice());
            values.unwrap_or_default().iter().filter(|(text, _)| stands(text)).find_map(|(text, value)| {
                let rest = meets(others, query, at + text.len(), to_end, known)?;
                let own = Captured {
                    facet: facet.clone(),
                    value: Arc::clone(value),
                    typed: query[at..at + text.len()].to_owned(),
                };
                Some([vec![own], rest].concat())
            })
        }
    }
}

fn words(text: &str) -> Option<Part> {
    Some(folded(text)).filter(|text| !text.is_empty()).map(Part::Words)
}

fn folded(text: &str) -> String {
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
        let found = Pattern::read(pattern, Some(anchoring)).unwrap().find(query, &values);
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
