//! The advanced syntax of queries: `"words in quotes"` stand together, and `-word` is left out.

use std::sync::Arc;

use types::TypedSearch;

use super::error::{Answer, Refused};
use super::params::Params;

/// A query without its signs, and what they said.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Syntax {
    /// What is searched for; the words of phrases included.
    pub(crate) text: String,
    phrases: Vec<Arc<str>>,
    excluded: Vec<Arc<str>>,
}

impl Syntax {
    /// Reads a search's query; as it stands where its signs mean nothing.
    pub(crate) fn read(params: &Params) -> Answer<Self> {
        let query = params.text("query")?.unwrap_or_default();
        if params.switch("advancedSyntax")? != Some(true) {
            return Ok(Self { text: query.to_owned(), ..Self::default() });
        }
        let features = params.texts("advancedSyntaxFeatures")?;
        let has = |name: &str| features.as_ref().is_none_or(|all| all.iter().any(|one| one == name));
        if let Some(other) = features.iter().flatten().find(|one| *one != "exactPhrase" && *one != "excludeWords") {
            return Err(Refused::bad(format!(
                "advancedSyntaxFeatures: expected exactPhrase or excludeWords, got `{other}`"
            )));
        }
        Ok(Self::parse(query, has("exactPhrase"), has("excludeWords")))
    }

    fn parse(query: &str, has_phrases: bool, has_excluded: bool) -> Self {
        let (mut found, mut rest, mut begins) = (Self::default(), query, true);
        while let Some(first) = rest.chars().next() {
            let after = &rest[first.len_utf8()..];
            let is_minus = begins && has_excluded && matches!(first, '-' | '\u{FF0D}');
            let quoted = quoted(if is_minus { after } else { rest }).filter(|_| has_phrases);
            match (is_minus, quoted) {
                (true, Some((inside, left))) => {
                    found.excluded.push(Arc::from(inside));
                    rest = left;
                }
                (true, None) => {
                    let end = after.find(char::is_whitespace).unwrap_or(after.len());
                    found.excluded.push(Arc::from(&after[..end]));
                    rest = &after[end..];
                }
                (false, Some((inside, left))) => {
                    found.phrases.push(Arc::from(inside));
                    found.text.extend([" ", inside, " "]);
                    rest = left;
                }
                (false, None) => {
                    found.text.push(first);
                    rest = after;
                }
            }
            begins = rest.len() < query.len() && query[..query.len() - rest.len()].ends_with(char::is_whitespace);
        }
        found.text = found.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let says = |text: &Arc<str>| text.chars().any(char::is_alphanumeric);
        found.phrases.retain(says);
        found.excluded.retain(says);
        found
    }

    /// Whether signs said something.
    pub(crate) fn has_signs(&self) -> bool {
        !(self.phrases.is_empty() && self.excluded.is_empty())
    }

    /// Lets a search look for it so.
    pub(crate) fn put(&self, search: &mut TypedSearch) {
        search.phrases.clone_from(&self.phrases);
        search.excluded.clone_from(&self.excluded);
    }
}

/// What stands in quotes at the beginning of a text, and what follows; Chinese quotes are quotes too.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (open, close) = match text.chars().next()? {
        '"' => ('"', '"'),
        '“' => ('“', '”'),
        _ => return None,
    };
    text[open.len_utf8()..].split_once(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, text: &str, phrases: &[&str], excluded: &[&str]) {
        let found = Syntax::parse(query, true, true);
        let texts = |all: &[Arc<str>]| all.iter().map(|one| one.to_string()).collect::<Vec<_>>();
        assert_eq!(
            (found.text.as_str(), texts(&found.phrases), texts(&found.excluded)),
            (
                text,
                phrases.iter().map(|one| (*one).to_owned()).collect(),
                excluded.iter().map(|one| (*one).to_owned()).collect()
            ),
            "{query}"
        );
    }

    #[test]
    fn signs_of_queries() {
        check("red shoes", "red shoes", &[], &[]);
        check("\"running shoes\" red", "running shoes red", &["running shoes"], &[]);
        check("shoes -red -\"light blue\"", "shoes", &[], &["red", "light blue"]);
        check("-red shoes", "shoes", &[], &["red"]);
        check("t-shirt", "t-shirt", &[], &[]);
        check("“雪纺连衣裙” -红色", "雪纺连衣裙", &["雪纺连衣裙"], &["红色"]);
        check("连衣裙 －红色", "连衣裙", &[], &["红色"]);
        check("a \"quote that never ends", "a \"quote that never ends", &[], &[]);
        check("- -- \"\" \" \"", "", &[], &[]);
        assert_eq!(Syntax::parse("\"a b\" -c", false, true).text, "\"a b\"");
        assert_eq!(Syntax::parse("\"a b\" -c", true, false).text, "a b -c");
    }
}
