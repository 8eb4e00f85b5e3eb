//! Where does an item stand in an answer, and why, or why not?

use engine::Shop;
use types::{Filter, Item, ItemId, Literal, Page, Request, RequestRule, Slate, SlateItem, well_known};

use crate::error::{ApiError, ApiResult};
use crate::wire::{ExplainAnswer, ExplanationAnswer, Reason, WhatIfAnswer};

/// How far down the answer the item is looked for.
const LOOKED_AT: usize = 1000;

/// Finds `item` in the answer to `request`; where it is not there, finds out what keeps it out. Says what would have to
/// change for it to stand at a place, where one is asked for.
pub(crate) fn explain(
    shop: &Shop,
    request: &Request,
    item: &ItemId,
    to_place: Option<usize>,
) -> ApiResult<ExplainAnswer> {
    let Some(known) = shop.item(item)? else {
        return Err(ApiError::unknown("unknown_item", format!("the shop has no item called `{item}`")));
    };
    let request = Request { facets: Vec::new(), record: false, explain: false, ..request.clone() };
    let whole = shop.answer(&Request { page: page(0, LOOKED_AT), ..request.clone() })?;
    let what_if = to_place.map(|place| shop.what_if(&request, item, place)).transpose()?.map(WhatIfAnswer::from);
    let answer = |position, explanation: Option<SlateItem>, reasons| ExplainAnswer {
        item: item.to_string(),
        position,
        total: whole.total,
        explanation: explanation.and_then(|shown| shown.explanation).map(ExplanationAnswer::from),
        reasons,
        what_if,
    };
    if let Some(index) = whole.items.iter().position(|shown| shown.item.id == *item) {
        // Only this one place is asked to explain itself: a thousand explanations would be thrown away.
        let there = shop.answer(&Request { page: page(index, 1), explain: true, ..request.clone() })?;
        return Ok(answer(Some(index + 1), take(there, item), Vec::new()));
    }
    let alone = take(shop.answer(&freed(&request, item))?, item);
    let mut reasons = reasons(&request, &known, &shop.settings().rules);
    if reasons.is_empty() {
        reasons.push(remaining_reason(&request, &known, &whole, alone.is_some()));
    }
    Ok(answer(None, alone, reasons))
}

/// The same request freed from what may keep the item out, and narrowed to it.
fn freed(request: &Request, item: &ItemId) -> Request {
    let is_item = Filter::Compare {
        attribute: well_known::ID.into(),
        comparison: types::Comparison::Equal,
        value: Literal::Text(item.shared()),
    };
    Request {
        filter: Some(is_item),
        exclude: Vec::new(),
        rules: Vec::new(),
        include_unavailable: true,
        exclude_seen: false,
        group: false,
        explain: true,
        page: page(0, 1),
        ..request.clone()
    }
}

/// What keeps the item out by the request's or the shop's own rules.
fn reasons(request: &Request, item: &Item, shop_rules: &[RequestRule]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut because = |code, message: &str| reasons.push(Reason { code, message: message.to_owned() });
    if !request.include_unavailable && !item.is_buyable() {
        because("unavailable", "it cannot be bought, and `include_unavailable` is not set");
    }
    if request.filter.as_ref().is_some_and(|filter| !filter.matches(item)) {
        because("filtered", "the filter does not match it");
    }
    if request.exclude.contains(&item.id) {
        because("excluded", "it is in `exclude`");
    }
    if request.recommend.is_some() && request.seeds.contains(&item.id) {
        because("excluded", "the recommendation starts from it");
    }
    for (rules, whose) in [(request.rules.as_slice(), "the request"), (shop_rules, "the shop's settings")] {
        let hides = |rule: &&RequestRule| matches!(rule, RequestRule::Hide { filter } if filter.matches(item));
        for _ in rules.iter().filter(hides) {
            because("hidden", &format!("a `hide` rule of {whose} matches it"));
        }
    }
    reasons
}

/// What is left where no rule is to blame.
fn remaining_reason(request: &Request, item: &Item, whole: &Slate, is_found_alone: bool) -> Reason {
    let of_group = |shown: &&SlateItem| shown.item.group.is_some() && shown.item.group == item.group;
    if let Some(other) = whole.items.iter().find(of_group).filter(|_| request.group) {
        let message = format!("its group is shown by a better variant, `{}`", other.item.id);
        return Reason { code: "grouped", message };
    }
    if whole.total > LOOKED_AT {
        let message = format!("it is not among the first {LOOKED_AT} of {}", whole.total);
        return Reason { code: "beyond", message };
    }
    if request.exclude_seen && is_found_alone {
        let message = "the shopper has bought or seen it, and `exclude_seen` is set".to_owned();
        return Reason { code: "seen", message };
    }
    let message = match is_found_alone {
        true => "no source brings it among so many others: `depth` or `cutoff` ends before it",
        false => "no source finds it for this request",
    };
    Reason { code: "not_found", message: message.to_owned() }
}

fn page(offset: usize, limit: usize) -> Page {
    Page { offset, limit, cursor: None }
}

fn take(slate: Slate, item: &ItemId) -> Option<SlateItem> {
    slate.items.into_iter().find(|shown| shown.item.id == *item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Millis;

    #[test]
    fn what_keeps_an_item_out_is_named() {
        let mut item = Item::new(ItemId::new("裙-1").unwrap());
        item.stock = Some(0);
        let mut request = Request::search("连衣裙", Millis(0));
        let codes = |request: &Request, rules: &[RequestRule]| {
            reasons(request, &item, rules).iter().map(|reason| reason.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&request, &[]), ["unavailable"]);
        let anything = Filter::And(Vec::new());
        request.include_unavailable = true;
        request.filter = Some(Filter::Not(Box::new(anything.clone())));
        request.exclude.push(item.id.clone());
        assert_eq!(codes(&request, &[RequestRule::Hide { filter: anything }]), ["filtered", "excluded", "hidden"]);
    }
}
