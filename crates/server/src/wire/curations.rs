use engine::KeptCuration;
use serde::Serialize;
use serde_json::Value;
use types::{Banner, Curation, Millis};
use utoipa::ToSchema;

/// What is done with the answers to some searches for some time.
#[derive(ToSchema)]
#[schema(as = Curation)]
#[expect(dead_code, reason = "it only describes a document that `formats` reads and writes")]
pub(crate) struct CurationDocument {
    /// What people call it; 1 to 200 characters.
    #[schema(example = "Double eleven")]
    name: String,
    /// Which searches it is about; all where not said.
    when: Option<CurationWhen>,
    /// Pins, boosts, buries and hides, as in searches; at most 200.
    #[schema(value_type = Option<Vec<Object>>, example = json!([{"pin": {"item": "boots-1", "position": 1}}]))]
    rules: Option<Value>,
    /// What alone may be shown.
    #[schema(example = "brand = \"Sony\"")]
    filter: Option<String>,
    /// Where the shopper is to be sent: an address of the web, or of the shop beginning with `/`.
    #[schema(example = "/sale")]
    redirect: Option<String>,
    /// What is told beside the results; at most 10.
    banners: Option<Vec<BannerDocument>>,
    /// From when on it is in force: ISO 8601, or milliseconds since 1970.
    #[schema(value_type = Option<String>, example = "2026-11-11T00:00:00Z")]
    from: Option<Value>,
    /// Until when, itself outside.
    #[schema(value_type = Option<String>, example = "2026-11-12T00:00:00Z")]
    until: Option<Value>,
}

/// Which searches a curation is about: each kind that is given must be met, and of one kind any suffices.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes a document that `formats` reads and writes")]
pub(crate) struct CurationWhen {
    /// What is typed; at most 200.
    queries: Option<Vec<QueryPatternDocument>>,
    /// `search`, `home`, `product`, `cart` or `after-purchase`.
    surfaces: Option<Vec<String>>,
    /// The shop's own segments.
    segments: Option<Vec<String>>,
}

/// What a query must look like, as typed or with its slips mended.
#[derive(ToSchema)]
#[schema(as = QueryPattern)]
#[expect(dead_code, reason = "it only describes a document that `formats` reads and writes")]
pub(crate) struct QueryPatternDocument {
    /// `is` where not said, `starts-with`, `ends-with` or `contains`: by whole words, in Chinese by characters.
    r#match: Option<String>,
    /// With what; an empty text that a query `is` means browsing.
    #[schema(example = "羽绒服")]
    text: String,
}

/// Something told beside the results.
#[derive(Serialize, ToSchema)]
#[schema(as = Banner)]
pub(crate) struct BannerDocument {
    /// Its heading.
    title: String,
    /// A few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl From<&Banner> for BannerDocument {
    fn from(banner: &Banner) -> Self {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
        Self {
            title: banner.title.to_string(),
            text: text(&banner.text),
            image: text(&banner.image),
            link: text(&banner.link),
        }
    }
}

/// The curations of a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurationsAnswer {
    /// By id.
    pub(crate) curations: Vec<CurationAnswer>,
}

/// A curation as it is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurationAnswer {
    /// Its id.
    id: String,
    /// `draft` (nothing is published), `scheduled` (its time has not come), `live` or `ended`.
    #[schema(example = "live")]
    state: &'static str,
    /// What is not published yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CurationDocument>)]
    draft: Option<Value>,
    /// What is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CurationDocument>)]
    published: Option<Value>,
    /// When it was changed last, in milliseconds since 1970.
    changed_ms: i64,
}

impl CurationAnswer {
    /// What is told of a curation at `now`.
    pub(crate) fn of(kept: &KeptCuration, now: Millis) -> Self {
        let document =
            |curation: &Option<std::sync::Arc<Curation>>| curation.as_deref().map(formats::json::curation_to_json);
        let state = match &kept.published {
            None => "draft",
            Some(published) if published.is_in_time(now) => "live",
            Some(published) if published.from.is_some_and(|from| now < from) => "scheduled",
            Some(_) => "ended",
        };
        Self {
            id: kept.id.to_string(),
            state,
            draft: document(&kept.draft),
            published: document(&kept.published),
            changed_ms: kept.changed.0,
        }
    }
}
