//! Where clauses end: at signs, and before words that set what follows against what was said.

use super::unit::Units;

/// A row of units, not empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Range {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it begins with such a word.
    pub(super) is_contrast: bool,
    /// Whether it ends with a question mark.
    pub(super) is_question: bool,
}

/// Longer clauses are cut, for lack of signs.
const UNITS_MAX: usize = 60;
const CONTRASTS: [&str; 4] = ["but", "however", "although", "except"];
const CHINESE_CONTRASTS: [&str; 9] = ["但是", "但", "不过", "可是", "然而", "就是", "只是", "可惜", "却"];

pub(super) fn clauses(units: &Units) -> Vec<Range> {
    let mut clauses: Vec<Range> = Vec::new();
    let (mut start, mut is_contrast) = (0, false);
    for at in 0..units.len() {
        let (gap, contrast) = (units.gap_before(at), begins_contrast(units, at));
        let is_cut = at - start >= UNITS_MAX || contrast || gap.contains(ends_clause);
        if at > start && is_cut {
            clauses.push(Range { start, end: at, is_contrast, is_question: gap.contains('?') });
            (start, is_contrast) = (at, false);
        }
        is_contrast |= at == start && contrast;
    }
    if start < units.len() {
        let is_question = units.gap_after(units.len() - 1).contains('?');
        clauses.push(Range { start, end: units.len(), is_contrast, is_question });
    }
    clauses
}

fn begins_contrast(units: &Units, at: usize) -> bool {
    if !units.get(at).is_han {
        return CONTRASTS.contains(&units.text(at));
    }
    let next = (at + 1 < units.len()).then(|| units.text(at + 1));
    CHINESE_CONTRASTS.iter().any(|word| {
        let mut chars = word.chars().map(|c| c.len_utf8());
        let first = chars.next().unwrap_or(0);
        let is_first = units.text(at) == &word[..first];
        is_first && (word.len() == first || next == Some(&word[first..]))
    })
}

fn ends_clause(sign: char) -> bool {
    matches!(
        sign,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '。'
            | '，'
            | '；'
            | '：'
            | '！'
            | '？'
            | '、'
            | '~'
            | '…'
            | '\n'
            | '('
            | ')'
            | '（'
            | '）'
    )
}
