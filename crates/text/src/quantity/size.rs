//! Sizes of clothes and shoes: `XL`, `2xl`, `42码`, `EU 42`, `size 9.5`, `均码`.

use super::{Bound, Quantity, QuantityKind};

/// How a size is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum SizeSystem {
    /// `S`, `XL`; values count from `M`: `S` is -1, `2XL` is 3.
    Letter,
    /// European shoe sizes, which China uses too.
    Shoe,
    /// American sizes.
    Us,
    /// British sizes.
    Uk,
    /// The height of the child in centimetres.
    Height,
    /// A number without a system, as waists, dresses and rings have.
    Plain,
    /// Fits all.
    OneSize,
}

impl SizeSystem {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Shoe => "shoe",
            Self::Us => "us",
            Self::Uk => "uk",
            Self::Height => "height",
            Self::Plain => "plain",
            Self::OneSize => "one size",
        }
    }
}

/// A stretch of Latin letters, digits and points.
struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

/// The sizes in a folded text that lie beside the quantities already read.
pub(super) fn sizes(text: &str, read: &[Quantity]) -> Vec<Quantity> {
    let words = words(text);
    let mut sizes: Vec<Quantity> = one_size(text).into_iter().collect();
    for place in 0..words.len() {
        let size = numbered(text, &words, place)
            .or_else(|| lettered(text, &words, place))
            .or_else(|| bra(text, &words[place]));
        let Some(size) = size else { continue };
        let meets = |other: &Quantity| other.span.0 < size.span.1 && size.span.0 < other.span.1;
        // In order of their places, so that only neighbours can meet.
        let near = read.partition_point(|other| other.span.1 <= size.span.0);
        if !read.get(near).is_some_and(meets) && !sizes.last().is_some_and(meets) {
            sizes.push(size);
        }
    }
    sizes
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    let belongs = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    while let Some(offset) = text[at..].find(belongs) {
        let start = at + offset;
        let end = text[start..].find(|c| !belongs(c) && c != '.').map_or(text.len(), |length| start + length);
        let bare = text[start..end].trim_end_matches('.');
        words.push(Word { text: bare, start, end: start + bare.len() });
        at = end;
    }
    words
}

fn size(system: SizeSystem, range: (f64, f64), label: String, span: (usize, usize), confidence: f32) -> Quantity {
    let bound = if range.0 == range.1 { Bound::Exact } else { Bound::Between };
    Quantity {
        kind: QuantityKind::Size { system, label },
        bound,
        min: Some(range.0),
        max: Some(range.1),
        span,
        confidence,
    }
}

/// `42码`, `40-42码`, `size 9`, `eu 42`, `9.5 us`.
fn numbered(text: &str, words: &[Word<'_>], place: usize) -> Option<Quantity> {
    let word = &words[place];
    let value = number(word.text)?;
    let mut range = (value, value);
    let mut end = word.end;
    if let Some(next) = words.get(place + 1) {
        let is_range = matches!(&text[word.end..next.start], "-" | "~" | " - " | "到" | "至");
        if let Some(other) = number(next.text).filter(|other| is_range && *other > value) {
            range.1 = other;
            end = next.end;
        }
    }
    let label = text[word.start..end].to_owned();
    let rest = &text[end..];
    if let Some(after) =
        rest.strip_prefix('码').filter(|after| !after.starts_with(['头', '表', '率', '牌', '器', '锁']))
    {
        let system = match range.0 {
            34.0..=50.0 => SizeSystem::Shoe,
            52.0..=190.0 => SizeSystem::Height,
            _ => SizeSystem::Plain,
        };
        return Some(size(system, range, label, (word.start, text.len() - after.len()), 0.97));
    }
    let before = words[..place].last().filter(|before| is_gap(&text[before.end..word.start]));
    let cue = before.and_then(|before| Some((before.start, system_named(before.text)?)));
    if let Some((start, system)) = cue {
        return Some(size(system, range, label, (start, end), if system == SizeSystem::Plain { 0.9 } else { 0.85 }));
    }
    const CUES: &[&str] = &["鞋码", "尺码", "码数", "脚码"];
    if let Some(cue) = CUES.iter().find(|cue| text[..word.start].ends_with(**cue)) {
        let system = if (34.0..=50.0).contains(&value) { SizeSystem::Shoe } else { SizeSystem::Plain };
        return Some(size(system, range, label, (word.start - cue.len(), end), 0.95));
    }
    let after = words.get(place + 1).filter(|after| range.0 == range.1 && is_gap(&text[end..after.start]))?;
    let system = system_named(after.text).filter(|system| *system != SizeSystem::Plain)?;
    Some(size(system, range, label, (word.start, after.end), 0.75))
}

/// A size's number: `9`, `9.5`, `42`.
fn number(word: &str) -> Option<f64> {
    let is_short = word.len() <= 4 && word.starts_with(|first: char| first.is_ascii_digit());
    let value = word.parse::<f64>().ok().filter(|_| is_short && !word.contains(['e', 'i', 'n']))?;
    (value <= 200.0 && (value * 2.0).fract() == 0.0).then_some(value)
}

fn system_named(word: &str) -> Option<SizeSystem> {
    Some(match word {
        "size" | "sizes" | "sz" => SizeSystem::Plain,
        "eu" | "eur" => SizeSystem::Shoe,
        "us" => SizeSystem::Us,
        "uk" => SizeSystem::Uk,
        _ => return None,
    })
}

fn is_gap(between: &str) -> bool {
    matches!(between, " " | "" | "-" | ": " | ":")
}

/// `xl`, `2xl`, `x-large`, `size m`, `l码`.
fn lettered(text: &str, words: &[Word<'_>], place: usize) -> Option<Quantity> {
    let word = &words[place];
    let (start, value, own) = match (letters(word.text), spelled_out(text, words, place)) {
        (Some((value, own)), _) => (word.start, value, own),
        (_, Some((start, value, own))) => (start, value, own),
        _ => return None,
    };
    let before = words[..place].iter().rev().find(|before| before.end <= start);
    let near = before.filter(|before| is_gap(&text[before.end..start]));
    if near.is_some_and(|near| matches!(near.text, "iphone" | "pixel" | "model" | "galaxy") || is_number(near.text)) {
        return None;
    }
    // The end of `women's`, and letters of names: `h&m`, `l'oreal`, `a.l.c`, `s-video`.
    let touches = |c: char| matches!(c, '\'' | '&' | '.' | '-' | '+' | '/' | '_');
    let joined = text[..start].ends_with(touches) || text[word.end..].starts_with(touches);
    let is_listed = text[..start].ends_with('/') || text[word.end..].starts_with('/');
    let marked = text[word.end..].starts_with(['码', '号']);
    if joined && !is_listed {
        return None;
    }
    let named = near.filter(|near| system_named(near.text) == Some(SizeSystem::Plain));
    let is_last = place + 1 == words.len() && text[word.end..].trim_end().is_empty() && start > 0;
    let confidence = match own {
        _ if marked || named.is_some() => 0.97,
        // Also the name of a phone.
        Own::Sure if word.text == "xs" => 0.6,
        Own::Sure => 0.9,
        Own::Adjective => 0.5,
        Own::Letter if is_last || is_listed => 0.45,
        Own::Letter => return None,
    };
    let end = word.end + if marked { '码'.len_utf8() } else { 0 };
    let start = named.map_or(start, |named| named.start);
    Some(size(SizeSystem::Letter, (value, value), label(value), (start, end), confidence))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// How much a word says by itself that it is a size.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    Sure,
    /// `large`, which says how big a thing is too.
    Adjective,
    /// One letter.
    Letter,
}

/// The value of a size in letters.
fn letters(word: &str) -> Option<(f64, Own)> {
    let single = match word {
        "s" => Some(-1.0),
        "m" => Some(0.0),
        "l" => Some(1.0),
        _ => None,
    };
    if let Some(value) = single {
        return Some((value, Own::Letter));
    }
    let (rest, sign) = match (word.strip_suffix('l'), word.strip_suffix('s')) {
        (Some(rest), _) => (rest, 1.0),
        (_, Some(rest)) => (rest, -1.0),
        _ => return None,
    };
    let count = match rest.strip_suffix('x')? {
        "" => 1,
        digit if digit.len() == 1 && digit.bytes().all(|byte| byte.is_ascii_digit()) => digit.parse().ok()?,
        more if more.len() <= 5 && more.bytes().all(|byte| byte == b'x') => more.len() + 1,
        _ => return None,
    };
    (1..=9).contains(&count).then_some((sign * (1.0 + count as f64), Own::Sure))
}

/// The value of a size in words that ends at a place, and where it starts.
fn spelled_out(text: &str, words: &[Word<'_>], place: usize) -> Option<(usize, f64, Own)> {
    let word = &words[place];
    let (value, sign) = match word.text {
        "small" => (-1.0, -1.0),
        "medium" => return Some((word.start, 0.0, Own::Adjective)),
        "large" => (1.0, 1.0),
        _ => return None,
    };
    let before = words[..place].last().filter(|before| matches!(&text[before.end..word.start], " " | "-"));
    let more = before.and_then(|before| {
        let count = match before.text {
            "x" | "extra" => 1.0,
            "xx" | "2x" => 2.0,
            "xxx" | "3x" => 3.0,
            "4x" => 4.0,
            _ => return None,
        };
        Some((before.start, count))
    });
    Some(match more {
        Some((start, count)) => (start, value + sign * count, Own::Sure),
        None => (word.start, value, Own::Adjective),
    })
}

/// The one spelling of a size in letters.
fn label(value: f64) -> String {
    let count = value.abs() as usize;
    let (letter, times) = match (value < 0.0, count) {
        (_, 0) => return "m".to_owned(),
        (true, _) => ("s", count - 1),
        (false, _) => ("l", count - 1),
    };
    match times {
        0 => letter.to_owned(),
        1 => format!("x{letter}"),
        _ => format!("{times}x{letter}"),
    }
}

/// `均码`, `one size`.
fn one_size(text: &str) -> Option<Quantity> {
    let spellings = ["均码", "通码", "one size", "one-size", "free size"];
    let (start, spelling) = spellings.iter().find_map(|spelling| Some((text.find(spelling)?, spelling)))?;
    Some(Quantity {
        kind: QuantityKind::Size { system: SizeSystem::OneSize, label: "one size".to_owned() },
        bound: Bound::Exact,
        min: None,
        max: None,
        span: (start, start + spelling.len()),
        confidence: 0.95,
    })
}

/// `75b` and `34dd`, beside words for what has such sizes.
fn bra(text: &str, word: &Word<'_>) -> Option<Quantity> {
    let digits = word.text.bytes().take_while(u8::is_ascii_digit).count();
    let cup = &word.text[digits..];
    let is_cup = (1..=2).contains(&cup.len()) && cup.bytes().all(|byte| (b'a'..=b'h').contains(&byte));
    if !(2..=3).contains(&digits) || !is_cup {
        return None;
    }
    let worn = ["文胸", "内衣", "胸罩", "bra", "bralette", "抹胸"];
    let band: f64 = word.text[..digits].parse().ok()?;
    let fits = (28.0..=125.0).contains(&band) && worn.iter().any(|worn| text.contains(worn));
    fits.then(|| size(SizeSystem::Plain, (band, band), word.text.to_owned(), (word.start, word.end), 0.9))
}
