//! A server process of its own for each test: port 0, its own folder, gone with the test.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::client::{self, Client};
use crate::database::{self, Kind};
use crate::{county, paths};

/// Time a server has to come up; compiling a plugin for the first time takes the most of it.
const READY_TIMEOUT: Duration = Duration::from_secs(120);
/// Folder of compiled plugins within the data folder.
const COMPILED: &str = "plugin-cache";
/// The plugins whose domains the sample county has data of.
const SAMPLE_PLUGINS: [&str; 2] = ["marriage-registration", "funeral-subsidy"];
/// So much of a server's log is kept.
const LOG_BYTES_MAX: usize = 64 << 20;
/// Time an orderly stop may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// How a server is to be started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where it keeps its data; a temporary folder if none.
    pub data: Option<PathBuf>,
    /// Database URL; if none, what [`Kind::of_run`] says: SQLite in the data folder, or a PostgreSQL database that
    /// belongs to the data folder.
    pub database: Option<String>,
    /// Start of the manual clock; the machine's clock if none.
    pub manual_clock: Option<String>,
    /// Whether the sample county and its plugins are loaded.
    pub sample_county: bool,
    /// Of the sample county's plugins this one alone, and of the county no records and parameters of the others; all of
    /// them if none.
    pub only_plugin: Option<String>,
    /// What is otherwise in the sample county.
    pub patch: county::Patch,
    /// Whether a county without plugins is loaded.
    pub plain_county: bool,
    /// More arguments of `tongban serve`.
    pub arguments: Vec<String>,
    /// Program and arguments through which the server is started, such as a tracer's.
    pub through: Vec<String>,
    /// Text of a configuration file.
    pub configuration: Option<String>,
}

impl Options {
    /// The sample county, on a manual clock that stands at `now`.
    pub fn sample(now: &str) -> Self {
        Self {
            manual_clock: Some(now.to_owned()),
            sample_county: true,
            ..Self::default()
        }
    }

    /// A county without plugins, on a manual clock that stands at `now`.
    pub fn plain(now: &str) -> Self {
        Self {
            manual_clock: Some(now.to_owned()),
            plain_county: true,
            ..Self::default()
        }
    }
}

/// A running server; dropping it kills it.
pub struct Server {
    child: Child,
    // The server stops by itself when this pipe closes, so it never outlives the test.
    stdin: Option<ChildStdin>,
    url: String,
    data: PathBuf,
    database: Option<String>,
    // What it has logged so far. Guards only the text.
    log: Arc<Mutex<String>>,
    _folder: Option<TempDir>,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub fn start(options: &Options) -> anyhow::Result<Self> {
        client::install_tls();
        let (data, folder) = match &options.data {
            Some(data) => (data.clone(), None),
            None => {
                let folder = tempfile::tempdir().context("no temporary folder")?;
                (folder.path().join("data"), Some(folder))
            }
        };
        let database = database_of(options, &data)?;
        let mut command = program(&options.through);
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--stop-with-stdin",
                "--data",
            ])
            .arg(&data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(now) = &options.manual_clock {
            command.args(["--clock", "manual", "--clock-start", now]);
        }
        if let Some(database) = &database {
            command.args(["--database", database]);
        }
        if options.sample_county {
            copy_files(&compiled_plugins(), &data.join(COMPILED));
            let (loaded, absent): (Vec<_>, Vec<_>) = SAMPLE_PLUGINS.into_iter().partition(|it| {
                options
                    .only_plugin
                    .as_deref()
                    .is_none_or(|only| only == *it)
            });
            if options.patch.is_empty() && absent.is_empty() {
                command.arg("--county").arg(paths::sample_county());
            } else {
                let county = data.join("county");
                county::write_patched(&county, &absent, &options.patch)?;
                command.arg("--county").arg(county);
            }
            for plugin in loaded {
                command.arg("--plugin").arg(paths::package(plugin));
            }
        }
        if options.plain_county {
            let county = data.join("county");
            county::write_plain(&county)?;
            command.arg("--county").arg(county);
        }
        if let Some(text) = &options.configuration {
            let file = data.join("test.toml");
            fs::create_dir_all(&data)?;
            fs::write(&file, text).context("cannot write the configuration")?;
            command.arg("--config").arg(file);
        }
        command.args(&options.arguments);
        let binary = paths::binary();
        let mut child = command.spawn().with_context(|| {
            format!(
                "cannot start {}; `cargo xtask test` builds it",
                binary.display()
            )
        })?;
        let stdin = child.stdin.take();
        let log = Arc::default();
        let url = ready_url(&mut child, &log)?;
        if options.sample_county {
            copy_files(&data.join(COMPILED), &compiled_plugins());
        }
        Ok(Self {
            child,
            stdin,
            url,
            data,
            database,
            log,
            _folder: folder,
        })
    }

    /// Base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// URL of its database, where it is not a file in the data folder.
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks the server to stop, and does not wait.
    pub fn begin_stop(&mut self) {
        drop(self.stdin.take());
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A client that shows the token of a member of staff, or of a citizen, of the sample county.
    pub fn client(&self, person: &str) -> anyhow::Result<Client> {
        let token = self.token(&["--staff", person])?;
        Ok(Client::new(&self.url, Some(token)))
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// A token from the development issuer, by arguments of `tongban token`.
    pub fn token(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(paths::binary())
            .args(["token", "--county"])
            .arg(paths::sample_county())
            .arg("--data")
            .arg(&self.data)
            .args(arguments)
            .output()
            .context("cannot run tongban token")?;
        if !output.status.success() {
            bail!("tongban token: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)
            .context("a token is ASCII")?
            .trim()
            .to_owned())
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(mut self) -> Option<TempDir> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self._folder.take()
    }

    /// Asks the server to stop and waits until it did.
    pub fn stop(mut self) -> anyhow::Result<Option<TempDir>> {
        drop(self.stdin.take());
        let (sender, receiver) = mpsc::channel();
        let pid = self.child.id();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _ = sender.send(self.child.wait());
            });
            match receiver.recv_timeout(STOP_TIMEOUT) {
                Ok(Ok(status)) if status.success() => Ok(()),
                Ok(status) => bail!("the server stopped with {status:?}"),
                Err(_) => {
                    // The waiting thread holds the child, so the signal goes by process id.
                    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
                    bail!("the server did not stop within {STOP_TIMEOUT:?}")
                }
            }
        })?;
        Ok(self._folder.take())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The database that `options` name, or that belongs to the folder; none for a file in the folder.
fn database_of(options: &Options, data: &Path) -> anyhow::Result<Option<String>> {
    if options.database.is_some() || Kind::of_run()? == Kind::Sqlite {
        return Ok(options.database.clone());
    }
    let content = format!(
        "county {} {} with {:?}, clock {:?}, configuration {:?}",
        options.sample_county,
        options.plain_county,
        options.patch,
        options.manual_clock,
        options.configuration
    );
    let url = database::of_folder(data, &content, |url| {
        let fresh = Options {
            data: None,
            database: Some(url.to_owned()),
            through: Vec::new(),
            arguments: Vec::new(),
            ..options.clone()
        };
        Server::start(&fresh)?.stop().map(drop)
    })?;
    Ok(Some(url))
}

/// The server's binary, or another program that starts it.
fn program(through: &[String]) -> Command {
    let Some((program, arguments)) = through.split_first() else {
        return Command::new(paths::binary());
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(paths::binary());
    command
}

/// Where servers of earlier tests left their compiled plugins, which takes seconds to do again.
fn compiled_plugins() -> PathBuf {
    paths::target().join("plugins").join(COMPILED)
}

/// Copies the files of `from` that `to` lacks; a failure costs time and nothing else.
fn copy_files(from: &Path, to: &Path) {
    let Ok(files) = fs::read_dir(from) else {
        return;
    };
    let _ = fs::create_dir_all(to);
    for file in files.filter_map(Result::ok) {
        let target = to.join(file.file_name());
        if file.path().is_file() && !target.exists() {
            // Another test may read the target at this moment, so it appears whole or not at all.
            let part = to.join(format!(
                "{}.{}",
                file.file_name().display(),
                std::process::id()
            ));
            let copied = fs::copy(file.path(), &part).and_then(|_| fs::rename(&part, &target));
            if copied.is_err() {
                let _ = fs::remove_file(&part);
            }
        }
    }
}

/// Waits for the line `ready <url>` and keeps reading what follows, so that the pipes never fill.
fn ready_url(child: &mut Child, log: &Arc<Mutex<String>>) -> anyhow::Result<String> {
    let stdout = child.stdout.take().context("stdout is piped")?;
    let stderr = child.stderr.take().context("stderr is piped")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix("ready ") {
                let _ = sender.send(url.trim().to_owned());
            }
        }
    });
    let kept = Arc::clone(log);
    let reader = thread::spawn(move || {
        for line in BufReader::new(stderr.take(1 << 30))
            .lines()
            .map_while(Result::ok)
        {
            if std::env::var_os("TONGBAN_TEST_LOG").is_some() {
                eprintln!("[server] {line}");
            }
            let mut text = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if text.len() < LOG_BYTES_MAX {
                text.push_str(&line);
                text.push('\n');
            }
        }
    });
    receiver.recv_timeout(READY_TIMEOUT).or_else(|_| {
        let _ = child.kill();
        let _ = child.wait();
        bail!("the server did not become ready:\n{}", {
            let _ = reader.join();
            log.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    })
}
