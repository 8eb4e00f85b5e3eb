use learn::slates::{Cap, Reordered, SlateError, caps};
use types::CappedKind;

use super::{Reranker, Stage};

/// Keeps items of one brand, category or seller from crowding.
pub(super) struct Caps;

impl Reranker for Caps {
    fn id(&self) -> &'static str {
        "caps"
    }

    fn purpose(&self) -> &'static str {
        "a cap"
    }

    fn is_on(&self, stage: &Stage<'_>) -> bool {
        !stage.dials.caps.is_empty()
    }

    fn reorder(&self, stage: &Stage<'_>) -> Result<Reordered, SlateError> {
        let shown = stage.labels();
        let labels = |by: CappedKind| -> Vec<Option<u32>> {
            match by {
                CappedKind::Brand => shown.iter().map(|labels| labels.brand).collect(),
                CappedKind::Category => shown.iter().map(|labels| labels.category).collect(),
                CappedKind::Seller => stage.rows.iter().map(|row| stage.context.view.sellers.of(*row)).collect(),
            }
        };
        let counted: Vec<Vec<Option<u32>>> = stage.dials.caps.iter().map(|cap| labels(cap.by)).collect();
        let set = stage.dials.caps.iter().zip(&counted);
        let set = set.map(|(cap, labels)| Cap { labels, most: cap.most as usize, among: cap.among as usize });
        caps(&stage.list, &set.collect::<Vec<Cap<'_>>>(), 1.0).map(|capped| capped.reordered)
    }
}
