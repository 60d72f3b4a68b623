//! Webhooks: named targets that operators configure, and whoever can send to them.
//!
//! This crate knows no HTTP. It decides what is sent, when, and how often; [`WebhookSender`] puts
//! one message on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

/// The targets, and who sends to them.
#[derive(Clone)]
pub struct Webhooks {
    /// Puts a message on the wire.
    pub sender: Arc<dyn WebhookSender>,
    /// The targets by name.
    pub targets: BTreeMap<Arc<str>, WebhookTarget>,
}

impl Default for Webhooks {
    /// No target.
    fn default() -> Webhooks {
        Webhooks {
            sender: Arc::new(NoSender),
            targets: BTreeMap::new(),
        }
    }
}

impl Webhooks {
    /// The target to which notices of a channel go.
    #[must_use]
    pub fn of_channel(&self, channel: &str) -> Option<&Arc<str>> {
        let serves = |it: &WebhookTarget| it.channels.iter().any(|it| it == channel);
        let mut targets = self.targets.iter();
        targets.find(|(_, it)| serves(it)).map(|(name, _)| name)
    }
}

/// How a target is treated. Where it lies is the sender's affair.
#[derive(Debug, Clone)]
pub struct WebhookTarget {
    /// How long one try may take.
    pub timeout: Duration,
    /// Tries after which a message is dead.
    pub tries: u32,
    /// Messages on the way at the same time.
    pub at_once_max: usize,
    /// Pause before the second try, doubled each time, milliseconds.
    pub back_off_ms: u64,
    /// Failures in a row after which the target is left alone.
    pub open_after: u32,
    /// For how long, milliseconds; doubled while it goes on failing.
    pub open_ms: u64,
    /// Channels of notices that go there.
    pub channels: Vec<String>,
}

impl Default for WebhookTarget {
    fn default() -> WebhookTarget {
        WebhookTarget {
            timeout: Duration::from_secs(10),
            tries: 8,
            at_once_max: 4,
            back_off_ms: 1_000,
            open_after: 5,
            open_ms: 30_000,
            channels: Vec::new(),
        }
    }
}

/// One message for one target.
#[derive(Debug, Clone)]
pub struct WebhookMessage {
    /// The target.
    pub target: Arc<str>,
    /// The same again when the message is sent again: the receiver acts on it once.
    pub idempotency_key: String,
    /// From 1.
    pub attempt: u32,
    /// What is sent; the same bytes in each attempt.
    pub body: Vec<u8>,
    /// How long the answer may take.
    pub timeout: Duration,
}

/// What a target answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body if it is JSON, else null.
    pub body: Json,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The target is not configured.
    #[error("webhook target {target} is not configured")]
    UnknownTarget {
        /// Its name.
        target: String,
    },
    /// It cannot be reached, or broke off.
    #[error("webhook target {target} could not be reached: {reason}")]
    Unreachable {
        /// Its name.
        target: String,
        /// What happened, without addresses or secrets.
        reason: String,
    },
    /// It answered something other than success.
    #[error("webhook target {target} answered {status}")]
    Refused {
        /// Its name.
        target: String,
        /// HTTP status.
        status: u16,
    },
    /// Its answer is longer than allowed.
    #[error("webhook target {target} answered more than {bytes_max} bytes")]
    AnswerTooLarge {
        /// Its name.
        target: String,
        /// Bytes allowed.
        bytes_max: usize,
    },
}

impl WebhookError {
    /// Whether the same message may be taken later.
    ///
    /// A client error says that the message itself is not acceptable, but for the statuses that
    /// mean «not now».
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            WebhookError::UnknownTarget { .. } | WebhookError::AnswerTooLarge { .. } => false,
            WebhookError::Unreachable { .. } => true,
            WebhookError::Refused { status, .. } => {
                !(400..500).contains(status) || matches!(status, 408 | 409 | 423 | 425 | 429)
            }
        }
    }
}

/// Whoever can send to the targets.
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Sends once; the time it may take is in the message.
    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookError>;
}

/// The sender of an engine without targets.
struct NoSender;

#[async_trait]
impl WebhookSender for NoSender {
    async fn send(&self, message: &WebhookMessage) -> Result<WebhookAnswer, WebhookError> {
        Err(WebhookError::UnknownTarget {
            target: message.target.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_later_is_tried_again() {
        let refused = |status| WebhookError::Refused {
            target: "t".into(),
            status,
        };
        for status in [301, 408, 409, 429, 500, 502, 503] {
            assert!(refused(status).is_transient(), "{status}");
        }
        for status in [400, 401, 403, 404, 410, 422] {
            assert!(!refused(status).is_transient(), "{status}");
        }
    }
}
