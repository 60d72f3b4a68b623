//! The nights of the cooling-off: many open divorces, of which some come to the end of their thirty days each night.
//!
//! The cases are records of the marriage plugin, and an instance for each waits as the process of the divorce does: a
//! timer until the day after the cooling-off, the plugin's operation that opens the window to claim, and a timer until
//! the day after that window. Both are put into the database by a program of the engine, since what comes before at the
//! counter takes ten requests a case; offers of counselling are left out. The nights are asked for from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use tongban_tests_support::package::repack;
use tongban_tests_support::paths;
use tongban_tests_support::server::Server;

use crate::client::{Connection, member};
use crate::model;
use crate::place::{Database, Ground, Place};
use crate::scale::Scale;
use crate::table::{Row, Spread, tenths};
use crate::usage::{self, Usage};

/// Cases at full scale.
const CASES: u64 = 1_000_000;
/// Nights of the cooling-off: on each day about as many cases were accepted.
const NIGHTS: u16 = 30;
/// Nights that are measured. With each the clerks' reminders of open windows take longer, which is another matter.
const MEASURED: u16 = 3;
/// The key of the schedule that is left out.
const WATCH: &str = "open_divorce_watch";
/// Where the manual clock stands: the evening before the first of them.
pub(crate) const NOW: &str = "2026-03-05T18:00:00+08:00";
const FIRST_END: Date = date(2026, 3, 5);

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://tongban/load">
  <process id="cooling_off" isExecutable="true">
    <startEvent id="accepted"/>
    <sequenceFlow id="f1" sourceRef="accepted" targetRef="cooling_off_over"/>
    <intermediateCatchEvent id="cooling_off_over">
      <timerEventDefinition><timeDate xsi:type="tFormalExpression">=date and time(date(coolingOffEnd) + duration("P1D"), time("00:00:00@Asia/Shanghai"))</timeDate></timerEventDefinition>
    </intermediateCatchEvent>
    <sequenceFlow id="f2" sourceRef="cooling_off_over" targetRef="open_claim_window"/>
    <serviceTask id="open_claim_window"><extensionElements><zeebe:taskDefinition type="openClaimWindow"/></extensionElements></serviceTask>
    <sequenceFlow id="f3" sourceRef="open_claim_window" targetRef="claim_window_over"/>
    <intermediateCatchEvent id="claim_window_over">
      <timerEventDefinition><timeDate xsi:type="tFormalExpression">=date and time(date(claimUntil) + duration("P1D"), time("00:00:00@Asia/Shanghai"))</timeDate></timerEventDefinition>
    </intermediateCatchEvent>
    <sequenceFlow id="f4" sourceRef="claim_window_over" targetRef="deem_withdrawn"/>
    <serviceTask id="deem_withdrawn"><extensionElements><zeebe:taskDefinition type="deemDivorceWithdrawn"/></extensionElements></serviceTask>
    <sequenceFlow id="f5" sourceRef="deem_withdrawn" targetRef="over"/>
    <endEvent id="over"/>
  </process>
</definitions>"#;
const ADVANCE: &str = "mutation($input:AdvanceClockInput!){advanceClock(input:$input){timersFired complete userErrors{code}}}";
const LEFT: &str = "query($until:Date!){divorceCases(first:1,filter:{state:\"COOLING_OFF\",coolingOffEndUntil:$until}){nodes{caseNo}}}";

/// What the nights come to, after what it took to prepare them.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let n_cases = scale.share_of(CASES).max(u64::from(NIGHTS));
    let database = place.database("sweep")?;
    let [records, instances] = fill(&database, &specification(n_cases)?)?;
    let title = format!("sweep, {n_cases} cases");
    let row = |what: &str| Row::new(&format!("{title}: {what}"), place.title());
    let prepared = [("records", records), ("instances", instances)]
        .map(|(what, speed)| row(what).cell("instances/s", speed.to_string()));
    let mut rows = Vec::from(prepared);

    let server = database.serve(Ground::Filled(NOW), Vec::new())?;
    let token = model::operator(&server)?;
    let mut connection = Connection::open(server.url(), &token).await?;
    let before = Usages::of(place, &server)?;
    let nights = measured_nights(&mut connection, n_cases / u64::from(NIGHTS)).await?;
    let took = Usages::of(place, &server)?.since(&before);
    let speed = Spread::of(nights.iter().map(Night::per_second));
    let ms = Spread::of(nights.iter().map(|it| it.ms));
    let swept = row(&format!("a night, {} due", n_cases / u64::from(NIGHTS)))
        .cell("instances/s", speed.text(u64::to_string))
        .cell("night ms", ms.text(u64::to_string));
    let memory = usage::memory(server.pid())?;
    let swept = swept.cell("RSS MB", tenths(memory.peak_bytes / 100_000));
    let n_swept = n_cases * u64::from(MEASURED) / u64::from(NIGHTS);
    rows.push(took.cells(swept, n_swept.max(1)));
    none_left(&server).await?;
    server.stop()?;
    Ok(rows)
}

/// What server and database have used.
struct Usages {
    server: Usage,
    database: Usage,
}

impl Usages {
    fn of(place: &Place, server: &Server) -> anyhow::Result<Self> {
        Ok(Self {
            server: Usage::of(server.pid())?,
            database: place.usage()?,
        })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            server: self.server.since(&before.server),
            database: self.database.since(&before.database),
        }
    }

    fn cells(&self, row: Row, n: u64) -> Row {
        let bytes = (self.server.written_bytes + self.database.written_bytes) / n;
        let row = row
            .cell("CPU-us/instance", (self.server.cpu_us / n).to_string())
            .cell("bytes written/instance", bytes.to_string());
        if self.database.cpu_us == 0 {
            return row;
        }
        let cpu = (self.database.cpu_us / n).to_string();
        row.cell("database CPU-us/instance", cpu)
    }
}

/// Fills the database with cases of the plugin; gives how many records, and how many instances, a second.
pub(crate) fn fill(database: &Database<'_>, specification: &Value) -> anyhow::Result<[u64; 2]> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let package = package_without_watch(folder.path())?;
    database.fill(&package, specification)
}

fn specification(n_cases: u64) -> anyhow::Result<Value> {
    let mut values = Vec::new();
    for night in 0..NIGHTS {
        let end = FIRST_END.checked_add(i64::from(night).days())?;
        let accepted = end.checked_sub(30.days())?;
        values.push(json!({
            "accepted": accepted.to_string(),
            "day": accepted.strftime("%Y%m%d").to_string(),
            "end": end.to_string(),
            "from": end.tomorrow()?.to_string(),
            "until": end.checked_add(30.days())?.to_string(),
        }));
    }
    let variables =
        json!({ "caseId": "sweep-{n}", "coolingOffEnd": "{end}", "claimUntil": "{until}" });
    Ok(json!({
        "count": n_cases,
        "now": NOW.parse::<jiff::Timestamp>()?.as_microsecond(),
        "values": values,
        "record": record(),
        "instance": { "process": PROCESS, "processKey": "cooling_off", "variables": variables },
    }))
}

/// A divorce in its cooling-off.
pub(crate) fn record() -> Value {
    json!({
        "kind": "divorce_case",
        "id": "sweep-{n}",
        "body": case(),
        "columns": columns(),
        "parties": ["m-{n}", "w-{n}"],
    })
}

/// The columns that the plugin declares for its cases.
fn columns() -> Value {
    json!({
        "caseNo": { "text": "MRL-150627-{day}-{n}" },
        "state": { "text": "COOLING_OFF" },
        "open": { "boolean": true },
        "authorityCode": { "text": "15062701" },
        "coupleKey": { "text": "m-{n}+w-{n}" },
        "receiptNo": { "text": "LR150627-{n}" },
        "acceptedDate": { "date": "{accepted}" },
        "coolingOffEnd": { "date": "{end}" },
        "claimUntil": { "date": "{until}" },
    })
}

/// A case as the plugin leaves it at the acceptance.
fn case() -> Value {
    let at = "{accepted}T09:30:00+08:00";
    let party = |who: &str, sex: &str, number: &str| {
        json!({
            "personId": format!("{who}-{{n}}"),
            "name": "王明", "sex": sex, "birthDate": "1990-05-20", "kind": "MAINLAND",
            "idNumber": number,
            "idDocs": [{ "type": "ID_CARD", "number": number, "validFrom": "2020-01-01", "validTo": "2040-01-01" }],
            "nationality": "CHN", "declaredMaritalStatus": "20", "mobile": "13900000001", "capacity": "FULL",
            "nameForeign": null, "ethnicity": null, "languageHelp": null, "registeredAddress": null,
        })
    };
    let agreement = json!({
        "voluntaryStatement": "双方自愿离婚", "noMinorChildren": true, "children": [],
        "property": "无共同财产", "debts": "无共同债务", "other": null, "signedByBoth": true,
    });
    let history = json!([
        { "event": "DIVORCE-CHECKED-IN", "from": null, "to": "PRESENT", "at": at, "by": "reception-01" },
        { "event": "DIVORCE-ACCEPTED", "from": "PRESENT", "to": "COOLING_OFF", "at": at, "by": "registrar-01" },
    ]);
    json!({
        "caseNo": "MRL-150627-{day}-{n}",
        "state": "COOLING_OFF", "open": true, "authorityCode": "15062701",
        "coupleKey": "m-{n}+w-{n}", "channelOfEntry": "COUNTER",
        "parties": [party("m", "1", "150603199005209010"), party("w", "2", "150603199005209029")],
        "checkedInAt": at, "checkedInDate": "{accepted}",
        "marriage": { "certNumber": "J150627-2015-{n}", "date": "2015-06-18", "authority": "伊金霍洛旗民政局", "place": "MAINLAND" },
        "flags": [], "requiredMaterials": ["AGREEMENT", "ID_CARD", "MARRIAGE_CERTIFICATE"],
        "materialsSeen": ["ID_CARD", "AGREEMENT"], "competence": "HANDLE", "marriageCertsShown": 2,
        "lossStatement": false, "verifications": [], "counselling": [], "agreement": agreement,
        "registrarId": "registrar-01", "receiptNo": "LR150627-{n}", "acceptedAt": at,
        "acceptedDate": "{accepted}", "coolingOffEnd": "{end}", "claimFrom": "{from}", "claimUntil": "{until}",
        "calendarVersion": "bench", "provisionalDates": false, "withdrawal": null, "visits": [], "claim": null,
        "claimLimit": null, "certificateNumber": null, "decidedAt": null, "refusal": null,
        "terminationReason": null, "uploadNo": null, "documents": [], "history": history,
    })
}

/// A night.
struct Night {
    n_due: u64,
    ms: u64,
}

impl Night {
    fn per_second(&self) -> u64 {
        self.n_due * 1_000 / self.ms.max(1)
    }
}

/// The plugin without its watch over open divorces, which asks three departments about every open case, every night: what
/// that takes is theirs.
fn package_without_watch(folder: &Path) -> anyhow::Result<PathBuf> {
    let source = paths::repository().join("plugins/marriage-registration");
    repack(("marriage-registration", &source), folder, |copy| {
        let manifest = copy.join("plugin.toml");
        let text = fs::read_to_string(&manifest).context("cannot read the plugin's manifest")?;
        let (watches, rest): (Vec<_>, Vec<_>) = text
            .split("\n\n")
            .partition(|it| it.contains("[[schedule]]") && it.contains(WATCH));
        ensure!(watches.len() == 1, "expected one schedule {WATCH}");
        fs::write(&manifest, rest.join("\n\n")).context("cannot write the manifest")
    })
}

/// Moves the clock over midnight, night after night; at least `n_due` cases fall due in each.
async fn measured_nights(connection: &mut Connection, n_due: u64) -> anyhow::Result<Vec<Night>> {
    let mut nights = Vec::with_capacity(usize::from(MEASURED));
    for night in 1..=MEASURED {
        let to = FIRST_END.checked_add(i64::from(night).days())?;
        let started = Instant::now();
        // Runs and items of schedules are counted as well.
        let n_fired = advance(connection, &format!("{to}T00:30:00+08:00")).await?;
        ensure!(n_fired >= n_due, "expected {n_due} timers, {n_fired} fired");
        let ms = u64::try_from(started.elapsed().as_millis())?;
        eprintln!("   {to}: {n_due} cases in {ms} ms");
        nights.push(Night { n_due, ms });
    }
    Ok(nights)
}

async fn advance(connection: &mut Connection, to: &str) -> anyhow::Result<u64> {
    let input = json!({ "to": to, "idempotencyKey": to });
    let body = json!({ "query": ADVANCE, "variables": { "input": input } }).to_string();
    loop {
        let answer = connection.post(&body).await?;
        let answer: Value = serde_json::from_str(answer).context("the answer is not JSON")?;
        let moved = &answer["data"]["advanceClock"];
        if moved["complete"] == true {
            return moved["timersFired"].as_u64().context("a count is a number");
        }
    }
}

/// Every case of these nights has come to its window.
async fn none_left(server: &Server) -> anyhow::Result<()> {
    let supervisor = server.token(&["--id", "supervisor-01", "--role", "SUPERVISOR"])?;
    let mut connection = Connection::open(server.url(), &supervisor).await?;
    let until = FIRST_END.checked_add(i64::from(MEASURED - 1).days())?;
    let variables = json!({ "until": until.to_string() });
    let body = json!({ "query": LEFT, "variables": variables }).to_string();
    let answer = connection.post(&body).await?;
    ensure!(member(answer, "caseNo").is_err(), "left behind: {answer}");
    Ok(())
}
