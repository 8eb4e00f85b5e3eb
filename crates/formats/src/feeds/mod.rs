//! Product feeds as they already exist for others: Google Merchant, schema.org, Shopify, WooCommerce, records of other
//! search engines, and the feed of agents (ACP, UCP), which is written too.
//!
//! A feed is one file here and one line in [`FEEDS`]. It turns rows of a file into item documents: a row may hold several
//! items (a product with its variants), and several rows one. What a feed does not know becomes an attribute; what has no
//! place at all is told as left out.

mod agentic;
mod draft;
mod export;
mod google;
mod records;
mod schema_org;
mod shopify;
mod source;
mod table;
mod values;
mod woocommerce;

use serde_json::{Map, Value};
use types::{FieldError, Millis};

use crate::Mapping;
use crate::conventions::Sign;

pub use export::{AgenticFeed, Written, agentic_products, minor_units};
pub use source::{FeedSource, preview};

/// Every feed, in the order in which they are asked whether a file is theirs.
pub const FEEDS: &[&dyn Feed] = &[
    &shopify::Shopify,
    &woocommerce::WooCommerce,
    &agentic::Agentic,
    &schema_org::SchemaOrg,
    &google::GoogleMerchant,
    &records::Records,
];

/// How somebody writes down what a shop sells.
pub trait Feed: Sync {
    /// Stable name, such as `shopify`.
    fn name(&self) -> &'static str;

    /// Whether a file with these columns and first rows is of this kind, how sure that is, and by what.
    fn recognise(&self, columns: &[String], rows: &[&Map<String, Value>]) -> Option<Sign>;

    /// What reads the rows of one file, in order.
    fn reader(&self) -> Box<dyn FeedReader>;
}

/// Reads the rows of one feed, in order; may keep what later rows need.
pub trait FeedReader: Send {
    /// The items of a row, and what was left out of it.
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items);

    /// The items that only the end of the file completes.
    fn finish(&mut self, _terms: &Terms, _out: &mut Items) {}
}

/// What a reader is told beside the rows.
#[derive(Clone)]
pub struct Terms {
    /// Currency of amounts that name none, attributes and fields that every item has, columns to leave out.
    pub mapping: Mapping,
    /// The present: whether a sale price holds.
    pub now: Millis,
}

/// Takes what a reader finds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Items {
    /// Documents of items, or why one cannot be read.
    pub found: Vec<Result<Map<String, Value>, FieldError>>,
    /// Field of an item, the column it comes from, and what stood there.
    pub origins: Vec<(String, String, String)>,
    /// What was left out, and why.
    pub left_out: Vec<(String, &'static str)>,
}

/// The feed of this name.
///
/// # Errors
/// A [`FieldError`] that lists the names.
pub fn feed(name: &str) -> Result<&'static dyn Feed, FieldError> {
    FEEDS.iter().find(|feed| feed.name() == name).copied().ok_or_else(|| {
        let known: Vec<&str> = FEEDS.iter().map(|feed| feed.name()).collect();
        FieldError::new("format_unknown", "format", format!("one of {}", known.join(", ")), name)
    })
}

/// The feed that a file with these columns and first rows is, the surest first.
pub fn recognise(columns: &[String], rows: &[&Map<String, Value>]) -> Option<(&'static dyn Feed, Sign)> {
    let found = FEEDS.iter().filter_map(|feed| Some((*feed, feed.recognise(columns, rows)?)));
    found.reduce(|best, other| if other.1.confidence > best.1.confidence { other } else { best })
}
