//! The numbers about a pair, in order.

/// A number about a pair of items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Feature {
    /// A stable name.
    pub name: &'static str,
    /// 1 where more of it can only speak for the same product, -1 where only against it, 0 where it depends.
    pub direction: i8,
    /// Whether it is one of two numbers, the first item's (`_left`), followed by the second item's (`_right`).
    pub sides: bool,
}

/// How many numbers there are.
pub const FEATURE_COUNT: usize = 35;

/// All numbers, in the order of [`super::Comparison::features`]. Where a number is not known it is NaN. Numbers of either
/// side stand one behind the other.
pub const FEATURES: [Feature; FEATURE_COUNT] = [
    side("coverage_left", 1),
    feature("coverage_right", 1),
    feature("coverage_all", 1),
    feature("gram_cosine", 1),
    side("gram_containment_left", 1),
    feature("gram_containment_right", 1),
    side("differing_rarest_left", -1),
    feature("differing_rarest_right", -1),
    side("differing_mass_left", -1),
    feature("differing_mass_right", -1),
    side("differing_word_rarest_left", -1),
    feature("differing_word_rarest_right", -1),
    feature("shared_rarest", 0),
    feature("shared_mass", 0),
    feature("numbers_shared", 0),
    side("numbers_differing_left", -1),
    feature("numbers_differing_right", -1),
    feature("numbers_conflict", -1),
    feature("numbers_equal", 1),
    feature("codes_shared", 1),
    side("codes_differing_left", 0),
    feature("codes_differing_right", 0),
    feature("codes_conflict", -1),
    feature("price_log_ratio", 0),
    feature("price_same", 1),
    feature("brand_found", 1),
    feature("brand_similarity", 1),
    side("terms_left", 0),
    feature("terms_right", 0),
    side("differing_terms_left", 0),
    feature("differing_terms_right", 0),
    feature("first_found", 0),
    feature("long_numbers_shared", 1),
    feature("cosine", 1),
    feature("attributes_differing", -1),
];

const fn feature(name: &'static str, direction: i8) -> Feature {
    Feature { name, direction, sides: false }
}

const fn side(name: &'static str, direction: i8) -> Feature {
    Feature { name, direction, sides: true }
}

/// The numbers with the lesser one of either side's first: the same whichever item comes first.
pub(super) fn unsided(mut features: [f32; FEATURE_COUNT]) -> [f32; FEATURE_COUNT] {
    for (place, _) in FEATURES.iter().enumerate().filter(|(_, feature)| feature.sides) {
        if features[place] > features[place + 1] {
            features.swap(place, place + 1);
        }
    }
    features
}
