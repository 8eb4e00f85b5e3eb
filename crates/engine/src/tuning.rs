//! The numbers a search is scored with, all together: to be tried, and to be put in force.

use std::collections::BTreeMap;
use std::sync::Arc;

use types::{
    AttributeSettings, FieldWeights, Fusion, Lexical, Request, Retrieval, Settings, ValueKind, well_known_kind,
};

use crate::pipeline::{self, SearchCase};
use crate::{Result, Shop};

/// The numbers a search is scored with.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tuning {
    /// Weights of the attributes that are searched by words.
    pub fields: Vec<(Arc<str>, f32)>,
    /// What is added where words decide.
    pub lexical: Lexical,
    /// How words and vectors are weighed.
    pub fusion: Fusion,
    /// Share of the best possible match under which a result is cut off.
    pub cutoff: f32,
}

impl Tuning {
    /// The weight of an attribute, where it has one here.
    pub fn field(&self, name: &str) -> Option<f32> {
        self.fields.iter().find(|(known, _)| **known == *name).map(|(_, weight)| *weight)
    }

    /// Makes a request use these numbers in place of the shop's.
    pub fn put_on(&self, retrieval: &mut Retrieval) {
        retrieval.fields = FieldWeights(self.fields.clone());
        retrieval.lexical = Some(self.lexical);
        retrieval.fusion = Some(self.fusion);
        retrieval.cutoff = Some(self.cutoff);
    }

    /// Writes these numbers into settings; weights that attributes have anyway are not written. An attribute needs its type
    /// for that: where `kinds` has none, its weight stays as it is.
    pub fn put_in(&self, settings: &mut Settings, kinds: &BTreeMap<Arc<str>, ValueKind>) {
        (settings.lexical, settings.fusion, settings.cutoff) = (self.lexical, self.fusion, self.cutoff);
        for (name, weight) in &self.fields {
            let declared = settings.attributes.get(name).copied();
            let kind =
                declared.map(|own| own.kind).or_else(|| well_known_kind(name)).or_else(|| kinds.get(name).copied());
            let Some(kind) = kind else { continue };
            let own = declared.unwrap_or_else(|| AttributeSettings::default_for(name, kind));
            if own.weight != *weight {
                settings.attributes.insert(Arc::clone(name), AttributeSettings { kind, weight: *weight });
            }
        }
    }
}

/// Items looked at for the types of attributes.
const ITEMS_LOOKED_AT: usize = 5_000;

impl Shop {
    /// Takes a search apart, to be ordered again under other numbers.
    ///
    /// # Errors
    /// As [`Shop::answer`].
    pub fn search_case(&self, request: &Request) -> Result<SearchCase> {
        pipeline::case(&self.core, &self.core.view.load(), request)
    }

    /// The numbers that a request would be scored with.
    ///
    /// # Errors
    /// Where the word index cannot be read.
    pub fn tuning(&self, request: &Request) -> Result<Tuning> {
        pipeline::in_force(&self.core.view.load(), request)
    }

    /// The settings with these numbers in them; [`Shop::set_settings`] puts them in force.
    ///
    /// # Errors
    /// Where the catalogue cannot be read.
    pub fn tuned_settings(&self, tuning: &Tuning) -> Result<Settings> {
        let mut kinds = BTreeMap::new();
        for item in self.scan(None, ITEMS_LOOKED_AT)? {
            for (name, value) in &item.attributes {
                kinds.entry(Arc::clone(name)).or_insert_with(|| value.kind());
            }
        }
        let mut settings = Settings::clone(&self.settings());
        tuning.put_in(&mut settings, &kinds);
        Ok(settings)
    }
}
