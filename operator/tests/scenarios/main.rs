//! What the operator promises, as scenarios on the stage: the real loop on both embedded servers, under a stopped clock.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "what fails here fails the test")]

mod costs;
mod deletion;
mod incidents;
mod log;
mod modes;
mod people;
mod rights;
mod scene;
mod secrets;
mod sessions;
mod sight;
