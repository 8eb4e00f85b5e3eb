/// Why a file's weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsFault {
    /// Reading a pickle runs whatever code is in it, so it is never opened.
    #[error("is a pickle, and reading one runs the code in it: convert it to safetensors first")]
    Pickle,
    /// A format of language models.
    #[error("is a GGUF file: expected safetensors, or ONNX written by Mercato")]
    Gguf,
    /// There is nothing to read.
    #[error("has no weights: expected `model.safetensors` beside `config.json`, or `model.json`")]
    Absent,
    /// A safetensors file lies about itself.
    #[error("is not a sound safetensors file: {fault}")]
    Safetensors {
        /// What is wrong.
        fault: String,
    },
    /// An ONNX file cannot be read.
    #[error("is not an ONNX file that weights can be read from: {fault}")]
    Onnx {
        /// What is wrong.
        fault: String,
    },
    /// JSON that is not what it should be.
    #[error("is not what it should be")]
    Json(#[from] serde_json::Error),
    /// Another kind of network.
    #[error("`{field}` is {got}, expected {expected}")]
    Config {
        /// Field of the configuration.
        field: &'static str,
        /// What can be read.
        expected: String,
        /// What it says.
        got: String,
    },
    /// A tensor is not there.
    #[error("lacks the tensor `{name}`")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("`{name}` has the shape {got}, expected {expected}")]
    Shape {
        /// Its name.
        name: String,
        /// The shape that follows from the configuration.
        expected: String,
        /// The shape it has.
        got: String,
    },
    /// A tensor is kept in numbers that are not understood.
    #[error("`{name}` is kept as {got}, expected {expected}")]
    Numbers {
        /// Its name.
        name: String,
        /// What is understood.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// A tensor holds something that is not a number.
    #[error("`{name}` holds {got} at place {at}, expected finite numbers")]
    NotFinite {
        /// Its name.
        name: String,
        /// Where.
        at: usize,
        /// What stands there.
        got: f32,
    },
}
