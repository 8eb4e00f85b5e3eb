use std::sync::Arc;

use super::aspects::Aspects;
use super::clause::{Range, clauses};
use super::lexicon::{Own, Said, lexicon};
use super::opinion::{Aspect, Clause, Opinion, Reading};
use super::unit::Units;

/// How likely a text is positive, 0 to 1, by a trained network.
pub trait Polarity {
    /// Judges a whole review or one of its clauses.
    fn positive(&self, text: &str) -> f32;
}

impl<F: Fn(&str) -> f32> Polarity for F {
    fn positive(&self, text: &str) -> f32 {
        self(text)
    }
}

/// Reads reviews. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader {
    aspects: Aspects,
    own: Arc<Own>,
}

/// Words for an aspect: their first unit, the one behind, and which.
type Mention = (usize, usize, usize);

/// A modifier holds for opinions that begin at most so many units behind it.
const REACH_WORDS: usize = 3;
const REACH_HAN: usize = 4;
/// Of what a clause behind "but" says, and of what others say.
const CONTRAST_FACTOR: f32 = 1.3;
/// A question asks more often in anger than in praise.
const QUESTION_SCORE: f32 = -0.4;
/// From scores to log-odds: P(positive) = 1 / (1 + exp(-(offset + scale · sum / √n))), fitted on reviews of either kind.
const SCALE: f32 = 1.0;
const OFFSET: f32 = 0.0;

impl Default for Reader {
    fn default() -> Self {
        Self::new(Aspects::of_shops())
    }
}

impl Reader {
    /// A reader that looks for these aspects or topics.
    pub fn new(aspects: Aspects) -> Self {
        Self { aspects, own: Arc::default() }
    }

    /// Reads words of another domain as praise or blame too: each with its weight, above 0 for praise, below for blame, as
    /// `1` for "good" and `-1` for "bad". They come before what is known of the same words.
    #[must_use]
    pub fn with_opinions<'a>(mut self, opinions: impl IntoIterator<Item = (f32, &'a str)>) -> Self {
        self.own = Arc::new(Own::new(opinions));
        self
    }

    /// The aspects that a text names, praised, blamed or neither, each once, in order: with the bytes of the clause that names it first.
    pub fn mentioned(&self, text: &str) -> Vec<(Arc<str>, (usize, usize))> {
        let units = Units::new(text);
        let mut found: Vec<(usize, (usize, usize))> = Vec::new();
        for range in clauses(&units) {
            for (_, _, aspect) in self.mentions(&units, range) {
                if found.iter().all(|(known, _)| *known != aspect) {
                    found.push((aspect, units.span(range.start, range.end)));
                }
            }
        }
        found.into_iter().map(|(aspect, span)| (self.aspects.name(aspect), span)).collect()
    }

    /// Reads by the lexicon alone.
    pub fn read(&self, text: &str) -> Reading {
        let units = Units::new(text);
        let clauses: Vec<(Clause, Range)> =
            clauses(&units).into_iter().map(|range| (self.clause(&units, range), range)).collect();
        let (mut sum, mut count) = (0.0f32, 0usize);
        for (clause, range) in &clauses {
            let factor = if range.is_contrast { CONTRAST_FACTOR } else { 1.0 };
            sum += factor * clause.score + if range.is_question { QUESTION_SCORE } else { 0.0 };
            count += clause.opinions.len();
        }
        let evidence = sum / (count.max(1) as f32).sqrt();
        let positive = chance(evidence);
        let clauses: Vec<Clause> = clauses.into_iter().map(|(clause, _)| clause).collect();
        let aspects = self.aspects_of(&clauses, |clause| chance(clause.score));
        Reading { positive, confidence: (2.0 * positive - 1.0).abs(), clauses, aspects }
    }

    /// Reads with a trained network: the review and each aspect's clauses are judged by it, which clauses speak of what is
    /// found by the lexicon. Clauses are judged only where they speak of an aspect.
    pub fn read_with(&self, text: &str, polarity: &dyn Polarity) -> Reading {
        let mut reading = self.read(text);
        reading.positive = polarity.positive(text).clamp(0.0, 1.0);
        reading.confidence = (2.0 * reading.positive - 1.0).abs();
        reading.aspects = self.aspects_of(&reading.clauses, |clause| {
            text.get(clause.span.0..clause.span.1).map_or(0.5, |clause| polarity.positive(clause).clamp(0.0, 1.0))
        });
        reading
    }

    fn clause(&self, units: &Units, range: Range) -> Clause {
        let mentions = self.mentions(units, range);
        let mut opinions: Vec<Opinion> = Vec::new();
        let mut modifiers: Vec<(usize, f32)> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            // "大小" names a size and is neither too large nor too small.
            let is_name =
                |end: usize| mentions.iter().any(|(from, to, _)| *from <= at && end <= *to && end - at < to - from);
            let said = self.own.longer(lexicon().opinion(units, at, range.end), units, at, range.end);
            let said = said.filter(|(end, _)| !is_name(*end));
            let modifier = lexicon().modifier(units, at, range.end);
            match (said, modifier) {
                // Of equally long phrases the opinion: "不好" is one, though it begins with a negation.
                (Some((end, said)), modifier) if modifier.is_none_or(|(other, _)| end >= other) => {
                    let nearest = nearest(&mentions, at);
                    if let Some((said, mention)) = self.meant(said, nearest) {
                        let factor = factor(units, &mut modifiers, at);
                        let name = said.aspect.and_then(|name| self.aspects.id(name)).or(mention.map(|found| found.2));
                        opinions.push(Opinion {
                            span: units.span(at, end),
                            score: said.weight * factor,
                            aspect: name.map(|id| self.aspects.name(id)),
                            named_at: mention.map(|(from, to, _)| units.span(from, to)),
                        });
                    }
                    at = end;
                }
                (_, Some((end, factor))) => {
                    modifiers.push((end, factor));
                    at = end;
                }
                _ => at += 1,
            }
        }
        let score = opinions.iter().map(|opinion| opinion.score).sum();
        Clause { span: units.span(range.start, range.end), score, opinions }
    }

    /// What a phrase says where the nearest aspect is this one.
    fn meant<'a>(&self, said: &'a [Said], mention: Option<Mention>) -> Option<(&'a Said, Option<Mention>)> {
        let is_there = |said: &&Said| {
            let id = said.aspect.and_then(|name| self.aspects.id(name));
            said.only_there && id.is_some() && id == mention.map(|found| found.2)
        };
        let said = said.iter().find(is_there).or_else(|| said.iter().find(|said| !said.only_there))?;
        let own = said.aspect.and_then(|name| self.aspects.id(name));
        Some((said, mention.filter(|found| own.is_none_or(|own| own == found.2))))
    }

    fn mentions(&self, units: &Units, range: Range) -> Vec<Mention> {
        let (mut mentions, mut at) = (Vec::new(), range.start);
        while at < range.end {
            match self.aspects.mention(units, at, range.end) {
                Some((end, aspect)) => {
                    mentions.push((at, end, aspect));
                    at = end;
                }
                None => at += 1,
            }
        }
        mentions
    }

    /// What is said of each aspect, by the opinions about it.
    fn aspects_of(&self, clauses: &[Clause], positive: impl Fn(&Clause) -> f32) -> Vec<Aspect> {
        let mut found: Vec<(Arc<str>, f32, f32, Aspect)> = Vec::new();
        for clause in clauses {
            let mut names: Vec<&Arc<str>> =
                clause.opinions.iter().filter_map(|opinion| opinion.aspect.as_ref()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let own = clause.opinions.iter().filter(|opinion| opinion.aspect.as_ref() == Some(name));
                let strength = own.map(|opinion| opinion.score).sum::<f32>().abs();
                let positive = positive(clause);
                match found.iter_mut().find(|known| known.0 == *name) {
                    Some(known) => {
                        known.3.mentions += 1;
                        known.2 += positive;
                        if strength > known.1 {
                            (known.1, known.3.evidence) = (strength, clause.span);
                        }
                    }
                    None => {
                        let aspect = Aspect { name: name.clone(), positive, evidence: clause.span, mentions: 1 };
                        found.push((name.clone(), strength, positive, aspect));
                    }
                }
            }
        }
        let mut aspects: Vec<Aspect> = found
            .into_iter()
            .map(|(_, _, sum, aspect)| Aspect { positive: sum / aspect.mentions as f32, ..aspect })
            .collect();
        aspects.sort_by_key(|aspect| std::cmp::Reverse(aspect.mentions));
        aspects
    }
}

/// What the modifiers within reach make of an opinion that begins at `at`; they are used up.
fn factor(units: &Units, modifiers: &mut Vec<(usize, f32)>, at: usize) -> f32 {
    let reach = if units.get(at).is_han { REACH_HAN } else { REACH_WORDS };
    let (mut strength, mut negated) = (1.0f32, false);
    for (end, factor) in modifiers.drain(..) {
        match at - end <= reach {
            true if factor < 0.0 => negated = !negated,
            true => strength *= factor,
            false => {}
        }
    }
    if negated { -0.8 * strength.min(1.0) } else { strength.clamp(0.4, 2.0) }
}

/// The mention nearest to a unit, the earlier one of two.
fn nearest(mentions: &[Mention], at: usize) -> Option<Mention> {
    let distance = |(from, to, _): &Mention| if *from > at { from - at } else { (at + 1).saturating_sub(*to) };
    mentions.iter().copied().min_by_key(distance)
}

fn chance(evidence: f32) -> f32 {
    1.0 / (1.0 + (-(OFFSET + SCALE * evidence)).exp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Aspects as `name+` or `name-`, with the clause as it is quoted.
    fn read(text: &str) -> String {
        let show = |aspect: &Aspect| {
            let sign = if aspect.positive > 0.5 { '+' } else { '-' };
            format!("{}{sign} `{}`", aspect.name, &text[aspect.evidence.0..aspect.evidence.1])
        };
        Reader::default().read(text).aspects.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn aspects_in_english() {
        assert_eq!(
            read("The fabric is really soft and nice, but shipping was very slow. Too small for me!"),
            "quality+ `The fabric is really soft and nice` delivery- `but shipping was very slow` size- `Too small for me`"
        );
        assert_eq!(read("Price is not high"), "price+ `Price is not high`");
        assert_eq!(read("the staff was not helpful at all"), "service- `the staff was not helpful at all`");
    }

    #[test]
    fn aspects_in_chinese() {
        assert_eq!(
            read("质量很好，就是物流太慢了。客服态度差，價格不高"),
            "quality+ `质量很好` delivery- `就是物流太慢了` service- `客服态度差` price+ `價格不高`"
        );
        assert_eq!(read("尺码偏小"), "size- `尺码偏小`");
        assert_eq!(read("大小合适"), "size+ `大小合适`");
    }

    #[test]
    fn documents() {
        let positive = |text: &str| Reader::default().read(text).positive;
        for text in [
            "Great product, works perfectly",
            "很好，非常满意，还会再来",
            "没有问题，不贵",
            "I can't complain, love it",
        ] {
            assert!(positive(text) > 0.6, "{text}: {}", positive(text));
        }
        for text in ["Terrible, broke after a week", "太差了，不会再买", "not good", "一点都不好用", "质量不行"]
        {
            assert!(positive(text) < 0.4, "{text}: {}", positive(text));
        }
        assert_eq!(positive("!!!"), 0.5);
    }

    #[test]
    fn a_network_takes_over_where_one_is_given() {
        let polarity = |text: &str| if text.contains("soft") { 0.9 } else { 0.1 };
        let reading = Reader::default().read_with("Fabric is soft and nice. Bad service.", &polarity);
        let of = |name: &str| reading.aspects.iter().find(|aspect| &*aspect.name == name).map(|aspect| aspect.positive);
        assert_eq!((of("quality"), of("service"), reading.positive), (Some(0.9), Some(0.1), 0.9));
    }

    #[test]
    fn other_domains_bring_their_own_topics() {
        let reader =
            Reader::new(Aspects::new([("利率", vec!["加息", "利率"]), ("earnings", vec!["profit", "earnings"])]));
        let reading = reader.read("Profit was disappointing. 加息的影响非常糟糕");
        let names: Vec<(&str, bool)> =
            reading.aspects.iter().map(|aspect| (&*aspect.name, aspect.positive > 0.5)).collect();
        assert_eq!(names, [("earnings", false), ("利率", false)]);
    }

    #[test]
    fn other_domains_bring_their_own_praise_and_blame() {
        let reader = Reader::new(Aspects::new([("shares", vec!["shares", "股价"])]));
        assert_eq!(reader.read("Shares plunge as 股价暴跌").aspects, []);
        assert_eq!(reader.mentioned("Shares plunge").len(), 1);
        let reader = reader.with_opinions([(-1.5, "plunge"), (-1.5, "暴跌"), (1.5, "soar")]);
        let positive = |text: &str| reader.read(text).positive;
        assert!(positive("Shares plunge") < 0.3 && positive("股价暴跌") < 0.3 && positive("Shares soar") > 0.7);
        assert!(positive("股价没有暴跌") > 0.5, "what negates words negates these too");
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_quoted(text in any::<String>()) {
            let reading = Reader::default().read(&text);
            for (_, (from, to)) in Reader::default().mentioned(&text) {
                prop_assert!(text.get(from..to).is_some());
            }
            prop_assert!((0.0..=1.0).contains(&reading.positive));
            for clause in &reading.clauses {
                prop_assert!(text.get(clause.span.0..clause.span.1).is_some());
            }
        }
    }
}
