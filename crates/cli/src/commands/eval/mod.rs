//! `mercato eval`: how good search and recommendations are, on plain folders or a shop's own log.

mod recommend;
mod search;

use anyhow::Result;
use serde_json::json;

use crate::args::{Bootstrap, DataSet, Eval, EvalConvert};
use crate::config::Config;
use crate::output;

/// Runs the command.
pub(crate) fn run(args: Eval, config: &Config) -> Result<()> {
    match args {
        Eval::Search(args) => search::run(&args, config),
        Eval::Recommend(args) => recommend::run(&args, config),
        Eval::Shop(args) => recommend::run_on_shop(&args, config),
        Eval::Compare(args) => search::compare(&args, config),
        Eval::Convert(args) => convert(&args, config),
    }
}

fn convert(args: &EvalConvert, config: &Config) -> Result<()> {
    let made = match args.data_set {
        DataSet::Esci => eval::convert::esci(&args.source, &args.out)?,
        DataSet::Zh => eval::convert::retrieval_tsv(&args.source, &args.out)?,
    };
    if config.json {
        return output::json(&json!({
            "products": made.products, "queries": made.queries, "judgements": made.judgements,
        }));
    }
    let out = args.out.display();
    output::line(&format!(
        "{} products, {} queries and {} judgements in {out}: `mercato eval search {out}`",
        made.products, made.queries, made.judgements
    ))
}

fn bootstrap(args: Bootstrap) -> eval::Bootstrap {
    eval::Bootstrap { resamples: args.resamples, seed: args.seed }
}
