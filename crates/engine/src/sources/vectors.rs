use std::sync::Arc;

use neural::Encoder;
use types::{Language, Row, SourceId};

use super::Source;
use crate::pipeline::{Candidates, Context, SourceError};

/// Finds by meaning, under one encoder.
pub(crate) struct Vectors {
    id: SourceId,
    encoder: Arc<Encoder>,
}

/// A source for each encoder of the shop that understands the query's language.
pub(crate) fn of(context: &Context<'_>) -> Vec<Box<dyn Source>> {
    let language = Language::guess(context.searched());
    let understands = |encoder: &Encoder| language == Language::Other || encoder.understands(language);
    let encoders = context.view.retrievers.encoders.iter().filter(|(_, encoder)| understands(encoder));
    encoders
        .map(|(id, encoder)| Box::new(Vectors { id: *id, encoder: Arc::clone(encoder) }) as Box<dyn Source>)
        .collect()
}

/// The query's vector, from the cache where it was asked before.
pub(crate) fn query_vector(context: &Context<'_>, encoder: &Encoder) -> Result<Arc<[f32]>, SourceError> {
    let vector = context.view.retrievers.cache.get_or_encode(encoder, context.searched());
    vector.map_err(|error| SourceError::new("the query could not be encoded", error))
}

impl Source for Vectors {
    fn id(&self) -> SourceId {
        self.id
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let vector = query_vector(context, &self.encoder)?;
        let depth = context.request.retrieval.depth;
        let hits = context.view.searcher.search_vectors(self.encoder.id(), &vector, &context.eligible, depth);
        let hits = hits.map_err(|error| SourceError::new("the vectors could not be searched", error))?;
        let cutoff = context.request.retrieval.cutoff.unwrap_or(context.view.settings.cutoff);
        let kept = above(&hits, cutoff);
        out.add(self.id, hits.into_iter().take(kept));
        Ok(())
    }
}

/// How many of `hits`, best first, are above the cut-off: at least that share of the way from the last hit's similarity
/// to the best one's. Similarities themselves cannot be compared with a threshold, every encoder has its own range.
pub(crate) fn above(hits: &[(Row, f32)], cutoff: f32) -> usize {
    let (Some((_, best)), Some((_, last))) = (hits.first(), hits.last()) else { return 0 };
    let least = last + cutoff * (best - last);
    hits.iter().take_while(|(_, similarity)| *similarity >= least).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_off_takes_the_tail_and_never_the_best() {
        let hits: Vec<(Row, f32)> = (0..5).map(|n| (Row(n), 0.9 - 0.025 * n as f32)).collect();
        assert_eq!((above(&hits, 0.0), above(&hits, 0.6), above(&hits, 1.0), above(&[], 0.5)), (5, 2, 1, 0));
    }
}
