use types::Millis;

use super::error::within;
use super::{OnlineError, state};
use crate::Result;
use crate::bytes::{Reader, Writer};

/// Sums below this scale are rewritten at scale 1, before precision is lost.
const SCALE_MIN: f64 = 1e-60;

/// Exponential forgetting of any number of sums at the cost of one multiplication an event: sums are kept divided by
/// `scale`, which halves every half-life, and are read multiplied by it. So all fade, none need be touched.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fading {
    half_life_ms: Option<f64>,
    now: Option<Millis>,
    scale: f64,
}

impl Fading {
    pub(super) fn new(half_life_ms: Option<f64>) -> std::result::Result<Self, OnlineError> {
        if let Some(half_life_ms) = half_life_ms {
            within("half_life_ms", half_life_ms, 1.0, 1e15, "1 to 10^15 milliseconds, or none")?;
        }
        Ok(Self { half_life_ms, now: None, scale: 1.0 })
    }

    /// What a sum that is kept is worth now: multiply it by this; divide by it what is added.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    /// Goes on to the time of an event. Returns what an event of that time still counts: 1, or less for a late one.
    pub(super) fn advance(&mut self, time: Millis) -> f64 {
        let Some(half_life) = self.half_life_ms else { return 1.0 };
        let now = *self.now.get_or_insert(time);
        let passed = time.0.saturating_sub(now.0) as f64 / half_life;
        if passed > 0.0 {
            self.now = Some(time);
            self.scale *= (-passed).exp2();
            1.0
        } else {
            passed.exp2()
        }
    }

    /// Whether `time` lies before the newest event.
    pub(super) fn is_late(&self, time: Millis) -> bool {
        self.now.is_some_and(|now| time < now)
    }

    /// Where sums have become too small to be exact: what each must be multiplied by, once.
    pub(super) fn fold(&mut self) -> Option<f64> {
        (self.scale < SCALE_MIN).then(|| std::mem::replace(&mut self.scale, 1.0))
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.byte(u8::from(self.now.is_some()));
        out.number(self.now.unwrap_or_default().0.cast_unsigned());
        state::write_double(out, self.scale);
    }

    pub(super) fn read(&mut self, input: &mut Reader<'_>) -> Result<()> {
        let is_some = input.byte()? != 0;
        let now = Millis(input.number()?.cast_signed());
        self.now = is_some.then_some(now);
        self.scale = state::read_double(input)?;
        if self.scale > 0.0 && self.scale <= 1.0 { Ok(()) } else { Err(input.fault("a scale above 0 and at most 1")) }
    }
}
