use expect_test::{Expect, expect};

use super::*;

fn show(proposals: &[Proposal]) -> String {
    let line = |proposal: &Proposal| {
        let evidence: Vec<String> = proposal.evidence.iter().map(ToString::to_string).collect();
        let arrow = if proposal.one_way { "=>" } else { "=" };
        format!("{} {arrow} {} {:.2}: {}\n", proposal.from, proposal.to, proposal.score, evidence.join("; "))
    };
    proposals.iter().map(line).collect()
}

/// A log in which each line is a session: `query`, or `query>item,item` with clicks, apart by `;`.
fn sessions(lines: &[&str]) -> Vec<(String, i64, String, Option<String>)> {
    let mut facts = Vec::new();
    for (session, line) in lines.iter().enumerate() {
        for (step, search) in (0..).zip(line.split(';')) {
            let (query, items) = search.split_once('>').unwrap_or((search, ""));
            facts.push((session.to_string(), step * 60_000, query.to_owned(), None));
            for item in items.split(',').filter(|item| !item.is_empty()) {
                facts.push((session.to_string(), step * 60_000 + 1_000, query.to_owned(), Some(item.to_owned())));
            }
        }
    }
    facts
}

fn miner(lines: &[&str]) -> Miner {
    let facts = sessions(lines);
    let mut miner = Miner::new(MineOptions::default());
    miner.log(facts.iter().map(|(session, time_ms, query, item)| LogFact {
        session,
        time_ms: *time_ms,
        kind: match item {
            None => LogFactKind::Searched(query),
            Some(item) => LogFactKind::Clicked { query, item },
        },
    }));
    miner
}

fn check(lines: &[&str], expected: &Expect) {
    expected.assert_eq(&show(&miner(lines).proposals(None)));
}

#[test]
fn another_try_that_found_it() {
    let mut lines = vec!["red tee;red t-shirt>a"; 5];
    lines.extend(["球鞋;运动鞋>b"; 4]);
    lines.extend(["sofa;couch>c"; 2]);
    lines.extend(["hoodie>a;jacket>b"; 9]);
    lines.extend(["jackte;jacket>b"; 9]);
    check(
        &lines,
        &expect![[r#"
            tee => t-shirt 0.87: of 5 sessions that clicked nothing, 5 then found it by the other words (`red tee`, then `red t-shirt`)
            球鞋 => 运动鞋 0.84: of 4 sessions that clicked nothing, 4 then found it by the other words (`球鞋`, then `运动鞋`)
        "#]],
    );
}

#[test]
fn queries_that_lead_to_the_same_items() {
    let lines = ["sofa>a,b,c,d", "couch>a,b,c,d", "sofa>a", "couch>b", "lamp>x,y", "light>q,r"];
    check(
        &lines,
        &expect![[r"
        couch = sofa 0.69: clicks on 4 same items, cosine 0.86
    "]],
    );
}

#[test]
fn neighbours_need_clicks() {
    let mut miner = miner(&["sofa>a,b,c", "couch>a,b,d", "table>x"]);
    miner.neighbours([("sofa", "couch", 0.9), ("sofa", "table", 0.95), ("sofa", "settee", 0.99), ("a", "b", f32::NAN)]);
    expect![[r"
        couch = sofa 0.73: similar to an encoder (0.90), cosine of clicks 0.67
    "]]
    .assert_eq(&show(&miner.proposals(None)));
}

#[test]
fn what_rules_have_is_not_proposed_again() {
    let rules = SynonymSet::new([Rule::both_ways(["tee", "t-shirt"]).unwrap()], Default::default());
    let lines = vec!["red tee;red t-shirt>a"; 5];
    assert!(miner(&lines).proposals(Some(&rules)).is_empty());
}

#[test]
fn short_forms_and_translations_of_the_catalogue() {
    let mut items: Vec<(String, Vec<&str>)> = Vec::new();
    for (index, thing) in ["pants", "shirt", "shorts", "socks", "hat", "bag"].iter().enumerate() {
        items.push((format!("UA vital {thing} {index}"), vec!["Under Armour"]));
        items.push((format!("男士运动鞋 sneakers {thing}"), vec!["回力"]));
        items.push((format!("nike {thing}"), vec!["Nike"]));
    }
    let mut miner = Miner::new(MineOptions::default());
    miner.catalogue(items.iter().map(|(title, values)| (title.as_str(), values.clone())));
    let proposals = miner.proposals(None);
    let pairs: Vec<(&str, &str)> = proposals.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
    assert!(pairs.contains(&("ua", "Under Armour")) || pairs.contains(&("Under Armour", "ua")), "{}", show(&proposals));
    assert!(
        pairs.iter().any(|pair| pair.0.contains("sneakers") || pair.1.contains("sneakers")),
        "{}",
        show(&proposals)
    );
}

#[test]
fn the_order_of_facts_does_not_matter() {
    let facts = sessions(&["red tee;red t-shirt>a", "blue tee;blue t-shirt>b", "tee;t-shirt>a,b,c", "tee>a,b,c"]);
    let run = |reversed: bool| {
        let mut facts: Vec<_> = facts
            .iter()
            .map(|(session, time_ms, query, item)| LogFact {
                session,
                time_ms: *time_ms,
                kind: item.as_ref().map_or(LogFactKind::Searched(query), |item| LogFactKind::Clicked { query, item }),
            })
            .collect();
        if reversed {
            facts.reverse();
        }
        let mut miner = Miner::new(MineOptions::default());
        miner.log(facts);
        show(&miner.proposals(None))
    };
    assert_eq!(run(false), run(true));
    assert!(run(false).contains("tee"));
}
