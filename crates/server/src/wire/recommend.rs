use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{Actor, FieldError, ItemId, Millis, RecommendKind, Request, Surface};
use utoipa::ToSchema;

use super::parts::{self, Asked, FacetBody};

/// A recommendation. Name the `kind`, or the `surface` it is for and let that choose the kind: `home` for-you,
/// `product` similar, `cart` bought-together, `search` popular, `after-purchase` bought-together.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RecommendBody {
    /// `for-you`, `similar`, `looks-similar` (by the pictures), `bought-together`, `trending`, `popular`, `recently-viewed` or `new`.
    #[schema(example = "for-you")]
    pub(crate) kind: Option<String>,
    /// `home`, `product`, `cart`, `search` or `after-purchase`.
    #[schema(example = "home")]
    pub(crate) surface: Option<String>,
    /// Items to start from: the product looked at, the cart; for `for-you`, what somebody new picked as to their taste.
    pub(crate) items: Vec<String>,
    /// The shopper, as the shop knows them.
    #[schema(example = "u-4711")]
    pub(crate) user: Option<String>,
    /// A guest, recognised by a cookie or a device.
    pub(crate) anonymous: Option<String>,
    /// The visit.
    pub(crate) session: Option<String>,
    /// What may be shown.
    #[schema(example = "category under \"Home\"")]
    pub(crate) filter: Option<String>,
    /// Facets to count.
    pub(crate) facets: Vec<FacetBody>,
    /// Items never to show.
    pub(crate) exclude: Vec<String>,
    /// Whether variants of one group are shown as one.
    pub(crate) group: bool,
    /// Items to skip; offset + limit is at most 10,000.
    pub(crate) offset: usize,
    /// Items to return, 1 to 1000; 20 where not said.
    pub(crate) limit: Option<usize>,
    /// The `next` of the page before.
    pub(crate) cursor: Option<String>,
    /// Pins, boosts, buries and hides of this request alone.
    #[schema(value_type = Vec<Object>)]
    pub(crate) rules: Vec<Value>,
    /// Whether items that cannot be bought are shown too.
    pub(crate) include_unavailable: bool,
    /// Whether items the shopper has bought or seen are left out.
    pub(crate) exclude_seen: bool,
    /// Whether what is known of the shopper moves the order; yes where not said.
    pub(crate) personalise: Option<bool>,
    /// Variety against score, 0 to 1; the shop's where not said.
    pub(crate) diversity: Option<f64>,
    /// What the answer is ordered anew for, each 0 to 1: `popularity` (less of what is popular), `calibration` (to the
    /// shopper's own mix), `dpp` (variety), `exposure` (balanced between sellers), `long_tail` (its least share); `protected`, a
    /// `filter` and the least `share` of its items; and `caps`, such as `{"by": "brand", "most": 2, "among": 10}`. The shop's
    /// where not said.
    #[schema(value_type = Option<Object>, example = json!({"dpp": 0.3, "caps": [{"by": "brand", "most": 2, "among": 10}]}))]
    pub(crate) reranking: Option<Value>,
    /// What counts beside relevance: `purchase`, `margin` and `novelty`, each 0 to 1, at most 1 together; the shop's where not
    /// said.
    #[schema(value_type = Option<Object>, example = json!({"novelty": 0.2}))]
    pub(crate) objectives: Option<Value>,
    /// The shop's own segment of the shopper, for targets of experiments; at most 64 characters.
    pub(crate) segment: Option<String>,
    /// What the answer is looked at on: `desktop`, `tablet` or `phone`.
    pub(crate) device: Option<String>,
    /// Whether every item explains itself.
    pub(crate) explain: bool,
    /// Whether the answer is logged as shown; yes where not said.
    pub(crate) record: Option<bool>,
    /// Seed of whatever chance the ranking uses.
    pub(crate) seed: u64,
}

impl RecommendBody {
    /// Checks everything and makes the request; `now` is the time it is asked.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first field that is wrong.
    pub(crate) fn into_asked(self, now: Millis) -> Result<Asked, FieldError> {
        let (kind, surface) = self.kind_and_surface()?;
        let actor = parts::actor(self.user.as_deref(), self.anonymous.as_deref(), self.session.as_deref())?;
        let seeds = parts::seeds(&self.items)?;
        check_start(kind, &seeds, &actor)?;
        let diversity = self.diversity.map(|number| parts::number("diversity", number, 0.0, 1.0)).transpose()?;
        let objectives = self.objectives.as_ref().map(formats::json::objectives_from_json).transpose();
        let request = Request {
            surface,
            segment: parts::segment(self.segment.as_deref())?,
            device: parts::device(self.device.as_deref())?,
            seeds,
            exclude: parts::excluded(&self.exclude)?,
            filter: parts::filter(self.filter.as_deref())?,
            facets: parts::facets(self.facets)?,
            group: self.group,
            page: parts::page(self.offset, self.limit.unwrap_or(20), self.cursor)?,
            rules: parts::rules(&self.rules)?,
            include_unavailable: self.include_unavailable,
            exclude_seen: self.exclude_seen,
            personalise: self.personalise.unwrap_or(true),
            diversity: diversity.unwrap_or(0.0),
            reranking: parts::reranking(self.reranking.as_ref())?,
            objectives: objectives.map_err(|error| error.within("objectives"))?,
            explain: self.explain,
            record: self.record.unwrap_or(true),
            seed: self.seed,
            ..Request::recommend(kind, actor, now)
        };
        Ok(Asked { request, has_diversity: diversity.is_some() })
    }

    fn kind_and_surface(&self) -> Result<(RecommendKind, Surface), FieldError> {
        let names = |all: &[RecommendKind]| all.iter().map(|one| one.name()).collect::<Vec<_>>();
        let kind = self.kind.as_deref();
        let kind = kind.map(|name| parts::named("kind", name, RecommendKind::from_name, &names(RecommendKind::ALL)));
        let surfaces: Vec<_> = Surface::ALL.iter().map(|one| one.name()).collect();
        let surface = self.surface.as_deref();
        let surface = surface.map(|name| parts::named("surface", name, Surface::from_name, &surfaces));
        match (kind.transpose()?, surface.transpose()?) {
            (Some(kind), surface) => Ok((kind, surface.unwrap_or_else(|| usual_surface(kind)))),
            (None, Some(surface)) => Ok((usual_kind(surface), surface)),
            (None, None) => {
                let expected = format!("a kind ({}) or a surface", names(RecommendKind::ALL).join(", "));
                Err(FieldError::new("kind_missing", "kind", expected, "neither"))
            }
        }
    }
}

fn usual_kind(surface: Surface) -> RecommendKind {
    match surface {
        Surface::Home => RecommendKind::ForYou,
        Surface::Product => RecommendKind::Similar,
        Surface::Cart | Surface::AfterPurchase => RecommendKind::BoughtTogether,
        Surface::Search => RecommendKind::Popular,
    }
}

fn usual_surface(kind: RecommendKind) -> Surface {
    match kind {
        RecommendKind::Similar | RecommendKind::LooksSimilar => Surface::Product,
        RecommendKind::BoughtTogether => Surface::Cart,
        RecommendKind::ForYou
        | RecommendKind::Trending
        | RecommendKind::Popular
        | RecommendKind::RecentlyViewed
        | RecommendKind::New => Surface::Home,
    }
}

/// A stranger without a history still gets an answer to `for-you`; what makes no sense at all is refused.
fn check_start(kind: RecommendKind, seeds: &[ItemId], actor: &Actor) -> Result<(), FieldError> {
    match kind {
        RecommendKind::Similar | RecommendKind::LooksSimilar | RecommendKind::BoughtTogether if seeds.is_empty() => {
            Err(FieldError::new("seeds_missing", "items", "at least one item to start from", "none"))
        }
        RecommendKind::RecentlyViewed if actor.key().is_none() => {
            Err(FieldError::new("actor_missing", "user", "a user, an anonymous id or a session", "none"))
        }
        _ => Ok(()),
    }
}
