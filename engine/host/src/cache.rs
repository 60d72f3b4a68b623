//! Compiled components on disk, so that a start does not compile again.
//!
//! Native code is only ever loaded from files that this server wrote: the folder and the files
//! must belong to one owner and be writable by nobody else, and every file carries the digest
//! of its contents under a name made of the component's digest and the engine's configuration.
//! Whatever does not fit is compiled again and replaced; it is never an error.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Begins every cache file; a change of the layout changes it.
const MAGIC: &[u8; 8] = b"tbcwasm1";

/// A folder of compiled components.
pub(crate) struct Cache {
    folder: PathBuf,
    configuration: String,
}

impl Cache {
    /// Opens the folder, which is made if need be; nothing if it cannot be made private.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> std::io::Result<Self> {
        make_private(folder)?;
        let mut hasher = ShaHasher(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let configuration = crate::digest::hex(&hasher.0.finalize()[..8]);
        Ok(Self {
            folder: folder.to_owned(),
            configuration,
        })
    }

    /// The compiled component of this digest, if it is there and sound.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        let bytes = read_own(&path, &self.folder)?;
        let payload = self.unsealed(digest, &bytes);
        if payload.is_none() {
            tracing::warn!(file = %path.display(), "a compiled plugin in the cache is damaged and will be compiled again");
        }
        // SAFETY: the bytes were written by `store` of this server: the file belongs to the
        // owner of a folder that nobody else may write, and its digest is right. wasmtime
        // checks version and configuration itself.
        #[expect(
            unsafe_code,
            reason = "loading compiled code is unsafe by nature; see SAFETY"
        )]
        let component = unsafe { Component::deserialize(engine, payload?) };
        component.ok()
    }

    /// Keeps a compiled component; a failure only costs time at the next start.
    pub(crate) fn store(&self, component: &Component, digest: &str) {
        let path = self.path(digest);
        let result = component
            .serialize()
            .map_err(std::io::Error::other)
            .and_then(|payload| {
                let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
                write_own(&temporary, &self.sealed(digest, &payload))?;
                fs::rename(&temporary, &path)
            });
        if let Err(error) = result {
            tracing::warn!(file = %path.display(), error = %error, "could not keep a compiled plugin");
        }
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder
            .join(format!("{digest}-{}.cwasm", self.configuration))
    }

    fn seal(&self, digest: &str, payload: &[u8]) -> [u8; 32] {
        let mut sha = Sha256::new();
        for part in [digest.as_bytes(), self.configuration.as_bytes(), payload] {
            sha.update(part);
        }
        sha.finalize().into()
    }

    fn sealed(&self, digest: &str, payload: &[u8]) -> Vec<u8> {
        [MAGIC.as_slice(), &self.seal(digest, payload), payload].concat()
    }

    fn unsealed<'b>(&self, digest: &str, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (seal, payload) = rest.split_first_chunk::<32>()?;
        (*seal == self.seal(digest, payload)).then_some(payload)
    }
}

struct ShaHasher(Sha256);

impl Hasher for ShaHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest: [u8; 32] = self.0.clone().finalize().into();
        digest
            .first_chunk::<8>()
            .map_or(0, |it| u64::from_le_bytes(*it))
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let metadata = fs::metadata(folder)?;
    if metadata.mode() & 0o022 != 0 {
        let text = format!(
            "expected {} to be writable by its owner only",
            folder.display()
        );
        return Err(std::io::Error::other(text));
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn read_own(path: &Path, folder: &Path) -> Option<Vec<u8>> {
    use std::os::unix::fs::MetadataExt as _;
    let file = fs::symlink_metadata(path).ok()?;
    let owner = fs::metadata(folder).ok()?.uid();
    let is_own = file.is_file() && file.uid() == owner && file.mode() & 0o022 == 0;
    if !is_own {
        tracing::warn!(file = %path.display(), "a compiled plugin in the cache could have been written by others and is not used");
        return None;
    }
    fs::read(path).ok()
}

#[cfg(not(unix))]
fn read_own(path: &Path, _folder: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok()
}

fn write_own(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
