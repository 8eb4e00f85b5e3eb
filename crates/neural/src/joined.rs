use std::sync::Arc;

use crate::{Encoder, QueryCache, Result};

/// By how much every vector behind the first is made shorter. Vectors of e5-small lie within half as wide a cone as most; on
/// 150 intents anything from .3 to .7 did as well.
const BEHIND: f32 = 0.5;

/// Several encoders whose vectors of a text are put one behind the other and read as one, by what is fitted to such
/// vectors. Encoders know different things: intents are read better from both default ones than from either, in Chinese
/// too, though one of them was trained on English alone (`docs/benchmarks.md`).
#[derive(Clone)]
pub struct JoinedEncoders {
    encoders: Vec<Arc<Encoder>>,
    version: String,
}

impl JoinedEncoders {
    /// These, in this order, which matters; one alone gives its own vectors.
    pub fn new(encoders: Vec<Arc<Encoder>>) -> Self {
        let versions: Vec<&str> = encoders.iter().map(|encoder| encoder.version()).collect();
        Self { version: versions.join("+"), encoders }
    }

    /// Those of `encoders` that `version` names, in its order; `None` where one is not there.
    pub fn of_version(version: &str, encoders: &[Arc<Encoder>]) -> Option<Self> {
        let named = |version: &str| encoders.iter().find(|encoder| encoder.version() == version).map(Arc::clone);
        version.split('+').map(named).collect::<Option<Vec<_>>>().map(Self::new)
    }

    /// The versions of all, which what is fitted to their vectors must be told by.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The encoders.
    pub fn encoders(&self) -> &[Arc<Encoder>] {
        &self.encoders
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.encoders.iter().map(|encoder| encoder.dims()).sum()
    }

    /// The vector of a query. Those that `cache` does not hold are computed side by side and kept, so that searching with
    /// the same encoders afterwards costs no second run.
    ///
    /// # Errors
    /// Where an encoder fails.
    pub fn encode_query(&self, cache: &QueryCache, text: &str) -> Result<Vec<f32>> {
        let vectors = cache.get_or_encode_with_all(&self.encoders, text)?;
        let mut joined = Vec::with_capacity(self.dims());
        for (place, vector) in vectors.iter().enumerate() {
            let scale = if place == 0 { 1.0 } else { BEHIND };
            joined.extend(vector.iter().map(|number| scale * number));
        }
        Ok(joined)
    }
}
