//! What merchandisers decide for some searches, for some time: kept as drafts and as what is published, and applied to answers.

use std::sync::Arc;

use serde_json::{Value, json};
use store::Store;
use text::Normalised;
use types::{Curated, Curation, Curations, FieldError, Filter, Language, Millis, Reading, Request, RequestRule};

use crate::core::Core;
use crate::pipeline::Context;
use crate::rules::merchandising::effect;
use crate::rules::{Decided, Effect};
use crate::view::View;
use crate::{Error, Result, Shop};

const DOCUMENT: &str = "curations";
const VERSION: u64 = 1;
/// Curations that a shop may keep: each is looked at in every search.
const CURATIONS_MAX: usize = 1000;

/// A curation as it is kept: what is published, and beside it the draft that people work on.
#[derive(Clone, PartialEq, Debug)]
pub struct KeptCuration {
    /// Its id, unique in the shop.
    pub id: Arc<str>,
    /// What is not published yet.
    pub draft: Option<Arc<Curation>>,
    /// What is published; in force while its time is.
    pub published: Option<Arc<Curation>>,
    /// When it was changed last.
    pub changed: Millis,
}

impl KeptCuration {
    /// Its draft and what is published, as a document; [`KeptCuration::from_json`] reads the same back.
    pub fn to_json(&self) -> Value {
        let one = |curation: &Option<Arc<Curation>>| curation.as_deref().map(formats::json::curation_to_json);
        json!({ "draft": one(&self.draft), "published": one(&self.published) })
    }

    /// Reads what [`KeptCuration::to_json`] wrote.
    ///
    /// # Errors
    /// A [`FieldError`] about a part that is no curation.
    pub fn from_json(id: &str, document: &Value, changed: Millis) -> std::result::Result<Self, FieldError> {
        let (draft, published) = (part(document, "draft")?, part(document, "published")?);
        Ok(Self { id: Arc::from(id), draft, published, changed })
    }
}

fn part(document: &Value, name: &str) -> std::result::Result<Option<Arc<Curation>>, FieldError> {
    let part = document.get(name).filter(|part| !part.is_null());
    part.map(|part| formats::json::curation_from_json(part).map(Arc::new)).transpose()
}

/// All curations of a shop, ready to be compared with queries.
#[derive(Clone, Default)]
pub(crate) struct CurationList(Arc<[Arc<Ready>]>);

/// A curation with its patterns folded like queries.
struct Ready {
    kept: KeptCuration,
    draft: Vec<String>,
    published: Vec<String>,
}

/// A curation that is about a request.
#[derive(Clone)]
pub(crate) struct Met {
    id: Arc<str>,
    curation: Arc<Curation>,
}

impl CurationList {
    fn new(kept: Vec<KeptCuration>) -> Self {
        let folded = |curation: &Option<Arc<Curation>>| -> Vec<String> {
            let patterns = curation.iter().flat_map(|curation| &curation.when.queries);
            patterns.map(|pattern| folded(&pattern.text)).collect()
        };
        let ready = |kept: KeptCuration| {
            Arc::new(Ready { draft: folded(&kept.draft), published: folded(&kept.published), kept })
        };
        Self(kept.into_iter().map(ready).collect())
    }

    fn kept(&self) -> Vec<KeptCuration> {
        self.0.iter().map(|ready| ready.kept.clone()).collect()
    }

    /// The curations that are about a request, by id.
    pub(crate) fn about(&self, request: &Request, reading: Option<&Reading>) -> Vec<Met> {
        if self.0.is_empty() || request.curations == Curations::Off {
            return Vec::new();
        }
        let typed = folded(request.query.as_deref().unwrap_or_default());
        // What was typed with a slip is what was meant.
        let meant = reading.map(|reading| folded(&reading.text)).filter(|meant| *meant != typed);
        let queries: Vec<&str> = std::iter::once(typed.as_str()).chain(meant.as_deref()).collect();
        self.0.iter().filter_map(|ready| ready.met(request, &queries)).collect()
    }
}

impl Ready {
    fn met(&self, request: &Request, queries: &[&str]) -> Option<Met> {
        let is_previewed = matches!(&request.curations, Curations::Preview(ids) if ids.contains(&self.kept.id));
        let (curation, patterns) = match (&self.kept.draft, &self.kept.published) {
            (Some(draft), _) if is_previewed => (draft, &self.draft),
            (_, Some(published)) => (published, &self.published),
            (_, None) => return None,
        };
        let is_in_time = is_previewed || curation.is_in_time(request.now);
        (is_in_time && is_about(curation, patterns, request, queries))
            .then(|| Met { id: Arc::clone(&self.kept.id), curation: Arc::clone(curation) })
    }
}

fn is_about(curation: &Curation, patterns: &[String], request: &Request, queries: &[&str]) -> bool {
    let when = &curation.when;
    let is_here = when.surfaces.is_empty() || when.surfaces.contains(&request.surface);
    let is_of = |own: &Arc<str>| request.segment.as_ref() == Some(own);
    let is_theirs = when.segments.is_empty() || when.segments.iter().any(is_of);
    // Where nothing can be typed, a pattern has nothing to say.
    let can_be_typed = patterns.is_empty() || request.query.is_some();
    let is_met = |(how, pattern): (types::QueryMatch, &String)| queries.iter().any(|query| how.is_met(pattern, query));
    let hows = when.queries.iter().map(|pattern| pattern.how);
    is_here && is_theirs && can_be_typed && (patterns.is_empty() || hows.zip(patterns).any(is_met))
}

/// What the curations do to items, each under its own name.
pub(crate) fn decided(context: &Context<'_>) -> Vec<Decided> {
    let mut decided = Vec::new();
    for met in &context.curations {
        let by: Arc<str> = Arc::from(format!("curation {}", met.id));
        let kept = met.curation.filter.as_ref().map(|filter| {
            context.view.searcher.filter(filter).map(|rows| Some(Effect::Keep(rows))).map_err(Error::from)
        });
        let moved = met.curation.rules.iter().map(|rule| effect(context, rule));
        for effect in kept.into_iter().chain(moved) {
            match effect {
                Ok(effect) => decided.extend(effect.map(|effect| Decided { by: Arc::clone(&by), effect })),
                // It was checked when it was kept; settings that came later are no reason not to answer shoppers.
                Err(error) => tracing::warn!(curation = &*met.id, %error, "a part of a curation cannot be applied"),
            }
        }
    }
    decided
}

/// What the curations say beside moving items: where several send shoppers away, the first one does.
pub(crate) fn curated(context: &Context<'_>) -> Curated {
    let all = &context.curations;
    Curated {
        by: all.iter().map(|met| Arc::clone(&met.id)).collect(),
        redirect: all.iter().find_map(|met| met.curation.redirect.clone()),
        banners: all.iter().flat_map(|met| met.curation.banners.iter().cloned()).collect(),
    }
}

impl Shop {
    /// The shop's curations, by id.
    pub fn curations(&self) -> Vec<KeptCuration> {
        self.core.view.load().curations.kept()
    }

    /// Changes one curation: `change` is given what is kept under the id, and says what is to be; `None` for nothing. What was
    /// kept before and what is kept now are returned. The next search sees it.
    ///
    /// # Errors
    /// What `change` says, a rule or filter that does not fit the shop's settings, more curations than a shop may have, or a
    /// document that cannot be written.
    pub fn change_curation<E: From<Error>>(
        &self,
        id: &str,
        change: impl FnOnce(Option<KeptCuration>) -> std::result::Result<Option<KeptCuration>, E>,
    ) -> std::result::Result<(Option<KeptCuration>, Option<KeptCuration>), E> {
        let _one_at_a_time = self.core.deciding.lock();
        let view = self.core.view.load_full();
        let mut all = view.curations.kept();
        let place = all.binary_search_by(|kept| (*kept.id).cmp(id));
        let before = place.ok().map(|at| all[at].clone());
        let after = change(before.clone())?;
        if let Some(kept) = &after {
            kept.draft.iter().chain(&kept.published).try_for_each(|curation| check(&view, curation))?;
        }
        match (place, after.clone()) {
            (Ok(at), Some(kept)) => all[at] = kept,
            (Ok(at), None) => drop(all.remove(at)),
            (Err(at), Some(kept)) => all.insert(at, kept),
            (Err(_), None) => return Ok((before, after)),
        }
        if all.len() > CURATIONS_MAX {
            let expected = format!("at most {CURATIONS_MAX} curations in a shop");
            let error = FieldError::new("out_of_range", "curations", expected, all.len().to_string());
            return Err(Error::Field(error).into());
        }
        write(&self.core, &all)?;
        let list = CurationList::new(all);
        self.core.publish(|view| view.curations = list);
        Ok((before, after))
    }
}

/// Refuses what names attributes that the shop does not have.
fn check(view: &View, curation: &Curation) -> Result<()> {
    let filters = curation.rules.iter().enumerate().filter_map(|(at, rule)| match rule {
        RequestRule::Boost { filter, .. } => Some((format!("rules[{at}].boost"), filter)),
        RequestRule::Bury { filter } => Some((format!("rules[{at}].bury"), filter)),
        RequestRule::Hide { filter } => Some((format!("rules[{at}].hide"), filter)),
        RequestRule::Pin { .. } => None,
    });
    let fits = |(place, filter): (String, &Filter)| match view.searcher.filter(filter) {
        Ok(_) => Ok(()),
        Err(error) => match Error::from(error) {
            Error::Field(field) => Err(Error::Field(field.within(&place))),
            other => Err(other),
        },
    };
    let own = curation.filter.iter().map(|filter| (String::new(), filter));
    own.chain(filters).try_for_each(fits)
}

fn write(core: &Core, all: &[KeptCuration]) -> Result<()> {
    let one = |kept: &KeptCuration| {
        let mut document = kept.to_json();
        document["id"] = Value::from(&*kept.id);
        document["changed"] = Value::from(kept.changed.0);
        document
    };
    let kept: Vec<Value> = all.iter().map(one).collect();
    let document = json!({ "version": VERSION, "curations": kept });
    Ok(core.store.documents().put(DOCUMENT, document.to_string().as_bytes())?)
}

/// The curations on disk.
pub(crate) fn read(store: &Store) -> Result<CurationList> {
    let Some(bytes) = store.documents().get(DOCUMENT)? else { return Ok(CurationList::default()) };
    let document: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::error!(%error, "the shop's curations cannot be read");
        Value::Null
    });
    let mut kept: Vec<KeptCuration> = document["curations"].as_array().into_iter().flatten().filter_map(one).collect();
    kept.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(CurationList::new(kept))
}

/// They were checked when they were put in; one that a later version refuses is no reason not to open the shop.
fn one(document: &Value) -> Option<KeptCuration> {
    let id: Arc<str> = Arc::from(document["id"].as_str()?);
    let part = |name: &str| {
        let refused = |error| tracing::error!(curation = &*id, %error, "a curation cannot be read");
        part(document, name).map_err(refused).ok().flatten()
    };
    let (draft, published) = (part("draft"), part("published"));
    Some(KeptCuration { draft, published, changed: Millis(document["changed"].as_i64().unwrap_or(0)), id })
}

/// A query, or a pattern, as they are compared.
fn folded(query: &str) -> String {
    Normalised::new(query, Language::Other).text().split_whitespace().collect::<Vec<_>>().join(" ")
}
