//! The administrator of a real DittoFS, at work on its adapters.

use std::sync::Arc;

use dittofs_core::session::answer;
use dittofs_interpreters::dittofs::{Connect as _, Http, Request, Transport, Trust, TrustError};
use secrecy::SecretString;
use serde_json::{Value, json};

/// An act that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AdministratorError {
    /// There was no answer.
    #[error("{method} {path} of DittoFS: {cause}")]
    NoAnswer {
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
        /// Why not.
        cause: answer::Transport,
    },
    /// DittoFS refused it.
    #[error("{method} {path} of DittoFS: status {status}: {answer}")]
    Refused {
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
        /// The status.
        status: u16,
        /// The body.
        answer: Value,
    },
}

/// Logged in anew for each request: tokens do not outlive every restart.
pub struct Administrator {
    transport: Arc<dyn Transport>,
    url: String,
    password: String,
}

impl Administrator {
    /// Of the DittoFS at this URL.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(url: String, password: String) -> Result<Self, TrustError> {
        Ok(Self { transport: Http::default().connect(&Trust::Plain)?, url, password })
    }

    /// Changes an adapter.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn adapter(&self, kind: &str, change: &Value) -> Result<(), AdministratorError> {
        self.ask("PUT", &format!("/api/v1/adapters/{kind}"), change, 200).await.map(drop)
    }

    /// Stops an adapter.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn stop(&self, kind: &str) -> Result<(), AdministratorError> {
        self.adapter(kind, &json!({ "enabled": false })).await
    }

    /// Starts an adapter on a port.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn start(&self, kind: &str, port: u16) -> Result<(), AdministratorError> {
        self.adapter(kind, &json!({ "enabled": true, "port": port })).await
    }

    /// Takes an adapter out of the list.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn remove(&self, kind: &str) -> Result<(), AdministratorError> {
        self.ask("DELETE", &format!("/api/v1/adapters/{kind}"), &Value::Null, 204).await.map(drop)
    }

    /// Makes an adapter, which runs then.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn make(&self, kind: &str, port: u16) -> Result<(), AdministratorError> {
        let adapter = json!({ "type": kind, "port": port, "enabled": true });
        self.ask("POST", "/api/v1/adapters", &adapter, 201).await.map(drop)
    }

    /// Changes an account.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn account(&self, name: &str, change: &Value) -> Result<(), AdministratorError> {
        self.ask("PUT", &format!("/api/v1/users/{name}"), change, 200).await.map(drop)
    }

    /// Removes an account.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn remove_account(&self, name: &str) -> Result<(), AdministratorError> {
        self.ask("DELETE", &format!("/api/v1/users/{name}"), &Value::Null, 204).await.map(drop)
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// When DittoFS does not.
    pub async fn reset_password(&self, name: &str, password: &str) -> Result<(), AdministratorError> {
        let new = json!({ "new_password": password });
        self.ask("POST", &format!("/api/v1/users/{name}/password"), &new, 204).await.map(drop)
    }

    /// Whether the operator's account is there.
    ///
    /// # Errors
    /// When DittoFS does not say.
    pub async fn has_account(&self) -> Result<bool, AdministratorError> {
        match self.ask("GET", "/api/v1/users/k8s-operator", &Value::Null, 200).await {
            Ok(_) => Ok(true),
            Err(AdministratorError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: &Value,
        wanted: u16,
    ) -> Result<Value, AdministratorError> {
        let login = json!({ "username": "admin", "password": self.password });
        let granted = self.send("POST", "/api/v1/auth/login", None, &login, 200).await?;
        let token = granted["access_token"].as_str().unwrap_or_default().to_owned();
        self.send(method, path, Some(token.into()), body, wanted).await
    }

    async fn send(
        &self,
        method: &'static str,
        path: &str,
        bearer: Option<SecretString>,
        body: &Value,
        wanted: u16,
    ) -> Result<Value, AdministratorError> {
        let body = (!body.is_null()).then(|| body.to_string().into());
        let request = Request { method, url: format!("{}{path}", self.url), bearer, body, limit: 1 << 20 };
        let path = path.to_owned();
        match self.transport.send(request).await {
            Ok(got) => {
                let answer = serde_json::from_slice(&got.body).unwrap_or_default();
                if got.status == wanted {
                    Ok(answer)
                } else {
                    Err(AdministratorError::Refused { method, path, status: got.status, answer })
                }
            }
            Err(cause) => Err(AdministratorError::NoAnswer { method, path, cause }),
        }
    }
}
