//! Trainings of recommenders and rankers in the background: one at a time in a process, because each plans with all the memory it may
//! take; asked for over HTTP, or due by the schedule.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use engine::{
    Engine, ModelKind, ModelOrder, ModelTrainer, Promote, RankerKind, RankerOrder, Shop, Trained, TrainingOrder,
};
use parking_lot::Mutex;
use types::{Clock, Millis, RecommendKind};

use crate::error::{ApiError, ApiResult};

/// When recommenders and rankers are trained anew without being asked.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// Time between two trainings of a shop's kind.
    pub every: Duration,
    /// Shops; empty takes every one.
    pub shops: Vec<String>,
    /// Recommenders that are trained; the best of the models is kept.
    pub kinds: Vec<RecommendKind>,
    /// Rankers that are trained.
    pub rankers: Vec<RankerKind>,
    /// Methods by name, or `all`.
    pub models: Vec<String>,
    /// Days on which models are compared.
    pub holdout_days: u32,
    /// Bytes a training may take; `None` takes most of what is free.
    pub memory: Option<u64>,
    /// Threads of a training; 0 takes half of the cores, so that requests have the others.
    pub threads: usize,
    /// When a new model is put in force.
    pub promote: Promote,
}

impl Refresh {
    /// What is trained, and how.
    fn orders(&self) -> Vec<ModelOrder> {
        let threads = background_threads(self.threads);
        let recommender = |kind: &RecommendKind| TrainingOrder {
            models: self.models.clone(),
            holdout_days: self.holdout_days,
            memory: self.memory,
            threads,
            promote: self.promote,
            ..TrainingOrder::new(*kind)
        };
        let ranker = |kind: &RankerKind| RankerOrder { threads, promote: self.promote, ..RankerOrder::new(*kind) };
        let recommenders = self.kinds.iter().map(recommender).map(ModelOrder::Recommender);
        recommenders.chain(self.rankers.iter().map(ranker).map(ModelOrder::Ranker)).collect()
    }
}

/// Threads of a training in the background: half of the cores where nobody says.
pub(crate) fn background_threads(said: usize) -> usize {
    let half = || std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
    if said == 0 { half() } else { said }
}

/// Who wanted a training.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    Request,
    Schedule,
}

impl By {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Schedule => "schedule",
        }
    }
}

/// The last training of each shop, one for its recommenders and one for each kind of ranker, and who carries them out.
pub(crate) struct Trainings {
    trainer: Option<Arc<dyn ModelTrainer>>,
    /// By shop and by [`ModelKind::path`].
    last: Mutex<BTreeMap<(String, &'static str), Arc<Training>>>,
}

/// A training, under way or over.
pub(crate) struct Training {
    pub(crate) kind: ModelKind,
    /// Methods of a recommender; nothing for a ranker.
    pub(crate) models: Vec<String>,
    pub(crate) by: By,
    pub(crate) began: Millis,
    clock: Instant,
    cancelled: AtomicBool,
    state: Mutex<State>,
}

/// How a training stands.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Which step, and how much of it is done.
    Running {
        step: String,
        done: f64,
    },
    Finished {
        trained: Box<Trained>,
        seconds: f64,
    },
    Failed {
        message: String,
        seconds: f64,
    },
    Cancelled {
        seconds: f64,
    },
}

impl Training {
    /// How it stands now.
    pub(crate) fn state(&self) -> State {
        self.state.lock().clone()
    }

    /// Whether somebody wants it to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Seconds since it began.
    pub(crate) fn seconds(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    fn is_running(&self) -> bool {
        matches!(*self.state.lock(), State::Running { .. })
    }
}

impl Trainings {
    /// None so far.
    pub(crate) fn new(trainer: Option<Arc<dyn ModelTrainer>>) -> Self {
        Self { trainer, last: Mutex::default() }
    }

    /// The last training of a shop's models below `path`.
    pub(crate) fn of(&self, shop: &str, path: &'static str) -> Option<Arc<Training>> {
        self.last.lock().get(&(shop.to_owned(), path)).cloned()
    }

    /// Whether one is under way in a shop.
    pub(crate) fn is_running(&self, shop: &str) -> bool {
        self.last.lock().iter().any(|((of, _), training)| of == shop && training.is_running())
    }

    /// Begins a training on a thread of its own.
    ///
    /// # Errors
    /// 409 where one is under way, and a refused field of the order.
    pub(crate) fn begin(&self, shop: &Arc<Shop>, order: ModelOrder, by: By, now: Millis) -> ApiResult<Arc<Training>> {
        order.check()?;
        let Some(trainer) = self.trainer.clone() else {
            return Err(ApiError::unknown("training_off", "this server was built without training"));
        };
        let mut all = self.last.lock();
        if let Some(((other, path), _)) = all.iter().find(|(_, training)| training.is_running()) {
            let message = format!("a training is under way at `/v1/{other}/{path}/train`; one at a time");
            return Err(ApiError::new(StatusCode::CONFLICT, "training_running", message).retry_after(10));
        }
        let training = Arc::new(Training {
            kind: order.kind(),
            models: match &order {
                ModelOrder::Recommender(order) => order.models.clone(),
                ModelOrder::Ranker(_) => Vec::new(),
            },
            by,
            began: now,
            clock: Instant::now(),
            cancelled: AtomicBool::new(false),
            state: Mutex::new(State::Running { step: "beginning".to_owned(), done: 0.0 }),
        });
        let (shop, told) = (Arc::clone(shop), Arc::clone(&training));
        let place = (shop.id().to_string(), training.kind.path());
        let work = move || {
            // A panic in a method must not leave the training under way for ever.
            let run = std::panic::AssertUnwindSafe(|| run(&*trainer, &shop, &order, &told));
            let ended = std::panic::catch_unwind(run).unwrap_or_else(|panic| State::Failed {
                message: format!("panic: {}", crate::gate::payload_text(panic.as_ref())),
                seconds: told.seconds(),
            });
            tell(&shop, &told, &ended);
            *told.state.lock() = ended;
        };
        let spawned = std::thread::Builder::new().name("training".to_owned()).spawn(work);
        spawned.map_err(|error| ApiError::internal(error.to_string()))?;
        all.insert(place, Arc::clone(&training));
        Ok(training)
    }

    /// Tells the training of a shop's models below `path` to stop, where one is under way; it does within a second or so.
    pub(crate) fn cancel(&self, shop: &str, path: &'static str) -> Option<Arc<Training>> {
        let training = self.of(shop, path).filter(|training| training.is_running())?;
        training.cancelled.store(true, Ordering::Relaxed);
        Some(training)
    }

    /// Tells all to stop: the server is closing.
    pub(crate) fn cancel_all(&self) {
        self.last.lock().values().for_each(|training| training.cancelled.store(true, Ordering::Relaxed));
    }
}

fn run(trainer: &dyn ModelTrainer, shop: &Shop, order: &ModelOrder, training: &Training) -> State {
    let mut watch = |step: &str, done: f64| {
        *training.state.lock() = State::Running { step: step.to_owned(), done };
        !training.is_cancelled()
    };
    let trained = trainer.train(shop, order, &mut watch);
    let seconds = training.seconds();
    match trained {
        Ok(trained) => State::Finished { trained: Box::new(trained), seconds },
        Err(_) if training.is_cancelled() => State::Cancelled { seconds },
        Err(error) => State::Failed { message: error.to_string(), seconds },
    }
}

fn tell(shop: &Shop, training: &Training, ended: &State) {
    let (shop, model, kind) = (shop.id(), training.kind.path(), training.kind.name());
    match ended {
        State::Finished { trained, seconds } => {
            let Trained { version, promoted, .. } = **trained;
            tracing::info!(%shop, model, kind, seconds, version, promoted, "trained");
        }
        State::Failed { message, .. } => tracing::error!(%shop, model, kind, message, "a training failed"),
        State::Cancelled { .. } | State::Running { .. } => {
            tracing::info!(%shop, model, kind, "a training was cancelled")
        }
    }
}

/// How often the schedule is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Trains what is due until the server closes.
pub(crate) fn keep_fresh(
    engine: &Engine,
    trainings: &Trainings,
    refresh: &Refresh,
    clock: &dyn Clock,
    closing: &AtomicBool,
) {
    // When each kind of each shop is due; what was begun and failed is not tried again before it is due again.
    let mut due: BTreeMap<(String, &'static str, &'static str), Millis> = BTreeMap::new();
    let orders = refresh.orders();
    let every = i64::try_from(refresh.every.as_millis()).unwrap_or(i64::MAX);
    while !closing.load(Ordering::Relaxed) {
        for id in engine.shops() {
            if !refresh.shops.is_empty() && !refresh.shops.iter().any(|shop| shop == id.as_str()) {
                continue;
            }
            let Ok(shop) = engine.shop(id.as_str()) else { continue };
            for order in &orders {
                let (now, kind) = (clock.now(), order.kind());
                let due = due.entry((id.to_string(), kind.path(), kind.name()));
                let due = due.or_insert_with(|| first_due(&shop, kind, every));
                // Somebody may have trained it meanwhile; what it says on the disk is only read where it counts.
                if *due <= now {
                    *due = first_due(&shop, kind, every).max(*due);
                }
                // Where another one is under way it is tried again at the next look.
                if *due <= now && trainings.begin(&shop, order.clone(), By::Schedule, now).is_ok() {
                    *due = Millis(now.0.saturating_add(every));
                }
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
    trainings.cancel_all();
}

/// When the newest version is old enough; the beginning of time where there is none.
fn first_due(shop: &Shop, kind: ModelKind, every: i64) -> Millis {
    let made: Vec<Millis> = match kind {
        ModelKind::Recommender(kind) => {
            shop.recommender_versions(kind).unwrap_or_default().iter().map(|version| version.made).collect()
        }
        ModelKind::Ranker(kind) => {
            shop.ranker_versions(kind).unwrap_or_default().iter().map(|version| version.made).collect()
        }
    };
    let newest = made.into_iter().map(|made| made.0).max();
    Millis(newest.map_or(i64::MIN, |newest| newest.saturating_add(every)))
}
