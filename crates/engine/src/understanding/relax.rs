//! What is let go, and said so, where nothing has all that was asked for, or too little is found.

use std::sync::Arc;

use index::{RowSet, WordsQuery};
use text::importance::{Hints, Importance, importance};
use types::{Comparison, Consequence, Filter, Finding, Literal, Reading, ReadingStep};

use crate::Result;
use crate::view::View;

/// Items below which too little is found.
const FOUND_MIN: usize = 3;
/// What a filter that was let go still multiplies scores by.
const STILL_BOOSTS: f32 = 1.5;
/// By how much a bound of a price is widened.
const WIDER_BY: f64 = 0.2;
/// Words of one query that are let go, at most.
const DROPPED_MAX: usize = 8;
/// Where enough is found, it is worth so many looks at postings to say which words are not required.
const POSTINGS_MAX: u64 = 100_000;

/// What a search found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FoundSoFar {
    /// Items that answer it.
    pub(crate) items: usize,
    /// Of those that were found by words, how many; `None` where words were not searched.
    pub(crate) by_words: Option<usize>,
    /// Items with every word that any item has.
    pub(crate) with_all_words: usize,
}

/// The reading with one thing more let go, where no more than a few items were found; `None` where there is nothing left to
/// let go. First filters that were understood are widened (a price by a fifth, a category to those beside it), then they only
/// boost. What the caller's own filter asks for is never let go, nor what the shopper does not want.
pub(crate) fn relaxed(reading: &Reading, found: FoundSoFar) -> Option<Reading> {
    let is_wanted =
        |finding: &Finding| matches!(&finding.consequence, Consequence::Filtered(filter) if !is_negated(filter));
    if found.items >= FOUND_MIN || !reading.findings.iter().any(is_wanted) {
        return None;
    }
    let mut relaxed = reading.clone();
    let is_widened = reading.findings.iter().any(|finding| finding.key.starts_with(WIDENED));
    let mut was_widened = false;
    for (at, finding) in reading.findings.iter().enumerate().filter(|(_, finding)| is_wanted(finding)) {
        let Consequence::Filtered(filter) = &finding.consequence else { continue };
        if let Some(wider) = (!is_widened).then(|| wider(filter)).flatten() {
            let says = format!("{} is widened to {wider}", finding.says);
            relaxed.findings[at].consequence = Consequence::Filtered(wider);
            relaxed.findings.push(said(WIDENED, finding, says, found.items));
            was_widened = true;
        }
    }
    if was_widened {
        return Some(relaxed);
    }
    for (at, finding) in reading.findings.iter().enumerate().filter(|(_, finding)| is_wanted(finding)) {
        let Consequence::Filtered(filter) = &finding.consequence else { continue };
        relaxed.findings[at].consequence = Consequence::Boosted(filter.clone(), STILL_BOOSTS);
        relaxed.findings.push(said("relax:", finding, format!("{} is no longer required", finding.says), found.items));
    }
    Some(relaxed)
}

/// Keys of findings that tell of a filter that was widened begin so.
const WIDENED: &str = "relax:wider:";

fn said(kind: &str, finding: &Finding, says: String, found: usize) -> Finding {
    Finding {
        step: ReadingStep::Relax,
        key: Arc::from(format!("{kind}{}", finding.key)),
        span: finding.span,
        says: Arc::from(says),
        evidence: Arc::from(format!("with it {found} items were found")),
        confidence: 1.0,
        consequence: Consequence::Relaxed,
    }
}

fn is_negated(filter: &Filter) -> bool {
    matches!(filter, Filter::Not(_))
}

/// A filter that lets a little more through: prices a fifth further, categories beside those that were named.
fn wider(filter: &Filter) -> Option<Filter> {
    match filter {
        Filter::Compare { attribute, comparison, value: Literal::Number(number) } => {
            let factor = match comparison {
                Comparison::Less | Comparison::LessOrEqual => 1.0 + WIDER_BY,
                Comparison::Greater | Comparison::GreaterOrEqual => 1.0 - WIDER_BY,
                Comparison::Equal | Comparison::NotEqual => return None,
            };
            // To the cent, so that people can read it.
            let value = Literal::Number((number * factor * 100.0).round() / 100.0);
            Some(Filter::Compare { attribute: Arc::clone(attribute), comparison: *comparison, value })
        }
        Filter::Under { attribute, path } if path.len() > 1 => {
            Some(Filter::Under { attribute: Arc::clone(attribute), path: path[..path.len() - 1].to_vec() })
        }
        Filter::And(parts) => all_wider(parts).map(Filter::And),
        Filter::Or(parts) => all_wider(parts).map(Filter::Or),
        Filter::Compare { .. }
        | Filter::Under { .. }
        | Filter::In { .. }
        | Filter::Exists { .. }
        | Filter::Not(_)
        | Filter::Inside { .. } => None,
    }
}

/// The parts with those wider that can be; `None` where none can.
fn all_wider(parts: &[Filter]) -> Option<Vec<Filter>> {
    let wider: Vec<Option<Filter>> = parts.iter().map(wider).collect();
    let some = wider.iter().any(Option::is_some);
    some.then(|| wider.into_iter().zip(parts).map(|(wider, part)| wider.unwrap_or_else(|| part.clone())).collect())
}

/// Where and with what weights the words of a query are searched.
pub(crate) struct InWords<'a> {
    /// The pinned view.
    pub(crate) view: &'a View,
    /// Items that may be shown.
    pub(crate) eligible: &'a RowSet,
    /// Makes a query of a text, with the reading's synonyms.
    pub(crate) query: &'a dyn Fn(&str) -> Result<WordsQuery>,
}

/// The reading with the words let go that keep every item from having all of them, the least important first, and each
/// said so; `None` where some item has all words, or there is nothing to let go.
///
/// Items are scored by the words they have, so where enough is found the order stays as it is: the words are only no longer
/// required. Where too little is found, [`Reading::kept`] is what words are searched by from here on.
///
/// # Errors
/// Where the word index cannot be read.
pub(crate) fn without_words(reading: &Reading, found: FoundSoFar, words: &InWords<'_>) -> Result<Option<Reading>> {
    let Some(by_words) = found.by_words.filter(|_| found.with_all_words == 0 && reading.kept.is_none()) else {
        return Ok(None);
    };
    let text = &reading.text;
    let little = by_words < FOUND_MIN || found.items < FOUND_MIN;
    let postings: u64 = (words.query)(text)?.terms().iter().map(|term| term.document_frequency).sum();
    if !little && postings > POSTINGS_MAX {
        return Ok(None);
    }
    let parts = weighed(text, words.view);
    let mut order: Vec<&Importance> = parts.iter().filter(|part| part.drop.is_some()).collect();
    order.sort_by_key(|part| part.drop);
    let mut kept = text.to_string();
    let mut dropped: Vec<&Importance> = Vec::new();
    for part in order.into_iter().take(DROPPED_MAX) {
        blank(&mut kept, part.span);
        dropped.push(part);
        if items_with_all(&kept, words)? > 0 {
            break;
        }
    }
    if dropped.is_empty() || items_with_all(&kept, words)? == 0 {
        return Ok(by_words.eq(&0).then(|| by_meaning_alone(reading, found)).flatten());
    }
    let mut relaxed = reading.clone();
    for part in dropped {
        let word = text.get(part.span.0..part.span.1).unwrap_or_default();
        let items = part.items.map_or_else(String::new, |items| format!("; {items} items have it"));
        relaxed.findings.push(Finding {
            step: ReadingStep::Relax,
            key: Arc::from(format!("relax:{word}")),
            // A span of the text, which need not be one of what was typed.
            span: None,
            says: Arc::from(format!("`{word}` is not required")),
            evidence: Arc::from(format!(
                "no item has all words, and this matters least (weight {:.2}){items}",
                part.weight
            )),
            confidence: (1.0 - part.weight).clamp(0.0, 1.0),
            consequence: Consequence::Relaxed,
        });
    }
    relaxed.kept = little.then(|| Arc::from(kept));
    Ok(Some(relaxed))
}

/// Says that no item has any of the words, where something was found all the same.
fn by_meaning_alone(reading: &Reading, found: FoundSoFar) -> Option<Reading> {
    if found.items == 0 {
        return None;
    }
    let mut relaxed = reading.clone();
    relaxed.kept = Some(Arc::clone(&reading.text));
    relaxed.findings.push(Finding {
        step: ReadingStep::Relax,
        key: Arc::from("relax:words"),
        span: None,
        says: Arc::from("found by meaning alone"),
        evidence: Arc::from("no item has any of the words"),
        confidence: 1.0,
        consequence: Consequence::Relaxed,
    });
    Some(relaxed)
}

/// The parts of a text with what each is worth: by what it is, how rare it is, and what clicks taught.
pub(crate) fn weighed(text: &str, view: &View) -> Vec<Importance> {
    let entities: Vec<_> =
        view.learnt.gazetteer.find(text).iter().map(|entity| (entity.span, entity.best().role)).collect();
    let hints = Hints {
        entities: &entities,
        negations: &[],
        documents: view.searcher.all().len() as u64,
        // A word index that cannot be read fails the search itself.
        document_frequency: &|part| view.searcher.frequency(part).unwrap_or(0),
        learned: &|part| view.learnt.importance.kept(part),
    };
    importance(text, &hints)
}

/// Blanks a span out, so that spans behind it stay true.
fn blank(text: &mut String, (from, to): (usize, usize)) {
    if text.get(from..to).is_some() {
        text.replace_range(from..to, &" ".repeat(to - from));
    }
}

/// Items that have every word of a text that any item has.
fn items_with_all(text: &str, words: &InWords<'_>) -> Result<usize> {
    let query = (words.query)(text)?;
    if query.terms().is_empty() {
        return Ok(0);
    }
    Ok(words.view.searcher.search_words(&query, words.eligible, 1.0, 1)?.complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(filter: Filter) -> Reading {
        let finding = Finding {
            step: ReadingStep::Entities,
            key: Arc::from("entities:brand=Sony"),
            span: Some((0, 4)),
            says: Arc::from("brand Sony"),
            evidence: Arc::from("10 items"),
            confidence: 1.0,
            consequence: Consequence::Filtered(filter),
        };
        Reading { findings: vec![finding], ..Reading::default() }
    }

    fn found(items: usize) -> FoundSoFar {
        FoundSoFar { items, by_words: Some(items), with_all_words: items }
    }

    #[test]
    fn what_was_understood_is_let_go_and_said_so() {
        let filter = Filter::In { attribute: Arc::from("brand"), values: vec![Literal::Text(Arc::from("Sony"))] };
        assert_eq!(relaxed(&reading(filter.clone()), found(3)), None);
        let now = relaxed(&reading(filter.clone()), found(0)).unwrap();
        assert_eq!(now.findings[0].consequence, Consequence::Boosted(filter.clone(), STILL_BOOSTS));
        assert_eq!((&*now.findings[1].key, now.findings[1].step), ("relax:entities:brand=Sony", ReadingStep::Relax));
        assert_eq!(relaxed(&now, found(0)), None, "once is enough");
        assert_eq!(relaxed(&reading(Filter::Not(Box::new(filter))), found(0)), None);
    }

    #[test]
    fn prices_and_categories_are_widened_before_they_are_let_go() {
        let price = |comparison, number| Filter::Compare {
            attribute: Arc::from("price"),
            comparison,
            value: Literal::Number(number),
        };
        let path = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect::<Vec<Arc<str>>>();
        let under = |names: &[&str]| Filter::Under { attribute: Arc::from("category"), path: path(names) };
        for (filter, expected) in [
            (price(Comparison::LessOrEqual, 200.0), price(Comparison::LessOrEqual, 240.0)),
            (
                Filter::And(vec![price(Comparison::GreaterOrEqual, 20.0), price(Comparison::LessOrEqual, 30.0)]),
                Filter::And(vec![price(Comparison::GreaterOrEqual, 16.0), price(Comparison::LessOrEqual, 36.0)]),
            ),
            (
                Filter::Or(vec![under(&["女装", "连衣裙"]), under(&["女装"])]),
                Filter::Or(vec![under(&["女装"]), under(&["女装"])]),
            ),
        ] {
            let wider = relaxed(&reading(filter), found(1)).unwrap();
            assert_eq!(wider.findings[0].consequence, Consequence::Filtered(expected.clone()));
            assert!(wider.findings[1].key.starts_with(WIDENED) && wider.findings[1].says.contains("widened"));
            let gone = relaxed(&wider, found(0)).unwrap();
            assert_eq!(gone.findings[0].consequence, Consequence::Boosted(expected, STILL_BOOSTS));
        }
    }

    #[test]
    fn blanks_leave_all_other_places_as_they_are() {
        let mut text = "红色 连衣裙".to_owned();
        blank(&mut text, (0, 6));
        blank(&mut text, (1, 99));
        assert_eq!((text.len(), text.find("连衣裙")), (16, Some(7)));
    }
}
