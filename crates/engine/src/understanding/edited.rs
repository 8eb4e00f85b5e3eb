use std::ops::Range;

/// A text under replacements, which remembers where each part of it came from. Later replacements may reach over earlier
/// ones; what they cover is then one.
#[derive(Clone, Debug)]
pub(super) struct Edited {
    original: String,
    /// In order, without overlaps: bytes of the original, and what stands there now.
    edits: Vec<(Range<usize>, String)>,
    text: String,
}

impl Edited {
    pub(super) fn new(original: &str) -> Self {
        Self { original: original.to_owned(), edits: Vec::new(), text: original.to_owned() }
    }

    /// The text as it is now.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a span of the text stands for; all of a replacement where it touches one.
    pub(super) fn origin(&self, span: (usize, usize)) -> (usize, usize) {
        let from = self.origin_of(span.0, false);
        (from, self.origin_of(span.1, true).max(from))
    }

    /// Puts `with` in the place of a span of the text; a span that is no part of the text changes nothing.
    pub(super) fn replace(&mut self, span: (usize, usize), with: &str) {
        if self.text.get(span.0..span.1).is_none() {
            return;
        }
        let origin = self.origin(span);
        // Parts of earlier replacements that stick out stay.
        let (from, to) = (self.place_of(origin.0, false), self.place_of(origin.1, true));
        let new = format!("{}{with}{}", &self.text[from..span.0], &self.text[span.1..to]);
        self.edits.retain(|(range, _)| range.end <= origin.0 || range.start >= origin.1);
        let at = self.edits.partition_point(|(range, _)| range.end <= origin.0);
        self.edits.insert(at, (origin.0..origin.1, new));
        self.text = self.rendered();
    }

    /// What stands now where these bytes of the original were, with all of the replacements they touch.
    pub(super) fn now_at(&self, origin: (usize, usize)) -> &str {
        &self.text[self.place_of(origin.0, false)..self.place_of(origin.1, true)]
    }

    fn rendered(&self) -> String {
        let mut text = String::with_capacity(self.original.len());
        let mut at = 0;
        for (range, with) in &self.edits {
            text.push_str(&self.original[at..range.start]);
            text.push_str(with);
            at = range.end;
        }
        text.push_str(&self.original[at..]);
        text
    }

    /// The place in the original of a place in the text; inside a replacement its beginning, or where `is_end`, its end.
    fn origin_of(&self, place: usize, is_end: bool) -> usize {
        // Places in the text and in the original up to which both are walked.
        let (mut text, mut original) = (0, 0);
        for (range, with) in &self.edits {
            let begin = text + (range.start - original);
            let is_before = if is_end { place <= begin } else { place < begin };
            if is_before {
                break;
            }
            let end = begin + with.len();
            let is_inside = if is_end { place <= end } else { place < end };
            if is_inside {
                return if is_end { range.end } else { range.start };
            }
            (text, original) = (end, range.end);
        }
        original + (place - text)
    }

    /// The place in the text of a place in the original; the reverse of [`Self::origin_of`].
    fn place_of(&self, place: usize, is_end: bool) -> usize {
        let (mut text, mut original) = (0, 0);
        for (range, with) in &self.edits {
            let is_before = if is_end { place < range.end } else { place <= range.start };
            if is_before {
                break;
            }
            text += range.start - original + with.len();
            original = range.end;
        }
        text + (place - original)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_lead_back_through_replacements() {
        let mut edited = Edited::new("lianyiqun 连衣群 red");
        edited.replace((0, 9), "连衣裙");
        assert_eq!(edited.text(), "连衣裙 连衣群 red");
        edited.replace((10, 19), "连衣裙");
        let at = edited.text().find("red").unwrap();
        assert_eq!(edited.origin((at, at + 3)), (20, 23));
        assert_eq!(edited.origin((0, 9)), (0, 9));
        assert_eq!(edited.origin((10, 13)), (10, 19), "a part of a replacement stands for all of it");
    }

    #[test]
    fn replacements_reach_over_earlier_ones() {
        let mut edited = Edited::new("note bok red");
        edited.replace((5, 8), "book");
        edited.replace((0, 9), "notebook");
        assert_eq!(edited.text(), "notebook red");
        edited.replace((4, 8), "");
        assert_eq!((edited.text(), edited.origin((0, 4))), ("note red", (0, 8)));
        edited.replace((5, 99), "x");
        assert_eq!(edited.text(), "note red");
    }

    #[test]
    fn insertions_and_deletions_leave_the_rest_in_place() {
        let mut edited = Edited::new("shoes under 50 red");
        edited.replace((6, 14), "");
        let at = edited.text().find("red").unwrap();
        assert_eq!((edited.text(), edited.origin((at, at + 3))), ("shoes  red", (15, 18)));
        assert_eq!(edited.origin((0, 5)), (0, 5));
    }

    proptest! {
        #[test]
        fn any_replacements_keep_spans_inside(text in "[a红 ]{0,12}", edits in prop::collection::vec((0usize..20, 0usize..20, "[b裙]{0,3}"), 0..6)) {
            let mut edited = Edited::new(&text);
            for (from, length, with) in edits {
                let places: Vec<usize> = (0..=edited.text().len()).filter(|at| edited.text().is_char_boundary(*at)).collect();
                let from = places[from % places.len()];
                let to = places.iter().copied().filter(|at| *at >= from).nth(length % 4).unwrap_or(edited.text().len());
                if from < to {
                    let expected = format!("{}{with}{}", &edited.text()[..from], &edited.text()[to..]);
                    edited.replace((from, to), &with);
                    prop_assert_eq!(edited.text(), expected);
                }
            }
            let all = edited.text().len();
            let (from, to) = edited.origin((0, all));
            prop_assert!(from <= to && to <= text.len());
            for at in (0..all).filter(|at| edited.text().is_char_boundary(*at)) {
                let end = at + edited.text()[at..].chars().next().unwrap().len_utf8();
                let (from, to) = edited.origin((at, end));
                prop_assert!(from <= to && text.get(from..to).is_some());
            }
        }
    }
}
