use types::{Millis, Row, Touch};

use crate::Neighbours;
use crate::votes::{Vote, best};

/// How a history becomes recommendations. No parameter depends on how much is sold: the same defaults serve a wholesaler
/// and a shop where most items are bought once. Chosen on validation parts: the last month but one of the shop `gifts`,
/// S3-Rec's Beauty, and a tenth of Tmall's training sessions.
#[derive(Clone, PartialEq, Debug)]
pub struct ForYouConfig {
    /// Items of the history that speak, the last ones; bounds the time of a request.
    pub items: usize,
    /// Days after which what an item says is halved.
    pub half_life_days: f32,
    /// What an item says is divided by (1 + moments after it) to this power. Items touched at one moment, as those of a
    /// basket are, share a place, because their order means nothing.
    pub place_exponent: f32,
    /// Weights of touches count to this power: 0 makes all alike, 1 takes them as they are.
    pub weight_exponent: f32,
    /// What a bought item says for itself, where a perfect neighbour would say 1. 0 never recommends a second time.
    pub repeat: f32,
    /// By how many times its own score the most popular item is raised, less popular ones in proportion.
    pub popular: f32,
}

impl Default for ForYouConfig {
    fn default() -> Self {
        Self { items: 64, half_life_days: 120.0, place_exponent: 0.7, weight_exponent: 1.0, repeat: 8.0, popular: 5.0 }
    }
}

/// One recommended item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Recommended {
    /// The item.
    pub item: Row,
    /// How well it fits, the same scale for histories of every length; the share of the most popular item's count for a
    /// stranger.
    pub score: f32,
    /// The history's item that said most for it: the item itself where it may be bought again; `None` where it is
    /// there for its popularity.
    pub because: Option<Row>,
}

/// Recommends from a history: neighbours of what the actor wanted, what was bought and may be wanted again, and
/// popularity for what the history leaves open. Works from the first click on.
///
/// `score(j) = (sum over history i of w_i s(i, j)) / (sum of the positive w_i) * (1 + popular p(j))`, where `w_i` is what
/// item i says ([`ForYouConfig`]), `s` the similarity of [`Neighbours`] (and `repeat` from a bought item to itself), and
/// `p(j)` the item's count over that of the most popular one. A factor, because similarities are large where items are
/// bought often and small where they are not: any constant added drowns them in the one shop or is lost in the other.
/// Items the history says nothing for come after all others, the most popular first.
#[derive(Clone, Debug, Default)]
pub struct ForYou {
    config: ForYouConfig,
}

impl ForYou {
    /// A recommender with these parameters.
    pub fn new(config: ForYouConfig) -> Self {
        Self { config }
    }

    /// The parameters.
    pub fn config(&self) -> &ForYouConfig {
        &self.config
    }

    /// How many of the most popular items [`ForYou::recommend`] is best given; fewer leave popular neighbours unraised.
    pub const POPULAR: usize = 500;

    /// The `limit` best items for a history (last touched first) at `now`. `popular` holds the most popular items
    /// with their counts, best first; it fills what the history leaves open, and is all there is for an empty
    /// history. Items of the history come again where they were bought (unless `repeat` is 0); refused ones never do,
    /// and lower their neighbours.
    pub fn recommend(
        &self,
        neighbours: &Neighbours,
        history: &[Touch],
        popular: &[(Row, f32)],
        now: Millis,
        limit: usize,
    ) -> Vec<Recommended> {
        let weights = self.weights(history, now);
        let liked: f32 = weights.iter().map(|(_, weight)| weight.max(0.0)).sum();
        let total = if liked > 0.0 { liked } else { weights.iter().map(|(_, weight)| weight.abs()).sum() };
        let scale = if total > 0.0 { total.recip() } else { 0.0 };
        let mut votes = neighbours.votes(weights.iter().map(|(touch, weight)| (touch.item, weight * scale)));
        for (touch, weight) in weights.iter().filter(|(touch, _)| touch.purchases > 0) {
            votes.add(touch.item, self.config.repeat * weight * scale, touch.item);
        }
        let mut known: Vec<(Row, bool)> = history.iter().map(|touch| (touch.item, self.may_repeat(touch))).collect();
        known.sort_unstable();
        let is_open = |item: Row| match known.binary_search_by_key(&item, |(item, _)| *item) {
            Ok(index) => known[index].1,
            Err(_) => true,
        };
        let count_max = popular.iter().map(|(_, count)| *count).fold(f32::MIN_POSITIVE, f32::max);
        let shares = popular.iter().map(|(item, count)| (*item, count.max(0.0) / count_max));
        shares.clone().for_each(|(item, share)| votes.raise(item, 1.0 + self.config.popular * share));
        filled(&votes.top(limit, is_open), shares.filter(|(item, _)| is_open(*item)), limit)
    }

    /// What each item of the history says, those that say nothing left out.
    fn weights<'a>(&self, history: &'a [Touch], now: Millis) -> Vec<(&'a Touch, f32)> {
        let mut place = 0;
        let mut weighed = Vec::with_capacity(history.len().min(self.config.items));
        for (index, touch) in history.iter().take(self.config.items).enumerate() {
            place += usize::from(index > 0 && history[index - 1].time != touch.time);
            weighed.push((touch, self.weight(touch, place, now)));
        }
        weighed.retain(|(_, weight)| *weight != 0.0 && weight.is_finite());
        weighed
    }

    fn weight(&self, touch: &Touch, place: usize, now: Millis) -> f32 {
        let config = &self.config;
        let days = touch.time.days_until(now).max(0.0) as f32;
        let fade = (-days / config.half_life_days).exp2() / (1.0 + place as f32).powf(config.place_exponent);
        touch.weight.abs().powf(config.weight_exponent).copysign(touch.weight) * fade
    }

    fn may_repeat(&self, touch: &Touch) -> bool {
        touch.purchases > 0 && !touch.refused && self.config.repeat > 0.0
    }
}

/// Puts popular items after the votes, where these are fewer than `limit`, with scores below theirs.
fn filled(votes: &[Vote], shares: impl Iterator<Item = (Row, f32)>, limit: usize) -> Vec<Recommended> {
    // A hair less, so that the most popular item does not tie with the last vote.
    let lowest = votes.last().map_or(1.0, |vote| 0.99 * vote.score);
    let mut voted: Vec<Row> = votes.iter().map(|vote| vote.item).collect();
    voted.sort_unstable();
    let voted_for =
        votes.iter().map(|vote| Recommended { item: vote.item, score: vote.score, because: Some(vote.because) });
    let mut all: Vec<Recommended> = voted_for.collect();
    let left = shares.filter(|(item, _)| voted.binary_search(item).is_err());
    let left = left.map(|(item, share)| Recommended { item, score: lowest * share, because: None });
    all.extend(best(left.collect(), limit - all.len(), |recommended| (recommended.score, recommended.item)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NeighboursConfig;
    use types::{InteractionKind, Position, Signal};

    const NOW: Millis = Millis(1_300_000_000_000);

    fn touch(item: u32, weight: f32, purchases: u16) -> Touch {
        let time = Millis(NOW.0 - Millis::DAY);
        Touch { item: Row(item), time, weight, purchases, viewed: true, carted: false, refused: weight < 0.0 }
    }

    /// 1 goes with 2 and 3 with 4.
    fn neighbours() -> Neighbours {
        let bought = |basket: u32, item: u32| Signal {
            position: Position(0),
            time: NOW,
            actor: Some(Row(basket)),
            session: Some(Row(basket)),
            item: Row(item),
            kind: InteractionKind::Purchase,
            strength: 5.0,
            quantity: 1,
            surface: None,
        };
        let log: Vec<Signal> = (0..40)
            .flat_map(|basket| {
                if basket % 2 == 0 {
                    [bought(basket, 1), bought(basket, 2)]
                } else {
                    [bought(basket, 3), bought(basket, 4)]
                }
            })
            .collect();
        Neighbours::from_signals(NeighboursConfig::default(), &log)
    }

    fn items(history: &[Touch]) -> Vec<(u32, Option<u32>)> {
        let popular = [(Row(9), 100.0), (Row(4), 1.0), (Row(1), 1.0)];
        let answer = ForYou::default().recommend(&neighbours(), history, &popular, NOW, 10);
        assert!(answer.windows(2).all(|pair| pair[0].score >= pair[1].score));
        answer.iter().map(|recommended| (recommended.item.0, recommended.because.map(|row| row.0))).collect()
    }

    #[test]
    fn a_stranger_gets_what_is_popular() {
        assert_eq!(items(&[]), [(9, None), (1, None), (4, None)]);
    }

    #[test]
    fn a_first_click_works_at_once() {
        assert_eq!(items(&[touch(1, 1.0, 0)])[0], (2, Some(1)));
    }

    #[test]
    fn bought_items_come_again_and_seen_ones_do_not() {
        assert_eq!(items(&[touch(1, 5.0, 1)])[0], (1, Some(1)));
        assert!(items(&[touch(1, 1.0, 0)]).iter().all(|(item, _)| *item != 1));
    }

    #[test]
    fn refused_items_stay_away_and_lower_their_neighbours() {
        let answer = items(&[touch(1, -5.0, 0), touch(3, 1.0, 0)]);
        assert_eq!(answer[0], (4, Some(3)));
        assert!(answer.iter().all(|(item, _)| *item != 1 && *item != 2), "{answer:?}");
    }

    #[test]
    fn popularity_raises_what_the_history_speaks_for_and_drowns_nothing() {
        let config = |popular: f32| ForYou::new(ForYouConfig { popular, ..ForYouConfig::default() });
        let history = [touch(1, 1.0, 0), touch(3, 1.0, 0)];
        for popular in [0.0, 5.0, 1e6] {
            let answer = config(popular).recommend(&neighbours(), &history, &[(Row(9), 100.0), (Row(4), 1.0)], NOW, 10);
            let items: Vec<u32> = answer.iter().map(|recommended| recommended.item.0).collect();
            assert_eq!(items, if popular > 0.0 { [4, 2, 9] } else { [2, 4, 9] }, "{popular}");
        }
    }

    #[test]
    fn items_of_one_moment_speak_alike_and_earlier_ones_less() {
        let at = |item: u32, days: i64| Touch { time: Millis(NOW.0 - days * Millis::DAY), ..touch(item, 1.0, 0) };
        let for_you = ForYou::new(ForYouConfig { half_life_days: f32::INFINITY, ..ForYouConfig::default() });
        let score = |history: &[Touch]| -> Vec<f32> {
            let answer = for_you.recommend(&neighbours(), history, &[], NOW, 2);
            answer.iter().map(|recommended| recommended.score).collect()
        };
        let one_basket = score(&[at(1, 1), at(3, 1)]);
        assert!((one_basket[0] - one_basket[1]).abs() < 1e-6, "{one_basket:?}");
        let two_visits = score(&[at(1, 1), at(3, 2)]);
        assert!((two_visits[1] / two_visits[0] - 0.5f32.powf(0.7)).abs() < 1e-4, "{two_visits:?}");
    }

    #[test]
    fn scores_do_not_depend_on_the_length_of_the_history() {
        let score = |history: &[Touch]| ForYou::default().recommend(&neighbours(), history, &[], NOW, 1)[0].score;
        let (one, two) = (score(&[touch(1, 1.0, 0)]), score(&[touch(1, 1.0, 0), touch(1, 1.0, 0)]));
        assert!((one - two).abs() < 1e-6);
    }
}
