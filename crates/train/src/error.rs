/// What can go wrong in training.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The weights lack a tensor that the network needs.
    #[error("the weights lack `{name}`")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("`{name}` has the shape {got}, expected {expected}")]
    TensorShape {
        /// Its name.
        name: String,
        /// The shape that follows from the configuration.
        expected: String,
        /// The shape it has.
        got: String,
    },
    /// The model cannot be read or run.
    #[error(transparent)]
    Model(#[from] neural::Error),
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
