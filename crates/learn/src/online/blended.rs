use std::sync::Arc;

use types::{Explanation, FeatureRows, FeatureSchema};

use super::OnlineError;
use super::error::within;
use super::ranker::sum;
use crate::{Ranker, RankerId};

/// Leads from one ranker to the next without a jump: `(1 - share) old + share new`. At share 0 every score is the old
/// one's, at 1 the new one's; whoever takes a retrained model into service raises the share from one to the other.
pub struct BlendedRanker {
    id: RankerId,
    old: Arc<dyn Ranker>,
    new: Arc<dyn Ranker>,
    share: f32,
}

impl BlendedRanker {
    /// A blend in which `new` has `share`, 0 to 1.
    ///
    /// # Errors
    /// Where the share is out of its range, or the two read other columns.
    pub fn new(id: &str, old: Arc<dyn Ranker>, new: Arc<dyn Ranker>, share: f32) -> Result<Self, OnlineError> {
        within("share", f64::from(share), 0.0, 1.0, "0 to 1")?;
        if old.needs() != new.needs() {
            return Err(OnlineError::Schema { first: old.id().to_string(), second: new.id().to_string() });
        }
        Ok(Self { id: Arc::from(id), old, new, share })
    }
}

impl Ranker for BlendedRanker {
    fn id(&self) -> RankerId {
        Arc::clone(&self.id)
    }

    fn needs(&self) -> &FeatureSchema {
        self.new.needs()
    }

    fn score(&self, rows: &FeatureRows, scores: &mut [f32]) {
        let mut new = vec![0.0; scores.len()];
        self.old.score(rows, scores);
        self.new.score(rows, &mut new);
        for (score, new) in scores.iter_mut().zip(new) {
            *score = (1.0 - self.share) * *score + self.share * new;
        }
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        sum((self.old.explain(rows, row), 1.0 - self.share), (self.new.explain(rows, row), self.share))
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        let mut breaks = self.old.breaks(column);
        breaks.extend(self.new.breaks(column));
        breaks
    }
}
