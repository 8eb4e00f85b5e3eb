use std::collections::HashMap;
use std::sync::Arc;

use learn::LabelledSlate;
use types::{
    Event, EventBody, FeatureRows, FeatureSchema, Impression, Interaction, InteractionKind, ItemId, Millis, Position,
    QueryId, Row,
};

use super::RankerKind;
use crate::fold::{CatalogueChanges, Fold};
use crate::names::Names;
use crate::pipeline::columns;
use crate::quarantine::Quarantine;
use crate::{Result, Shop, searches};

/// Which answers of the log are replayed.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// What was answered.
    pub kind: RankerKind,
    /// At most so many, the last ones. Bounds memory: about 100 bytes an item shown until it is replayed.
    pub slates: usize,
    /// What followed within so many hours counts.
    pub window_hours: f64,
    /// Answers from this moment on are left out; `None`: none is.
    pub until: Option<Millis>,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self { kind: RankerKind::Search, slates: 50_000, window_hours: 24.0, until: None }
    }
}

/// What became of an item that was shown.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Outcome {
    /// It was clicked.
    pub clicked: bool,
    /// It was put into the cart.
    pub carted: bool,
    /// It was bought.
    pub bought: bool,
    /// It was sent back.
    pub returned: bool,
}

/// An answer of the log with the features that its items had then, and what became of them.
#[derive(Clone, Debug)]
pub struct ReplayedSlate {
    /// The answer.
    pub query_id: QueryId,
    /// When.
    pub time: Millis,
    /// What was typed.
    pub query: Option<Arc<str>>,
    /// Whether anything was known of whoever asked.
    pub is_known_actor: bool,
    /// Features of the items that the shop knows, in the order shown, under the shop's whole schema.
    pub rows: FeatureRows,
    /// Their ids.
    pub items: Vec<ItemId>,
    /// Their places, from 1.
    pub positions: Vec<u32>,
    /// The probabilities with which they were shown there.
    pub propensities: Vec<f32>,
    /// What became of them.
    pub outcomes: Vec<Outcome>,
}

impl ReplayedSlate {
    /// As a trainer reads it: a purchase gains 4, a cart 2, a click 1, nothing for what was sent back.
    pub fn labelled(&self) -> LabelledSlate {
        let gain = |outcome: &Outcome| match outcome {
            Outcome { returned: true, .. } => 0.0,
            Outcome { bought: true, .. } => 4.0,
            Outcome { carted: true, .. } => 2.0,
            Outcome { clicked: true, .. } => 1.0,
            _ => 0.0,
        };
        LabelledSlate { rows: self.rows.clone(), gains: self.outcomes.iter().map(gain).collect() }
    }
}

/// What of a log was not replayed, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReplayReport {
    /// Answers replayed.
    pub slates: usize,
    /// Answers that somebody else logged: the features of their searches are not known and are 0.
    pub without_evidence: usize,
    /// Deeds that name an answer that is not in the log.
    pub unknown_answer: usize,
    /// Deeds to items that their answer did not show.
    pub never_shown: usize,
    /// Deeds that came too late, or before the answer.
    pub out_of_time: usize,
    /// Deeds told twice.
    pub repeated: usize,
    /// Deeds and answers of programs, kept out as everywhere.
    pub quarantined: usize,
}

/// An answer that waits to be replayed.
struct Waiting {
    folded: Position,
    time: Millis,
    impression: Impression,
    outcomes: Vec<Outcome>,
}

impl Shop {
    /// Replays the log and gives every answer that was logged with the features that its items had at that moment, and
    /// what became of it. The features of the search itself are those that were served; all others are computed from the
    /// state of that moment by the code that computed them then, with the present weights of kinds of deeds. Ends early where
    /// `each` returns `false`.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub fn replay_slates(
        &self,
        options: &ReplayOptions,
        each: &mut dyn FnMut(ReplayedSlate) -> bool,
    ) -> Result<ReplayReport> {
        let end = self.core.fold.lock().position;
        let mut report = ReplayReport::default();
        let mut waiting = self.collect(end, options, &mut report)?;
        waiting.sort_by_key(|answer| answer.folded);
        self.replay(&waiting, &mut report, each)?;
        Ok(report)
    }

    /// The last answers with what became of them.
    fn collect(&self, end: Position, options: &ReplayOptions, report: &mut ReplayReport) -> Result<Vec<Waiting>> {
        let mut answers: std::collections::VecDeque<Waiting> = Default::default();
        let mut places: HashMap<QueryId, usize> = HashMap::new();
        let mut dropped = 0;
        let mut position = self.core.store.first();
        let window = (options.window_hours * 3_600_000.0) as i64;
        let mut quarantine = Quarantine::default();
        self.each_event(end, &mut |event| {
            match &event.body {
                _ if !quarantine.admits(event) => report.quarantined += 1,
                EventBody::Impression(impression) if is_meant(impression, event, options) => {
                    let own = position;
                    let folded = impression.evidence.folded.filter(|folded| *folded <= own).unwrap_or(own);
                    places.insert(impression.query_id.clone(), dropped + answers.len());
                    let outcomes = vec![Outcome::default(); impression.shown.len()];
                    answers.push_back(Waiting { folded, time: event.time, impression: impression.clone(), outcomes });
                    if answers.len() > options.slates.max(1) {
                        dropped += 1;
                        if let Some(old) = answers.pop_front() {
                            places.remove(&old.impression.query_id);
                        }
                    }
                }
                EventBody::Interaction(deed) => {
                    let place = deed.query_id.as_ref().map(|id| places.get(id));
                    match place {
                        Some(Some(place)) => note(&mut answers[place - dropped], deed, event.time, window, report),
                        Some(None) => report.unknown_answer += 1,
                        None => {}
                    }
                }
                _ => {}
            }
            position = position.next();
        })?;
        Ok(answers.into())
    }

    /// Folds the log again and stops where each answer was given.
    fn replay(
        &self,
        waiting: &[Waiting],
        report: &mut ReplayReport,
        each: &mut dyn FnMut(ReplayedSlate) -> bool,
    ) -> Result<()> {
        let settings = self.settings();
        let (mut fold, mut names) = (Fold::new(), Names::default());
        // Never emptied: a patch needs the item that it changes as it was then.
        let mut changes = CatalogueChanges::default();
        let mut left = waiting.iter().peekable();
        let mut position = self.core.store.first();
        let end = waiting.last().map_or(position, |last| last.folded);
        let mut give = |fold: &Fold, names: &Names, position: Position| {
            let mut goes_on = true;
            while goes_on && let Some(answer) = left.next_if(|answer| answer.folded <= position) {
                report.slates += 1;
                report.without_evidence += usize::from(answer.impression.evidence.columns.is_empty());
                goes_on = each(self.replayed(answer, fold, names));
            }
            goes_on
        };
        let mut goes_on = give(&fold, &names, position);
        let mut fault = None;
        self.each_event(end, &mut |event| {
            if fault.is_some() || !goes_on {
                return;
            }
            let folded = fold.apply(position, event, &mut names, &settings, &|_| Ok(None), &mut changes);
            fault = folded.err();
            position = position.next();
            goes_on = give(&fold, &names, position);
        })?;
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn replayed(&self, answer: &Waiting, fold: &Fold, names: &Names) -> ReplayedSlate {
        let Waiting { impression, time, .. } = answer;
        let row_of = |at: &usize| names.items.row(impression.shown[*at].item.as_str());
        let places: Vec<usize> = (0..impression.shown.len()).filter(|at| row_of(at).is_some()).collect();
        let items: Vec<Row> = places.iter().filter_map(row_of).collect();
        let actor = impression.actor.key().and_then(|key| names.actors.row(key.as_str()));
        let profile = fold.features.profile(actor, *time);
        let asked = impression.query.as_deref().and_then(searches::asked);
        let context = features::Context { state: &fold.features, profile: &profile, asked, now: *time };
        let policy = &self.core.policy;
        let mut rows = FeatureRows::zeros(policy.schema.clone(), items.len());
        features::fill(&policy.features, &context, &items, &mut rows);
        fill_logged(&mut rows, impression, &places);
        let taste = policy.schema.column(columns::TASTE).and_then(|column| rows.column(column).first().copied());
        columns::temper(&mut rows, taste.unwrap_or_default());
        ReplayedSlate {
            query_id: impression.query_id.clone(),
            time: *time,
            query: impression.query.clone(),
            is_known_actor: !profile.is_empty(),
            rows,
            items: places.iter().map(|at| impression.shown[*at].item.clone()).collect(),
            positions: places.iter().map(|at| impression.shown[*at].position).collect(),
            propensities: places.iter().map(|at| impression.shown[*at].propensity).collect(),
            outcomes: places.iter().map(|at| answer.outcomes[*at]).collect(),
        }
    }
}

fn is_meant(impression: &Impression, event: &Event, options: &ReplayOptions) -> bool {
    RankerKind::of_answer(impression) == options.kind
        && !impression.shown.is_empty()
        && options.until.is_none_or(|until| event.time < until)
}

/// Notes what a deed says of the answer it follows from.
fn note(answer: &mut Waiting, deed: &Interaction, time: Millis, window: i64, report: &mut ReplayReport) {
    let Some(item) = &deed.item else { return };
    if !(0..=window).contains(&(time.0 - answer.time.0)) {
        report.out_of_time += 1;
        return;
    }
    let Some(place) = answer.impression.shown.iter().position(|shown| shown.item == *item) else {
        report.never_shown += 1;
        return;
    };
    let outcome = &mut answer.outcomes[place];
    let told = match deed.kind {
        InteractionKind::Click => &mut outcome.clicked,
        InteractionKind::AddToCart => &mut outcome.carted,
        InteractionKind::Purchase => &mut outcome.bought,
        InteractionKind::Refund => &mut outcome.returned,
        _ => return,
    };
    report.repeated += usize::from(std::mem::replace(told, true));
}

/// The features of the search itself, as they were served.
fn fill_logged(rows: &mut FeatureRows, impression: &Impression, places: &[usize]) {
    let columns: Vec<Option<usize>> = {
        let schema: &FeatureSchema = rows.schema();
        let logged = columns::logged();
        let is_logged = |name: &str| logged.column(name).is_some();
        let names = impression.evidence.columns.iter();
        names.map(|name| schema.column(name).filter(|_| is_logged(name))).collect()
    };
    for (row, place) in places.iter().enumerate() {
        for (column, value) in columns.iter().zip(impression.evidence.of(*place)) {
            if let Some(column) = column {
                rows.column_mut(*column)[row] = if value.is_finite() { *value } else { 0.0 };
            }
        }
    }
}
