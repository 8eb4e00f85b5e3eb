use types::{Analyzer, Language, Token};

use crate::chinese;
use crate::fold::Folded;
use crate::segment::{Kind, Segment, segments};
use crate::variants::simplified;
use crate::word;

/// Turns text in any mixture of Chinese and English into terms; other languages by Unicode's rules alone. The language
/// a text is said to be in does not matter: titles mix languages, and both sides must be treated alike.
///
/// Every text is folded first (width, case, accents, traditional to simplified). Then
/// - an English word becomes its stem; one with joiners or with both digits and letters is indexed whole and in parts
///   (`wh-1000xm4`: `wh1000xm4`, `wh`, `1000xm4`, `1000`, `xm`, `4`);
/// - Chinese becomes its characters, their bigrams and the dictionary's words, so that an error in the segmentation
///   loses no match; queries leave out what measurements showed to be of no use there.
#[derive(Clone, Copy, Debug, Default)]
pub struct MixedAnalyzer;

/// The shortest barcodes have eight digits.
const BARCODE_DIGITS: usize = 8;

/// Which side a text is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Item,
    Query,
}

impl MixedAnalyzer {
    /// The analyzer. Chinese segmentation loads its dictionary (some .1 s) at the first Chinese text, once a process.
    pub fn new() -> Self {
        Self
    }

    /// Loads the dictionary now, so that the first text does not wait for it.
    pub fn warm_up(&self) {
        chinese::dictionary();
    }
}

impl Analyzer for MixedAnalyzer {
    fn version(&self) -> &str {
        "mixed-4"
    }

    fn analyze(&self, text: &str, _language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        terms(text, Side::Item, sink);
    }

    fn analyze_query(&self, text: &str, _language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        terms(text, Side::Query, sink);
    }

    fn words(&self, text: &str, sink: &mut dyn FnMut(&str, (usize, usize))) {
        let folded = Folded::new(text);
        for Segment { start, end, .. } in segments(&folded.text).filter(|segment| segment.kind == Kind::Word) {
            let segment = &folded.text[start..end];
            let whole: String = segment.chars().filter(|c| c.is_alphanumeric()).collect();
            sink(&whole, folded.span(start, end));
            if whole.len() == segment.len() {
                continue;
            }
            for part in segment.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
                let from = start + (part.as_ptr() as usize - segment.as_ptr() as usize);
                sink(part, folded.span(from, from + part.len()));
            }
        }
    }

    fn may_begin(&self, text: &str, is_sought: &dyn Fn(char, Option<char>) -> bool) -> bool {
        // The terms of a word begin with its first letters, or with the first of one of its parts.
        let begins = |at: usize| {
            let sort = |at: usize| text.as_bytes().get(at).map_or(Sort::Sign, |byte| Sort::of(*byte));
            let own = sort(at);
            if own == Sort::Sign || at.checked_sub(1).is_some_and(|before| sort(before) == own) {
                return false;
            }
            let letter = |at: usize| text.as_bytes()[at].to_ascii_lowercase();
            let two = (sort(at + 1) == own).then(|| [letter(at), letter(at + 1)]);
            let second = two.filter(|two| !word::CHANGING.contains(&two)).map(|[_, second]| char::from(second));
            is_sought(char::from(letter(at)), second)
        };
        if text.is_ascii() {
            return (0..text.len()).any(begins);
        }
        text.char_indices().any(|(at, character)| match character {
            '\0'..='\x7F' => begins(at),
            '\u{4E00}'..='\u{9FFF}' => is_sought(simplified(character), None),
            // It may fold to anything.
            _ => true,
        })
    }

    fn squash(&self, text: &str) -> String {
        let mut squashed = Folded::new(text).text;
        squashed.retain(char::is_alphanumeric);
        // The same article has a barcode of 12 digits in one list and of 13 or 14, filled up with zeros, in another.
        let is_barcode = squashed.len() >= BARCODE_DIGITS && squashed.bytes().all(|byte| byte.is_ascii_digit());
        if is_barcode { squashed.trim_start_matches('0').to_owned() } else { squashed }
    }
}

/// What parts of a word are told apart by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Letter,
    Digit,
    Sign,
}

impl Sort {
    fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Self::Letter,
            b'0'..=b'9' => Self::Digit,
            _ => Self::Sign,
        }
    }
}

fn terms(text: &str, side: Side, sink: &mut dyn FnMut(Token<'_>)) {
    let folded = Folded::new(text);
    let mut position = 0u32;
    for Segment { kind, start, end } in segments(&folded.text) {
        let segment = &folded.text[start..end];
        let mut emit = |term: &str, from: usize, to: usize, offset: u32| {
            let span = folded.span(start + from, start + to);
            sink(Token { term, span, position: position.saturating_add(offset) });
        };
        let places = match (kind, side) {
            (Kind::Word, _) => word::terms(segment, &mut emit),
            (Kind::Han, Side::Item) => chinese::item_terms(segment, &mut emit),
            (Kind::Han, Side::Query) => chinese::query_terms(segment, &mut emit),
            (Kind::Unspaced, _) => chinese::grams(segment, &mut emit),
        };
        position = position.saturating_add(places);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn list(text: &str, query: bool) -> String {
        let analyzer = MixedAnalyzer::new();
        let mut out = Vec::new();
        let mut sink = |token: Token<'_>| out.push(format!("{}@{}", token.term, token.position));
        match query {
            true => analyzer.analyze_query(text, Language::Other, &mut sink),
            false => analyzer.analyze(text, Language::Other, &mut sink),
        }
        out.join(" ")
    }

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&list(text, false));
    }

    fn check_query(text: &str, expected: &Expect) {
        expected.assert_eq(&list(text, true));
    }

    #[test]
    fn english() {
        check("Women's Running Shoes", &expect!["woman@0 run@1 shoe@2"]);
        check(
            "The CAFÉ's coffee-makers, knives & shelves",
            &expect!["the@0 cafe@1 coffeemak@2 coffe@2 maker@3 knife@4 shelf@5"],
        );
        check("don't O’Neill rock 'n' roll", &expect!["dont@0 oneil@1 rock@2 n@3 roll@4"]);
        check("L'Oréal, D'Angelo", &expect!["loreal@0 oreal@0 dangelo@1 angelo@1"]);
    }

    #[test]
    fn numbers_and_article_numbers() {
        check("Sony WH-1000XM4", &expect!["soni@0 wh1000xm4@1 wh@1 1000xm4@2 1000@2 xm@3 4@4"]);
        check(
            "15.6 inch, 3/4\" x 1,000 pcs, 500ml",
            &expect!["15.6@0 15@0 6@1 inch@2 3/4@3 3@3 4@4 x@5 1000@6 1@6 000@7 pcs@8 500ml@9 500@9 ml@10"],
        );
        check("red/blue U.S.A. 00012345 4k", &expect!["red@0 blue@1 usa@2 u@2 s@3 a@4 00012345@5 4k@6 4@6 k@7"]);
    }

    #[test]
    fn chinese() {
        check("红色连衣裙", &expect!["红@0 红色@0 色@1 色连@1 连@2 连衣@2 连衣裙@2 衣@3 衣裙@3 裙@4"]);
        check_query("红色连衣裙", &expect!["红@0 红色@0 色@1 色连@1 连@2 连衣@2 衣@3 衣裙@3 裙@4"]);
        check("包", &expect!["包@0"]);
        check(
            "女鞋。南京市长江大桥",
            &expect![
                "女@0 女鞋@0 鞋@1 南@2 南京@2 南京市@2 京@3 京市@3 市@4 市长@4 长@5 长江@5 长江大桥@5 江@6 江大@6 大@7 大桥@7 桥@8"
            ],
        );
    }

    #[test]
    fn mixed() {
        check(
            "iPhone15手机壳 500ML毛巾",
            &expect!["iphone15@0 iphon@0 15@1 手@2 手机@2 机@3 机壳@3 壳@4 500ml@5 500@5 ml@6 毛@7 毛巾@7 巾@8"],
        );
        check("ｉｐｈｏｎｅ　手机", &expect!["iphon@0 手@1 手机@1 机@2"]);
        check(
            "カバー สวัสดี 한국어 🎁",
            &expect!["カ@0 カバ@0 バ@1 バー@1 ー@2 ส@3 สว@3 ว@4 วั@4 ั@5 ัส@5 ส@6 สด@6 ด@7 ดี@7 ี@8 한국어@9"],
        );
    }

    #[test]
    fn spans_show_what_matched() {
        let text = "Ｃａｆé's 15.6寸 屏幕";
        let mut out = Vec::new();
        MixedAnalyzer::new().analyze(text, Language::Other, &mut |token| {
            out.push(format!("{}={}", token.term, &text[token.span.0..token.span.1]));
        });
        expect!["cafe=Ｃａｆé's 15.6=15.6 15=15 6=6 寸=寸 屏=屏 屏幕=屏幕 幕=幕"].assert_eq(&out.join(" "));
    }

    #[test]
    fn a_query_looks_for_what_items_have() {
        for (query, item) in [
            ("running shoe", "Shoes for Running"),
            ("wh1000xm4", "Sony WH-1000XM4"),
            ("wh 1000 xm4", "Sony WH-1000XM4"),
            ("500 ml", "500ml"),
            ("tshirt", "T-Shirts"),
            ("连衣裙", "夏季红色连衣裙女"),
            ("衣裙", "连衣裙"),
            ("手机壳", "iphone手机壳"),
            ("連衣裙", "夏季红色连衣裙女"),
            ("连衣裙", "夏季紅色連衣裙女"),
            ("iphone 15", "iPhone15"),
            ("oreal", "L'Oréal Paris"),
        ] {
            let terms = |text: &str, query| -> Vec<String> {
                list(text, query).split(' ').filter_map(|term| Some(term.split_once('@')?.0.to_owned())).collect()
            };
            let (wanted, had) = (terms(query, true), terms(item, false));
            assert!(wanted.iter().any(|term| had.contains(term)), "{query}: {wanted:?} / {had:?}");
        }
    }

    #[test]
    fn long_and_odd_texts_take_linear_time() {
        for part in ["红色连衣裙", "wh-1000", "a", "a-", "\u{301}", "ﾃﾞ", "e\u{301}", "1,", "🎁\u{200D}"] {
            let text = part.repeat(100_000 / part.len());
            let mut count = 0;
            MixedAnalyzer::new().analyze(&text, Language::Other, &mut |_| count += 1);
            assert!(count <= text.len() * 2, "{part}: {count}");
        }
    }

    #[test]
    fn values_are_the_same_however_they_are_separated() {
        let squash = |text: &str| MixedAnalyzer.squash(text);
        for same in ["WH-1000XM4", "wh1000xm4", "wh 1000 xm4", "ＷＨ－１０００ＸＭ４", "wh_1000.xm4"] {
            assert_eq!(squash(same), "wh1000xm4", "{same}");
        }
        assert_eq!(squash("0012345678905"), squash("12345678905"), "a barcode with and without its leading zeros");
        assert_ne!(squash("007"), squash("7"));
        assert_eq!(squash("Levi's®"), squash("LEVIS"));
        assert_eq!((squash("華為 P50").as_str(), squash("…!? ").as_str()), ("华为p50", ""));
    }

    #[test]
    fn stems_meet_where_words_mean_the_same_and_part_where_they_do_not() {
        let stem = |word: &str| list(word, true).split('@').next().unwrap_or_default().to_owned();
        for (one, other) in [
            ("womens", "women's"),
            ("men's", "mens"),
            ("lens", "lenses"),
            ("canvas", "canvases"),
            ("bras", "bra"),
            ("tvs", "tv"),
            ("organizers", "organiser"),
            ("clothes", "clothing"),
            ("grey", "gray"),
            ("pyjamas", "pajamas"),
            ("jewellery", "jewelry"),
            ("colours", "color"),
            ("batteries", "battery"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} / {other}");
        }
        for (one, other) in [
            ("organic", "organizer"),
            ("leggings", "leg"),
            ("stockings", "stock"),
            ("shorts", "short"),
            ("coating", "coats"),
            ("bearings", "bear"),
            ("dressing", "dresses"),
            ("clothes", "cloth"),
            ("universal", "university"),
            ("goods", "good"),
        ] {
            assert_ne!(stem(one), stem(other), "{one} / {other}");
        }
        // What is common is kept: it may be what is asked for.
        assert_eq!(list("the who", true), "the@0 who@1");
        assert_eq!(list("没有", true), "没@0 没有@0 有@1");
        assert_eq!(list("to be or not to be", true).split(' ').count(), 6);
    }

    fn check_tokens(text: &str) -> Result<(), TestCaseError> {
        for query in [false, true] {
            let (mut failures, mut last) = (Vec::new(), 0);
            let mut sink = |token: Token<'_>| {
                let (from, to) = token.span;
                let sound =
                    from < to && text.get(from..to).is_some() && !token.term.is_empty() && token.position >= last;
                last = token.position;
                if !sound {
                    failures.push(format!("{token:?}"));
                }
            };
            match query {
                true => MixedAnalyzer.analyze_query(text, Language::Other, &mut sink),
                false => MixedAnalyzer.analyze(text, Language::Other, &mut sink),
            }
            prop_assert!(failures.is_empty(), "{failures:?}");
        }
        Ok(())
    }

    /// [`Analyzer::may_begin`] must hold for every term.
    fn check_beginnings(text: &str) -> Result<(), TestCaseError> {
        let mut missed = Vec::new();
        MixedAnalyzer.analyze(text, Language::Other, &mut |token| {
            let (first, second) = (token.term.chars().next(), token.term.chars().nth(1));
            let is_next = |next: char| second.is_none_or(|second| next == second);
            let is_sought = |one, next: Option<char>| Some(one) == first && next.is_none_or(is_next);
            if !MixedAnalyzer.may_begin(text, &is_sought) {
                missed.push(token.term.to_owned());
            }
        });
        prop_assert!(missed.is_empty(), "{text}: {missed:?}");
        Ok(())
    }

    #[test]
    fn a_quick_look_finds_what_terms_begin_with() {
        for text in [
            "Women's children knives grey tyres jewellery",
            "WH-1000XM4 15.6 rock'n'roll 3/4",
            "紅色連衣裙",
            "L'Oréal",
            "U.S.A. t-shirt",
            "feet teeth mice geese men mens tyre dying lying tying skis skies idly gently ugly early only singly aed",
        ] {
            check_beginnings(text).unwrap();
        }
        assert!(!MixedAnalyzer.may_begin("Red running shoes", &|first, _| first == 'b' || first == 'u'));
        assert!(
            !MixedAnalyzer.may_begin("Red shoes", &|first, second| first == 's' && second.is_some_and(|c| c != 'h'))
        );
        assert!(!MixedAnalyzer.may_begin("红色连衣裙", &|first, _| first == '包'));
    }

    proptest! {
        #[test]
        fn a_quick_look_misses_no_term(text in "([a-zA-Z0-9é½ßİ'`./,&_ -]|[红连衣裙机壳々]|[ｶﾞガรี☃]|e\u{301}|™|\u{200b}){0,40}") {
            check_beginnings(&text)?;
        }

        /// The index reads texts piece by piece.
        #[test]
        fn no_term_goes_over_a_blank(text in "([a-zA-Z0-9é½ßİ'./,&_-]|[ \n]|[红连衣裙机壳々]|[ガり☃。、]|e\u{301}|™){0,60}") {
            let terms = |text: &str, from: usize| {
                let mut all = Vec::new();
                MixedAnalyzer.analyze(text, Language::Other, &mut |token| {
                    all.push((token.term.to_owned(), token.span.0 + from, token.span.1 + from));
                });
                all
            };
            let pieces = text.split([' ', '\n', '。', '、']);
            let apart: Vec<_> = pieces.flat_map(|piece| terms(piece, piece.as_ptr() as usize - text.as_ptr() as usize)).collect();
            prop_assert_eq!(terms(&text, 0), apart);
        }

        #[test]
        fn tokens_of_any_text_are_sound(text in any::<String>()) {
            check_tokens(&text)?;
        }

        #[test]
        fn tokens_of_shop_like_text_are_sound(text in "([a-zA-Z0-9é½ßİ'./,&_ -]|[红连衣裙机壳々]|[ｶﾞガรี☃]|e\u{301}|™|\u{200b}){0,60}") {
            check_tokens(&text)?;
        }
    }
}
