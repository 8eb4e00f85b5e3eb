//! The documents of items, events and settings, described for OpenAPI. They are read and written by the crate `formats`;
//! a test reads every example here with it, so that the description cannot drift away.
#![expect(dead_code, reason = "these types only describe documents")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An item. Well-known attributes stand beside `id`; all others under `attributes`.
#[derive(ToSchema)]
#[schema(as = Item)]
pub(crate) struct ItemDocument {
    /// Unique inside the shop; 1 to 512 bytes. May be left out where the path has it.
    #[schema(example = "boots-1")]
    id: Option<String>,
    /// What variants of one product share.
    group: Option<String>,
    /// A text, or texts by language: `{"zh": "登山鞋", "en": "Hiking boots"}`.
    #[schema(value_type = Option<TextDocument>)]
    title: Option<Value>,
    /// A text, or texts by language.
    #[schema(value_type = Option<TextDocument>)]
    description: Option<Value>,
    /// Who makes it.
    brand: Option<String>,
    /// One or several paths from the root of the category tree.
    #[schema(example = json!([["Shoes", "Hiking"]]))]
    category: Option<Vec<Vec<String>>>,
    /// What it costs.
    price: Option<MoneyDocument>,
    /// Address of its picture; shown, never fetched.
    image: Option<String>,
    /// Free labels.
    tags: Option<Vec<String>>,
    /// Mean rating.
    rating: Option<f64>,
    /// Number of ratings.
    rating_count: Option<u64>,
    /// Whether it may be sold; yes where not said.
    available: Option<bool>,
    /// Pieces in stock; 0 makes it unavailable.
    stock: Option<u32>,
    /// What is known of its picture; `POST /v1/{shop}/items/{item}/picture` sets it. An item that is put in again without
    /// it keeps the one it has.
    picture: Option<PictureDocument>,
    /// Everything else by name: a number, true or false, a text, a list of texts, `{"amount", "currency"}`,
    /// `{"en", "zh"}`, or one of `{"text"}`, `{"keywords"}`, `{"time"}`, `{"path"}`, `{"image"}`.
    #[schema(example = json!({"颜色": "红", "waterproof": true}))]
    attributes: Option<BTreeMap<String, Value>>,
}

/// What an image encoder saw in an item's picture; the picture itself is kept nowhere.
#[derive(ToSchema)]
#[schema(as = Picture)]
pub(crate) struct PictureDocument {
    /// Version of the image encoder.
    #[schema(example = "efficientnet-lite0@f3190cc8af9f")]
    encoder: String,
    /// First half of the SHA-256 of the picture's bytes, in hexadecimal.
    #[schema(example = "6a09e667f3bcc908b2fb1366ea957d3e")]
    digest: String,
    /// The vector in base64: a scale (f32), then one signed byte a number. Left out in slates.
    #[schema(example = "AACAPwMC")]
    vector: Option<String>,
}

/// A partial update of an item: what is absent stays, `null` removes. The fields are those of an item.
#[derive(ToSchema)]
#[schema(as = ItemPatch, value_type = Object, example = json!({"price": {"amount": 79.9, "currency": "EUR"}, "tags": null}))]
pub(crate) struct ItemPatchDocument(Value);

/// A text, or texts by language code.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Text)]
pub(crate) enum TextDocument {
    /// In one language, guessed from its script.
    Plain(String),
    /// By language code.
    ByLanguage(BTreeMap<String, String>),
}

/// An amount of money.
#[derive(ToSchema)]
#[schema(as = Money)]
pub(crate) struct MoneyDocument {
    /// Units of the currency.
    #[schema(example = 89.9)]
    amount: f64,
    /// An ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
}

/// One change of a batch: exactly one of the three.
#[derive(ToSchema)]
pub(crate) struct ItemOperation {
    /// The item, whole.
    put: Option<ItemDocument>,
    /// A partial update, with the item's `id`.
    #[schema(value_type = Option<Object>)]
    patch: Option<Value>,
    /// The id of an item to delete.
    delete: Option<String>,
}

/// Something that happened. Interactions have a type of `search`, `click`, `view`, `add-to-cart`, `purchase`, `rating`,
/// `like`, `dislike`, `hide`, `refund`, `review` or `custom:...`; the log also has `item-upserted`, `item-patched`, `item-deleted`,
/// `impression` and `user-erased`.
#[derive(ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventDocument {
    /// Makes the event idempotent: a second one with the same id changes nothing. Random where left out.
    event_id: Option<String>,
    /// What happened.
    #[schema(example = "view")]
    r#type: String,
    /// When: RFC 3339 or milliseconds since 1970; now where left out.
    #[schema(value_type = Option<String>, example = "2026-11-21T09:30:00Z")]
    time: Option<Value>,
    /// A known user.
    user: Option<String>,
    /// A guest.
    anonymous: Option<String>,
    /// The visit.
    session: Option<String>,
    /// To which item; searches have none. A document in `item-upserted` and `item-patched`.
    #[schema(value_type = Option<String>, example = "boots-1")]
    item: Option<Value>,
    /// What was searched for.
    query: Option<String>,
    /// What a review says, up to 64 KiB; only reviews have a text, and those without one have a rating.
    text: Option<String>,
    /// The answer this follows from.
    query_id: Option<String>,
    /// Pieces, at least 1.
    quantity: Option<u32>,
    /// Money involved.
    value: Option<MoneyDocument>,
    /// From 0 (worst) to 1 (best).
    rating: Option<f32>,
    /// Place in the answer, from 1.
    position: Option<u32>,
    /// Weight of this one deed, over its type's.
    weight: Option<f32>,
    /// `home`, `product`, `cart`, `search` or `after-purchase`.
    surface: Option<String>,
}

/// What a shop decides about itself.
#[derive(ToSchema)]
#[schema(as = Settings)]
pub(crate) struct SettingsDocument {
    /// Attributes declared ahead: `{"colour": {"type": "keywords", "weight": 1}}`.
    #[schema(value_type = Option<Object>)]
    attributes: Option<Value>,
    /// Encoders whose vectors items have; none searches by words alone.
    encoders: Option<Vec<String>>,
    /// The model pictures are compared with: an image encoder, or a joint space of texts and pictures; `null` for none.
    pictures: Option<String>,
    /// The label model that tells praise from blame in reviews, such as `mercato train` makes; `null` leaves it to the lexicon.
    reviews_model: Option<String>,
    /// The tagging model that reads values in queries beside the lexicon, such as `mercato eval tag --keep` makes; `null`
    /// for none.
    tagger: Option<String>,
    /// Attributes whose text is encoded, in order.
    encoded: Option<Vec<String>>,
    /// Weights of kinds of interactions: `{"purchase": 5}`.
    weights: Option<BTreeMap<String, f32>>,
    /// Pins, boosts, buries and hides of every request: `{"boost": {"filter": "brand = \"Sony\"", "factor": 1.5}}`.
    #[schema(value_type = Option<Vec<Object>>)]
    rules: Option<Vec<Value>>,
    /// Share of the best possible match under which results are cut off, 0 to 1.
    cutoff: Option<f32>,
    /// Whether words are kept as they are written too, for searches that find words by their beginnings and past slips.
    typed: Option<bool>,
    /// What is added where words decide, in shares of the best score that words can reach: `phrase`, `exact` and `number`
    /// (0 to 4); `minimum_match`, the share of a long query that an item must have where enough
    /// do (0 to 1).
    #[schema(value_type = Option<Object>)]
    lexical: Option<Value>,
    /// How words and vectors are weighed: `words`, `words_selective` (0 to 1), `coverage_power` (0 to 4), and `feedback`, how
    /// far what is like the first results comes up behind the first 20 (0 to 1).
    #[schema(value_type = Option<Object>)]
    fusion: Option<Value>,
    /// Variety of answers, 0 to 1.
    diversity: Option<f32>,
    /// What answers are ordered anew for: `popularity`, `calibration`, `dpp`, `exposure`, `long_tail` (each 0 to 1), `protected`
    /// (a `filter` and a `share`) and `caps`.
    #[schema(value_type = Option<Object>)]
    reranking: Option<Value>,
    /// What counts beside relevance in recommendations: `purchase`, `margin` (the attribute of this name) and `novelty`, each
    /// 0 to 1, at most 1 together.
    #[schema(value_type = Option<Object>)]
    objectives: Option<Value>,
    /// What outcomes are worth to rankers that tell their chances: `click`, `cart`, `purchase`, `return` (a cost) and
    /// `margin`, each 0 to 100.
    #[schema(value_type = Option<Object>)]
    value_weights: Option<Value>,
    /// The most that clicks as they come may add to a result's score or take from it, 0 to 1.
    online_learning: Option<f32>,
    /// Minutes in which a ranker that is put in force takes over from the one before, 0 (at once) to 10,080; 10 where not
    /// said.
    takeover_minutes: Option<f32>,
    /// What reads the best results of a search together with the query once more: `model`, a cross-encoder; `top` (2 to 100; 10),
    /// `budget_ms` (1 to 10,000; 50), after which what is not read keeps its place; `weight` (0 to 1; .5) beside the score it
    /// finds. `null` for nothing.
    #[schema(value_type = Option<Object>)]
    cross_encoder: Option<Value>,
    /// Whether answers are logged as shown.
    log_impressions: Option<bool>,
    /// Whether audits may tell groups of users apart.
    audit_groups: Option<bool>,
    /// Days after which interactions may leave the log.
    retention_days: Option<u32>,
}
