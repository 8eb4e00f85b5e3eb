use types::FieldError;

/// What can go wrong, split by whose fault it is: [`Error::is_user`] tells the caller's from ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value was refused.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// There is no such shop.
    #[error("there is no shop called `{0}`")]
    UnknownShop(String),
    /// A shop of this name exists already.
    #[error("a shop called `{0}` exists already")]
    ShopExists(String),
    /// A filter, facet or sort names an attribute no item ever had.
    #[error("no item has an attribute called `{attribute}`; known: {known}")]
    UnknownAttribute {
        /// The name asked for.
        attribute: String,
        /// Names that exist, joined by commas.
        known: String,
    },
    /// A cursor that this shop did not give out, or of a view that is gone.
    #[error("the cursor is not valid any more; start again without it")]
    StaleCursor,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The index failed.
    #[error("the index failed")]
    Index(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An encoder could not be loaded or run.
    #[error("the encoder `{encoder}` failed")]
    Encoder {
        /// Its id.
        encoder: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A recommender could not be trained.
    #[error("`{model}` could not be trained: {source}")]
    Training {
        /// The method.
        model: &'static str,
        /// Why.
        source: learn::recommend::FitError,
    },
    /// There is no such version of a trained recommender.
    #[error("there is no version {version} of the recommender for `{kind}`; versions: {known:?}")]
    UnknownRecommender {
        /// What it would recommend.
        kind: &'static str,
        /// The version asked for.
        version: u32,
        /// Versions there are.
        known: Vec<u32>,
    },
    /// A trained recommender cannot be used in this shop.
    #[error("version {version} of the recommender for `{kind}` cannot be used: {why}")]
    UnfitRecommender {
        /// What it would recommend.
        kind: &'static str,
        /// Its version.
        version: u32,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such version of a trained ranker.
    #[error("there is no version {version} of the ranker for `{kind}`; versions: {known:?}")]
    UnknownRanker {
        /// What it would score.
        kind: &'static str,
        /// The version asked for.
        version: u32,
        /// Versions there are.
        known: Vec<u32>,
    },
    /// A trained ranker cannot be used in this shop.
    #[error("version {version} of the ranker for `{kind}` cannot be used: {why}")]
    UnfitRanker {
        /// What it would score.
        kind: &'static str,
        /// Its version.
        version: u32,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such experiment.
    #[error("there is no experiment called `{id}`")]
    UnknownExperiment {
        /// The name asked for.
        id: String,
    },
    /// There is no such cart, or none any more.
    #[error("there is no such cart; it may have expired or been cancelled")]
    UnknownCart,
    /// The shop keeps as many carts as it may.
    #[error("the shop keeps {most} carts, the most it may")]
    TooManyCarts {
        /// How many it may keep.
        most: usize,
    },
    /// Thousands of appends wait for the writer already; try again in a moment.
    #[error("the shop takes in more events than it can write just now")]
    Busy,
    /// The engine is shutting down.
    #[error("the shop is closing")]
    Closing,
}

impl Error {
    /// Whether the caller can mend it by asking differently.
    pub fn is_user(&self) -> bool {
        match self {
            Self::Field(_)
            | Self::UnknownShop(_)
            | Self::ShopExists(_)
            | Self::UnknownAttribute { .. }
            | Self::UnknownRecommender { .. }
            | Self::UnfitRecommender { .. }
            | Self::UnknownRanker { .. }
            | Self::UnfitRanker { .. }
            | Self::UnknownExperiment { .. }
            | Self::UnknownCart
            | Self::StaleCursor => true,
            Self::Training { source, .. } => !matches!(source, learn::recommend::FitError::Diverged { .. }),
            Self::Store(_)
            | Self::Index(_)
            | Self::Encoder { .. }
            | Self::Busy
            | Self::Closing
            | Self::TooManyCarts { .. } => false,
        }
    }

    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code,
            Self::UnknownShop(_) => "unknown_shop",
            Self::ShopExists(_) => "shop_exists",
            Self::UnknownAttribute { .. } => "unknown_attribute",
            Self::StaleCursor => "stale_cursor",
            Self::Store(_) => "store_failed",
            Self::Index(_) => "index_failed",
            Self::Encoder { .. } => "encoder_failed",
            Self::Training { source, .. } => match source {
                learn::recommend::FitError::Nothing { .. } => "training_data_missing",
                learn::recommend::FitError::Memory { .. } => "training_memory",
                learn::recommend::FitError::Diverged { .. } => "training_diverged",
                learn::recommend::FitError::Cancelled => "training_cancelled",
            },
            Self::UnknownRecommender { .. } => "unknown_recommender",
            Self::UnfitRecommender { .. } => "recommender_unfit",
            Self::UnknownRanker { .. } => "unknown_ranker",
            Self::UnfitRanker { .. } => "ranker_unfit",
            Self::UnknownExperiment { .. } => "unknown_experiment",
            Self::UnknownCart => "unknown_cart",
            Self::TooManyCarts { .. } => "carts_full",
            Self::Busy => "overloaded",
            Self::Closing => "closing",
        }
    }
}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Self {
        match error {
            index::Error::UnknownAttribute { attribute, known } => {
                Self::UnknownAttribute { attribute: attribute.to_string(), known }
            }
            index::Error::UnsuitedAttribute { attribute, kind, wanted } => {
                let expected = format!("an attribute that can be {wanted}");
                Self::Field(FieldError::new("attribute_unsuited", &*attribute, expected, format!("type {kind}")))
            }
            other => Self::Index(Box::new(other)),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
