//! Words that negate, and the product words that only look as if they did.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::NegationKind::{self, Except, Non, Not, Without};

/// English cues as folded words; longer ones stand before those they begin with.
pub(super) const ENGLISH: &[(&[&str], NegationKind)] = &[
    (&["without"], Without),
    (&["w", "o"], Without),
    (&["with", "no"], Without),
    (&["free", "from"], Without),
    (&["but", "not"], Not),
    (&["but", "no"], Not),
    (&["do", "not", "want"], Not),
    (&["dont", "want"], Not),
    (&["anything", "but"], Except),
    (&["other", "than"], Except),
    (&["except", "for"], Except),
    (&["except"], Except),
    (&["excluding"], Except),
    (&["minus"], Not),
    (&["not"], Not),
    (&["no"], Not),
    (&["non"], Non),
];

/// Chinese cues, longer ones first.
pub(super) const CHINESE: &[(&str, NegationKind)] = &[
    ("不想要", Not),
    ("不需要", Not),
    ("不喜欢", Not),
    ("不要", Not),
    ("别要", Not),
    ("不是", Not),
    ("不含", Without),
    ("不带", Without),
    ("不加", Without),
    ("没有", Without),
    ("除了", Except),
    ("除", Except),
    ("非", Non),
];

/// Characters before a cue with which it is a question: 要不要, 是不是, 有没有, 含不含, 带不带.
pub(super) fn asks(before: &str, cue: &str) -> bool {
    matches!((before, cue), ("要", "不要") | ("是", "不是") | ("有", "没有") | ("含", "不含") | ("带", "不带"))
}

/// Characters behind a cue with which it makes a statement, not a wish: 没有过, 没有人, 没有就, 不是我, 不喜欢的.
pub(super) fn tells(after: &str) -> bool {
    matches!(
        after,
        "过" | "就"
            | "人"
            | "不"
            | "我"
            | "你"
            | "他"
            | "她"
            | "的"
            | "了"
            | "吗"
            | "什"
            | "去"
            | "真"
            | "说"
            | "一"
    )
}

/// Verbs before `not` and `no` that make a statement of it: "food is not enough".
pub(super) fn makes_statement(word: &str) -> bool {
    const VERBS: [&str; 22] = [
        "am", "are", "be", "can", "could", "did", "do", "does", "had", "has", "have", "if", "is", "it", "must", "or",
        "should", "was", "were", "why", "will", "would",
    ];
    VERBS.contains(&word)
}

/// Words between a cue and what it negates: "without any", "not made of".
pub(super) fn is_filler(word: &str) -> bool {
    const WORDS: [&str; 14] =
        ["a", "added", "all", "an", "any", "extra", "from", "in", "made", "of", "real", "the", "too", "with"];
    WORDS.contains(&word)
}

/// Words at which what is negated ends.
pub(super) fn ends_scope(word: &str) -> bool {
    const WORDS: [&str; 22] = [
        "and", "at", "but", "by", "for", "from", "in", "nor", "not", "on", "or", "plus", "size", "than", "that", "to",
        "under", "which", "with", "without", "no", "except",
    ];
    WORDS.contains(&word)
}

/// Whether `cue word` is a product word rather than a negation, as English goes.
pub(super) fn is_product_word(cue: &str, word: &str) -> bool {
    static WORDS: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
        let lines = include_str!("../../data/product_words.tsv").lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once('\t'));
        pairs.flat_map(|(cue, words)| words.split(", ").map(move |word| (cue, word))).collect()
    });
    WORDS.contains(&(cue, word))
}
