//! Carts that assistants fill for shoppers: which items, and how many. Nothing else is kept of a cart; what it costs is said
//! of the catalogue as it is when somebody asks.
//!
//! A cart is a document of its own, so that a change writes no more than that and is on the disk before it is answered. Those
//! that nobody touched for [`LIFETIME_MS`] are removed.

mod price;

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::{Value, json};
use store::Store;
use types::{FieldError, ItemId, Millis};

pub use price::{CartTrouble, PricedCart, PricedLine};

use crate::core::Core;
use crate::{Error, Result, Shop};

/// Lines of a cart, at most.
pub const CART_LINES_MAX: usize = 100;
/// Pieces of one item, at most.
pub const CART_QUANTITY_MAX: u32 = 999;
/// Carts a shop keeps, at most; the next one is refused, since none that was accepted is thrown away before its time.
const CARTS_MAX: usize = 100_000;
/// A cart that was not changed for so long is removed: 30 days.
const LIFETIME_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Carts are written side by side, but one cart only once at a time: each id has one of so many locks.
const LOCKS: usize = 16;

/// Items that a shopper thinks of buying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cart {
    /// Its name, which nobody can guess.
    pub id: String,
    /// What is in it, each item once.
    pub lines: Vec<CartLine>,
    /// When it was last changed.
    pub changed: Millis,
}

/// So many pieces of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CartLine {
    /// The item.
    pub item: ItemId,
    /// How many pieces.
    pub quantity: u32,
}

impl Cart {
    /// When it is removed unless it is changed before.
    pub fn expires(&self) -> Millis {
        Millis(self.changed.0.saturating_add(LIFETIME_MS))
    }
}

/// What is known of a shop's carts beside their documents.
///
/// Lock order: one of `writing`, then `expiries`.
#[derive(Default)]
pub(crate) struct Carts {
    /// When each cart expires; `None` until the documents were first read.
    expiries: Mutex<Option<HashMap<String, Millis>>>,
    writing: [Mutex<()>; LOCKS],
}

impl Carts {
    /// Works on the known carts, which are read from the disk at the first call.
    fn known<T>(&self, core: &Core, work: impl FnOnce(&mut HashMap<String, Millis>) -> T) -> Result<T> {
        let mut expiries = self.expiries.lock();
        if expiries.is_none() {
            *expiries = Some(read_all(core)?);
        }
        Ok(work(expiries.get_or_insert_default()))
    }

    fn writing(&self, id: &str) -> parking_lot::MutexGuard<'_, ()> {
        let sum = id.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        self.writing[sum % LOCKS].lock()
    }
}

impl Shop {
    /// Makes a cart called `id`, which must be a name that nobody can guess. It is on the disk when this returns.
    ///
    /// # Errors
    /// A line that is refused, [`Error::TooManyCarts`], or a document that cannot be written.
    pub fn create_cart(&self, id: &str, lines: Vec<CartLine>) -> Result<Cart> {
        let core = &self.core;
        let cart = Cart { id: id.to_owned(), lines: checked(core, lines, &[])?, changed: core.clock.now() };
        let reserve = |known: &mut HashMap<String, Millis>| {
            known.len() < CARTS_MAX && known.insert(cart.id.clone(), cart.expires()).is_none()
        };
        if !core.carts.known(core, reserve)? && (self.purge_carts()? == 0 || !core.carts.known(core, reserve)?) {
            return Err(Error::TooManyCarts { most: CARTS_MAX });
        }
        let _alone = core.carts.writing(id);
        let written = core.store.carts().put(id, &to_bytes(&cart));
        if written.is_err() {
            core.carts.known(core, |known| known.remove(id))?;
        }
        Ok(written.map(|()| cart)?)
    }

    /// A cart as it was last changed.
    ///
    /// # Errors
    /// [`Error::UnknownCart`], or a document that cannot be read.
    pub fn cart(&self, id: &str) -> Result<Cart> {
        let core = &self.core;
        let now = core.clock.now();
        // Asked first, so that only names of ours ever reach the disk.
        let is_live = |known: &mut HashMap<String, Millis>| known.get(id).is_some_and(|expires| now < *expires);
        if !core.carts.known(core, is_live)? {
            return Err(Error::UnknownCart);
        }
        read_one(&core.store, id)?.ok_or(Error::UnknownCart)
    }

    /// Gives a cart other lines, in place of all it had. They are on the disk when this returns.
    ///
    /// # Errors
    /// [`Error::UnknownCart`], a line that is refused, or a document that cannot be written.
    pub fn update_cart(&self, id: &str, lines: Vec<CartLine>) -> Result<Cart> {
        let core = &self.core;
        let _alone = core.carts.writing(id);
        let before = self.cart(id)?;
        let lines = checked(core, lines, &before.lines)?;
        let cart = Cart { lines, changed: core.clock.now(), ..before };
        core.store.carts().put(id, &to_bytes(&cart))?;
        core.carts.known(core, |known| known.insert(cart.id.clone(), cart.expires()))?;
        Ok(cart)
    }

    /// Removes a cart; says what was in it.
    ///
    /// # Errors
    /// [`Error::UnknownCart`], or a document that cannot be removed.
    pub fn cancel_cart(&self, id: &str) -> Result<Cart> {
        let core = &self.core;
        let _alone = core.carts.writing(id);
        let cart = self.cart(id)?;
        core.store.carts().delete(id)?;
        core.carts.known(core, |known| known.remove(id))?;
        Ok(cart)
    }

    /// Removes the carts whose time is over; says how many.
    ///
    /// # Errors
    /// Where the documents cannot be listed, or one cannot be removed.
    pub fn purge_carts(&self) -> Result<usize> {
        let core = &self.core;
        let now = core.clock.now();
        let over = core.carts.known(core, |known| {
            let over = known.iter().filter(|(_, expires)| now >= **expires);
            over.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        })?;
        let mut removed = 0;
        for id in over {
            let _alone = core.carts.writing(&id);
            // Between the list and the lock somebody may have removed it.
            let is_over = core.carts.known(core, |known| known.get(&id).is_some_and(|expires| now >= *expires))?;
            if is_over {
                core.store.carts().delete(&id)?;
                core.carts.known(core, |known| known.remove(&id))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Lines with each item once. An item must be there, unless the cart `before` had it: what is gone since is told with the
/// prices.
fn checked(core: &Core, lines: Vec<CartLine>, before: &[CartLine]) -> Result<Vec<CartLine>> {
    let wrong = |field: String, expected: String, got: String| -> Error {
        FieldError::new("value_invalid", field, expected, got).into()
    };
    if lines.len() > CART_LINES_MAX {
        return Err(wrong("line_items".into(), format!("at most {CART_LINES_MAX}"), lines.len().to_string()));
    }
    let mut kept: Vec<CartLine> = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        let had = before.iter().any(|old| old.item == line.item);
        if !had && core.store.catalogue().item(&line.item)?.is_none() {
            let field = format!("line_items[{at}].item.id");
            return Err(wrong(field, "the id of a variant of this shop".into(), line.item.to_string()));
        }
        let known = kept.iter().position(|other| other.item == line.item);
        let others = known.map_or(0, |known| kept[known].quantity);
        let quantity = others.saturating_add(line.quantity);
        if line.quantity == 0 || quantity > CART_QUANTITY_MAX {
            let field = format!("line_items[{at}].quantity");
            return Err(wrong(field, format!("1 to {CART_QUANTITY_MAX} pieces of an item"), quantity.to_string()));
        }
        match known {
            Some(known) => kept[known].quantity = quantity,
            None => kept.push(line),
        }
    }
    Ok(kept)
}

fn to_bytes(cart: &Cart) -> Vec<u8> {
    let line = |line: &CartLine| json!({ "item": line.item.as_str(), "quantity": line.quantity });
    let lines: Vec<Value> = cart.lines.iter().map(line).collect();
    json!({ "changed_ms": cart.changed.0, "lines": lines }).to_string().into_bytes()
}

fn from_bytes(id: &str, bytes: &[u8]) -> Option<Cart> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let line = |line: &Value| {
        let quantity = line["quantity"].as_u64().and_then(|quantity| u32::try_from(quantity).ok())?;
        Some(CartLine { item: ItemId::new(line["item"].as_str()?).ok()?, quantity })
    };
    let lines = document["lines"].as_array()?.iter().map(line).collect::<Option<_>>()?;
    Some(Cart { id: id.to_owned(), lines, changed: Millis(document["changed_ms"].as_i64()?) })
}

fn read_one(store: &Store, id: &str) -> Result<Option<Cart>> {
    let Some(bytes) = store.carts().get(id)? else { return Ok(None) };
    let cart = from_bytes(id, &bytes);
    // Its checksum is right, so another version of the program wrote it.
    cart.map(Some).ok_or_else(|| Error::Store(format!("the cart `{id}` cannot be understood").into()))
}

/// When each cart on the disk expires. One that cannot be read is kept for as long as a new one, so that it is told of and
/// not taken for one that never was.
fn read_all(core: &Core) -> Result<HashMap<String, Millis>> {
    let unread = Millis(core.clock.now().0.saturating_add(LIFETIME_MS));
    let mut expiries = HashMap::new();
    for id in core.store.carts().names()? {
        match read_one(&core.store, &id) {
            Ok(None) => {}
            Ok(Some(cart)) => drop(expiries.insert(id, cart.expires())),
            Err(error) => {
                tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "a cart cannot be read");
                expiries.insert(id, unread);
            }
        }
    }
    Ok(expiries)
}
