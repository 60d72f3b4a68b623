//! What is found in files that are, or may be, deployed: the same whether somebody asks before or
//! deploys. Start from [`Handle::check_resources`].

use std::sync::Arc;

use serde_json::json;
use tongban_bpmn::diagnostic::{Diagnostic as ProcessDiagnostic, Severity};
use tongban_feel::diagnostic::Diagnostic as DecisionDiagnostic;
use tongban_host::package::Package;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::plugin;

use crate::command::{Command, CommandRequest, Resource};
use crate::engine::Handle;
use crate::error::{Text, UserError};
use crate::executor::deploy::import::{self, Imports};
use crate::executor::deploy::read;
use crate::executor::deploy::verdict::Look;
use crate::outcome::Notice;
use crate::shared::Shared;

/// How models are looked at beyond what refuses them in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Soundness {
    /// Not at all.
    Off,
    /// Findings are told and refuse nothing.
    #[default]
    Warn,
    /// Findings refuse the deployment.
    Refuse,
}

/// Something that was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it refuses the deployment; what does not is a warning.
    pub is_error: bool,
    /// The stable code.
    pub code: String,
    /// Name of the file.
    pub file: String,
    /// The line and the column, from 1; absent where the whole file is meant.
    pub place: Option<(u32, u32)>,
    /// The XML id of the element.
    pub element_id: Option<String>,
    /// What was expected and what was found.
    pub message: Text,
    /// What to do instead.
    pub remedy: Option<Text>,
}

impl Finding {
    pub(crate) fn of_process(it: &ProcessDiagnostic) -> Finding {
        Finding {
            is_error: it.severity == Severity::Error,
            code: it.code.to_owned(),
            file: it.file.clone(),
            place: Some((it.line, it.column)),
            element_id: it.element_id.clone(),
            message: Text {
                zh: it.message_zh.clone(),
                en: it.message.clone(),
            },
            remedy: Some(Text {
                zh: it.remedy_zh.clone(),
                en: it.remedy.clone(),
            }),
        }
    }

    pub(crate) fn of_decision(it: &DecisionDiagnostic, is_error: bool) -> Finding {
        let registered = crate::code::text(it.code, &[]);
        Finding {
            is_error,
            code: it.code.to_owned(),
            file: it.file.clone(),
            place: Some((it.line, it.column)),
            element_id: it.element_id.clone(),
            message: Text {
                zh: format!("{}（{}）", registered.zh, it.message),
                en: it.message.clone(),
            },
            remedy: Some(Text {
                zh: registered.zh,
                en: it.remedy.clone(),
            }),
        }
    }

    /// What is wrong with a file as a whole.
    pub(crate) fn of_file(file: &str, error: UserError) -> Finding {
        Finding {
            is_error: true,
            code: error.code,
            file: file.to_owned(),
            place: None,
            element_id: None,
            message: error.text,
            remedy: None,
        }
    }

    /// Message and remedy with the place before them.
    fn text(&self) -> Text {
        let Some((line, column)) = self.place else {
            return self.message.clone();
        };
        let place = format!("{}:{line}:{column}", self.file);
        let Text { zh, en } = &self.message;
        match &self.remedy {
            // Of decisions the registered text is the remedy and stands in the message already.
            Some(remedy) if !zh.starts_with(&remedy.zh) => Text {
                zh: format!("{place}: {zh}。{}", remedy.zh),
                en: format!("{place}: {en}; {}", remedy.en),
            },
            Some(remedy) => Text {
                zh: format!("{place}: {zh}"),
                en: format!("{place}: {en}; {}", remedy.en),
            },
            None => Text {
                zh: format!("{place}: {zh}"),
                en: format!("{place}: {en}"),
            },
        }
    }

    /// As a refused deployment tells it.
    pub(crate) fn to_error(&self) -> UserError {
        let details = self.place.map(|(line, column)| {
            json!({
                "file": self.file, "line": line, "column": column, "elementId": self.element_id,
                "remedy": self.remedy.as_ref().map(|it| &it.en),
            })
        });
        UserError {
            code: self.code.clone(),
            field: None,
            text: self.text(),
            law_basis: None,
            details,
        }
    }

    /// As a deployment that was carried out tells it.
    pub(crate) fn to_notice(&self) -> Notice {
        let Text { zh, en } = self.text();
        Notice {
            code: self.code.clone(),
            zh,
            en,
        }
    }
}

impl Handle {
    /// Everything that a deployment of these files would find, without deploying them.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn check_resources(
        &self,
        tenant: &str,
        resources: &[Resource],
    ) -> Result<Vec<Finding>, StoreError> {
        let bounds = &self.shared.bounds;
        let bytes: usize = resources.iter().map(|it| it.content.len()).sum();
        if bytes > bounds.deployment_bytes_max {
            let (bytes, max) = (bytes.to_string(), bounds.deployment_bytes_max.to_string());
            let parameters = [("bytes", bytes.as_str()), ("max", max.as_str())];
            let error = UserError::new("DEPLOYMENT_TOO_LARGE", &parameters);
            return Ok(vec![Finding::of_file("", error)]);
        }
        let tenant = TenantId::new(tenant);
        let today = self.shared.date_of(self.shared.clock.now()).to_string();
        let date = import::date(resources, &today);
        let database = &self.shared.database;
        let imports = Imports::of(database, &tenant, resources, (&date, &[])).await?;
        // Who asks before he deploys wants to know, even if the server would not refuse.
        let soundness = match self.shared.soundness {
            Soundness::Off => Soundness::Warn,
            other => other,
        };
        let resources = resources.to_vec();
        let examined = self.apart(move |shared| {
            let look = Look {
                soundness,
                ..shared.look()
            };
            let (_, found) = read::examine(&resources, &imports, look);
            found.into_iter().map(|it| it.finding).collect()
        });
        Ok(examined.await)
    }

    /// Looks at the processes that a command deploys before it is queued: what takes long is done
    /// when its turn comes. Where it cannot be foreseen what is deployed, nothing is lost but time.
    pub(crate) async fn look_before(&self, request: &CommandRequest) {
        let resources = match &request.command {
            _ if self.shared.soundness == Soundness::Off => return,
            Command::Deploy { resources } => resources.clone(),
            Command::ActivatePlugin { name, version } => {
                let Some(content) = self.package(name, version).await else {
                    return;
                };
                self.apart(move |_| Package::open(&content).map(|it| files(&it)))
                    .await
                    .unwrap_or_default()
            }
            _ => return,
        };
        let bytes: usize = resources.iter().map(|it| it.content.len()).sum();
        if bytes <= self.shared.bounds.deployment_bytes_max {
            self.apart(move |shared| read::look_before(&resources, shared.look()))
                .await;
        }
    }

    async fn package(&self, name: &str, version: &str) -> Option<Arc<[u8]>> {
        let database = &self.shared.database;
        let stored = plugin::packages(database).await.ok()?.into_iter();
        let row = { stored }.find(|it| &*it.name == name && &*it.version == version)?;
        plugin::package_content(database, &row.digest).await.ok()?
    }

    /// Runs what keeps a processor busy, one at a time, where neither the executor nor those who
    /// read wait for it. Whoever gives up waiting for his turn takes it from nobody.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> T {
        let turn = self.shared.examining.clone().acquire_owned().await;
        let turn = turn.expect("nobody closes the semaphore");
        let shared = self.shared.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&shared)
        });
        done.await.expect("reading files does not panic")
    }
}

/// The files that a package deploys.
pub(crate) fn files(package: &Package) -> Vec<Resource> {
    let files = package
        .processes()
        .chain(package.decisions())
        .chain(package.forms());
    let resource = |(name, content): (&str, &[u8])| Resource {
        name: name.to_owned(),
        content: content.to_vec(),
        effective_from: None,
    };
    files.map(resource).collect()
}
