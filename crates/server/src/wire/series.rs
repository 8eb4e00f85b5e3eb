use engine::Activity;
use serde::{Deserialize, Serialize};
use types::{Currency, FieldError, Millis};
use utoipa::{IntoParams, ToSchema};

use crate::faults::Counts;

/// Points that are told at most.
const POINTS_MAX: i64 = 2000;

/// Which span of time is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesOptions {
    /// Its beginning, in milliseconds since 1970; a week before its end where not said.
    #[param(example = 1763600000000i64)]
    pub(crate) from: Option<i64>,
    /// Its end, itself outside; now where not said.
    #[param(example = 1764200000000i64)]
    pub(crate) until: Option<i64>,
    /// `hour` (where not said) or `day`, in UTC.
    #[param(example = "hour")]
    pub(crate) step: Option<String>,
}

/// A span that was checked: from, until and the step, in milliseconds; full steps.
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) step: i64,
}

impl SeriesOptions {
    /// The span that is wanted at `now`.
    ///
    /// # Errors
    /// A [`FieldError`] naming what is wrong.
    pub(crate) fn span(&self, now: Millis) -> Result<Span, FieldError> {
        let step = match self.step.as_deref() {
            None | Some("hour") => Millis::HOUR,
            Some("day") => Millis::DAY,
            Some(other) => return Err(FieldError::new("value_invalid", "step", "hour or day", other)),
        };
        let until = self.until.unwrap_or(now.0.saturating_add(1));
        let from = self.from.unwrap_or(until.saturating_sub(7 * Millis::DAY));
        if until <= from {
            return Err(FieldError::new("out_of_range", "until", "a time after `from`", until.to_string()));
        }
        let (first, end) = (from.div_euclid(step), until.saturating_add(step - 1).div_euclid(step));
        if end - first > POINTS_MAX {
            let expected = format!("at most {POINTS_MAX} steps from `from` to `until`");
            return Err(FieldError::new("out_of_range", "until", expected, format!("{} steps", end - first)));
        }
        Ok(Span { from: first.saturating_mul(step), until: end.saturating_mul(step), step })
    }
}

/// What happened in a shop over time.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesAnswer {
    /// `hour` or `day`.
    #[schema(example = "hour")]
    step: &'static str,
    /// The currency of the revenue: the one that brought most, absent where nothing was sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CNY")]
    currency: Option<String>,
    /// One a step, oldest first, steps without any activity included.
    points: Vec<SeriesPoint>,
}

/// What happened in one step.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesPoint {
    /// When it begins, in milliseconds since 1970.
    time_ms: i64,
    /// Searches that were answered and logged, or told by others.
    searches: u32,
    /// Of the answered ones, those that found nothing.
    searches_empty: u32,
    /// Recommendations that were answered and logged.
    recommendations: u32,
    /// Clicks, things put into carts, and lines bought.
    clicks: u32,
    /// See above.
    carts: u32,
    /// See above.
    purchases: u32,
    /// What was bought for, in `currency`.
    revenue: f64,
    /// Answers that something was clicked in, by answers; those clicked in this step, whenever they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    click_through: Option<f64>,
    /// Answers that something was bought from, by answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversion: Option<f64>,
    /// Milliseconds within which half of the answers were made, to the accuracy of classes of durations.
    #[serde(skip_serializing_if = "Option::is_none")]
    took_p50_ms: Option<u32>,
    /// Within which 99 % were.
    #[serde(skip_serializing_if = "Option::is_none")]
    took_p99_ms: Option<u32>,
    /// Answers of which a part failed.
    degraded: u32,
    /// Requests that were refused for the caller's reasons (status 4xx), since the server started.
    refused: u32,
    /// Requests that failed for the server's (status 5xx), since it started.
    failed: u32,
}

impl SeriesAnswer {
    /// The hours of a span, step by step; `faults`: what went wrong from one moment until another.
    pub(crate) fn of(span: &Span, hours: Vec<(Millis, Activity)>, faults: impl Fn(i64, i64) -> Counts) -> Self {
        let mut all = Activity::default();
        hours.iter().for_each(|(_, activity)| all.add(activity));
        let currency = all.revenue.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(currency, _)| *currency);
        let mut hours = hours.into_iter().peekable();
        let steps = (span.from..span.until).step_by(usize::try_from(span.step).unwrap_or(1));
        let points = steps.map(|begins| {
            let mut sum = Activity::default();
            while let Some((_, activity)) = hours.next_if(|(time, _)| time.0 < begins + span.step) {
                sum.add(&activity);
            }
            point(begins, &sum, currency, faults(begins, begins + span.step))
        });
        let points = points.collect();
        let step = if span.step == Millis::HOUR { "hour" } else { "day" };
        Self { step, currency: currency.map(|currency| currency.as_str().to_owned()), points }
    }
}

fn point(begins: i64, sum: &Activity, currency: Option<Currency>, faults: Counts) -> SeriesPoint {
    let answers = f64::from(sum.answers());
    let share = |followed: u32| (answers > 0.0).then(|| f64::from(followed) / answers);
    let revenue = sum.revenue.iter().find(|(own, _)| Some(*own) == currency);
    SeriesPoint {
        time_ms: begins,
        searches: sum.searches,
        searches_empty: sum.searches_empty,
        recommendations: sum.recommendations,
        clicks: sum.clicks,
        carts: sum.carts,
        purchases: sum.purchases,
        revenue: revenue.map_or(0.0, |(_, units)| *units),
        click_through: share(sum.answers_clicked),
        conversion: share(sum.answers_bought),
        took_p50_ms: sum.took_ms(0.5),
        took_p99_ms: sum.took_ms(0.99),
        degraded: sum.degraded,
        refused: faults.refused,
        failed: faults.failed,
    }
}
