//! Tests of the crate as its callers see it.
