//! Models of others: brought from a hub that speaks Hugging Face's interface, or from a folder with the same files, into
//! a models folder.
//!
//! The documents beside the weights decide how a model is used: its task, pooling, prefixes, languages and length.
//! What they leave open is asked for and never guessed, since a wrong prefix or pooling costs quality that nobody sees.
//! A model gets its place only after it was tried: it loads, its tokenizer fits its table, its vectors have the length
//! that is promised, and different texts give different ones.
//!
//! A plan is made first ([`Plan::of_repository`], [`Plan::of_folder`]): it has the licence and the sizes, and nothing of
//! the weights is brought before [`Plan::install`].

mod card;
mod choice;
mod client;
mod fault;
mod graph;
mod inspect;
mod install;
mod layout;
mod origin;
mod plan;
mod probe;
mod repo;

pub use client::{Hub, HubConfig, Progress, Token};
pub use fault::{HubFault, Unsaid};
pub use graph::{NetworkFacts, Port};
pub use inspect::{Inspection, Sample};
pub use origin::HubFile;
pub use plan::{Installed, Part, Plan, Wishes};
pub use repo::RepoId;

#[cfg(test)]
mod tests;
