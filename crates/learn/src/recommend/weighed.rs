//! What each item of a history says.

use types::{Row, Touch};

use super::Ask;

/// How much an item of the history says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Weighing {
    /// Items that speak, the last ones; bounds the time of a request.
    pub(super) items: usize,
    /// What an item says is divided by (1 + moments after it) to this power.
    pub(super) place_exponent: f32,
    /// Days after which what an item says is halved; 0 never.
    pub(super) half_life_days: f32,
}

impl Weighing {
    /// Each item of the history that says something, with how much; the positive ones add up to 1, so that scores do not
    /// depend on the length of a history. Items touched at one moment share a place, because their order means nothing.
    pub(super) fn weigh(&self, ask: &Ask<'_>) -> Vec<(Row, f32)> {
        let mut place = 0u32;
        let mut weights = Vec::with_capacity(ask.history.len().min(self.items));
        for (index, touch) in ask.history.iter().take(self.items).enumerate() {
            place += u32::from(index > 0 && ask.history[index - 1].time != touch.time);
            weights.push((touch.item, self.weight(touch, place, ask)));
        }
        weights.retain(|(_, weight)| *weight != 0.0 && weight.is_finite());
        let liked: f32 = weights.iter().map(|(_, weight)| weight.max(0.0)).sum();
        let total = if liked > 0.0 { liked } else { weights.iter().map(|(_, weight)| weight.abs()).sum() };
        weights.iter_mut().for_each(|(_, weight)| *weight /= total);
        weights
    }

    fn weight(&self, touch: &Touch, place: u32, ask: &Ask<'_>) -> f32 {
        let days = touch.time.days_until(ask.now).max(0.0) as f32;
        let fade = if self.half_life_days > 0.0 { (-days / self.half_life_days).exp2() } else { 1.0 };
        let weight = touch.weight.clamp(-WEIGHT_MAX, WEIGHT_MAX);
        let against = if touch.refused { -weight.abs() } else { weight };
        against * fade * (1.0 + place as f32).powf(-self.place_exponent)
    }
}

/// Weights beyond this count as this one.
const WEIGHT_MAX: f32 = 1e4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::history;
    use types::Millis;

    #[test]
    fn later_items_say_more_and_dislikes_speak_against() {
        let weighing = Weighing { items: 3, place_exponent: 1.0, half_life_days: 0.0 };
        let mut history = history(&[1, 2, 3, 4]);
        history[1].weight = -1.0;
        history[2].weight = 3.0;
        let weights = weighing.weigh(&Ask { history: &history, now: Millis(0) });
        assert_eq!(weights, [(Row(1), 0.5), (Row(2), -0.25), (Row(3), 0.5)]);
        history[2].time = history[1].time;
        history[0].weight = f32::NAN;
        let weights = weighing.weigh(&Ask { history: &history, now: Millis(0) });
        assert_eq!(weights, [(Row(2), -0.5 / 1.5), (Row(3), 1.0)]);
    }
}
