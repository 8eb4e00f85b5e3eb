use std::sync::OnceLock;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::routes::{
    analytics, answers, audit, catalogue, curations, enrichment, events, experiments, items, keys, learning, ofrep,
    operations, pictures, policies, rankers, recommenders, reviews, segment, shop_state, shops, steering, strategies,
    understanding,
};

/// The description of the API as a JSON document (OpenAPI 3.1), made from the types that the routes use.
pub fn openapi_json() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| Description::openapi().to_pretty_json().expect("the description is plain data"))
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Mercato", description = "Search and recommendations for shops, each result explained.\n\n\
        Keys go in `Authorization: Bearer mk_...` or `X-Api-Key`. Bodies are JSON, plain or gzip. Every error has the \
        same envelope with a stable code; `/errors` lists them. Filters read like \
        `brand = \"Sony\" and price < 200 and not category under \"Toys\"`.\n\n商店的搜索与推荐，每个结果都可解释。"),
    paths(
        answers::search, answers::search_by_address, answers::recommend, answers::recommend_by_address, answers::explain,
        understanding::understand, understanding::suggest, understanding::queries, understanding::synonyms,
        understanding::set_synonyms, steering::proposals, steering::decide_proposals,
        steering::intents, steering::set_intents, steering::delete_intents, policies::list, policies::set,
        items::scan, items::upsert_many, items::batch, items::get, items::put, items::patch, items::delete,
        pictures::set, pictures::search, pictures::duplicates,
        catalogue::quality, catalogue::duplicates, catalogue::judgements, catalogue::judge,
        enrichment::enrich, enrichment::found_values, enrichment::take_back,
        enrichment::selling_points, enrichment::set_selling_points,
        reviews::of_item, reviews::of_shop, reviews::alerts,
        recommenders::list, recommenders::train, recommenders::training, recommenders::cancel, recommenders::promote,
        recommenders::roll_back,
        rankers::list, rankers::get, rankers::train, rankers::training, rankers::cancel, rankers::promote,
        rankers::roll_back,
        experiments::list, experiments::start, experiments::get, experiments::change, experiments::stop,
        experiments::forget, experiments::report, ofrep::evaluate, ofrep::evaluate_all,
        learning::report, learning::exploration, learning::set_exploration,
        strategies::list, strategies::set, strategies::train, strategies::promote, strategies::withdraw,
        events::append, segment::call, events::erase_user, shop_state::log,
        curations::list, curations::get, curations::save, curations::publish, curations::withdraw, curations::delete,
        audit::list, audit::undo,
        shop_state::settings, shop_state::set_settings, shop_state::validate_settings, analytics::series, analytics::live, shop_state::stats,
        shops::list, shops::create, shops::get, shops::delete, keys::list, keys::create, keys::delete,
        operations::health, operations::ready, operations::metrics,
    ),
    tags(
        (name = "answers", description = "Search, recommend, explain"),
        (name = "items", description = "The catalogue"),
        (name = "events", description = "What shoppers do"),
        (name = "reviews", description = "What reviews say, and where they become worse"),
        (name = "recommenders", description = "Models trained on a shop's own log"),
        (name = "rankers", description = "What orders results, trained on what shoppers did with a shop's own answers"),
        (name = "experiments", description = "What is tried out, what came of it, and flags for front ends (OFREP)"),
        (name = "learning", description = "What is learnt from every event, what is explored, what is kept out"),
        (name = "settings", description = "What a shop decides, and its figures"),
        (name = "shops", description = "Tenants; each has its own log, indices, settings and keys"),
        (name = "keys", description = "Who may do what: `search` < `write` < `admin`"),
        (name = "operations", description = "For those who run the server"),
    ),
    security(("bearer" = []), ("header" = [])),
    modifiers(&Keys),
)]
struct Description;

/// The two ways to send a key.
struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")));
        components.add_security_scheme("bearer", bearer);
        components.add_security_scheme("header", header);
    }
}
