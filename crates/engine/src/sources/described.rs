use types::SourceId;

use super::Source;
use crate::pipeline::{Candidates, Context, SourceError};

/// Finds pictures by what is said about them, where the shop's model has texts and pictures in one space.
pub(crate) struct Described {
    id: SourceId,
}

/// The source, where the shop has such a model.
pub(crate) fn of(context: &Context<'_>) -> Option<Box<dyn Source>> {
    let model = context.view.retrievers.pictures.as_ref().filter(|model| model.is_joint)?;
    Some(Box::new(Described { id: SourceId::interned(&model.id) }))
}

impl Source for Described {
    fn id(&self) -> SourceId {
        self.id
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let Some(model) = &context.view.retrievers.pictures else { return Ok(()) };
        let space = context.core.encoders.space(&model.id);
        let space = space.map_err(|error| SourceError::new("the model of texts and pictures is missing", error))?;
        let query = context.searched();
        let Some(vector) = space.encode_query(query) else { return Ok(()) };
        let vector = vector.map_err(|error| SourceError::new("the query could not be encoded", error))?;
        let depth = context.request.retrieval.depth;
        let hits = context.view.searcher.search_vectors(&model.id, &vector, &context.eligible, depth);
        out.add(
            self.id,
            hits.map_err(|error| SourceError::new("the vectors of pictures could not be searched", error))?,
        );
        Ok(())
    }
}
