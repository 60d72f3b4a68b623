//! Packages on this server, and which version of a plugin a tenant uses.

use std::sync::Arc;

use tongban_host::package::Package;
use tongban_host::plugin::Plugin;
use tongban_host::problem::Problem;
use tongban_store::query::plugin as query;
use tongban_store::row::definition::Origin;
use tongban_store::row::plugin::{PluginActivation, PluginPackage};

use crate::change::Subject;
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::configuration_item::assertion;
use crate::executor::deploy::Source;
use crate::executor::session::Session;
use crate::executor::stop::{Decided, chain};
use crate::outcome::{Deployed, Done};
use crate::parameter;
use crate::record_columns;
use crate::resource::files;

impl Session<'_> {
    /// Stores a package. The same package again changes nothing.
    pub(crate) fn install_plugin(&mut self, bytes: &Arc<[u8]>) -> Decided<Done> {
        let package = Package::open(bytes).map_err(|error| refused(error.problems(), &error))?;
        let (name, version) = name_of(&package);
        let digest = package.digest();
        let stored = self.wait(query::packages(&self.shared.database))?;
        if let Some(same) = stored
            .iter()
            .find(|it| *it.name == *name && *it.version == *version)
        {
            if *same.digest == *digest {
                return Ok(Done::PluginInstalled {
                    name,
                    version,
                    digest,
                    unchanged: true,
                });
            }
            let parameters = [("plugin", name.as_str()), ("version", version.as_str())];
            return Err(UserError::new("PLUGIN_CONFLICT", &parameters)
                .at("/package")
                .into());
        }
        // Compiles and links: what cannot run is not stored.
        let plugin = self
            .shared
            .host
            .load(&package)
            .map_err(|error| refused(error.problems(), &error))?;
        self.check_conditions(&plugin)?;
        let row = PluginPackage {
            digest: Arc::from(digest.as_str()),
            name: Arc::from(name.as_str()),
            version: Arc::from(version.as_str()),
            size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            installed_at: self.running.now,
            installed_by: self.running.principal.id.clone(),
        };
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_plugin_package(&row, bytes))?;
        self.audit("InstallPlugin", ("plugin", &format!("{name}@{version}")))?;
        Ok(Done::PluginInstalled {
            name,
            version,
            digest,
            unchanged: false,
        })
    }

    /// The plugin keeps to its own conditions, which are FEEL and DMN: the host knows neither.
    fn check_conditions(&self, plugin: &Arc<Plugin>) -> Result<(), CommandError> {
        let manifest = plugin.manifest();
        let mut errors: Vec<UserError> = Vec::new();
        for declared in &manifest.parameters {
            let found = parameter::check(
                plugin,
                &declared.key,
                &declared.default,
                &self.environment(),
            );
            errors.extend(found.into_iter().map(|it| it.at("/package")));
        }
        let own = assertion::check_own(plugin, &self.environment());
        errors.extend(own.into_iter().map(|it| it.at("/package")));
        if errors.is_empty() {
            return Ok(());
        }
        Err(CommandError::Rejected(Rejected {
            errors,
            warnings: Vec::new(),
        }))
    }

    /// Makes an installed version the active one of the tenant: its record tables are made, its
    /// processes, decisions and forms deployed.
    pub(crate) fn activate_plugin(&mut self, name: &str, version: &str) -> Decided<Done> {
        let shared = self.shared.clone();
        let stored = self.wait(query::packages(&shared.database))?;
        let row = stored
            .into_iter()
            .find(|it| &*it.name == name && &*it.version == version);
        let row = row.ok_or_else(|| not_installed(name, version))?;
        let tenant = self.running.tenant.id.clone();
        let active = self.wait(query::activations(&shared.database, &tenant))?;
        if active
            .iter()
            .any(|it| it.name == row.name && it.digest == row.digest)
        {
            return Ok(Done::PluginActivated {
                name: name.to_owned(),
                version: version.to_owned(),
                deployed: Deployed::default(),
                unchanged: true,
            });
        }
        let content = self.wait(query::package_content(&shared.database, &row.digest))?;
        let content = content.ok_or_else(|| not_installed(name, version))?;
        let package = Package::open(&content).map_err(|error| refused(error.problems(), &error))?;
        let plugin = shared
            .host
            .load(&package)
            .map_err(|error| refused(error.problems(), &error))?;
        self.check_names(&package)?;
        if let Some(old) = self.running.tenant.plugin(name).cloned() {
            self.check_narrowing(&old, &plugin)?;
        }
        self.declare_record_kinds(&package)?;
        // From here on the command sees the tenant as it will be.
        self.running.tenant = Arc::new(self.running.tenant.with(plugin));
        let mut deployed = self.deploy_package(&package)?;
        self.put_schedules(&package)?;
        deployed.warnings.extend(self.recheck_items(name, version)?);
        let activation = PluginActivation {
            name: row.name.clone(),
            version: row.version.clone(),
            digest: row.digest.clone(),
            activated_at: self.running.now,
            activated_by: self.running.principal.id.clone(),
        };
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_plugin_activation(&activation))?;
        let operations = package.manifest().operations.iter();
        self.serve_jobs_later(operations.map(|it| it.name.clone()).collect())?;
        self.audit("ActivatePlugin", ("plugin", &format!("{name}@{version}")))?;
        self.note_change(Subject::Plugins);
        let (name, version) = (name.to_owned(), version.to_owned());
        Ok(Done::PluginActivated {
            name,
            version,
            deployed,
            unchanged: false,
        })
    }

    /// Operations, record kinds, checks, deadlines, schedules and notices are found by their names alone,
    /// so that no two active plugins of a tenant may share one.
    fn check_names(&self, package: &Package) -> Result<(), CommandError> {
        let own = package.manifest();
        let mut errors = Vec::new();
        for plugin in &self.running.tenant.plugins {
            let other = plugin.manifest();
            if other.plugin.name == own.plugin.name {
                continue;
            }
            let operations = own.operations.iter().map(|it| &it.name);
            let operations = operations.filter(|it| other.operation(it).is_some());
            let records = own
                .records
                .iter()
                .map(|it| &it.kind)
                .filter(|it| other.record(it).is_some());
            let checks = own
                .checks
                .iter()
                .map(|it| &it.kind)
                .filter(|it| other.check(it).is_some());
            let deadlines = own
                .deadlines
                .iter()
                .map(|it| &it.key)
                .filter(|it| other.deadline(it).is_some());
            let schedules = own
                .schedules
                .iter()
                .map(|it| &it.key)
                .filter(|it| other.schedule(it).is_some());
            let notices = own
                .notices
                .iter()
                .map(|it| &it.code)
                .filter(|it| other.notice(it).is_some());
            let names = operations.chain(records).chain(checks).chain(notices);
            for name in names.chain(deadlines).chain(schedules) {
                let parameters = [
                    ("name", name.as_str()),
                    ("plugin", other.plugin.name.as_str()),
                ];
                errors.push(UserError::new("PLUGIN_NAME_TAKEN", &parameters).at("/name"));
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(CommandError::Rejected(Rejected {
            errors,
            warnings: Vec::new(),
        }))
    }

    fn declare_record_kinds(&mut self, package: &Package) -> Decided<()> {
        let runtime = self.runtime;
        for declared in &package.manifest().records {
            let kind = record_columns::table_of(declared);
            let backfill = |body: &str| {
                let body = serde_json::from_str(body).unwrap_or(serde_json::Value::Null);
                record_columns::values_of(declared, &body)
            };
            let declare = self.unit().declare_record_kind(&kind, &backfill);
            runtime.block_on(declare)?;
        }
        Ok(())
    }

    fn deploy_package(&mut self, package: &Package) -> Decided<Deployed> {
        let resources = files(package);
        if resources.is_empty() {
            return Ok(Deployed::default());
        }
        let (name, version) = name_of(package);
        let operations = package
            .manifest()
            .operations
            .iter()
            .map(|it| it.name.clone())
            .collect();
        let deadlines = package
            .manifest()
            .deadlines
            .iter()
            .map(|it| it.key.clone())
            .collect();
        let source = Source {
            text: format!("{name}@{version}"),
            operations,
            deadlines,
            origin: Origin::Plugin,
            item: None,
        };
        self.deploy_from(&resources, &source)
    }
}

fn name_of(package: &Package) -> (String, String) {
    let header = &package.manifest().plugin;
    (header.name.clone(), header.version.clone())
}

fn not_installed(name: &str, version: &str) -> UserError {
    let plugin = format!("{name} {version}");
    UserError::new("PLUGIN_NOT_FOUND", &[("plugin", &plugin)]).at("/name")
}

fn refused(problems: &[Problem], error: &dyn std::error::Error) -> CommandError {
    if problems.is_empty() {
        let reason = chain(error);
        return UserError::new("PLUGIN_REFUSED", &[("reason", &reason)])
            .at("/package")
            .into();
    }
    let of = |problem: &Problem| {
        let mut error = UserError::new(problem.code, &[]).at("/package");
        error.text.en = problem.to_string();
        error.text.zh = format!("{}：{}", error.text.zh, problem);
        error.details = Some(serde_json::json!({
            "file": problem.file,
            "line": problem.line,
            "field": problem.field,
        }));
        error
    };
    let errors = problems.iter().map(of).collect();
    CommandError::Rejected(Rejected {
        errors,
        warnings: Vec::new(),
    })
}
