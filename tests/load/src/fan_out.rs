//! One command that concerns very many: a signal, a large multi-instance, a migration. How fast that is worked off, and
//! what others feel of it meanwhile.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::beside::{Beside, LOOK};
use crate::client::{Connection, member};
use crate::load;
use crate::model;
use crate::place::{Ground, Place};
use crate::scale::Scale;
use crate::table::Row;

/// Instances that wait, and iterations, at full scale.
const FULL: u64 = 1_000_000;
/// More iterations than these no multi-instance may have.
const MOST: u64 = 100_000;
const OPENERS: usize = 64;

const WAITING: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="http://tongban/load">
  <signal id="go" name="go"/>
  <process id="waiting" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="wait"/>
    <intermediateCatchEvent id="wait"><signalEventDefinition signalRef="go"/></intermediateCatchEvent>
    <sequenceFlow id="f2" sourceRef="wait" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;
const MANY: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://tongban/load">
  <process id="many" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="each"/>
    <serviceTask id="each">
      <extensionElements><zeebe:taskDefinition type="tongban:noop"/></extensionElements>
      <multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">=COUNT</loopCardinality></multiInstanceLoopCharacteristics>
    </serviceTask>
    <sequenceFlow id="f2" sourceRef="each" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

const SIGNAL: &str =
    "mutation($i:BroadcastSignalInput!){broadcastSignal(input:$i){userErrors{code message{en}}}}";
const BATCH: &str =
    "mutation($i:StartBatchInput!){startBatch(input:$i){batch{id}userErrors{code message{en}}}}";
const PROGRESS: &str = "query($id:ID!){batch(id:$id){state selected done failed}}";
const OPEN: &str = "query($k:String!){processInstances(first:1,filter:{processKey:$k,statuses:[ACTIVE]}){nodes{id}}}";

/// What others feel when nothing else happens, then beside each of the three.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let n = scale.share_of(FULL).clamp(100, MOST);
    let database = place.database("fan_out")?;
    let server = database.serve(Ground::Plain, Vec::new())?;
    let token = model::operator(&server)?;
    let ground = Beside {
        place,
        server: &server,
        token: &token,
        n,
    };
    deploy(&ground).await?;
    load::open(&server, &token, "waiting", OPENERS, n).await?;
    deploy_another_version(&ground).await?;
    let rows = vec![
        ground.nothing(scale).await?,
        ground
            .work("dry run of a migration", migrate(&ground, true))
            .await?,
        ground.work("migration", migrate(&ground, false)).await?,
        ground.work("signal", signal(&ground)).await?,
        ground.work("multi-instance", iterate(&ground)).await?,
    ];
    server.stop()?;
    Ok(rows)
}

async fn deploy(ground: &Beside<'_>) -> anyhow::Result<()> {
    model::deploy(ground.server, ground.token).await?;
    let many = MANY.replace("COUNT", &ground.n.to_string());
    let files = [("waiting.bpmn", WAITING), ("many.bpmn", many.as_str())];
    model::deploy_files(ground.server, ground.token, "first", &files).await
}

async fn deploy_another_version(ground: &Beside<'_>) -> anyhow::Result<()> {
    let renamed = WAITING.replace("id=\"wait\"", "id=\"wait\" name=\"wait\"");
    let files = [("waiting.bpmn", renamed.as_str())];
    model::deploy_files(ground.server, ground.token, "second", &files).await
}

async fn signal(ground: &Beside<'_>) -> anyhow::Result<()> {
    let mut connection = ground.connection().await?;
    let input = json!({ "name": "go", "idempotencyKey": "go" });
    let body = json!({ "query": SIGNAL, "variables": { "i": input } });
    connection.post(&body.to_string()).await?;
    none_open(&mut connection, "waiting").await
}

async fn iterate(ground: &Beside<'_>) -> anyhow::Result<()> {
    let mut connection = ground.connection().await?;
    model::start(&mut connection, "many", "many").await?;
    none_open(&mut connection, "many").await
}

/// Takes all that wait to the other version, or looks whether that can be done.
async fn migrate(ground: &Beside<'_>, dry_run: bool) -> anyhow::Result<()> {
    let key = format!("migrate-{dry_run}");
    let mut connection = ground.connection().await?;
    let input = json!({
        "action": "MIGRATE", "processKey": "waiting", "version": 1, "targetVersion": 2,
        "dryRun": dry_run, "idempotencyKey": key
    });
    let body = json!({ "query": BATCH, "variables": { "i": input } });
    let batch = member(connection.post(&body.to_string()).await?, "id")?.to_owned();
    let body = json!({ "query": PROGRESS, "variables": { "id": batch } }).to_string();
    loop {
        let answer: Value = serde_json::from_str(connection.post(&body).await?)?;
        let batch = &answer["data"]["batch"];
        if batch["state"] == "DONE" {
            let is_whole = batch["done"] == ground.n && batch["failed"] == 0;
            ensure!(is_whole, "expected {} instances: {batch}", ground.n);
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn none_open(connection: &mut Connection, process: &str) -> anyhow::Result<()> {
    let body = json!({ "query": OPEN, "variables": { "k": process } }).to_string();
    while member(connection.post(&body).await?, "id").is_ok() {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
