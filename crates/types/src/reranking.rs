use crate::Filter;

/// What the head of an answer is ordered anew for, beside relevance and [`Settings::diversity`](crate::Settings::diversity):
/// dials from 0 (not at all) to 1, in the order in which they act. The default changes nothing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reranking {
    /// Takes popularity off the relevance, by its quantile among the candidates.
    pub popularity: f32,
    /// Brings the categories shown near the shopper's own mix.
    pub calibration: f32,
    /// Variety of the items shown together, as a determinantal point process sees it.
    pub dpp: f32,
    /// Gives sellers the attention that they are owed from answers before.
    pub exposure: f32,
    /// Share of every head of the answer that items of the long tail have at least.
    pub long_tail: f32,
    /// A group whose items must not stand fewer above than a share leads to expect.
    pub protected: Option<Protected>,
    /// How many of one kind may stand close together; what cannot be kept is given up from the last one on.
    pub caps: Vec<KindCap>,
}

/// A group that is protected from standing too low.
#[derive(Clone, PartialEq, Debug)]
pub struct Protected {
    /// Which items are of it.
    pub filter: Filter,
    /// The least share that every head of an answer is tested for, 0 (which asks for none) to 1.
    pub share: f32,
}

/// At most `most` items of one kind among any `among` places in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KindCap {
    /// What is counted.
    pub by: CappedKind,
    /// How many, from 1.
    pub most: u32,
    /// Among so many places, from `most` to 100.
    pub among: u32,
}

/// What a cap counts items by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CappedKind {
    /// Their brand.
    Brand,
    /// Their most special category.
    Category,
    /// Who sells them.
    Seller,
}

impl CappedKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Brand, Self::Category, Self::Seller];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Seller => "seller",
        }
    }
}

impl Reranking {
    /// Every dial: its name, and where it is.
    pub const DIALS: &'static [crate::Tunable<Self>] = &[
        dial("popularity", |of| of.popularity, |of, value| of.popularity = value),
        dial("calibration", |of| of.calibration, |of, value| of.calibration = value),
        dial("dpp", |of| of.dpp, |of, value| of.dpp = value),
        dial("exposure", |of| of.exposure, |of, value| of.exposure = value),
        dial("long_tail", |of| of.long_tail, |of, value| of.long_tail = value),
    ];
}

const fn dial(
    name: &'static str,
    get: fn(&Reranking) -> f32,
    set: fn(&mut Reranking, f32),
) -> crate::Tunable<Reranking> {
    crate::Tunable { name, least: 0.0, most: 1.0, get, set }
}
