//! `plan` through a port-forward: a proxy before the embedded API is the other end of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{Response, StatusCode, header};
use axum::routing::get;
use embedded_kubernetes::{Access, Kind};
use futures::{SinkExt as _, StreamExt as _};
use hyper_util::rt::TokioIo;
use loopback::{Loopback, NAMESPACE};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

mod loopback;

const PORT: u16 = 8080;
const PATH: &str = "/api/v1/namespaces/{namespace}/pods/{pod}/portforward";

/// Where the pod listens; unknown until the server is up.
type Pod = Arc<OnceLock<SocketAddr>>;

fn forward(pod: Pod, (namespace, name): &(String, String), mut request: Request) -> Response<Body> {
    assert_eq!((namespace.as_str(), name.as_str()), (NAMESPACE, "srv-0"));
    assert!(request.uri().query().unwrap().contains("ports=8080"), "{}", request.uri());
    let accept = derive_accept_key(request.headers()[header::SEC_WEBSOCKET_KEY].as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let stream = TokioIo::new(upgrade.await.unwrap());
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        pump(socket, pod.get().copied()).await;
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::UPGRADE, "websocket")
        .header(header::CONNECTION, "Upgrade")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .header(header::SEC_WEBSOCKET_PROTOCOL, "v4.channel.k8s.io")
        .body(Body::empty())
        .unwrap()
}

/// Channel 0 is the data, channel 1 what went wrong; each begins with its port.
async fn pump(socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>, pod: Option<SocketAddr>) {
    let (mut sink, mut stream) = socket.split();
    let [low, high] = PORT.to_le_bytes();
    for channel in [0, 1] {
        sink.send(Message::binary(vec![channel, low, high])).await.unwrap();
    }
    let connected = match pod {
        Some(address) => TcpStream::connect(address).await,
        None => Err(std::io::Error::other("nobody")),
    };
    let Ok(connected) = connected else {
        let refused = [&[1][..], b"error forwarding port 8080: connection refused"].concat();
        let _ = sink.send(Message::binary(refused)).await;
        while stream.next().await.is_some() {}
        return;
    };
    let (mut from, mut to) = connected.into_split();
    let inbound = async {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Binary(bytes) = message
                && let Some((0, data)) = bytes.split_first()
            {
                to.write_all(data).await.unwrap();
            }
        }
    };
    let outbound = async {
        let mut bytes = vec![0; 4096];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let framed = [&[0][..], &bytes[..read]].concat();
            if sink.send(Message::binary(framed)).await.is_err() {
                return;
            }
        }
        let _ = sink.send(Message::Close(None)).await;
    };
    tokio::join!(inbound, outbound);
}

/// Serves DittoFS with TLS, under the name of its API Service, and lets the resource say so.
async fn with_tls(loopback: &Loopback) -> SocketAddr {
    let names = vec!["srv-api.files.svc.corp.example".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dittofs = loopback.dittofs.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                dittofs.serve_connection(stream).await;
            }
        }
    });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "srv-tls", "namespace": NAMESPACE },
        "stringData": { "ca.crt": made.cert.pem() },
    });
    loopback.stage.kubernetes.create(secret).unwrap();
    let edit = |server: &mut Value| server["spec"]["controlPlane"]["certSecretName"] = "srv-tls".into();
    loopback.stage.kubernetes.edit(Kind::DittoServer, NAMESPACE, "srv", edit).unwrap();
    address
}

async fn forwarded(test: &str) -> (Loopback, Pod) {
    let pod = Pod::default();
    let other = pod.clone();
    let loopback = Loopback::with(test, Access::default(), move |api| {
        let handler = move |Path(path): Path<_>, request: Request| {
            std::future::ready(forward(other.clone(), &path, request))
        };
        Router::new().route(PATH, get(handler)).fallback_service(api)
    })
    .await;
    loopback.operate().await;
    (loopback, pod)
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_01_without_a_url_dittofs_is_asked_through_the_pod_s_port() {
    let (loopback, pod) = forwarded("forward_plan").await;
    pod.set(loopback.serving.address()).unwrap();
    let before = loopback.dittofs.requests();
    let (code, json, error) = loopback.run(&["plan", "-o", "json"]).await;
    assert_eq!((code, error.as_str()), (0, ""));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["observation"], "reported", "{json}");
    assert_ne!(loopback.dittofs.requests(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pod_says_is_said() {
    let (loopback, _) = forwarded("forward_refused").await;
    let (code, out, _) = loopback.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{out}");
    let flowing = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flowing.contains("the port-forward to pod srv-0, port 8080: error forwarding port 8080"),
        "{out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_cannot_forward_is_an_outage_with_advice() {
    let loopback = Loopback::start("forward_missing").await;
    loopback.operate().await;
    let (code, out, _) = loopback.run(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{out}");
    assert!(out.contains("--api-url"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_tls_is_asked_through_the_port_forward_under_its_own_name() {
    let (loopback, pod) = forwarded("forward_tls").await;
    pod.set(with_tls(&loopback).await).unwrap();
    let (code, json, error) = loopback.run(&["plan", "-o", "json", "--cluster-domain", "corp.example"]).await;
    assert_eq!((code, error.as_str()), (0, ""));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["observation"], "reported", "{json}");
    let (_, out, _) = loopback.run(&["plan"]).await;
    let flowing = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowing.contains("expected a certificate for srv-api.files.svc.cluster.local"), "{out}");
    assert!(flowing.contains("--cluster-domain"), "{out}");
}
