use super::BanditError;

/// How far down a slate people look, so that what nobody saw is no evidence against it.
#[derive(Clone, Debug, PartialEq)]
pub enum Examination {
    /// Every place is looked at.
    Certain,
    /// Place `p` is looked at with the `p`-th probability whatever stands there; places beyond the last have the last
    /// (position-based model: Richardson, Dominowska and Ragno 2007, "Predicting clicks", WWW).
    ByPlace(Vec<f64>),
    /// From the top until the first click, and no further (cascade model: Craswell et al. 2008, WSDM).
    Cascade,
}

impl Examination {
    /// Place `p` of the first `places` is looked at with probability `(p + 1)^-exponent`.
    pub fn power(exponent: f64, places: usize) -> Self {
        Self::ByPlace((1..=places.max(1)).map(|rank| (rank as f64).powf(-exponent)).collect())
    }

    /// The probability that the place was looked at, 0..=1, where `clicked_above` is whether a place above it was
    /// rewarded.
    pub fn at(&self, place: usize, clicked_above: bool) -> f64 {
        match self {
            Self::Certain => 1.0,
            Self::ByPlace(probabilities) => probabilities[place.min(probabilities.len() - 1)],
            Self::Cascade => f64::from(u8::from(!clicked_above)),
        }
    }

    pub(super) fn check(&self) -> Result<(), BanditError> {
        let Self::ByPlace(probabilities) = self else { return Ok(()) };
        let expected = "one or more probabilities in (0, 1]";
        let outside = probabilities.iter().find(|probability| !(1e-6..=1.0).contains(*probability));
        match outside.copied().or(probabilities.is_empty().then_some(0.0)) {
            Some(got) => Err(BanditError::Setting { field: "examination", expected, got }),
            None => Ok(()),
        }
    }
}
