//! One request over a stream that is there already, with TLS or without.

use std::error::Error;

use dittofs_core::session::answer::{Outcome, Response, Transport};
use dittofs_interpreters::dittofs::{Cause, Request, tls_failure};
use http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::error::LiveError;

/// How a server with TLS is talked to.
#[derive(Clone)]
pub(super) struct Tls {
    /// Whom we trust, and what we show.
    pub connector: TlsConnector,
    /// Where our certificate comes from, if one is shown.
    pub shown: Option<String>,
}

/// Sends the request, and reads the answer.
pub(super) async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    tls: Option<Tls>,
    request: Request,
) -> Outcome {
    let uri: http::Uri =
        request.url.parse().map_err(|error: http::uri::InvalidUri| Transport::Other(error.to_string()))?;
    let Some(Tls { connector, shown }) = tls else {
        return fetch(stream, &uri, request).await.map_err(|error| broken(&*error));
    };
    let host = uri.host().unwrap_or_default().to_owned();
    let expected = format!("a certificate for {host} (--cluster-domain says the end of that name)");
    let failed = |error: &Cause| match tls_failure(error, &expected, shown.as_deref()) {
        Some(tls) => Transport::Tls(tls),
        None => broken(error),
    };
    let name = ServerName::try_from(host.clone()).map_err(|error| failed(&error))?;
    let stream = connector.connect(name, stream).await.map_err(|error| failed(&error))?;
    fetch(stream, &uri, request).await.map_err(|error| failed(&*error))
}

fn broken(error: &Cause) -> Transport {
    Transport::Other(LiveError::innermost(error))
}

async fn fetch(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &http::Uri,
    request: Request,
) -> Result<Response, Box<dyn Error + Send + Sync>> {
    let limit = request.limit;
    let request = message(uri, request)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answered = async { read(sender.send_request(request).await?, limit).await };
    let mut ended = None;
    let connection = async {
        // How it ends is of interest only as long as the answer is not complete.
        ended = connection.await.err();
        std::future::pending::<std::convert::Infallible>().await
    };
    let outcome = tokio::select! {
        outcome = answered => outcome,
        never = connection => match never {},
    };
    // Where the connection broke before the request was taken, only the connection knows why.
    outcome.map_err(|error| ended.unwrap_or(error).into())
}

fn message(uri: &http::Uri, request: Request) -> Result<http::Request<Full<Bytes>>, http::Error> {
    let Request { method, url: _, bearer, body, limit: _ } = request;
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let host = uri.authority().map_or("", http::uri::Authority::as_str);
    let mut builder = http::Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(CONNECTION, "close");
    // A token that no header can hold is sent as none, and is refused as one that is not good.
    if let Some(bearer) = bearer
        && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret()))
    {
        value.set_sensitive(true);
        builder = builder.header(AUTHORIZATION, value);
    }
    if body.is_some() {
        builder = builder.header(CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.expose_secret().to_owned()));
    builder.body(Full::new(body))
}

async fn read(
    response: http::Response<hyper::body::Incoming>,
    limit: usize,
) -> Result<Response, hyper::Error> {
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while body.len() <= limit {
        let Some(frame) = incoming.frame().await else { break };
        let Ok(data) = frame?.into_data() else { continue };
        let room = limit + 1 - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
    }
    Ok(Response { status, content_type, body })
}
