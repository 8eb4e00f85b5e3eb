//! What came of a query, and why.

use super::beam::Change;
use super::tokens::Token;
use crate::fold::Folded;

/// From which confidence on a correction is made, and from which it is offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// At least so sure: the corrected query is searched for.
    pub apply: f32,
    /// At least so sure: "did you mean".
    pub offer: f32,
}

impl Default for Thresholds {
    /// Chosen so that what is changed in clean queries is about as often a real slip nobody marked as a mistake; a shop
    /// that knows most of its queries from its log sees hardly any.
    fn default() -> Self {
        Self { apply: 0.95, offer: 0.4 }
    }
}

/// What is done with a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is part of [`Spelled::text`].
    Apply,
    /// It is part of [`Spelled::suggestion`] only.
    Offer,
}

/// How a word was mistaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlipKind {
    /// Letters or characters wrong, missing, too many or swapped.
    Letters,
    /// A word written as it sounds: `shooz`.
    Sound,
    /// A Chinese character of the same sound: 连衣群.
    Homophone,
    /// A Chinese character of nearly the same sound (`z`/`zh`, `n`/`l`, `in`/`ing` and their like).
    NearSound,
    /// A Chinese character that looks alike: 末 for 未.
    NearShape,
    /// A blank left out: `runningshoes`.
    Split,
    /// A blank too many: `note book`, 连 衣 裙.
    Join,
}

/// One stretch of a query that reads better otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Its bytes in the query.
    pub span: (usize, usize),
    /// What was typed.
    pub from: String,
    /// What was meant; empty where something is too much.
    pub to: String,
    /// How it was mistaken.
    pub kind: SlipKind,
    /// How many slips it took.
    pub slips: u8,
    /// The share of the probability of all readings that agree on it, 0 to 1.
    pub confidence: f32,
    /// What is done with it.
    pub decision: Decision,
    /// How often what was typed occurs in the catalogue, and in the log.
    pub from_seen: (u32, u32),
    /// How often what was meant does.
    pub to_seen: (u32, u32),
}

/// A query as it is read.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Spelled {
    /// What to search for: the query with the corrections that were applied.
    pub text: String,
    /// "Did you mean": the query with those that are offered, too, where there are any.
    pub suggestion: Option<String>,
    /// What was corrected, in order.
    pub corrections: Vec<Correction>,
    /// How sure it is that `text` is what was meant: the least confidence of the applied corrections, or how little
    /// speaks for another reading.
    pub confidence: f32,
}

impl Correction {
    /// The reasons, in a sentence.
    pub fn explain(&self, thresholds: &Thresholds) -> String {
        let seen = |(catalogue, log): (u32, u32)| match (catalogue, log) {
            (0, 0) => "unknown".to_owned(),
            (catalogue, 0) => format!("seen {catalogue} times"),
            (catalogue, log) => format!("{catalogue} times in the catalogue, {log} in queries"),
        };
        let how = match self.kind {
            SlipKind::Letters if self.slips > 1 => format!("{} slips", self.slips),
            SlipKind::Letters => "one slip".to_owned(),
            SlipKind::Sound => "sounds alike".to_owned(),
            SlipKind::Homophone => "the same pinyin".to_owned(),
            SlipKind::NearSound => "nearly the same pinyin".to_owned(),
            SlipKind::NearShape => "looks alike".to_owned(),
            SlipKind::Split => "a blank left out".to_owned(),
            SlipKind::Join => "a blank inside a word".to_owned(),
        };
        let decision = match self.decision {
            Decision::Apply => format!("applied, from {:.2} on", thresholds.apply),
            Decision::Offer => {
                format!("offered, from {:.2} on; applied from {:.2} on", thresholds.offer, thresholds.apply)
            }
        };
        format!(
            "`{}` ({}) read as `{}` ({}): {how}; confidence {:.2} ({decision})",
            self.from,
            seen(self.from_seen),
            self.to,
            seen(self.to_seen),
            self.confidence
        )
    }
}

/// Joins what was found with the query it was found in.
pub(super) fn assemble(
    query: &str,
    folded: &Folded,
    typed: &[Token<'_>],
    changes: &[Change],
    thresholds: &Thresholds,
    seen: impl Fn(&str) -> (u32, u32),
) -> Spelled {
    let mut corrections: Vec<Correction> = Vec::new();
    let mut doubt: f32 = 0.0;
    for change in changes {
        let decision = match change.confidence {
            sure if sure >= thresholds.apply => Decision::Apply,
            likely if likely >= thresholds.offer => Decision::Offer,
            unsure => {
                doubt = doubt.max(unsure);
                continue;
            }
        };
        let span = folded.span(typed[change.from].start, typed[change.to - 1].end);
        let from = query[span.0..span.1].to_owned();
        if from == change.text || corrections.last().is_some_and(|last| last.span.1 > span.0) {
            continue;
        }
        corrections.push(Correction {
            span,
            from_seen: seen(&from),
            from,
            to_seen: seen(&change.text),
            to: change.text.clone(),
            kind: change.kind,
            slips: change.slips,
            confidence: change.confidence,
            decision,
        });
    }
    let offers = corrections.iter().any(|correction| correction.decision == Decision::Offer);
    let confidence = corrections.iter().fold(1.0 - doubt, |least, correction| {
        least.min(match correction.decision {
            Decision::Apply => correction.confidence,
            Decision::Offer => 1.0 - correction.confidence,
        })
    });
    Spelled {
        text: replaced(query, corrections.iter().filter(|correction| correction.decision == Decision::Apply)),
        suggestion: offers.then(|| replaced(query, corrections.iter())),
        corrections,
        confidence,
    }
}

fn replaced<'a>(query: &str, corrections: impl Iterator<Item = &'a Correction>) -> String {
    let mut text = String::with_capacity(query.len() + 8);
    let mut at = 0;
    for correction in corrections {
        text.push_str(&query[at..correction.span.0]);
        text.push_str(&correction.to);
        at = correction.span.1;
    }
    text + &query[at..]
}

/// The stretches between quotation marks; inch marks (`15"`) open none.
pub(super) fn quotations(text: &str) -> Vec<(usize, usize)> {
    let mut quotations = Vec::new();
    for (open, close) in [('"', '"'), ('“', '”'), ('「', '」'), ('『', '』')] {
        let mut at = 0;
        while let Some(start) = text[at..].find(open).map(|offset| at + offset + open.len_utf8()) {
            at = start;
            if text[..start - open.len_utf8()].ends_with(char::is_alphanumeric) {
                continue;
            }
            let Some(length) = text[start..].find(close) else { break };
            quotations.push((start, start + length));
            at = start + length + close.len_utf8();
        }
    }
    quotations
}
