use std::io::Read;

use super::{ImportFormat, Input, OpenOptions, RowSource, SourceError, SourceRow};

/// The data that pages carry for search engines: a row a JSON-LD object of a page.
pub(super) struct Html;

/// Longest page, or pages one behind the other, in bytes.
const BYTES_MAX: u64 = 256 << 20;

impl ImportFormat for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn detects(&self, head: &[u8]) -> bool {
        let text = String::from_utf8_lossy(&head[..head.len().min(4096)]).to_lowercase();
        let text = text.trim_start_matches('\u{feff}').trim_start();
        text.starts_with("<!doctype html")
            || (text.starts_with('<') && (text.contains("<html") || text.contains("<head")))
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let mut page = Vec::new();
        let broken = |source| SourceError::Broken { rows: 0, source };
        input.reader().take(BYTES_MAX).read_to_end(&mut page).map_err(broken)?;
        let scripts = crate::html::scripts(&String::from_utf8_lossy(&page), "application/ld+json");
        let rows = scripts.iter().flat_map(|script| objects(script));
        let rows = (1..).zip(rows).map(|(number, text)| super::json_row(number, 0, text.as_bytes()));
        let rows = rows.map(|row| SourceRow { offset: None, ..row });
        let rows: Vec<SourceRow> = rows.skip_while(|row| row.number <= options.after_row).collect();
        Ok(Box::new(Rows(rows.into_iter())))
    }
}

/// The objects of a script: itself, or those of its list. What is not JSON stays, and is refused as a row.
fn objects(script: &str) -> Vec<String> {
    match serde_json::from_str(script) {
        Ok(serde_json::Value::Array(parts)) => parts.iter().map(ToString::to_string).collect(),
        _ => vec![script.to_owned()],
    }
}

struct Rows(std::vec::IntoIter<SourceRow>);

impl RowSource for Rows {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        Ok(self.0.next())
    }

    fn columns(&self) -> Option<&[String]> {
        None
    }
}
