//! The life of a change of the configuration, and what a plugin's upgrade leaves of it.

use serde_json::json;
use tongban_runtime::command::Command;
use tongban_runtime::command::configuration_item::{ConfigurationItemCommand, Draft, DraftTarget};
use tongban_runtime::configuration_item::{
    ConfigurationItem, Finding, ItemAction, ItemState, findings,
};
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::Done;
use tongban_store::query::definition::{
    Version, decision_versions, get_decision_as_of, get_process_by_key,
};
use tongban_store::row::definition::Origin;

use crate::plugin::{act, edited, world_with};
use crate::support::{
    HOUR, MORNING, World, definitions, manual, principal, sequence, tenant, user,
};

const FEE: &str = include_str!("../../../host/tests/guests/hostile/plugin/decisions/fee.dmn");
const MIDNIGHT_6_MARCH: i64 = MORNING + 15 * HOUR;

async fn world() -> World {
    world_with(manual()).await
}

pub(crate) fn draft(kind: &str, key: &str, content: Option<&str>, from: Option<&str>) -> Draft {
    Draft {
        target: DraftTarget::New {
            kind: kind.to_owned(),
            key: key.to_owned(),
        },
        ends: content.is_none(),
        content: content.map(str::to_owned),
        effective_from: from.map(str::to_owned),
        note: "旗里的收费标准".to_owned(),
    }
}

pub(crate) async fn run_as(
    world: &World,
    who: &str,
    command: ConfigurationItemCommand,
) -> Result<i64, CommandError> {
    let by = principal(who, &["ADMIN"]);
    let outcome = world.run_as(by, Command::Configuration(command)).await?;
    match outcome.done {
        Done::ConfigurationItemChanged { item } => Ok(item),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn item(world: &World, id: i64) -> ConfigurationItem {
    let found = world.handle.configuration_item("150627", id).await;
    found.unwrap().unwrap()
}

async fn saved(world: &World, draft: Draft) -> i64 {
    let save = ConfigurationItemCommand::Save(draft);
    run_as(world, "li", save).await.unwrap()
}

pub(crate) async fn checked(world: &World, draft: Draft) -> (i64, Vec<Finding>) {
    let id = saved(world, draft).await;
    let check = ConfigurationItemCommand::Check { item: id };
    run_as(world, "li", check).await.unwrap();
    (id, findings(&item(world, id).await))
}

fn approve(item: i64, expected_version: i64) -> ConfigurationItemCommand {
    ConfigurationItemCommand::Approve {
        item,
        expected_version,
    }
}

/// Written by one, approved by another.
pub(crate) async fn approved(world: &World, draft: Draft) -> i64 {
    let (id, found) = checked(world, draft).await;
    assert!(found.iter().all(|it| !it.is_error), "{found:?}");
    run_as(world, "wu", approve(id, 1)).await.unwrap();
    id
}

async fn advance(world: &World, to: i64) {
    world.run(Command::AdvanceClock { to }).await.unwrap();
}

async fn refused(world: &World, who: &str, command: ConfigurationItemCommand) -> String {
    let error = run_as(world, who, command).await.unwrap_err();
    error.code().to_owned()
}

async fn fee_on(world: &World, date: &str) -> (i32, Origin) {
    let (database, tenant) = (world.handle.database(), tenant());
    let found = get_decision_as_of(database, &tenant, "fee", date).await;
    let found = found.unwrap().unwrap();
    (found.version, found.origin)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_effect_on_its_day_after_a_second_person_has_approved_it() {
    let world = world().await;
    let cheaper = FEE.replace("<text>5</text>", "<text>5 </text>");
    let (id, found) = checked(
        &world,
        draft("decision", "fee", Some(&cheaper), Some("2026-03-06")),
    )
    .await;
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(item(&world, id).await.state, ItemState::Checked);
    assert_eq!(
        refused(&world, "li", approve(id, 1)).await,
        "CONFIGURATION_SAME_PERSON"
    );
    assert_eq!(
        refused(&world, "wu", approve(id, 2)).await,
        "CONFIGURATION_CHANGED"
    );
    run_as(&world, "wu", approve(id, 1)).await.unwrap();
    let waiting = item(&world, id).await;
    assert_eq!(waiting.state, ItemState::Approved);
    assert_eq!(waiting.due_at, Some(MIDNIGHT_6_MARCH));
    assert_eq!(waiting.approved_by.as_deref(), Some("wu"));
    // Whoever asks by date sees it before its day.
    assert_eq!(fee_on(&world, "2026-03-05").await, (1, Origin::Plugin));
    assert_eq!(fee_on(&world, "2026-03-06").await, (2, Origin::County));
    advance(&world, MIDNIGHT_6_MARCH - 1).await;
    assert_eq!(item(&world, id).await.state, ItemState::Approved);
    advance(&world, MIDNIGHT_6_MARCH).await;
    let active = item(&world, id).await;
    assert_eq!(active.state, ItemState::Active);
    assert_eq!(active.activated_at, Some(MIDNIGHT_6_MARCH));
    let events = world
        .handle
        .configuration_events("150627", id)
        .await
        .unwrap();
    let done: Vec<(ItemAction, &str)> = events
        .iter()
        .map(|it| (it.action, &*it.principal))
        .collect();
    assert_eq!(
        done,
        [
            (ItemAction::Saved, "li"),
            (ItemAction::Checked, "li"),
            (ItemAction::Approved, "wu"),
            (ItemAction::Activated, "tongban"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_configures_has_the_role_for_it() {
    let world = world().await;
    let save = |kind: &str, key: &str| {
        let draft = draft(kind, key, Some("1"), None);
        Command::Configuration(ConfigurationItemCommand::Save(draft))
    };
    let clerk = || principal("he", &["CLERK"]);
    let code = async |kind: &str, key: &str| {
        let error = world.run_as(clerk(), save(kind, key)).await.unwrap_err();
        error.code().to_owned()
    };
    assert_eq!(
        code("parameter", "hostile/days").await,
        "CONFIGURATION_NOT_ALLOWED"
    );
    let configures = edited(&[
        ("plugin.toml", "version = \"0.1.0\"", "version = \"0.2.0\""),
        (
            "plugin.toml",
            "code = \"CLERK\"\n",
            "code = \"CLERK\"\nconfigures = true\n",
        ),
    ]);
    upgrade(&world, configures).await.unwrap();
    world
        .run_as(clerk(), save("parameter", "hostile/days"))
        .await
        .unwrap();
    // Staff and holidays stay with whoever administers the bureau.
    assert_eq!(code("staff", "he").await, "CONFIGURATION_NOT_ALLOWED");
    assert_eq!(code("calendar", "2027").await, "CONFIGURATION_NOT_ALLOWED");
    let unknown = world
        .run_as(clerk(), save("weather", "rain"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), "CONFIGURATION_KIND_UNKNOWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_everything_that_is_wrong_and_stores_it() {
    let world = world().await;
    // The plugin demands five for a copy, no look at ethnicity, and that the first is free.
    let wrong = FEE
        .replace(
            "<text>kind</text>",
            "<text>if ethnicity = \"x\" then kind else kind</text>",
        )
        .replace("<text>5</text>", "<text>6</text>")
        .replace("<text>0</text>", "<text>-1</text>");
    let (id, found) = checked(&world, draft("decision", "fee", Some(&wrong), None)).await;
    let texts: Vec<&str> = found.iter().map(|it| it.en.as_str()).collect();
    assert!(
        found.iter().all(|it| it.code == "FEE_WRONG" && it.is_error),
        "{found:?}"
    );
    for part in [
        "a copy: expected 5, found 6",
        "anything else: result >= 0",
        "ethnicity",
        "free",
    ] {
        assert!(
            texts.iter().any(|it| it.contains(part)),
            "{part}: {texts:?}"
        );
    }
    assert_eq!(texts.len(), 4);
    assert_eq!(item(&world, id).await.state, ItemState::Draft);
    assert_eq!(
        refused(&world, "wu", approve(id, 1)).await,
        "CONFIGURATION_STATE"
    );

    let (_, found) = checked(&world, draft("decision", "fee", Some("<x/>"), None)).await;
    assert_eq!(found[0].field.as_deref(), Some("/content"));
    let other = FEE.replace("id=\"fee\"", "id=\"other\"");
    let (_, found) = checked(&world, draft("decision", "fee", Some(&other), None)).await;
    assert_eq!(found[0].code, "CONFIGURATION_KEY_DIFFERS");
    let form = r#"{"id": "act", "components": [], "tongban:operation": "vanished"}"#;
    let (_, found) = checked(&world, draft("form", "act", Some(form), None)).await;
    assert_eq!(found[0].code, "OPERATION_NOT_FOUND");
    let (_, found) = checked(
        &world,
        draft("parameter", "hostile/days", Some("\"x\""), None),
    )
    .await;
    assert_eq!(found[0].code, "PARAMETER_TYPE");
    let (_, found) = checked(
        &world,
        draft("parameter", "hostile/since", Some("\"2019-12-31\""), None),
    )
    .await;
    assert_eq!(found[0].code, "PARAMETER_ASSERTION");
    assert_eq!(
        found[0].law_basis.as_ref().unwrap().1,
        "Some Act, article 1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_written_again_sent_back_and_taken_back() {
    let world = world().await;
    let (id, _) = checked(&world, draft("parameter", "hostile/days", Some("7"), None)).await;
    let reject = |reason: &str| ConfigurationItemCommand::Reject {
        item: id,
        expected_version: 1,
        reason: reason.to_owned(),
    };
    assert_eq!(refused(&world, "wu", reject(" ")).await, "INVALID_INPUT");
    run_as(&world, "wu", reject("缺依据")).await.unwrap();
    let again = |expected_version| {
        let target = DraftTarget::Existing {
            item: id,
            expected_version,
        };
        ConfigurationItemCommand::Save(Draft {
            target,
            ..draft("", "", Some("8"), Some("2026-04-01"))
        })
    };
    assert_eq!(
        refused(&world, "li", again(2)).await,
        "CONFIGURATION_CHANGED"
    );
    run_as(&world, "li", again(1)).await.unwrap();
    assert_eq!(item(&world, id).await.version, 2);
    // Whoever has once written at it does not approve it, though another wrote last.
    run_as(&world, "wu", again(2)).await.unwrap();
    run_as(&world, "he", ConfigurationItemCommand::Check { item: id })
        .await
        .unwrap();
    for who in ["li", "wu"] {
        assert_eq!(
            refused(&world, who, approve(id, 3)).await,
            "CONFIGURATION_SAME_PERSON"
        );
    }
    run_as(&world, "he", approve(id, 3)).await.unwrap();
    let withdraw = ConfigurationItemCommand::Withdraw {
        item: id,
        expected_version: 3,
        reason: "上级另有规定".to_owned(),
    };
    run_as(&world, "li", withdraw.clone()).await.unwrap();
    assert_eq!(item(&world, id).await.state, ItemState::Withdrawn);
    let parameters = world
        .handle
        .parameters("150627", None, Some("2026-05-01"))
        .await;
    let days = &parameters.unwrap()[0];
    assert_eq!((&days.value, days.versions.len()), (&json!(5), 0));
    assert_eq!(refused(&world, "li", withdraw).await, "CONFIGURATION_STATE");
    let events = world
        .handle
        .configuration_events("150627", id)
        .await
        .unwrap();
    let reasons: Vec<&str> = events
        .iter()
        .filter_map(|it| it.detail.as_deref())
        .collect();
    assert_eq!(reasons, ["缺依据", "上级另有规定"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_not_past_and_not_taken() {
    let world = world().await;
    let days =
        |value: &str, from: &str| draft("parameter", "hostile/days", Some(value), Some(from));
    let (past, _) = checked(&world, days("7", "2026-03-04")).await;
    assert_eq!(
        refused(&world, "wu", approve(past, 1)).await,
        "CONFIGURATION_DATE_PAST"
    );
    approved(&world, days("7", "2026-04-01")).await;
    let (second, _) = checked(&world, days("8", "2026-04-01")).await;
    assert_eq!(
        refused(&world, "wu", approve(second, 1)).await,
        "CONFIGURATION_DATE_TAKEN"
    );
    let no_date = ConfigurationItemCommand::Save(days("7", "1 April"));
    assert_eq!(refused(&world, "li", no_date).await, "INVALID_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_changes_on_its_date_and_goes_back() {
    let world = world().await;
    let days = |value, from| draft("parameter", "hostile/days", value, Some(from));
    let today = approved(&world, days(Some("7"), "2026-03-05")).await;
    // What is due today is in effect at once.
    assert_eq!(item(&world, today).await.state, ItemState::Active);
    let tomorrow = approved(&world, days(Some("8"), "2026-03-06")).await;
    approved(&world, days(None, "2026-03-07")).await;
    let given = async || {
        let outcome = world.run(act("configuration")).await.unwrap();
        match outcome.done {
            Done::OperationDone { result, .. } => result["days"].clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(given().await, 7);
    advance(&world, MIDNIGHT_6_MARCH).await;
    assert_eq!(given().await, 8);
    assert_eq!(item(&world, today).await.state, ItemState::Superseded);
    assert_eq!(item(&world, tomorrow).await.state, ItemState::Active);
    advance(&world, MIDNIGHT_6_MARCH + 24 * HOUR).await;
    assert_eq!(given().await, 5);
    // A case that is judged by an earlier date is judged by what held then.
    let asked = Command::InvokeOperation {
        operation: "act".into(),
        input: json!({"do": "configuration", "on": "2026-03-06"}),
        dry_run: false,
    };
    let Done::OperationDone { result, .. } = world.run(asked).await.unwrap().done else {
        panic!()
    };
    assert_eq!(result["days"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_county_goes_back_to_the_plugins_decision() {
    let world = world().await;
    let own = FEE.replace("<text>5</text>", "<text>5 </text>");
    approved(&world, draft("decision", "fee", Some(&own), None)).await;
    assert_eq!(fee_on(&world, "2026-03-05").await, (2, Origin::County));
    approved(&world, draft("decision", "fee", None, Some("2026-03-06"))).await;
    advance(&world, MIDNIGHT_6_MARCH).await;
    assert_eq!(fee_on(&world, "2026-03-05").await, (2, Origin::County));
    assert_eq!(fee_on(&world, "2026-03-06").await, (1, Origin::Plugin));
    let (_, found) = checked(&world, draft("decision", "nothing", None, None)).await;
    assert_eq!(found[0].code, "CONFIGURATION_NO_ORIGINAL");
}

/// The life of a change without a plugin, on whatever database.
pub(crate) async fn a_member_of_staff_begins_tomorrow(world: &World) {
    let member = r#"{"name": "其其格", "roles": ["ADMIN"]}"#;
    let id = approved(
        world,
        draft("staff", "qiqige", Some(member), Some("2026-03-06")),
    )
    .await;
    let find = async || {
        let (database, tenant) = (world.handle.database(), tenant());
        let found = tongban_store::query::configuration::staff_member(database, &tenant, "qiqige");
        found.await.unwrap()
    };
    assert!(find().await.is_none());
    advance(world, MIDNIGHT_6_MARCH).await;
    assert!(find().await.unwrap().active);
    assert_eq!(item(world, id).await.state, ItemState::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_and_holidays_are_configured_alike() {
    let world = world().await;
    let member = r#"{"name": "其其格", "roles": ["CLERK", "JUGGLER"], "division": "150627"}"#;
    let (id, found) = checked(&world, draft("staff", "qiqige", Some(member), None)).await;
    assert_eq!(
        (found[0].code.as_str(), found[0].is_error),
        ("STAFF_ROLE_UNKNOWN", false)
    );
    run_as(&world, "wu", approve(id, 1)).await.unwrap();
    let (database, tenant) = (world.handle.database(), tenant());
    let find = async || {
        let found = tongban_store::query::configuration::staff_member(database, &tenant, "qiqige");
        found.await.unwrap().unwrap()
    };
    assert!(find().await.active);
    approved(&world, draft("staff", "qiqige", None, None)).await;
    assert!(!find().await.active);

    let year = json!({"schema_version": 1, "timezone": "Asia/Shanghai", "weekend_iso_weekdays": [6, 7],
        "years": {"2027": {"status": "confirmed", "off_days": [{"date": "2027-02-05", "name": "春节", "statutory": true}], "work_days": []}}});
    approved(
        &world,
        draft("calendar", "2027", Some(&year.to_string()), None),
    )
    .await;
    let years = tongban_store::query::configuration::calendar(database, &tenant).await;
    assert_eq!(years.unwrap()[0].year, 2027);
    let (_, found) = checked(
        &world,
        draft("calendar", "2028", Some(&year.to_string()), None),
    )
    .await;
    assert_eq!(found[0].code, "CONFIGURATION_KEY_DIFFERS");
    let (_, found) = checked(&world, draft("calendar", "2027", None, None)).await;
    assert_eq!(found[0].code, "CONFIGURATION_CANNOT_END");
}

async fn upgrade(world: &World, package: std::sync::Arc<[u8]>) -> Result<Done, CommandError> {
    world.run(Command::InstallPlugin { package }).await?;
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.2.0".into(),
    };
    Ok(world.run(activate).await?.done)
}

const VERSION: (&str, &str, &str) = ("plugin.toml", "version = \"0.1.0\"", "version = \"0.2.0\"");

#[tokio::test(flavor = "multi_thread")]
async fn the_countys_own_process_survives_the_plugins_upgrade() {
    let process = |task: &str| definitions(&sequence("counter", &[user(task)]));
    let world = World::new(manual()).await;
    let first = edited(&[("processes/counter.bpmn", "", &process("plugin_1"))]);
    world
        .run(Command::InstallPlugin { package: first })
        .await
        .unwrap();
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.1.0".into(),
    };
    world.run(activate).await.unwrap();
    let own = process("county");
    let id = approved(&world, draft("process", "counter", Some(&own), None)).await;
    let before = item(&world, id).await;
    assert_eq!(before.plugin.as_deref(), Some("hostile"));
    assert!(!world.handle.is_original_changed("150627", &before));
    let difference = world
        .handle
        .configuration_difference("150627", &before)
        .await;
    let difference = difference.unwrap().unwrap();
    assert!(
        difference.contains("plugin_1") && difference.contains("+"),
        "{difference}"
    );
    let task = async || {
        world.start("counter", json!({})).await;
        let tasks = world.open_tasks().await;
        tasks
            .iter()
            .map(|it| it.element_id.to_string())
            .max_by_key(|it| it.len())
            .unwrap_or_default()
    };
    let newest = async || {
        let (database, tenant) = (world.handle.database(), tenant());
        let found = get_process_by_key(database, &tenant, "counter", Version::Latest).await;
        let found = found.unwrap().unwrap();
        (found.version, found.origin)
    };
    assert_eq!(newest().await, (2, Origin::County));
    assert_eq!(task().await, "county");

    let second = edited(&[
        VERSION,
        ("processes/counter.bpmn", "", &process("plugin_2")),
    ]);
    upgrade(&world, second).await.unwrap();
    assert_eq!(newest().await, (4, Origin::County));
    let after = item(&world, id).await;
    assert_eq!(after.state, ItemState::Active);
    assert!(world.handle.is_original_changed("150627", &after));

    // Ended, it leaves what the plugin brings now.
    approved(&world, draft("process", "counter", None, None)).await;
    assert_eq!(newest().await, (5, Origin::Plugin));
    assert_eq!(item(&world, id).await.state, ItemState::Superseded);
    assert_eq!(task().await, "plugin_2");
}

/// Decides the fee, then waits with it.
fn asks_for_the_fee(task: &str) -> String {
    let rule = r#"<businessRuleTask id="decide"><extensionElements><zeebe:calledDecision decisionId="fee" resultVariable="fee" bindingType="deployment"/></extensionElements></businessRuleTask>"#;
    definitions(&sequence(
        "counter",
        &[("decide", rule.to_owned()), user(task)],
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bound_to_the_deployment_yields_to_the_countys_own() {
    let package = edited(&[
        ("processes/counter.bpmn", "", &asks_for_the_fee("a")),
        ("plugin.toml", "vectors = \"fixtures/fee.json\"\n", ""),
    ]);
    let world = World::new(manual()).await;
    world.run(Command::InstallPlugin { package }).await.unwrap();
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.1.0".into(),
    };
    world.run(activate).await.unwrap();
    let evidence = async || {
        let id = world.start("counter", json!({"kind": "COPY"})).await;
        let page = tongban_store::query::page::PageRequest::first(10);
        let history = world.handle.history("150627", id, &page).await.unwrap();
        let events = history.into_nodes().into_iter().flat_map(|it| it.events);
        let decided = events.filter_map(|it| it.decision).next().unwrap();
        let rules: Vec<_> = decided
            .rules
            .iter()
            .filter_map(|it| it.rule_id.clone())
            .collect();
        assert_eq!(rules.len(), 1, "{decided:?}");
        (
            decided.version,
            decided.effective_from.clone(),
            rules[0].to_string(),
        )
    };
    assert_eq!(evidence().await, (1, None, "copy".to_owned()));
    let own = FEE.replace("<text>5</text>", "<text>6</text>");
    approved(&world, draft("decision", "fee", Some(&own), None)).await;
    let from = Some("2026-03-05".into());
    assert_eq!(evidence().await, (2, from.clone(), "copy".to_owned()));
    // A process of the county's own comes without the decision to which it is bound.
    approved(
        &world,
        draft("process", "counter", Some(&asks_for_the_fee("b")), None),
    )
    .await;
    assert_eq!(evidence().await, (2, from, "copy".to_owned()));
    approved(&world, draft("decision", "fee", None, Some("2026-03-06"))).await;
    advance(&world, MIDNIGHT_6_MARCH).await;
    assert_eq!(evidence().await, (1, None, "copy".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_says_what_it_finds_against_the_countys_own() {
    let world = world().await;
    let own = FEE.replace("<text>5</text>", "<text>5 </text>");
    let id = approved(&world, draft("decision", "fee", Some(&own), None)).await;
    // The new version demands six for a copy, of its own decision too.
    let stricter = edited(&[
        VERSION,
        ("fixtures/fee.json", "\"expect\": 5", "\"expect\": 6"),
        ("decisions/fee.dmn", "<text>5</text>", "<text>6</text>"),
    ]);
    let done = upgrade(&world, stricter).await.unwrap();
    let Done::PluginActivated { deployed, .. } = done else {
        panic!("{done:?}")
    };
    let codes: Vec<&str> = deployed
        .warnings
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert!(codes.contains(&"CONFIGURATION_RECHECK"), "{codes:?}");
    let kept = item(&world, id).await;
    assert_eq!(kept.state, ItemState::Active);
    assert_eq!(findings(&kept)[0].code, "FEE_WRONG");
    assert_eq!(fee_on(&world, "2026-03-05").await.1, Origin::County);
    let events = world
        .handle
        .configuration_events("150627", id)
        .await
        .unwrap();
    let last = events.last().unwrap();
    assert_eq!(
        (last.action, last.detail.as_deref()),
        (ItemAction::Rechecked, Some("hostile@0.2.0"))
    );
}

const RATES: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="rates" name="rates" namespace="urn:rates">
  <decision id="rate" name="rate"><variable name="rate" typeRef="number"/><literalExpression><text>5</text></literalExpression></decision>
</definitions>"#;

/// The files by which the newest version of the county's fee is decided.
async fn imports_of_fee(world: &World) -> (Origin, Vec<std::sync::Arc<str>>) {
    let database = world.handle.database();
    let newest = decision_versions(database, &tenant(), "fee", 1).await;
    let newest = newest.unwrap().remove(0);
    (newest.origin, newest.imports)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_countys_own_decision_imports_what_an_upgrade_brings() {
    let world = world().await;
    let rates = ("decisions/rates.dmn", "", RATES);
    upgrade(&world, edited(&[VERSION, rates])).await.unwrap();
    let import = r#"<import name="rates" namespace="urn:rates" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#;
    let end_of_tag = FEE.find("<definitions").unwrap();
    let end_of_tag = end_of_tag + FEE[end_of_tag..].find('>').unwrap() + 1;
    let own = format!("{}{import}{}", &FEE[..end_of_tag], &FEE[end_of_tag..]);
    let own = draft("decision", "fee", Some(&own), Some("2026-03-06"));
    approved(&world, own).await;
    let (origin, before) = imports_of_fee(&world).await;
    assert_eq!((origin, before.len()), (Origin::County, 1));
    let dearer = RATES.replace("<text>5</text>", "<text>6</text>");
    let third = edited(&[
        ("plugin.toml", "version = \"0.1.0\"", "version = \"0.3.0\""),
        ("decisions/rates.dmn", "", &dearer),
    ]);
    let package = third;
    world.run(Command::InstallPlugin { package }).await.unwrap();
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.3.0".into(),
    };
    world.run(activate).await.unwrap();
    let (origin, after) = imports_of_fee(&world).await;
    assert_eq!((origin, after.len()), (Origin::County, 1));
    assert_ne!(after, before, "it is decided by what the upgrade brought");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_take_effect_on_its_day_is_told() {
    let world = world().await;
    let own = FEE.replace("<text>5</text>", "<text>5 </text>");
    let id = approved(
        &world,
        draft("decision", "fee", Some(&own), Some("2026-03-06")),
    )
    .await;
    let stricter = edited(&[
        VERSION,
        ("fixtures/fee.json", "\"expect\": 5", "\"expect\": 6"),
        ("decisions/fee.dmn", "<text>5</text>", "<text>6</text>"),
    ]);
    upgrade(&world, stricter).await.unwrap();
    advance(&world, MIDNIGHT_6_MARCH).await;
    let failed = item(&world, id).await;
    assert_eq!((failed.state, failed.due_at), (ItemState::Failed, None));
    assert_eq!(findings(&failed)[0].code, "FEE_WRONG");
    assert_eq!(fee_on(&world, "2026-03-06").await.1, Origin::Plugin);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_breaks_its_own_conditions_is_refused() {
    let world = World::new(manual()).await;
    for (edits, part) in [
        (
            ("fixtures/fee.json", "\"expect\": 5", "\"expect\": 6"),
            "expected 6, found 5",
        ),
        (
            (
                "plugin.toml",
                "locked_rules = [\"free\"]",
                "locked_rules = [\"absent\"]",
            ),
            "no rule absent",
        ),
        (
            (
                "plugin.toml",
                "date(\\\"2020-01-01\\\")",
                "date(\\\"2027-01-01\\\")",
            ),
            "does not fulfil",
        ),
        (
            ("plugin.toml", "decision = \"fee\"", "decision = \"toll\""),
            "no sound decision toll",
        ),
    ] {
        let package = edited(&[edits]);
        let refused = world
            .run(Command::InstallPlugin { package })
            .await
            .unwrap_err();
        let texts: Vec<String> = refused
            .user_errors()
            .iter()
            .map(|it| it.text.en.clone())
            .collect();
        assert!(
            texts.iter().any(|it| it.contains(part)),
            "{part}: {texts:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_does_not_narrow_what_is_in_use() {
    let world = world().await;
    let process = sequence("asks", &[crate::support::service("ask", "noop"), user("u")]);
    world.deploy(&process).await;
    // `noop` is asked by a process, `act` by whoever uses the API, `realistic` by nobody.
    let narrower = edited(&[
        VERSION,
        (
            "schemas/act.input.json",
            "\"type\": \"object\",\n",
            "\"type\": \"object\",\n  \"required\": [\"on\"],\n",
        ),
        (
            "schemas/realistic.input.json",
            "[\"a\", \"b\", \"c\"]",
            "[\"a\", \"b\", \"c\", \"applicant\"]",
        ),
    ]);
    let refused = upgrade(&world, narrower).await.unwrap_err();
    let errors = refused.user_errors();
    let users: Vec<(String, String)> = errors
        .iter()
        .map(|it| {
            assert_eq!(it.code, "PLUGIN_NARROWS");
            let details = it.details.as_ref().unwrap();
            (details["name"].to_string(), details["users"].to_string())
        })
        .collect();
    assert!(
        users.contains(&("\"act\"".to_owned(), "[\"API\"]".to_owned())),
        "{users:?}"
    );
    assert!(
        users.contains(&(
            "\"noop\"".to_owned(),
            "[\"process asks version 1\"]".to_owned()
        )),
        "{users:?}"
    );
    assert!(users.iter().all(|it| it.0 != "\"realistic\""), "{users:?}");
    let wider = edited(&[
        VERSION,
        (
            "schemas/act.input.json",
            "\"do\": { \"type\": \"string\" }",
            "\"do\": { \"type\": \"string\" }, \"how\": { \"type\": \"string\" }",
        ),
    ]);
    // The refused version is stored under the same number: a widened one needs another.
    let refused = upgrade(&world, wider).await.unwrap_err();
    assert_eq!(refused.code(), "PLUGIN_CONFLICT");
    let wider = edited(&[
        ("plugin.toml", "version = \"0.1.0\"", "version = \"0.3.0\""),
        (
            "schemas/act.input.json",
            "\"do\": { \"type\": \"string\" }",
            "\"do\": { \"type\": \"string\" }, \"how\": { \"type\": \"string\" }",
        ),
    ]);
    world
        .run(Command::InstallPlugin { package: wider })
        .await
        .unwrap();
    let activate = Command::ActivatePlugin {
        name: "hostile".into(),
        version: "0.3.0".into(),
    };
    world.run(activate).await.unwrap();
}
