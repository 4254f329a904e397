//! The other end of a port-forward: the API server's, and a pod of which it is known where it listens.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{Response, StatusCode, header};
use axum::routing::get;
use embedded_kubernetes::Access;
use futures::{SinkExt as _, StreamExt as _};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::loopback::{Loopback, NAMESPACE};

const PORT: u16 = 8080;
const PATH: &str = "/api/v1/namespaces/{namespace}/pods/{pod}/portforward";

/// Where the pod listens; unknown until the server is up.
pub type Pod = Arc<OnceLock<SocketAddr>>;

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

/// An operated cluster whose API server forwards to this pod.
pub async fn forwarded(test: &str) -> (Loopback, Pod) {
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
