//! Which ladder a task climbs: the one its plugin declares for it, the one of the schedule that
//! started its process, or the usual one.

use std::sync::Arc;

use tongban_core::escalation::{DEFAULT, Light, Reached, Rung};
use tongban_host::manifest::Manifest;
use tongban_host::manifest::deadline::Color;
use tongban_host::manifest::schedule::{Escalation, Level, LevelStart};

use crate::tenant::TenantWorld;

/// A ladder, and who is told at its rungs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ladder {
    /// Its key; absent for the usual one.
    pub(crate) key: Option<Arc<str>>,
    /// The notice that is sent at its rungs.
    pub(crate) notice: Option<Arc<str>>,
    pub(crate) rungs: Vec<Rung>,
    /// Roles by level.
    pub(crate) notify: Vec<(u8, Vec<String>)>,
}

/// The ladder of the tasks of an element.
pub(crate) fn ladder_of(world: &TenantWorld, process_key: &str, element_id: &str) -> Ladder {
    let element = format!("{process_key}#{element_id}");
    let manifests = || world.plugins.iter().map(|it| it.manifest());
    let named = |name: &str| {
        let all = manifests().flat_map(|it| &it.escalations);
        all.into_iter()
            .find(|it| it.tasks.iter().any(|task| task == name))
    };
    let found = named(&element)
        .or_else(|| named(process_key))
        .or_else(|| manifests().find_map(|it| of_schedule(it, process_key)));
    found.map_or_else(usual, declared)
}

/// The ladder of the schedule whose operation starts a process.
fn of_schedule<'m>(manifest: &'m Manifest, process_key: &str) -> Option<&'m Escalation> {
    let starts = |operation: &str| {
        let operation = manifest.operation(operation);
        operation.is_some_and(|it| it.starts.iter().any(|key| key == process_key))
    };
    let mut schedules = manifest.schedules.iter();
    let schedule = schedules.find(|it| it.escalation.is_some() && starts(&it.operation))?;
    manifest.escalation(schedule.escalation.as_deref()?)
}

fn usual() -> Ladder {
    Ladder {
        key: None,
        notice: None,
        rungs: DEFAULT.to_vec(),
        notify: Vec::new(),
    }
}

fn declared(escalation: &Escalation) -> Ladder {
    let levels = &escalation.levels;
    Ladder {
        key: Some(Arc::from(escalation.key.as_str())),
        notice: escalation.notice.as_deref().map(Arc::from),
        rungs: levels.iter().map(rung).collect(),
        notify: levels
            .iter()
            .map(|it| (it.level, it.notify.clone()))
            .collect(),
    }
}

fn rung(level: &Level) -> Rung {
    Rung {
        level: level.level,
        reached: match level.from {
            LevelStart::Percent(percent) => Reached::Percent(percent),
            LevelStart::Day(moment) => Reached::Day {
                before: moment.before,
                working: moment.working,
            },
        },
        light: level.light.map(|it| match it {
            Color::Yellow => Light::Yellow,
            Color::Red => Light::Red,
        }),
    }
}
