//! `tongban serve`: the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tongban_api::auth::anonymous::Anonymous;
use tongban_api::auth::token::{DevelopmentIssuer, Verifier};
use tongban_api::limit::Limits;
use tongban_api::service::Service;
use tongban_core::variable::Variables;
use tongban_runtime::clock::ClockMode;
use tongban_runtime::command::{Command, CommandRequest, Principal};
use tongban_runtime::county::County;
use tongban_runtime::engine::{Bounds, Engine, Handle, Options};
use tongban_runtime::error::CommandError;
use tongban_runtime::job_handler::JobHandlers;
use tongban_runtime::outbox::exchange::SimulatedExchange;
use tongban_runtime::outcome::Done;
use tongban_store::database::{self, Database};
use tracing::{info, warn};

use crate::config::{Config, Issuer, Mode};
use crate::http::telemetry::Telemetry;
use crate::{county, http, shutdown, telemetry, webhook};

/// Arguments of `tongban serve`; each overrides its place in the configuration file.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Folder of the database, the issuer's key and compiled plugins.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Database URL: `sqlite:FILE` or `postgres://user@host/name`.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Where due times come from; a database stays with the clock it was created with.
    #[arg(long, value_enum)]
    clock: Option<Mode>,
    /// Where a manual clock stands in a new database, RFC 3339.
    #[arg(long, value_name = "INSTANT")]
    clock_start: Option<String>,
    /// Plugin package to install and to activate for the county; may be given several times.
    #[arg(long, value_name = "FILE")]
    plugin: Vec<PathBuf>,
    /// Folder of a county to load if it is new or changed.
    #[arg(long, value_name = "FOLDER")]
    county: Option<PathBuf>,
    /// Stop when standard input ends, for servers started by other programs.
    #[arg(long)]
    stop_with_stdin: bool,
}

/// Serves until asked to stop.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut config = Config::load(arguments.config.as_deref())?;
    override_with(&mut config, &arguments);
    telemetry::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .context("cannot start the asynchronous runtime")?
        .block_on(serve(config, arguments))?;
    Ok(ExitCode::SUCCESS)
}

fn override_with(config: &mut Config, arguments: &Arguments) {
    if let Some(listen) = arguments.listen {
        config.server.listen = listen;
    }
    if let Some(data) = &arguments.data {
        config.server.data.clone_from(data);
    }
    if arguments.database.is_some() {
        config.database.url.clone_from(&arguments.database);
    }
    if let Some(mode) = arguments.clock {
        config.clock.mode = mode;
    }
    if arguments.clock_start.is_some() {
        config.clock.start.clone_from(&arguments.clock_start);
    }
}

async fn serve(config: Config, arguments: Arguments) -> anyhow::Result<()> {
    let data = &config.server.data;
    std::fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    let workers = config.worker.iter();
    let workers = workers.map(|(id, it)| (id.clone(), it.job_types.clone()));
    let verifier = verifier(&config)?.with_workers(workers.collect());
    let folder = arguments.county.as_deref().map(county::read).transpose()?;
    let database = open_database(&config).await?;
    let options = engine_options(&config, folder.as_ref())?;
    let engine = Engine::start(database, options)
        .await
        .context("cannot start the engine")?;
    let handle = engine.handle();
    let tenant = folder.as_ref().map(|it| it.county.division.clone());
    if let Some(folder) = &folder {
        // A plugin is activated for a tenant, and records need the plugin that declares them.
        let without_records = County {
            records: Vec::new(),
            ..folder.county.clone()
        };
        load_county(&handle, without_records).await?;
    }
    for package in &arguments.plugin {
        install(&handle, package, tenant.as_deref()).await?;
    }
    if let Some(folder) = folder {
        load_county(&handle, folder.county).await?;
    }
    let schemas =
        tongban_api::schema::compose(&handle.catalogue()).context("cannot compose the schema")?;
    let anonymous = anonymous(&config, tenant.as_deref());
    let who = (verifier, anonymous);
    let service = Service::new(handle.clone(), schemas, who, Limits::default());
    let recompose = tokio::spawn(recompose(handle.clone(), service.clone()));

    let listener = TcpListener::bind(config.server.listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {}", config.server.listen))?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    info!(%address, database = database_kind(&config), clock = ?config.clock.mode, "serving");
    println!("ready http://{address}");
    let telemetry = Telemetry::new(handle.clone(), &service);
    let apart = serve_telemetry(&config, &telemetry).await?;
    let router = http::router(http::Served {
        service,
        handle,
        telemetry: telemetry.clone(),
        telemetry_apart: apart.is_some(),
        graphiql: config.server.graphiql,
    });
    let drain = Duration::from_secs(config.server.drain_seconds);
    let stop = async move {
        let reason = shutdown::requested(arguments.stop_with_stdin).await;
        info!(reason, "stopping");
        telemetry.drain();
        tokio::time::sleep(drain).await;
    };
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .context("the listener failed")?;
    recompose.abort();
    if let Some(apart) = apart {
        apart.abort();
    }
    engine.stop().await;
    info!("stopped");
    Ok(())
}

/// Those who ask without a token, if a county is known that they ask about.
fn anonymous(config: &Config, tenant: Option<&str>) -> Option<Anonymous> {
    let it = &config.anonymous;
    let county = it.county.as_deref().or(tenant).filter(|_| it.enabled)?;
    Some(Anonymous::new(county, it.per_minute, it.proxies.clone()))
}

/// Serves metrics and health on an address of their own, if one is configured.
async fn serve_telemetry(
    config: &Config,
    telemetry: &Arc<Telemetry>,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(address) = config.telemetry.listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    info!(%address, "serving metrics and health");
    let router = http::telemetry::router(telemetry.clone());
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            warn!(%error, "metrics and health are served no more");
        }
    })))
}

fn database_kind(config: &Config) -> &'static str {
    if config.database_url().starts_with("sqlite") {
        "sqlite"
    } else {
        "postgresql"
    }
}

async fn open_database(config: &Config) -> anyhow::Result<Database> {
    let mut options = database::Options::new(&config.database_url());
    options.sqlite.vfs.clone_from(&config.database.vfs);
    options.readers_max = config.database.readers.unwrap_or(options.readers_max);
    // One more than there are executors, for leases.
    let writers_max = config.database.writers.unwrap_or(config.executors() + 1);
    options.writers_max = writers_max.max(2);
    let database = Database::connect(&options)
        .await
        .context("cannot open the database")?;
    let n_steps = database
        .migrate()
        .await
        .context("cannot bring the schema up to date")?;
    if n_steps > 0 {
        info!(n_steps, "brought the schema up to date");
    }
    Ok(database)
}

fn engine_options(config: &Config, folder: Option<&county::Folder>) -> anyhow::Result<Options> {
    let clock = match config.clock.mode {
        Mode::Machine => ClockMode::Machine,
        Mode::Manual => {
            let start = config.clock.start.as_deref().map(|text| {
                let instant = tongban_api::scalar::DateTime::parse(text).map(|it| it.0);
                instant.with_context(|| {
                    format!("[clock] start is {text}, expected RFC 3339 with an offset")
                })
            });
            ClockMode::Manual {
                initial: start.transpose()?,
            }
        }
    };
    let exchange = match folder
        .map(|it| it.exchange.as_path())
        .filter(|it| it.is_dir())
    {
        Some(tables) => {
            SimulatedExchange::open(tables).context("cannot read the simulated exchange")?
        }
        None => SimulatedExchange::default(),
    };
    Ok(Options {
        clock,
        node: Some(config.node()?),
        exchange: Arc::new(exchange),
        webhooks: webhook::open(&config.webhook)?,
        job_handlers: job_handlers(config),
        plugins: tongban_host::host::Options {
            cache_folder: Some(config.server.data.join("plugin-cache")),
            ..tongban_host::host::Options::default()
        },
        core_limits: tongban_core::limit::Limits::default(),
        bounds: Bounds {
            executors: config.executors(),
            ..Bounds::default()
        },
        soundness: config.engine.soundness.into(),
        fonts: config.document.open()?,
    })
}

fn job_handlers(config: &Config) -> JobHandlers {
    let handlers = JobHandlers::default();
    if config.bench.noop {
        handlers.with("tongban:noop", |_| Ok(Variables::new()))
    } else {
        handlers
    }
}

fn verifier(config: &Config) -> anyhow::Result<Verifier> {
    match config.auth.issuer {
        Issuer::Development => {
            if !config.server.listen.ip().is_loopback() {
                bail!(
                    "[auth] issuer is development, which is refused on {}: listen on loopback or name an external issuer",
                    config.server.listen
                );
            }
            Ok(DevelopmentIssuer::open(&config.issuer_key())?.verifier())
        }
        Issuer::External => {
            let name = config.auth.issuer_name.as_deref();
            let name =
                name.context("[auth] issuer is external, so issuer_name must say its `iss`")?;
            let key = config.auth.public_key.as_deref();
            let key =
                key.context("[auth] issuer is external, so public_key must give its Ed25519 key")?;
            let bytes = STANDARD
                .decode(key)
                .context("[auth] public_key is not base64")?;
            let bytes: [u8; 32] = bytes
                .try_into()
                .map_err(|_| anyhow::anyhow!("[auth] public_key does not hold 32 bytes"))?;
            Ok(Verifier::new(name, &bytes))
        }
    }
}

/// Installs the package and activates it for the tenant; both do nothing the second time.
async fn install(handle: &Handle, path: &Path, tenant: Option<&str>) -> anyhow::Result<()> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let command = Command::InstallPlugin {
        package: bytes.into(),
    };
    let done = execute(handle, tenant.unwrap_or_default(), command, None).await;
    let done = done.with_context(|| format!("cannot install {}", path.display()))?;
    let Done::PluginInstalled {
        name,
        version,
        unchanged,
        ..
    } = done
    else {
        return Ok(());
    };
    info!(plugin = name, version, unchanged, "installed");
    let Some(tenant) = tenant else { return Ok(()) };
    let command = Command::ActivatePlugin {
        name: name.clone(),
        version,
    };
    let done = execute(handle, tenant, command, None).await;
    done.with_context(|| format!("cannot activate {name} for {tenant}"))?;
    Ok(())
}

/// Loads the county unless the same content was loaded before.
async fn load_county(handle: &Handle, county: County) -> anyhow::Result<()> {
    let content = serde_json::to_vec(&county).context("a county is JSON")?;
    let digest = Sha256::digest(&content);
    let key = format!("county-{}", STANDARD.encode(digest));
    let tenant = county.division.clone();
    let command = Command::LoadCounty {
        county: Box::new(county),
    };
    let done = execute(handle, &tenant, command, Some(key))
        .await
        .context("cannot load the county")?;
    if let Done::CountyLoaded {
        n_staff,
        n_records,
        n_parameters,
        n_calendar_days,
    } = done
    {
        info!(
            tenant,
            n_staff, n_records, n_parameters, n_calendar_days, "county loaded"
        );
    }
    Ok(())
}

async fn execute(
    handle: &Handle,
    tenant: &str,
    command: Command,
    idempotency_key: Option<String>,
) -> anyhow::Result<Done> {
    let principal = Principal::engine();
    let request = CommandRequest {
        tenant: tenant.into(),
        principal,
        idempotency_key,
        command,
    };
    match handle.execute(request).await {
        Ok(outcome) => Ok(outcome.done),
        Err(CommandError::Rejected(rejected)) => {
            let lines = rejected.errors.iter().map(|it| {
                let place = it
                    .field
                    .as_deref()
                    .map(|it| format!(" at {it}"))
                    .unwrap_or_default();
                format!("{}{place}: {}", it.code, it.text.en)
            });
            bail!("{}", lines.collect::<Vec<_>>().join("\n"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Composes the schema again whenever the active plugins change.
async fn recompose(handle: Handle, service: Service) {
    let mut changes = handle.subscribe();
    let mut revision = handle.catalogue().revision;
    loop {
        // A lagging receiver missed messages; the revision tells whether they mattered.
        if let Err(tokio::sync::broadcast::error::RecvError::Closed) = changes.recv().await {
            return;
        }
        let catalogue = handle.catalogue();
        if catalogue.revision == revision {
            continue;
        }
        revision = catalogue.revision;
        match tongban_api::schema::compose(&catalogue) {
            Ok(schemas) => service.replace_schemas(schemas),
            Err(error) => warn!(%error, "the schema stays as it was"),
        }
    }
}
