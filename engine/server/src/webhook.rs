//! Sends webhooks over HTTP: signed, bounded, and never further than the target's own origin.
//!
//! A message carries `Idempotency-Key`, `Tongban-Timestamp` (seconds since 1970) and
//! `Tongban-Signature: v1=<hex>`, the HMAC-SHA-256 of `<timestamp>.<body>` under the target's
//! secret. It knows nothing of jobs and notices: what is sent is bytes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, Url};
use serde_json::Value as Json;
use sha2::Sha256;
use tongban_runtime::outbox::webhook::{
    WebhookAnswer, WebhookError, WebhookMessage, WebhookSender, WebhookTarget, Webhooks,
};

use crate::config::Webhook;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const REDIRECTS_MAX: usize = 3;

/// Makes TLS ready, without which no HTTP client of this process can be made.
pub(crate) fn install_tls() {
    // Fails only where it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The targets of the configuration, and a sender for them.
pub(crate) fn open(configured: &BTreeMap<String, Webhook>) -> anyhow::Result<Webhooks> {
    if configured.is_empty() {
        return Ok(Webhooks::default());
    }
    let mut targets = BTreeMap::new();
    let mut addresses = BTreeMap::new();
    for (name, webhook) in configured {
        webhook.check(name)?;
        let url = address(name, &webhook.url)?;
        let key = webhook.key(name)?;
        let name: Arc<str> = Arc::from(name.as_str());
        addresses.insert(name.clone(), Address { url, key });
        targets.insert(name, target(webhook));
    }
    let sender = HttpSender {
        client: client()?,
        addresses,
    };
    Ok(Webhooks {
        sender: Arc::new(sender),
        targets,
    })
}

fn target(webhook: &Webhook) -> WebhookTarget {
    WebhookTarget {
        timeout: Duration::from_millis(webhook.timeout_ms),
        tries: webhook.tries,
        at_once_max: webhook.concurrency,
        back_off_ms: webhook.back_off_ms,
        open_after: webhook.open_after,
        open_ms: webhook.open_ms,
        channels: webhook.channels.clone(),
    }
}

fn address(name: &str, text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).with_context(|| format!("[webhook.{name}] url is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        bail!(
            "[webhook.{name}] url has the scheme {}, expected http or https",
            url.scheme()
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        bail!("[webhook.{name}] url holds a password, which would be logged by others: use secret");
    }
    Ok(url)
}

fn client() -> anyhow::Result<Client> {
    Client::builder()
        .redirect(Policy::custom(within_origin))
        .user_agent(concat!("tongban/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot prepare the HTTP client of webhooks")
}

/// A target may move its own paths; nobody else is told what is for it.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    let is_same = first.is_some_and(|it| it.origin() == attempt.url().origin());
    if is_same && attempt.previous().len() <= REDIRECTS_MAX {
        attempt.follow()
    } else {
        // The redirection itself becomes the answer, which is no success.
        attempt.stop()
    }
}

struct Address {
    url: Url,
    key: Vec<u8>,
}

struct HttpSender {
    client: Client,
    addresses: BTreeMap<Arc<str>, Address>,
}

#[async_trait::async_trait]
impl WebhookSender for HttpSender {
    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookError> {
        let Some(address) = self.addresses.get(&message.target) else {
            return Err(WebhookError::UnknownTarget {
                target: message.target.to_string(),
            });
        };
        let timestamp = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |it| it.as_secs());
        let request = self
            .client
            .post(address.url.clone())
            .timeout(message.timeout)
            .header("content-type", "application/json")
            .header("idempotency-key", &message.idempotency_key)
            .header("tongban-attempt", message.attempt)
            .header("tongban-timestamp", timestamp)
            .header(
                "tongban-signature",
                signature(&address.key, timestamp, &message.body),
            )
            .body(message.body.clone());
        let unreachable = |error: reqwest::Error| WebhookError::Unreachable {
            target: message.target.to_string(),
            reason: reason(&error),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            return Err(WebhookError::Refused {
                target: message.target.to_string(),
                status,
            });
        }
        let body = bounded(response, message).await?;
        Ok(WebhookAnswer {
            status,
            body: serde_json::from_slice(&body).unwrap_or(Json::Null),
        })
    }
}

/// The whole body, up to the bound.
async fn bounded(
    mut response: Response,
    message: &WebhookMessage,
) -> Result<Vec<u8>, WebhookError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| WebhookError::Unreachable {
            target: message.target.to_string(),
            reason: reason(&error),
        })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(WebhookError::AnswerTooLarge {
                target: message.target.to_string(),
                bytes_max: ANSWER_BYTES_MAX,
            });
        }
        body.extend_from_slice(&chunk);
    }
}

/// What went wrong, without the address.
fn reason(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the request failed"
    };
    kind.to_owned()
}

/// `v1=` and the HMAC-SHA-256 of timestamp and body.
fn signature(key: &[u8], timestamp: u64, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).expect("a key of any length serves HMAC (RFC 2104)");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(url: &str, secret: Option<&str>) -> BTreeMap<String, Webhook> {
        install_tls();
        let secret = secret
            .map(|it| format!("secret = '{it}'"))
            .unwrap_or_default();
        let webhook: Webhook = toml::from_str(&format!("url = '{url}'\n{secret}")).unwrap();
        BTreeMap::from([("sms".to_owned(), webhook)])
    }

    #[test]
    fn only_http_with_a_secret_is_a_target() {
        let secret = Some("0123456789abcdef");
        assert!(open(&configured("https://sms.example/send", secret)).is_ok());
        for (url, secret, expected) in [
            ("file:///etc/passwd", secret, "expected http or https"),
            ("gopher://x/", secret, "expected http or https"),
            ("sms", secret, "is not a URL"),
            ("https://u:p@sms.example/", secret, "holds a password"),
            ("https://sms.example/", None, "needs secret"),
            ("https://sms.example/", Some("short"), "fewer than 16 bytes"),
        ] {
            let refused = open(&configured(url, secret)).err().unwrap();
            assert!(format!("{refused:#}").contains(expected), "{refused:#}");
        }
    }

    #[test]
    fn a_signature_is_that_of_timestamp_and_body() {
        // echo -n '1772672400.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
        assert_eq!(
            signature(b"0123456789abcdef", 1_772_672_400, b"{\"a\":1}"),
            SIGNED
        );
    }

    const SIGNED: &str = "v1=f0923b5cffb13ab09a8b9dff8df23e2f87ed57f950a17277dd1141ddf5d8b54b";
}
