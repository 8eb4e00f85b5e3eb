use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::change::{self, Proposed};
use super::plot::{Bar, bars};
use super::{list, pages, report, text};
use crate::api::{Api, path_part};
use crate::args::Quality;
use crate::config::Config;
use crate::failure::user;
use crate::output::{self, grouped};

/// Categories with a row of their own.
const CATEGORIES_SHOWN: usize = 12;
/// Widest title and evidence, in characters.
const TITLE_CHARS_MAX: usize = 40;
const EVIDENCE_CHARS_MAX: usize = 70;
const LABEL: &str = "reading the catalogue";

/// `mercato quality`.
pub(crate) fn run(args: &Quality, config: &Config) -> Result<()> {
    if args.change.apply && args.fix.is_empty() {
        return Err(user("--apply needs --fix with the rules to mend, such as --fix outlier,contradiction"));
    }
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    if let Some(file) = &args.change.undo {
        return change::undo(&api, config, &args.shop, file);
    }
    let path = address(args);
    if !args.fix.is_empty() {
        let found = pages(&api, &format!("{path}&fixable=true"), "findings", LABEL)?;
        let proposed = found.iter().filter(|one| one["fix"].is_object()).map(proposed).collect();
        return change::show_or_apply(&api, config, (&args.shop, &args.change), proposed, "quality");
    }
    let limit = args.limit.clamp(1, 1000);
    let read = report(&api, &format!("{path}&limit={limit}"), LABEL)?;
    if config.json {
        return output::json(&read);
    }
    show(&read)
}

fn address(args: &Quality) -> String {
    let rules = if args.fix.is_empty() { args.rule.join(",") } else { args.fix.join(",") };
    let mut path = format!("/v1/{}/quality?rule={}", path_part(&args.shop), path_part(&rules));
    let mut add = |name: &str, value: Option<String>| {
        path.extend(value.map(|value| format!("&{name}={}", path_part(&value))));
    };
    add("category", args.category.clone());
    add("attribute", args.attribute.clone());
    add("severity", args.severity.map(|severity| severity.to_string()));
    path
}

fn proposed(finding: &Value) -> Proposed {
    let fix = &finding["fix"];
    Proposed {
        says: format!("{} ({})", text(fix, "says"), text(finding, "evidence")),
        title: text(finding, "title").to_owned(),
        patch: fix["patch"].clone(),
        undo: fix["undo"].clone(),
    }
}

fn show(read: &Value) -> Result<()> {
    let counts = list(read, "counts");
    let items = read["items"].as_u64().unwrap_or_default();
    if counts.is_empty() {
        return output::line(&format!("nothing found in {} items", grouped(items)));
    }
    let mut by_rule: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for count in counts {
        let entry = by_rule.entry(text(count, "rule")).or_default();
        entry.0 += count["findings"].as_u64().unwrap_or_default();
        entry.1 += count["fixable"].as_u64().unwrap_or_default();
    }
    output::table(by_category(counts, &by_rule))?;
    let bar = |(rule, (findings, fixable)): (&&str, &(u64, u64))| Bar {
        label: (*rule).to_owned(),
        count: *findings,
        note: if *fixable > 0 { format!("{} can be mended: --fix {rule}", grouped(*fixable)) } else { String::new() },
    };
    let rules: Vec<Bar> = by_rule.iter().map(bar).collect();
    bars(&format!("findings in {} items", grouped(items)), &rules).iter().try_for_each(|line| output::line(line))?;
    show_prices(read)?;
    let mut rows = vec![["item", "title", "rule", "about", "severity", "evidence", "fix"].map(str::to_owned).to_vec()];
    rows.extend(list(read, "findings").iter().map(|finding| {
        vec![
            text(finding, "item").to_owned(),
            output::shortened(text(finding, "title"), TITLE_CHARS_MAX),
            text(finding, "rule").to_owned(),
            text(finding, "attribute").to_owned(),
            format!("{:.2}", finding["severity"].as_f64().unwrap_or_default()),
            output::shortened(text(finding, "evidence"), EVIDENCE_CHARS_MAX),
            output::shortened(text(&finding["fix"], "says"), TITLE_CHARS_MAX),
        ]
    }));
    let (shown, total) = (rows.len() as u64 - 1, read["total"].as_u64().unwrap_or_default());
    output::table(rows)?;
    output::line(&format!("{} of {} findings, the gravest first", grouped(shown), grouped(total)))
}

/// Findings by rule and category; small categories are added up.
fn by_category(counts: &[Value], by_rule: &BTreeMap<&str, (u64, u64)>) -> Vec<Vec<String>> {
    let mut table: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for count in counts {
        let findings = count["findings"].as_u64().unwrap_or_default();
        *table.entry(text(count, "category")).or_default().entry(text(count, "rule")).or_default() += findings;
    }
    let sum = |row: &BTreeMap<&str, u64>| row.values().sum::<u64>();
    let mut categories: Vec<(&str, BTreeMap<&str, u64>)> = table.into_iter().collect();
    categories.sort_by(|a, b| sum(&b.1).cmp(&sum(&a.1)).then(a.0.cmp(b.0)));
    let rest = categories.split_off(categories.len().min(CATEGORIES_SHOWN));
    let head = ["category".to_owned()].into_iter().chain(by_rule.keys().map(|rule| (*rule).to_owned()));
    let mut rows = vec![head.chain(["all".to_owned()]).collect::<Vec<_>>()];
    let row = |name: &str, found: &BTreeMap<&str, u64>| {
        let cells = by_rule.keys().map(|rule| found.get(rule).map_or(String::new(), |count| grouped(*count)));
        [name.to_owned()].into_iter().chain(cells).chain([grouped(sum(found))]).collect::<Vec<_>>()
    };
    rows.extend(categories.iter().map(|(name, found)| row(if name.is_empty() { "(none)" } else { name }, found)));
    if !rest.is_empty() {
        let mut others: BTreeMap<&str, u64> = BTreeMap::new();
        rest.iter().flat_map(|(_, found)| found).for_each(|(rule, count)| *others.entry(rule).or_default() += count);
        rows.push(row(&format!("({} others)", rest.len()), &others));
    }
    if rows.len() > 2 {
        let all = by_rule.iter().map(|(rule, (findings, _))| (*rule, *findings)).collect();
        rows.push(row("all", &all));
    }
    rows
}

fn show_prices(read: &Value) -> Result<()> {
    let bin = |bin: &Value| {
        let number = |name: &str| bin[name].as_f64().unwrap_or_default();
        let out = bin["out_of_line"].as_u64().unwrap_or_default();
        Bar {
            label: format!("{:>10} to {:>10}", price(number("from")), price(number("to"))),
            count: bin["items"].as_u64().unwrap_or_default(),
            note: if out > 0 { format!("← {} out of line in their category", grouped(out)) } else { String::new() },
        }
    };
    let prices: Vec<Bar> = list(read, "prices").iter().map(bin).collect();
    if prices.len() < 2 {
        return Ok(());
    }
    bars(&format!("prices in {}", text(read, "currency")), &prices).iter().try_for_each(|line| output::line(line))
}

fn price(amount: f64) -> String {
    if amount < 100.0 { format!("{amount:.2}") } else { grouped(amount.round() as u64) }
}
