use engine::{
    AlertOptions, ReviewAlert, ReviewAlerts, ReviewOptions, ReviewPoint, ReviewQuote, ReviewReport, ReviewScope, Tally,
    TopicCount,
};
use serde::{Deserialize, Serialize};
use types::{FieldError, Millis};
use utoipa::{IntoParams, ToSchema};

/// How much of an item's reviews to tell.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemReviewsOptions {
    /// Weeks to tell apart, 1 to 104; 26 where not said.
    #[param(example = 12)]
    weeks: Option<u32>,
    /// Quotes of each point, 0 to 20; 3 where not said.
    #[param(example = 2)]
    quotes: Option<u32>,
    /// Topics, 0 to 200; 20 where not said.
    #[param(example = 10)]
    topics: Option<u32>,
}

/// Whose reviews to sum up, and how much to tell.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewsOptions {
    /// Items of this brand only.
    #[param(example = "Northwall")]
    brand: Option<String>,
    /// Items of this category and those below it only: its path, or the end of one, joined by `>`.
    #[param(example = "女装 > 连衣裙")]
    category: Option<String>,
    /// Weeks to tell apart, 1 to 104; 26 where not said.
    #[param(example = 12)]
    weeks: Option<u32>,
    /// Quotes of each point, 0 to 20; 3 where not said.
    #[param(example = 2)]
    quotes: Option<u32>,
    /// Topics, 0 to 200; 20 where not said.
    #[param(example = 10)]
    topics: Option<u32>,
}

/// Which alerts to tell.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertsOptions {
    /// Rises that were noticed in the last so many days, 1 to 730; 90 where not said.
    #[param(example = 30)]
    days: Option<u32>,
    /// The share of false alerts among those told, above 0 to 0.5; 0.05 where not said.
    #[param(example = 0.05)]
    false_share: Option<f64>,
    /// Quotes of each alert, 0 to 20; 3 where not said.
    #[param(example = 2)]
    quotes: Option<u32>,
}

impl ItemReviewsOptions {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(&self) -> Result<ReviewOptions, FieldError> {
        let default = ReviewOptions::default();
        Ok(ReviewOptions {
            weeks: within("weeks", self.weeks, 1, 104)?.map_or(default.weeks, |weeks| weeks as u16),
            quotes: within("quotes", self.quotes, 0, 20)?.map_or(default.quotes, |quotes| quotes as usize),
            topics: within("topics", self.topics, 0, 200)?.map_or(default.topics, |topics| topics as usize),
        })
    }
}

impl ReviewsOptions {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(self) -> Result<(ReviewScope, ReviewOptions), FieldError> {
        let ReviewsOptions { brand, category, weeks, quotes, topics } = self;
        let options = ItemReviewsOptions { weeks, quotes, topics }.read()?;
        Ok((ReviewScope { item: None, brand, category }, options))
    }
}

impl AlertsOptions {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(&self) -> Result<AlertOptions, FieldError> {
        let default = AlertOptions::default();
        let false_share = self.false_share.unwrap_or(default.false_share);
        if !(false_share > 0.0 && false_share <= 0.5) {
            return Err(FieldError::new("out_of_range", "false_share", "above 0, to 0.5", false_share.to_string()));
        }
        Ok(AlertOptions {
            days: within("days", self.days, 1, 730)?.map_or(default.days, |days| days as u16),
            false_share,
            quotes: within("quotes", self.quotes, 0, 20)?.map_or(default.quotes, |quotes| quotes as usize),
        })
    }
}

fn within(name: &str, said: Option<u32>, least: u32, most: u32) -> Result<Option<u32>, FieldError> {
    match said {
        Some(number) if !(least..=most).contains(&number) => {
            Err(FieldError::new("out_of_range", name, format!("{least} to {most}"), number.to_string()))
        }
        said => Ok(said),
    }
}

/// What reviews say together, in their own words.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewsAnswer {
    /// Items that have reviews.
    items: usize,
    /// The reviews.
    reviews: TallyAnswer,
    /// What told praise from blame where no rating did: `lexicon`, or the settings' `reviews_model`.
    read_by: String,
    /// What they speak of, the most spoken of first.
    aspects: Vec<AspectAnswer>,
    /// What most praise first.
    pros: Vec<PointAnswer>,
    /// What most blame first.
    cons: Vec<PointAnswer>,
    /// Opinions that reviews share, the most shared first.
    topics: Vec<TopicAnswer>,
    /// The last weeks in order, those without reviews too.
    weeks: Vec<WeekAnswer>,
    /// The reviews before them.
    earlier: TallyAnswer,
}

/// Reviews counted by what they are.
#[derive(Serialize, ToSchema)]
pub(crate) struct TallyAnswer {
    /// All of them.
    all: u32,
    /// Praise.
    positive: u32,
    /// Blame.
    negative: u32,
    /// Neither.
    neutral: u32,
}

/// An aspect with the reviews that speak of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AspectAnswer {
    /// Such as `quality`, `size`, `delivery`, `service`, `price`.
    name: String,
    #[serde(flatten)]
    tally: TallyAnswer,
}

/// An aspect that is praised, or blamed.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointAnswer {
    /// The aspect; absent where the item as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    aspect: Option<String>,
    /// Reviews that say so.
    reviews: u32,
    /// Reviews that speak of it.
    of: u32,
    /// Some of their words.
    quotes: Vec<QuoteAnswer>,
}

/// Words of a review.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuoteAnswer {
    /// What the review is about.
    item: String,
    /// The words.
    text: String,
    /// When they were written.
    #[schema(value_type = String)]
    time: serde_json::Value,
    /// Reviews that say so in the same words, as far as is remembered.
    said: u32,
}

/// An opinion that reviews share.
#[derive(Serialize, ToSchema)]
pub(crate) struct TopicAnswer {
    /// The aspect.
    aspect: String,
    /// What is spoken of, in the words of the reviews.
    named: String,
    /// What is said of it.
    opinion: String,
    /// `positive` or `negative`.
    sentiment: String,
    /// Reviews that say so, at least.
    reviews: u32,
}

/// The reviews of a week.
#[derive(Serialize, ToSchema)]
pub(crate) struct WeekAnswer {
    /// When it begins: a Monday, at midnight UTC.
    #[schema(value_type = String)]
    begins: serde_json::Value,
    #[serde(flatten)]
    tally: TallyAnswer,
}

/// Where reviews became worse.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertsAnswer {
    /// The surest first.
    alerts: Vec<AlertAnswer>,
    /// Items, brands and topics with enough reviews to be watched.
    watched: usize,
}

/// The share of negative reviews rose against its own past.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertAnswer {
    /// `item`, `brand`, `topic` (an aspect) or `all`.
    kind: String,
    /// The item's id, the brand or the aspect.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The beginning of the week since when it is thought to be higher.
    #[schema(value_type = String)]
    since: serde_json::Value,
    /// The beginning of the week whose reviews made it certain.
    #[schema(value_type = String)]
    noticed: serde_json::Value,
    /// What was usual before.
    before: ShareAnswer,
    /// What came since, up to now.
    after: ShareAnswer,
    /// How many times better a rise explains the reviews than one share throughout does, whichever that is.
    evidence: f64,
    /// Aspects blamed since, the most blamed first.
    blamed: Vec<BlamedAnswer>,
    /// Negative words since.
    quotes: Vec<QuoteAnswer>,
}

/// How many of so many.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShareAnswer {
    /// Negative reviews.
    negative: u64,
    /// All reviews.
    all: u64,
    /// The one by the other.
    share: f64,
}

/// An aspect with how often it is blamed.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlamedAnswer {
    /// The aspect.
    aspect: String,
    /// Reviews that blamed it before.
    before: u32,
    /// Reviews that blame it since.
    after: u32,
}

impl From<ReviewReport> for ReviewsAnswer {
    fn from(report: ReviewReport) -> Self {
        let aspect =
            |(name, tally): (std::sync::Arc<str>, Tally)| AspectAnswer { name: name.to_string(), tally: tally.into() };
        let week = |(begins, tally): (Millis, Tally)| WeekAnswer { begins: time(begins), tally: tally.into() };
        Self {
            items: report.items,
            reviews: report.reviews.into(),
            read_by: report.read_by.to_string(),
            aspects: report.aspects.into_iter().map(aspect).collect(),
            pros: report.pros.into_iter().map(Into::into).collect(),
            cons: report.cons.into_iter().map(Into::into).collect(),
            topics: report.topics.into_iter().map(Into::into).collect(),
            weeks: report.weeks.into_iter().map(week).collect(),
            earlier: report.earlier.into(),
        }
    }
}

impl From<Tally> for TallyAnswer {
    fn from(tally: Tally) -> Self {
        Self { all: tally.all(), positive: tally.positive, negative: tally.negative, neutral: tally.neutral }
    }
}

impl From<ReviewPoint> for PointAnswer {
    fn from(point: ReviewPoint) -> Self {
        Self {
            aspect: point.aspect.map(|aspect| aspect.to_string()),
            reviews: point.reviews,
            of: point.of,
            quotes: point.quotes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ReviewQuote> for QuoteAnswer {
    fn from(quote: ReviewQuote) -> Self {
        Self { item: quote.item.to_string(), text: quote.text.to_string(), time: time(quote.time), said: quote.said }
    }
}

impl From<TopicCount> for TopicAnswer {
    fn from(count: TopicCount) -> Self {
        Self {
            aspect: count.topic.aspect.to_string(),
            named: count.topic.named.to_string(),
            opinion: count.topic.opinion.to_string(),
            sentiment: if count.topic.is_praise { "positive" } else { "negative" }.to_owned(),
            reviews: count.reviews,
        }
    }
}

impl From<ReviewAlerts> for AlertsAnswer {
    fn from(found: ReviewAlerts) -> Self {
        Self { alerts: found.alerts.into_iter().map(Into::into).collect(), watched: found.watched }
    }
}

impl From<ReviewAlert> for AlertAnswer {
    fn from(alert: ReviewAlert) -> Self {
        let share =
            |(negative, all): (u64, u64)| ShareAnswer { negative, all, share: negative as f64 / all.max(1) as f64 };
        let blamed = |(aspect, before, after): (std::sync::Arc<str>, u32, u32)| BlamedAnswer {
            aspect: aspect.to_string(),
            before,
            after,
        };
        Self {
            kind: alert.subject.kind().to_owned(),
            name: alert.subject.name().map(ToString::to_string),
            since: time(alert.since),
            noticed: time(alert.noticed),
            before: share(alert.before),
            after: share(alert.after),
            evidence: alert.evidence.min(f64::MAX),
            blamed: alert.blamed.into_iter().map(blamed).collect(),
            quotes: alert.quotes.into_iter().map(Into::into).collect(),
        }
    }
}

fn time(time: Millis) -> serde_json::Value {
    formats::json::time_to_json(time)
}
