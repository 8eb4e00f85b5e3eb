//! The storefront protocol: what InstantSearch and its relatives speak, under `/1/`.
//!
//! A thin translation: a call is read, made into native requests and events, and the answer told in the protocol's own words.
//! An index is a shop of the same name; a replica is another order of one. `docs/storefront-protocol.md` says which parameters
//! do what.

mod access;
mod call;
mod chat;
mod error;
mod events;
mod facets;
mod filter;
mod geo;
mod highlight;
mod index;
mod keys;
mod params;
mod pattern;
mod recommend;
mod record;
mod routes;
mod rules;
mod search;
mod support;
mod syntax;
mod told;
mod typed;
mod writing;

pub(crate) use access::storefront_token;
pub(crate) use index::Indices;
pub(crate) use routes::routes;

/// Stands for all indices in an address.
const ALL: &str = "*";
