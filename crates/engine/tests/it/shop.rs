//! A small shop to try things on.

use std::path::Path;
use std::sync::Arc;

use engine::{Engine, EngineConfig, Shop};
use types::{
    Actor, Currency, Event, EventBody, EventId, FixedClock, Interaction, InteractionKind, Item, ItemId, Millis, Money,
    Request, Settings, ShopId, Slate, Texts, UserId, Value,
};

pub(crate) const NOW: Millis = Millis(1_760_000_000_000);

/// A fresh engine with one shop that searches by words alone, in a folder that goes with the value.
pub(crate) struct Fixture {
    pub(crate) engine: Engine,
    pub(crate) folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path());
        engine.create_shop(&ShopId::new("test").unwrap(), settings).unwrap();
        Self { engine, folder }
    }

    pub(crate) fn words_only() -> Self {
        Self::new(Settings { encoders: Vec::new(), log_impressions: false, ..Settings::default() })
    }

    pub(crate) fn shop(&self) -> Arc<Shop> {
        self.engine.shop("test").unwrap()
    }

    /// Closes the engine and opens the folder again.
    pub(crate) fn reopened(self) -> Self {
        let Self { engine, folder } = self;
        drop(engine);
        Self { engine: open(folder.path()), folder }
    }
}

pub(crate) fn open(folder: &Path) -> Engine {
    let models_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let config = EngineConfig { data_dir: folder.to_owned(), models_dir, ..EngineConfig::default() };
    Engine::open(config, Arc::new(FixedClock(NOW))).unwrap()
}

pub(crate) fn id(id: &str) -> ItemId {
    ItemId::new(id).unwrap()
}

pub(crate) fn item(name: &str, title: &str, brand: &str, path: &[&str], price: f64) -> Item {
    let path = path.iter().map(|part| Arc::from(*part)).collect();
    Item::new(id(name))
        .with("title", Value::Text(Texts::guessed(title)))
        .with("brand", Value::Keywords(vec![Arc::from(brand)]))
        .with("category", Value::Categories(vec![path]))
        .with("price", Value::Money(Money::new(price, Currency::new("EUR").unwrap()).unwrap()))
}

pub(crate) fn event(name: &str, body: EventBody) -> Event {
    Event { id: EventId::new(name).unwrap(), time: NOW, body }
}

pub(crate) fn put(shop: &Shop, items: Vec<Item>) {
    let events =
        items.into_iter().map(|item| event(&format!("put {} {:?}", item.id, item), EventBody::ItemUpserted(item)));
    let events =
        events.map(|event| Event { id: EventId::new(format!("{:x}", fnv(event.id.as_str()))).unwrap(), ..event });
    shop.append(events.collect()).unwrap();
    shop.wait_until_current(&mut |_| true).unwrap();
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

pub(crate) fn user(name: &str) -> Actor {
    Actor { user: Some(UserId::new(name).unwrap()), ..Actor::default() }
}

pub(crate) fn deed(name: &str, kind: InteractionKind, actor: &str, item: &str) -> Event {
    let interaction = Interaction { item: Some(id(item)), ..Interaction::new(kind, user(actor)) };
    event(name, EventBody::Interaction(interaction))
}

/// Clothes and gadgets, some with Chinese names.
pub(crate) fn items() -> Vec<Item> {
    vec![
        item("dress-red", "红色连衣裙 夏季 女士", "朵朵", &["服装", "连衣裙"], 199.0),
        item("dress-blue", "蓝色连衣裙 长款", "朵朵", &["服装", "连衣裙"], 259.0),
        item("case", "iPhone 手机壳 透明", "Baseus", &["数码", "配件"], 39.0),
        item("headphones", "Sony WH-1000XM4 wireless headphones", "Sony", &["Electronics", "Audio"], 279.0),
        item("earbuds", "Sony wireless earbuds with charging case", "Sony", &["Electronics", "Audio"], 99.0),
        item("shoes", "Running shoes for women, lightweight", "Asics", &["Sports", "Shoes"], 89.0),
        item("sandals", "Summer sandals for women", "Clarks", &["Sports", "Shoes"], 59.0),
    ]
}

pub(crate) fn search(shop: &Shop, query: &str) -> Slate {
    shop.answer(&Request::search(query, NOW)).unwrap()
}

pub(crate) fn ids(slate: &Slate) -> Vec<&str> {
    slate.items.iter().map(|shown| shown.item.id.as_str()).collect()
}
