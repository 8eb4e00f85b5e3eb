//! Signs at the ends of values: `Kids 6+` has its plus sign, `#12588` its hash, `(Pack of 3)` not its brackets.

use std::collections::HashMap;

/// So many signs on each side may belong to a value.
const SIGNS_MAX: usize = 4;

/// On which side of a value a sign stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Side {
    Before,
    After,
}

/// How often signs right before and behind words of a value belong to it: by sign over all attributes (`None`), and for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    counts: HashMap<(Side, char, Option<usize>), (u32, u32)>,
}

impl Edges {
    /// Learns from a value as it is written, whose words stand at `words` in the text.
    pub(super) fn add(&mut self, text: &str, words: (usize, usize), attribute: usize, value: &str) {
        let (Some(before), Some(own), Some(after)) =
            (text.get(..words.0), text.get(words.0..words.1), text.get(words.1..))
        else {
            return;
        };
        // Where the value is written differently (case, width), its signs cannot be compared.
        let Some(at) = value.find(own) else { return };
        let (leading, trailing) = (&value[..at], &value[at + own.len()..]);
        if let Some(sign) = before.chars().next_back().filter(|sign| is_sign(*sign)) {
            self.count((Side::Before, sign), attribute, leading.ends_with(sign));
        }
        if let Some(sign) = after.chars().next().filter(|sign| is_sign(*sign)) {
            self.count((Side::After, sign), attribute, trailing.starts_with(sign));
        }
    }

    fn count(&mut self, (side, sign): (Side, char), attribute: usize, is_own: bool) {
        for place in [None, Some(attribute)] {
            let count = self.counts.entry((side, sign, place)).or_default();
            *count = (count.0 + u32::from(is_own), count.1 + 1);
        }
    }

    /// The span of words with the signs that belong to a value of `attribute`.
    pub(super) fn extend(&self, text: &str, words: (usize, usize), attribute: Option<usize>) -> (usize, usize) {
        let (mut start, mut end) = words;
        for _ in 0..SIGNS_MAX {
            let sign = text.get(..start).and_then(|before| before.chars().next_back());
            let Some(sign) = sign.filter(|sign| is_sign(*sign) && self.is_own((Side::Before, *sign), attribute)) else {
                break;
            };
            start -= sign.len_utf8();
        }
        for _ in 0..SIGNS_MAX {
            let Some(sign) = text.get(end..).and_then(|after| after.chars().next()).filter(|sign| is_sign(*sign))
            else {
                break;
            };
            let is_own = match opening(sign) {
                // A bracket that was opened within the value is closed within it.
                Some(opening) => {
                    let own = text.get(start..end).unwrap_or_default();
                    own.matches(opening).count() > own.matches(sign).count()
                }
                None => self.is_own((Side::After, sign), attribute),
            };
            if !is_own {
                break;
            }
            end += sign.len_utf8();
        }
        (start, end)
    }

    /// Whether a sign mostly belongs to the value, as far as is known.
    fn is_own(&self, (side, sign): (Side, char), attribute: Option<usize>) -> bool {
        let all = self.counts.get(&(side, sign, None)).copied().unwrap_or_default();
        let here = attribute.and_then(|attribute| self.counts.get(&(side, sign, Some(attribute))));
        let here = here.copied().unwrap_or_default();
        // Others count like one value of this attribute.
        let usual = if all.1 == 0 { 0.0 } else { f64::from(all.0) / f64::from(all.1) };
        (f64::from(here.0) + usual) / (f64::from(here.1) + 1.0) > 0.5
    }
}

fn is_sign(sign: char) -> bool {
    !sign.is_alphanumeric() && !sign.is_whitespace() && !sign.is_control()
}

fn opening(closing: char) -> Option<char> {
    match closing {
        ')' => Some('('),
        ']' => Some('['),
        '）' => Some('（'),
        '】' => Some('【'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_belong_where_they_mostly_do() {
        let mut edges = Edges::default();
        for (text, words, value) in [
            ("see bill #37777?", (10, 15), "#37777"),
            ("bill #12588.", (6, 11), "#12588"),
            ("toothbrush, kids 6+, soft", (12, 18), "kids 6+"),
        ] {
            edges.add(text, words, 0, value);
        }
        assert_eq!(edges.extend("my bill #00108?", (9, 14), Some(0)), (8, 14));
        assert_eq!(edges.extend("ages 3+, red", (0, 6), Some(0)), (0, 7));
        assert_eq!(edges.extend("红色，大号", (0, 6), Some(0)), (0, 6));
    }

    #[test]
    fn brackets_are_closed_where_they_were_opened() {
        let edges = Edges::default();
        let text = "shoe, 12 UK (US 13 M)";
        assert_eq!(edges.extend(text, (6, text.len() - 1), None), (6, text.len()));
        assert_eq!(edges.extend("soap (Pack of 3)", (6, 15), None), (6, 15));
        let text = "外套（大号（175））";
        let end = text.len() - "））".len();
        assert_eq!(edges.extend(text, ("外套（".len(), end), None), ("外套（".len(), text.len() - "）".len()));
    }
}
