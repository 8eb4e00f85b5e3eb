use std::sync::Arc;

use neural::Encoder;
use types::{Language, SourceId};

use super::Source;
use crate::pipeline::{Candidates, Context, SourceError};

/// Finds by meaning, under one encoder.
pub(crate) struct Vectors {
    id: SourceId,
    encoder: Arc<Encoder>,
}

/// A source for each encoder of the shop that understands the query's language.
pub(crate) fn of(context: &Context<'_>) -> Vec<Box<dyn Source>> {
    let language = Language::guess(context.request.query.as_deref().unwrap_or_default());
    let understands = |encoder: &Encoder| language == Language::Other || encoder.understands(language);
    let encoders = context.view.retrievers.encoders.iter().filter(|(_, encoder)| understands(encoder));
    encoders
        .map(|(id, encoder)| Box::new(Vectors { id: *id, encoder: Arc::clone(encoder) }) as Box<dyn Source>)
        .collect()
}

/// The query's vector, from the cache where it was asked before.
pub(crate) fn query_vector(context: &Context<'_>, encoder: &Encoder) -> Result<Arc<[f32]>, SourceError> {
    let query = context.request.query.as_deref().unwrap_or_default();
    let vector = context.view.retrievers.cache.get_or_encode(encoder, query);
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
        out.add(self.id, hits.map_err(|error| SourceError::new("the vectors could not be searched", error))?);
        Ok(())
    }
}
