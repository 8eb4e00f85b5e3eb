use std::sync::Arc;

use text::entities::Entity;
use text::negation::Negation;
use text::{ChangeKind, Normalised};
use types::{Consequence, Finding, Guess, Language, Reading, ReadingStep, Route};

use super::Known;
use super::edited::Edited;

/// Longest query that is read, in bytes; what comes after is searched for as it stands.
const READ_BYTES_MAX: usize = 1_000;
/// Findings of one query, at most.
const FINDINGS_MAX: usize = 100;

/// A reading in the making.
pub(crate) struct Draft<'a> {
    query: &'a str,
    /// What is left of a very long query, unread.
    rest: &'a str,
    without: &'a [Arc<str>],
    normalised: Option<Normalised>,
    edited: Edited,
    entities: Option<Vec<Entity>>,
    findings: Vec<Finding>,
    /// Which of the findings is taken for searched text: spans of what was typed with what stands for them.
    replaced: Vec<((usize, usize), String)>,
    pub(super) negations: Vec<Negation>,
    /// The text that is searched for, once no step changes it any more.
    settled: Option<String>,
    pub(super) words: Vec<(usize, usize)>,
    pub(super) did_you_mean: Option<Arc<str>>,
    pub(super) intents: Vec<Guess>,
    pub(super) categories: Vec<Guess>,
    pub(super) route: Route,
    pub(super) micros: Vec<(ReadingStep, u32)>,
}

/// What a step found. Spans are of the draft's present text, and none once that is settled.
pub(super) struct Found {
    pub(super) step: ReadingStep,
    /// The part of the finding's key behind the step's name.
    pub(super) name: String,
    pub(super) span: Option<(usize, usize)>,
    pub(super) says: String,
    pub(super) evidence: String,
    pub(super) confidence: f32,
    pub(super) consequence: Consequence,
}

impl<'a> Draft<'a> {
    /// `without` are findings the shopper took away. A text that is not to be normalised is read as it stands.
    pub(super) fn new(query: &'a str, without: &'a [Arc<str>], is_raw: bool) -> Self {
        let (read, rest) = query.split_at(query.floor_char_boundary(READ_BYTES_MAX));
        let normalised = (!is_raw).then(|| Normalised::new(read, Language::Other));
        let edited = Edited::new(normalised.as_ref().map_or(read, Normalised::text));
        Self {
            query: read,
            rest,
            without,
            normalised,
            edited,
            entities: None,
            findings: Vec::new(),
            replaced: Vec::new(),
            negations: Vec::new(),
            settled: None,
            words: Vec::new(),
            did_you_mean: None,
            intents: Vec::new(),
            categories: Vec::new(),
            route: Route::Search,
            micros: Vec::new(),
        }
    }

    /// The text as the steps so far have left it.
    pub(super) fn text(&self) -> &str {
        self.settled.as_deref().unwrap_or_else(|| self.edited.text())
    }

    /// Takes out what is not wanted; from here on the text is what is searched for, and no step changes it.
    pub(super) fn settle(&mut self) {
        let mut negations = std::mem::take(&mut self.negations);
        negations.sort_by_key(|negation| negation.span());
        negations.iter().rev().for_each(|negation| self.leave_out(negation.span()));
        let text = self.searched();
        // A query that is nothing but what is not wanted, or a price, is searched for as it was typed.
        let is_empty = !text.chars().any(char::is_alphanumeric);
        self.settled = Some(if is_empty { format!("{}{}", self.query, self.rest) } else { text });
    }

    /// What normalising changed.
    pub(super) fn changes(&self) -> &[text::Change] {
        self.normalised.as_ref().map_or(&[], Normalised::changes)
    }

    /// What the shop's lexicon recognises in the text; found once, and again where the text has changed.
    pub(super) fn entities(&mut self, known: &Known<'_>) -> &[Entity] {
        let text = self.edited.text();
        self.entities.get_or_insert_with(|| known.view.learnt.gazetteer.find(text))
    }

    /// The text as it is to be searched for, written as it was typed where nothing changed it.
    fn searched(&self) -> String {
        let mut text = String::with_capacity(self.query.len());
        let mut replaced = self.replaced.clone();
        replaced.sort_by_key(|(span, _)| *span);
        let mut at = 0;
        for ((from, to), with) in replaced {
            // Spans that overlap were made one by a later step, whose span is the wider one and comes first.
            if from >= at {
                text.push_str(&self.query[at..from]);
                text.push_str(&with);
                at = to;
            }
        }
        text.push_str(&self.query[at..]);
        text.push_str(self.rest);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    }

    /// The bytes of the typed query that a span of the text stands for.
    pub(super) fn typed_span(&self, span: (usize, usize)) -> (usize, usize) {
        let (from, to) = self.edited.origin(span);
        match &self.normalised {
            Some(normalised) if from < to => normalised.span(from, to),
            Some(_) => (0, 0),
            None => (from, to),
        }
    }

    /// Adds a finding and does to the text what follows from it, unless the shopper took it away. Says whether it holds.
    pub(super) fn add(&mut self, found: Found) -> bool {
        let Found { step, name, span, says, evidence, confidence, consequence } = found;
        let key: Arc<str> = Arc::from(format!("{}:{name}", step.name()));
        if self.without.contains(&key) || self.findings.len() >= FINDINGS_MAX {
            return false;
        }
        let typed = span.map(|span| self.typed_span(span));
        if let (Consequence::Replaced(with), Some(span)) = (&consequence, span) {
            self.replace(span, with);
        }
        self.findings.push(Finding {
            step,
            key,
            span: typed,
            says: Arc::from(says),
            evidence: Arc::from(evidence),
            confidence: if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 },
            consequence,
        });
        true
    }

    /// Adds a finding about the typed query itself, such as a change of normalising.
    pub(super) fn add_typed(&mut self, found: Found) {
        let (span, consequence) = (found.span, found.consequence.clone());
        let was_added = self.add(Found { span: None, consequence: Consequence::Shown, ..found });
        if let (true, Some(last)) = (was_added, self.findings.last_mut()) {
            (last.span, last.consequence) = (span, consequence);
            if let (Consequence::Replaced(with), Some(span)) = (&last.consequence, span) {
                self.replaced.push((span, with.to_string()));
            }
        }
    }

    /// Takes a span out of what is searched for.
    pub(super) fn leave_out(&mut self, span: (usize, usize)) {
        self.replace(span, "");
    }

    fn replace(&mut self, span: (usize, usize), with: &str) {
        let typed = self.typed_span(span);
        // All of an earlier replacement that this one touches is in `typed`; what of it stays stands in the text.
        let origin = self.edited.origin(span);
        self.edited.replace(span, with);
        self.replaced.retain(|((from, to), _)| *to <= typed.0 || *from >= typed.1);
        self.replaced.push((typed, self.edited.now_at(origin).to_owned()));
        self.entities = None;
    }

    pub(super) fn finish(self) -> Reading {
        Reading {
            text: Arc::from(self.text()),
            query: Arc::from(format!("{}{}", self.query, self.rest)),
            kept: None,
            language: Language::guess(self.query),
            words: self.words,
            findings: self.findings,
            did_you_mean: self.did_you_mean,
            intents: self.intents,
            categories: self.categories,
            route: self.route,
            micros: self.micros,
        }
    }
}

/// Whether a change of normalising changes what is searched for; the analyzers see to the others themselves.
pub(super) fn changes_words(kind: ChangeKind) -> bool {
    matches!(kind, ChangeKind::LookAlike | ChangeKind::Emoji | ChangeKind::Traditional)
}
