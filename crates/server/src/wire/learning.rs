use engine::{DriftEvidence as Evidence, LearningReport, SurfaceReport};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What may be explored, by surface; nothing where it is empty.
#[derive(ToSchema)]
#[schema(as = Exploration)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct ExplorationDocument {
    /// One a surface.
    surfaces: Vec<SurfaceDocument>,
}

/// What is explored on one surface, and how. Only `surface` and `policy` must be said.
#[derive(ToSchema)]
#[schema(as = SurfaceExploration)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct SurfaceDocument {
    /// `home`, `product`, `cart`, `search`, `after-purchase`.
    #[schema(example = "home")]
    surface: String,
    /// Who decides what to try: `epsilon-greedy`, `boltzmann`, `ucb`, `thompson`, `lin-ucb`, `linear-thompson`,
    /// `logistic-thompson`, `square-cb`.
    #[schema(example = "thompson")]
    policy: String,
    /// The first and the last place that may be explored, from 1; 3 to 10 where not said.
    places: Option<[u32; 2]>,
    /// How many of the best ranked items compete for them, 2 to 500; 50 where not said.
    depth: Option<u32>,
    /// How long clicks are waited for before an answer is learnt from; 600 where not said.
    patience_seconds: Option<f64>,
    /// How much is tried: the policy's epsilon, temperature or width.
    strength: Option<f64>,
    /// What it decays to.
    strength_min: Option<f64>,
    /// Lessons after which the strength has halved.
    half_life: Option<f64>,
    /// The least probability of each candidate.
    floor: Option<f64>,
    /// What a lesson still counts after the next one, 0.9 to 1.
    discount: Option<f64>,
    /// Looks that the ranker's own score is worth.
    prior_looks: Option<f64>,
    /// How people look down a list: `cascade`, `certain`, or probabilities by place.
    #[schema(value_type = Option<Object>)]
    examination: Option<Value>,
    /// Places set aside for new items: `{"places": [5], "exposures": 50, "days": 7}`.
    #[schema(value_type = Option<Object>)]
    cold_start: Option<Value>,
    /// What it may cost: `{"regret": 0.02, "revenue_loss": 0.02, "share": 0.5, "confidence": 0.9, "memory": 20000}`.
    #[schema(value_type = Option<Object>)]
    budget: Option<Value>,
}

/// What a shop learns from its events as they come, and what it keeps out of that.
#[derive(Serialize, ToSchema)]
pub(crate) struct LearningAnswer {
    online: OnlineAnswer,
    /// What exploring does and costs, by surface.
    exploration: Vec<SurfaceAnswer>,
    quarantine: QuarantineAnswer,
    /// Trained rankers in force.
    rankers: Vec<RankerAnswer>,
    /// Features that answers are scored from and that are distributed otherwise than they were, looked at every minute.
    drifts: Vec<DriftAnswer>,
}

/// A feature that is distributed otherwise than it was.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriftAnswer {
    /// `search` or `recommend`.
    kind: &'static str,
    feature: String,
    /// The population stability index of the last thousand answers beside the first two thousand; above .25 is much.
    index: f64,
}

/// What every click teaches at once.
#[derive(Serialize, ToSchema)]
pub(crate) struct OnlineAnswer {
    /// By how much it may move a score: `online_learning` of the settings.
    strength: f32,
    /// Whether far fewer of the items looked at are clicked than before, so that the ranking without it serves for a while.
    has_fallen_back: bool,
    /// Examples learnt from.
    learnt: u64,
    /// Examples left out.
    excluded: u64,
    /// Mean log-loss of predictions made before they were learnt from.
    log_loss: f64,
    /// Blocks of examples that the watchdog judged.
    blocks: u64,
    /// Of them, with evidence of a change.
    alerts: u64,
    /// How often the last good ranking took over.
    falls: u64,
    /// How often what is learnt came back.
    recoveries: u64,
    /// The last evidence of a change since the server began.
    evidence: Vec<EvidenceAnswer>,
}

/// Something that has changed.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangeEvidenceAnswer)]
pub(crate) struct EvidenceAnswer {
    /// `click-rate`, `calibration`, `loss` or `feature`.
    what: &'static str,
    /// What was, or was expected: a rate, a prediction, the loss of the last good model, a column.
    expected: f64,
    /// What is: a rate, the loss of the learner, a stability index.
    observed: f64,
}

/// What exploring a surface does and costs.
#[derive(Serialize, ToSchema)]
pub(crate) struct SurfaceAnswer {
    surface: &'static str,
    policy: String,
    /// Places learnt from.
    learnt: u64,
    /// Places refused or unseen.
    left_out: u64,
    /// Share of answers that may explore now.
    share: f64,
    /// Share of all clicks lost to exploring lately, as observed.
    spent: f64,
    /// Share of clicks an exploring answer loses, as observed; nothing before there is evidence.
    loss: Option<f64>,
    /// Lower bound of the loss of revenue; nothing before there is evidence.
    revenue_loss_lower: Option<f64>,
    /// Answers that wait for clicks.
    waiting: usize,
}

/// What programs did; it stays in the log, but nothing is learnt from it.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuarantineAnswer {
    /// Actors kept out now.
    actors: usize,
    /// How often somebody was too fast for a person.
    too_fast: u64,
    /// How often somebody kept a machine's pace.
    too_steady: u64,
    /// Deeds and answers kept out so far.
    kept_out: u64,
}

/// A kind of ranker, and the trained version in force.
#[derive(Serialize, ToSchema)]
#[schema(as = ServingRankerAnswer)]
pub(crate) struct RankerAnswer {
    /// `search` or `recommend`.
    kind: &'static str,
    /// The version; null where the untrained ranker serves.
    version: Option<u32>,
}

impl From<LearningReport> for LearningAnswer {
    fn from(report: LearningReport) -> Self {
        let LearningReport { online, exploration, quarantine, held, rankers, drifts } = report;
        let watched = online.watchdog;
        Self {
            online: OnlineAnswer {
                strength: online.strength,
                has_fallen_back: online.has_fallen_back,
                learnt: online.learnt,
                excluded: online.excluded,
                log_loss: online.log_loss,
                blocks: watched.blocks,
                alerts: watched.alerts,
                falls: watched.falls,
                recoveries: watched.recoveries,
                evidence: online.evidence.into_iter().map(EvidenceAnswer::from).collect(),
            },
            exploration: exploration.into_iter().map(SurfaceAnswer::from).collect(),
            quarantine: QuarantineAnswer {
                actors: held,
                too_fast: quarantine.too_fast,
                too_steady: quarantine.too_steady,
                kept_out: quarantine.kept_out,
            },
            rankers: rankers.map(|(kind, version)| RankerAnswer { kind: kind.name(), version }).into(),
            drifts: drifts
                .into_iter()
                .map(|drift| DriftAnswer {
                    kind: drift.kind.name(),
                    feature: drift.feature.to_string(),
                    index: drift.index,
                })
                .collect(),
        }
    }
}

impl From<Evidence> for EvidenceAnswer {
    fn from(evidence: Evidence) -> Self {
        let (what, expected, observed) = match evidence {
            Evidence::ClickRate { before, after } => ("click-rate", before, after),
            Evidence::Calibration { predicted, observed } => ("calibration", predicted, observed),
            Evidence::Loss { model, fallback } => ("loss", fallback, model),
            Evidence::Feature { column, index } => ("feature", column as f64, index),
        };
        Self { what, expected, observed }
    }
}

impl From<SurfaceReport> for SurfaceAnswer {
    fn from(report: SurfaceReport) -> Self {
        let SurfaceReport { surface, policy, intake, budget, waiting, not_shown } = report;
        Self {
            surface: surface.name(),
            policy: policy.to_string(),
            learnt: intake.learned,
            left_out: intake.refused + intake.unseen + not_shown,
            share: budget.share,
            spent: budget.spent,
            loss: budget.loss_observed,
            revenue_loss_lower: budget.revenue_loss_lower,
            waiting,
        }
    }
}
