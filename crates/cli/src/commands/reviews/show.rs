//! Reports and alerts for people.

use anyhow::Result;
use serde_json::Value;

use crate::output::{self, grouped, line};

/// Width of a bar, in characters.
const BAR: usize = 20;
/// Topics in a table.
const TOPICS_MAX: usize = 12;

/// Shows what reviews say together; `subjects` is what they are about.
pub(crate) fn report(report: &Value, subjects: &str) -> Result<()> {
    let all = count(&report["reviews"], "all");
    if all == 0 {
        return line("There are no reviews.");
    }
    let share = |name: &str| format!("{:.0}% {name}", 100.0 * share(&report["reviews"], name));
    line(&format!(
        "{} reviews of {} {subjects}: {}, {}, {} (read by {})",
        grouped(all),
        grouped(report["items"].as_u64().unwrap_or(0)),
        share("positive"),
        share("negative"),
        share("neutral"),
        text(report, "read_by"),
    ))?;
    let mut rows = vec![["aspect", "reviews", "positive", "negative", ""].map(str::to_owned).to_vec()];
    for aspect in list(report, "aspects") {
        let counts = ["all", "positive", "negative"].map(|name| grouped(count(aspect, name)));
        let mut row = vec![text(aspect, "name").to_owned()];
        row.extend(counts);
        row.push(bar(self::share(aspect, "positive")));
        rows.push(row);
    }
    if rows.len() > 1 {
        output::table(rows)?;
    }
    points(report, "pros", '+')?;
    points(report, "cons", '-')?;
    topics(report)?;
    weeks(report)
}

fn points(report: &Value, side: &str, sign: char) -> Result<()> {
    for point in list(report, side) {
        let name = point["aspect"].as_str().unwrap_or("as a whole");
        line(&format!("{sign} {name}: {} of {}", grouped(count(point, "reviews")), grouped(count(point, "of"))))?;
        quotes(point)?;
    }
    Ok(())
}

fn quotes(of: &Value) -> Result<()> {
    for quote in list(of, "quotes") {
        let day: String = text(quote, "time").chars().take(10).collect();
        let times = match count(quote, "said") {
            0 | 1 => String::new(),
            said => format!(", {said} times"),
        };
        let item = Some(text(quote, "item")).filter(|item| !item.is_empty()).map(|item| format!("{item}, "));
        line(&format!("    “{}” ({}{day}{times})", text(quote, "text"), item.unwrap_or_default()))?;
    }
    Ok(())
}

fn topics(report: &Value) -> Result<()> {
    let mut rows = vec![["said of", "what", "", "reviews"].map(str::to_owned).to_vec()];
    for topic in list(report, "topics").iter().take(TOPICS_MAX) {
        let sign = if text(topic, "sentiment") == "positive" { "+" } else { "-" };
        let words = ["named", "opinion"].map(|name| text(topic, name).to_owned());
        rows.push(words.into_iter().chain([sign.to_owned(), grouped(count(topic, "reviews"))]).collect());
    }
    if rows.len() > 1 { output::table(rows) } else { Ok(()) }
}

/// The weeks from the first with a review on; a single one is no trend.
fn weeks(report: &Value) -> Result<()> {
    let weeks = list(report, "weeks");
    let first = weeks.iter().position(|week| count(week, "all") > 0).unwrap_or(weeks.len());
    if weeks[first..].iter().filter(|week| count(week, "all") > 0).count() < 2 {
        return Ok(());
    }
    let mut rows = vec![["week from", "reviews", "negative", ""].map(str::to_owned).to_vec()];
    for week in &weeks[first..] {
        let day: String = text(week, "begins").chars().take(10).collect();
        let negative = share(week, "negative");
        let percent = if count(week, "all") == 0 { String::new() } else { format!("{:.0}%", 100.0 * negative) };
        rows.push(vec![day, grouped(count(week, "all")), percent, bar(negative)]);
    }
    output::table(rows)
}

/// Shows where reviews became worse.
pub(crate) fn alerts(found: &Value) -> Result<()> {
    let watched = grouped(found["watched"].as_u64().unwrap_or(0));
    let alerts = list(found, "alerts");
    if alerts.is_empty() {
        return line(&format!("No share of negative reviews rose significantly; {watched} are watched."));
    }
    for alert in alerts {
        let named = match alert["name"].as_str() {
            Some(name) => format!("{} {name}", text(alert, "kind")),
            None => "everything".to_owned(),
        };
        let percent = |side: &str| {
            let of = &alert[side];
            let share = 100.0 * of["share"].as_f64().unwrap_or(0.0);
            format!("{share:.0}% ({} of {})", grouped(count(of, "negative")), grouped(count(of, "all")))
        };
        let since: String = text(alert, "since").chars().take(10).collect();
        line(&format!("! {named}: negative {} before, {} since {since}", percent("before"), percent("after")))?;
        let evidence = alert["evidence"].as_f64().unwrap_or(0.0);
        line(&format!("    a rise explains this {} times better than no change", times(evidence)))?;
        let blamed: Vec<String> = list(alert, "blamed")
            .iter()
            .map(|one| format!("{} {} (before {})", text(one, "aspect"), count(one, "after"), count(one, "before")))
            .collect();
        if !blamed.is_empty() {
            line(&format!("    blamed since: {}", blamed.join(", ")))?;
        }
        quotes(alert)?;
    }
    line(&format!("{} of {watched} watched", grouped(alerts.len() as u64)))
}

/// A large number in few digits.
fn times(number: f64) -> String {
    if number < 1e6 { grouped(number as u64) } else { format!("{number:.0e}") }
}

/// A share as a bar.
fn bar(share: f64) -> String {
    let full = (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    "█".repeat(full) + &"░".repeat(BAR - full)
}

fn share(tally: &Value, name: &str) -> f64 {
    count(tally, name) as f64 / count(tally, "all").max(1) as f64
}

fn count(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or(0)
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_shares() {
        assert_eq!((bar(0.0), bar(1.0)), ("░".repeat(20), "█".repeat(20)));
        assert_eq!(bar(0.5).matches('█').count(), 10);
        assert_eq!((times(1234.5), times(3.2e9)), ("1,234".to_owned(), "3e9".to_owned()));
    }
}
