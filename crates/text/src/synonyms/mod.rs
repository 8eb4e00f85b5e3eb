//! Words that stand for one another: a shop's rules ([`Rule`], [`SynonymSet`]) and proposals for them ([`mine`]).
//!
//! Rules are looked up by folded and stemmed words, the longest first, in Chinese without blanks too. They expand a query,
//! they never replace: what was typed always counts most.

mod apply;
pub mod mine;
mod rule;
mod rules_text;

pub use apply::{Alternative, Applied, Cut, Expansion, SynonymOptions, SynonymSet};
pub use rule::{PHRASE_UNITS_MAX, PHRASES_MAX, Rule, RuleError};
pub use rules_text::{LineError, parse, to_text};
