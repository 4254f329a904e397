//! The administrator of a real DittoFS, at work on its adapters.

use std::sync::Arc;

use dittofs_interpreters::dittofs::{Connect as _, Http, Request, Transport, Trust};
use dittofs_testbed::DittoFs;
use secrecy::SecretString;
use serde_json::{Value, json};

/// Logged in anew for each request: tokens do not outlive every restart.
pub struct Administrator {
    transport: Arc<dyn Transport>,
    url: String,
    password: String,
}

impl Administrator {
    pub fn of(dittofs: &DittoFs) -> Self {
        let transport = Http::default().connect(&Trust::Plain).unwrap();
        Self { transport, url: dittofs.url(), password: dittofs.admin_password().to_owned() }
    }

    async fn send(
        &self,
        method: &'static str,
        path: &str,
        bearer: Option<SecretString>,
        body: &Value,
    ) -> (u16, Value) {
        let body = (!body.is_null()).then(|| body.to_string().into());
        let request = Request { method, url: format!("{}{path}", self.url), bearer, body, limit: 1 << 20 };
        let answer = self.transport.send(request).await.unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn token(&self) -> SecretString {
        let body = json!({ "username": "admin", "password": self.password });
        let (status, answer) = self.send("POST", "/api/v1/auth/login", None, &body).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned().into()
    }

    async fn ask(&self, method: &'static str, path: &str, body: &Value) -> (u16, Value) {
        let token = self.token().await;
        self.send(method, path, Some(token), body).await
    }

    /// Changes an adapter.
    pub async fn adapter(&self, kind: &str, change: &Value) {
        let (status, answer) = self.ask("PUT", &format!("/api/v1/adapters/{kind}"), change).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn stop(&self, kind: &str) {
        self.adapter(kind, &json!({ "enabled": false })).await;
    }

    pub async fn start(&self, kind: &str, port: u16) {
        self.adapter(kind, &json!({ "enabled": true, "port": port })).await;
    }

    /// Whether the operator's account is there.
    pub async fn has_account(&self) -> bool {
        let (status, answer) = self.ask("GET", "/api/v1/users/k8s-operator", &Value::Null).await;
        assert!([200, 404].contains(&status), "{answer}");
        status == 200
    }
}
