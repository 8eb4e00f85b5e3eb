use std::sync::Arc;

use index::{Groups, RowSet};
use types::well_known::TITLE;
use types::{Group, Item, ItemId, Language, QueryId, Row, SlateItem, SourceId};

use super::order::{self, Ordered};
use super::scoring::Scored;
use super::{Candidates, Context, explain};
use crate::rules::Decided;
use crate::{Error, Result};

/// The part of the answer that was asked for.
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Place of the first row in the whole answer, from 0.
    pub(crate) offset: usize,
    pub(crate) total: usize,
    pub(crate) next: Option<Arc<str>>,
    pub(crate) groups: Option<Groups>,
    pub(crate) ordered: Ordered,
}

/// Cuts the page out of the order; goes on beyond the ordered candidates with the other matches, and takes up an earlier
/// answer's order where there is a cursor.
pub(crate) fn cut(
    context: &Context<'_>,
    query_id: &QueryId,
    candidates: &Candidates,
    mut ordered: Ordered,
) -> Result<Page> {
    let (request, continuations) = (context.request, &context.core.continuations);
    let mut offset = request.page.offset;
    if let Some(cursor) = &request.page.cursor {
        let (earlier, from) = continuations.get(cursor).ok_or(Error::StaleCursor)?;
        offset = from;
        ordered.rows = resumed(&earlier, &ordered.rows);
    }
    let groups = request.group.then(|| context.view.searcher.groups(candidates.matched()));
    let total = groups.as_ref().map_or_else(|| candidates.matched().len(), Groups::total);
    let end = offset.saturating_add(request.page.limit);
    let mut rows = grouped(groups.as_ref(), &ordered.rows);
    let lacks_others = groups.is_some() && request.group_items > 1 && ordered.rows.len() < candidates.matched().len();
    if (rows.len() < end && rows.len() < total) || lacks_others {
        let before: RowSet = ordered.rows.iter().copied().collect();
        // Variants of one group may follow one another, so a grouped answer needs all that are left.
        let limit = if groups.is_some() { candidates.matched().len() } else { end - rows.len() + request.page.limit };
        ordered.rows.extend(order::rest(context, candidates, &before, limit)?);
        rows = grouped(groups.as_ref(), &ordered.rows);
    }
    let next = (end < total).then(|| {
        let order: Arc<[Row]> = Arc::from(rows.as_slice());
        continuations.keep(query_id, order, end)
    });
    let mut rows = rows.get(offset.min(rows.len())..end.min(rows.len())).unwrap_or_default().to_vec();
    if let Some(groups) = groups.as_ref().filter(|_| request.group_items > 1) {
        rows = groups.with_others(&rows, &ordered.rows, request.group_items);
    }
    let next = next.filter(|_| !rows.is_empty());
    Ok(Page { rows, offset, total, next, groups, ordered })
}

/// An earlier order, followed by what has come since.
fn resumed(earlier: &[Row], now: &[Row]) -> Vec<Row> {
    let known: RowSet = earlier.iter().copied().collect();
    earlier.iter().copied().chain(now.iter().copied().filter(|row| !known.contains(*row))).collect()
}

fn grouped(groups: Option<&Groups>, rows: &[Row]) -> Vec<Row> {
    groups.map_or_else(|| rows.to_vec(), |groups| groups.first_of_each(rows))
}

/// Reads the page's items from the catalogue and says what there is to say about each.
pub(crate) fn hydrate(
    context: &Context<'_>,
    decided: &[Decided],
    candidates: &Candidates,
    scored: &Scored,
    page: &Page,
) -> Result<Vec<SlateItem>> {
    let ids: Vec<(Row, ItemId)> = {
        let names = context.core.names.read();
        let id = |row: &Row| names.items.id(*row).and_then(|id| ItemId::new(&**id).ok()).map(|id| (*row, id));
        page.rows.iter().filter_map(id).collect()
    };
    let plain: Vec<ItemId> = ids.iter().map(|(_, id)| id.clone()).collect();
    let items = context.core.store.catalogue().items(&plain)?;
    let best = candidates.best_source();
    let mut out = Vec::with_capacity(items.len());
    for ((row, _), item) in ids.into_iter().zip(items) {
        // Deleted since the view was taken.
        let Some(item) = item else { continue };
        let score = scored.score_of(row).map_or(0.0, |score| order::boosted(decided, row, score));
        let group = page
            .groups
            .as_ref()
            .map(|groups| Group { id: groups.id(row).unwrap_or_else(|| item.id.shared()), count: groups.count(row) });
        let explanation = context
            .request
            .explain
            .then(|| explain::explain(context, decided, candidates, scored, &page.ordered, row, score));
        let highlights = highlights(context, &item);
        let source = best.get(&row).copied().unwrap_or(SourceId::new("matches"));
        out.push(SlateItem { item, score, source, group, highlights, explanation: explanation.transpose()? });
    }
    Ok(out)
}

/// Longest snippet of a text that is not the title, in characters.
const SNIPPET_CHARS: usize = 160;

/// The title, and the attributes asked for, with the query's words marked.
fn highlights(context: &Context<'_>, item: &Item) -> Vec<(Arc<str>, String)> {
    let Some(words) = context.words.as_ref().filter(|_| context.request.marked) else { return Vec::new() };
    let searcher = &context.view.searcher;
    let marked_in = |name: &str, mark: &dyn Fn(&str, Language) -> Option<String>| {
        let texts = item.text(name)?;
        texts.iter().find_map(|(language, text)| mark(text, language)).map(|marked| (Arc::from(name), marked))
    };
    let title = marked_in(TITLE, &|text, language| searcher.highlight(words, text, language));
    let snippet = |text: &str, language| searcher.snippet(words, text, language, SNIPPET_CHARS);
    title.into_iter().chain(context.request.snippets.iter().filter_map(|name| marked_in(name, &snippet))).collect()
}
