//! Attributes by row, outside the word index: what filters, facets, sorting and grouping read.

mod chunks;
mod column;
mod dictionary;
mod facet;
mod filter;
mod found;
mod groups;
mod order;

use std::collections::BTreeMap;
use std::sync::Arc;

use types::{Item, Row, Value, ValueKind, well_known};

pub(crate) use chunks::Chunks;
pub(crate) use column::Column;
pub use groups::Groups;
pub use order::Order;

use crate::bytes::{Reader, Writer};
use crate::{Error, Result, RowSet};

/// All attributes of all items. Clones share memory; the live columns and those of a snapshot are the same type.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    by_name: BTreeMap<Arc<str>, Arc<Column>>,
    alive: Arc<RowSet>,
    buyable: Arc<RowSet>,
    /// One more than the largest row ever set.
    rows: usize,
}

impl Columns {
    /// Columns without items, the pseudo-attributes known.
    fn new() -> Self {
        let pseudo = [
            (well_known::ID, ValueKind::Keywords),
            (well_known::GROUP, ValueKind::Keywords),
            (well_known::AVAILABLE, ValueKind::Boolean),
            (well_known::STOCK, ValueKind::Number),
        ];
        let by_name = pseudo.map(|(name, kind)| (Arc::from(name), Arc::new(Column::new(kind)))).into();
        Self { by_name, alive: Arc::default(), buyable: Arc::default(), rows: 0 }
    }

    /// Puts an item's attributes in the place of whatever `row` had. A value of another kind than its attribute's first
    /// one counts as absent.
    pub(crate) fn upsert(&mut self, row: Row, item: &Item) {
        self.rows = self.rows.max(row.index() + 1);
        let mark = |set: &mut Arc<RowSet>, yes: bool| {
            if set.contains(row) != yes {
                let set = Arc::make_mut(set);
                if yes { set.insert(row) } else { set.remove(row) }
            }
        };
        mark(&mut self.alive, true);
        mark(&mut self.buyable, item.is_buyable());
        let keyword = |text: &str| Value::Keywords(vec![Arc::from(text)]);
        self.set(row, well_known::ID, Some(&keyword(item.id.as_str())));
        self.set(row, well_known::GROUP, item.group.as_ref().map(|group| keyword(group.as_str())).as_ref());
        self.set(row, well_known::AVAILABLE, Some(&Value::Boolean(item.available)));
        self.set(row, well_known::STOCK, item.stock.map(|stock| Value::Number(f64::from(stock))).as_ref());
        for (name, value) in &item.attributes {
            if !self.by_name.contains_key(name) {
                self.by_name.insert(Arc::clone(name), Arc::new(Column::new(value.kind())));
            }
            self.set(row, name, Some(value));
        }
        for (name, column) in &mut self.by_name {
            let absent = !item.attributes.contains_key(name) && !is_pseudo(name);
            if absent && column.has(row) {
                Arc::make_mut(column).set(row, None);
            }
        }
    }

    /// Takes all of an item's attributes out.
    pub(crate) fn delete(&mut self, row: Row) {
        if !self.alive.contains(row) {
            return;
        }
        Arc::make_mut(&mut self.alive).remove(row);
        if self.buyable.contains(row) {
            Arc::make_mut(&mut self.buyable).remove(row);
        }
        for column in self.by_name.values_mut().filter(|column| column.has(row)) {
            Arc::make_mut(column).set(row, None);
        }
    }

    /// One more than the largest row ever set.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that hold an item.
    pub(crate) fn alive(&self) -> &Arc<RowSet> {
        &self.alive
    }

    /// Rows whose item can be bought.
    pub(crate) fn buyable(&self) -> &RowSet {
        &self.buyable
    }

    /// Names of all attributes, sorted.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.by_name.keys().cloned().collect()
    }

    /// The column of an attribute.
    pub(crate) fn column(&self, attribute: &Arc<str>) -> Result<&Arc<Column>> {
        self.by_name.get(attribute).ok_or_else(|| Error::UnknownAttribute {
            attribute: Arc::clone(attribute),
            known: self.by_name.keys().map(|name| &**name).collect::<Vec<_>>().join(", "),
        })
    }

    fn set(&mut self, row: Row, name: &str, value: Option<&Value>) {
        if let Some(column) = self.by_name.get_mut(name)
            && (value.is_some() || column.has(row))
        {
            Arc::make_mut(column).set(row, value);
        }
    }

    /// Writes everything, for a checkpoint.
    pub(crate) fn encode(&self, out: &mut Writer) {
        out.u64(self.rows as u64);
        out.u64s(self.alive.words().iter().copied(), self.alive.words().len());
        out.u64s(self.buyable.words().iter().copied(), self.buyable.words().len());
        out.u64(self.by_name.len() as u64);
        for (name, column) in &self.by_name {
            out.text(name);
            column.encode(self.rows, out);
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        let rows = input.u64()? as usize;
        let alive = Arc::new(RowSet::from_words(input.u64s()?));
        let buyable = Arc::new(RowSet::from_words(input.u64s()?));
        let columns = input.u64()?;
        let mut by_name = BTreeMap::new();
        for _ in 0..columns {
            let name = input.text()?;
            by_name.insert(name, Arc::new(Column::decode(input)?));
        }
        Ok(Self { by_name, alive, buyable, rows })
    }
}

impl Default for Columns {
    fn default() -> Self {
        Self::new()
    }
}

fn is_pseudo(name: &str) -> bool {
    [well_known::ID, well_known::GROUP, well_known::AVAILABLE, well_known::STOCK].contains(&name)
}
