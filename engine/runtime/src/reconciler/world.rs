//! Takes over what another node has changed in tenants, parameters, calendars and active plugins.
//!
//! On SQLite this process makes all changes itself and there is nothing to look for.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tongban_store::dialect::Dialect;
use tongban_store::error::Error as StoreError;
use tongban_store::query::{calendar, configuration, plugin, schedule};

use crate::change::{Change, Subject};
use crate::executor::stop::chain;
use crate::service::StopSignal;
use crate::shared::Shared;

/// Looks for changes, again and again, until it is told to stop.
pub(crate) async fn run(shared: Arc<Shared>, mut stop: StopSignal) {
    if shared.database.dialect() == Dialect::Sqlite {
        return;
    }
    let period = Duration::from_millis(shared.bounds.period_ms);
    let mut known = fingerprint(&shared).await.ok();
    while !stop.is_stopping() {
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = stop.stopping() => return,
        }
        match fingerprint(&shared).await {
            Ok(found) if known.as_ref() == Some(&found) => {}
            Ok(found) => {
                if let Err(error) = shared.reload().await {
                    tracing::warn!(error = %chain(&error), "could not read the tenants again; it is tried again");
                    continue;
                }
                known = Some(found);
                let tenant = Arc::from("");
                // Nobody may be listening.
                drop(shared.changes.send(Arc::from([Change {
                    tenant,
                    subject: Subject::Plugins,
                }])));
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not look for changes of other nodes; it is tried again");
            }
        }
    }
}

/// A text that differs whenever something a command sees of a tenant does.
async fn fingerprint(shared: &Shared) -> Result<String, StoreError> {
    let database = &shared.database;
    let mut text = String::new();
    for (tenant, rule) in schedule::approved_rules(database).await? {
        // Writing to a String cannot fail.
        let _ = write!(text, "{tenant} {} {};", rule.key, rule.version);
    }
    for tenant in configuration::tenants(database).await? {
        let years = configuration::calendar(database, &tenant.id).await?;
        let edition = calendar::latest_publication(database, &tenant.id).await?;
        let edition = edition.map(|it| it.number);
        let parameters = configuration::parameters(database, &tenant.id).await?;
        let active = plugin::activations(database, &tenant.id).await?;
        let calendar_at = years.iter().map(|it| it.updated_at).max();
        let parameters_at = parameters.iter().map(|it| it.updated_at).max();
        let plugins: Vec<&str> = active.iter().map(|it| &*it.digest).collect();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{} {calendar_at:?} {edition:?} {parameters_at:?} {plugins:?};",
            tenant.id
        );
    }
    Ok(text)
}
