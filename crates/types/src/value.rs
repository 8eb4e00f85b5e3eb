use std::fmt;
use std::sync::Arc;

use crate::{FieldError, Millis};

/// Languages told apart so far; anything else is [`Language::Other`] and handled by Unicode rules alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Language {
    /// Chinese, either script.
    Chinese,
    /// English.
    English,
    /// Unknown, or none of the above.
    #[default]
    Other,
}

impl Language {
    /// The language's code: `zh`, `en`, or `und` where it is not known.
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
            Self::Other => "und",
        }
    }

    /// Reads a code; region and script suffixes are ignored (`zh-CN`, `en_GB`).
    pub fn from_code(code: &str) -> Self {
        match code.split(['-', '_']).next() {
            Some("zh") => Self::Chinese,
            Some("en") => Self::English,
            _ => Self::Other,
        }
    }

    /// A cheap guess by script: any Han character makes a text Chinese, else any Latin letter makes it English.
    pub fn guess(text: &str) -> Self {
        let is_han =
            |c: char| matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
        if text.chars().any(is_han) {
            Self::Chinese
        } else if text.chars().any(|c| c.is_ascii_alphabetic()) {
            Self::English
        } else {
            Self::Other
        }
    }
}

/// One text in one or several languages, in the order given; the first is the default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Texts(Vec<(Language, Arc<str>)>);

impl Texts {
    /// A text in one language, guessed from its script.
    pub fn guessed(text: impl AsRef<str>) -> Self {
        Self(vec![(Language::guess(text.as_ref()), Arc::from(text.as_ref()))])
    }

    /// Texts in named languages; a language named twice keeps its last text.
    pub fn new(texts: impl IntoIterator<Item = (Language, Arc<str>)>) -> Self {
        let mut out: Vec<(Language, Arc<str>)> = Vec::new();
        for (language, text) in texts {
            match out.iter_mut().find(|(known, _)| *known == language) {
                Some(entry) => entry.1 = text,
                None => out.push((language, text)),
            }
        }
        Self(out)
    }

    /// All texts with their languages.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.0.iter().map(|(language, text)| (*language, &**text))
    }

    /// The text in `language`, else the first; empty where there is none.
    pub fn best(&self, language: Language) -> &str {
        let wanted = self.0.iter().find(|(known, _)| *known == language);
        wanted.or(self.0.first()).map_or("", |(_, text)| text)
    }
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Checks and wraps a code.
    ///
    /// # Errors
    /// A [`FieldError`] with code `currency_invalid`.
    pub fn new(code: &str) -> Result<Self, FieldError> {
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self(bytes)),
            _ => Err(FieldError::new("currency_invalid", "currency", "an ISO 4217 code such as EUR", code)),
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        // Always ASCII by construction, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount of money, exact to a ten-thousandth of the currency's unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Money {
    /// Ten-thousandths of the unit: 12.99 is 129,900.
    pub ten_thousandths: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Makes an amount from a decimal number of units, rounded to a ten-thousandth.
    ///
    /// # Errors
    /// A [`FieldError`] with code `amount_invalid` for NaN, infinities and amounts beyond ±10^12 units.
    pub fn new(amount: f64, currency: Currency) -> Result<Self, FieldError> {
        if !amount.is_finite() || amount.abs() > 1e12 {
            let expected = "a finite amount within a million million units";
            return Err(FieldError::new("amount_invalid", "amount", expected, amount.to_string()));
        }
        Ok(Self { ten_thousandths: (amount * 10_000.0).round() as i64, currency })
    }

    /// The amount in units of the currency.
    pub fn amount(self) -> f64 {
        self.ten_thousandths as f64 / 10_000.0
    }
}

/// What an attribute holds. Numbers are finite.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Prose: tokenised, searchable, highlighted.
    Text(Texts),
    /// One or several exact words: filterable, facetable (brand, colour, tags).
    Keywords(Vec<Arc<str>>),
    /// A finite number.
    Number(f64),
    /// An amount with its currency.
    Money(Money),
    /// A moment.
    Time(Millis),
    /// Yes or no.
    Boolean(bool),
    /// One or several paths from the root of the category tree, such as `[Home, Kitchen, Towels]`.
    Categories(Vec<Vec<Arc<str>>>),
    /// Where a picture is; shown, never fetched.
    Image(Arc<str>),
}

/// The type of a [`Value`], as declared in a shop's settings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ValueKind {
    /// See [`Value::Text`].
    Text,
    /// See [`Value::Keywords`].
    Keywords,
    /// See [`Value::Number`].
    Number,
    /// See [`Value::Money`].
    Money,
    /// See [`Value::Time`].
    Time,
    /// See [`Value::Boolean`].
    Boolean,
    /// See [`Value::Categories`].
    Categories,
    /// See [`Value::Image`].
    Image,
}

impl ValueKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Keywords,
        Self::Number,
        Self::Money,
        Self::Time,
        Self::Boolean,
        Self::Categories,
        Self::Image,
    ];

    /// The kind's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Keywords => "keywords",
            Self::Number => "number",
            Self::Money => "money",
            Self::Time => "time",
            Self::Boolean => "boolean",
            Self::Categories => "categories",
            Self::Image => "image",
        }
    }

    /// Reads a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Value {
    /// The type of this value.
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Text(_) => ValueKind::Text,
            Self::Keywords(_) => ValueKind::Keywords,
            Self::Number(_) => ValueKind::Number,
            Self::Money(_) => ValueKind::Money,
            Self::Time(_) => ValueKind::Time,
            Self::Boolean(_) => ValueKind::Boolean,
            Self::Categories(_) => ValueKind::Categories,
            Self::Image(_) => ValueKind::Image,
        }
    }

    /// The value as a number where it has one: number, money (units), time (ms since 1970), boolean (0 or 1).
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Money(money) => Some(money.amount()),
            Self::Time(time) => Some(time.0 as f64),
            Self::Boolean(yes) => Some(f64::from(u8::from(*yes))),
            Self::Text(_) | Self::Keywords(_) | Self::Categories(_) | Self::Image(_) => None,
        }
    }
}
