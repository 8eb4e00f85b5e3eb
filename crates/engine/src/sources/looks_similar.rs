use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Row, SourceId};

use super::{Source, depth};
use crate::pipeline::{Candidates, Context, SourceError};

/// Brings what looks like the seeds, by their pictures: the more, the nearer it is to the nearest of them.
pub(crate) struct LooksSimilar;

impl Source for LooksSimilar {
    fn id(&self) -> SourceId {
        SourceId::new("looks-similar")
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let Some(model) = &context.view.retrievers.pictures else { return Ok(()) };
        let mut eligible = context.eligible.clone();
        context.seeds.iter().for_each(|seed| eligible.remove(*seed));
        let mut best: FxHashMap<Row, (f32, Row)> = FxHashMap::default();
        for seed in &context.seeds {
            let Some(vector) = context.view.searcher.vector(&model.id, *seed) else { continue };
            let hits = context.view.searcher.search_vectors(&model.id, &vector, &eligible, depth(context));
            let hits =
                hits.map_err(|error| SourceError::new("the vectors of pictures could not be searched", error))?;
            for (row, score) in hits {
                let entry = best.entry(row).or_insert((score, *seed));
                if score > entry.0 {
                    *entry = (score, *seed);
                }
            }
        }
        let mut hits: Vec<(Row, f32, Row)> = best.into_iter().map(|(row, (score, seed))| (row, score, seed)).collect();
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        hits.truncate(depth(context));
        let names = context.core.names.read();
        let because = |seed| names.items.id(seed).map(|id| Arc::from(format!("looks like {id}")));
        let hits: Vec<_> = hits.into_iter().map(|(row, score, seed)| (row, score, because(seed))).collect();
        out.add_with_reasons(self.id(), hits);
        Ok(())
    }
}
