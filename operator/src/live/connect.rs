//! The API server, by kubeconfig.

use std::time::Duration;

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use serde::de::DeserializeOwned;

use super::error::LiveError;
use crate::cli::LiveArgs;

/// How long the API server may take to be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A way to the API server, and the namespace that is meant.
pub struct Connected {
    /// The client.
    pub client: Client,
    /// As asked for, or that of the context.
    pub namespace: String,
    /// Where the API server is, for messages.
    pub url: String,
}

/// Finds the API server; nothing is sent yet.
pub async fn connect(args: &LiveArgs, namespace: Option<&str>) -> Result<Connected, LiveError> {
    let mut config = config(args).await?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // A write that may have been received must not be repeated behind our back.
    config.default_retry = false;
    let url = config.cluster_url.to_string();
    let namespace = namespace.map_or_else(|| config.default_namespace.clone(), str::to_owned);
    let client = Client::try_from(config)
        .map_err(|error| LiveError::Kubeconfig { cause: LiveError::innermost(&error) })?;
    Ok(Connected { client, namespace, url })
}

async fn config(args: &LiveArgs) -> Result<Config, LiveError> {
    let options = KubeConfigOptions { context: args.context.clone(), cluster: None, user: None };
    if let Some(file) = &args.kubeconfig {
        let file = Kubeconfig::read_from(file).map_err(|error| unusable(&error))?;
        return Config::from_custom_kubeconfig(file, &options).await.map_err(|error| unusable(&error));
    }
    match Config::from_kubeconfig(&options).await {
        Ok(config) => Ok(config),
        // Who has a kubeconfig means that cluster: one that cannot be used must not lead to another.
        Err(error) if is_there(&error) || args.context.is_some() => Err(unusable(&error)),
        Err(error) => Config::incluster().map_err(|_| unusable(&error)),
    }
}

fn unusable(error: &KubeconfigError) -> LiveError {
    let cause = match error {
        KubeconfigError::ReadConfig(error, file) => format!("reading {}: {error}", file.display()),
        KubeconfigError::LoadContext(context) => format!("the kubeconfig has no context {context}"),
        KubeconfigError::CurrentContextNotSet => "the kubeconfig has no current context".to_owned(),
        error => error.to_string(),
    };
    LiveError::Kubeconfig { cause }
}

fn is_there(error: &KubeconfigError) -> bool {
    let is_named = std::env::var_os("KUBECONFIG").is_some_and(|files| !files.is_empty());
    let is_missing = match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    };
    is_named || !is_missing
}

impl Connected {
    /// Sends a request; `what` says of what, for messages.
    pub async fn get<T: DeserializeOwned>(
        &self,
        what: &'static str,
        request: Result<Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<T, LiveError> {
        let request = request.map_err(|error| self.failed(what, &kube::Error::BuildRequest(error)))?;
        match tokio::time::timeout(TIMEOUT, self.client.request::<T>(request)).await {
            Ok(answer) => answer.map_err(|error| self.failed(what, &error)),
            Err(_) => Err(LiveError::Unreachable {
                url: self.url.clone(),
                cause: format!("no answer within {} s", TIMEOUT.as_secs()),
            }),
        }
    }

    fn failed(&self, what: &'static str, error: &kube::Error) -> LiveError {
        LiveError::of(what, &self.namespace, &self.url, error)
    }
}
