use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{FieldError, FieldWeights, Millis, PictureQuery, Request, Retrieval, RetrievalMethod, Surface};
use utoipa::ToSchema;

use super::UnderstandingBody;
use super::parts::{self, Asked, FacetBody, SortBody};

/// Longest query, in bytes: longer than anything a shopper types, short enough to encode at once.
const QUERY_BYTES_MAX: usize = 2048;
const RETRIEVAL_DEPTH_MAX: usize = 10_000;

/// A search.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SearchBody {
    /// What was typed, in any language; empty browses the catalogue. At most 2,048 bytes.
    #[schema(example = "waterproof hiking boots")]
    pub(crate) query: String,
    /// A picture (JPEG, PNG or WebP, in base64) to search with: alone where nothing is typed, else beside the words. A
    /// search takes 256 KiB in all; `POST /v1/{shop}/pictures/search` takes 12 MiB.
    pub(crate) picture: Option<String>,
    /// The picture's part in the score beside words, 0 to 1; 0.5 where not said.
    pub(crate) picture_weight: Option<f64>,
    /// What may be shown, such as `brand = "Sony" and price < 200 and not category under "Toys"`.
    #[schema(example = "price < 200 and available = true")]
    pub(crate) filter: Option<String>,
    /// Facets to count, over the whole answer.
    pub(crate) facets: Vec<FacetBody>,
    /// Order other than by relevance, first key first.
    pub(crate) sort: Vec<SortBody>,
    /// Whether variants of one group are shown as one.
    pub(crate) group: bool,
    /// Items to skip; offset + limit is at most 10,000.
    pub(crate) offset: usize,
    /// Items to return, 1 to 1000; 20 where not said.
    pub(crate) limit: Option<usize>,
    /// The `next` of the page before; stable while writes go on.
    pub(crate) cursor: Option<String>,
    /// `hybrid` (words and meaning, the default), `lexical` or `dense`.
    #[schema(example = "hybrid")]
    pub(crate) method: Option<String>,
    /// Fusion weights by retriever (`words` or an encoder), 0 to 1000; by default every query chooses its own.
    pub(crate) weights: BTreeMap<String, f64>,
    /// Weights of text attributes, 0 to 1000, over the shop's.
    pub(crate) fields: BTreeMap<String, f64>,
    /// Candidates a retriever brings, 1 to 10,000; 200 where not said.
    pub(crate) depth: Option<usize>,
    /// Share of the best possible match under which results are cut off, 0 to 1.
    pub(crate) cutoff: Option<f64>,
    /// How the query is understood.
    pub(crate) understanding: UnderstandingBody,
    /// The shopper, as the shop knows them.
    pub(crate) user: Option<String>,
    /// A guest, recognised by a cookie or a device.
    pub(crate) anonymous: Option<String>,
    /// The visit.
    pub(crate) session: Option<String>,
    /// Whether what is known of the shopper moves the order; yes where one is named.
    pub(crate) personalise: Option<bool>,
    /// Items the shopper is looking at.
    pub(crate) items: Vec<String>,
    /// Items never to show.
    pub(crate) exclude: Vec<String>,
    /// Pins, boosts, buries and hides of this search alone: `{"boost": {"filter": "brand = \"Sony\"", "factor": 2}}`.
    #[schema(value_type = Vec<Object>)]
    pub(crate) rules: Vec<Value>,
    /// Whether the shop's curations have a say; yes where not said.
    pub(crate) curated: Option<bool>,
    /// Ids of curations that are to have their say whatever their time, by their draft where there is one; at most 100. Needs a
    /// key that writes.
    pub(crate) preview: Vec<String>,
    /// Whether items that cannot be bought are shown too.
    pub(crate) include_unavailable: bool,
    /// Whether items the shopper has bought or seen are left out.
    pub(crate) exclude_seen: bool,
    /// Variety against relevance, 0 to 1; the shop's where not said.
    pub(crate) diversity: Option<f64>,
    /// What the answer is ordered anew for, each 0 to 1: `popularity` (less of what is popular), `calibration` (to the
    /// shopper's own mix), `dpp` (variety), `exposure` (balanced between sellers), `long_tail` (its least share); `protected`, a
    /// `filter` and the least `share` of its items; and `caps`, such as `{"by": "brand", "most": 2, "among": 10}`. The shop's
    /// where not said.
    #[schema(value_type = Option<Object>, example = json!({"dpp": 0.3, "caps": [{"by": "brand", "most": 2, "among": 10}]}))]
    pub(crate) reranking: Option<Value>,
    /// Text attributes of which the best matching part is returned marked, beside the whole title; at most 8.
    pub(crate) snippets: Vec<String>,
    /// Whether every item explains itself.
    pub(crate) explain: bool,
    /// The shop's own segment of the shopper, for targets of experiments; at most 64 characters.
    pub(crate) segment: Option<String>,
    /// Whether the shop's cross-encoder reads the best results once more, where it has one; yes where not said.
    pub(crate) cross_encoder: Option<bool>,
    /// What the answer is looked at on: `desktop`, `tablet` or `phone`.
    pub(crate) device: Option<String>,
    /// `search` where not said; otherwise `home`, `product`, `cart` or `after-purchase`.
    pub(crate) surface: Option<String>,
    /// Whether the answer is logged as shown; yes where not said.
    pub(crate) record: Option<bool>,
    /// Seed of whatever chance the ranking uses.
    pub(crate) seed: u64,
}

impl SearchBody {
    /// Checks everything and makes the request; `now` is the time it is asked.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first field that is wrong.
    pub(crate) fn into_asked(self, now: Millis) -> Result<Asked, FieldError> {
        if self.query.len() > QUERY_BYTES_MAX {
            let (expected, got) = ("at most 2048 bytes", format!("{} bytes", self.query.len()));
            return Err(FieldError::new("query_too_long", "query", expected, got));
        }
        let actor = parts::actor(self.user.as_deref(), self.anonymous.as_deref(), self.session.as_deref())?;
        let surface = match &self.surface {
            Some(name) => parts::named(
                "surface",
                name,
                Surface::from_name,
                &Surface::ALL.iter().map(|one| one.name()).collect::<Vec<_>>(),
            )?,
            None => Surface::Search,
        };
        let retrieval = self.retrieval()?;
        let picture = self.picture()?;
        let diversity = self.diversity.map(|number| parts::number("diversity", number, 0.0, 1.0)).transpose()?;
        let request = Request {
            surface,
            segment: parts::segment(self.segment.as_deref())?,
            device: parts::device(self.device.as_deref())?,
            personalise: self.personalise.unwrap_or(actor.key().is_some()),
            actor,
            seeds: parts::seeds(&self.items)?,
            exclude: parts::excluded(&self.exclude)?,
            filter: parts::filter(self.filter.as_deref())?,
            facets: parts::facets(self.facets)?,
            sort: parts::sort(&self.sort)?,
            group: self.group,
            page: parts::page(self.offset, self.limit.unwrap_or(20), self.cursor)?,
            retrieval,
            understanding: self.understanding.read()?,
            picture,
            rules: parts::rules(&self.rules)?,
            curations: parts::curations(self.curated, &self.preview)?,
            include_unavailable: self.include_unavailable,
            exclude_seen: self.exclude_seen,
            diversity: diversity.unwrap_or(0.0),
            reranking: parts::reranking(self.reranking.as_ref())?,
            snippets: parts::snippets(&self.snippets)?,
            explain: self.explain,
            cross_encoder: self.cross_encoder.unwrap_or(true),
            record: self.record.unwrap_or(true),
            seed: self.seed,
            ..Request::search(&self.query, now)
        };
        Ok(Asked { request, has_diversity: diversity.is_some() })
    }

    fn picture(&self) -> Result<Option<PictureQuery>, FieldError> {
        let weight = self.picture_weight.map(|number| parts::number("picture_weight", number, 0.0, 1.0)).transpose()?;
        let decode = |encoded: &String| {
            let bytes = BASE64_STANDARD.decode(encoded);
            let bytes =
                bytes.map_err(|_| FieldError::new("picture_format", "picture", "a picture in base64", encoded))?;
            Ok(PictureQuery { bytes: Arc::from(bytes), weight: weight.unwrap_or(0.5) })
        };
        self.picture.as_ref().map(decode).transpose()
    }

    fn retrieval(&self) -> Result<Retrieval, FieldError> {
        let default = Retrieval::default();
        let method = match &self.method {
            Some(name) => parts::named("method", name, RetrievalMethod::from_name, &["hybrid", "lexical", "dense"])?,
            None => default.method,
        };
        let depth = self.depth.unwrap_or(default.depth);
        if !(1..=RETRIEVAL_DEPTH_MAX).contains(&depth) {
            return Err(FieldError::new("number_out_of_range", "depth", "1 to 10000", depth.to_string()));
        }
        let fields: Vec<(Arc<str>, f32)> = parts::weights("fields", self.fields.clone())?;
        Ok(Retrieval {
            method,
            weights: parts::weights("weights", self.weights.clone())?,
            fields: FieldWeights(fields),
            depth,
            cutoff: self.cutoff.map(|number| parts::number("cutoff", number, 0.0, 1.0)).transpose()?,
            ..default
        })
    }
}
