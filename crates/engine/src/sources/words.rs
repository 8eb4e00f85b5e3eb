use types::{Row, SourceId};

use super::Source;
use crate::fusion::QueryEvidence;
use crate::pipeline::{Candidates, Context, SourceError};

/// The id of the words' list.
pub(crate) const WORDS: SourceId = SourceId::new("words");

/// Finds by the words of the query.
pub(crate) struct Words;

impl Source for Words {
    fn id(&self) -> SourceId {
        WORDS
    }

    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
        let Some(query) = &context.words else { return Ok(()) };
        let cutoff = context.request.retrieval.cutoff.unwrap_or(context.view.settings.cutoff);
        let limit = context.request.retrieval.depth;
        let hits = context.view.searcher.search_words(query, &context.eligible, cutoff, limit);
        let hits = hits.map_err(|error| SourceError::new("the word index could not be searched", error))?;
        let coverage = hits.top.iter().map(|hit| hit.coverage).fold(0.0, f32::max);
        out.set_evidence(QueryEvidence { coverage, complete: hits.complete });
        out.add(self.id(), hits.top.iter().map(|hit| (hit.row, hit.score)).collect::<Vec<(Row, f32)>>());
        out.add_matches(&hits.matched);
        Ok(())
    }
}
