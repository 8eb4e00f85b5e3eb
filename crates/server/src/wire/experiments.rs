use engine::{Comparison, ExperimentReport, GuardrailReport, Interval, Measured, Preference, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::FieldError;
use utoipa::ToSchema;

/// What is tried out. Only `id` and two `arms` must be said.
#[derive(ToSchema)]
#[schema(as = Experiment)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct ExperimentDocument {
    /// Its name, unique for ever: 1 to 64 letters, digits, `-`, `_` and `.`.
    #[schema(example = "more-variety")]
    id: String,
    /// What it is about, for people.
    description: Option<String>,
    /// What the hash of its visitors is salted with; its name where not said.
    salt: Option<String>,
    /// Experiments of one layer share no visitor; a layer of its own where not said.
    layer: Option<String>,
    /// The share of the layer's visitors, wherever there is room, or `[from, to]`; 1 where not said.
    #[schema(example = 0.5)]
    slice: Option<Value>,
    /// The alternatives; the first one is the control.
    arms: Vec<ArmDocument>,
    /// Whom it is about; everybody where not said.
    target: Option<TargetDocument>,
    /// What is measured, the deciding one first: `click-through`, `conversion`, `revenue`, `units`, `empty-searches`,
    /// `time-to-cart`, `diversity`, `latency`, `errors`. Conversion, click-through and revenue where not said.
    metrics: Option<Vec<String>>,
    /// What must not become worse; an arm that does so is taken out by itself.
    guardrails: Option<Vec<GuardrailDocument>>,
    /// How two arms share the places of every answer, so that few visitors tell which ranking is better: `team-draft` or
    /// `optimised`; left out, a visitor sees one of the arms. It takes no guardrails, and what shoppers click decides.
    interleaving: Option<String>,
    /// Share of all visitors who see no experiment that has a holdout, 0 to below 1; none where not said.
    holdout: Option<f64>,
    /// Share of its visitors so far, 0 to 1; all where not said.
    ramp: Option<f64>,
    /// Visitors it is planned for, all arms together; always-valid intervals are tightest there. 20,000 where not said.
    visitors_planned: Option<u64>,
    /// When it began.
    #[schema(read_only)]
    started: Option<String>,
    /// When it ended; null while it runs.
    #[schema(read_only)]
    ended: Option<String>,
    /// Why it ended, and why arms were taken out.
    #[schema(read_only)]
    reasons: Vec<String>,
}

/// One of the alternatives.
#[derive(ToSchema)]
#[schema(as = ExperimentArm)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct ArmDocument {
    /// Its name.
    #[schema(example = "varied")]
    name: String,
    /// Its part of the visitors, relative to the others'; 1 where not said.
    share: Option<f64>,
    /// What it changes of searches and recommendations, over what they say: `cutoff`, `lexical`, `fusion`, `diversity`,
    /// `objectives`, `reranking`, `understanding_off` and `rules` as in settings; `method`, `weights`, `personalise` and
    /// `cross_encoder` as in searches; `trained_ranker`, whether a trained ranker in force scores.
    #[schema(value_type = Option<Object>, example = json!({"diversity": 0.4}))]
    changes: Option<Value>,
    /// What front ends are given by OFREP: true or false, a text, a number or an object; its name where not said.
    #[schema(value_type = Option<Object>)]
    value: Option<Value>,
    /// Whether it was taken out.
    #[schema(read_only)]
    removed: Option<bool>,
}

/// Whom an experiment is about; all that is said must hold.
#[derive(ToSchema)]
#[schema(as = ExperimentTarget)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct TargetDocument {
    /// `home`, `product`, `cart`, `search`, `after-purchase`.
    surfaces: Option<Vec<String>>,
    /// Languages of queries: `zh`, `en`, `und`.
    languages: Option<Vec<String>>,
    /// Segments that requests name.
    segments: Option<Vec<String>>,
    /// `new` (nothing is known from more than a day ago) or `returning`.
    visitors: Option<String>,
}

/// A metric that must not become worse.
#[derive(ToSchema)]
#[schema(as = ExperimentGuardrail)]
#[expect(dead_code, reason = "it only describes a document that the engine reads and writes")]
pub(crate) struct GuardrailDocument {
    /// The metric.
    #[schema(example = "latency")]
    metric: String,
    /// How much worse is tolerated, as a share of the control's value; 0 where not said.
    tolerated: Option<f64>,
}

/// The experiments of a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExperimentsAnswer {
    /// Running and ended, in the order of their making.
    #[schema(value_type = Vec<ExperimentDocument>)]
    pub(crate) experiments: Vec<Value>,
}

/// A change of a running experiment.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExperimentChangeBody {
    /// A larger share of its visitors.
    #[schema(example = 0.5)]
    pub(crate) ramp: Option<f64>,
    /// An arm to take out: its visitors are served as without the experiment, and nobody else moves.
    pub(crate) remove_arm: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// The end of an experiment.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExperimentStopBody {
    /// Why, for whoever reads it later.
    #[schema(example = "the new arm is better")]
    pub(crate) reason: Option<String>,
}

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// A reason as it is written down.
///
/// # Errors
/// One that is too long.
pub(crate) fn reason(said: Option<String>) -> Result<String, FieldError> {
    let reason = said.unwrap_or_else(|| "asked for".to_owned());
    match reason.chars().count() {
        ..=REASON_CHARS_MAX => Ok(reason),
        count => Err(FieldError::new("out_of_range", "reason", "at most 500 characters", count.to_string())),
    }
}

/// What came of an experiment so far.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExperimentReportAnswer {
    /// The experiment.
    #[schema(value_type = ExperimentDocument)]
    experiment: Value,
    /// `too-early`, `mismatch` (visitors did not come as planned: trust nothing), `better`, `worse` or `undecided`.
    verdict: &'static str,
    /// The arm that the verdict is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_arm: Option<String>,
    /// The arms' visitors, the control's first.
    arms: Vec<ArmAnswer>,
    /// The chance of such numbers of visitors where they come as planned; below 0.001 is a mismatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch_p_value: Option<f64>,
    /// Share of visitors that the figures rest on; below 1 where there are very many.
    sampled: f64,
    /// What was left out.
    left_out: LeftOutAnswer,
    /// The metrics, the deciding one first.
    metrics: Vec<MetricAnswer>,
    /// The guardrails.
    guardrails: Vec<GuardrailAnswer>,
    /// Whether the deciding metric moves alike in parts of the visitors.
    segments: Vec<SegmentsAnswer>,
    /// Where the arms share every answer: which one's results are clicked.
    #[serde(skip_serializing_if = "Option::is_none")]
    preference: Option<PreferenceAnswer>,
}

/// Whose results are clicked of two arms that share every answer.
#[derive(Serialize, ToSchema)]
struct PreferenceAnswer {
    /// Visitors who clicked more of the control's.
    first: u64,
    /// Visitors who clicked more of the other arm's.
    second: u64,
    /// Visitors who clicked as much of both, or nothing.
    ties: u64,
    /// How far the control is preferred, -0.5 to 0.5.
    margin: f64,
    /// Of no preference (exact sign test), at the end that was planned.
    p_value: f64,
    /// Mean credit of a visitor, above 0 for the control, with its 95 % interval.
    credit: IntervalAnswer,
}

/// An arm's visitors.
#[derive(Serialize, ToSchema)]
struct ArmAnswer {
    name: String,
    visitors: u64,
    removed: bool,
}

/// Visitors and events that a report leaves out.
#[derive(Serialize, ToSchema)]
struct LeftOutAnswer {
    /// Visitors with more than 60 events within a minute.
    bots: u64,
    /// Visitors who were in two arms, such as guests who logged in.
    crossed: u64,
    /// Deeds and slates that were told twice.
    duplicates: u64,
    /// Clicks that follow from no slate shown to the visitor.
    clicks_unshown: u64,
    /// Slates with an arm that the experiment does not have.
    arms_unknown: u64,
    /// Deeds whose money is of another currency.
    other_currency: u64,
    /// Events from the future.
    from_the_future: u64,
    /// Visitors forgotten on their own wish.
    erased: u64,
}

/// A metric in all arms.
#[derive(Serialize, ToSchema)]
struct MetricAnswer {
    /// Its name.
    name: &'static str,
    /// What it says.
    description: &'static str,
    /// Whether more is better.
    higher_is_better: bool,
    /// What a visitor's sum is cut to.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_at: Option<f64>,
    /// Each arm beside the control.
    comparisons: Vec<ComparisonAnswer>,
}

/// An arm beside the control.
#[derive(Serialize, ToSchema)]
struct ComparisonAnswer {
    arm: String,
    /// Why nothing can be said, where nothing can.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<MeasuredAnswer>,
}

/// What an arm does to a metric.
#[derive(Serialize, ToSchema)]
struct MeasuredAnswer {
    /// The metric in the control.
    control: f64,
    /// The metric in the arm.
    treatment: f64,
    /// Arm less control, with the 95 % interval of an end fixed beforehand.
    difference: IntervalAnswer,
    /// Arm over control less 1; left out where the control's value cannot be told from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    lift: Option<IntervalAnswer>,
    /// Of no difference, at an end fixed beforehand.
    p_value: f64,
    /// Corrected for all metrics and arms (Holm).
    p_value_holm: f64,
    /// Corrected for all metrics and arms (Benjamini-Hochberg).
    p_value_benjamini_hochberg: f64,
    /// Valid at any time, however often one looks; left out before 100 visitors an arm.
    #[serde(skip_serializing_if = "Option::is_none")]
    always_valid: Option<AlwaysValidAnswer>,
    /// The chance that the arm is better than the control.
    chance_to_be_best: f64,
    /// What choosing the arm would lose, on average.
    expected_loss: f64,
    /// Share of the variance that the visitors' own past took away (CUPED).
    variance_reduction: f64,
}

/// An interval and a p-value that hold at all looks at once.
#[derive(Serialize, ToSchema)]
struct AlwaysValidAnswer {
    difference: IntervalAnswer,
    p_value: f64,
}

/// A value with what it may be.
#[derive(Serialize, ToSchema)]
struct IntervalAnswer {
    value: f64,
    low: f64,
    high: f64,
}

/// A guardrail for one arm.
#[derive(Serialize, ToSchema)]
struct GuardrailAnswer {
    metric: &'static str,
    /// How much worse is tolerated, as a share of the control's value.
    tolerated: f64,
    arm: String,
    /// Why nothing can be said, where nothing can.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// How much worse than tolerated it is; negative where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    worse_by: Option<f64>,
    /// The lower bound of that, valid at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    worse_by_at_least: Option<f64>,
    /// Whether the arm is to be stopped.
    harmful: bool,
}

/// The deciding metric in parts of the visitors.
#[derive(Serialize, ToSchema)]
struct SegmentsAnswer {
    /// By what: `visitors` or `language`.
    by: &'static str,
    arm: String,
    /// Of the same effect everywhere; left out where it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    p_value_interaction: Option<f64>,
    parts: Vec<SegmentAnswer>,
}

/// One part of the visitors.
#[derive(Serialize, ToSchema)]
struct SegmentAnswer {
    name: String,
    difference: IntervalAnswer,
    /// Of no difference, corrected for the number of parts.
    p_value: f64,
    /// Of the same effect as in all other parts, corrected for their number.
    p_value_interaction: f64,
}

impl From<ExperimentReport> for ExperimentReportAnswer {
    fn from(report: ExperimentReport) -> Self {
        let (verdict, arm) = match &report.verdict {
            Verdict::TooEarly => ("too-early", None),
            Verdict::Mismatch => ("mismatch", None),
            Verdict::Better(arm) => ("better", Some(arm)),
            Verdict::Worse(arm) => ("worse", Some(arm)),
            Verdict::Undecided => ("undecided", None),
        };
        let arms = report.arms.iter().map(|arm| ArmAnswer {
            name: arm.name.to_string(),
            visitors: arm.visitors,
            removed: arm.is_removed,
        });
        let counts = report.counts;
        Self {
            experiment: engine::experiment_to_json(&report.experiment),
            verdict,
            verdict_arm: arm.map(|arm| arm.to_string()),
            arms: arms.collect(),
            mismatch_p_value: report.mismatch.map(|mismatch| mismatch.p_value),
            sampled: report.sampled,
            left_out: LeftOutAnswer {
                bots: counts.bots,
                crossed: counts.crossed,
                duplicates: counts.duplicates,
                clicks_unshown: counts.clicks_unshown,
                arms_unknown: counts.arms_unknown,
                other_currency: counts.other_currency,
                from_the_future: counts.from_the_future,
                erased: counts.erased,
            },
            metrics: report.metrics.iter().map(MetricAnswer::from).collect(),
            guardrails: report.guardrails.iter().map(GuardrailAnswer::from).collect(),
            segments: report.segments.iter().map(SegmentsAnswer::from).collect(),
            preference: report.preference.map(PreferenceAnswer::from),
        }
    }
}

impl From<&engine::MetricReport> for MetricAnswer {
    fn from(report: &engine::MetricReport) -> Self {
        let definition = report.metric.definition();
        Self {
            name: definition.name,
            description: definition.description,
            higher_is_better: definition.better.sign() > 0.0,
            cut_at: report.cut_at,
            comparisons: report.comparisons.iter().map(ComparisonAnswer::from).collect(),
        }
    }
}

impl From<&Comparison> for ComparisonAnswer {
    fn from(comparison: &Comparison) -> Self {
        Self {
            arm: comparison.arm.to_string(),
            fault: comparison.measured.as_ref().err().map(ToString::to_string),
            measured: comparison.measured.as_ref().ok().map(MeasuredAnswer::from),
        }
    }
}

impl From<&Measured> for MeasuredAnswer {
    fn from(measured: &Measured) -> Self {
        let effect = &measured.effect;
        let always_valid = measured
            .always_valid
            .map(|read| AlwaysValidAnswer { difference: read.difference.into(), p_value: read.p_value });
        Self {
            control: effect.control.value,
            treatment: effect.treatment.value,
            difference: effect.difference.into(),
            lift: effect.lift.map(IntervalAnswer::from),
            p_value: effect.p_value,
            p_value_holm: measured.p_value_holm,
            p_value_benjamini_hochberg: measured.p_value_benjamini_hochberg,
            always_valid,
            chance_to_be_best: measured.choice.best,
            expected_loss: measured.choice.expected_loss,
            variance_reduction: effect.variance_reduction,
        }
    }
}

impl From<Preference> for PreferenceAnswer {
    fn from(told: Preference) -> Self {
        let Preference { first, second, ties, margin, p_value, credit, excluded: _ } = told;
        Self { first, second, ties, margin, p_value, credit: credit.into() }
    }
}

impl From<Interval> for IntervalAnswer {
    fn from(interval: Interval) -> Self {
        Self { value: interval.value, low: interval.low, high: interval.high }
    }
}

impl From<&GuardrailReport> for GuardrailAnswer {
    fn from(report: &GuardrailReport) -> Self {
        let harm = report.harm.as_ref().ok();
        Self {
            metric: report.metric.name(),
            tolerated: report.tolerated,
            arm: report.arm.to_string(),
            fault: report.harm.as_ref().err().map(ToString::to_string),
            worse_by: harm.map(|harm| harm.worse_by),
            worse_by_at_least: harm.map(|harm| harm.worse_by_at_least),
            harmful: harm.is_some_and(|harm| harm.is_harmful),
        }
    }
}

impl From<&engine::SegmentsReport> for SegmentsAnswer {
    fn from(report: &engine::SegmentsReport) -> Self {
        let found = report.interaction.as_ref().ok();
        let parts = found.into_iter().flat_map(|found| &found.segments).map(|part| SegmentAnswer {
            name: part.segment.to_string(),
            difference: part.effect.difference.into(),
            p_value: part.p_value,
            p_value_interaction: part.p_value_interaction,
        });
        Self {
            by: report.by,
            arm: report.arm.to_string(),
            p_value_interaction: found.map(|found| found.p_value),
            parts: parts.collect(),
        }
    }
}
