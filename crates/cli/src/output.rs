//! What goes to standard output: lines, JSON, tables.

use std::io::{ErrorKind, Write as _};

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// Writes a line to standard output. A reader that went away (`| head`) ends the program quietly.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

/// Writes a note to standard error, for people.
pub(crate) fn note(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes a JSON document.
pub(crate) fn json(document: &Value) -> Result<()> {
    line(&serde_json::to_string_pretty(document)?)
}

/// Writes a table; the first row is its head.
pub(crate) fn table(rows: Vec<Vec<String>>) -> Result<()> {
    line(&table_text(rows))
}

/// A table as text; the first row is its head.
pub(crate) fn table_text(rows: Vec<Vec<String>>) -> String {
    let mut rows = rows.into_iter();
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(head) = rows.next() {
        table.set_header(head);
    }
    table.add_rows(rows);
    table.to_string()
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the unit that suits it.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// At most `chars_max` characters of a text.
pub(crate) fn shortened(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1000, 1_024_595].map(grouped), ["0", "999", "1,000", "1,024,595"]);
        assert_eq!([12, 2048, 5 << 30].map(bytes), ["12 B", "2.0 KiB", "5.0 GiB"]);
        assert_eq!((shortened("红色连衣裙", 3), shortened("tea", 3)), ("红色…".to_owned(), "tea".to_owned()));
    }
}
