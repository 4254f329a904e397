//! The DittoServer that is meant.

use dittofs_core::api::DittoServer;
use kube::Resource as _;
use kube::api::GetParams;
use kube::core::Request;
use serde_json::Value;

use super::connect::Connected;
use super::error::LiveError;
use super::objects;

const WHAT: &str = "dittoservers.dittofs.dittofs.com";

/// The resource of that name, or the only one of the namespace.
pub async fn read(connected: &Connected, name: Option<&str>) -> Result<DittoServer, LiveError> {
    let url = DittoServer::url_path(&(), Some(&connected.namespace));
    match name {
        Some(name) => named(connected, &url, name).await,
        None => only(connected, &url).await,
    }
}

/// By its name, which needs no right to list.
async fn named(connected: &Connected, url: &str, name: &str) -> Result<DittoServer, LiveError> {
    match connected.get(WHAT, Request::new(url).get(name, &GetParams::default())).await {
        Ok(server) => typed(server),
        // No such server, or no such kind: the list tells which.
        Err(LiveError::NotInstalled { .. }) => {
            let servers = objects::list(connected, WHAT, url, None).await?;
            Err(LiveError::NoSuchServer {
                namespace: connected.namespace.clone(),
                name: name.to_owned(),
                found: names(&servers),
            })
        }
        Err(error) => Err(error),
    }
}

async fn only(connected: &Connected, url: &str) -> Result<DittoServer, LiveError> {
    let namespace = connected.namespace.clone();
    let mut servers = objects::list(connected, WHAT, url, None).await?;
    if servers.len() > 1 {
        return Err(LiveError::SeveralServers { namespace, found: names(&servers) });
    }
    servers.pop().map_or(Err(LiveError::NoServers { namespace }), typed)
}

fn names(servers: &[Value]) -> Vec<String> {
    servers.iter().map(|server| name_of(server).to_owned()).collect()
}

fn name_of(server: &Value) -> &str {
    server.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

fn typed(server: Value) -> Result<DittoServer, LiveError> {
    let name = name_of(&server).to_owned();
    serde_path_to_error::deserialize(server).map_err(|error| LiveError::BadServer {
        name,
        field: error.path().to_string(),
        cause: error.into_inner().to_string(),
    })
}
