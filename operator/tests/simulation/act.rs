//! Everything that can happen around the operator.

use std::borrow::Cow;

use embedded_dittofs::{Fault as Wire, Framing, Role, Rule};
use embedded_kubernetes::{Fault, Kind, Verb, What};
use fastrand::Rng;
use tokio::time::Duration;

/// Types of adapters; the first two are there from the beginning.
pub const ADAPTERS: [&str; 3] = ["nfs", "smb", "s3"];
/// Ports: usual ones, one that is reserved, the default, one that is none.
const PORTS: [i64; 8] = [12049, 12445, 1445, 2049, 9000, 8080, 0, 70_000];
const LIST: &str = "/api/v1/adapters";

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Act {
    Administrator(Administrator),
    Server(Server),
    Account(Account),
    ApiServer(ApiServer),
    People(People),
    Resource(Resource),
    /// The operator's process is killed: at once, or after so many writes; and starts again.
    Crash {
        after_writes: Option<u32>,
        down_for: Duration,
    },
}

/// What an administrator does to adapters.
#[derive(Clone, Debug)]
pub enum Administrator {
    Start(&'static str),
    Stop(&'static str),
    Port(&'static str, i64),
    SwapPorts,
    Create(&'static str, i64),
    Delete(&'static str),
    NotRunning(&'static str, bool),
    Reverse,
}

/// What happens to the DittoFS server.
#[derive(Clone, Debug)]
pub enum Server {
    Fault(Rule),
    Heals,
    GoesDown,
    ShutsDown(Duration),
    Restarts,
    Database { down: bool },
    DatabaseReset,
    SecretRotated,
    Replaced,
}

/// What happens to the operator's account.
#[derive(Clone, Debug)]
pub enum Account {
    Role(Role),
    Enabled(bool),
    Deleted,
    PasswordReset,
    MustChange,
}

/// What happens to the API server.
#[derive(Clone, Debug)]
pub enum ApiServer {
    Fault(Fault),
    Heals,
    Down(Duration),
    CutWatches(Kind),
    /// Neither watches nor lists of a kind are answered: what is known of it grows old.
    Blind(Kind, Duration),
    /// Watches of a kind begin with a list, and say nothing after it for a while.
    Late(Kind, Duration),
    Compacted,
    NodePortsRunOut,
}

/// What people do to objects.
#[derive(Clone, Debug)]
pub enum People {
    DeleteService(&'static str),
    DeletePolicy(&'static str),
    DeleteBaseline,
    EditService(&'static str),
    EditPolicy(&'static str),
    EditPorts,
    TakeServiceName(&'static str),
    TakePolicyName(&'static str),
    ForeignPolicy,
    DeleteCredentials,
    EditCredentials,
    DeleteAdminSecret,
    RolloutRestart,
    NewImage,
    PodCrashes,
    PodReady(bool),
}

/// What people do to the resource.
#[derive(Clone, Debug)]
pub enum Resource {
    Interval(u64),
    ServiceType(&'static str),
    Mode(&'static str),
    Paused(bool),
    Template(Option<&'static str>),
    EmptyList(&'static str),
    Hide(Option<&'static str>),
    Annotation(bool),
    Deleted,
}

fn pick<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

fn seconds(rng: &mut Rng, from: u64, to: u64) -> Duration {
    Duration::from_secs(rng.u64(from..=to))
}

impl Act {
    /// Something, anything.
    pub fn any(rng: &mut Rng) -> Self {
        match rng.u8(..100) {
            0..22 => Self::Administrator(Administrator::any(rng)),
            22..42 => Self::Server(Server::any(rng)),
            42..47 => Self::Account(Account::any(rng)),
            47..65 => Self::ApiServer(ApiServer::any(rng)),
            65..82 => Self::People(People::any(rng)),
            82..91 => Self::Resource(Resource::any(rng)),
            _ => {
                let after_writes = rng.bool().then(|| rng.u32(..6));
                let down_for = if rng.bool() { Duration::ZERO } else { seconds(rng, 1, 60) };
                Self::Crash { after_writes, down_for }
            }
        }
    }
}

impl Administrator {
    fn any(rng: &mut Rng) -> Self {
        let (adapter, port) = (pick(rng, &ADAPTERS), pick(rng, &PORTS));
        match rng.u8(..12) {
            0 | 1 => Self::Start(adapter),
            2 | 3 => Self::Stop(adapter),
            4 | 5 => Self::Port(adapter, port),
            6 => Self::SwapPorts,
            7 | 8 => Self::Create(adapter, port),
            9 => Self::Delete(adapter),
            10 => Self::NotRunning(adapter, rng.bool()),
            _ => Self::Reverse,
        }
    }
}

impl Server {
    fn any(rng: &mut Rng) -> Self {
        match rng.u8(..24) {
            0..11 => Self::Fault(wire_fault(rng)),
            11 | 12 => Self::Heals,
            13 => Self::GoesDown,
            14 => Self::ShutsDown(seconds(rng, 0, 40)),
            15 => Self::Restarts,
            16 => Self::Database { down: rng.bool() },
            17 => Self::DatabaseReset,
            18 => Self::SecretRotated,
            _ => Self::Replaced,
        }
    }
}

fn wire_fault(rng: &mut Rng) -> Rule {
    let answer = |status, content_type: Option<&'static str>, body: &'static str| Wire::Answer {
        status,
        content_type: content_type.map(Cow::Borrowed),
        body: Cow::Borrowed(body),
    };
    let json = Some("application/json");
    let faults = [
        Wire::Refused,
        Wire::Slow(seconds(rng, 1, 12)),
        Wire::Hanging,
        Wire::Lost,
        Wire::ServerError(pick(rng, &[500, 502, 503, 429])),
        Wire::Truncated(Framing::ContentLength),
        Wire::Truncated(Framing::Chunked),
        Wire::EmptyOk,
        Wire::HtmlOk,
        answer(200, json, "[]"),
        answer(200, json, "[]"),
        answer(200, json, "null"),
        answer(200, json, "{}"),
        answer(200, Some("text/plain"), "[]"),
        answer(200, json, r#"[{"enabled":false}]"#),
        answer(401, json, "{}"),
        answer(403, json, "{}"),
        answer(404, json, "[]"),
    ];
    let rule = Rule::from(pick(rng, &faults));
    let rule = if rng.u8(..3) > 0 { rule.on(LIST) } else { rule };
    if rng.u8(..4) > 0 { rule.times(rng.u32(1..=4)) } else { rule }
}

impl Account {
    fn any(rng: &mut Rng) -> Self {
        match rng.u8(..6) {
            0 => Self::Role(Role::User),
            1 => Self::Role(Role::Admin),
            2 => Self::Enabled(false),
            3 => Self::Deleted,
            4 => Self::PasswordReset,
            _ => Self::MustChange,
        }
    }
}

impl ApiServer {
    fn any(rng: &mut Rng) -> Self {
        match rng.u8(..20) {
            0..9 => Self::Fault(api_fault(rng)),
            9 => Self::Heals,
            10 => Self::Down(seconds(rng, 1, 60)),
            11 | 12 => Self::CutWatches(pick(rng, &WATCHED)),
            13..17 => Self::Blind(pick(rng, &WATCHED), seconds(rng, 5, 120)),
            17..21 => Self::Late(pick(rng, &WATCHED), seconds(rng, 5, 60)),
            21 | 22 => Self::Compacted,
            _ => Self::NodePortsRunOut,
        }
    }
}

/// Kinds that the operator watches.
pub const WATCHED: [Kind; 6] =
    [Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod, Kind::Secret, Kind::DittoServer];

fn api_fault(rng: &mut Rng) -> Fault {
    let faults = [
        What::Conflict,
        What::TooManyRequests(rng.u32(1..=5)),
        What::InternalError,
        What::AnswerLost,
        What::AnswerLost,
        What::AnswerWrong,
        What::Stale(rng.usize(1..=5)),
        What::Slow(seconds(rng, 1, 3)),
        What::Cut(rng.usize(..3)),
    ];
    let fault = Fault::new(pick(rng, &faults));
    let fault = match rng.u8(..6) {
        0 => fault.on_kind(Kind::Service),
        1 => fault.on_kind(Kind::NetworkPolicy),
        2 => fault.on_kind(Kind::Secret),
        3 => fault.on_verb(pick(rng, &[Verb::Create, Verb::Patch, Verb::Delete])),
        _ => fault,
    };
    if rng.u8(..5) == 0 { fault.chance(0.3) } else { fault.times(rng.u32(1..=4)) }
}

impl People {
    fn any(rng: &mut Rng) -> Self {
        let adapter = pick(rng, &ADAPTERS);
        match rng.u8(..18) {
            0 | 1 => Self::DeleteService(adapter),
            2 => Self::DeletePolicy(adapter),
            3 => Self::DeleteBaseline,
            4 => Self::EditService(adapter),
            5 => Self::EditPolicy(adapter),
            6 => Self::EditPorts,
            7 => Self::TakeServiceName(adapter),
            8 => Self::TakePolicyName(adapter),
            9 => Self::ForeignPolicy,
            10 => Self::DeleteCredentials,
            11 => Self::EditCredentials,
            12 => Self::DeleteAdminSecret,
            13 => Self::RolloutRestart,
            14 => Self::NewImage,
            15 => Self::PodCrashes,
            16 => Self::PodReady(false),
            _ => Self::PodReady(true),
        }
    }
}

impl Resource {
    fn any(rng: &mut Rng) -> Self {
        match rng.u8(..12) {
            0 | 1 => Self::Interval(pick(rng, &[5, 10, 30, 60])),
            2 | 3 => Self::ServiceType(pick(rng, &["LoadBalancer", "NodePort", "ClusterIP"])),
            4 => Self::Mode(pick(rng, &["Observe", "UpsertOnly"])),
            5 => Self::Mode("Sync"),
            6 => Self::Paused(rng.bool()),
            7 => Self::Template(pick(rng, &[None, Some("{name}-{type}")])),
            8 => Self::EmptyList(pick(rng, &["Hold", "Trust"])),
            9 => Self::Hide(pick(rng, &[None, Some("nfs"), Some("smb")])),
            _ => Self::Annotation(rng.bool()),
        }
    }
}
