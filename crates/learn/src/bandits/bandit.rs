use types::Rng;

use super::slate::{Filling, fill};
use super::{BanditConfig, BanditError, Belief, Candidate, ColdStart, Examination, Feedback, Lesson, POLICIES, Policy};
use super::{Slate, record};
use crate::Error;
use crate::bytes::{Reader, Writer};

const VERSION: u8 = 1;

/// A policy with its configuration, behind a door that lets in nothing it could choke on.
pub struct Bandit {
    config: BanditConfig,
    policy: Box<dyn Policy>,
    intake: IntakeReport,
}

/// What came in, so that nothing is dropped in silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntakeReport {
    /// Places learned from.
    pub learned: u64,
    /// Rewards beyond the range, which were cut to it.
    pub clipped: u64,
    /// Places refused: a reward, prior or feature that is no finite number, features of another width, or a row beyond
    /// [`BanditConfig::items_max`].
    pub refused: u64,
    /// Places that nobody is likely to have looked at.
    pub unseen: u64,
}

impl Clone for Bandit {
    fn clone(&self) -> Self {
        Self { config: self.config.clone(), policy: self.policy.copy(), intake: self.intake }
    }
}

impl Bandit {
    /// An untaught one.
    ///
    /// # Errors
    /// Where a setting is outside its range.
    pub fn new(config: BanditConfig) -> Result<Self, BanditError> {
        config.check()?;
        let (_, make) = POLICIES.iter().find(|(name, _)| *name == config.policy).expect("the check knows the name");
        Ok(Self { policy: make(&config), config, intake: IntakeReport::default() })
    }

    /// How it is set.
    pub fn config(&self) -> &BanditConfig {
        &self.config
    }

    /// Whether its policy reads [`Candidate::features`].
    pub fn reads_features(&self) -> bool {
        self.policy.reads_features()
    }

    /// What came in so far.
    pub fn intake(&self) -> IntakeReport {
        self.intake
    }

    /// A slate of `slots` of the candidates, or of all where there are fewer. It may explore with probability `share`
    /// (cut to 0..=1; see [`super::ExplorationBudget::share`]), else it is greedy.
    ///
    /// # Errors
    /// Where a candidate's numbers are not finite or its features not as many as configured.
    pub fn select(
        &self,
        candidates: &[Candidate<'_>],
        slots: usize,
        share: f64,
        rng: &mut Rng,
    ) -> Result<Slate, BanditError> {
        self.select_at(candidates, &(0..slots.min(candidates.len())).collect::<Vec<_>>(), share, rng)
    }

    /// [`Bandit::select`] for some places of a page, in their order; a cold-start place is one of the page.
    ///
    /// # Errors
    /// As [`Bandit::select`].
    pub fn select_at(
        &self,
        candidates: &[Candidate<'_>],
        places: &[usize],
        share: f64,
        rng: &mut Rng,
    ) -> Result<Slate, BanditError> {
        let checked: Vec<Candidate<'_>> =
            candidates.iter().map(|candidate| self.checked(candidate)).collect::<Result<_, _>>()?;
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let cold_start = self.config.cold_start.as_ref();
        let filling = Filling { places, share, floor: self.config.floor, cold_start };
        Ok(fill(self.policy.as_ref(), &checked, &filling, rng))
    }

    /// Learns from all places of one slate, in the order of the places: what of it was looked at follows from the
    /// places and, in the cascade model, from the rewards above.
    pub fn update_slate(&mut self, places: &[Feedback<'_>]) {
        let mut rewarded = false;
        for feedback in places {
            self.learn(feedback, rewarded);
            rewarded |= feedback.reward > self.config.rewards.0;
        }
    }

    /// Learns from one place, of which nothing is known of those above.
    pub fn update(&mut self, feedback: &Feedback<'_>) {
        self.learn(feedback, false);
    }

    /// What is believed of a candidate and why.
    ///
    /// # Errors
    /// As [`Bandit::select`].
    pub fn explain(&self, candidate: &Candidate<'_>) -> Result<Belief, BanditError> {
        Ok(self.policy.explain(&self.checked(candidate)?))
    }

    fn learn(&mut self, feedback: &Feedback<'_>, rewarded_above: bool) {
        let Ok(candidate) = self.checked(&feedback.candidate) else {
            self.intake.refused += 1;
            return;
        };
        if !feedback.reward.is_finite() || candidate.item.index() >= self.config.items_max {
            self.intake.refused += 1;
            return;
        }
        let examined = self.config.examination.at(feedback.place, rewarded_above);
        if examined == 0.0 {
            self.intake.unseen += 1;
            return;
        }
        let (min, max) = self.config.rewards;
        let reward = feedback.reward.clamp(min, max);
        self.intake.clipped += u64::from(reward != feedback.reward);
        self.intake.learned += 1;
        self.policy.learn(&Lesson { candidate, examined, reward: (reward - min) / (max - min) });
    }

    fn checked<'a>(&self, candidate: &Candidate<'a>) -> Result<Candidate<'a>, BanditError> {
        let item = candidate.item;
        if !candidate.prior.is_finite() {
            return Err(BanditError::NotFinite { item, field: "prior" });
        }
        if self.policy.reads_features() {
            let (expected, got) = (self.config.features, candidate.features.len());
            if got != expected {
                return Err(BanditError::Features { item, expected, got });
            }
            if !candidate.features.iter().all(|feature| feature.is_finite()) {
                return Err(BanditError::NotFinite { item, field: "features" });
            }
        }
        Ok(Candidate { prior: candidate.prior.clamp(0.0, 1.0), ..*candidate })
    }

    /// All of it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        write_config(&mut writer, &self.config);
        let IntakeReport { learned, clipped, refused, unseen } = self.intake;
        [learned, clipped, refused, unseen].into_iter().for_each(|count| writer.number(count));
        writer.bytes(&self.policy.state());
        writer.0
    }

    /// What [`Bandit::to_bytes`] was called on.
    ///
    /// # Errors
    /// Where the bytes are of another version, damaged, or hold a setting outside its range.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BanditError> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version }.into());
        }
        let mut bandit = Self::new(read_config(&mut reader)?)?;
        let [learned, clipped, refused, unseen] =
            [reader.number()?, reader.number()?, reader.number()?, reader.number()?];
        bandit.intake = IntakeReport { learned, clipped, refused, unseen };
        bandit.policy.restore(reader.bytes()?)?;
        reader.end()?;
        Ok(bandit)
    }
}

fn write_config(writer: &mut Writer, config: &BanditConfig) {
    let BanditConfig { policy, features, rewards, examination, discount, prior_lessons, .. } = config;
    let BanditConfig { strength, strength_min, half_life, floor, draws, ridge, items_max, cold_start, .. } = config;
    writer.text(policy);
    [*features, *draws, *items_max].into_iter().for_each(|count| writer.number(count as u64));
    let numbers =
        [rewards.0, rewards.1, *discount, *prior_lessons, *strength, *strength_min, *half_life, *floor, *ridge];
    record::write(writer, &numbers);
    match examination {
        Examination::Certain => writer.byte(0),
        Examination::ByPlace(probabilities) => {
            writer.byte(1);
            writer.number(probabilities.len() as u64);
            record::write(writer, probabilities);
        }
        Examination::Cascade => writer.byte(2),
    }
    let Some(ColdStart { places, exposures, window }) = cold_start else { return writer.byte(0) };
    writer.byte(1);
    writer.number(places.len() as u64);
    places.iter().for_each(|place| writer.number(*place as u64));
    writer.number(u64::from(*exposures));
    writer.number(window.0.max(0) as u64);
}

fn read_config(reader: &mut Reader<'_>) -> crate::Result<BanditConfig> {
    let policy = reader.text()?;
    let [features, draws, items_max] = [reader.small()?, reader.small()?, reader.small()?].map(|count| count as usize);
    let numbers = record::read(reader, 9)?;
    let examination = match reader.byte()? {
        0 => Examination::Certain,
        1 => {
            let count = reader.count(8)?;
            Examination::ByPlace(record::read(reader, count)?)
        }
        2 => Examination::Cascade,
        _ => return Err(reader.fault("a kind of examination")),
    };
    let cold_start = match reader.byte()? {
        0 => None,
        1 => {
            let places = (0..reader.count(1)?).map(|_| reader.small().map(|place| place as usize));
            let places = places.collect::<crate::Result<Vec<usize>>>()?;
            let (exposures, window) = (reader.small()?, reader.number()?);
            let window = i64::try_from(window).map_err(|_| reader.fault("a window in milliseconds"))?;
            Some(ColdStart { places, exposures, window: types::Millis(window) })
        }
        _ => return Err(reader.fault("whether new items have places")),
    };
    Ok(BanditConfig {
        policy: policy.to_string(),
        features,
        rewards: (numbers[0], numbers[1]),
        examination,
        discount: numbers[2],
        prior_lessons: numbers[3],
        strength: numbers[4],
        strength_min: numbers[5],
        half_life: numbers[6],
        floor: numbers[7],
        draws,
        ridge: numbers[8],
        items_max,
        cold_start,
    })
}
