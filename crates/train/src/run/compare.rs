use serde_json::Value as Json;

use super::Run;

/// A parameter in which runs differ.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// Its path, such as `options.rate`.
    pub name: String,
    /// What each run has, in order; nothing where it has no such parameter.
    pub values: Vec<Option<Json>>,
}

/// The parameters in which runs differ: what they were given, not what came of it.
pub fn differences(runs: &[Run]) -> Vec<Difference> {
    let given: Vec<Vec<(String, Json)>> = runs.iter().map(parameters).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in given.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let value = |of: &[(String, Json)], name: &str| of.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
    let all = names.into_iter().map(|name| {
        let values = given.iter().map(|of| value(of, name)).collect();
        Difference { name: name.clone(), values }
    });
    all.filter(|one| one.values.windows(2).any(|pair| pair[0] != pair[1])).collect()
}

fn parameters(run: &Run) -> Vec<(String, Json)> {
    let mut found = Vec::new();
    let text = |value: &str| Json::from(value);
    found.push(("task".to_owned(), text(&run.task)));
    found.push(("base".to_owned(), text(&run.base)));
    found.push(("method".to_owned(), text(&run.method)));
    found.push(("data.source".to_owned(), text(&run.data.source)));
    found.push(("data.fingerprint".to_owned(), text(&run.data.fingerprint)));
    found.push(("device".to_owned(), text(&run.machine.device)));
    found.push(("code".to_owned(), text(&run.code)));
    if let Ok(options) = serde_json::to_value(&run.options) {
        flatten("options", &options, &mut found);
    }
    flatten(&run.task, &run.task_options, &mut found);
    found
}

fn flatten(name: &str, value: &Json, found: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(fields) => {
            fields.iter().for_each(|(field, value)| flatten(&format!("{name}.{field}"), value, found))
        }
        Json::Null => {}
        _ => found.push((name.to_owned(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let (first, mut second) = (run("a"), run("b"));
        assert!(differences(&[first.clone(), second.clone()]).is_empty());
        second.options.rate = 1e-3;
        second.options.steps = Some(10);
        second.task_options["lora"]["rank"] = 8.into();
        let found = differences(&[first, second]);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["options.rate", "options.steps", "classifier.lora.rank"]);
        assert_eq!(found[1].values, [None, Some(10.into())]);
    }
}
