use std::sync::Arc;

use crate::{
    Actor, Curations, Filter, Fusion, ItemId, Lexical, Millis, Objectives, PictureQuery, Reranking, TypedSearch,
    Understanding,
};

/// A question to the engine, fully checked. A search is a request with a query; a recommendation is one with a kind.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// Where in the shop the answer will stand.
    pub surface: Surface,
    /// The shop's own segment of who asks, for targets of experiments.
    pub segment: Option<Arc<str>>,
    /// What the answer is looked at on, where that is known.
    pub device: Option<Device>,
    /// Who asks.
    pub actor: Actor,
    /// What was typed; `Some("")` browses the whole catalogue.
    pub query: Option<Arc<str>>,
    /// A picture to search with, instead of words or beside them.
    pub picture: Option<PictureQuery>,
    /// What to recommend, where nothing was typed.
    pub recommend: Option<RecommendKind>,
    /// Items the answer starts from: the product looked at, the cart.
    pub seeds: Vec<ItemId>,
    /// Items never to show.
    pub exclude: Vec<ItemId>,
    /// What may be shown.
    pub filter: Option<Filter>,
    /// Facets wanted.
    pub facets: Vec<FacetRequest>,
    /// Order other than by score; the first key decides, ties go to the next, then to the score.
    pub sort: Vec<SortKey>,
    /// Whether variants of one group are shown as one, by their best.
    pub group: bool,
    /// Items of a group that are shown, one behind another, from 1; pages are counted in groups.
    pub group_items: usize,
    /// Facets, by their attributes, that count of each group its best item alone, where `group` is set.
    pub counted_once: Vec<Arc<str>>,
    /// Which part of the answer.
    pub page: Page,
    /// How candidates are found.
    pub retrieval: Retrieval,
    /// Finds what has every word of the query, in an order decided criterion by criterion; `None` searches by score.
    pub typed: Option<Arc<TypedSearch>>,
    /// How the query is understood.
    pub understanding: Understanding,
    /// Pins, boosts, buries and hides of this request alone.
    pub rules: Vec<RequestRule>,
    /// Which of the shop's curations have a say.
    pub curations: Curations,
    /// Whether items that cannot be bought are shown too.
    pub include_unavailable: bool,
    /// Whether items the actor has already bought or seen are left out.
    pub exclude_seen: bool,
    /// Whether what is known of the actor moves the order.
    pub personalise: bool,
    /// How much variety weighs against score, 0 (none) to 1.
    pub diversity: f32,
    /// What the answer is ordered anew for; `None` takes the shop's.
    pub reranking: Option<Reranking>,
    /// What counts beside relevance in recommendations; `None` takes the shop's.
    pub objectives: Option<Objectives>,
    /// Text attributes of which the best matching part is returned marked, beside the whole title. Each costs reading the
    /// attribute of every item of the page once more.
    pub snippets: Vec<Arc<str>>,
    /// Whether the title comes marked; who marks what is shown otherwise asks for none.
    pub marked: bool,
    /// Whether a trained ranker in force scores the best candidates; `false` asks for the untrained one.
    pub trained_ranker: bool,
    /// Whether the shop's cross-encoder reads the best results once more, where it has one.
    pub cross_encoder: bool,
    /// Whether every item explains itself.
    pub explain: bool,
    /// Whether the slate is logged as an impression, where the shop logs them; `false` for what no shopper sees
    /// (previews, explanations, evaluation).
    pub record: bool,
    /// The present, for ages and decays.
    pub now: Millis,
    /// Seed of whatever chance the policy uses.
    pub seed: u64,
}

impl Request {
    /// A search for `query` with the defaults: hybrid, 20 items, available ones, not personalised.
    pub fn search(query: &str, now: Millis) -> Self {
        Self { query: Some(Arc::from(query)), surface: Surface::Search, ..Self::bare(now) }
    }

    /// A search with a picture alone, with the defaults.
    pub fn look(picture: Arc<[u8]>, now: Millis) -> Self {
        let picture = Some(PictureQuery { bytes: picture, weight: 1.0 });
        Self { picture, ..Self::search("", now) }
    }

    /// A recommendation of `kind` for `actor` with the defaults: 20 items, available ones.
    pub fn recommend(kind: RecommendKind, actor: Actor, now: Millis) -> Self {
        Self { recommend: Some(kind), actor, personalise: true, ..Self::bare(now) }
    }

    fn bare(now: Millis) -> Self {
        Self {
            surface: Surface::Home,
            segment: None,
            device: None,
            actor: Actor::default(),
            query: None,
            picture: None,
            recommend: None,
            seeds: Vec::new(),
            exclude: Vec::new(),
            filter: None,
            facets: Vec::new(),
            sort: Vec::new(),
            group: false,
            group_items: 1,
            counted_once: Vec::new(),
            page: Page { offset: 0, limit: 20, cursor: None },
            retrieval: Retrieval::default(),
            typed: None,
            understanding: Understanding::default(),
            rules: Vec::new(),
            curations: Curations::Live,
            include_unavailable: false,
            exclude_seen: false,
            personalise: false,
            diversity: 0.0,
            reranking: None,
            objectives: None,
            snippets: Vec::new(),
            marked: true,
            trained_ranker: true,
            cross_encoder: true,
            explain: false,
            record: true,
            now,
            seed: 0,
        }
    }
}

macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every variant, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The variant's stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads a stable name (`_` is taken for `-`).
            pub fn from_name(name: &str) -> Option<Self> {
                let name = name.replace('_', "-");
                Self::ALL.iter().copied().find(|variant| variant.name() == name)
            }
        }
    };
}

named_enum!(
    /// A place in the shop where slates stand.
    Surface {
        /// The front page.
        Home = "home",
        /// A product's page.
        Product = "product",
        /// The cart.
        Cart = "cart",
        /// A list of search results.
        Search = "search",
        /// The page after an order.
        AfterPurchase = "after-purchase",
    }
);

named_enum!(
    /// What an answer is looked at on.
    Device {
        /// A computer with a large screen.
        Desktop = "desktop",
        /// A tablet.
        Tablet = "tablet",
        /// A telephone.
        Phone = "phone",
    }
);

impl Device {
    /// How small the screen is: 0 for a desktop, 1 for a phone.
    pub fn smallness(self) -> f32 {
        match self {
            Self::Desktop => 0.0,
            Self::Tablet => 0.5,
            Self::Phone => 1.0,
        }
    }
}

named_enum!(
    /// What to recommend.
    RecommendKind {
        /// What this shopper may want next.
        ForYou = "for-you",
        /// What is like the seed items.
        Similar = "similar",
        /// What looks like the seed items, by their pictures.
        LooksSimilar = "looks-similar",
        /// What is bought together with the seed items.
        BoughtTogether = "bought-together",
        /// What gains interest now.
        Trending = "trending",
        /// What is wanted most.
        Popular = "popular",
        /// What this shopper looked at last.
        RecentlyViewed = "recently-viewed",
        /// What came last into the catalogue.
        New = "new",
    }
);

named_enum!(
    /// Which retrievers a search uses.
    RetrievalMethod {
        /// Words and vectors, fused per query.
        Hybrid = "hybrid",
        /// Words only.
        Lexical = "lexical",
        /// Vectors only.
        Dense = "dense",
    }
);

named_enum!(
    /// Direction of a sort.
    SortOrder {
        /// Smallest first.
        Ascending = "asc",
        /// Largest first.
        Descending = "desc",
    }
);

named_enum!(
    /// A step of understanding a query.
    ReadingStep {
        /// Width, case, variants of characters, emoji, look-alikes.
        Normalise = "normalise",
        /// Language and words; pinyin as what it stands for.
        Words = "words",
        /// Slips of typing, sound and shape.
        Spelling = "spelling",
        /// Prices, sizes and amounts.
        Quantities = "quantities",
        /// Brands, types, colours and other values of attributes.
        Entities = "entities",
        /// Values that a trained tagger reads, where the shop's settings name one.
        Tagger = "tagger",
        /// What is not wanted.
        Negation = "negation",
        /// Words that stand for one another.
        Synonyms = "synonyms",
        /// What the shopper is after.
        Intent = "intent",
        /// Categories the wanted items are in.
        Category = "category",
        /// What is left aside where too little is found.
        Relax = "relax",
    }
);

/// How candidates are found.
#[derive(Clone, PartialEq, Debug)]
pub struct Retrieval {
    /// Which retrievers take part.
    pub method: RetrievalMethod,
    /// Fusion weights set by the caller, by retriever id (`words`, or an encoder's id); empty lets every query choose
    /// its own.
    pub weights: Vec<(Arc<str>, f32)>,
    /// Weights of text attributes, overriding the shop's.
    pub fields: FieldWeights,
    /// Candidates a retriever brings, at most.
    pub depth: usize,
    /// Share of the best possible match under which a result is cut off, 0 (keep all) to 1; `None` takes the shop's.
    pub cutoff: Option<f32>,
    /// What is added where words decide; `None` takes the shop's.
    pub lexical: Option<Lexical>,
    /// How words and vectors are weighed; `None` takes the shop's.
    pub fusion: Option<Fusion>,
}

impl Default for Retrieval {
    fn default() -> Self {
        Self {
            method: RetrievalMethod::Hybrid,
            weights: Vec::new(),
            fields: FieldWeights::default(),
            depth: 200,
            cutoff: None,
            lexical: None,
            fusion: None,
        }
    }
}

/// Weights of text attributes in word search: 1 is neutral, 0 leaves the attribute out. Attributes not named keep
/// the shop's weight.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FieldWeights(pub Vec<(Arc<str>, f32)>);

/// Which part of an answer: by offset, or from where a cursor points.
#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    /// Items to skip; ignored where there is a cursor.
    pub offset: usize,
    /// Items to return, 1 to 1000.
    pub limit: usize,
    /// Opaque text from the previous page's answer; keeps pages stable while writes go on.
    pub cursor: Option<Arc<str>>,
}

/// One key of an order.
#[derive(Clone, PartialEq, Debug)]
pub struct SortKey {
    /// The attribute; items without it come last in either direction.
    pub attribute: Arc<str>,
    /// The direction.
    pub order: SortOrder,
}

/// A facet wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct FacetRequest {
    /// The attribute to count.
    pub attribute: Arc<str>,
    /// Values to return at most, most frequent first.
    pub limit: usize,
    /// Whether this attribute's own conditions in the filter are lifted while counting it, so that alternatives to
    /// what is selected keep their counts.
    pub disjunctive: bool,
    /// Equal-width bins of a histogram over a numeric attribute; 0 for none.
    pub bins: usize,
    /// For categories: count only below this path, one level at a time.
    pub under: Vec<Arc<str>>,
    /// For categories: count all paths of so many steps, from 1, whatever stands above them; in the place of `under`.
    pub level: Option<usize>,
}

/// A pin, boost, bury or hide that holds for one request (and, in settings, for a shop).
#[derive(Clone, PartialEq, Debug)]
pub enum RequestRule {
    /// Shows the item at this place, from 1.
    Pin {
        /// The item.
        item: ItemId,
        /// Its place, from 1.
        position: u32,
    },
    /// Multiplies the score of what matches; below 1 buries.
    Boost {
        /// Which items.
        filter: Filter,
        /// The factor, above 0.
        factor: f32,
    },
    /// Puts what matches behind everything else.
    Bury {
        /// Which items.
        filter: Filter,
    },
    /// Never shows what matches.
    Hide {
        /// Which items.
        filter: Filter,
    },
}
