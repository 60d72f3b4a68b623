//! What can be configured: one kind, one file, one line in [`KINDS`].

use std::sync::Arc;

use tongban_store::row::configuration_item::ConfigurationItem;

use super::calendar::Calendar;
use super::decision::Decision;
use super::form::Form;
use super::parameter::Parameter;
use super::process::Process;
use super::schedule_rule::ScheduleRule;
use super::staff::Staff;
use crate::configuration_item::{Finding, digest_of};
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::tenant::TenantWorld;

/// All kinds.
pub(crate) static KINDS: &[&dyn Kind] = &[
    &Process,
    &Decision,
    &Form,
    &Parameter,
    &Calendar,
    &Staff,
    &ScheduleRule,
];

/// The kind of that name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|it| it.name() == name)
}

/// Who may configure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Configurer {
    /// Whoever has a role that configures, as a plugin declares it.
    Role,
    /// Those who administer the bureau.
    Administrator,
}

/// What a plugin brings.
pub(crate) struct Original {
    /// Name of the plugin.
    pub(crate) plugin: Arc<str>,
    /// The file, or the default value as JSON.
    pub(crate) content: Vec<u8>,
}

impl Original {
    pub(crate) fn digest(&self) -> Arc<str> {
        digest_of(&self.content)
    }
}

/// An item with its content, which is empty where it ends something.
pub(crate) struct Change<'c> {
    pub(crate) item: &'c ConfigurationItem,
    pub(crate) content: &'c [u8],
}

impl Change<'_> {
    pub(crate) fn key(&self) -> &str {
        &self.item.key
    }

    /// An approved item has a date.
    pub(crate) fn date(&self) -> &str {
        self.item
            .effective_from
            .as_deref()
            .expect("approval gives every item its date")
    }
}

/// One thing that can be configured. What is checked, made to hold and shown goes through here; the
/// life cycle is the same for all.
pub(crate) trait Kind: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Who may configure it.
    fn configurer(&self) -> Configurer {
        Configurer::Role
    }

    /// What an active plugin brings in its place.
    fn original(&self, _world: &TenantWorld, _key: &str) -> Option<Original> {
        None
    }

    /// Everything that is wrong with the content.
    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>>;

    /// Everything that stands against going back to what was there without the county's own.
    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>>;

    /// Whether it has dates of its own, and is made known when it is approved.
    fn is_dated(&self) -> bool {
        false
    }

    /// Of what has dates of its own: makes it known when it is approved, so that it can be asked
    /// for by date.
    fn publish(&self, _session: &mut Session<'_>, _change: &Change<'_>) -> Decided<()> {
        Ok(())
    }

    /// Takes back what [`Kind::publish`] did.
    fn unpublish(&self, _session: &mut Session<'_>, _item: &ConfigurationItem) -> Decided<()> {
        Ok(())
    }

    /// Lets it hold; called on its day.
    fn activate(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()>;

    /// Lets it hold again after the plugin's own was deployed anew.
    fn reapply(&self, _session: &mut Session<'_>, _change: &Change<'_>) -> Decided<()> {
        Ok(())
    }
}

/// An error at the item's content.
pub(crate) fn wrong(code: &str, parameters: &[(&str, &str)]) -> Finding {
    Finding::error(UserError::new(code, parameters).at("/content"))
}

/// Nothing without the county's own to go back to.
pub(crate) fn no_original(change: &Change<'_>) -> Vec<Finding> {
    let parameters = [("kind", &*change.item.kind), ("key", change.key())];
    let error = UserError::new("CONFIGURATION_NO_ORIGINAL", &parameters).at("/ends");
    vec![Finding::error(error)]
}
