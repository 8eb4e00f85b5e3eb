//! What hangs together by pairs.

use std::collections::BTreeMap;
use std::sync::Arc;

use learn::duplicates::Relation;
use rustc_hash::FxHashMap;
use text::pairs::Axis;
use types::{GroupId, ItemPatch};

use super::card::Card;
use super::compare::{Comparer, Found};
use super::{DuplicateGroup, GroupedItem};

/// Items of a group; what would grow beyond it is more likely a kind of product than one product.
const ITEMS_MAX: usize = 200;

/// Groups of duplicates, then of variants; of each kind the surest first.
pub(super) fn of(comparer: &Comparer<'_>, found: &[Found]) -> Vec<DuplicateGroup> {
    let different: rustc_hash::FxHashSet<(u32, u32)> = found
        .iter()
        .filter(|pair| pair.is_judged && pair.relation == Relation::Different)
        .map(|pair| (pair.left, pair.right))
        .collect();
    let mut groups = Vec::new();
    for relation in [Relation::Duplicate, Relation::Variant] {
        let is_wanted = |pair: &&Found| match relation {
            // Duplicates of a variant are among the variants, too.
            Relation::Variant => pair.relation != Relation::Different,
            _ => pair.relation == relation,
        };
        let mut pairs: Vec<&Found> = found.iter().filter(is_wanted).collect();
        pairs.sort_by(|a, b| b.probability.total_cmp(&a.probability).then((a.left, a.right).cmp(&(b.left, b.right))));
        let mut joined = Joined::default();
        pairs.into_iter().for_each(|pair| joined.join(pair, &different));
        let mut of_kind: Vec<DuplicateGroup> =
            joined.groups.into_values().filter_map(|group| told(comparer, &group, relation)).collect();
        // Groups come in order of their first item, which a stable sort keeps.
        of_kind.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        groups.extend(of_kind);
    }
    groups
}

/// Groups under way, each under its least place.
#[derive(Default)]
struct Joined<'a> {
    group_of: FxHashMap<u32, u32>,
    groups: BTreeMap<u32, Members<'a>>,
}

struct Members<'a> {
    places: Vec<u32>,
    /// The likeliest pair of the wanted relation.
    best: &'a Found,
    probability: f32,
    has_variants: bool,
}

impl<'a> Joined<'a> {
    fn join(&mut self, pair: &'a Found, different: &rustc_hash::FxHashSet<(u32, u32)>) {
        let members = |joined: &Joined<'a>, place: u32| match joined.group_of.get(&place) {
            Some(group) => joined.groups.get(group).map_or(vec![place], |members| members.places.clone()),
            None => vec![place],
        };
        let (ones, others) = (members(self, pair.left), members(self, pair.right));
        let is_variant = pair.relation == Relation::Variant;
        if ones.contains(&pair.right) {
            if let Some(members) = self.group_of.get(&pair.left).and_then(|group| self.groups.get_mut(group)) {
                members.has_variants |= is_variant;
            }
            return;
        }
        let parts = |one: &u32, other: &u32| different.contains(&(*one.min(other), *one.max(other)));
        let is_parted = ones.iter().any(|one| others.iter().any(|other| parts(one, other)));
        if is_parted || ones.len() + others.len() > ITEMS_MAX {
            return;
        }
        let mut places = [ones, others].concat();
        places.sort_unstable();
        let mut joined = Members { places, best: pair, probability: pair.probability, has_variants: is_variant };
        for place in [pair.left, pair.right] {
            // Pairs come by probability, so what was joined before is surer.
            if let Some(members) = self.group_of.get(&place).and_then(|group| self.groups.remove(group)) {
                if members.has_variants || !joined.has_variants {
                    joined.best = members.best;
                }
                joined.has_variants |= members.has_variants;
            }
        }
        let name = joined.places.first().copied().unwrap_or_default();
        self.group_of.extend(joined.places.iter().map(|place| (*place, name)));
        self.groups.insert(name, joined);
    }
}

fn told(comparer: &Comparer<'_>, members: &Members<'_>, relation: Relation) -> Option<DuplicateGroup> {
    if relation == Relation::Variant && !members.has_variants {
        return None;
    }
    let mut places = members.places.clone();
    let group = match relation {
        Relation::Duplicate => {
            // The one that tells most is kept.
            places
                .sort_by_key(|place| (!comparer.card(*place).is_available, usize::MAX - comparer.card(*place).weight));
            None
        }
        Relation::Variant | Relation::Different => {
            Some(shared_group(places.iter().map(|place| comparer.card(*place)))?)
        }
    };
    let axes: Vec<Vec<(Axis, Box<str>)>> = places.iter().map(|place| comparer.axes(*place)).collect();
    let item = |(at, place): (usize, &u32)| item(comparer.card(*place), at > 0, group.as_ref(), (&axes[at], &axes));
    let items: Vec<GroupedItem> = places.iter().enumerate().map(item).collect();
    // Where the shop has said all of it already, there is nothing to tell.
    if items.iter().all(|item| item.patch.is_none()) {
        return None;
    }
    let evidence = comparer.told(members.best).evidence;
    Some(DuplicateGroup { relation, items, probability: members.probability, evidence, group })
}

/// The group that one of the items has, else one called after the first item; `None` where that cannot be a name.
fn shared_group<'a>(mut cards: impl Iterator<Item = &'a Card> + Clone) -> Option<GroupId> {
    let known = cards.clone().find_map(|card| card.group.clone());
    known.or_else(|| GroupId::new(cards.next()?.id.as_str()).ok())
}

/// What an item varies in, of all in the group.
type Axes<'a> = (&'a [(Axis, Box<str>)], &'a [Vec<(Axis, Box<str>)>]);

fn item(card: &Card, is_surplus: bool, group: Option<&GroupId>, (own, all): Axes<'_>) -> GroupedItem {
    let blank = || ItemPatch::new(card.id.clone());
    let (patch, undo) = match group {
        // A group that the shop gave is the shop's own.
        Some(group) if card.group.is_none() => (
            Some(ItemPatch { group: Some(Some(group.clone())), ..blank() }),
            Some(ItemPatch { group: Some(None), ..blank() }),
        ),
        None if is_surplus && card.is_available => (
            Some(ItemPatch { available: Some(false), ..blank() }),
            Some(ItemPatch { available: Some(true), ..blank() }),
        ),
        Some(_) | None => (None, None),
    };
    let varies = own.iter().filter(|axis| !all.iter().all(|other| other.contains(axis)));
    let varies = varies.map(|(axis, value)| (Arc::from(axis.name()), Arc::from(&**value))).collect();
    GroupedItem { id: card.id.clone(), title: Arc::clone(&card.title), price: card.price, varies, patch, undo }
}
