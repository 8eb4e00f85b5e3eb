use std::ops::Range;

use rustc_hash::FxHashSet;

use super::Suggestions;
use super::compose::compose;
use super::entry::{Kind, Payload};
use super::gather::{Best, Gather, Hit, Way};
use super::keys::Node;
use super::shelf::{List, Shelf};
use super::span::squash;
use super::typos::{near, tolerance};

/// What was typed so far.
#[derive(Clone, Copy, Default, Debug)]
pub struct Typed<'a> {
    /// The typed text as it is folded; where one text can be folded in several ways (simplified, without accents), the
    /// others behind it. Four are looked at. Empty: nothing is typed yet, and what is wanted most is answered.
    pub texts: &'a [&'a str],
    /// The typed text as pinyin, with or without blanks: letters as they are typed, characters by their
    /// readings (which finds what sounds alike). Empty: nothing is looked up by sound.
    pub pinyin: &'a [&'a str],
}

/// Whether slips in the typed text are looked past: one from four letters (three Chinese characters) on, two from
/// eight (six). The first letter and all digits must be right.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Typos {
    /// Never.
    Off,
    /// Where fewer suggestions are found than wanted.
    #[default]
    WhenFew,
    /// Always.
    Always,
}

/// What is wanted of a lookup.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Which kinds, in which order, and how many of each at most.
    pub kinds: &'a [(Kind, usize)],
    /// Whether slips are looked past.
    pub typos: Typos,
    /// Whether queries that nobody asked are composed where too few are known: what was typed, its last word completed
    /// as others end. These come last; the caller is to see whether they find anything.
    pub compose: bool,
    /// What this shopper used of late, with weights up to 1 for the last; these come before what others use.
    pub personal: Option<&'a Suggestions>,
}

/// A text to suggest.
#[derive(Clone, PartialEq, Debug)]
pub struct Suggestion {
    /// The text as it is shown.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// Its weight times the probability of the way it was found, and what the shopper's own past adds.
    pub score: f32,
    /// The bytes of `text` that the typed text stands for; empty where it stands for none of it.
    pub span: Range<usize>,
    /// How it was found.
    pub found_by: FoundBy,
    /// Slips that were looked past.
    pub edits: u8,
    /// Whether this shopper used it of late.
    pub personal: bool,
    /// What choosing it leads to.
    pub payload: Option<Payload>,
}

/// How a suggestion was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FoundBy {
    /// It begins with the typed text.
    Prefix,
    /// A later word begins with the typed text.
    WordPrefix,
    /// Its words begin with the typed words, in any order.
    Words,
    /// Its pinyin, from the beginning or from a later word on, begins with that of the typed text.
    Pinyin,
    /// The first letters of its characters' pinyin begin with the typed letters.
    Initials,
    /// A part of an article number is the typed text.
    Infix,
    /// Nobody asked it: it begins with the typed text and ends as others do.
    Composed,
}

impl FoundBy {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::WordPrefix => "word prefix",
            Self::Words => "words",
            Self::Pinyin => "pinyin",
            Self::Initials => "initials",
            Self::Infix => "infix",
            Self::Composed => "composed",
        }
    }
}

/// How probable a way of typing is beside typing the text from its beginning, which is 1. Chosen by judgement: what
/// matters is their order, and that a text must be wanted several times as much to come first by a rarer way.
mod probability {
    pub(super) const PINYIN: f32 = 0.5;
    pub(super) const INFIX: f32 = 0.3;
    pub(super) const INITIALS: f32 = 0.2;
    pub(super) const WORD: f32 = 0.15;
    pub(super) const WORDS: f32 = 0.1;
    /// Typed as characters of the same sound.
    pub(super) const HOMOPHONE: f32 = 0.05;
    pub(super) const PINYIN_WORD: f32 = 0.05;
    /// Never asked as a whole.
    pub(super) const COMPOSED: f32 = 0.01;
    /// Each slip.
    pub(super) const SLIP: f32 = 0.02;
}

/// What the shopper's own past counts beside the best of what all others want.
const PERSONAL: f32 = 2.0;
/// Longer texts are no beginnings of anything.
const TYPED_BYTES_MAX: usize = 512;
const VARIANTS_MAX: usize = 4;
const WORDS_MAX: usize = 8;
/// Bounds of work.
const TYPO_STEPS: usize = 2_000;
const WORD_TRIES: usize = 256;
/// Fewer initials say nothing.
const INITIALS_MIN: usize = 2;
const INFIX_LETTERS_MIN: usize = 3;

impl Suggestions {
    /// The best suggestions of each wanted kind, kind by kind in the order of `options.kinds`, the best first. Texts
    /// that differ in nothing but blanks, capitals and folding are suggested once.
    pub fn lookup(&self, typed: &Typed<'_>, options: &Options<'_>) -> Vec<Suggestion> {
        let ask = Ask::new(typed);
        let mut all = Vec::new();
        for (kind, limit) in options.kinds {
            let mut found = self.of_kind(&ask, *kind, *limit, options.typos);
            if let Some(personal) = options.personal {
                let top = found.iter().map(|suggestion| suggestion.score).fold(0.0, f32::max);
                let scale = PERSONAL * if top > 0.0 { top } else { 1.0 };
                for mut own in personal.of_kind(&ask, *kind, *limit, Typos::Off) {
                    own.score *= scale;
                    own.personal = true;
                    add_personal(&mut found, own);
                }
            }
            found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| order(&a.text).cmp(&order(&b.text))));
            found.truncate(*limit);
            if options.compose && *kind == Kind::Query && found.len() < *limit {
                self.compose(&ask, &mut found, *limit);
            }
            all.append(&mut found);
        }
        all
    }

    /// Fills `found` up with composed queries.
    fn compose(&self, ask: &Ask, found: &mut Vec<Suggestion>, limit: usize) {
        let kind = Kind::Query;
        let typed = ask.texts.first().map_or("", String::as_str);
        let mut shown: FxHashSet<String> = found.iter().map(|suggestion| bare(&suggestion.text)).collect();
        let least = found.last().map_or(1.0, |suggestion| suggestion.score);
        let composed = compose(&self.base[kind as usize], typed, limit);
        let all = composed.iter().map(|(_, score)| score).sum::<f32>();
        for (text, score) in composed.into_iter().filter(|_| all > 0.0) {
            if found.len() < limit && shown.insert(bare(&text)) {
                let (score, span) = (least * probability::COMPOSED * score / all, 0..typed.len());
                let found_by = FoundBy::Composed;
                found.push(Suggestion { text, kind, score, span, found_by, edits: 0, personal: false, payload: None });
            }
        }
    }

    fn of_kind(&self, ask: &Ask, kind: Kind, limit: usize, typos: Typos) -> Vec<Suggestion> {
        let hidden = self.fresh.as_ref().map(|fresh| &fresh.hidden[kind as usize]);
        let base = (&self.base[kind as usize], hidden);
        let fresh = self.fresh.as_ref().map(|fresh| (&fresh.shelves[kind as usize], None));
        let gathered = [Some(base), fresh].into_iter().flatten().map(|(shelf, hidden)| {
            let mut gather = Gather::new(shelf, hidden, limit);
            ask.gather(&mut gather, typos);
            gather
        });
        let mut hits: Vec<(&Shelf, Hit)> =
            gathered.flat_map(|gather| gather.hits.into_iter().map(move |hit| (gather.shelf, hit))).collect();
        hits.sort_by(|(shelf, a), (other, b)| {
            b.score.total_cmp(&a.score).then_with(|| order(shelf.text(a.entry)).cmp(&order(other.text(b.entry))))
        });
        let mut shown = FxHashSet::default();
        hits.retain(|(shelf, hit)| shown.len() < limit && shown.insert(bare(shelf.folded(hit.entry))));
        hits.iter().map(|(shelf, hit)| suggestion(shelf, hit, kind)).collect()
    }
}

fn suggestion(shelf: &Shelf, hit: &Hit, kind: Kind) -> Suggestion {
    Suggestion {
        text: shelf.text(hit.entry).to_owned(),
        kind,
        score: hit.score,
        span: shelf.span(hit.place.list, hit.place.position, hit.place.depth),
        found_by: hit.found_by,
        edits: hit.edits,
        personal: false,
        payload: shelf.payloads.get(hit.entry as usize).cloned().flatten(),
    }
}

/// Adds a suggestion of the shopper's own, or raises the score of the one that is there.
fn add_personal(found: &mut Vec<Suggestion>, own: Suggestion) {
    let text = bare(&own.text);
    match found.iter_mut().find(|suggestion| bare(&suggestion.text) == text) {
        Some(known) => {
            known.score += own.score;
            known.personal = true;
        }
        None => found.push(own),
    }
}

/// Among equals the shortest comes first.
fn order(text: &str) -> (usize, &str) {
    (text.len(), text)
}

/// A text without blanks and capitals.
fn bare(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A typed text, made ready to be looked up.
struct Ask {
    texts: Vec<String>,
    pinyin: Vec<String>,
    words: Vec<String>,
    /// Letters and digits of what may be a part of an article number; else empty.
    code: Vec<u8>,
}

impl Ask {
    fn new(typed: &Typed<'_>) -> Self {
        let fits = |text: &&&str| text.len() <= TYPED_BYTES_MAX && !text.contains('\0');
        let texts: Vec<String> = if typed.texts.is_empty() {
            vec![String::new()]
        } else {
            let texts = typed.texts.iter().filter(fits).take(VARIANTS_MAX);
            texts.map(|text| text.trim().to_ascii_lowercase()).collect()
        };
        let pinyin = typed
            .pinyin
            .iter()
            .filter(fits)
            .take(VARIANTS_MAX)
            .map(|text| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>());
        let pinyin = pinyin.map(|text| text.to_ascii_lowercase()).filter(|text| !text.is_empty()).collect();
        let first = texts.first().map_or("", String::as_str);
        let words: Vec<String> = first.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect();
        let code: Vec<u8> = squash(first).into_iter().map(|(_, letter)| letter).collect();
        let is_code = first.is_ascii() && code.len() >= INFIX_LETTERS_MIN && code.iter().any(u8::is_ascii_digit);
        Self { texts, pinyin, words, code: if is_code { code } else { Vec::new() } }
    }

    /// Tries all ways, the most probable first.
    fn gather(&self, gather: &mut Gather<'_>, typos: Typos) {
        let shelf = gather.shelf;
        let tries = 4 * gather.limit + 64;
        let any = |_: &Shelf, _: u32| true;
        for (nodes, way) in self.exact(shelf) {
            gather.take(Best::new(shelf, nodes), tries, way, any);
        }
        if self.words.len() > 1 && gather.is_short() {
            let way = Way { found_by: FoundBy::Words, edits: 0, probability: probability::WORDS };
            let fits = |shelf: &Shelf, entry: u32| self.words.iter().all(|word| has_word(shelf.folded(entry), word));
            gather.take(Best::new(shelf, self.rarest_word(shelf)), WORD_TRIES, way, fits);
        }
        let wanted = typos == Typos::Always || typos == Typos::WhenFew && gather.is_short();
        if wanted {
            for (nodes, way) in self.with_typos(shelf) {
                gather.take(Best::new(shelf, nodes), tries, way, any);
            }
        }
    }

    fn exact(&self, shelf: &Shelf) -> Vec<(Vec<(List, Node)>, Way)> {
        let latin = self.texts.first().is_none_or(|text| text.is_ascii());
        let by_sound = if latin { probability::PINYIN } else { probability::HOMOPHONE };
        let initials: Vec<&str> =
            self.pinyin.iter().map(String::as_str).filter(|text| latin && text.len() >= INITIALS_MIN).collect();
        let code = std::str::from_utf8(&self.code).ok().filter(|code| !code.is_empty());
        let (texts, pinyin) = (strs(&self.texts), strs(&self.pinyin));
        // A later word is looked for where something is typed; each word of each text begins with nothing.
        let words: Vec<&str> = texts.iter().copied().filter(|text| !text.is_empty()).collect();
        let mut ways = vec![
            (nodes(shelf, List::Text, &texts), way(FoundBy::Prefix, 1.0)),
            (nodes(shelf, List::Pinyin, &pinyin), way(FoundBy::Pinyin, by_sound)),
            (nodes(shelf, List::Infix, &Vec::from_iter(code)), way(FoundBy::Infix, probability::INFIX)),
            (nodes(shelf, List::Initials, &initials), way(FoundBy::Initials, probability::INITIALS)),
            (nodes(shelf, List::Word, &words), way(FoundBy::WordPrefix, probability::WORD)),
            (nodes(shelf, List::PinyinWord, &pinyin), way(FoundBy::Pinyin, by_sound * probability::PINYIN_WORD)),
        ];
        ways.sort_by(|(_, a), (_, b)| b.probability.total_cmp(&a.probability));
        ways
    }

    fn with_typos(&self, shelf: &Shelf) -> Vec<(Vec<(List, Node)>, Way)> {
        let mut steps = TYPO_STEPS;
        let text = self.texts.first().map_or("", String::as_str);
        let pinyin = self.pinyin.first().filter(|pinyin| pinyin.is_ascii()).map_or("", String::as_str);
        let asked = [
            (List::Text, text, FoundBy::Prefix, 1.0),
            (List::Pinyin, pinyin, FoundBy::Pinyin, probability::PINYIN),
            (List::Word, text, FoundBy::WordPrefix, probability::WORD),
        ];
        let mut ways = Vec::new();
        for (list, typed, found_by, probability) in asked {
            let tolerated = tolerance(typed);
            if tolerated == 0 {
                continue;
            }
            let near = near(shelf.list(list), &shelf.bytes, typed, tolerated, &mut steps);
            for edits in 1..=tolerated {
                let nodes = near.iter().filter(|(_, found)| *found == edits).map(|(node, _)| (list, node.clone()));
                let probability = probability * probability::SLIP.powi(i32::from(edits));
                ways.push((nodes.collect(), Way { found_by, edits, probability }));
            }
        }
        ways.sort_by(|(_, a), (_, b)| b.probability.total_cmp(&a.probability));
        ways
    }

    /// The keys that begin with that typed word which the fewest begin with.
    fn rarest_word(&self, shelf: &Shelf) -> Vec<(List, Node)> {
        let of = |word: &String| {
            let both = [List::Text, List::Word].map(|list| nodes(shelf, list, &[word]));
            both.concat()
        };
        let keys = |nodes: &Vec<(List, Node)>| nodes.iter().map(|(_, node)| node.range.len()).sum::<usize>();
        self.words.iter().map(of).min_by_key(keys).unwrap_or_default()
    }
}

fn way(found_by: FoundBy, probability: f32) -> Way {
    Way { found_by, edits: 0, probability }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn nodes(shelf: &Shelf, list: List, texts: &[&str]) -> Vec<(List, Node)> {
    let keys = shelf.list(list);
    let found = texts.iter().filter_map(|text| keys.step(&shelf.bytes, &keys.root(), text.as_bytes()));
    found.map(|node| (list, node)).collect()
}

/// Whether a word of the text begins with `word`. A word begins behind what is neither letter nor digit; between
/// characters of scripts without blanks each may begin one.
fn has_word(text: &str, word: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let begins = |at: usize| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() || !before.is_ascii() || !word.is_ascii())
    };
    text.match_indices(word).any(|(at, _)| begins(at))
}
