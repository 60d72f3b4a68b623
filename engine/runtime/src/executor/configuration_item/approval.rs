//! Checking a change of the configuration, approving it by a second person, sending it back, taking
//! it back.

use std::sync::Arc;

use tongban_feel::time::{DateTime, Time};
use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::row::configuration_item::{ItemAction, ItemState};

use super::kind::Change;
use super::{Item, check_text, expect_state, invalid, stored};
use crate::configuration_item::Finding;
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::parameter::parse_date;

impl Session<'_> {
    pub(super) fn check_item(&mut self, id: i64) -> Decided<Item> {
        let mut item = self.item(id, None)?;
        self.granted(&item)?;
        expect_state(&item, &[ItemState::Draft, ItemState::Checked])?;
        let found = self.findings_of(&item)?;
        item.state = match found.iter().any(|it| it.is_error) {
            true => ItemState::Draft,
            false => ItemState::Checked,
        };
        item.findings = stored(&found);
        self.put_item(&item, ItemAction::Checked, None)?;
        Ok(item)
    }

    pub(super) fn approve_item(&mut self, id: i64, expected_version: i64) -> Decided<Item> {
        let mut item = self.item(id, Some(expected_version))?;
        let kind = self.granted(&item)?;
        expect_state(&item, &[ItemState::Checked])?;
        self.expect_second_person(id)?;
        let today = self.today().to_string();
        let date = item.effective_from.clone();
        let date = date.unwrap_or_else(|| Arc::from(today.as_str()));
        if *date < *today {
            let parameters = [("date", &*date), ("today", today.as_str())];
            return Err(UserError::new("CONFIGURATION_DATE_PAST", &parameters)
                .at("/effectiveFrom")
                .into());
        }
        self.expect_free_date(&item, &date)?;
        item.effective_from = Some(date.clone());
        let found = self.findings_of(&item)?;
        refuse(&found)?;
        item.findings = stored(&found);
        item.state = ItemState::Approved;
        item.due_at = Some(self.midnight(&date)?);
        item.approved_at = Some(self.running.now);
        item.approved_by = Some(self.running.principal.id.clone());
        let content = self.content_of(&item)?;
        let change = Change {
            item: &item,
            content: &content,
        };
        kind.publish(self, &change)?;
        self.put_item(&item, ItemAction::Approved, None)?;
        if item.due_at.is_some_and(|it| it <= self.running.now) {
            return self.put_into_effect(item);
        }
        self.running.wakes.timers = true;
        Ok(item)
    }

    pub(super) fn reject_item(
        &mut self,
        id: i64,
        expected_version: i64,
        reason: &str,
    ) -> Decided<Item> {
        let mut item = self.item(id, Some(expected_version))?;
        self.granted(&item)?;
        expect_state(&item, &[ItemState::Checked])?;
        expect_reason(reason)?;
        item.state = ItemState::Rejected;
        self.put_item(&item, ItemAction::Rejected, Some(reason))?;
        Ok(item)
    }

    pub(super) fn withdraw_item(
        &mut self,
        id: i64,
        expected_version: i64,
        reason: &str,
    ) -> Decided<Item> {
        let mut item = self.item(id, Some(expected_version))?;
        let kind = self.granted(&item)?;
        let open = [
            ItemState::Draft,
            ItemState::Checked,
            ItemState::Rejected,
            ItemState::Failed,
            ItemState::Approved,
        ];
        expect_state(&item, &open)?;
        expect_reason(reason)?;
        if item.state == ItemState::Approved {
            kind.unpublish(self, &item)?;
        }
        item.state = ItemState::Withdrawn;
        item.due_at = None;
        self.put_item(&item, ItemAction::Withdrawn, Some(reason))?;
        Ok(item)
    }

    /// Whoever has written any of it does not approve it.
    fn expect_second_person(&mut self, id: i64) -> Decided<()> {
        let runtime = self.runtime;
        let events = runtime.block_on(self.unit().configuration_events(id))?;
        let own = &self.running.principal.id;
        let mut writers = events.iter().filter(|it| it.action == ItemAction::Saved);
        if writers.any(|it| it.principal == *own) {
            return Err(UserError::new("CONFIGURATION_SAME_PERSON", &[]).into());
        }
        Ok(())
    }

    /// Two changes of one thing do not wait for the same day.
    fn expect_free_date(&mut self, item: &Item, date: &str) -> Decided<()> {
        let filter = ItemFilter {
            kind: Some(item.kind.clone()),
            key: Some(item.key.clone()),
            states: vec![ItemState::Approved],
            ..ItemFilter::default()
        };
        let runtime = self.runtime;
        let waiting = runtime.block_on(self.unit().configuration_items(&filter))?;
        if waiting
            .iter()
            .any(|it| it.effective_from.as_deref() == Some(date))
        {
            return Err(
                UserError::new("CONFIGURATION_DATE_TAKEN", &[("date", date)])
                    .at("/effectiveFrom")
                    .into(),
            );
        }
        Ok(())
    }

    /// The first instant of a date in the county.
    fn midnight(&self, date: &str) -> Decided<i64> {
        let date = parse_date(date).ok_or_else(|| invalid("expected a date", "/effectiveFrom"))?;
        let midnight = Time::new(0, 0, 0, 0, None).map(|time| DateTime::new(date, time));
        let at = midnight.and_then(|it| it.to_timestamp(&self.shared.zone));
        let at = at.ok_or_else(|| invalid("the date is out of range", "/effectiveFrom"))?;
        Ok(at.microseconds())
    }
}

fn refuse(found: &[Finding]) -> Result<(), CommandError> {
    let errors: Vec<UserError> = found
        .iter()
        .filter(|it| it.is_error)
        .map(Finding::to_error)
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(CommandError::Rejected(Rejected {
        errors,
        warnings: Vec::new(),
    }))
}

fn expect_reason(reason: &str) -> Result<(), CommandError> {
    if reason.trim().is_empty() {
        return Err(invalid("expected a reason", "/reason").into());
    }
    check_text(reason, "/reason")
}
