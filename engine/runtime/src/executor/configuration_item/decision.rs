//! Decisions (DMN) that a county makes its own. They have dates: the one in force is chosen by the
//! date of the fact.

use std::collections::BTreeSet;
use std::sync::Arc;

use tongban_feel::dmn::Limits;
use tongban_feel::dmn::outline::outline;
use tongban_store::query::configuration_item::ItemFilter;
use tongban_store::query::definition::decision_versions;
use tongban_store::row::configuration_item::{ConfigurationItem, ItemState};
use tongban_store::row::definition::Origin;

use super::kind::{Change, Kind, Original, no_original};
use super::{assertion, file};
use crate::configuration_item::Finding;
use crate::executor::deploy::notice;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::tenant::TenantWorld;

const EXTENSION: &str = "dmn";
/// Versions of one decision looked at.
const VERSIONS_MAX: u64 = 1_000;

/// A decision, by its DMN id; its file may have others beside it.
pub(crate) struct Decision;

impl Kind for Decision {
    fn name(&self) -> &'static str {
        "decision"
    }

    fn original(&self, world: &TenantWorld, key: &str) -> Option<Original> {
        file::original(world, "decisions/", |path, content| {
            outline(path, content, &Limits::default())
                .is_ok_and(|it| it.iter().any(|it| it.id == key))
        })
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let read = match file::read(session, change, EXTENSION)? {
            Ok(read) => read,
            Err(findings) => return Ok(findings),
        };
        let keys: Vec<&str> = read.decisions.iter().map(|it| &*it.key).collect();
        let mut findings: Vec<Finding> =
            file::check_key(change, &keys, false).into_iter().collect();
        let written = read
            .decisions
            .iter()
            .find_map(|it| it.effective_from.as_deref());
        if let (Some(written), Some(date)) = (written, change.item.effective_from.as_deref())
            && written != date
        {
            let parameters = [("written", written), ("date", date)];
            findings.push(Finding::warning(notice(
                "CONFIGURATION_DATE_DIFFERS",
                &parameters,
            )));
        }
        findings.extend(read.warnings.into_iter().map(Finding::warning));
        let original = self.original(&session.running.tenant, change.key());
        findings.extend(assertion::check(session, change, original.as_ref(), &keys));
        Ok(findings)
    }

    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let tenant = session.running.tenant.id.clone();
        let database = &session.shared.database;
        let versions = decision_versions(database, &tenant, change.key(), VERSIONS_MAX);
        let versions = session.wait(versions)?;
        if versions.iter().any(|it| it.origin != Origin::County) {
            return Ok(Vec::new());
        }
        Ok(no_original(change))
    }

    fn publish(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        if change.item.ends {
            return Ok(());
        }
        let mut resource = file::resource(change, EXTENSION);
        resource.effective_from = Some(change.date().to_owned());
        file::deploy(session, change, resource).map(drop)
    }

    fn is_dated(&self) -> bool {
        true
    }

    /// The plugin may have brought another form of a model that the county's own imports.
    fn reapply(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        self.publish(session, change)
    }

    fn unpublish(&self, session: &mut Session<'_>, item: &ConfigurationItem) -> Decided<()> {
        let runtime = session.runtime;
        Ok(runtime.block_on(session.unit().void_decisions_of(item.id))?)
    }

    fn activate(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        if !change.item.ends {
            return Ok(());
        }
        let runtime = session.runtime;
        for key in own_keys(session, change)? {
            let end = session.unit().end_county_decisions(&key, change.date());
            runtime.block_on(end)?;
        }
        Ok(())
    }
}

/// The decisions that came with the county's files of this key: they end together.
fn own_keys(session: &mut Session<'_>, change: &Change<'_>) -> Decided<BTreeSet<String>> {
    let runtime = session.runtime;
    let filter = ItemFilter {
        kind: Some(change.item.kind.clone()),
        key: Some(Arc::from(change.key())),
        states: vec![ItemState::Active],
        ..ItemFilter::default()
    };
    let mut keys = BTreeSet::from([change.key().to_owned()]);
    for item in runtime.block_on(session.unit().configuration_items(&filter))? {
        let content = session.content_of(&item)?;
        let outlines = outline(&item.key, &content, &Limits::default());
        keys.extend(outlines.unwrap_or_default().into_iter().map(|it| it.id));
    }
    Ok(keys)
}
