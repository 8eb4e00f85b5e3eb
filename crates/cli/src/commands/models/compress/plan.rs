use neural::export::Quantisation;

use crate::args::{Compress, Layers, Step};

/// What will be done, a line a step.
pub(super) fn lines(args: &Compress) -> Vec<String> {
    let mut lines: Vec<String> = args.chain.steps.iter().map(|step| line(step, args)).collect();
    if !args.chain.steps.iter().any(|step| matches!(step, Step::Precision(_))) {
        lines.push(line(&Step::Precision(Quantisation::Int8), args));
    }
    lines
}

fn line(step: &Step, args: &Compress) -> String {
    match step {
        Step::CutVocabulary(corpus) => format!("vocabulary cut to {}", corpus.display()),
        Step::DropLayers(Layers::EverySecond) => "every second layer left out".to_owned(),
        Step::DropLayers(Layers::These(layers)) => {
            let layers: Vec<String> = layers.iter().map(ToString::to_string).collect();
            format!("layers {} left out", layers.join(", "))
        }
        Step::PruneHeads(heads) => format!("the {heads} weakest heads of each layer left out"),
        Step::PruneUnits(share) => format!("{:.0} % of the feed-forward units left out", 100.0 * share),
        Step::Sparsify(share) => format!("{:.0} % of the matrices' numbers set to zero", 100.0 * share),
        Step::Distil(corpus) => {
            let teachers = std::iter::once("the original").chain(args.teachers.iter().map(String::as_str));
            let teachers = teachers.collect::<Vec<_>>().join(" and ");
            format!("distilled from {teachers} on {}, at most {} minutes", corpus.display(), args.minutes)
        }
        Step::First(dims) => format!("vectors cut to their first {dims} numbers"),
        Step::Principal(dims) => format!("vectors turned to their {dims} principal directions"),
        Step::Precision(quantisation) => match quantisation {
            Quantisation::F32 => "numbers in f32".to_owned(),
            Quantisation::F16 => "numbers in f16".to_owned(),
            Quantisation::Int8 => "numbers in int8, one scale a channel, activations too".to_owned(),
            Quantisation::Int8PerTensor => "numbers in int8, one scale a matrix, activations too".to_owned(),
            Quantisation::Int8Weights => "numbers in int8, computed with in f32".to_owned(),
            Quantisation::Int4Weights => "numbers in int4, blocks of 32, computed with in f32".to_owned(),
        },
    }
}
