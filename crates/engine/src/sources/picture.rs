use std::sync::Arc;

use types::SourceId;

use super::Source;
use crate::pipeline::{Candidates, Context, SourceError};

/// The id of the picture's list.
pub(crate) const PICTURE: SourceId = SourceId::new("picture");

/// Finds what looks like the picture that was searched with.
pub(crate) struct Picture;

impl Source for Picture {
    fn id(&self) -> SourceId {
        PICTURE
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let (Some(model), Some(vector)) = (&context.view.retrievers.pictures, &context.picture) else {
            return Ok(());
        };
        let depth = super::depth(context);
        let hits = context.view.searcher.search_vectors(&model.id, vector, &context.eligible, depth);
        let hits = hits.map_err(|error| SourceError::new("the vectors of pictures could not be searched", error))?;
        let because: Arc<str> = Arc::from("looks like the picture");
        out.add_with_reasons(self.id(), hits.into_iter().map(|(row, score)| (row, score, Some(Arc::clone(&because)))));
        Ok(())
    }
}
