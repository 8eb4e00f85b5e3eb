//! Words that make a number a limit: `under`, `at least`, `以下`, `左右`.

/// What a word says of the amount beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Limit {
    AtMost,
    AtLeast,
    About,
    /// Both ends are named: `between`, `从`.
    Between,
}

/// Limiting words found beside an amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) limit: Limit,
    /// Their length in bytes, blanks between included.
    pub(super) length: usize,
    /// Whether the words nearly always limit an amount, so that a number without a unit beside them is a price.
    pub(super) is_strong: bool,
}

use Limit::{About, AtLeast, AtMost, Between};

/// Words before an amount, strong ones marked.
const BEFORE: &[(&str, Limit, bool)] = &[
    ("under", AtMost, true),
    ("below", AtMost, true),
    ("less than", AtMost, true),
    ("lower than", AtMost, true),
    ("cheaper than", AtMost, true),
    ("up to", AtMost, true),
    ("upto", AtMost, true),
    ("no more than", AtMost, true),
    ("not more than", AtMost, true),
    ("not over", AtMost, true),
    ("not exceeding", AtMost, true),
    ("at most", AtMost, true),
    ("max", AtMost, false),
    ("max.", AtMost, false),
    ("maximum", AtMost, false),
    ("within", AtMost, false),
    ("smaller than", AtMost, false),
    ("shorter than", AtMost, false),
    ("lighter than", AtMost, false),
    ("younger than", AtMost, false),
    ("<", AtMost, true),
    ("<=", AtMost, true),
    ("≤", AtMost, true),
    ("over", AtLeast, false),
    ("above", AtLeast, false),
    ("more than", AtLeast, false),
    ("at least", AtLeast, false),
    ("min", AtLeast, false),
    ("min.", AtLeast, false),
    ("minimum", AtLeast, false),
    ("no less than", AtLeast, false),
    ("not less than", AtLeast, false),
    ("starting at", AtLeast, true),
    ("starting from", AtLeast, true),
    ("larger than", AtLeast, false),
    ("bigger than", AtLeast, false),
    ("greater than", AtLeast, false),
    ("longer than", AtLeast, false),
    ("heavier than", AtLeast, false),
    ("older than", AtLeast, false),
    (">", AtLeast, true),
    (">=", AtLeast, true),
    ("≥", AtLeast, true),
    ("about", About, false),
    ("around", About, false),
    ("approximately", About, false),
    ("approx", About, false),
    ("approx.", About, false),
    ("roughly", About, false),
    ("circa", About, false),
    ("nearly", About, false),
    ("~", About, false),
    ("≈", About, false),
    ("between", Between, true),
    ("from", Between, false),
    ("不超过", AtMost, true),
    ("不要超过", AtMost, true),
    ("别超过", AtMost, true),
    ("不高于", AtMost, true),
    ("不大于", AtMost, true),
    ("不多于", AtMost, true),
    ("低于", AtMost, true),
    ("少于", AtMost, true),
    ("小于", AtMost, true),
    ("不到", AtMost, true),
    ("最多", AtMost, true),
    ("至多", AtMost, true),
    ("最高", AtMost, false),
    ("最大", AtMost, false),
    ("不低于", AtLeast, true),
    ("不少于", AtLeast, true),
    ("不小于", AtLeast, true),
    ("高于", AtLeast, true),
    ("大于", AtLeast, true),
    ("超过", AtLeast, true),
    ("多于", AtLeast, true),
    ("至少", AtLeast, true),
    ("最少", AtLeast, true),
    ("最低", AtLeast, false),
    ("起码", AtLeast, true),
    ("大约", About, true),
    ("大概", About, true),
    ("差不多", About, true),
    ("约", About, false),
    ("接近", About, false),
    ("从", Between, false),
    ("介于", Between, true),
    ("在", Between, false),
];

/// Words after an amount.
const AFTER: &[(&str, Limit, bool)] = &[
    ("or less", AtMost, true),
    ("or under", AtMost, true),
    ("or below", AtMost, true),
    ("or cheaper", AtMost, true),
    ("or fewer", AtMost, false),
    ("and under", AtMost, true),
    ("and below", AtMost, true),
    ("and less", AtMost, true),
    ("max", AtMost, false),
    ("maximum", AtMost, false),
    ("tops", AtMost, false),
    ("or more", AtLeast, false),
    ("or over", AtLeast, false),
    ("or above", AtLeast, false),
    ("or older", AtLeast, false),
    ("and up", AtLeast, false),
    ("and over", AtLeast, false),
    ("and above", AtLeast, false),
    ("and older", AtLeast, false),
    ("min", AtLeast, false),
    ("plus", AtLeast, false),
    ("+", AtLeast, false),
    ("or so", About, false),
    ("ish", About, false),
    ("-ish", About, false),
    ("以下", AtMost, true),
    ("以内", AtMost, true),
    ("之内", AtMost, true),
    ("之下", AtMost, true),
    ("及以下", AtMost, true),
    ("内", AtMost, false),
    ("封顶", AtMost, true),
    ("以上", AtLeast, true),
    ("之上", AtLeast, true),
    ("及以上", AtLeast, true),
    ("往上", AtLeast, true),
    ("起", AtLeast, false),
    ("左右", About, true),
    ("上下", About, true),
    ("前后", About, false),
    ("出头", About, true),
    ("之间", Between, true),
];

/// The limiting words that `text` ends with.
pub(super) fn before(text: &str) -> Option<Found> {
    let bare = text.strip_suffix([' ', ':']).unwrap_or(text);
    let gap = text.len() - bare.len();
    let fits = |words: &str| {
        let latin = words.starts_with(|first: char| first.is_ascii_lowercase());
        let joins = |rest: &str| match words {
            // `简约1.8米床`
            "约" => rest.ends_with(['简', '节', '预', '契', '特', '条', '纽']),
            "~" => rest.trim_end().ends_with(|c: char| c.is_ascii_digit()),
            _ => latin && rest.ends_with(|c: char| c.is_ascii_alphanumeric()),
        };
        bare.strip_suffix(words).is_some_and(|rest| !joins(rest))
    };
    longest(BEFORE, gap, &fits)
}

/// The limiting words that `text` begins with.
pub(super) fn after(text: &str) -> Option<Found> {
    let bare = text.strip_prefix([' ', '的']).unwrap_or(text);
    let gap = text.len() - bare.len();
    let fits = |words: &str| {
        let ends_in_latin = words.ends_with(|last: char| last.is_ascii_lowercase());
        bare.strip_prefix(words).is_some_and(|rest| {
            let goes_on = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
            match words {
                "内" | "起" => !rest.starts_with(|c: char| c.is_alphanumeric() && !"的买卖送".contains(c)),
                "+" => !goes_on,
                _ => !ends_in_latin || !goes_on,
            }
        })
    };
    longest(AFTER, gap, &fits)
}

fn longest(words: &[(&str, Limit, bool)], gap: usize, fits: &dyn Fn(&str) -> bool) -> Option<Found> {
    let found = words.iter().filter(|(words, ..)| fits(words)).max_by_key(|(words, ..)| words.len())?;
    Some(Found { limit: found.1, length: gap + found.0.len(), is_strong: found.2 })
}

/// The length of words at the end of `text` that say that a price follows: `price`, `预算`.
pub(super) fn price_cue(text: &str) -> Option<usize> {
    const CUES: &[&str] = &[
        "price", "priced", "budget", "cost", "costs", "costing", "价格", "价位", "价钱", "预算", "售价", "单价", "价",
    ];
    let bare = text.trim_end_matches([' ', ':']);
    let bare = [" of", " is", " at", "是", "在"].iter().find_map(|link| bare.strip_suffix(link)).unwrap_or(bare);
    // A run of blanks is longer than any words between a cue and its price.
    (text.len() - bare.len() <= 8).then_some(())?;
    let cue = CUES.iter().find(|cue| {
        let latin = cue.is_ascii();
        bare.strip_suffix(**cue).is_some_and(|rest| !latin || !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })?;
    Some(text.len() - bare.len() + cue.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_beside_amounts() {
        let limit = |found: Option<Found>| found.map(|found| (found.limit, found.length));
        assert_eq!(limit(before("shoes under ")), Some((AtMost, 6)));
        assert_eq!(limit(before("no more than ")), Some((AtMost, 13)));
        assert_eq!(limit(before("不超过")), Some((AtMost, 9)));
        assert_eq!(limit(before("thunder ")), None);
        assert_eq!(limit(before("")), None);
        assert_eq!(limit(after(" or less")), Some((AtMost, 8)));
        assert_eq!(limit(after("以下的")), Some((AtMost, 6)));
        assert_eq!(limit(after("内的")), Some((AtMost, 3)));
        assert_eq!(limit(after("内裤")), None);
        assert_eq!(limit(after("+ kids")), Some((AtLeast, 1)));
        assert_eq!(limit(after(" maxi")), None);
    }

    #[test]
    fn cues() {
        assert_eq!(price_cue("laptop budget of "), Some("budget of ".len()));
        assert_eq!(price_cue("预算"), Some(6));
        assert_eq!(price_cue("apprice "), None);
        assert_eq!(price_cue(&format!("price{}", " ".repeat(50))), None);
    }
}
