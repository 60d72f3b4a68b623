//! A private PostgreSQL 15 cluster in a temporary folder, run by an unprivileged user.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// Debian's folder of the server programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// The user of the cluster when the tests are run by root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// A running cluster; dropping it stops and removes it.
pub struct Cluster {
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// Whether the programs are installed.
    pub fn is_installed() -> bool {
        Path::new(PROGRAMS).join("initdb").exists()
    }

    /// Creates and starts a cluster on a free port of 127.0.0.1.
    pub fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tongban-pg").tempdir()?;
        let data = folder.path().join("data");
        run(Command::new("chmod").args(["0755"]).arg(folder.path()))?;
        if is_root() {
            run(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        run(program("initdb")
            .args([
                "--auth=trust",
                "--username=tongban",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-D",
            ])
            .arg(&data))?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=200",
            folder.path().display()
        );
        run(program("pg_ctl")
            .args(["start", "-w", "-t", "60", "-o", &options, "-l"])
            .arg(folder.path().join("log"))
            .arg("-D")
            .arg(&data))?;
        Ok(Self { folder, port })
    }

    /// Creates a new database and gives its URL.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        let port = self.port.to_string();
        run(program("createdb").args(["-h", "127.0.0.1", "-p", &port, "-U", "tongban", name]))?;
        Ok(format!("postgres://tongban@127.0.0.1:{port}/{name}"))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = run(program("pg_ctl")
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.data()));
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|it| it.stdout.trim_ascii() == b"0")
}

/// A program of PostgreSQL, run as an unprivileged user.
fn program(name: &str) -> Command {
    let path = Path::new(PROGRAMS).join(name);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    // pg_ctl leaves the server behind, which would keep captured pipes open for ever.
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    if status.success() {
        Ok(())
    } else {
        bail!("{command:?} ended with {status}")
    }
}
