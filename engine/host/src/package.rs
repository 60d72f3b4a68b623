//! A package `<name>-<version>.tbp`: component, manifest, schemas, processes, decisions, forms,
//! messages, fixtures, the list of their digests, and signatures over that list.
//!
//! It is a zip in one canonical form: stored without compression, sorted, with fixed times.
//! Opening packs it again and compares, so that there is exactly one file for one content: no
//! byte can be changed without notice, and nothing can unfold into more than it is.

mod archive;
mod check;
mod form;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::manifest::{self, Manifest};
use crate::message::{self, Messages};
use crate::name;
use crate::problem::{Problem, Severity};
use crate::schema::Schema;
use crate::signature::{Signature, Trust};
use crate::{component, digest, signature};

/// The list of digests in a package.
pub const DIGESTS_FILE: &str = "files.sha256";
/// Files in a package.
pub const FILES_MAX: usize = 2_000;
/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Bytes of a whole package.
pub const PACKAGE_BYTES_MAX: usize = 32 << 20;

/// The folders of a package with what may lie in them.
const FOLDERS: &[(&str, &[&str])] = &[
    ("processes/", &["bpmn"]),
    ("decisions/", &["dmn"]),
    ("forms/", &["form"]),
    ("messages/", &["toml"]),
    ("schemas/", &["json"]),
    ("templates/", &["html", "md", "txt", "docx", "odt", "typ"]),
    ("documents/", &["toml"]),
    ("fixtures/", &["json", "toml", "csv", "txt"]),
];

/// An opened or newly made package. Its manifest, messages and schemas are sound; what its
/// component does is checked by [`Host`](crate::host::Host).
pub struct Package {
    manifest: Manifest,
    messages: Messages,
    schemas: BTreeMap<String, Arc<Schema>>,
    files: BTreeMap<String, Vec<u8>>,
    signatures: Vec<Signature>,
    digests: String,
    warnings: Vec<Problem>,
}

/// Not a package, or one that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Everything that is wrong with it.
    #[error("the package has {} problems; the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Problems(Vec<Problem>),
    /// The plugin's folder could not be read.
    #[error("could not read `{path}` of the plugin's folder")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// What is wrong with the package, if that is the trouble.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Problems(problems) => problems,
            Self::Read { .. } => &[],
        }
    }
}

impl Package {
    /// Makes a package of a plugin's folder and its built component. Only the folders of a
    /// package are read; sources and build output stay outside.
    pub fn from_folder(folder: &Path, component: Vec<u8>) -> Result<Self, Error> {
        let mut files = archive::read_folder(folder, FOLDERS.iter().map(|(name, _)| *name))?;
        files.insert(component::FILE_NAME.to_owned(), component);
        Self::from_files(files, Vec::new())
    }

    /// Opens the bytes of a `.tbp`.
    pub fn open(bytes: &[u8]) -> Result<Self, Error> {
        let mut files = archive::unpack(bytes).map_err(|problem| Error::Problems(vec![problem]))?;
        let stated = files.remove(DIGESTS_FILE);
        let (signatures, problems) = take_signatures(&mut files);
        if !problems.is_empty() {
            return Err(Error::Problems(problems));
        }
        let found = digest_list(&files);
        if stated.as_deref() != Some(found.as_bytes()) {
            return Err(Error::Problems(digest_problems(stated.as_deref(), &files)));
        }
        let package = Self::from_files(files, signatures)?;
        if package.pack() != bytes {
            let message = "expected the canonical form (stored, sorted, fixed times, nothing between the files), found another: pack it with `tongban plugin pack`";
            return Err(Error::Problems(vec![Problem::error(
                "HOST-0020",
                "",
                message,
            )]));
        }
        Ok(package)
    }

    fn from_files(
        files: BTreeMap<String, Vec<u8>>,
        signatures: Vec<Signature>,
    ) -> Result<Self, Error> {
        let mut problems = name_problems(&files);
        let text = |file: &str| files.get(file).map(|bytes| String::from_utf8_lossy(bytes));
        let manifest = match text(manifest::FILE_NAME) {
            Some(source) => Manifest::parse(&source)
                .map_err(|found| problems.extend(found))
                .ok(),
            None => {
                problems.push(missing(manifest::FILE_NAME));
                None
            }
        };
        for file in [component::FILE_NAME, message::ZH_FILE, message::EN_FILE] {
            if !files.contains_key(file) {
                problems.push(missing(file));
            }
        }
        let messages = Messages::parse(
            &text(message::ZH_FILE).unwrap_or_default(),
            &text(message::EN_FILE).unwrap_or_default(),
        );
        let messages = messages
            .map_err(|found| problems.extend(found))
            .unwrap_or_default();
        let schemas = compile_schemas(&files, &mut problems);
        if let Some(manifest) = &manifest {
            problems.extend(check::schemas(manifest, &schemas));
            problems.extend(check::parameters(manifest, &schemas));
            problems.extend(check::notices(manifest, &messages));
            problems.extend(check::documents(manifest, &files));
            problems.extend(check::assertions(manifest, &messages, &files));
            problems.extend(form::check(manifest, &schemas, &files));
        }
        let (errors, warnings): (Vec<_>, Vec<_>) = problems
            .into_iter()
            .partition(|problem| problem.severity == Severity::Error);
        match manifest {
            Some(manifest) if errors.is_empty() => {
                let digests = digest_list(&files);
                Ok(Self {
                    manifest,
                    messages,
                    schemas,
                    files,
                    signatures,
                    digests,
                    warnings,
                })
            }
            _ => Err(Error::Problems(errors)),
        }
    }

    /// The bytes of the `.tbp`: the same for the same content.
    pub fn pack(&self) -> Vec<u8> {
        let mut all: BTreeMap<&str, &[u8]> = self
            .files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        all.insert(DIGESTS_FILE, self.digests.as_bytes());
        let signatures: Vec<(String, String)> = self
            .signatures
            .iter()
            .map(|it| (it.file_name(), it.file_text()))
            .collect();
        all.extend(
            signatures
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_bytes())),
        );
        archive::pack(&all)
    }

    /// `<name>-<version>.tbp`
    pub fn file_name(&self) -> String {
        format!(
            "{}-{}.tbp",
            self.manifest.plugin.name, self.manifest.plugin.version
        )
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The message catalogues.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// The compiled schema at a path of the manifest.
    pub fn schema(&self, path: &str) -> Option<&Arc<Schema>> {
        self.schemas.get(path)
    }

    /// The component.
    pub fn component(&self) -> &[u8] {
        self.files
            .get(component::FILE_NAME)
            .map_or(&[], Vec::as_slice)
    }

    /// Names the content, without signatures: the digest of the digest list.
    pub fn digest(&self) -> String {
        digest::sha256(self.digests.as_bytes())
    }

    /// The digest list: what is signed.
    pub fn digests(&self) -> &str {
        &self.digests
    }

    /// The processes (`.bpmn`), by path.
    pub fn processes(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.within("processes/")
    }

    /// The decisions (`.dmn`), by path.
    pub fn decisions(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.within("decisions/")
    }

    /// The forms, by path.
    pub fn forms(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.within("forms/")
    }

    /// The templates of documents, by path.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.within("documents/")
    }

    /// The fixtures, by path.
    pub fn fixtures(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.within("fixtures/")
    }

    /// Every file, by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.within("")
    }

    fn within<'p>(&'p self, folder: &'p str) -> impl Iterator<Item = (&'p str, &'p [u8])> {
        let files = self
            .files
            .iter()
            .filter(move |(name, _)| name.starts_with(folder));
        files.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// What is worth a look but does not forbid an installation.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The signatures.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, in place of an older one with the same key.
    pub fn sign(&mut self, private_key_pem: &str) -> Result<(), signature::KeyError> {
        let signature = signature::sign(&self.digests, private_key_pem)?;
        self.signatures.retain(|it| it.key_id != signature.key_id);
        self.signatures.push(signature);
        Ok(())
    }

    /// Checks the signatures against a trust policy.
    pub fn verify(&self, trust: &Trust) -> Vec<Problem> {
        signature::verify(trust, &self.digests, &self.signatures)
    }
}

fn missing(file: &str) -> Problem {
    Problem::error("HOST-0009", file, "expected this file, found none")
}

fn digest_list(files: &BTreeMap<String, Vec<u8>>) -> String {
    let lines = files
        .iter()
        .map(|(name, bytes)| format!("{}  {name}\n", digest::sha256(bytes)));
    lines.collect()
}

fn digest_problems(stated: Option<&[u8]>, files: &BTreeMap<String, Vec<u8>>) -> Vec<Problem> {
    let Some(stated) = stated else {
        return vec![missing(DIGESTS_FILE)];
    };
    let stated = String::from_utf8_lossy(stated);
    let by_name: BTreeMap<&str, &str> = stated
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sha, name)| (name, sha))
        .collect();
    let mut problems = Vec::new();
    for (name, bytes) in files {
        let found = digest::sha256(bytes);
        if by_name.get(name.as_str()) != Some(&found.as_str()) {
            let message = format!("expected the digest of {DIGESTS_FILE}, found {found}");
            problems.push(Problem::error("HOST-0023", name, message));
        }
    }
    for name in by_name.keys().filter(|name| !files.contains_key(**name)) {
        problems.push(Problem::error(
            "HOST-0023",
            name,
            format!("{DIGESTS_FILE} lists it, but it is not there"),
        ));
    }
    if problems.is_empty() {
        let message = "expected one line a file, sorted, `<sha-256>  <name>`";
        problems.push(Problem::error("HOST-0023", DIGESTS_FILE, message));
    }
    problems
}

fn take_signatures(files: &mut BTreeMap<String, Vec<u8>>) -> (Vec<Signature>, Vec<Problem>) {
    let names: Vec<String> = files
        .keys()
        .filter(|name| name.starts_with("signatures/"))
        .cloned()
        .collect();
    let mut signatures = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        let text = files.remove(&name).unwrap_or_default();
        match Signature::parse(&name, &text) {
            Ok(signature) => signatures.push(signature),
            Err(problem) => problems.push(problem),
        }
    }
    (signatures, problems)
}

fn name_problems(files: &BTreeMap<String, Vec<u8>>) -> Vec<Problem> {
    let is_allowed = |file: &str| {
        let extension = file.rsplit_once('.').map_or("", |(_, it)| it);
        let folder = FOLDERS.iter().find(|(folder, _)| file.starts_with(folder));
        name::is_file_path(file)
            && match folder {
                Some((_, extensions)) => extensions.contains(&extension),
                None => [manifest::FILE_NAME, component::FILE_NAME].contains(&file),
            }
    };
    let refused = files.keys().filter(|file| !is_allowed(file));
    let folders: Vec<&str> = FOLDERS.iter().map(|(folder, _)| *folder).collect();
    refused
        .map(|file| {
            let expected = format!(
                "expected plugin.toml, plugin.wasm or a file of the usual kind in {}",
                folders.join(", ")
            );
            Problem::error("HOST-0021", file, expected)
        })
        .collect()
}

fn compile_schemas(
    files: &BTreeMap<String, Vec<u8>>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Arc<Schema>> {
    let mut schemas = BTreeMap::new();
    for (file, text) in files
        .iter()
        .filter(|(file, _)| file.starts_with("schemas/"))
    {
        match Schema::compile(file, text) {
            Ok(schema) => {
                schemas.insert(file.clone(), Arc::new(schema));
            }
            Err(found) => problems.extend(found),
        }
    }
    schemas
}
