//! What a command sees of its tenant beside the database: calendar, parameters, active plugins.
//!
//! Read at the start and again after each command that changes it; a command holds the one it
//! began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tongban_feel::time::Zone;
use tongban_feel::workday::{Calendar, CalendarTable, Weekends};
use tongban_host::call::Dated;
use tongban_host::manifest::deadline::Deadline;
use tongban_host::manifest::schedule::Schedule;
use tongban_host::manifest::{Check, Document, Notice, Operation};
use tongban_host::plugin::Plugin;
use tongban_store::id::TenantId;
use tongban_store::row::calendar::CalendarOverride;

use crate::schedule::{Rule, Scheduled};

/// A tenant as a command sees it.
#[derive(Clone)]
pub(crate) struct TenantWorld {
    pub(crate) id: TenantId,
    pub(crate) name: Arc<str>,
    pub(crate) calendar: Arc<dyn Calendar>,
    /// Values set by the tenant with the dates from which they hold, by plugin and key.
    pub(crate) parameters: BTreeMap<String, BTreeMap<String, Vec<Dated>>>,
    /// The active plugins.
    pub(crate) plugins: Vec<Arc<Plugin>>,
    operations: BTreeMap<String, usize>,
    record_kinds: BTreeMap<String, usize>,
    checks: BTreeMap<String, usize>,
    deadlines: BTreeMap<String, usize>,
    schedules: BTreeMap<String, usize>,
    /// What staff have changed about schedules and others have approved, by key.
    pub(crate) rules: BTreeMap<String, Vec<Rule>>,
    notices: BTreeMap<String, usize>,
    documents: BTreeMap<String, usize>,
}

impl TenantWorld {
    /// A tenant without anything: weekends rest, no plugin is active.
    pub(crate) fn empty(name: &str) -> TenantWorld {
        TenantWorld {
            id: TenantId::new(name),
            name: Arc::from(name),
            calendar: Arc::new(Weekends),
            parameters: BTreeMap::new(),
            plugins: Vec::new(),
            operations: BTreeMap::new(),
            record_kinds: BTreeMap::new(),
            checks: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            schedules: BTreeMap::new(),
            rules: BTreeMap::new(),
            notices: BTreeMap::new(),
            documents: BTreeMap::new(),
        }
    }

    /// The tenant as it will be when this version of a plugin is active.
    pub(crate) fn with(&self, plugin: Arc<Plugin>) -> TenantWorld {
        let mut world = TenantWorld::empty(&self.name);
        world.calendar = self.calendar.clone();
        world.parameters = self.parameters.clone();
        world.rules = self.rules.clone();
        let name = &plugin.manifest().plugin.name;
        let others = self.plugins.iter();
        let others = others.filter(|it| it.manifest().plugin.name != *name);
        others.cloned().for_each(|it| world.add(it));
        world.add(plugin);
        world
    }

    /// The active version of a plugin.
    pub(crate) fn plugin(&self, name: &str) -> Option<&Arc<Plugin>> {
        let mut plugins = self.plugins.iter();
        plugins.find(|it| it.manifest().plugin.name == name)
    }

    /// Makes a plugin one of the active ones.
    pub(crate) fn add(&mut self, plugin: Arc<Plugin>) {
        let position = self.plugins.len();
        let manifest = plugin.manifest();
        let names = manifest
            .operations
            .iter()
            .map(|it| (it.name.clone(), position));
        self.operations.extend(names);
        let kinds = manifest
            .records
            .iter()
            .map(|it| (it.kind.clone(), position));
        self.record_kinds.extend(kinds);
        let checks = manifest.checks.iter().map(|it| (it.kind.clone(), position));
        self.checks.extend(checks);
        let deadlines = manifest
            .deadlines
            .iter()
            .map(|it| (it.key.clone(), position));
        self.deadlines.extend(deadlines);
        let schedules = manifest
            .schedules
            .iter()
            .map(|it| (it.key.clone(), position));
        self.schedules.extend(schedules);
        let notices = manifest.notices.iter();
        self.notices
            .extend(notices.map(|it| (it.code.clone(), position)));
        let documents = manifest.documents.iter();
        self.documents
            .extend(documents.map(|it| (it.key.clone(), position)));
        self.plugins.push(plugin);
    }

    /// The operation of that name, with its plugin.
    pub(crate) fn operation(&self, name: &str) -> Option<(&Arc<Plugin>, &Operation)> {
        let plugin = self.plugins.get(*self.operations.get(name)?)?;
        Some((plugin, plugin.manifest().operation(name)?))
    }

    /// The plugin that declares a record kind.
    pub(crate) fn record_plugin(&self, kind: &str) -> Option<&Arc<Plugin>> {
        self.plugins.get(*self.record_kinds.get(kind)?)
    }

    /// The check of that kind, with its plugin.
    pub(crate) fn check(&self, kind: &str) -> Option<(&Arc<Plugin>, &Check)> {
        let plugin = self.plugins.get(*self.checks.get(kind)?)?;
        Some((plugin, plugin.manifest().check(kind)?))
    }

    /// The deadline of that key, with its plugin.
    pub(crate) fn deadline(&self, key: &str) -> Option<(&Arc<Plugin>, &Deadline)> {
        let plugin = self.plugins.get(*self.deadlines.get(key)?)?;
        Some((plugin, plugin.manifest().deadline(key)?))
    }

    /// The schedule of that key, with its plugin.
    pub(crate) fn schedule(&self, key: &str) -> Option<(&Arc<Plugin>, &Schedule)> {
        let plugin = self.plugins.get(*self.schedules.get(key)?)?;
        Some((plugin, plugin.manifest().schedule(key)?))
    }

    /// The schedule of that key with its rules and calendar.
    pub(crate) fn scheduled<'s>(&'s self, key: &str, zone: &'s Zone) -> Option<Scheduled<'s>> {
        let (_, declared) = self.schedule(key)?;
        Some(Scheduled {
            declared,
            rules: self.rules.get(key).map(Vec::as_slice).unwrap_or_default(),
            calendar: &*self.calendar,
            zone,
        })
    }

    /// The deadlines of a record kind.
    pub(crate) fn deadlines_of(&self, kind: &str) -> impl Iterator<Item = &Deadline> {
        let plugin = self.record_plugin(kind);
        let declared = plugin.into_iter().flat_map(|it| &it.manifest().deadlines);
        declared.filter(move |it| it.record == kind)
    }

    /// The notice of that code, with its plugin.
    pub(crate) fn notice(&self, code: &str) -> Option<(&Arc<Plugin>, &Notice)> {
        let plugin = self.plugins.get(*self.notices.get(code)?)?;
        Some((plugin, plugin.manifest().notice(code)?))
    }

    /// The document of that key, with its plugin.
    pub(crate) fn document(&self, key: &str) -> Option<(&Arc<Plugin>, &Document)> {
        let plugin = self.plugins.get(*self.documents.get(key)?)?;
        Some((plugin, plugin.manifest().document(key)?))
    }

    /// The values the tenant has set for a plugin.
    pub(crate) fn configuration(&self, plugin: &str) -> BTreeMap<String, Vec<Dated>> {
        self.parameters.get(plugin).cloned().unwrap_or_default()
    }
}

/// The calendar made of the stored years and the county's own days; weekends where nothing is
/// stored.
///
/// Each year is stored as a file of its own in the shape of the yearly table, so that one year can
/// be published without touching another. The county's own days win.
pub(crate) fn calendar_of(
    years: &[Arc<str>],
    own_days: &[CalendarOverride],
) -> Result<Arc<dyn Calendar>, String> {
    let mut merged: Option<Map<String, Json>> = None;
    for content in years {
        let Ok(Json::Object(file)) = serde_json::from_str::<Json>(content) else {
            return Err("a stored calendar is not a JSON object".to_owned());
        };
        merged = Some(match merged {
            None => file,
            Some(into) => merge_years(into, file),
        });
    }
    let mut merged = match merged {
        Some(merged) => merged,
        None if own_days.is_empty() => return Ok(Arc::new(Weekends)),
        None => empty_table(),
    };
    if !own_days.is_empty() {
        let own_day =
            |it: &CalendarOverride| json!({"date": it.on.to_string(), "working": it.working});
        let own_days: Vec<Json> = own_days.iter().map(own_day).collect();
        merged.insert("local_overrides".to_owned(), Json::Array(own_days));
    }
    let text = Json::Object(merged).to_string();
    let version = tongban_host::digest::sha256(text.as_bytes())
        .chars()
        .take(12)
        .collect::<String>();
    match CalendarTable::parse(text.as_bytes(), &version) {
        Ok(table) => Ok(Arc::new(table)),
        Err(errors) => Err(errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")),
    }
}

fn empty_table() -> Map<String, Json> {
    let table = json!({"schema_version": 1, "years": {}});
    table.as_object().cloned().unwrap_or_default()
}

fn merge_years(mut into: Map<String, Json>, from: Map<String, Json>) -> Map<String, Json> {
    let years = from
        .get("years")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    if let Some(all) = into.get_mut("years").and_then(Json::as_object_mut) {
        all.extend(years);
    }
    into
}

/// A calendar file cut into one file for each year, with whether the year is confirmed.
pub(crate) fn split_calendar(file: &Json) -> Vec<(i32, String, bool)> {
    let empty = Map::new();
    let years = file
        .get("years")
        .and_then(Json::as_object)
        .unwrap_or(&empty);
    let mut cut = Vec::with_capacity(years.len());
    for (name, year) in years {
        let Ok(number) = name.parse::<i32>() else {
            continue;
        };
        let mut alone = file.as_object().cloned().unwrap_or_default();
        // Days of the county's own are rows of their own.
        alone.remove("local_overrides");
        alone.insert("years".to_owned(), json!({ name: year }));
        let confirmed = year.get("status").and_then(Json::as_str) == Some("confirmed");
        cut.push((number, Json::Object(alone).to_string(), confirmed));
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_feel::time::Date;
    use tongban_feel::workday::is_working_day;

    #[test]
    fn a_calendar_cut_into_years_comes_together_again() {
        let file = json!({"schema_version": 1, "timezone": "Asia/Shanghai",
            "weekend_iso_weekdays": [6, 7],
            "years": {
                "2025": {"status": "confirmed", "off_days": [{"date": "2025-01-28", "name": "春节", "statutory": true}], "work_days": []},
                "2026": {"status": "confirmed", "off_days": [{"date": "2026-02-17", "name": "春节", "statutory": true}], "work_days": []}}});
        let cut: Vec<Arc<str>> = split_calendar(&file)
            .iter()
            .map(|it| Arc::from(it.1.as_str()))
            .collect();
        assert_eq!(cut.len(), 2);
        let calendar = calendar_of(&cut, &[]).unwrap();
        assert!(!is_working_day(&*calendar, Date::new(2026, 2, 17).unwrap()));
        assert!(!is_working_day(&*calendar, Date::new(2025, 1, 28).unwrap()));
        assert!(is_working_day(&*calendar, Date::new(2026, 3, 5).unwrap()));
    }
}
