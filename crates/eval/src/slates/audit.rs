use std::collections::{BTreeMap, BTreeSet};

use engine::Shop;
use learn::slates::{attention, measures};
use rustc_hash::FxHashMap;
use types::{Event, EventBody, Impression, InteractionKind, ItemId, Millis, Position, UserId, well_known};

use super::facts::first;
use super::report::{Audit, AuditTable, UserRow};
use crate::{Error, Result};

/// Choices of an audit.
#[derive(Clone, Debug, Default)]
pub struct AuditOptions {
    /// Slates shown before this are left out.
    pub since: Option<Millis>,
    /// The shop's groups of users, by user; used only where its settings allow it.
    pub groups: BTreeMap<UserId, String>,
}

/// What the most wanted items have of all demand.
const HEAD: f64 = 0.8;
/// A group of fewer users is not told apart: its figures would say something of persons.
const USERS_MIN: usize = 20;
const EVENTS_A_BATCH: usize = 10_000;

/// Reads a shop's log and says who got its visitors' attention: by seller, brand, band of price and age of items, and by group
/// of users where the shop gives one and its settings allow it. Attention of a place and what is deserved by scores are those
/// of [`learn::slates::deserved`]; a slate's scores are lifted where some lie below 0.
///
/// # Errors
/// Where the log cannot be read, or has no slates.
pub fn audit(shop: &Shop, options: &AuditOptions) -> Result<Audit> {
    let mut gathered = Gathered::new(shop, options);
    let mut from = Position(0);
    loop {
        let batch = shop.events(from, EVENTS_A_BATCH)?;
        let Some(last) = batch.last() else { break };
        from = last.position.next();
        for logged in batch {
            gathered.take(&logged.event)?;
        }
    }
    gathered.finish()
}

/// What is known of an item.
#[derive(Clone, Debug, Default)]
struct Known {
    seller: Option<String>,
    brand: Option<String>,
    price: Option<f64>,
    first_seen: Option<Millis>,
    demand: f32,
    attention: f64,
}

struct Gathered<'a> {
    shop: &'a Shop,
    options: &'a AuditOptions,
    may_group: bool,
    items: FxHashMap<ItemId, Known>,
    slates: u64,
    refused: u64,
    exposures: [BTreeMap<String, measures::Exposure>; BY.len()],
    users: BTreeMap<String, Seen>,
    /// Prices of the catalogue, rising.
    prices: Vec<f64>,
}

/// What a group of users saw.
#[derive(Default)]
struct Seen {
    users: BTreeSet<UserId>,
    slates: u64,
    clicks: u64,
    attention: FxHashMap<ItemId, f64>,
}

const BY: [&str; 4] = ["seller", "brand", "price", "age"];

impl<'a> Gathered<'a> {
    fn new(shop: &'a Shop, options: &'a AuditOptions) -> Self {
        Self {
            shop,
            options,
            may_group: shop.settings().audit_groups,
            items: FxHashMap::default(),
            slates: 0,
            refused: 0,
            exposures: Default::default(),
            users: BTreeMap::new(),
            prices: Vec::new(),
        }
    }

    fn take(&mut self, event: &Event) -> Result<()> {
        match &event.body {
            EventBody::ItemUpserted(item) => {
                self.items.entry(item.id.clone()).or_default().first_seen.get_or_insert(event.time);
            }
            EventBody::Interaction(interaction) => {
                let wanted = matches!(
                    interaction.kind,
                    InteractionKind::Click | InteractionKind::AddToCart | InteractionKind::Purchase
                );
                if let Some(item) = interaction.item.as_ref().filter(|_| wanted) {
                    self.items.entry(item.clone()).or_default().demand += 1.0;
                }
                if interaction.kind == InteractionKind::Click
                    && self.is_late_enough(event.time)
                    && let Some(seen) = self.seen_by(interaction.actor.user.as_ref())
                {
                    seen.clicks += 1;
                }
            }
            EventBody::Impression(impression) if self.is_late_enough(event.time) => {
                self.shown(event.time, impression)?
            }
            _ => {}
        }
        Ok(())
    }

    fn is_late_enough(&self, time: Millis) -> bool {
        self.options.since.is_none_or(|since| time >= since)
    }

    /// The group of a user, where it may be told.
    fn seen_by(&mut self, user: Option<&UserId>) -> Option<&mut Seen> {
        let group = self.options.groups.get(user?).filter(|_| self.may_group)?;
        let seen = self.users.entry(group.clone()).or_default();
        seen.users.insert(user?.clone());
        Some(seen)
    }

    fn shown(&mut self, time: Millis, impression: &Impression) -> Result<()> {
        if self.prices.is_empty() {
            self.read_catalogue()?;
        }
        let scores: Vec<f32> = impression.shown.iter().map(|shown| shown.score).collect();
        let least = scores.iter().copied().fold(0.0, f32::min);
        let merits: Vec<f32> = scores.iter().map(|score| (score - least).min(f32::MAX)).collect();
        let places: Vec<usize> = impression.shown.iter().map(|shown| shown.position.max(1) as usize - 1).collect();
        if merits.iter().any(|merit| !merit.is_finite()) {
            self.refused += 1;
            return Ok(());
        }
        self.slates += 1;
        let mut groups: [Vec<Option<String>>; BY.len()] = Default::default();
        for (shown, place) in impression.shown.iter().zip(&places) {
            let known = self.items.entry(shown.item.clone()).or_default();
            known.attention += attention(*place);
            let age = known.first_seen.map(|first| age_band(first, time));
            let price = known.price.map(|price| price_band(&self.prices, price));
            groups[0].push(known.seller.clone());
            groups[1].push(known.brand.clone());
            groups[2].push(Some(price.unwrap_or("no price").to_owned()));
            groups[3].push(Some(age.unwrap_or("unknown").to_owned()));
        }
        for (exposures, groups) in self.exposures.iter_mut().zip(&groups) {
            measures::expose(exposures, groups, &places, &merits).map_err(Error::Slates)?;
        }
        if let Some(seen) = self.seen_by(impression.actor.user.as_ref()) {
            seen.slates += 1;
            for (shown, place) in impression.shown.iter().zip(&places) {
                *seen.attention.entry(shown.item.clone()).or_default() += attention(*place);
            }
        }
        Ok(())
    }

    /// Sellers, brands and prices as the catalogue has them now.
    fn read_catalogue(&mut self) -> Result<()> {
        for batch in self.shop.batches(1_000) {
            for item in batch? {
                let brand = first(&item, well_known::BRAND).map(|brand| brand.to_string());
                let seller = first(&item, well_known::SELLER).map(|seller| seller.to_string());
                let price = match item.get(well_known::PRICE) {
                    Some(types::Value::Money(money)) => Some(money.amount()),
                    _ => None,
                };
                self.prices.extend(price);
                let known = self.items.entry(item.id).or_default();
                (known.seller, known.brand, known.price) = (seller.or_else(|| brand.clone()), brand, price);
            }
        }
        self.prices.sort_by(f64::total_cmp);
        Ok(())
    }

    fn finish(self) -> Result<Audit> {
        if self.slates == 0 {
            let why = "no slate in the log; `log_impressions` must be on";
            return Err(Error::Nothing(self.shop.id().to_string(), why));
        }
        let mut items: Vec<(&ItemId, &Known)> = self.items.iter().collect();
        items.sort_unstable_by_key(|(id, _)| *id);
        let demand: Vec<f32> = items.iter().map(|(_, known)| known.demand).collect();
        let is_tail = measures::long_tail(&demand, HEAD).map_err(Error::Slates)?;
        let tail: FxHashMap<&ItemId, bool> = items.iter().map(|(id, _)| *id).zip(is_tail).collect();
        let given: Vec<f32> = items.iter().map(|(_, known)| known.attention as f32).collect();
        let shown = given.iter().filter(|attention| **attention > 0.0).count();
        let all = items.iter().map(|(id, known)| (*id, known.attention));
        let mut remarks = Vec::new();
        if !self.options.groups.is_empty() && !self.may_group {
            remarks.push("the shop's settings do not allow audits by group of users (`audit_groups`)".to_owned());
        }
        remarks.push("sellers, brands and prices are those of the catalogue today".to_owned());
        Ok(Audit {
            shop: self.shop.id().to_string(),
            slates: self.slates,
            refused: self.refused,
            long_tail_share: tail_share(all, &tail),
            gini: measures::gini(&given).map_err(Error::Slates)?,
            coverage: shown as f64 / items.len().max(1) as f64,
            tables: BY.iter().zip(&self.exposures).map(|(by, exposures)| AuditTable::of(by, exposures)).collect(),
            users: self.user_rows(&tail),
            remarks,
        })
    }

    /// Groups of users; those with too few together.
    fn user_rows(&self, tail: &FxHashMap<&ItemId, bool>) -> Vec<UserRow> {
        let mut rows = Vec::new();
        let mut few = Seen::default();
        for (group, seen) in &self.users {
            if seen.users.len() >= USERS_MIN {
                rows.push(self.user_row(group, seen, tail));
                continue;
            }
            few.users.extend(seen.users.iter().cloned());
            (few.slates, few.clicks) = (few.slates + seen.slates, few.clicks + seen.clicks);
            for (item, attention) in &seen.attention {
                *few.attention.entry(item.clone()).or_default() += attention;
            }
        }
        if few.users.len() >= USERS_MIN {
            rows.push(self.user_row("groups of few users", &few, tail));
        }
        rows
    }

    fn user_row(&self, group: &str, seen: &Seen, tail: &FxHashMap<&ItemId, bool>) -> UserRow {
        let mut attention: Vec<(&ItemId, f64)> = seen.attention.iter().map(|(item, given)| (item, *given)).collect();
        // In one order, so that sums are the same to the last bit.
        attention.sort_unstable_by_key(|(item, _)| *item);
        let priced = attention.iter().filter_map(|(item, given)| Some((self.items.get(*item)?.price?, given)));
        let (sum, total) = priced.fold((0.0, 0.0), |(sum, total), (price, given)| {
            let below = self.prices.partition_point(|other| *other < price) as f64;
            (sum + given * below / self.prices.len() as f64, total + given)
        });
        UserRow {
            group: group.to_owned(),
            users: seen.users.len(),
            slates: seen.slates,
            long_tail_share: tail_share(attention.into_iter(), tail),
            price_quantile: if total > 0.0 { sum / total } else { 0.0 },
            clicks: seen.clicks as f64 / seen.slates.max(1) as f64,
        }
    }
}

fn tail_share<'a>(attention: impl Iterator<Item = (&'a ItemId, f64)>, tail: &FxHashMap<&ItemId, bool>) -> f64 {
    let (mut of_tail, mut all) = (0.0, 0.0);
    for (item, given) in attention {
        all += given;
        of_tail += if tail.get(item).copied().unwrap_or(true) { given } else { 0.0 };
    }
    if all > 0.0 { of_tail / all } else { 0.0 }
}

/// Quarters of the catalogue's prices.
fn price_band(prices: &[f64], price: f64) -> &'static str {
    let below = prices.partition_point(|other| *other < price);
    match 4 * below / prices.len().max(1) {
        0 => "lowest quarter",
        1 => "second quarter",
        2 => "third quarter",
        _ => "highest quarter",
    }
}

/// How long an item had been in the catalogue.
fn age_band(first_seen: Millis, shown: Millis) -> &'static str {
    match (shown.0 - first_seen.0).max(0) / Millis::DAY {
        0..7 => "under 7 days",
        7..30 => "7 to 30 days",
        30..90 => "30 to 90 days",
        _ => "over 90 days",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{Engine, EngineConfig};
    use std::sync::Arc;
    use types::{
        Actor, Currency, EventId, Evidence, FixedClock, Interaction, Item, Money, QueryId, Settings, ShopId, Shown,
        SourceId, Surface,
    };

    const NOW: Millis = Millis(1_760_000_000_000);

    fn event(name: &str, days: i64, body: EventBody) -> Event {
        Event { id: EventId::new(name).unwrap(), time: Millis(NOW.0 - days * Millis::DAY), body }
    }

    fn item(name: &str, seller: &str, price: f64) -> Item {
        Item::new(ItemId::new(name).unwrap())
            .with("seller", types::Value::Keywords(vec![Arc::from(seller)]))
            .with("price", types::Value::Money(Money::new(price, Currency::new("EUR").unwrap()).unwrap()))
    }

    fn user(name: &str) -> Actor {
        Actor { user: Some(UserId::new(name).unwrap()), ..Actor::default() }
    }

    fn shown(name: &str, who: &str, items: &[(&str, f32)]) -> Event {
        let shown = |(at, (item, score)): (usize, &(&str, f32))| Shown {
            item: ItemId::new(*item).unwrap(),
            position: at as u32 + 1,
            score: *score,
            propensity: 1.0,
            source: SourceId::new("new"),
        };
        let impression = Impression {
            query_id: QueryId::new(name).unwrap(),
            actor: user(who),
            surface: Surface::Home,
            query: None,
            shown: items.iter().enumerate().map(shown).collect(),
            ranker: Arc::from("test"),
            arms: Vec::new(),
            evidence: Evidence::default(),
        };
        event(name, 1, EventBody::Impression(impression))
    }

    /// Two sellers of equal scores, of which one always leads; forty users in two groups.
    fn shop(folder: &std::path::Path, audit_groups: bool) -> (Engine, Arc<Shop>) {
        let config = EngineConfig { data_dir: folder.to_owned(), ..EngineConfig::default() };
        let engine = Engine::open(config, Arc::new(FixedClock(NOW))).unwrap();
        let settings = Settings { encoders: Vec::new(), pictures: None, audit_groups, ..Settings::default() };
        engine.create_shop(&ShopId::new("test").unwrap(), settings).unwrap();
        let shop = engine.shop("test").unwrap();
        let items = [("old", "large", 10.0, 100), ("new", "small", 40.0, 3), ("unseen", "small", 20.0, 3)];
        let puts = items.map(|(name, seller, price, days)| {
            event(&format!("put {name}"), days, EventBody::ItemUpserted(item(name, seller, price)))
        });
        shop.append(puts.to_vec()).unwrap();
        let slates = (0..40).map(|at| shown(&format!("slate {at}"), &format!("u{at}"), &[("old", 1.0), ("new", 1.0)]));
        shop.append(slates.collect()).unwrap();
        let click = |at: usize| {
            let item = Some(ItemId::new("old").unwrap());
            let click = Interaction { item, ..Interaction::new(InteractionKind::Click, user(&format!("u{at}"))) };
            event(&format!("click {at}"), 0, EventBody::Interaction(click))
        };
        shop.append((0..10).map(click).collect()).unwrap();
        (engine, shop)
    }

    fn groups() -> BTreeMap<UserId, String> {
        let group = |at: usize| if at < 25 { "students" } else { "seniors" };
        (0..40).map(|at| (UserId::new(format!("u{at}")).unwrap(), group(at).to_owned())).collect()
    }

    #[test]
    fn attention_is_told_by_seller_price_and_age() {
        let folder = tempfile::tempdir().unwrap();
        let (_engine, shop) = shop(folder.path(), false);
        let found = audit(&shop, &AuditOptions { groups: groups(), ..AuditOptions::default() }).unwrap();
        assert_eq!((found.slates, found.refused, found.users.len()), (40, 0, 0));
        assert!(found.remarks[0].contains("audit_groups"), "not allowed");
        let second = 1.0 / 3f64.log2();
        let large = 1.0 / (1.0 + second);
        let by = |by: &str| found.tables.iter().find(|table| table.by == by).unwrap();
        assert_eq!((by("seller").rows[0].group.as_str(), by("seller").rows[0].shown), ("large", 40));
        assert!((by("seller").rows[0].received - large).abs() < 1e-9);
        assert!((by("seller").rows[0].deserved - 0.5).abs() < 1e-9);
        assert!((by("seller").parity - second).abs() < 1e-9 && (by("seller").misplaced - (large - 0.5)).abs() < 1e-9);
        assert_eq!(
            by("age").rows.iter().map(|row| row.group.as_str()).collect::<Vec<_>>(),
            ["over 90 days", "under 7 days"]
        );
        assert_eq!(by("price").rows[0].group, "lowest quarter");
        assert!(by("brand").rows.is_empty(), "no item has one");
        assert!((found.coverage - 2.0 / 3.0).abs() < 1e-9);
        // All demand is for the old one, so the tail is the other two.
        assert!((found.long_tail_share - (1.0 - large)).abs() < 1e-6, "{}", found.long_tail_share);
    }

    #[test]
    fn groups_of_users_are_told_apart_where_allowed_and_large_enough() {
        let folder = tempfile::tempdir().unwrap();
        let (_engine, shop) = shop(folder.path(), true);
        let found = audit(&shop, &AuditOptions { groups: groups(), ..AuditOptions::default() }).unwrap();
        let [row] = found.users.as_slice() else { panic!("fifteen are too few: {:?}", found.users) };
        assert_eq!((row.group.as_str(), row.users, row.slates), ("students", 25, 25));
        assert!((row.clicks - 10.0 / 25.0).abs() < 1e-9 && row.price_quantile > 0.0 && row.price_quantile < 1.0);
        assert_eq!(found.to_json()["users"][0]["group"], "students");
        let late = AuditOptions { since: Some(NOW), ..AuditOptions::default() };
        assert!(audit(&shop, &late).unwrap_err().is_user(), "nothing was shown since");
    }
}
