//! Carries requests to DittoFS and brings the answers back, as they are: `core` reads them.
//!
//! [`Client`] knows one server and its URL, which is derived from the resource; nothing else is ever sent a token. What
//! moves the bytes is a [`Transport`]: [`Http`] over the network, or a router in this very process in simulations, which
//! then run the real parsers on real bytes.

mod address;
mod client;
mod failure;
mod http;
mod tls;
mod transport;

pub use address::{Address, UrlTemplate, UrlTemplateError, cluster_domain};
pub use client::{Client, TIMEOUT};
pub use failure::{Cause, tls_failure};
pub use http::Http;
pub use tls::{Identity, Trust, TrustError};
pub use transport::{Connect, Request, Transport};
