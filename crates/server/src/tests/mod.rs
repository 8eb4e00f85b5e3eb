//! Tests that call the router in process.

mod access;
mod bad_requests;
mod description;
mod harness;
mod pictures;
mod shops;
mod understanding;
