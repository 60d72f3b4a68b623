//! Decision models that others import: those of the same deployment, else those that the county has
//! deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_feel::dmn::outline::{ImportOutline, imports};
use tongban_feel::dmn::{Limits, Source};
use tongban_store::database::Database;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::definition as query;
use tongban_store::row::definition::Origin;

use crate::command::Resource;

/// A file that was deployed before and is imported now.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    pub(crate) name: Arc<str>,
    pub(crate) digest: Arc<str>,
    pub(crate) content: Arc<[u8]>,
    outline: ImportOutline,
}

/// A file that the running command has deployed: nobody can read it yet.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    file: Imported,
    origin: Origin,
    /// The date from which it holds, as its publisher says.
    effective_from: Option<Arc<str>>,
}

/// What the files of a deployment import, each read once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Imports {
    /// Of each file of the deployment, as far as it is one of decisions.
    own: Vec<Option<ImportOutline>>,
    /// Those that were deployed before.
    pub(crate) files: Vec<Imported>,
}

impl Imported {
    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            file: &self.name,
            bytes: &self.content,
        }
    }
}

/// The date on which imports are looked for: that from which the files hold, if it is yet to come.
pub(crate) fn date(resources: &[Resource], today: &str) -> String {
    let given = resources
        .iter()
        .filter_map(|it| it.effective_from.as_deref());
    given.max().unwrap_or(today).max(today).to_owned()
}

impl Imports {
    /// What the files import of namespaces that are not among them, with all that this imports in
    /// turn: of what the county has deployed, that which is in force on the date; of what the
    /// running command has deployed, the latest, unless the county's own goes before it.
    pub(crate) async fn of(
        database: &Database,
        tenant: &TenantId,
        resources: &[Resource],
        (date, fresh): (&str, &[Fresh]),
    ) -> Result<Imports, StoreError> {
        let own: Vec<Option<ImportOutline>> = resources.iter().map(outline_of).collect();
        let namespaces: BTreeSet<&str> = own.iter().flatten().map(|it| &*it.namespace).collect();
        let is_missing = |it: &&String| !namespaces.contains(it.as_str());
        let imported = own.iter().flatten().flat_map(|it| &it.imports);
        let mut wanted: Vec<String> = imported.filter(is_missing).cloned().collect();
        let mut found: BTreeMap<String, Imported> = BTreeMap::new();
        while let Some(namespace) = wanted.pop() {
            if found.contains_key(&namespace) {
                continue;
            }
            let place = (namespace.as_str(), date);
            let Some(file) = in_force(database, tenant, place, fresh).await? else {
                continue;
            };
            wanted.extend(file.outline.imports.iter().filter(is_missing).cloned());
            found.insert(namespace, file);
        }
        let files = found.into_values().collect();
        Ok(Imports { own, files })
    }

    /// The namespace by which a file of the deployment is imported; empty if it has none.
    pub(crate) fn namespace(&self, position: usize) -> &str {
        let own = self.own.get(position).and_then(Option::as_ref);
        own.map_or("", |it| it.namespace.as_str())
    }

    /// A decision file of the deployment, for what the command deploys later.
    pub(crate) fn fresh(
        &self,
        position: usize,
        resource: &Resource,
        digest: Arc<str>,
        origin: Origin,
    ) -> Option<Fresh> {
        let outline = self.own.get(position)?.clone()?;
        let file = Imported {
            name: Arc::from(resource.name.as_str()),
            digest,
            content: Arc::from(resource.content.as_slice()),
            outline,
        };
        let effective_from = resource.effective_from.as_deref().map(Arc::from);
        Some(Fresh {
            file,
            origin,
            effective_from,
        })
    }

    /// The positions of the files that a file imports, directly or not: of the deployment, then of
    /// what was deployed before.
    pub(crate) fn needed(&self, position: usize) -> (Vec<usize>, Vec<usize>) {
        let start = self.own.get(position).and_then(Option::as_ref);
        let mut wanted: Vec<&str> = start
            .into_iter()
            .flat_map(|it| it.imports.iter().map(String::as_str))
            .collect();
        let (mut own, mut before) = (BTreeSet::new(), BTreeSet::new());
        while let Some(namespace) = wanted.pop() {
            let mut outlines = self.own.iter();
            let here =
                outlines.position(|it| it.as_ref().is_some_and(|it| it.namespace == namespace));
            let mut files = self.files.iter();
            let there = files.position(|it| it.outline.namespace == namespace);
            let next = match (here, there) {
                (Some(here), _) if here != position && own.insert(here) => self.own[here].as_ref(),
                (None, Some(there)) if before.insert(there) => Some(&self.files[there].outline),
                _ => None,
            };
            wanted.extend(
                next.into_iter()
                    .flat_map(|it| it.imports.iter().map(String::as_str)),
            );
        }
        (own.into_iter().collect(), before.into_iter().collect())
    }
}

fn outline_of(resource: &Resource) -> Option<ImportOutline> {
    let is_decision = resource.name.ends_with(".dmn");
    is_decision.then(|| imports(&resource.content, &Limits::default()))?
}

/// The file of a namespace that is in force on a date.
async fn in_force(
    database: &Database,
    tenant: &TenantId,
    (namespace, date): (&str, &str),
    fresh: &[Fresh],
) -> Result<Option<Imported>, StoreError> {
    let row = query::get_import_as_of(database, tenant, namespace, date).await?;
    let of_county = |origin| origin == Origin::County;
    let holds = |it: &&Fresh| {
        it.file.outline.namespace == namespace
            && it.effective_from.as_deref().is_none_or(|from| from <= date)
    };
    // Of equals the one that was deployed last.
    let fresh = fresh.iter().filter(holds).enumerate();
    let fresh = fresh.max_by_key(|(position, it)| (of_county(it.origin), *position));
    if let Some((_, fresh)) = fresh
        && (of_county(fresh.origin) || row.as_ref().is_none_or(|it| !of_county(it.origin)))
    {
        return Ok(Some(fresh.file.clone()));
    }
    let Some(row) = row else { return Ok(None) };
    let content = query::get_resource(database, tenant, &row.digest).await?;
    let file = content.and_then(|content| {
        Some(Imported {
            name: row.resource_name.clone(),
            digest: row.digest.clone(),
            outline: imports(&content, &Limits::default())?,
            content,
        })
    });
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(effective_from: Option<&str>) -> Resource {
        Resource {
            name: "a.dmn".to_owned(),
            content: Vec::new(),
            effective_from: effective_from.map(str::to_owned),
        }
    }

    #[test]
    fn imports_are_looked_for_on_the_day_from_which_a_file_holds() {
        let on = |from| date(&[resource(None), resource(from)], "2026-03-05");
        assert_eq!(on(None), "2026-03-05");
        assert_eq!(on(Some("2026-07-01")), "2026-07-01");
        assert_eq!(on(Some("2020-01-01")), "2026-03-05");
    }
}
