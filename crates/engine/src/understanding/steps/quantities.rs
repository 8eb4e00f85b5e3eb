use std::sync::Arc;

use text::{Bound, Quantity, QuantityKind};
use types::well_known::PRICE;
use types::{Comparison, Consequence, Filter, Literal, ReadingStep};

use crate::understanding::draft::{Draft, Found};
use crate::understanding::{Known, Step};

/// Reads prices, amounts and sizes. A price becomes a filter; amounts and sizes stand in titles and stay words.
pub(super) struct Quantities;

/// From this confidence on a price is a filter, and its words are no longer searched for.
const FILTER_FROM: f32 = 0.65;

impl Step for Quantities {
    fn step(&self) -> ReadingStep {
        ReadingStep::Quantities
    }

    fn read(&self, known: &Known<'_>, draft: &mut Draft<'_>) {
        let quantities = text::quantities(draft.text());
        for quantity in quantities.iter().rev() {
            let (consequence, evidence) = concluded(known, quantity);
            let is_filter = matches!(consequence, Consequence::Filtered(_));
            let was_added = draft.add(Found {
                step: ReadingStep::Quantities,
                name: quantity.to_string(),
                span: Some(quantity.span),
                says: quantity.to_string(),
                evidence,
                confidence: quantity.confidence,
                consequence,
            });
            if was_added && is_filter {
                draft.leave_out(quantity.span);
            }
        }
    }
}

fn concluded(known: &Known<'_>, quantity: &Quantity) -> (Consequence, String) {
    let QuantityKind::Price(currency) = &quantity.kind else {
        let evidence =
            if quantity.bound == Bound::Exact { "a number with its unit" } else { "a number with its bounds" };
        return (Consequence::Shown, evidence.to_owned());
    };
    let Some(own) = known.view.lexicon.currency else {
        return (Consequence::Shown, "the shop's items have no prices".to_owned());
    };
    if currency.is_some_and(|named| named.as_str() != own.as_str()) {
        return (Consequence::Shown, format!("prices here are in {}", own.as_str()));
    }
    let evidence = match currency {
        Some(_) => "an amount with its currency".to_owned(),
        None => format!("an amount with its bounds; prices here are in {}", own.as_str()),
    };
    match price_filter(quantity).filter(|_| quantity.confidence >= FILTER_FROM) {
        Some(filter) => (Consequence::Filtered(filter), evidence),
        None => (Consequence::Shown, evidence),
    }
}

/// Items whose price is within the bounds; an exact price names an item's price too seldom to be a filter.
fn price_filter(quantity: &Quantity) -> Option<Filter> {
    if quantity.bound == Bound::Exact {
        return None;
    }
    let compare =
        |comparison, value| Filter::Compare { attribute: Arc::from(PRICE), comparison, value: Literal::Number(value) };
    let least = quantity.min.map(|least| compare(Comparison::GreaterOrEqual, least));
    let most = quantity.max.map(|most| compare(Comparison::LessOrEqual, most));
    let mut bounds: Vec<Filter> = least.into_iter().chain(most).collect();
    if bounds.len() > 1 { Some(Filter::And(bounds)) } else { bounds.pop() }
}
