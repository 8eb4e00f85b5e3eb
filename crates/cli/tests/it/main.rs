//! Tests that drive the real binary.

mod answers;
mod config;
mod crash;
mod evaluate;
mod harness;
mod import;
mod operate;
