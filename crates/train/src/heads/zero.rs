//! Classifying without a single labelled text: labels are described in words, put into prompt templates, and a text has the
//! label whose prompts it is nearest to (after Yin et al. 2019 and Radford et al. 2021, with a text encoder).

use neural::heads::Pieces;
use serde::{Deserialize, Serialize};

use super::few::unit;
use super::{Logistic, vectors};
use crate::kernels::Kernels;
use crate::net::TextNet;
use crate::{Error, Result};

/// A label in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The label.
    pub label: String,
    /// What it means, in one way or several; where there is none the label itself is taken, `_` and `-` as blanks.
    #[serde(default)]
    pub texts: Vec<String>,
}

/// Templates for texts in English and in Chinese; `{}` stands for the description.
pub const TEMPLATES: [&str; 4] = ["{}", "this text is about {}", "这段话是关于{}的", "{}。"];

impl Description {
    /// The prompts for this label.
    fn prompts(&self, templates: &[&str]) -> Vec<String> {
        let own = [self.label.replace(['_', '-'], " ")];
        let texts = if self.texts.is_empty() { own.as_slice() } else { &self.texts };
        let fill = |text: &String| templates.iter().map(|template| template.replace("{}", text)).collect::<Vec<_>>();
        texts.iter().flat_map(fill).collect()
    }
}

/// The linear layer that gives each label the cosine of its prompts' mean direction with a text's vector, over a
/// temperature of .01, as encoders of the E5 family are trained with (Wang et al. 2022).
///
/// # Errors
/// Where there are fewer than two labels.
pub fn layer<B: Kernels>(
    encoder: &TextNet<B>,
    pieces: &Pieces,
    prefix: &str,
    labels: &[Description],
    templates: &[&str],
    padding: u32,
) -> Result<Logistic> {
    if labels.len() < 2 || templates.is_empty() {
        return Err(Error::Data("labels cannot be told apart: there are fewer than two, or no template".to_owned()));
    }
    let mut ids = Vec::new();
    let mut owners = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        for prompt in label.prompts(templates) {
            ids.push(pieces.of_text(&format!("{prefix}{prompt}"))?);
            owners.push(at);
        }
    }
    let found = vectors(encoder, &ids.iter().map(Vec::as_slice).collect::<Vec<_>>(), padding);
    let width = found[0].len();
    let mut directions = vec![vec![0.0f32; width]; labels.len()];
    let mut length = 0.0;
    for (vector, owner) in found.iter().zip(&owners) {
        length += vector.iter().map(|x| x * x).sum::<f32>().sqrt() / found.len() as f32;
        directions[*owner].iter_mut().zip(unit(vector)).for_each(|(sum, x)| *sum += x);
    }
    let scale = 1.0 / (0.01 * length.max(1e-9));
    let matrix = directions.iter().flat_map(|direction| unit(direction)).map(|x| x * scale).collect();
    Ok(Logistic { matrix, bias: vec![0.0; labels.len()] })
}
