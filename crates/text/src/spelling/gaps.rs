//! Blanks inside Chinese words: `连 衣 裙` is one word.

use super::beam::Change;
use super::language::Language;
use super::tokens::{Class, Gap, Token};
use super::{ERROR, SlipKind};
use crate::chinese;

/// Characters on either side of a blank that decide about it.
const REACH: usize = 4;
/// What a word of the dictionary is worth, in occurrences without a blank, and what a past query is.
const DICTIONARY: f32 = 30.0;
const PAST_QUERY: f32 = 20.0;
/// `-ln P` of a blank by mistake.
const BLANK: f32 = 1.0;
/// A change so sure decides about its blanks, too.
const LIKELY: f32 = 0.4;
/// Less sure is not worth a thought.
const CONFIDENCE_MIN: f32 = 0.1;

/// Adds the blanks that part a word, as changes that take them out.
pub(super) fn close(
    language: &Language,
    typed: &[Token<'_>],
    fixed: &[bool],
    closed_before: &[bool],
    changes: &mut Vec<Change>,
) {
    let mut closed: Vec<Change> = Vec::new();
    for at in 1..typed.len() {
        let is_inside = typed[at].gap == Gap::Blank
            && [at - 1, at].iter().all(|at| typed[*at].class == Class::Han && !fixed[*at])
            && changes.iter().all(|change| at < change.from || at > change.to || change.confidence < LIKELY);
        if !is_inside {
            continue;
        }
        let confidence = confidence(language, typed, at, closed_before[at]);
        if confidence < CONFIDENCE_MIN {
            continue;
        }
        let text = |from: usize| typed[from..=at].iter().map(|token| &*token.text).collect::<String>();
        match closed.last_mut().filter(|last| last.to == at) {
            Some(last) => {
                last.to = at + 1;
                last.text = text(last.from);
                last.confidence = last.confidence.min(confidence);
            }
            None => closed.push(Change {
                from: at - 1,
                to: at + 1,
                text: text(at - 1),
                kind: SlipKind::Join,
                slips: 1,
                confidence,
            }),
        }
    }
    // Where a blank goes, what was less likely goes, too.
    changes.retain(|change| closed.iter().all(|closed| change.to <= closed.from || change.from >= closed.to));
    changes.append(&mut closed);
    changes.sort_by_key(|change| change.from);
}

/// How sure it is that the blank before `at` is a mistake: the probability of the two characters without a blank,
/// times that of a blank by mistake, against the probability of a blank between them.
fn confidence(language: &Language, typed: &[Token<'_>], at: usize, closed_before: bool) -> f32 {
    let (before, after) = (typed[at - 1].hash, typed[at].hash);
    let dictionary = if is_inside_word(typed, at) { DICTIONARY } else { 0.0 };
    let past = if closed_before { PAST_QUERY } else { 0.0 };
    let odds = language.odds_together(before, after, dictionary + past) * (-(ERROR + BLANK)).exp();
    odds / (1.0 + odds)
}

/// Whether the dictionary cuts the characters around a blank so that a word lies across it.
fn is_inside_word(typed: &[Token<'_>], at: usize) -> bool {
    let from = at.saturating_sub(REACH);
    let to = (at + REACH).min(typed.len());
    let start = (from..at).rev().take_while(|at| typed[*at].class == Class::Han).last().unwrap_or(at);
    let around = (start..to).take_while(|at| typed[*at].class == Class::Han);
    let text: String = around.map(|at| &*typed[at].text).collect();
    let mut place = start;
    for word in chinese::dictionary().cut(&text, false) {
        let end = place + word.word.chars().count();
        if place < at && at < end {
            return true;
        }
        place = end;
    }
    false
}
