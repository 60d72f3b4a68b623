//! What a manifest may say of deadlines, schedules and ladders, and what it may not.

use tongban_host::manifest::Manifest;
use tongban_host::manifest::deadline::{Color, Protects, Roll, Setting, Unit};
use tongban_host::manifest::schedule::{Adjustable, Days, Due, LevelStart, Missed, Period, Test};
use tongban_host::package::Package;

use crate::support::{Folder, guest, plugin_folder};

const SCHEDULES: &str = r#"
[[escalation]]
key = "usual"
title = { "zh-CN" = "常规", en = "Usual" }
tasks = ["some-process#review"]
notice = "TASK_WAITS"
levels = [
    { level = 1, percent = 50 },
    { level = 2, before = 2, unit = "working-days", light = "yellow", notify = ["CLERK"] },
    { level = 5, before = -10, unit = "working-days", light = "red" },
]

[[notice]]
code = "TASK_WAITS"
title = { "zh-CN" = "催办", en = "Waiting" }
audience = ["staff", "role"]

[[schedule]]
key = "visit"
title = { "zh-CN" = "走访", en = "Visit" }
law = { "zh-CN" = "办法", en = "Rules" }
cron = "0 0 6 1 1,4,7,10 *"
operation = "noop"
record = "thing"
subject = "thingId"
where = [
    { filter = "name", one_of = ["a", "b"] },
    { filter = "amount", equals = 3 },
    { filter = "replyUntil", from_days = -3, until_days = 60 },
]
due = { end_of = "period", roll = "back" }
period = "quarter"
missed = "each"
adjustable = ["cron", "enabled"]
floor = { every = "quarter" }
escalation = "usual"

[[schedule]]
key = "remind"
title = { "zh-CN" = "提醒", en = "Remind" }
cron = "0 0 9 * * MON-FRI"
on = "working-days"
operation = "noop"
record = "thing"
subject = "thingId"
due = { filter = "replyUntil" }
stages = [7, 30, 1]
stages_unit = "calendar-days"
period = "due-date"
missed = "date-driven"
look_back_days = 30
adjustable = ["stages", "interval"]
floor = { stages = [7], interval = { amount = 3, unit = "calendar-days" } }
enabled = false

[[schedule]]
key = "digest"
title = { "zh-CN" = "日报", en = "Digest" }
cron = "0 30 8 * * *"
operation = "noop"
period = "day"
missed = "skip"
"#;

fn source() -> String {
    let manifest = std::fs::read_to_string(plugin_folder().join("plugin.toml")).unwrap();
    let filter = "{ name = \"amount\", path = \"/amount\", type = \"integer\" },";
    let with_date = format!(
        "{filter}\n    {{ name = \"replyUntil\", path = \"/replyUntil\", type = \"date\" }},"
    );
    manifest.replace(filter, &with_date) + SCHEDULES
}

#[track_caller]
fn check(find: &str, replace: &str, expected: &str) {
    let source = source();
    assert!(source.contains(find), "{find}");
    let problems = Manifest::parse(&source.replace(find, replace)).unwrap_err();
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let found = texts.iter().any(|it| it.contains(expected));
    assert!(found, "{expected}\n{texts:#?}");
}

#[test]
fn deadlines_and_schedules_are_read_whole() {
    let manifest = Manifest::parse(&source()).unwrap();
    let reply = manifest.deadline("reply").unwrap();
    assert_eq!(reply.amount, Setting::Parameter("days".to_owned()));
    assert_eq!((reply.unit, reply.roll), (Unit::WorkingDays, Roll::Forward));
    assert_eq!(
        (reply.ends_at.clone(), reply.protects),
        (Setting::Fixed(1_440), Protects::Citizen)
    );
    assert_eq!(reply.lamps[1].color, Color::Red);
    let other = manifest.deadline("secret_reply").unwrap();
    assert_eq!(other.ends_at, Setting::Fixed(17 * 60 + 30));
    assert_eq!(manifest.operation("act").unwrap().deadlines, ["reply"]);

    let visit = manifest.schedule("visit").unwrap();
    let population = visit.population.as_ref().unwrap();
    assert_eq!(population.conditions.len(), 3);
    assert_eq!(
        population.conditions[2].test,
        Test::Days {
            from: Some(-3),
            until: Some(60)
        }
    );
    assert_eq!(visit.due, Some(Due::EndOfPeriod { roll: Roll::Back }));
    assert_eq!(
        (visit.period, visit.missed),
        (Period::Quarter, Missed::Each)
    );
    assert_eq!((visit.look_back_days, visit.enabled), (400, true));
    let remind = manifest.schedule("remind").unwrap();
    assert_eq!(remind.stages, [30, 7, 1]);
    assert_eq!((remind.on, remind.enabled), (Days::WorkingDays, false));
    assert_eq!(
        remind.adjustable,
        [Adjustable::Stages, Adjustable::Interval]
    );
    assert!(manifest.schedule("digest").unwrap().population.is_none());
    let ladder = manifest.escalation("usual").unwrap();
    assert_eq!(ladder.levels[0].from, LevelStart::Percent(50));
    assert_eq!(ladder.levels[1].notify, ["CLERK"]);
    assert_eq!(ladder.notice.as_deref(), Some("TASK_WAITS"));
}

#[test]
fn a_cron_expression_has_six_fields_and_names_for_weekdays() {
    let cron = "cron = \"0 0 9 * * MON-FRI\"";
    for (found, expected) in [
        ("0 9 * * *", "put `0 ` in front of the five"),
        ("0 0 9 * * 1-5", "weekdays by name"),
        ("0 0 9 1 * MON", "a day of month or a day of week, not both"),
        ("0 0 99 * * *", "a cron expression"),
    ] {
        check(cron, &format!("cron = \"{found}\""), expected);
    }
}

#[test]
fn a_ladder_names_a_notice_for_staff() {
    let named = "notice = \"TASK_WAITS\"";
    check(
        named,
        "notice = \"TASK_LOST\"",
        "HOST-0007 escalation[0].notice: expected a declared notice",
    );
    check(
        named,
        "notice = \"THING_READY\"",
        "HOST-0008 escalation[0].notice: expected a notice for `staff` and `role` that names no `record`",
    );
}

#[test]
fn contradictions_in_deadlines_are_named() {
    check(
        "amount_parameter = \"days\"",
        "amount = 3\namount_parameter = \"days\"",
        "HOST-0008 deadline[0].amount_parameter: expected `amount` or `amount_parameter`, found both",
    );
    check(
        "amount_parameter = \"days\"",
        "amount_parameter = \"months\"",
        "HOST-0007 deadline[0].amount_parameter: expected a declared parameter (days, since)",
    );
    check(
        "amount_parameter = \"days\"",
        "amount = 3\nends_at_parameter = \"days\"",
        "HOST-0008 deadline[0].ends_at_parameter: expected a parameter that is a string",
    );
    check(
        "ends_at = \"17:30\"",
        "ends_at = \"24:30\"",
        "HOST-0004 deadline[1].ends_at",
    );
    check(
        "on_moved = \"noop\"",
        "on_moved = \"act\"",
        "HOST-0008 deadline[1].on_moved",
    );
    check(
        "on_moved = \"noop\"",
        "mirror = [\"/replyUntil\"]\nrecord = \"thing\"",
        "plugin.toml:",
    );
    check(
        "deadlines = [\"reply\"]",
        "deadlines = [\"answer\"]",
        "HOST-0007 operation[0].deadlines: expected a declared deadline (reply, secret_reply)",
    );
}

#[test]
fn contradictions_in_schedules_are_named() {
    check(
        "due = { filter = \"replyUntil\" }\n",
        "",
        "HOST-0008 schedule[1].due: the period is the due date: expected `due`",
    );
    check(
        "due = { filter = \"replyUntil\" }",
        "due = { filter = \"amount\" }",
        "HOST-0008 schedule[1].due.filter: expected a filter of the type date",
    );
    check(
        "due = { filter = \"replyUntil\" }",
        "due = { filter = \"replyUntil\", end_of = \"period\" }",
        "HOST-0008 schedule[1].due",
    );
    check(
        "{ filter = \"amount\", equals = 3 }",
        "{ filter = \"amount\", equals = \"3\" }",
        "HOST-0008 schedule[0].where[1]",
    );
    check(
        "{ filter = \"amount\", equals = 3 }",
        "{ filter = \"amount\", equals = 3, absent = true }",
        "HOST-0008 schedule[0].where[1]",
    );
    check(
        "floor = { every = \"quarter\" }",
        "floor = { every = \"month\" }",
        "HOST-0008 schedule[0].floor: the schedule itself is weaker than its floor",
    );
    check(
        "floor = { stages = [7]",
        "floor = { stages = [14]",
        "HOST-0008 schedule[1].floor",
    );
    check(
        "escalation = \"usual\"",
        "escalation = \"other\"",
        "HOST-0007 schedule[0].escalation: expected a declared escalation (usual)",
    );
    check(
        "period = \"day\"\nmissed = \"skip\"",
        "period = \"day\"\nmissed = \"skip\"\nwhere = [{ filter = \"name\", absent = true }]",
        "HOST-0008 schedule[2].where",
    );
    check(
        "notify = [\"CLERK\"]",
        "notify = [\"BOSS\"]",
        "HOST-0007 escalation[0].levels[1].notify",
    );
    check(
        "level = 5,",
        "level = 2,",
        "HOST-0008 escalation[0].levels: expected levels that rise",
    );
}

#[test]
fn a_mirrored_field_may_be_absent_and_a_subject_reaches_the_operation() {
    let folder = Folder::new();
    folder.write("plugin.toml", &source());
    for file in ["messages/en.toml", "messages/zh-CN.toml"] {
        let texts = std::fs::read_to_string(folder.path().join(file)).unwrap();
        folder.write(file, &format!("TASK_WAITS = \"{{task}}\"\n{texts}"));
    }
    folder.replace(
        "plugin.toml",
        "subject = \"thingId\"",
        "subject = \"caseId\"",
    );
    folder.replace(
        "schemas/thing.json",
        "\"amount\"],",
        "\"amount\", \"replyUntil\"],",
    );
    let error = Package::from_folder(folder.path(), guest().to_vec())
        .err()
        .unwrap();
    let found: Vec<String> = error
        .problems()
        .iter()
        .map(|it| format!("{} {}", it.code, it.field))
        .collect();
    assert_eq!(
        found,
        [
            "HOST-0032 deadline[0].mirror",
            "HOST-0032 schedule[0].subject"
        ]
    );
}
