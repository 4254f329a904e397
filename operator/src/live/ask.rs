//! What DittoFS says of its adapters, asked with the operator's own account. Nothing is written: no account is made, no
//! token is stored, and the administrator's password is never read.

use std::fmt::Display;

use dittofs_core::api::DittoServer;
use dittofs_core::connection::Connection;
use dittofs_core::effects::Port;
use dittofs_core::session::answer::{self, Login, Outcome, Transport};
use dittofs_core::session::credentials::{Read, Stored};
use dittofs_core::session::{Bearer, Call};
use dittofs_core::{ClusterView, Observation, ServerSpec, State, Why, wire};
use dittofs_interpreters::dittofs::{Address, Client, Connect, Http};
use dittofs_interpreters::kubernetes::Secrets;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use secrecy::{ExposeSecret as _, SecretString};

use super::connect::Connected;
use super::forward::Forward;
use crate::cli::LiveArgs;
use crate::trust::trust;

/// What is known now, and what has to be said about it.
pub struct Answer {
    /// Which adapters run.
    pub observation: Observation,
    /// Why that is not all, or not for sure.
    pub notes: Vec<String>,
}

/// Asks once.
pub async fn ask(
    connected: &Connected,
    args: &LiveArgs,
    resource: &DittoServer,
    spec: &ServerSpec,
    view: &ClusterView,
) -> Answer {
    let connection = Connection::of(resource);
    let secrets = Secrets::new(connected.client.clone(), &spec.namespace);
    let asked = async {
        let pod = ready_pod(spec, view)?;
        let stored = credentials(&secrets, &connection, spec).await?;
        let client = client(connected, args, &secrets, &connection, spec, pod).await;
        Ok::<_, String>((client, stored))
    };
    match asked.await {
        Err(why) => not_asked(&why),
        Ok((Err(why), _)) => unavailable(why),
        Ok((Ok(client), stored)) => list(&client, &stored, spec).await,
    }
}

fn not_asked(why: &str) -> Answer {
    Answer {
        observation: Observation::NotYetPolled,
        notes: vec![format!("DittoFS was not asked because {why}.")],
    }
}

fn unavailable(why: String) -> Answer {
    Answer { observation: Observation::Unavailable(Why::NoAnswer(why)), notes: Vec::new() }
}

/// Only a server with a ready pod has anything to say.
fn ready_pod<'a>(spec: &ServerSpec, view: &'a ClusterView) -> Result<&'a str, String> {
    if spec.deleting {
        return Err("the DittoServer is being deleted".to_owned());
    }
    let ready = view.pods.iter().find(|pod| pod.ready && !pod.terminating);
    ready.map(|pod| pod.name.as_str()).ok_or_else(|| "it has no pod that is ready".to_owned())
}

async fn credentials(
    secrets: &Secrets,
    connection: &Connection,
    spec: &ServerSpec,
) -> Result<Stored, String> {
    let name = &connection.credentials_secret;
    let Some(owner) = &spec.uid else { return Err("the DittoServer has no uid".to_owned()) };
    match secrets.credentials(name, owner).await {
        Read::Found((stored, _)) => Ok(stored),
        Read::Missing => Err(format!(
            "there is no Secret {name} of this DittoServer with the operator's account in it, which the operator makes \
             when it runs; until then, save the answer to GET /api/v1/adapters and plan from files"
        )),
        Read::Failed(error) => Err(format!(
            "Secret {name} with the operator's account cannot be read ({error}); ask for the right to get it, or plan \
             from files"
        )),
    }
}

async fn client(
    connected: &Connected,
    args: &LiveArgs,
    secrets: &Secrets,
    connection: &Connection,
    spec: &ServerSpec,
    pod: &str,
) -> Result<Client, String> {
    let (address, connect): (Address, Box<dyn Connect>) = match &args.api_url {
        Some(template) => (Address::Template(template.clone()), Box::new(Http::default())),
        None => (service(args), Box::new(forward(connected, spec.api_port, pod))),
    };
    let base = address.of(&spec.name, &spec.namespace, spec.api_port, connection.tls);
    let trust = trust(secrets, connection, &base).await?;
    let transport = connect.connect(&trust).map_err(|error| error.to_string())?;
    Ok(Client::new(transport, base))
}

/// The name by which the server goes in its certificate. Nobody looks it up.
fn service(args: &LiveArgs) -> Address {
    Address::Service { cluster_domain: args.cluster_domain.clone() }
}

fn forward(connected: &Connected, port: Port, pod: &str) -> Forward {
    let pods: Api<Pod> = Api::namespaced(connected.client.clone(), &connected.namespace);
    Forward { pods, pod: pod.to_owned(), port: port.get() }
}

/// With the stored token; where that is refused, with one that the stored password buys.
async fn list(client: &Client, stored: &Stored, spec: &ServerSpec) -> Answer {
    let token = &stored.access_token;
    let first = if token.expose_secret().is_empty() { None } else { Some(with(client, token).await) };
    let is_refused = |outcome: &Outcome| matches!(outcome, Ok(answer) if answer.status == 401);
    let outcome = match first {
        Some(outcome) if !is_refused(&outcome) => outcome,
        refused => {
            let login = client.call(&Call::LoginOperator(stored.credentials.clone())).await;
            match answer::login(&login) {
                Ok(Login::Granted(grant)) => with(client, &grant.access).await,
                Ok(Login::Refused) => return no_login(refused, &"its password is refused"),
                Ok(Login::Disabled) => return no_login(refused, &"it is disabled"),
                Err(trouble) => return no_login(refused, &trouble),
            }
        }
    };
    answered(&outcome, spec)
}

async fn with(client: &Client, token: &SecretString) -> Outcome {
    client.list(&Bearer { token: token.clone(), serial: 0 }).await
}

fn no_login(refused: Option<Outcome>, why: &dyn Display) -> Answer {
    let observation = refused.map_or(Observation::Unavailable(Why::NoToken), |outcome| observed(&outcome));
    Answer {
        observation,
        notes: vec![format!(
            "The operator's account at DittoFS cannot log in: {why}. The operator mends that."
        )],
    }
}

fn observed(outcome: &Outcome) -> Observation {
    match outcome {
        Ok(answer) => wire::observe(answer.status, answer.content_type.as_deref(), &answer.body),
        Err(why) => Observation::Unavailable(Why::NoAnswer(Transport::to_string(why))),
    }
}

fn answered(outcome: &Outcome, spec: &ServerSpec) -> Answer {
    let observation = observed(outcome);
    let Observation::Reported(report) = &observation else {
        return Answer { observation, notes: Vec::new() };
    };
    let is_suspect = |state: &State| matches!(state, State::NotRunning { confirmed: false });
    let suspects = report.entries().iter().filter(|entry| is_suspect(&entry.state));
    let suspects: Vec<_> = suspects.map(|entry| entry.adapter.to_string()).collect();
    let notes = if suspects.is_empty() { Vec::new() } else { vec![one_look(&suspects, spec)] };
    Answer { observation, notes }
}

/// SAFE-04: what is seen once may be a server that rebinds a port.
fn one_look(suspects: &[String], spec: &ServerSpec) -> String {
    format!(
        "Enabled and not running: {}. One look does not tell whether that lasts: the operator withdraws what has not run \
         for more than {} s.",
        suspects.join(", "),
        spec.not_running_grace_period.as_secs()
    )
}
