use std::sync::Arc;

use text::entities::{Decision, Entity, Reading};
use text::negation::{Contradiction, polarity};
use types::{Consequence, Filter, Literal, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Reads values of attributes: what is wanted filters or boosts, what is not wanted is left out.
pub(super) struct Entities;

/// What is added to 1 of the factor of a boosted value, where the reading is certain: it decides between items that fit
/// about equally well.
const BOOST: f32 = 0.1;
/// From this confidence on values are boosted; of brands read with less, one in ten was meant (150 judged queries).
const BOOST_FROM: f32 = 0.6;
/// From this confidence on items with an unwanted value are left out; below, they come after others.
const LEAVE_OUT_FROM: f32 = 0.9;
/// What the scores of the latter are multiplied by.
const UNWANTED: f32 = 0.5;
/// Values of one reading that a filter names, at most.
const VALUES_MAX: usize = 200;

impl Step for Entities {
    fn step(&self) -> ReadingStep {
        ReadingStep::Entities
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let entities = draft.entities(known).to_vec();
        let read = polarity(entities, &draft.negations);
        for entity in &read.wanted {
            draft.add(found(known, entity, false));
        }
        for entity in &read.unwanted {
            draft.add(found(known, entity, true));
        }
        for contradiction in read.contradictions {
            draft.add(contradicted(contradiction));
        }
    }
}

fn found(known: &Known<'_>, entity: &Entity, is_unwanted: bool) -> Found {
    let reading = entity.best();
    let values = shown(reading);
    let attribute = reading.attribute.as_deref().unwrap_or_else(|| reading.role.name());
    let others: Vec<String> = entity.readings[1..]
        .iter()
        .map(|other| {
            format!(
                "{} {} ({:.2})",
                other.attribute.as_deref().unwrap_or_else(|| other.role.name()),
                shown(other),
                other.confidence
            )
        })
        .collect();
    let instead = if others.is_empty() { String::new() } else { format!("; or {}", others.join(", ")) };
    let not = if is_unwanted { "not " } else { "" };
    Found {
        step: ReadingStep::Entities,
        name: format!("{not}{attribute}={values}"),
        span: Some(entity.span),
        says: format!("{not}{attribute} {values}"),
        evidence: format!("{}{instead}", reading.evidence),
        confidence: reading.confidence,
        consequence: consequence(known, reading, is_unwanted),
    }
}

/// The values of a reading, for people.
fn shown(reading: &Reading) -> String {
    const SHOWN: usize = 3;
    match (&reading.values[..], reading.concept) {
        ([], Some(concept)) => concept.to_owned(),
        (values, _) => {
            let first = values.iter().take(SHOWN).map(|value| &**value).collect::<Vec<_>>().join(" | ");
            if values.len() > SHOWN { format!("{first} and {} more", values.len() - SHOWN) } else { first }
        }
    }
}

fn consequence(known: &Known<'_>, reading: &Reading, is_unwanted: bool) -> Consequence {
    let Some(filter) = filter(known, reading) else { return Consequence::Shown };
    match reading.decision {
        _ if is_unwanted && reading.confidence >= LEAVE_OUT_FROM => {
            Consequence::Filtered(Filter::Not(Box::new(filter)))
        }
        _ if is_unwanted => Consequence::Boosted(filter, UNWANTED),
        Decision::Filter => Consequence::Filtered(filter),
        Decision::Boost if reading.confidence >= BOOST_FROM => {
            // What clicks bear out is worth what they say, where enough of them were seen.
            let measured = reading.evidence.measured.map_or(0.0, |_| reading.precision);
            Consequence::Boosted(filter, 1.0 + BOOST * reading.confidence.max(measured))
        }
        Decision::Boost => Consequence::Shown,
        Decision::Nothing => Consequence::Shown,
    }
}

/// Items with one of the values; `None` where the reading names no attribute. A category's name stands for every path
/// it is in.
pub(super) fn filter(known: &Known<'_>, reading: &Reading) -> Option<Filter> {
    let attribute = reading.attribute.as_ref().filter(|_| !reading.values.is_empty())?;
    let values = reading.values.iter().take(VALUES_MAX);
    let categories = &known.view.lexicon.categories;
    if categories.attribute() == Some(attribute) {
        let paths = values.flat_map(|name| categories.called(name));
        let under = paths.map(|path| Filter::Under { attribute: Arc::clone(attribute), path: path.clone() });
        return Some(Filter::Or(under.collect()));
    }
    let values = values.map(|value| Literal::Text(Arc::clone(value))).collect();
    Some(Filter::In { attribute: Arc::clone(attribute), values })
}

fn contradicted(contradiction: Contradiction) -> Found {
    Found {
        step: ReadingStep::Entities,
        name: format!("contradiction {}", contradiction.attribute),
        span: Some(contradiction.unwanted),
        says: contradiction.note,
        evidence: "both are in the query".to_owned(),
        confidence: 1.0,
        consequence: Consequence::Shown,
    }
}
