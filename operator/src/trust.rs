//! Whom to trust at the server, and what to show there: read from the Secrets that the resource names.

use dittofs_core::connection::{CA_KEY, CERTIFICATE_KEY, Connection, PRIVATE_KEY};
use dittofs_core::session::credentials::{Read, SecretData};
use dittofs_interpreters::dittofs::{Identity, Trust};
use dittofs_interpreters::kubernetes::Secrets;

/// How the server at this URL is trusted; else what keeps us from knowing, in words.
pub async fn trust(secrets: &Secrets, connection: &Connection, base: &str) -> Result<Trust, String> {
    if !base.starts_with("https://") {
        return Ok(Trust::Plain);
    }
    let authority = match &connection.cert_secret {
        None => None,
        Some(name) => {
            let data = read(secrets, name).await?;
            data.get(CA_KEY).map(|pem| (pem.clone(), format!("Secret {name}, key {CA_KEY}")))
        }
    };
    let identity = match &connection.client_cert_secret {
        None => None,
        Some(name) => Some(identity(name, read(secrets, name).await?)?),
    };
    Ok(Trust::Tls { authority, identity })
}

fn identity(name: &str, mut data: SecretData) -> Result<Identity, String> {
    match (data.remove(CERTIFICATE_KEY), data.remove(PRIVATE_KEY)) {
        (Some(certificates), Some(key)) => {
            Ok(Identity { certificates, key: key.into(), source: format!("Secret {name}") })
        }
        _ => Err(format!("Secret {name} lacks {CERTIFICATE_KEY} or {PRIVATE_KEY}")),
    }
}

async fn read(secrets: &Secrets, name: &str) -> Result<SecretData, String> {
    match secrets.read(name).await {
        Read::Found(data) => Ok(data),
        Read::Missing => Err(format!("there is no Secret {name}, which has its certificates")),
        Read::Failed(error) => {
            Err(format!("Secret {name}, which has its certificates, cannot be read: {error}"))
        }
    }
}
