//! Where candidates come from: one file a source, one line in a list.

mod bought_together;
mod browse;
mod described;
mod for_you;
mod looks_similar;
mod model;
mod newest;
mod picture;
mod popular;
mod recently_viewed;
mod similar;
mod trending;
mod typed;
mod vectors;
mod words;

use types::{RecommendKind, RetrievalMethod, SourceId};

use crate::pipeline::{Candidates, Context, SourceError};

pub(crate) use model::{MODEL, because};
pub(crate) use picture::PICTURE;
pub use typed::TypedPlaces;
pub(crate) use typed::typed_places;
pub(crate) use vectors::{above, query_vector};
pub(crate) use words::WORDS;

/// Finds candidates; cares for recall, leaves the order to the ranker.
///
/// ```
/// use engine::{Candidates, Context, Source, SourceError};
/// use types::SourceId;
///
/// /// Brings the seeds themselves.
/// struct Seeds;
///
/// impl Source for Seeds {
///     fn id(&self) -> SourceId {
///         SourceId::new("seeds")
///     }
///
///     fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError> {
///         out.add(self.id(), context.seeds.iter().map(|seed| (*seed, 1.0)));
///         Ok(())
///     }
/// }
/// ```
pub trait Source: Send + Sync {
    /// Its stable name.
    fn id(&self) -> SourceId;

    /// Adds what it finds among `context.eligible`. A failure is shown as a degraded answer, never as an error.
    ///
    /// # Errors
    /// Where it cannot look.
    fn retrieve(&self, context: &Context<'_>, out: &mut Candidates) -> Result<(), SourceError>;
}

/// The sources of a request.
pub(crate) fn of(context: &Context<'_>) -> Vec<Box<dyn Source>> {
    match (context.request.recommend, &context.words) {
        (Some(kind), _) if context.request.query.is_none() => {
            trained(context, kind).into_iter().chain(recommend(kind)).collect()
        }
        _ if context.request.typed.is_some() => vec![Box::new(typed::Typed)],
        (_, Some(_)) => search(context),
        (_, None) if context.picture.is_some() => vec![Box::new(picture::Picture)],
        (_, None) => vec![Box::new(browse::Browse)],
    }
}

/// The sources of a search: words, each encoder of the shop that understands the query, and the picture if there is one.
fn search(context: &Context<'_>) -> Vec<Box<dyn Source>> {
    let words = || std::iter::once(Box::new(words::Words) as Box<dyn Source>);
    let meaning = || vectors::of(context).into_iter().chain(described::of(context));
    let mut sources: Vec<Box<dyn Source>> = match context.request.retrieval.method {
        RetrievalMethod::Lexical => words().collect(),
        RetrievalMethod::Dense => meaning().collect(),
        RetrievalMethod::Hybrid => words().chain(meaning()).collect(),
    };
    // Last, where its list is looked for when the lists are weighed.
    if context.picture.is_some() {
        sources.push(Box::new(picture::Picture));
    }
    sources
}

/// The trained recommender, where one is in force for this kind (or should be): what it leaves open the live sources fill up.
fn trained(context: &Context<'_>, kind: RecommendKind) -> Option<Box<dyn Source>> {
    let recommenders = &context.view.recommenders;
    let is_there = recommenders.of(kind).is_some() || recommenders.refused(kind).is_some();
    is_there.then(|| Box::new(model::Model(kind)) as Box<dyn Source>)
}

/// The sources of each kind of recommendation: the first is what was asked for, the others fill up what it leaves open.
fn recommend(kind: RecommendKind) -> Vec<Box<dyn Source>> {
    match kind {
        RecommendKind::ForYou => vec![Box::new(for_you::ForYou), Box::new(popular::Popular)],
        RecommendKind::Similar => vec![Box::new(similar::Similar), Box::new(bought_together::BoughtTogether)],
        RecommendKind::LooksSimilar => vec![Box::new(looks_similar::LooksSimilar)],
        RecommendKind::BoughtTogether => vec![Box::new(bought_together::BoughtTogether), Box::new(similar::Similar)],
        RecommendKind::Trending => vec![Box::new(trending::Trending), Box::new(popular::Popular)],
        RecommendKind::Popular => vec![Box::new(popular::Popular), Box::new(newest::Newest)],
        RecommendKind::RecentlyViewed => vec![Box::new(recently_viewed::RecentlyViewed)],
        RecommendKind::New => vec![Box::new(newest::Newest)],
    }
}

/// Candidates a source of recommendations brings, at most; more where the page needs more.
pub(crate) fn depth(context: &Context<'_>) -> usize {
    context.request.retrieval.depth.max(context.request.page.offset + context.request.page.limit)
}
