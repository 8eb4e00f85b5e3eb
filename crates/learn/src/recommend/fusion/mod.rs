//! Several methods together, by reciprocal ranks, by learnt weights, or by a small learned ranker.

mod candidates;
mod learning;
mod ranker;
mod slice;

use types::Rng;

use self::candidates::{Facts, Gatherer, width};
use self::learning::{LEARNT_OF_A_QUESTION, Learning, examples};
use self::ranker::Net;
use self::slice::{has_order, slice};
use super::fit::{Part, fit, tell};
use super::{Ask, FitError, Method, Model, Parameter, Parameters, Scale, Trainer, TrainingData, Watcher};
use crate::bytes::{Reader, Writer};

/// Several methods together: members are trained on all but a last slice, a ranker over what they say is learnt on that
/// slice, and they are trained again on all.
pub(super) const METHOD: Method = Method {
    name: "fusion",
    about: "several methods together, weighed by a small ranker learnt on the last slice of the data",
    parameters: PARAMETERS,
    trainer: |parameters| Box::new(FusionTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Fusion::decode(bytes)?)),
};

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "blend",
        about: "0 adds up reciprocal ranks, 1 learns a weight for each member, 2 learns a small ranker",
        default: 2.0,
        min: 0.0,
        max: 2.0,
        scale: Scale::Whole,
    },
    Parameter {
        name: "questions",
        about: "questions of the last slice that are learnt from, at most",
        default: 4_000.0,
        min: 100.0,
        max: 100_000.0,
        scale: Scale::Whole,
    },
    Parameter {
        name: "depth",
        about: "best items of each member that are ranked",
        default: 200.0,
        min: 10.0,
        max: 5_000.0,
        scale: Scale::Whole,
    },
    Parameter {
        name: "hidden",
        about: "units of the learned ranker's hidden layer; 0 leaves it linear",
        default: 16.0,
        min: 0.0,
        max: 256.0,
        scale: Scale::Whole,
    },
    Parameter {
        name: "member-gib",
        about: "memory in GiB that the training of a member may take; one that needs more is left out",
        default: 4.0,
        min: 0.01,
        max: 1_024.0,
        scale: Scale::Log,
    },
    member("popular", true),
    member("trending", false),
    member("neighbours", true),
    member("session-neighbours", true),
    member("content", true),
    member("ials", true),
    member("svd", false),
    member("sequence", true),
    member("two-tower", true),
    member("bpr", false),
    member("ease", false),
    member("slim", true),
    member("graph-filter", true),
];

/// Parameters before the switches of members.
const OWN: usize = 5;

const fn member(name: &'static str, is_on: bool) -> Parameter {
    let default = if is_on { 1.0 } else { 0.0 };
    Parameter { name, about: "1 takes this method as a member", default, min: 0.0, max: 1.0, scale: Scale::Switch }
}

/// How members' scores become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Blend {
    ReciprocalRanks,
    Weighted,
    Stacked,
}

#[derive(Debug)]
struct FusionTrainer {
    blend: Blend,
    questions: usize,
    depth: usize,
    hidden: usize,
    member_memory: u64,
    members: Vec<&'static Method>,
}

/// A member, trained with its defaults.
fn trainer_of(method: &Method) -> Box<dyn Trainer> {
    (method.trainer)(&Parameters::new(method.parameters))
}

/// Members that learn from the order of a user's interactions.
const READ_ORDER: [&str; 2] = ["session-neighbours", "sequence"];

impl FusionTrainer {
    fn new(parameters: &Parameters) -> Self {
        let blend = match parameters.whole("blend") {
            0 => Blend::ReciprocalRanks,
            1 => Blend::Weighted,
            _ => Blend::Stacked,
        };
        let switched_on = PARAMETERS[OWN..].iter().filter(|switch| parameters.is_on(switch.name));
        let members = switched_on.filter_map(|switch| super::method(switch.name).ok()).collect();
        let [questions, depth, hidden] = ["questions", "depth", "hidden"].map(|name| parameters.whole(name));
        let member_memory = (parameters.get("member-gib") * f64::from(1 << 30)) as u64;
        Self { blend, questions, depth, hidden, member_memory, members }
    }

    fn trainers(&self) -> impl Iterator<Item = (&'static Method, Box<dyn Trainer>)> {
        self.members.iter().map(|method| (*method, trainer_of(method)))
    }

    /// The members that suit the data; why others are left out is told in `remarks`.
    fn suited(&self, data: &TrainingData<'_>, remarks: &mut Vec<String>) -> Self {
        let ordered = has_order(data.interactions);
        let mut suits = |method: &&'static Method| {
            let needed = trainer_of(method).memory(data);
            let reason = if needed > self.member_memory {
                format!("it needs {} MiB of memory, a member may take {}", needed >> 20, self.member_memory >> 20)
            } else if !ordered && READ_ORDER.contains(&method.name) {
                "it reads in which order things happened, which these data do not know".to_owned()
            } else {
                return true;
            };
            remarks.push(format!("without {}: {reason}", method.name));
            false
        };
        Self { members: self.members.iter().copied().filter(|method| suits(method)).collect(), ..*self }
    }

    /// Trains the members that can be; why the others cannot is told in `remarks`.
    fn members(
        &self,
        data: &TrainingData<'_>,
        remarks: &mut Vec<String>,
        watcher: &mut dyn Watcher,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        let part = 1.0 / self.members.len().max(1) as f64;
        let mut models = Vec::new();
        for (at, (method, trainer)) in self.trainers().enumerate() {
            let from = at as f64 * part;
            match fit(method, &*trainer, data, &mut Part::new(watcher, method.name, (from, from + part))) {
                Ok(model) => models.push(model),
                Err(FitError::Cancelled) => return Err(FitError::Cancelled),
                Err(error) => remarks.push(format!("without {}: {error}", method.name)),
            }
            tell(watcher, from + part, None)?;
        }
        Ok(models)
    }

    /// Learns the ranker on a last slice; `None` where there is too little to learn from.
    fn ranker(
        &self,
        data: &TrainingData<'_>,
        remarks: &mut Vec<String>,
        watcher: &mut dyn Watcher,
    ) -> Result<Option<(Net, Vec<&'static str>)>, FitError> {
        let mut rng = Rng::new(data.seed);
        let sliced = if self.blend == Blend::ReciprocalRanks {
            None
        } else {
            slice(data.interactions, self.questions, &mut rng)
        };
        let Some((rest, questions)) = sliced else { return Ok(None) };
        let rest = TrainingData { interactions: &rest, ..*data };
        let members = self.members(&rest, remarks, &mut Part::new(watcher, "slice", (0.0, MEMBERS_BEFORE)))?;
        let facts = Facts::of(rest.interactions);
        let gatherer = Gatherer { members: &members, facts: &facts, depth: self.depth };
        let examples = examples(&gatherer, &questions, data.seed, watcher)?;
        let names: Vec<&'static str> = members.iter().map(|member| member.name()).collect();
        drop(members);
        let learning = Learning::new(&examples, names.len(), (self.blend, self.hidden));
        let net = learning.fit(&mut rng, watcher)?;
        remarks.push(learning.report(&net, &names, &mut rng)?);
        Ok(Some((net, names)))
    }
}

/// How far training is when the members of the slice, the questions and the ranker are ready.
const MEMBERS_BEFORE: f64 = 0.4;
const QUESTIONS_BEFORE: f64 = 0.5;
const RANKER_BEFORE: f64 = 0.6;

impl Trainer for FusionTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        // Models stay while others are trained, and none holds more than its training did.
        let members = self.trainers().map(|(_, trainer)| trainer.memory(data));
        let members: u64 = members.filter(|needed| *needed <= self.member_memory).sum();
        let row = 4 * width(self.members.len()) as u64;
        let examples = self.questions.min(data.interactions.users()) as u64 * (LEARNT_OF_A_QUESTION as u64 + 8) * row;
        let slice = data.interactions.len() as u64 * size_of::<super::Interaction>() as u64;
        let gathered = 4 * (data.interactions.items() * self.members.len()) as u64;
        members + examples + slice + gathered * rayon::current_num_threads() as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let mut remarks = Vec::new();
        let suited = self.suited(data, &mut remarks);
        let ranker = suited.ranker(data, &mut remarks, watcher)?;
        let mut members = suited.members(data, &mut remarks, &mut Part::new(watcher, "all", (RANKER_BEFORE, 1.0)))?;
        let mut told = std::collections::BTreeSet::new();
        remarks.retain(|remark| told.insert(remark.clone()));
        if members.is_empty() {
            return Err(FitError::Nothing { expected: "what one of the members learns from" });
        }
        let net = match ranker {
            // A member that learns from all but not from less, or the other way round, is not one the ranker knows.
            Some((net, names)) => {
                members.retain(|member| names.contains(&member.name()));
                (members.len() == names.len()).then_some(net)
            }
            None => None,
        };
        let facts = Facts::of(data.interactions);
        Ok(Box::new(Fusion { members, net, facts, depth: self.depth, remarks }))
    }
}

/// Members and how their scores become one.
#[derive(Debug)]
struct Fusion {
    members: Vec<Box<dyn Model>>,
    /// `None`: reciprocal ranks.
    net: Option<Net>,
    facts: Facts,
    depth: usize,
    remarks: Vec<String>,
}

impl Model for Fusion {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.facts.items()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place for each item");
        let gatherer = Gatherer { members: &self.members, facts: &self.facts, depth: self.depth };
        let candidates = gatherer.gather(ask);
        scores.fill(0.0);
        let fused = match &self.net {
            Some(net) => chances(net.score(&candidates.features)),
            None => candidates.reciprocal,
        };
        candidates.items.iter().zip(fused).for_each(|(item, score)| scores[item.index()] = score);
    }

    fn remarks(&self) -> Vec<String> {
        self.remarks.clone()
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.number(self.depth as u64);
        self.facts.encode(&mut out);
        out.byte(u8::from(self.net.is_some()));
        self.net.iter().for_each(|net| net.encode(&mut out));
        out.number(self.remarks.len() as u64);
        self.remarks.iter().for_each(|remark| out.text(remark));
        out.number(self.members.len() as u64);
        for member in &self.members {
            out.text(member.name());
            out.bytes(&member.encode());
        }
        out.0
    }
}

/// Scores as shares of the best one: above 0, so that every candidate counts as spoken for.
fn chances(mut scores: Vec<f32>) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - most).max(-80.0).exp());
    scores
}

impl Fusion {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let depth = input.small()? as usize;
        let facts = Facts::decode(&mut input)?;
        let net = match input.byte()? {
            0 => None,
            1 => Some(Net::decode(&mut input)?),
            _ => return Err(input.fault("whether there is a ranker")),
        };
        let remarks =
            (0..input.count(1)?).map(|_| Ok(input.text()?.to_string())).collect::<crate::Result<Vec<String>>>()?;
        let mut members: Vec<Box<dyn Model>> = Vec::new();
        for _ in 0..input.count(2)? {
            let name = input.text()?;
            let known = PARAMETERS[OWN..].iter().any(|switch| switch.name == &*name);
            let method = super::method(&name).ok().filter(|_| known);
            let member = (method.ok_or_else(|| input.fault("the name of a member"))?.decode)(input.bytes()?)?;
            if member.items() != facts.items() {
                return Err(input.fault("members for the same items"));
            }
            members.push(member);
        }
        input.end()?;
        if net.as_ref().is_some_and(|net| net.width() != width(members.len())) {
            return Err(input.fault("a ranker of these members"));
        }
        Ok(Self { members, net, facts, depth, remarks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::METHODS;
    use crate::recommend::testing::{check_method, trained};

    #[test]
    fn its_members_are_methods_other_than_itself() {
        for switch in &PARAMETERS[OWN..] {
            assert!(METHODS.iter().any(|method| method.name == switch.name), "{}", switch.name);
            assert_ne!(switch.name, METHOD.name);
        }
    }

    #[test]
    fn small_shops() {
        check_method(&METHOD);
    }

    #[test]
    fn every_blend_learns_and_is_read_again() {
        let users: Vec<String> = (0..60).map(|user| format!("a{} b c{} d{}", user % 5, user % 3, user % 7)).collect();
        let users: Vec<&str> = users.iter().map(String::as_str).collect();
        for blend in [0.0, 1.0, 2.0] {
            let model = trained(&METHOD, &[("blend", blend)], &users);
            assert_eq!(model.answer("").split(' ').next(), Some("b"), "{blend}");
            let remarks = model.model.remarks();
            let told = remarks.iter().filter(|remark| remark.contains("popular adds")).count();
            assert_eq!(told, usize::from(blend > 0.0), "{remarks:?}");
            let read = (METHOD.decode)(&model.model.encode()).unwrap();
            assert_eq!((read.remarks(), read.encode()), (remarks, model.model.encode()));
        }
    }

    #[test]
    fn no_member_is_told() {
        let interactions =
            crate::recommend::Interactions::from_signals(&[crate::recommend::testing::signal(0, 0, 0)], 1);
        let mut parameters = Parameters::new(METHOD.parameters);
        PARAMETERS[OWN..].iter().for_each(|switch| parameters.set(switch.name, 0.0).unwrap());
        let data = TrainingData { interactions: &interactions, items: &Default::default(), seed: 1 };
        let error = crate::recommend::train(&METHOD, &parameters, &data, None, &mut ()).unwrap_err();
        assert!(matches!(error, FitError::Nothing { .. }));
    }
}
