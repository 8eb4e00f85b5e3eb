use std::sync::Arc;

/// What a review says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reading {
    /// How likely it is positive as a whole, 0 to 1.
    pub positive: f32,
    /// How sure that is: 0 where nothing was found that tells, near 1 where much agrees.
    pub confidence: f32,
    /// Its clauses, in order.
    pub clauses: Vec<Clause>,
    /// The aspects it speaks of, those it says most about first.
    pub aspects: Vec<Aspect>,
}

/// A clause with what it says.
#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    /// The bytes of the review.
    pub span: (usize, usize),
    /// Praise above 0, blame below, about -3 to 3.
    pub score: f32,
    /// The words that say so.
    pub opinions: Vec<Opinion>,
}

/// Words of praise or blame.
#[derive(Clone, PartialEq, Debug)]
pub struct Opinion {
    /// The bytes of the review, without what negates or strengthens them.
    pub span: (usize, usize),
    /// With what negates or strengthens them.
    pub score: f32,
    /// The aspect they are about, if one was spoken of.
    pub aspect: Option<Arc<str>>,
    /// The bytes of the words that name it.
    pub named_at: Option<(usize, usize)>,
}

/// What a review says about one aspect.
#[derive(Clone, PartialEq, Debug)]
pub struct Aspect {
    /// Its name.
    pub name: Arc<str>,
    /// How likely it is praised, 0 to 1.
    pub positive: f32,
    /// The bytes of the clause that says most about it: the evidence to be quoted.
    pub evidence: (usize, usize),
    /// Clauses that speak of it.
    pub mentions: u32,
}
