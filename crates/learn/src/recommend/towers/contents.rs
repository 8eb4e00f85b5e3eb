//! What is known of items as the towers take it: given attributes, and columns made of categories and prices.

use crate::bytes::{Reader, Writer};
use crate::recommend::factors::Vectors;
use crate::recommend::sequence::items::Items;
use crate::recommend::sequence::step::Units;
use crate::recommend::{ItemContents, Sparse};

/// Prices that are told apart.
const PRICES: usize = 16;

/// Where each kind of fact has its columns: attributes first, then categories, then steps of the price.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Columns {
    dims: usize,
    attributes: usize,
    /// Categories that were met, ascending.
    categories: Vec<u32>,
    /// Where steps of the price end: as many items in each.
    prices: Vec<f32>,
}

impl Columns {
    /// Those of a shop whose `items` items are described so.
    pub(super) fn of(contents: &ItemContents, items: usize) -> Self {
        let fits = contents.dims > 0 && items.checked_mul(contents.dims) == Some(contents.vectors.len());
        let attributes = if contents.attributes.rows() == items { contents.attributes.columns() } else { 0 };
        let mut categories = contents.categories.clone();
        categories.retain(|category| *category != ItemContents::NO_CATEGORY);
        categories.sort_unstable();
        categories.dedup();
        let mut all: Vec<f32> = contents.prices.iter().copied().filter(|price| is_price(*price)).collect();
        all.sort_by(f32::total_cmp);
        let mut prices: Vec<f32> = (1..PRICES).filter_map(|step| all.get(step * all.len() / PRICES)).copied().collect();
        prices.dedup();
        Self { dims: if fits { contents.dims } else { 0 }, attributes, categories, prices }
    }

    /// Numbers that are learnt by: columns and given numbers.
    pub(super) fn width(&self) -> usize {
        self.len() + self.dims
    }

    fn len(&self) -> usize {
        let prices = if self.prices.is_empty() { 0 } else { self.prices.len() + 1 };
        self.attributes + self.categories.len() + prices
    }

    /// The contents of items as columns; parts that have another shape than in training are passed over.
    pub(super) fn contents(&self, contents: &ItemContents, items: usize) -> ItemContents {
        let row = |item: usize| -> Vec<(u32, f32)> {
            let mut columns: Vec<usize> = Vec::new();
            if contents.attributes.rows() == items {
                let (given, values) = contents.attributes.row(item);
                let has = |(_, value): &(&u32, &f32)| **value != 0.0 && value.is_finite();
                let given = given.iter().zip(values).filter(has).map(|(column, _)| *column as usize);
                columns.extend(given.filter(|column| *column < self.attributes));
            }
            let category = contents.categories.get(item).and_then(|own| self.categories.binary_search(own).ok());
            columns.extend(category.map(|place| self.attributes + place));
            let price = contents.prices.get(item).filter(|price| is_price(**price) && !self.prices.is_empty());
            let step = |price: &f32| self.prices.partition_point(|end| end <= price);
            columns.extend(price.map(|price| self.attributes + self.categories.len() + step(price)));
            columns.into_iter().map(|column| (column as u32, 1.0)).collect()
        };
        let attributes =
            if self.len() > 0 { Sparse::from_rows(self.len(), (0..items).map(row)) } else { Sparse::default() };
        let fits = self.dims > 0 && contents.dims == self.dims && contents.vectors.len() == items * self.dims;
        let mut vectors = if fits { contents.vectors.clone() } else { vec![0.0; items * self.dims] };
        vectors.iter_mut().filter(|number| !number.is_finite()).for_each(|number| *number = 0.0);
        ItemContents { attributes, vectors, dims: self.dims, ..ItemContents::default() }
    }

    fn encode(&self, out: &mut Writer) {
        out.number(self.dims as u64);
        out.number(self.attributes as u64);
        out.number(self.categories.len() as u64);
        self.categories.iter().for_each(|category| out.number(u64::from(*category)));
        out.floats(&self.prices);
    }

    fn decode(input: &mut Reader<'_>) -> crate::Result<Self> {
        let (dims, attributes) = (input.small()? as usize, input.small()? as usize);
        let categories = (0..input.count(1)?).map(|_| input.small()).collect::<crate::Result<Vec<u32>>>()?;
        let prices = input.floats()?;
        if !categories.is_sorted() || !prices.is_sorted() {
            return Err(input.fault("categories and prices in ascending order"));
        }
        Ok(Self { dims, attributes, categories, prices })
    }
}

fn is_price(price: f32) -> bool {
    price.is_finite() && price > 0.0
}

/// The part of the tower of items that reads contents: enough for those that come after training.
#[derive(Clone, Debug)]
pub(super) struct Described {
    columns: Columns,
    /// Columns x dim.
    values: Vec<f32>,
    /// Given numbers x dim.
    map: Vec<f32>,
    dim: usize,
}

impl Described {
    /// What was learnt of contents; `None` where there are none.
    pub(super) fn new(columns: Columns, items: &Items<'_>) -> Option<Self> {
        let (dim, values, map) = items.of_contents();
        (columns.width() > 0).then(|| Self { columns, values: values.to_vec(), map: map.to_vec(), dim })
    }

    /// Vectors of items with these contents, of length 1.
    pub(super) fn vectors(&self, contents: &ItemContents, items: usize) -> Vectors {
        let contents = self.columns.contents(contents, items);
        let tower = Items::of_tables(self.dim, &contents, items, &self.values, &self.map);
        let all: Vec<u32> = (0..items as u32).collect();
        Vectors { dims: self.dim, numbers: Units::new(tower.vectors(&all, &[]), self.dim, 1.0).rows }
    }

    pub(super) fn encode(&self, out: &mut Writer) {
        self.columns.encode(out);
        out.floats(&self.values);
        out.floats(&self.map);
    }

    pub(super) fn decode(input: &mut Reader<'_>, dim: usize) -> crate::Result<Self> {
        let (columns, values, map) = (Columns::decode(input)?, input.floats()?, input.floats()?);
        if values.len() != columns.len() * dim || map.len() != columns.dims * dim {
            return Err(input.fault("a vector a column and given number"));
        }
        Ok(Self { columns, values, map, dim })
    }
}
