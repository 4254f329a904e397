//! Over the network: reqwest on rustls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use dittofs_core::session::answer::{Outcome, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, redirect};
use secrecy::ExposeSecret as _;

use super::client::TIMEOUT;
use super::failure::classify;
use super::tls::{Trust, TrustError};
use super::transport::{Connect, Request, Transport};

/// A server in the same cluster answers a connection in milliseconds, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two pieces of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(8);
/// DittoFS closes idle connections after 60 s; a bit earlier, no request runs into that. With TLS a handshake is worth
/// more than the memory of a connection.
const IDLE_TLS: Duration = Duration::from_secs(55);
/// Without, a connection is one round trip, and 28 KiB while it waits: it is kept for what follows at once, as a login
/// is followed by what needed it.
const IDLE_PLAIN: Duration = Duration::from_millis(100);

/// Makes transports over the network. Those that trust alike are one, for as long as somebody uses it.
#[derive(Default)]
pub struct Http {
    made: Mutex<HashMap<Trust, Weak<HttpTransport>>>,
}

impl Connect for Http {
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|_, transport| transport.strong_count() > 0);
        if let Some(transport) = made.get(trust).and_then(Weak::upgrade) {
            return Ok(transport);
        }
        let transport = Arc::new(HttpTransport::new(trust)?);
        made.insert(trust.clone(), Arc::downgrade(&transport));
        Ok(transport)
    }
}

struct HttpTransport {
    client: reqwest::Client,
    /// Whose signature a certificate has to have, for messages.
    authorities: String,
    /// Where our own certificate comes from, for messages.
    shown: Option<String>,
}

impl HttpTransport {
    fn new(trust: &Trust) -> Result<Self, TrustError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(trust.client_config()?)
            .user_agent(concat!("dittofs-adapters/", env!("CARGO_PKG_VERSION")))
            // A token goes to the server of the resource, and nowhere else: no redirect, no proxy of the environment.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .pool_idle_timeout(if matches!(trust, Trust::Plain) { IDLE_PLAIN } else { IDLE_TLS })
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| TrustError::Client(error.to_string()))?;
        Ok(Self { client, authorities: trust.authorities(), shown: trust.shown().map(str::to_owned) })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome> {
        let (client, authorities, shown) =
            (self.client.clone(), self.authorities.clone(), self.shown.clone());
        async move {
            let host =
                reqwest::Url::parse(&request.url).ok().and_then(|url| url.host_str().map(str::to_owned));
            let expected = format!("a certificate for {}, signed by {authorities}", host.unwrap_or_default());
            fetch(&client, request).await.map_err(|error| classify(&error, &expected, shown.as_deref()))
        }
        .boxed()
    }
}

async fn fetch(client: &reqwest::Client, request: Request) -> Result<Response, reqwest::Error> {
    // Methods are ours, and tokens; `from_bytes` cannot fail on them.
    let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
    let mut builder = client.request(method, &request.url).header(ACCEPT, "application/json");
    if let Some(bearer) = &request.bearer {
        // A token that no header can hold is sent as none, and is refused as one that is not good.
        if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret())) {
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
    }
    if let Some(body) = &request.body {
        builder = builder.header(CONTENT_TYPE, "application/json").body(body.expose_secret().to_owned());
    }
    let mut response = builder.send().await?;
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while body.len() <= request.limit {
        let Some(chunk) = response.chunk().await? else { break };
        let room = request.limit + 1 - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(Response { status, content_type, body })
}
