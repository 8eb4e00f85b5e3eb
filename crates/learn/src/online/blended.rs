use std::sync::Arc;

use types::{Explanation, FeatureRows, FeatureSchema, FeatureSpec};

use super::OnlineError;
use super::error::within;
use super::ranker::sum;
use crate::{Ranker, RankerId};

/// Leads from one ranker to the next without a jump: `(1 - share) old + share new`. At share 0 every score is the old
/// one's, at 1 the new one's; whoever takes a retrained model into service raises the share from one to the other.
pub struct BlendedRanker {
    id: RankerId,
    schema: FeatureSchema,
    old: Part,
    new: Part,
    share: f32,
}

/// One of the two, and where its columns are among those of both.
struct Part {
    ranker: Arc<dyn Ranker>,
    columns: Vec<usize>,
}

impl BlendedRanker {
    /// A blend in which `new` has `share`, 0 to 1. It reads what either of them reads.
    ///
    /// # Errors
    /// Where the share is out of its range, or the two read another version of one feature.
    pub fn new(id: &str, old: Arc<dyn Ranker>, new: Arc<dyn Ranker>, share: f32) -> Result<Self, OnlineError> {
        within("share", f64::from(share), 0.0, 1.0, "0 to 1")?;
        let mut specs: Vec<FeatureSpec> = new.needs().specs().to_vec();
        for spec in old.needs().specs() {
            match specs.iter().find(|known| known.name == spec.name) {
                Some(known) if known == spec => {}
                Some(_) => {
                    return Err(OnlineError::Schema { first: old.id().to_string(), second: new.id().to_string() });
                }
                None => specs.push(spec.clone()),
            }
        }
        let schema = FeatureSchema::new(specs);
        let part = |ranker: Arc<dyn Ranker>| {
            let names = ranker.needs().specs().iter();
            let columns = names.filter_map(|spec| schema.column(spec.name)).collect();
            Part { ranker, columns }
        };
        Ok(Self { id: Arc::from(id), old: part(old), new: part(new), schema, share })
    }
}

impl Part {
    /// The rows as this ranker reads them.
    fn rows(&self, rows: &FeatureRows) -> FeatureRows {
        let mut own = FeatureRows::zeros(self.ranker.needs().clone(), rows.rows());
        for (at, column) in self.columns.iter().enumerate() {
            own.column_mut(at).copy_from_slice(rows.column(*column));
        }
        own
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        let own = self.columns.iter().position(|known| *known == column);
        own.map(|own| self.ranker.breaks(own)).unwrap_or_default()
    }
}

impl Ranker for BlendedRanker {
    fn id(&self) -> RankerId {
        Arc::clone(&self.id)
    }

    fn needs(&self) -> &FeatureSchema {
        &self.schema
    }

    fn score(&self, rows: &FeatureRows, scores: &mut [f32]) {
        let mut new = vec![0.0; scores.len()];
        self.old.ranker.score(&self.old.rows(rows), scores);
        self.new.ranker.score(&self.new.rows(rows), &mut new);
        for (score, new) in scores.iter_mut().zip(new) {
            *score = (1.0 - self.share) * *score + self.share * new;
        }
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        let explain = |part: &Part| part.ranker.explain(&part.rows(rows), row);
        sum((explain(&self.old), 1.0 - self.share), (explain(&self.new), self.share))
    }

    fn breaks(&self, column: usize) -> Vec<f32> {
        let mut breaks = self.old.breaks(column);
        breaks.extend(self.new.breaks(column));
        breaks
    }
}
