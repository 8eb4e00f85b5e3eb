use engine::{NeededChange, WhatIf};
use serde::Serialize;
use utoipa::ToSchema;

/// What would have to change for an item to stand at a place, by its score: what rules pin or bury, objectives and the
/// variety of the answer do afterwards is left aside.
#[derive(Serialize, ToSchema)]
pub(crate) struct WhatIfAnswer {
    /// Its place by score, from 1; absent where no source finds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
    /// The place that was asked for; the last one where there are not so many.
    to_place: usize,
    /// The ranker's score of it.
    score: f32,
    /// What that score would have to exceed.
    needed: f32,
    /// For each feature that could do it alone, all others being as they are, the nearest value that is enough; smallest
    /// change first.
    changes: Vec<NeededChangeAnswer>,
    /// The same in a sentence.
    message: String,
}

/// A change of one feature that would be enough.
#[derive(Serialize, ToSchema)]
pub(crate) struct NeededChangeAnswer {
    /// The feature, or the retriever.
    feature: String,
    /// `item` (of the item alone: the shop can change it), `query and item`, `shopper and item`, or `retriever`.
    about: &'static str,
    /// Its value now, as the ranker reads it.
    from: f32,
    /// The nearest value that is enough.
    to: f32,
}

impl From<WhatIf> for WhatIfAnswer {
    fn from(told: WhatIf) -> Self {
        let wanted = told.wanted;
        let message = match (told.place, told.changes.first()) {
            (None, _) => "no source finds it for this request".to_owned(),
            (Some(place), _) if place <= wanted => format!("by its score it stands at {place} already"),
            (Some(_), Some(change)) => {
                format!("`{}` at {:.4} (now {:.4}) would be enough alone", change.feature, change.to, change.from)
            }
            (Some(_), None) => "no feature alone could do it".to_owned(),
        };
        let change = |change: NeededChange| NeededChangeAnswer {
            feature: change.feature.to_string(),
            about: change.about.map_or("retriever", types::FeatureScope::name),
            from: change.from,
            to: change.to,
        };
        Self {
            place: told.place,
            to_place: wanted,
            score: told.score,
            needed: told.needed,
            changes: told.changes.into_iter().map(change).collect(),
            message,
        }
    }
}
