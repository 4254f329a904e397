//! From files to values: what a plan is decided on.
//!
//! Everything that is wrong with a file is said with its name, line and field.

mod adapters;
mod cluster;
mod error;
mod locate;
mod problem;
mod source;
mod spec;
mod unique;

pub use adapters::observation;
pub use cluster::ClusterFile;
pub use error::InputError;
pub use source::Reader;
pub use spec::{Wanted, server};
