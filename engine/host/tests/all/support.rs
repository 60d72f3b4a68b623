//! The guest program, its package, and capabilities over a map.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tongban_host::call::{Actor, Date, Envelope, Outcome, Request, StoredRecord};
use tongban_host::capability::calendar::{Calendar, DayKind};
use tongban_host::capability::check::{Answer, Checks};
use tongban_host::capability::deadline::{Deadline, Deadlines, Reckoned, Status};
use tongban_host::capability::decision::{Decision, DecisionError, Decisions};
use tongban_host::capability::numbering::{NumberError, Numbering};
use tongban_host::capability::record::{Page, Query, ReadError, Records};
use tongban_host::capability::{Capabilities, Unavailable};
use tongban_host::component;
use tongban_host::host::{Host, Options};
use tongban_host::manifest::{NumberSeries, Text};
use tongban_host::package::Package;
use tongban_host::plugin::Plugin;

fn guest_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/hostile")
}

/// The folder with the guest's manifest, schemas and messages.
pub(crate) fn plugin_folder() -> PathBuf {
    guest_folder().join("plugin")
}

/// The guest as a component, built once per test run.
pub(crate) fn guest() -> &'static [u8] {
    static GUEST: OnceLock<Vec<u8>> = OnceLock::new();
    GUEST.get_or_init(|| {
        let module = match std::env::var_os("TONGBAN_TEST_GUEST") {
            Some(path) => std::fs::read(path).unwrap(),
            None => build_guest(),
        };
        component::encode(&module).unwrap()
    })
}

fn build_guest() -> Vec<u8> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--locked",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(guest_folder())
        .env("RUSTFLAGS", "-Clink-arg=-zstack-size=131072")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "could not build the guest program: is the target there (`rustup target add wasm32-unknown-unknown`)? \
         A built one can be named in TONGBAN_TEST_GUEST.\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::read(target.join("wasm32-unknown-unknown/release/hostile_guest.wasm")).unwrap()
}

pub(crate) fn package() -> Package {
    Package::from_folder(&plugin_folder(), guest().to_vec()).unwrap()
}

static PLUGIN: LazyLock<Arc<Plugin>> = LazyLock::new(|| {
    let host = Host::new(Options::default()).unwrap();
    host.load(&package()).unwrap()
});

pub(crate) fn plugin() -> Arc<Plugin> {
    Arc::clone(&PLUGIN)
}

pub(crate) fn envelope() -> Envelope {
    Envelope {
        call_id: "c-17".to_owned(),
        attempt: 1,
        tenant: "150627".to_owned(),
        division: "150627".to_owned(),
        now_us: 1_771_300_000_000_000,
        today: Date::new(2026, 2, 17).unwrap(),
        actor: Some(Actor {
            id: "p-1".to_owned(),
            roles: vec!["CITIZEN".to_owned()],
        }),
        process: None,
        schedule: None,
        configuration: BTreeMap::new(),
        dry_run: false,
    }
}

pub(crate) fn request(operation: &str, input: Value) -> Request {
    Request {
        operation: operation.to_owned(),
        envelope: envelope(),
        input,
    }
}

/// Asks the guest to do something.
pub(crate) fn act(what: &str) -> Outcome {
    plugin().call(
        &request("act", json!({"do": what})),
        Box::new(World::default()),
    )
}

/// Capabilities over a map; a Monday to Friday calendar of one February.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) numbers: u64,
    pub(crate) asked: u32,
}

pub(crate) fn world_of(outcome: Outcome) -> World {
    *outcome.capabilities.into_any().downcast::<World>().unwrap()
}

fn thing(id: &str) -> StoredRecord {
    let name = if id.starts_with("large-") {
        "x".repeat(200_000)
    } else {
        format!("thing {id}")
    };
    let body = json!({
        "name": name, "amount": 100, "state": "NEW", "owners": [{"personId": "p-1"}, {"personId": "p-2"}],
        "caseNo": "150627-2026-1", "applicant": "张三", "address": "内蒙古自治区鄂尔多斯市伊金霍洛旗",
        "phone": "13800000000", "acceptedOn": "2026-02-17", "remark": "", "source": "COUNTER", "urgent": false,
    });
    StoredRecord {
        kind: "thing".to_owned(),
        id: id.to_owned(),
        version: 3,
        schema_version: 2,
        body: body.to_string().into_bytes(),
    }
}

impl Records for World {
    fn get_records(
        &mut self,
        _kind: &str,
        ids: &[String],
    ) -> Result<Vec<StoredRecord>, Unavailable> {
        self.asked += 1;
        if ids.iter().any(|id| id == "unavailable") {
            return Err(Unavailable("the database went away".into()));
        }
        if ids.iter().any(|id| id.starts_with("slow-")) {
            std::thread::sleep(Duration::from_millis(60));
        }
        Ok(ids
            .iter()
            .filter(|id| *id != "absent")
            .map(|id| thing(id))
            .collect())
    }

    fn find_records(&mut self, query: &Query) -> Result<Page, ReadError> {
        assert!(
            query.limit <= 1_000,
            "the host lowers the limit to its budget"
        );
        Ok(Page {
            items: vec![thing("1"), thing("2")],
            next: None,
        })
    }

    fn count_records(&mut self, _query: &Query) -> Result<u64, ReadError> {
        Ok(7)
    }
}

impl Calendar for World {
    fn is_working_day(&mut self, _on: Date) -> bool {
        true
    }
    fn day_kind(&mut self, _on: Date) -> DayKind {
        DayKind::Holiday
    }
    fn add_working_days(&mut self, start: Date, days: i32) -> Option<Date> {
        let day = i32::from(start.day()) + days;
        Date::new(
            start.year(),
            start.month() + u8::try_from(day / 28).ok()?,
            u8::try_from(day % 28).ok()?.max(1),
        )
    }
    fn roll_forward(&mut self, on: Date) -> Option<Date> {
        Some(on)
    }
    fn working_days_between(&mut self, _start: Date, _end: Date) -> i32 {
        1
    }
    fn is_confirmed(&mut self, year: i32) -> bool {
        year == 2026
    }
    fn version(&mut self) -> String {
        "2026".to_owned()
    }
}

impl Checks for World {
    fn lookup_check(&mut self, kind: &str, subject: &str) -> Result<Option<Answer>, Unavailable> {
        Ok(Some(Answer {
            check_id: "k-1".to_owned(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            outcome: "MATCH".to_owned(),
            answered_at_us: envelope().now_us - 23 * 3_600_000_000,
            body: b"{}".to_vec(),
        }))
    }
}

impl Decisions for World {
    fn make_decision(
        &mut self,
        decision: &str,
        as_of: Date,
        input: &Map<String, Value>,
    ) -> Result<Decision, DecisionError> {
        if as_of.year() < 2000 {
            let text = format!("{decision}: no version holds on that day");
            return Err(DecisionError::Undecided(text));
        }
        Ok(Decision {
            output: Value::Object(input.clone()),
            version: 2,
            effective_from: Date::new(2026, 1, 1),
            rules: vec!["r-1".to_owned()],
        })
    }
}

impl Deadlines for World {
    fn reckon(&mut self, _key: &str, anchor: Date, amount: Option<u32>) -> Option<Reckoned> {
        (amount != Some(9)).then(|| Reckoned {
            nominal_on: anchor,
            due_on: Date::new(2026, 3, 1).unwrap(),
            due_at_us: 1,
            provisional: true,
            explanation: explanation(),
            calendar_version: "2026".to_owned(),
        })
    }

    fn deadline(&mut self, key: &str, record_id: &str) -> Result<Option<Deadline>, Unavailable> {
        Ok((record_id != "absent").then(|| Deadline {
            key: key.to_owned(),
            record_id: record_id.to_owned(),
            status: Status::Paused,
            anchor: Date::new(2026, 2, 17).unwrap(),
            nominal_on: Date::new(2026, 3, 1).unwrap(),
            due_on: None,
            due_at_us: None,
            provisional: false,
            explanation: explanation(),
            calendar_version: "2026".to_owned(),
        }))
    }
}

fn explanation() -> Text {
    Text {
        zh: "自 2026-02-17 起算".to_owned(),
        en: "counted from 2026-02-17".to_owned(),
    }
}

impl Numbering for World {
    fn allocate_number(
        &mut self,
        _series: &NumberSeries,
        _scope: &BTreeMap<String, String>,
    ) -> Result<u64, NumberError> {
        self.numbers += 1;
        Ok(self.numbers)
    }
}

impl Capabilities for World {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A copy of the guest's folder in which files can be changed.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&plugin_folder(), folder.path());
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.0.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.0.path().join(file)).unwrap();
        assert!(text.contains(from), "{from}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// Code and place of every problem.
    pub(crate) fn problems(&self) -> Vec<String> {
        let package = Package::from_folder(self.path(), guest().to_vec());
        let error = package.err().expect("the package is refused");
        error
            .problems()
            .iter()
            .map(|it| format!("{} {} {}", it.code, it.file, it.field))
            .collect()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
