//! Words that mean nothing of their own: what is sought is found without them.

use types::Language;

use crate::chinese;
use crate::fold::Folded;
use crate::segment::{Kind, Segment, segments};

/// English words of grammar. Those that deny ("not", "without") are none: they say what is meant.
const ENGLISH: &str = "a about am an and any are as at be been but by can could did do does for from had has have he her \
    hers him his how i if in into is it its me my of on or our ours she should so some such than that the their theirs them \
    then there these they this those to us was we were what when where which while who whom why will with would you your \
    yours";

/// Chinese particles, pronouns, conjunctions, prepositions and question words.
const CHINESE: &str = "的 地 得 了 着 过 吗 呢 吧 啊 呀 哦 嘛 和 与 及 以及 或 或者 并 而 而且 但 但是 因为 所以 如果 \
    在 是 有 也 都 就 还 又 很 把 被 给 让 对 对于 关于 从 到 向 为 为了 以 之 其 \
    我 我们 你 你们 您 他 他们 她 她们 它 它们 这 这个 这些 那 那个 那些 一个 一些 \
    什么 怎么 怎样 哪 哪个 哪些 哪里 请 请问";

/// Where in `text` words of these languages stand that mean nothing of their own, in order: bytes. Other languages than
/// English and Chinese have no list.
pub fn stop_words(text: &str, languages: &[Language]) -> Vec<(usize, usize)> {
    let folded = Folded::new(text);
    let mut found = Vec::new();
    let is_in = |list: &str, word: &str| list.split_whitespace().any(|stop| stop == word);
    for Segment { kind, start, end } in segments(&folded.text) {
        let stretch = &folded.text[start..end];
        match kind {
            Kind::Word if languages.contains(&Language::English) && is_in(ENGLISH, stretch) => {
                found.push(folded.span(start, end));
            }
            Kind::Han if languages.contains(&Language::Chinese) => {
                // Cut by the dictionary: what is a particle alone may be part of a word.
                let mut at = start;
                for word in chinese::dictionary().cut(stretch, false) {
                    if is_in(CHINESE, word.word) {
                        found.push(folded.span(at, at + word.word.len()));
                    }
                    at += word.word.len();
                }
            }
            Kind::Word | Kind::Han | Kind::Unspaced => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, languages: &[Language]) -> String {
        let (mut out, mut at) = (String::new(), 0);
        for (from, to) in stop_words(text, languages) {
            out.push_str(&text[at..from]);
            at = to;
        }
        out + &text[at..]
    }

    #[test]
    fn what_means_something_stays() {
        let both = [Language::English, Language::Chinese];
        assert_eq!(without("Shoes for the Office", &both), "Shoes   Office");
        assert_eq!(without("红色的连衣裙", &both), "红色连衣裙");
        assert_eq!(without("紅色的連衣裙", &both), "紅色連衣裙");
        assert_eq!(without("適合我的鞋 for me", &[Language::Chinese]), "適合鞋 for me");
        assert_eq!(without("目的地", &both), "目的地", "a particle inside a word is none");
        assert_eq!(without("shoes without laces", &both), "shoes without laces");
        assert_eq!(without("the 的", &[]), "the 的");
    }
}
