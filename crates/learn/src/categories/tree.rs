use std::sync::Arc;

use super::{Mass, merged};

/// A shop's categories, numbered from 0, each with the one it lies in. Cheap to clone.
#[derive(Clone, PartialEq, Debug)]
pub struct CategoryTree {
    parents: Arc<[Option<u32>]>,
    depths: Arc<[u16]>,
}

/// Why categories are no tree.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CategoryFault {
    /// A category lies in one that does not exist.
    #[error("category {category}: expected a parent below {count}, got {parent}")]
    NoSuchParent {
        /// The category.
        category: usize,
        /// How many there are.
        count: usize,
        /// Its parent.
        parent: u32,
    },
    /// A category lies in itself, over others or directly.
    #[error("category {category} lies in itself")]
    Circle {
        /// The category.
        category: usize,
    },
}

impl CategoryTree {
    /// A tree of categories of which each tells the one it lies in, none at the top.
    ///
    /// # Errors
    /// Names the category whose parent is wrong.
    pub fn new(parents: Vec<Option<u32>>) -> Result<Self, CategoryFault> {
        let count = parents.len();
        for (category, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent.filter(|parent| *parent as usize >= count) {
                return Err(CategoryFault::NoSuchParent { category, count, parent });
            }
        }
        // 0 where not known yet; a depth counts from 1 here.
        let mut depths = vec![0u16; count];
        for category in 0..count {
            let (mut way, mut at) = (Vec::new(), Some(category as u32));
            while let Some(here) = at.filter(|here| depths[*here as usize] == 0) {
                if way.len() >= count.min(usize::from(u16::MAX) - 1) {
                    return Err(CategoryFault::Circle { category });
                }
                way.push(here);
                at = parents[here as usize];
            }
            let mut depth = at.map_or(0, |known| depths[known as usize]);
            for here in way.into_iter().rev() {
                depth = depth.saturating_add(1);
                depths[here as usize] = depth;
            }
        }
        depths.iter_mut().for_each(|depth| *depth -= 1);
        Ok(Self { parents: parents.into(), depths: depths.into() })
    }

    /// How many categories there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The category and those it lies in, itself first; nothing of a number that is no category.
    pub fn path(&self, category: u32) -> impl Iterator<Item = u32> + '_ {
        let first = Some(category).filter(|category| (*category as usize) < self.len());
        std::iter::successors(first, |here| self.parents[*here as usize])
    }

    /// Steps from the top; 0 of a category at the top.
    pub fn depth(&self, category: u32) -> u16 {
        self.depths.get(category as usize).copied().unwrap_or(0)
    }

    /// Spreads masses over the tree: `p(c) = sum of masses on c and below it / sum of all`. So a category is at least as
    /// likely as each below it, and those at the top add up to 1. Masses on numbers that are no categories are left out.
    pub fn spread(&self, masses: &[Mass]) -> CategoryPrediction {
        let known = masses.iter().copied().filter(|(category, _)| (*category as usize) < self.len()).collect();
        let masses = merged(known);
        let sum: f32 = masses.iter().map(|(_, mass)| mass).sum();
        if sum <= 0.0 {
            return CategoryPrediction::default();
        }
        let shares = masses.iter().map(|(_, mass)| f64::from(mass / sum));
        let entropy: f64 = shares.map(|share| if share > 0.0 { -share * share.ln() } else { 0.0 }).sum();
        let above = masses.iter().flat_map(|(at, mass)| {
            let share = mass / sum;
            self.path(*at).map(move |category| (category, share))
        });
        let mut probabilities = merged(above.collect());
        probabilities.iter_mut().for_each(|(_, share)| *share = share.min(1.0));
        probabilities.sort_by(|one, other| {
            other.1.total_cmp(&one.1).then(self.depth(one.0).cmp(&self.depth(other.0))).then(one.0.cmp(&other.0))
        });
        CategoryPrediction { probabilities, confidence: (-entropy).exp() as f32 }
    }
}

/// A distribution over a tree of categories.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CategoryPrediction {
    /// Categories with their probability, the most likely first, of equally likely ones those nearer to the top. What is
    /// not named has 0.
    pub probabilities: Vec<Mass>,
    /// One over the number of categories that the masses are worth: `exp(-H)`, `H` being their entropy in nats. 1 where
    /// all is on one category, 1/8 where it lies evenly on eight, 0 where nothing is known.
    pub confidence: f32,
}

impl CategoryPrediction {
    /// The probability of a category.
    pub fn probability(&self, category: u32) -> f32 {
        self.probabilities.iter().find(|(known, _)| *known == category).map_or(0.0, |(_, share)| *share)
    }

    /// The lowest category of `tree` that has at least the probability `least`: what may be acted on. Over one half there
    /// is one way down at most; below, the likeliest of the lowest is taken.
    pub fn decided(&self, tree: &CategoryTree, least: f32) -> Option<Mass> {
        let likely = self.probabilities.iter().copied().take_while(|(_, share)| *share >= least);
        likely.max_by(|one, other| {
            tree.depth(one.0).cmp(&tree.depth(other.0)).then(one.1.total_cmp(&other.1)).then(other.0.cmp(&one.0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 0 clothing (1 shoes (2 boots, 3 sandals)), 4 toys.
    fn tree() -> CategoryTree {
        CategoryTree::new(vec![None, Some(0), Some(1), Some(1), None]).unwrap()
    }

    #[test]
    fn parents_have_what_their_children_have() {
        let found = tree().spread(&[(2, 3.0), (3, 3.0), (4, 2.0), (9, 5.0)]);
        assert_eq!(found.probabilities, [(0, 0.75), (1, 0.75), (2, 0.375), (3, 0.375), (4, 0.25)]);
        assert!((found.confidence - 0.339).abs() < 1e-3, "{}", found.confidence);
        assert_eq!(found.decided(&tree(), 0.6), Some((1, 0.75)));
        assert_eq!(found.decided(&tree(), 0.8), None);
        assert_eq!(found.probability(4), 0.25);
        assert_eq!(tree().spread(&[]), CategoryPrediction::default());
        assert_eq!(tree().spread(&[(2, 1.0)]).confidence, 1.0);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert_eq!(CategoryTree::new(vec![Some(1), Some(0)]), Err(CategoryFault::Circle { category: 0 }));
        assert_eq!(CategoryTree::new(vec![Some(0)]), Err(CategoryFault::Circle { category: 0 }));
        let fault = CategoryFault::NoSuchParent { category: 1, count: 2, parent: 7 };
        assert_eq!(CategoryTree::new(vec![None, Some(7)]), Err(fault));
        assert!(CategoryTree::new(vec![]).unwrap().spread(&[(0, 1.0)]).probabilities.is_empty());
    }

    proptest! {
        #[test]
        fn no_child_is_likelier_than_its_parent(
            parents in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
            masses in prop::collection::vec((0u32..45, 0f32..10.0), 0..20),
        ) {
            // A category lies in one with a lower number, or at the top.
            let parents = parents.iter().enumerate().map(|(at, parent)| match parent.index(at + 1) {
                parent if parent == at => None,
                parent => Some(parent as u32),
            });
            let tree = CategoryTree::new(parents.collect()).unwrap();
            let found = tree.spread(&masses);
            for (category, share) in &found.probabilities {
                prop_assert!(*share > 0.0 && *share <= 1.0);
                let parent = tree.path(*category).nth(1);
                prop_assert!(parent.is_none_or(|parent| found.probability(parent) >= share - 1e-5));
            }
            prop_assert!((0.0..=1.0 + 1e-6).contains(&found.confidence));
        }
    }
}
