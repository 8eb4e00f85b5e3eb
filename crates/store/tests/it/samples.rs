//! Events to test with.

use std::path::Path;
use std::sync::Arc;

use store::{Store, StoreConfig};
use types::{
    Actor, Currency, Event, EventBody, EventId, Evidence, GroupId, Impression, Interaction, InteractionKind, Item,
    ItemId, ItemPatch, Language, Millis, Money, QueryId, SessionId, Shown, SourceId, Surface, Texts, UserId, Value,
};

/// A store with small segments, so that few events fill several.
pub(crate) fn config() -> StoreConfig {
    StoreConfig { segment_bytes: 2_000, ..StoreConfig::default() }
}

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder, config()).unwrap()
}

pub(crate) fn view(id: &str, user: &str, item: &str) -> Event {
    let actor = Actor { user: Some(UserId::new(user).unwrap()), ..Actor::default() };
    let mut view = Interaction::new(InteractionKind::View, actor);
    view.item = Some(ItemId::new(item).unwrap());
    view.query = Some(Arc::from("红色连衣裙"));
    Event { id: EventId::new(id).unwrap(), time: Millis(1_000), body: EventBody::Interaction(view) }
}

pub(crate) fn event(id: &str, time: i64, body: EventBody) -> Event {
    Event { id: EventId::new(id).unwrap(), time: Millis(time), body }
}

pub(crate) fn item(id: &str, title: &str) -> Item {
    Item::new(ItemId::new(id).unwrap()).with("title", Value::Text(Texts::guessed(title)))
}

/// One event of every kind with every field set, and one of every kind with as little as may be.
pub(crate) fn one_of_each() -> Vec<Event> {
    let mut events = of_the_first_release();
    let mut review = full_interaction();
    review.kind = InteractionKind::Review;
    review.text = Some(Arc::from("羊毛很软, warm and soft"));
    let bare = Interaction::new(InteractionKind::Review, Actor::default());
    events.extend([
        event("review-1", 1_700_000_001_000, EventBody::Interaction(review)),
        event("review-2", 1_700_000_001_001, EventBody::Interaction(bare)),
    ]);
    events
}

/// What the first release could write, as it is in the committed fixtures; not to be changed.
pub(crate) fn of_the_first_release() -> Vec<Event> {
    let mut bodies = vec![
        EventBody::ItemUpserted(full_item()),
        EventBody::ItemUpserted(Item::new(ItemId::new("bare").unwrap())),
        EventBody::ItemPatched(full_patch()),
        EventBody::ItemPatched(ItemPatch::new(ItemId::new("bare").unwrap())),
        EventBody::ItemDeleted(ItemId::new("gone").unwrap()),
        EventBody::Interaction(full_interaction()),
        EventBody::Impression(full_impression()),
        EventBody::UserErased(UserId::new("用户-1").unwrap()),
    ];
    let custom = InteractionKind::Custom(Arc::from("shared-link"));
    let known = InteractionKind::BUILT_IN.into_iter().filter(|kind| *kind != InteractionKind::Review);
    let kinds = known.chain([custom]);
    bodies.extend(kinds.map(|kind| EventBody::Interaction(Interaction::new(kind, Actor::default()))));
    let number = |(index, body)| event(&format!("event-{index}"), 1_700_000_000_000 + index as i64, body);
    bodies.into_iter().enumerate().map(number).collect()
}

fn full_item() -> Item {
    let words = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect::<Vec<Arc<str>>>();
    let texts = [(Language::Chinese, "羊毛围巾"), (Language::English, "Wool scarf"), (Language::Other, "Écharpe")];
    let texts = texts.map(|(language, text)| (language, Arc::from(text)));
    let price = Money { ten_thousandths: 129_900, currency: Currency::new("EUR").unwrap() };
    let mut item = Item::new(ItemId::new("围巾-42").unwrap())
        .with("title", Value::Text(Texts::new(texts)))
        .with("brand", Value::Keywords(words(&["Mercato", "集市"])))
        .with("rating", Value::Number(4.5))
        .with("price", Value::Money(price))
        .with("released", Value::Time(Millis(1_690_000_000_000)))
        .with("handmade", Value::Boolean(true))
        .with("category", Value::Categories(vec![words(&["服装", "围巾"]), words(&["Clothing"])]))
        .with("image", Value::Image(Arc::from("https://example.org/42.jpg")));
    item.group = Some(GroupId::new("围巾").unwrap());
    item.available = false;
    item.stock = Some(7);
    item
}

fn full_patch() -> ItemPatch {
    let mut patch = ItemPatch::new(ItemId::new("围巾-42").unwrap());
    patch.set("rating", Some(Value::Number(-0.25))).unwrap();
    patch.set("颜色", None).unwrap();
    patch.available = Some(true);
    patch.stock = Some(None);
    patch.group = Some(None);
    patch
}

fn full_actor() -> Actor {
    Actor {
        user: Some(UserId::new("用户-1").unwrap()),
        anonymous: Some(UserId::new("cookie-1").unwrap()),
        session: Some(SessionId::new("session-1").unwrap()),
    }
}

fn full_interaction() -> Interaction {
    let mut deed = Interaction::new(InteractionKind::Purchase, full_actor());
    deed.item = Some(ItemId::new("围巾-42").unwrap());
    deed.query = Some(Arc::from("wool scarf 羊毛"));
    deed.query_id = Some(QueryId::new("query-1").unwrap());
    deed.quantity = Some(2);
    deed.value = Some(Money { ten_thousandths: -1, currency: Currency::new("CNY").unwrap() });
    deed.rating = Some(0.75);
    deed.position = Some(3);
    deed.weight = Some(-1.5);
    deed.surface = Some(Surface::AfterPurchase);
    deed
}

fn full_impression() -> Impression {
    let shown = |item: &str, position| Shown {
        item: ItemId::new(item).unwrap(),
        position,
        score: 0.125 * position as f32,
        propensity: 1.0,
        source: SourceId::new("words"),
    };
    Impression {
        query_id: QueryId::new("query-1").unwrap(),
        actor: full_actor(),
        surface: Surface::Search,
        query: Some(Arc::from("wool scarf 羊毛")),
        shown: vec![shown("围巾-42", 1), shown("b", 2)],
        ranker: Arc::from("linear-1"),
        arms: vec![(Arc::from("fusion"), Arc::from("adaptive"))],
        evidence: Evidence::default(),
    }
}
