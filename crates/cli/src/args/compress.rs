//! What can be typed after `mercato models compress`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueEnum};
use neural::export::Quantisation;

/// See [`super::Models::Compress`].
#[derive(clap::Args)]
pub(crate) struct Compress {
    /// Encoder to make smaller: its name in the models folder, or a folder (of ours, or with a Hugging Face checkpoint)
    pub(crate) base: String,
    /// Folder of the model to make; its name becomes the model's, and nothing may be there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) chain: Chain,
    /// Minutes a distillation may take
    #[arg(long, value_name = "N", default_value_t = 60.0)]
    pub(crate) minutes: f64,
    /// Let a distillation learn the original's hidden states too; each update then costs a run of the original
    #[arg(long)]
    pub(crate) states: bool,
    /// Further encoder that a distillation learns from, beside the original; may be given several times
    #[arg(long = "teacher", value_name = "MODEL")]
    pub(crate) teachers: Vec<String>,
    /// Texts for `--dims pca:N` where no step brings a corpus
    #[arg(long, value_name = "CORPUS")]
    pub(crate) corpus: Option<PathBuf>,
    /// Times a piece must occur in the corpus to be kept for that
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) least: usize,
    /// Judged folder (products.jsonl, queries.jsonl, judgements.csv) to measure both models on; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) evaluate: Vec<PathBuf>,
    /// Refuse what keeps less than this share of the original's nDCG@10 on any of the judged folders
    #[arg(long, value_name = "SHARE", requires = "evaluate")]
    pub(crate) min_retention: Option<f64>,
    /// Measure on the judged folders what vectors kept in fewer bits would find
    #[arg(long, value_name = "FORM,...", value_delimiter = ',', requires = "evaluate")]
    pub(crate) embeddings: Vec<VectorForm>,
    /// Show the plan and end
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Put before every query, where the base has no model.json
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prefix: Option<String>,
    /// Put before every passage, where the base has no model.json
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prefix: Option<String>,
    /// Languages it understands, such as zh,en, where the base has no model.json or understands more than the corpus has
    #[arg(long, value_name = "CODE,...", value_delimiter = ',')]
    pub(crate) languages: Vec<String>,
    /// SPDX name of the licence, where the base has no model.json
    #[arg(long, value_name = "NAME")]
    pub(crate) licence: Option<String>,
    /// Where the weights come from, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: Option<String>,
    #[command(flatten)]
    pub(crate) bootstrap: super::Bootstrap,
}

/// In what a vector is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum VectorForm {
    /// 16 bits a number
    F16,
    /// 8 bits a number, one scale a vector
    Int8,
    /// 1 bit a number; the nearest 200 are scored again with 8 bits
    Binary,
}

/// What is done, in the order in which it was typed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Chain {
    pub(crate) steps: Vec<Step>,
}

/// One step.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Step {
    /// Pieces that the corpus, Chinese and single characters do not need are left out.
    CutVocabulary(PathBuf),
    /// Layers are left out.
    DropLayers(Layers),
    /// So many heads of each layer are left out.
    PruneHeads(usize),
    /// This share of feed-forward units is left out.
    PruneUnits(f64),
    /// This share of the matrices' numbers becomes zero.
    Sparsify(f64),
    /// The network learns from the original on the corpus.
    Distil(PathBuf),
    /// Vectors are cut to their first numbers.
    First(usize),
    /// Vectors are turned to their principal directions.
    Principal(usize),
    /// How numbers are kept and computed with.
    Precision(Quantisation),
}

/// Which layers are left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Layers {
    EverySecond,
    These(Vec<usize>),
}

/// Name, value and help of each step's argument.
const ARGUMENTS: [(&str, &str, &str); 8] = [
    ("cut-vocabulary", "CORPUS", "Keep only the pieces that the corpus, Chinese and single characters need"),
    ("drop-layers", "LAYERS", "Leave layers out: every-second, or their numbers from 0, such as 0,2,4"),
    ("prune-heads", "N", "Leave out the N weakest attention heads of each layer"),
    ("prune-ffn", "SHARE", "Leave out this share of each layer's feed-forward units, the weakest"),
    (
        "sparsify",
        "SHARE",
        "Set this share of the matrices' numbers to zero, the smallest (a study: nothing gets faster)",
    ),
    ("distil", "CORPUS", "Let the network learn from the original on these texts"),
    ("dims", "N|pca:N", "Keep the first N numbers of a vector (Matryoshka), or its N principal directions"),
    ("precision", "FORM", "Keep numbers as f32, f16, int8, int8-per-tensor, int8-weights or int4 [default: int8]"),
];

impl clap::Args for Chain {
    fn augment_args(command: Command) -> Command {
        command.args(ARGUMENTS.map(|(name, value, help)| {
            let argument = Arg::new(name).long(name).value_name(value).help(help).action(ArgAction::Append);
            argument
                .help_heading("Steps, done in the order typed; CORPUS is a file or folder of texts, plain or in tables")
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Chain {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed: Vec<(usize, &str, &String)> = Vec::new();
        for (name, _, _) in ARGUMENTS {
            let values = matches.get_many::<String>(name).into_iter().flatten();
            let places = matches.indices_of(name).into_iter().flatten();
            typed.extend(places.zip(values).map(|(place, value)| (place, name, value)));
        }
        typed.sort_unstable();
        let one = |(_, name, value): (usize, &str, &String)| {
            Step::read(name, value).map_err(|error| {
                clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("--{name}: {error}\n"))
            })
        };
        Ok(Self { steps: typed.into_iter().map(one).collect::<Result<_, _>>()? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Step {
    fn read(name: &str, value: &str) -> Result<Self, String> {
        Ok(match name {
            "cut-vocabulary" => Self::CutVocabulary(PathBuf::from(value)),
            "drop-layers" if value == "every-second" => Self::DropLayers(Layers::EverySecond),
            "drop-layers" => {
                let numbers: Result<_, _> = value.split(',').map(|number| number.trim().parse()).collect();
                let wrong = |_| format!("expected every-second or numbers such as 0,2,4, got {value}");
                Self::DropLayers(Layers::These(numbers.map_err(wrong)?))
            }
            "prune-heads" => Self::PruneHeads(number(value, "a whole number")?),
            "prune-ffn" => Self::PruneUnits(share(value)?),
            "sparsify" => Self::Sparsify(share(value)?),
            "distil" => Self::Distil(PathBuf::from(value)),
            "dims" => match value.strip_prefix("pca:") {
                Some(dims) => Self::Principal(number(dims, "a whole number")?),
                None => Self::First(number(value, "a whole number, or pca: and one")?),
            },
            _ => Self::Precision(precision(value)?),
        })
    }
}

fn number<T: FromStr>(value: &str, expected: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("expected {expected}, got {value}"))
}

fn share(value: &str) -> Result<f64, String> {
    let expected = "a number of at least 0 and below 1";
    let share: f64 = number(value, expected)?;
    if (0.0..1.0).contains(&share) { Ok(share) } else { Err(format!("expected {expected}, got {value}")) }
}

fn precision(value: &str) -> Result<Quantisation, String> {
    Ok(match value {
        "f32" => Quantisation::F32,
        "f16" => Quantisation::F16,
        "int8" => Quantisation::Int8,
        "int8-per-tensor" => Quantisation::Int8PerTensor,
        "int8-weights" => Quantisation::Int8Weights,
        "int4" => Quantisation::Int4Weights,
        other => return Err(format!("expected f32, f16, int8, int8-per-tensor, int8-weights or int4, got {other}")),
    })
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    fn chain(typed: &[&str]) -> Result<Chain, String> {
        let command = Chain::augment_args(Command::new("compress"));
        let matches =
            command.try_get_matches_from([&["compress"], typed].concat()).map_err(|error| error.to_string())?;
        Chain::from_arg_matches(&matches).map_err(|error| error.to_string())
    }

    #[test]
    fn steps_are_done_as_typed() {
        let typed = [
            "--prune-ffn",
            "0.25",
            "--drop-layers",
            "0,2",
            "--prune-heads=2",
            "--dims",
            "pca:64",
            "--drop-layers",
            "every-second",
        ];
        let steps = chain(&typed).unwrap().steps;
        let expected = [
            Step::PruneUnits(0.25),
            Step::DropLayers(Layers::These(vec![0, 2])),
            Step::PruneHeads(2),
            Step::Principal(64),
            Step::DropLayers(Layers::EverySecond),
        ];
        assert_eq!(steps, expected);
        assert_eq!(chain(&[]).unwrap().steps, []);
    }

    #[test]
    fn faults_name_the_step_and_what_is_expected() {
        for (typed, expected) in [
            (["--prune-ffn", "1.5"], "--prune-ffn: expected a number of at least 0 and below 1, got 1.5"),
            (["--drop-layers", "half"], "--drop-layers: expected every-second or numbers such as 0,2,4, got half"),
            (
                ["--precision", "int2"],
                "--precision: expected f32, f16, int8, int8-per-tensor, int8-weights or int4, got int2",
            ),
            (["--dims", "pca"], "--dims: expected a whole number, or pca: and one, got pca"),
        ] {
            assert!(chain(&typed).unwrap_err().contains(expected), "{typed:?}");
        }
    }
}
