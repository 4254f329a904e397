//! `run`: sets the process up around the loop.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use dittofs_core::api::DittoServer;
use dittofs_interpreters::dittofs::{Address, Http, cluster_domain};
use kube::api::ListParams;
use kube::{Client, Config};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

mod show;

use show::Show;

use crate::cli::{LogFormat, RunArgs, When};
use crate::input::InputError;
use crate::live::LiveError;
use crate::run::cache::Scope;
use crate::run::clock::Clock;
use crate::run::witness::Witness;
use crate::run::{Options, World, health, run as operate};

/// For the API server to say whether it understands a selector.
const TO_UNDERSTAND: Duration = Duration::from_secs(5);

/// What is logged unless `RUST_LOG` says otherwise. Of a request that fails, a line of ours says which and what follows; kube's
/// says that one did.
const USUAL: &str = "info,kube_client::client::builder=off";

/// Runs until it is told to stop.
pub fn run(args: &RunArgs) -> Result<u8, InputError> {
    log(args.log_format, args.color);
    let starting = |what| move |source| InputError::Start { what, source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(starting("making a runtime"))?;
    runtime.block_on(async {
        let client = client().await?;
        selector_is_understood(&client, args).await?;
        let shutdown = shutdown().map_err(starting("listening for signals"))?;
        let world = World {
            client,
            connect: Arc::new(Http::default()),
            clock: Clock::system(),
            entropy: getrandom::fill,
        };
        let options = options(args)?;
        let _probes = match &args.health_addr {
            Some(address) => Some(probed(address, &options).await?),
            None => None,
        };
        operate(world, options, shutdown).await;
        tracing::info!("stopped");
        Ok(0)
    })
}

/// Answers probes, until the operator ends.
async fn probed(address: &str, options: &Options) -> Result<JoinSet<()>, InputError> {
    let failed = |source| InputError::Health { address: address.to_owned(), source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tracing::info!(%address, "probes are answered: /livez and /readyz");
    Ok(JoinSet::from_iter([health::serve(listener, options.sight.clone())]))
}

fn options(args: &RunArgs) -> Result<Options, InputError> {
    let address = match &args.api_url {
        Some(template) => Address::Template(template.clone()),
        None => Address::Service { cluster_domain: domain(args.cluster_domain.as_deref()) },
    };
    let witness = args.dry_run.then(|| Arc::new(Show::new(args.color)) as Arc<dyn Witness>);
    Ok(Options {
        scope: scope(args),
        workers: args.workers,
        address,
        dry_run: args.dry_run,
        witness: crate::record::beside(witness, args.record.as_deref())?,
        sight: Arc::default(),
        instance: std::env::var("POD_NAME").ok().or_else(|| std::env::var("HOSTNAME").ok()),
    })
}

/// The domain of the cluster: as said, as the pod's resolver has it, or the usual one.
fn domain(said: Option<&str>) -> String {
    let resolver = || {
        let conf = std::fs::read_to_string("/etc/resolv.conf").ok()?;
        cluster_domain(&conf).map(str::to_owned)
    };
    said.map(str::to_owned).or_else(resolver).unwrap_or_else(|| "cluster.local".to_owned())
}

/// The API server of the service account, or of the kubeconfig.
async fn client() -> Result<Client, InputError> {
    // Its text has both causes, and its sources have one of them once more.
    let mut config =
        Config::infer().await.map_err(|error| InputError::NoCluster { cause: error.to_string() })?;
    // Failed writes have a backoff of their own, and a POST must not be repeated behind our back.
    config.default_retry = false;
    Client::try_from(config).map_err(|error| InputError::NoCluster { cause: LiveError::innermost(&error) })
}

/// A selector that the API server does not understand would never see anything. It is the one to judge; while it cannot,
/// the watches wait for it anyway.
async fn selector_is_understood(client: &Client, args: &RunArgs) -> Result<(), InputError> {
    let Some(selector) = &args.selector else { return Ok(()) };
    let first = ListParams::default().labels(selector).limit(1);
    let scope = scope(args);
    let api = scope.api::<DittoServer>(client.clone());
    let asked = tokio::time::timeout(TO_UNDERSTAND, api.list_metadata(&first)).await;
    match asked {
        Ok(Err(kube::Error::Api(refusal))) if refusal.code == 400 => {
            Err(InputError::Selector { selector: selector.clone(), cause: refusal.message })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn scope(args: &RunArgs) -> Scope {
    Scope { namespace: args.namespace.clone(), selector: args.selector.clone() }
}

/// Completes when the process is told to stop; told again, the process ends at once.
fn shutdown() -> io::Result<impl Future<Output = ()> + Send + Sync + 'static> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (told, stop) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop: the write in hand is finished; once more ends at once");
        let _ = told.send(());
        interrupt.recv().await;
        // 128 + SIGINT, as a shell says it.
        std::process::exit(130);
    });
    Ok(async move {
        let _ = stop.await;
    })
}

/// Lines of the log go to standard error: plans of a dry run have standard output.
fn log(format: LogFormat, color: When) {
    let filter = without_bodies(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL)));
    let colorful = match color {
        When::Always => true,
        When::Never => false,
        When::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colorful);
    // Where a line cannot be written, saying so cannot be either, and would panic.
    let lines = lines.log_internal_errors(false);
    match format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).init(),
    }
}

/// Kube's client logs an answer that it cannot read, whole and as a warning: that may be a Secret.
fn without_bodies(filter: EnvFilter) -> EnvFilter {
    let below = tracing_subscriber::filter::LevelFilter::ERROR;
    match format!("kube_client::client={below}").parse() {
        Ok(directive) => filter.add_directive(directive),
        // Not to be parsed: then nothing is to be logged either.
        Err(_) => EnvFilter::new("off"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn of_a_request_that_fails_our_own_line_is_enough() {
        let filter = without_bodies(EnvFilter::new(USUAL)).to_string();
        assert!(filter.contains("kube_client::client::builder=off"), "{filter}");
        assert!(filter.contains("kube_client::client=error") && filter.contains("info"), "{filter}");
    }

    #[test]
    fn no_filter_shows_the_body_of_an_answer() {
        for wanted in ["info", "trace", "kube_client=trace", "kube_client::client=trace"] {
            let written = Written::default();
            let writer = written.clone();
            let lines = tracing_subscriber::fmt()
                .with_env_filter(without_bodies(EnvFilter::new(wanted)))
                .with_writer(move || writer.clone());
            tracing::subscriber::with_default(lines.finish(), || {
                tracing::warn!(target: "kube_client::client", "c2VjcmV0");
                tracing::error!(target: "kube_client::client", "connection lost");
            });
            let written = written.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let text = String::from_utf8_lossy(&written).into_owned();
            assert!(!text.contains("c2VjcmV0") && text.contains("connection lost"), "{wanted}: {text}");
        }
    }
}
