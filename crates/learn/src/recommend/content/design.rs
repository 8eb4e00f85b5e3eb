//! What items are, as numbers for a linear mapping.

use super::super::lanes::plain_dot;
use super::super::{ItemContents, Sparse};
use crate::bytes::{Reader, Writer};

/// How contents become numbers: vectors less their mean, attributes by how rare they are, and a constant.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Design {
    mean: Vec<f32>,
    /// Columns of attributes that are looked at, ascending, and the weight of each.
    attributes: Vec<u32>,
    rarities: Vec<f32>,
}

/// The numbers of items.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Rows {
    items: usize,
    dims: usize,
    dense: Vec<f32>,
    sparse: Sparse,
}

/// Attributes that are looked at, at most, those of most items: a mapping's training takes the cube of their number.
const ATTRIBUTES_MAX: usize = 1_024;

impl Design {
    /// Looks at `items` items; `None` where nothing is known of them.
    pub(super) fn of(contents: &ItemContents, items: usize) -> Option<Self> {
        let dims = if vectors_fit(contents, items) { contents.dims } else { 0 };
        let mut mean = vec![0.0f64; dims];
        let mut count = 0usize;
        for vector in (0..if dims > 0 { items } else { 0 }).map(|item| contents.vector(item)).filter(|v| is_known(v)) {
            count += 1;
            mean.iter_mut().zip(vector).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let mean: Vec<f32> = mean.into_iter().map(|sum| (sum / count.max(1) as f64) as f32).collect();
        let mut holders = vec![0u32; contents.attributes.columns()];
        if contents.attributes.rows() == items {
            contents.attributes.iter().flat_map(|(columns, _)| columns).for_each(|at| holders[*at as usize] += 1);
        }
        // What only one item has says nothing of another.
        let mut attributes: Vec<u32> = (0..holders.len() as u32).filter(|at| holders[*at as usize] > 1).collect();
        attributes.sort_by_key(|at| (std::cmp::Reverse(holders[*at as usize]), *at));
        attributes.truncate(ATTRIBUTES_MAX);
        attributes.sort_unstable();
        let rarity = |at: &u32| (1.0 + items as f32 / holders[*at as usize] as f32).ln();
        let rarities = attributes.iter().map(rarity).collect();
        (count > 0 || !attributes.is_empty()).then_some(Self { mean, attributes, rarities })
    }

    /// Numbers of an item.
    pub(super) fn width(&self) -> usize {
        self.mean.len() + self.attributes.len() + 1
    }

    /// The numbers of items with these contents, those of training or new ones. A part that has another shape than in
    /// training is passed over.
    pub(super) fn rows(&self, contents: &ItemContents, items: usize) -> Rows {
        let dims = self.mean.len();
        let mut dense = vec![0.0; items * dims];
        if dims > 0 && dims == contents.dims && vectors_fit(contents, items) {
            for (item, row) in dense.chunks_exact_mut(dims).enumerate() {
                let vector = contents.vector(item);
                if is_known(vector) {
                    row.iter_mut().zip(vector).zip(&self.mean).for_each(|((to, value), mean)| *to = value - mean);
                    to_length_one(row);
                }
            }
        }
        let known = contents.attributes.rows() == items;
        let row = |item: usize| {
            if !known {
                return Vec::new();
            }
            let (columns, values) = contents.attributes.row(item);
            let mut row: Vec<(u32, f32)> = columns.iter().zip(values).filter_map(|pair| self.attribute(pair)).collect();
            let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            row.iter_mut().for_each(|(_, value)| *value /= norm.max(f32::MIN_POSITIVE));
            row
        };
        Rows { items, dims, dense, sparse: Sparse::from_rows(self.attributes.len(), (0..items).map(row)) }
    }

    fn attribute(&self, (column, value): (&u32, &f32)) -> Option<(u32, f32)> {
        let place = self.attributes.binary_search(column).ok()?;
        (value.is_finite() && *value != 0.0).then(|| (place as u32, value.signum() * self.rarities[place]))
    }

    pub(super) fn encode(&self, out: &mut Writer) {
        out.floats(&self.mean);
        out.number(self.attributes.len() as u64);
        self.attributes.iter().for_each(|at| out.number(u64::from(*at)));
        out.floats(&self.rarities);
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> crate::Result<Self> {
        let mean = input.floats()?;
        let attributes = (0..input.count(1)?).map(|_| input.small()).collect::<crate::Result<Vec<u32>>>()?;
        let rarities = input.floats()?;
        if rarities.len() != attributes.len() || !attributes.is_sorted() {
            return Err(input.fault("attributes in order, a weight each"));
        }
        Ok(Self { mean, attributes, rarities })
    }
}

impl Rows {
    pub(super) fn items(&self) -> usize {
        self.items
    }

    pub(super) fn width(&self) -> usize {
        self.dims + self.sparse.columns() + 1
    }

    /// Adds `times` an item's numbers to `to`.
    pub(super) fn add(&self, item: usize, times: f32, to: &mut [f32]) {
        let (dense, rest) = to.split_at_mut(self.dims);
        let own = &self.dense[item * self.dims..(item + 1) * self.dims];
        dense.iter_mut().zip(own).for_each(|(to, value)| *to += times * value);
        self.sparse.add_row(item, times, rest);
        rest[self.sparse.columns()] += times;
    }

    /// The product of an item's numbers with others.
    pub(super) fn dot(&self, item: usize, with: &[f32]) -> f32 {
        let (dense, rest) = with.split_at(self.dims);
        let own = &self.dense[item * self.dims..(item + 1) * self.dims];
        let (columns, values) = self.sparse.row(item);
        let sparse: f32 = columns.iter().zip(values).map(|(column, value)| rest[*column as usize] * value).sum();
        plain_dot(own, dense) + sparse + rest[self.sparse.columns()]
    }

    /// The numbers of an item, in full.
    pub(super) fn full(&self, item: usize) -> Vec<f32> {
        let mut row = vec![0.0; self.width()];
        self.add(item, 1.0, &mut row);
        row
    }

    pub(super) fn encode(&self, out: &mut Writer) {
        out.number(self.dims as u64);
        out.floats(&self.dense);
        self.sparse.write(out);
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> crate::Result<Self> {
        let (dims, dense, sparse) = (input.small()? as usize, input.floats()?, Sparse::read(input)?);
        if dense.len() != dims * sparse.rows() {
            return Err(input.fault("a vector an item"));
        }
        Ok(Self { items: sparse.rows(), dims, dense, sparse })
    }
}

fn vectors_fit(contents: &ItemContents, items: usize) -> bool {
    contents.dims > 0 && items.checked_mul(contents.dims) == Some(contents.vectors.len())
}

fn is_known(vector: &[f32]) -> bool {
    vector.iter().all(|value| value.is_finite()) && vector.iter().any(|value| *value != 0.0)
}

fn to_length_one(row: &mut [f32]) {
    let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 1e-6 {
        row.iter_mut().for_each(|value| *value /= norm);
    } else {
        row.fill(0.0);
    }
}
