//! The host: one machine, its cache of compiled components, and the plugins loaded on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use wasmtime::component::Component;

use crate::cache::Cache;
use crate::limit::Limits;
use crate::package::Package;
use crate::plugin::Plugin;
use crate::pool::Machine;
use crate::problem::Problem;
use crate::signature::Trust;
use crate::{component, digest};

/// What a host needs to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where compiled components are kept between starts; without it they are compiled anew.
    pub cache_folder: Option<PathBuf>,
    /// The most that any plugin may use.
    pub limits: Limits,
    /// Calls that may run at the same time.
    pub calls_max: u32,
    /// Which signatures packages need.
    pub trust: Trust,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_folder: None,
            limits: Limits::default(),
            calls_max: 64,
            trust: Trust::default(),
        }
    }
}

/// Why a host did not start or a package was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine does not allow the limits (too little address space, for example).
    #[error(
        "could not start the plugin machine for {calls_max} calls of {memory_bytes} bytes: {reason}"
    )]
    Machine {
        /// Calls at the same time.
        calls_max: u32,
        /// Memory of each.
        memory_bytes: u64,
        /// What the machine said.
        reason: String,
    },
    /// The cache folder cannot be used.
    #[error("could not open the plugin cache `{}`", folder.display())]
    Cache {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The package is wrong.
    #[error("plugin `{plugin}` has {} problems; the first: {}", problems.len(), problems.first().map(ToString::to_string).unwrap_or_default())]
    Package {
        /// Name and version.
        plugin: String,
        /// All of them.
        problems: Vec<Problem>,
    },
}

impl Error {
    /// What is wrong with the package, if that is the trouble.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Package { problems, .. } => problems,
            Self::Machine { .. } | Self::Cache { .. } => &[],
        }
    }
}

/// A handle to the host; cloning it is cheap.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    machine: Arc<Machine>,
    cache: Option<Cache>,
    limits: Limits,
    trust: Trust,
    /// Loaded plugins by the digest of their package, as long as somebody holds them.
    plugins: Mutex<BTreeMap<String, Weak<Plugin>>>,
}

impl Host {
    /// Starts the machine.
    pub fn new(options: Options) -> Result<Self, Error> {
        let machine =
            Machine::new(&options.limits, options.calls_max).map_err(|error| Error::Machine {
                calls_max: options.calls_max,
                memory_bytes: options.limits.memory_bytes_max,
                reason: format!("{error:#}"),
            })?;
        let cache = options.cache_folder.map(|folder| {
            Cache::open(&folder, &machine.engine).map_err(|source| Error::Cache { folder, source })
        });
        Ok(Self {
            shared: Arc::new(Shared {
                machine: Arc::new(machine),
                cache: cache.transpose()?,
                limits: options.limits,
                trust: options.trust,
                plugins: Mutex::default(),
            }),
        })
    }

    /// Everything that forbids an installation of this package here: signatures, imports
    /// against grants, exports. (What is wrong with its files, opening it has said.)
    pub fn check(&self, package: &Package) -> Vec<Problem> {
        let mut problems = package.verify(&self.shared.trust);
        match self.compiled(package.component()) {
            Ok(component) => {
                let engine = &self.shared.machine.engine;
                problems.extend(component::check(engine, &component, package.manifest()));
            }
            Err(problem) => problems.push(problem),
        }
        problems
    }

    /// Checks, compiles (or takes from the cache) and links a package.
    pub fn load(&self, package: &Package) -> Result<Arc<Plugin>, Error> {
        let digest = package.digest();
        if let Some(plugin) = self.loaded(&digest)
            && package.verify(&self.shared.trust).is_empty()
        {
            return Ok(plugin);
        }
        let header = &package.manifest().plugin;
        let refused = |problems| Error::Package {
            plugin: format!("{} {}", header.name, header.version),
            problems,
        };
        let mut problems = package.verify(&self.shared.trust);
        let component = self
            .compiled(package.component())
            .map_err(|problem| refused(vec![problem]))?;
        let engine = &self.shared.machine.engine;
        problems.extend(component::check(engine, &component, package.manifest()));
        if !problems.is_empty() {
            return Err(refused(problems));
        }
        let machine = Arc::clone(&self.shared.machine);
        let plugin = Plugin::new(package, machine, self.shared.limits, &component);
        // Names agree but types do not: built for another state of the contract.
        let plugin = plugin.map_err(|error| {
            let message = format!(
                "the component does not fit contract {}: {error:#}",
                header.contract
            );
            refused(vec![Problem::error(
                "HOST-0063",
                component::FILE_NAME,
                message,
            )])
        })?;
        let plugin = Arc::new(plugin);
        let mut plugins = self
            .shared
            .plugins
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        plugins.retain(|_, plugin| plugin.strong_count() > 0);
        plugins.insert(digest, Arc::downgrade(&plugin));
        Ok(plugin)
    }

    /// The plugin of the package with this digest, if somebody holds it: its signature was verified when it was loaded.
    #[must_use]
    pub fn loaded(&self, digest: &str) -> Option<Arc<Plugin>> {
        let plugins = self
            .shared
            .plugins
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        plugins.get(digest).and_then(Weak::upgrade)
    }

    fn compiled(&self, bytes: &[u8]) -> Result<Component, Problem> {
        let engine = &self.shared.machine.engine;
        let digest = digest::sha256(bytes);
        let cached = self
            .shared
            .cache
            .as_ref()
            .and_then(|cache| cache.load(engine, &digest));
        if let Some(component) = cached {
            return Ok(component);
        }
        let component = component::compile(engine, bytes)?;
        if let Some(cache) = &self.shared.cache {
            cache.store(&component, &digest);
        }
        Ok(component)
    }
}
