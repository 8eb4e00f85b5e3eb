//! `mercato eval classify --method intents`: the way in which a shop's own intents are fitted, on a folder of texts.

use std::sync::Arc;

use anyhow::Result;
use engine::{Intents, IntentsConfig};
use neural::{Encoder, JoinedEncoders, QueryCache};
use rayon::prelude::*;
use train::data::LabelledText;

use super::labels::find;
use crate::args::EvalLabels;
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Its name among the methods.
pub(super) const METHOD: &str = "intents";

/// Intents with the encoders whose vectors they read.
pub(super) struct Reader {
    encoders: JoinedEncoders,
    cache: QueryCache,
    intents: Intents,
    out_of_scope: Option<usize>,
}

impl Reader {
    /// Fits them to `examples`, of which those labelled `out_of_scope` are none of the others.
    pub(super) fn fit(
        how: &EvalLabels,
        examples: &[LabelledText],
        out_of_scope: &str,
        config: &Config,
    ) -> Result<Self> {
        let beside = (how.beside.as_os_str() != "none").then_some(&how.beside);
        let mut loaded = Vec::new();
        for model in [Some(&how.base), beside].into_iter().flatten() {
            loaded.push(Arc::new(Encoder::load(&find(model, config)?, config.threads)?));
        }
        let (encoders, cache) = (JoinedEncoders::new(loaded), QueryCache::new(0));
        output::note(&format!("{METHOD}: {} examples", examples.len()));
        let vectors: Vec<Vec<f32>> = examples
            .par_iter()
            .map(|example| encoders.encode_query(&cache, &example.text))
            .collect::<neural::Result<_>>()?;
        let pairs: Vec<(&str, &[f32])> =
            examples.iter().zip(&vectors).map(|(example, vector)| (&*example.label, &**vector)).collect();
        let config = IntentsConfig {
            encoder: encoders.version().to_owned(),
            out_of_scope: Some(out_of_scope.to_owned()),
            ..IntentsConfig::default()
        };
        let (intents, report) = Intents::fit(&pairs, &config).map_err(|error| user(error.to_string()))?;
        output::note(&format!(
            "by cross-validation: accuracy {}, calibration error {:.3}, refused in scope {}{}",
            report.accuracy,
            report.calibration_error,
            report.refused_in_scope,
            report.out_of_scope_recall.map(|recall| format!(", seen out of scope {recall}")).unwrap_or_default(),
        ));
        let out_of_scope = intents.labels().iter().position(|label| **label == *out_of_scope);
        Ok(Self { encoders, cache, intents, out_of_scope })
    }

    /// The labels, in the order in which they are numbered.
    pub(super) fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = self.intents.labels().iter().map(|label| label.to_string()).collect();
        if self.out_of_scope.is_none() {
            labels.push("out of scope".to_owned());
        }
        labels
    }

    /// The number of the label of a text, and how sure that is.
    pub(super) fn decide(&self, text: &str) -> Result<(usize, f64)> {
        let read = self.intents.read(&self.encoders.encode_query(&self.cache, text)?);
        let (label, probability) = read.top();
        let refused = self.out_of_scope.unwrap_or(self.intents.labels().len());
        let said = self.intents.labels().iter().position(|known| **known == *label).unwrap_or(refused);
        // A text that is refused for its vector has no probability of being out of scope; that of its likeliest label
        // being wrong is the nearest thing.
        Ok(if read.out_of_scope && said != refused {
            (refused, 1.0 - f64::from(probability))
        } else {
            (said, f64::from(probability))
        })
    }
}
