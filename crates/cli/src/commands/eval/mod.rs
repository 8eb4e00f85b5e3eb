//! `mercato eval`: how good search and recommendations are, on plain folders or a shop's own log.

mod categories;
mod classify;
mod ctr;
mod intents;
mod labels;
mod policy;
mod ranker;
mod recommend;
mod search;
mod slates;
mod tag;

use anyhow::Result;
use eval::convert::{Converted, Labelled};
use serde_json::json;

use crate::args::{Bootstrap, DataSet, Eval, EvalConvert};
use crate::config::Config;
use crate::output;

/// Runs the command.
pub(crate) fn run(args: Eval, config: &Config) -> Result<()> {
    match args {
        Eval::Search(args) => search::run(&args, config),
        Eval::Recommend(args) => recommend::run(&args, config),
        Eval::Ranker(args) => ranker::run(&args, config),
        Eval::Shop(args) => recommend::run_on_shop(&args, config),
        Eval::Slates(args) => slates::run(&args, config),
        Eval::Pictures(args) => super::pictures::evaluate(&args, config),
        Eval::Categories(args) => categories::run(&args, config),
        Eval::Policy(args) => policy::run(&args, config),
        Eval::Classify(args) => classify::run(&args, config),
        Eval::Tag(args) => tag::run(&args, config),
        Eval::Ctr(args) => ctr::run(&args, config),
        Eval::Compare(args) => search::compare(&args, config),
        Eval::Convert(args) => convert(&args, config),
    }
}

fn convert(args: &EvalConvert, config: &Config) -> Result<()> {
    let (source, out) = (&args.source, &args.out);
    match args.data_set {
        DataSet::Esci => told(eval::convert::esci(source, out)?, args, config),
        DataSet::Zh => told(eval::convert::retrieval_tsv(source, out)?, args, config),
        DataSet::Clinc => told_labelled(eval::convert::clinc(source, out)?, "classify", args, config),
        DataSet::Bitext => told_labelled(eval::convert::bitext(source, out)?, "classify", args, config),
        DataSet::ZhReviews => {
            told_labelled(eval::convert::zh_reviews(source, out, args.seed)?, "classify", args, config)
        }
        DataSet::NerTaobao => told_labelled(eval::convert::ner_taobao(source, out)?, "tag", args, config),
    }
}

fn told(made: Converted, args: &EvalConvert, config: &Config) -> Result<()> {
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

fn told_labelled(made: Labelled, command: &str, args: &EvalConvert, config: &Config) -> Result<()> {
    if config.json {
        return output::json(&json!({ "train": made.train, "validation": made.validation, "test": made.test }));
    }
    let out = args.out.display();
    output::line(&format!(
        "{} examples to learn from, {} to choose by and {} to report on in {out}: `mercato eval {command} {out}`",
        made.train, made.validation, made.test
    ))
}

pub(crate) use ranker::show as show_ranker;

pub(crate) fn bootstrap(args: Bootstrap) -> eval::Bootstrap {
    eval::Bootstrap { resamples: args.resamples, seed: args.seed }
}
