//! A private PostgreSQL for the test process: it lives in a temporary folder and ends with it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

const BINARIES: &str = "/usr/lib/postgresql/15/bin";
const REQUIRE: &str = "TONGBAN_REQUIRE_POSTGRES";

/// Makes a cluster, starts a server that only a socket in its folder reaches, says when it answers,
/// and stops and removes all of it when its input ends, however the tests end.
const SCRIPT: &str = r#"
bin=$1; folder=$2
"$bin/initdb" -D "$folder/data" -A trust -U tongban --no-sync -E UTF8 --locale=C.UTF-8 \
    >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
"$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
    -c max_connections=400 >>"$folder/log" 2>&1 </dev/null &
server=$!
until "$bin/pg_isready" -q -h "$folder" -U tongban -d postgres; do
    kill -0 $server || { cat "$folder/log"; exit 1; }
    sleep 0.05
done
echo ready
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$folder"
"#;

struct Cluster {
    folder: String,
    /// Its end is what stops the server.
    _input: ChildStdin,
    _child: Child,
}

static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(start);
static N_DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a new database in the private cluster; absent where PostgreSQL is not installed.
pub(crate) async fn new_database() -> Option<String> {
    let cluster = tokio::task::spawn_blocking(|| CLUSTER.as_ref())
        .await
        .unwrap()?;
    let name = format!("test_{}", N_DATABASES.fetch_add(1, Ordering::Relaxed));
    let created = tokio::process::Command::new(format!("{BINARIES}/createdb"))
        .args(["-h", &cluster.folder, "-U", "tongban", &name])
        .status()
        .await
        .unwrap();
    assert!(created.success(), "createdb makes {name}");
    Some(format!(
        "postgres://tongban@localhost/{name}?host={}",
        cluster.folder
    ))
}

/// Runs a statement beside whoever uses the database.
pub(crate) async fn run(url: &str, statement: &str) {
    let done = tokio::process::Command::new(format!("{BINARIES}/psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, url])
        .stdout(Stdio::null())
        .status()
        .await
        .unwrap();
    assert!(done.success(), "{statement}");
}

fn start() -> Option<Cluster> {
    if !Path::new(BINARIES).join("initdb").exists() {
        let required = std::env::var_os(REQUIRE).is_some_and(|it| it == "1");
        assert!(!required, "{REQUIRE}=1, but there is no {BINARIES}/initdb");
        return None;
    }
    let folder = tempfile::Builder::new()
        .prefix("tongban-pg-")
        .tempdir()
        .unwrap()
        .keep();
    let folder = folder.display().to_string();
    // PostgreSQL refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if is_root {
        let given = Command::new("chown")
            .args(["nobody", &folder])
            .status()
            .unwrap();
        assert!(given.success(), "root gives {folder} to nobody");
        let mut command = Command::new("runuser");
        command.args(["-u", "nobody", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command
        .args(["-c", SCRIPT, "sh", BINARIES, &folder])
        .current_dir("/");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let output = child.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut said).unwrap();
    assert_eq!(said, "ready\n", "the private PostgreSQL starts");
    let input = child.stdin.take().unwrap();
    Some(Cluster {
        folder,
        _input: input,
        _child: child,
    })
}
