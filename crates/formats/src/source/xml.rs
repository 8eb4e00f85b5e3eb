use std::io::{self, BufReader, Read};

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

use super::{ImportFormat, Input, OpenOptions, ROW_BYTES_MAX, RowSource, SourceError, SourceRow};

/// Feeds in XML, RSS or Atom: a row an `item` or `entry`, its elements by their names without `g:`, those that come
/// several times as a list, those with elements of their own as an object.
pub(super) struct Xml;

/// Elements that are rows.
const ROWS: [&str; 4] = ["item", "entry", "product", "offer"];

impl ImportFormat for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn detects(&self, head: &[u8]) -> bool {
        let text = String::from_utf8_lossy(&head[..head.len().min(2048)]).to_lowercase();
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let begins = ["<?xml", "<rss", "<feed", "<channel", "<products", "<items"];
        begins.iter().any(|begin| text.starts_with(begin)) && !text.contains("<html")
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let mut reader = Reader::from_reader(BufReader::new(Box::new(input.reader()) as Box<dyn Read + Send>));
        // Shops write `Pots & Pans` however wrong that is.
        reader.config_mut().allow_dangling_amp = true;
        Ok(Box::new(Items { reader, buffer: Vec::new(), number: 0, after_row: options.after_row }))
    }
}

struct Items {
    reader: Reader<BufReader<Box<dyn Read + Send>>>,
    buffer: Vec<u8>,
    number: u64,
    after_row: u64,
}

impl RowSource for Items {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        loop {
            let rows = self.number;
            let item = self.next_item().map_err(|source| SourceError::Broken { rows, source })?;
            let Some(fields) = item else { return Ok(None) };
            self.number += 1;
            if self.number > self.after_row {
                return Ok(Some(SourceRow { number: self.number, offset: None, fields: Ok(fields) }));
            }
        }
    }

    fn columns(&self) -> Option<&[String]> {
        None
    }
}

impl Items {
    fn next_item(&mut self) -> io::Result<Option<Map<String, Value>>> {
        let mut open: Vec<Element> = Vec::new();
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(io::Error::other)? {
                Event::Start(start) if !open.is_empty() || ROWS.contains(&start.local_name().as_ref()) => {
                    open.push(Element::new(&start));
                }
                Event::Empty(start) => {
                    if let Some(outer) = open.last_mut() {
                        outer.add(Element::new(&start));
                    }
                }
                Event::End(_) => match (open.pop(), open.last_mut()) {
                    (Some(inner), Some(outer)) => outer.add(inner),
                    (Some(row), None) => return Ok(Some(row.fields)),
                    (None, _) => {}
                },
                Event::Text(text) => say(&mut open, &text.xml10_content()),
                Event::CData(text) => say(&mut open, &text.xml10_content()),
                Event::GeneralRef(name) => say(&mut open, &resolved(&name)),
                Event::Eof if open.is_empty() => return Ok(None),
                Event::Eof => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "an element is not closed")),
                _ => {}
            }
            if open.iter().map(|element| element.bytes).sum::<u64>() > ROW_BYTES_MAX {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "an item is longer than 16 MiB"));
            }
        }
    }
}

fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
        element.bytes += text.len() as u64;
    }
}

/// `&amp;`, `&#20013;`; what HTML alone knows stays as it is, for what reads it as HTML.
fn resolved(name: &BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = name.resolve_char_ref() {
        return letter.to_string();
    }
    let name: &str = name.as_ref();
    resolve_xml_entity(name).map_or_else(|| format!("&{name};"), str::to_owned)
}

/// An element that is open: what it has so far.
struct Element {
    name: String,
    /// Whether its name is of the feed's own vocabulary: that counts more than another of the same name.
    is_own: bool,
    fields: Map<String, Value>,
    owned: Vec<String>,
    text: String,
    bytes: u64,
}

impl Element {
    fn new(start: &BytesStart<'_>) -> Self {
        let link = start.attributes().flatten().find(|attribute| attribute.key.as_ref() == "href");
        let link = link.and_then(|attribute| {
            attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|link| link.into_owned())
        });
        Self {
            name: start.local_name().as_ref().to_owned(),
            is_own: start.name().prefix().is_some_and(|prefix| prefix.into_inner() == "g"),
            fields: Map::new(),
            owned: Vec::new(),
            text: link.unwrap_or_default(),
            bytes: 0,
        }
    }

    /// Takes in an element that was closed.
    fn add(&mut self, inner: Self) {
        self.bytes += inner.bytes;
        let value = if inner.fields.is_empty() { Value::from(inner.text.trim()) } else { Value::Object(inner.fields) };
        let is_owned = self.owned.contains(&inner.name);
        match self.fields.get_mut(&inner.name) {
            Some(_) if is_owned && !inner.is_own => {}
            Some(known) if is_owned == inner.is_own => match known {
                Value::Array(list) => list.push(value),
                one => *one = Value::Array(vec![one.take(), value]),
            },
            _ => drop(self.fields.insert(inner.name.clone(), value)),
        }
        if inner.is_own && !is_owned {
            self.owned.push(inner.name);
        }
    }
}
