use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::Rule;
use super::rule::{NUMBER, NUMBER_KEY, key_of};
use crate::phrase::{Phrase, UnitKind};

/// How far rules go, so that no set of rules makes a query explode.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SynonymOptions {
    /// What a synonym counts beside the words themselves, which count 1; each further step multiplies it again.
    pub weight: f32,
    /// How many rules may follow one another; 1: what a rule adds is not looked up again.
    pub steps_max: usize,
    /// So many alternatives of one span at most.
    pub alternatives_max: usize,
    /// So many spans of a query at most.
    pub expansions_max: usize,
    /// So many rules are taken at most.
    pub rules_max: usize,
}

impl Default for SynonymOptions {
    fn default() -> Self {
        Self { weight: 0.8, steps_max: 1, alternatives_max: 16, expansions_max: 32, rules_max: 100_000 }
    }
}

/// A shop's rules, ready to be looked up. Immutable and cheap to clone.
#[derive(Clone)]
pub struct SynonymSet {
    inner: Arc<Inner>,
}

struct Inner {
    options: SynonymOptions,
    rules: Vec<Rule>,
    /// By key: the rules that have it on their left side.
    by_key: HashMap<String, Vec<usize>>,
    units_max: usize,
    cut: Option<Cut>,
}

/// What rules add to a query.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Applied {
    /// Spans with what else they may be searched as, in order, without overlaps.
    pub expansions: Vec<Expansion>,
    /// What was left out for being too much.
    pub cut: Vec<Cut>,
}

/// A span of a query with what else it may be searched as.
#[derive(Clone, PartialEq, Debug)]
pub struct Expansion {
    /// The bytes of the query.
    pub span: (usize, usize),
    /// The best first.
    pub alternatives: Vec<Alternative>,
}

/// Other words for a span.
#[derive(Clone, PartialEq, Debug)]
pub struct Alternative {
    /// The words.
    pub text: String,
    /// What they count, less than 1.
    pub weight: f32,
    /// The rules that led to them, as numbers into [`SynonymSet::rules`], in order.
    pub rules: Vec<usize>,
}

/// Something left out for being too much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// Rules beyond [`SynonymOptions::rules_max`].
    Rules {
        /// How many were taken.
        taken: usize,
        /// How many there were.
        of: usize,
    },
    /// Alternatives of a span beyond [`SynonymOptions::alternatives_max`].
    Alternatives {
        /// The span.
        span: (usize, usize),
        /// How many were taken.
        taken: usize,
    },
    /// Spans beyond [`SynonymOptions::expansions_max`].
    Expansions {
        /// How many were taken.
        taken: usize,
    },
}

impl SynonymSet {
    /// A set of rules; what was too much is told by [`SynonymSet::cut`].
    pub fn new(rules: impl IntoIterator<Item = Rule>, options: SynonymOptions) -> Self {
        let mut rules: Vec<Rule> = rules.into_iter().collect();
        let of = rules.len();
        rules.truncate(options.rules_max);
        let cut = (rules.len() < of).then_some(Cut::Rules { taken: rules.len(), of });
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        let mut units_max = 0;
        for (index, rule) in rules.iter().enumerate() {
            for phrase in rule.from() {
                let (key, units) = key_of(phrase);
                units_max = units_max.max(units);
                let known = by_key.entry(key).or_default();
                if !known.contains(&index) {
                    known.push(index);
                }
            }
        }
        Self { inner: Arc::new(Inner { options, rules, by_key, units_max, cut }) }
    }

    /// The rules, as [`Alternative::rules`] numbers them.
    pub fn rules(&self) -> &[Rule] {
        &self.inner.rules
    }

    /// What of the rules was left out for being too much.
    pub fn cut(&self) -> Option<Cut> {
        self.inner.cut
    }

    /// What the rules add to `query`: of phrases that begin at the same place the longest, from left to right.
    pub fn apply(&self, query: &str) -> Applied {
        /// A query is read up to here.
        const UNITS_MAX: usize = 2_000;
        let phrase = Phrase::new(query);
        let end = phrase.units().len().min(UNITS_MAX);
        let mut applied = Applied::default();
        let mut at = 0;
        while at < end {
            let Some((range, found)) = self.longest_at(&phrase, at, end) else {
                at += 1;
                continue;
            };
            at = range.end;
            let span = phrase.span(&range);
            let (alternatives, is_cut) = self.alternatives(&phrase, &range, found);
            if alternatives.is_empty() {
                continue;
            }
            if applied.expansions.len() >= self.inner.options.expansions_max {
                applied.cut.push(Cut::Expansions { taken: applied.expansions.len() });
                break;
            }
            if is_cut {
                applied.cut.push(Cut::Alternatives { span, taken: alternatives.len() });
            }
            applied.expansions.push(Expansion { span, alternatives });
        }
        applied
    }

    fn longest_at(&self, phrase: &Phrase, at: usize, end: usize) -> Option<(Range<usize>, &[usize])> {
        let units = phrase.units();
        if !units[at].begins && units[at].kind != UnitKind::Han {
            return None;
        }
        // A phrase may be written in more or fewer words than the rule has it.
        let longest = end.min(at + self.inner.units_max + 1);
        (at + 1..=longest).rev().find_map(|stop| {
            let range = at..stop;
            let is_han = units[at].kind == UnitKind::Han || units[stop - 1].kind == UnitKind::Han;
            // A single Chinese character inside a word is not the word.
            let is_sound = phrase.is_cut(&range) || (is_han && range.len() > 1);
            if !is_sound {
                return None;
            }
            let exact = self.inner.by_key.get(phrase.key(&range));
            let found = exact.or_else(|| self.inner.by_key.get(&template(phrase, &range)?))?;
            Some((range, found.as_slice()))
        })
    }

    /// What the rules lead to from a span, in so many steps; whether there was more.
    fn alternatives(&self, phrase: &Phrase, range: &Range<usize>, found: &[usize]) -> (Vec<Alternative>, bool) {
        let Inner { options, rules, by_key, .. } = &*self.inner;
        let weight = if options.weight.is_finite() { options.weight.clamp(0.0, 0.99) } else { 0.0 };
        let numbers: Vec<&str> = range
            .clone()
            .filter(|unit| phrase.units()[*unit].kind == UnitKind::Number)
            .map(|unit| phrase.bare(&(unit..unit + 1)))
            .collect();
        let mut seen = vec![phrase.key(range).to_owned()];
        seen.extend(template(phrase, range));
        let mut out: Vec<Alternative> = Vec::new();
        let mut front: Vec<(Vec<usize>, Vec<usize>)> = vec![(found.to_vec(), Vec::new())];
        for step in 1..=options.steps_max {
            let mut next = Vec::new();
            for (found, path) in front {
                for rule in found {
                    for text in rules[rule].to() {
                        let (key, _) = key_of(text);
                        if seen.contains(&key) {
                            continue;
                        }
                        if out.len() >= options.alternatives_max {
                            return (out, true);
                        }
                        let mut path = path.clone();
                        path.push(rule);
                        if let Some(further) = by_key.get(&key) {
                            next.push((further.clone(), path.clone()));
                        }
                        seen.push(key);
                        let weight = weight.powi(i32::try_from(step).unwrap_or(i32::MAX));
                        out.push(Alternative { text: filled(text, &numbers), weight, rules: path });
                    }
                }
            }
            front = next;
        }
        (out, false)
    }
}

/// The key of a row of units with its numbers left open; None where it has none.
fn template(phrase: &Phrase, range: &Range<usize>) -> Option<String> {
    let is_number = |unit: usize| phrase.units()[unit].kind == UnitKind::Number;
    if !range.clone().any(is_number) {
        return None;
    }
    let mut key = String::new();
    for unit in range.clone() {
        if is_number(unit) {
            key.push(NUMBER_KEY);
        } else {
            key.push_str(phrase.key(&(unit..unit + 1)));
        }
    }
    Some(key)
}

/// A phrase with numbers in their places.
fn filled(text: &str, numbers: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut numbers = numbers.iter();
    for (index, literal) in text.split(NUMBER).enumerate() {
        if index > 0 {
            out.push_str(numbers.next().unwrap_or(&NUMBER));
        }
        out.push_str(literal);
    }
    out
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cut::Rules { taken, of } => write!(f, "of {of} synonym rules the first {taken} are in use"),
            Cut::Alternatives { span, taken } => {
                write!(f, "bytes {}..{} have more synonyms than the {taken} in use", span.0, span.1)
            }
            Cut::Expansions { taken } => write!(f, "the query has synonyms in more places than the {taken} in use"),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    fn set(rules: &str, options: SynonymOptions) -> SynonymSet {
        SynonymSet::new(parse(rules).unwrap().into_iter().map(|(_, rule)| rule), options)
    }

    fn check(rules: &str, query: &str, expected: &Expect) {
        let options = SynonymOptions { steps_max: 2, ..SynonymOptions::default() };
        let applied = set(rules, options).apply(query);
        let show = |expansion: &Expansion| {
            let list = expansion.alternatives.iter().map(|other| format!("{} {:.2}", other.text, other.weight));
            format!("{}: {}", &query[expansion.span.0..expansion.span.1], list.collect::<Vec<_>>().join(", "))
        };
        expected.assert_eq(&applied.expansions.iter().map(show).collect::<Vec<_>>().join("; "));
    }

    #[test]
    fn both_ways_and_one_way() {
        check("tee, t-shirt", "red T-Shirts", &expect!["T-Shirts: tee 0.80"]);
        check("tee, t-shirt", "red tees", &expect!["tees: t-shirt 0.80"]);
        check("ua => under armour", "ua pants", &expect!["ua: under armour 0.80"]);
        check("ua => under armour", "under armour pants", &expect![""]);
        check("tee, t-shirt", "steel teapot", &expect![""]);
    }

    #[test]
    fn chinese_without_blanks() {
        check("运动鞋, 球鞋, sneakers", "红色运动鞋男", &expect!["运动鞋: 球鞋 0.80, sneakers 0.80"]);
        check("运动鞋, sneakers", "運動鞋", &expect!["運動鞋: sneakers 0.80"]);
        check("包, 包包", "红色 包", &expect!["包: 包包 0.80"]);
        check("包, 包包", "面包", &expect![""]);
        check("手机壳 => phone case", "iphone手机壳", &expect!["手机壳: phone case 0.80"]);
    }

    #[test]
    fn numbers_stand_for_themselves() {
        let rules = "{number} inch, {number}寸, {number}\"";
        check("{number} inch, {number}寸", "15.6寸电脑包", &expect!["15.6寸: 15.6 inch 0.80"]);
        check("{number} inch, {number}寸", "55 inches tv", &expect!["55 inches: 55寸 0.80"]);
        assert!(parse(rules).is_err(), "a number alone is no phrase");
        check("{number} x {number}, {number} by {number}", "5 by 7 frame", &expect!["5 by 7: 5 x 7 0.80"]);
    }

    #[test]
    fn the_longest_wins() {
        check("case, box\nphone case, 手机壳", "phone case", &expect!["phone case: 手机壳 0.80"]);
    }

    #[test]
    fn cycles_end_and_explosions_are_cut() {
        check("a => b\nb => c\nc => a", "a", &expect!["a: b 0.80, c 0.64"]);
        let many: String = (0..200).map(|n| format!("shoe => word{n}x\n")).collect();
        let applied = set(&many, SynonymOptions::default()).apply("shoe");
        assert_eq!(applied.expansions[0].alternatives.len(), 16);
        assert_eq!(applied.cut, [Cut::Alternatives { span: (0, 4), taken: 16 }]);
        let applied = set("shoe, boot", SynonymOptions::default()).apply(&"shoe ".repeat(10_000));
        assert_eq!((applied.expansions.len(), applied.cut.len()), (32, 1));
        let few = set(&many, SynonymOptions { rules_max: 3, ..SynonymOptions::default() });
        assert_eq!(few.cut(), Some(Cut::Rules { taken: 3, of: 200 }));
    }

    proptest! {
        #[test]
        fn spans_are_sound_and_in_order(query in "(tee|shoes|寸|[0-9]{1,3}|[ -]|红|é|\u{200b}){0,30}") {
            let set = set("tee, t-shirt\nshoes, 鞋\n{number}寸, {number} inch\n红, red", SynonymOptions::default());
            let mut last = 0;
            for expansion in set.apply(&query).expansions {
                let (from, to) = expansion.span;
                prop_assert!(from >= last && from < to && query.get(from..to).is_some());
                let is_sound = |other: &Alternative| other.weight < 1.0 && !other.text.contains(NUMBER);
                prop_assert!(expansion.alternatives.iter().all(is_sound));
                last = to;
            }
        }
    }
}
