use std::sync::Arc;

use super::Negation;
use crate::entities::{Decision, Entity, Reading};

/// A query's entities by whether they are wanted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Polarity {
    /// What is wanted.
    pub wanted: Vec<Entity>,
    /// What is not wanted, as read inside a negation; a filter on it is to be turned round.
    pub unwanted: Vec<Entity>,
    /// What contradicted itself, and what was made of it.
    pub contradictions: Vec<Contradiction>,
}

/// Something that a query both wants and does not want.
#[derive(Clone, PartialEq, Debug)]
pub struct Contradiction {
    /// Where it is wanted.
    pub wanted: (usize, usize),
    /// Where it is not.
    pub unwanted: (usize, usize),
    /// Of which attribute.
    pub attribute: Arc<str>,
    /// What was made of it, in words.
    pub note: String,
}

/// Parts entities by whether they lie in a negation, and settles contradictions: of "blue but not navy", navy is taken
/// out of blue; of "navy, not blue", navy is spared; "red and not red" does neither, and says so.
pub fn polarity(entities: Vec<Entity>, negations: &[Negation]) -> Polarity {
    let is_negated = |entity: &Entity| {
        negations.iter().any(|negation| negation.scope.0 <= entity.span.0 && entity.span.1 <= negation.scope.1)
    };
    let (unwanted, wanted): (Vec<Entity>, Vec<Entity>) = entities.into_iter().partition(is_negated);
    let mut polarity = Polarity { wanted, unwanted, contradictions: Vec::new() };
    let Polarity { wanted, unwanted, contradictions } = &mut polarity;
    for yes in wanted.iter_mut() {
        for no in unwanted.iter_mut() {
            settle(yes, no, contradictions);
        }
    }
    polarity
}

fn settle(yes: &mut Entity, no: &mut Entity, contradictions: &mut Vec<Contradiction>) {
    for wanted in &mut yes.readings {
        for unwanted in &mut no.readings {
            let Some(attribute) = wanted.attribute.clone().filter(|_| wanted.attribute == unwanted.attribute) else {
                continue;
            };
            let shared = |a: &Reading, b: &Reading| a.values.iter().filter(|value| b.values.contains(value)).count();
            let both = shared(wanted, unwanted);
            if both == 0 {
                continue;
            }
            let contained = (both == wanted.values.len(), both == unwanted.values.len());
            let note = match contained {
                (true, true) => {
                    wanted.decision = Decision::Nothing;
                    unwanted.decision = Decision::Nothing;
                    "wanted and not wanted at once: neither is applied"
                }
                (true, false) => {
                    unwanted.values = without(unwanted, wanted);
                    "what is wanted is spared from what is not wanted"
                }
                _ => {
                    wanted.values = without(wanted, unwanted);
                    "what is not wanted is taken out of what is wanted"
                }
            };
            let note = format!("{attribute}: {note}");
            contradictions.push(Contradiction { wanted: yes.span, unwanted: no.span, attribute, note });
        }
    }
}

/// The values of a reading that another does not have.
fn without(reading: &Reading, other: &Reading) -> Arc<[Arc<str>]> {
    reading.values.iter().filter(|value| !other.values.contains(value)).cloned().collect()
}
