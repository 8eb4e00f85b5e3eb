use std::path::Path;

use neural::heads::Classifier;
use text::reviews::Polarity;
use types::FieldError;

use crate::{Error, Result};

/// A label model that tells praise from blame: how likely a text is positive is the mean of what its labels stand for.
pub struct LabelPolarity {
    classifier: Classifier,
    /// What each label stands for, 0 (blame) to 1 (praise).
    worth: Vec<f32>,
}

/// What labels of models are called.
const NAMES: [(f32, &[&str]); 3] = [
    (1.0, &["positive", "pos", "good", "praise", "正面", "积极", "好评", "正向", "label_1"]),
    (0.5, &["neutral", "mixed", "neu", "中性", "中评"]),
    (0.0, &["negative", "neg", "bad", "blame", "负面", "消极", "差评", "负向", "label_0"]),
];

impl LabelPolarity {
    /// Loads the label model in `folder`, to run on up to `threads` threads (0: one a core).
    ///
    /// # Errors
    /// A model that is missing or no label model, or labels that do not tell praise from blame.
    pub fn load(folder: &Path, threads: usize) -> Result<Self> {
        let name = || folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let failed = |source: neural::Error| Error::Encoder { encoder: name(), source: Box::new(source) };
        let classifier = Classifier::load(folder, threads).map_err(failed)?;
        let labels = classifier.labels();
        let worth = worth(labels).ok_or_else(|| {
            let expected = "a model with labels such as positive and negative, 好评 and 差评, or stars from 1 to 5";
            Error::Field(FieldError::new("labels_unsuited", "model", expected, labels.join(", ")))
        })?;
        Ok(Self { classifier, worth })
    }

    /// The model's id with its version: reviews are read anew when it changes.
    pub(crate) fn version(&self) -> String {
        let manifest = self.classifier.manifest();
        format!("{} {}", manifest.id, manifest.version())
    }
}

impl Polarity for LabelPolarity {
    fn positive(&self, text: &str) -> f32 {
        match self.classifier.classify(text) {
            Ok(said) => {
                said.probabilities.iter().zip(&self.worth).map(|(probability, worth)| probability * worth).sum()
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a text could not be judged");
                0.5
            }
        }
    }
}

/// What labels stand for: by their names, or as stars from the worst number to the best.
fn worth(labels: &[String]) -> Option<Vec<f32>> {
    let named = |label: &String| {
        let label = label.trim().to_lowercase();
        NAMES.iter().find(|(_, names)| names.contains(&label.as_str())).map(|(worth, _)| *worth)
    };
    let by_name: Option<Vec<f32>> = labels.iter().map(named).collect();
    let by_number = || {
        let number = |label: &String| label.trim().split(' ').next()?.parse::<f32>().ok();
        let numbers: Vec<f32> = labels.iter().map(number).collect::<Option<_>>()?;
        let (worst, best) = numbers.iter().fold((f32::MAX, f32::MIN), |(low, high), n| (low.min(*n), high.max(*n)));
        Some(numbers.into_iter().map(|number| (number - worst) / (best - worst)).collect())
    };
    let worth: Vec<f32> = by_name.or_else(by_number)?;
    let tells = worth.iter().any(|one| *one < 0.5) && worth.iter().any(|one| *one > 0.5);
    (tells && worth.iter().all(|one| one.is_finite())).then_some(worth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_many_kinds_are_understood() {
        let worth = |labels: &[&str]| worth(&labels.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(worth(&["negative", "positive"]), Some(vec![0.0, 1.0]));
        assert_eq!(worth(&["好评", "中评", "差评"]), Some(vec![1.0, 0.5, 0.0]));
        assert_eq!(worth(&["1 star", "2 stars", "3 stars"]), Some(vec![0.0, 0.5, 1.0]));
        assert_eq!(worth(&["0", "1"]), Some(vec![0.0, 1.0]));
        assert_eq!(worth(&["cat", "dog"]), None);
        assert_eq!(worth(&["positive", "neutral"]), None);
        assert_eq!(worth(&["1", "1"]), None);
    }
}
