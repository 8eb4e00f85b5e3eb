//! Tests that call the router in process.

mod access;
mod bad_requests;
mod catalogue;
mod console;
mod conventions;
mod description;
mod enrichment;
mod experiments;
mod harness;
mod learning;
mod mcp;
mod pictures;
mod rankers;
mod recommenders;
mod reviews;
mod shop_page;
mod shops;
mod steering;
mod storefront;
mod tracker;
mod understanding;
mod words;
