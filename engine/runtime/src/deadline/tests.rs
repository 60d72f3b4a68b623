//! What a calendar does to a citizen's time, and how it is told.

use std::sync::Arc;

use tongban_feel::workday::CalendarTable;
use tongban_store::row::deadline::{DeadlineExtension, DeadlinePause};

use super::*;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

fn table(off: &str) -> CalendarTable {
    let file = format!(
        r#"{{"schema_version": 1, "years": {{"2026": {{"status": "confirmed", "off_days": [{off}]}}}}}}"#
    );
    CalendarTable::parse(file.as_bytes(), "1").unwrap()
}

fn rule() -> Rule {
    Rule {
        term: Term {
            amount: 30,
            unit: Unit::CalendarDays,
        },
        roll: Roll::Forward,
        rest_days: RestDays::All,
    }
}

fn facts(protects: Protects, calendar: &CalendarTable) -> DeadlineFacts {
    let zone = zone();
    let times = Times {
        calendar,
        zone: &zone,
        now: 0,
    };
    let counting = (date("2026-03-05"), &rule(), 1_440);
    let (end, _) = end_of(&times, None, counting, (&[], &[]), None).unwrap();
    DeadlineFacts {
        key: Arc::from("cooling_off"),
        anchor_on: date("2026-03-05"),
        rule: rule(),
        ends_minute: 1_440,
        protects,
        pauses: Vec::new(),
        extensions: Vec::new(),
        floor_on: None,
        end,
    }
}

#[test]
fn a_calendar_only_ever_gives_a_citizen_more() {
    // 4 April 2026 is a Saturday; the first table makes Monday a holiday, the second does not.
    let (longer, plain) = (table(r#"{"date": "2026-04-06"}"#), table(""));
    let zone = zone();
    let on = |calendar| Times {
        calendar,
        zone: &zone,
        now: 0,
    };
    for (protects, kept) in [(Protects::Citizen, true), (Protects::Office, false)] {
        let facts = facts(protects, &longer);
        assert_eq!(facts.end.due_on, date("2026-04-07"));
        let shorter = reckon(&on(&plain), None, &facts).unwrap();
        let expected = if kept { "2026-04-07" } else { "2026-04-06" };
        assert_eq!(shorter.end.due_on, date(expected));
        assert_eq!(shorter.kept, kept);
        assert_eq!(shorter.floor_on.is_some(), kept);
    }
    // The floor goes when the calendar no longer lies below it.
    let mut kept = facts(Protects::Citizen, &longer);
    kept.floor_on = Some(date("2026-04-07"));
    let again = reckon(&on(&longer), None, &kept).unwrap();
    assert_eq!((again.floor_on, again.kept), (None, false));
    let further = table(r#"{"date": "2026-04-06"}, {"date": "2026-04-07"}"#);
    let later = reckon(&on(&further), None, &kept).unwrap();
    assert_eq!(later.end.due_on, date("2026-04-08"));
}

#[test]
fn an_explanation_says_how_the_day_was_found() {
    let facts = facts(Protects::Citizen, &table(""));
    let mut deadline = Deadline {
        key: facts.key.clone(),
        record_id: Arc::from("c-1"),
        record_kind: Arc::from("case"),
        plugin: Arc::from("p"),
        status: DeadlineStatus::Open,
        anchor_on: facts.anchor_on,
        rule: facts.rule,
        ends_minute: 1_440,
        protects: Protects::Citizen,
        pauses: Vec::new(),
        extensions: Vec::new(),
        floor_on: None,
        end: facts.end,
        calendar_version: Arc::from("1"),
        set_at: 0,
        set_by: Arc::from("wang"),
        moved_at: None,
        closed_at: None,
        close_reason: None,
    };
    let law = Text {
        zh: "《民法典》第二百零三条".to_owned(),
        en: "Civil Code Art. 203".to_owned(),
    };
    let text = explain(&deadline, Some(&law));
    assert_eq!(
        text.zh,
        "自2026-03-05的次日起算30个自然日；末日2026-04-04为休息日，顺延至2026-04-06；依据：《民法典》第二百零三条。"
    );
    assert_eq!(
        text.en,
        "30 calendar days from the day after 2026-03-05; the last day 2026-04-04 is a rest day, so it ends on 2026-04-06; basis: Civil Code Art. 203"
    );
    deadline.pauses = vec![DeadlinePause {
        from: date("2026-03-10"),
        until: None,
        reason: Arc::from("补正"),
    }];
    deadline.extensions = vec![DeadlineExtension {
        extension: Extension::By(Term {
            amount: 10,
            unit: Unit::WorkingDays,
        }),
        officer: Arc::from("li"),
        reason: Arc::from("疑难"),
        granted_at: 0,
    }];
    deadline.status = DeadlineStatus::Paused;
    deadline.end.provisional = true;
    let text = explain(&deadline, None);
    assert_eq!(
        text.zh,
        "自2026-03-05的次日起算30个自然日；自2026-03-10的次日起停止计算（补正）；经li批准延长10个工作日（疑难）；所涉年份的节假日安排尚未公布，日期暂定。"
    );
}
