//! A GraphQL client over plain HTTP and JSON.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Makes TLS ready, without which no HTTP client of this process can be made, though all that it
/// speaks to is on this machine.
pub fn install_tls() {
    // Fails only where it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends documents to one server on behalf of one token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl Client {
    /// A client of the server at `base_url`.
    pub fn new(base_url: &str, token: Option<String>) -> Self {
        install_tls();
        Self {
            http: reqwest::Client::new(),
            url: format!("{base_url}/graphql"),
            token,
        }
    }

    /// The same connections with another token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// The endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a document and gives the whole answer, errors included.
    pub async fn send(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(&self.url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let body = json!({ "query": query, "variables": variables });
        let response = request
            .json(&body)
            .send()
            .await
            .context("cannot reach the server")?;
        let status = response.status();
        let bytes = response.bytes().await.context("the answer broke off")?;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("{status}: {}", String::from_utf8_lossy(&bytes)))
    }

    /// Sends a document that must succeed and gives its `data`.
    pub async fn data(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let mut answer = self.send(query, variables).await?;
        if let Some(errors) = answer.get("errors") {
            bail!("{errors}\nin answer to {query}");
        }
        Ok(answer["data"].take())
    }
}
