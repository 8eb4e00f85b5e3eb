//! Carts: kept, priced by the catalogue of now, bounded, and gone when their time is over.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use engine::{CART_LINES_MAX, CART_QUANTITY_MAX, Cart, CartLine, CartTrouble, Engine, EngineConfig, Error, Shop};
use types::{Clock, EventBody, Item, Millis, Settings, ShopId};

use crate::shop::{Fixture, NOW, event, id, item, items, put};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn lines(of: &[(&str, u32)]) -> Vec<CartLine> {
    of.iter().map(|(name, quantity)| CartLine { item: id(name), quantity: *quantity }).collect()
}

fn refused(shop: &Shop, of: &[(&str, u32)]) -> String {
    match shop.create_cart("refused", lines(of)) {
        Err(Error::Field(error)) => error.field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn carts_outlive_a_restart_and_go_with_their_shop() {
    let fixture = Fixture::words_only();
    put(&fixture.shop(), items());
    let made = fixture.shop().create_cart("c1", lines(&[("case", 2), ("shoes", 1), ("case", 1)])).unwrap();
    assert_eq!(made.lines, lines(&[("case", 3), ("shoes", 1)]), "an item stands once");
    fixture.shop().create_cart("c2", lines(&[("shoes", 1)])).unwrap();
    let changed = fixture.shop().update_cart("c1", lines(&[("dress-red", 4)])).unwrap();
    fixture.shop().cancel_cart("c2").unwrap();
    let fixture = fixture.reopened();
    let shop = fixture.shop();
    assert_eq!(shop.cart("c1").unwrap(), changed);
    assert!(matches!(shop.cart("c2"), Err(Error::UnknownCart)));
    assert!(matches!(shop.cart("../../documents/settings"), Err(Error::UnknownCart)));
    assert!(matches!(shop.update_cart("c2", Vec::new()), Err(Error::UnknownCart)));
    drop(shop);
    fixture.engine.delete_shop(&ShopId::new("test").unwrap()).unwrap();
    fixture.engine.create_shop(&ShopId::new("test").unwrap(), Settings::default()).unwrap();
    assert!(matches!(fixture.shop().cart("c1"), Err(Error::UnknownCart)));
}

#[test]
fn what_is_refused_is_named() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    assert_eq!(refused(&shop, &[("case", 1), ("nothing", 1)]), "line_items[1].item.id");
    assert_eq!(refused(&shop, &[("case", 0)]), "line_items[0].quantity");
    assert_eq!(refused(&shop, &[("case", CART_QUANTITY_MAX), ("case", 1)]), "line_items[1].quantity");
    assert_eq!(refused(&shop, &vec![("case", 1); CART_LINES_MAX + 1]), "line_items");
    assert!(matches!(shop.cart("refused"), Err(Error::UnknownCart)));
}

fn priced(shop: &Shop, cart: &Cart) -> (Vec<i64>, Vec<Option<CartTrouble>>, i64) {
    let priced = shop.price_cart(cart.clone()).unwrap();
    let lines = || priced.lines.iter();
    (lines().map(|line| line.total).collect(), lines().map(|line| line.trouble).collect(), priced.total)
}

#[test]
fn prices_are_those_of_now_and_what_cannot_be_bought_is_told() {
    let fixture = Fixture::words_only();
    let shop = fixture.shop();
    put(&shop, items());
    let cart = shop.create_cart("c", lines(&[("case", 2), ("shoes", 3), ("sandals", 1), ("earbuds", 1)])).unwrap();
    assert_eq!(priced(&shop, &cart), (vec![7800, 26700, 5900, 9900], vec![None; 4], 50300));
    let shoes = Item { stock: Some(2), ..item("shoes", "Running shoes", "Asics", &["Shoes"], 79.5) };
    let sandals = Item { available: false, ..item("sandals", "Sandals", "Clarks", &["Shoes"], 59.0) };
    let unpriced = Item::new(id("earbuds"));
    put(&shop, vec![shoes, sandals, unpriced]);
    shop.append(vec![event("gone", EventBody::ItemDeleted(id("case")))]).unwrap();
    let cart = shop.cart("c").unwrap();
    let troubles = [CartTrouble::Gone, CartTrouble::TooFew(2), CartTrouble::OutOfStock, CartTrouble::NoPrice];
    assert_eq!(priced(&shop, &cart), (vec![0, 23850, 0, 0], troubles.map(Some).to_vec(), 23850));
    // What the cart had already may be sent again, though it is gone; what it had not may not.
    shop.update_cart("c", lines(&[("case", 1)])).unwrap();
    shop.update_cart("c", Vec::new()).unwrap();
    assert!(shop.update_cart("c", lines(&[("case", 1)])).is_err());
}

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }
}

fn engine(folder: &Path, clock: &Arc<Hand>) -> Engine {
    let config = EngineConfig { data_dir: folder.to_owned(), ..EngineConfig::default() };
    Engine::open(config, Arc::clone(clock) as Arc<dyn Clock>).unwrap()
}

#[test]
fn carts_nobody_touches_expire_and_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hand(AtomicI64::new(NOW.0)));
    let first = engine(folder.path(), &clock);
    let settings = Settings { encoders: Vec::new(), ..Settings::default() };
    let shop = first.create_shop(&ShopId::new("test").unwrap(), settings).unwrap();
    put(&shop, items());
    for name in ["old", "used"] {
        shop.create_cart(name, lines(&[("case", 1)])).unwrap();
    }
    clock.0.fetch_add(20 * DAY_MS, Ordering::Relaxed);
    shop.update_cart("used", lines(&[("case", 2)])).unwrap();
    clock.0.fetch_add(10 * DAY_MS, Ordering::Relaxed);
    assert!(matches!(shop.cart("old"), Err(Error::UnknownCart)));
    assert!(shop.cart("used").is_ok());
    drop(shop);
    drop(first);
    let second = engine(folder.path(), &clock);
    let shop = second.shop("test").unwrap();
    assert_eq!((shop.purge_carts().unwrap(), shop.purge_carts().unwrap()), (1, 0));
    let left: Vec<_> = std::fs::read_dir(folder.path().join("shops/test/carts")).unwrap().collect();
    assert_eq!((left.len(), shop.cart("used").is_ok()), (1, true));
}
