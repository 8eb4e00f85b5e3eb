use std::sync::Arc;

use index::{Searcher, suggest::Suggestions};
use learn::online::FtrlRegression;
use text::synonyms::SynonymSet;
use types::{Position, Settings};

use crate::curations::CurationList;
use crate::encoders::Retrievers;
use crate::experiments::Experiments;
use crate::exploration::Explorers;
use crate::rankers::Rankers;
use crate::recommenders::Recommenders;
use crate::rerank::sellers::Sellers;
use crate::reviews::judge::Judged;
use crate::reviews::report::LEXICON;
use crate::strategies::InForce;
use crate::understanding::{Learnt, Lexicon, OwnIntents};

/// The immutable state one request reads. Cloning it costs a few pointers; publishing the next one never disturbs it.
#[derive(Clone)]
pub struct View {
    /// Counts the views published since the start.
    pub generation: u64,
    /// Words, vectors and attributes.
    pub searcher: Searcher,
    /// The log was folded up to here into what follows.
    pub(crate) folded: Position,
    /// What is known of items and actors.
    pub features: features::State,
    /// What goes with what.
    pub neighbours: learn::Neighbours,
    /// What is searched for in the shop.
    pub queries: features::QueryLog,
    /// What each shopper searched for last, for that shopper alone.
    pub(crate) own: features::OwnQueries,
    /// Queries that may be suggested.
    pub(crate) asked: Suggestions,
    /// What reviews say, read by the lexicon.
    pub reviews: features::Reviews,
    /// The same as the settings' label model reads them, once it has.
    pub(crate) judged: Option<Judged>,
    /// Who sells what, and what attention each seller had.
    pub(crate) sellers: Sellers,
    /// What was learned for exploring.
    pub(crate) explorers: Explorers,
    /// What the shop decided.
    pub settings: Arc<Settings>,
    /// What is known of the shop's own words.
    pub(crate) lexicon: Arc<Lexicon>,
    /// What clicks taught of it.
    pub(crate) learnt: Arc<Learnt>,
    /// The shop's synonyms.
    pub(crate) synonyms: SynonymSet,
    /// What merchandisers decided.
    pub(crate) curations: CurationList,
    /// The shop's own intents.
    pub(crate) own_intents: Arc<OwnIntents>,
    /// The trained recommenders in force.
    pub(crate) recommenders: Arc<Recommenders>,
    /// What was learnt of clicks as they came.
    pub(crate) online: Arc<FtrlRegression>,
    /// The experiments, running and ended.
    pub(crate) experiments: Experiments,
    /// The strategies, and what was learnt of when to follow which.
    pub(crate) strategies: InForce,
    /// The trained rankers in force.
    pub(crate) rankers: Arc<Rankers>,
    /// The encoders in use.
    pub(crate) retrievers: Arc<Retrievers>,
}

impl View {
    /// What reviews say, and what decided praise and blame: the model where there is one, else the lexicon.
    pub(crate) fn reviews_read(&self) -> (&features::Reviews, Arc<str>) {
        match &self.judged {
            Some(judged) => (&judged.reviews, Arc::clone(&judged.model)),
            None => (&self.reviews, Arc::from(LEXICON)),
        }
    }
}
