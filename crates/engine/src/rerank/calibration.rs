use learn::slates::{Mix, Reordered, SlateError, calibrate};

use super::{Reranker, Stage};

/// Brings the categories shown near those of the shopper's own history, as far as the request may use it.
pub(super) struct Calibration;

impl Reranker for Calibration {
    fn id(&self) -> &'static str {
        "calibration"
    }

    fn purpose(&self) -> &'static str {
        "the shopper's own mix"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        stage.dials.calibration > 0.0 && stage.context.request.personalise && stage.context.actor.is_some()
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        let labels = stage.labels();
        let categories: Vec<Vec<u32>> = labels.iter().map(|labels| labels.category.into_iter().collect()).collect();
        calibrate(&stage.list, &categories, &mix(stage)?, f64::from(stage.dials.calibration))
    }
}

/// The most special categories of what the shopper did, fading; what was refused does not count.
fn mix(stage: &Stage<'_>) -> Result<Mix, SlateError> {
    let (features, now) = (&stage.context.view.features, stage.context.request.now);
    let half_life = features.config().history_half_life_days;
    let touches = stage.context.history();
    let amounts = touches.iter().filter(|touch| touch.weight > 0.0 && !touch.refused).filter_map(|touch| {
        let days = touch.time.days_until(now).max(0.0);
        let category = features.facts(touch.item)?.categories.last().copied()?;
        Some((category, f64::from(touch.weight) * (-days / half_life).exp2()))
    });
    Mix::new(&amounts.collect::<Vec<(u32, f64)>>())
}
