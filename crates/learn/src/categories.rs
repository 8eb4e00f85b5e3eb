//! Which categories a query is about.
//!
//! Three steps, each a pure function of what it is given: masses on categories from clicks ([`CategoryClicks`]) and from
//! the items nearest to the query's vector ([`category_votes`]), their pool ([`pool_masses`]), and the pool's spread over
//! the shop's tree ([`CategoryTree::spread`]), where a category has the probability of all that lies below it.

mod clicks;
mod tree;
mod votes;

pub use clicks::{CategoryClicks, ClickMasses, ClicksConfig};
pub use tree::{CategoryFault, CategoryPrediction, CategoryTree};
pub use votes::{CategoryVote, VotesConfig, category_votes};

/// A category's number in its tree, and the share of a query's meaning that lies on it.
pub type Mass = (u32, f32);

/// Clicks at which they are believed as much as the nearest items.
const BELIEVED_BY_HALF: f32 = 5.0;

/// Masses of `clicks` and `votes` in one: `n / (n + 5) clicks + 5 / (n + 5) votes`, n being the clicks that the first stand
/// on (a linear opinion pool: Stone 1961, "The opinion pool", Annals of Mathematical Statistics 32). Each side is brought
/// to sum 1 first; where one side is empty the other stands alone.
pub fn pool_masses(clicks: &[Mass], clicks_count: f32, votes: &[Mass]) -> Vec<Mass> {
    let sum = |masses: &[Mass]| masses.iter().map(|(_, mass)| mass.max(0.0)).sum::<f32>();
    let (clicked, voted) = (sum(clicks), sum(votes));
    let trust = match (clicked > 0.0, voted > 0.0) {
        (true, true) => clicks_count.max(0.0) / (clicks_count.max(0.0) + BELIEVED_BY_HALF),
        (true, false) => 1.0,
        (false, _) => 0.0,
    };
    let scaled = |masses: &[Mass], by: f32| masses.iter().map(|(at, mass)| (*at, mass.max(0.0) * by)).collect();
    let mut pooled: Vec<Mass> = scaled(clicks, if clicked > 0.0 { trust / clicked } else { 0.0 });
    let others: Vec<Mass> = scaled(votes, if voted > 0.0 { (1.0 - trust) / voted } else { 0.0 });
    pooled.extend(others);
    merged(pooled)
}

/// Masses of the same category added up, without those of nothing, in the order of categories.
fn merged(mut masses: Vec<Mass>) -> Vec<Mass> {
    masses.retain(|(_, mass)| mass.is_finite() && *mass > 0.0);
    masses.sort_by_key(|(category, _)| *category);
    masses.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    masses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_outweigh_votes_as_they_grow_in_number() {
        let (clicks, votes) = ([(1, 2.0)], [(1, 1.0), (2, 3.0)]);
        assert_eq!(pool_masses(&clicks, 0.0, &votes), [(1, 0.25), (2, 0.75)]);
        assert_eq!(pool_masses(&clicks, 5.0, &votes), [(1, 0.625), (2, 0.375)]);
        assert_eq!(pool_masses(&clicks, 1e9, &[]), [(1, 1.0)]);
        assert_eq!(pool_masses(&[], 3.0, &votes), [(1, 0.25), (2, 0.75)]);
        assert!(pool_masses(&[], 0.0, &[(1, f32::NAN)]).is_empty());
    }
}
