//! The committed models together with what is committed beside them.

mod intents;
