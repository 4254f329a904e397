//! The objects of a namespace, read once and raw, so that a plan shows all that they have.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Resource;
use kube::api::ListParams;
use kube::core::Request;
use serde::Deserialize;
use serde_json::Value;

use super::connect::Connected;
use super::error::LiveError;

/// Objects a page: what kubectl asks for.
const PAGE: u32 = 500;
/// A list that is written all the time is begun anew this often.
const ATTEMPTS: usize = 3;

/// What the API answers to a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: PageMetadata,
    #[serde(default)]
    items: Vec<Value>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    token: Option<String>,
}

/// Everything in the namespace that decides something about this server.
pub async fn read(connected: &Connected, server: &str) -> Result<Vec<Value>, LiveError> {
    let pods = format!("app=dittofs-server,instance={server}");
    let mut objects = all::<Service>(connected, "services", None).await?;
    objects.extend(all::<NetworkPolicy>(connected, "networkpolicies.networking.k8s.io", None).await?);
    objects.extend(all::<StatefulSet>(connected, "statefulsets.apps", None).await?);
    objects.extend(all::<Pod>(connected, "pods", Some(&pods)).await?);
    Ok(objects)
}

async fn all<K: Resource<DynamicType = ()>>(
    connected: &Connected,
    what: &'static str,
    labels: Option<&str>,
) -> Result<Vec<Value>, LiveError> {
    list(connected, what, &K::url_path(&(), Some(&connected.namespace)), labels).await
}

/// A whole list, page by page. One whose next page has expired is begun anew: half a list is none.
pub async fn list(
    connected: &Connected,
    what: &'static str,
    url: &str,
    labels: Option<&str>,
) -> Result<Vec<Value>, LiveError> {
    let mut attempts = 1;
    let mut objects = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector = labels.map(str::to_owned);
        params.continue_token = token.take();
        let is_first = params.continue_token.is_none();
        match connected.get::<Page>(what, Request::new(url).list(&params)).await {
            Err(LiveError::Expired { .. }) if !is_first && attempts < ATTEMPTS => {
                attempts += 1;
                objects.clear();
            }
            Err(error) => return Err(error),
            Ok(page) => {
                token = page.metadata.token.clone().filter(|token| !token.is_empty());
                objects.extend(items(page));
                if token.is_none() {
                    return Ok(objects);
                }
            }
        }
    }
}

/// The items of a list do not say what they are; and who wrote which field is of no use here.
fn items(page: Page) -> impl Iterator<Item = Value> {
    let Page { api_version, kind, metadata: _, items } = page;
    let kind = kind.strip_suffix("List").unwrap_or_default().to_owned();
    items.into_iter().map(move |mut item| {
        if let Some(fields) = item.as_object_mut() {
            fields.insert("apiVersion".to_owned(), api_version.clone().into());
            fields.insert("kind".to_owned(), kind.clone().into());
        }
        if let Some(metadata) = item.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        item
    })
}
