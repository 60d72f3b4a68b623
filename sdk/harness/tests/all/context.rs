//! What a `Context` promises: pending writes are laid over the operation's own reads.
//!
//! The operations assert by themselves; a panic fails their case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Nothing, OperationError, PublishMessage, Query, Record, RecordId, SendNotice,
    StartProcess, Stored, operation,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Record)]
#[record(kind = "note", filter(name = "rank", path = "/order/rank"))]
struct Note {
    text: String,
    order: Order,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Order {
    rank: u32,
}

fn note(text: &str, rank: u32) -> Note {
    Note {
        text: text.to_owned(),
        order: Order { rank },
    }
}

fn texts(found: &[Stored<Note>]) -> Vec<&str> {
    found.iter().map(|it| it.text.as_str()).collect()
}

fn by_rank() -> Query {
    Query::new().greater("rank", 0).order_by("rank")
}

#[operation]
fn overlay(ctx: &mut Context, _: Nothing) -> Result<Nothing, OperationError> {
    let [first, second, third] = ["n-1", "n-2", "n-3"].map(RecordId::new);
    assert_eq!(
        texts(&ctx.find::<Note>(by_rank())?.items),
        ["one", "two", "three"]
    );

    // A new record is there at once, under the id that the server will give it.
    let new = ctx.put_new(&note("new", 2))?;
    assert_eq!(new.as_str(), "call-1-0");
    let stored = ctx.require::<Note>(&new, "")?;
    assert_eq!((stored.version(), stored.text.as_str()), (0, "new"));
    assert_eq!(
        texts(&ctx.find::<Note>(by_rank())?.items),
        ["one", "new", "two", "three"]
    );

    // Written twice, it is one write.
    let mut stored = ctx.require::<Note>(&first, "")?;
    stored.order.rank = 9;
    ctx.put(&stored)?;
    let mut again = ctx.require::<Note>(&first, "")?;
    assert_eq!((again.version(), again.order.rank), (7, 9));
    again.text = "last".to_owned();
    ctx.put(&again)?;
    assert_eq!(
        texts(&ctx.find::<Note>(by_rank())?.items),
        ["new", "two", "three", "last"]
    );
    assert_eq!(ctx.count::<Note>(Query::new().at_most("rank", 2))?, 3);
    assert_eq!(ctx.count::<Note>(Query::new().one_of("rank", [9, 3]))?, 2);

    // A removed record is gone for this call.
    let removed = ctx.require::<Note>(&second, "")?;
    ctx.remove(&removed, "no longer needed")?;
    assert_eq!(ctx.get::<Note>(&second)?, None);
    assert!(ctx.put(&removed).is_err());
    assert_eq!(ctx.count::<Note>(Query::new())?, 4);
    let many = ctx.get_many::<Note>(&[third, second, new.clone(), RecordId::new("n-9")])?;
    assert_eq!(texts(&many), ["three", "new"]);

    // What was read and changed before it is removed needs no other write.
    ctx.remove(&again, "replaced")?;
    assert_eq!(texts(&ctx.find::<Note>(by_rank())?.items), ["new", "three"]);
    assert_eq!(
        ctx.find_first::<Note>(by_rank().equal("rank", 3))?
            .map(|it| it.into_body()),
        Some(note("three", 3))
    );

    // Its id counts on its place in the list, so what this call made cannot be unmade.
    let stored = ctx.require::<Note>(&new, "")?;
    assert!(ctx.remove(&stored, "").is_err());

    ctx.start_process(StartProcess::new("p").with_variable("recordId", new));
    ctx.publish_message(PublishMessage::new("m", "key").with_variable("rank", 3));
    ctx.note_audit("NOTED", "x");
    assert_eq!(ctx.put_new(&note("late", 5))?.as_str(), "call-1-6");
    Ok(Nothing {})
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TellInput {
    audience: String,
}

/// Sends a notice; the input says to whom.
#[operation]
fn tell(ctx: &mut Context, input: TellInput) -> Result<Nothing, OperationError> {
    let notice = match input.audience.as_str() {
        "party" => SendNotice::to_person("NOTE-READ", "person-1"),
        "role" => SendNotice::to_role("NOTE-READ", "CLERK"),
        _ => SendNotice::to_staff("NOTE-READ", "clerk-1"),
    };
    let id = RecordId::new("n-1");
    ctx.send_notice(
        notice
            .about_record::<Note>(&id)
            .with_argument("rank", 3)
            .once("read"),
    );
    Ok(Nothing {})
}

#[operation]
fn paging(ctx: &mut Context, _: Nothing) -> Result<Nothing, OperationError> {
    let pages = |ctx: &Context| -> Result<Vec<String>, OperationError> {
        let (mut pages, mut query) = (Vec::new(), by_rank().limit(2));
        loop {
            let page = ctx.find::<Note>(query.clone())?;
            pages.push(texts(&page.items).join(" "));
            let Some(next) = page.next else {
                return Ok(pages);
            };
            query = query.after(next);
        }
    };
    assert_eq!(pages(ctx)?, ["10 20", "30 40", "50"]);
    assert!(ctx.find::<Note>(by_rank().after("forged")).is_err());

    // Each written record is on one page, the one into whose range it falls.
    for rank in [5, 20, 25, 45, 99] {
        ctx.put_new(&note(&format!("+{rank}"), rank))?;
    }
    let mut moved = ctx.require::<Note>(&RecordId::new("n-10"), "")?;
    moved.order.rank = 60;
    ctx.put(&moved)?;
    assert_eq!(pages(ctx)?, ["+5 +20 20", "+25 30 40", "+45 50 10 +99"]);

    // The first one is found even if all on the server's first page are gone.
    for id in ["n-20", "n-30", "n-40"] {
        let record = ctx.require::<Note>(&RecordId::new(id), "")?;
        ctx.remove(&record, "")?;
    }
    let first = ctx.find_first::<Note>(by_rank().at_least("rank", 30))?;
    assert_eq!(first.map(|it| it.text.clone()).as_deref(), Some("+45"));
    assert_eq!(
        ctx.find_first::<Note>(by_rank().at_least("rank", 100))?,
        None
    );
    Ok(Nothing {})
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SnapshotInput {
    note_id: RecordId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SnapshotOutput {
    text: Option<String>,
    number: String,
    answer: Option<String>,
    is_fresh: bool,
}

#[operation]
fn circumstances(
    ctx: &mut Context,
    input: SnapshotInput,
) -> Result<SnapshotOutput, OperationError> {
    let read = ctx.snapshot::<Note>("note")?;
    assert_eq!(
        read.as_ref().map(Stored::id),
        read.as_ref().map(|_| &input.note_id)
    );
    assert!(ctx.snapshot::<Note>("other").is_err());
    assert!(ctx.parameter::<u32>("not_declared").is_err());
    assert!(ctx.parameter::<bool>("days").is_err());
    assert_eq!(ctx.parameter::<u32>("days")?, 30);
    assert_eq!(ctx.division(), "150627001");
    assert!(ctx.actor().is_some_and(|it| it.has_role("REGISTRAR")));
    let answer = ctx.checks().lookup("X-NOTE", "s-1", 24)?;
    let year = ctx.today().year();
    if ctx.is_dry_run() {
        ctx.warn("/noteId", "ONLY-TRIED");
    }
    Ok(SnapshotOutput {
        text: read.map(|it| it.text.clone()),
        number: ctx.number("series", &[("year", &year)])?,
        is_fresh: answer.as_ref().is_some_and(tongban_sdk::Answer::is_fresh),
        answer: answer.map(|it| it.outcome().to_owned()),
    })
}

#[operation]
fn say_no(_: &mut Context, input: SnapshotInput) -> Result<Nothing, OperationError> {
    Err(match input.note_id.as_str() {
        "business" => OperationError::business("NO").with_detail("rank", 3).into(),
        "retry" => OperationError::retry(500, "the registry is closed"),
        _ => OperationError::failed("no such thing as this"),
    })
}

tongban_sdk::plugin! {
    records: [Note],
    operations: [overlay, paging, circumstances, tell, say_no],
}

const MANIFEST: &str = r#"
record = [{ kind = "note", schema = "", filters = [{ name = "rank", path = "/order/rank" }] }]
number_series = [{ name = "series", pattern = "N{year:4}{seq:3}", scope = ["year"] }]
parameter = [{ key = "days", default = 30 }]

[[operation]]
name = "overlay"
writes = ["note"]
starts = ["p"]
publishes = ["m"]

[[operation]]
name = "paging"
writes = ["note"]

[[operation]]
name = "circumstances"
reads = [{ name = "note", kind = "note", id = "/noteId" }]
numbers = ["series"]
checks = ["X-NOTE"]

[[operation]]
name = "tell"
notices = ["NOTE-READ"]

[[operation]]
name = "sayNo"

[[notice]]
code = "NOTE-READ"
audience = ["party", "role"]
record = "note"
"#;

#[test]
fn a_notice_is_sent_to_whom_its_declaration_names() {
    let case = |audience: &str, expected: &str| {
        format!(
            r#"
description = "notices"
[[call]]
operation = "tell"
input = {{ audience = "{audience}" }}
[call.expect]
output = {{}}
write = [{{ send_notice = {{ code = "NOTE-READ", {expected}, record_kind = "note", record_id = "n-1", arguments = {{ rank = "3" }}, dedupe_key = "read" }} }}]
"#
        )
    };
    check(&case("party", "person = \"person-1\""));
    check(&case("role", "role = \"CLERK\""));
}

#[test]
fn pending_writes_are_laid_over_reads() {
    check(
        r#"
description = "overlay"
record = [
    { kind = "note", id = "n-1", version = 7, body = { text = "one", order = { rank = 1 } } },
    { kind = "note", id = "n-2", body = { text = "two", order = { rank = 2 } } },
    { kind = "note", id = "n-3", body = { text = "three", order = { rank = 3 } } },
    { kind = "note", id = "n-4", body = { text = "unranked", order = { rank = 0 } } },
]
[[call]]
operation = "overlay"
[call.expect]
output = {}
write = [
    { put_record = { kind = "note", id = "call-1-0", body = { text = "new", order = { rank = 2 } } } },
    { remove_record = { kind = "note", id = "n-1", expected_version = 7, reason = "replaced" } },
    { remove_record = { kind = "note", id = "n-2", expected_version = 1 } },
    { start_process = { process_key = "p", variables = { recordId = "call-1-0" } } },
    { publish_message = { name = "m", correlation_key = "key", variables = { rank = 3 } } },
    { note_audit = { code = "NOTED" } },
    { put_record = { kind = "note", body = { text = "late", order = { rank = 5 } } } },
]
"#,
    );
}

#[test]
fn a_written_record_is_on_the_page_of_its_rank() {
    let record = |rank: u32| {
        format!(
            "{{ kind = \"note\", id = \"n-{rank}\", body = {{ text = \"{rank}\", order = {{ rank = {rank} }} }} }}"
        )
    };
    let records: Vec<String> = [10, 20, 30, 40, 50].map(record).into();
    check(&format!(
        "description = \"paging\"\nrecord = [{}]\n[[call]]\noperation = \"paging\"\n\
         expect = {{ output = {{}}, any_writes = true }}",
        records.join(", ")
    ));
}

#[test]
fn numbers_go_back_with_a_dry_run_and_answers_grow_old() {
    check(
        r#"
description = "circumstances"
[context]
now = 2026-03-02T10:00:00+08:00
division = "150627001"
actor = { id = "staff-1", roles = ["REGISTRAR"] }
[[record]]
kind = "note"
id = "n-1"
body = { text = "one", order = { rank = 1 } }
[[answer]]
kind = "X-NOTE"
subject = "s-1"
outcome = "MATCH"
answered_at = 2026-03-01T11:00:00+08:00
[[answer]]
kind = "X-NOTE"
subject = "s-1"
outcome = "LATER"
answered_at = 2026-03-03T11:00:00+08:00
[[number]]
series = "series"
scope = { year = "2026" }
last = 16

[[call]]
operation = "circumstances"
input = { noteId = "n-1" }
context = { dry_run = true }
[call.expect]
output = { text = "one", number = "N2026017", answer = "MATCH", is_fresh = true }
warning = [{ path = "/noteId", code = "ONLY-TRIED" }]

[[call]]
operation = "circumstances"
input = { noteId = "n-9" }
[call.expect]
output = { number = "N2026017" }
match = "subset"

[[call]]
operation = "circumstances"
input = { noteId = "n-1" }
context = { now = 2027-03-04T11:00:01+08:00 }
[call.expect]
output = { text = "one", number = "N2027001", answer = "LATER", is_fresh = false }
"#,
    );
}

#[test]
fn each_way_to_say_no_can_be_expected() {
    check(
        r#"
description = "no"
call = [
    { operation = "sayNo", input = { noteId = "business" }, expect = { business = { code = "NO", details = { rank = 3 } } } },
    { operation = "sayNo", input = { noteId = "retry" }, expect = { retry = { after_ms = 500 } } },
    { operation = "sayNo", input = { noteId = "failed" }, expect = { failed = "no such thing" } },
    { operation = "sayNo", input = { noteId = 3 }, expect = { invalid = [{ path = "/noteId", code = "INPUT-MALFORMED" }] } },
    { operation = "sayNo", input = {}, expect = { invalid = [{ code = "INPUT-MALFORMED" }] } },
]
"#,
    );
}

fn check(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let texts = "NO = \"x\"\nONLY-TRIED = \"x\"\nINPUT-MALFORMED = \"x\"";
    for (file, text) in [
        ("plugin.toml", MANIFEST),
        ("messages/zh-CN.toml", texts),
        ("messages/en.toml", texts),
        ("tests/cases/case.toml", case),
    ] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    tongban_sdk_harness::run_cases(&PLUGIN, folder.path());
}
