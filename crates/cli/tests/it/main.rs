//! Tests that drive the real binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod answers;
mod catalogue;
mod compress;
mod config;
mod conventions;
mod crash;
mod evaluate;
mod harness;
mod import;
mod models;
mod operate;
mod rankers;
mod recommenders;
mod steering;
mod train;
mod tune;
