//! The two shops committed under `fixtures`, read into items and events. `fixtures/README.md` tells what they are.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{
    Actor, Currency, Event, EventBody, EventId, FieldError, Interaction, InteractionKind, Item, ItemId, Millis, Money,
    SessionId, UserId, Value,
};

use crate::{Result, lines};

/// The table of invoice lines in the folder of `gifts`.
pub(crate) const GIFTS_LINES: &str = "lines.tsv";

/// The items of `fixtures/amazon`.
///
/// # Errors
/// Where the folder is not that fixture; as in all functions here.
pub fn amazon_items(dir: &Path) -> Result<Vec<Item>> {
    items(&lines::require(dir, "products.jsonl")?)
}

/// The items of `fixtures/gifts`.
pub fn gifts_items(dir: &Path) -> Result<Vec<Item>> {
    items(&lines::require(dir, "items.jsonl")?)
}

/// All events of `fixtures/gifts`, in order of time: about a million. [`each_gifts_event`] does not hold them all.
pub fn gifts_events(dir: &Path) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    each_gifts_event(dir, |event| events.push(event))?;
    Ok(events)
}

/// Calls `take` for every invoice line of `fixtures/gifts` in order of time: a purchase, or a refund on a cancellation, of
/// its customer; the invoice is the session, and a guest is known by it alone. Ids are `uci-INVOICE-LINE`.
pub fn each_gifts_event(dir: &Path, mut take: impl FnMut(Event)) -> Result<()> {
    let path = lines::require(dir, GIFTS_LINES)?;
    let mut invoice = Invoice::default();
    // Some invoices go on after others have begun; their lines go on being numbered.
    let mut lines_of: FxHashMap<Arc<str>, u32> = FxHashMap::default();
    lines::each_row(&path, b'\t', ["invoice", "item", "quantity", "price", "time", "customer"], |row| {
        let [number, item, quantity, price, time, customer] = row;
        if !number.is_empty() {
            lines_of.insert(Arc::clone(&invoice.number), invoice.lines);
            invoice = Invoice::begin(number, time, customer)?;
            invoice.lines = lines_of.get(number).copied().unwrap_or_default();
        }
        take(invoice.line(item, quantity, price)?);
        Ok(())
    })
}

/// The events that put items into a catalogue, one an item, with the id `item-ID`. An item that tells when it was first
/// sold came then, others at `time`.
pub fn catalogue_events(items: Vec<Item>, time: Millis) -> Result<Vec<Event>> {
    let event = |item: Item| {
        let time = match item.get("first_sold") {
            Some(Value::Time(first_sold)) => *first_sold,
            _ => time,
        };
        Ok(Event { id: EventId::new(format!("item-{}", item.id))?, time, body: EventBody::ItemUpserted(item) })
    };
    items.into_iter().map(event).collect()
}

fn items(path: &Path) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    lines::each(path, |_, line| {
        let document = formats::json::parse(line.as_bytes())?;
        items.push(formats::json::item_from_json(&document, None)?);
        Ok(())
    })?;
    Ok(items)
}

/// The invoice whose lines are being read.
#[derive(Default)]
struct Invoice {
    number: Arc<str>,
    actor: Actor,
    time: Millis,
    lines: u32,
}

impl Invoice {
    fn begin(number: &str, time: &str, customer: &str) -> std::result::Result<Self, FieldError> {
        let user = if customer.is_empty() { None } else { Some(UserId::new(customer)?) };
        let moment: jiff::Timestamp = time
            .parse()
            .map_err(|_| FieldError::new("time_invalid", "time", "a time such as 2010-12-01T08:26Z", time))?;
        Ok(Self {
            number: Arc::from(number),
            actor: Actor { user, anonymous: None, session: Some(SessionId::new(number)?) },
            time: Millis(moment.as_millisecond()),
            lines: 0,
        })
    }

    fn line(&mut self, item: &str, quantity: &str, price: &str) -> std::result::Result<Event, FieldError> {
        self.lines += 1;
        let pieces: i64 = number("quantity", quantity)?;
        let price: f64 = number("price", price)?;
        let kind = if pieces < 0 { InteractionKind::Refund } else { InteractionKind::Purchase };
        let pieces = u32::try_from(pieces.unsigned_abs())
            .map_err(|_| FieldError::new("quantity_invalid", "quantity", "a 32-bit number of pieces", quantity))?;
        let mut interaction = Interaction::new(kind, self.actor.clone());
        interaction.item = Some(ItemId::new(item)?);
        interaction.quantity = Some(pieces);
        interaction.value = Some(Money::new(price * f64::from(pieces), Currency::new("GBP")?)?);
        let id = EventId::new(format!("uci-{}-{}", self.number, self.lines))?;
        Ok(Event { id, time: self.time, body: EventBody::Interaction(interaction) })
    }
}

fn number<T: std::str::FromStr>(field: &'static str, text: &str) -> std::result::Result<T, FieldError> {
    text.parse().map_err(|_| FieldError::new("number_invalid", field, "a number", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
    }

    #[test]
    fn the_amazon_shop_is_whole() {
        let items = amazon_items(&fixture("amazon")).unwrap();
        assert_eq!(items.len(), 6764);
        assert_eq!(items[0].id.as_str(), "B07CXG6C9W");
        assert_eq!(items.iter().filter(|item| item.get("price").is_some()).count(), 1987);
        assert!(
            matches!(items[0].get("color"), Some(Value::Keywords(words)) if words.as_slice() == [Arc::from("Black")])
        );
        assert!(matches!(items[0].get("bullets"), Some(Value::Text(_))));
    }

    #[test]
    fn the_gifts_shop_is_whole() {
        let dir = fixture("gifts");
        let items = gifts_items(&dir).unwrap();
        assert_eq!(items.len(), 4716);
        let heart = items.iter().find(|item| item.id.as_str() == "85123A").unwrap();
        assert_eq!(heart.title(), "WHITE HANGING HEART T-LIGHT HOLDER");
        assert!(matches!(heart.get("first_sold"), Some(Value::Time(_))));

        let (mut count, mut refunds, mut last) = (0, 0, Millis(0));
        each_gifts_event(&dir, |event| {
            assert!(event.time >= last);
            last = event.time;
            count += 1;
            let EventBody::Interaction(interaction) = &event.body else { panic!("{event:?}") };
            refunds += usize::from(interaction.kind == InteractionKind::Refund);
        })
        .unwrap();
        assert_eq!((count, refunds), (1_024_595, 9_561));
    }

    #[test]
    fn a_line_is_an_event_of_its_invoice() {
        let dir = tempfile::tempdir().unwrap();
        let text = "invoice\titem\tquantity\tprice\ttime\tcustomer\tcountry\n\
                    489434\t85048\t12\t6.95\t2009-12-01T07:45Z\t13085\tUnited Kingdom\n\
                    \t22041\t1\t2.1\t\t\t\n\
                    C489449\t22087\t-12\t2.95\t2009-12-01T10:33Z\t\tAustralia\n";
        fs_err::write(dir.path().join("lines.tsv"), text).unwrap();
        let events = gifts_events(dir.path()).unwrap();
        let told: Vec<String> = events
            .iter()
            .map(|event| {
                let EventBody::Interaction(deed) = &event.body else { panic!("{event:?}") };
                let (actor, value) = (deed.actor.key().unwrap(), deed.value.unwrap().amount());
                format!("{} {} {} {:?} {value}", event.id, event.time.0, deed.kind.name(), actor.as_str())
            })
            .collect();
        assert_eq!(
            told,
            [
                "uci-489434-1 1259653500000 purchase \"u:13085\" 83.4",
                "uci-489434-2 1259653500000 purchase \"u:13085\" 2.1",
                "uci-C489449-1 1259663580000 refund \"s:C489449\" 35.4",
            ]
        );
        fs_err::write(dir.path().join("lines.tsv"), text.replace("\t-12\t", "\tdozen\t")).unwrap();
        let message = gifts_events(dir.path()).unwrap_err().to_string();
        assert!(message.ends_with("lines.tsv, line 4: `quantity`: expected a number, got dozen"), "{message}");
    }
}
