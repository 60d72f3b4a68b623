//! What a county changes about a schedule. Rules have dates: each day is reckoned by the one that
//! holds on it.

use std::sync::Arc;

use tongban_feel::time::Date;
use tongban_host::manifest::schedule::{Adjustable, Due, Schedule};
use tongban_store::row::configuration_item::ConfigurationItem;
use tongban_store::row::schedule::{RuleState, ScheduleRule as Row};

use super::kind::{Change, Kind, Original, wrong};
use crate::change::Subject;
use crate::configuration_item::Finding;
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::parameter::parse_date;
use crate::schedule::{ScheduleChange, Scheduled, floor};
use crate::tenant::TenantWorld;

/// The rule of a schedule, by its key. Its content is all that differs from what the plugin
/// declares; an earlier rule does not hold beside it.
pub(crate) struct ScheduleRule;

impl Kind for ScheduleRule {
    fn name(&self) -> &'static str {
        "schedule_rule"
    }

    fn original(&self, world: &TenantWorld, key: &str) -> Option<Original> {
        let (plugin, declared) = world.schedule(key)?;
        let text = serde_json::to_string_pretty(&declared_of(declared)).ok()?;
        Some(Original {
            plugin: Arc::from(plugin.manifest().plugin.name.as_str()),
            content: format!("{text}\n").into_bytes(),
        })
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let content: ScheduleChange = match serde_json::from_slice(change.content) {
            Ok(content) => content,
            Err(error) => {
                let reason = error.to_string();
                return Ok(vec![wrong("INVALID_INPUT", &[("reason", &reason)])]);
            }
        };
        let world = session.running.tenant.clone();
        let Some(scheduled) = world.scheduled(change.key(), &session.shared.zone) else {
            return Ok(unknown(change));
        };
        let alone = Scheduled {
            rules: &[],
            ..scheduled
        };
        let date = change.item.effective_from.as_deref().and_then(parse_date);
        let from = date.unwrap_or_else(|| session.today());
        let errors = floor::check(&alone, &content, from);
        Ok(errors.into_iter().map(at_content).collect())
    }

    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        match session.running.tenant.schedule(change.key()) {
            Some(_) => Ok(Vec::new()),
            None => Ok(unknown(change)),
        }
    }

    fn publish(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        let effective_on = date_of(change)?;
        let content = match change.item.ends {
            true => ScheduleChange::default(),
            false => serde_json::from_slice(change.content).map_err(failed)?,
        };
        let runtime = session.runtime;
        let rules = runtime.block_on(session.unit().schedule_rules(change.key()))?;
        let row = Row {
            key: change.item.key.clone(),
            version: rules.first().map_or(0, |it| it.version) + 1,
            content: Arc::from(serde_json::to_string(&content).map_err(failed)?),
            note: change.item.note.clone(),
            state: RuleState::Approved,
            effective_on,
            proposed_by: change.item.updated_by.clone(),
            proposed_at: change.item.updated_at,
            decided_by: Some(session.running.principal.id.clone()),
            decided_at: Some(session.running.now),
            item: Some(change.item.id),
        };
        runtime.block_on(session.unit().put_schedule_rule(&row))?;
        told(session, change.item);
        Ok(())
    }

    fn unpublish(&self, session: &mut Session<'_>, item: &ConfigurationItem) -> Decided<()> {
        let runtime = session.runtime;
        let rules = runtime.block_on(session.unit().schedule_rules(&item.key))?;
        for mut rule in rules.into_iter().filter(|it| it.item == Some(item.id)) {
            rule.state = RuleState::Rejected;
            rule.decided_by = Some(session.running.principal.id.clone());
            rule.decided_at = Some(session.running.now);
            runtime.block_on(session.unit().put_schedule_rule(&rule))?;
        }
        told(session, item);
        Ok(())
    }

    fn activate(&self, _session: &mut Session<'_>, _change: &Change<'_>) -> Decided<()> {
        Ok(())
    }
}

/// What the plugin says where staff may say something else.
fn declared_of(declared: &Schedule) -> ScheduleChange {
    let may = |it: Adjustable| declared.adjustable.contains(&it);
    let amount = match &declared.due {
        Some(Due::After { amount, .. }) => Some(*amount),
        Some(Due::EndOfPeriod { .. } | Due::Fixed { .. }) | None => None,
    };
    ScheduleChange {
        cron: may(Adjustable::Cron).then(|| declared.cron.clone()),
        amount: amount.filter(|_| may(Adjustable::Interval)),
        lead: may(Adjustable::Lead).then_some(declared.lead.before),
        stages: may(Adjustable::Stages).then(|| declared.stages.clone()),
    }
}

fn date_of(change: &Change<'_>) -> Result<Date, Stop> {
    parse_date(change.date()).ok_or_else(|| failed("the date of an approved item is none"))
}

fn failed(reason: impl ToString) -> Stop {
    Stop::Failed(reason.to_string())
}

/// A finding names its place in the content.
fn at_content(error: UserError) -> Finding {
    let place = error.field.clone().unwrap_or_default();
    let place = place.strip_prefix("/change").unwrap_or(&place).to_owned();
    Finding::error(error.at(format!("/content{place}")))
}

fn told(session: &mut Session<'_>, item: &ConfigurationItem) {
    session.note_change(Subject::Schedule(item.key.clone()));
    session.running.wakes.schedules = true;
}

fn unknown(change: &Change<'_>) -> Vec<Finding> {
    vec![wrong("SCHEDULE_NOT_FOUND", &[("schedule", change.key())])]
}
