use std::sync::Arc;

use learn::experiments::{Metric, Target, Visitors as Familiarity};
use serde_json::{Map, Value, json};
use types::{FieldError, Millis, Settings, Surface};

use super::definition::{Assigning, Parts, Wanted};
use super::{Changes, Experiment, ExperimentArm, Guardrail, Interleaving};
use crate::document::{object, wrong};

/// What somebody who makes an experiment may say.
const FIELDS: [&str; 13] = [
    "id",
    "description",
    "salt",
    "layer",
    "slice",
    "arms",
    "target",
    "metrics",
    "guardrails",
    "interleaving",
    "holdout",
    "ramp",
    "visitors_planned",
];

/// What is written down beside.
const PAST_FIELDS: [&str; 3] = ["started", "ended", "reasons"];

const NAME_CHARS_MAX: usize = 64;
const ARMS_MAX: usize = 20;
const LIST_MAX: usize = 100;
const DESCRIPTION_CHARS_MAX: usize = 2000;
/// Visitors of an experiment of which nobody says how many it is planned for.
const VISITORS_PLANNED: u64 = 20_000;
const VISITORS_PLANNED_MAX: u64 = 1_000_000_000_000;

/// Reads the definition of a new experiment: at least `id` and two `arms`. What arms change and do not say in full is
/// completed by the shop's settings.
///
/// # Errors
/// A [`FieldError`] with the path of the value.
pub fn experiment_from_json(document: &Value, shop: &Settings) -> Result<Experiment, FieldError> {
    read(document, &FIELDS, shop)
}

/// Writes an experiment with what became of it.
pub fn experiment_to_json(experiment: &Experiment) -> Value {
    let assignment = &experiment.assignment;
    let slice = match assignment.slice {
        Wanted::Share(share) => json!(share),
        Wanted::Part(from, to) => json!([from, to]),
    };
    let target = &assignment.target;
    let arms = experiment.arms.iter().map(|arm| {
        json!({
            "name": &*arm.name,
            "share": arm.share,
            "changes": arm.changes.to_json(),
            "value": arm.value,
            "removed": arm.is_removed,
        })
    });
    json!({
        "id": &*experiment.id,
        "description": &*experiment.description,
        "salt": &*assignment.salt,
        "layer": &*assignment.layer,
        "slice": slice,
        "arms": arms.collect::<Vec<_>>(),
        "target": {
            "surfaces": target.surfaces.iter().map(|surface| surface.name()).collect::<Vec<_>>(),
            "languages": target.languages.iter().map(|language| &**language).collect::<Vec<_>>(),
            "segments": target.segments.iter().map(|segment| &**segment).collect::<Vec<_>>(),
            "visitors": target.visitors.map(Familiarity::name),
        },
        "metrics": experiment.metrics.iter().map(|metric| metric.name()).collect::<Vec<_>>(),
        "guardrails": experiment.guardrails.iter().map(|guardrail| {
            json!({ "metric": guardrail.metric.name(), "tolerated": guardrail.tolerated })
        }).collect::<Vec<_>>(),
        "interleaving": experiment.interleaving.map(Interleaving::name),
        "holdout": assignment.holdout,
        "ramp": assignment.ramp,
        "visitors_planned": experiment.visitors_planned,
        "started": formats::json::time_to_json(experiment.started),
        "ended": experiment.ended.map(formats::json::time_to_json),
        "reasons": experiment.reasons,
    })
}

/// The document of all experiments. Times are milliseconds here, which say all.
pub(super) fn write_all(all: &[Arc<Experiment>]) -> String {
    let written = all.iter().map(|experiment| {
        let mut document = experiment_to_json(experiment);
        document["started"] = json!(experiment.started.0);
        document["ended"] = json!(experiment.ended.map(|ended| ended.0));
        document
    });
    json!({ "experiments": written.collect::<Vec<_>>() }).to_string()
}

pub(super) fn read_all(bytes: &[u8]) -> Result<Vec<Experiment>, FieldError> {
    let document = formats::json::parse(bytes)?;
    let known: Vec<&str> = FIELDS.into_iter().chain(PAST_FIELDS).collect();
    // What was written has all numbers of a group, so that the settings of now have nothing to add.
    let shop = Settings::default();
    let all = list(&document["experiments"])?.iter().map(|one| {
        let time = |name: &str| one[name].as_i64().map(Millis);
        let reasons = one["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let started = time("started").ok_or_else(|| wrong("milliseconds", &one["started"]).within("started"))?;
        Ok(read(one, &known, &shop)?.with_past(started, time("ended"), reasons.collect()))
    });
    all.collect()
}

fn read(document: &Value, known: &[&str], shop: &Settings) -> Result<Experiment, FieldError> {
    let map = object(document, known)?;
    let id: Arc<str> = Arc::from(name(required(map, "id")?).map_err(|error| error.within("id"))?);
    let said = |field: &str| map.get(field).filter(|value| !value.is_null());
    let or_id = |field: &str| -> Result<Arc<str>, FieldError> {
        let read = said(field).map(|value| name(value).map(Arc::from)).transpose();
        Ok(read.map_err(|error| error.within(field))?.unwrap_or_else(|| Arc::clone(&id)))
    };
    let description = said("description").map(|value| text(value, DESCRIPTION_CHARS_MAX)).transpose();
    let arms = list(required(map, "arms")?).and_then(|arms| each(arms, ARMS_MAX, |value| arm(value, shop)));
    let metrics = said("metrics").map(|value| each(list(value)?, LIST_MAX, metric)).transpose();
    let metrics = metrics.map_err(|error| error.within("metrics"))?;
    let metrics = metrics.unwrap_or_else(|| vec![Metric::Conversion, Metric::ClickThrough, Metric::Revenue]);
    if metrics.is_empty() || (1..metrics.len()).any(|at| metrics[..at].contains(&metrics[at])) {
        return Err(FieldError::new("out_of_range", "metrics", "at least one, none twice", "a list that is not"));
    }
    let guardrails = said("guardrails").map(|value| each(list(value)?, LIST_MAX, guardrail)).transpose();
    let assignment = Assigning {
        salt: or_id("salt")?,
        layer: or_id("layer")?,
        slice: said("slice").map_or(Ok(Wanted::Share(1.0)), slice).map_err(|error| error.within("slice"))?,
        target: said("target").map_or(Ok(Target::default()), target).map_err(|error| error.within("target"))?,
        holdout: said("holdout").map_or(Ok(0.0), number).map_err(|error| error.within("holdout"))?,
        ramp: said("ramp").map_or(Ok(1.0), number).map_err(|error| error.within("ramp"))?,
    };
    let interleaving = said("interleaving").map(|value| {
        let found = value.as_str().and_then(Interleaving::from_name);
        found.ok_or_else(|| wrong("team-draft or optimised", value).within("interleaving"))
    });
    let planned = said("visitors_planned").map_or(Ok(VISITORS_PLANNED), |value| {
        let whole = value.as_u64().filter(|count| (1..=VISITORS_PLANNED_MAX).contains(count));
        whole.ok_or_else(|| wrong("a whole number above 0", value).within("visitors_planned"))
    });
    Experiment::new(Parts {
        id,
        description: Arc::from(description.map_err(|error| error.within("description"))?.unwrap_or_default()),
        arms: arms.map_err(|error| error.within("arms"))?,
        metrics,
        guardrails: guardrails.map_err(|error| error.within("guardrails"))?.unwrap_or_default(),
        interleaving: interleaving.transpose()?,
        visitors_planned: planned?,
        assignment,
    })
}

fn arm(value: &Value, shop: &Settings) -> Result<ExperimentArm, FieldError> {
    let map = object(value, &["name", "share", "changes", "value", "removed"])?;
    let name: Arc<str> = Arc::from(name(required(map, "name")?).map_err(|error| error.within("name"))?);
    let changes = map.get("changes").filter(|changes| !changes.is_null());
    let changes = changes.map(|changes| Changes::from_json(changes, shop)).transpose();
    let own = map.get("value").filter(|value| !value.is_null()).cloned();
    if own.as_ref().is_some_and(Value::is_array) {
        return Err(wrong("a text, a number, true or false, or an object", &Value::Null).within("value"));
    }
    Ok(ExperimentArm {
        share: map.get("share").map_or(Ok(1.0), number).map_err(|error| error.within("share"))?,
        changes: changes.map_err(|error| error.within("changes"))?.unwrap_or_default(),
        value: own.unwrap_or_else(|| Value::from(&*name)),
        is_removed: map.get("removed").and_then(Value::as_bool).unwrap_or(false),
        name,
    })
}

fn target(value: &Value) -> Result<Target, FieldError> {
    let map = object(value, &["surfaces", "languages", "segments", "visitors"])?;
    let names = |field: &str| {
        let read = map.get(field).map(|value| each(list(value)?, LIST_MAX, |value| Ok(Arc::from(name(value)?))));
        read.transpose().map_err(|error| error.within(field)).map(Option::unwrap_or_default)
    };
    let surface = |value: &Value| {
        let found = value.as_str().and_then(Surface::from_name);
        found.ok_or_else(|| wrong("home, product, cart, search or after-purchase", value))
    };
    let surfaces = map.get("surfaces").map(|value| each(list(value)?, LIST_MAX, surface)).transpose();
    let visitors = map.get("visitors").filter(|value| !value.is_null()).map(|value| {
        let found = value.as_str().and_then(Familiarity::from_name);
        found.ok_or_else(|| wrong("new or returning", value).within("visitors"))
    });
    Ok(Target {
        surfaces: surfaces.map_err(|error| error.within("surfaces"))?.unwrap_or_default(),
        languages: names("languages")?,
        segments: names("segments")?,
        visitors: visitors.transpose()?,
    })
}

fn guardrail(value: &Value) -> Result<Guardrail, FieldError> {
    let map = object(value, &["metric", "tolerated"])?;
    let tolerated = map.get("tolerated").map_or(Ok(0.0), number).map_err(|error| error.within("tolerated"))?;
    let metric = metric(required(map, "metric")?).map_err(|error| error.within("metric"))?;
    Ok(Guardrail { metric, tolerated })
}

fn metric(value: &Value) -> Result<Metric, FieldError> {
    let known = || learn::experiments::METRICS.iter().map(|one| one.name).collect::<Vec<_>>().join(", ");
    value.as_str().and_then(Metric::from_name).ok_or_else(|| wrong(&format!("one of {}", known()), value))
}

/// A share, or `[from, to]`.
fn slice(value: &Value) -> Result<Wanted, FieldError> {
    let share = |share: f64| share > 0.0 && share <= 1.0;
    match value {
        Value::Array(ends) if ends.len() == 2 => Ok(Wanted::Part(number(&ends[0])?, number(&ends[1])?)),
        other => match other.as_f64().filter(|wanted| share(*wanted)) {
            Some(wanted) => Ok(Wanted::Share(wanted)),
            None => Err(wrong("a share above 0, at most 1, or [from, to]", other)),
        },
    }
}

fn required<'a>(map: &'a Map<String, Value>, name: &str) -> Result<&'a Value, FieldError> {
    let found = map.get(name).filter(|value| !value.is_null());
    found.ok_or_else(|| FieldError::new("field_missing", name, "a value", "nothing"))
}

fn list(value: &Value) -> Result<&[Value], FieldError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong("a list", value))
}

fn each<T>(
    values: &[Value],
    most: usize,
    read: impl Fn(&Value) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldError> {
    if values.len() > most {
        return Err(FieldError::new("out_of_range", "", format!("at most {most}"), values.len().to_string()));
    }
    let read = |(at, value)| read(value).map_err(|error: FieldError| error.within(&format!("[{at}]")));
    values.iter().enumerate().map(read).collect()
}

fn number(value: &Value) -> Result<f64, FieldError> {
    value.as_f64().filter(|number| number.is_finite()).ok_or_else(|| wrong("a number", value))
}

fn text(value: &Value, most: usize) -> Result<&str, FieldError> {
    let text = value.as_str().ok_or_else(|| wrong("a text", value))?;
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(wrong(&format!("at most {most} characters, none of control"), value));
    }
    Ok(text)
}

/// A name: it stands in addresses, in the log and on the terminal.
fn name(value: &Value) -> Result<&str, FieldError> {
    let name = text(value, NAME_CHARS_MAX)?;
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(wrong("1 to 64 letters, digits, '-', '_' and '.'", value));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_new(document: &Value) -> Result<Experiment, FieldError> {
        experiment_from_json(document, &Settings::default())
    }

    #[test]
    fn a_whole_definition_reads_back_as_it_was_written() {
        let document = json!({
            "id": "fusion-weights", "description": "more weight on words", "layer": "ranking", "slice": 0.5,
            "arms": [{"name": "control"}, {"name": "words", "share": 2, "changes": {"weights": {"words": 2}}, "value": true}],
            "target": {"surfaces": ["search"], "languages": ["zh"], "visitors": "returning"},
            "metrics": ["revenue", "click-through"],
            "guardrails": [{"metric": "latency", "tolerated": 0.2}, {"metric": "errors"}],
            "holdout": 0.05, "ramp": 0.1, "visitors_planned": 5000,
        });
        let placed = read_new(&document).unwrap().placed_among(&[]).unwrap().at(Millis(7));
        let stopped = placed.ramped_to(0.5).unwrap().stopped(Millis(9), "enough").unwrap();
        let all = [Arc::new(placed), Arc::new(stopped)];
        let read = read_all(write_all(&all).as_bytes()).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), all.iter().map(|one| &**one).collect::<Vec<_>>());
        assert_eq!(experiment_to_json(&read[0])["slice"], json!([0.0, 0.5]));
        assert_eq!(read[1].reasons, ["stopped: enough"]);
        let shared = json!({"id": "x", "arms": [{"name": "a"}, {"name": "b"}], "interleaving": "optimised"});
        assert_eq!(experiment_to_json(&read_new(&shared).unwrap())["interleaving"], "optimised");
    }

    #[test]
    fn faults_are_named() {
        let arms = json!([{"name": "a"}, {"name": "b"}]);
        for (document, field) in [
            (json!({"arms": arms}), "id"),
            (json!({"id": "x y", "arms": arms}), "id"),
            (json!({"id": "x"}), "arms"),
            (json!({"id": "x", "arms": [{"name": "a"}]}), "arms"),
            (json!({"id": "x", "arms": [{"name": "a"}, {"name": "a"}]}), "arms"),
            (json!({"id": "x", "arms": [{"name": "a"}, {"name": "b", "share": 0}]}), "arms.share"),
            (
                json!({"id": "x", "arms": [{"name": "a"}, {"name": "b", "changes": {"cutoff": 3}}]}),
                "arms.[1].changes.cutoff",
            ),
            (json!({"id": "x", "arms": arms, "slice": 0}), "slice"),
            (json!({"id": "x", "arms": arms, "slice": [0.5, 0.4]}), "slice.to"),
            (json!({"id": "x", "arms": arms, "metrics": ["love"]}), "metrics.[0]"),
            (json!({"id": "x", "arms": arms, "metrics": []}), "metrics"),
            (
                json!({"id": "x", "arms": arms, "guardrails": [{"metric": "latency", "tolerated": 1}]}),
                "guardrails.tolerated",
            ),
            (json!({"id": "x", "arms": arms, "target": {"visitors": "old"}}), "target.visitors"),
            (json!({"id": "x", "arms": arms, "holdout": 1}), "holdout"),
            (json!({"id": "x", "arms": arms, "ramp": -1}), "ramp"),
            (json!({"id": "x", "arms": arms, "visitors_planned": 0}), "visitors_planned"),
            (json!({"id": "x", "arms": arms, "interleaving": "both"}), "interleaving"),
            (
                json!({"id": "x", "arms": arms, "interleaving": "optimised", "guardrails": [{"metric": "latency"}]}),
                "guardrails",
            ),
            (
                json!({"id": "x", "arms": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "interleaving": "team-draft"}),
                "arms",
            ),
            (json!({"id": "x", "arms": arms, "colour": 0}), "colour"),
        ] {
            let fault = read_new(&document).unwrap_err();
            assert_eq!(fault.field, field, "{fault}");
        }
    }

    #[test]
    fn experiments_of_a_layer_share_no_visitor() {
        let with = |id: &str, slice: f64| {
            let arms = json!([{"name": "a"}, {"name": "b"}]);
            read_new(&json!({"id": id, "layer": "ranking", "slice": slice, "arms": arms})).unwrap()
        };
        let mut all: Vec<Arc<Experiment>> = Vec::new();
        for (id, slice) in [("one", 0.3), ("two", 0.3), ("three", 0.4)] {
            all.push(Arc::new(with(id, slice).placed_among(&all).unwrap()));
        }
        for (at, one) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|other| !one.plan().slice().overlaps(other.plan().slice())), "{}", one.id);
        }
        assert!(with("four", 0.1).placed_among(&all).is_err());
        all[1] = Arc::new(all[1].stopped(Millis(1), "enough").unwrap());
        assert!(with("four", 0.3).placed_among(&all).is_ok());
        assert!(with("four", 0.31).placed_among(&all).is_err());
    }

    #[test]
    fn running_experiments_only_grow_and_keep_their_control() {
        let arms = json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]);
        let running = read_new(&json!({"id": "x", "ramp": 0.2, "arms": arms})).unwrap();
        assert!(
            running.ramped_to(0.1).is_err() && running.ramped_to(f64::NAN).is_err() && running.ramped_to(2.0).is_err()
        );
        assert!(running.without_arm("a", "").is_err() && running.without_arm("d", "").is_err());
        let smaller = running.without_arm("b", "slow").unwrap();
        assert_eq!((smaller.arms_running(), smaller.reasons.len()), (2, 1));
        assert!(smaller.without_arm("c", "").is_err() && smaller.without_arm("b", "").is_err());
        let ended = smaller.stopped(Millis(1), "done").unwrap();
        assert!(ended.stopped(Millis(2), "again").is_err() && ended.ramped_to(1.0).is_err());
    }
}
