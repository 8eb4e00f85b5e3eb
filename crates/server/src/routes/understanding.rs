use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::{Shop, States, SuggestionKind};
use serde_json::Value;
use types::{FieldError, Request};

use super::{Shared, page_limit};
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, Options};
use crate::keys::Scope;
use crate::wire::{
    ErrorAnswer, QueriesAnswer, QueriesOptions, ReadingAnswer, SuggestAnswer, SuggestOptions, SynonymsBody,
    UnderstandBody,
};

/// Show how a query would be understood: what each step reads, on what evidence, and what follows. Nothing is logged.
#[utoipa::path(post, path = "/v1/{shop}/understand", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = UnderstandBody, examples(
        ("English" = (summary = "A slip, a brand and a price", value = json!({"query": "nike runing shoes under $80"}))),
        ("中文" = (summary = "拼音、价格、不要的", value = json!({"query": "lianyiqun 200元以下 不要红色"}))))),
    responses((status = 200, description = "The reading.", body = ReadingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn understand(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<ReadingAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let limits = &app.config.limits;
    let body: UnderstandBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let understanding = body.understanding.read()?;
    let request = Request { understanding, ..Request::search(&body.query, app.clock.now()) };
    let shop = app.shop(&shop)?;
    Ok(Json(app.answers.run(move || Ok(ReadingAnswer::from(shop.understand(&request)))).await?.value))
}

/// Suggest what a shopper may want to type; what they searched for themselves first.
#[utoipa::path(get, path = "/v1/{shop}/suggest", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), SuggestOptions),
    responses((status = 200, description = "Suggestions.", body = SuggestAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn suggest(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<SuggestOptions>,
) -> ApiResult<Json<SuggestAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let kinds = kinds(options.kinds.as_deref())?;
    let actor = options.actor()?;
    let shop = app.shop(&shop)?;
    let found = app.answers.run(move || Ok(shop.suggest(&options.q, &kinds, &actor))).await?.value;
    Ok(Json(SuggestAnswer { suggestions: found.into_iter().map(Into::into).collect() }))
}

/// Kinds of suggestions where nobody says.
const KINDS: &str = "query:8,category:3,brand:3,product:3";
/// Suggestions of one kind, at most.
const OF_A_KIND_MAX: usize = 50;

fn kinds(said: Option<&str>) -> Result<Vec<(SuggestionKind, usize)>, FieldError> {
    let read = |part: &str| {
        let (name, count) = part.trim().split_once(':').unwrap_or((part.trim(), "5"));
        let kind = SuggestionKind::from_name(name)?;
        let count = count.parse().ok().filter(|count| (1..=OF_A_KIND_MAX).contains(count))?;
        Some((kind, count))
    };
    let wrong = |part: &str| {
        let expected = format!("query, category, brand, product or other, then `:` and 1 to {OF_A_KIND_MAX}");
        FieldError::new("value_invalid", "kinds", expected, part)
    };
    said.unwrap_or(KINDS).split(',').map(|part| read(part).ok_or_else(|| wrong(part))).collect()
}

/// List what is searched for: queries that found nothing or that nobody clicks after, each with what may mend it, and other
/// lists; or queries that are searched for after another.
#[utoipa::path(get, path = "/v1/{shop}/queries", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), QueriesOptions),
    responses((status = 200, description = "The queries.", body = QueriesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn queries(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<QueriesOptions>,
) -> ApiResult<Json<QueriesAnswer>> {
    // What follows a query is fit for shoppers; what finds nothing is the shop's own business.
    let scope = if options.after.is_some() { Scope::Search } else { Scope::Write };
    let _pass = app.admit(&headers, &shop, scope)?;
    let (limit, by) = (page_limit(options.limit)?, options.list()?);
    let shop = app.shop(&shop)?;
    let list = move || {
        Ok(match &options.after {
            Some(query) => shop.related_queries(query, limit).into_iter().map(Into::into).collect(),
            None => shop.listed_queries(by, limit).into_iter().map(Into::into).collect(),
        })
    };
    Ok(Json(QueriesAnswer { queries: app.tasks.run(list).await?.value }))
}

/// Read the shop's synonyms.
#[utoipa::path(get, path = "/v1/{shop}/synonyms", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "The rules.", body = SynonymsBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn synonyms(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<SynonymsBody>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    Ok(Json(rules_of(&*app.shop(&shop)?)))
}

/// Put synonyms in force, all of them; the next search uses them.
#[utoipa::path(put, path = "/v1/{shop}/synonyms", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = SynonymsBody, examples(
        ("English" = (summary = "Both ways and one way", value = json!({"rules": ["tee, t-shirt", "ua => under armour"]}))),
        ("中文" = (summary = "双向与数字", value = json!({"rules": ["球鞋, 运动鞋, sneakers", "{number} inch, {number}寸"]}))))),
    responses((status = 200, description = "In force; the rules as understood.", body = SynonymsBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set_synonyms(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<SynonymsBody>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: SynonymsBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let (shop, now) = (app.shop(&shop)?, app.clock.now());
    let set = move || {
        let before = synonyms_document(&shop);
        set_rules(&shop, &body.rules)?;
        let states = States { before: Some(before), after: Some(synonyms_document(&shop)) };
        pass.deed("synonyms", "synonyms", "saved").write(&shop, Some(states), now)?;
        Ok(rules_of(&shop))
    };
    Ok(Json(app.tasks.run(set).await?.value))
}

fn set_rules(shop: &Shop, lines: &[String]) -> ApiResult<()> {
    let mut rules = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let field = || format!("rules[{at}]");
        let wrong = |expected: String| ApiError::from(FieldError::new("value_invalid", field(), expected, line));
        let parsed = engine::parse_synonyms(line)
            .map_err(|errors| wrong(errors.first().map_or_else(String::new, |error| error.error.to_string())))?;
        let [(_, rule)] = &parsed[..] else { return Err(wrong("one rule such as `tee, t-shirt`".to_owned())) };
        rules.push(rule.clone());
    }
    Ok(shop.set_synonyms(rules)?)
}

fn rules_of(shop: &Shop) -> SynonymsBody {
    let synonyms = shop.synonyms();
    SynonymsBody { rules: engine::synonyms_to_text(synonyms.rules()).lines().map(str::to_owned).collect() }
}

/// The synonyms as the audit keeps them.
pub(crate) fn synonyms_document(shop: &Shop) -> Value {
    Value::from(rules_of(shop).rules)
}

/// Puts in force what [`synonyms_document`] told.
pub(crate) fn put_synonyms(shop: &Shop, document: &Value) -> ApiResult<()> {
    let lines = document.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    set_rules(shop, &lines.collect::<Vec<_>>())
}
