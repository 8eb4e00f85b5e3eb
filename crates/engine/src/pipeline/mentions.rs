use std::sync::Arc;

use index::RowSet;
use rayon::prelude::*;
use text::negation::{Mention, mention};
use types::{FieldWeights, Item, ItemId, ReadingStep, Row};

use super::{Candidates, Context};
use crate::Result;
use crate::rules::{Decided, Effect};

/// What saying of itself what is not wanted multiplies an item's score by.
const SAYS: f32 = 0.5;
/// What denying it does: `sugar-free` where sugar is not wanted.
const DENIES: f32 = 1.15;
/// Candidates that are looked at, at most.
const LOOKED_AT_MAX: usize = 400;

/// Items that name in their titles what the shopper does not want, and items that deny it. Titles are read only for
/// queries with a negation, and of items that have its words anywhere.
pub(crate) fn effects(context: &Context<'_>, candidates: &Candidates) -> Result<Vec<Decided>> {
    let unwanted = unwanted(context);
    if unwanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = candidates.rows().into_iter().take(LOOKED_AT_MAX).collect();
    let rows = having_words(context, &unwanted, rows)?;
    let ids: Vec<(Row, ItemId)> = {
        let names = context.core.names.read();
        let id = |row: &Row| names.items.id(*row).and_then(|id| ItemId::new(&**id).ok()).map(|id| (*row, id));
        rows.iter().filter_map(id).collect()
    };
    let plain: Vec<ItemId> = ids.iter().map(|(_, id)| id.clone()).collect();
    // Read side by side: each costs taking a document apart.
    let items: Vec<Option<Item>> = context.core.pool.install(|| {
        let catalogue = context.core.store.catalogue();
        plain.par_iter().map(|id| catalogue.item(id)).collect::<std::result::Result<_, _>>()
    })?;
    let (mut say, mut deny) = (RowSet::new(), RowSet::new());
    for ((row, _), item) in ids.iter().zip(items) {
        let Some(item) = item else { continue };
        let mentions: Vec<Mention> = unwanted.iter().map(|words| mention(item.title(), words)).collect();
        if mentions.contains(&Mention::Said) {
            say.insert(*row);
        } else if mentions.contains(&Mention::Denied) {
            deny.insert(*row);
        }
    }
    let by: Arc<str> = Arc::from("not-wanted");
    Ok(vec![
        Decided { by: Arc::clone(&by), effect: Effect::Boost(say, SAYS) },
        Decided { by, effect: Effect::Boost(deny, DENIES) },
    ])
}

/// Those of `rows` that have one of the words in any field, written apart or in one.
fn having_words(context: &Context<'_>, unwanted: &[String], rows: Vec<Row>) -> Result<Vec<Row>> {
    let joined = unwanted.iter().map(|words| words.split_whitespace().collect::<String>());
    let text = unwanted.iter().cloned().chain(joined).collect::<Vec<_>>().join(" ");
    let searcher = &context.view.searcher;
    let scores = searcher.score_words(&searcher.words_query(&text, &FieldWeights::default())?, &rows)?;
    Ok(rows.into_iter().zip(scores).filter(|(_, score)| *score > 0.0).map(|(row, _)| row).collect())
}

/// What the query negates, as typed.
fn unwanted(context: &Context<'_>) -> Vec<String> {
    let Some(reading) = &context.reading else { return Vec::new() };
    let negations = reading.findings.iter().filter(|finding| finding.step == ReadingStep::Negation);
    negations.filter_map(|finding| finding.key.strip_prefix("negation:").map(str::to_owned)).collect()
}
