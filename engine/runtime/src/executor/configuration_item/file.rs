//! What processes, decisions and forms have in common: they are files that are deployed.

use std::sync::Arc;

use tongban_host::plugin::Plugin;
use tongban_store::row::definition::Origin;

use super::kind::{Change, Original, wrong};
use crate::command::Resource;
use crate::configuration_item::Finding;
use crate::executor::deploy::Source;
use crate::executor::deploy::read::{Read, read_all};
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::outcome::Deployed;
use crate::tenant::TenantWorld;

/// The file of a change.
pub(super) fn resource(change: &Change<'_>, extension: &str) -> Resource {
    Resource {
        name: format!("{}.{extension}", change.key()),
        content: change.content.to_vec(),
        effective_from: None,
    }
}

/// Reads the file of a change as a deployment would; what is wrong becomes findings.
pub(super) fn read(
    session: &Session<'_>,
    change: &Change<'_>,
    extension: &str,
) -> Decided<Result<Read, Vec<Finding>>> {
    let resources = [resource(change, extension)];
    let imports = session.imported(&resources)?;
    match read_all(&resources, &imports, session.shared.look()) {
        Ok(read) => Ok(Ok(read)),
        Err(Stop::Refused(error)) => {
            let errors = error.user_errors().into_iter();
            let findings = errors.map(|it| Finding::error(it.at("/content")));
            Ok(Err(findings.collect()))
        }
        Err(stop) => Err(stop),
    }
}

/// Whether the file has what the item is about; a file of one thing has nothing else.
pub(super) fn check_key(change: &Change<'_>, found: &[&str], is_alone: bool) -> Option<Finding> {
    let has_it = found.contains(&change.key());
    if has_it && (found.len() == 1 || !is_alone) {
        return None;
    }
    let found = found.join(", ");
    let parameters = [("key", change.key()), ("found", found.as_str())];
    Some(wrong("CONFIGURATION_KEY_DIFFERS", &parameters))
}

/// Deploys the file of a change as the county's own.
pub(super) fn deploy(
    session: &mut Session<'_>,
    change: &Change<'_>,
    resource: Resource,
) -> Decided<Deployed> {
    let source = Source {
        text: format!("configuration item {}", change.item.id),
        origin: Origin::County,
        item: Some(change.item.id),
        ..Source::default()
    };
    session.deploy_from(&[resource], &source)
}

/// Deploys what the plugin brings.
pub(super) fn restore(
    session: &mut Session<'_>,
    original: Original,
    name: String,
) -> Decided<Deployed> {
    let source = Source {
        text: format!("{} restored", original.plugin),
        origin: Origin::Plugin,
        ..Source::default()
    };
    let resource = Resource {
        name,
        content: original.content,
        effective_from: None,
    };
    session.deploy_from(&[resource], &source)
}

/// The file of an active plugin that `has` what is looked for.
pub(super) fn original(
    world: &TenantWorld,
    folder: &str,
    has: impl Fn(&str, &[u8]) -> bool,
) -> Option<Original> {
    let of_plugin = |plugin: &Arc<Plugin>| {
        let mut files = plugin.originals(folder);
        let (_, content) = files.find(|(path, content)| has(path, content))?;
        Some(Original {
            plugin: Arc::from(plugin.manifest().plugin.name.as_str()),
            content: content.to_vec(),
        })
    };
    world.plugins.iter().find_map(of_plugin)
}
