//! Documents, files and mappings, as people bring them.

mod documents;
mod files;
mod mappings;
mod round_trips;
