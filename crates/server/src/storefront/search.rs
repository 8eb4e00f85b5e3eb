//! One search as a storefront asks it, made into a native request, and the answer made into what its client reads.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};
use types::{
    Actor, Curated, Fusion, Millis, Page, ReadingStep, Request, Reranking, Retrieval, RetrievalMethod, Slate,
    Understanding, UserId,
};

use super::error::{Answer, Refused};
use super::facets::Facets;
use super::highlight::Marks;
use super::index::Resolved;
use super::params::Params;
use super::record::{Names, Plan, record_of};
use super::rules::{self, Applied};
use super::syntax::Syntax;
use super::told::{Found, Hit, Hits, Shows};
use super::{filter, support, typed};

/// Hits of a page where nothing is said, and at most.
const HITS: usize = 20;
const ENTRIES_MAX: usize = 1000;
/// Hits that may be paged through where nothing is said.
const PAGED: usize = 1000;
/// Records of a group that may be shown.
const GROUPED_MAX: usize = 4;
/// Values of a facet that are looked for in a query where a rule names the facet: the most frequent ones.
const RULE_VALUES_MAX: usize = 100_000;
/// Steps of understanding that change what a query means; who wants every word of it as typed wants none of them.
const LEFT_OUT: [ReadingStep; 8] = [
    ReadingStep::Spelling,
    ReadingStep::Quantities,
    ReadingStep::Entities,
    ReadingStep::Tagger,
    ReadingStep::Negation,
    ReadingStep::Intent,
    ReadingStep::Category,
    ReadingStep::Relax,
];
/// A search that was read: what is asked natively, and how it is told.
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) params: Params,
    /// The query before rules changed it.
    typed_in: String,
    index: Resolved,
    names: Names,
    facets: Facets,
    applied: Applied,
    window: Window,
    began: Instant,
}

/// Which hits are told.
#[derive(Clone, Copy)]
struct Window {
    offset: usize,
    length: usize,
    /// Page and hits of a page, where asked by them.
    page: Option<usize>,
}

impl Asked {
    /// Reads a search.
    pub(crate) fn read(index: Resolved, asked: Map<String, Value>, now: Millis) -> Answer<Self> {
        let began = Instant::now();
        support::check(&asked)?;
        let mut params = Params::new(asked, Arc::clone(&index.settings));
        let typed_in = params.text("query")?.unwrap_or_default().to_owned();
        let names = Names::of(&index.shop, index.is_told);
        let values = |member: &str| {
            let all = names.facet(member).and_then(|name| index.shop.values(&name, RULE_VALUES_MAX).ok());
            all.unwrap_or_default()
        };
        let applied = rules::apply(&index.rules, &mut params, now, &values)?;
        let plan = Plan::read(&index.settings)?;
        let window = window(&params, index.hits_max.unwrap_or(ENTRIES_MAX))?;
        let syntax = Syntax::read(&params)?;
        if syntax.has_signs() && !index.is_told {
            return Err(Refused::bad("advancedSyntax is not supported in a shop that was filled by another interface"));
        }
        let typed = index.is_told.then(|| typed::search(&params, &plan, &names, &index, &syntax)).transpose()?;
        let facets = Facets::read(&params, &plan, &names)?;
        let group_items = grouped(&params, &plan)?;
        let by_score = typed::by_score(&params)?;
        let analytics = params.switch("analytics")?.unwrap_or(true);
        let fusion = typed.as_ref().map(|_| Fusion { feedback: 0.0, ..Fusion::default() });
        let method = if typed.is_some() { RetrievalMethod::Lexical } else { RetrievalMethod::Hybrid };
        let off = if typed.is_some() { LEFT_OUT.to_vec() } else { Vec::new() };
        let request = Request {
            actor: actor(&params)?,
            filter: filter::of(&params, &names)?,
            facets: facets.requests.clone(),
            counted_once: facets.once.clone(),
            group: group_items > 0,
            group_items: group_items.max(1),
            // Records are marked as they came.
            marked: false,
            page: Page { offset: window.offset, limit: window.length.clamp(1, ENTRIES_MAX), cursor: None },
            retrieval: Retrieval { method, fusion, ..Retrieval::default() },
            typed: typed.map(Arc::new),
            understanding: Understanding { off, ..Understanding::default() },
            sort: if index.is_told { Vec::new() } else { typed::sorted(&params, &names)? },
            rules: applied.rules.clone(),
            include_unavailable: true,
            personalise: params.switch("enablePersonalization")? == Some(true),
            reranking: Some(Reranking::default()),
            trained_ranker: by_score || !index.is_told,
            cross_encoder: by_score || !index.is_told,
            record: analytics && window.length > 0,
            ..Request::search(&syntax.text, now)
        };
        Ok(Self { request, params, typed_in, index, names, facets, applied, window, began })
    }

    /// Asks, and tells what is found as clients read it.
    pub(crate) fn answer(&self) -> Answer<Found> {
        let slate = self.index.shop.answer(&self.request)?;
        let paged = self.params.whole("paginationLimitedTo", 20_000)?.unwrap_or(PAGED);
        let groups = if self.window.length == 0 { 0 } else { paged.saturating_sub(self.window.offset) };
        let shown = groups.saturating_mul(self.request.group_items);
        let shows = Shows::read(&self.params)?;
        let records = slate.items.iter().take(shown).map(|one| shows.open(record_of(&one.item)));
        let records: Vec<Map<String, Value>> = records.collect();
        // Words are marked whether or not every one of them must be there.
        let search = self.request.typed.clone().unwrap_or_else(|| Arc::new(typed::as_read()));
        let marks = Marks::read(&self.params)?;
        let places = marks.places(&self.index.shop, (&slate, &search), &records)?;
        let ranking = |at| shows.ranking.then(|| self.ranking_info(&slate, at, self.window.offset + at));
        let hits = records.into_iter().enumerate().map(|(at, record)| Hit { record, ranking: ranking(at) }).collect();
        self.told(&slate, Hits { hits, shows, marks, places }, paged)
    }

    fn told(&self, slate: &Slate, hits: Hits, paged: usize) -> Answer<Found> {
        let took = self.began.elapsed().as_millis() as u64;
        let mut told = json!({
            "nbHits": slate.total,
            "query": self.typed_in,
            "params": self.params.to_address(),
            "index": self.index.name,
            "exhaustiveFacetsCount": true,
            "exhaustiveNbHits": true,
            "exhaustiveTypo": true,
            "exhaustive": { "facetsCount": true, "nbHits": true, "typo": true },
            "processingTimeMS": took,
            "serverTimeMS": took,
        });
        self.tell_page(&mut told, slate.total, paged);
        if !self.request.facets.is_empty() {
            let (facets, stats) = self.facets.told(slate);
            told["facets"] = Value::Object(facets);
            if !stats.is_empty() {
                told["facets_stats"] = Value::Object(stats);
            }
        }
        if self.params.switch("clickAnalytics")? == Some(true) {
            told["queryID"] = Value::from(super::events::query_id_out(slate.query_id.as_str()));
        }
        self.tell_rules(&mut told, &slate.curated);
        if self.index.is_virtual {
            let strictness = self.params.whole("relevancyStrictness", 100)?.unwrap_or(100);
            told["appliedRelevancyStrictness"] = Value::from(strictness);
            told["nbSortedHits"] = Value::from(slate.total);
        }
        if let Some(around) = self.request.typed.as_ref().and_then(|typed| typed.around.as_ref()) {
            told["aroundLatLng"] = Value::from(format!("{},{}", around.point.0, around.point.1));
            told["automaticRadius"] = around.radius.map_or(Value::Null, |metres| Value::from(metres.to_string()));
        }
        let wanted = self.params.texts("responseFields")?.filter(|all| !all.iter().any(|one| one == "*"));
        let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == name));
        let Value::Object(mut members) = told else { unreachable!("made as an object above") };
        members.retain(|name, _| is_wanted(name));
        Ok(Found { members, hits: is_wanted("hits").then_some(hits) })
    }

    fn tell_page(&self, told: &mut Value, total: usize, paged: usize) {
        let Window { offset, length, page } = self.window;
        match page {
            Some(page) => {
                let pages = if length == 0 { 0 } else { total.min(paged).div_ceil(length) };
                told["page"] = Value::from(page);
                told["nbPages"] = Value::from(pages);
                told["hitsPerPage"] = Value::from(length);
            }
            None => {
                told["offset"] = Value::from(offset);
                told["length"] = Value::from(length);
            }
        }
    }

    fn tell_rules(&self, told: &mut Value, curated: &Curated) {
        let rendering = self.index.settings.get("renderingContent").cloned();
        let mut rendering = rendering.filter(Value::is_object).unwrap_or_else(|| json!({}));
        if let Some(url) = &curated.redirect {
            rendering["redirect"] = json!({ "url": &**url });
        }
        if !curated.banners.is_empty() {
            rendering["widgets"]["banners"] = curated.banners.iter().map(banner).collect();
        }
        if let (Value::Object(own), Some(Value::Object(rule))) = (&mut rendering, &self.applied.rendering) {
            own.extend(rule.clone());
        }
        told["renderingContent"] = rendering;
        if !self.applied.user_data.is_empty() {
            told["userData"] = Value::from(self.applied.user_data.clone());
        }
        if !self.applied.applied.is_empty() {
            let rule = |id: &String| json!({ "objectID": id });
            told["appliedRules"] = self.applied.applied.iter().map(rule).collect();
        }
    }

    fn ranking_info(&self, slate: &Slate, at: usize, place: usize) -> Value {
        let item = &slate.items[at].item;
        let pin = |rule: &types::RequestRule| matches!(rule, types::RequestRule::Pin { item: pinned, .. } if *pinned == item.id);
        let mut info = json!({ "promoted": self.request.rules.iter().any(pin), "rank": place + 1, "score": slate.items[at].score });
        if let Some(around) = self.request.typed.as_ref().and_then(|typed| typed.around.as_ref()) {
            let number = |name: &str| item.number(name).unwrap_or(f64::NAN);
            let distance = around.distance(number(&around.latitude), number(&around.longitude));
            info["geoDistance"] = if distance.is_finite() { Value::from(distance.round() as u64) } else { Value::Null };
            info["geoPrecision"] = Value::from(around.precision as u64);
        }
        info
    }

    /// The values of one facet that a text begins, with their counts.
    pub(crate) fn facet_values(
        index: Resolved,
        member: &str,
        asked: &Map<String, Value>,
        now: Millis,
    ) -> Answer<Value> {
        let began = Instant::now();
        let plan = Plan::read(&index.settings)?;
        if index.is_told && !plan.facets.get(member).is_some_and(|facet| facet.searchable) {
            let message = format!(
                "Cannot search in `{member}` attribute, you need to add `searchable({member})` to attributesForFaceting."
            );
            return Err(Refused::bad(message));
        }
        let mut asked = asked.clone();
        let text = asked.remove("facetQuery").and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
        for (name, value) in
            [("hitsPerPage", json!(0)), ("facets", json!([member])), ("maxValuesPerFacet", json!(ENTRIES_MAX))]
        {
            asked.insert(name.to_owned(), value);
        }
        let read = Self::read(index, asked, now)?;
        let slate = read.index.shop.answer(&read.request)?;
        let most = read.params.whole("maxFacetHits", 100)?.unwrap_or(10);
        let tags = (
            read.params.text("highlightPreTag")?.unwrap_or("<em>"),
            read.params.text("highlightPostTag")?.unwrap_or("</em>"),
        );
        let wanted = read.names.facet(member);
        let values = slate
            .facets
            .iter()
            .filter(|facet| Some(&facet.attribute) == wanted.as_ref())
            .flat_map(|facet| &facet.values);
        let hit = |one: &types::FacetValue| {
            let highlighted = begun_words(&one.value, &text, tags)?;
            Some(json!({ "value": &*one.value, "highlighted": highlighted, "count": one.count }))
        };
        let hits: Vec<Value> = values.filter_map(hit).take(most).collect();
        let took = began.elapsed().as_millis() as u64;
        Ok(json!({ "facetHits": hits, "exhaustiveFacetsCount": true, "processingTimeMS": took }))
    }
}

/// A value with what its words begin with marked; `None` where a word of the text begins none of them. A text of a script
/// without blanks may stand anywhere.
fn begun_words(value: &str, text: &str, (before, after): (&str, &str)) -> Option<String> {
    let fold = |c: char| c.to_lowercase().next().unwrap_or(c);
    let chars: Vec<char> = value.chars().collect();
    let mut marked = vec![false; chars.len()];
    for word in text.split_whitespace() {
        let word: Vec<char> = word.chars().map(fold).collect();
        let starts_word = |at: usize| at == 0 || !chars[at - 1].is_alphanumeric() || !chars[at].is_ascii();
        let begins = |at: &usize| {
            starts_word(*at) && chars[*at..].iter().copied().map(fold).take(word.len()).eq(word.iter().copied())
        };
        let at = (0..chars.len()).find(begins)?;
        marked[at..at + word.len()].fill(true);
    }
    let mut out = String::new();
    let mut was = false;
    for (c, is) in chars.into_iter().zip(marked) {
        out.push_str(match (was, is) {
            (false, true) => before,
            (true, false) => after,
            _ => "",
        });
        out.push(c);
        was = is;
    }
    out.push_str(if was { after } else { "" });
    Some(out)
}

fn window(params: &Params, most: usize) -> Answer<Window> {
    let length =
        |name: &str| -> Answer<Option<usize>> { Ok(params.whole(name, ENTRIES_MAX)?.map(|length| length.min(most))) };
    let (offset, asked) = (params.whole("offset", 1_000_000)?, length("length")?);
    if offset.is_some() || asked.is_some() {
        return Ok(Window { offset: offset.unwrap_or(0), length: asked.unwrap_or(HITS.min(most)), page: None });
    }
    let (page, length) =
        (params.whole("page", 1_000_000)?.unwrap_or(0), length("hitsPerPage")?.unwrap_or(HITS.min(most)));
    Ok(Window { offset: page.saturating_mul(length), length, page: Some(page) })
}

fn actor(params: &Params) -> Answer<Actor> {
    let token = params.text("userToken")?.filter(|token| !token.is_empty());
    let anonymous = token.map(UserId::new).transpose()?;
    Ok(Actor { anonymous, ..Actor::default() })
}

/// Records of a group that are shown; 0 where they are not grouped.
fn grouped(params: &Params, plan: &Plan) -> Answer<usize> {
    let wanted = match params.get("distinct") {
        None | Some(Value::Bool(false)) => 0,
        Some(Value::Bool(true)) => 1,
        Some(Value::String(_)) if params.switch("distinct").is_ok() => {
            usize::from(params.switch("distinct")? == Some(true))
        }
        Some(_) => params.whole("distinct", GROUPED_MAX)?.unwrap_or(0),
    };
    Ok(if plan.group.is_some() { wanted } else { 0 })
}

/// A banner of a curation as banner widgets show it.
fn banner(banner: &types::Banner) -> Value {
    let mut told = json!({ "title": &*banner.title, "text": banner.text.as_deref() });
    if let Some(image) = &banner.image {
        told["image"] = json!({ "urls": [{ "url": &**image }], "title": &*banner.title });
    }
    if let Some(link) = &banner.link {
        told["link"] = json!({ "url": &**link, "target": "_self" });
    }
    told
}
