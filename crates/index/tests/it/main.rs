//! The index as its users see it, against naive models.
mod columns;
mod support;
mod vectors;
mod words;
