//! Negations in English.

use std::ops::Range;

use super::cues::{ENGLISH, ends_scope, is_filler, is_product_word, makes_statement};
use super::{NegationKind, Part, Reader};
use crate::phrase::UnitKind;

/// What is negated has so many words at most, where no entity says how far it goes.
const SCOPE_WORDS_MAX: usize = 3;
/// "without a, b, c and d" negates so many at most.
const COORDINATED_MAX: usize = 4;

impl Reader<'_> {
    /// The negations that a cue at `at` makes.
    pub(super) fn english(&self, at: usize) -> Option<Vec<Part>> {
        let (words, kind) = ENGLISH.iter().find(|(words, _)| self.has_words(at, words))?;
        let cue = at..at + words.len();
        if at > 0 && *kind == NegationKind::Not && words.len() == 1 && makes_statement(self.word(at - 1)) {
            return None;
        }
        let mut start = cue.end;
        while is_filler(self.word(start)) && start + 1 < self.end && self.entity_at(start).is_none() {
            start += 1;
        }
        if start >= self.end || self.is_product(&cue, start, *kind) {
            return None;
        }
        let scope = self.scope(start, at == 0, *kind)?;
        let confidence = self.confidence(&scope, *kind);
        let mut parts = vec![Part { cue: cue.clone(), scope, kind: *kind, confidence }];
        if at > 0 && *kind != NegationKind::Non {
            self.coordinated(&mut parts);
        }
        Some(parts)
    }

    fn has_words(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.word(at + offset) == *word)
            // "w/o" is written in one, "w o" is not meant.
            && (words[0] != "w" || self.phrase.gap_after(at) == "/")
    }

    /// Whether the words name a product rather than negate: "no show", "non stick", "No. 5", a name of this shop.
    fn is_product(&self, cue: &Range<usize>, start: usize, kind: NegationKind) -> bool {
        if !matches!(kind, NegationKind::Not | NegationKind::Non) || cue.len() > 1 {
            return false;
        }
        let (word, next) = (self.word(cue.start), self.word(cue.end));
        let is_number = self.phrase.units()[cue.end].kind == UnitKind::Number;
        let phrase = format!("{word} {next}");
        is_number
            || is_product_word(word, next)
            || (self.hints.is_product_phrase)(&phrase)
            // Nearly all words with "non" are product words; what it negates must be known.
            || (kind == NegationKind::Non && self.entity_at(start).is_none())
    }

    /// How far a negation goes that starts at `start`; at the head of a query what follows is the thing itself.
    fn scope(&self, start: usize, is_first: bool, kind: NegationKind) -> Option<Range<usize>> {
        let is_phrase = !is_first && matches!(kind, NegationKind::Without | NegationKind::Except);
        let entity = self.entity_at(start);
        if let Some(entity) = entity.clone().filter(|_| !is_phrase) {
            return Some(entity);
        }
        let words_max = match kind {
            // "without mesh liner" goes on behind the material.
            _ if is_phrase => SCOPE_WORDS_MAX,
            // "shirt no front pocket": up to the end, but "no logo shirt" is about the logo.
            NegationKind::Not if !is_first => 2,
            _ => 1,
        };
        let mut end = entity.map_or(start, |entity| entity.end);
        let mut words = end - start;
        while end < self.end && words < words_max {
            let is_joined = end > start && self.phrase.gap_before(end) == "-";
            let is_new = end > start && !is_joined;
            if ends_scope(self.word(end)) && !is_joined {
                break;
            }
            if is_new
                && (has_stop(self.phrase.gap_before(end)) || self.entity_at(end).is_some_and(|e| e.end < self.end))
            {
                break;
            }
            end += 1;
            let joined_on = end < self.end && self.phrase.gap_before(end) == "-";
            words += usize::from(!joined_on);
        }
        (end > start).then_some(start..end)
    }

    /// "without sugar, salt and oil": the same for what follows.
    fn coordinated(&self, parts: &mut Vec<Part>) {
        while let Some(last) = parts.last().filter(|_| parts.len() < COORDINATED_MAX) {
            let mut next = last.scope.end;
            let comma = next < self.end && self.phrase.gap_before(next).contains(',');
            let conjunction = matches!(self.word(next), "or" | "nor" | "and");
            if conjunction {
                next += 1;
            } else if !comma {
                return;
            }
            let starts_anew = ends_scope(self.word(next)) || is_filler(self.word(next)) || next >= self.end;
            let Some(scope) = (!starts_anew).then(|| self.scope(next, false, last.kind)).flatten() else { return };
            // After a comma the positive part may go on; "or" hardly leaves a doubt.
            let doubt = if matches!(self.word(next - 1), "or" | "nor") { 0.95 } else { 0.7 };
            let (cue, kind, confidence) = (last.cue.clone(), last.kind, last.confidence * doubt);
            parts.push(Part { cue, scope, kind, confidence });
        }
    }

    fn confidence(&self, scope: &Range<usize>, kind: NegationKind) -> f32 {
        let usual = match kind {
            NegationKind::Without | NegationKind::Minus => 0.95,
            NegationKind::Except => 0.9,
            NegationKind::Not => 0.8,
            NegationKind::Non => 0.7,
        };
        let is_clear = self.entities.contains(scope) || scope.len() <= 2;
        if is_clear { usual } else { usual * 0.85 }
    }
}

/// Whether something between two words parts them.
fn has_stop(gap: &str) -> bool {
    gap.contains([',', ';', '.', '(', ')', '|', '/', '!', '?', '+', '，', '。', '、'])
}
