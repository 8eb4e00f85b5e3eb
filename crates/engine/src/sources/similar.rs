use rustc_hash::FxHashMap;
use types::{Row, SourceId};

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what is like the seeds: near in meaning under every encoder, and wanted by those who want the seeds.
pub(crate) struct Similar;

/// Weight of shared shoppers beside likeness of content; content has no cold start, so it leads.
const NEIGHBOURS_WEIGHT: f32 = 0.5;

impl Source for Similar {
    fn id(&self) -> SourceId {
        SourceId::new("similar")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let mut scores: FxHashMap<Row, f32> = FxHashMap::default();
        let mut eligible = context.eligible.clone();
        context.seeds.iter().for_each(|seed| eligible.remove(*seed));
        for seed in &context.seeds {
            for (_, encoder) in &context.view.retrievers.encoders {
                let Some(vector) = context.view.searcher.vector(encoder.id(), *seed) else { continue };
                let near = context.view.searcher.search_vectors(encoder.id(), &vector, &eligible, depth(context));
                let near = near.map_err(|error| SourceError::new("the vectors could not be searched", error))?;
                add_scaled(&mut scores, &near, 1.0);
            }
            let mut neighbours = context.view.neighbours.similar(*seed, depth(context));
            neighbours.retain(|(row, _)| eligible.contains(*row));
            add_scaled(&mut scores, &neighbours, NEIGHBOURS_WEIGHT);
        }
        let mut hits: Vec<(Row, f32)> = scores.into_iter().collect();
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        hits.truncate(depth(context));
        out.add(self.id(), hits);
        Ok(())
    }
}

/// Adds a list's scores, scaled so that its best counts `weight` and its last nearly nothing: scores of different
/// retrievers are not comparable otherwise.
fn add_scaled(scores: &mut FxHashMap<Row, f32>, hits: &[(Row, f32)], weight: f32) {
    let (Some(first), Some(last)) = (hits.first(), hits.last()) else { return };
    let range = (first.1 - last.1).max(f32::EPSILON);
    for (row, score) in hits {
        *scores.entry(*row).or_default() += weight * (0.1 + 0.9 * (score - last.1) / range);
    }
}
