//! Words of a query, cut by the general dictionary and by the shop's own words.

mod language;
mod latin;
mod lattice;

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::Language;

use crate::fold::Folded;
use crate::pinyin::PinyinIndex;
use crate::segment::{Kind, Segment, segments};
use lattice::{Evidence, WORD_MAX};

pub use latin::PinyinReading;
pub use lattice::Source;

/// Cuts queries into words, Chinese ones too, with the shop's own words (brands, product types, attribute values) as a
/// dictionary; reads Latin letters that are pinyin of the shop's words. Immutable, cheap to clone; built anew when the
/// catalogue changes.
///
/// ```
/// let segmenter = text::Segmenter::new([("蕉下", 12), ("防晒衣", 40)]);
/// let read = segmenter.read("蕉下防晒衣女", &|_| 0);
/// let words: Vec<&str> = read.words.iter().map(|word| word.text.as_str()).collect();
/// assert_eq!(words, ["蕉下", "防晒衣", "女"]);
/// ```
#[derive(Clone, Debug)]
pub struct Segmenter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    words: FxHashMap<Box<str>, u64>,
    total: u64,
    pinyin: PinyinIndex,
}

/// How a query was cut.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Segmented {
    /// The words, in order.
    pub words: Vec<Word>,
    /// Other likely words that overlap with those, where the cut is ambiguous.
    pub alternatives: Vec<Word>,
    /// What Latin letters of the query stand for as pinyin.
    pub pinyin: Vec<PinyinReading>,
    /// The language of the whole.
    pub language: Language,
    /// Whether Chinese words stand beside Latin ones.
    pub is_mixed: bool,
}

/// A word of a query.
#[derive(Clone, PartialEq, Debug)]
pub struct Word {
    /// The word in lower case, simplified, in plain width.
    pub text: String,
    /// Its bytes in the query.
    pub span: (usize, usize),
    /// What it is written in.
    pub script: Script,
    /// Where it is known from.
    pub source: Source,
    /// How often the shop's vocabulary has it.
    pub frequency: u64,
    /// The probability that the query is to be cut here, 0 to 1.
    pub confidence: f32,
}

/// What a word is written in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Script {
    /// Chinese characters.
    Han,
    /// Latin letters.
    Latin,
    /// Digits.
    Digits,
    /// Several of these: `iphone15`, `t恤`.
    Mixed,
    /// Another script.
    Other,
}

impl Script {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Han => "han",
            Self::Latin => "latin",
            Self::Digits => "digits",
            Self::Mixed => "mixed",
            Self::Other => "other",
        }
    }
}

/// Words of several scripts that every shop with Chinese texts may have.
const MIXED_WORDS: &[&str] = &[
    "t恤",
    "polo衫",
    "u盘",
    "u型枕",
    "bb霜",
    "cc霜",
    "k金",
    "v领",
    "a字裙",
    "5g手机",
    "3d眼镜",
    "vr眼镜",
    "usb线",
    "led灯",
    "pp棉",
    "pu皮",
    "ps板",
    "pvc管",
    "c型",
    "hdmi线",
    "sd卡",
    "tf卡",
    "sim卡",
    "ups电源",
    "x光片",
];
impl Segmenter {
    /// Keeps the shop's words with how often it has them (for example in how many items).
    pub fn new<S: AsRef<str>>(words: impl IntoIterator<Item = (S, u64)>) -> Self {
        let mut known: FxHashMap<Box<str>, u64> = FxHashMap::default();
        for (word, frequency) in words {
            let folded = Folded::new(word.as_ref()).text;
            let word = folded.trim();
            if !word.is_empty() && word.chars().count() <= WORD_MAX {
                let entry = known.entry(word.into()).or_default();
                *entry = entry.saturating_add(frequency);
            }
        }
        let total = known.values().fold(0, |total: u64, frequency| total.saturating_add(*frequency));
        let pinyin = PinyinIndex::new(known.iter().map(|(word, frequency)| (word, *frequency)));
        Self(Arc::new(Inner { words: known, total, pinyin }))
    }

    /// The shop's words by pinyin.
    pub fn pinyin(&self) -> &PinyinIndex {
        &self.0.pinyin
    }

    /// Cuts `query`. `in_texts` says in how many of the shop's items a word is, and decides between cuts; it is asked
    /// for no more than a few dozen words.
    pub fn read(&self, query: &str, in_texts: &dyn Fn(&str) -> u64) -> Segmented {
        let folded = Folded::new(query);
        let evidence = Shop { inner: &self.0, in_texts };
        let mut read = Segmented::default();
        for segment in segments(&folded.text) {
            self.read_segment(&folded.text, segment, &evidence, &mut read);
        }
        read.words = self.joined(&folded.text, std::mem::take(&mut read.words));
        read.pinyin = latin::readings(&self.0.pinyin, &read.words, in_texts);
        let meant: Vec<(usize, usize)> =
            read.pinyin.iter().filter(|reading| reading.confidence >= 0.45).map(|reading| reading.span).collect();
        (read.language, read.is_mixed) = language::of(&read.words, &meant);
        let spans = read.words.iter_mut().chain(&mut read.alternatives).map(|word| &mut word.span);
        for span in spans.chain(read.pinyin.iter_mut().map(|reading| &mut reading.span)) {
            *span = folded.span(span.0, span.1);
        }
        read
    }

    fn read_segment(&self, text: &str, segment: Segment, evidence: &Shop<'_>, read: &mut Segmented) {
        let Segment { kind, start, end } = segment;
        let stretch = &text[start..end];
        if kind == Kind::Han {
            let (words, others) = lattice::cut(stretch, evidence);
            let word = |edge: lattice::Edge| Word {
                text: stretch[edge.start..edge.end].to_owned(),
                span: (start + edge.start, start + edge.end),
                script: Script::Han,
                source: edge.source,
                frequency: edge.frequency,
                confidence: edge.probability as f32,
            };
            read.words.extend(words.into_iter().map(word));
            read.alternatives.extend(others.into_iter().map(word));
            return;
        }
        let script = match kind {
            Kind::Word => script_of(stretch),
            Kind::Han | Kind::Unspaced => Script::Other,
        };
        read.words.push(self.word(stretch, (start, end), script));
    }

    fn word(&self, text: &str, span: (usize, usize), script: Script) -> Word {
        let frequency = self.0.words.get(text).copied();
        let source = if frequency.is_some() { Source::Shop } else { Source::Unknown };
        Word { text: text.to_owned(), span, script, source, frequency: frequency.unwrap_or_default(), confidence: 1.0 }
    }

    /// Joins neighbours of different scripts that are one word: `t恤`.
    fn joined(&self, text: &str, words: Vec<Word>) -> Vec<Word> {
        let mut joined: Vec<Word> = Vec::with_capacity(words.len());
        for word in words {
            if let Some(last) = joined.last().filter(|last| last.span.1 == word.span.0 && last.script != word.script) {
                let span = (last.span.0, word.span.1);
                let both = &text[span.0..span.1];
                if self.0.words.contains_key(both) || MIXED_WORDS.contains(&both) {
                    let whole = self.word(both, span, Script::Mixed);
                    joined.pop();
                    joined.push(whole);
                    continue;
                }
            }
            joined.push(word);
        }
        joined
    }
}

/// Why the word is thought to be one.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::Shop => write!(f, "{}: a word of the shop, {} times", self.text, self.frequency),
            Source::Dictionary => write!(f, "{}: a word of the dictionary", self.text),
            Source::Unknown => write!(f, "{}: {} letters", self.text, self.script.name()),
        }
    }
}

/// The shop as evidence for cuts.
struct Shop<'a> {
    inner: &'a Inner,
    in_texts: &'a dyn Fn(&str) -> u64,
}

impl Evidence for Shop<'_> {
    fn of_vocabulary(&self, word: &str) -> Option<u64> {
        self.inner.words.get(word).copied()
    }

    fn of_texts(&self, word: &str) -> u64 {
        (self.in_texts)(word)
    }

    fn total(&self) -> u64 {
        self.inner.total
    }
}

/// What a word of letters and digits is written in.
fn script_of(word: &str) -> Script {
    let digits = word.chars().any(|c| c.is_ascii_digit());
    let latin = word.chars().any(|c| c.is_ascii_lowercase());
    let other = word.chars().any(|c| c.is_alphanumeric() && !c.is_ascii());
    match (digits, latin, other) {
        (true, false, false) => Script::Digits,
        (false, true, false) => Script::Latin,
        (false, _, true) => Script::Other,
        _ => Script::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn segmenter() -> Segmenter {
        Segmenter::new([
            ("连衣裙", 120),
            ("手机壳", 80),
            ("手机", 200),
            ("红色", 300),
            ("女", 200),
            ("防晒衣", 40),
            ("蕉下", 12),
            ("三只松鼠", 9),
            ("蓝牙耳机", 70),
            ("iphone", 90),
            ("耐克", 50),
            ("门", 30),
            ("t恤", 60),
            ("乒乓球拍", 5),
        ])
    }

    fn check(query: &str, expected: &Expect) {
        let in_texts = |word: &str| match word {
            "nike" => 40,
            "拍卖" => 0,
            "球拍" => 30,
            _ => 0,
        };
        let read = segmenter().read(query, &in_texts);
        let words: Vec<&str> = read.words.iter().map(|word| &query[word.span.0..word.span.1]).collect();
        let pinyin: Vec<String> = read
            .pinyin
            .iter()
            .map(|reading| format!("{}={} {:.2}", reading.typed, reading.words.join(" "), reading.confidence))
            .collect();
        let mixed = if read.is_mixed { " mixed" } else { "" };
        expected.assert_eq(&format!("{} {}{mixed} [{}]", words.join("|"), read.language.code(), pinyin.join(", ")));
    }

    #[test]
    fn chinese_is_cut_by_the_shop_s_words() {
        check("红色连衣裙", &expect!["红色|连衣裙 zh []"]);
        check("蕉下防晒衣女", &expect!["蕉下|防晒衣|女 zh []"]);
        check("三只松鼠坚果", &expect!["三只松鼠|坚果 zh []"]);
        check("紅色連衣裙", &expect!["紅色|連衣裙 zh []"]);
        check("乒乓球拍卖", &expect!["乒乓球拍|卖 zh []"]);
    }

    #[test]
    fn mixed_queries() {
        check("iphone手机壳", &expect!["iphone|手机壳 zh mixed []"]);
        check("iPhone 15手机壳 500ml", &expect!["iPhone|15|手机壳|500ml zh mixed []"]);
        check("夏季T恤男", &expect!["夏季|T恤|男 zh []"]);
        check("华为p40手机", &expect!["华为|p40|手机 zh []"]);
        check("wh-1000xm4 men's t-shirt", &expect!["wh-1000xm4|men's|t-shirt en []"]);
        check("кроссовки nike", &expect!["кроссовки|nike und []"]);
        check("schuhe fur damen", &expect!["schuhe|fur|damen und []"]);
        check("", &expect![" und []"]);
    }

    #[test]
    fn letters_that_are_pinyin() {
        check("lianyiqun nv", &expect!["lianyiqun|nv zh [lianyiqun=连衣裙 0.93, nv=女 0.75]"]);
        check("lian yi qun", &expect!["lian|yi|qun zh [lianyiqun=连衣裙 0.93]"]);
        check("hongselianyiqun", &expect!["hongselianyiqun zh [hongselianyiqun=红色 连衣裙 0.88]"]);
        check("lyq", &expect!["lyq zh [lyq=连衣裙 0.49]"]);
        check("lanya erji", &expect!["lanya|erji zh [lanyaerji=蓝牙耳机 0.91]"]);
        check("soujike", &expect!["soujike zh [soujike=手机壳 0.68]"]);
        check("nike", &expect!["nike en []"]);
        check("red dress", &expect!["red|dress en []"]);
        check("women shoes", &expect!["women|shoes en []"]);
        check("men running shoes", &expect!["men|running|shoes en [men=门 0.02]"]);
        check("nv", &expect!["nv en [nv=女 0.45]"]);
        check("iphone shoujike", &expect!["iphone|shoujike zh mixed [shoujike=手机壳 0.92]"]);
        check("sj", &expect!["sj en [sj=手机 0.20]"]);
        check("sj 红色", &expect!["sj|红色 zh mixed [sj=手机 0.08]"]);
    }

    #[test]
    fn ambiguous_cuts_show_the_alternatives() {
        let read = segmenter().read("南京市长江大桥", &|_| 0);
        let words: Vec<String> =
            read.words.iter().map(|word| format!("{} {:.2}", word.text, word.confidence)).collect();
        let others: Vec<&str> = read.alternatives.iter().map(|word| word.text.as_str()).collect();
        expect!["南京市 1.00 长江大桥 1.00 / "].assert_eq(&format!("{} / {}", words.join(" "), others.join(" ")));
        // What the shop's texts say decides.
        let cut = |in_texts: &dyn Fn(&str) -> u64| -> Vec<String> {
            Segmenter::new([("南京", 1)])
                .read("乒乓球拍卖完了", in_texts)
                .words
                .into_iter()
                .map(|word| word.text)
                .collect()
        };
        assert_eq!(cut(&|word| if word == "球拍" || word == "乒乓" { 500 } else { 0 })[..2], ["乒乓", "球拍"]);
        assert_eq!(cut(&|word| if word == "拍卖" || word == "乒乓球" { 500 } else { 0 })[..2], ["乒乓球", "拍卖"]);
    }

    #[test]
    fn reasons_in_words() {
        let read = segmenter().read("蕉下 lyq", &|_| 0);
        assert_eq!(read.words[0].to_string(), "蕉下: a word of the shop, 12 times");
        assert_eq!(
            read.pinyin[0].to_string(),
            "lyq: first letters of pinyin of 连衣裙, 120 times in the shop, which does not have the letters themselves"
        );
    }

    #[test]
    fn long_and_odd_texts_take_linear_time() {
        let segmenter = segmenter();
        for part in ["红色连衣裙", "lian ", "xian", "a", "一", "a红", "!", "\u{200B}", "南京市长江大桥 "]
        {
            let text = part.repeat(60_000 / part.len());
            let read = segmenter.read(&text, &|_| 1);
            assert!(read.words.len() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn cuts_of_any_text_are_sound(text in "\\PC{0,40}|([a-z0-9é'-]|[红色连衣裙手机壳女南京市长江大桥]|[ｶﾞガ ]|t恤|lianyiqun){0,20}") {
            let read = segmenter().read(&text, &|word| word.len() as u64);
            let mut last = 0;
            for word in &read.words {
                prop_assert!(word.span.0 >= last && word.span.0 < word.span.1, "{:?}", word);
                last = word.span.0;
            }
            for word in read.words.iter().chain(&read.alternatives) {
                prop_assert!(text.get(word.span.0..word.span.1).is_some() && !word.text.is_empty());
                prop_assert!((0.0..=1.0).contains(&word.confidence), "{:?}", word);
            }
            for reading in &read.pinyin {
                prop_assert!(text.get(reading.span.0..reading.span.1).is_some());
                prop_assert!((0.0..=1.0).contains(&reading.confidence) && !reading.words.is_empty());
            }
        }
    }
}
