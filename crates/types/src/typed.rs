//! Searches for what has every word, as it is being typed, in an order that is decided criterion by criterion.

use std::sync::Arc;

use crate::{Filter, Language, SortKey};

/// How a search finds what has every word of its query, and in which order it is shown. Where a search by score weighs
/// everything at once, here a criterion only counts between items that are equal by all before it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TypedSearch {
    /// The attributes to look in.
    pub attributes: Vec<TypedAttribute>,
    /// Which words may be beginnings.
    pub prefixes: Prefixes,
    /// How slips are looked past.
    pub typos: Typos,
    /// Of what was found with slips, what is kept.
    pub tolerance: Tolerance,
    /// Words, folded, that an item need not have.
    pub optional: Vec<Arc<str>>,
    /// Texts whose words must stand side by side in one of the attributes, as they are.
    pub phrases: Vec<Arc<str>>,
    /// Texts whose words must not stand so in any of them.
    pub excluded: Vec<Arc<str>>,
    /// Languages whose words without a meaning of their own are not looked for, unless they may be beginnings, or nothing else
    /// was typed.
    pub stop_words: Vec<Language>,
    /// What is done where nothing has every word.
    pub fewer_words: FewerWords,
    /// What decides the order, the first criterion first; ties go to the row.
    pub criteria: Vec<Criterion>,
    /// Filters that raise what they keep, each by its score.
    pub raised: Vec<(Filter, f32)>,
    /// Whether several filters raise by their sum; else by the highest.
    pub raised_sum: bool,
    /// Where the shopper is.
    pub around: Option<Around>,
}

/// What decides an order.
#[derive(Clone, PartialEq, Debug)]
pub enum Criterion {
    /// Fewer slips first.
    Typos,
    /// Nearer first, where the request says from where.
    Distance,
    /// More words of the query first, where some are optional.
    Words,
    /// What filters raise most first.
    Filters,
    /// Words closer to one another first.
    Proximity,
    /// Words in more important attributes, and nearer their beginning, first.
    Attribute,
    /// More words just as they were typed first.
    Exact,
    /// By an attribute.
    By(SortKey),
}

/// Of what was found with slips, what is kept.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tolerance {
    /// All.
    #[default]
    All,
    /// What has the fewest.
    Fewest,
    /// What has the fewest, or one more.
    FewestAndOneMore,
}

/// What is done where nothing has every word of a query.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum FewerWords {
    /// Nothing.
    #[default]
    Never,
    /// Words are let go from the end until something is found.
    FromTheEnd,
    /// Words are let go from the beginning until something is found.
    FromTheBeginning,
    /// All words but one may be lacking.
    All,
}

/// A place on the earth, and how far things around it may be.
#[derive(Clone, PartialEq, Debug)]
pub struct Around {
    /// Attribute with latitudes in degrees.
    pub latitude: Arc<str>,
    /// Attribute with longitudes in degrees.
    pub longitude: Arc<str>,
    /// Degrees north, -90 to 90, and east, -180 to 180.
    pub point: (f64, f64),
    /// Metres; `None` for any distance.
    pub radius: Option<f64>,
    /// Metres within which distances count as equal, from 1.
    pub precision: f64,
}

impl Around {
    /// Metres from the point to another on the earth taken as a sphere (haversine formula, Sinnott 1984, "Virtues of the
    /// haversine"); infinite where it has no place.
    pub fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        /// Mean radius of the earth in metres (IUGG).
        const RADIUS: f64 = 6_371_008.8;
        let (from, to) = (self.point.0.to_radians(), latitude.to_radians());
        let (north, east) = ((to - from) / 2.0, (longitude - self.point.1).to_radians() / 2.0);
        let half = north.sin().powi(2) + from.cos() * to.cos() * east.sin().powi(2);
        let distance = 2.0 * RADIUS * half.clamp(0.0, 1.0).sqrt().asin();
        if distance.is_nan() { f64::INFINITY } else { distance }
    }
}

/// An attribute to look in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypedAttribute {
    /// Its name.
    pub name: Arc<str>,
    /// Its place in the order of importance, from 0; several may share one.
    pub rank: u8,
    /// Whether words near its beginning count more.
    pub ordered: bool,
    /// Whether slips are looked past in it.
    pub typos: bool,
}

/// Which words of a query may be beginnings of words.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Prefixes {
    /// The last one.
    #[default]
    Last,
    /// All.
    All,
    /// None.
    None,
}

/// How slips are looked past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Typos {
    /// Letters from which on a word may have one slip.
    pub one: usize,
    /// Letters from which on a word may have two.
    pub two: usize,
    /// Words, folded, that must be typed right.
    pub never: Vec<Arc<str>>,
    /// Whether numbers may have slips.
    pub numbers: bool,
}

impl Default for Typos {
    fn default() -> Self {
        Self { one: 4, two: 8, never: Vec::new(), numbers: true }
    }
}

impl Typos {
    /// No slips at all.
    pub fn none() -> Self {
        Self { one: usize::MAX, two: usize::MAX, ..Self::default() }
    }

    /// Slips that a word, folded, may have: 0 to 2.
    pub fn of(&self, word: &str) -> u8 {
        let letters = word.chars().count();
        let is_number = word.chars().all(|c| c.is_ascii_digit());
        if self.never.iter().any(|never| **never == *word) || (is_number && !self.numbers) {
            return 0;
        }
        u8::from(letters >= self.one) + u8::from(letters >= self.two)
    }
}
