use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::context::Context;
use super::draft::Draft;
use super::lexicon::{ConceptId, lexicon};
use super::overlap::{self, Candidate};
use super::precision::posterior;
use super::{Decision, Entity, Evidence, Matched, Precision, Reading, Role};
use crate::phrase::{Phrase, UnitKind};

/// A query is read up to here; what follows is left aside.
const QUERY_UNITS_MAX: usize = 2_000;
/// More readings of one span than this are of no use to anybody.
const READINGS_MAX: usize = 8;
/// How many items the prior counts for beside the catalogue's.
const PRIOR_ITEMS: f64 = 4.0;
/// How sure a number or letter is a size where "size" or 码 stands beside it.
const SAID_SIZE: f64 = 0.9;

/// Recognises attribute values in queries; see the module. Immutable and cheap to clone.
#[derive(Clone)]
pub struct Gazetteer {
    pub(super) index: Arc<Index>,
    options: Options,
    precision: Arc<Precision>,
}

/// From which precision on a reading filters or boosts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// Filter when even the lower bound (95 %) of the measured precision reaches this. A wrong filter hides what was
    /// wanted, so without measurements nothing filters, unless `filter_unmeasured_min` says so.
    pub filter_min: f32,
    /// How many clicks or judgements must have been measured before a filter is thought of.
    pub filter_trials_min: f32,
    /// Filter without measurements when the lower bound of the catalogue's own estimate reaches this; above 1: never.
    pub filter_unmeasured_min: f32,
    /// Boost from this confidence on.
    pub boost_min: f32,
    /// Where as much as for a filter was measured, boost from this precision on.
    pub boost_measured_min: f32,
    /// Boost only where the words multiply the odds of the values by this: what nearly all items have anyway tells nothing.
    pub odds_ratio_min: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            filter_min: 0.95,
            filter_trials_min: 50.0,
            filter_unmeasured_min: 2.0,
            boost_min: 0.4,
            boost_measured_min: 0.2,
            odds_ratio_min: 2.0,
        }
    }
}

/// What a gazetteer knows of a catalogue.
pub(super) struct Index {
    pub(super) attributes: Vec<Attribute>,
    pub(super) senses: Vec<Sense>,
    /// By the key of the words: what they may stand for.
    pub(super) entries: HashMap<String, Vec<Entry>>,
    pub(super) units_max: usize,
    /// Items looked at.
    pub(super) items: u32,
}

pub(super) struct Attribute {
    pub(super) name: Arc<str>,
    pub(super) role: Role,
    /// Items that have it.
    pub(super) items: u32,
}

/// A set of values of an attribute that are asked for together.
pub(super) struct Sense {
    /// None: a concept that no attribute of the shop speaks of.
    pub(super) attribute: Option<usize>,
    pub(super) role: Role,
    pub(super) concept: Option<ConceptId>,
    pub(super) values: Arc<[Arc<str>]>,
    pub(super) items: u32,
    /// Over all words for it: items whose text has them and that have the attribute, and those that agree.
    pub(super) known: u32,
    pub(super) agreeing: u32,
}

/// Words that may stand for a sense.
pub(super) struct Entry {
    pub(super) sense: usize,
    /// How they fit when their inflection agrees.
    pub(super) matched: Matched,
    /// The values they fit without stemming.
    pub(super) bares: Vec<Box<str>>,
    /// How many of their units carry the meaning.
    pub(super) units: usize,
    /// Whether they often mean something else, as the lexicon knows.
    pub(super) ambiguous: bool,
    pub(super) in_text: u32,
    pub(super) known: u32,
    pub(super) agreeing: u32,
    pub(super) context: Option<Context>,
}

impl Gazetteer {
    /// A gazetteer of attribute values, each with the number of items that have it. Without texts of items it judges by
    /// the lexicon and by how many words a value has; [`Gazetteer::from_items`] knows better.
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a str, &'a str, u32)>) -> Self {
        let mut draft = Draft::default();
        values.into_iter().for_each(|(attribute, value, items)| draft.add_value(attribute, value, items));
        Self::from_index(draft.index().into_index())
    }

    pub(super) fn from_index(index: Index) -> Self {
        Self { index: Arc::new(index), options: Options::default(), precision: Arc::default() }
    }

    /// The same with other thresholds.
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// The same, judging by what was measured.
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = Arc::new(precision);
        self
    }

    /// The attributes it knows, with what kind each was taken for and the number of items that have it.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Role, u32)> {
        self.index.attributes.iter().map(|attribute| (&*attribute.name, attribute.role, attribute.items))
    }

    /// What is recognised in `query`, in order; spans do not overlap, except that for whom something is may be read from
    /// inside a product type ("女" of "女鞋").
    pub fn find(&self, query: &str) -> Vec<Entity> {
        let phrase = Phrase::new(query);
        let words = ContextWords::of(&phrase);
        let mut candidates: Vec<Candidate> = Vec::new();
        self.index.each_match(&phrase, QUERY_UNITS_MAX, &mut |range, entries| {
            for entry in entries {
                let used = range.start..range.start + entry.units.clamp(1, range.len());
                let Some(reading) = self.reading(&phrase, &words, &range, entry) else { continue };
                // Matches come in order of their beginnings, so only the last ones can be of the same units.
                let mut near = candidates.iter_mut().rev().take_while(|candidate| candidate.units.start >= used.start);
                match near.find(|candidate| candidate.units == used) {
                    Some(candidate) => candidate.readings.push(reading),
                    None => candidates.push(Candidate { units: used, readings: vec![reading] }),
                }
            }
        });
        candidates.iter_mut().for_each(|candidate| self.decide(&mut candidate.readings));
        let kept = overlap::resolve(&phrase, candidates);
        kept.into_iter().map(|kept| Entity { span: phrase.span(&kept.units), readings: kept.readings }).collect()
    }

    fn reading(
        &self,
        phrase: &Phrase,
        words: &ContextWords<'_>,
        range: &Range<usize>,
        entry: &Entry,
    ) -> Option<Reading> {
        let sense = &self.index.senses[entry.sense];
        let bare = phrase.bare(range);
        let is_written_so = entry.bares.iter().any(|known| **known == *bare);
        if !is_plausible(phrase, range, sense.role)
            || (sense.role == Role::Brand && entry.matched == Matched::Part && !is_written_so)
        {
            return None;
        }
        let attribute = sense.attribute.map(|attribute| &self.index.attributes[attribute]);
        let matched = match entry.matched {
            Matched::Exact if !is_written_so => Matched::Inflected,
            matched => matched,
        };
        let prior = sense.prior(entry, range.len());
        let estimate = share(entry.agreeing, entry.known, prior, PRIOR_ITEMS);
        let (estimate, context) = match &entry.context {
            // "size 42" says what it is, whatever titles with a 42 in them are about.
            _ if is_bare(phrase, range) => (SAID_SIZE, Vec::new()),
            Some(context) => context.apply(estimate, words.outside(range)),
            None => (estimate, Vec::new()),
        };
        let base = attribute.map_or(0.0, |attribute| share(sense.items, attribute.items, 0.0, 0.0));
        let measured = attribute.and_then(|attribute| self.precision.measured(&attribute.name));
        let coverage = attribute.map_or(0.0, |attribute| {
            let usual = share(attribute.items, self.index.items.max(attribute.items), 1.0, 0.0);
            share(entry.known, entry.in_text, usual, PRIOR_ITEMS)
        });
        let confidence = meaning(estimate, entry, sense)
            * cut_factor(phrase, range)
            * matched_factor(matched, sense.role)
            * if is_for_another(phrase, range, sense.role) { 0.35 } else { 1.0 };
        Some(Reading {
            role: sense.role,
            attribute: attribute.map(|attribute| attribute.name.clone()),
            values: sense.values.clone(),
            concept: sense.concept.map(|concept| lexicon().concepts[usize::from(concept)].name),
            matched,
            confidence: confidence as f32,
            precision: posterior(estimate * coverage, measured).0 as f32,
            odds_ratio: odds_ratio(estimate, base) as f32,
            evidence: Evidence {
                items: sense.items,
                in_text: entry.in_text,
                known: entry.known,
                agreeing: entry.agreeing,
                context,
                measured,
            },
            decision: Decision::Nothing,
        })
    }

    /// Puts the readings of a span in order and decides what each does.
    fn decide(&self, readings: &mut Vec<Reading>) {
        readings.sort_by(|a, b| {
            let by_confidence = b.confidence.total_cmp(&a.confidence);
            by_confidence.then_with(|| a.role.cmp(&b.role)).then_with(|| a.attribute.cmp(&b.attribute))
        });
        readings.truncate(READINGS_MAX);
        // Readings of different attributes may all be right (the category and the gender "Women"); of the same, one is.
        let rivals: f32 =
            readings.iter().skip(1).filter(|other| other.role != readings[0].role).map(|r| r.confidence).sum();
        for (place, reading) in readings.iter_mut().enumerate() {
            reading.decision = match reading.attribute {
                Some(_) if self.is_denied(reading) => Decision::Nothing,
                Some(_) if place == 0 && rivals < 0.2 && self.may_filter(reading) => Decision::Filter,
                Some(_)
                    if reading.confidence >= self.options.boost_min
                        && reading.odds_ratio >= self.options.odds_ratio_min =>
                {
                    Decision::Boost
                }
                _ => Decision::Nothing,
            };
        }
    }

    /// Whether enough was measured, and says that what is wanted hardly ever has the value.
    fn is_denied(&self, reading: &Reading) -> bool {
        let measured = reading.evidence.measured;
        measured.is_some_and(|measured| measured.trials >= f64::from(self.options.filter_trials_min))
            && reading.precision < self.options.boost_measured_min
    }

    fn may_filter(&self, reading: &Reading) -> bool {
        let options = &self.options;
        if !matches!(reading.matched, Matched::Exact | Matched::Concept) || reading.confidence < 0.8 {
            return false;
        }
        let measured = reading.evidence.measured.filter(|m| m.trials >= f64::from(options.filter_trials_min));
        match measured {
            Some(measured) => {
                let evidence = &reading.evidence;
                let estimate = share(evidence.agreeing, evidence.in_text, 0.5, PRIOR_ITEMS);
                posterior(estimate, Some(measured)).1 >= f64::from(options.filter_min)
            }
            None => {
                let evidence = &reading.evidence;
                let trials = f64::from(evidence.in_text);
                let mean = share(evidence.agreeing, evidence.in_text, 0.5, PRIOR_ITEMS);
                let deviation = (mean * (1.0 - mean) / (trials + PRIOR_ITEMS)).sqrt();
                mean - 1.645 * deviation >= f64::from(options.filter_unmeasured_min)
            }
        }
    }
}

impl Index {
    /// Calls `found` with each row of units that has a key here and begins and ends where words may.
    pub(super) fn each_match<'a>(
        &'a self,
        phrase: &Phrase,
        units_max: usize,
        found: &mut dyn FnMut(Range<usize>, &'a [Entry]),
    ) {
        let units = phrase.units();
        let end = units.len().min(units_max);
        for start in 0..end {
            let is_han = units[start].kind == UnitKind::Han;
            if !units[start].begins && !is_han {
                continue;
            }
            for stop in start + 1..=end.min(start + self.units_max) {
                if !units[stop - 1].ends && units[stop - 1].kind != UnitKind::Han {
                    continue;
                }
                let range = start..stop;
                // A single character inside a dictionary word is hardly ever a word of its own.
                if is_han && range.len() == 1 && !phrase.is_cut(&range) {
                    continue;
                }
                if let Some(entries) = self.entries.get(phrase.key(&range)) {
                    found(range, entries);
                }
            }
        }
    }
}

impl Sense {
    /// What is thought of words for this sense before their own counts are looked at.
    fn prior(&self, entry: &Entry, units: usize) -> f64 {
        let usual = match (entry.matched, entry.ambiguous) {
            // A category that lists its kinds means each of them; a brand's beginning is often just a word.
            (Matched::Part, _) => {
                if self.role == Role::ProductType {
                    0.6
                } else {
                    0.2
                }
            }
            (_, true) => 0.3,
            (Matched::Concept, false) => 0.8,
            _ if self.concept.is_some() => 0.8,
            // Sellers write all sorts of things into colours and sizes.
            _ if self.role.has_lexicon() => 0.3,
            _ if units > 1 => 0.8,
            _ if self.role == Role::ProductType => 0.6,
            _ => 0.4,
        };
        // Other words for the same concept tell what these will be like, "red" for "红色"; not where they are ambiguous.
        match self.concept {
            Some(_) if !entry.ambiguous => share(self.agreeing, self.known, usual, PRIOR_ITEMS),
            _ => usual,
        }
    }
}

/// How likely words mean a sense, from the share of items that say so and agree. What the lexicon knows as unambiguous
/// keeps its meaning where items disagree: a black and white shirt says "black" too.
fn meaning(estimate: f64, entry: &Entry, sense: &Sense) -> f64 {
    match sense.concept {
        Some(_) if !entry.ambiguous => estimate.max(0.0).sqrt(),
        _ => estimate,
    }
}

/// How much likelier a share makes something than a usual share does, by odds: p (1 − b) / (b (1 − p)); 0 where nothing is
/// usual. Unlike p / b it can be large for what half of all items have.
fn odds_ratio(share: f64, usual: f64) -> f64 {
    if usual <= 0.0 {
        return 0.0;
    }
    let odds = |share: f64| share.clamp(1e-6, 0.999) / (1.0 - share.clamp(1e-6, 0.999));
    odds(share) / odds(usual)
}

/// What a doubtful beginning or end inside a Chinese stretch takes from the confidence.
fn cut_factor(phrase: &Phrase, range: &Range<usize>) -> f64 {
    let doubt = |sure: bool| if sure { 1.0 } else { 0.75 };
    doubt(phrase.units()[range.start].begins) * doubt(phrase.units()[range.end - 1].ends)
}

/// What another inflection takes from the confidence: names of brands are not inflected.
fn matched_factor(matched: Matched, role: Role) -> f64 {
    match (matched, role) {
        (Matched::Inflected, Role::Brand | Role::Model) => 0.6,
        (Matched::Inflected, _) => 0.95,
        _ => 1.0,
    }
}

/// Whether a brand or model is named as what something else fits: "case for Fitbit", "适用于小米". Titles of accessories
/// do so all the time, which must not speak against the brand where the words do not.
pub(super) fn is_for_another(phrase: &Phrase, range: &Range<usize>, role: Role) -> bool {
    const WORDS: [&str; 7] = ["for", "with", "fits", "fit", "compatible", "replacement", "replaces"];
    const HAN: [&str; 4] = ["适用", "用于", "兼容", "适配"];
    if !matches!(role, Role::Brand | Role::Model) {
        return false;
    }
    let word = |back: usize| range.start.checked_sub(back).map(|unit| phrase.bare(&(unit..unit + 1)));
    let pair = |back: usize| range.start.checked_sub(back).map(|unit| phrase.bare(&(unit..unit + 2)));
    (1..=2).filter_map(word).any(|word| WORDS.contains(&word))
        || (2..=3).filter_map(pair).any(|pair| HAN.contains(&pair))
}

/// Whether words may stand for a value at all: a bare number or letter is a size only where something says so.
fn is_plausible(phrase: &Phrase, range: &Range<usize>, role: Role) -> bool {
    const BEFORE: [&str; 5] = ["size", "sz", "尺码", "尺寸", "码"];
    const AFTER: [&str; 2] = ["码", "号"];
    if !is_bare(phrase, range) {
        return true;
    }
    let before = (1..=2).filter_map(|back| Some(phrase.key(&(range.start.checked_sub(back)?..range.start))));
    let after = phrase.units().get(range.end).map(|_| phrase.key(&(range.end..range.end + 1)));
    role == Role::Size
        && (before.into_iter().any(|word| BEFORE.contains(&word)) || after.is_some_and(|word| AFTER.contains(&word)))
}

/// Whether a row of units is just a number or a letter.
fn is_bare(phrase: &Phrase, range: &Range<usize>) -> bool {
    let [unit] = &phrase.units()[range.clone()] else { return false };
    unit.kind == UnitKind::Number || (unit.kind == UnitKind::Letters && phrase.bare(range).chars().count() == 1)
}

/// `part` of `whole`, smoothed by `prior` worth `weight` items; the prior alone where there is nothing.
fn share(part: u32, whole: u32, prior: f64, weight: f64) -> f64 {
    let total = f64::from(whole) + weight;
    if total <= 0.0 { prior } else { (f64::from(part.min(whole)) + prior * weight) / total }
}

/// The keys of a query's words, for the words around a match.
struct ContextWords<'a> {
    keys: Vec<(usize, &'a str)>,
}

impl<'a> ContextWords<'a> {
    /// Neighbours beyond these are not asked; it bounds what a long query costs.
    const WORDS_MAX: usize = 64;

    fn of(phrase: &'a Phrase) -> Self {
        let units = phrase.units().len().min(QUERY_UNITS_MAX);
        Self { keys: (0..units.min(Self::WORDS_MAX)).map(|unit| (unit, phrase.key(&(unit..unit + 1)))).collect() }
    }

    fn outside(&self, range: &Range<usize>) -> impl Iterator<Item = &'a str> {
        self.keys.iter().filter(|(unit, _)| !range.contains(unit)).map(|(_, key)| *key)
    }
}
