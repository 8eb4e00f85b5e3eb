use std::sync::Arc;

use index::{Expansion, RowSet, WordsQuery};
use rayon::prelude::*;
use types::{
    Consequence, Degraded, Event, EventBody, EventId, FeatureRows, Impression, QueryId, Reading, ReadingStep, Request,
    Row, Shown, Slate, SlateItem,
};

use super::columns::{self, Evidence};
use super::scoring;
use super::{Candidates, Context, SourceError, facets, mentions, order, page};
use crate::core::{Core, Counters};
use crate::exploration::explore;
use crate::rules::{Decided, Effect};
use crate::sources::{self, Source, WORDS};
use crate::understanding::{FoundSoFar, InWords};
use crate::view::View;
use crate::{Error, Result, curations, pictures, understanding};

/// A slate, and the impression to log where one is due.
pub(crate) struct Answered {
    pub(crate) slate: Slate,
    pub(crate) impression: Option<Event>,
    /// The features of the slate's items, where they were wanted or an impression is due.
    pub(crate) features: Option<FeatureRows>,
}

/// Answers a request from start to end; see "The path of a request" in ARCHITECTURE.md.
/// `keeps_features`: whether the features of what is shown are wanted whether or not the slate is logged.
pub(crate) fn answer(core: &Core, request: &Request, keeps_features: bool) -> Result<Answered> {
    let began = core.clock.now();
    let view = core.view.load_full();
    let query_id = query_id(core, request)?;
    let assigned = view.experiments.assign(core, &view, request, &query_id);
    let request = &*assigned.request;
    let Retrieved { context, decided, mut candidates, mut degraded } = find(core, &view, request)?;
    let rival = assigned.rival.as_ref().and_then(|rival| rival.rank(core, &view, &context, &mut candidates));
    let scored = scoring::score(&context, &decided, &candidates);
    degraded.extend(scored.lacking().cloned());
    let mut order = order::order(&context, &decided, &candidates, &scored)?;
    let mixed = rival.map(|rival| rival.interleave(request, &query_id, &decided, &mut order));
    let explored = match mixed {
        // A click must tell of the two rankings alone.
        Some(_) => None,
        None => explore(&context, &query_id, &decided, &candidates, &scored, &mut order),
    };
    let facets = facets::facets(&context, &decided, &candidates, &order)?;
    let page = page::cut(&context, &query_id, &candidates, order)?;
    let items = page::hydrate(&context, &decided, &candidates, &scored, &page)?;
    count(core, request, page.total);
    let features = (keeps_features || is_logged(&view, request)).then(|| {
        let rows = rows_of(core, &items);
        Evidence::new(&context, &decided, &candidates, &scored).rows(&core.policy.schema, &rows)
    });
    let slate = Slate {
        query_id,
        items,
        total: page.total,
        facets,
        next: page.next,
        degraded,
        ranker: Arc::clone(&scored.ranker),
        reading: context.reading.as_deref().cloned(),
        curated: curations::curated(&context),
    };
    let mut impression = impression(&view, request, &slate, page.offset, features.as_ref());
    if let Some(Event { body: EventBody::Impression(shown), .. }) = &mut impression {
        shown.arms = assigned.arms;
        explored.iter().for_each(|explored| explored.tell(&context, shown));
        mixed.iter().for_each(|mixed| mixed.tell(&context, shown));
        shown.evidence.followed = assigned.followed;
        shown.evidence.took_ms = u32::try_from(core.clock.now().0 - began.0).ok();
        shown.evidence.parts_failed = slate.degraded.len() as u32;
    }
    Ok(Answered { slate, impression, features })
}

/// What a request would be answered with, from the best on.
pub(crate) fn ordered(core: &Core, view: &View, request: &Request) -> Result<order::Ordered> {
    let Retrieved { context, decided, candidates, .. } = find(core, view, request)?;
    let scored = scoring::score(&context, &decided, &candidates);
    order::order(&context, &decided, &candidates, &scored)
}

/// What is known of a request before anything is ranked.
pub(super) struct Retrieved<'a> {
    pub(super) context: Context<'a>,
    pub(super) decided: Vec<Decided>,
    pub(super) candidates: Candidates,
    pub(super) degraded: Vec<Degraded>,
}

/// Reads, resolves and retrieves, with less required where too little was found.
pub(super) fn find<'a>(core: &'a Core, view: &'a View, request: &'a Request) -> Result<Retrieved<'a>> {
    let (mut context, mut decided) = resolve(core, view, request, read(core, view, request))?;
    let mut degraded = view.retrievers.missing.clone();
    let mut candidates = retrieve(&context, &mut degraded);
    for _ in 0..RELAXED_MAX {
        let Some(relaxed) = relaxed(&context, &candidates)? else { break };
        // Where only what is said of the answer changed, the answer stays.
        let is_same = context.reading.as_ref().is_some_and(|reading| same_search(reading, &relaxed));
        if is_same {
            context.reading = Some(Arc::new(relaxed));
            break;
        }
        (context, decided) = resolve(core, view, request, Some(Arc::new(relaxed)))?;
        degraded.clone_from(&view.retrievers.missing);
        candidates = retrieve(&context, &mut degraded);
    }
    order::add_pinned(&context, &decided, &mut candidates);
    decided.extend(mentions::effects(&context, &candidates)?);
    Ok(Retrieved { context, decided, candidates, degraded })
}

/// How what was typed is understood; nothing where nothing was typed.
fn read(core: &Core, view: &View, request: &Request) -> Option<Arc<Reading>> {
    let typed = request.query.as_deref().map(str::trim).filter(|query| !query.is_empty())?;
    Some(Arc::new(understanding::read(core, view, request, typed)))
}

/// How often an answer is sought again with less required.
const RELAXED_MAX: usize = 4;

/// The reading with less required, where too little was found and there is something to let go.
fn relaxed(context: &Context<'_>, candidates: &Candidates) -> Result<Option<Reading>> {
    let is_off = context.view.settings.understanding_off.contains(&ReadingStep::Relax)
        || context.request.understanding.off.contains(&ReadingStep::Relax);
    let Some(reading) = context.reading.as_ref().filter(|_| !is_off) else { return Ok(None) };
    let words = candidates.lists().iter().find(|list| list.source == WORDS);
    let found = FoundSoFar {
        items: candidates.matched().len(),
        by_words: words.map(|words| words.hits.len()),
        with_all_words: candidates.evidence().complete,
    };
    if let Some(relaxed) = understanding::relaxed(reading, found) {
        return Ok(Some(relaxed));
    }
    let query = |text: &str| words_query(context.view, context.request, reading, text);
    understanding::without_words(
        reading,
        found,
        &InWords { view: context.view, eligible: &context.eligible, query: &query },
    )
}

/// Whether two readings of a query lead to the same search.
fn same_search(one: &Reading, other: &Reading) -> bool {
    let acting = |reading: &Reading| -> Vec<Consequence> {
        let all = reading.findings.iter().map(|finding| finding.consequence.clone());
        all.filter(|consequence| !matches!(consequence, Consequence::Relaxed | Consequence::Shown)).collect()
    };
    one.text == other.text && one.kept == other.kept && acting(one) == acting(other)
}

/// What is searched by words for a text, with the reading's synonyms.
pub(super) fn words_query(view: &View, request: &Request, reading: &Reading, text: &str) -> Result<WordsQuery> {
    let weights = scoring::field_weights(view, request);
    let lexical = request.retrieval.lexical.unwrap_or(view.settings.lexical);
    Ok(view.searcher.expanded_query(text, &expansions(reading), &weights, lexical)?)
}

/// Other words for parts of the text that is searched for.
pub(crate) fn expansions(reading: &Reading) -> Vec<Expansion> {
    let mut expansions = Vec::new();
    for finding in &reading.findings {
        let Consequence::Expanded { span, with } = &finding.consequence else { continue };
        expansions.extend(with.iter().map(|(text, weight)| Expansion {
            span: *span,
            text: Arc::clone(text),
            weight: *weight,
        }));
    }
    expansions
}

/// Resolves ids to rows and lets the rules say what may be shown.
fn resolve<'a>(
    core: &'a Core,
    view: &'a View,
    request: &'a Request,
    reading: Option<Arc<Reading>>,
) -> Result<(Context<'a>, Vec<Decided>)> {
    let (actor, seeds) = {
        let names = core.names.read();
        let actor = request.actor.key().and_then(|key| names.actors.row(key.as_str()));
        (actor, request.seeds.iter().filter_map(|id| names.items.row(id.as_str())).collect())
    };
    let words = reading.as_ref().map(|reading| {
        let text = reading.kept.as_ref().unwrap_or(&reading.text);
        words_query(view, request, reading, text)
    });
    let words = words.transpose()?;
    let eligible = match &request.filter {
        Some(filter) => view.searcher.filter(filter)?,
        None => view.searcher.all().clone(),
    };
    let picture = request.picture.as_ref().map(|picture| pictures::query_vector(core, &picture.bytes)).transpose()?;
    let curations = view.curations.about(request, reading.as_deref());
    let mut context = Context { view, request, actor, seeds, eligible, reading, words, picture, curations, core };
    let decided = decide(&context)?;
    restrict(&mut context.eligible, &decided);
    Ok((context, decided))
}

fn decide(context: &Context<'_>) -> Result<Vec<Decided>> {
    let mut decided = Vec::new();
    for rule in &context.core.policy.rules {
        decided.extend(rule.effects(context)?.into_iter().map(|effect| Decided { by: Arc::from(rule.id()), effect }));
    }
    decided.extend(curations::decided(context));
    Ok(decided)
}

/// Takes out of `eligible` what the rules do not let through.
pub(super) fn restrict(eligible: &mut RowSet, decided: &[Decided]) {
    for decided in decided {
        match &decided.effect {
            Effect::Keep(rows) => eligible.intersect(rows),
            Effect::Drop(rows) => eligible.subtract(rows),
            Effect::Pin(..) | Effect::Boost(..) | Effect::Bury(..) => {}
        }
    }
}

/// Asks the sources, in parallel where there are several; those that fail are named in `degraded`.
pub(super) fn retrieve(context: &Context<'_>, degraded: &mut Vec<Degraded>) -> Candidates {
    let sources = sources::of(context);
    let ask = |source: &dyn Source| {
        let mut found = Candidates::default();
        let failure = source.retrieve(context, &mut found).err();
        (found, failure.map(|error| degrade(context, source, &error)))
    };
    let results: Vec<(Candidates, Option<Degraded>)> = match sources.as_slice() {
        [source] => vec![ask(&**source)],
        several => context.core.pool.install(|| several.par_iter().map(|source| ask(&**source)).collect()),
    };
    let mut candidates = Candidates::default();
    for (found, failure) in results {
        candidates.append(found);
        degraded.extend(failure);
    }
    candidates
}

fn degrade(context: &Context<'_>, source: &dyn Source, error: &SourceError) -> Degraded {
    tracing::error!(shop = %context.core.id, source = %source.id(), error = error as &dyn std::error::Error, "a source failed");
    Degraded { part: Arc::from(source.id().as_str()), reason: error.reason.clone() }
}

/// Unique in the shop: the time, a counter, and the request's seed.
pub(super) fn query_id(core: &Core, request: &Request) -> Result<QueryId> {
    let count = Counters::count(&core.counters.queries);
    QueryId::new(format!("{:x}-{count:x}-{:x}", request.now.0, request.seed)).map_err(Error::Field)
}

fn count(core: &Core, request: &Request, total: usize) {
    if request.query.is_some() && request.record {
        Counters::count(&core.counters.searches);
        if total == 0 {
            Counters::count(&core.counters.searches_empty);
        }
    }
}

/// Whether an answer is to be logged as an impression, should it show something.
fn is_logged(view: &View, request: &Request) -> bool {
    view.settings.log_impressions && request.record
}

/// The rows of a slate's items.
fn rows_of(core: &Core, items: &[SlateItem]) -> Vec<Row> {
    let names = core.names.read();
    items.iter().filter_map(|shown| names.items.row(shown.item.id.as_str())).collect()
}

/// What later training needs of the moment.
fn evidence(view: &View, features: &FeatureRows) -> types::Evidence {
    let logged = columns::logged();
    let places: Vec<usize> = logged.specs().iter().filter_map(|spec| features.schema().column(spec.name)).collect();
    let values = (0..features.rows()).flat_map(|row| places.iter().map(move |column| features.value(*column, row)));
    types::Evidence {
        folded: Some(view.folded),
        columns: logged.specs().iter().map(|spec| Arc::from(spec.name)).collect(),
        values: values.collect(),
        ..types::Evidence::default()
    }
}

fn impression(
    view: &View,
    request: &Request,
    slate: &Slate,
    offset: usize,
    features: Option<&FeatureRows>,
) -> Option<Event> {
    // A search that finds nothing is worth knowing of; an empty list of anything else is not.
    let is_search = request.query.as_deref().is_some_and(|query| !query.trim().is_empty());
    let is_empty = slate.items.is_empty() && !(is_search && offset == 0 && request.filter.is_none());
    if !is_logged(view, request) || is_empty {
        return None;
    }
    let shown = slate.items.iter().enumerate().map(|(at, shown)| Shown {
        item: shown.item.id.clone(),
        position: (offset + at + 1) as u32,
        score: shown.score,
        // Where nothing is explored the policy is deterministic: what it showed it would always have shown.
        propensity: 1.0,
        source: shown.source,
    });
    let impression = Impression {
        query_id: slate.query_id.clone(),
        actor: request.actor.clone(),
        surface: request.surface,
        query: request.query.clone(),
        shown: shown.collect(),
        ranker: Arc::clone(&slate.ranker),
        arms: Vec::new(),
        evidence: features.map(|features| evidence(view, features)).unwrap_or_default(),
    };
    let id = EventId::new(format!("impression-{}", slate.query_id)).ok()?;
    Some(Event { id, time: request.now, body: EventBody::Impression(impression) })
}
