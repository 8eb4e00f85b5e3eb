//! The nouns of Mercato, shared by every other crate.
//!
//! What it is: ids, [`Item`], [`Event`], [`Request`], [`Candidate`], [`Slate`], [`Explanation`], [`Clock`], [`Rng`],
//! the filter tree, and the two containers every derived state is built from ([`Rows`], [`Dictionary`]).
//!
//! What it is not: it does no IO, knows no wire or disk format, reads no clock, and depends on no other crate.
//!
//! Invariants: a value of a type here is valid by construction (ids are bounded, numbers finite); anything that
//! could be wrong is refused as a [`FieldError`] naming the field and what was expected.
#![forbid(unsafe_code)]

mod analyzer;
mod area;
mod candidate;
mod civil_date;
mod clock;
mod curation;
mod dictionary;
mod enrichment;
mod error;
mod event;
mod explanation;
mod feature_rows;
mod filter;
mod filter_display;
mod filter_lexer;
mod filter_parser;
mod id;
mod item;
mod picture;
mod reading;
mod request;
mod reranking;
mod rng;
mod rows;
mod search_settings;
mod settings;
mod signal;
mod slate;
mod touch;
mod typed;
mod value;

pub use analyzer::{Analyzer, Token};
pub use area::is_inside;
pub use candidate::{Candidate, SourceId};
pub use clock::{Clock, FixedClock, Millis};
pub use curation::{
    Banner, Curated, Curation, CurationCondition, Curations, QueryMatch, QueryPattern, is_apart, is_without_blanks,
};
pub use dictionary::Dictionary;
pub use enrichment::{Enrichment, Passage, Provenance};
pub use error::FieldError;
pub use event::{Actor, Event, EventBody, Evidence, Followed, Impression, Interaction, InteractionKind, Shown};
pub use explanation::{
    Contribution, Explanation, Found, FusionPart, RuleTrace, TermMatch, ValuePart, VectorMatch, WordsBoost,
    WordsBoostKind,
};
pub use feature_rows::{FeatureRows, FeatureSchema, FeatureScope, FeatureSpec};
pub use filter::{Comparison, Filter, Literal};
pub use filter_parser::FilterSyntaxError;
pub use id::{ActorKey, EventId, GroupId, ItemId, Position, QueryId, Row, SessionId, ShopId, UserId};
pub use item::{Item, ItemPatch, check_name, well_known, well_known_kind};
pub use picture::{Picture, PictureQuery};
pub use reading::{Consequence, Finding, Guess, Reading, Route, Understanding};
pub use request::{
    Device, FacetRequest, FieldWeights, Page, ReadingStep, RecommendKind, Request, RequestRule, Retrieval,
    RetrievalMethod, SortKey, SortOrder, Surface,
};
pub use reranking::{CappedKind, KindCap, Protected, Reranking};
pub use rng::Rng;
pub use rows::Rows;
pub use search_settings::{Fusion, Lexical, Objectives, Rereading, Tunable, ValueWeights};
pub use settings::{AttributeSettings, Settings};
pub use signal::Signal;
pub use slate::{Degraded, Facet, FacetRange, FacetStats, FacetValue, Group, Slate, SlateItem};
pub use touch::Touch;
pub use typed::{Around, Criterion, FewerWords, Prefixes, Tolerance, TypedAttribute, TypedSearch, Typos};
pub use value::{Currency, Language, Money, Texts, Value, ValueKind};
