//! Values of parameters. They have dates: the one in force is chosen by the date of the fact.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_store::row::configuration::Parameter as Row;
use tongban_store::row::configuration_item::ConfigurationItem;

use super::kind::{Change, Kind, Original, wrong};
use crate::configuration_item::Finding;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::parameter;
use crate::tenant::TenantWorld;

/// A parameter, by plugin and key: `marriage-registration/annulment_days`.
pub(crate) struct Parameter;

impl Kind for Parameter {
    fn name(&self) -> &'static str {
        "parameter"
    }

    fn original(&self, world: &TenantWorld, key: &str) -> Option<Original> {
        let (plugin, key) = key.split_once('/')?;
        let declared = world.plugin(plugin)?.manifest().parameter(key)?;
        Some(Original {
            plugin: Arc::from(plugin),
            content: format!("{}\n", declared.default).into_bytes(),
        })
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let value = match serde_json::from_slice::<Json>(change.content) {
            Ok(value) => value,
            Err(error) => {
                let reason = error.to_string();
                return Ok(vec![wrong("INVALID_INPUT", &[("reason", &reason)])]);
            }
        };
        let world = session.running.tenant.clone();
        let (plugin, key) = change.key().split_once('/').unwrap_or(("", change.key()));
        let Some(active) = world.plugin(plugin) else {
            return Ok(unknown(plugin, key));
        };
        let errors = parameter::check(active, key, &value, &session.environment());
        let finding = |it: crate::error::UserError| {
            let place = it.field.clone().unwrap_or_default();
            Finding::error(it.at(format!("/content{place}")))
        };
        Ok(errors.into_iter().map(finding).collect())
    }

    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        if self
            .original(&session.running.tenant, change.key())
            .is_some()
        {
            return Ok(Vec::new());
        }
        let (plugin, key) = change.key().split_once('/').unwrap_or(("", change.key()));
        Ok(unknown(plugin, key))
    }

    fn publish(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        let Some((plugin, key)) = change.key().split_once('/') else {
            return Ok(());
        };
        // What was checked is JSON; its form is made the same for all.
        let value = match change.item.ends {
            true => Json::Null,
            false => serde_json::from_slice(change.content).unwrap_or(Json::Null),
        };
        let row = Row {
            plugin: Arc::from(plugin),
            key: Arc::from(key),
            effective_from: Some(Arc::from(change.date())),
            value: Arc::from(value.to_string()),
            item: Some(change.item.id),
            updated_at: session.running.now,
            updated_by: session.running.principal.id.clone(),
        };
        let runtime = session.runtime;
        Ok(runtime.block_on(session.unit().put_parameters(&[row]))?)
    }

    fn unpublish(&self, session: &mut Session<'_>, item: &ConfigurationItem) -> Decided<()> {
        let runtime = session.runtime;
        Ok(runtime.block_on(session.unit().remove_parameters_of(item.id))?)
    }

    fn activate(&self, _session: &mut Session<'_>, _change: &Change<'_>) -> Decided<()> {
        Ok(())
    }
}

fn unknown(plugin: &str, key: &str) -> Vec<Finding> {
    vec![wrong(
        "PARAMETER_UNKNOWN",
        &[("plugin", plugin), ("key", key)],
    )]
}
