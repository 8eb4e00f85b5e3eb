//! The documents that cross the wire, and nothing else. Requests become [`types::Request`]s in [`search`] and [`recommend`]
//! with the checks of [`parts`], the one place for them; slates become answers in [`slate`] and [`explanation`]. Items, events and settings are read
//! and written by the crate `formats`; [`documents`] only describes them.

mod admin;
mod audit;
mod curations;
pub(crate) mod documents;
mod duplicates;
mod enrichment;
mod error;
mod experiments;
mod explanation;
mod intents;
mod learning;
mod ofrep;
mod parts;
mod policies;
mod proposals;
mod quality;
mod query_string;
mod rankers;
mod reading;
mod recommend;
mod recommenders;
mod reviews;
mod search;
mod series;
mod slate;
mod strategies;
mod what_if;

pub(crate) use admin::{
    BatchAnswer, DuplicatesAnswer, DuplicatesOptions, EventsAnswer, EventsOptions, ExplainAnswer, ExplainBody,
    ItemPage, KeyAnswer, KeyBody, KeyMade, KeyPage, LogOptions, LogPage, LoggedEventAnswer, Reason, ScanOptions,
    ShopAnswer, ShopBody, ShopPage, SkippedAnswer, StatsAnswer, StatusAnswer, TrackedAnswer, ValidatedAnswer,
};
pub(crate) use audit::{AuditAnswer, AuditOptions, ChangeAnswer};
pub(crate) use curations::{BannerDocument, CurationAnswer, CurationDocument, CurationsAnswer};
pub(crate) use duplicates::{JudgedAnswer, JudgementsBody, SameProductAnswer, SameProductOptions};
pub(crate) use enrichment::{
    EnrichAnswer, EnrichBody, EnrichedAnswer, FoundValuesPage, SellingPointsBody, TakeBackOptions,
};
pub(crate) use error::{ErrorAnswer, ErrorDetail, RowError};
pub(crate) use experiments::{
    ExperimentChangeBody, ExperimentDocument, ExperimentReportAnswer, ExperimentStopBody, ExperimentsAnswer, reason,
};
pub(crate) use explanation::ExplanationAnswer;
pub(crate) use intents::{IntentsAnswer, IntentsBody};
pub(crate) use learning::{ExplorationDocument, LearningAnswer};
pub(crate) use ofrep::{EvaluationAnswer, EvaluationBody, EvaluationFailure, EvaluationsAnswer};
pub(crate) use parts::{Asked, number};
pub(crate) use policies::PoliciesBody;
pub(crate) use proposals::{DecidedAnswer, DecisionsBody, ProposalsAnswer, ProposalsOptions};
pub(crate) use quality::{QualityAnswer, QualityOptions};
pub(crate) use query_string::{RecommendQuery, SearchQuery};
pub(crate) use rankers::{RankerAnswer, RankersAnswer, TrainRankerBody};
pub(crate) use reading::{
    QueriesAnswer, QueriesOptions, ReadingAnswer, SuggestAnswer, SuggestOptions, SynonymsBody, UnderstandBody,
    UnderstandingBody,
};
pub(crate) use recommend::RecommendBody;
pub(crate) use recommenders::{
    InForceAnswer, PromoteBody, RecommendersAnswer, RollBackBody, TrainBody, TrainingAnswer,
};
pub(crate) use reviews::{AlertsAnswer, AlertsOptions, ItemReviewsOptions, ReviewsAnswer, ReviewsOptions};
pub(crate) use search::SearchBody;
pub(crate) use series::{SeriesAnswer, SeriesOptions};
pub(crate) use slate::SlateAnswer;
pub(crate) use strategies::{LearnStrategyBody, StrategiesAnswer, StrategiesDocument, StrategyVersionAnswer};
pub(crate) use what_if::WhatIfAnswer;
