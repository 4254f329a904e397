//! The vocabulary of the product: what can be done to a cluster, and why.
//!
//! [`decide`](https://docs.rs/dittofs-core) answers with a list of [`Effect`]s. Each one is a plain value: the plan a
//! person reads, the calls that are sent to the API server and the simulated world of the tests are three
//! interpretations of the same list. Nothing in this crate does I/O or takes a decision; it only makes sure that an
//! effect which makes no sense (a deletion of something never seen, a port 0) cannot be written down.

mod adapter;
mod effect;
mod executed;
mod hold;
mod interpreter;
mod object;
mod plan;
mod port;
mod reason;
mod secret;
pub mod status;

pub use adapter::{AdapterType, UnusableType};
pub use effect::{Create, Delete, Effect, Guard, Precondition, ResourceVersion, Seen, Uid, Update};
pub use executed::{Executed, Failure, Progress};
pub use hold::{Hold, HoldCode};
pub use interpreter::{Interpreter, Outcome};
pub use object::{Kind, Object, ObjectRef, Unsendable};
pub use plan::{Plan, Summary};
pub use port::{Port, PortOutOfRange, Protocol};
pub use reason::{Cause, Change, Reason, Restart};
pub use secret::{NewSecret, SecretText, ValueMissing};
