use super::align::Lookup;
use super::corpus::Corpus;
use super::term::{Term, codes, folded, terms};
use super::variation::Axis;

/// What is known of an item, to be compared with others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Who makes it; empty where it is not known.
    pub brand: &'a str,
    /// What it costs; both items' in the same currency.
    pub price: Option<f64>,
    /// Attributes in which variants differ, as the shop has them.
    pub attributes: &'a [(Axis, &'a str)],
}

/// What of a record takes part in comparisons; made by [`Corpus::profile`].
#[derive(Clone, Debug)]
pub struct Profile {
    pub(super) whole: TextProfile,
    /// The same without colours, sizes and quantities, where there are any.
    pub(super) core: Option<TextProfile>,
    pub(super) axes: Vec<(Axis, Box<str>)>,
    pub(super) price: Option<f64>,
}

#[derive(Clone, Debug)]
pub(super) struct TextProfile {
    pub(super) terms: Vec<WeighedTerm>,
    pub(super) brand: Vec<Term>,
    /// The brand's terms and the name's.
    pub(super) lookup: Lookup,
    pub(super) codes: Vec<Box<str>>,
    pub(super) grams: WeighedGrams,
    pub(super) brand_grams: WeighedGrams,
}

#[derive(Clone, Debug)]
pub(super) struct WeighedTerm {
    pub(super) term: Term,
    pub(super) rarity: f32,
}

/// Character n-grams with their weights, sorted by key.
#[derive(Clone, Debug)]
pub(super) struct WeighedGrams {
    grams: Vec<(u64, f32)>,
    sum: f32,
    norm: f32,
}

impl Profile {
    /// In what variants of the item may differ, as its name and attributes tell: colours, sizes, quantities.
    pub fn axes(&self) -> impl Iterator<Item = (Axis, &str)> {
        self.axes.iter().map(|(axis, value)| (*axis, &**value))
    }

    /// The words of the name with how rare each is, for finding items worth comparing. A word that stands several times
    /// comes several times.
    pub fn terms(&self) -> impl Iterator<Item = (&str, f32)> {
        self.whole.terms.iter().map(|weighed| (&*weighed.term.text, weighed.rarity))
    }
}

impl Corpus {
    pub(super) fn text_profile(&self, name: &str, brand: &str) -> TextProfile {
        let (name, brand) = (folded(name), folded(brand));
        let brand_terms = terms(&brand);
        let name_terms = terms(&name);
        let all: Vec<Term> = brand_terms.iter().chain(&name_terms).cloned().collect();
        TextProfile {
            lookup: Lookup::new(&all),
            terms: self.weighed_terms(name_terms),
            brand: brand_terms,
            codes: codes(&name),
            grams: self.weighed_grams(&name),
            brand_grams: self.weighed_grams(&brand),
        }
    }
}

impl TextProfile {
    /// Different numbers of the name.
    pub(super) fn numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> =
            self.terms.iter().filter(|weighed| weighed.term.is_number).map(|weighed| &*weighed.term.text).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

impl WeighedGrams {
    pub(super) fn new(grams: Vec<(u64, f32)>) -> Self {
        let sum = grams.iter().map(|(_, weight)| weight).sum();
        let norm = grams.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        Self { grams, sum, norm }
    }

    /// Cosine, and the share of each side's weight that is also on the other. All 0 where a side is empty.
    pub(super) fn overlap(&self, other: &Self) -> (f32, f32, f32) {
        let (mut product, mut common) = (0.0, 0.0);
        let mut theirs = other.grams.iter().peekable();
        for (key, weight) in &self.grams {
            while theirs.next_if(|(other, _)| other < key).is_some() {}
            if let Some((_, other)) = theirs.next_if(|(other, _)| other == key) {
                product += weight * other;
                common += weight.min(*other);
            }
        }
        let ratio = |part: f32, whole: f32| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
        (ratio(product, self.norm * other.norm), ratio(common, self.sum), ratio(common, other.sum))
    }
}
