//! What stands between the operator and DittoFS, counts what is asked, and answers in DittoFS's place what no real server can
//! be made to answer.

use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use embedded_dittofs::{Fault, Framing};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::ground::LIST;

/// Leads every connection on, one request each.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    to: AtomicU16,
    /// What the list meets.
    fault: Mutex<Option<Fault>>,
    asked: Mutex<Vec<Asked>>,
}

/// A request.
struct Asked {
    method: String,
    path: String,
    /// Of the answer, once there is one.
    status: Option<u16>,
}

impl Proxy {
    /// To a server on this port.
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { to: AtomicU16::new(to), ..Shared::default() });
        let served = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = served.clone();
                // Who breaks off is told nothing.
                tokio::spawn(async move { shared.serve(client).await.ok() });
            }
        });
        Self { port, shared, task }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on to a server on this port.
    pub fn lead_to(&self, to: u16) {
        self.shared.to.store(to, Ordering::Relaxed);
    }

    pub fn inject(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = Some(fault);
    }

    pub fn heal(&self) {
        *self.shared.fault.lock().unwrap() = None;
    }

    /// How many requests were answered with this status, or whatever became of them.
    pub fn asked(&self, method: &str, path: &str, status: Option<u16>) -> u64 {
        let asked = self.shared.asked.lock().unwrap();
        let such =
            |a: &&Asked| a.method == method && a.path == path && (status.is_none() || a.status == status);
        asked.iter().filter(such).count().try_into().unwrap()
    }

    pub fn asked_at_all(&self) -> u64 {
        self.shared.asked.lock().unwrap().len().try_into().unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(request) = read_request(&mut client).await? else { return Ok(()) };
        let line = String::from_utf8_lossy(&request);
        let mut words = line.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let fault = self.fault.lock().unwrap().clone().filter(|_| method == "GET" && path == LIST);
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(Asked { method, path, status: None });
            asked.len() - 1
        };
        let answer = match fault {
            Some(fault) => self.meet(fault, &request).await?,
            None => self.forward(&request).await?,
        };
        let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|word| word.parse().ok());
        self.asked.lock().unwrap()[number].status = status;
        client.write_all(&answer).await?;
        client.shutdown().await
    }

    /// Asks the server, for the whole answer.
    async fn forward(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, self.to.load(Ordering::Relaxed))).await?;
        server.write_all(request).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        Ok(answer)
    }

    /// What comes in place of the list; nothing is the end of the connection.
    async fn meet(&self, fault: Fault, request: &[u8]) -> io::Result<Vec<u8>> {
        let page = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>\n";
        Ok(match fault {
            Fault::Refused => Vec::new(),
            Fault::Slow(duration) => {
                tokio::time::sleep(duration).await;
                self.forward(request).await?
            }
            Fault::Hanging => std::future::pending().await,
            Fault::Lost => {
                self.forward(request).await?;
                Vec::new()
            }
            Fault::ServerError(status) => answer(status, Some("application/problem+json"), "{}"),
            Fault::Truncated(framing) => truncated(&self.forward(request).await?, framing),
            Fault::EmptyOk => answer(200, None, ""),
            Fault::HtmlOk => answer(200, Some("text/html; charset=utf-8"), page),
            Fault::Answer { status, content_type, body } => answer(status, content_type.as_deref(), &body),
        })
    }
}

/// A request as it is led on: the last of its connection. None where there was none.
async fn read_request(client: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = end_of_head(&read) {
            break end;
        }
        if client.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let length = field(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < end + length {
        if client.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    }
    let mut request = head.trim_end().as_bytes().to_vec();
    request.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
    request.extend_from_slice(&read[end..]);
    Ok(Some(request))
}

/// Where the head of a message ends.
fn end_of_head(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value.trim()))
}

fn answer(status: u16, content_type: Option<&str>, body: &str) -> Vec<u8> {
    let typed = content_type.map(|value| format!("Content-Type: {value}\r\n")).unwrap_or_default();
    format!(
        "HTTP/1.1 {status} Said\r\n{typed}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Half of an answer's body, which says how long it would have been.
fn truncated(whole: &[u8], framing: Framing) -> Vec<u8> {
    let end = end_of_head(whole).unwrap_or(whole.len());
    let body = &whole[end..];
    let half = &body[..body.len() / 2];
    let mut cut = match framing {
        // DittoFS says the length of such short answers itself.
        Framing::ContentLength => whole[..end].to_vec(),
        Framing::Chunked => {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
            format!("{head}{:x}\r\n", half.len()).into_bytes()
        }
    };
    cut.extend_from_slice(half);
    if framing == Framing::Chunked {
        cut.extend_from_slice(b"\r\n");
    }
    cut
}
