//! A server with the tests' own plugin, versions of it, and a place outside that is told things.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tongban_tests_support::client::Client;
use tongban_tests_support::package::repack;
use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{START, client, code, mutate};

/// The secret of the webhook targets.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A server with the plugin, on a manual clock.
pub(crate) fn server() -> Server {
    configured("").0
}

/// A server with the plugin and a configuration file.
pub(crate) fn configured(configuration: &str) -> (Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tongban.toml");
    fs::write(&file, configuration).unwrap();
    let options = Options {
        arguments: vec![
            "--config".to_owned(),
            file.display().to_string(),
            "--plugin".to_owned(),
            paths::package("errand").display().to_string(),
        ],
        ..Options::plain(START)
    };
    (Server::start(&options).unwrap(), folder)
}

/// A citizen.
pub(crate) fn citizen(server: &Server, person: &str) -> Client {
    let arguments = ["--id", person, "--role", "CITIZEN", "--person", person];
    server
        .anonymous()
        .with_token(server.token(&arguments).unwrap())
}

/// A clerk.
pub(crate) fn clerk(server: &Server) -> Client {
    client(server, "clerk", &["CLERK"])
}

/// Applies on behalf of a person and gives the record's id.
pub(crate) async fn apply(client: &Client, person: &str, input: Value) -> String {
    let mut whole = json!({ "applicantId": person, "name": "张三丰", "kind": "COPY", "copies": 1 });
    for (name, value) in input.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let payload = mutate(client, "applyForErrand", "result { errandId }", whole).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["result"]["errandId"].as_str().unwrap().to_owned()
}

/// Another version of the plugin: `(file, from, to)`, packed.
pub(crate) fn package(version: &str, edits: &[(&str, &str, &str)]) -> (PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let own = (
        "plugin.toml",
        "version = \"0.1.0\"",
        &*format!("version = \"{version}\""),
    );
    let source = paths::repository().join("tests/plugin");
    let package = repack(("errand", &source), folder.path(), |copy| {
        for (file, from, to) in edits.iter().copied().chain([own]) {
            let path = copy.join(file);
            let text = fs::read_to_string(&path)?;
            assert!(text.contains(from), "{file}: {from}");
            fs::write(path, text.replace(from, to))?;
        }
        Ok(())
    });
    (package.unwrap(), folder)
}

/// Installs a package over the network and activates it; gives the payload of the activation.
pub(crate) async fn upgrade(server: &Server, package: &Path, version: &str) -> Value {
    let token = server
        .token(&["--id", "operator", "--role", "OPERATOR"])
        .unwrap();
    let response = reqwest::Client::new()
        .put(format!("{}/packages", server.url()))
        .bearer_auth(&token)
        .body(fs::read(package).unwrap())
        .send()
        .await
        .unwrap();
    assert!(
        response.status().is_success(),
        "{}",
        response.text().await.unwrap()
    );
    let operator = server.anonymous().with_token(token);
    let query = "mutation ($input: ActivatePluginInput!) { activatePlugin(input: $input) {
        plugin { version } warnings { code } userErrors { code details message { en } } } }";
    let key = format!("activate-{version}");
    let input = json!({ "name": "errand", "version": version, "idempotencyKey": key });
    operator
        .data(query, json!({ "input": input }))
        .await
        .unwrap()["activatePlugin"]
        .take()
}

/// Refuses or carries out, by its code.
pub(crate) fn expect(payload: &Value, expected: &str) {
    assert_eq!(code(payload), expected, "{payload:#}");
}

/// Waits until a condition holds; fails the test after a generous time.
pub(crate) async fn eventually<F: AsyncFnMut() -> bool>(mut holds: F) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it did not happen within ten seconds");
}

/// A request that came to the place outside.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|it| it.0 == name);
        found.map_or("", |it| &it.1)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A place outside that answers with statuses in their order, the last one for ever.
pub(crate) struct Outside {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Outside {
    pub(crate) async fn answering(statuses: &'static [u16]) -> Outside {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let seen = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, statuses, seen.clone()));
            }
        });
        Outside { url, received }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// As much of HTTP/1.1 as a client of ours needs.
async fn serve(stream: TcpStream, statuses: &[u16], seen: Arc<Mutex<Vec<Received>>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
                None if line.trim_end().is_empty() => break,
                None => {}
            }
        }
        let length = headers.iter().find(|it| it.0 == "content-length");
        let length: usize = length.map_or(0, |it| it.1.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let place = {
            let mut seen = seen.lock().unwrap();
            seen.push(Received { headers, body });
            seen.len() - 1
        };
        let status = statuses[place.min(statuses.len() - 1)];
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{{\"ticket\":\"T-1\"}}"
        );
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
