use std::fmt;
use std::sync::Arc;

/// How well intents do on examples that they have not seen, by cross-validation.
#[derive(Clone, PartialEq, Debug)]
pub struct IntentsReport {
    /// Folds: each example was read by a model made from the other folds.
    pub folds: usize,
    /// Share of examples whose most likely label is theirs.
    pub accuracy: Share,
    /// The labels one by one.
    pub labels: Vec<LabelReport>,
    /// Labels taken for one another, most frequent first.
    pub confusions: Vec<Confusion>,
    /// Expected calibration error of the probabilities given out, every label weighing the same.
    pub calibration_error: f64,
    /// What logits were divided by for that.
    pub temperature: f32,
    /// Least familiarity of what is in scope.
    pub familiarity_min: f32,
    /// Share of examples in scope that were refused as unfamiliar.
    pub refused_in_scope: Share,
    /// Share of examples out of scope that were seen to be; nothing where there are none.
    pub out_of_scope_recall: Option<Share>,
}

/// One label.
#[derive(Clone, PartialEq, Debug)]
pub struct LabelReport {
    /// Its name.
    pub label: Arc<str>,
    /// Different examples.
    pub examples: usize,
    /// Share of those given it to which it belongs.
    pub precision: Share,
    /// Share of those to which it belongs that were given it.
    pub recall: Share,
}

/// Examples of one label that were given another.
#[derive(Clone, PartialEq, Debug)]
pub struct Confusion {
    /// Theirs.
    pub label: Arc<str>,
    /// The one they were given.
    pub taken_for: Arc<str>,
    /// How many.
    pub examples: usize,
}

/// A share with the interval that it lies in with 95 % probability (Wilson 1927, "Probable inference, the law of succession,
/// and statistical inference", JASA 22).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// The share measured; 0 of nothing.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Share {
    /// `part` of `all`.
    pub fn of(part: usize, all: usize) -> Self {
        if all == 0 {
            return Self { value: 0.0, low: 0.0, high: 1.0 };
        }
        let (n, z) = (all as f64, 1.96f64);
        let p = part as f64 / n;
        let (middle, half) = (p + z * z / (2.0 * n), z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt());
        let end = |value: f64| (value / (1.0 + z * z / n)).clamp(0.0, 1.0);
        Self { value: p, low: end(middle - half).min(p), high: end(middle + half).max(p) }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ({:.3} to {:.3})", self.value, self.low, self.high)
    }
}

impl fmt::Display for IntentsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "accuracy {} over {} folds", self.accuracy, self.folds)?;
        writeln!(f, "calibration error {:.3} at temperature {:.2}", self.calibration_error, self.temperature)?;
        let (refused, least) = (self.refused_in_scope, self.familiarity_min);
        writeln!(f, "in scope from familiarity {least:.1}: refuses {refused} of what is in scope")?;
        if let Some(recall) = self.out_of_scope_recall {
            writeln!(f, "out of scope seen: {recall}")?;
        }
        for label in &self.labels {
            let (precision, recall) = (label.precision.value, label.recall.value);
            writeln!(f, "{}: {} examples, precision {precision:.3}, recall {recall:.3}", label.label, label.examples)?;
        }
        for confusion in self.confusions.iter().take(10) {
            writeln!(f, "{} taken for {}: {}", confusion.label, confusion.taken_for, confusion.examples)?;
        }
        Ok(())
    }
}
