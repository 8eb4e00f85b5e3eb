//! The syllables of Mandarin as they are typed, and splitting letters into them.

use std::sync::LazyLock;

/// Splits Latin letters into syllables: as few as can be, longer ones first; nothing when the letters are not pinyin.
/// An apostrophe separates (`xi'an`); case does not matter; `ü` may be typed `v` or, after `n` and `l`, as `ue`.
///
/// ```
/// assert_eq!(text::pinyin::split("lianyiqun"), Some(vec!["lian", "yi", "qun"]));
/// assert_eq!(text::pinyin::split("dress"), None);
/// ```
pub fn split(letters: &str) -> Option<Vec<&'static str>> {
    splits(letters, 1).pop()
}

/// The ways to split Latin letters into syllables, those of fewest syllables first; at most `limit`. Letters longer
/// than [`LETTERS_MAX`] are not read.
pub fn splits(letters: &str, limit: usize) -> Vec<Vec<&'static str>> {
    if letters.is_empty() || letters.len() > LETTERS_MAX {
        return Vec::new();
    }
    let letters = letters.to_ascii_lowercase();
    let least = least_syllables(&letters);
    let mut splits = Vec::new();
    let Some(fewest) = least[0] else { return splits };
    // One more than the fewest: `xian` is also `xi an`, but nobody means `xi an` by adding two.
    for count in [fewest, fewest + 1] {
        extend(&letters, &least, count, &mut Vec::new(), limit, &mut splits);
    }
    splits
}

/// More letters than this are not one word.
pub const LETTERS_MAX: usize = 64;
/// The longest syllable: `zhuang`.
const SYLLABLE_MAX: usize = 6;

/// By position in the letters: the fewest syllables that the rest can be split into.
fn least_syllables(letters: &str) -> Vec<Option<usize>> {
    let mut least = vec![None; letters.len() + 1];
    least[letters.len()] = Some(0);
    for start in (0..letters.len()).rev() {
        if letters.as_bytes()[start] == b'\'' {
            least[start] = if start > 0 { least[start + 1] } else { None };
            continue;
        }
        let counts = (1..=SYLLABLE_MAX).filter_map(|length| {
            spelled(letters.get(start..start + length)?)?;
            Some(least[start + length]? + 1)
        });
        least[start] = counts.min();
    }
    least
}

/// Adds the splits of `letters` from where `begun` ends, of exactly `count` further syllables.
fn extend(
    letters: &str,
    least: &[Option<usize>],
    count: usize,
    begun: &mut Vec<&'static str>,
    limit: usize,
    splits: &mut Vec<Vec<&'static str>>,
) {
    let start = least.len() - 1 - letters.len();
    if letters.is_empty() {
        if count == 0 {
            splits.push(begun.clone());
        }
        return;
    }
    if let Some(rest) = letters.strip_prefix('\'') {
        return extend(rest, least, count, begun, limit, splits);
    }
    for length in (1..=SYLLABLE_MAX.min(letters.len())).rev() {
        let reachable = least[start + length].is_some_and(|rest| rest < count && count <= rest + 2);
        if splits.len() >= limit || !reachable {
            continue;
        }
        if let Some(syllable) = letters.get(..length).and_then(spelled) {
            begun.push(syllable);
            extend(&letters[length..], least, count - 1, begun, limit, splits);
            begun.pop();
        }
    }
}

/// The syllable that typed letters stand for.
fn spelled(letters: &str) -> Option<&'static str> {
    let letters = match letters {
        "lue" => "lve",
        "nue" => "nve",
        other => other,
    };
    find(letters)?.first().copied()
}

/// The syllable of a spelling with `v` or `ü`, as a slice of one.
pub(super) fn find(spelling: &str) -> Option<&'static [&'static str]> {
    let spelling = match spelling {
        "lü" => "lv",
        "nü" => "nv",
        "lüe" => "lve",
        "nüe" => "nve",
        other => other,
    };
    let at = SYLLABLES.binary_search(&spelling).ok()?;
    SYLLABLES.get(at..=at)
}

/// A number that is the same for syllables that many speakers do not tell apart: `z`/`zh`, `c`/`ch`, `s`/`sh`, `n`/`l`,
/// `an`/`ang`, `en`/`eng`, `in`/`ing`. Nothing for what is not a syllable.
pub fn fuzzy(syllable: &str) -> Option<u16> {
    let at = SYLLABLES.binary_search(&syllable).ok()?;
    FUZZY.get(at).copied()
}

/// By syllable: the place of the first one that sounds like it.
static FUZZY: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let blurred: Vec<String> = SYLLABLES.iter().map(|syllable| blur(syllable)).collect();
    let first = |sound: &String| blurred.iter().position(|other| other == sound).unwrap_or_default();
    blurred.iter().map(|sound| first(sound) as u16).collect()
});

/// A syllable with one letter for the sounds that are not told apart.
fn blur(syllable: &str) -> String {
    let (initial, rest) = match syllable.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => (&syllable[..1], &syllable[2..]),
        [b'n', _, ..] => ("l", &syllable[1..]),
        _ => ("", syllable),
    };
    let is_nasal = ["ang", "eng", "ing"].iter().any(|ending| rest.ends_with(ending));
    format!("{initial}{}", if is_nasal { &rest[..rest.len() - 1] } else { rest })
}

/// All syllables, in order of the alphabet.
#[rustfmt::skip]
static SYLLABLES: &[&str] = &[
    "a", "ai", "an", "ang", "ao",
    "ba", "bai", "ban", "bang", "bao", "bei", "ben", "beng", "bi", "bian", "biao", "bie", "bin", "bing", "bo", "bu",
    "ca", "cai", "can", "cang", "cao", "ce", "cen", "ceng", "cha", "chai", "chan", "chang", "chao", "che", "chen",
    "cheng", "chi", "chong", "chou", "chu", "chua", "chuai", "chuan", "chuang", "chui", "chun", "chuo", "ci", "cong",
    "cou", "cu", "cuan", "cui", "cun", "cuo",
    "da", "dai", "dan", "dang", "dao", "de", "dei", "den", "deng", "di", "dia", "dian", "diao", "die", "ding", "diu",
    "dong", "dou", "du", "duan", "dui", "dun", "duo",
    "e", "ei", "en", "eng", "er",
    "fa", "fan", "fang", "fei", "fen", "feng", "fo", "fou", "fu",
    "ga", "gai", "gan", "gang", "gao", "ge", "gei", "gen", "geng", "gong", "gou", "gu", "gua", "guai", "guan", "guang",
    "gui", "gun", "guo",
    "ha", "hai", "han", "hang", "hao", "he", "hei", "hen", "heng", "hong", "hou", "hu", "hua", "huai", "huan", "huang",
    "hui", "hun", "huo",
    "ji", "jia", "jian", "jiang", "jiao", "jie", "jin", "jing", "jiong", "jiu", "ju", "juan", "jue", "jun",
    "ka", "kai", "kan", "kang", "kao", "ke", "ken", "keng", "kong", "kou", "ku", "kua", "kuai", "kuan", "kuang", "kui",
    "kun", "kuo",
    "la", "lai", "lan", "lang", "lao", "le", "lei", "leng", "li", "lia", "lian", "liang", "liao", "lie", "lin", "ling",
    "liu", "long", "lou", "lu", "luan", "lun", "luo", "lv", "lve",
    "ma", "mai", "man", "mang", "mao", "me", "mei", "men", "meng", "mi", "mian", "miao", "mie", "min", "ming", "miu",
    "mo", "mou", "mu",
    "na", "nai", "nan", "nang", "nao", "ne", "nei", "nen", "neng", "ni", "nian", "niang", "niao", "nie", "nin", "ning",
    "niu", "nong", "nou", "nu", "nuan", "nun", "nuo", "nv", "nve",
    "o", "ou",
    "pa", "pai", "pan", "pang", "pao", "pei", "pen", "peng", "pi", "pian", "piao", "pie", "pin", "ping", "po", "pou",
    "pu",
    "qi", "qia", "qian", "qiang", "qiao", "qie", "qin", "qing", "qiong", "qiu", "qu", "quan", "que", "qun",
    "ran", "rang", "rao", "re", "ren", "reng", "ri", "rong", "rou", "ru", "rua", "ruan", "rui", "run", "ruo",
    "sa", "sai", "san", "sang", "sao", "se", "sen", "seng", "sha", "shai", "shan", "shang", "shao", "she", "shei",
    "shen", "sheng", "shi", "shou", "shu", "shua", "shuai", "shuan", "shuang", "shui", "shun", "shuo", "si", "song",
    "sou", "su", "suan", "sui", "sun", "suo",
    "ta", "tai", "tan", "tang", "tao", "te", "teng", "ti", "tian", "tiao", "tie", "ting", "tong", "tou", "tu", "tuan",
    "tui", "tun", "tuo",
    "wa", "wai", "wan", "wang", "wei", "wen", "weng", "wo", "wu",
    "xi", "xia", "xian", "xiang", "xiao", "xie", "xin", "xing", "xiong", "xiu", "xu", "xuan", "xue", "xun",
    "ya", "yan", "yang", "yao", "ye", "yi", "yin", "ying", "yo", "yong", "you", "yu", "yuan", "yue", "yun",
    "za", "zai", "zan", "zang", "zao", "ze", "zei", "zen", "zeng", "zha", "zhai", "zhan", "zhang", "zhao", "zhe",
    "zhei", "zhen", "zheng", "zhi", "zhong", "zhou", "zhu", "zhua", "zhuai", "zhuan", "zhuang", "zhui", "zhun", "zhuo",
    "zi", "zong", "zou", "zu", "zuan", "zui", "zun", "zuo",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(letters: &str, expected: &[&str]) {
        let splits: Vec<String> = splits(letters, 8).iter().map(|split| split.join(" ")).collect();
        assert_eq!(splits, expected, "{letters}");
    }

    #[test]
    fn letters_become_syllables() {
        check("lianyiqun", &["lian yi qun", "li an yi qun"]);
        check("Nvzhuang", &["nv zhuang", "nv zhu ang"]);
        check("xi'an", &["xi an"]);
        check("xian", &["xian", "xi an"]);
        check("fangan", &["fang an", "fan gan"]);
        check("lue", &["lve", "lu e"]);
        for letters in ["dress", "iphone", "", "'", "lyq", "连", "女z", "shop", "vv", "ü"] {
            check(letters, &[]);
        }
    }

    #[test]
    fn sounds_not_told_apart() {
        assert!(SYLLABLES.is_sorted() && SYLLABLES.len() > 400);
        for (one, other) in [("zhang", "zan"), ("chi", "ci"), ("nan", "lan"), ("xin", "xing"), ("nv", "lv")] {
            assert_eq!(fuzzy(one), fuzzy(other), "{one} {other}");
        }
        for (one, other) in [("lian", "li"), ("ji", "qi"), ("yun", "yong"), ("a", "o"), ("long", "lon")] {
            assert_ne!(fuzzy(one), fuzzy(other), "{one} {other}");
        }
        assert_eq!(fuzzy("dress"), None);
    }

    #[test]
    fn ambiguous_letters_take_bounded_time() {
        assert_eq!(splits(&"xian".repeat(16), 8).len(), 8);
        assert_eq!(splits(&"a".repeat(64), 8).len(), 1);
        assert!(splits(&"a".repeat(65), 8).is_empty());
    }

    proptest! {
        #[test]
        fn a_split_is_the_letters(letters in "[a-z']{0,12}|(xi|an|xian|gan|g|e|r|lue|'){0,9}") {
            for split in splits(&letters, 8) {
                let spelled: String = split.concat().replace("lve", "lue").replace("nve", "nue");
                prop_assert_eq!(spelled, letters.replace('\'', "").replace("lve", "lue").replace("nve", "nue"));
            }
        }
    }
}
