//! Attributes that nearly all items of a category have.

use std::sync::Arc;

use super::{Finding, ItemFacts, Rule};

/// Names of what an item has; sorted, each once.
pub(super) fn owned<'a>(item: &'a ItemFacts<'_>) -> Vec<&'a str> {
    let given = item.attributes.iter().filter(|(_, value)| !value.trim().is_empty());
    let mut names: Vec<&str> = given.map(|(name, _)| *name).collect();
    names.extend(item.price.map(|_| "price"));
    names.extend((!item.title.trim().is_empty()).then_some("title"));
    names.extend((!item.category.is_empty()).then_some("category"));
    names.sort_unstable();
    names.dedup();
    names
}

/// One attribute that the item lacks though `count` of `of` items in `category` have it.
pub(super) fn finding(item: usize, name: &str, count: u32, of: u32, category: &str) -> Finding {
    let share = f64::from(count) / f64::from(of.max(1));
    let weight = match name {
        "title" => 0.9,
        "price" | "category" => 0.5,
        _ => 0.3,
    };
    Finding {
        item,
        rule: Rule::Missing,
        attribute: Arc::from(name),
        severity: (weight * share) as f32,
        evidence: format!("{count} of {of} items in `{category}` have it"),
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::{QualityOptions, check};
    use super::*;

    #[test]
    fn what_nearly_all_have_is_expected() {
        let attributes = vec![("size", Cow::Borrowed("42"))];
        let category = vec!["clothes", "shoes"];
        let item = ItemFacts { title: "shoe", category, attributes, ..ItemFacts::default() };
        let mut items = vec![item; 12];
        items[3].attributes = vec![("size", Cow::Borrowed(" "))];
        items[5].attributes.push(("rare", Cow::Borrowed("yes")));
        let found = check(&items, QualityOptions::default());
        let found: Vec<_> = found.iter().filter(|finding| finding.rule == Rule::Missing).collect();
        assert_eq!(found.len(), 1);
        let evidence = found[0].evidence.as_str();
        assert_eq!(
            (found[0].item, &*found[0].attribute, evidence),
            (3, "size", "11 of 12 items in `clothes > shoes` have it")
        );
    }

    #[test]
    fn a_small_category_is_judged_by_the_one_above() {
        let item = |category: [&'static str; 2], size: &'static str| ItemFacts {
            title: "鞋",
            category: category.to_vec(),
            attributes: vec![("尺码", Cow::Borrowed(size))],
            ..ItemFacts::default()
        };
        let mut items = vec![item(["鞋", "男鞋"], "42"); 12];
        items.push(item(["鞋", "女鞋"], ""));
        let found = check(&items, QualityOptions::default());
        let missing = found.iter().find(|finding| finding.rule == Rule::Missing).unwrap();
        assert_eq!((missing.item, missing.evidence.as_str()), (12, "12 of 13 items in `鞋` have it"));
    }
}
