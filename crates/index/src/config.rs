use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use types::{Analyzer, AttributeSettings, ValueKind};

/// What an index is made with.
#[derive(Clone)]
pub struct IndexConfig {
    /// Turns texts and queries into terms.
    pub analyzer: Arc<dyn Analyzer>,
    /// Attributes the shop declared; others are treated by [`AttributeSettings::default_for`]. A weight of 0 keeps an
    /// attribute out of word search.
    pub attributes: BTreeMap<Arc<str>, AttributeSettings>,
    /// Whether words are kept as they are written too, so that [`crate::Searcher::search_typed`] finds words by their
    /// beginnings and past slips.
    pub typed: bool,
    /// Encoders whose vectors items have.
    pub encoders: Vec<EncoderConfig>,
}

/// An encoder, as far as the index needs to know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EncoderConfig {
    /// Its id.
    pub id: Arc<str>,
    /// Says which network it is: vectors of different versions cannot be compared.
    pub version: Arc<str>,
    /// Length of its vectors.
    pub dimensions: usize,
}

impl IndexConfig {
    /// An index of words alone, every attribute treated by its default.
    pub fn new(analyzer: Arc<dyn Analyzer>) -> Self {
        Self { analyzer, attributes: BTreeMap::new(), typed: false, encoders: Vec::new() }
    }

    /// The weight of an attribute in word search.
    pub fn weight(&self, attribute: &str, kind: ValueKind) -> f32 {
        let declared = self.attributes.get(attribute).copied();
        declared.unwrap_or_else(|| AttributeSettings::default_for(attribute, kind)).weight
    }

    /// What must be equal for files on disk to be usable: the analyzer, the encoders and which attributes are
    /// searched. Weights may change freely, they only count at query time.
    pub(crate) fn digest(&self) -> String {
        use std::fmt::Write as _;
        // The second number is that of the word index's own schema.
        let mut digest = format!("analyzer={}\nwords=2", self.analyzer.version());
        if self.typed {
            digest.push_str("\ntyped");
        }
        for encoder in &self.encoders {
            let _ = write!(digest, "\nencoder={} {} {}", encoder.id, encoder.version, encoder.dimensions);
        }
        for (name, settings) in &self.attributes {
            let searched = settings.weight > 0.0;
            if searched != (AttributeSettings::default_for(name, settings.kind).weight > 0.0) {
                let _ = write!(digest, "\nattribute={name} {searched}");
            }
        }
        digest
    }
}

impl fmt::Debug for IndexConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digest())
    }
}
