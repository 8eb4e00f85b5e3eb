//! Tools for assistants over the Model Context Protocol: the shop's catalogue and carts, in the shapes of the Universal
//! Commerce Protocol (2026-04-08), its recommendations, and what it says of itself.

mod carts;
mod catalogue;
mod policies;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::any;
use engine::Shop;
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
use types::FieldError;

use super::Shared;
use crate::app::App;
use crate::config::Access;
use crate::error::{ApiError, ApiResult};
use crate::extract::InShop;
use crate::keys::Scope;

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
    /// Whether it changes something, and so waits for the disk.
    changes: bool,
    answer: fn(&Tools, &Value) -> ApiResult<Value>,
}

/// Every tool.
const TOOLS: &[ToolKind] = &[
    ToolKind {
        name: "search_catalog",
        description: "Search the shop's products by words and meaning, in English or Chinese, with a price range in minor units \
            and categories.",
        arguments: catalogue::search_arguments,
        changes: false,
        answer: Tools::search,
    },
    ToolKind {
        name: "lookup_catalog",
        description: "Look up products or variants by their ids.",
        arguments: catalogue::lookup_arguments,
        changes: false,
        answer: Tools::lookup,
    },
    ToolKind {
        name: "get_product",
        description: "Everything about one product or variant.",
        arguments: catalogue::product_arguments,
        changes: false,
        answer: Tools::product,
    },
    ToolKind {
        name: "get_recommendations",
        description: "Products like some products, bought together with them, in fashion, popular or new.",
        arguments: catalogue::recommendation_arguments,
        changes: false,
        answer: Tools::recommendations,
    },
    ToolKind {
        name: "create_cart",
        description: "Put variants into a new cart. Answers with its id, which is needed to read or change it, and with prices of \
            now in minor units; `messages` tell which lines cannot be bought. Nothing is ordered.",
        arguments: carts::create_arguments,
        changes: true,
        answer: Tools::create_cart,
    },
    ToolKind {
        name: "get_cart",
        description: "What is in a cart, and what it costs now.",
        arguments: carts::one_arguments,
        changes: false,
        answer: Tools::cart,
    },
    ToolKind {
        name: "update_cart",
        description: "Replace all lines of a cart by others.",
        arguments: carts::update_arguments,
        changes: true,
        answer: Tools::update_cart,
    },
    ToolKind {
        name: "cancel_cart",
        description: "Throw a cart away.",
        arguments: carts::one_arguments,
        changes: true,
        answer: Tools::cancel_cart,
    },
    ToolKind {
        name: "search_shop_policies_and_faqs",
        description: "What the shop itself says of returns, shipping, payment, warranty and other questions, in English or Chinese. \
            Answer from these passages alone; where there are none, say so.",
        arguments: policies::arguments,
        changes: false,
        answer: Tools::policies,
    },
];

/// What the protocol says of an answer.
fn ucp() -> Value {
    json!({ "version": UCP, "status": "success" })
}

/// What is wrong, for the assistant to read and mend.
fn failed(error: &ApiError) -> CallToolResult {
    let (code, severity) = match error.status {
        StatusCode::NOT_FOUND => ("not_found", "unrecoverable"),
        _ => (error.code, "recoverable"),
    };
    let message = json!({ "type": "error", "code": code, "content": error.told(), "severity": severity });
    let document = json!({ "ucp": { "version": UCP, "status": "error" }, "messages": [message] });
    let mut result = CallToolResult::structured_error(document);
    result.content = vec![ContentBlock::text(error.told())];
    result
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

fn meta() -> Value {
    json!({ "type": "object", "description": "What the protocol says beside the arguments; not read." })
}

fn wrong(field: &str, expected: &str, got: &Value) -> FieldError {
    FieldError::new("value_invalid", field, expected, got.to_string())
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("mercato", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "A shop: search its catalogue, look products up, ask what goes with them, keep a cart, and read what the shop \
                 says of returns, shipping and the like.",
            )
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |kind: &ToolKind| {
            let arguments = (kind.arguments)().as_object().cloned().unwrap_or_default();
            let tool = Tool::new(kind.name, kind.description, arguments);
            tool.with_annotations(ToolAnnotations::new().read_only(!kind.changes))
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
        let gate = if kind.changes { &self.app.tasks } else { &self.app.answers };
        let result = match gate.run(move || answer(&tools, &arguments)).await {
            Ok(done) => CallToolResult::structured(done.value),
            Err(error) => failed(&error),
        };
        Ok(result.into())
    }
}
