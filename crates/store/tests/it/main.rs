//! Tests of the crate as its callers see it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arbitrary;
mod codec;
mod crash;
mod damage;
mod derived;
mod faults;
mod files;
mod model;
mod retention;
mod samples;
mod throughput;
