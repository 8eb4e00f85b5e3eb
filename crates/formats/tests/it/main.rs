//! Documents, files and mappings, as people bring them.
#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a failed check is a failed test, and `check(input, expect![…])` reads best by value"
)]

mod conventions;
mod docs;
mod documents;
mod feeds;
mod files;
mod mappings;
mod round_trips;
