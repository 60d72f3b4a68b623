//! The processes that are measured, and one instance of each from start to end.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;
use tongban_tests_support::server::Server;

use crate::civil;
use crate::client::{Connection, member};
use crate::place::Ground;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// Start, a job that the server does by itself, end: one request.
    OneTask,
    /// Start, task A, task B, end: five requests.
    TwoUser,
    /// A marriage from the check-in to the archive: eight mutations, with the plugin in each.
    Civil,
}

const ONE_TASK: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://tongban/load">
  <process id="one_task" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="task"/>
    <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="tongban:noop"/></extensionElements></serviceTask>
    <sequenceFlow id="f2" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

const TWO_USER: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://tongban/load">
  <process id="two_user" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="a"/>
    <userTask id="a" name="A"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f2" sourceRef="a" targetRef="b"/>
    <userTask id="b" name="B"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f3" sourceRef="b" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

const START: &str = "mutation($i:StartProcessInput!){startProcess(input:$i){processInstance{id status}userErrors{code message{en}}}}";
const TASKS: &str =
    "query($i:ID!){userTasks(first:5,filter:{processInstanceId:$i}){nodes{id elementId}}}";
const COMPLETE: &str = "mutation($i:CompleteUserTaskInput!){completeUserTask(input:$i){userTask{state}userErrors{code message{en}}}}";

impl Model {
    /// Its BPMN process id.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::OneTask => "one_task",
            Self::TwoUser => "two_user",
            Self::Civil => "civil",
        }
    }

    /// What its server has to know.
    pub(crate) fn ground(self) -> Ground {
        match self {
            Self::OneTask | Self::TwoUser => Ground::Plain,
            Self::Civil => Ground::Civil,
        }
    }

    /// The token of its clients.
    pub(crate) fn token(self, server: &Server) -> anyhow::Result<String> {
        match self {
            Self::OneTask | Self::TwoUser => operator(server),
            Self::Civil => civil::token(server),
        }
    }

    /// Brings the process to the server, if it is not there.
    pub(crate) async fn deploy(self, server: &Server, token: &str) -> anyhow::Result<()> {
        match self {
            Self::OneTask | Self::TwoUser => deploy(server, token).await,
            // It comes with its plugin.
            Self::Civil => Ok(()),
        }
    }

    /// Runs one instance from start to end; gives the latency that counts. `key` is new for each.
    pub(crate) async fn instance(
        self,
        connection: &mut Connection,
        key: &str,
    ) -> anyhow::Result<Duration> {
        if self == Self::Civil {
            return civil::instance(connection, key).await;
        }
        let started = Instant::now();
        let answer = start(connection, self.key(), key).await?;
        match self {
            Self::OneTask => {
                let latency = started.elapsed();
                ensure!(
                    answer.contains("\"COMPLETED\""),
                    "expected the instance to be over: {answer}"
                );
                Ok(latency)
            }
            Self::TwoUser | Self::Civil => {
                let instance = member(answer, "id")?.to_owned();
                let a = task(connection, &instance, "a").await?;
                let started = Instant::now();
                complete(connection, &a, key, "a").await?;
                let b = task(connection, &instance, "b").await?;
                let latency = started.elapsed();
                complete(connection, &b, key, "b").await?;
                Ok(latency)
            }
        }
    }
}

/// Starts an instance of a process and gives the answer.
pub(crate) async fn start<'c>(
    connection: &'c mut Connection,
    process: &str,
    key: &str,
) -> anyhow::Result<&'c str> {
    let body = format!(
        r#"{{"query":"{START}","variables":{{"i":{{"processKey":"{process}","variables":{{"n":1}},"idempotencyKey":"{key}"}}}}}}"#
    );
    connection.post(&body).await
}

/// A token of an operator.
pub(crate) fn operator(server: &Server) -> anyhow::Result<String> {
    server.token(&["--id", "operator", "--role", "OPERATOR"])
}

/// The id of the instance's open task, which must be the one of `element`: a list that lags is an error.
async fn task(
    connection: &mut Connection,
    instance: &str,
    element: &str,
) -> anyhow::Result<String> {
    let body = format!(r#"{{"query":"{TASKS}","variables":{{"i":"{instance}"}}}}"#);
    let answer = connection.post(&body).await?;
    let found = member(answer, "elementId")?;
    ensure!(
        found == element,
        "expected task {element} in the list, found {answer}"
    );
    Ok(member(answer, "id")?.to_owned())
}

async fn complete(
    connection: &mut Connection,
    task: &str,
    key: &str,
    step: &str,
) -> anyhow::Result<()> {
    let body = format!(
        r#"{{"query":"{COMPLETE}","variables":{{"i":{{"userTaskId":"{task}","variables":{{}},"idempotencyKey":"{key}-{step}"}}}}}}"#
    );
    connection.post(&body).await.map(|_| ())
}

/// Deploys both processes.
pub(crate) async fn deploy(server: &Server, token: &str) -> anyhow::Result<()> {
    let files = [("one_task.bpmn", ONE_TASK), ("two_user.bpmn", TWO_USER)];
    deploy_files(server, token, "deploy", &files).await
}

/// Deploys files, each by its name and text.
pub(crate) async fn deploy_files(
    server: &Server,
    token: &str,
    key: &str,
    files: &[(&str, &str)],
) -> anyhow::Result<()> {
    let query = "mutation($i:DeployInput!){deploy(input:$i){deployment{processes{key}}userErrors{code message{en}}}}";
    let resource = |(name, content): &(&str, &str)| json!({ "name": name, "content": content });
    let resources: Vec<_> = files.iter().map(resource).collect();
    let input = json!({ "resources": resources, "idempotencyKey": key });
    let body = json!({ "query": query, "variables": { "i": input } }).to_string();
    let mut connection = Connection::open(server.url(), token).await?;
    connection.post(&body).await.map(|_| ())
}
