//! What is loaded for a county, and the instruments of the manual clock.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_feel::time::Date;
use tongban_host::schema::Schema;
use tongban_store::id::TenantId;
use tongban_store::row::calendar::CalendarOverride;
use tongban_store::row::configuration::{
    Parameter as ParameterRow, StaffMember as StaffRow, Tenant,
};
use tongban_store::row::record::{ExpectedVersion, RecordPut};

use crate::change::Subject;
use crate::command::Principal;
use crate::county::{County, CountyRecord, Parameter, StaffMember};
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::executor::work::{Answered, SetClock};
use crate::outcome::{CommandOutcome, Done, Left};
use crate::parameter::{self, parse_date};
use crate::record_columns;

impl Session<'_> {
    /// Creates or refreshes the tenant. Loading the same data again changes nothing.
    pub(crate) fn load_county(&mut self, county: &County) -> Decided<Done> {
        if county.division != *self.running.tenant.name {
            let reason = format!(
                "division {} is not the tenant of the command",
                county.division
            );
            return Err(invalid("/division", &reason).into());
        }
        if !county.division.bytes().all(|it| it.is_ascii_digit()) || county.division.len() != 6 {
            return Err(invalid("/division", "expected a division code of six digits").into());
        }
        let (runtime, at) = (self.runtime, self.running.now);
        let tenant = Tenant {
            id: TenantId::new(&county.division),
            name: Arc::from(county.name.as_str()),
            created_at: at,
        };
        runtime.block_on(self.unit().put_tenant(&tenant))?;
        let staff: Vec<StaffRow> = county.staff.iter().map(staff_row).collect();
        runtime.block_on(self.unit().put_staff(&staff))?;
        self.check_parameters(&county.parameters)?;
        let by = self.running.principal.id.clone();
        let parameters: Vec<ParameterRow> = county
            .parameters
            .iter()
            .map(|it| parameter_row(it, at, &by))
            .collect();
        runtime.block_on(self.unit().put_parameters(&parameters))?;
        let n_calendar_days = self.load_calendar(county)?;
        for (position, record) in county.records.iter().enumerate() {
            self.load_record(position, record)?;
        }
        self.audit("LoadCounty", ("tenant", &county.division))?;
        Ok(Done::CountyLoaded {
            n_staff: staff.len() as u64,
            n_records: county.records.len() as u64,
            n_parameters: parameters.len() as u64,
            n_calendar_days,
        })
    }

    /// Values of active plugins must be ones that these allow; others are kept for the plugin's
    /// activation.
    fn check_parameters(&self, parameters: &[Parameter]) -> Result<(), CommandError> {
        let world = &self.running.tenant;
        let mut errors = Vec::new();
        for (position, given) in parameters.iter().enumerate() {
            let place = format!("/parameters/{position}");
            if given
                .effective_from
                .as_deref()
                .is_some_and(|it| parse_date(it).is_none())
            {
                let reason = "expected a date as YYYY-MM-DD";
                errors.push(invalid(&format!("{place}/effective_from"), reason));
            }
            let Some(plugin) = world.plugin(&given.plugin) else {
                continue;
            };
            if given.value.is_null() && plugin.manifest().parameter(&given.key).is_some() {
                continue;
            }
            let found = parameter::check(plugin, &given.key, &given.value, &self.environment());
            errors.extend(found.into_iter().map(|it| it.at(format!("{place}/value"))));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(CommandError::Rejected(Rejected {
            errors,
            warnings: Vec::new(),
        }))
    }

    fn load_calendar(&mut self, county: &County) -> Decided<u64> {
        let Some(file) = &county.calendar else {
            return Ok(0);
        };
        let own_days = own_days_of(file, self.running.now, &self.running.principal.id);
        self.store_edition(Some(file), &own_days, &[], "county")
            .map_err(at_calendar)?;
        let days = |year: &serde_json::Value| -> usize {
            ["off_days", "work_days"]
                .iter()
                .filter_map(|it| year.get(it)?.as_array())
                .map(Vec::len)
                .sum()
        };
        let years = file.get("years").and_then(serde_json::Value::as_object);
        Ok(years.map_or(0, |it| it.values().map(days).sum::<usize>()) as u64)
    }

    fn load_record(&mut self, position: usize, record: &CountyRecord) -> Decided<()> {
        let world = self.running.tenant.clone();
        let place = format!("/records/{position}");
        let plugin = world.record_plugin(&record.kind);
        let declared = plugin.and_then(|it| Some((it, it.manifest().record(&record.kind)?)));
        let Some((plugin, declared)) = declared else {
            let reason = format!("no active plugin declares record kind {}", record.kind);
            return Err(invalid(&place, &reason).into());
        };
        let check = |schema: &Arc<Schema>| schema.check(&record.body);
        let violations = plugin
            .schema(&declared.schema)
            .map(check)
            .unwrap_or_default();
        if !violations.is_empty() {
            let errors = violations.iter().map(|it| {
                let text = plugin.violation_text(it);
                invalid(&format!("{place}/body{}", it.path), &text.en)
            });
            let rejected = Rejected {
                errors: errors.collect(),
                warnings: Vec::new(),
            };
            return Err(CommandError::Rejected(rejected).into());
        }
        let mirrored = self.mirrored(&record.kind, &record.id, record.body.clone())?;
        let body: Arc<str> = Arc::from(mirrored.to_string());
        let runtime = self.runtime;
        let stored = runtime.block_on(self.unit().record(&record.kind, &record.id))?;
        if stored.is_some_and(|it| it.body == body) {
            return Ok(());
        }
        self.store_record(RecordPut {
            kind: Arc::from(record.kind.as_str()),
            id: Arc::from(record.id.as_str()),
            expected: ExpectedVersion::Any,
            schema_version: i32::try_from(declared.schema_version).unwrap_or(i32::MAX),
            columns: record_columns::values_of(declared, &mirrored),
            parties: record_columns::parties_of(declared, &mirrored),
            body,
        })
    }

    /// Switches a source of the simulated exchange; an instrument of tests, hence bound to the
    /// manual clock.
    pub(crate) fn switch_exchange(&mut self, kind: &str, available: bool) -> Decided<Done> {
        if !self.shared.clock.is_manual() {
            return Err(UserError::new("CLOCK_NOT_MANUAL", &[]).into());
        }
        if !self.shared.exchange.switch(kind, available) {
            let reason = [("reason", "this exchange cannot be switched")];
            return Err(UserError::new("INVALID_INPUT", &reason).at("/kind").into());
        }
        Ok(Done::ExchangeSwitched {
            kind: kind.to_owned(),
            available,
        })
    }

    /// Stores where the manual clock stands; it is moved after the commit.
    pub(crate) fn set_clock(&mut self, set: &SetClock) -> Decided<Answered> {
        let (tenant, principal) = match &set.request {
            Some((request, _)) => (request.tenant.clone(), request.principal.clone()),
            None => (Arc::from(""), Principal::engine()),
        };
        let world = self.shared.world(&tenant);
        let running = || Running::new(world.clone(), principal.clone(), set.to);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            runtime.block_on(session.unit().put_clock_now(set.to))?;
            session.note_change(Subject::Clock);
            let Some((request, n_fired)) = &set.request else {
                return Ok((None, Keep::Yes));
            };
            let done = Done::ClockAdvanced {
                now: set.to,
                n_fired: *n_fired,
                complete: true,
            };
            session.keep_outcome(request, &done)?;
            session.audit("AdvanceClock", ("clock", "manual"))?;
            Ok((
                Some(CommandOutcome {
                    done,
                    repeated: false,
                    left: Left::default(),
                }),
                Keep::Yes,
            ))
        })
    }
}

fn invalid(place: &str, reason: &str) -> UserError {
    UserError::new("COUNTY_INVALID", &[("reason", reason)]).at(place)
}

/// The days of the county's own that stand in the file, as far as they are sound; the calendar is
/// checked as a whole.
fn own_days_of(file: &Json, at: i64, by: &Arc<str>) -> Vec<CalendarOverride> {
    let own_day = |date: Option<&str>, day: &Json| {
        let text = |name: &str| day.get(name).and_then(Json::as_str);
        let kind = day.as_str().or(text("kind")).map(|it| it == "work");
        let working = day.get("working").and_then(Json::as_bool).or(kind);
        Some(CalendarOverride {
            on: Date::parse(date.or(text("date"))?)?,
            working: working.unwrap_or(false),
            reason: Arc::from(text("reason").unwrap_or_default()),
            document: text("doc").map(Arc::from),
            updated_at: at,
            updated_by: by.clone(),
        })
    };
    match file.get("local_overrides") {
        Some(Json::Array(days)) => days.iter().filter_map(|it| own_day(None, it)).collect(),
        Some(Json::Object(days)) => days
            .iter()
            .filter_map(|(date, it)| own_day(Some(date), it))
            .collect(),
        Some(_) | None => Vec::new(),
    }
}

/// What is wrong with a calendar, as a fault of the county's data.
fn at_calendar(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(CommandError::Rejected(rejected)) => {
            let reason = rejected.errors.first().map(|it| it.text.en.clone());
            invalid("/calendar", &reason.unwrap_or_default()).into()
        }
        other => other,
    }
}

fn staff_row(member: &StaffMember) -> StaffRow {
    StaffRow {
        id: Arc::from(member.id.as_str()),
        name: Arc::from(member.name.as_str()),
        roles: member
            .roles
            .iter()
            .map(|it| Arc::from(it.as_str()))
            .collect(),
        division: member.division.as_deref().map(Arc::from),
        active: true,
    }
}

fn parameter_row(parameter: &Parameter, updated_at: i64, updated_by: &Arc<str>) -> ParameterRow {
    ParameterRow {
        plugin: Arc::from(parameter.plugin.as_str()),
        key: Arc::from(parameter.key.as_str()),
        effective_from: parameter.effective_from.as_deref().map(Arc::from),
        item: None,
        value: Arc::from(parameter.value.to_string()),
        updated_at,
        updated_by: updated_by.clone(),
    }
}
