//! Marks of what matched, in records as they came.

use std::borrow::Cow;

use engine::{Shop, TypedPlaces};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use types::{Slate, TypedSearch};

use super::error::{Answer, Refused};
use super::params::Params;

/// Words of a snippet where nothing is said.
const SNIPPET_WORDS: usize = 10;
/// Bytes of a text that are looked through for marks, at most.
const TEXT_BYTES_MAX: usize = 20_000;

/// How records are marked.
pub(crate) struct Marks {
    /// Members to mark; `None` for all.
    highlighted: Option<Vec<String>>,
    /// Members to cut, with how many words; `*` for all.
    snippets: Vec<(String, usize)>,
    before: String,
    after: String,
    ellipsis: String,
    /// Whether of lists only what matches is told.
    only_matching: bool,
}

impl Marks {
    /// Reads what a search wants.
    pub(crate) fn read(params: &Params) -> Answer<Self> {
        let highlighted = params.texts("attributesToHighlight")?.filter(|all| !all.iter().any(|one| one == "*"));
        let snippet = |entry: &String| match entry.rsplit_once(':') {
            Some((member, words)) => match words.parse() {
                Ok(words) => Ok((member.to_owned(), words)),
                Err(_) => Err(Refused::bad(format!("attributesToSnippet: `{entry}` is not `attribute:words`"))),
            },
            None => Ok((entry.clone(), SNIPPET_WORDS)),
        };
        let snippets = params.texts("attributesToSnippet")?.unwrap_or_default();
        let text = |name: &str, default: &str| Ok::<_, Refused>(params.text(name)?.unwrap_or(default).to_owned());
        Ok(Self {
            highlighted,
            snippets: snippets.iter().map(snippet).collect::<Answer<_>>()?,
            before: text("highlightPreTag", "<em>")?,
            after: text("highlightPostTag", "</em>")?,
            ellipsis: text("snippetEllipsisText", "…")?,
            only_matching: params.switch("restrictHighlightAndSnippetArrays")?.unwrap_or(false),
        })
    }

    fn is_highlighted(&self, member: &str) -> bool {
        let is_named = |above: &String| {
            member == above || member.strip_prefix(above.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        self.highlighted.as_ref().is_none_or(|all| all.iter().any(is_named))
    }

    fn snippet_words(&self, member: &str) -> Option<usize> {
        self.snippets.iter().find(|(name, _)| name == member || name == "*").map(|(_, words)| *words)
    }

    /// Finds what is to be marked in some records. `slate` knows how the query was read, `search` how its words were looked for.
    pub(crate) fn places(
        &self,
        shop: &Shop,
        (slate, search): (&Slate, &TypedSearch),
        records: &[Map<String, Value>],
    ) -> Answer<TypedPlaces> {
        let mut texts = Vec::new();
        for record in records {
            self.gather(record, &mut texts);
        }
        let plain: Vec<&str> = texts.iter().map(|text| &**text).collect();
        Ok(shop.typed_places(slate.reading.as_ref(), search, &plain)?)
    }

    /// The texts of a record that may be marked, in the order in which [`Marker`] asks for them.
    fn gather<'a>(&self, record: &'a Map<String, Value>, out: &mut Vec<Cow<'a, str>>) {
        for (member, value) in record.iter().filter(|(member, _)| is_marked(member)) {
            self.gather_value(member, value, out);
        }
    }

    fn gather_value<'a>(&self, member: &str, value: &'a Value, out: &mut Vec<Cow<'a, str>>) {
        match value {
            Value::Array(parts) => parts.iter().for_each(|part| self.gather_value(member, part, out)),
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| self.gather_value(&format!("{member}.{name}"), value, out));
            }
            scalar if self.is_highlighted(member) || self.snippet_words(member).is_some() => {
                out.extend(marked_text(scalar));
            }
            _ => {}
        }
    }
}

fn is_marked(member: &str) -> bool {
    member != "objectID" && member != "_tags" && member != "_geoloc"
}

/// A scalar as it is marked; yes and no are not.
fn marked_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(&text[..text.floor_char_boundary(TEXT_BYTES_MAX)])),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The marks of a record: `_highlightResult` and `_snippetResult`.
#[derive(Default)]
pub(crate) struct Marked<'a> {
    pub(crate) highlighted: Members<'a>,
    pub(crate) snippets: Members<'a>,
}

/// What is marked of a value. Not JSON values: half of an answer are marks, and the names and texts in them would be copied.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Mark<'a> {
    Text(MarkedText<'a>),
    List(Vec<Mark<'a>>),
    Members(Members<'a>),
}

/// What is marked of an object's members, by their names.
#[derive(Default)]
pub(crate) struct Members<'a>(Vec<(&'a str, Mark<'a>)>);

/// A text with what matches marked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MarkedText<'a> {
    value: Cow<'a, str>,
    match_level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched_words: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fully_highlighted: Option<bool>,
}

impl Members<'_> {
    /// Whether nothing is marked.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, mark)| (name, mark)))
    }
}

impl Mark<'_> {
    /// Whether something of it matches; of what has members, that is not asked.
    fn is_match(&self) -> bool {
        !matches!(self, Self::Text(text) if text.match_level == "none")
    }
}

/// Marks records one after another, as [`Marks::places`] was told of them.
pub(crate) struct Marker<'a> {
    marks: &'a Marks,
    found: &'a TypedPlaces,
    /// Texts that were marked.
    at: usize,
}

impl<'a> Marker<'a> {
    pub(crate) fn new(marks: &'a Marks, found: &'a TypedPlaces) -> Self {
        Self { marks, found, at: 0 }
    }

    /// Marks the next record.
    pub(crate) fn record(&mut self, record: &'a Map<String, Value>) -> Marked<'a> {
        let mut marked = Marked::default();
        for (member, value) in record.iter().filter(|(member, _)| is_marked(member)) {
            let (highlighted, snippet) = self.value(member, value);
            marked.highlighted.0.extend(highlighted.map(|mark| (member.as_str(), mark)));
            marked.snippets.0.extend(snippet.map(|mark| (member.as_str(), mark)));
        }
        marked
    }

    fn value(&mut self, member: &str, value: &'a Value) -> (Option<Mark<'a>>, Option<Mark<'a>>) {
        match value {
            Value::Array(parts) => {
                let (mut highlighted, mut snippets) = (Vec::new(), Vec::new());
                for part in parts {
                    let (one, snippet) = self.value(member, part);
                    highlighted.extend(one.filter(|one| self.is_told(one)));
                    snippets.extend(snippet.filter(|one| self.is_told(one)));
                }
                let list = |marks: Vec<Mark<'a>>| (!marks.is_empty()).then_some(Mark::List(marks));
                (list(highlighted), list(snippets))
            }
            Value::Object(members) => {
                let (mut highlighted, mut snippets) = (Members::default(), Members::default());
                for (name, value) in members {
                    let (one, snippet) = self.value(&format!("{member}.{name}"), value);
                    highlighted.0.extend(one.map(|one| (name.as_str(), one)));
                    snippets.0.extend(snippet.map(|one| (name.as_str(), one)));
                }
                let object = |marks: Members<'a>| (!marks.is_empty()).then_some(Mark::Members(marks));
                (object(highlighted), object(snippets))
            }
            scalar => self.scalar(member, scalar),
        }
    }

    fn is_told(&self, mark: &Mark<'_>) -> bool {
        !self.marks.only_matching || mark.is_match()
    }

    fn scalar(&mut self, member: &str, value: &'a Value) -> (Option<Mark<'a>>, Option<Mark<'a>>) {
        let (is_highlighted, words) = (self.marks.is_highlighted(member), self.marks.snippet_words(member));
        let text = Some(value).filter(|_| is_highlighted || words.is_some()).and_then(marked_text);
        let Some(text) = text else { return (None, None) };
        let found = Matches::of(&text, &self.found.places[self.at], &self.found.words);
        self.at += 1;
        let snippet = words.filter(|_| value.is_string()).map(|words| {
            let window = found.window(&text, words);
            let mut value = found.marked(text.clone(), window.clone(), self.marks);
            if window.end < text.trim_end().len() {
                value.to_mut().push_str(&self.marks.ellipsis);
            }
            if window.start > 0 {
                value.to_mut().insert_str(0, &self.marks.ellipsis);
            }
            let match_level = found.level();
            Mark::Text(MarkedText { value, match_level, matched_words: None, fully_highlighted: None })
        });
        let highlighted = is_highlighted.then(|| {
            let (match_level, all) = (found.level(), 0..text.len());
            let fully_highlighted = (match_level != "none").then(|| found.is_whole(&text));
            let value = found.marked(text, all, self.marks);
            Mark::Text(MarkedText { value, match_level, matched_words: Some(found.matched_words()), fully_highlighted })
        });
        (highlighted, snippet)
    }
}

/// What of a text matches.
struct Matches<'a> {
    /// Bytes to mark, in order, apart from one another.
    spans: Vec<(usize, usize)>,
    /// Words of the query that match, in its order.
    matched: Vec<&'a str>,
    asked: usize,
}

impl<'a> Matches<'a> {
    fn of(text: &str, places: &[((usize, usize), usize)], words: &'a [std::sync::Arc<str>]) -> Self {
        if places.is_empty() {
            return Self { spans: Vec::new(), matched: Vec::new(), asked: words.len() };
        }
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let mut seen = vec![false; words.len()];
        for ((from, to), word) in places {
            seen[*word] = true;
            let to = begun(&text[*from..*to], &words[*word]).map_or(*to, |bytes| from + bytes);
            match spans.last_mut() {
                Some(last) if *from <= last.1 => last.1 = last.1.max(to),
                _ => spans.push((*from, to)),
            }
        }
        let matched = words.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(word, _)| &**word).collect();
        Self { spans, matched, asked: words.len() }
    }

    fn level(&self) -> &'static str {
        match self.matched.len() {
            0 => "none",
            all if all == self.asked => "full",
            _ => "partial",
        }
    }

    fn matched_words(&self) -> Vec<&'a str> {
        let mut words = Vec::new();
        for word in &self.matched {
            if !words.contains(word) {
                words.push(*word);
            }
        }
        words
    }

    fn is_whole(&self, text: &str) -> bool {
        let outside = self
            .spans
            .iter()
            .fold((0, true), |(at, none), span| (span.1, none && !text[at..span.0].chars().any(char::is_alphanumeric)));
        outside.1 && !text[outside.0..].chars().any(char::is_alphanumeric)
    }

    fn marked<'t>(&self, text: Cow<'t, str>, window: std::ops::Range<usize>, marks: &Marks) -> Cow<'t, str> {
        if self.spans.is_empty() {
            return match text {
                Cow::Borrowed(text) => Cow::Borrowed(&text[window]),
                Cow::Owned(text) => Cow::Owned(text[window].to_owned()),
            };
        }
        let mut out = String::with_capacity(window.len() + 32);
        let mut at = window.start;
        for (from, to) in self.spans.iter().filter(|(from, to)| window.start <= *from && *to <= window.end) {
            out.push_str(&text[at..*from]);
            out.push_str(&marks.before);
            out.push_str(&text[*from..*to]);
            out.push_str(&marks.after);
            at = *to;
        }
        out.push_str(&text[at..window.end]);
        Cow::Owned(out)
    }

    /// The stretch of so many words (of Chinese, twice as many characters) with most matches, the earliest of those.
    fn window(&self, text: &str, words: usize) -> std::ops::Range<usize> {
        let starts = word_starts(text);
        if starts.len() <= words {
            return 0..text.trim_end().len();
        }
        let end = |first: usize| {
            let next = starts.get(first + words).copied().unwrap_or(text.len());
            first_end(text, starts[first], next)
        };
        let inside = |first: &usize| {
            let window = starts[*first]..end(*first);
            self.spans.iter().filter(|(from, to)| window.start <= *from && *to <= window.end).count()
        };
        let last = starts.len() - words;
        // `rev`, because `max_by_key` takes the last of equals.
        let best = (0..=last).rev().max_by_key(inside).unwrap_or(0);
        // Nothing is gained by standing before everything else.
        let from = if best == 0 { 0 } else { starts[best] };
        from..end(best)
    }
}

fn first_end(text: &str, from: usize, next: usize) -> usize {
    from + text[from..next].trim_end().len()
}

/// Where words begin; a character of a script without blanks is a word, two by two.
fn word_starts(text: &str) -> Vec<usize> {
    let (mut starts, mut was_blank, mut run) = (Vec::new(), true, 0usize);
    for (at, c) in text.char_indices() {
        let is_single = matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}');
        run = if is_single { run + 1 } else { 0 };
        if !c.is_whitespace() && (was_blank || run % 2 == 1) {
            starts.push(at);
        }
        was_blank = c.is_whitespace();
    }
    starts
}

/// How many bytes of a word stand for what was typed, where it was only begun.
fn begun(word: &str, typed: &str) -> Option<usize> {
    let mut folded =
        word.char_indices().flat_map(|(at, c)| c.to_lowercase().map(move |lower| (at + c.len_utf8(), lower)));
    let mut end = 0;
    for wanted in typed.chars() {
        match folded.next() {
            Some((next, c)) if c == wanted => end = next,
            _ => return None,
        }
    }
    Some(end)
}
