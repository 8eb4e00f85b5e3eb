use std::path::Path;
use std::sync::Arc;

use engine::{ContentsLog, InteractionLog, Shop};
use learn::recommend::ItemContents;
use rustc_hash::{FxHashMap, FxHashSet};
use types::{Event, InteractionKind, ItemId, Millis, RecommendKind, Row, Settings, Signal, Touch};

use super::data::{Case, History, Order, Split};
use crate::{Error, Result, fixtures, lines};

/// A shop's interactions, gathered from its events, to be split at a moment.
pub(super) struct Log {
    interactions: InteractionLog,
    /// Changes of the catalogue, where it came with the events.
    catalogue: Vec<Event>,
}

/// Bytes that vectors of items may take while models are compared.
const VECTOR_BYTES_MAX: u64 = 1 << 30;

impl Log {
    /// The whole log of a shop.
    pub(super) fn of_shop(shop: &Shop) -> Result<Self> {
        Ok(Self { interactions: shop.interaction_log()?, catalogue: Vec::new() })
    }

    /// The events of a folder: `events.jsonl`, one event document a line, or the fixture `gifts`.
    pub(super) fn of_folder(dir: &Path, settings: &Settings, now: Millis) -> Result<Self> {
        let mut log = Self { interactions: InteractionLog::default(), catalogue: Vec::new() };
        if lines::find(dir, "events.jsonl").is_none() && lines::find(dir, fixtures::GIFTS_LINES).is_some() {
            fixtures::each_gifts_event(dir, |event| log.take(event, settings))?;
            return Ok(log);
        }
        lines::each(&lines::require(dir, "events.jsonl")?, |number, line| {
            let document = formats::json::parse(line.as_bytes())?;
            let id = || types::EventId::new(format!("line-{number}")).expect("a short id is valid");
            log.take(formats::json::event_from_json(&document, Some(settings), now, id)?, settings);
            Ok(())
        })?;
        Ok(log)
    }

    fn take(&mut self, event: Event, settings: &Settings) {
        self.interactions.take(&event, settings);
        if event.body.catalogue_item().is_some() {
            self.catalogue.push(event);
        }
    }

    /// Forgets what happened from `moment` on.
    pub(super) fn cut(&mut self, moment: Millis) {
        self.interactions.cut(moment);
    }

    /// The moment of the last interaction.
    pub(super) fn end(&self) -> Millis {
        self.interactions.signals.iter().map(|signal| signal.time).max().unwrap_or(Millis(0))
    }

    /// The moment `days` before the last interaction.
    pub(super) fn days_before_end(&self, days: u32) -> Millis {
        Millis(self.end().0 - i64::from(days) * Millis::DAY)
    }

    /// Splits at a moment, with what was known of the items by then.
    pub(super) fn split(self, dataset: String, moment: Millis, asked: Asked) -> Result<Split> {
        let catalogue = self.catalogue;
        let split = split(self.interactions, dataset, moment, &[asked], |interactions, was_met| {
            let mut known = ContentsLog::before(moment);
            for event in &catalogue {
                let row = event.body.catalogue_item().and_then(|id: &ItemId| interactions.items.row(id.as_str()));
                row.into_iter().for_each(|row| known.take(event, row));
            }
            Ok(known.finish(interactions.items.len(), was_met))
        })?;
        Ok(split.1)
    }

    /// The same for the log of a shop, which knows its catalogue itself, by the first way to ask that finds cases.
    pub(super) fn split_of(self, shop: &Shop, moment: Millis, ways: &[Asked]) -> Result<(Asked, Split)> {
        split(self.interactions, shop.id().to_string(), moment, ways, |interactions, was_met| {
            Ok(shop.item_contents(interactions.items.len(), Some(moment), was_met, VECTOR_BYTES_MAX)?)
        })
    }
}

/// What is asked for after the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    /// The next basket of each known user who bought before: what "for you" is to show.
    NextBasket,
    /// The next visit of each known user who was there before, whatever was done in it: for logs without purchases.
    NextVisit,
    /// The rest of each basket, its first item given: what "bought together" is to show.
    RestOfBasket,
    /// The rest of each visit, its first item given: what "similar" is to show.
    RestOfVisit,
}

impl Asked {
    /// What a kind of recommendation is asked, best first: the next where a log has nothing of that.
    pub(super) fn of(kind: RecommendKind) -> &'static [Self] {
        match kind {
            RecommendKind::Similar => &[Self::RestOfVisit],
            RecommendKind::BoughtTogether => &[Self::RestOfBasket],
            _ => &[Self::NextBasket, Self::NextVisit],
        }
    }

    /// What is asked, in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NextBasket => "the next basket of known buyers",
            Self::NextVisit => "the next visit of known users",
            Self::RestOfBasket => "the rest of a basket, given its first item",
            Self::RestOfVisit => "the rest of a visit, given its first item",
        }
    }

    /// Whether a page is asked, rather than a user.
    fn is_by_seed(self) -> bool {
        matches!(self, Self::RestOfBasket | Self::RestOfVisit)
    }

    fn cases(self, log: &InteractionLog, moment: Millis) -> Vec<Case> {
        if self.is_by_seed() { rests(log, moment, self) } else { next_visits(log, moment, self) }
    }

    fn counts(self, signal: &Signal) -> bool {
        match self {
            Self::NextBasket | Self::RestOfBasket => signal.kind == InteractionKind::Purchase,
            Self::NextVisit | Self::RestOfVisit => signal.strength > 0.0,
        }
    }

    /// What a log lacks in which this finds nothing to ask.
    pub(super) fn missing(self) -> &'static str {
        match self {
            Self::NextBasket => "no known user bought both before and after the split",
            Self::NextVisit => "no known user was there both before and after the split",
            Self::RestOfBasket => "no basket of several items after the split",
            Self::RestOfVisit => "no visit with several items after the split",
        }
    }
}

/// What is before `moment` is learnt from; what comes after is asked for, by the first way that finds cases. `contents` says
/// what was known of items, given which of them were met before.
fn split(
    log: InteractionLog,
    dataset: String,
    moment: Millis,
    ways: &[Asked],
    contents: impl FnOnce(&InteractionLog, &dyn Fn(Row) -> bool) -> Result<ItemContents>,
) -> Result<(Asked, Split)> {
    let found = ways.iter().map(|asked| (*asked, asked.cases(&log, moment))).find(|(_, cases)| !cases.is_empty());
    let Some((asked, mut cases)) = found else {
        return Err(Error::Nothing(dataset, ways.last().map_or("no interaction", |asked| asked.missing())));
    };
    for case in &mut cases {
        case.relevant.sort_unstable();
        case.relevant.dedup();
    }
    let met: FxHashSet<Row> =
        log.signals.iter().filter(|signal| signal.time < moment).map(|signal| signal.item).collect();
    let contents = Arc::new(contents(&log, &|row| met.contains(&row))?);
    let training: Vec<Signal> = log.signals.into_iter().filter(|signal| signal.time < moment).collect();
    let (items, order, mask_seen) = (log.items, Order::Times, asked.is_by_seed());
    Ok((asked, Split { dataset, items, training, cases, mask_seen, order, contents, new: Vec::new() }))
}

/// Each known user who did before what is asked for is asked once: at the first deed of the first visit with such a deed
/// from `moment` on; what was done in that visit would have been right.
fn next_visits(log: &InteractionLog, moment: Millis, asked: Asked) -> Vec<Case> {
    let is_user = |row: Row| log.actors.id(row).is_some_and(|key| key.starts_with("u:"));
    let mut known: FxHashMap<Row, Option<(Row, usize)>> = FxHashMap::default();
    let counted = || log.signals.iter().filter(|signal| asked.counts(signal));
    for signal in counted().filter(|signal| signal.time < moment) {
        if let Some(actor) = signal.actor.filter(|actor| is_user(*actor)) {
            known.insert(actor, None);
        }
    }
    let mut cases: Vec<Case> = Vec::new();
    for signal in counted().filter(|signal| signal.time >= moment) {
        let (Some(actor), Some(session)) = (signal.actor, signal.session) else { continue };
        let Some(visit) = known.get_mut(&actor) else { continue };
        let (first_session, case) = *visit.get_or_insert_with(|| {
            cases.push(Case { history: History::Actor(actor), relevant: Vec::new(), now: signal.time });
            (session, cases.len() - 1)
        });
        if first_session == session {
            cases[case].relevant.push(signal.item);
            cases[case].now = cases[case].now.min(signal.time);
        }
    }
    cases
}

/// Each visit from `moment` on is asked for all but the first of its items, that one given. A session that goes on for
/// longer than a day is several visits.
fn rests(log: &InteractionLog, moment: Millis, asked: Asked) -> Vec<Case> {
    let mut visits: FxHashMap<(Row, i64), usize> = FxHashMap::default();
    let mut cases: Vec<(Row, Case)> = Vec::new();
    for signal in log.signals.iter().filter(|signal| signal.time >= moment && asked.counts(signal)) {
        let Some(session) = signal.session else { continue };
        let visit = *visits.entry((session, signal.time.0.div_euclid(Millis::DAY))).or_insert_with(|| {
            let touch = Touch::viewed(signal.item, signal.time);
            let case = Case { history: History::Given(vec![touch]), relevant: Vec::new(), now: signal.time };
            cases.push((signal.item, case));
            cases.len() - 1
        });
        let (first, case) = &mut cases[visit];
        if signal.item != *first {
            case.relevant.push(signal.item);
        }
    }
    cases.into_iter().map(|(_, case)| case).filter(|case| !case.relevant.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Actor, EventBody, EventId, Interaction, SessionId, UserId};

    fn bought(number: i64, user: Option<&str>, session: &str, item: &str) -> Event {
        let actor = Actor {
            user: user.map(|id| UserId::new(id).unwrap()),
            anonymous: None,
            session: Some(SessionId::new(session).unwrap()),
        };
        let mut interaction = Interaction::new(InteractionKind::Purchase, actor);
        interaction.item = Some(ItemId::new(item).unwrap());
        let id = EventId::new(number.to_string()).unwrap();
        Event { id, time: Millis(number * Millis::DAY), body: EventBody::Interaction(interaction) }
    }

    #[test]
    fn the_next_basket_of_known_buyers_is_asked() {
        let settings = Settings::default();
        let mut log = Log { interactions: InteractionLog::default(), catalogue: Vec::new() };
        for event in [
            bought(1, Some("ann"), "s1", "茶"),
            bought(2, None, "s2", "cup"),
            bought(11, Some("ann"), "s3", "cup"),
            bought(12, Some("ann"), "s3", "pot"),
            bought(13, Some("ann"), "s4", "jar"),
            bought(14, Some("bob"), "s5", "jar"),
            bought(15, None, "s2", "jar"),
        ] {
            log.take(event, &settings);
        }
        assert_eq!(log.days_before_end(5), Millis(10 * Millis::DAY));
        let split = log.split("shop".to_owned(), Millis(10 * Millis::DAY), Asked::NextBasket).unwrap();
        assert_eq!((split.training.len(), split.cases.len()), (2, 1));
        let relevant: Vec<&str> =
            split.cases[0].relevant.iter().map(|row| split.items.id(*row).unwrap().as_ref()).collect();
        assert_eq!((relevant, split.cases[0].now), (vec!["cup", "pot"], Millis(11 * Millis::DAY)));
        assert_eq!(split.training[0].strength, 5.0);
    }

    #[test]
    fn a_page_is_asked_for_the_rest_of_what_its_item_was_bought_with() {
        let settings = Settings::default();
        let mut log = Log { interactions: InteractionLog::default(), catalogue: Vec::new() };
        for event in [
            bought(1, Some("ann"), "s1", "茶"),
            bought(11, Some("ann"), "s3", "cup"),
            bought(11, None, "s3", "pot"),
            bought(11, Some("bob"), "s5", "jar"),
        ] {
            log.take(event, &settings);
        }
        let split = log.split("shop".to_owned(), Millis(10 * Millis::DAY), Asked::RestOfBasket).unwrap();
        let id = |row: Row| split.items.id(row).unwrap().to_string();
        let [case] = split.cases.as_slice() else { panic!("{:?}", split.cases) };
        let History::Given(seeds) = &case.history else { panic!("{case:?}") };
        assert_eq!((id(seeds[0].item), id(case.relevant[0]), split.mask_seen), ("cup".into(), "pot".into(), true));
    }

    #[test]
    fn nothing_to_ask_is_said() {
        let settings = Settings::default();
        let mut log = Log { interactions: InteractionLog::default(), catalogue: Vec::new() };
        log.take(bought(1, Some("ann"), "s1", "tea"), &settings);
        let error = log.split("shop".to_owned(), Millis(0), Asked::NextBasket).unwrap_err();
        assert_eq!(
            error.to_string(),
            "shop: nothing to evaluate: no known user bought both before and after the split"
        );
    }
}
