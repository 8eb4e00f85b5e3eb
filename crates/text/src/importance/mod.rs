//! Which words of a query matter most, and in which order they may be dropped when little is found.

mod learn;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::entities::Role;
use crate::phrase::{self, Phrase};

pub use learn::{ItemWords, Learner, Learnt, words};

/// A word or phrase of a query that is kept or dropped as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Importance {
    /// The bytes of the query.
    pub span: (usize, usize),
    /// What it was taken for.
    pub kind: Kind,
    /// How much is lost without it, 0 to 1.
    pub weight: f32,
    /// How many items have it; None where that was not asked.
    pub items: Option<u64>,
    /// When it is dropped, counted from 1; None: never.
    pub drop: Option<usize>,
}

/// What a part of a query is, for how much it matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An entity of this role.
    Entity(Role),
    /// Something the shopper does not want, together with the word that says so.
    Negation,
    /// A word that only holds others together: `the`, `for`, `的`.
    Function,
    /// A wish or judgement rather than a thing: `best`, `cheap`, `推荐`.
    Wish,
    /// Any other word.
    Word,
}

/// What is known about a query's words.
#[derive(Clone, Copy)]
pub struct Hints<'a> {
    /// Spans of entities with their roles; each is one part.
    pub entities: &'a [((usize, usize), Role)],
    /// Spans of negations from cue to end; each is one part.
    pub negations: &'a [(usize, usize)],
    /// How many items there are.
    pub documents: u64,
    /// How many items have all words of a part (given as it stands in the query).
    pub document_frequency: &'a dyn Fn(&str) -> u64,
    /// What was learned of a part: how queries fared without it.
    pub learned: &'a dyn Fn(&str) -> Option<Kept>,
}

/// How searches fared when a word was dropped: the share of clicks on items that were found without it too.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Kept {
    /// The share, 0 to 1.
    pub share: f32,
    /// How many clicks it was seen over.
    pub clicks: f32,
}

/// How many clicks the default weight counts for beside the learned one.
const DEFAULT_CLICKS: f32 = 20.0;
/// More parts than this are not weighed one by one: they keep their place at the end and go first.
const PARTS_MAX: usize = 256;

/// The parts of `query` in order, with what each is worth and when it may be dropped.
///
/// Words that carry meaning although they look like function words stay: where a query has nothing else ("the who",
/// "没有", "it"), none is dropped. The last part that is left is never dropped, nor, as long as another is left, the
/// part worth most.
pub fn importance(query: &str, hints: &Hints<'_>) -> Vec<Importance> {
    let phrase = Phrase::new(query);
    let mut parts = parts(&phrase, hints);
    parts.truncate(PARTS_MAX);
    let head = head(&parts);
    let mut out: Vec<Importance> = Vec::with_capacity(parts.len());
    for (index, (units, kind)) in parts.iter().enumerate() {
        let span = phrase.span(units);
        let text = &query[span.0..span.1];
        let asks = !matches!(kind, Kind::Function | Kind::Negation);
        let items = asks.then(|| (hints.document_frequency)(text));
        let weight = weight(*kind, head == Some(index), items, hints.documents);
        let weight = match (hints.learned)(text).filter(|kept| kept.share.is_finite() && kept.clicks > 0.0) {
            Some(Kept { share, clicks }) => {
                let clicks = clicks.min(1e6);
                (weight * DEFAULT_CLICKS + (1.0 - share.clamp(0.0, 1.0)) * clicks) / (DEFAULT_CLICKS + clicks)
            }
            None => weight,
        };
        out.push(Importance { span, kind: *kind, weight, items, drop: None });
    }
    set_order(&mut out);
    out
}

/// Whether a key is that of a word that only holds others together.
pub(crate) fn is_function_word(key: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> =
        LazyLock::new(|| FUNCTION_WORDS.iter().map(|word| phrase::key_of(word)).collect());
    WORDS.contains(key)
}

fn is_wish(key: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> =
        LazyLock::new(|| WISHES.iter().map(|word| phrase::key_of(word)).collect());
    WORDS.contains(key)
}

/// The query's parts: entities and negations whole, the other words one by one.
fn parts(phrase: &Phrase, hints: &Hints<'_>) -> Vec<(Range<usize>, Kind)> {
    let mut holders: Vec<(Range<usize>, Kind)> = Vec::new();
    let negations = hints.negations.iter().take(PARTS_MAX).map(|span| (*span, Kind::Negation));
    let entities = hints.entities.iter().take(PARTS_MAX).map(|(span, role)| (*span, Kind::Entity(*role)));
    for (span, kind) in negations.chain(entities) {
        let units = phrase.within(span);
        if !units.is_empty() && holders.iter().all(|(held, _)| held.end <= units.start || units.end <= held.start) {
            holders.push((units, kind));
        }
    }
    let is_held = |word: &Range<usize>| holders.iter().any(|(held, _)| held.start < word.end && word.start < held.end);
    let words = phrase.word_ranges().into_iter().filter(|word| !is_held(word)).map(|word| {
        let kind = match phrase.key(&word) {
            key if is_function_word(key) => Kind::Function,
            key if is_wish(key) => Kind::Wish,
            _ => Kind::Word,
        };
        (word, kind)
    });
    let mut parts: Vec<(Range<usize>, Kind)> = words.collect();
    parts.extend(holders);
    parts.sort_by_key(|(units, _)| units.start);
    parts
}

/// The part that names the thing, where no product type was recognised: the last word before a preposition.
fn head(parts: &[(Range<usize>, Kind)]) -> Option<usize> {
    if parts.iter().any(|(_, kind)| *kind == Kind::Entity(Role::ProductType)) {
        return None;
    }
    let first_word = parts.iter().position(|(_, kind)| *kind == Kind::Word)?;
    let stop = parts.iter().skip(first_word).position(|(_, kind)| matches!(kind, Kind::Function | Kind::Negation));
    let end = stop.map_or(parts.len(), |stop| first_word + stop);
    (first_word..end).rev().find(|index| parts[*index].1 == Kind::Word)
}

/// How much a part is worth by what it is and by how rare it is: base · (½ + ½ · idf), idf = ln(1 + (N − n + ½)/(n + ½)) /
/// ln(1 + (N + ½)/½), Robertson's inverse document frequency scaled to 1 for what no item has.
fn weight(kind: Kind, is_head: bool, items: Option<u64>, documents: u64) -> f32 {
    let base = match kind {
        Kind::Entity(Role::ProductType | Role::Model) => 1.0,
        Kind::Entity(Role::Brand) => 0.95,
        Kind::Entity(Role::Material) => 0.6,
        Kind::Entity(Role::Colour | Role::Size | Role::Other) => 0.55,
        Kind::Entity(Role::Gender | Role::Age) => 0.45,
        Kind::Entity(Role::Audience | Role::Occasion) => 0.4,
        Kind::Entity(Role::Season) => 0.35,
        Kind::Word if is_head => 0.9,
        Kind::Word => 0.65,
        Kind::Negation => 0.3,
        Kind::Wish => 0.1,
        Kind::Function => 0.05,
    };
    let Some(items) = items.filter(|_| documents > 0) else { return base };
    let (n, total) = (items.min(documents) as f64, documents as f64);
    let idf = (1.0 + (total - n + 0.5) / (n + 0.5)).ln() / (1.0 + (total + 0.5) / 0.5).ln();
    base * (0.5 + 0.5 * idf as f32)
}

/// Says which part goes when: what no item has first (it can only stand in the way), then by weight.
fn set_order(parts: &mut [Importance]) {
    let has_content = parts.iter().any(|part| !matches!(part.kind, Kind::Function | Kind::Wish | Kind::Negation));
    if !has_content {
        return;
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| {
        let (first, second) = (&parts[*a], &parts[*b]);
        let is_found = |part: &Importance| part.items != Some(0);
        let by_weight = is_found(first).cmp(&is_found(second)).then(first.weight.total_cmp(&second.weight));
        by_weight.then(b.cmp(a))
    });
    // The best of all stays.
    order.pop();
    order.into_iter().zip(1..).for_each(|(index, place)| parts[index].drop = Some(place));
}

const FUNCTION_WORDS: &[&str] = &[
    "a", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "did", "do", "does",
    "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just",
    "me", "my", "no", "not", "of", "on", "or", "our", "she", "so", "some", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "to", "too", "us", "was", "we", "were", "what", "when", "where",
    "which", "who", "will", "with", "without", "you", "your", "的", "了", "和", "与", "及", "或", "在", "是", "有",
    "没有", "我", "你", "他", "她", "它", "我们", "你们", "他们", "这", "那", "这个", "那个", "个", "一个", "吗", "呢",
    "吧", "啊", "给", "把", "被", "也", "都", "就", "还", "很", "要", "不", "不要", "用", "用于", "可", "可以", "能",
    "对", "从", "到",
];

const WISHES: &[&str] = &[
    "best",
    "better",
    "cheap",
    "cheapest",
    "cool",
    "cute",
    "find",
    "gift",
    "gifts",
    "good",
    "great",
    "idea",
    "ideas",
    "looking",
    "need",
    "nice",
    "popular",
    "present",
    "presents",
    "recommend",
    "recommended",
    "show",
    "something",
    "stuff",
    "thing",
    "things",
    "top",
    "want",
    "买",
    "想",
    "想买",
    "想要",
    "推荐",
    "便宜",
    "平价",
    "好看",
    "好用",
    "最好",
    "求",
    "礼物",
    "礼品",
    "适合",
    "送",
    "热销",
    "爆款",
    "新款",
    "什么",
    "哪个",
    "哪款",
    "哪种",
    "怎么",
    "值得",
    "性价比",
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn run(query: &str, entities: &[(&str, Role)], negations: &[&str]) -> Vec<Importance> {
        let span = |part: &str| {
            let at = query.find(part).unwrap();
            (at, at + part.len())
        };
        let entities: Vec<_> = entities.iter().map(|(part, role)| (span(part), *role)).collect();
        let negations: Vec<_> = negations.iter().map(|part| span(part)).collect();
        let hints = Hints {
            entities: &entities,
            negations: &negations,
            documents: 1_000,
            document_frequency: &|word| if word == "flibber" { 0 } else { 1_000 / word.len() as u64 },
            learned: &|word| (word == "vintage").then_some(Kept { share: 0.0, clicks: 1_000.0 }),
        };
        importance(query, &hints)
    }

    fn check(query: &str, entities: &[(&str, Role)], negations: &[&str], expected: &Expect) {
        let mut parts = run(query, entities, negations);
        parts.sort_by_key(|part| part.drop.unwrap_or(usize::MAX));
        let show = |part: &Importance| {
            format!("{}{}", &query[part.span.0..part.span.1], if part.drop.is_none() { " (stays)" } else { "" })
        };
        expected.assert_eq(&parts.iter().map(show).collect::<Vec<_>>().join(" < "));
    }

    #[test]
    fn product_type_and_brand_go_last() {
        check(
            "best red running shoes for women nike",
            &[
                ("red", Role::Colour),
                ("running shoes", Role::ProductType),
                ("women", Role::Gender),
                ("nike", Role::Brand),
            ],
            &[],
            &expect!["for < best < women < red < nike < running shoes (stays)"],
        );
        check(
            "推荐红色的连衣裙",
            &[("红色", Role::Colour), ("连衣裙", Role::ProductType)],
            &[],
            &expect!["的 < 推荐 < 红色 < 连衣裙 (stays)"],
        );
        check(
            "water bottle without straw",
            &[],
            &["without straw"],
            &expect!["without straw < water < bottle (stays)"],
        );
    }

    #[test]
    fn what_nothing_has_goes_first_and_what_was_learned_counts() {
        check("flibber lamp", &[], &[], &expect!["flibber < lamp (stays)"]);
        check("vintage poster", &[], &[], &expect!["poster < vintage (stays)"]);
    }

    #[test]
    fn words_that_are_all_there_is_stay() {
        check("the who", &[], &[], &expect!["the (stays) < who (stays)"]);
        check("没有", &[], &[], &expect!["没有 (stays)"]);
        check("it", &[], &[], &expect!["it (stays)"]);
        check("", &[], &[], &expect![""]);
    }

    proptest! {
        #[test]
        fn something_stays_of_any_query(query in "([a-z ]|the |for |[红的裙送]|-|\u{200b}){0,40}") {
            let parts = run(&query, &[], &[]);
            prop_assert!(parts.is_empty() || parts.iter().any(|part| part.drop.is_none()));
            let mut order: Vec<usize> = parts.iter().filter_map(|part| part.drop).collect();
            order.sort_unstable();
            prop_assert!(order.iter().zip(1..).all(|(drop, place)| *drop == place));
        }
    }
}
