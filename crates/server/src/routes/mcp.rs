//! Tools for assistants over the Model Context Protocol: the shop's catalogue, in the shapes of the Universal Commerce
//! Protocol (2026-04-08), and its recommendations.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use axum::routing::any;
use engine::Shop;
use formats::feeds::{AgenticFeed, agentic_products};
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use types::{Comparison, FieldError, Filter, Item, ItemId, Literal, Page, RecommendKind, Request, well_known};

use super::Shared;
use crate::app::App;
use crate::config::Access;
use crate::error::{ApiError, ApiResult};
use crate::extract::InShop;
use crate::keys::Scope;

/// Products of a page where nothing is said, and at most.
const PRODUCTS: usize = 10;
const PRODUCTS_MAX: usize = 50;
/// Milliseconds for which the list of tools may be taken as it was.
const TOOLS_FRESH_MS: u64 = 3_600_000;
/// The revision of the commerce protocol whose shapes are answered.
const UCP: &str = "2026-04-08";

/// The routes of assistants' tools: of a shop by its name, and of the shop that the key belongs to.
pub(crate) fn tools() -> Router<Arc<App>> {
    Router::new().route("/v1/{shop}/mcp", any(of_shop)).route("/mcp", any(of_key))
}

async fn of_shop(State(app): Shared, InShop(shop): InShop, request: HttpRequest) -> ApiResult<Response> {
    let _pass = app.admit(request.headers(), &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    Ok(answer(&app, shop, request).await)
}

async fn of_key(State(app): Shared, request: HttpRequest) -> ApiResult<Response> {
    let shop = app.shop_of_key(request.headers())?;
    let _pass = app.admit(request.headers(), &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    Ok(answer(&app, shop, request).await)
}

/// Answers without sessions: each request tells all that it takes.
async fn answer(app: &Arc<App>, shop: Arc<Shop>, request: HttpRequest) -> Response {
    let mut config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_keep_alive(None)
        .with_max_request_body_bytes(app.config.limits.request_bytes);
    // A key tells that the caller is meant; where none is asked for, the address must be this machine's.
    if !matches!(app.config.access, Access::Open) {
        config = config.disable_allowed_hosts();
    }
    if !app.config.cors {
        config = config.enforce_origin_validation();
    }
    let tools = Tools { app: Arc::clone(app), shop };
    let service =
        StreamableHttpService::new(move || Ok(tools.clone()), Arc::new(NeverSessionManager::default()), config);
    service.handle(request).await.map(Body::new)
}

/// What an assistant can do in a shop.
#[derive(Clone)]
struct Tools {
    app: Arc<App>,
    shop: Arc<Shop>,
}

/// A tool: its name, what it is for, its arguments, and what answers it.
struct ToolKind {
    name: &'static str,
    description: &'static str,
    arguments: fn() -> Value,
    answer: fn(&Tools, &Value) -> ApiResult<Value>,
}

/// Every tool.
const TOOLS: &[ToolKind] = &[
    ToolKind {
        name: "search_catalog",
        description: "Search the shop's products by words and meaning, in English or Chinese, with a price range in minor units \
            and categories.",
        arguments: search_arguments,
        answer: Tools::search,
    },
    ToolKind {
        name: "lookup_catalog",
        description: "Look up products or variants by their ids.",
        arguments: lookup_arguments,
        answer: Tools::lookup,
    },
    ToolKind {
        name: "get_product",
        description: "Everything about one product or variant.",
        arguments: product_arguments,
        answer: Tools::product,
    },
    ToolKind {
        name: "get_recommendations",
        description: "Products like some products, bought together with them, in fashion, popular or new.",
        arguments: recommendation_arguments,
        answer: Tools::recommendations,
    },
];

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

fn meta() -> Value {
    json!({ "type": "object", "description": "What the protocol says beside the arguments; not read." })
}

fn pagination() -> Value {
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": PRODUCTS_MAX });
    object(&json!({ "limit": limit, "cursor": { "type": "string" } }), &[])
}

fn search_arguments() -> Value {
    let amount = json!({ "type": "integer", "description": "In minor units, such as cents." });
    let categories =
        json!({ "type": "array", "items": { "type": "string" }, "description": "Such as `Shoes > Running`." });
    let filters = object(
        &json!({ "price": object(&json!({ "min": amount, "max": amount }), &[]), "categories": categories }),
        &[],
    );
    let query = json!({ "type": "string" });
    let context = json!({ "type": "object" });
    let catalog =
        object(&json!({ "query": query, "filters": filters, "context": context, "pagination": pagination() }), &[]);
    object(&json!({ "meta": meta(), "catalog": catalog }), &["catalog"])
}

fn lookup_arguments() -> Value {
    let ids = json!({ "type": "array", "items": { "type": "string" }, "maxItems": PRODUCTS_MAX });
    object(&json!({ "meta": meta(), "catalog": object(&json!({ "ids": ids }), &["ids"]) }), &["catalog"])
}

fn product_arguments() -> Value {
    let catalog = object(&json!({ "id": { "type": "string" } }), &["id"]);
    object(&json!({ "meta": meta(), "catalog": catalog }), &["catalog"])
}

fn recommendation_arguments() -> Value {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let ids = json!({ "type": "array", "items": { "type": "string" } });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": PRODUCTS_MAX });
    object(&json!({ "kind": { "type": "string", "enum": kinds }, "ids": ids, "limit": limit }), &["kind"])
}

/// Recommendations that need nobody's history.
const KINDS: [RecommendKind; 6] = [
    RecommendKind::Similar,
    RecommendKind::LooksSimilar,
    RecommendKind::BoughtTogether,
    RecommendKind::Trending,
    RecommendKind::Popular,
    RecommendKind::New,
];

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("mercato", env!("CARGO_PKG_VERSION")))
            .with_instructions("The catalogue of a shop: search it, look products up, and ask what goes with them.")
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |kind: &ToolKind| {
            let arguments = (kind.arguments)().as_object().cloned().unwrap_or_default();
            let tool = Tool::new(kind.name, kind.description, arguments);
            tool.with_annotations(ToolAnnotations::new().read_only(true))
        };
        let mut list = ListToolsResult::with_all_items(TOOLS.iter().map(tool).collect());
        (list.ttl_ms, list.cache_scope) = (Some(TOOLS_FRESH_MS), Some(CacheScope::Public));
        Ok(list)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(kind) = TOOLS.iter().find(|kind| kind.name == request.name) else {
            let known: Vec<&str> = TOOLS.iter().map(|kind| kind.name).collect();
            let message = format!("there is no tool `{}`; there are {}", request.name, known.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let (tools, answer) = (self.clone(), kind.answer);
        let done = self.app.answers.run(move || answer(&tools, &arguments)).await;
        let result = match done {
            Ok(done) => CallToolResult::structured(done.value),
            // What is wrong with the arguments is for the assistant to read and mend.
            Err(error) => CallToolResult::error(vec![ContentBlock::text(error.told())]),
        };
        Ok(result.into())
    }
}

impl Tools {
    fn search(&self, arguments: &Value) -> ApiResult<Value> {
        let catalog = &arguments["catalog"];
        let limit = limit(&catalog["pagination"]["limit"], "catalog.pagination.limit")?;
        let offset = match &catalog["pagination"]["cursor"] {
            Value::Null => 0,
            cursor => {
                let offset =
                    cursor.as_str().and_then(|text| text.parse::<usize>().ok()).filter(|offset| *offset <= 10_000);
                offset.ok_or_else(|| wrong("catalog.pagination.cursor", "the cursor of the page before", cursor))?
            }
        };
        let query = match &catalog["query"] {
            Value::Null => "",
            query => query.as_str().ok_or_else(|| wrong("catalog.query", "a string", query))?,
        };
        let request = Request {
            filter: filter(&catalog["filters"], &catalog["context"])?,
            page: Page { offset, limit, cursor: None },
            group: true,
            record: false,
            ..Request::search(query, self.app.clock.now())
        };
        let slate = self.shop.answer(&request)?;
        let products = self.products(slate.items.iter().map(|shown| &shown.item));
        let next = offset + slate.items.len();
        let mut page = json!({ "has_next_page": next < slate.total, "total_count": slate.total });
        if next < slate.total {
            page["cursor"] = Value::from(next.to_string());
        }
        Ok(json!({ "ucp": { "version": UCP }, "products": products, "pagination": page }))
    }

    fn lookup(&self, arguments: &Value) -> ApiResult<Value> {
        let ids = &arguments["catalog"]["ids"];
        let items = self.items("catalog.ids", ids)?;
        Ok(json!({ "ucp": { "version": UCP }, "products": self.products(items.iter()) }))
    }

    fn product(&self, arguments: &Value) -> ApiResult<Value> {
        let id = &arguments["catalog"]["id"];
        let name = id.as_str().ok_or_else(|| wrong("catalog.id", "a string", id))?;
        let item = self.shop.item(&ItemId::new(name)?)?;
        let item =
            item.ok_or_else(|| ApiError::unknown("unknown_item", format!("the shop has no product `{name}`")))?;
        let product = self.products([&item].into_iter()).pop();
        let product = product.ok_or_else(|| ApiError::unknown("unknown_item", format!("`{name}` has no price")))?;
        Ok(json!({ "ucp": { "version": UCP }, "product": product }))
    }

    fn recommendations(&self, arguments: &Value) -> ApiResult<Value> {
        let kind = &arguments["kind"];
        let known = kind.as_str().and_then(RecommendKind::from_name).filter(|kind| KINDS.contains(kind));
        let known = known.ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
            wrong("kind", &format!("one of {}", names.join(", ")), kind)
        })?;
        let seeds = match &arguments["ids"] {
            Value::Null => Vec::new(),
            ids => self.items("ids", ids)?.into_iter().map(|item| item.id).collect(),
        };
        let needs =
            matches!(known, RecommendKind::Similar | RecommendKind::LooksSimilar | RecommendKind::BoughtTogether);
        if needs && seeds.is_empty() {
            return Err(wrong("ids", "the ids of products to start from", &arguments["ids"]).into());
        }
        let limit = limit(&arguments["limit"], "limit")?;
        let request = Request {
            seeds,
            page: Page { offset: 0, limit, cursor: None },
            record: false,
            ..Request::recommend(known, types::Actor::default(), self.app.clock.now())
        };
        let slate = self.shop.answer(&request)?;
        let products = self.products(slate.items.iter().map(|shown| &shown.item));
        Ok(json!({ "ucp": { "version": UCP }, "products": products }))
    }

    /// Products of items; those without a title and a price are none.
    fn products<'a>(&self, items: impl Iterator<Item = &'a Item>) -> Vec<Value> {
        items.filter_map(|item| agentic_products(std::slice::from_ref(item), AgenticFeed::Ucp).ok()).collect()
    }

    /// The items of some ids; those that are unknown are left out.
    fn items(&self, name: &str, ids: &Value) -> ApiResult<Vec<Item>> {
        let list = ids.as_array().filter(|ids| ids.len() <= PRODUCTS_MAX);
        let list = list.ok_or_else(|| wrong(name, &format!("at most {PRODUCTS_MAX} ids"), ids))?;
        let mut items = Vec::new();
        for id in list {
            let id = id.as_str().ok_or_else(|| wrong(name, "strings", id))?;
            items.extend(self.shop.item(&ItemId::new(id)?)?);
        }
        Ok(items)
    }
}

fn wrong(field: &str, expected: &str, got: &Value) -> FieldError {
    FieldError::new("value_invalid", field, expected, got.to_string())
}

fn limit(value: &Value, name: &str) -> Result<usize, FieldError> {
    match value {
        Value::Null => Ok(PRODUCTS),
        value => {
            let limit = value.as_u64().filter(|limit| (1..=PRODUCTS_MAX as u64).contains(limit));
            limit.map(|limit| limit as usize).ok_or_else(|| wrong(name, &format!("1 to {PRODUCTS_MAX}"), value))
        }
    }
}

/// What a search is narrowed to. Amounts are in minor units of the context's currency; two digits where it names none.
fn filter(filters: &Value, context: &Value) -> Result<Option<Filter>, FieldError> {
    let mut all = Vec::new();
    let digits = match context["currency"].as_str() {
        Some("JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF") => 0,
        Some("BHD" | "IQD" | "JOD" | "KWD" | "OMR" | "TND") => 3,
        _ => 2,
    };
    let bounds = [("min", Comparison::GreaterOrEqual), ("max", Comparison::LessOrEqual)];
    for (name, comparison) in bounds {
        let amount = &filters["price"][name];
        if amount.is_null() {
            continue;
        }
        let field = format!("catalog.filters.price.{name}");
        let units = amount.as_f64().map(|minor| minor / 10f64.powi(digits)).filter(|units| units.is_finite());
        let units = units.ok_or_else(|| wrong(&field, "a number of minor units", amount))?;
        let attribute = Arc::from(well_known::PRICE);
        all.push(Filter::Compare { attribute, comparison, value: Literal::Number(units) });
    }
    if !filters["categories"].is_null() {
        let names = filters["categories"].as_array();
        let names =
            names.ok_or_else(|| wrong("catalog.filters.categories", "an array of strings", &filters["categories"]))?;
        let under = |name: &Value| {
            let path = name.as_str().unwrap_or_default().split('>').map(|part| Arc::from(part.trim())).collect();
            Filter::Under { attribute: Arc::from(well_known::CATEGORY), path }
        };
        all.push(Filter::Or(names.iter().map(under).collect()));
    }
    Ok((!all.is_empty()).then_some(Filter::And(all)))
}
