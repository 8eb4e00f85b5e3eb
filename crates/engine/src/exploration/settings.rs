use learn::bandits::{Bandit, BanditConfig, BanditError, BudgetConfig, ColdStart, Examination, ExplorationBudget};
use serde_json::{Map, Value, json};
use types::{FieldError, Millis, Position, Surface};

use super::Plan;
use super::learner::features_count;
use crate::document::{object, wrong};

/// What a shop explores; nothing unless it says so.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExplorationSettings {
    /// One a surface.
    pub surfaces: Vec<SurfaceExploration>,
}

/// What is explored on one surface, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct SurfaceExploration {
    /// Where in the shop.
    pub surface: Surface,
    /// From which place, from 0, to before which places of the first page may be explored.
    pub places: (usize, usize),
    /// How many of the best ranked items compete for them, 2..=500.
    pub depth: usize,
    /// How long clicks are waited for before an answer is learned from.
    pub patience: Millis,
    /// The policy and its numbers.
    pub bandit: BanditConfig,
    /// What it may cost.
    pub budget: BudgetConfig,
}

/// Fields of a surface.
const FIELDS: [&str; 14] = [
    "surface",
    "policy",
    "places",
    "depth",
    "patience_seconds",
    "strength",
    "strength_min",
    "half_life",
    "floor",
    "discount",
    "prior_looks",
    "examination",
    "cold_start",
    "budget",
];

/// How people look down a list where nobody has said: the deeper, the less, as 1 / rank^0.7.
const LOOKS_EXPONENT: f64 = 0.7;
const LOOKS_PLACES: usize = 50;
const DEPTH_MAX: usize = 500;
const PATIENCE_SECONDS: i64 = 600;
const PATIENCE_SECONDS_MAX: i64 = 7 * 86_400;

impl SurfaceExploration {
    /// What suits `policy` on `surface`: of the best 50 items, places 3 to 10 of the first page.
    ///
    /// # Errors
    /// Where there is no such policy.
    pub fn new(surface: Surface, policy: &str) -> Result<Self, FieldError> {
        let mut bandit = BanditConfig::of(policy, features_count());
        bandit.examination = Examination::power(LOOKS_EXPONENT, LOOKS_PLACES);
        bandit.prior_lessons = 10.0;
        let patience = Millis(PATIENCE_SECONDS * Millis::SECOND);
        let budget = BudgetConfig::default();
        Self { surface, places: (2, 10), depth: 50, patience, bandit, budget }.checked()
    }

    /// The same where every number is within its range.
    ///
    /// # Errors
    /// The first number that is not.
    pub fn checked(self) -> Result<Self, FieldError> {
        let (from, to) = self.places;
        if from >= to || to > DEPTH_MAX {
            let got = format!("[{from}, {to}]");
            return Err(FieldError::new("out_of_range", "places", "[from, to] with from < to <= 500", got));
        }
        if !(2..=DEPTH_MAX).contains(&self.depth) {
            return Err(FieldError::new("out_of_range", "depth", "2 to 500", self.depth.to_string()));
        }
        if !(0..=PATIENCE_SECONDS_MAX * Millis::SECOND).contains(&self.patience.0) {
            let got = (self.patience.0 / Millis::SECOND).to_string();
            return Err(FieldError::new("out_of_range", "patience_seconds", "0 to 604800", got));
        }
        Bandit::new(self.bandit.clone()).map(drop).map_err(|error| fault(&error))?;
        ExplorationBudget::new(self.budget.clone()).map(drop).map_err(|error| fault(&error).within("budget"))?;
        Ok(self)
    }
}

fn fault(error: &BanditError) -> FieldError {
    match error {
        BanditError::UnknownPolicy { name, known } => {
            FieldError::new("unknown_policy", "policy", format!("one of {known}"), name)
        }
        BanditError::Setting { field, expected, got } => {
            let field = if *field == "prior_lessons" { "prior_looks" } else { field.trim_end_matches("_max") };
            FieldError::new("out_of_range", field, *expected, got.to_string())
        }
        other => FieldError::new("out_of_range", "", "settings of a bandit", other.to_string()),
    }
}

/// Reads settings: `{"surfaces": [{"surface": "home", "policy": "thompson", …}]}`; what is not said is as
/// [`SurfaceExploration::new`] has it.
///
/// # Errors
/// A [`FieldError`] with the path of the value.
pub fn exploration_from_json(document: &Value) -> Result<ExplorationSettings, FieldError> {
    let map = object(document, &["surfaces"])?;
    let Some(list) = map.get("surfaces") else { return Ok(ExplorationSettings::default()) };
    let list = list.as_array().ok_or_else(|| wrong("a list", list).within("surfaces"))?;
    let mut surfaces: Vec<SurfaceExploration> = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        let path = format!("surfaces.[{at}]");
        let read = surface(value).map_err(|error| error.within(&path))?;
        if surfaces.iter().any(|other| other.surface == read.surface) {
            let twice = FieldError::new("out_of_range", "surface", "each surface once", read.surface.name());
            return Err(twice.within(&path));
        }
        surfaces.push(read);
    }
    Ok(ExplorationSettings { surfaces })
}

fn surface(value: &Value) -> Result<SurfaceExploration, FieldError> {
    let map = object(value, &FIELDS)?;
    let text = |name: &str| {
        let value = map.get(name).ok_or_else(|| FieldError::new("field_missing", name, "a text", "nothing"))?;
        value.as_str().ok_or_else(|| wrong("a text", value).within(name))
    };
    let named = text("surface")?;
    let known = || FieldError::new("out_of_range", "surface", "home, product, cart, search or after-purchase", named);
    let mut read = SurfaceExploration::new(Surface::from_name(named).ok_or_else(known)?, text("policy")?)?;
    if let Some(places) = map.get("places") {
        let ends = places.as_array().map(Vec::as_slice).unwrap_or_default();
        let [Some(from), Some(to)] = [0, 1].map(|at| ends.get(at).and_then(Value::as_u64)) else {
            return Err(wrong("[from, to], from 1", places).within("places"));
        };
        read.places = (from.saturating_sub(1) as usize, to as usize);
    }
    read.depth = number(map, "depth", read.depth as f64)? as usize;
    let seconds = (read.patience.0 / Millis::SECOND) as f64;
    read.patience = Millis((number(map, "patience_seconds", seconds)?.clamp(-1.0, 1e9) * 1000.0) as i64);
    let bandit = &mut read.bandit;
    bandit.strength = number(map, "strength", bandit.strength)?;
    bandit.strength_min = number(map, "strength_min", bandit.strength_min)?;
    bandit.half_life = number(map, "half_life", bandit.half_life)?;
    bandit.floor = number(map, "floor", bandit.floor)?;
    bandit.discount = number(map, "discount", bandit.discount)?;
    bandit.prior_lessons = number(map, "prior_looks", bandit.prior_lessons)?;
    if let Some(value) = map.get("examination") {
        bandit.examination = examination(value).map_err(|error| error.within("examination"))?;
    }
    if let Some(value) = map.get("cold_start") {
        bandit.cold_start = cold_start(value).map_err(|error| error.within("cold_start"))?;
    }
    if let Some(value) = map.get("budget") {
        let map = object(value, &["regret", "revenue_loss", "share", "confidence", "memory"]);
        let map = map.map_err(|error| error.within("budget"))?;
        let budget = &mut read.budget;
        let within = |read: Result<f64, FieldError>| read.map_err(|error| error.within("budget"));
        budget.regret_max = within(number(map, "regret", budget.regret_max))?;
        budget.revenue_loss_max = within(number(map, "revenue_loss", budget.revenue_loss_max))?;
        budget.share_max = within(number(map, "share", budget.share_max))?;
        budget.confidence = within(number(map, "confidence", budget.confidence))?;
        budget.memory = within(number(map, "memory", budget.memory))?;
    }
    read.checked()
}

fn examination(value: &Value) -> Result<Examination, FieldError> {
    match value {
        Value::String(name) if name == "cascade" => Ok(Examination::Cascade),
        Value::String(name) if name == "certain" => Ok(Examination::Certain),
        Value::Array(probabilities) => {
            let all = probabilities.iter().map(|value| value.as_f64().ok_or_else(|| wrong("a number", value)));
            all.collect::<Result<_, _>>().map(Examination::ByPlace)
        }
        other => Err(wrong("`cascade`, `certain` or a list of probabilities by place", other)),
    }
}

fn cold_start(value: &Value) -> Result<Option<ColdStart>, FieldError> {
    if value.is_null() {
        return Ok(None);
    }
    let map = object(value, &["places", "exposures", "days"])?;
    let mut read = ColdStart::default();
    if let Some(places) = map.get("places") {
        let all = places.as_array().map(Vec::as_slice).unwrap_or_default();
        let place = |value: &Value| value.as_u64().filter(|place| (1..=DEPTH_MAX as u64).contains(place));
        let all = all.iter().map(|value| place(value).map(|place| place as usize - 1)).collect::<Option<Vec<usize>>>();
        read.places =
            all.filter(|all| !all.is_empty()).ok_or_else(|| wrong("places, from 1", places).within("places"))?;
    }
    read.exposures = number(map, "exposures", f64::from(read.exposures))?.clamp(0.0, 1e9) as u32;
    let days = number(map, "days", (read.window.0 / Millis::DAY) as f64)?.clamp(0.0, 36_500.0);
    read.window = Millis((days * Millis::DAY as f64) as i64);
    Ok(Some(read))
}

/// Writes settings so that [`exploration_from_json`] reads the same.
pub fn exploration_to_json(settings: &ExplorationSettings) -> Value {
    let surface = |surface: &SurfaceExploration| {
        let SurfaceExploration { places, depth, patience, bandit, budget, .. } = surface;
        let cold_start = bandit.cold_start.as_ref().map(|cold| {
            let places: Vec<usize> = cold.places.iter().map(|place| place + 1).collect();
            json!({ "places": places, "exposures": cold.exposures, "days": cold.window.0 as f64 / Millis::DAY as f64 })
        });
        json!({
            "surface": surface.surface.name(),
            "policy": bandit.policy,
            "places": [places.0 + 1, places.1],
            "depth": depth,
            "patience_seconds": patience.0 as f64 / 1000.0,
            "strength": bandit.strength,
            "strength_min": bandit.strength_min,
            "half_life": bandit.half_life,
            "floor": bandit.floor,
            "discount": bandit.discount,
            "prior_looks": bandit.prior_lessons,
            "examination": match &bandit.examination {
                Examination::Certain => json!("certain"),
                Examination::Cascade => json!("cascade"),
                Examination::ByPlace(probabilities) => json!(probabilities),
            },
            "cold_start": cold_start,
            "budget": {
                "regret": budget.regret_max, "revenue_loss": budget.revenue_loss_max, "share": budget.share_max,
                "confidence": budget.confidence, "memory": budget.memory,
            },
        })
    };
    json!({ "surfaces": settings.surfaces.iter().map(surface).collect::<Vec<_>>() })
}

/// The document of a plan.
pub(super) fn write(plan: &Plan) -> Vec<u8> {
    json!({ "since": plan.since.0, "settings": exploration_to_json(&plan.settings) }).to_string().into_bytes()
}

pub(super) fn read(bytes: &[u8]) -> Result<Plan, FieldError> {
    let document = formats::json::parse(bytes)?;
    let since = document["since"].as_u64().ok_or_else(|| wrong("a position", &document["since"]).within("since"))?;
    Ok(Plan { settings: exploration_from_json(&document["settings"])?, since: Position(since) })
}

fn number(map: &Map<String, Value>, name: &str, otherwise: f64) -> Result<f64, FieldError> {
    let Some(value) = map.get(name).filter(|value| !value.is_null()) else { return Ok(otherwise) };
    value.as_f64().ok_or_else(|| wrong("a number", value).within(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_as_they_were_written() {
        let document = json!({"surfaces": [
            {"surface": "home", "policy": "thompson", "places": [2, 6], "depth": 30, "floor": 0.01, "prior_looks": 5,
             "patience_seconds": 60, "examination": "cascade", "cold_start": {"places": [3], "exposures": 20, "days": 2},
             "budget": {"regret": 0.01, "share": 0.3}},
            {"surface": "search", "policy": "lin-ucb", "strength": 0.2, "examination": [1, 0.5, 0.25]},
        ]});
        let settings = exploration_from_json(&document).unwrap();
        assert_eq!(settings.surfaces[0].places, (1, 6));
        assert_eq!(settings.surfaces[0].bandit.cold_start.as_ref().unwrap().places, [2]);
        let plan = Plan { settings, since: Position(7) };
        assert_eq!(read(&write(&plan)).unwrap(), plan);
        assert_eq!(exploration_from_json(&json!({})).unwrap(), ExplorationSettings::default());
    }

    #[test]
    fn faults_are_named() {
        let with = |field: &str, value: Value| {
            let mut surface = json!({"surface": "home", "policy": "ucb"});
            surface[field] = value;
            exploration_from_json(&json!({"surfaces": [surface]})).unwrap_err().field
        };
        for (field, value, named) in [
            ("surface", json!("cellar"), "surface"),
            ("policy", json!("guess"), "policy"),
            ("places", json!([4, 3]), "places"),
            ("places", json!(3), "places"),
            ("depth", json!(1), "depth"),
            ("strength", json!(-1), "strength"),
            ("floor", json!("much"), "floor"),
            ("discount", json!(0.5), "discount"),
            ("patience_seconds", json!(-5), "patience_seconds"),
            ("examination", json!([0.0]), "examination"),
            ("cold_start", json!({"places": [0]}), "cold_start.places"),
            ("prior_looks", json!(-1), "prior_looks"),
            ("budget", json!({"regret": 2}), "budget.regret"),
            ("colour", json!(1), "colour"),
        ] {
            assert_eq!(with(field, value), format!("surfaces.[0].{named}"));
        }
        let twice = json!({"surface": "home", "policy": "ucb"});
        assert!(exploration_from_json(&json!({"surfaces": [twice, twice]})).is_err());
    }
}
