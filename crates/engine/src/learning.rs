use crate::Shop;
use crate::exploration::SurfaceReport;
use crate::online::OnlineReport;
use crate::quarantine::QuarantineReport;
use crate::rankers::{FeatureDrift, RankerKind};

/// What a shop learns from its events as they come, and what it keeps out of that.
#[derive(Clone, Debug)]
pub struct LearningReport {
    /// What every click teaches at once.
    pub online: OnlineReport,
    /// What exploring does and costs, by surface.
    pub exploration: Vec<SurfaceReport>,
    /// What programs did, which nothing is learnt from.
    pub quarantine: QuarantineReport,
    /// Actors in quarantine now.
    pub held: usize,
    /// The version in force of each kind of trained ranker; `None` where the untrained one serves.
    pub rankers: [(RankerKind, Option<u32>); 2],
    /// Features that are distributed otherwise than they were, as a watch found last; see
    /// [`Shop::roll_back_harmful_rankers`].
    pub drifts: Vec<FeatureDrift>,
}

impl Shop {
    /// What is learnt from events as they come, and how that does.
    pub fn learning_report(&self) -> LearningReport {
        let strength = self.settings().online_learning;
        let fold = self.core.fold.lock();
        LearningReport {
            online: fold.online.report(strength),
            exploration: fold.exploration.reports(),
            quarantine: fold.quarantine.report(),
            held: fold.quarantine.held(self.core.clock.now()),
            drifts: self.core.drifts.lock().clone(),
            rankers: RankerKind::ALL.map(|kind| (kind, self.ranker(kind))),
        }
    }
}
