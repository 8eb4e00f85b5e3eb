use engine::{ModelOrder, ModelTrainer, Shop, TrainWatch, Trained, TrainingFault};

use crate::{rank, recommend};

/// Carries out a server's orders, as [`recommend::train_shop`] and [`rank::train_ordered`] do.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShopTrainer;

impl ModelTrainer for ShopTrainer {
    fn train(&self, shop: &Shop, order: &ModelOrder, watch: &mut TrainWatch<'_>) -> Result<Trained, TrainingFault> {
        match order {
            ModelOrder::Recommender(order) => {
                let report = recommend::train_shop(shop, order, watch)?;
                Ok(Trained { version: report.version, promoted: report.promoted, report: report.to_json() })
            }
            ModelOrder::Ranker(order) => {
                let kept = rank::train_ordered(shop, order, watch)?;
                Ok(Trained { version: kept.version, promoted: kept.promoted, report: kept.to_json() })
            }
        }
    }
}
