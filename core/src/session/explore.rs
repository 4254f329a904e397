//! Every history of a session in a small world, with a bounded number of disturbances: wherever it gets, it comes back.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::lifetime::same;
use super::{AdminSource, Input, Jitter, Moment, Request, Session, Settings, State, step};

mod disturbance;
mod world;

use disturbance::{Fault, Move};
use world::World;

/// A session in its world.
#[derive(Clone)]
struct Node {
    session: Session,
    world: World,
    now: Duration,
    /// The request that waits for its answer.
    asked: Option<Request>,
    /// How many more disturbances there may be.
    budget: u8,
}

impl Node {
    fn start(budget: u8) -> Self {
        let session = Session::new(settings(), None);
        let node = Self { session, world: World::fresh(), now: Duration::ZERO, asked: None, budget };
        node.tell(Input::Tick)
    }

    fn tell(mut self, input: Input) -> Self {
        let was_waiting = self.session.is_waiting();
        let (session, requests) = step(self.session, input, Moment { now: self.now, jitter: Jitter::MIDDLE });
        self.session = session;
        let mut questions = requests
            .into_iter()
            .filter(|request| !matches!(request, Request::Publish(_) | Request::Warn { .. }));
        let question = questions.next();
        assert!(questions.next().is_none(), "one request at a time");
        assert!(!(was_waiting && self.asked.is_some() && question.is_some()), "one request outstanding");
        self.asked = self.asked.or(question);
        assert_eq!(self.asked.is_some(), self.session.is_waiting());
        self
    }

    fn answer(mut self, fault: Option<Fault>) -> Self {
        let Some(request) = self.asked.take() else { return self };
        let input = self.world.answer(&request, fault);
        // A deletion that was noticed in the meantime is no fault, and takes effect with the answer.
        let is_kept = !self.session.notices.credentials_deleted;
        let before = fault.filter(|_| is_kept).map(|_| (self.session.clone(), self.now));
        let node = self.tell(input);
        if let Some((before, now)) = before {
            node.nothing_was_lost(&before, now);
        }
        node
    }

    /// Trouble drops neither credentials nor a token that is good (AUTH-04).
    fn nothing_was_lost(&self, before: &Session, now: Duration) {
        let password = |session: &Session| session.credentials.as_ref().map(|c| c.password.clone());
        assert!(is_same(password(before).as_ref(), password(&self.session).as_ref()), "{:?}", self.session);
        assert!(is_same(before.refresh.as_ref(), self.session.refresh.as_ref()), "{:?}", self.session);
        assert_eq!(before.token(now).is_some(), self.session.token(now).is_some(), "{:?}", self.session);
    }

    /// Lets time pass until the session wants to be woken.
    fn wake(mut self) -> Self {
        self.now = self.session.due(self.now).expect("a session at rest has a time to act").max(self.now);
        self.tell(Input::Tick)
    }

    /// Waits, if there is nothing to wait for but time.
    fn rest(self) -> Self {
        if self.asked.is_some() { self } else { self.wake() }
    }

    fn poll(self) -> Self {
        let Some(bearer) = self.session.token(self.now) else { return self };
        let listed = self.world.list(bearer.token.expose_secret());
        self.tell(Input::Listed { serial: bearer.serial, listed })
    }

    fn happen(mut self, what: Move) -> Self {
        self.budget -= 1;
        let notice = self.world.happen(what, self.session.watches_admin_secret());
        if what == Move::Crash {
            let fresh = Self { session: Session::new(settings(), None), asked: None, ..self };
            let deleting = fresh.world.deleting.then_some(Input::Deleting);
            return fresh.tell(deleting.unwrap_or(Input::Tick));
        }
        match notice {
            Some(notice) => self.tell(notice),
            None => self,
        }
    }

    fn successors(&self) -> Vec<Self> {
        let mut found = Vec::new();
        if self.asked.is_some() {
            found.push(self.clone().answer(None));
        } else if !matches!(self.session.state, State::Gone) {
            found.push(self.clone().wake());
            found.push(self.clone().poll());
        }
        if self.budget > 0 && self.world.finalizer {
            let moves = Move::ALL.into_iter().map(|what| self.clone().happen(what));
            found.extend(moves);
            let disturbed = Self { budget: self.budget - 1, ..self.clone() };
            let is_asked = |_: &Fault| self.asked.is_some();
            found.extend(Fault::ALL.into_iter().filter(is_asked).map(|f| disturbed.clone().answer(Some(f))));
        }
        found
    }

    /// Authenticated with a token that works and is stored; or gone.
    fn is_settled(&self) -> bool {
        if matches!(self.session.state, State::Gone) {
            return !self.world.finalizer;
        }
        let Some(bearer) = self.session.token(self.now) else { return false };
        let is_accepted = self.world.list(bearer.token.expose_secret()) == super::answer::Listed::Read;
        let is_stored = self
            .world
            .secret
            .as_ref()
            .is_some_and(|secret| self.session.content().is_some_and(|content| content.is_same(secret)));
        matches!(self.session.state, State::Authenticated)
            && is_accepted
            && is_stored
            && self.session.condition(self.now).is_some_and(|c| c.reason.as_str() == "Authenticated")
            && self.session.denied.is_none()
    }

    /// What tells this node from others: times relative to now, passwords by which of them are the same.
    fn key(&self) -> String {
        let s = &self.session;
        let ago = |at: Duration| at.as_secs_f64() - self.now.as_secs_f64();
        let account = self.world.account.as_ref();
        let lives = |password: &SecretString| account.is_some_and(|a| a.password == password.expose_secret());
        let secret = self.world.secret.as_ref().map(|stored| {
            let known = s.stored.as_ref().is_some_and(|(known, _)| known.is_same(stored));
            (known, lives(&stored.credentials.password), stored.refresh_token.expose_secret().to_owned())
        });
        let made = match &s.state {
            State::CreateAccount(p) | State::InspectAccount(p) | State::ResetPassword(p) => {
                Some((p.admin.expose_secret().to_owned(), lives(&p.password)))
            }
            State::OperatorLogin(c) => Some((String::new(), lives(&c.password))),
            State::Deleting(d) => Some((format!("{}{:?}", d.tries, std::mem::discriminant(&d.step)), false)),
            State::AdminLogin(c) => Some((c.password.expose_secret().to_owned(), false)),
            State::NewPassword { admin } => Some((admin.expose_secret().to_owned(), false)),
            _ => None,
        };
        let access = s.access.as_ref().map(|a| (a.token.expose_secret(), ago(a.dies).max(-1.0), a.refused));
        let chores =
            [s.chores.store_at, s.chores.read_at, s.chores.probe_at].map(|at| at.map(|at| ago(at).max(-1.0)));
        let provisions: Vec<f64> = s.provisions.iter().map(|at| ago(*at).max(-600.0)).collect();
        let state = format!("{:?}", s.state).split(['(', ' ']).next().map(str::to_owned);
        let cause = if let State::Stuck(cause) = s.state { Some(cause) } else { None };
        format!(
            "{state:?}{cause:?}{made:?}{:?}{:?}{:?}{:?}{secret:?}{access:?}{chores:?}{provisions:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{}",
            self.asked.as_ref().map(std::mem::discriminant),
            ago(s.due).max(-1.0),
            s.notices,
            s.credentials.as_ref().map(|c| lives(&c.password)),
            s.refresh.as_ref().map(secrecy::ExposeSecret::expose_secret),
            (s.role, s.privilege, s.denied, s.refusals, s.unannounced),
            (s.backoff.failures(), s.chores.secrets.failures(), s.chores.probes.failures()),
            (s.trouble.is_some(), s.verdict),
            account.map(|a| (a.role, a.enabled)),
            (self.world.admin_secret, self.world.must_change, self.world.epoch, self.world.deleting),
            s.stored.is_some(),
            s.published,
            self.budget,
        )
    }
}

fn is_same(a: Option<&SecretString>, b: Option<&SecretString>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same(a, b),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn settings() -> Settings {
    Settings {
        name: "srv".to_owned(),
        admin_secret: "srv-admin".to_owned(),
        admin_key: "password".to_owned(),
        admin_source: AdminSource::Bootstrap,
        server_url: String::new(),
        acts: true,
        writes: true,
    }
}

/// All nodes that can be reached, each once.
fn reachable(budget: u8) -> Vec<Node> {
    let mut seen = BTreeSet::new();
    let mut waiting = VecDeque::from([Node::start(budget)]);
    let mut found = Vec::new();
    while let Some(node) = waiting.pop_front() {
        if seen.insert(node.key()) {
            waiting.extend(node.successors());
            found.push(node);
        }
        // A session that is never at rest again has histories without end.
        assert!(seen.len() < 200_000, "no end of states: {:?}", found.last().map(|node| &node.session));
    }
    found
}

/// Once nobody disturbs it any more and an administrator has put right what only he can, it is soon authenticated.
fn converges(node: &Node, good: &mut BTreeSet<String>) {
    let mut node = node.clone();
    let watched = node.session.watches_admin_secret();
    node.world.make_good();
    node.budget = 0;
    if watched {
        node = node.tell(Input::AdminSecretChanged);
    }
    let (began, mut instant, mut at_once) = (node.now, node.now, 0);
    let mut path = Vec::new();
    while !node.is_settled() {
        let key = node.key();
        if good.contains(&key) {
            break;
        }
        path.push(key);
        node = if node.asked.is_some() { node.answer(None) } else { node.poll().rest() };
        at_once = if node.now == instant { at_once + 1 } else { 0 };
        instant = node.now;
        assert!(at_once < 40, "goes round in circles without time passing: {:?}", node.session);
        assert!(
            node.now.saturating_sub(began) < Duration::from_secs(920),
            "never gets there: {:?}",
            node.session
        );
    }
    good.extend(path);
}

/// While every request fails, requests get rare, and nothing is lost.
fn waits(node: &Node, fault: Fault) {
    let mut node = Node { budget: 0, ..node.clone() };
    let began = node.now;
    let mut requests = 0;
    while node.now.saturating_sub(began) < Duration::from_secs(60) {
        node = if node.asked.is_some() { node.answer(Some(fault)) } else { node.wake() };
        requests += 1;
        assert!(requests < 60, "requests without end: {:?}", node.session);
    }
}

#[test]
fn auth_04_from_wherever_it_gets_it_comes_back() {
    let nodes = reachable(3);
    assert!(nodes.len() > 10_000, "too few to mean anything: {}", nodes.len());
    let mut good = BTreeSet::new();
    for node in &nodes {
        converges(node, &mut good);
    }
    for node in nodes.iter().filter(|node| !node.world.deleting).step_by(7) {
        waits(node, Fault::Unreachable);
        waits(node, Fault::Garbage);
    }
}
