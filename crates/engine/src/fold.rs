use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use features::{ItemFacts, Traffic};
use types::{
    Actor, Enrichment, Event, EventBody, FieldError, Impression, Interaction, InteractionKind, Item, ItemId, ItemPatch,
    Millis, Position, Row, Settings, Shown, Signal, UserId, Value, ValueKind, well_known,
};

use crate::exploration::Exploration;
use crate::names::{Names, put_bytes, take_bytes};
use crate::online::Online;
use crate::quarantine::Quarantine;
use crate::recommenders::signal_of;
use crate::rerank::sellers::Sellers;
use crate::reviews;
use crate::searches::{self, Searches};

/// What is folded from the log in memory: names, features, neighbours, and the position up to which they are.
#[derive(Clone)]
pub(crate) struct Fold {
    pub(crate) position: Position,
    /// Whether every event before `position` has reached everything derived. Not so after a group that failed half-way:
    /// then nothing more is folded or checkpointed until the next start replays it.
    pub(crate) whole: bool,
    pub(crate) features: features::State,
    pub(crate) neighbours: learn::Neighbours,
    pub(crate) searches: Searches,
    /// How much the shop is used.
    pub(crate) traffic: Traffic,
    pub(crate) reviews: features::Reviews,
    pub(crate) sellers: Sellers,
    pub(crate) online: Online,
    pub(crate) exploration: Exploration,
    pub(crate) quarantine: Quarantine,
}

/// What a batch of events changes in the catalogue; the last change of an item wins.
#[derive(Default)]
pub(crate) struct CatalogueChanges {
    order: Vec<ItemId>,
    latest: HashMap<ItemId, (Row, Option<Item>)>,
    pub(crate) erased: Vec<UserId>,
}

impl CatalogueChanges {
    /// The item as this batch has left it so far.
    fn get(&self, id: &ItemId) -> Option<&Item> {
        self.latest.get(id).and_then(|(_, item)| item.as_ref())
    }

    /// The changes, in order of first touch: `None` deletes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ItemId, Row, Option<&Item>)> {
        self.order.iter().filter_map(|id| self.latest.get(id).map(|(row, item)| (id, *row, item.as_ref())))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn current(&self, id: &ItemId, lookup: &Lookup<'_>) -> store::Result<Option<Item>> {
        self.latest.get(id).map_or_else(|| lookup(id), |(_, current)| Ok(current.clone()))
    }

    /// The item with the picture it has already, where it brings none, and with the values found for it: a catalogue that is
    /// put in anew every night knows nothing of what programs saw.
    fn with_found(&self, mut item: Item, names: &Names, lookup: &Lookup<'_>) -> store::Result<Item> {
        // Most items put in are new to the shop; those need not be looked up.
        if names.items.row(item.id.as_str()).is_some()
            && let Some(current) = self.current(&item.id, lookup)?
        {
            item.keep_found(&current);
            item.picture = item.picture.or(current.picture);
        }
        Ok(item)
    }

    /// Records what an event changes in the catalogue; says which item is there now, if the event put one there.
    pub(crate) fn apply(
        &mut self,
        event: &Event,
        names: &mut Names,
        lookup: &Lookup<'_>,
    ) -> store::Result<Option<Row>> {
        let (id, item) = match &event.body {
            EventBody::ItemUpserted(item) => (&item.id, Some(self.with_found(item.clone(), names, lookup)?)),
            EventBody::ItemPatched(patch) => {
                let current = self.current(&patch.id, lookup)?;
                // A patch of an item that is gone has nothing to change; the API refuses it, an import may race.
                let Some(mut item) = current else { return Ok(None) };
                item.apply(patch);
                (&patch.id, Some(item))
            }
            EventBody::ItemEnriched(enrichment) => {
                let Some(mut item) = self.current(&enrichment.id, lookup)? else { return Ok(None) };
                item.enrich(enrichment);
                (&enrichment.id, Some(item))
            }
            EventBody::ItemDeleted(id) => (id, None),
            EventBody::UserErased(user) => {
                self.erased.push(user.clone());
                return Ok(None);
            }
            EventBody::Interaction(_) | EventBody::Impression(_) => return Ok(None),
        };
        let row = names.items.intern(id.shared());
        let is_there = item.is_some();
        if self.latest.insert(id.clone(), (row, item)).is_none() {
            self.order.push(id.clone());
        }
        Ok(is_there.then_some(row))
    }
}

/// Reads an item as the catalogue had it before the batch.
pub(crate) type Lookup<'a> = dyn Fn(&ItemId) -> store::Result<Option<Item>> + 'a;

impl Fold {
    pub(crate) fn new() -> Self {
        Self {
            position: Position(0),
            whole: true,
            features: features::State::new(features::Config::default()),
            neighbours: learn::Neighbours::new(learn::NeighboursConfig::default()),
            searches: Searches::new(),
            traffic: Traffic::default(),
            reviews: features::Reviews::new(features::ReviewConfig::default()),
            sellers: Sellers::new(),
            online: Online::default(),
            exploration: Exploration::default(),
            quarantine: Quarantine::default(),
        }
    }

    /// Refuses where an earlier group failed half-way.
    pub(crate) fn check_whole(&self) -> store::Result<()> {
        let cause = || "an earlier group of events could not be folded in".to_owned();
        if self.whole { Ok(()) } else { Err(store::Error::Poisoned { cause: cause() }) }
    }

    /// Bytes of a checkpoint; `names` are those known at the same moment, encoded.
    pub(crate) fn encode(&self, names: Vec<u8>) -> Vec<u8> {
        let mut out = Vec::new();
        let (features, neighbours) = (self.features.encode(), self.neighbours.encode());
        let (searches, reviews, sellers) = (self.searches.encode(), self.reviews.encode(), self.sellers.encode());
        for part in [names, features, neighbours, searches, reviews, sellers, self.online.encode()] {
            put_bytes(&mut out, &part);
        }
        put_bytes(&mut out, &self.exploration.encode());
        put_bytes(&mut out, &self.quarantine.encode());
        put_bytes(&mut out, &self.traffic.encode());
        out
    }

    /// Reads a checkpoint; `None` where the bytes are of another version or damaged, so that a replay rebuilds them.
    pub(crate) fn decode(position: Position, mut bytes: &[u8]) -> Option<(Self, Names)> {
        let rest = &mut bytes;
        let names = Names::decode(take_bytes(rest)?)?;
        let features = features::State::decode(features::Config::default(), take_bytes(rest)?).ok()?;
        let neighbours = learn::Neighbours::decode(learn::NeighboursConfig::default(), take_bytes(rest)?).ok()?;
        let searches = Searches::decode(take_bytes(rest)?)?;
        let reviews = features::Reviews::decode(features::ReviewConfig::default(), take_bytes(rest)?).ok()?;
        let sellers = Sellers::decode(take_bytes(rest)?)?;
        let online = Online::decode(take_bytes(rest)?)?;
        let exploration = Exploration::decode(take_bytes(rest)?)?;
        let quarantine = Quarantine::decode(take_bytes(rest)?)?;
        let traffic = Traffic::decode(take_bytes(rest)?).ok()?;
        let fold = Self {
            position,
            whole: true,
            features,
            neighbours,
            searches,
            traffic,
            reviews,
            sellers,
            online,
            exploration,
            quarantine,
        };
        rest.is_empty().then_some((fold, names))
    }

    /// Folds the event at `position` in. Deterministic: depends on the events so far and the settings alone.
    pub(crate) fn apply(
        &mut self,
        position: Position,
        event: &Event,
        names: &mut Names,
        settings: &Settings,
        lookup: &Lookup<'_>,
        changes: &mut CatalogueChanges,
    ) -> store::Result<()> {
        self.position = position.next();
        let put = changes.apply(event, names, lookup)?;
        if !self.quarantine.admits(event) {
            return Ok(());
        }
        match &event.body {
            EventBody::ItemUpserted(Item { id, .. })
            | EventBody::ItemPatched(ItemPatch { id, .. })
            | EventBody::ItemEnriched(Enrichment { id, .. }) => {
                if let (Some(row), Some(item)) = (put, changes.get(id)) {
                    self.learn_item(row, item, event.time, names);
                }
            }
            EventBody::ItemDeleted(id) => {
                if let Some(row) = names.items.row(id.as_str()) {
                    self.features.remove_item(row);
                }
            }
            EventBody::Interaction(interaction) => {
                self.exploration.done(position, event.time, interaction, names);
                self.fold_signal(position, event, interaction, names, settings);
            }
            EventBody::Impression(impression) => {
                self.exploration.shown(position, event.time, impression, names);
                self.fold_answer(event.time, impression, names);
            }
            EventBody::UserErased(user) => {
                if let Some(row) = names.actors.row(Actor::user_key(user).as_str()) {
                    self.features.forget(row);
                    self.neighbours.forget(row);
                }
                self.searches.forget(&Actor::user_key(user));
                self.quarantine.forget(searches::hash_of(&Actor::user_key(user)));
            }
        }
        reviews::apply(&mut self.reviews, &reviews::by_lexicon(), event, &|id| names.items.row(id.as_str()));
        Ok(())
    }

    fn learn_item(&mut self, row: Row, item: &Item, time: Millis, names: &mut Names) {
        for (name, value) in &item.attributes {
            names.kinds.entry(Arc::clone(name)).or_insert_with(|| value.kind());
        }
        let first_seen = self.features.facts(row).map_or(time, |facts| facts.first_seen);
        self.features.set_item(row, facts(item, first_seen, names));
        self.sellers.set(row, item, names);
    }

    fn fold_answer(&mut self, time: Millis, impression: &Impression, names: &Names) {
        self.searches.answered(time, impression);
        self.traffic.answered(time, impression);
        self.sellers.shown(time, impression, names);
        let row = |shown: &Shown| Some((names.items.row(shown.item.as_str())?, shown.position));
        let query = impression.query.as_deref().and_then(searches::asked);
        let query = query.map(|query| query.hash);
        self.features.answered(query, time, impression.shown.iter().filter_map(row));
        let answer = searches::hash_of_answer(&impression.query_id);
        self.online.answered(answer, query, impression.shown.iter().filter_map(row));
    }

    fn fold_signal(
        &mut self,
        position: Position,
        event: &Event,
        interaction: &Interaction,
        names: &mut Names,
        settings: &Settings,
    ) {
        let item = interaction.item.as_ref().map(|item| names.items.intern(item.shared()));
        self.searches.done(event.time, interaction, item);
        let answer = interaction.query_id.as_ref().map(searches::hash_of_answer);
        self.traffic.done(event.time, interaction, answer);
        let Some(item) = item else { return };
        let follows = [InteractionKind::Click, InteractionKind::AddToCart, InteractionKind::Purchase];
        if follows.contains(&interaction.kind)
            && let Some(query) = self.searches.asked_by(interaction)
        {
            self.features.clicked(query.hash, event.time, item);
        }
        if let Some(answer) = &interaction.query_id {
            self.online.followed(searches::hash_of_answer(answer), item, &interaction.kind, event.time);
        }
        let mut actor_row = |key: Option<types::ActorKey>| key.map(|key| names.actors.intern(Arc::from(key.as_str())));
        let signal = Signal {
            actor: actor_row(interaction.actor.key()),
            session: actor_row(interaction.actor.session_key()),
            ..signal_of(position, event, interaction, settings, item)
        };
        self.features.fold(&signal);
        self.neighbours.fold(&signal);
    }
}

/// What features know of an item.
fn facts(item: &Item, first_seen: Millis, names: &mut Names) -> ItemFacts {
    let mut categories = Vec::new();
    // The first path comes last, so that its leaf is the last code.
    for path in item.categories(well_known::CATEGORY).iter().rev() {
        for depth in 1..=path.len() {
            let code = names.labels.intern(Arc::from(format!("category {}", path[..depth].join(" > ")))).0;
            categories.retain(|known| *known != code);
            categories.push(code);
        }
    }
    let brand = item.keywords(well_known::BRAND).first();
    let price = amount(item, well_known::PRICE);
    let share = |margin: f64| price.filter(|price| *price > 0.0).map(|price| (margin / price).clamp(-1.0, 1.0) as f32);
    ItemFacts {
        price,
        categories: categories.into(),
        brand: brand.map(|brand| names.labels.intern(Arc::from(format!("brand {brand}"))).0),
        group: item.group.as_ref().map(|group| names.labels.intern(Arc::from(format!("group {group}"))).0),
        rating: item.number(well_known::RATING).map(|rating| rating as f32),
        rating_count: item.number(well_known::RATING_COUNT).map_or(0, |count| count.max(0.0) as u32),
        first_seen,
        buyable: item.is_buyable(),
        list_price: amount(item, well_known::LIST_PRICE),
        stock: item.stock,
        margin: amount(item, well_known::MARGIN).and_then(share),
        text_quality: text_quality(item),
    }
}

/// Money, or a number that is meant as such.
fn amount(item: &Item, name: &str) -> Option<f64> {
    match item.get(name) {
        Some(Value::Money(money)) => Some(money.amount()),
        _ => item.number(name),
    }
}

/// How much a document tells a shopper, 0 to 1: a fifth each for a title of some words, a description of some length, a
/// picture, a place in the tree, and attributes beside those.
fn text_quality(item: &Item) -> f32 {
    let chars = |name: &str| {
        let texts = item.text(name).map(|texts| texts.iter().map(|(_, text)| text.chars().count()).max());
        texts.flatten().unwrap_or_default() as f32
    };
    let has = |name: &str| f32::from(u8::from(item.get(name).is_some()));
    let parts = [
        (chars(well_known::TITLE) / 40.0).min(1.0),
        (chars(well_known::DESCRIPTION) / 400.0).min(1.0),
        has(well_known::IMAGE),
        has(well_known::CATEGORY),
        (item.attributes.len() as f32 / 12.0).min(1.0),
    ];
    parts.iter().sum::<f32>() / parts.len() as f32
}

/// Types of attributes that events not yet folded in bring along.
pub(crate) type FreshKinds = BTreeMap<Arc<str>, ValueKind>;

/// Refuses values whose type differs from the one the attribute has in this shop.
pub(crate) fn check(
    event: &Event,
    names: &Names,
    settings: &Settings,
    fresh: &mut FreshKinds,
) -> Result<(), FieldError> {
    let mut check_value = |name: &Arc<str>, value: &Value| {
        let declared = settings.attributes.get(name).map(|declared| declared.kind);
        let known = declared.or_else(|| names.kinds.get(name).copied());
        let kind = known.unwrap_or_else(|| *fresh.entry(Arc::clone(name)).or_insert(value.kind()));
        if kind == value.kind() {
            return Ok(());
        }
        let expected = format!("a value of type {}, as this attribute has in this shop", kind.name());
        Err(FieldError::new("type_mismatch", &**name, expected, format!("type {}", value.kind().name())))
    };
    match &event.body {
        EventBody::ItemUpserted(item) => item.attributes.iter().try_for_each(|(name, value)| check_value(name, value)),
        EventBody::ItemPatched(patch) => patch
            .attributes
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| (name, value)))
            .try_for_each(|(name, value)| check_value(name, value)),
        EventBody::ItemEnriched(enrichment) => enrichment
            .values
            .iter()
            .filter_map(|(name, found)| found.as_ref().map(|(value, _)| (name, value)))
            .try_for_each(|(name, value)| check_value(name, value)),
        EventBody::ItemDeleted(_) | EventBody::Interaction(_) | EventBody::Impression(_) | EventBody::UserErased(_) => {
            Ok(())
        }
    }
}
