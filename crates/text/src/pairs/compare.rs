use super::corpus::Corpus;
use super::feature::{FEATURE_COUNT, FEATURES, unsided};
use super::profile::{Profile, TextProfile};
use super::variation::{self, Difference};

/// Digits from which on a number names an article rather than a version or a size.
const LONG_DIGITS_MIN: usize = 5;
/// Prices that differ by less, as ln of their ratio, are the same.
const PRICE_SAME: f32 = 0.03;

/// What comparing two items gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// The numbers that [`FEATURES`] names; NaN where one is not known.
    pub features: [f32; FEATURE_COUNT],
    /// Words and numbers of the first name that the second has not, and the other way round.
    pub differing: (Vec<Box<str>>, Vec<Box<str>>),
    /// Where both name a colour, size or quantity and these differ.
    pub differences: Vec<Difference>,
    /// The numbers of the names without what `differences` tell, where there are any: how alike the products are when
    /// their variants are left aside.
    pub core_features: Option<[f32; FEATURE_COUNT]>,
}

impl Comparison {
    /// The number of that name.
    pub fn feature(&self, name: &str) -> Option<f32> {
        let at = FEATURES.iter().position(|feature| feature.name == name)?;
        self.features.get(at).copied().filter(|value| !value.is_nan())
    }

    /// The numbers with the lesser one of either side's first, so that the order of the items does not matter. For two
    /// items of one catalogue; where the sides are two catalogues of different habits, the sides tell something.
    pub fn unsided(&self) -> [f32; FEATURE_COUNT] {
        unsided(self.features)
    }

    /// [`Comparison::core_features`] in the same way.
    pub fn core_unsided(&self) -> Option<[f32; FEATURE_COUNT]> {
        self.core_features.map(unsided)
    }

    /// The words of either side that the other has not, each once, sorted.
    pub fn differing_words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self.differing.0.iter().chain(&self.differing.1).map(|word| &**word).collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

impl Corpus {
    /// Compares two items; `cosine` is that of their vectors, where an encoder made some.
    pub fn compare(&self, left: &Profile, right: &Profile, cosine: Option<f32>) -> Comparison {
        let differences = variation::differences(&left.axes, &right.axes);
        let facts = Facts { prices: left.price.zip(right.price), cosine, differences: differences.len() };
        let (features, differing) = compare(&left.whole, &right.whole, &facts);
        let core_features = (!differences.is_empty()).then(|| {
            let core = |profile: &Profile| profile.core.as_ref().unwrap_or(&profile.whole).clone();
            let facts = Facts { differences: 0, ..facts };
            compare(&core(left), &core(right), &facts).0
        });
        Comparison { features, differing, differences, core_features }
    }
}

/// What is known of a pair besides its texts.
#[derive(Clone, Copy)]
struct Facts {
    prices: Option<(f64, f64)>,
    cosine: Option<f32>,
    differences: usize,
}

/// What of one side is not found on the other, in numbers.
struct SideFacts {
    coverage: f32,
    shared_mass: f32,
    mass: f32,
    differing: Vec<Box<str>>,
    differing_mass: f32,
    rarest: f32,
    rarest_word: f32,
    shared_rarest: f32,
}

type Differing = (Vec<Box<str>>, Vec<Box<str>>);

fn compare(left: &TextProfile, right: &TextProfile, facts: &Facts) -> ([f32; FEATURE_COUNT], Differing) {
    let (ours, theirs) = (side(left, right), side(right, left));
    let (gram_cosine, contained, containing) = left.grams.overlap(&right.grams);
    let numbers = sets(&left.numbers(), &right.numbers());
    let (left_codes, right_codes) = (strs(&left.codes), strs(&right.codes));
    let codes = sets(&left_codes, &right_codes);
    let long = |numbers: &[&str]| numbers.iter().filter(|number| number.len() >= LONG_DIGITS_MIN).count();
    let shared_long: Vec<&str> = left.numbers().into_iter().filter(|number| right.numbers().contains(number)).collect();
    let price = facts.prices.map_or(f32::NAN, |(left, right)| (left / right).ln().abs() as f32);
    let first = |one: &TextProfile, other: &TextProfile| {
        one.terms.first().is_some_and(|first| other.lookup.has(&first.term.text))
    };
    let mut out = Sink { values: [f32::NAN; FEATURE_COUNT], at: 0 };
    out.both(ours.coverage, theirs.coverage);
    let mass = ours.mass + theirs.mass;
    out.one(if mass > 0.0 { (ours.shared_mass + theirs.shared_mass) / mass } else { 0.0 });
    out.one(gram_cosine);
    out.both(contained, containing);
    out.both(ours.rarest, theirs.rarest);
    out.both(ours.differing_mass, theirs.differing_mass);
    out.both(ours.rarest_word, theirs.rarest_word);
    out.one(ours.shared_rarest.max(theirs.shared_rarest));
    out.one(ours.shared_mass.max(theirs.shared_mass));
    out.one(numbers.shared as f32);
    out.both(numbers.left as f32, numbers.right as f32);
    out.one(f32::from(u8::from(numbers.left > 0 && numbers.right > 0)));
    out.one(f32::from(u8::from(numbers.shared > 0 && numbers.left + numbers.right == 0)));
    out.one(codes.shared as f32);
    out.both(codes.left as f32, codes.right as f32);
    out.one(f32::from(u8::from(codes.shared == 0 && codes.left > 0 && codes.right > 0)));
    out.one(price);
    out.one(if price.is_nan() { f32::NAN } else { f32::from(u8::from(price < PRICE_SAME)) });
    out.one(brand_found(left, right));
    out.one(brand_similarity(left, right));
    out.both(left.terms.len() as f32, right.terms.len() as f32);
    out.both(ours.differing.len() as f32, theirs.differing.len() as f32);
    out.one(f32::from(u8::from(first(left, right)) + u8::from(first(right, left))));
    out.one(long(&shared_long) as f32);
    out.one(facts.cosine.filter(|cosine| cosine.is_finite()).unwrap_or(f32::NAN));
    out.one(facts.differences as f32);
    debug_assert_eq!(out.at, FEATURE_COUNT);
    (out.values, (ours.differing, theirs.differing))
}

fn side(one: &TextProfile, other: &TextProfile) -> SideFacts {
    let terms: Vec<_> = one.terms.iter().map(|weighed| weighed.term.clone()).collect();
    let found = other.lookup.find(&terms);
    let mut facts = SideFacts {
        coverage: 0.0,
        shared_mass: 0.0,
        mass: 0.0,
        differing: Vec::new(),
        differing_mass: 0.0,
        rarest: 0.0,
        rarest_word: 0.0,
        shared_rarest: 0.0,
    };
    for (weighed, found) in one.terms.iter().zip(found) {
        let rarity = weighed.rarity;
        facts.mass += rarity;
        if found {
            facts.shared_mass += rarity;
            facts.shared_rarest = facts.shared_rarest.max(rarity);
            continue;
        }
        facts.differing_mass += rarity;
        facts.rarest = facts.rarest.max(rarity);
        if !weighed.term.is_number {
            facts.rarest_word = facts.rarest_word.max(rarity);
        }
        facts.differing.push(weighed.term.text.clone());
    }
    facts.coverage = if facts.mass > 0.0 { facts.shared_mass / facts.mass } else { 0.0 };
    facts
}

/// Share of a known brand's words found in the other item; the greater one where both are known, NaN where none is.
fn brand_found(left: &TextProfile, right: &TextProfile) -> f32 {
    let share = |one: &TextProfile, other: &TextProfile| {
        let found = one.brand.iter().filter(|term| other.lookup.has(&term.text)).count();
        if one.brand.is_empty() { f32::NAN } else { found as f32 / one.brand.len() as f32 }
    };
    share(left, right).max(share(right, left))
}

fn brand_similarity(left: &TextProfile, right: &TextProfile) -> f32 {
    match left.brand.is_empty() || right.brand.is_empty() {
        true => f32::NAN,
        false => left.brand_grams.overlap(&right.brand_grams).0,
    }
}

/// Sizes of two sets' intersection and differences.
struct SetCounts {
    shared: usize,
    left: usize,
    right: usize,
}

fn sets(left: &[&str], right: &[&str]) -> SetCounts {
    let shared = left.iter().filter(|value| right.contains(value)).count();
    SetCounts { shared, left: left.len() - shared, right: right.len() - shared }
}

fn strs(values: &[Box<str>]) -> Vec<&str> {
    values.iter().map(|value| &**value).collect()
}

/// Fills the numbers in order.
struct Sink {
    values: [f32; FEATURE_COUNT],
    at: usize,
}

impl Sink {
    fn one(&mut self, value: f32) {
        if let Some(place) = self.values.get_mut(self.at) {
            *place = value;
        }
        self.at += 1;
    }

    fn both(&mut self, one: f32, other: f32) {
        self.one(one);
        self.one(other);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Axis, Record};
    use super::*;

    const NAMES: [&str; 6] = [
        "Adobe Photoshop CS3 upgrade (Mac)",
        "adobe photoshop cs3 for mac",
        "Sony WH-1000XM4 wireless headphones black",
        "Sony WH-1000XM4 wireless headphones silver",
        "小米不锈钢保温杯500ml 白色",
        "小米 不锈钢保温杯 350ml 白色",
    ];

    fn compare(left: &str, right: &str) -> Comparison {
        let corpus = Corpus::new(NAMES);
        let profile = |name| corpus.profile(&Record { name, ..Record::default() });
        corpus.compare(&profile(left), &profile(right), None)
    }

    #[test]
    fn what_differs_is_told_in_words_and_numbers() {
        let comparison = compare(NAMES[0], NAMES[1]);
        assert_eq!(comparison.differing_words(), ["for", "upgrade"]);
        assert!(comparison.feature("coverage_left").unwrap() > 0.4);
        assert_eq!(comparison.feature("numbers_equal"), Some(1.0));
        assert_eq!(comparison.feature("price_log_ratio"), None);
        assert!(comparison.differences.is_empty() && comparison.core_features.is_none());
    }

    #[test]
    fn joined_words_and_abbreviations_are_found() {
        let comparison = compare("the printshop 22 deluxe", "print shop v22 del");
        assert_eq!(comparison.differing_words(), ["del", "deluxe", "the", "v"]);
        assert!(compare("software professional", "software prof").differing_words().is_empty());
    }

    #[test]
    fn variants_are_alike_but_for_what_varies() {
        for (left, right, axis) in [(NAMES[2], NAMES[3], Axis::Colour), (NAMES[4], NAMES[5], Axis::Quantity)] {
            let comparison = compare(left, right);
            let axes: Vec<Axis> = comparison.differences.iter().map(|difference| difference.axis).collect();
            assert_eq!(axes, [axis], "{left} / {right}: {:?}", comparison.differences);
            let core = comparison.core_features.unwrap();
            assert!(core[0] > 0.99, "coverage of what is left: {}", core[0]);
            assert!(comparison.features[0] < core[0]);
        }
    }

    #[test]
    fn attributes_tell_what_names_do_not() {
        let corpus = Corpus::new(NAMES);
        let profile = |colour| {
            corpus.profile(&Record {
                name: NAMES[0],
                brand: "Adobe",
                price: Some(10.0),
                attributes: &[(Axis::Colour, colour)],
            })
        };
        let comparison = corpus.compare(&profile("Red"), &profile("Blue"), Some(0.9));
        assert_eq!(comparison.differences.len(), 1);
        assert_eq!(comparison.feature("cosine"), Some(0.9));
        assert_eq!(comparison.feature("price_same"), Some(1.0));
        assert!(corpus.compare(&profile("red"), &profile("Red"), None).differences.is_empty());
    }

    proptest! {
        #[test]
        fn any_two_texts_compare_the_same_both_ways(left in any::<String>(), right in any::<String>()) {
            let (one, other) = (compare(&left, &right), compare(&right, &left));
            for (place, (one, other)) in one.unsided().iter().zip(&other.unsided()).enumerate() {
                let same = (one.is_nan() && other.is_nan()) || (one - other).abs() < 1e-5;
                prop_assert!(same, "{}: {one} {other}", FEATURES[place].name);
                prop_assert!(one.is_nan() || one.is_finite());
            }
        }
    }
}
