use types::{Millis, Request, Touch};

use crate::core::Core;
use crate::searches::hash_of;
use crate::view::View;

/// Numbers of a state.
pub(super) const WIDTH: usize = 9;

/// What is known of the session that a request belongs to, each number about 0 to 1: logarithms of items looked at, put into
/// the cart and bought in it, of queries asked in it, of its minutes and of the minutes since the last deed or query; the
/// logarithm of items known from before; the words of the query; and how small the screen is.
pub(super) fn of(core: &Core, view: &View, request: &Request, session_ms: i64) -> [f32; WIDTH] {
    let key = request.actor.key();
    let row = key.as_ref().and_then(|key| core.names.read().actors.row(key.as_str()));
    let touches = row.map(|row| view.features.history(row)).unwrap_or_default();
    let asked = key.as_ref().map(|key| view.own.of(hash_of(key))).unwrap_or_default();
    let asked: Vec<i64> = asked.iter().map(|(_, time)| time.0).collect();
    let words = request.query.as_deref().map_or(0, text_words);
    let device = request.device.map_or(0.0, types::Device::smallness);
    let [viewed, carted, bought, queries, long, since, before] = of_history(&touches, &asked, request.now, session_ms);
    [viewed, carted, bought, queries, long, since, before, log(words as f64, 10.0), device]
}

/// Words and, where words are not parted by spaces, pairs of characters.
fn text_words(query: &str) -> usize {
    let is_wide = |c: char| u32::from(c) >= 0x2E80;
    let wide = query.chars().filter(|c| is_wide(*c)).count();
    query.split(|c: char| c.is_whitespace() || is_wide(c)).filter(|word| !word.is_empty()).count() + wide.div_ceil(2)
}

fn of_history(touches: &[Touch], asked: &[i64], now: Millis, session_ms: i64) -> [f32; 7] {
    let times = touches.iter().map(|touch| touch.time.0).chain(asked.iter().copied());
    let mut times: Vec<i64> = times.filter(|time| *time <= now.0).collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    let mut began = now.0;
    for time in &times {
        if began - time > session_ms {
            break;
        }
        began = *time;
    }
    let is_inside = |time: i64| (began..=now.0).contains(&time);
    let inside: Vec<&Touch> = touches.iter().filter(|touch| is_inside(touch.time.0)).collect();
    let count = |is: fn(&Touch) -> bool| inside.iter().filter(|touch| is(touch)).count() as f64;
    let minutes = |ms: i64| ms.max(0) as f64 / 60_000.0;
    let last = times.first().map_or(0, |last| (now.0 - last).min(session_ms));
    let before = touches.len() - inside.len();
    [
        log(count(|touch| touch.viewed), 20.0),
        log(count(|touch| touch.carted), 10.0),
        log(count(|touch| touch.purchases > 0), 10.0),
        log(asked.iter().filter(|time| is_inside(**time)).count() as f64, 10.0),
        log(minutes(now.0 - began), 60.0),
        log(minutes(last), 60.0),
        log(before as f64, 200.0),
    ]
}

/// The logarithm, 1 at `whole`.
fn log(count: f64, whole: f64) -> f32 {
    (count.ln_1p() / whole.ln_1p()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_where_nothing_was_done_for_long() {
        let minute = 60_000;
        let touch = |item, at: i64| Touch::viewed(types::Row(item), Millis(at * minute));
        let bought = Touch { purchases: 1, carted: true, ..touch(3, 95) };
        let touches = [touch(1, 10), touch(2, 80), bought, touch(4, 200)];
        let state = of_history(&touches, &[70 * minute, 5 * minute], Millis(100 * minute), 30 * minute);
        let near = |value: f32, expected: f32| (value - expected).abs() < 1e-6;
        assert!(near(state[0], log(2.0, 20.0)) && near(state[1], log(1.0, 10.0)) && near(state[2], log(1.0, 10.0)));
        assert!(near(state[3], log(1.0, 10.0)) && near(state[4], log(30.0, 60.0)) && near(state[5], log(5.0, 60.0)));
        assert!(near(state[6], log(2.0, 200.0)), "what lies outside, in the future too: {state:?}");
        assert_eq!(of_history(&[], &[], Millis(5), 30 * minute), [0.0; 7]);
    }

    #[test]
    fn words_are_counted_in_both_languages() {
        assert_eq!(
            [text_words(""), text_words("red boots"), text_words("红色 连衣裙"), text_words("nike 跑鞋")],
            [0, 2, 3, 2]
        );
    }
}
