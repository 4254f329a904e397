//! The task: one wait for whatever comes next.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dittofs_core::discovery::{self, Discovery, Notice};
use dittofs_core::session::answer::Outcome;
use dittofs_core::session::condition::Reason;
use dittofs_core::session::{self, Input, Request, Session, State, Version};
use dittofs_interpreters::kubernetes::Secrets;
use futures::channel::mpsc;
use futures::future::{BoxFuture, OptionFuture};
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};

use super::channel::Channel;
use super::surroundings::Surroundings;
use super::{Facts, Known, Message, admin_secret, locked, request};

/// A link at work.
pub(super) struct Task {
    around: Surroundings,
    known: Arc<Known>,
    secrets: Arc<Secrets>,
    channel: Arc<Channel>,
    session: Session,
    discovery: Discovery,
    call: Option<BoxFuture<'static, Input>>,
    poll: Option<BoxFuture<'static, (u64, Outcome)>>,
    /// Open only while the administrator's Secret can help.
    admin_secret: Option<BoxStream<'static, Option<Version>>>,
    /// What was told of it last: each watch begins with what is there, and that is no change.
    admin_version: Option<Version>,
    facts: Arc<Mutex<Facts>>,
    /// How many pods became ready.
    pods: u64,
}

impl Task {
    pub fn new(
        around: Surroundings,
        known: Arc<Known>,
        published: Option<Reason>,
        facts: Arc<Mutex<Facts>>,
    ) -> Self {
        let base = base(&around, &known);
        let settings = known.settings(base.clone(), false);
        let secrets = Arc::new(Secrets::new(around.client.clone(), &known.spec.namespace));
        let channel = Channel::new(around.connect.clone(), secrets.clone(), known.connection.clone(), base);
        let session = Session::new(settings, published);
        let discovery = Discovery::new(around.clock.moment());
        let channel = Arc::new(channel);
        Self {
            around,
            known,
            secrets,
            channel,
            session,
            discovery,
            call: None,
            poll: None,
            admin_secret: None,
            admin_version: None,
            facts,
            pods: 0,
        }
    }

    pub async fn run(&mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        if self.known.is_leaving() {
            self.feed(Input::Deleting);
        }
        loop {
            self.publish();
            self.watch_admin_secret();
            let wake = self.due().map(|at| self.around.clock.instant(at));
            let sleep = OptionFuture::from(wake.map(tokio::time::sleep_until));
            let call = OptionFuture::from(self.call.as_mut());
            let poll = OptionFuture::from(self.poll.as_mut());
            let admin_secret = OptionFuture::from(self.admin_secret.as_mut().map(futures::StreamExt::next));
            tokio::select! {
                biased;
                message = messages.next() => match message {
                    Some(message) => self.take(message),
                    None => return,
                },
                Some(input) = call => {
                    self.call = None;
                    self.feed(input);
                }
                Some((serial, outcome)) = poll => {
                    self.poll = None;
                    self.listed(serial, &outcome);
                }
                Some(changed) = admin_secret => match changed {
                    Some(version) => self.admin_secret_written(version),
                    None => self.admin_secret = None,
                },
                Some(()) = sleep => self.act(),
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Known(known) => self.learn(known),
            Message::CredentialsChanged(version) => self.feed(Input::CredentialsChanged(version)),
            Message::CredentialsDeleted => self.feed(Input::CredentialsDeleted),
        }
    }

    fn learn(&mut self, known: Arc<Known>) {
        let before = std::mem::replace(&mut self.known, known);
        let base = base(&self.around, &self.known);
        let connection = &self.known.connection;
        if !self.channel.leads_to(connection, &base) {
            let (connect, secrets) = (self.around.connect.clone(), self.secrets.clone());
            self.channel = Arc::new(Channel::new(connect, secrets, connection.clone(), base.clone()));
            // What is on its way was asked of another address.
            self.poll = None;
            self.discovery = self.discovery.clone().abandoned();
        }
        if connection.admin != before.connection.admin {
            self.admin_secret = None;
            self.admin_version = None;
        }
        let is_deleting = matches!(self.session.state(), State::Deleting(_));
        self.session = self.session.clone().with_settings(self.known.settings(base, is_deleting));
        if self.known.is_leaving() && !before.is_leaving() {
            self.feed(Input::Deleting);
        }
        if self.known.is_another_pod(&before) {
            self.pods += 1;
            self.discovery = self.discovery.clone().pod_became_ready(self.around.clock.now());
            self.feed(Input::PodReady);
        }
    }

    fn admin_secret_written(&mut self, version: Option<Version>) {
        if version.is_none() || self.admin_version != version {
            self.admin_version = version;
            self.feed(Input::AdminSecretChanged);
        }
    }

    fn is_active(&self) -> bool {
        self.known.is_active(matches!(self.session.state(), State::Deleting(_)))
    }

    fn due(&self) -> Option<Duration> {
        if !self.is_active() {
            return None;
        }
        let session = self.session.due(self.around.clock.now());
        let poll = self.discovery.due(&self.known.spec);
        session.into_iter().chain(poll).min()
    }

    fn act(&mut self) {
        let now = self.around.clock.now();
        if self.discovery.due(&self.known.spec).is_some_and(|due| due <= now)
            && let Some(bearer) = self.session.token(now)
        {
            self.discovery = self.discovery.clone().asked(now);
            let channel = self.channel.clone();
            self.poll = Some(async move { (bearer.serial, channel.list(&bearer).await) }.boxed());
        }
        if self.session.due(now).is_some_and(|due| due <= now) {
            self.feed(Input::Tick);
        } else {
            self.renew_token();
        }
    }

    fn listed(&mut self, serial: u64, outcome: &Outcome) {
        let listed = discovery::listed(outcome);
        let grace = self.known.spec.not_running_grace_period;
        let (discovery, notice) = self.discovery.clone().answered(
            outcome,
            self.around.clock.moment(),
            grace,
            self.known.ready_pod.is_some(),
        );
        self.discovery = discovery;
        if let Some(notice) = notice {
            self.log(&notice);
        }
        self.feed(Input::Listed { serial, listed });
    }

    /// A step of the session, and what it asks for.
    fn feed(&mut self, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let (session, requests) = session::step(self.session.clone(), input, self.around.clock.moment());
            self.session = session;
            for request in requests {
                next = self.carry_out(request).or(next);
            }
        }
        self.renew_token();
    }

    /// Begins a request; one that is answered at once gives its answer.
    fn carry_out(&mut self, request: Request) -> Option<Input> {
        let Known { spec, connection, owner, .. } = &*self.known;
        let secrets = self.secrets.clone();
        let answer = match request {
            Request::ReadAdminSecret => request::admin_secret(secrets, connection.admin.clone()),
            Request::ReadCredentials => request::credentials(secrets, connection, spec.uid.clone()),
            Request::MakePassword => request::make_password(self.around.entropy),
            Request::Call(call) => request::call(self.channel.clone(), call),
            Request::StoreCredentials(stored) => request::store(secrets, connection, owner.clone(), stored),
            Request::RemoveFinalizer => {
                // Others need it too; the reconcile takes it away when all are done.
                locked(&self.facts).is_signed_off = true;
                (self.around.wake)();
                return Some(Input::FinalizerRemoved(Ok(())));
            }
            Request::Publish(event) => {
                if !self.around.dry_run {
                    self.around.announcer.publish(event, self.around.regarding.clone());
                }
                return None;
            }
            Request::Warn { trouble, times, retry_in } => {
                tracing::warn!(
                    namespace = spec.namespace,
                    name = spec.name,
                    cause = trouble.cause(),
                    times,
                    retry_in_seconds = retry_in.as_secs_f64(),
                    "no session yet: {trouble}"
                );
                return None;
            }
        };
        self.call = Some(answer);
        None
    }

    fn renew_token(&mut self) {
        let now = self.around.clock.now();
        let serial = self.session.token(now).map(|bearer| bearer.serial);
        self.discovery = self.discovery.clone().with_token(serial, now);
    }

    fn watch_admin_secret(&mut self) {
        if !self.session.watches_admin_secret() || !self.is_active() {
            self.admin_secret = None;
        } else if self.admin_secret.is_none() {
            let (client, namespace) = (self.around.client.clone(), &self.known.spec.namespace);
            let (clock, name) = (&self.around.clock, &self.known.connection.admin.name);
            self.admin_secret = Some(admin_secret::changes(client, clock, namespace, name).boxed());
        }
    }

    /// Says what is known by now, and wakes whoever decides, if it is not what was known.
    fn publish(&self) {
        let condition = self.session.condition(self.around.clock.now());
        let mut facts = locked(&self.facts);
        facts.pods = self.pods;
        let is_same = *facts.observation == *self.discovery.observation() && facts.condition == condition;
        if is_same {
            return;
        }
        facts.condition = condition;
        if *facts.observation != *self.discovery.observation() {
            facts.observation = Arc::new(self.discovery.observation().clone());
        }
        drop(facts);
        (self.around.wake)();
    }

    fn log(&self, notice: &Notice) {
        let (namespace, name) = (&self.known.spec.namespace, &self.known.spec.name);
        if notice.is_warning() {
            tracing::warn!(namespace, name, "{notice}");
        } else {
            tracing::info!(namespace, name, "{notice}");
        }
    }
}

fn base(around: &Surroundings, known: &Known) -> String {
    let Known { spec, connection, .. } = known;
    around.address.of(&spec.name, &spec.namespace, spec.api_port, connection.tls)
}
