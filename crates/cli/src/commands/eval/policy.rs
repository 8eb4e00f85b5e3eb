//! `mercato eval policy`.

use anyhow::Result;
use eval::policy::{Limits, Options, Tuning};
use eval::policy::{PolicyOptions, PolicyReward, PolicyTarget, Verdict, evaluate_policy};

use crate::args::{EvalPolicy, PolicyTuning, Reward};
use crate::config::Config;
use crate::output;

/// Judges a policy by the log of another. A log that cannot tell is an answer, not a failure: the reasons are told and no
/// figure is.
pub(crate) fn run(args: &EvalPolicy, config: &Config) -> Result<()> {
    let report = evaluate_policy(&args.impressions, &options(args))?;
    if config.json {
        return output::json(&report.to_json());
    }
    output::line(&format!("{}: {} items shown, target {}", report.dataset, report.rows, report.target))?;
    if let Verdict::Refused(_) = report.verdict {
        output::line("the log cannot tell what the target would earn")?;
    }
    for rows in [report.estimate_rows(), report.slate_rows(), report.overlap_rows()] {
        if !rows.is_empty() {
            output::table(rows)?;
        }
    }
    report.notes().iter().try_for_each(|note| output::line(note))
}

fn options(args: &EvalPolicy) -> PolicyOptions {
    let limits = Limits {
        effective_sample_size_min: args.effective_sample_min,
        uncovered_max: args.uncovered_max,
        ..Limits::default()
    };
    PolicyOptions {
        target: PolicyTarget::parse(&args.target),
        reward: match args.reward {
            Reward::Click => PolicyReward::Click,
            Reward::AddToCart => PolicyReward::AddToCart,
            Reward::Purchase => PolicyReward::Purchase,
            Reward::Value => PolicyReward::Value,
        },
        evaluation: Options {
            confidence: args.confidence,
            resamples: args.bootstrap.resamples,
            tuning: match args.tuning {
                PolicyTuning::ErrorBound => Tuning::ErrorBound,
                PolicyTuning::ErrorEstimate => Tuning::ErrorEstimate,
                PolicyTuning::Slope => Tuning::Slope,
            },
            limits,
            weight_bound: args.weight_bound,
            ..Options::default()
        },
        seed: args.bootstrap.seed,
    }
}
