//! A graphql-transport-ws client.

use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Time any frame may take to come.
const FRAME_TIMEOUT: Duration = Duration::from_secs(20);

/// A socket to one server.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a server sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// A message of the protocol.
    Message(Value),
    /// The end of the socket with its code.
    Closed(u16),
}

impl Socket {
    /// Opens a socket to the server at `base_url`.
    pub async fn open(base_url: &str) -> anyhow::Result<Self> {
        let url = format!("{}/graphql", base_url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().context("the URL is none")?;
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request)
            .await
            .context("the upgrade was refused")?;
        Ok(Self { stream })
    }

    /// Opens a socket and shows `token`; fails if it is not acknowledged.
    pub async fn connect(base_url: &str, token: &str) -> anyhow::Result<Self> {
        let mut socket = Self::open(base_url).await?;
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket
            .send(&json!({ "type": "connection_init", "payload": payload }))
            .await?;
        match socket.receive().await? {
            Frame::Message(message) if message["type"] == "connection_ack" => Ok(socket),
            other => bail!("expected connection_ack, got {other:?}"),
        }
    }

    /// Sends a message of the protocol.
    pub async fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        self.stream
            .send(Message::text(message.to_string()))
            .await
            .context("the socket is closed")
    }

    /// Sends a subscription.
    pub async fn subscribe(&mut self, id: &str, query: &str) -> anyhow::Result<()> {
        self.send(&json!({ "id": id, "type": "subscribe", "payload": { "query": query } }))
            .await
    }

    /// The next frame; pings are left out.
    pub async fn receive(&mut self) -> anyhow::Result<Frame> {
        loop {
            let next = tokio::time::timeout(FRAME_TIMEOUT, self.stream.next());
            let frame = next.await.context("no frame came in time")?;
            return match frame {
                Some(Ok(Message::Text(text))) => Ok(Frame::Message(
                    serde_json::from_str(text.as_str()).context("a frame is no JSON")?,
                )),
                Some(Ok(Message::Close(Some(close)))) => Ok(Frame::Closed(close.code.into())),
                Some(Ok(Message::Close(None))) | None => Ok(Frame::Closed(1005)),
                Some(Ok(_)) => continue,
                Some(Err(error)) => Err(error).context("the socket broke"),
            };
        }
    }

    /// The next `next` message of the subscription `id`: its payload.
    pub async fn next(&mut self, id: &str) -> anyhow::Result<Value> {
        loop {
            match self.receive().await? {
                Frame::Message(mut it) if it["type"] == "next" && it["id"] == id => {
                    return Ok(it["payload"].take());
                }
                Frame::Message(it) if it["id"] != id => {}
                other => bail!("expected an event of {id}, got {other:?}"),
            }
        }
    }
}
