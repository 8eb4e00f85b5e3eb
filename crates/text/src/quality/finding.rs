use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Stands for a value of which only counts that there is one: prose, pictures, moments.
pub const PRESENT: &str = "…";

/// What of an item is checked.
#[derive(Clone, Debug, Default)]
pub struct ItemFacts<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Where it stands in the tree, from the root down; empty where it is not known.
    pub category: Vec<&'a str>,
    /// What it costs; all items' in one currency.
    pub price: Option<f64>,
    /// Its other values, a row each.
    pub attributes: Vec<(&'a str, Cow<'a, str>)>,
    /// Its measures by name, in one unit each.
    pub measures: Vec<(Cow<'a, str>, f64)>,
}

/// What kind of fault it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// It is not something one can buy.
    NotAProduct,
    /// A number is far from what is usual in its category.
    Outlier,
    /// A value says something else than the title.
    Contradiction,
    /// Nearly all items of the category have a value that this one lacks.
    Missing,
    /// Items like it stand elsewhere in the tree.
    WrongCategory,
    /// The same title stands several times.
    Duplicate,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 6] =
        [Self::NotAProduct, Self::Outlier, Self::Contradiction, Self::Missing, Self::WrongCategory, Self::Duplicate];

    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAProduct => "not_a_product",
            Self::Outlier => "outlier",
            Self::Contradiction => "contradiction",
            Self::Missing => "missing",
            Self::WrongCategory => "wrong_category",
            Self::Duplicate => "duplicate",
        }
    }

    /// Reads a stable name; `-` is taken for `_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

/// Something that is likely wrong.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The item, by its place among those given.
    pub item: usize,
    /// What kind of fault it is.
    pub rule: Rule,
    /// The attribute it is about: its name, `price`, `category`, `title`.
    pub attribute: Arc<str>,
    /// How grave and how sure, 0 to 1.
    pub severity: f32,
    /// What speaks for it, in words and numbers.
    pub evidence: String,
    /// What could be done.
    pub fix: Option<Fix>,
}

/// A proposal; nothing is changed by itself.
#[derive(Clone, PartialEq, Debug)]
pub enum Fix {
    /// Give the attribute this value.
    Set(String),
    /// Take the item out of search.
    Hide,
    /// Keep another item instead of this one, by its place.
    MergeWith(usize),
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(value) => write!(f, "set to {value}"),
            Self::Hide => f.write_str("hide"),
            Self::MergeWith(item) => write!(f, "merge with {item}"),
        }
    }
}
