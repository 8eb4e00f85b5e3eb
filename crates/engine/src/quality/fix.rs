//! From what could be done to a change of the item, and back.

use std::sync::Arc;

use types::well_known::PRICE;
use types::{Currency, Item, ItemPatch, Money, Texts, Value};

use super::QualityFix;
use crate::CategoryProposal;

/// Gives an attribute a value, of the type it has.
pub(super) fn set(item: &Item, name: &str, text: &str, currency: Option<Currency>) -> Option<QualityFix> {
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
    let value = match item.get(name) {
        _ if name == PRICE => Value::Money(Money::new(number()?, currency?).ok()?),
        Some(Value::Text(_)) => Value::Text(Texts::guessed(text)),
        Some(Value::Number(_)) => Value::Number(number()?),
        Some(Value::Keywords(_)) | None => Value::Keywords(vec![Arc::from(text)]),
        Some(Value::Categories(_) | Value::Money(_) | Value::Time(_) | Value::Boolean(_) | Value::Image(_)) => {
            return None;
        }
    };
    changed(item, name, value, format!("set `{name}` to {text}"))
}

/// Puts an item into a category; other categories that it is in are kept with what takes the change back.
pub(super) fn set_category(item: &Item, proposal: &CategoryProposal) -> Option<QualityFix> {
    let says = format!("set `{}` to {}", proposal.attribute, proposal.path.join(" > "));
    changed(item, &proposal.attribute, Value::Categories(vec![proposal.path.clone()]), says)
}

/// Takes an item out of what shoppers are shown.
pub(super) fn hide(item: &Item, says: String) -> Option<QualityFix> {
    let mut patch = ItemPatch::new(item.id.clone());
    let mut undo = patch.clone();
    (patch.available, undo.available) = (Some(false), Some(true));
    // What is hidden already needs no change.
    item.available.then_some(QualityFix { says, patch, undo })
}

fn changed(item: &Item, name: &str, value: Value, says: String) -> Option<QualityFix> {
    let mut patch = ItemPatch::new(item.id.clone());
    let mut undo = patch.clone();
    patch.set(name, Some(value)).ok()?;
    undo.set(name, item.get(name).cloned()).ok()?;
    Some(QualityFix { says, patch, undo })
}

#[cfg(test)]
mod tests {
    use types::ItemId;

    use super::*;

    #[test]
    fn a_change_and_what_takes_it_back() {
        let eur = Currency::new("EUR").unwrap();
        let item = Item::new(ItemId::new("a").unwrap())
            .with("price", Value::Money(Money::new(1990.0, eur).unwrap()))
            .with("颜色", Value::Keywords(vec![Arc::from("蓝色")]));
        for (name, text) in [("price", "19.9"), ("颜色", "红色"), ("季节", "夏")] {
            let fix = set(&item, name, text, Some(eur)).unwrap();
            let mut there = item.clone();
            there.apply(&fix.patch);
            assert!(there != item && there.get(name).is_some());
            there.apply(&fix.undo);
            assert_eq!(there, item);
        }
        assert!(set(&item, "price", "cheap", Some(eur)).is_none());
        let fix = hide(&item, String::new()).unwrap();
        let mut there = item.clone();
        there.apply(&fix.patch);
        assert!(!there.available && hide(&there, String::new()).is_none());
    }
}
