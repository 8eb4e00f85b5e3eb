use engine::{IntentAnswers, IntentDefinition, IntentReport, IntentsReport, Share};
use serde::{Deserialize, Serialize};
use types::FieldError;
use utoipa::ToSchema;

use super::parts;

/// A shop's own intents.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntentsBody {
    /// All of them, at most 50; they take the place of those there were.
    pub(crate) intents: Vec<IntentBody>,
}

/// An intent with its examples.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntentBody {
    /// Its name: letters, digits, - and _. That of a built-in intent takes its place.
    #[schema(example = "warranty")]
    name: String,
    /// Who answers: `search` (where not said), `assistant` or `human`.
    #[serde(default = "search")]
    #[schema(example = "human")]
    answers: String,
    /// Texts that mean it, 5 to 200; 5 to 20 are enough.
    #[schema(example = json!(["保修多久", "how long is the warranty", "坏了还在保修期吗", "is this covered by warranty", "warranty claim"]))]
    examples: Vec<String>,
}

fn search() -> String {
    IntentAnswers::Search.name().to_owned()
}

/// A shop's own intents, with how well they are told apart.
#[derive(Serialize, ToSchema)]
pub(crate) struct IntentsAnswer {
    /// The intents.
    pub(crate) intents: Vec<IntentBody>,
    /// By cross-validation; left out where there are none, and for a moment after the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<IntentsReportAnswer>,
}

/// How well intents do on examples that they have not seen.
#[derive(Serialize, ToSchema)]
pub(crate) struct IntentsReportAnswer {
    /// Parts that the examples were dealt to; each was read by what the others taught.
    folds: usize,
    /// Share of their examples that were read rightly, told from one another and from the built-in intents.
    accuracy: ShareAnswer,
    /// The intents one by one.
    intents: Vec<IntentReportAnswer>,
    /// Which are taken for which, the most frequent first.
    confusions: Vec<ConfusionAnswer>,
    /// Expected calibration error of the probabilities.
    calibration_error: f64,
}

/// How well one intent does.
#[derive(Serialize, ToSchema)]
pub(crate) struct IntentReportAnswer {
    /// Its name.
    name: String,
    /// Its examples.
    examples: usize,
    /// Of its examples, the share that was read as it.
    recall: ShareAnswer,
    /// Of what was read as it, the share that is.
    precision: ShareAnswer,
}

/// Examples of one intent that were read as another.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfusionAnswer {
    /// What they are.
    intent: String,
    /// What they were read as.
    taken_for: String,
    /// How many.
    examples: usize,
}

/// A share with the interval that it lies in with 95 % probability.
#[derive(Serialize, ToSchema)]
#[schema(as = IntentShareAnswer)]
pub(crate) struct ShareAnswer {
    /// The share, 0 to 1.
    value: f64,
    /// The interval's lower end.
    low: f64,
    /// Its upper end.
    high: f64,
}

impl IntentsBody {
    /// Checks who answers; the engine checks the rest.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(self) -> Result<Vec<IntentDefinition>, FieldError> {
        let known: Vec<&str> = IntentAnswers::ALL.iter().map(|answers| answers.name()).collect();
        let read = |(at, body): (usize, IntentBody)| {
            let field = format!("intents[{at}].answers");
            let answers = parts::named(&field, &body.answers, IntentAnswers::from_name, &known)?;
            Ok(IntentDefinition { name: body.name, answers, examples: body.examples })
        };
        self.intents.into_iter().enumerate().map(read).collect()
    }
}

impl From<IntentDefinition> for IntentBody {
    fn from(one: IntentDefinition) -> Self {
        Self { name: one.name, answers: one.answers.name().to_owned(), examples: one.examples }
    }
}

impl From<&IntentsReport> for IntentsReportAnswer {
    fn from(report: &IntentsReport) -> Self {
        let confusions = report.confusions.iter().map(|confusion| ConfusionAnswer {
            intent: confusion.label.to_string(),
            taken_for: confusion.taken_for.to_string(),
            examples: confusion.examples,
        });
        Self {
            folds: report.folds,
            accuracy: report.accuracy.into(),
            intents: report.labels.iter().map(IntentReportAnswer::from).collect(),
            confusions: confusions.collect(),
            calibration_error: report.calibration_error,
        }
    }
}

impl From<&IntentReport> for IntentReportAnswer {
    fn from(one: &IntentReport) -> Self {
        let (recall, precision) = (one.recall.into(), one.precision.into());
        Self { name: one.label.to_string(), examples: one.examples, recall, precision }
    }
}

impl From<Share> for ShareAnswer {
    fn from(share: Share) -> Self {
        Self { value: share.value, low: share.low, high: share.high }
    }
}
