//! Units and currencies, and reading one at the beginning of a text.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use types::Currency;

/// What a quantity measures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Dimension {
    /// In millilitres.
    Volume,
    /// In grams.
    Mass,
    /// In millimetres.
    Length,
    /// In square metres.
    Area,
    /// Pieces, packs, pairs.
    Count,
    /// Parts of one thing: layers, drawers, ports.
    Parts,
    /// For how many people.
    Persons,
    /// In watts.
    Power,
    /// In volts.
    Voltage,
    /// In amperes.
    Current,
    /// In milliampere hours.
    Charge,
    /// In watt hours.
    Energy,
    /// In gigabytes of 1,024 megabytes.
    Memory,
    /// In hertz.
    Frequency,
    /// In seconds.
    Duration,
    /// Of a person, in months.
    Age,
    /// In degrees Celsius.
    Temperature,
    /// In degrees, of an angle, of alcohol or of lenses.
    Degree,
    /// In per cent.
    Share,
    /// In millions of pixels.
    Pixels,
    /// In lines of a picture.
    Resolution,
    /// In horse powers, of engines and of air conditioners.
    Horsepower,
    /// In turns a minute.
    Rotation,
    /// In lumens.
    Light,
    /// Threads in a square inch of cloth.
    Threads,
    /// Dots in an inch.
    Dots,
}

/// Dimensions with their names and the symbols of their base units.
const DIMENSIONS: &[(Dimension, &str, &str)] = &[
    (Dimension::Volume, "volume", "ml"),
    (Dimension::Mass, "mass", "g"),
    (Dimension::Length, "length", "mm"),
    (Dimension::Area, "area", "m2"),
    (Dimension::Count, "count", ""),
    (Dimension::Parts, "parts", ""),
    (Dimension::Persons, "persons", ""),
    (Dimension::Power, "power", "W"),
    (Dimension::Voltage, "voltage", "V"),
    (Dimension::Current, "current", "A"),
    (Dimension::Charge, "charge", "mAh"),
    (Dimension::Energy, "energy", "Wh"),
    (Dimension::Memory, "memory", "GB"),
    (Dimension::Frequency, "frequency", "Hz"),
    (Dimension::Duration, "duration", "s"),
    (Dimension::Age, "age", "months"),
    (Dimension::Temperature, "temperature", "°C"),
    (Dimension::Degree, "degree", "°"),
    (Dimension::Share, "share", "%"),
    (Dimension::Pixels, "pixels", "MP"),
    (Dimension::Resolution, "resolution", "p"),
    (Dimension::Horsepower, "horsepower", "hp"),
    (Dimension::Rotation, "rotation", "rpm"),
    (Dimension::Light, "light", "lm"),
    (Dimension::Threads, "threads", "tc"),
    (Dimension::Dots, "dots", "dpi"),
];

impl Dimension {
    /// A stable name.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// The symbol of the unit that values of this dimension are given in; empty for what is counted.
    pub fn base(self) -> &'static str {
        self.entry().2
    }

    fn entry(self) -> &'static (Self, &'static str, &'static str) {
        DIMENSIONS.iter().find(|(dimension, ..)| *dimension == self).unwrap_or(&DIMENSIONS[0])
    }

    fn named(name: &str) -> Option<Self> {
        DIMENSIONS.iter().find(|(_, known, _)| *known == name).map(|(dimension, ..)| *dimension)
    }
}

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Unit {
    Measure { dimension: Dimension, factor: f64 },
    Money { currency: Currency, factor: f64 },
}

impl Unit {
    pub(super) fn factor(self) -> f64 {
        match self {
            Self::Measure { factor, .. } | Self::Money { factor, .. } => factor,
        }
    }

    pub(super) fn dimension(self) -> Option<Dimension> {
        match self {
            Self::Measure { dimension, .. } => Some(dimension),
            Self::Money { .. } => None,
        }
    }
}

/// A unit found at the beginning or end of a text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Found {
    pub(super) unit: Unit,
    /// Its length in bytes, blanks before it included.
    pub(super) length: usize,
    /// Whether it touches its number.
    pub(super) touches: bool,
    /// Whether it is one letter, which may mean something else.
    pub(super) is_letter: bool,
}

/// The longest unit or currency that `text` (what follows a number) begins with, after a blank or hyphen at most.
pub(super) fn unit_after(text: &str) -> Option<Found> {
    let bare = text.strip_prefix([' ', '-']).unwrap_or(text);
    let gap = text.len() - bare.len();
    let first = bare.chars().next()?;
    let spelling = match first {
        'a'..='z' => return latin_after(bare, gap),
        'μ' => 'μ'.len_utf8() + letters(&bare['μ'.len_utf8()..]),
        _ => {
            let ends = bare.char_indices().map(|(at, c)| at + c.len_utf8()).take(SPELLING_MAX);
            // Beyond the first character only Chinese goes on.
            ends.filter(|end| known(&bare[..*end]).is_some()).last()?
        }
    };
    let entry = known(&bare[..spelling])?;
    Some(Found { unit: entry.unit, length: gap + spelling, touches: gap == 0, is_letter: false })
}

/// The most characters of a unit that is not Latin.
const SPELLING_MAX: usize = 4;

/// A Latin unit, of two words where they are known together (`fl oz`).
fn latin_after(text: &str, gap: usize) -> Option<Found> {
    let first = letters(text);
    let mut ends = [None, Some(first)];
    let joint = [". ", " ", "-", "."].into_iter().find(|joint| text[first..].starts_with(joint));
    if let Some(joint) = joint {
        let second = first + joint.len();
        ends[0] = Some(second + letters(&text[second..])).filter(|end| *end > second);
    } else if text[first..].starts_with(['2', '$']) {
        // `m2`, `us$`.
        ends[0] = Some(first + 1);
    }
    for end in ends.into_iter().flatten() {
        let Some(entry) = known(&text[..end]) else { continue };
        let is_cut = text[..end].ends_with('2') && text[end..].starts_with(|c: char| c.is_ascii_digit());
        if entry.must_touch && gap > 0 || is_cut || text[end..].starts_with(is_letter) {
            continue;
        }
        return Some(Found { unit: entry.unit, length: gap + end, touches: gap == 0, is_letter: end == 1 });
    }
    None
}

/// The currency that stands before a number at the beginning of `text`, and its length with blanks after it.
pub(super) fn currency_before(text: &str) -> Option<(Unit, usize)> {
    let first = text.chars().next()?;
    let end = match first {
        'a'..='z' => {
            let word = letters(text);
            word + usize::from(text[word..].starts_with(['$', '¥', '.']))
        }
        '人' => "人民币".len(),
        _ if first.is_alphanumeric() => return None,
        _ => first.len_utf8(),
    };
    let entry = known(text.get(..end)?)?;
    let rest = &text[end..];
    let length = text.len() - rest.strip_prefix(' ').unwrap_or(rest).len();
    // `rs5`, `rm2` and `cad2018` are names.
    if length == end && matches!(&text[..end], "rs" | "rm" | "cad") {
        return None;
    }
    matches!(entry.unit, Unit::Money { .. }).then_some((entry.unit, length))
}

/// Whether `word` (folded) is a unit of measure.
pub(crate) fn is_unit(word: &str) -> bool {
    known(word).is_some_and(|entry| matches!(entry.unit, Unit::Measure { .. }) && !entry.must_touch)
}

/// The length of the longest Chinese unit of measure that `text` begins with.
pub(crate) fn begins_with_chinese_unit(text: &str) -> bool {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(SPELLING_MAX);
    let mut chinese = ends.filter(|end| !text[..*end].is_ascii());
    chinese.any(|end| is_unit(&text[..end]))
}

fn is_letter(character: char) -> bool {
    character.is_ascii_lowercase()
}

fn letters(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_lowercase).count()
}

/// A spelling of a unit.
struct Entry {
    unit: Unit,
    must_touch: bool,
}

fn known(spelling: &str) -> Option<&'static Entry> {
    UNITS.get(spelling)
}

static UNITS: LazyLock<FxHashMap<String, Entry>> = LazyLock::new(|| {
    let mut units = FxHashMap::default();
    let mut read = |data: &str, parse: &dyn Fn(&str, f64) -> Option<Unit>| {
        for line in data.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split(' ');
            let (name, factor) =
                (fields.next().unwrap_or_default(), fields.next().and_then(|field| field.parse().ok()));
            let Some(unit) = factor.and_then(|factor| parse(name, factor)) else { continue };
            for spelling in fields {
                let bare = spelling.strip_prefix('!').unwrap_or(spelling);
                units.insert(bare.replace('_', " "), Entry { unit, must_touch: bare != spelling });
            }
        }
    };
    let measure = |name: &str, factor| Some(Unit::Measure { dimension: Dimension::named(name)?, factor });
    let money = |code: &str, factor| Some(Unit::Money { currency: Currency::new(code).ok()?, factor });
    read(include_str!("../../data/units.txt"), &measure);
    read(include_str!("../../data/currencies.txt"), &money);
    units
});

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, &str)> {
        let found = unit_after(text)?;
        let unit = match found.unit {
            Unit::Measure { dimension, factor } => format!("{} {factor}", dimension.name()),
            Unit::Money { currency, factor } => format!("{} {factor}", currency.as_str()),
        };
        Some((unit, &text[..found.length]))
    }

    #[test]
    fn the_longest_unit_is_read() {
        for (text, unit, taken) in [
            ("ml", "volume 1", "ml"),
            (" fl oz bottle", "volume 29.5735", " fl oz"),
            ("-pack", "count 1", "-pack"),
            ("千克装", "mass 1000", "千克"),
            ("英寸屏", "length 25.4", "英寸"),
            ("件套", "count 1", "件套"),
            ("块钱", "CNY 1", "块钱"),
            ("\" tv", "length 25.4", "\""),
            ("′′", "length 25.4", "′′"),
            ("m2", "area 1", "m2"),
            ("m", "length 1000", "m"),
            (" year old", "age 12", " year old"),
            ("μm", "length 0.001", "μm"),
            ("°c", "temperature 1", "°c"),
            ("€", "EUR 1", "€"),
            (" us$", "USD 1", " us$"),
            ("v2a", "voltage 1", "v"),
        ] {
            assert_eq!(read(text), Some((unit.to_owned(), taken)), "{text}");
        }
        for text in ["mlx", "", " ", "xm4", "款", " a", "\u{301}"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn currencies_before_amounts() {
        for (text, code, length) in [
            ("$50", "USD", 1),
            ("¥ 9", "CNY", 3),
            ("usd 50", "USD", 4),
            ("hk$5", "HKD", 3),
            ("人民币5", "CNY", 9),
            ("rs. 5", "INR", 4),
        ] {
            let (unit, taken) = currency_before(text).unwrap();
            assert!(matches!(unit, Unit::Money { currency, .. } if currency.as_str() == code), "{text}");
            assert_eq!(taken, length, "{text}");
        }
        assert_eq!((currency_before("ml"), currency_before("人5"), currency_before("")), (None, None, None));
    }

    #[test]
    fn every_line_of_the_tables_is_read() {
        let lines = |data: &str| data.lines().filter(|line| !line.starts_with('#')).count();
        assert!(
            lines(include_str!("../../data/units.txt")) > 50 && lines(include_str!("../../data/currencies.txt")) > 20
        );
        let spellings = |data: &str| -> usize {
            data.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').count() - 2).sum()
        };
        let all =
            spellings(include_str!("../../data/units.txt")) + spellings(include_str!("../../data/currencies.txt"));
        assert_eq!(UNITS.len(), all, "a spelling stands twice, or a line is not read");
        assert!(DIMENSIONS.iter().all(|(dimension, name, _)| Dimension::named(name) == Some(*dimension)));
    }
}
