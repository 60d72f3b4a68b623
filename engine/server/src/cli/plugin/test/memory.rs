//! The harness's in-memory host as capabilities of a plugin call: only types change here.

use std::any::Any;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tongban_host::call::{Date, StoredRecord};
use tongban_host::capability::calendar::{Calendar, DayKind};
use tongban_host::capability::check::{Answer, Checks};
use tongban_host::capability::deadline::{Deadline, Deadlines, Reckoned, Status};
use tongban_host::capability::decision::{Decision, DecisionError, Decisions};
use tongban_host::capability::numbering::{NumberError, Numbering};
use tongban_host::capability::record::{Comparison, Page, Query, ReadError, Records};
use tongban_host::capability::{Capabilities, Unavailable};
use tongban_host::manifest::{NumberSeries, Text};
use tongban_sdk::host::{self as sdk, Host as _};
use tongban_sdk_harness::memory_host::MemoryHost;

/// The in-memory host.
pub(super) struct Memory(pub(super) MemoryHost);

impl Capabilities for Memory {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl Records for Memory {
    fn get_records(
        &mut self,
        kind: &str,
        ids: &[String],
    ) -> Result<Vec<StoredRecord>, Unavailable> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = self.0.get_many(kind, &ids).map_err(unavailable)?;
        Ok(found.into_iter().map(stored).collect())
    }

    fn find_records(&mut self, query: &Query) -> Result<Page, ReadError> {
        let page = self.0.find(&record_query(query)).map_err(read_error)?;
        Ok(Page {
            items: page.items.into_iter().map(stored).collect(),
            next: page.next,
        })
    }

    fn count_records(&mut self, query: &Query) -> Result<u64, ReadError> {
        self.0.count(&record_query(query)).map_err(read_error)
    }
}

impl Calendar for Memory {
    fn is_working_day(&mut self, on: Date) -> bool {
        self.0.is_working_day(sdk_date(on)).unwrap_or(false)
    }

    fn day_kind(&mut self, on: Date) -> DayKind {
        match self.0.day_kind(sdk_date(on)) {
            Ok(tongban_sdk::DayKind::Working) => DayKind::Working,
            Ok(tongban_sdk::DayKind::Weekend) | Err(_) => DayKind::Weekend,
            Ok(tongban_sdk::DayKind::Holiday) => DayKind::Holiday,
            Ok(tongban_sdk::DayKind::StatutoryHoliday) => DayKind::StatutoryHoliday,
        }
    }

    fn add_working_days(&mut self, start: Date, days: i32) -> Option<Date> {
        self.0
            .add_working_days(sdk_date(start), days)
            .ok()
            .map(host_date)
    }

    fn roll_forward(&mut self, on: Date) -> Option<Date> {
        self.0.roll_forward(sdk_date(on)).ok().map(host_date)
    }

    fn working_days_between(&mut self, start: Date, end: Date) -> i32 {
        self.0
            .working_days_between(sdk_date(start), sdk_date(end))
            .unwrap_or(0)
    }

    fn is_confirmed(&mut self, year: i32) -> bool {
        self.0.is_calendar_confirmed(year)
    }

    fn version(&mut self) -> String {
        self.0.calendar_version()
    }
}

impl Checks for Memory {
    fn lookup_check(&mut self, kind: &str, subject: &str) -> Result<Option<Answer>, Unavailable> {
        // The host judges freshness by itself.
        let found = self.0.lookup_check(kind, subject, 0).map_err(unavailable)?;
        Ok(found.map(|it| Answer {
            check_id: it.check_id,
            kind: it.kind,
            subject: it.subject,
            outcome: it.outcome,
            answered_at_us: it.answered_at.as_micros(),
            body: it.body,
        }))
    }
}

impl Decisions for Memory {
    fn make_decision(
        &mut self,
        decision: &str,
        as_of: Date,
        input: &Map<String, Value>,
    ) -> Result<Decision, DecisionError> {
        let input = Value::Object(input.clone()).to_string();
        let decided = self.0.decide(decision, sdk_date(as_of), input.as_bytes());
        let decided = decided.map_err(|error| DecisionError::Undecided(error.to_string()))?;
        let output = serde_json::from_slice(&decided.output)
            .map_err(|error| DecisionError::Undecided(error.to_string()))?;
        Ok(Decision {
            output,
            version: decided.version,
            effective_from: decided.effective_from.map(host_date),
            rules: decided.rules,
        })
    }
}

impl Deadlines for Memory {
    fn reckon(&mut self, key: &str, anchor: Date, amount: Option<u32>) -> Option<Reckoned> {
        let reckoned = self.0.reckon(key, sdk_date(anchor), amount).ok()?;
        Some(Reckoned {
            nominal_on: host_date(reckoned.nominal_on),
            due_on: host_date(reckoned.due_on),
            due_at_us: reckoned.due_at.as_micros(),
            provisional: reckoned.provisional,
            explanation: Text {
                zh: reckoned.explanation_zh,
                en: reckoned.explanation_en,
            },
            calendar_version: reckoned.calendar_version,
        })
    }

    fn deadline(&mut self, key: &str, record_id: &str) -> Result<Option<Deadline>, Unavailable> {
        let found = self.0.deadline(key, record_id).map_err(unavailable)?;
        Ok(found.map(|it| Deadline {
            key: it.key,
            record_id: it.record_id,
            status: match it.status {
                tongban_sdk::DeadlineStatus::Open => Status::Open,
                tongban_sdk::DeadlineStatus::Paused => Status::Paused,
                tongban_sdk::DeadlineStatus::Closed => Status::Closed,
            },
            anchor: host_date(it.anchor),
            nominal_on: host_date(it.nominal_on),
            due_on: it.due_on.map(host_date),
            due_at_us: it.due_at.map(tongban_sdk::Instant::as_micros),
            provisional: it.provisional,
            explanation: Text {
                zh: it.explanation_zh,
                en: it.explanation_en,
            },
            calendar_version: it.calendar_version,
        }))
    }
}

impl Numbering for Memory {
    fn allocate_number(
        &mut self,
        series: &NumberSeries,
        scope: &BTreeMap<String, String>,
    ) -> Result<u64, NumberError> {
        Ok(self.0.take_number(&series.name, scope))
    }
}

/// The host has checked the years of every date.
pub(super) fn host_date(date: tongban_sdk::Date) -> Date {
    let last = || Date::new(2200, 12, 31).expect("the last day of the range exists");
    Date::new(date.year(), date.month(), date.day()).unwrap_or_else(last)
}

/// A date of the host as the SDK knows it.
pub(super) fn sdk_date(date: Date) -> tongban_sdk::Date {
    let date = tongban_sdk::Date::new(date.year(), date.month(), date.day());
    date.expect("dates of the host exist")
}

fn stored(record: sdk::StoredRecord) -> StoredRecord {
    StoredRecord {
        kind: record.kind,
        id: record.id,
        version: record.version,
        schema_version: record.schema_version,
        body: record.body,
    }
}

fn record_query(query: &Query) -> sdk::RecordQuery {
    let conditions = query.conditions.iter().map(|it| sdk::Condition {
        filter: it.filter.clone(),
        comparison: match it.comparison {
            Comparison::Equal => sdk::Comparison::Equal,
            Comparison::Less => sdk::Comparison::Less,
            Comparison::AtMost => sdk::Comparison::AtMost,
            Comparison::Greater => sdk::Comparison::Greater,
            Comparison::AtLeast => sdk::Comparison::AtLeast,
            Comparison::OneOf => sdk::Comparison::OneOf,
        },
        value: it.value.clone(),
    });
    let order = query.order.iter().map(|it| sdk::Order {
        filter: it.filter.clone(),
        descending: it.descending,
    });
    sdk::RecordQuery {
        kind: query.kind.clone(),
        conditions: conditions.collect(),
        order: order.collect(),
        limit: query.limit,
        after: query.after.clone(),
    }
}

fn unavailable(error: sdk::ReadError) -> Unavailable {
    Unavailable(error.into())
}

fn read_error(error: sdk::ReadError) -> ReadError {
    match error {
        sdk::ReadError::BadQuery(text) => ReadError::BadQuery(text),
        sdk::ReadError::NotGranted(_) | sdk::ReadError::BudgetExhausted(_) => {
            ReadError::Unavailable(unavailable(error))
        }
    }
}
