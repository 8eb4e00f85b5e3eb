use std::collections::BTreeMap;

use learn::experiments::{Tally, unit_hash};
use types::{
    Actor, Currency, Event, EventBody, Impression, Interaction, InteractionKind, ItemId, Language, Millis, Position,
    Shown,
};

use super::Experiment;
use super::interleave::{CREDIT, INTERLEAVED};
use crate::Result;
use crate::core::Core;

/// Visitors kept of one experiment; beyond it every second one is let go, by a hash, so that arms stay comparable.
const VISITORS_MAX: usize = 200_000;

/// The time before an experiment that its visitors are compared with themselves in.
const BEFORE: i64 = 14 * 24 * 3_600_000;

/// Events of one visitor within one minute that no person makes.
const EVENTS_A_MINUTE_MAX: u16 = 60;

/// Slates of a visitor that a click may still follow from.
const SLATES_RECENT: usize = 16;

/// Events from later than this after now have a wrong clock.
const SKEW: i64 = 3_600_000;

/// Answers slower than this were interrupted by something else.
const ANSWER_MS_MAX: u32 = 60_000;

/// What was met while visitors were folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VisitorCounts {
    /// Visitors left out as bots: more than 60 events within a minute.
    pub bots: u64,
    /// Visitors left out because they were in two arms, such as guests who logged in.
    pub crossed: u64,
    /// Events left out because the same deed came before under another id.
    pub duplicates: u64,
    /// Clicks that follow from no slate shown to the visitor.
    pub clicks_unshown: u64,
    /// Slates logged with an arm that the experiment does not have.
    pub arms_unknown: u64,
    /// Purchases in another currency than the first one's.
    pub other_currency: u64,
    /// Events from the future.
    pub from_the_future: u64,
    /// Visitors forgotten on their own wish.
    pub erased: u64,
}

/// One who was shown something before the experiment or in it.
#[derive(Clone, Default)]
pub(super) struct Visitor {
    /// The arm, by its index, and when it was first met; `None` before.
    pub(super) arm: Option<(u8, Millis)>,
    /// What was done in the two weeks before the experiment.
    pub(super) before: Tally,
    /// What was done since the arm was first met.
    pub(super) during: Tally,
    /// What the first query in the experiment was written in.
    pub(super) language: Option<Language>,
    pub(super) is_crossed: bool,
    pub(super) is_bot: bool,
    /// Where two arms share the answers: for the first one above 0, for the second below.
    pub(super) credit: f64,
    /// The last slates.
    slates: Vec<SlateSeen>,
    deed_last: u64,
    minute: i64,
    in_minute: u16,
}

/// A slate that a click may follow from.
#[derive(Clone, Default)]
struct SlateSeen {
    hash: u64,
    clicked: bool,
    /// Where two arms share it: its items by their hashes, and for which arm a first click on each counts.
    credits: Vec<(u64, f32)>,
}

impl Visitor {
    /// Whether the visitor counts.
    pub(super) fn is_counted(&self) -> bool {
        !self.is_bot && !self.is_crossed
    }

    /// The tally that an event of `time` belongs to.
    fn tally(&mut self, time: Millis, experiment: &Experiment) -> Option<&mut Tally> {
        if time < experiment.started {
            return (time.0 >= experiment.started.0 - BEFORE).then_some(&mut self.before);
        }
        let is_over = experiment.ended.is_some_and(|ended| time >= ended);
        self.arm.filter(|(_, first)| time >= *first && !is_over).map(|_| &mut self.during)
    }
}

/// The visitors of an experiment, folded from the log as far as `position`.
#[derive(Default)]
pub(super) struct VisitorTable {
    position: Position,
    visitors: BTreeMap<u64, Visitor>,
    counts: VisitorCounts,
    /// So many lowest bits of a visitor's hash must be 0.
    halvings: u32,
    currency: Option<Currency>,
}

impl VisitorTable {
    /// Folds what the log has had since the last time.
    pub(super) fn follow(&mut self, core: &Core, experiment: &Experiment) -> Result<()> {
        let view = core.view.load_full();
        let latest = Millis(core.clock.now().0.saturating_add(SKEW));
        for read in core.store.read(self.position) {
            let (position, event) = read?;
            self.position = position.next();
            if event.time > latest {
                self.counts.from_the_future += 1;
                continue;
            }
            let variety = |impression: &Impression| {
                let names = core.names.read();
                let rows = impression.shown.iter().filter_map(|shown| names.items.row(shown.item.as_str()));
                let category = |row| view.features.facts(row).and_then(|facts| facts.categories.last().copied());
                variety(rows.map(category))
            };
            self.fold(&event, experiment, variety);
        }
        Ok(())
    }

    /// Takes an event in; `variety` says how varied a slate is.
    fn fold(&mut self, event: &Event, experiment: &Experiment, variety: impl FnOnce(&Impression) -> f64) {
        match &event.body {
            EventBody::Impression(impression) => self.shown(event.time, impression, experiment, variety),
            EventBody::Interaction(interaction) => self.done(event.time, interaction, experiment),
            EventBody::UserErased(user) => {
                let gone = self.visitors.remove(&hash_of(Actor::user_key(user).as_str()));
                self.counts.erased += u64::from(gone.is_some_and(|visitor| visitor.arm.is_some()));
            }
            EventBody::ItemUpserted(_)
            | EventBody::ItemPatched(_)
            | EventBody::ItemEnriched(_)
            | EventBody::ItemDeleted(_) => {}
        }
    }

    fn shown(
        &mut self,
        time: Millis,
        impression: &Impression,
        experiment: &Experiment,
        variety: impl FnOnce(&Impression) -> f64,
    ) {
        let target = &experiment.assignment.target.surfaces;
        let arm = impression.arms.iter().find(|(id, _)| *id == experiment.id).map(|(_, arm)| arm);
        let is_before = time < experiment.started && time.0 >= experiment.started.0 - BEFORE;
        let is_targeted = target.is_empty() || target.contains(&impression.surface);
        let arm = match arm {
            None if is_before && is_targeted => None,
            None => return,
            Some(name) if experiment.interleaving.is_some() && **name == *INTERLEAVED => Some(0),
            Some(name) => match experiment.arms.iter().position(|arm| arm.name == *name) {
                None => return self.counts.arms_unknown += 1,
                // Arms are few; a plan refuses more than fit.
                Some(at) => Some(at as u8),
            },
        };
        let Some((visitor, counts)) = self.visitor(&impression.actor, time) else { return };
        if let Some(arm) = arm.filter(|_| time >= experiment.started) {
            match visitor.arm {
                None => {
                    visitor.arm = Some((arm, time));
                    visitor.language = impression.query.as_deref().map(Language::guess);
                }
                Some((known, _)) => visitor.is_crossed |= known != arm,
            }
        }
        let slate = unit_hash("slate", impression.query_id.as_str());
        if visitor.slates.iter().any(|known| known.hash == slate) {
            counts.duplicates += 1;
            return;
        }
        if visitor.slates.len() == SLATES_RECENT {
            visitor.slates.remove(0);
        }
        visitor.slates.push(SlateSeen { hash: slate, clicked: false, credits: credits(impression) });
        if let Some(tally) = visitor.tally(time, experiment) {
            count_slate(tally, time, impression, variety);
        }
    }

    fn done(&mut self, time: Millis, interaction: &Interaction, experiment: &Experiment) {
        // Who is not in the experiment matters only before it.
        let is_before = time < experiment.started && time.0 >= experiment.started.0 - BEFORE;
        let known = interaction.actor.key().is_some_and(|key| self.visitors.contains_key(&hash_of(key.as_str())));
        if !is_before && !known {
            return;
        }
        let own_currency =
            interaction.value.map(|value| *self.currency.get_or_insert(value.currency) == value.currency);
        let Some((visitor, counts)) = self.visitor(&interaction.actor, time) else { return };
        let deed = deed_hash(time, interaction);
        if visitor.deed_last == deed {
            counts.duplicates += 1;
            return;
        }
        visitor.deed_last = deed;
        let is_click = interaction.kind == InteractionKind::Click;
        let (mut is_first_click, mut credit) = (false, 0.0);
        if is_click {
            let slate = interaction.query_id.as_ref().map(|id| unit_hash("slate", id.as_str()));
            match visitor.slates.iter_mut().find(|known| Some(known.hash) == slate) {
                Some(seen) => {
                    is_first_click = !std::mem::replace(&mut seen.clicked, true);
                    credit = seen.credit_once(interaction);
                }
                None => counts.clicks_unshown += 1,
            }
        }
        let Some(tally) = visitor.tally(time, experiment) else { return };
        tally.slates_clicked += u32::from(is_first_click);
        if own_currency == Some(false) {
            counts.other_currency += 1;
        }
        count_deed(tally, time, interaction, own_currency == Some(true));
        if time >= experiment.started {
            visitor.credit += credit;
        }
    }

    /// The visitor, made where there is room, with an event more in this minute.
    fn visitor(&mut self, actor: &Actor, time: Millis) -> Option<(&mut Visitor, &mut VisitorCounts)> {
        let hash = hash_of(actor.key()?.as_str());
        if hash.trailing_zeros() < self.halvings {
            return None;
        }
        if self.visitors.len() >= VISITORS_MAX && !self.visitors.contains_key(&hash) {
            self.halvings += 1;
            let halvings = self.halvings;
            self.visitors.retain(|hash, _| hash.trailing_zeros() >= halvings);
            if hash.trailing_zeros() < halvings {
                return None;
            }
        }
        let visitor = self.visitors.entry(hash).or_default();
        let minute = time.0.div_euclid(60_000);
        visitor.in_minute = if visitor.minute == minute { visitor.in_minute.saturating_add(1) } else { 1 };
        visitor.minute = minute;
        visitor.is_bot |= visitor.in_minute > EVENTS_A_MINUTE_MAX;
        Some((visitor, &mut self.counts))
    }

    /// Those who met an arm, with it; bots and crossed ones with them.
    pub(super) fn exposed(&self) -> impl Iterator<Item = (usize, &Visitor)> {
        self.visitors.values().filter_map(|visitor| visitor.arm.map(|(arm, _)| (usize::from(arm), visitor)))
    }

    /// What was met on the way.
    pub(super) fn counts(&self) -> VisitorCounts {
        let count = |is_so: fn(&Visitor) -> bool| self.exposed().filter(|(_, visitor)| is_so(visitor)).count() as u64;
        VisitorCounts {
            bots: count(|visitor| visitor.is_bot),
            crossed: count(|visitor| visitor.is_crossed && !visitor.is_bot),
            ..self.counts
        }
    }

    /// The share of visitors that is kept.
    pub(super) fn sampled(&self) -> f64 {
        0.5f64.powi(self.halvings.min(64) as i32)
    }
}

impl SlateSeen {
    /// What the first click on an item counts.
    fn credit_once(&mut self, interaction: &Interaction) -> f64 {
        let item = interaction.item.as_ref().map(item_hash);
        let found = self.credits.iter_mut().find(|(known, _)| Some(*known) == item);
        found.map_or(0.0, |(_, credit)| f64::from(std::mem::take(credit)))
    }
}

/// For which arm a click on each item counts.
fn credits(impression: &Impression) -> Vec<(u64, f32)> {
    let credit = |(at, shown): (usize, &Shown)| {
        let credit = impression.evidence.value(CREDIT, at).filter(|credit| credit.is_finite() && *credit != 0.0)?;
        Some((item_hash(&shown.item), credit))
    };
    impression.shown.iter().enumerate().filter_map(credit).collect()
}

fn item_hash(item: &ItemId) -> u64 {
    unit_hash("item", item.as_str())
}

/// Under a salt of its own, so that who is let go has nothing to do with who is in which arm.
fn hash_of(key: &str) -> u64 {
    unit_hash("visitor", key)
}

fn deed_hash(time: Millis, interaction: &Interaction) -> u64 {
    let item = interaction.item.as_ref().map_or("", |item| item.as_str());
    unit_hash(interaction.kind.name(), &format!("{}\0{item}\0{}", time.0, interaction.query.as_deref().unwrap_or("")))
}

fn variety(categories: impl Iterator<Item = Option<u32>>) -> f64 {
    let (mut items, mut seen) = (0usize, Vec::new());
    for category in categories {
        items += 1;
        if !seen.contains(&category) {
            seen.push(category);
        }
    }
    seen.len() as f64 / items.max(1) as f64
}

fn count_slate(tally: &mut Tally, time: Millis, impression: &Impression, variety: impl FnOnce(&Impression) -> f64) {
    let is_search = impression.query.as_deref().is_some_and(|query| !query.trim().is_empty());
    tally.answers += 1;
    tally.answers_degraded += u32::from(impression.evidence.parts_failed > 0);
    if let Some(took) = impression.evidence.took_ms {
        tally.answers_timed += 1;
        tally.answers_ms += f64::from(took.min(ANSWER_MS_MAX));
    }
    tally.searches += u32::from(is_search);
    if impression.shown.is_empty() {
        tally.searches_empty += u32::from(is_search);
        return;
    }
    tally.slates += 1;
    tally.diversity += variety(impression);
    tally.first_slate.get_or_insert(time);
}

fn count_deed(tally: &mut Tally, time: Millis, interaction: &Interaction, is_own_currency: bool) {
    let pieces = f64::from(interaction.quantity.unwrap_or(1));
    let money = interaction.value.filter(|_| is_own_currency);
    let money = money.map_or(0.0, |money| money.ten_thousandths as f64 / 10_000.0);
    match &interaction.kind {
        InteractionKind::AddToCart => {
            tally.first_cart.get_or_insert(time);
        }
        InteractionKind::Purchase => {
            tally.purchases += 1;
            tally.units += pieces;
            tally.revenue += money;
        }
        InteractionKind::Refund => {
            tally.units -= pieces;
            tally.revenue -= money;
        }
        InteractionKind::Search
        | InteractionKind::Click
        | InteractionKind::View
        | InteractionKind::Rating
        | InteractionKind::Like
        | InteractionKind::Dislike
        | InteractionKind::Hide
        | InteractionKind::Review
        | InteractionKind::Custom(_) => {}
    }
}
