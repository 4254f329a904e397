//! Whether the operator lives and sees, for the probes of its container.
//!
//! `/livez` answers as long as the process does anything at all: a part of it that fails ends it. `/readyz` answers 200
//! when every kind that decides was listed and no watch is broken, and 503 with what is hidden otherwise. `/healthz` is
//! `/livez`, as older probes call it. Nothing else is said, to nobody: there is nothing secret in it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Sight;

/// Connections at once, at most: one that is open for longer than a probe waits is somebody else's.
const CONNECTIONS: usize = 16;
/// For the head of a request to come.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before the next connection is taken after one could not be.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers probes until it is dropped.
pub async fn serve(listener: TcpListener, sight: Arc<Sight>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a probe could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let sight = sight.clone();
        connections.spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                std::future::ready(Ok::<_, Infallible>(answer(
                    request.method(),
                    request.uri().path(),
                    &sight,
                )))
            });
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
            // A probe that goes away has its reasons.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

fn answer(method: &Method, path: &str, sight: &Sight) -> Response<Full<Bytes>> {
    let (status, text) = match path {
        _ if !matches!(*method, Method::GET | Method::HEAD) => {
            (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned())
        }
        "/livez" | "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => match sight.whole() {
            Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
            Err(hidden) => (StatusCode::SERVICE_UNAVAILABLE, hidden.to_string()),
        },
        _ => (StatusCode::NOT_FOUND, "there are /livez, /readyz and /healthz\n".to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use kube::runtime::watcher;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::super::watching::Watched;
    use super::*;

    async fn asked(address: std::net::SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{request} HTTP/1.1\r\nHost: probe\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn probes_learn_whether_the_operator_lives_and_sees() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sight = Arc::new(Sight::default());
        let _serving = JoinSet::from_iter([serve(listener, sight.clone())]);
        assert!(asked(address, "GET /livez").await.starts_with("HTTP/1.1 200 "));
        assert!(asked(address, "GET /healthz").await.ends_with("\r\n\r\nok\n"));
        let opening = asked(address, "GET /readyz").await;
        assert!(
            opening.starts_with("HTTP/1.1 503 ") && opening.contains("Pods: not listed yet"),
            "{opening}"
        );
        for what in Watched::ALL {
            sight.regain(what);
        }
        assert!(asked(address, "GET /readyz").await.starts_with("HTTP/1.1 200 "));
        assert!(asked(address, "HEAD /readyz").await.ends_with("\r\n\r\n"), "a head has no body");
        sight.lose(Watched::Services, &watcher::Error::NoResourceVersion);
        let broken = asked(address, "GET /readyz").await;
        assert!(
            broken.starts_with("HTTP/1.1 503 ") && broken.contains("Services: the watch failed"),
            "{broken}"
        );
        assert!(
            asked(address, "GET /livez").await.starts_with("HTTP/1.1 200 "),
            "restarting it helps nobody"
        );
        assert!(asked(address, "POST /livez").await.starts_with("HTTP/1.1 405 "));
        assert!(asked(address, "GET /metrics").await.starts_with("HTTP/1.1 404 "));
    }

    #[tokio::test(start_paused = true)]
    async fn peers_that_say_nothing_keep_no_probe_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _serving = JoinSet::from_iter([serve(listener, Arc::new(Sight::default()))]);
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        assert!(asked(address, "GET /livez").await.starts_with("HTTP/1.1 200 "));
    }
}
