//! Instances run to where they wait, and to their ends.

use serde_json::json;
use tongban_runtime::command::process_instance::ProcessInstanceCommand;
use tongban_runtime::command::{Command, IncidentId};
use tongban_runtime::outcome::Done;
use tongban_store::row::process_instance::Status;

use crate::support::{
    World, definitions, eventually, options, principal, request, sequence, service, timer, user,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_of_service_tasks_runs_to_its_end_in_one_command() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence(
            "p",
            &[service("one", "ok"), service("two", "ok")],
        ))
        .await;
    let id = world.start("p", json!({})).await;
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_task_waits_and_its_completion_is_visible_at_once() {
    let world = World::new(options()).await;
    world.deploy(&sequence("p", &[user("a"), user("b")])).await;
    let id = world.start("p", json!({})).await;
    for element in ["a", "b"] {
        let task = world.open_task().await;
        assert_eq!(&*world.open_tasks().await[0].element_id, element);
        world.complete(task).await.unwrap();
    }
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_fires_by_itself_and_once() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence(
            "p",
            &[timer("wait", "PT0.05S"), service("after", "ok")],
        ))
        .await;
    let id = world.start("p", json!({})).await;
    eventually(async || world.status(id).await == Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_activity_starts_its_process_and_goes_on_when_it_returns() {
    let world = World::new(options()).await;
    world.deploy(&sequence("child", &[user("inner")])).await;
    let call = r#"<callActivity id="call"><extensionElements><zeebe:calledElement processId="child" propagateAllChildVariables="true"/></extensionElements></callActivity>"#;
    world
        .deploy(&sequence("parent", &[("call", call.to_owned())]))
        .await;
    let id = world.start("parent", json!({"n": 1})).await;
    assert_eq!(world.status(id).await, Status::Active);
    let task = world.open_task().await;
    assert_ne!(task.process_instance, id);
    world.complete(task).await.unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_the_caller_cancels_the_called_process() {
    let world = World::new(options()).await;
    world.deploy(&sequence("child", &[user("inner")])).await;
    let call = r#"<callActivity id="call"><extensionElements><zeebe:calledElement processId="child"/></extensionElements></callActivity>"#;
    world
        .deploy(&sequence("parent", &[("call", call.to_owned())]))
        .await;
    let id = world.start("parent", json!({})).await;
    let child = world.open_task().await.process_instance;
    world
        .run(Command::CancelProcessInstance {
            process_instance: id,
        })
        .await
        .unwrap();
    assert_eq!(world.status(id).await, Status::Canceled);
    assert_eq!(world.status(child).await, Status::Canceled);
    assert!(world.open_tasks().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_an_unknown_process_is_an_incident_that_can_be_resolved() {
    let world = World::new(options()).await;
    let call = r#"<callActivity id="call"><extensionElements><zeebe:calledElement processId="child"/></extensionElements></callActivity>"#;
    world
        .deploy(&sequence("parent", &[("call", call.to_owned())]))
        .await;
    let id = world.start("parent", json!({})).await;
    let incidents = world.incidents().await;
    assert_eq!(&*incidents[0].kind, "INCIDENT_CALLED_PROCESS_FAILED");
    world
        .deploy(&sequence("child", &[service("inner", "ok")]))
        .await;
    let incident = IncidentId {
        process_instance: id,
        number: incidents[0].id.0,
    };
    world
        .run(Command::ResolveIncident {
            incident,
            variables: serde_json::Value::Null,
            reason: None,
        })
        .await
        .unwrap();
    assert_eq!(world.status(id).await, Status::Completed);
}

const MESSAGES: &str = r#"<message id="m" name="PAID"><extensionElements><zeebe:subscription correlationKey="=caseNo"/></extensionElements></message>
  <process id="waits" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="catch"/>
  <intermediateCatchEvent id="catch"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
  <sequenceFlow id="f2" sourceRef="catch" targetRef="end"/><endEvent id="end"/></process>"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_those_who_wait_under_its_key_and_nobody_else() {
    let world = World::new(options()).await;
    world.deploy(MESSAGES).await;
    let one = world.start("waits", json!({"caseNo": "1"})).await;
    let other = world.start("waits", json!({"caseNo": "2"})).await;
    let publish = |key: &str| Command::PublishMessage {
        name: "PAID".into(),
        correlation_key: Some(key.into()),
        variables: json!({"amount": 9}),
        time_to_live_us: 0,
        message_id: None,
    };
    let outcome = world.run(publish("1")).await.unwrap();
    assert_eq!(
        outcome.done,
        Done::MessagePublished {
            process_instances: vec![one]
        }
    );
    assert_eq!(world.status(one).await, Status::Completed);
    assert_eq!(world.status(other).await, Status::Active);
    let nobody = world.run(publish("3")).await.unwrap();
    assert_eq!(
        nobody.done,
        Done::MessagePublished {
            process_instances: vec![]
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_starts_the_process_whose_start_event_names_it() {
    let world = World::new(options()).await;
    world
        .deploy(r#"<message id="m" name="APPLY"/><process id="p" isExecutable="true"><startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent><sequenceFlow id="f" sourceRef="start" targetRef="end"/><endEvent id="end"/></process>"#)
        .await;
    let publish = Command::PublishMessage {
        name: "APPLY".into(),
        correlation_key: None,
        variables: json!({}),
        time_to_live_us: 0,
        message_id: None,
    };
    let outcome = world.run(publish).await.unwrap();
    let Done::MessagePublished { process_instances } = outcome.done else {
        panic!()
    };
    assert_eq!(process_instances.len(), 1);
    assert_eq!(world.status(process_instances[0]).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_is_an_incident_and_what_came_before_stays() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[user("a"), service("work", "fail")]))
        .await;
    let id = world.start("p", json!({})).await;
    world.complete(world.open_task().await).await.unwrap();
    let incidents = world.incidents().await;
    assert_eq!(incidents.len(), 1);
    assert_eq!(&*incidents[0].message, "it failed");
    assert_eq!(world.status(id).await, Status::Active);
    assert!(world.open_tasks().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_asks_for_another_attempt_gets_it() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[service("work", "retry_once")]))
        .await;
    let id = world.start("p", json!({})).await;
    eventually(async || world.status(id).await == Status::Completed).await;
    assert!(world.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_error_takes_the_path_of_its_boundary_event() {
    let world = World::new(options()).await;
    let body = r#"<error id="e" errorCode="NO"/><process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
      <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="business"/></extensionElements></serviceTask>
      <boundaryEvent id="no" attachedToRef="work"><errorEventDefinition errorRef="e"/></boundaryEvent>
      <sequenceFlow id="f2" sourceRef="no" targetRef="refused"/><userTask id="refused"><extensionElements><zeebe:userTask/></extensionElements></userTask>
      <sequenceFlow id="f3" sourceRef="work" targetRef="end"/><sequenceFlow id="f4" sourceRef="refused" targetRef="end"/><endEvent id="end"/></process>"#;
    world.deploy(body).await;
    world.start("p", json!({})).await;
    assert_eq!(&*world.open_tasks().await[0].element_id, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_type_that_nobody_serves_waits_for_a_worker() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[service("work", "nobody")]))
        .await;
    let id = world.start("p", json!({})).await;
    assert_eq!(world.status(id).await, Status::Active);
    assert!(world.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_jobs_in_one_process_go_on_beyond_one_command() {
    let mut bounded = options();
    bounded.bounds.jobs_per_command_max = 3;
    let world = World::new(bounded).await;
    let tasks: Vec<_> = (0..20)
        .map(|number| service(&format!("t{number}"), "ok"))
        .collect();
    world.deploy(&sequence("p", &tasks)).await;
    let id = world.start("p", json!({})).await;
    eventually(async || world.status(id).await == Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_that_never_waits_halts_its_instance_and_nothing_else() {
    let mut bounded = options();
    bounded.bounds.rounds_without_wait_max = 3;
    bounded.core_limits.steps_max = 50;
    let world = World::new(bounded).await;
    world
        .deploy(r#"<process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="t"/>
          <exclusiveGateway id="t" default="f2"/><task id="u"/><sequenceFlow id="f2" sourceRef="t" targetRef="u"/><sequenceFlow id="f3" sourceRef="u" targetRef="t"/>
          <sequenceFlow id="f4" sourceRef="t" targetRef="end"><conditionExpression>=false</conditionExpression></sequenceFlow><endEvent id="end"/></process>"#)
        .await;
    let id = world.start("p", json!({})).await;
    eventually(async || world.status(id).await == Status::Halted).await;
    world.deploy(&sequence("q", &[service("one", "ok")])).await;
    let other = world.start("q", json!({})).await;
    assert_eq!(world.status(other).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_that_never_waited_goes_on_once_its_condition_holds() {
    let mut bounded = options();
    bounded.bounds.rounds_without_wait_max = 3;
    bounded.core_limits.steps_max = 50;
    let world = World::new(bounded).await;
    world
        .deploy(r#"<process id="p" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="t"/>
          <exclusiveGateway id="t" default="f2"/><task id="u"/><sequenceFlow id="f2" sourceRef="t" targetRef="u"/><sequenceFlow id="f3" sourceRef="u" targetRef="t"/>
          <sequenceFlow id="f4" sourceRef="t" targetRef="end"><conditionExpression>=done</conditionExpression></sequenceFlow><endEvent id="end"/></process>"#)
        .await;
    let id = world.start("p", json!({ "done": false })).await;
    eventually(async || world.status(id).await == Status::Halted).await;
    let recover = Command::ProcessInstance(ProcessInstanceCommand::Recover {
        process_instance: id,
        variables: json!({ "done": true }),
        suspended: false,
        reason: None,
    });
    world.run(recover).await.unwrap();
    eventually(async || world.status(id).await == Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_claimed_by_one_person_and_completed_by_the_same() {
    let world = World::new(options()).await;
    world
        .deploy(&sequence("p", &[("a", r#"<userTask id="a"><extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="REGISTRAR"/></extensionElements></userTask>"#.to_owned())]))
        .await;
    world.start("p", json!({})).await;
    let task = world.open_task().await;
    let by = async |id: &str, roles: &[&str], command: Command| {
        let mut request = request(command, None);
        request.principal = principal(id, roles);
        world.handle.execute(request).await
    };
    let claim = || Command::ClaimUserTask { user_task: task };
    let error = by("zhao", &["RECEPTION"], claim()).await.unwrap_err();
    assert_eq!(error.code(), "USER_TASK_NOT_CANDIDATE");
    by("li", &["REGISTRAR"], claim()).await.unwrap();
    let error = by("wang", &["REGISTRAR"], claim()).await.unwrap_err();
    assert_eq!(error.code(), "USER_TASK_ASSIGNED");
    let complete = || Command::CompleteUserTask {
        user_task: task,
        variables: json!({}),
        dry_run: false,
    };
    assert_eq!(
        by("wang", &["REGISTRAR"], complete())
            .await
            .unwrap_err()
            .code(),
        "USER_TASK_ASSIGNED"
    );
    by("li", &["REGISTRAR"], complete()).await.unwrap();
    assert_eq!(
        by("li", &["REGISTRAR"], complete())
            .await
            .unwrap_err()
            .code(),
        "USER_TASK_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_table_decides_within_the_command() {
    let world = World::new(options()).await;
    let dmn = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
      <decision id="size" name="size"><decisionTable id="t" hitPolicy="UNIQUE">
      <input id="i"><inputExpression id="ie" typeRef="number"><text>n</text></inputExpression></input><output id="o" name="size" typeRef="string"/>
      <rule id="r1"><inputEntry id="e1"><text>&lt; 10</text></inputEntry><outputEntry id="o1"><text>"small"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="e2"><text>&gt;= 10</text></inputEntry><outputEntry id="o2"><text>"large"</text></outputEntry></rule>
      </decisionTable></decision></definitions>"#;
    let bpmn = definitions(&sequence("p", &[
        ("decide", r#"<businessRuleTask id="decide"><extensionElements><zeebe:calledDecision decisionId="size" resultVariable="size"/></extensionElements></businessRuleTask>"#.to_owned()),
        ("a", r#"<userTask id="a"><extensionElements><zeebe:userTask/><zeebe:assignmentDefinition assignee="=size"/></extensionElements></userTask>"#.to_owned()),
    ]));
    let resource = |name: &str, text: &str| tongban_runtime::command::Resource {
        name: name.into(),
        content: text.into(),
        effective_from: None,
    };
    let resources = vec![resource("d.dmn", dmn), resource("p.bpmn", &bpmn)];
    world.run(Command::Deploy { resources }).await.unwrap();
    world.start("p", json!({"n": 12})).await;
    assert_eq!(world.incidents().await, []);
    assert_eq!(
        world.open_tasks().await[0].assignee.as_deref(),
        Some("large")
    );
}
