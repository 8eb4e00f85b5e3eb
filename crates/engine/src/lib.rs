//! The library facade: shops that take events in and give slates out.
//!
//! What it is: [`Engine`] (all shops of a process), [`Shop`] (one tenant: its log, its derived state, its pipeline), and
//! the [`View`] every request reads. [`Source`] and [`Rule`] are the seams for new ways to find and to steer.
//!
//! What it is not: it knows no HTTP and no terminal, and prints nothing.
//!
//! Invariants: an acknowledged event is durable and already folded into what the next request reads; a request reads one
//! immutable view, taken once; everything but the log can be rebuilt by replay.
#![forbid(unsafe_code)]

mod audit;
mod carts;
mod categorise;
mod clock;
mod continuations;
mod core;
mod curations;
mod document;
mod duplicates;
mod embedder;
mod encoders;
mod engine;
mod enrich;
mod error;
mod experiments;
mod exploration;
mod fold;
mod fusion;
mod inspection;
mod learning;
mod maintainer;
mod names;
mod objectives;
mod online;
mod open;
mod pictures;
mod pipeline;
mod proposals;
mod quality;
mod quarantine;
mod rankers;
mod rebuild;
mod recommenders;
mod rerank;
mod reviews;
mod rules;
mod searches;
mod shop;
mod shop_policies;
mod sources;
mod strategies;
mod synonyms;
mod training;
mod tuning;
mod understanding;
mod uses;
mod verify;
mod view;
mod writer;

pub use audit::{AuditEntry, States};
pub use carts::{CART_LINES_MAX, CART_QUANTITY_MAX, Cart, CartLine, CartTrouble, PricedCart, PricedLine};
pub use categorise::CategoryProposal;
pub use clock::SystemClock;
pub use curations::KeptCuration;
pub use duplicates::{
    DuplicateGroup, DuplicatePair, DuplicatesReport, GroupedItem, Judgement, MatcherReport, Relation,
};
pub use embedder::ExportedVectors;
pub use engine::{Engine, EngineConfig};
pub use enrich::{EnrichOptions, Enriched, EnrichmentAttribute, EnrichmentReport, Proposal, SellingPoint};
pub use error::{Error, Result};
pub use experiments::{
    ArmReport, Attributes, Changes, Comparison, EXPERIMENTS_MAX, Experiment, ExperimentArm, ExperimentReport,
    Familiarity, Flag, FlagReason, Guardrail, GuardrailReport, Interleaving, Interval, Measured, Metric, MetricReport,
    Preference, SegmentsReport, StoppedArm, Verdict, VisitorCounts, experiment_from_json, experiment_to_json,
};
pub use exploration::{
    ExplorationSettings, SurfaceExploration, SurfaceReport, exploration_from_json, exploration_to_json, is_exploring,
};
pub use features::{Activity, QueryCount, Related, Sentiment, Tally, Topic, TopicCount};
pub use index::suggest::{Kind as SuggestionKind, Payload as SuggestionPayload, Suggestion};
pub use inspection::Inspection;
pub use learn::drift::{Evidence as DriftEvidence, WatchdogReport};
pub use learn::{
    Confusion as IntentConfusion, Intents, IntentsConfig, IntentsReport, LabelReport as IntentReport, Share,
};
pub use learning::LearningReport;
pub use objectives::WINDOW as OBJECTIVES_WINDOW;
pub use online::OnlineReport;
pub use pipeline::{Candidates, Context, NeededChange, Policy, SearchCase, SourceError, WhatIf};
pub use proposals::{RejectedSynonym, SynonymDecisions, SynonymProposal};
pub use quality::{PriceBin, QualityCount, QualityFinding, QualityFix, QualityReport, QualityRule};
pub use quarantine::QuarantineReport;
pub use rankers::{
    FeatureDrift, Outcome, RankerKind, RankerOrder, RankerVersion, RankerWatch, ReplayOptions, ReplayReport,
    ReplayedSlate, RolledBack,
};
pub use recommenders::{
    ALL_MODELS, ContentsLog, InteractionLog, RecommenderTraining, RecommenderVersion, TRAINED_KINDS,
    TrainingCheckpoints, TrainingOrder, data_bytes, trained_kind,
};
pub use reviews::alerts::{AlertOptions, AlertSubject, ReviewAlert, ReviewAlerts};
pub use reviews::polarity::LabelPolarity;
pub use reviews::report::{ReviewOptions, ReviewPoint, ReviewQuote, ReviewReport, ReviewScope};
pub use reviews::texts::{PlainText, TextReader};
pub use reviews::topics::TextTopics;
pub use rules::{Effect, Rule};
pub use shop::{Appended, LoggedEvent, Progress, Shop, ShopStats};
pub use shop_policies::{FoundPolicy, ShopPolicy, checked_policies};
pub use sources::{Source, TypedPlaces};
pub use strategies::{
    LearnMethod, Strategies, Strategy, StrategyOrder, StrategyReport, StrategyVersion, strategies_from_json,
    strategies_to_json,
};
pub use text::synonyms::mine::Evidence as SynonymEvidence;
pub use text::synonyms::{parse as parse_synonyms, to_text as synonyms_to_text};
pub use training::{ModelKind, ModelOrder, ModelTrainer, Promote, TrainWatch, Trained, TrainingFault};
pub use tuning::Tuning;
pub use understanding::{IntentAnswers, IntentDefinition, ListedQuery, QueryFix, QueryList};
pub use uses::shops_using;
pub use view::View;
