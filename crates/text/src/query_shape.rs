use types::Language;

use crate::chinese;
use crate::fold::Folded;
use crate::quantity::{begins_with_chinese_unit, is_unit};
use crate::segment::{Kind, is_joiner, segments};

/// What a query looks like, as evidence for how much words and how much meaning should count: article numbers and
/// quotations ask for the very words, wishes and questions for the meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueryShape {
    /// Words in it; a Chinese word counts as one.
    pub words: usize,
    /// Words that look like an article number: letters and digits mixed, or a long row of digits.
    pub article_numbers: usize,
    /// Sizes and numbers with a unit: `500ml`, `15.6寸`, `30x40`, `2 pack`.
    pub measures: usize,
    /// Whether part of it is put in quotation marks.
    pub quoted: bool,
    /// Words that tell a question or a wish rather than name a thing: `gift`, `how`, `怎么`, `适合`.
    pub wish_words: usize,
    /// The language it is in; a query with any Chinese is Chinese.
    pub language: Language,
    /// Whether Chinese and Latin letters stand side by side.
    pub mixed: bool,
}

impl QueryShape {
    /// Reads the shape of `query`.
    pub fn of(query: &str) -> Self {
        let folded = Folded::new(query);
        let text = &folded.text;
        let mut shape = Self { language: Language::guess(text), quoted: is_quoted(query), ..Self::default() };
        let (mut has_han, mut has_latin) = (false, false);
        for segment in segments(text) {
            let part = &text[segment.start..segment.end];
            match segment.kind {
                Kind::Han => {
                    has_han = true;
                    shape.words += chinese::dictionary().cut(part, false).len();
                    shape.wish_words += WISHES_ZH.iter().filter(|wish| part.contains(**wish)).count();
                }
                Kind::Unspaced => shape.words += 1,
                Kind::Word => {
                    let is_measure = shape.count_word(part, &text[segment.end..]);
                    has_latin |= !is_measure && part.bytes().any(|byte| byte.is_ascii_lowercase());
                }
            }
        }
        shape.mixed = has_han && has_latin;
        shape
    }

    /// Counts a word of letters and digits; tells whether it is a measure.
    fn count_word(&mut self, word: &str, rest: &str) -> bool {
        let is_measure = is_measure(word, rest);
        self.words += 1;
        self.wish_words += usize::from(WISHES_EN.contains(&word));
        self.measures += usize::from(is_measure);
        self.article_numbers += usize::from(!is_measure && is_article_number(word));
        is_measure
    }
}

/// Whether a word (folded) looks like an article number: `wh-1000xm4`, `rs2`, `00012345`, `195-50r13c`.
fn is_article_number(word: &str) -> bool {
    const DIGITS_ALONE_MIN: usize = 5;
    const MIXED_MIN: usize = 3;
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_lowercase).count();
    let is_ordinal = letters == 2 && ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end));
    let is_n_in_one = word.split('-').nth(1) == Some("in");
    match (digits, letters) {
        (0, _) => false,
        (_, 0) => digits >= DIGITS_ALONE_MIN && !word.contains([',', '.', '/']),
        _ => digits + letters >= MIXED_MIN && !is_ordinal && !is_n_in_one,
    }
}

/// Whether a word (folded) is a number with its unit in it or at the beginning of `rest`, or a size such as `30x40`.
fn is_measure(word: &str, rest: &str) -> bool {
    let number_end = word.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '/')).unwrap_or(word.len());
    if number_end == 0 || !word.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let unit = word[number_end..].trim_start_matches(is_joiner);
    if !unit.is_empty() {
        return is_unit(unit) || is_size(word);
    }
    let rest = rest.trim_start();
    let next = rest.find(|c: char| !c.is_ascii_lowercase()).map_or(rest, |end| &rest[..end]);
    is_unit(next) || rest.starts_with(['码', '块']) || begins_with_chinese_unit(rest)
}

/// Numbers with `x` between them: `30x40`, `5x7x2cm`.
fn is_size(word: &str) -> bool {
    let mut sides = word.split('x');
    let is_number = |side: &str| side.starts_with(|first: char| first.is_ascii_digit());
    sides.next().is_some_and(is_number) && word.contains('x') && sides.all(is_number)
}

/// Whether something stands between a pair of quotation marks; inch marks (`15"`) open none.
fn is_quoted(query: &str) -> bool {
    let pairs = [('"', '"'), ('“', '”'), ('「', '」'), ('『', '』'), ('＂', '＂')];
    pairs.iter().any(|(open, close)| {
        let opens = |at: usize| !query[..at].ends_with(|before: char| before.is_alphanumeric());
        let opened = query.match_indices(*open).find(|(at, _)| opens(*at));
        opened.is_some_and(|(at, mark)| query[at + mark.len()..].find(*close).is_some_and(|length| length > 0))
    })
}

const WISHES_EN: &[&str] = &[
    "best",
    "can",
    "cheap",
    "cheapest",
    "does",
    "gift",
    "gifts",
    "good",
    "how",
    "idea",
    "ideas",
    "looking",
    "need",
    "present",
    "presents",
    "recommend",
    "recommended",
    "should",
    "similar",
    "something",
    "stuff",
    "suggest",
    "things",
    "want",
    "what",
    "what's",
    "when",
    "where",
    "which",
    "who",
    "why",
];

const WISHES_ZH: &[&str] = &[
    "什么",
    "值得",
    "便宜",
    "可以",
    "哪个",
    "哪些",
    "哪款",
    "哪种",
    "多少",
    "好用",
    "如何",
    "平价",
    "怎么",
    "怎样",
    "想买",
    "想要",
    "推荐",
    "最好",
    "有没有",
    "求",
    "礼品",
    "礼物",
    "类似",
    "适合",
    "送",
    "吗",
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(query: &str, expected: &Expect) {
        let shape = QueryShape::of(query);
        let mut out = format!("{} {} words", shape.language.code(), shape.words);
        for (name, count) in
            [("article", shape.article_numbers), ("measure", shape.measures), ("wish", shape.wish_words)]
        {
            if count > 0 {
                out += &format!(", {name} {count}");
            }
        }
        for (name, holds) in [("quoted", shape.quoted), ("mixed", shape.mixed)] {
            if holds {
                out += &format!(", {name}");
            }
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn article_numbers() {
        check("sony wh-1000xm4", &expect!["en 2 words, article 1"]);
        check("ps5 controller 711719541486", &expect!["en 3 words, article 2"]);
        check("索尼 WH1000XM4 耳机", &expect!["zh 3 words, article 1, mixed"]);
        check("195-50r13c", &expect!["en 1 words, article 1"]);
        check("适用于rs2云台", &expect!["zh 4 words, article 1, mixed"]);
        check("1st 3-in-1 2024 1,000,000", &expect!["en 4 words"]);
    }

    #[test]
    fn measures() {
        check("shampoo 500ml 2 pack 3/4 inch 2xl", &expect!["en 7 words, article 1, measure 3"]);
        check("15.6寸电脑包 30x40 相框 ５００毫升", &expect!["zh 7 words, measure 3"]);
    }

    #[test]
    fn quotations() {
        check("\"the great gatsby\" book", &expect!["en 4 words, quoted"]);
        check("15\" laptop 17\" bag", &expect!["en 4 words"]);
        check("“小王子” 绘本", &expect!["zh 3 words, quoted"]);
        check("\"", &expect!["und 0 words"]);
    }

    #[test]
    fn wishes() {
        check("what is a good gift for dad", &expect!["en 7 words, wish 3"]);
        check("送女朋友什么礼物好", &expect!["zh 5 words, wish 3"]);
        check("适合夏天穿的鞋 推荐", &expect!["zh 6 words, wish 2"]);
        check("red dress", &expect!["en 2 words"]);
        check("", &expect!["und 0 words"]);
        check("🎁", &expect!["und 0 words"]);
    }
}
