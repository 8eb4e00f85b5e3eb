//! Deeds of programs that behave like no shopper: they stay in the log and in whoever counts what happened, but nothing is
//! learnt from them.

use rustc_hash::FxHashMap;
use types::{Event, EventBody, InteractionKind, Millis};

use crate::names::put_count;
use crate::searches;

/// Deeds that programs do, and people only so fast. What is bought may come as a basket.
const WATCHED: [InteractionKind; 2] = [InteractionKind::Click, InteractionKind::View];
/// Looks and clicks within a minute that no person makes.
const DEEDS_A_MINUTE: u32 = 60;
/// Looks and clicks one after another at the same pace that no person keeps.
const STEADY_DEEDS: u32 = 100;
/// By how much, as a share, two pauses between deeds may differ and count as the same pace.
const STEADY: f64 = 0.02;
/// Pauses longer than this say nothing of a pace.
const PAUSE_MAX: i64 = 60_000;
/// How long nothing is learnt after the last such deed.
const LASTS: i64 = Millis::DAY;
/// Actors that are watched at a time; those of the last minute and those in quarantine are kept. At most 4 MB.
const ACTORS: usize = 65_536;
const VERSION: u8 = 1;
/// Bytes of an actor in a checkpoint.
const WIDTH: usize = 8 + 3 * 8 + 3 * 4;

/// Who is watched, and what was kept out. Derived from the log alone.
#[derive(Clone, Default)]
pub(crate) struct Quarantine {
    actors: FxHashMap<u64, Watched>,
    report: QuarantineReport,
}

/// What was kept out of learning.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QuarantineReport {
    /// How often somebody was put into quarantine for looking or clicking faster than people do.
    pub too_fast: u64,
    /// How often for doing so at a pace as even as a machine's.
    pub too_steady: u64,
    /// Deeds and answers that nothing was learnt from.
    pub kept_out: u64,
}

/// The last minute of an actor.
#[derive(Clone, Copy, Default)]
struct Watched {
    /// When the minute began that is counted.
    minute: Millis,
    /// When the last deed was.
    last: Millis,
    /// Nothing is learnt before; 0 where that never was.
    until: Millis,
    in_minute: u32,
    /// The last pause, in milliseconds.
    pause: u32,
    /// Pauses in a row like it.
    steady: u32,
}

impl Quarantine {
    /// Whether an event is to be learnt from.
    pub(crate) fn admits(&mut self, event: &Event) -> bool {
        let (actor, is_watched) = match &event.body {
            EventBody::Interaction(deed) => (&deed.actor, WATCHED.contains(&deed.kind)),
            EventBody::Impression(answer) => (&answer.actor, false),
            _ => return true,
        };
        let Some(actor) = actor.key().as_ref().map(searches::hash_of) else { return true };
        if is_watched {
            self.watch(actor, event.time);
        }
        let is_admitted = self.actors.get(&actor).is_none_or(|watched| watched.until <= event.time);
        self.report.kept_out += u64::from(!is_admitted);
        is_admitted
    }

    pub(crate) fn report(&self) -> QuarantineReport {
        self.report
    }

    /// Actors in quarantine at `now`.
    pub(crate) fn held(&self, now: Millis) -> usize {
        self.actors.values().filter(|watched| watched.until > now).count()
    }

    /// Forgets an actor.
    pub(crate) fn forget(&mut self, actor: u64) {
        self.actors.remove(&actor);
    }

    fn watch(&mut self, actor: u64, time: Millis) {
        if self.actors.len() >= ACTORS && !self.actors.contains_key(&actor) {
            self.make_room(time);
        }
        let watched = self.actors.entry(actor).or_insert(Watched { minute: time, ..Watched::default() });
        // Deeds of one moment are a log with a coarse clock, or one page told as a whole.
        if time == watched.last {
            return;
        }
        let was_held = watched.until > time;
        let (too_fast, too_steady) = watched.deed(time);
        if too_fast || too_steady {
            watched.until = Millis(time.0.saturating_add(LASTS));
            self.report.too_fast += u64::from(too_fast && !was_held);
            self.report.too_steady += u64::from(too_steady && !too_fast && !was_held);
        }
    }

    /// Drops whoever has been quiet for a minute and is not held; where all are busy, those who are not held.
    fn make_room(&mut self, time: Millis) {
        self.actors.retain(|_, watched| watched.until > time || watched.last.0 > time.0 - PAUSE_MAX);
        if self.actors.len() >= ACTORS {
            self.actors.retain(|_, watched| watched.until > time);
        }
        if self.actors.len() >= ACTORS {
            self.actors.clear();
        }
    }

    /// Bytes of a checkpoint.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        let QuarantineReport { too_fast, too_steady, kept_out } = self.report;
        [too_fast, too_steady, kept_out].iter().for_each(|count| out.extend(count.to_le_bytes()));
        let mut actors: Vec<(&u64, &Watched)> = self.actors.iter().collect();
        actors.sort_by_key(|(key, _)| **key);
        for (key, watched) in actors {
            out.extend(key.to_le_bytes());
            [watched.minute, watched.last, watched.until].iter().for_each(|time| out.extend(time.0.to_le_bytes()));
            let counts = [watched.in_minute, watched.pause, watched.steady];
            counts.iter().for_each(|count| put_count(&mut out, *count as usize));
        }
        out
    }

    /// Reads what [`Quarantine::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (head, rest) = rest.split_first_chunk::<24>()?;
        let (actors, end) = rest.as_chunks::<WIDTH>();
        if *version != VERSION || !end.is_empty() || actors.len() > ACTORS {
            return None;
        }
        let count = |at: usize| number::<8>(head, at).map(u64::from_le_bytes);
        let report = QuarantineReport { too_fast: count(0)?, too_steady: count(8)?, kept_out: count(16)? };
        let actor = |bytes: &[u8; WIDTH]| {
            let time = |at: usize| number::<8>(bytes, at).map(i64::from_le_bytes).map(Millis);
            let small = |at: usize| number::<4>(bytes, at).map(u32::from_le_bytes);
            let (minute, last, until) = (time(8)?, time(16)?, time(24)?);
            let watched = Watched { minute, last, until, in_minute: small(32)?, pause: small(36)?, steady: small(40)? };
            Some((number::<8>(bytes, 0).map(u64::from_le_bytes)?, watched))
        };
        Some(Self { actors: actors.iter().map(actor).collect::<Option<_>>()?, report })
    }
}

impl Watched {
    /// Counts a deed; whether there were too many in this minute, and whether their pace was too even.
    fn deed(&mut self, time: Millis) -> (bool, bool) {
        if !(0..60_000).contains(&(time.0 - self.minute.0)) {
            (self.minute, self.in_minute) = (time, 0);
        }
        self.in_minute = self.in_minute.saturating_add(1);
        let pause = time.0 - self.last.0;
        let is_pause = self.last != Millis::default() && (1..=PAUSE_MAX).contains(&pause);
        let differs = (pause as f64 - f64::from(self.pause)).abs() > STEADY * f64::from(self.pause);
        self.steady = if is_pause && !differs { self.steady.saturating_add(1) } else { 0 };
        self.pause = if is_pause { pause as u32 } else { 0 };
        self.last = time;
        (self.in_minute > DEEDS_A_MINUTE, self.steady >= STEADY_DEEDS)
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use types::{Actor, EventId, Interaction, UserId};

    use super::*;

    fn deed(user: Option<&str>, kind: InteractionKind, time: Millis) -> Event {
        let user = user.map(|name| UserId::new(name).unwrap());
        let body = EventBody::Interaction(Interaction::new(kind, Actor { user, ..Actor::default() }));
        Event { id: EventId::new("deed").unwrap(), time, body }
    }

    /// How many of `count` clicks with `pause(n)` milliseconds before each are learnt from, and when the last was.
    fn admitted(quarantine: &mut Quarantine, count: usize, pause: impl Fn(usize) -> i64) -> (usize, Millis) {
        let (mut time, mut admitted) = (Millis(1_300_000_000_000), 0);
        for number in 0..count {
            time = Millis(time.0 + pause(number));
            admitted += usize::from(quarantine.admits(&deed(Some("机器人"), InteractionKind::Click, time)));
        }
        (admitted, time)
    }

    #[test]
    fn who_is_too_fast_is_held_for_a_day_with_all_they_do() {
        let mut quarantine = Quarantine::default();
        let (learnt, now) = admitted(&mut quarantine, 200, |number| 200 + (number * 37 % 50) as i64);
        assert_eq!(learnt, DEEDS_A_MINUTE as usize);
        let mut buys = |who, time| quarantine.admits(&deed(Some(who), InteractionKind::Purchase, time));
        assert!(!buys("机器人", now) && buys("anne", now));
        assert!(buys("机器人", Millis(now.0 + LASTS + 1)));
        let report = quarantine.report();
        assert_eq!((report.too_fast, report.too_steady, report.kept_out), (1, 0, 141));
        assert_eq!((quarantine.held(now), quarantine.held(Millis(now.0 + LASTS))), (1, 0));
    }

    #[test]
    fn who_keeps_a_machine_s_pace_is_held() {
        let mut quarantine = Quarantine::default();
        let (learnt, _) = admitted(&mut quarantine, 150, |_| 5_000);
        assert_eq!((learnt, quarantine.report().too_steady), (STEADY_DEEDS as usize + 1, 1));
        let mut people = Quarantine::default();
        assert_eq!(admitted(&mut people, 150, |number| 3_000 + (number * 977 % 4_000) as i64).0, 150);
    }

    #[test]
    fn coarse_clocks_large_baskets_and_nobody_are_no_programs() {
        let mut quarantine = Quarantine::default();
        assert_eq!(admitted(&mut quarantine, 500, |_| 0).0, 500);
        let now = Millis(1_300_000_000_000);
        for number in 0..500 {
            let time = Millis(now.0 + number);
            assert!(quarantine.admits(&deed(Some("wholesale"), InteractionKind::Purchase, time)));
            assert!(quarantine.admits(&deed(None, InteractionKind::Click, time)));
        }
    }

    #[test]
    fn a_checkpoint_goes_on_bit_for_bit_and_room_is_bounded() {
        let mut whole = Quarantine::default();
        admitted(&mut whole, 200, |_| 100);
        let mut resumed = Quarantine::decode(&whole.encode()).unwrap();
        for quarantine in [&mut whole, &mut resumed] {
            admitted(quarantine, 20, |_| 100);
        }
        assert_eq!(whole.encode(), resumed.encode());
        for length in [0, 1, 20, whole.encode().len() - 1] {
            assert!(Quarantine::decode(&whole.encode()[..length]).is_none());
        }
        let now = Millis(1_300_000_000_000);
        for number in 0..ACTORS + 10 {
            whole.watch(number as u64, now);
        }
        assert!(whole.actors.len() <= ACTORS && whole.held(now) == 1);
    }
}
