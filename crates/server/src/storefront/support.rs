//! Which parameters of the storefront protocol do what; the table of `docs/storefront-protocol.md` is made of it.

use serde_json::{Map, Value};

use super::error::{Answer, Refused};

/// What becomes of a parameter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Support {
    /// It does what is documented.
    Full,
    /// It does part of it.
    Part,
    /// It changes nothing here.
    Ignored,
    /// A call that uses it is refused.
    Refused,
}

/// Every parameter, what becomes of it, and what to know.
pub(crate) const PARAMETERS: &[(&str, Support, &str)] = &[
    ("query", Support::Full, ""),
    ("page", Support::Full, ""),
    ("hitsPerPage", Support::Full, "at most 1,000"),
    ("offset", Support::Full, ""),
    ("length", Support::Full, ""),
    ("paginationLimitedTo", Support::Full, ""),
    ("filters", Support::Full, "scores in them are read over; use optionalFilters"),
    ("facetFilters", Support::Full, ""),
    ("numericFilters", Support::Full, ""),
    ("tagFilters", Support::Full, ""),
    ("optionalFilters", Support::Full, "scores included"),
    ("sumOrFiltersScores", Support::Part, "for optionalFilters"),
    ("facets", Support::Full, "exact counts"),
    ("maxValuesPerFacet", Support::Full, ""),
    ("sortFacetValuesBy", Support::Full, ""),
    ("facetQuery", Support::Full, ""),
    ("maxFacetHits", Support::Full, ""),
    ("facetingAfterDistinct", Support::Full, "of each group its best record is counted; afterDistinct() too"),
    ("searchableAttributes", Support::Full, "order, ranks shared by commas, unordered()"),
    ("restrictSearchableAttributes", Support::Full, ""),
    ("attributesForFaceting", Support::Full, "searchable(), filterOnly() and afterDistinct()"),
    ("attributesToRetrieve", Support::Full, ""),
    ("unretrievableAttributes", Support::Full, ""),
    ("responseFields", Support::Full, ""),
    ("attributesToHighlight", Support::Full, "all attributes where not said"),
    ("attributesToSnippet", Support::Full, "of Chinese two characters are a word"),
    ("highlightPreTag", Support::Full, ""),
    ("highlightPostTag", Support::Full, ""),
    ("snippetEllipsisText", Support::Full, ""),
    ("restrictHighlightAndSnippetArrays", Support::Full, ""),
    ("ranking", Support::Full, "positions are read for the best 1,000 hits"),
    ("customRanking", Support::Full, ""),
    ("replicas", Support::Full, "standard and virtual"),
    ("relevancyStrictness", Support::Part, "a virtual replica sorts all that is found"),
    ("queryType", Support::Full, "of a beginning, the 256 most frequent words"),
    ("typoTolerance", Support::Full, ""),
    ("minWordSizefor1Typo", Support::Full, ""),
    ("minWordSizefor2Typos", Support::Full, ""),
    ("allowTyposOnNumericTokens", Support::Full, ""),
    ("disableTypoToleranceOnAttributes", Support::Full, ""),
    ("disableTypoToleranceOnWords", Support::Full, ""),
    ("ignorePlurals", Support::Part, "English words are found in all their forms, whatever is said"),
    ("removeStopWords", Support::Part, "words of English and Chinese; for other languages there are no lists"),
    ("optionalWords", Support::Full, ""),
    ("removeWordsIfNoResults", Support::Full, ""),
    (
        "advancedSyntax",
        Support::Full,
        "Chinese quotes are quotes too; a phrase lies within one value of a list; not in shops that were filled otherwise",
    ),
    ("advancedSyntaxFeatures", Support::Full, ""),
    ("exactOnSingleWordQuery", Support::Ignored, ""),
    ("alternativesAsExact", Support::Ignored, ""),
    ("disableExactOnAttributes", Support::Ignored, ""),
    ("disablePrefixOnAttributes", Support::Ignored, ""),
    ("minProximity", Support::Ignored, ""),
    ("attributeCriteriaComputedByMinProximity", Support::Ignored, ""),
    ("synonyms", Support::Ignored, "always on"),
    ("replaceSynonymsInHighlight", Support::Ignored, ""),
    ("decompoundQuery", Support::Ignored, "Chinese is cut into words whatever is said"),
    ("queryLanguages", Support::Ignored, "languages are told by the text"),
    ("indexLanguages", Support::Ignored, "languages are told by the text"),
    ("naturalLanguages", Support::Ignored, ""),
    ("distinct", Support::Full, "0 to 4; pages are counted in groups"),
    ("attributeForDistinct", Support::Full, ""),
    ("aroundLatLng", Support::Full, "where there is no insideBoundingBox or insidePolygon"),
    ("aroundRadius", Support::Full, "where not said, any distance"),
    ("minimumAroundRadius", Support::Full, ""),
    ("aroundPrecision", Support::Part, "one number; ranges are refused"),
    ("aroundLatLngViaIP", Support::Refused, "addresses are not looked up"),
    ("insideBoundingBox", Support::Full, ""),
    ("insidePolygon", Support::Full, "where there is no insideBoundingBox"),
    ("enableRules", Support::Full, ""),
    ("ruleContexts", Support::Full, ""),
    ("renderingContent", Support::Full, ""),
    ("enablePersonalization", Support::Full, "what is known of userToken moves the order"),
    ("personalizationImpact", Support::Ignored, ""),
    (
        "enableReRanking",
        Support::Part,
        "true lets the trained ranker order what is found; where not said, the criteria do",
    ),
    ("reRankingApplyFilter", Support::Ignored, ""),
    ("mode", Support::Part, "neuralSearch lets the ranker order what is found"),
    ("userToken", Support::Full, ""),
    ("clickAnalytics", Support::Full, "queryID joins events with what was shown"),
    ("analytics", Support::Full, "false: the answer is not logged as shown"),
    ("analyticsTags", Support::Ignored, ""),
    ("enableABTest", Support::Ignored, "experiments are Mercato's own"),
    ("getRankingInfo", Support::Part, "place, score, promoted, distance"),
    ("numericAttributesForFiltering", Support::Ignored, "all numbers can be filtered by"),
    ("allowCompressionOfIntegerArray", Support::Ignored, ""),
    ("separatorsToIndex", Support::Ignored, ""),
    ("keepDiacriticsOnCharacters", Support::Ignored, ""),
    ("camelCaseAttributes", Support::Ignored, ""),
    ("decompoundedAttributes", Support::Ignored, ""),
    ("percentileComputation", Support::Ignored, ""),
    ("userData", Support::Full, "kept with the settings"),
];

/// Refuses a call that uses what is not there and would change its answer.
pub(crate) fn check(asked: &Map<String, Value>) -> Answer<()> {
    let is_used = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(parts) => !parts.is_empty(),
        Value::String(text) => !text.is_empty() && text != "false",
        _ => true,
    };
    // What depends on other parameters is refused where they are read.
    let depends = ["aroundLatLngViaIP"];
    let refused =
        PARAMETERS.iter().filter(|(name, support, _)| *support == Support::Refused && !depends.contains(name));
    for (name, _, note) in refused {
        if asked.get(*name).is_some_and(is_used) {
            let why = if note.is_empty() { String::new() } else { format!("; {note}") };
            return Err(Refused::bad(format!("{name} is not supported{why}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// What stands before the table in the document.
    const BEFORE: &str =
        "<!-- made by the test `storefront::support`: UPDATE_EXPECT=1 cargo test -p server support -->\n";

    fn table() -> String {
        let mut table = String::from("| parameter | here | to know |\n| --- | --- | --- |\n");
        let mut parameters: Vec<_> = PARAMETERS.iter().collect();
        parameters.sort();
        for (name, support, note) in parameters {
            let support = match support {
                Support::Full => "yes",
                Support::Part => "in part",
                Support::Ignored => "no effect",
                Support::Refused => "refused",
            };
            writeln!(table, "| `{name}` | {support} | {note} |").unwrap();
        }
        table
    }

    #[test]
    fn the_document_tells_every_parameter() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/storefront-protocol.md");
        let document = std::fs::read_to_string(path).unwrap();
        let (head, _) = document.split_once(BEFORE).expect("the document names who made its table");
        let wanted = format!("{head}{BEFORE}{}", table());
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, wanted).unwrap();
        } else {
            assert!(
                document == wanted,
                "docs/storefront-protocol.md is not current: UPDATE_EXPECT=1 cargo test -p server support"
            );
        }
    }
}
