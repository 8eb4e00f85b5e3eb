use types::Millis;

/// How many actors are told apart; who wants more people behind a query than this gets none.
pub(crate) const ACTORS_MAX: usize = 20;

/// Different actors that did something, each with the last day they did: exact up to [`ACTORS_MAX`], of which the ones
/// seen last are kept. Actors are known by 32 bits of a hash: two that fall together count as one, so that the number is
/// never too large.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Actors(Vec<Seen>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) actor: u32,
    pub(crate) day: u16,
}

impl Actors {
    /// Takes an actor in. Returns whether this is the first time on that day, as far as can be told.
    pub(crate) fn add(&mut self, actor: u64, time: Millis) -> bool {
        let seen = Seen { actor: short(actor), day: day(time) };
        if let Some(known) = self.0.iter_mut().find(|known| known.actor == seen.actor) {
            let again = known.day == seen.day;
            known.day = known.day.max(seen.day);
            return !again;
        }
        if self.0.len() < ACTORS_MAX {
            // Most queries are asked by one or two: room is made one by one.
            self.0.reserve_exact(1);
            self.0.push(seen);
        } else if let Some(oldest) = self.0.iter_mut().min_by_key(|known| known.day).filter(|old| old.day < seen.day) {
            *oldest = seen;
        }
        true
    }

    /// How many were seen in the `days` before `now`.
    pub(crate) fn count(&self, now: Millis, days: u16) -> usize {
        let first = day(now).saturating_sub(days);
        self.0.iter().filter(|seen| seen.day >= first).count()
    }

    /// Takes an actor out; whether it was there.
    pub(crate) fn forget(&mut self, actor: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|seen| seen.actor != short(actor));
        self.0.len() < before
    }

    pub(crate) fn contains(&self, actor: u64) -> bool {
        self.0.iter().any(|seen| seen.actor == short(actor))
    }

    pub(crate) fn as_slice(&self) -> &[Seen] {
        &self.0
    }

    pub(crate) fn from_seen(seen: Vec<Seen>) -> Option<Self> {
        (seen.len() <= ACTORS_MAX).then_some(Self(seen))
    }
}

fn short(actor: u64) -> u32 {
    (actor ^ (actor >> 32)) as u32
}

/// Days since 1970, which last until the year 2149.
fn day(time: Millis) -> u16 {
    (time.0.max(0) / Millis::DAY).min(i64::from(u16::MAX)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = Millis::DAY;

    #[test]
    fn counts_different_actors_and_forgets_old_ones() {
        let mut actors = Actors::default();
        assert!(actors.add(1, Millis(100 * DAY)));
        assert!(!actors.add(1, Millis(100 * DAY + 5)));
        assert!(actors.add(2, Millis(130 * DAY)));
        assert_eq!((actors.count(Millis(130 * DAY), 30), actors.count(Millis(131 * DAY), 30)), (2, 1));
        assert!(actors.forget(2) && !actors.forget(2));
        assert_eq!(actors.count(Millis(131 * DAY), 365), 1);
    }

    #[test]
    fn keeps_the_last_ones() {
        let mut actors = Actors::default();
        for actor in 0..100u64 {
            assert!(actors.add(actor, Millis(actor as i64 * DAY)));
        }
        assert_eq!(actors.as_slice().len(), ACTORS_MAX);
        assert_eq!(actors.count(Millis(99 * DAY), 19), ACTORS_MAX);
        assert!(actors.contains(99) && !actors.contains(79));
    }
}
