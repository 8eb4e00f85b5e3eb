//! Which parameters of the storefront protocol do what; the table of `docs/storefront-protocol.md` is made of it.

use serde_json::{Map, Value};

use super::error::{Answer, Refused};

/// What becomes of a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    ("facetingAfterDistinct", Support::Refused, "where distinct holds: items are counted before they are grouped"),
    ("searchableAttributes", Support::Full, "order, ranks shared by commas, unordered()"),
    ("restrictSearchableAttributes", Support::Full, ""),
    ("attributesForFaceting", Support::Full, "searchable() and filterOnly(); afterDistinct() is refused"),
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
    ("removeStopWords", Support::Refused, "use optionalWords or removeWordsIfNoResults"),
    ("optionalWords", Support::Full, ""),
    ("removeWordsIfNoResults", Support::Full, ""),
    ("advancedSyntax", Support::Refused, ""),
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
    ("distinct", Support::Part, "0 and 1; more records of a group are refused"),
    ("attributeForDistinct", Support::Full, ""),
    ("aroundLatLng", Support::Full, ""),
    ("aroundRadius", Support::Full, "where not said, any distance"),
    ("minimumAroundRadius", Support::Full, ""),
    ("aroundPrecision", Support::Part, "one number; ranges are refused"),
    ("aroundLatLngViaIP", Support::Refused, "addresses are not looked up"),
    ("insideBoundingBox", Support::Full, ""),
    ("insidePolygon", Support::Refused, "use insideBoundingBox"),
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
    let depends = |name: &str| matches!(name, "facetingAfterDistinct" | "insidePolygon" | "aroundLatLngViaIP");
    for (name, support, note) in
        PARAMETERS.iter().filter(|(name, support, _)| *support == Support::Refused && !depends(name))
    {
        let _ = support;
        if asked.get(*name).is_some_and(is_used) {
            let why = if note.is_empty() { String::new() } else { format!("; {note}") };
            return Err(Refused::bad(format!("{name} is not supported{why}")));
        }
    }
    Ok(())
}
