use std::sync::Arc;

use crate::{
    ActorKey, Enrichment, EventId, Item, ItemId, ItemPatch, Millis, Money, Position, QueryId, SessionId, SourceId,
    Surface, UserId,
};

/// Something that happened; the unit of the log, from which everything else is derived.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// Makes the event idempotent: a second one with the same id changes nothing.
    pub id: EventId,
    /// When it happened, as told by the sender.
    pub time: Millis,
    /// What happened.
    pub body: EventBody,
}

/// What an [`Event`] says.
#[derive(Clone, PartialEq, Debug)]
pub enum EventBody {
    /// The catalogue's item is now this one, whole.
    ItemUpserted(Item),
    /// Some attributes of an item changed.
    ItemPatched(ItemPatch),
    /// Values were found for attributes that the shop left empty, or are taken back.
    ItemEnriched(Enrichment),
    /// An item is gone.
    ItemDeleted(ItemId),
    /// A shopper did something.
    Interaction(Interaction),
    /// A slate was shown.
    Impression(Impression),
    /// All that is known of a user is to be forgotten.
    UserErased(UserId),
}

impl EventBody {
    /// The item whose catalogue entry the event changes; `None` for all other events.
    pub fn catalogue_item(&self) -> Option<&ItemId> {
        match self {
            Self::ItemUpserted(item) => Some(&item.id),
            Self::ItemPatched(patch) => Some(&patch.id),
            Self::ItemEnriched(enrichment) => Some(&enrichment.id),
            Self::ItemDeleted(id) => Some(id),
            Self::Interaction(_) | Self::Impression(_) | Self::UserErased(_) => None,
        }
    }
}

/// Who did it, as far as the shop knows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Actor {
    /// A known user.
    pub user: Option<UserId>,
    /// A guest recognised by a cookie or a device.
    pub anonymous: Option<UserId>,
    /// The visit.
    pub session: Option<SessionId>,
}

impl Actor {
    /// Whose taste this is: the user if known, else the guest, else the session; `None` where nobody is named.
    pub fn key(&self) -> Option<ActorKey> {
        let user = self.user.as_ref().map(|id| ActorKey::new('u', id.as_str()));
        let anonymous = || self.anonymous.as_ref().map(|id| ActorKey::new('a', id.as_str()));
        let session = || self.session.as_ref().map(|id| ActorKey::new('s', id.as_str()));
        user.or_else(anonymous).or_else(session)
    }

    /// The keys a user's erasure reaches.
    pub fn user_key(user: &UserId) -> ActorKey {
        ActorKey::new('u', user.as_str())
    }

    /// What belongs together as one basket or visit: the session, else the actor.
    pub fn session_key(&self) -> Option<ActorKey> {
        let session = self.session.as_ref().map(|id| ActorKey::new('s', id.as_str()));
        session.or_else(|| self.key())
    }
}

/// What a shopper did.
#[derive(Clone, PartialEq, Debug)]
pub struct Interaction {
    /// The kind of deed.
    pub kind: InteractionKind,
    /// Who did it.
    pub actor: Actor,
    /// To which item; searches have none.
    pub item: Option<ItemId>,
    /// What was searched for.
    pub query: Option<Arc<str>>,
    /// What a review says; only reviews have a text, and those that only rate have none.
    pub text: Option<Arc<str>>,
    /// The answered request this follows from.
    pub query_id: Option<QueryId>,
    /// Pieces bought, added or returned; at least 1.
    pub quantity: Option<u32>,
    /// Money involved, per line.
    pub value: Option<Money>,
    /// A rating from 0 (worst) to 1 (best).
    pub rating: Option<f32>,
    /// Where in the slate the item stood, from 1.
    pub position: Option<u32>,
    /// Weight of this one deed; `None` takes the weight of its kind. Negative lowers.
    pub weight: Option<f32>,
    /// Where in the shop it happened.
    pub surface: Option<Surface>,
}

impl Interaction {
    /// An interaction of `kind` by `actor` with nothing else said.
    pub fn new(kind: InteractionKind, actor: Actor) -> Self {
        Self {
            kind,
            actor,
            item: None,
            query: None,
            text: None,
            query_id: None,
            quantity: None,
            value: None,
            rating: None,
            position: None,
            weight: None,
            surface: None,
        }
    }

    /// How much this deed says for (or, negative, against) the item: its own weight, else its kind's; a rating, also one
    /// that comes with a review, counts from -1 (worst) to 1 (best). A review without a rating says nothing: what its words
    /// were taken to mean is a guess, and what is recommended must not depend on how well words are read.
    pub fn strength(&self) -> f32 {
        match (self.weight, self.rating) {
            (Some(weight), _) => weight,
            (None, Some(rating)) if self.is_rated() => 2.0 * rating - 1.0,
            (None, _) => self.kind.default_weight(),
        }
    }

    /// Whether its rating is what it says: a rating, or a review with one.
    pub fn is_rated(&self) -> bool {
        self.rating.is_some() && matches!(self.kind, InteractionKind::Rating | InteractionKind::Review)
    }
}

/// Kinds of deeds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InteractionKind {
    /// A query was sent.
    Search,
    /// An item was clicked in a slate.
    Click,
    /// An item's page was looked at.
    View,
    /// An item was put in the cart.
    AddToCart,
    /// An item was bought.
    Purchase,
    /// An item was rated.
    Rating,
    /// An item was liked or wished for.
    Like,
    /// An item was disliked.
    Dislike,
    /// An item is not to be shown again.
    Hide,
    /// An item was sent back.
    Refund,
    /// An item was reviewed, in words, with a rating, or both.
    Review,
    /// A kind of the shop's own.
    Custom(Arc<str>),
}

impl InteractionKind {
    /// The built-in kinds.
    pub const BUILT_IN: [Self; 11] = [
        Self::Search,
        Self::Click,
        Self::View,
        Self::AddToCart,
        Self::Purchase,
        Self::Rating,
        Self::Like,
        Self::Dislike,
        Self::Hide,
        Self::Refund,
        Self::Review,
    ];

    /// The kind's stable name; a custom kind's own.
    pub fn name(&self) -> &str {
        match self {
            Self::Search => "search",
            Self::Click => "click",
            Self::View => "view",
            Self::AddToCart => "add-to-cart",
            Self::Purchase => "purchase",
            Self::Rating => "rating",
            Self::Like => "like",
            Self::Dislike => "dislike",
            Self::Hide => "hide",
            Self::Refund => "refund",
            Self::Review => "review",
            Self::Custom(name) => name,
        }
    }

    /// Reads a built-in kind's stable name (`_` is taken for `-`).
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('_', "-");
        Self::BUILT_IN.into_iter().find(|kind| kind.name() == name)
    }

    /// How much a deed of this kind says for the item, where the shop has not said otherwise.
    pub fn default_weight(&self) -> f32 {
        match self {
            Self::Search | Self::Review => 0.0,
            Self::Click | Self::View | Self::Custom(_) | Self::Rating => 1.0,
            Self::Like => 2.0,
            Self::AddToCart => 3.0,
            Self::Purchase => 5.0,
            Self::Dislike => -2.0,
            Self::Hide => -5.0,
            Self::Refund => -4.0,
        }
    }
}

/// A slate was shown: what every later judgement of the policy rests on.
#[derive(Clone, PartialEq, Debug)]
pub struct Impression {
    /// The answered request.
    pub query_id: QueryId,
    /// To whom.
    pub actor: Actor,
    /// Where in the shop.
    pub surface: Surface,
    /// What was searched for, if anything.
    pub query: Option<Arc<str>>,
    /// The items, in order.
    pub shown: Vec<Shown>,
    /// Version of the ranker that scored them.
    pub ranker: Arc<str>,
    /// Experiments and arms in force.
    pub arms: Vec<(Arc<str>, Arc<str>)>,
    /// What later training needs of the moment and cannot find again in the log.
    pub evidence: Evidence,
}

/// What a slate was scored from, as far as it cannot be computed again by replaying the log: where in the log the state
/// was that was read, and the features that rest on the query's own search. All else is replayed, so that a feature made
/// later can be learnt from an older log. Empty where somebody else logged the slate.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Evidence {
    /// The log was folded up to here, this event excluded, when the slate was made.
    pub folded: Option<Position>,
    /// Names of the features below.
    pub columns: Vec<Arc<str>>,
    /// Their values: item by item in the order shown, for each item one value a column.
    pub values: Vec<f32>,
    /// Milliseconds it took to make the slate.
    pub took_ms: Option<u32>,
    /// Parts that failed while it was made.
    pub parts_failed: u32,
    /// The strategy that was followed, where one was chosen.
    pub followed: Option<Followed>,
}

/// A strategy that was chosen for an answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Followed {
    /// Its name.
    pub strategy: Arc<str>,
    /// With which probability it was chosen, above 0 and at most 1.
    pub probability: f32,
    /// What was known of the session when it was.
    pub state: Vec<f32>,
}

impl Evidence {
    /// Adds a feature with its value for each item shown.
    pub fn add_column(&mut self, name: &str, values: &[f32]) {
        let width = self.columns.len();
        let with = values.iter().enumerate().flat_map(|(at, value)| {
            let before = self.values.get(at * width..(at + 1) * width).unwrap_or_default();
            before.iter().copied().chain([*value]).collect::<Vec<_>>()
        });
        self.values = with.collect();
        self.columns.push(Arc::from(name));
    }

    /// The value of a feature for the item at place `at` (from 0) of the slate.
    pub fn value(&self, name: &str, at: usize) -> Option<f32> {
        let column = self.columns.iter().position(|known| &**known == name)?;
        self.of(at).get(column).copied()
    }

    /// The values of the item at place `at` (from 0) of the slate; empty where there are none.
    pub fn of(&self, at: usize) -> &[f32] {
        let width = self.columns.len();
        self.values.get(at * width..(at + 1) * width).unwrap_or_default()
    }
}

/// One item of an [`Impression`].
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    /// The item.
    pub item: ItemId,
    /// Its place, from 1 for the first of the whole answer.
    pub position: u32,
    /// Its final score.
    pub score: f32,
    /// Probability of showing this item at this place under the policy in force; 1 while it is deterministic.
    pub propensity: f32,
    /// The source that ranked it best.
    pub source: SourceId,
}
