//! How a storefront has the words of a query looked for, and what decides the order of what they find.

use std::sync::Arc;

use serde_json::Value;
use types::{Criterion, FewerWords, Language, Prefixes, SortKey, SortOrder, TypedSearch, Typos};

use super::error::{Answer, Refused};
use super::index::Resolved;
use super::params::{Params, wrong};
use super::record::{Names, Plan, modified, typos};
use super::syntax::Syntax;
use super::{filter, geo};

/// The order in which criteria decide where nothing is said.
const RANKING: [&str; 8] = ["typo", "geo", "words", "filters", "proximity", "attribute", "exact", "custom"];

/// How the words of a query stand in what was not found by `typed`: its slips were mended when it was read.
pub(super) fn as_read() -> TypedSearch {
    TypedSearch { typos: Typos::none(), prefixes: Prefixes::None, ..TypedSearch::default() }
}

/// The languages whose words without a meaning are not looked for.
fn stop_words(params: &Params) -> Answer<Vec<Language>> {
    let language = |code: &String| match code.as_str() {
        "en" => Language::English,
        "zh" => Language::Chinese,
        _ => Language::Other,
    };
    Ok(match params.get("removeStopWords") {
        Some(Value::Array(_)) => params.texts("removeStopWords")?.unwrap_or_default().iter().map(language).collect(),
        _ if params.switch("removeStopWords")? != Some(true) => Vec::new(),
        _ => match params.texts("queryLanguages")?.filter(|all| !all.is_empty()) {
            Some(all) => all.iter().map(language).collect(),
            None => vec![Language::English, Language::Chinese],
        },
    })
}

/// Whether the ranker decides the order instead of the criteria.
pub(super) fn by_score(params: &Params) -> Answer<bool> {
    let neural = params.text("mode")? == Some("neuralSearch");
    Ok(neural
        || params.switch("enableReRanking")? == Some(true)
        || params.switch("enablePersonalization")? == Some(true))
}

/// Reads how the words of a query are looked for.
pub(super) fn search(
    params: &Params,
    plan: &Plan,
    names: &Names,
    index: &Resolved,
    syntax: &Syntax,
) -> Answer<TypedSearch> {
    let restricted = params.texts("restrictSearchableAttributes")?;
    let untyped = params.texts("disableTypoToleranceOnAttributes")?.unwrap_or_default();
    let prefixes = match params.text("queryType")?.unwrap_or("prefixLast") {
        "prefixLast" => Prefixes::Last,
        "prefixAll" => Prefixes::All,
        "prefixNone" => Prefixes::None,
        other => return Err(wrong("queryType", "prefixLast, prefixAll or prefixNone", &Value::from(other))),
    };
    let fewer_words = match params.text("removeWordsIfNoResults")?.unwrap_or("none") {
        "none" => FewerWords::Never,
        "lastWords" => FewerWords::FromTheEnd,
        "firstWords" => FewerWords::FromTheBeginning,
        "allOptional" => FewerWords::All,
        other => {
            return Err(wrong(
                "removeWordsIfNoResults",
                "none, lastWords, firstWords or allOptional",
                &Value::from(other),
            ));
        }
    };
    let optional = params.texts("optionalWords")?.unwrap_or_default();
    let optional =
        optional.iter().flat_map(|words| words.split_whitespace()).map(|word| Arc::from(word.to_lowercase()));
    let (typos, tolerance) = typos(params)?;
    let mut search = TypedSearch {
        attributes: plan.attributes(names, restricted.as_deref(), &untyped),
        prefixes,
        typos,
        tolerance,
        optional: optional.collect(),
        fewer_words,
        criteria: criteria(params, names, index)?,
        raised: raised(params, names)?,
        raised_sum: params.switch("sumOrFiltersScores")?.unwrap_or(false),
        around: geo::around(params, names)?,
        stop_words: stop_words(params)?,
        ..TypedSearch::default()
    };
    syntax.put(&mut search);
    Ok(search)
}

/// The order criterion by criterion.
fn criteria(params: &Params, names: &Names, index: &Resolved) -> Answer<Vec<Criterion>> {
    let custom = params.texts("customRanking")?.unwrap_or_default();
    let custom = custom.iter().map(|entry| by(entry, names)).collect::<Answer<Vec<_>>>()?;
    let custom: Vec<Criterion> = custom.into_iter().flatten().collect();
    let ranking = params.texts("ranking")?.unwrap_or_else(|| RANKING.map(str::to_owned).to_vec());
    let mut criteria = if index.is_virtual { custom.clone() } else { Vec::new() };
    for entry in &ranking {
        match entry.as_str() {
            "typo" => criteria.push(Criterion::Typos),
            "geo" => criteria.push(Criterion::Distance),
            "words" => criteria.push(Criterion::Words),
            "filters" => criteria.push(Criterion::Filters),
            "proximity" => criteria.push(Criterion::Proximity),
            "attribute" => criteria.push(Criterion::Attribute),
            "exact" => criteria.push(Criterion::Exact),
            "custom" => criteria.extend(custom.clone()),
            entry => criteria.extend(by(entry, names)?),
        }
    }
    // A ranking that sorts names nothing else: what the words tell decides where the sort leaves things equal.
    if !ranking.iter().any(|entry| RANKING.contains(&entry.as_str())) {
        criteria.extend([
            Criterion::Typos,
            Criterion::Words,
            Criterion::Proximity,
            Criterion::Attribute,
            Criterion::Exact,
        ]);
        criteria.extend(custom);
    }
    Ok(criteria)
}

/// What a shop that was filled otherwise is sorted by: the attributes that `ranking` names.
pub(super) fn sorted(params: &Params, names: &Names) -> Answer<Vec<SortKey>> {
    let ranking = params.texts("ranking")?.unwrap_or_default();
    let named = ranking.iter().filter(|entry| !RANKING.contains(&entry.as_str()));
    let keys = named.map(|entry| by(entry, names)).collect::<Answer<Vec<_>>>()?;
    let key = |criterion| match criterion {
        Criterion::By(key) => Some(key),
        _ => None,
    };
    Ok(keys.into_iter().flatten().filter_map(key).collect())
}

/// `desc(popularity)` as a criterion; `None` where no record has the attribute.
fn by(entry: &str, names: &Names) -> Answer<Option<Criterion>> {
    let order = match modified(entry) {
        Some(("asc", member)) => Some((SortOrder::Ascending, member)),
        Some(("desc", member)) => Some((SortOrder::Descending, member)),
        _ => None,
    };
    let Some((order, member)) = order else {
        return Err(Refused::bad(format!(
            "ranking: `{entry}` is no criterion, and neither asc(attribute) nor desc(attribute)"
        )));
    };
    let attribute = names.number(member).or_else(|| names.facet(member));
    Ok(attribute.map(|attribute| Criterion::By(SortKey { attribute, order })))
}

/// Optional filters, each with its score.
fn raised(params: &Params, names: &Names) -> Answer<Vec<(types::Filter, f32)>> {
    let Some(value) = params.get("optionalFilters") else { return Ok(Vec::new()) };
    let parts: Vec<Value> = match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| vec![Value::from(text.as_str())]),
        Value::Array(parts) => parts.clone(),
        other => return Err(wrong("optionalFilters", "an array of strings or of arrays of strings", other)),
    };
    let mut raised = Vec::new();
    for part in parts {
        let any = match part {
            Value::Array(any) => any,
            one => vec![one],
        };
        for one in any {
            let text = one.as_str().ok_or_else(|| wrong("optionalFilters", "strings", &one))?;
            let score = text.split_once("<score=").and_then(|(_, score)| score.trim_end_matches('>').parse().ok());
            raised.push((filter::facet(text, names)?, score.unwrap_or(1.0)));
        }
    }
    Ok(raised)
}
