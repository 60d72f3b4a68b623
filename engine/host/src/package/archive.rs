//! Bytes to files and back.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{Error, FILE_BYTES_MAX, FILES_MAX, PACKAGE_BYTES_MAX};
use crate::manifest;
use crate::name;
use crate::problem::Problem;

/// Folders within folders of a plugin.
const DEPTH_MAX: usize = 8;

/// The files of a zip, if it keeps to the bounds.
pub(super) fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let refused = |code, file: &str, message: String| Problem::error(code, file, message);
    if bytes.len() > PACKAGE_BYTES_MAX {
        let message = format!(
            "expected at most {PACKAGE_BYTES_MAX} bytes, found {}",
            bytes.len()
        );
        return Err(refused("HOST-0022", "", message));
    }
    let broken =
        |error: zip::result::ZipError| refused("HOST-0020", "", format!("expected a zip: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > FILES_MAX {
        let message = format!(
            "expected at most {FILES_MAX} files, found {}",
            archive.len()
        );
        return Err(refused("HOST-0022", "", message));
    }
    let mut files = BTreeMap::new();
    for file_idx in 0..archive.len() {
        let mut file = archive.by_index_raw(file_idx).map_err(broken)?;
        let name = file.name().to_owned();
        if !name::is_file_path(&name) || !file.is_file() || file.is_symlink() {
            return Err(refused(
                "HOST-0021",
                &name,
                "expected a plain file with a relative path".to_owned(),
            ));
        }
        if file.compression() != CompressionMethod::Stored || file.encrypted() {
            return Err(refused(
                "HOST-0020",
                &name,
                "expected a file stored without compression".to_owned(),
            ));
        }
        if file.size() > FILE_BYTES_MAX as u64 || file.size() != file.compressed_size() {
            let message = format!(
                "expected at most {FILE_BYTES_MAX} bytes, found {}",
                file.size()
            );
            return Err(refused("HOST-0022", &name, message));
        }
        let mut content = Vec::new();
        let limit = FILE_BYTES_MAX as u64 + 1;
        let read = (&mut file).take(limit).read_to_end(&mut content);
        if read.is_err() || content.len() as u64 != file.size() {
            return Err(refused(
                "HOST-0020",
                &name,
                "expected the whole file, found less".to_owned(),
            ));
        }
        files.insert(name, content);
    }
    Ok(files)
}

/// The canonical zip of the files.
pub(super) fn pack(files: &BTreeMap<&str, &[u8]>) -> Vec<u8> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let started = zip.start_file(*name, options);
        let written = started
            .map_err(std::io::Error::from)
            .and_then(|()| zip.write_all(bytes));
        written.expect(
            "a vector takes every write, and names and sizes are within the bounds of a zip",
        );
    }
    let zip = zip.finish().expect("a vector takes every write");
    zip.into_inner()
}

/// The manifest and the files of the named folders.
pub(super) fn read_folder<'n>(
    root: &Path,
    folders: impl Iterator<Item = &'n str>,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut files = BTreeMap::new();
    if root.join(manifest::FILE_NAME).is_file() {
        read_file(root, manifest::FILE_NAME, &mut files)?;
    }
    for folder in folders {
        let folder = folder.trim_end_matches('/');
        if root.join(folder).is_dir() {
            read_tree(root, folder, 0, &mut files)?;
        }
    }
    Ok(files)
}

fn read_tree(
    root: &Path,
    folder: &str,
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = std::fs::read_dir(root.join(folder)).map_err(failed)?;
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Editors and systems leave such files behind.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{folder}/{name}");
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth < DEPTH_MAX {
            read_tree(root, &path, depth + 1, files)?;
        } else if kind.is_file() {
            read_file(root, &path, files)?;
        }
    }
    Ok(())
}

fn read_file(root: &Path, path: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    let bytes = std::fs::read(root.join(path)).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let total: usize = files.values().map(Vec::len).sum();
    let too_large = bytes.len() > FILE_BYTES_MAX || total + bytes.len() > PACKAGE_BYTES_MAX;
    if too_large || files.len() >= FILES_MAX {
        let message = format!(
            "expected at most {FILES_MAX} files of {FILE_BYTES_MAX} bytes, {PACKAGE_BYTES_MAX} bytes in all"
        );
        return Err(Error::Problems(vec![Problem::error(
            "HOST-0022",
            path,
            message,
        )]));
    }
    files.insert(path.to_owned(), bytes);
    Ok(())
}
