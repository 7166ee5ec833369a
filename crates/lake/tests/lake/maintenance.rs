//! Keeping and updating.
