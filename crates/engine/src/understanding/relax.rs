use std::sync::Arc;

use types::{Consequence, Finding, Reading, ReadingStep};

/// Items below which too little is found.
const FOUND_MIN: usize = 3;
/// What a filter that was let go still multiplies scores by.
const STILL_BOOSTS: f32 = 1.5;

/// The reading with what was understood as filters turned into boosts, where no more than a few items met them; `None`
/// where there is nothing to let go. What the caller's own filter asks for is never let go, nor what the shopper does
/// not want.
pub(crate) fn relaxed(reading: &Reading, found: usize) -> Option<Reading> {
    let is_wanted =
        |finding: &&Finding| matches!(&finding.consequence, Consequence::Filtered(filter) if !is_negated(filter));
    if found >= FOUND_MIN || !reading.findings.iter().any(|finding| is_wanted(&finding)) {
        return None;
    }
    let mut relaxed = reading.clone();
    for (at, finding) in reading.findings.iter().enumerate().filter(|(_, finding)| is_wanted(finding)) {
        let Consequence::Filtered(filter) = &finding.consequence else { continue };
        relaxed.findings[at].consequence = Consequence::Boosted(filter.clone(), STILL_BOOSTS);
        relaxed.findings.push(Finding {
            step: ReadingStep::Relax,
            key: Arc::from(format!("relax:{}", finding.key)),
            span: finding.span,
            says: Arc::from(format!("{} is no longer required", finding.says)),
            evidence: Arc::from(format!("with it {found} items were found")),
            confidence: 1.0,
            consequence: Consequence::Relaxed,
        });
    }
    Some(relaxed)
}

fn is_negated(filter: &types::Filter) -> bool {
    matches!(filter, types::Filter::Not(_))
}

#[cfg(test)]
mod tests {
    use types::{Filter, Literal};

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

    #[test]
    fn what_was_understood_is_let_go_and_said_so() {
        let filter = Filter::In { attribute: Arc::from("brand"), values: vec![Literal::Text(Arc::from("Sony"))] };
        assert_eq!(relaxed(&reading(filter.clone()), 3), None);
        let now = relaxed(&reading(filter.clone()), 0).unwrap();
        assert_eq!(now.findings[0].consequence, Consequence::Boosted(filter.clone(), STILL_BOOSTS));
        assert_eq!((&*now.findings[1].key, now.findings[1].step), ("relax:entities:brand=Sony", ReadingStep::Relax));
        assert_eq!(relaxed(&now, 0), None, "once is enough");
        assert_eq!(relaxed(&reading(Filter::Not(Box::new(filter))), 0), None);
    }
}
