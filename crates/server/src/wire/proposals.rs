use engine::{RejectedSynonym, SynonymDecisions, SynonymEvidence, SynonymProposal};
use serde::{Deserialize, Serialize};
use types::FieldError;
use utoipa::{IntoParams, ToSchema};

/// Which proposals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProposalsOptions {
    /// Proposals to return, 1 to 1000; 100 where not said.
    #[param(example = 10)]
    pub(crate) limit: Option<usize>,
}

/// Synonyms to accept or reject.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalsAnswer {
    /// The likeliest first; none is in force.
    pub(crate) proposals: Vec<ProposalAnswer>,
    /// Those that were rejected and are not proposed again.
    pub(crate) rejected: Vec<RejectedAnswer>,
}

/// Two phrases that may stand for one another.
#[derive(Serialize, ToSchema)]
#[schema(as = SynonymProposalAnswer)]
pub(crate) struct ProposalAnswer {
    /// What it is accepted or rejected by.
    id: String,
    /// One phrase.
    from: String,
    /// The other.
    to: String,
    /// The rule it comes to when it is accepted.
    rule: String,
    /// How likely both mean the same, 0 to 1.
    score: f32,
    /// What speaks for it.
    evidence: Vec<EvidenceAnswer>,
}

/// What speaks for a proposal.
#[derive(Serialize, ToSchema)]
#[schema(as = SynonymEvidenceAnswer)]
pub(crate) struct EvidenceAnswer {
    /// `reformulated`, `co-clicked`, `neighbours`, `same-places`, `variant`, `initials` or `together`.
    kind: String,
    /// It in words.
    says: String,
}

/// A rejected proposal.
#[derive(Serialize, ToSchema)]
pub(crate) struct RejectedAnswer {
    /// What it is restored by.
    id: String,
    /// One phrase.
    from: String,
    /// The other.
    to: String,
}

/// What to do with proposals, each by its id.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DecisionsBody {
    /// To become rules; the next search uses them.
    #[schema(example = json!(["8f0c3b1d2a4e5f60"]))]
    accept: Vec<String>,
    /// Not to be proposed again.
    reject: Vec<String>,
    /// To be proposed again.
    restore: Vec<String>,
}

/// What came of decisions.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecidedAnswer {
    /// Rules that are new.
    pub(crate) rules: Vec<String>,
    /// Proposals that were rejected.
    pub(crate) rejected: usize,
    /// Proposals that may be proposed again.
    pub(crate) restored: usize,
}

/// Ids of one list.
const IDS_MAX: usize = 1_000;

impl DecisionsBody {
    /// Checks the lists' lengths.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is too long, or where nothing is decided.
    pub(crate) fn read(self) -> Result<SynonymDecisions, FieldError> {
        let lists = [("accept", &self.accept), ("reject", &self.reject), ("restore", &self.restore)];
        for (name, list) in lists {
            if list.len() > IDS_MAX {
                let (expected, got) = (format!("at most {IDS_MAX} ids"), format!("{} ids", list.len()));
                return Err(FieldError::new("too_many_values", name, expected, got));
            }
        }
        if lists.iter().all(|(_, list)| list.is_empty()) {
            return Err(FieldError::new("field_missing", "accept", "ids in accept, reject or restore", "none"));
        }
        Ok(SynonymDecisions { accept: self.accept, reject: self.reject, restore: self.restore })
    }
}

impl From<SynonymProposal> for ProposalAnswer {
    fn from(one: SynonymProposal) -> Self {
        Self {
            id: one.id,
            rule: engine::synonyms_to_text([&one.rule]).trim_end().to_owned(),
            from: one.proposal.from,
            to: one.proposal.to,
            score: one.proposal.score,
            evidence: one.proposal.evidence.iter().map(EvidenceAnswer::from).collect(),
        }
    }
}

impl From<&SynonymEvidence> for EvidenceAnswer {
    fn from(evidence: &SynonymEvidence) -> Self {
        let kind = match evidence {
            SynonymEvidence::Reformulated { .. } => "reformulated",
            SynonymEvidence::CoClicked { .. } => "co-clicked",
            SynonymEvidence::Neighbours { .. } => "neighbours",
            SynonymEvidence::SamePlaces { .. } => "same-places",
            SynonymEvidence::Variant { .. } => "variant",
            SynonymEvidence::Initials { .. } => "initials",
            SynonymEvidence::Together { .. } => "together",
        };
        Self { kind: kind.to_owned(), says: evidence.to_string() }
    }
}

impl From<RejectedSynonym> for RejectedAnswer {
    fn from(one: RejectedSynonym) -> Self {
        Self { id: one.id, from: one.from, to: one.to }
    }
}
