//! Two arms of an experiment inside one answer: which of the two rankings the clicked items come from tells which is
//! better, with far fewer visitors than showing each to half of them takes.

use std::sync::Arc;

use learn::experiments::interleaving::{CreditKind, Optimised, Slot, team_draft, team_draft_chances};
use types::{Impression, QueryId, Request, Rng, Row, RuleTrace};

use crate::Result;
use crate::core::Core;
use crate::pipeline::order::{self, Ordered};
use crate::pipeline::{self, Candidates, Context};
use crate::rules::Decided;
use crate::view::View;

/// Places, from the first on, that are shared by the two rankings.
const PLACES: usize = 10;
/// The column of an impression's evidence that says for which ranking a click on an item counts.
pub(super) const CREDIT: &str = "interleaving-credit";
/// What an impression names as the arm.
pub(super) const INTERLEAVED: &str = "interleaved";
/// The rule's name in explanations.
const RULE: &str = "interleave";

/// How two rankings are put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interleaving {
    /// By drafting teams.
    TeamDraft,
    /// By the distribution over lists that tells most; by drafting teams where there is no fair one.
    Optimised,
}

impl Interleaving {
    /// All ways.
    pub const ALL: [Self; 2] = [Self::TeamDraft, Self::Optimised];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::TeamDraft => "team-draft",
            Self::Optimised => "optimised",
        }
    }

    /// Reads a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The shared places, with the chance of each item to stand where it does.
    fn draw(self, first: &[Row], second: &[Row], places: usize, rng: &mut Rng) -> Vec<(Slot<Row>, f64)> {
        if self == Self::Optimised
            && let Ok(fair) = Optimised::new(first, second, places, CreditKind::LinearRank)
        {
            let drawn = fair.draw(rng).to_vec();
            let chance = |at: usize, item: Row| {
                let lists = fair.lists().filter(|(list, _)| list.get(at).is_some_and(|slot| slot.item == item));
                lists.map(|(_, chance)| chance).sum::<f64>()
            };
            return drawn.into_iter().enumerate().map(|(at, slot)| (slot, chance(at, slot.item))).collect();
        }
        let drawn = team_draft(first, second, places, rng);
        let chances = team_draft_chances(first, second, &drawn);
        drawn.into_iter().zip(chances).collect()
    }
}

/// The ranking that a request's answer is interleaved with.
pub(crate) struct Rival {
    /// The experiment's name.
    pub(super) experiment: Arc<str>,
    pub(super) how: Interleaving,
    /// The request as the second arm has it.
    pub(super) request: Request,
}

/// The rival's best rows.
pub(crate) struct RivalRanking<'a> {
    rival: &'a Rival,
    rows: Vec<Row>,
}

impl Rival {
    /// Ranks as the second arm would, and adds what only it found to the candidates of the first, behind all that these
    /// have. `None` where it cannot be ranked; then the first arm's answer stands alone and tells nothing.
    pub(crate) fn rank(
        &self,
        core: &Core,
        view: &View,
        context: &Context<'_>,
        candidates: &mut Candidates,
    ) -> Option<RivalRanking<'_>> {
        let mut rows = self
            .rows(core, view)
            .inspect_err(|error| {
                let experiment = &*self.experiment;
                tracing::error!(experiment, error = error as &dyn std::error::Error, "an answer is not interleaved");
            })
            .ok()?;
        rows.retain(|row| context.eligible.contains(*row));
        rows.truncate(PLACES);
        let missing = rows.iter().filter(|row| !candidates.matched().contains(**row));
        let missing: Vec<(Row, f32)> = missing.map(|row| (*row, 0.0)).collect();
        if !missing.is_empty() {
            candidates.add(order::PINNED, missing);
        }
        Some(RivalRanking { rival: self, rows })
    }

    fn rows(&self, core: &Core, view: &View) -> Result<Vec<Row>> {
        Ok(pipeline::ordered(core, view, &self.request)?.rows)
    }
}

impl RivalRanking<'_> {
    /// Shares the first places of an order between it and this ranking. Pinned items stay where they are. Chance follows from
    /// the answer's id alone.
    pub(crate) fn interleave(
        &self,
        request: &Request,
        id: &QueryId,
        decided: &[Decided],
        ordered: &mut Ordered,
    ) -> Mixed {
        let pinned: Vec<Row> = order::pinned_rows(decided);
        let places = PLACES.min(request.page.limit);
        let fixed: Vec<(usize, Row)> = ordered.rows.iter().copied().enumerate().take(places).collect();
        let fixed: Vec<(usize, Row)> = fixed.into_iter().filter(|(_, row)| pinned.contains(row)).collect();
        let free =
            |rows: &[Row]| rows.iter().copied().filter(|row| !pinned.contains(row)).take(PLACES).collect::<Vec<_>>();
        let (first, second) = (free(&ordered.rows), free(&self.rows));
        let mut rng = Rng::new(id.seed());
        let drawn = self.rival.how.draw(&first, &second, places - fixed.len(), &mut rng);
        let mut rows: Vec<Row> = drawn.iter().map(|(slot, _)| slot.item).collect();
        fixed.into_iter().for_each(|(at, row)| rows.insert(at.min(rows.len()), row));
        for (slot, chance) in &drawn {
            let side = if slot.credit > 0.0 { "first" } else { "second" };
            let effect = format!(
                "{} by {}, probability {chance:.4}: a click counts {:+.2}, for the {side} arm",
                self.rival.how.name(),
                self.rival.experiment,
                slot.credit
            );
            let trace = RuleTrace { rule: Arc::from(RULE), effect: Arc::from(effect) };
            ordered.moved.entry(slot.item).or_default().push(trace);
        }
        let rest: Vec<Row> = ordered.rows.iter().copied().filter(|row| !rows.contains(row)).collect();
        ordered.rows = rows.into_iter().chain(rest).collect();
        Mixed { experiment: Arc::clone(&self.rival.experiment), drawn }
    }
}

/// What was put together.
pub(crate) struct Mixed {
    experiment: Arc<str>,
    drawn: Vec<(Slot<Row>, f64)>,
}

impl Mixed {
    /// Writes into the impression for which ranking a click on each item counts, and the probability of its place.
    pub(crate) fn tell(&self, context: &Context<'_>, impression: &mut Impression) {
        let mut credits = Vec::with_capacity(impression.shown.len());
        for shown in &mut impression.shown {
            let row = context.row(shown.item.as_str());
            let drawn = self.drawn.iter().find(|(slot, _)| Some(slot.item) == row);
            if let Some((_, chance)) = drawn {
                shown.propensity = *chance as f32;
            }
            credits.push(drawn.map_or(0.0, |(slot, _)| slot.credit as f32));
        }
        impression.evidence.add_column(CREDIT, &credits);
        impression.arms.push((Arc::clone(&self.experiment), Arc::from(INTERLEAVED)));
    }
}
