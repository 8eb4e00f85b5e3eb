//! The committed models together with what is committed beside them.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod intents;
