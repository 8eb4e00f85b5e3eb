//! The best results of a search, each read once more together with the query by the shop's cross-encoder, within the
//! time that the settings give it.

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use types::{Contribution, Degraded, ItemId, Rereading, Row};

use super::Context;
use crate::encoders::passage;

/// What reading once more did.
#[derive(Default)]
pub(super) struct Reread {
    /// What it is called where it is explained.
    name: Arc<str>,
    /// For each row that was read, what the model says of it and what that adds to the row's score.
    said: FxHashMap<Row, (f32, f32)>,
    /// What was lacking.
    pub(super) degraded: Option<Degraded>,
}

impl Reread {
    /// What it adds to a row's score.
    pub(super) fn adds(&self, row: Row) -> f32 {
        self.said.get(&row).map_or(0.0, |(_, by)| *by)
    }

    /// The same for people.
    pub(super) fn contribution(&self, row: Row) -> Option<Contribution> {
        let (value, contribution) = *self.said.get(&row)?;
        Some(Contribution { feature: Arc::clone(&self.name), value, contribution })
    }
}

/// Reads the rows with the best scores together with the query and exchanges their scores among them, so that all other rows
/// and all rules count as before. Rows that could not be read in time keep their scores.
pub(super) fn reread(context: &Context<'_>, rows: &[Row], scores: &mut [f32]) -> Reread {
    let request = context.request;
    let wanted = context.view.settings.cross_encoder.as_ref().filter(|_| request.cross_encoder);
    let query = context.reading.as_ref().map(|reading| Arc::clone(&reading.text));
    let (Some(rereading), Some(query), true) = (wanted, query, request.sort.is_empty()) else {
        return Reread::default();
    };
    let mut best: Vec<usize> = (0..rows.len()).collect();
    best.sort_unstable_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    best.truncate(rereading.top as usize);
    let lacking = |reason: String| Some(Degraded { part: Arc::clone(&rereading.model), reason });
    let read = match read(context, rereading, &query, &best.iter().map(|at| rows[*at]).collect::<Vec<_>>()) {
        Ok(read) => read,
        Err(reason) => return Reread { degraded: lacking(reason), ..Reread::default() },
    };
    let missed = best.len() - read.len();
    let in_time =
        format!("{missed} of the {} best results were not read within {} ms", best.len(), rereading.budget_ms);
    let degraded = if missed > 0 { lacking(in_time) } else { None };
    let places: Vec<(usize, f32)> = read.into_iter().map(|(place, said)| (best[place], said)).collect();
    let said = exchange(&places, scores, rereading.weight);
    let said = said.into_iter().map(|(at, said)| (rows[at], said)).collect();
    Reread { name: Arc::from(format!("read by {}", rereading.model)), said, degraded }
}

/// What the model says of rows, by their places in `rows`, as far as the time goes; or why it says nothing.
fn read(context: &Context<'_>, rereading: &Rereading, query: &str, rows: &[Row]) -> Result<Vec<(usize, f32)>, String> {
    let Some(model) = context.core.encoders.kept_cross_encoder(&rereading.model) else {
        return Err("the cross-encoder could not be loaded; results keep their order".to_owned());
    };
    let failed = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(model = %rereading.model, error, "results could not be read once more");
        "the cross-encoder could not be run; results keep their order".to_owned()
    };
    let ids: Vec<(usize, ItemId)> = {
        let names = context.core.names.read();
        let id = |(place, row): (usize, &Row)| Some((place, ItemId::new(&**names.items.id(*row)?).ok()?));
        rows.iter().enumerate().filter_map(id).collect()
    };
    let plain: Vec<ItemId> = ids.iter().map(|(_, id)| id.clone()).collect();
    let items = context.core.store.catalogue().items(&plain).map_err(|error| failed(&error))?;
    let settings = &context.view.settings;
    let passages: Vec<(usize, String)> = ids
        .iter()
        .zip(items)
        .filter_map(|((place, _), item)| item.map(|item| (*place, passage(&item, settings))))
        .collect();
    let texts: Vec<&str> = passages.iter().map(|(_, text)| text.as_str()).collect();
    let budget = Duration::from_millis(u64::from(rereading.budget_ms));
    let scores = model.score_within(query, &texts, budget).map_err(|error| failed(&error))?;
    let finite = scores.into_iter().filter(|(_, score)| score.is_finite());
    Ok(finite.map(|(at, score)| (passages[at].0, score)).collect())
}

/// Orders places anew by `weight` of what is said of them and the rest of the scores they have, both brought to 0..1, and
/// gives them one another's scores in that order. Says for each place what was said and what that adds.
fn exchange(places: &[(usize, f32)], scores: &mut [f32], weight: f32) -> Vec<(usize, (f32, f32))> {
    let mut own: Vec<f32> = places.iter().map(|(at, _)| scores[*at]).collect();
    let said: Vec<f32> = places.iter().map(|(_, said)| *said).collect();
    let (own_scaled, said_scaled) = (scaled(&own), scaled(&said));
    let blended = |place: usize| (1.0 - weight) * own_scaled[place] + weight * said_scaled[place];
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| blended(*b).total_cmp(&blended(*a)).then(own[*b].total_cmp(&own[*a])).then(a.cmp(b)));
    own.sort_by(|a, b| b.total_cmp(a));
    let mut moved = Vec::with_capacity(places.len());
    for (place, score) in order.into_iter().zip(own) {
        let (at, said) = places[place];
        moved.push((at, (said, score - scores[at])));
        scores[at] = score;
    }
    moved
}

/// Values brought to 0..1; all 1 where there is no difference.
pub(super) fn scaled(values: &[f32]) -> Vec<f32> {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let best = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = best - least;
    values.iter().map(|value| if range > 0.0 { (value - least) / range } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_exchanged_among_those_that_were_read() {
        let mut scores = [0.9, 0.8, 0.7, 0.6];
        // The second was not read.
        let moved = exchange(&[(0, -3.0), (2, 0.0), (3, 5.0)], &mut scores, 1.0);
        assert_eq!(scores, [0.6, 0.8, 0.7, 0.9]);
        assert!(moved.iter().all(|(at, (_, by))| (by - [-0.3, 0.0, 0.0, 0.3][*at]).abs() < 1e-6), "{moved:?}");
        let mut same = [0.9, 0.8, 0.7];
        exchange(&[(0, 0.1), (1, 0.2), (2, 0.3)], &mut same, 0.0);
        assert_eq!(same, [0.9, 0.8, 0.7], "without weight nothing moves");
        exchange(&[(0, 0.1), (1, 0.1), (2, 0.1)], &mut same, 1.0);
        assert_eq!(same, [0.9, 0.8, 0.7], "nothing is said between them");
        assert_eq!(exchange(&[], &mut same, 1.0), []);
    }
}
