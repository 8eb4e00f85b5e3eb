//! What it costs to order slates for more than relevance, and how fair the slates of a shop's log are.
//!
//! [`curves`] turn each dial of [`learn::slates`] from 0 to 1 over held-out or judged questions; [`audit`] reads what was shown.

mod audit;
mod curve;
mod facts;
mod groups;
mod questions;
mod report;

pub use audit::{AuditOptions, audit};
pub use curve::{Dial, SlateCurve, SlatePoint};
pub use groups::read_groups;
pub use questions::Questions;
pub use report::{Audit, AuditRow, AuditTable, UserRow};

use crate::Result;

/// Steps of a dial from 0 to 1.
const STEPS: usize = 10;

/// The curve of each dial over the same questions.
///
/// # Errors
/// Where a dial cannot be turned, as where a score is no number.
pub fn curves(questions: &Questions, dials: &[Dial]) -> Result<Vec<SlateCurve>> {
    dials.iter().map(|dial| curve::curve(questions, *dial, STEPS)).collect()
}
