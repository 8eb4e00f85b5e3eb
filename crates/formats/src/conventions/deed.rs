//! One event of others with its items, made into native events.

use serde_json::{Map, Value, json};
use types::{FieldError, InteractionKind};

use super::draft::Draft;
use super::ids;
use super::layout::{Layout, Site};
use super::meaning::{Meaning, REMOVED, REMOVED_WEIGHT, meaning};
use super::node::Node;
use super::reading::Reading;

/// An event of others.
pub(super) struct Deed<'a> {
    pub(super) site: Site<'a>,
    pub(super) layout: &'a Layout,
    /// What it is called, and where that stands.
    pub(super) name: Node<'a>,
    pub(super) lines: Vec<Line<'a>>,
}

/// One item of an event.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub(super) at: String,
    pub(super) item: Option<Node<'a>>,
    pub(super) price: Option<Node<'a>>,
    pub(super) quantity: Option<Node<'a>>,
    pub(super) position: Option<Node<'a>>,
    pub(super) currency: Option<Node<'a>>,
    pub(super) query_id: Option<Node<'a>>,
}

impl<'a> Deed<'a> {
    /// An event whose parts stand where the layout says.
    pub(super) fn new(site: Site<'a>, layout: &'a Layout, name: Node<'a>) -> Self {
        let lines = lines(&site, layout);
        Self { site, layout, name, lines }
    }

    /// Tells the event by what its name means.
    pub(super) fn tell(&self, reading: &mut Reading<'_>) {
        self.tell_as(&self.name.text().unwrap_or_default(), reading);
    }

    /// Tells the event by what another name than its own means.
    pub(super) fn tell_as(&self, name: &str, reading: &mut Reading<'_>) {
        self.become_what(meaning(name, reading.mapping), name, reading);
    }

    /// Tells the event as what it means.
    pub(super) fn become_what(&self, meaning: Meaning, name: &str, reading: &mut Reading<'_>) {
        match meaning {
            Meaning::Skip(reason) => reading.skip(name, reason),
            Meaning::Impression if self.lines.is_empty() => reading.skip(name, "a list that names no items"),
            Meaning::Impression => self.impression(reading),
            Meaning::Kind(kind) if kind == "search" => self.search(name, reading),
            Meaning::Kind(kind) if self.lines.is_empty() => self.without_items(&kind, name, reading),
            Meaning::Kind(kind) => self.interactions(&kind, reading),
        }
    }

    fn search(&self, name: &str, reading: &mut Reading<'_>) {
        match self.query() {
            // A search with its results is the slate that was shown, which is told with what was searched for.
            _ if !self.lines.is_empty() => self.impression(reading),
            None => reading.skip(name, "a search without words"),
            Some(_) => self.interaction("search", None, self.id(reading), reading),
        }
    }

    fn without_items(&self, kind: &str, name: &str, reading: &mut Reading<'_>) {
        if kind == InteractionKind::Refund.name() {
            return reading.skip(name, "a refund of a whole order does not say which items came back");
        }
        if kind.starts_with("custom:") {
            return self.interaction(kind, None, self.id(reading), reading);
        }
        let places = self.layout.line.item.iter().map(|path| self.under(path));
        let places: Vec<String> = self.layout.lines.iter().map(|list| self.under(list)).chain(places).collect();
        let expected = format!("an item at one of {}, because the event means `{kind}`", places.join(", "));
        let field = places.first().cloned().unwrap_or_default();
        reading.refuse(FieldError::new("field_missing", field, expected, "nothing"));
    }

    fn under(&self, path: &str) -> String {
        let parts = [self.site.event.path.as_str(), path];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    }

    fn interactions(&self, kind: &str, reading: &mut Reading<'_>) {
        let own = self.id(reading);
        let order = self.order().filter(|_| kind == InteractionKind::Purchase.name());
        let mut seen: Vec<String> = Vec::new();
        for (place, line) in self.lines.iter().enumerate() {
            let item = line.item.as_ref().and_then(Node::text).unwrap_or_default();
            let id = match &order {
                // An order is one purchase however often, and by whomever, it is told.
                Some(order) => {
                    let number = order.text().unwrap_or_default();
                    let before = seen.iter().filter(|other| **other == item).count();
                    let again = if before == 0 { String::new() } else { format!("-{}", before + 1) };
                    ids::own("order", &format!("{number}-{item}{again}"))
                }
                None if self.lines.len() == 1 => own.clone(),
                None => format!("{own}-{}", place + 1),
            };
            seen.push(item);
            self.interaction(kind, Some(line), id, reading);
        }
    }

    fn interaction(&self, kind: &str, line: Option<&Line<'a>>, id: String, reading: &mut Reading<'_>) {
        let mut draft = Draft::new(kind, &self.name);
        self.common(&mut draft);
        if !draft.has("session") && [InteractionKind::Purchase.name(), InteractionKind::Refund.name()].contains(&kind) {
            draft.text("session", self.order().as_ref());
        }
        let query_id = line.and_then(|line| line.query_id.clone()).or_else(|| self.query_id());
        draft.text("query_id", query_id.as_ref());
        draft.text("query", self.query().as_ref());
        if kind == InteractionKind::Review.name() {
            self.review(&mut draft, reading);
        }
        if kind == REMOVED && !self.shop_weighs_removal(reading) {
            draft.set("weight", json!(REMOVED_WEIGHT));
        }
        if let Some(line) = line {
            draft.text("item", line.item.as_ref());
            draft.quantity(line.quantity.as_ref());
            self.position(line, &mut draft);
            self.money(line, &mut draft, reading);
        }
        let at = line.map_or(self.site.event.path.as_str(), |line| line.at.as_str());
        draft.finish(id, at, reading);
    }

    fn shop_weighs_removal(&self, reading: &Reading<'_>) -> bool {
        let kind = crate::json::kind_from_text(REMOVED);
        reading.settings.zip(kind).is_some_and(|(settings, kind)| settings.weights.contains_key(&kind))
    }

    /// Who and when.
    fn common(&self, draft: &mut Draft) {
        let Layout { user, anonymous, session, .. } = self.layout;
        draft.time(self.time().as_ref());
        draft.text("user", self.site.find("user", user).as_ref());
        draft.text("anonymous", self.site.find("anonymous", anonymous).as_ref());
        draft.text("session", self.site.find("session", session).as_ref());
    }

    fn review(&self, draft: &mut Draft, reading: &Reading<'_>) {
        draft.text("text", self.site.find("text", self.layout.text).as_ref());
        let Some(node) = self.site.find("rating", self.layout.rating) else { return };
        let rated = node.number().map(|rating| match reading.mapping.rating_range {
            Some((worst, best)) => (rating - worst) / (best - worst),
            // Stars run from 1 to 5; what lies between 0 and 1 is on our scale already.
            None if rating > 0.0 && rating < 1.0 => rating,
            None => (rating - 1.0) / 4.0,
        });
        draft.put("rating", &node, rated.map_or_else(|| node.value.clone(), |rating| json!(rating)));
    }

    fn position(&self, line: &Line<'a>, draft: &mut Draft) {
        let Some(node) = &line.position else { return };
        let place = node.number().map(|place| place + f64::from(1 - self.layout.line.first_place));
        draft.put("position", node, place.map_or_else(|| node.value.clone(), |place| json!(place)));
    }

    /// What the line cost: its pieces at their price, or what the event as a whole cost where it has one line.
    fn money(&self, line: &Line<'a>, draft: &mut Draft, reading: &Reading<'_>) {
        let total = || self.site.find("value", self.layout.total).filter(|_| self.lines.len() == 1);
        let (node, amount) = match &line.price {
            Some(node) => {
                let pieces = line.quantity.as_ref().and_then(Node::number).filter(|pieces| *pieces > 0.0);
                (node.clone(), node.number().map(|price| round(price * pieces.unwrap_or(1.0))))
            }
            None => match total() {
                Some(node) => (node.clone(), node.number()),
                None => return,
            },
        };
        let currency = line.currency.clone().or_else(|| self.site.find("value.currency", self.layout.currency));
        let given = || reading.mapping.currency.map(|currency| currency.as_str().to_owned());
        draft.money(&node, amount, currency.and_then(|node| node.text()).or_else(given));
    }

    fn impression(&self, reading: &mut Reading<'_>) {
        let mut draft = Draft::new(super::meaning::IMPRESSION, &self.name);
        self.common(&mut draft);
        let own = self.id(reading);
        let answer = self.query_id().or_else(|| self.lines.iter().find_map(|line| line.query_id.clone()));
        let named = answer.as_ref().and_then(Node::text);
        // Where the answer was given here, its slate is in the log already, under this very id.
        let id = named.as_ref().map_or_else(|| own.clone(), |answer| ids::own("impression", answer));
        match &answer {
            Some(node) => draft.text("query_id", Some(node)),
            None => draft.set("query_id", Value::from(own)),
        }
        let query = self.query();
        draft.text("query", query.as_ref());
        let list = self.site.find("surface", self.layout.list);
        let surface = surface(list.as_ref(), query.is_some());
        match &list {
            Some(node) => draft.put("surface", node, Value::from(surface)),
            None => draft.set("surface", Value::from(surface)),
        }
        match self.shown() {
            Ok(shown) => {
                let from = self.lines.first().and_then(|line| line.item.clone()).unwrap_or_else(|| self.name.clone());
                draft.put("shown", &from, shown);
                draft.finish(id, &self.site.event.path, reading);
            }
            Err(error) => reading.refuse(error),
        }
    }

    fn shown(&self) -> Result<Value, FieldError> {
        let first = f64::from(self.layout.line.first_place);
        let one = |(at, line): (usize, &Line<'a>)| {
            let missing = || FieldError::new("field_missing", line.at.clone(), "the id of an item", "nothing");
            let id = line.item.as_ref().and_then(Node::text).ok_or_else(missing)?;
            types::ItemId::new(&id).map_err(|error| FieldError { field: line.at.clone(), ..error })?;
            let place = line.position.as_ref().and_then(Node::number).map(|place| place - first + 1.0);
            let place = place.filter(|place| *place >= 1.0 && place.fract() == 0.0 && *place < 1e9);
            Ok(json!({ "item": id, "position": place.unwrap_or(at as f64 + 1.0) }))
        };
        self.lines.iter().enumerate().map(one).collect::<Result<Vec<Value>, _>>().map(Value::Array)
    }

    fn time(&self) -> Option<Node<'a>> {
        self.site.find("time", self.layout.time)
    }

    fn query(&self) -> Option<Node<'a>> {
        self.site.find("query", self.layout.query)
    }

    fn query_id(&self) -> Option<Node<'a>> {
        self.site.find("query_id", self.layout.query_id)
    }

    fn order(&self) -> Option<Node<'a>> {
        self.layout.order.iter().find_map(|path| self.site.event.get(path))
    }

    /// The event's own id, else a hash of what it says. One that names no moment also gets the moment it came, for two
    /// looks at one item are two looks.
    fn id(&self, reading: &Reading<'_>) -> String {
        let own = self.site.find("event_id", self.layout.id).and_then(|node| node.text());
        if let Some(own) = own {
            return ids::own(reading.convention, &own);
        }
        let received = Value::from(reading.received.0);
        let around: Vec<Node<'a>> =
            self.layout.identity.iter().filter_map(|path| self.site.find("", std::slice::from_ref(path))).collect();
        let place = Value::from(self.site.event.path.as_str());
        let mut said = vec![self.site.event.value];
        said.extend(around.iter().map(|node| node.value));
        if !self.layout.identity.is_empty() {
            said.push(&place);
        }
        if self.time().is_none() {
            said.push(&received);
        }
        ids::hashed(reading.convention, &said)
    }
}

/// Ten-thousandths are as fine as money gets; products of decimals are not exact.
fn round(amount: f64) -> f64 {
    (amount * 10_000.0).round() / 10_000.0
}

fn lines<'a>(site: &Site<'a>, layout: &Layout) -> Vec<Line<'a>> {
    let listed: Vec<Node<'a>> =
        layout.lines.iter().map(|path| site.event.list(path)).find(|list| !list.is_empty()).unwrap_or_default();
    if !listed.is_empty() {
        let one = |node: &Node<'a>| {
            // A list of plain ids is a list of items too.
            let plain = || Some(node.clone()).filter(|node| node.text().is_some());
            let line = line(site, layout, node);
            Line { item: line.item.clone().or_else(plain), ..line }
        };
        return listed.iter().map(one).collect();
    }
    let alone = if layout.alone.is_empty() { Some(site.event.clone()) } else { site.event.get(layout.alone) };
    let alone = alone.map(|node| line(site, layout, &node));
    alone.filter(|line| line.item.is_some()).into_iter().collect()
}

fn line<'a>(site: &Site<'a>, layout: &Layout, node: &Node<'a>) -> Line<'a> {
    let paths = &layout.line;
    Line {
        at: node.path.clone(),
        item: site.find_in(node, "item", paths.item),
        price: site.find_in(node, "value", paths.price),
        quantity: site.find_in(node, "quantity", paths.quantity),
        position: site.find_in(node, "position", paths.position),
        currency: node.any(paths.currency),
        query_id: node.any(paths.query_id),
    }
}

/// Where a list stood, by what it is called.
fn surface(list: Option<&Node<'_>>, has_query: bool) -> &'static str {
    let name = list.and_then(Node::text).unwrap_or_default().to_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has_query || about(&["search", "搜索"]) {
        "search"
    } else if about(&["purchase", "thank", "order", "下单"]) {
        "after-purchase"
    } else if about(&["cart", "basket", "checkout", "购物车"]) {
        "cart"
    } else if about(&["product", "detail", "similar", "related", "bought", "pdp", "商品", "相似", "搭配"]) {
        "product"
    } else if about(&["home", "front", "landing", "首页"]) {
        "home"
    } else {
        // A category's page lists goods like an answer to a search does.
        "search"
    }
}

/// An object of some fields of others, for conventions that keep parts of one event apart.
pub(super) fn gathered(parts: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let present = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<String, Value>>())
}
