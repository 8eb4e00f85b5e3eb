//! What is trained for a shop beside its requests, and who carries it out.

use serde_json::Value as Json;
use types::{FieldError, RecommendKind};

use crate::{RankerKind, RankerOrder, Shop, TrainingOrder};

/// What a trained model is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelKind {
    /// A recommender in force for a kind of recommendation.
    Recommender(RecommendKind),
    /// A ranker of searches or of recommendations.
    Ranker(RankerKind),
}

impl ModelKind {
    /// The kind's stable name, such as `for-you` or `search`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recommender(kind) => kind.name(),
            Self::Ranker(kind) => kind.name(),
        }
    }

    /// Where a shop's models of this kind are read about, below the shop's own address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Recommender(_) => "recommenders",
            Self::Ranker(RankerKind::Search) => "rankers/search",
            Self::Ranker(RankerKind::Recommend) => "rankers/recommend",
        }
    }
}

/// What is to be trained, and how.
#[derive(Clone, PartialEq, Debug)]
pub enum ModelOrder {
    /// A recommender.
    Recommender(TrainingOrder),
    /// A ranker.
    Ranker(RankerOrder),
}

impl ModelOrder {
    /// What the model will be for.
    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Recommender(order) => ModelKind::Recommender(order.kind),
            Self::Ranker(order) => ModelKind::Ranker(order.kind),
        }
    }

    /// Refuses what cannot be carried out.
    ///
    /// # Errors
    /// A [`FieldError`] about a field of the order.
    pub fn check(&self) -> Result<(), FieldError> {
        match self {
            Self::Recommender(order) => order.methods().map(drop),
            Self::Ranker(order) => order.check(),
        }
    }
}

/// When a new model is put in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Promote {
    /// Never: somebody decides.
    #[default]
    No,
    /// Always.
    Yes,
    /// Where it is better than what is in force by more than noise, or is the same method with newer data.
    IfBetter,
}

impl Promote {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::No, Self::Yes, Self::IfBetter];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::IfBetter => "if-better",
        }
    }

    /// Reads a stable name.
    ///
    /// # Errors
    /// A [`FieldError`] with code `value_invalid`.
    pub fn from_name(name: &str) -> Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|promote| promote.name() == name);
        found.ok_or_else(|| FieldError::new("value_invalid", "promote", "one of no, yes, if-better", name))
    }
}

/// Told which step it is and how much of it is done, 0 to 1; stops by returning `false`.
pub type TrainWatch<'a> = dyn FnMut(&str, f64) -> bool + Send + 'a;

/// Carries out [`ModelOrder`]s. What measures and compares models stands above those who give the orders, so that serving
/// carries neither data sets nor a training framework; the program joins them.
pub trait ModelTrainer: Send + Sync {
    /// Trains, keeps the best model and puts it in force as the order says.
    ///
    /// # Errors
    /// Why there is no new model; then nothing was kept.
    fn train(&self, shop: &Shop, order: &ModelOrder, watch: &mut TrainWatch<'_>) -> Result<Trained, TrainingFault>;
}

/// Why a training came to nothing.
pub type TrainingFault = Box<dyn std::error::Error + Send + Sync>;

/// What came of an order.
#[derive(Clone, PartialEq, Debug)]
pub struct Trained {
    /// The version that was kept.
    pub version: u32,
    /// Whether it was put in force.
    pub promoted: bool,
    /// The comparison, and the reason for the decision.
    pub report: Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_of_promotion_are_read_by_name() {
        assert_eq!(Promote::from_name("if-better"), Ok(Promote::IfBetter));
        assert_eq!(Promote::from_name("maybe").unwrap_err().field, "promote");
    }
}
