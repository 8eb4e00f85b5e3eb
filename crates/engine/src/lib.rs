//! The library facade: shops that take events in and give slates out.
//!
//! What it is: [`Engine`] (all shops of a process), [`Shop`] (one tenant: its log, its derived state, its pipeline), and
//! the view every request reads.
//!
//! What it is not: it knows no HTTP and no terminal, and prints nothing.
//!
//! Invariants: an acknowledged event is durable and already folded into what the next request reads; a request reads one
//! immutable view, taken once; everything but the log can be rebuilt by replay.
#![forbid(unsafe_code)]

mod error;
mod facade;

pub use error::{Error, Result};
pub use facade::{Appended, Engine, EngineConfig, LoggedEvent, Progress, ShopStats, Shop};
