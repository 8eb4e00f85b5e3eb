//! Whole shops, from events to slates.

mod recommend;
mod restart;
mod rules;
mod search;
mod shop;
