//! The index as its users see it, against naive models.

#![expect(
    clippy::unwrap_used,
    reason = "a failing test may panic; helpers outside #[test] are not exempt by themselves"
)]
mod boosts;
mod columns;
mod support;
mod vectors;
mod words;
