//! One kept connection that posts GraphQL documents and looks at as little of the answers as it can.
//!
//! The clients share the machine with the server, so a request is one write of prepared bytes and an answer is
//! searched as text; nothing is parsed.

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// So often a request is sent again that was refused because somebody was quicker.
const AGAIN_MAX: usize = 100;

/// A connection with its token.
pub(crate) struct Connection {
    stream: TcpStream,
    /// Everything of a request before its length.
    head: String,
    request: Vec<u8>,
    answer: Vec<u8>,
    /// Where in the answer its head is over.
    content_at: usize,
    /// Requests sent.
    pub(crate) n_requests: u64,
}

impl Connection {
    /// Connects to the server at `url`.
    pub(crate) async fn open(url: &str, token: &str) -> anyhow::Result<Self> {
        let address = url
            .strip_prefix("http://")
            .context("the server speaks plain HTTP")?;
        let stream = TcpStream::connect(address)
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: "
        );
        Ok(Self {
            stream,
            head,
            request: Vec::new(),
            answer: Vec::new(),
            content_at: 0,
            n_requests: 0,
        })
    }

    /// Sends a request and gives the text of its answer, which must be a success.
    pub(crate) async fn post(&mut self, body: &str) -> anyhow::Result<&str> {
        self.send(body).await?;
        self.success(body)
    }

    /// Sends a request again while it is refused with `code`, as a client does that is told that somebody was quicker.
    pub(crate) async fn post_while(&mut self, code: &str, body: &str) -> anyhow::Result<&str> {
        let refused = format!("\"code\":\"{code}\"");
        for _ in 0..AGAIN_MAX {
            self.send(body).await?;
            let text = str::from_utf8(self.content()).context("the answer is not UTF-8")?;
            if !text.contains(refused.as_str()) {
                break;
            }
        }
        self.success(body)
    }

    fn content(&self) -> &[u8] {
        self.answer.get(self.content_at..).unwrap_or_default()
    }

    fn success(&self, body: &str) -> anyhow::Result<&str> {
        let text = str::from_utf8(self.content()).context("the answer is not UTF-8")?;
        let is_refused = text.contains("\"userErrors\":[{") || text.contains("\"errors\":[");
        ensure!(!is_refused, "{text}\nin answer to {body}");
        Ok(text)
    }

    async fn send(&mut self, body: &str) -> anyhow::Result<()> {
        self.request.clear();
        self.request.extend_from_slice(self.head.as_bytes());
        self.request
            .extend_from_slice(body.len().to_string().as_bytes());
        self.request.extend_from_slice(b"\r\n\r\n");
        self.request.extend_from_slice(body.as_bytes());
        self.stream
            .write_all(&self.request)
            .await
            .context("cannot send")?;
        self.n_requests += 1;
        self.answer.clear();
        let start = loop {
            self.read().await?;
            if let Some(end) = find(&self.answer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = content_length(&self.answer[..start])?;
        while self.answer.len() < start + length {
            self.read().await?;
        }
        self.content_at = start;
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        let n_read = self
            .stream
            .read_buf(&mut self.answer)
            .await
            .context("cannot receive")?;
        if n_read == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|it| it == wanted)
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head).context("the head is not ASCII")?;
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    let value = value.with_context(|| format!("expected a content-length in {head}"))?;
    value
        .parse()
        .with_context(|| format!("content-length is {value}"))
}

/// The text of the first member `name` of an answer.
pub(crate) fn member<'a>(answer: &'a str, name: &str) -> anyhow::Result<&'a str> {
    let start = format!("\"{name}\":\"");
    let rest = answer.split_once(start.as_str()).map(|(_, rest)| rest);
    let value = rest
        .and_then(|it| it.split_once('"'))
        .map(|(value, _)| value);
    value.with_context(|| format!("expected a {name} in {answer}"))
}
