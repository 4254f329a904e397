//! The DittoFS client over real sockets: whom it trusts, where it sends a token, and what it makes of a server that
//! misbehaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod tls;

use std::time::Duration;

use dittofs_core::session::answer::{Outcome, Tls, Transport as Failure};
use dittofs_core::session::credentials::Credentials;
use dittofs_core::session::{Bearer, Call};
use dittofs_core::wire;
use dittofs_interpreters::dittofs::{Client, Connect as _, Http, Trust};
use embedded_dittofs::{DittoFs, Fault, Options};
use secrecy::ExposeSecret as _;
use tls::{Authority, Served};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

fn client(trust: &Trust, base: &str) -> Client {
    Client::new(Http::default().connect(trust).unwrap(), base.to_owned())
}

fn bearer(server: &DittoFs) -> Bearer {
    Bearer { token: server.tokens("admin").unwrap().access.into(), serial: 1 }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn status(outcome: &Outcome) -> u16 {
    outcome.as_ref().unwrap().status
}

#[tokio::test]
async fn disc_01_a_list_and_a_login_come_back_as_they_are() {
    let server = DittoFs::new(Options::default());
    let serving = server.serve(listen().await).unwrap();
    let client = client(&Trust::Plain, &serving.url());
    let list = client.list(&bearer(&server)).await.unwrap();
    assert_eq!((list.status, list.content_type.as_deref()), (200, Some("application/json")));
    assert!(matches!(
        wire::observe(200, Some("application/json"), &list.body),
        dittofs_core::Observation::Reported(_)
    ));
    let admin = Credentials { username: "admin".to_owned(), password: "wrong".to_owned().into() };
    assert_eq!(status(&client.call(&Call::LoginAdmin(admin)).await), 401);
}

#[tokio::test]
async fn connections_are_used_again() {
    let listener = listen().await;
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (server, token) = {
        let server = DittoFs::new(Options::default());
        let token = bearer(&server);
        (server, token)
    };
    let accepting = tokio::spawn(async move {
        let mut accepted = 0;
        while let Ok(Ok((stream, _))) =
            tokio::time::timeout(Duration::from_millis(500), listener.accept()).await
        {
            accepted += 1;
            let server = server.clone();
            tokio::spawn(async move { server.serve_connection(stream).await });
        }
        accepted
    });
    let client = client(&Trust::Plain, &url);
    for _ in 0..10 {
        assert_eq!(status(&client.list(&token).await), 200);
    }
    assert_eq!(accepting.await.unwrap(), 1);
}

#[tokio::test]
async fn nobody_listens_is_told_from_other_failures() {
    let address = listen().await.local_addr().unwrap();
    let outcome = client(&Trust::Plain, &format!("http://{address}")).call(&login()).await;
    assert_eq!(outcome.unwrap_err(), Failure::Refused);
    let server = DittoFs::new(Options::default());
    let serving = server.serve(listen().await).unwrap();
    server.inject(Fault::Lost);
    let outcome = client(&Trust::Plain, &serving.url()).call(&login()).await;
    assert!(matches!(outcome, Err(Failure::Other(_))), "{outcome:?}");
}

#[tokio::test]
async fn safe_06_a_truncated_answer_is_no_answer() {
    let server = DittoFs::new(Options::default());
    let serving = server.serve(listen().await).unwrap();
    for framing in [embedded_dittofs::Framing::ContentLength, embedded_dittofs::Framing::Chunked] {
        server.inject(Fault::Truncated(framing).times(1));
        let outcome = client(&Trust::Plain, &serving.url()).list(&bearer(&server)).await;
        assert!(matches!(outcome, Err(Failure::Other(_))), "{framing:?}: {outcome:?}");
    }
}

/// A server that answers whatever it is asked with these bytes, and tells what it was sent.
async fn raw(answer: &'static [u8]) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = listen().await;
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 4096];
            let read = stream.read(&mut asked).await.unwrap_or(0);
            let _ = tell.send(String::from_utf8_lossy(&asked[..read]).into_owned());
            let _ = stream.write_all(answer).await;
        }
    });
    (url, told)
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_the_token_does_not_follow_it() {
    let (elsewhere, mut told_elsewhere) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").await;
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (url, mut told) = raw(Box::leak(answer.into_boxed_str()).as_bytes()).await;
    let token = Bearer { token: "the-token".to_owned().into(), serial: 1 };
    assert_eq!(status(&client(&Trust::Plain, &url).list(&token).await), 307);
    let asked = told.recv().await.unwrap();
    assert!(
        asked.contains(&format!("Bearer {}", token.token.expose_secret())) || asked.contains("bearer"),
        "{asked}"
    );
    assert!(told_elsewhere.try_recv().is_err(), "the token was sent elsewhere");
}

#[tokio::test]
async fn more_than_the_limit_is_not_read() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    let endless = format!("{head}{}", " ".repeat(300 * 1024));
    let (url, _told) = raw(Box::leak(endless.into_boxed_str()).as_bytes()).await;
    let answer = client(&Trust::Plain, &url).call(&login()).await.unwrap();
    assert_eq!(answer.body.len(), dittofs_core::session::answer::BODY_LIMIT + 1);
}

#[tokio::test]
async fn auth_04_a_hanging_server_is_given_up() {
    let (url, mut told) = hanging().await;
    let client = client(&Trust::Plain, &url);
    let asked = tokio::spawn(async move { client.call(&login()).await });
    // With sockets the clock cannot be stopped from the start: it is once the request has arrived.
    told.recv().await.unwrap();
    tokio::time::pause();
    assert_eq!(asked.await.unwrap().unwrap_err(), Failure::TimedOut);
}

/// A server that takes a request, tells so, and never answers.
async fn hanging() -> (String, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = listen().await;
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = tell.send(());
        std::future::pending::<()>().await;
    });
    (url, told)
}

fn login() -> Call {
    Call::LoginOperator(Credentials::of_account("some-password".to_owned().into()))
}

#[tokio::test]
async fn a_certificate_of_the_resource_s_authority_is_trusted_and_others_are_not() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("somebody else's"));
    let served = Served::start(&authority.issue("localhost"), None).await;
    let trusting = |authority: &Authority| authority.trust(None);
    assert_eq!(status(&client(&trusting(&authority), &served.url()).call(&login()).await), 401);
    for trust in [trusting(&stranger), Trust::Tls { authority: None, identity: None }] {
        match client(&trust, &served.url()).call(&login()).await {
            Err(Failure::Tls(Tls::Untrusted { expected, error })) => {
                assert!(expected.contains("localhost"), "{expected}");
                assert!(
                    error.contains("UnknownIssuer") || error.contains("invalid peer certificate"),
                    "{error}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new("ours");
    let served = Served::start(&authority.issue("elsewhere.example"), None).await;
    let outcome = client(&authority.trust(None), &served.url()).call(&login()).await;
    match outcome {
        Err(Failure::Tls(Tls::Untrusted { error, .. })) => {
            assert!(error.contains("NotValidForName") || error.contains("not valid for name"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_demands_a_certificate_gets_ours() {
    let (authority, clients, strangers) =
        (Authority::new("ours"), Authority::new("clients"), Authority::new("strangers"));
    let served = Served::start(&authority.issue("localhost"), Some(&clients)).await;
    let ours = authority.trust(Some(clients.issue("operator").identity()));
    assert_eq!(status(&client(&ours, &served.url()).call(&login()).await), 401);
    match client(&authority.trust(None), &served.url()).call(&login()).await {
        Err(Failure::Tls(failure @ Tls::Demanded { .. })) => {
            assert!(failure.to_string().contains("spec.controlPlane.clientCASecretName"), "{failure}");
        }
        other => panic!("{other:?}"),
    }
    let others = authority.trust(Some(strangers.issue("operator").identity()));
    match client(&others, &served.url()).call(&login()).await {
        Err(Failure::Tls(failure @ Tls::Refused { .. })) => {
            let said = failure.to_string();
            assert!(said.contains("refuses the certificate of Secret cert"), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn plain_http_is_never_upgraded_and_https_never_downgraded() {
    let server = DittoFs::new(Options::default());
    let serving = server.serve(listen().await).unwrap();
    let secure = serving.url().replace("http://", "https://");
    let outcome = client(&Authority::new("ours").trust(None), &secure).call(&login()).await;
    assert!(matches!(outcome, Err(Failure::Tls(_) | Failure::Other(_))), "{outcome:?}");
    assert_eq!(server.requests().total(), 0);
}

#[test]
fn what_is_no_certificate_is_named() {
    let authority = Some((b"no PEM".to_vec(), "Secret cert, key ca.crt".to_owned()));
    let Err(error) = Http::default().connect(&Trust::Tls { authority, identity: None }) else {
        panic!("accepted")
    };
    assert!(error.to_string().contains("Secret cert, key ca.crt"), "{error}");
}
