//! Proposed categories, quality and judgements through the library.

use std::sync::Arc;

use engine::{Judgement, QualityRule, Relation};
use types::{Item, Value};

use crate::shop::{Fixture, id, item, put};

fn stocked() -> Fixture {
    let fixture = Fixture::words_only();
    let mut items: Vec<Item> = Vec::new();
    for at in 0..12 {
        let price = 20.0 + f64::from(at);
        items.push(item(&format!("tea-{at}"), &format!("有机龙井绿茶 {at} 号礼盒"), "茶园", &["食品", "茶叶"], price));
        items.push(item(
            &format!("boots-{at}"),
            &format!("Hiking boots model {at} leather"),
            "North",
            &["Shoes", "Hiking"],
            price,
        ));
    }
    put(&fixture.shop(), items);
    fixture
}

#[test]
fn items_without_a_category_are_told_theirs() {
    let fixture = stocked();
    let mut fresh = [
        item("new-1", "有机碧螺春绿茶礼盒", "茶园", &[], 30.0),
        item("new-2", "Winter hiking boots suede", "South", &[], 30.0),
        item("new-3", "zzz", "", &[], 30.0),
    ];
    for item in &mut fresh {
        item.attributes.remove("category");
    }
    let proposals = fixture.shop().propose_categories(&fresh).unwrap();
    let paths: Vec<Option<String>> =
        proposals.iter().map(|one| one.as_ref().map(|proposal| proposal.path.join(" > "))).collect();
    assert_eq!(paths, [Some("食品 > 茶叶".to_owned()), Some("Shoes > Hiking".to_owned()), None]);
    let proposal = proposals[0].as_ref().unwrap();
    assert!(proposal.confidence > 0.9 && proposal.evidence.contains("items most like it"), "{proposal:?}");
    // An item's own category has no say.
    let misplaced = item("tea-0", "有机龙井绿茶 0 号礼盒", "茶园", &["Shoes", "Hiking"], 20.0);
    let told = fixture.shop().propose_categories(&[misplaced]).unwrap();
    assert_eq!(told[0].as_ref().map(|proposal| proposal.path.join(" > ")), Some("食品 > 茶叶".to_owned()));
    assert_eq!(Fixture::words_only().shop().propose_categories(&fresh).unwrap(), [None, None, None]);
}

#[test]
fn a_report_holds_until_the_catalogue_changes_and_can_be_stopped() {
    let fixture = stocked();
    let shop = fixture.shop();
    let first = shop.quality(&mut |_| true).unwrap().unwrap();
    assert!(first.items == 24 && first.findings.is_empty(), "{:?}", first.findings);
    assert!(Arc::ptr_eq(&first, &shop.quality(&mut |_| false).unwrap().unwrap()), "nothing is read again");
    let mut odd = item("odd", "有机毛尖绿茶礼盒", "茶园", &["食品", "茶叶"], 3_000.0);
    odd.attributes.remove("brand");
    put(&shop, vec![odd]);
    let stale = shop.inspect_quality().unwrap();
    assert!(stale.running.is_some() && stale.report.is_some_and(|report| Arc::ptr_eq(&report, &first)));
    let second = shop.quality(&mut |_| true).unwrap().unwrap();
    let rules: Vec<QualityRule> = second.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [QualityRule::Outlier, QualityRule::Missing]);
    assert!(second.findings.iter().all(|finding| finding.item == id("odd") && !finding.evidence.is_empty()));
}

#[test]
fn judgements_outlive_a_restart() {
    let fixture = stocked();
    let (left, right) = (id("boots-1"), id("boots-2"));
    let same = Judgement { left: right.clone(), right: left.clone(), same: Some(true) };
    assert_eq!(fixture.shop().judge(&[same]).unwrap(), 1);
    let error = fixture.shop().judge(&[Judgement { left: left.clone(), right: id("nothing"), same: Some(true) }]);
    assert!(error.unwrap_err().to_string().contains("judgements[0].right"));
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    assert_eq!(shop.judgements().unwrap(), [Judgement { left: left.clone(), right: right.clone(), same: Some(true) }]);
    let report = shop.duplicates(&mut |_| true).unwrap().unwrap();
    let pair = report.pairs.iter().find(|pair| pair.left == left && pair.right == right).unwrap();
    assert!(pair.relation == Relation::Duplicate && pair.probability > 0.999);
    assert!(pair.evidence.iter().any(|evidence| evidence == "people said so"));
}

#[test]
fn categories_of_another_attribute_are_read_too() {
    let fixture = Fixture::words_only();
    let path = |parts: &[&str]| Value::Categories(vec![parts.iter().map(|part| Arc::from(*part)).collect()]);
    let items = (0..10).map(|at| {
        let mut item = item(&format!("a{at}"), &format!("green tea leaf {at}"), "b", &[], 5.0);
        item.attributes.remove("category");
        item.with("类目", path(&["饮品", "茶"]))
    });
    put(&fixture.shop(), items.collect());
    let mut fresh = item("new", "green tea", "b", &[], 5.0);
    fresh.attributes.remove("category");
    let told = fixture.shop().propose_categories(&[fresh]).unwrap();
    let proposal = told[0].as_ref().unwrap();
    assert_eq!((&*proposal.attribute, proposal.path.join("/")), ("类目", "饮品/茶".to_owned()));
}
