use std::sync::Arc;

use proptest::prelude::*;
use types::{Millis, Row};

use super::*;

const DAY: i64 = Millis::DAY;

fn topic(aspect: &str, named: &str, opinion: &str, is_praise: bool) -> Topic {
    Topic { aspect: Arc::from(aspect), named: Arc::from(named), opinion: Arc::from(opinion), is_praise }
}

fn observe(
    reviews: &mut Reviews,
    item: u32,
    day: i64,
    author: u64,
    sentiment: Sentiment,
    said: &[(&str, Sentiment, &str)],
) {
    let said: Vec<Said<'_>> = said
        .iter()
        .map(|(aspect, sentiment, quote)| Said {
            aspect: (!aspect.is_empty()).then_some(*aspect),
            sentiment: *sentiment,
            quote: Some(quote),
        })
        .collect();
    let topics = [topic("delivery", "物流", "快", true)];
    let (item, time, author) = (Row(item), Millis(day * DAY), Some(author));
    reviews.observe(&Reviewed { item, time, author, sentiment, said: &said, topics: &topics });
}

use Sentiment::{Negative, Positive};

#[test]
fn weeks_begin_on_mondays() {
    // 1970-01-05 was a Monday; 2026-11-22 a Sunday, 2026-11-23 a Monday.
    assert_eq!((week_of(Millis(0)), week_of(Millis(4 * DAY - 1)), week_of(Millis(4 * DAY))), (0, 0, 1));
    let sunday = Millis(1_795_305_600_000);
    assert_eq!(week_begins(week_of(Millis(sunday.0 + DAY))), Millis(sunday.0 + DAY));
    assert_eq!((week_of(Millis(i64::MIN)), week_of(Millis(i64::MAX))), (0, u16::MAX));
}

#[test]
fn counts_quotes_and_topics_of_items_add_up() {
    let mut reviews = Reviews::new(ReviewConfig::default());
    observe(&mut reviews, 3, 100, 1, Positive, &[("quality", Positive, "质量很好"), ("", Positive, "喜欢")]);
    observe(&mut reviews, 3, 108, 2, Negative, &[("quality", Negative, "It broke at once")]);
    observe(&mut reviews, 5, 108, 3, Positive, &[("quality", Positive, "质量很好！")]);
    let of_one = reviews.sum([Row(3)]);
    assert_eq!(of_one.whole.iter().map(|(_, tally)| tally.all()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(of_one.aspects["quality"].total(), Tally { positive: 1, negative: 1, neutral: 0 });
    let all = reviews.sum(reviews.items());
    assert_eq!((all.items, all.whole.total().all(), all.topics[0].reviews), (2, 3, 3));
    assert_eq!(all.quotes[&(Some(Arc::from("quality")), true)].len(), 2, "one of each item");
    assert_eq!(reviews.sum([Row(4)]), ReviewSum::default());
}

#[test]
fn who_is_erased_is_quoted_no_more_and_what_is_deleted_is_gone() {
    let mut reviews = Reviews::new(ReviewConfig::default());
    observe(&mut reviews, 0, 10, 1, Positive, &[("price", Positive, "cheap and good")]);
    observe(&mut reviews, 0, 10, 2, Positive, &[("price", Positive, "价格实惠")]);
    reviews.forget(1);
    let sum = reviews.sum([Row(0)]);
    let quotes: Vec<&str> = sum.quotes.values().flatten().map(|(_, quote)| &*quote.text).collect();
    assert_eq!((quotes, sum.whole.total().all()), (vec!["价格实惠"], 2));
    reviews.remove_item(Row(0));
    observe(&mut reviews, 0, 11, 3, Positive, &[]);
    assert_eq!((reviews.items().count(), reviews.sum([Row(0)]).items), (0, 0));
    reviews.restore_item(Row(0));
    observe(&mut reviews, 0, 12, 3, Negative, &[]);
    assert_eq!(reviews.sum([Row(0)]).whole.total().all(), 1);
}

#[test]
fn personal_data_is_not_quoted() {
    let mut reviews = Reviews::new(ReviewConfig::default());
    observe(&mut reviews, 0, 10, 1, Negative, &[("service", Negative, "客服让我打 138-0013-8000 没人接")]);
    observe(&mut reviews, 0, 10, 1, Negative, &[("service", Negative, "wrote to bob@example.org, no answer")]);
    assert!(reviews.sum([Row(0)]).quotes.is_empty());
}

#[test]
fn an_item_takes_bounded_memory_and_loses_no_count() {
    let config = ReviewConfig { weeks: 3, quotes: 5, quotes_alike: 2, topics: 2, ..ReviewConfig::default() };
    let mut reviews = Reviews::new(config);
    for n in 0..200i64 {
        let quote = format!("bad number {n}");
        let aspect = ["quality", "size", "price"][n as usize % 3];
        observe(
            &mut reviews,
            0,
            n * 3 % 400,
            n as u64,
            Negative,
            &[(aspect, Negative, &quote), (aspect, Positive, "还行")],
        );
    }
    let item = reviews.item(Row(0)).unwrap();
    assert!(item.quotes.len() <= 5 && item.whole.weeks.len() == 3 && item.topics.len() <= 2);
    assert_eq!(item.whole.total().negative, 200);
    assert!(item.quotes.iter().any(|quote| quote.said > 10), "what many say stays: {:?}", item.quotes);
}

proptest! {
    #[test]
    fn a_checkpoint_goes_on_where_it_was(
        seen in prop::collection::vec((0u32..6, 0i64..900, 0u64..5, any::<bool>(), "[a-z好差]{0,5}", 0u8..4), 0..40),
    ) {
        let config = ReviewConfig { weeks: 4, quotes: 6, quotes_alike: 2, ..ReviewConfig::default() };
        let mut reviews = Reviews::new(config.clone());
        for (item, day, author, good, quote, aspect) in seen {
            let sentiment = if good { Positive } else { Negative };
            let aspect = ["", "quality", "size", "价格"][usize::from(aspect)];
            match quote.len() {
                0 => reviews.remove_item(Row(item)),
                1 => reviews.restore_item(Row(item)),
                _ => observe(&mut reviews, item, day, author, sentiment, &[(aspect, sentiment, &quote)]),
            }
        }
        let bytes = reviews.encode();
        let mut again = Reviews::decode(config, &bytes).unwrap();
        prop_assert_eq!(again.encode(), bytes);
        observe(&mut again, 1, 5, 9, Positive, &[("size", Positive, "合身")]);
        observe(&mut reviews, 1, 5, 9, Positive, &[("size", Positive, "合身")]);
        prop_assert_eq!(again.encode(), reviews.encode());
    }

    #[test]
    fn other_bytes_are_refused_not_read_wrongly(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(reviews) = Reviews::decode(ReviewConfig::default(), &bytes) {
            reviews.sum(reviews.items());
        }
    }
}
