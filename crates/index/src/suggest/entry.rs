use std::sync::Arc;

use types::Row;

/// What a suggestion is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// A query that others sent.
    Query,
    /// A product.
    Product,
    /// A category.
    Category,
    /// A brand.
    Brand,
    /// Anything else, such as a page of the shop.
    Other,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Query, Self::Product, Self::Category, Self::Brand, Self::Other];

    /// The kind's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Product => "product",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Other => "other",
        }
    }

    /// Reads a kind's stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What choosing a suggestion leads to, besides searching for its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Payload {
    /// An item.
    Row(Row),
    /// A category, from the root down.
    Category(Arc<[Arc<str>]>),
}

/// How a text sounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pinyin<'a> {
    /// The readings of all characters one after another, letters and digits as they are, without blanks and
    /// punctuation: `lianyiqun`.
    pub full: &'a str,
    /// The first letter of each: `lyq`.
    pub initials: &'a str,
}

/// A text that may be suggested, with the keys by which it is found.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The text as it is shown. Empty ones and those of more than 2,048 bytes are left out.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind,
    /// How much it is wanted, such as a fading count of searches; what is not above 0 is left out. Weights of one kind
    /// are compared with one another, those of different kinds never.
    pub weight: f32,
    /// The text as typed letters are folded before they are looked up.
    pub folded: &'a str,
    /// Bytes of `folded` at which words begin; the first word need not be among them.
    pub words: &'a [usize],
    /// Pinyin of the text, possibly in more than one way.
    pub pinyin: &'a [Pinyin<'a>],
    /// Article numbers and model names, to be found by any part of three letters or more; in the text or not.
    pub codes: &'a [&'a str],
    /// What choosing it leads to.
    pub payload: Option<Payload>,
}

impl<'a> Entry<'a> {
    /// An entry that is found by its folded text alone.
    pub fn new(kind: Kind, text: &'a str, folded: &'a str, weight: f32) -> Self {
        Self { text, kind, weight, folded, words: &[], pinyin: &[], codes: &[], payload: None }
    }
}
