//! A private PostgreSQL 15 cluster in a temporary folder, run by an unprivileged user.
//!
//! A supervising shell holds it: what this process does not say any more, since it ended in whatever way, stops the
//! cluster and removes the folder.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail};

/// Debian's folder of the server programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// The user of the cluster when the tests are run by root, which PostgreSQL refuses.
const USER: &str = "postgres";
/// The owner of everything in the cluster.
const OWNER: &str = "tongban";

/// Makes a cluster, then does what it is told line by line, and says `ready` or `stopped` when it is done.
const SUPERVISOR: &str = r#"
bin=$1; folder=$2; port=$3; fsync=$4
trap '' INT TERM
start() {
    "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c "fsync=$fsync" \
        -c max_connections=400 -c max_wal_size=2GB -c log_lock_waits=on >>"$folder/log" 2>&1 </dev/null &
    server=$!
    until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U tongban -d postgres; do
        kill -0 $server 2>/dev/null || { tail -n 20 "$folder/log"; exit 1; }
        sleep 0.02
    done
    echo ready
}
"$bin/initdb" -D "$folder/data" -A trust -U tongban --no-sync -E UTF8 --locale=C.UTF-8 \
    >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
start
while read -r order; do
    case $order in
        crash) kill -QUIT $server; wait $server; echo stopped ;;
        start) start ;;
    esac
done
kill -QUIT $server 2>/dev/null
wait $server 2>/dev/null
rm -rf "$folder"
"#;

/// Whether a commit of the cluster reaches the disk before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// It does, as it would in service.
    Yes,
    /// It does not: for tests that cut no power and have better things to do than to wait.
    No,
}

/// A running cluster; dropping it stops and removes it.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    // Its end is what stops the cluster.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    supervisor: Child,
    n_databases: AtomicU32,
}

impl Cluster {
    /// Whether the programs are installed.
    pub fn is_installed() -> bool {
        Path::new(PROGRAMS).join("initdb").exists()
    }

    /// Creates and starts a cluster on a free port of 127.0.0.1.
    pub fn start(flush: Flush) -> anyhow::Result<Self> {
        anyhow::ensure!(
            Self::is_installed(),
            "PostgreSQL 15 is not installed in {PROGRAMS}; `cargo xtask test` installs it"
        );
        let folder = tempfile::Builder::new()
            .prefix("tongban-pg")
            .tempdir()?
            .keep();
        run(Command::new("chmod").args(["0755"]).arg(&folder))?;
        if is_root() {
            run(Command::new("chown").arg(USER).arg(&folder))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let fsync = match flush {
            Flush::Yes => "on",
            Flush::No => "off",
        };
        let mut supervisor = unprivileged("sh")
            .args(["-c", SUPERVISOR, "sh", PROGRAMS])
            .arg(&folder)
            .args([&port.to_string(), fsync])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the supervisor of PostgreSQL")?;
        let orders = supervisor.stdin.take();
        let answers = BufReader::new(supervisor.stdout.take().context("stdout is piped")?);
        let mut cluster = Self {
            folder,
            port,
            orders,
            answers,
            supervisor,
            n_databases: AtomicU32::new(0),
        };
        cluster.expect("ready")?;
        Ok(cluster)
    }

    /// Creates a new database and gives its name.
    pub fn create(&self, template: Option<&str>) -> anyhow::Result<String> {
        let n = self.n_databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{n}", std::process::id());
        let mut create = self.program("createdb");
        if let Some(template) = template {
            create.args(["--template", template]);
        }
        run(create.arg(&name))?;
        Ok(name)
    }

    /// The URL of a database.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs statements in a database and gives what they answer, a row a line.
    pub fn query(&self, name: &str, statements: &str) -> anyhow::Result<String> {
        let mut psql = self.program("psql");
        let output = psql
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", name])
            .args(["-c", statements])
            .output()
            .context("cannot run psql")?;
        if !output.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("psql did not write UTF-8")
    }

    /// Ids of the processes of the cluster, the first of which has started the others.
    pub fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let file = self.folder.join("data/postmaster.pid");
        let text = std::fs::read_to_string(file).context("the cluster is not running")?;
        let first: u32 = text.lines().next().unwrap_or_default().trim().parse()?;
        let output = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &first.to_string()])
            .output()
            .context("cannot run ps")?;
        let others = String::from_utf8_lossy(&output.stdout).into_owned();
        let others = others.split_whitespace().filter_map(|it| it.parse().ok());
        Ok([first].into_iter().chain(others).collect())
    }

    /// Stops every process of the cluster at once, as if it had crashed.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        self.order("crash")?;
        self.expect("stopped")
    }

    /// Starts the cluster again after [`Cluster::crash`], and waits until it has recovered.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.order("start")?;
        self.expect("ready")
    }

    fn order(&mut self, order: &str) -> anyhow::Result<()> {
        let orders = self.orders.as_mut().context("the supervisor listens")?;
        writeln!(orders, "{order}").context("the supervisor of PostgreSQL is gone")
    }

    fn expect(&mut self, answer: &str) -> anyhow::Result<()> {
        let mut said = String::new();
        self.answers.read_line(&mut said)?;
        if said.trim_end() == answer {
            return Ok(());
        }
        // Before it gives up, the supervisor says the last lines of the log.
        for line in self.answers.by_ref().lines().map_while(Result::ok) {
            said.push_str(&line);
            said.push('\n');
        }
        bail!("expected PostgreSQL to be {answer}, but it said: {said}")
    }

    /// A client program of PostgreSQL that speaks to this cluster.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(Path::new(PROGRAMS).join(name));
        command
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", OWNER])
            .current_dir("/")
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.supervisor.wait();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|it| it.stdout.trim_ascii() == b"0")
}

/// A program, run as an unprivileged user.
fn unprivileged(name: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--", name]);
        command
    } else {
        Command::new(name)
    };
    command.current_dir("/");
    command
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if output.status.success() {
        Ok(())
    } else {
        bail!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
    }
}
