use super::forest::{Child, Forest, ForestColumn, LEAVES_MAX, Leaf, Node, Tree};
use super::objective::{LambdaMart, Objective};
use super::rows::TreeColumn;
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

const VERSION: u8 = 1;
/// Marks a leaf; a node's mark says where missing values go.
const LEAF: u8 = 0;
const NODE_RIGHT: u8 = 1;
const NODE_LEFT: u8 = 2;

impl Forest {
    /// The forest as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        write_objective(self.objective, &mut out);
        out.float(self.base);
        out.number(self.columns.len() as u64);
        for ForestColumn { column, mean, spread } in &self.columns {
            out.text(&column.name);
            out.number(u64::from(column.version));
            out.float(*mean);
            out.float(*spread);
        }
        out.number(self.trees.len() as u64);
        self.trees.iter().for_each(|tree| write_tree(tree, &mut out));
        out.0
    }

    /// The forest that [`Forest::to_bytes`] wrote.
    ///
    /// # Errors
    /// Where another version wrote it, or it is cut short or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader::new(bytes);
        let got = from.byte()?;
        if got != VERSION {
            return Err(Error::Version { expected: VERSION, got });
        }
        let objective = read_objective(&mut from)?;
        let base = from.float()?;
        let columns: Vec<ForestColumn> = (0..from.count(10)?).map(|_| read_column(&mut from)).collect::<Result<_>>()?;
        let trees = (0..from.count(6)?).map(|_| read_tree(&mut from, columns.len())).collect::<Result<_>>()?;
        from.end()?;
        Ok(Self { objective, columns, base, trees })
    }
}

fn write_objective(objective: Objective, out: &mut Writer) {
    match objective {
        Objective::Squared => out.byte(0),
        Objective::Logistic => out.byte(1),
        Objective::LambdaMart(LambdaMart { places, sigmoid, normalise }) => {
            out.byte(2);
            out.number(places as u64);
            out.number(sigmoid.to_bits());
            out.byte(u8::from(normalise));
        }
    }
}

fn read_objective(from: &mut Reader<'_>) -> Result<Objective> {
    match from.byte()? {
        0 => Ok(Objective::Squared),
        1 => Ok(Objective::Logistic),
        2 => {
            let places = from.small()? as usize;
            let sigmoid = f64::from_bits(from.number()?);
            if !sigmoid.is_finite() {
                return Err(from.fault("a finite steepness"));
            }
            Ok(Objective::LambdaMart(LambdaMart { places, sigmoid, normalise: from.byte()? != 0 }))
        }
        _ => Err(from.fault("an objective, 0 to 2")),
    }
}

fn read_column(from: &mut Reader<'_>) -> Result<ForestColumn> {
    let (name, version) = (from.text()?, from.small()?);
    let (mean, spread) = (from.float()?, from.float()?);
    if spread <= 0.0 {
        return Err(from.fault("a spread above 0"));
    }
    Ok(ForestColumn { column: TreeColumn { name, version }, mean, spread })
}

/// Nodes and leaves in preorder, so that children need no numbers: what is read is a tree whatever the bytes.
fn write_tree(tree: &Tree, out: &mut Writer) {
    let mut open = vec![tree.root()];
    while let Some(child) = open.pop() {
        match child {
            Child::Leaf(leaf) => {
                let Leaf { value, rows } = tree.leaves[leaf as usize];
                out.byte(LEAF);
                out.float(value);
                out.number(u64::from(rows));
            }
            Child::Node(node) => {
                let node = &tree.nodes[node as usize];
                out.byte(if node.missing_left { NODE_LEFT } else { NODE_RIGHT });
                out.number(u64::from(node.column));
                out.float(node.threshold);
                out.float(node.gain);
                open.extend([node.right, node.left]);
            }
        }
    }
}

fn read_tree(from: &mut Reader<'_>, columns: usize) -> Result<Tree> {
    let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new() };
    // What is still to be read: whose child it is, and whether on its left.
    let mut open: Vec<Option<(usize, bool)>> = vec![None];
    while let Some(parent) = open.pop() {
        let kind = from.byte()?;
        let child = match kind {
            LEAF => {
                tree.leaves.push(read_leaf(from)?);
                Child::Leaf(tree.leaves.len() as u32 - 1)
            }
            NODE_RIGHT | NODE_LEFT => {
                let place = tree.nodes.len();
                tree.nodes.push(read_node(from, columns, kind == NODE_LEFT)?);
                open.extend([Some((place, false)), Some((place, true))]);
                Child::Node(place as u32)
            }
            _ => return Err(from.fault("a leaf or a node, 0 to 2")),
        };
        if tree.nodes.len() >= LEAVES_MAX {
            return Err(from.fault("a tree of at most 4,096 leaves"));
        }
        match parent {
            Some((parent, true)) => tree.nodes[parent].left = child,
            Some((parent, false)) => tree.nodes[parent].right = child,
            None => {}
        }
    }
    count_rows(&mut tree, from)?;
    Ok(tree)
}

fn read_leaf(from: &mut Reader<'_>) -> Result<Leaf> {
    let (value, rows) = (from.float()?, from.small()?);
    if rows == 0 { Err(from.fault("a leaf with training rows")) } else { Ok(Leaf { value, rows }) }
}

fn read_node(from: &mut Reader<'_>, columns: usize, missing_left: bool) -> Result<Node> {
    let column = from.small()?;
    if column as usize >= columns {
        return Err(from.fault("a column of the forest"));
    }
    let (threshold, gain) = (from.float()?, from.float()?);
    Ok(Node { column, threshold, missing_left, left: Child::Leaf(0), right: Child::Leaf(0), gain, rows: 0 })
}

/// Rows of nodes are those of their children, which come after them.
fn count_rows(tree: &mut Tree, from: &Reader<'_>) -> Result<()> {
    for place in (0..tree.nodes.len()).rev() {
        let (left, right) = (tree.nodes[place].left, tree.nodes[place].right);
        let rows = tree.rows(left).checked_add(tree.rows(right));
        tree.nodes[place].rows = rows.ok_or_else(|| from.fault("at most 4,294,967,295 training rows"))?;
    }
    Ok(())
}
