//! Whole shops, from events to slates.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod carts;
mod catalogue;
mod enrich;
mod experiments;
mod exploration;
mod pictures;
mod rankers;
mod recommend;
mod recommenders;
mod reranking;
mod restart;
mod reviews;
mod rules;
mod search;
mod shop;
mod strategies;
mod understanding;
