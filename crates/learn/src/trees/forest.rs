use std::sync::Arc;

use super::rows::TreeColumn;
use super::{Objective, TreesError};

/// Most leaves a tree may have.
pub(super) const LEAVES_MAX: usize = 4096;

/// Trees whose values add up to a score, with the columns they were trained on.
#[derive(Clone, PartialEq, Debug)]
pub struct Forest {
    pub(super) objective: Objective,
    pub(super) columns: Vec<ForestColumn>,
    pub(super) base: f32,
    pub(super) trees: Vec<Tree>,
}

/// A column as it was in training.
#[derive(Clone, PartialEq, Debug)]
pub struct ForestColumn {
    /// Name and version.
    pub column: TreeColumn,
    /// Mean of its values, missing ones aside.
    pub mean: f32,
    /// Standard deviation of its values, missing ones aside; 1 where they are all the same.
    pub spread: f32,
}

/// One tree: nodes in preorder (the first is the root), leaves from left to right.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) leaves: Vec<Leaf>,
}

/// A question: does the column's value exceed the threshold?
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) column: u32,
    /// Values up to it go left.
    pub(super) threshold: f32,
    /// Where missing values go.
    pub(super) missing_left: bool,
    pub(super) left: Child,
    pub(super) right: Child,
    /// How much less loss it brought, twice.
    pub(super) gain: f32,
    /// Training rows that came by.
    pub(super) rows: u32,
}

/// What a node leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Child {
    Node(u32),
    Leaf(u32),
}

/// An answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Leaf {
    pub(super) value: f32,
    /// Training rows that ended here.
    pub(super) rows: u32,
}

impl Forest {
    /// The columns, in order.
    pub fn columns(&self) -> &[ForestColumn] {
        &self.columns
    }

    /// The score before any tree.
    pub fn base(&self) -> f32 {
        self.base
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// What it was trained for.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The score of a row, one value a column, NaN for missing.
    ///
    /// # Panics
    /// Where there is not one value a column: the caller's bug.
    pub fn score_row(&self, values: &[f32]) -> f32 {
        assert_eq!(values.len(), self.columns.len(), "one value a column");
        let add = |sum: f64, tree: &Tree| sum + f64::from(tree.value(|column| values[column as usize]));
        self.trees.iter().fold(f64::from(self.base), add) as f32
    }

    /// Whether `columns` are those it was trained on.
    ///
    /// # Errors
    /// The first column that differs.
    pub fn fits(&self, columns: &[TreeColumn]) -> Result<(), TreesError> {
        let describe = |column: Option<&TreeColumn>| -> Arc<str> {
            column.map_or(Arc::from("nothing"), |column| format!("{} version {}", column.name, column.version).into())
        };
        for place in 0..self.columns.len().max(columns.len()) {
            let (trained, served) = (self.columns.get(place).map(|column| &column.column), columns.get(place));
            if trained != served {
                return Err(TreesError::Schema { place, trained: describe(trained), served: describe(served) });
            }
        }
        Ok(())
    }

    /// Place of the column called `name`.
    pub(super) fn place(&self, name: &str) -> Result<usize, TreesError> {
        let place = self.columns.iter().position(|column| &*column.column.name == name);
        place.ok_or_else(|| TreesError::UnknownColumn { name: Arc::from(name) })
    }
}

impl Tree {
    /// The value of the leaf that the row ends in.
    pub(super) fn value(&self, value: impl Fn(u32) -> f32) -> f32 {
        self.leaves[self.leaf(|node| node.goes_left(value(node.column)))].value
    }

    /// The leaf that a row ends in.
    pub(super) fn leaf(&self, goes_left: impl Fn(&Node) -> bool) -> usize {
        let mut child = self.root();
        loop {
            match child {
                Child::Leaf(leaf) => return leaf as usize,
                Child::Node(node) => {
                    let node = &self.nodes[node as usize];
                    child = if goes_left(node) { node.left } else { node.right };
                }
            }
        }
    }

    /// Where every row starts.
    pub(super) fn root(&self) -> Child {
        if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) }
    }

    /// Training rows below.
    pub(super) fn rows(&self, child: Child) -> u32 {
        match child {
            Child::Node(node) => self.nodes[node as usize].rows,
            Child::Leaf(leaf) => self.leaves[leaf as usize].rows,
        }
    }
}

impl Node {
    /// Which way a value goes.
    #[inline(always)]
    pub(super) fn goes_left(&self, value: f32) -> bool {
        if value.is_nan() { self.missing_left } else { value <= self.threshold }
    }
}
