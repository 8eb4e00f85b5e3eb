//! What a shopper does not want: "without sugar", "-leather", "不要皮的".
//!
//! Many product words look like negations and are none ("sugar-free", "no-show socks", "non-stick", "无线", "不锈钢"):
//! those are left as they are. What a title says of a thing is read the same way by [`mention`], so that "water bottle
//! without straw" can tell bottles that are said to have a straw from those said to have none.

mod chinese;
mod cues;
mod english;
mod mention;
mod polarity;

use std::ops::Range;

use crate::phrase::{Phrase, UnitKind};

pub use mention::{Mention, mention};
pub use polarity::{Contradiction, Polarity, polarity};

/// A part of a query that says what is not wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct Negation {
    /// The bytes of the query that negate: `without`, `不要`.
    pub cue: (usize, usize),
    /// The bytes of what is negated.
    pub scope: (usize, usize),
    /// How it is said.
    pub kind: NegationKind,
    /// How likely this is meant as a negation of just that.
    pub confidence: f32,
}

impl Negation {
    /// Cue and scope as one span.
    pub fn span(&self) -> (usize, usize) {
        (self.cue.0.min(self.scope.0), self.cue.1.max(self.scope.1))
    }
}

/// How a negation is said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NegationKind {
    /// `without`, `w/o`, `不含`, `不带`.
    Without,
    /// `no`, `not`, `不要`, `不是`.
    Not,
    /// `except`, `除了`.
    Except,
    /// A minus sign before the word.
    Minus,
    /// `non-leather`, `非皮质`.
    Non,
}

/// What helps to tell negations from product words and to see how far they reach.
#[derive(Clone, Copy)]
pub struct NegationHints<'a> {
    /// Spans of entities of the query: a negation in front of one negates all of it and nothing else, and inside one
    /// ("No Boundaries") there is none.
    pub entities: &'a [(usize, usize)],
    /// Whether the shop's own words have a phrase (folded) such as `no pull` as a name of products.
    pub is_product_phrase: &'a dyn Fn(&str) -> bool,
}

impl Default for NegationHints<'_> {
    fn default() -> Self {
        Self { entities: &[], is_product_phrase: &|_| false }
    }
}

/// More negations than these in one query are left aside.
const NEGATIONS_MAX: usize = 16;
/// A query is read up to here.
const UNITS_MAX: usize = 2_000;

/// The negations of `query`, in order; their spans do not overlap.
pub fn negations(query: &str, hints: &NegationHints<'_>) -> Vec<Negation> {
    let phrase = Phrase::new(query);
    let reader = Reader::new(&phrase, hints);
    let mut found = Vec::new();
    let mut at = 0;
    while at < reader.end && found.len() < NEGATIONS_MAX {
        let read = match phrase.units()[at].kind {
            _ if reader.is_inside_entity(at) => None,
            _ if reader.is_minus(at) => reader.minus(at),
            UnitKind::Letters => reader.english(at),
            UnitKind::Han => reader.chinese(at),
            _ => None,
        };
        match read {
            Some(read) => {
                let end = read.iter().map(|part| part.scope.end.max(part.cue.end)).max().unwrap_or(at + 1);
                found.extend(read.iter().map(|part| part.negation(&phrase)));
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found.truncate(NEGATIONS_MAX);
    found
}

/// The query without its negated parts, for retrieval: what is not wanted must not attract. Empty where nothing else was
/// said.
pub fn positive_part(query: &str, negations: &[Negation]) -> String {
    let mut kept = String::with_capacity(query.len());
    let mut at = 0;
    let mut spans: Vec<(usize, usize)> = negations.iter().map(Negation::span).collect();
    spans.sort_unstable();
    for (from, to) in spans {
        kept.push_str(query.get(at..from.max(at)).unwrap_or_default());
        kept.push(' ');
        at = to.max(at);
    }
    kept.push_str(query.get(at..).unwrap_or_default());
    let is_left_over = |word: &&str| !matches!(*word, "-" | "的" | "，" | "," | "、" | "and" | "but" | "但" | "但是");
    let words: Vec<&str> = kept.split_whitespace().collect();
    match words.iter().any(is_left_over) {
        true => words.join(" ").trim_matches(['-', '，', ',', '、']).trim().to_owned(),
        false => String::new(),
    }
}

/// A negation in units.
struct Part {
    cue: Range<usize>,
    scope: Range<usize>,
    kind: NegationKind,
    confidence: f32,
}

impl Part {
    fn negation(&self, phrase: &Phrase) -> Negation {
        let scope = phrase.span(&self.scope);
        let cue = match self.kind {
            NegationKind::Minus => phrase.span_before(self.scope.start),
            _ => phrase.span(&self.cue),
        };
        Negation { cue, scope, kind: self.kind, confidence: self.confidence }
    }
}

/// A query with its entities, read from unit to unit.
struct Reader<'a> {
    phrase: &'a Phrase,
    hints: &'a NegationHints<'a>,
    entities: Vec<Range<usize>>,
    words: Vec<Range<usize>>,
    end: usize,
}

impl<'a> Reader<'a> {
    fn new(phrase: &'a Phrase, hints: &'a NegationHints<'a>) -> Self {
        let entities =
            hints.entities.iter().take(256).map(|span| phrase.within(*span)).filter(|units| !units.is_empty());
        Self {
            phrase,
            hints,
            entities: entities.collect(),
            words: phrase.word_ranges(),
            end: phrase.units().len().min(UNITS_MAX),
        }
    }

    /// The key of a unit; empty behind the end.
    fn key(&self, unit: usize) -> &str {
        if unit < self.end { self.phrase.key(&(unit..unit + 1)) } else { "" }
    }

    /// The unit as it is written, folded; empty behind the end.
    fn word(&self, unit: usize) -> &str {
        if unit < self.end { self.phrase.bare(&(unit..unit + 1)) } else { "" }
    }

    fn entity_at(&self, unit: usize) -> Option<Range<usize>> {
        let starting = self.entities.iter().filter(|entity| entity.start == unit);
        starting.max_by_key(|entity| entity.end).cloned()
    }

    /// Whether a cue here would be part of a longer name: "Listen Without Prejudice", "No Boundaries"; sellers have values
    /// such as "Without Lid", which are negations all the same.
    fn is_inside_entity(&self, unit: usize) -> bool {
        let begins = matches!(self.word(unit), "no" | "not" | "non");
        self.entities.iter().any(|entity| entity.contains(&unit) && entity.len() > 1 && (begins || entity.start < unit))
    }

    /// Whether a minus sign stands right before a word, with a blank or nothing before it: `-leather`, not `t-shirt`,
    /// `a - b` or `-20`.
    fn is_minus(&self, unit: usize) -> bool {
        let Some(before) = self.phrase.gap_before(unit).strip_suffix('-') else { return false };
        let kind = self.phrase.units()[unit].kind;
        // In Chinese, a dash at the beginning is a slip for 一.
        let is_first = unit == 0 && before.is_empty() && kind == UnitKind::Letters;
        kind != UnitKind::Number && (is_first || before.ends_with(char::is_whitespace))
    }

    fn minus(&self, at: usize) -> Option<Vec<Part>> {
        let scope = self.entity_at(at).unwrap_or_else(|| self.hyphenated(at));
        let confidence = if at == 0 { 0.6 } else { 0.95 };
        Some(vec![Part { cue: scope.clone(), scope, kind: NegationKind::Minus, confidence }])
    }

    /// The word at a unit, with what is joined to it; of Chinese, all up to the next blank.
    fn hyphenated(&self, at: usize) -> Range<usize> {
        let mut end = at + 1;
        while end < self.end && self.phrase.gap_after(end - 1).chars().all(|c| matches!(c, '-' | '\'' | '.')) {
            end += 1;
        }
        at..end
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str, entities: &[&str]) -> Vec<Negation> {
        let spans: Vec<(usize, usize)> = entities
            .iter()
            .map(|part| {
                let at = query.find(part).unwrap();
                (at, at + part.len())
            })
            .collect();
        let is_product_phrase = |phrase: &str| phrase == "no wire";
        negations(query, &NegationHints { entities: &spans, is_product_phrase: &is_product_phrase })
    }

    fn check(query: &str, entities: &[&str], expected: &Expect) {
        let found = read(query, entities);
        let show = |n: &Negation| format!("{}[{}]", &query[n.cue.0..n.cue.1], &query[n.scope.0..n.scope.1]);
        let list = found.iter().map(show).collect::<Vec<_>>().join(" ");
        expected.assert_eq(&format!("{list} / {}", positive_part(query, &found)));
    }

    #[test]
    fn english() {
        check("cookies without sugar", &[], &expect!["without[sugar] / cookies"]);
        check("Jacket -leather black", &[], &expect!["-[leather] / Jacket black"]);
        check("shirt no logo", &[], &expect!["no[logo] / shirt"]);
        check("no logo shirt", &[], &expect!["no[logo] / shirt"]);
        check("not red leather shoes", &["red", "leather"], &expect!["not[red] / leather shoes"]);
        check("tortillas without soybean oil for kids", &[], &expect!["without[soybean oil] / tortillas for kids"]);
        check("soup w/o salt, garlic or onion", &[], &expect!["w/o[salt] w/o[garlic] w/o[onion] / soup"]);
        check("chair with no wheels", &[], &expect!["with no[wheels] / chair"]);
        check("earrings except made of gold", &[], &expect!["except[gold] / earrings"]);
        check("non-leather boots", &["leather"], &expect!["non[leather] / boots"]);
        check("i don’t want plastic toys", &["plastic"], &expect!["don’t want[plastic] / i toys"]);
    }

    #[test]
    fn product_words_are_no_negations() {
        for query in [
            "no-show socks",
            "non-stick pan",
            "non stick pan",
            "sugar free gum",
            "sugar-free",
            "no pull harness",
            "no 5 perfume",
            "t-shirt",
            "a - b",
            "sleeping bag -20",
            "one for whom food is not enough",
            "not your mother's shampoo",
            "no wire bra",
            "without",
            "-",
            "no",
            "wireless",
            "seamless bra",
            "无糖酸奶",
            "无线耳机",
            "不锈钢锅",
            "不粘锅",
            "非洲鼓",
            "非常好吃的零食",
            "有没有红色的裙子",
            "要不要买",
            "除湿机",
            "免洗洗手液",
            "不掉色",
            "不要",
        ] {
            assert_eq!(read(query, &[]), [], "{query}");
        }
        assert_eq!(read("No Boundaries jeans", &["No Boundaries"]), []);
    }

    #[test]
    fn chinese() {
        check("女包 不要皮的", &[], &expect!["不要[皮] / 女包 的"]);
        check("不要皮的女包", &[], &expect!["不要[皮] / 的女包"]);
        check("不含酒精的洗手液", &[], &expect!["不含[酒精] / 的洗手液"]);
        check("不要红色和黑色的裙子", &["红色", "黑色"], &expect!["不要[红色] 不要[黑色] / 的裙子"]);
        check("除了红色以外的裙子", &["红色"], &expect!["除了[红色] / 以外的裙子"]);
        check("除红色外的裙子", &[], &expect!["除[红色] / 外的裙子"]);
        check("裙子 红色除外", &["红色"], &expect!["除外[红色] / 裙子"]);
        check("耳机 有线的不要", &[], &expect!["不要[有线] / 耳机"]);
        check("T恤 不要logo", &[], &expect!["不要[logo] / T恤"]);
        check("没有拉链的卫衣", &[], &expect!["没有[拉链] / 的卫衣"]);
        check("不帶鋼圈的內衣", &[], &expect!["不帶[鋼圈] / 的內衣"]);
        check("非皮质的鞋", &[], &expect!["非[皮质] / 的鞋"]);
        check("不加绒打底裤", &[], &expect!["不加[绒] / 打底裤"]);
        check("电动扳手不带电池", &[], &expect!["不带[电池] / 电动扳手"]);
        check("我要买花椒不是麻椒", &[], &expect!["不是[麻椒] / 我要买花椒"]);
        check("外套 -皮", &[], &expect!["-[皮] / 外套"]);
    }

    #[test]
    fn nothing_but_negations_leaves_nothing() {
        assert_eq!(positive_part("-leather", &read("-leather", &[])), "");
        assert_eq!(positive_part("red", &[]), "red");
    }

    #[test]
    fn hostile_queries_are_bounded() {
        for part in ["no ", "不要", "without a, ", "-x ", "除", "的不要", "-"] {
            let query = part.repeat(40_000 / part.len());
            assert!(read(&query, &[]).len() <= NEGATIONS_MAX, "{part}");
        }
    }

    proptest! {
        #[test]
        fn negations_of_any_text_are_sound(query in "(no |not |without |-|, |or |and |[a-z]{1,3} |不要|除了|除外|以外|的|非|[红皮é\u{301}]|\u{200b}){0,30}") {
            let found = read(&query, &[]);
            for negation in &found {
                for (from, to) in [negation.cue, negation.scope] {
                    prop_assert!(from < to && query.get(from..to).is_some(), "{negation:?}");
                }
                prop_assert!((0.0..=1.0).contains(&negation.confidence));
            }
            positive_part(&query, &found);
        }
    }
}
