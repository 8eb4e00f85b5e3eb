use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError, bounded};
use features::{Activity, Related};
use index::suggest::{Kind as SuggestionKind, Suggestion};
use parking_lot::Mutex;
use text::synonyms::{Rule, SynonymSet};
use types::{
    Actor, Event, FeatureRows, Item, ItemId, Millis, Picture, Position, Reading, Request, Settings, ShopId, Slate,
};

use crate::core::Core;
use crate::reviews::alerts::{AlertOptions, ReviewAlerts};
use crate::reviews::report::{ReviewOptions, ReviewReport, ReviewScope};
use crate::understanding::{ListedQuery, QueryList};
use crate::writer::{Done, Job};
use crate::{
    Error, Result, TypedPlaces, WhatIf, embedder, maintainer, pictures, pipeline, rebuild, reviews, synonyms,
    understanding, verify, writer,
};

/// One tenant: its log, its derived state, its pipeline. Shared by reference between threads; all calls block.
pub struct Shop {
    pub(crate) core: Arc<Core>,
    /// `None` once closing.
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    closing: Arc<AtomicBool>,
}

/// What became of a batch of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appended {
    /// Events that were new.
    pub accepted: usize,
    /// Events whose id the log had already; they changed nothing.
    pub duplicates: usize,
    /// Position after the last event of the log.
    pub end: Position,
}

/// An event with its place in the log.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Its place.
    pub position: Position,
    /// The event.
    pub event: Event,
}

/// Figures about a shop.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ShopStats {
    /// Items in the catalogue.
    pub items: usize,
    /// Events in the log.
    pub events: u64,
    /// Actors with state.
    pub actors: usize,
    /// Items whose vectors are not computed yet.
    pub embeddings_pending: usize,
    /// Items in the index that is being built for other settings, of those it is to have; `None` where none is built.
    pub rebuild: Option<Progress>,
    /// Item changes accepted but not yet searchable by words.
    pub index_lag: usize,
    /// Item changes that queries are not read with yet.
    pub lexicon_lag: u64,
    /// Vectors that are scanned one by one, because no graph has them (yet); many after a bulk load, until one has grown.
    pub vectors_scanned: usize,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Searches answered since the start.
    pub searches: u64,
    /// Searches without a result.
    pub searches_empty: u64,
}

/// How far a long step is: for progress bars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

/// Jobs that may wait for the writer; a further append waits for a place.
const JOBS_WAITING_MAX: usize = 4096;

/// Groups that may be durable before they are folded in.
const GROUPS_AHEAD: usize = 2;

impl Shop {
    /// Starts the threads of an opened shop, the one that keeps its words up to date where `learns_words`.
    pub(crate) fn start(core: Core, learns_words: bool) -> Arc<Self> {
        let core = Arc::new(core);
        let closing = Arc::new(AtomicBool::new(false));
        let (jobs, waiting) = bounded(JOBS_WAITING_MAX);
        let (wake, woken) = bounded(1);
        core.embed.set_scanning(true);
        let shop = Arc::new(Self { jobs: Mutex::new(Some(jobs)), threads: Mutex::default(), closing, core });
        let (durable, to_fold) = bounded(GROUPS_AHEAD);
        shop.spawn("writer", move |core, _| writer::run(&core, &waiting, &durable));
        shop.spawn("folder", move |core, _| writer::fold_groups(&core, &to_fold, &wake));
        shop.spawn("maintainer", move |core, _| maintainer::run(&core, &woken));
        shop.spawn("grower", |core, closing| maintainer::grow(&core, &closing));
        if learns_words {
            shop.spawn("lexicon", |core, closing| understanding::keep(&core, &closing));
        }
        shop.spawn("judge", |core, closing| reviews::judge::run(&core, &closing));
        shop.spawn("embedder", |core, _| embedder::run(&core));
        shop.resume_rebuild();
        shop
    }

    pub(crate) fn spawn(&self, role: &str, run: impl FnOnce(Arc<Core>, Arc<AtomicBool>) + Send + 'static) {
        let (core, closing) = (Arc::clone(&self.core), Arc::clone(&self.closing));
        let name = format!("{} {role}", self.core.id);
        let spawned = std::thread::Builder::new().name(name).spawn(move || run(core, closing));
        // Without its threads a shop is nothing, and a system that cannot start one is out of memory.
        self.threads.lock().push(spawned.expect("the system can start a thread"));
    }

    /// The shop's name.
    pub fn id(&self) -> &ShopId {
        &self.core.id
    }

    /// Takes events in. Returns when they are durable and folded into what the next request reads; item texts become
    /// searchable within a second, vectors when they are computed. All or nothing where a value is refused.
    ///
    /// # Errors
    /// A refused value, or the store's failure; then nothing was acknowledged.
    pub fn append(&self, events: Vec<Event>) -> Result<Appended> {
        let (answer, answered) = bounded(1);
        // The receiver waits below, so sending cannot fail.
        let done: Done = Box::new(move |result| drop(answer.send(result)));
        let jobs = self.jobs.lock().clone().ok_or(Error::Closing)?;
        jobs.send(Job { events, done }).map_err(|_| Error::Closing)?;
        answered.recv().unwrap_or(Err(Error::Closing))
    }

    /// [`Shop::append`] without a thread waiting: returns at once and calls `done` from a thread of the engine when the
    /// events are durable and folded in, or refused ([`Error::Busy`] where thousands of jobs wait already). What keeps
    /// many single-event requests in flight under one group commit. `done` is called exactly once and must not block.
    pub fn append_async(&self, events: Vec<Event>, done: Done) {
        let Some(jobs) = self.jobs.lock().clone() else { return done(Err(Error::Closing)) };
        match jobs.try_send(Job { events, done }) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => (job.done)(Err(Error::Busy)),
            Err(TrySendError::Disconnected(job)) => (job.done)(Err(Error::Closing)),
        }
    }

    /// Answers a request: a search where it has a query, else a recommendation.
    ///
    /// # Errors
    /// A user's error, or a store or index that cannot be read.
    pub fn answer(&self, request: &Request) -> Result<Slate> {
        let answered = pipeline::answer(&self.core, request, false)?;
        if let Some(impression) = answered.impression {
            self.log_impression(impression);
        }
        Ok(answered.slate)
    }

    /// [`Shop::answer`] without a trace in the log, with the features of the items shown, in their order, under
    /// [`Shop::feature_schema`]: what a trainer would read of this answer.
    ///
    /// # Errors
    /// A user's error, or a store or index that cannot be read.
    pub fn answer_with_features(&self, request: &Request) -> Result<(Slate, FeatureRows)> {
        let answered = pipeline::answer(&self.core, request, true)?;
        let features = answered.features.unwrap_or_else(|| FeatureRows::zeros(self.feature_schema(), 0));
        Ok((answered.slate, features))
    }

    /// What would have to change for an item to stand at `place` (from 1) of the answer to a request, by its score. Nothing
    /// is logged.
    ///
    /// # Errors
    /// A user's error, a request that sorts by something else than the score among them; a store or index that cannot be
    /// read.
    pub fn what_if(&self, request: &Request, item: &ItemId, place: usize) -> Result<WhatIf> {
        pipeline::what_if(&self.core, request, item, place)
    }

    /// Hands an impression to the writer without waiting. Shoppers' events come first: where the writer's queue is half
    /// full the impression is dropped, visibly.
    fn log_impression(&self, impression: Event) {
        let Some(jobs) = self.jobs.lock().clone() else { return };
        let job = Job { events: vec![impression], done: Box::new(|_| ()) };
        if jobs.len() >= JOBS_WAITING_MAX / 2 || jobs.try_send(job).is_err() {
            tracing::warn!(shop = %self.core.id, "an impression was dropped, the writer is far behind");
        }
    }

    /// How a query would be understood: `request` as it would be searched with.
    pub fn understand(&self, request: &Request) -> Reading {
        let view = self.core.view.load();
        understanding::read(&self.core, &view, request, request.query.as_deref().unwrap_or_default().trim())
    }

    /// Waits until queries are read with the words of the catalogue as it is now. A shop does so by itself, a moment after
    /// it is opened or changed.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn learn_words(&self) -> Result<()> {
        understanding::refresh(&self.core)
    }

    /// What a shopper may want to type after `typed`: of each kind at most so many, the best first. What `actor` searched
    /// for of late comes before what others did, is marked, and is shown to nobody else.
    pub fn suggest(&self, typed: &str, kinds: &[(SuggestionKind, usize)], actor: &Actor) -> Vec<Suggestion> {
        understanding::suggest(&self.core.view.load(), typed, kinds, actor)
    }

    /// What is searched for after `query` more often than chance would have it, by several people.
    pub fn related_queries(&self, query: &str, limit: usize) -> Vec<Related> {
        understanding::related(&self.core.view.load(), query, self.core.clock.now(), limit)
    }

    /// A list of what is searched for, for those who run the shop, at most `limit`.
    pub fn listed_queries(&self, list: QueryList, limit: usize) -> Vec<ListedQuery> {
        understanding::listed_queries(&self.core, list, limit)
    }

    /// What happened in the shop in the hours that begin within a span, each with when it begins; hours in which nothing
    /// happened are left out. Hours of the last 400 days are remembered.
    pub fn activity(&self, from: Millis, until: Millis) -> Vec<(Millis, Activity)> {
        let fold = self.core.fold.lock();
        fold.traffic.hours(from, until).map(|(begins, activity)| (begins, activity.clone())).collect()
    }

    /// What the reviews in scope say together.
    pub fn reviews(&self, scope: &ReviewScope, options: &ReviewOptions) -> ReviewReport {
        reviews::report::report(&self.core, scope, options)
    }

    /// Items, brands and topics whose share of negative reviews rose against its own past.
    pub fn review_alerts(&self, options: &AlertOptions) -> ReviewAlerts {
        reviews::alerts::of_shop(&self.core, options)
    }

    /// The shop's synonyms.
    pub fn synonyms(&self) -> SynonymSet {
        self.core.view.load().synonyms.clone()
    }

    /// Puts other synonyms in force; the next search uses them.
    ///
    /// # Errors
    /// More rules than a shop may have, or a document that cannot be written.
    pub fn set_synonyms(&self, rules: Vec<Rule>) -> Result<()> {
        let _one_at_a_time = self.core.deciding.lock();
        synonyms::set(&self.core, rules)
    }

    /// One item.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn item(&self, id: &ItemId) -> Result<Option<Item>> {
        Ok(self.core.store.catalogue().item(id)?)
    }

    /// Items in order of id, after `after`, at most `limit`.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn scan(&self, after: Option<&ItemId>, limit: usize) -> Result<Vec<Item>> {
        Ok(self.core.store.catalogue().scan(after, limit)?)
    }

    /// All items in order of id, `size` at a time. Not of one moment: what changes meanwhile may be seen or not. Ends after
    /// an error, where the catalogue cannot be read.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = Result<Vec<Item>>> {
        self.core.store.catalogue().batches(size).map(|batch| Ok(batch?))
    }

    /// Events from a position on, at most `limit`.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn events(&self, from: Position, limit: usize) -> Result<Vec<LoggedEvent>> {
        let events = self.core.store.read(from).take(limit);
        events.map(|event| Ok(event.map(|(position, event)| LoggedEvent { position, event })?)).collect()
    }

    /// The position after the last event of the log.
    pub fn log_end(&self) -> Position {
        self.core.store.end()
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.core.settings()
    }

    /// Names of all attributes that items have or had, sorted.
    pub fn attributes(&self) -> Vec<Arc<str>> {
        self.core.view.load().searcher.attributes()
    }

    /// Names of the attributes whose words are searched, in order of first sight.
    pub fn searched_attributes(&self) -> Vec<Arc<str>> {
        self.core.view.load().searcher.searched().to_vec()
    }

    /// The values of an attribute that can be counted, the most frequent first, at most `limit`; none where no item has it.
    ///
    /// # Errors
    /// An attribute that cannot be counted.
    pub fn values(&self, attribute: &Arc<str>, limit: usize) -> Result<Vec<Arc<str>>> {
        let searcher = &self.core.view.load().searcher;
        if !searcher.attributes().contains(attribute) {
            return Ok(Vec::new());
        }
        let wanted = types::FacetRequest {
            attribute: Arc::clone(attribute),
            limit,
            disjunctive: false,
            bins: 0,
            under: Vec::new(),
            level: None,
        };
        let facet = searcher.facet(searcher.all(), &wanted)?;
        Ok(facet.values.into_iter().map(|one| one.value).collect())
    }

    /// Where the words of a query, as it was read for an answer, stand in some texts: for each text its bytes and which word,
    /// in order; and the words. `search` says how they were looked for.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn typed_places(
        &self,
        reading: Option<&types::Reading>,
        search: &types::TypedSearch,
        texts: &[&str],
    ) -> Result<TypedPlaces> {
        crate::sources::typed_places(&self.core, reading, search, texts)
    }

    /// Refuses settings that could not be put in force, and says whether the index would be built anew for them. The models that
    /// they name are loaded.
    ///
    /// # Errors
    /// A model that cannot be loaded.
    pub fn check_settings(&self, settings: &Settings) -> Result<bool> {
        settings.encoders.iter().try_for_each(|id| self.core.encoders.get(id).map(drop))?;
        if settings.reviews_model != self.core.settings().reviews_model {
            settings.reviews_model.as_ref().map(|id| self.core.encoders.polarity(id)).transpose()?;
        }
        if settings.tagger != self.core.settings().tagger {
            settings.tagger.as_ref().map(|id| self.core.encoders.load_tagger(id)).transpose()?;
        }
        let cross_encoder = |settings: &Settings| settings.cross_encoder.as_ref().map(|read| Arc::clone(&read.model));
        if let Some(id) = cross_encoder(settings).filter(|id| cross_encoder(&self.core.settings()).as_ref() != Some(id))
        {
            self.core.encoders.load_cross_encoder(&id).map_err(|error| {
                tracing::warn!(model = %id, error = &error as &dyn std::error::Error, "a cross-encoder cannot be used");
                let expected = "the id of a cross-encoder that this server has";
                Error::Field(types::FieldError::new("value_invalid", "cross_encoder.model", expected, &*id))
            })?;
        }
        if settings.pictures != self.core.settings().pictures {
            settings.pictures.as_ref().map(|id| self.core.encoders.space(id)).transpose()?;
        }
        Ok(rebuild::is_needed(&self.core.settings(), settings))
    }

    /// Puts other settings in force. Where they want another index (other encoders, other searched attributes), it is
    /// built beside the live one and swapped in with them when it is complete; the call returns at once, and until
    /// then the old settings hold.
    ///
    /// # Errors
    /// What [`Shop::check_settings`] refuses, or a document that cannot be written.
    pub fn set_settings(&self, settings: Settings) -> Result<()> {
        let needs_rebuild = self.check_settings(&settings)?;
        let old = self.core.settings();
        let json = formats::json::settings_to_json(&settings).to_string();
        if needs_rebuild {
            self.core.store.documents().put(rebuild::SETTINGS_NEXT, json.as_bytes())?;
            self.resume_rebuild();
            return Ok(());
        }
        self.core.store.documents().put(rebuild::SETTINGS, json.as_bytes())?;
        let encoded_differ = old.encoded != settings.encoded;
        self.core.publish(|view| view.settings = Arc::new(settings));
        if encoded_differ {
            let rows = self.core.view.load().searcher.all().clone();
            self.core.embed.add(rows.iter());
        }
        Ok(())
    }

    /// Begins to build the index for settings that wait for one, now or since before a restart. One build at a time:
    /// a running one is told to stop first.
    fn resume_rebuild(&self) {
        self.spawn("rebuild", |core, closing| {
            let ended = rebuild::run_waiting(&core, &closing);
            if let Err(error) = ended {
                tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "an index could not be rebuilt");
            }
        });
    }

    #[cfg(test)]
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Figures about the shop.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn stats(&self) -> Result<ShopStats> {
        let (core, counters) = (&self.core, &self.core.counters);
        let index = core.live_index().stats();
        Ok(ShopStats {
            items: core.store.catalogue().count(),
            events: core.store.end().0 - core.store.first().0,
            actors: core.view.load().features.actors(),
            embeddings_pending: core.embed.pending(),
            rebuild: rebuild::progress(core)?,
            index_lag: index.words_pending,
            lexicon_lag: core.keeper.lag(),
            vectors_scanned: index.vectors_scanned,
            disk_bytes: core.store.disk_bytes(),
            searches: counters.searches.load(Ordering::Relaxed),
            searches_empty: counters.searches_empty.load(Ordering::Relaxed),
        })
    }

    /// Blocks until every accepted item is searchable by words and by vectors, and queries are read with the catalogue's words; `progress` is called from time to time
    /// with embeddings done and in all, and stops the wait by returning `false`.
    ///
    /// # Errors
    /// Where the word index cannot be committed.
    pub fn wait_until_current(&self, progress: &mut dyn FnMut(Progress) -> bool) -> Result<()> {
        maintainer::commit(&self.core)?;
        understanding::refresh(&self.core)?;
        let mut total = 0;
        loop {
            let pending = self.core.embed.pending() as u64;
            total = total.max(pending);
            if pending == 0 || !progress(Progress { done: total - pending, total }) {
                return maintainer::commit(&self.core);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Blocks until every accepted item is searchable by words.
    ///
    /// # Errors
    /// Where the word index cannot be committed.
    pub fn commit_words(&self) -> Result<()> {
        maintainer::commit(&self.core)
    }

    /// Vectors of all current items, to be kept as an artefact and given to [`Shop::import_vectors`] elsewhere.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn export_vectors(&self) -> Result<Vec<u8>> {
        embedder::export(&self.core)
    }

    /// Puts exported vectors into the cache, so that the texts they belong to need not be encoded again. Vectors of
    /// other encoders or versions are never asked for and do no harm. Says how many there were.
    ///
    /// # Errors
    /// Bytes that are no export, or a store that cannot be written.
    pub fn import_vectors(&self, bytes: &[u8]) -> Result<usize> {
        embedder::import(&self.core, bytes)
    }

    /// What the shop's image encoder sees in a picture (JPEG, PNG or WebP): append it to an item with a patch. The
    /// picture itself is kept nowhere.
    ///
    /// # Errors
    /// A user's error where it cannot be read as a picture or is too large, or where the shop keeps no vectors of pictures.
    pub fn see_picture(&self, picture: &[u8]) -> Result<Picture> {
        pictures::see(&self.core, picture)
    }

    /// Whether an item's picture is what the shop's image encoder sees in these bytes, as far as can be told without
    /// looking.
    pub fn has_seen(&self, known: &Picture, picture: &[u8]) -> bool {
        pictures::has_seen(&self.core, known, picture)
    }

    /// Groups of items whose pictures are the same or nearly so: at least `cosine` between each and some other of its
    /// group. Largest first. Compares every picture with every other: some milliseconds an item in a large shop.
    ///
    /// # Errors
    /// Where the shop keeps no vectors of pictures.
    pub fn duplicate_pictures(&self, cosine: f32) -> Result<Vec<Vec<ItemId>>> {
        pictures::duplicates(&self.core, cosine)
    }

    /// Replays the log from zero beside the live state and tells every difference found, in words; empty where derived
    /// state equals the replay. Appends wait meanwhile.
    ///
    /// # Errors
    /// Where the log or the catalogue cannot be read.
    pub fn verify(&self) -> Result<Vec<String>> {
        verify::differences(&self.core)
    }

    /// Stops taking events, lets what was accepted be folded in, writes checkpoints and ends the threads.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        // With the last sender gone the writer ends, with it the folder, and then the maintainer, after a last checkpoint.
        drop(self.jobs.lock().take());
        self.core.embed.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!(shop = %self.core.id, "a thread of the shop had panicked");
            }
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.close();
    }
}
