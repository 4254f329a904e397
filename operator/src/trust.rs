//! Whom to trust at the server, and what to show there: read from the Secrets that the resource names.

use dittofs_core::connection::{CA_KEY, CERTIFICATE_KEY, Connection, PRIVATE_KEY};
use dittofs_core::session::credentials::{Read, SecretData};
use dittofs_interpreters::dittofs::{Identity, Trust};
use dittofs_interpreters::kubernetes::Secrets;

/// Who names the Secrets.
const OF_THE_SERVER: &str = "spec.controlPlane.certSecretName";
const OF_THE_OPERATOR: &str = "spec.adapterDiscovery.clientCertSecretName";

/// How the server at this URL is trusted; else what keeps us from knowing, in words.
pub async fn trust(secrets: &Secrets, connection: &Connection, base: &str) -> Result<Trust, String> {
    if !base.starts_with("https://") {
        return Ok(Trust::Plain);
    }
    let authority = match &connection.cert_secret {
        None => None,
        Some(name) => {
            let data = read(secrets, name, OF_THE_SERVER).await?;
            data.get(CA_KEY).map(|pem| (pem.clone(), format!("Secret {name}, key {CA_KEY}")))
        }
    };
    let identity = match &connection.client_cert_secret {
        None => None,
        Some(name) => {
            // Without one of its own, the operator shows that of the server.
            let is_the_servers = connection.cert_secret.as_ref() == Some(name);
            let field = if is_the_servers { OF_THE_SERVER } else { OF_THE_OPERATOR };
            Some(identity(name, read(secrets, name, field).await?)?)
        }
    };
    Ok(Trust::Tls { authority, identity })
}

fn identity(name: &str, mut data: SecretData) -> Result<Identity, String> {
    let mut take = |key| data.remove(key).ok_or(key);
    match (take(CERTIFICATE_KEY), take(PRIVATE_KEY)) {
        (Ok(certificates), Ok(key)) => {
            Ok(Identity { certificates, key: key.into(), source: format!("Secret {name}") })
        }
        (Err(certificate), Err(key)) => Err(format!("Secret {name} lacks {certificate} and {key}")),
        (Err(key), Ok(_)) | (Ok(_), Err(key)) => Err(format!("Secret {name} lacks {key}")),
    }
}

async fn read(secrets: &Secrets, name: &str, field: &str) -> Result<SecretData, String> {
    match secrets.read(name).await {
        Read::Found(data) => Ok(data),
        Read::Missing => Err(format!("there is no Secret {name}, which {field} names")),
        Read::Failed(error) => Err(format!("Secret {name}, which {field} names, cannot be read: {error}")),
    }
}
