//! The routes, by what they are about. Each handler reads the same way: admit, read, run, answer.

pub(crate) mod analytics;
pub(crate) mod answers;
pub(crate) mod audit;
mod built;
pub(crate) mod catalogue;
pub(crate) mod console;
pub(crate) mod curations;
pub(crate) mod enrichment;
pub(crate) mod events;
pub(crate) mod experiments;
pub(crate) mod items;
pub(crate) mod keys;
pub(crate) mod learning;
pub(crate) mod mcp;
pub(crate) mod ofrep;
pub(crate) mod operations;
pub(crate) mod pictures;
pub(crate) mod policies;
pub(crate) mod rankers;
pub(crate) mod recommenders;
pub(crate) mod reviews;
pub(crate) mod segment;
pub(crate) mod shop_page;
pub(crate) mod shop_state;
pub(crate) mod shops;
pub(crate) mod steering;
pub(crate) mod strategies;
pub(crate) mod tracker;
pub(crate) mod understanding;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};

use crate::app::App;

/// What handlers are given.
pub(crate) type Shared = axum::extract::State<Arc<App>>;

/// Every route. What is listed here is described in `openapi`; a test holds both together.
pub(crate) fn all() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/shops", get(shops::list).post(shops::create))
        .route("/v1/shops/{shop}", get(shops::get).delete(shops::delete))
        .route("/v1/{call}", post(segment::call))
        .route("/v1/{shop}/keys", get(keys::list).post(keys::create))
        .route("/v1/{shop}/keys/{key}", delete(keys::delete))
        .route("/v1/{shop}/items", get(items::scan).post(items::upsert_many))
        .route("/v1/{shop}/items:batch", post(items::batch))
        .route("/v1/{shop}/items/{item}", get(items::get).put(items::put).patch(items::patch).delete(items::delete))
        .route("/v1/{shop}/items/{item}/picture", post(pictures::set))
        .route("/v1/{shop}/items/{item}/reviews", get(reviews::of_item))
        .route("/v1/{shop}/reviews", get(reviews::of_shop))
        .route("/v1/{shop}/alerts", get(reviews::alerts))
        .route("/v1/{shop}/pictures/search", post(pictures::search))
        .route("/v1/{shop}/pictures/duplicates", get(pictures::duplicates))
        .route("/v1/{shop}/quality", get(catalogue::quality))
        .route("/v1/{shop}/selling-points", get(enrichment::selling_points).put(enrichment::set_selling_points))
        .route(
            "/v1/{shop}/enrich",
            get(enrichment::found_values).post(enrichment::enrich).delete(enrichment::take_back),
        )
        .route("/v1/{shop}/duplicates", get(catalogue::duplicates))
        .route("/v1/{shop}/duplicates/judgements", get(catalogue::judgements).post(catalogue::judge))
        .route("/v1/{shop}/events", post(events::append))
        .route("/v1/{shop}/users/{user}", delete(events::erase_user))
        .route("/v1/{shop}/search", post(answers::search).get(answers::search_by_address))
        .route("/v1/{shop}/recommend", post(answers::recommend).get(answers::recommend_by_address))
        .route("/v1/{shop}/recommenders", get(recommenders::list))
        .route("/v1/{shop}/recommenders/promote", post(recommenders::promote))
        .route("/v1/{shop}/recommenders/roll-back", post(recommenders::roll_back))
        .route(
            "/v1/{shop}/recommenders/train",
            get(recommenders::training).post(recommenders::train).delete(recommenders::cancel),
        )
        .route("/v1/{shop}/rankers", get(rankers::list))
        .route("/v1/{shop}/rankers/{kind}/train", get(rankers::training).post(rankers::train).delete(rankers::cancel))
        .route("/v1/{shop}/rankers/{kind}/roll-back", post(rankers::roll_back))
        .route("/v1/{shop}/rankers/{kind}/{version}", get(rankers::get))
        .route("/v1/{shop}/rankers/{kind}/{version}/promote", post(rankers::promote))
        .route("/v1/{shop}/experiments", get(experiments::list).post(experiments::start))
        .route(
            "/v1/{shop}/experiments/{experiment}",
            get(experiments::get).patch(experiments::change).delete(experiments::forget),
        )
        .route("/v1/{shop}/experiments/{experiment}/stop", post(experiments::stop))
        .route("/v1/{shop}/experiments/{experiment}/report", get(experiments::report))
        .route("/v1/{shop}/ofrep/v1/evaluate/flags", post(ofrep::evaluate_all))
        .route("/v1/{shop}/ofrep/v1/evaluate/flags/{key}", post(ofrep::evaluate))
        .route("/v1/{shop}/learning", get(learning::report))
        .route("/v1/{shop}/exploration", get(learning::exploration).put(learning::set_exploration))
        .route("/v1/{shop}/strategies", get(strategies::list).put(strategies::set))
        .route("/v1/{shop}/strategies/train", post(strategies::train))
        .route("/v1/{shop}/strategies/withdraw", post(strategies::withdraw))
        .route("/v1/{shop}/strategies/{version}/promote", post(strategies::promote))
        .route("/v1/{shop}/explain", post(answers::explain))
        .route("/v1/{shop}/understand", post(understanding::understand))
        .route("/v1/{shop}/suggest", get(understanding::suggest))
        .route("/v1/{shop}/queries", get(understanding::queries))
        .route("/v1/{shop}/synonyms", get(understanding::synonyms).put(understanding::set_synonyms))
        .route("/v1/{shop}/synonyms/proposals", get(steering::proposals).post(steering::decide_proposals))
        .route("/v1/{shop}/intents", get(steering::intents).put(steering::set_intents).delete(steering::delete_intents))
        .route("/v1/{shop}/curations", get(curations::list))
        .route("/v1/{shop}/curations/{curation}", get(curations::get).put(curations::save).delete(curations::delete))
        .route("/v1/{shop}/curations/{curation}/publish", post(curations::publish))
        .route("/v1/{shop}/curations/{curation}/withdraw", post(curations::withdraw))
        .route("/v1/{shop}/audit", get(audit::list))
        .route("/v1/{shop}/audit/{change}/undo", post(audit::undo))
        .route("/v1/{shop}/policies", get(policies::list).put(policies::set))
        .route("/v1/{shop}/settings", get(shop_state::settings).put(shop_state::set_settings))
        .route("/v1/{shop}/settings:validate", post(shop_state::validate_settings))
        .route("/v1/{shop}/series", get(analytics::series))
        .route("/v1/{shop}/events/live", get(analytics::live))
        .route("/v1/{shop}/stats", get(shop_state::stats))
        .route("/v1/{shop}/log", get(shop_state::log))
        .route("/", get(operations::index))
        .route("/health", get(operations::health))
        .route("/ready", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .route("/openapi.json", get(operations::openapi))
        .route("/errors", get(operations::errors))
        .merge(operations::docs())
        .merge(console::pages())
        .merge(mcp::tools())
        .merge(shop_page::pages())
        .merge(tracker::script())
        // Bodies are limited by each route itself, after decompression too.
        .layer(DefaultBodyLimit::disable())
}

/// Rows of a page, 1 to 1000; 100 where not said.
fn page_limit(limit: Option<usize>) -> Result<usize, types::FieldError> {
    match limit.unwrap_or(100) {
        limit @ 1..=1000 => Ok(limit),
        other => Err(types::FieldError::new("limit_out_of_range", "limit", "1 to 1000", other.to_string())),
    }
}
