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

use crate::command::Resource;

/// Versions of decisions of a county among whose files an import is looked for.
const VERSIONS_MAX: u64 = 10_000;

/// A file that was deployed before and is imported now.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    pub(crate) name: Arc<str>,
    pub(crate) digest: Arc<str>,
    pub(crate) content: Arc<[u8]>,
    outline: ImportOutline,
}

impl Imported {
    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            file: &self.name,
            bytes: &self.content,
        }
    }

    /// The namespace it is known by.
    pub(crate) fn namespace(&self) -> &str {
        &self.outline.namespace
    }
}

/// What the files import of a namespace that is not among them, with all that this imports in turn:
/// the newest files that the county has deployed.
pub(crate) async fn missing(
    database: &Database,
    tenant: &TenantId,
    resources: &[Resource],
) -> Result<Vec<Imported>, StoreError> {
    let limits = Limits::default();
    let outlines: Vec<ImportOutline> = resources
        .iter()
        .filter(|it| it.name.ends_with(".dmn"))
        .filter_map(|it| imports(&it.content, &limits))
        .collect();
    let own: BTreeSet<&str> = outlines.iter().map(|it| it.namespace.as_str()).collect();
    let imported = outlines.iter().flat_map(|it| &it.imports);
    let mut wanted: Vec<String> = imported
        .filter(|it| !own.contains(it.as_str()))
        .cloned()
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let deployed = deployed(database, tenant).await?;
    let mut found: BTreeMap<String, Imported> = BTreeMap::new();
    while let Some(namespace) = wanted.pop() {
        let Some(file) = deployed.get(&namespace) else {
            continue;
        };
        if found.insert(namespace, file.clone()).is_none() {
            let next = file.outline.imports.iter();
            wanted.extend(next.filter(|it| !own.contains(it.as_str())).cloned());
        }
    }
    Ok(found.into_values().collect())
}

/// The newest decision files of a county by their namespaces.
async fn deployed(
    database: &Database,
    tenant: &TenantId,
) -> Result<BTreeMap<String, Imported>, StoreError> {
    let limits = Limits::default();
    let mut rows = query::newest_decisions(database, tenant, VERSIONS_MAX).await?;
    // Of two files with one namespace the one that was deployed later is meant.
    rows.sort_by_key(|it| (it.deployed_at, it.id));
    let mut files: BTreeMap<Arc<str>, Imported> = BTreeMap::new();
    let mut by_namespace = BTreeMap::new();
    for row in rows {
        let file = match files.get(&row.digest) {
            Some(file) => file.clone(),
            None => {
                let content = query::get_resource(database, tenant, &row.digest).await?;
                let Some(content) = content else { continue };
                let Some(outline) = imports(&content, &limits) else {
                    continue;
                };
                let file = Imported {
                    name: row.resource_name.clone(),
                    digest: row.digest.clone(),
                    content,
                    outline,
                };
                files.insert(row.digest.clone(), file.clone());
                file
            }
        };
        by_namespace.insert(file.outline.namespace.clone(), file);
    }
    Ok(by_namespace)
}

/// The positions of the files that a file imports, directly or not: of the deployment, then of what was
/// deployed before.
pub(crate) fn needed(
    position: usize,
    resources: &[Resource],
    imported: &[Imported],
) -> (Vec<usize>, Vec<usize>) {
    let limits = Limits::default();
    let is_decision = |it: &Resource| it.name.ends_with(".dmn");
    let outline_of = |it: &Resource| imports(&it.content, &limits).filter(|_| is_decision(it));
    let outlines: Vec<Option<ImportOutline>> = resources.iter().map(outline_of).collect();
    let start = outlines.get(position).and_then(Option::as_ref);
    let mut wanted: Vec<&str> = start
        .into_iter()
        .flat_map(|it| it.imports.iter().map(String::as_str))
        .collect();
    let (mut own, mut before) = (BTreeSet::new(), BTreeSet::new());
    while let Some(namespace) = wanted.pop() {
        let here = outlines
            .iter()
            .position(|it| it.as_ref().is_some_and(|it| it.namespace == namespace));
        let there = imported.iter().position(|it| it.namespace() == namespace);
        let next = match (here, there) {
            (Some(here), _) if here != position && own.insert(here) => outlines[here].as_ref(),
            (None, Some(there)) if before.insert(there) => Some(&imported[there].outline),
            _ => None,
        };
        wanted.extend(
            next.into_iter()
                .flat_map(|it| it.imports.iter().map(String::as_str)),
        );
    }
    (own.into_iter().collect(), before.into_iter().collect())
}
