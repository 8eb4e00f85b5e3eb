//! Moments as text.
