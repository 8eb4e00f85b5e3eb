use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::report::Timing;
use crate::{Error, Result};

/// Requests that are due at fixed times, whether the one before is answered or not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Schedule {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Requests in all.
    pub(crate) count: usize,
}

impl Schedule {
    /// As many requests as fall into so many seconds, at least one.
    pub(crate) fn new(rate: f64, seconds: f64) -> Self {
        Self { rate, count: ((rate * seconds) as usize).max(1) }
    }

    /// When a request is due, counted from the start.
    fn due(&self, request: usize) -> Duration {
        Duration::from_secs_f64(request as f64 / self.rate)
    }
}

/// Time that passes: the real one, or in tests one that is told to.
pub(crate) trait Pace: Sync {
    /// Time since the start.
    fn now(&self) -> Duration;
    /// Waits; returns at once where the moment has passed.
    fn wait_until(&self, moment: Duration);
}

/// The real time.
pub(crate) struct Wall(Instant);

impl Wall {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Pace for Wall {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait_until(&self, moment: Duration) {
        std::thread::sleep(moment.saturating_sub(self.0.elapsed()));
    }
}

/// How long an overloaded system is waited for once all requests were due.
const GRACE: Duration = Duration::from_secs(20);

/// Makes requests when they are due, from `workers` threads, and takes each latency from the due time: a request that
/// found all workers busy has waited all that while. One that is never made counts as if answered at the end.
pub(crate) fn open_loop(
    schedule: Schedule,
    workers: usize,
    pace: &dyn Pace,
    stopped: &AtomicBool,
    request: &(dyn Fn(usize) -> Result<()> + Sync),
) -> Result<Latencies> {
    let end = schedule.due(schedule.count) + GRACE;
    each(schedule.count, workers, pace, stopped, &|number, latencies| {
        let due = schedule.due(number);
        pace.wait_until(due);
        if pace.now() < end {
            request(number)?;
        } else {
            latencies.unanswered += 1;
        }
        latencies.record(pace.now().saturating_sub(due));
        Ok(())
    })
}

/// Makes requests one after another in each of `workers` threads, and takes each latency from its own beginning.
pub(crate) fn closed_loop(
    count: usize,
    workers: usize,
    stopped: &AtomicBool,
    request: &(dyn Fn(usize) -> Result<()> + Sync),
) -> Result<Latencies> {
    each(count, workers, &Wall::start(), stopped, &|number, latencies| {
        let begun = Instant::now();
        request(number)?;
        latencies.record(begun.elapsed());
        Ok(())
    })
}

type Step<'a> = dyn Fn(usize, &mut Latencies) -> Result<()> + Sync + 'a;

/// Hands out the numbers of requests to the workers; the first failure ends it all.
fn each(count: usize, workers: usize, pace: &dyn Pace, stopped: &AtomicBool, step: &Step<'_>) -> Result<Latencies> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let total = Mutex::new(Ok(Latencies::new()));
    let begun = pace.now();
    let work = || {
        let mut latencies = Latencies::new();
        let mut outcome = Ok(());
        while outcome.is_ok() && !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            outcome = if stopped.load(Ordering::Relaxed) { Err(Error::Stopped) } else { step(number, &mut latencies) };
        }
        let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match (outcome, &mut *total) {
            (Ok(()), Ok(all)) => all.add(&latencies),
            (Ok(()), Err(_)) => {}
            (Err(error), _) => {
                failed.store(true, Ordering::Relaxed);
                *total = Err(error);
            }
        }
    };
    std::thread::scope(|scope| (0..workers.max(1)).for_each(|_| drop(scope.spawn(work))));
    let mut latencies = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
    latencies.elapsed = pace.now().saturating_sub(begun);
    Ok(latencies)
}

/// Latencies, to three digits, up to an hour.
#[derive(Clone)]
pub(crate) struct Latencies {
    nanoseconds: Histogram<u64>,
    /// From the first request's beginning to the last one's end.
    pub(crate) elapsed: Duration,
    /// Requests given up.
    pub(crate) unanswered: u64,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        let hour = 3_600_000_000_000;
        let nanoseconds = Histogram::new_with_max(hour, 3).expect("three digits up to an hour fit a histogram");
        Self { nanoseconds, elapsed: Duration::ZERO, unanswered: 0 }
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        self.nanoseconds.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.nanoseconds += &other.nanoseconds;
        self.unanswered += other.unanswered;
    }

    /// So many percent took at most so many milliseconds.
    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        self.nanoseconds.value_at_percentile(percent) as f64 / 1e6
    }

    pub(crate) fn timing(&self, name: &str) -> Timing {
        let seconds = self.elapsed.as_secs_f64();
        let answered = (self.nanoseconds.len() - self.unanswered) as f64;
        Timing {
            name: name.to_owned(),
            count: self.nanoseconds.len(),
            per_second: if seconds > 0.0 { answered / seconds } else { 0.0 },
            p50_ms: self.percentile_ms(50.0),
            p95_ms: self.percentile_ms(95.0),
            p99_ms: self.percentile_ms(99.0),
            max_ms: self.nanoseconds.max() as f64 / 1e6,
            unanswered: self.unanswered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time that passes only where it is told to.
    struct Told(Mutex<Duration>);

    impl Told {
        fn pass(&self, milliseconds: u64) {
            *self.0.lock().unwrap() += Duration::from_millis(milliseconds);
        }
    }

    impl Pace for Told {
        fn now(&self) -> Duration {
            *self.0.lock().unwrap()
        }

        fn wait_until(&self, moment: Duration) {
            let mut now = self.0.lock().unwrap();
            *now = moment.max(*now);
        }
    }

    fn simulate(schedule: Schedule, service_ms: impl Fn(usize) -> u64 + Sync) -> Latencies {
        let time = Told(Mutex::default());
        let stopped = AtomicBool::new(false);
        open_loop(schedule, 1, &time, &stopped, &|number| {
            time.pass(service_ms(number));
            Ok(())
        })
        .unwrap()
    }

    fn close(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= expected * 0.002
    }

    #[test]
    fn a_schedule_is_even() {
        let schedule = Schedule::new(100.0, 2.5);
        assert_eq!(
            (schedule.count, schedule.due(0), schedule.due(7)),
            (250, Duration::ZERO, Duration::from_millis(70))
        );
        assert_eq!(Schedule::new(0.1, 1.0).count, 1);
    }

    #[test]
    fn fast_answers_are_timed_as_they_are() {
        let latencies = simulate(Schedule::new(100.0, 1.0), |_| 4);
        assert!(close(latencies.percentile_ms(50.0), 4.0) && close(latencies.percentile_ms(100.0), 4.0));
        assert_eq!(latencies.elapsed, Duration::from_millis(994));
        assert!(close(latencies.timing("x").per_second, 100.0 / 0.994));
    }

    #[test]
    fn one_stall_counts_for_all_who_wait() {
        // Due every 10 ms, 1 ms of work each, but the first takes 500 ms: the n-th waits 500 - 9 n ms until the queue is
        // empty after 56 requests. A closed loop would have seen one slow answer in 100.
        let latencies = simulate(Schedule::new(100.0, 1.0), |number| if number == 0 { 500 } else { 1 });
        assert!(close(latencies.percentile_ms(100.0), 500.0));
        assert!(close(latencies.percentile_ms(50.0), 50.0), "{}", latencies.percentile_ms(50.0));
        assert!(close(latencies.percentile_ms(90.0), 410.0), "{}", latencies.percentile_ms(90.0));
    }

    #[test]
    fn an_overload_is_told_and_counts() {
        // 2 s of work every second, for 30 s: at 50 s it is given up, with a third of the work undone.
        let latencies = simulate(Schedule::new(10.0, 30.0), |_| 200);
        assert_eq!((latencies.unanswered, latencies.nanoseconds.len()), (50, 300));
        assert!(latencies.percentile_ms(99.0) > 20_000.0);
    }

    #[test]
    fn failures_and_stops_end_it() {
        let (going, stopped) = (AtomicBool::new(false), AtomicBool::new(true));
        let fail = |number: usize| if number == 3 { Err(Error::Usearch("no".to_owned())) } else { Ok(()) };
        assert!(matches!(closed_loop(10, 2, &going, &fail), Err(Error::Usearch(_))));
        assert!(matches!(closed_loop(10, 2, &stopped, &|_| Ok(())), Err(Error::Stopped)));
        let counted = closed_loop(10, 3, &going, &|_| Ok(())).unwrap();
        assert_eq!(counted.timing("x").count, 10);
    }
}
