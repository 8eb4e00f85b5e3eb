//! Negations in Chinese.

use std::ops::Range;

use super::cues::{CHINESE, asks, tells};
use super::{NegationKind, Part, Reader};
use crate::phrase::UnitKind;

/// What is negated has so many characters at most, where neither an entity nor 的 says how far it goes.
const SCOPE_MAX: usize = 8;
/// "不要红色和黑色" negates so many at most.
const COORDINATED_MAX: usize = 4;

impl Reader<'_> {
    /// The negations that a cue at `at` makes.
    pub(super) fn chinese(&self, at: usize) -> Option<Vec<Part>> {
        if let Some(part) = self.after_what_it_negates(at) {
            return Some(vec![part]);
        }
        let (text, kind) = CHINESE.iter().find(|(text, _)| self.has_characters(at, text))?;
        let cue = at..at + text.chars().count();
        let before = at.checked_sub(1).map_or("", |before| self.key(before));
        if asks(before, text) || cue.end >= self.end || tells(self.key(cue.end)) {
            return None;
        }
        let mut start = cue.end;
        while matches!(self.key(start), "有" | "带" | "是" | "含" | "任") && start + 1 < self.end && !self.parted(start)
        {
            start += 1;
        }
        let entity = self.entity_at(start);
        let is_known = entity.is_some();
        let scope = entity.or_else(|| self.han_scope(start, &cue, *kind))?;
        let is_meant = match (*text, kind) {
            // 非常, 非洲 and 非遗 are words; 除 alone is in 除湿机.
            (_, NegationKind::Non) => is_known || (self.phrase.units()[at].ends && self.key(scope.end) == "的"),
            ("除", _) => self.phrase.units()[at].begins && self.is_outside(scope.end),
            _ => !self.parted(cue.end - 1),
        };
        if !is_meant {
            return None;
        }
        let usual = if *kind == NegationKind::Non { 0.7 } else { 0.9 };
        let is_clear = is_known || self.key(scope.end) == "的" || self.is_outside(scope.end) || scope.end == self.end;
        let confidence = if is_clear { usual } else { usual * 0.8 };
        let mut parts = vec![Part { cue, scope, kind: *kind, confidence }];
        self.coordinated_entities(&mut parts);
        Some(parts)
    }

    /// "红色除外", "皮的不要": the cue stands behind.
    fn after_what_it_negates(&self, at: usize) -> Option<Part> {
        let is_last = |length: usize| at + length >= self.end || self.parted(at + length - 1);
        let length = match () {
            () if self.has_characters(at, "除外") => 2,
            () if self.has_characters(at, "不要") && is_last(2) => 2,
            () if self.has_characters(at, "不需要") && is_last(3) => 3,
            () => return None,
        };
        let mut end = at;
        if end > 0 && self.key(end - 1) == "的" {
            end -= 1;
        }
        let end = end.checked_sub(1).map(|_| end)?;
        let known = self.entities.iter().filter(|entity| entity.end == end).max_by_key(|entity| entity.len());
        let is_known = known.is_some();
        let scope = known.cloned().unwrap_or_else(|| self.stretch_before(end));
        let (is_parted, confidence) = (self.parted(at - 1), if is_known { 0.85 } else { 0.7 });
        let is_sound = !scope.is_empty() && !is_parted && scope.len() <= SCOPE_MAX;
        is_sound.then_some(Part { cue: at..at + length, scope, kind: NegationKind::Not, confidence })
    }

    /// Units back from `end` to the last blank or sign.
    fn stretch_before(&self, end: usize) -> Range<usize> {
        let mut start = end;
        while start > 0 && (start == end || !self.parted(start - 1)) {
            start -= 1;
        }
        start..end
    }

    fn has_characters(&self, at: usize, text: &str) -> bool {
        let mut at = at;
        text.chars().all(|character| {
            let mut buffer = [0; 4];
            at += 1;
            at <= self.end && self.key(at - 1) == character.encode_utf8(&mut buffer)
        })
    }

    /// Whether a blank or a sign stands behind a unit.
    fn parted(&self, unit: usize) -> bool {
        !self.phrase.gap_after(unit).is_empty()
    }

    /// Whether 以外, 之外 or 外 stands at `at`.
    fn is_outside(&self, at: usize) -> bool {
        let at = if self.key(at) == "的" { at + 1 } else { at };
        // 体外 and 户外 are words.
        let is_word = at < self.end && self.phrase.units()[at].begins;
        is_word && (self.has_characters(at, "以外") || self.has_characters(at, "之外") || self.key(at) == "外")
    }

    /// Up to 的 or 以外, a blank or the end; where that is far, the first word.
    fn han_scope(&self, start: usize, cue: &Range<usize>, kind: NegationKind) -> Option<Range<usize>> {
        if start >= self.end || (start > cue.end && self.parted(start - 1)) {
            return None;
        }
        let mut end = start;
        let mut is_closed = false;
        while end < self.end && end - start < SCOPE_MAX {
            let closes = self.key(end) == "的" || (kind == NegationKind::Except && self.is_outside(end));
            if end > start && (closes || self.phrase.units()[end].kind == UnitKind::Han && self.is_cue(end)) {
                is_closed = true;
                break;
            }
            end += 1;
            if end < self.end && self.parted(end - 1) {
                is_closed = true;
                break;
            }
        }
        // Four characters are one or two words; of more, the first word is meant.
        const OPEN_MAX: usize = 4;
        // At the head of a query the thing itself follows: 不加绒打底裤.
        let is_all = end == self.end && end - start <= OPEN_MAX && cue.start > 0;
        if is_closed || is_all {
            return Some(start..end);
        }
        let word = self.words.get(self.words.partition_point(|word| word.end <= start))?;
        Some(start..word.end.min(end).max(start + 1))
    }

    fn is_cue(&self, at: usize) -> bool {
        CHINESE.iter().any(|(text, _)| text.chars().count() > 1 && self.has_characters(at, text))
    }

    /// "不要红色和黑色": the same for the entities that follow.
    fn coordinated_entities(&self, parts: &mut Vec<Part>) {
        while let Some(last) = parts.last().filter(|_| parts.len() < COORDINATED_MAX) {
            let mut next = last.scope.end;
            if self.key(next) == "的" {
                next += 1;
            }
            let has_sign = next > 0 && next < self.end && self.phrase.gap_before(next).contains(['、', ',', '，', '/']);
            if matches!(self.key(next), "和" | "与" | "或" | "跟" | "及") {
                next += 1;
            } else if !has_sign {
                return;
            }
            let Some(scope) = self.entity_at(next) else { return };
            let (cue, kind, confidence) = (last.cue.clone(), last.kind, last.confidence * 0.9);
            parts.push(Part { cue, scope, kind, confidence });
        }
    }
}
