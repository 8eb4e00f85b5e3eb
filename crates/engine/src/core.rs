use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use index::Index;
use index::suggest::Suggestions;
use parking_lot::{Mutex, RwLock};
use store::Store;
use text::synonyms::SynonymSet;
use types::{Clock, Settings, ShopId};

use crate::carts::Carts;
use crate::continuations::Continuations;
use crate::curations::CurationList;
use crate::duplicates::DuplicatesReport;
use crate::embedder::EmbedQueue;
use crate::encoders::{Encoders, Retrievers};
use crate::enrich::EnrichmentReport;
use crate::experiments::{Experiments, Tables};
use crate::fold::Fold;
use crate::inspection::Inspector;
use crate::names::Names;
use crate::pipeline::Policy;
use crate::quality::QualityReport;
use crate::rankers::{FeatureDrift, Rankers};
use crate::recommenders::Recommenders;
use crate::shop_policies::ShopPolicies;
use crate::strategies::InForce;
use crate::understanding::{Keeper, Learnt, Lexicon, OwnIntents};
use crate::view::View;

/// What the threads of one shop share.
///
/// Lock order, to be kept by all: `deciding`, `committing`, `fold`, `names`, `publishing`, `indices`. Requests take none of them but a short read
/// of `names`.
pub(crate) struct Core {
    pub(crate) id: ShopId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) encoders: Arc<Encoders>,
    /// Runs a request's sources side by side.
    pub(crate) pool: Arc<rayon::ThreadPool>,
    pub(crate) names: RwLock<Names>,
    pub(crate) fold: Mutex<Fold>,
    pub(crate) indices: Mutex<Indices>,
    pub(crate) view: ArcSwap<View>,
    publishing: Mutex<()>,
    /// Held while texts are committed to the word index.
    pub(crate) committing: Mutex<()>,
    /// Held while synonyms, intents or experiments are changed: what is written comes of what was read.
    pub(crate) deciding: Mutex<()>,
    /// Held while an index is built for other settings.
    pub(crate) rebuilding: Mutex<()>,
    pub(crate) policy: Policy,
    pub(crate) embed: EmbedQueue,
    pub(crate) continuations: Continuations,
    pub(crate) counters: Counters,
    pub(crate) keeper: Keeper,
    pub(crate) quality: Inspector<QualityReport>,
    pub(crate) duplicates: Inspector<DuplicatesReport>,
    pub(crate) enrichment: Inspector<EnrichmentReport>,
    /// Held while found values are written.
    pub(crate) enriching: Mutex<()>,
    /// Held while judgements of duplicates are written.
    pub(crate) judging: Mutex<()>,
    /// Visitors of experiments, folded so far.
    pub(crate) experiments: Tables,
    /// Features that drift, as last looked at.
    pub(crate) drifts: Mutex<Vec<FeatureDrift>>,
    pub(crate) carts: Carts,
    /// What the shop says of itself: returns, shipping, warranty.
    pub(crate) shop_policies: ArcSwap<ShopPolicies>,
}

/// The index in use, and the one that is being built to take its place.
pub(crate) struct Indices {
    pub(crate) live: Arc<Index>,
    pub(crate) live_folder: String,
    pub(crate) next: Option<NextIndex>,
}

/// An index being built beside the live one, for other settings.
pub(crate) struct NextIndex {
    pub(crate) index: Arc<Index>,
    pub(crate) folder: String,
    pub(crate) settings: Arc<Settings>,
    pub(crate) retrievers: Arc<Retrievers>,
}

/// What is counted since the start.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) searches: AtomicU64,
    pub(crate) searches_empty: AtomicU64,
    pub(crate) queries: AtomicU64,
    /// Items put into the index that is being built.
    pub(crate) rebuilt: AtomicU64,
}

impl Counters {
    pub(crate) fn count(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::Relaxed)
    }
}

/// What a [`Core`] is made of once everything is read from disk.
pub(crate) struct Opened {
    pub(crate) id: ShopId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) encoders: Arc<Encoders>,
    pub(crate) pool: Arc<rayon::ThreadPool>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) synonyms: SynonymSet,
    pub(crate) curations: CurationList,
    pub(crate) own_intents: OwnIntents,
    pub(crate) recommenders: Recommenders,
    pub(crate) experiments: Experiments,
    pub(crate) strategies: InForce,
    pub(crate) rankers: Rankers,
    pub(crate) shop_policies: ShopPolicies,
    pub(crate) names: Names,
    pub(crate) fold: Fold,
    pub(crate) index: Arc<Index>,
    pub(crate) index_folder: String,
}

impl Core {
    pub(crate) fn new(opened: Opened) -> Self {
        let lexicon = Arc::new(Lexicon::empty());
        let view = View {
            generation: 0,
            searcher: opened.index.refresh(),
            folded: opened.fold.position,
            features: opened.fold.features.clone(),
            neighbours: opened.fold.neighbours.clone(),
            queries: opened.fold.searches.queries.clone(),
            own: opened.fold.searches.own.clone(),
            reviews: opened.fold.reviews.clone(),
            sellers: opened.fold.sellers.clone(),
            explorers: opened.fold.exploration.explorers(),
            online: opened.fold.online.model(),
            judged: None,
            asked: Suggestions::default(),
            learnt: Arc::new(Learnt::nothing(&lexicon)),
            lexicon,
            synonyms: opened.synonyms,
            curations: opened.curations,
            own_intents: Arc::new(opened.own_intents),
            recommenders: Arc::new(opened.recommenders),
            experiments: opened.experiments,
            strategies: opened.strategies,
            rankers: Arc::new(opened.rankers),
            retrievers: Arc::new(opened.encoders.retrievers(&opened.settings)),
            settings: opened.settings,
        };
        Self {
            id: opened.id,
            clock: opened.clock,
            store: opened.store,
            encoders: opened.encoders,
            pool: opened.pool,
            names: RwLock::new(opened.names),
            fold: Mutex::new(opened.fold),
            indices: Mutex::new(Indices { live: opened.index, live_folder: opened.index_folder, next: None }),
            view: ArcSwap::from_pointee(view),
            publishing: Mutex::new(()),
            committing: Mutex::new(()),
            deciding: Mutex::new(()),
            rebuilding: Mutex::new(()),
            policy: Policy::new(),
            embed: EmbedQueue::default(),
            continuations: Continuations::new(),
            counters: Counters::default(),
            keeper: Keeper::default(),
            quality: Inspector::default(),
            duplicates: Inspector::default(),
            enrichment: Inspector::default(),
            enriching: Mutex::default(),
            judging: Mutex::default(),
            experiments: Tables::default(),
            drifts: Mutex::default(),
            carts: Carts::default(),
            shop_policies: ArcSwap::from_pointee(opened.shop_policies),
        }
    }

    /// Publishes a view that differs from the last by `change`; readers keep the one they have.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut View)) {
        let _one_at_a_time = self.publishing.lock();
        let mut view = View::clone(&self.view.load());
        view.generation += 1;
        change(&mut view);
        self.view.store(Arc::new(view));
    }

    /// Publishes what the live index has by now.
    pub(crate) fn publish_index(&self) {
        let _one_at_a_time = self.publishing.lock();
        // The snapshot is taken under the lock, lest an older one replace a newer.
        let index = Arc::clone(&self.indices.lock().live);
        let mut view = View::clone(&self.view.load());
        view.generation += 1;
        view.searcher = index.refresh();
        self.view.store(Arc::new(view));
    }

    /// The index in use.
    pub(crate) fn live_index(&self) -> Arc<Index> {
        Arc::clone(&self.indices.lock().live)
    }

    /// The index in use and the one being built, if any: writes go to all of them.
    pub(crate) fn all_indices(&self) -> Vec<Arc<Index>> {
        let indices = self.indices.lock();
        let next = indices.next.iter().map(|next| Arc::clone(&next.index));
        std::iter::once(Arc::clone(&indices.live)).chain(next).collect()
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.view.load().settings)
    }
}
