use std::ops::Range;

use rayon::prelude::*;

use super::bins::{BinnedRows, MISSING, PANEL};
use super::forest::{Child, Leaf, Node, Tree};
use super::histogram::{Histogram, Words};
use super::partition::Partition;
use super::split::{Bounds, Search, Searched, Split};
use super::trainer::{Direction, TreeTrainer};

/// A tree and where its leaves' rows are.
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// The rows it was grown on, leaf by leaf.
    pub(super) order: Vec<u32>,
    /// The part of `order` that ended in each leaf of the tree.
    pub(super) leaf_rows: Vec<Range<usize>>,
}

/// What trees of one round are grown from.
pub(super) struct Grower<'a> {
    pub(super) settings: &'a TreeTrainer,
    pub(super) binned: &'a BinnedRows,
    pub(super) directions: &'a [Direction],
    pub(super) words: &'a Words,
    /// The unrounded derivatives.
    pub(super) pairs: &'a [[f32; 2]],
}

/// A leaf while the tree grows.
struct Growing {
    rows: Range<usize>,
    /// None where it will not be divided.
    histogram: Option<Histogram>,
    total: u64,
    bounds: Bounds,
    /// Columns asked about on the way, rising.
    path: Vec<usize>,
    depth: usize,
    split: Option<Split>,
    /// Where it hangs: the node, and whether on its left.
    parent: Option<(usize, bool)>,
}

/// A tree while it grows: nodes and leaves in the order they came about.
struct Growth {
    order: Vec<u32>,
    scratch: Vec<u32>,
    nodes: Vec<Node>,
    leaves: Vec<Growing>,
}

impl Grower<'_> {
    /// Grows a tree on `rows`, asking about `columns` only; always the leaf with the largest gain is divided next.
    pub(super) fn grow(&self, rows: Vec<u32>, columns: &[usize]) -> Grown {
        let search =
            Search { settings: self.settings, binned: self.binned, words: self.words, directions: self.directions };
        let words = self.words_of(&rows);
        let mut root = Growing {
            rows: 0..rows.len(),
            histogram: None,
            total: words.iter().fold(0, |sum, word| sum.wrapping_add(*word)),
            bounds: Bounds::FREE,
            path: Vec::new(),
            depth: 0,
            split: None,
            parent: None,
        };
        if self.may_divide(&root) && self.settings.leaves_max > 1 {
            root.histogram = Some(Histogram::build(self.binned, &rows, &words));
            self.find_split(&search, &mut root, columns, None);
        }
        let mut growth = Growth { scratch: rows.clone(), order: rows, nodes: Vec::new(), leaves: vec![root] };
        while growth.leaves.len() < self.settings.leaves_max {
            let Some((place, split)) = growth.next() else { break };
            self.divide(&search, &mut growth, place, split, columns);
        }
        self.finish(&search, growth)
    }

    /// Divides a leaf, or looks for another split where a side would have too few rows.
    fn divide(&self, search: &Search<'_>, growth: &mut Growth, place: usize, split: Split, columns: &[usize]) {
        let leaf = &mut growth.leaves[place];
        let rows = leaf.rows.clone();
        let right_total = leaf.total.wrapping_sub(split.left);
        let larger_left = self.words.sums(split.left).1 >= self.words.sums(right_total).1;
        let missing_left = split.missing_left.unwrap_or(larger_left);
        let (bins, column) = (&self.binned.panels[split.column / PANEL], split.column % PANEL);
        let goes_left = |row: u32| {
            let bin = bins[row as usize][column];
            if bin == MISSING { missing_left } else { bin <= split.bin }
        };
        let partition = Partition::new(&growth.order[rows.clone()], &mut growth.scratch[rows.clone()], goes_left);
        let (left_count, right_count) = (partition.left, rows.len() - partition.left);
        if left_count.min(right_count) < self.settings.min_rows {
            let ones = vec![1; rows.len()];
            let counts = Histogram::build(self.binned, &growth.order[rows], &ones);
            self.find_split(search, leaf, columns, Some(&counts));
            return;
        }
        partition.take_over(&mut growth.order[rows.clone()]);
        let above = leaf.histogram.take();
        self.branch(growth, place, &split, missing_left, rows.start + left_count);
        if growth.leaves.len() < self.settings.leaves_max {
            let last = growth.leaves.len() - 1;
            self.search_below(search, growth, [place, last], above, columns);
        }
    }

    /// Puts a node where the leaf hung: the leaf's place is now the left child's, the right child is the last leaf.
    fn branch(&self, growth: &mut Growth, place: usize, split: &Split, missing_left: bool, middle: usize) {
        let (node, right_place) = (growth.nodes.len(), growth.leaves.len());
        let leaf = &mut growth.leaves[place];
        growth.nodes.push(Node {
            column: split.column as u32,
            // The last bin of a column is without a bound: all values there are go left.
            threshold: self.binned.bounds[split.column].get(usize::from(split.bin)).copied().unwrap_or(f32::MAX),
            missing_left,
            left: Child::Leaf(place as u32),
            right: Child::Leaf(right_place as u32),
            gain: split.gain as f32,
            rows: leaf.rows.len() as u32,
        });
        set_child(&mut growth.nodes, leaf.parent, Child::Node(node as u32));
        let mut path = leaf.path.clone();
        if let Err(at) = path.binary_search(&split.column) {
            path.insert(at, split.column);
        }
        let [left_bounds, right_bounds] = self.bounds_below(leaf.bounds, split);
        let right = Growing {
            rows: middle..leaf.rows.end,
            histogram: None,
            total: leaf.total.wrapping_sub(split.left),
            bounds: right_bounds,
            path: path.clone(),
            depth: leaf.depth + 1,
            split: None,
            parent: Some((node, false)),
        };
        leaf.rows.end = middle;
        leaf.total = split.left;
        leaf.bounds = left_bounds;
        leaf.path = path;
        leaf.depth += 1;
        leaf.split = None;
        leaf.parent = Some((node, true));
        growth.leaves.push(right);
    }

    /// Gives two new leaves their sums (the smaller one's are added up, the other's are what is left of their parent's)
    /// and looks for their splits.
    fn search_below(
        &self,
        search: &Search<'_>,
        growth: &mut Growth,
        [left, right]: [usize; 2],
        above: Option<Histogram>,
        columns: &[usize],
    ) {
        let rows = |place: usize| growth.leaves[place].rows.len();
        let [small, large] = if rows(left) <= rows(right) { [left, right] } else { [right, left] };
        let [divides_small, divides_large] = [small, large].map(|place| self.may_divide(&growth.leaves[place]));
        if !divides_small && !divides_large {
            return;
        }
        let rows = &growth.order[growth.leaves[small].rows.clone()];
        let sums = Histogram::build(self.binned, rows, &self.words_of(rows));
        if let Some(mut rest) = above.filter(|_| divides_large) {
            rest.subtract(&sums);
            growth.leaves[large].histogram = Some(rest);
            self.find_split(search, &mut growth.leaves[large], columns, None);
        }
        if divides_small {
            growth.leaves[small].histogram = Some(sums);
            self.find_split(search, &mut growth.leaves[small], columns, None);
        }
    }

    fn find_split(&self, search: &Search<'_>, leaf: &mut Growing, columns: &[usize], counts: Option<&Histogram>) {
        let limit = self.settings.path_columns_max;
        let is_full = limit > 0 && leaf.path.len() >= limit;
        let narrowed: Vec<usize>;
        let columns = if is_full {
            narrowed = columns.iter().copied().filter(|column| leaf.path.binary_search(column).is_ok()).collect();
            narrowed.as_slice()
        } else {
            columns
        };
        leaf.split = leaf.histogram.as_ref().and_then(|histogram| {
            let (total, bounds) = (leaf.total, leaf.bounds);
            search.best(&Searched { histogram, counts, total, rows: leaf.rows.len(), bounds }, columns)
        });
        if leaf.split.is_none() {
            leaf.histogram = None;
        }
    }

    fn may_divide(&self, leaf: &Growing) -> bool {
        let is_deep = self.settings.depth_max > 0 && leaf.depth >= self.settings.depth_max;
        leaf.rows.len() >= 2 * self.settings.min_rows.max(1) && !is_deep
    }

    /// On a monotone column neither side may cross the middle of the two scores, nor may anything that grows below.
    fn bounds_below(&self, bounds: Bounds, split: &Split) -> [Bounds; 2] {
        let middle = ((split.left_value + split.right_value) / 2.0).clamp(bounds.low, bounds.high);
        let (below, above) = (Bounds { high: middle, ..bounds }, Bounds { low: middle, ..bounds });
        match self.directions[split.column] {
            Direction::Any => [bounds, bounds],
            Direction::Rising => [below, above],
            Direction::Falling => [above, below],
        }
    }

    fn words_of(&self, rows: &[u32]) -> Vec<u64> {
        let words = &self.words.words;
        rows.par_iter().with_min_len(1 << 15).map(|row| words[*row as usize]).collect()
    }

    /// Values of leaves from the unrounded derivatives, nodes in preorder and leaves from left to right.
    fn finish(&self, search: &Search<'_>, growth: Growth) -> Grown {
        let leaf = |leaf: &Growing| {
            let add = |(gradient, hessian): (f64, f64), row: &u32| {
                let [one, two] = self.pairs[*row as usize];
                (gradient + f64::from(one), hessian + f64::from(two))
            };
            let (gradient, hessian) = growth.order[leaf.rows.clone()].iter().fold((0.0, 0.0), add);
            let value = self.settings.learning_rate * search.value(gradient, hessian, leaf.bounds);
            Leaf { value: value as f32, rows: leaf.rows.len() as u32 }
        };
        let leaves: Vec<Leaf> = growth.leaves.par_iter().map(leaf).collect();
        let mut tree = Tree { nodes: Vec::with_capacity(growth.nodes.len()), leaves: Vec::with_capacity(leaves.len()) };
        let mut leaf_rows = Vec::with_capacity(leaves.len());
        let root = if growth.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        let mut open = vec![(root, None)];
        while let Some((child, parent)) = open.pop() {
            let placed = match child {
                Child::Node(node) => {
                    let node = growth.nodes[node as usize];
                    let place = tree.nodes.len();
                    tree.nodes.push(node);
                    open.push((node.right, Some((place, false))));
                    open.push((node.left, Some((place, true))));
                    Child::Node(place as u32)
                }
                Child::Leaf(leaf) => {
                    tree.leaves.push(leaves[leaf as usize]);
                    leaf_rows.push(growth.leaves[leaf as usize].rows.clone());
                    Child::Leaf(tree.leaves.len() as u32 - 1)
                }
            };
            set_child(&mut tree.nodes, parent, placed);
        }
        Grown { tree, order: growth.order, leaf_rows }
    }
}

impl Growth {
    /// The leaf with the largest gain, the first of equals.
    fn next(&self) -> Option<(usize, Split)> {
        let splits = self.leaves.iter().enumerate().filter_map(|(place, leaf)| leaf.split.map(|split| (place, split)));
        splits.reduce(|best, other| if other.1.gain > best.1.gain { other } else { best })
    }
}

/// Hangs a child below its parent; the root has none.
fn set_child(nodes: &mut [Node], parent: Option<(usize, bool)>, child: Child) {
    match parent {
        Some((parent, true)) => nodes[parent].left = child,
        Some((parent, false)) => nodes[parent].right = child,
        None => {}
    }
}
