//! A session and its answers, for the tests of the session.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::disallowed_methods, reason = "tests read files; the core itself does not")]

use std::path::PathBuf;
use std::time::Duration;

use dittofs_core::session::answer::{Listed, Response, Tls, Transport};
use dittofs_core::session::condition::{Reason, Status};
use dittofs_core::session::credentials::{Credentials, Read, Stored};
use dittofs_core::session::{
    AdminSource, Call, Input, Jitter, Moment, Request, Session, Settings, State, step,
};
use serde_json::Value;

pub const ADMIN_PASSWORD: &str = "admin-pass-1";
pub const PASSWORD: &str = "made-by-the-operating-sys";
pub const EDITED: &str = "edited-by-hand-1";

pub fn settings() -> Settings {
    Settings {
        name: "srv".to_owned(),
        admin_secret: "srv-admin-bootstrap-credentials".to_owned(),
        admin_key: "password".to_owned(),
        admin_source: AdminSource::Bootstrap,
        server_url: "http://srv-api.ns.svc:8080".to_owned(),
        acts: true,
        writes: true,
    }
}

fn recorded(case: &str) -> Value {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/recorded/auth"));
    let text = std::fs::read_to_string(folder.join(format!("{case}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// An answer that a real server gave.
pub fn real(case: &str) -> Input {
    let answer = &recorded(case)["response"];
    Input::Answered(Ok(Response {
        status: answer["status"].as_u64().unwrap().try_into().unwrap(),
        content_type: answer["headers"]["content-type"].as_str().map(str::to_owned),
        body: answer["body"].as_str().unwrap().as_bytes().to_vec(),
    }))
}

/// The same, as an answer of the list.
pub fn real_list(case: &str) -> Listed {
    match real(case) {
        Input::Answered(Ok(answer)) => {
            Listed::of(answer.status, answer.content_type.as_deref(), &answer.body)
        }
        other => panic!("{other:?}"),
    }
}

/// A real answer with a piece of its body replaced.
pub fn edited(case: &str, from: &str, to: &str) -> Input {
    let Input::Answered(Ok(mut answer)) = real(case) else { panic!("an answer") };
    let body = String::from_utf8(answer.body).unwrap();
    assert!(body.contains(from), "{body}");
    answer.body = body.replace(from, to).into_bytes();
    Input::Answered(Ok(answer))
}

pub fn made_up(status: u16, content_type: Option<&str>, body: &str) -> Input {
    Input::Answered(Ok(Response {
        status,
        content_type: content_type.map(str::to_owned),
        body: body.as_bytes().to_vec(),
    }))
}

pub fn refused() -> Input {
    Input::Answered(Err(Transport::Refused))
}

pub fn untrusted() -> Input {
    Input::Answered(Err(Transport::Tls(Tls::Untrusted {
        expected: "srv-api.ns.svc by the authorities in Secret srv-tls".to_owned(),
        error: "the certificate is for other.example".to_owned(),
    })))
}

pub fn admin() -> Input {
    Input::AdminSecret(Read::Found(Credentials {
        username: "admin".to_owned(),
        password: ADMIN_PASSWORD.into(),
    }))
}

pub fn stored(password: &str, refresh: &str, version: &str) -> Input {
    let stored = Stored {
        credentials: Credentials::of_account(password.into()),
        access_token: "stored-access".into(),
        refresh_token: refresh.into(),
        server_url: String::new(),
    };
    Input::Credentials(Read::Found((stored, version.to_owned())))
}

/// A short name of a request.
pub fn name(request: &Request) -> &'static str {
    match request {
        Request::ReadAdminSecret => "ReadAdminSecret",
        Request::ReadCredentials => "ReadCredentials",
        Request::MakePassword => "MakePassword",
        Request::StoreCredentials(_) => "StoreCredentials",
        Request::RemoveFinalizer => "RemoveFinalizer",
        Request::Publish(event) => event.reason,
        Request::Warn { .. } => "Warn",
        Request::Call(call) => match call {
            Call::LoginAdmin(_) => "LoginAdmin",
            Call::LoginOperator(_) => "LoginOperator",
            Call::Refresh { .. } => "Refresh",
            Call::CreateAccount { .. } => "CreateAccount",
            Call::InspectAccount { .. } => "InspectAccount",
            Call::ResetPassword { .. } => "ResetPassword",
            Call::Probe { .. } => "Probe",
            Call::DeleteAccount { .. } => "DeleteAccount",
        },
    }
}

/// A session under way, and what it asked for last.
#[derive(Clone)]
pub struct Run {
    pub session: Session,
    pub now: Duration,
    pub requests: Vec<Request>,
    pub jitter: Jitter,
}

impl Run {
    pub fn new() -> Self {
        let session = Session::new(settings(), None);
        let run = Self { session, now: Duration::from_secs(1000), requests: vec![], jitter: Jitter::MIDDLE };
        run.tell(Input::Tick)
    }

    pub fn tell(mut self, input: Input) -> Self {
        let (session, requests) = step(self.session, input, Moment { now: self.now, jitter: self.jitter });
        self.session = session;
        self.requests = requests;
        self
    }

    /// Goes to the moment at which the session wants to be woken, and wakes it.
    pub fn wake(mut self) -> Self {
        self.now = self.session.due(self.now).unwrap();
        self.tell(Input::Tick)
    }

    pub fn later(mut self, seconds: u64) -> Self {
        self.now += Duration::from_secs(seconds);
        self.tell(Input::Tick)
    }

    pub fn listed(self, case: &str) -> Self {
        let serial = self.session.token(self.now).unwrap().serial;
        self.tell(Input::Listed { serial, listed: real_list(case) })
    }

    pub fn asked(&self) -> Vec<&'static str> {
        self.requests.iter().map(name).collect()
    }

    pub fn wait(&self) -> u64 {
        self.session.due(self.now).unwrap().saturating_sub(self.now).as_secs()
    }

    pub fn reason(&self) -> Option<Reason> {
        self.session.condition(self.now).map(|condition| condition.reason)
    }

    pub fn condition(&self) -> (Status, Reason, String) {
        let condition = self.session.condition(self.now).unwrap();
        (condition.status, condition.reason, condition.message)
    }

    pub fn has_token(&self) -> bool {
        self.session.token(self.now).is_some()
    }

    pub fn is_stuck(&self) -> bool {
        matches!(self.session.state(), State::Stuck(_))
    }

    /// Checks what was asked last.
    pub fn asks(self, expected: &[&str]) -> Self {
        assert_eq!(self.asked(), expected, "{:?}", self.session);
        self
    }

    pub fn says(self, status: Status, reason: Reason) -> Self {
        let (is, because, message) = self.condition();
        assert_eq!((is, because), (status, reason), "{message}");
        assert!(message.len() > 20, "says what to do: {message}");
        self
    }

    // Where rows begin.

    pub fn without_credentials() -> Self {
        Self::new().asks(&["ReadCredentials"]).tell(Input::Credentials(Read::Missing))
    }

    pub fn at_admin_login() -> Self {
        Self::without_credentials().tell(admin()).asks(&["LoginAdmin"])
    }

    pub fn at_create_account() -> Self {
        let run = Self::at_admin_login().tell(real("09-login-admin"));
        run.asks(&["MakePassword"]).tell(Input::Password(PASSWORD.into())).asks(&["CreateAccount"])
    }

    pub fn at_operator_login() -> Self {
        Self::at_create_account().tell(real("21-user-create")).asks(&["LoginOperator"])
    }

    pub fn at_store() -> Self {
        Self::at_operator_login().tell(real("27-login-operator")).asks(&["StoreCredentials"])
    }

    pub fn at_probe() -> Self {
        Self::at_store().tell(Input::Written(Ok("1".to_owned()))).asks(&["AuthProvisioned", "Probe"])
    }

    pub fn authenticated() -> Self {
        Self::at_probe().tell(real("32-operator-delete-unknown-adapter")).asks(&[])
    }

    pub fn at_refresh() -> Self {
        Self::authenticated().wake().asks(&["Refresh"])
    }
}
