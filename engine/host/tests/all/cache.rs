//! Compiled components on disk: used again, never trusted blindly.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tongban_host::host::{Host, Options};

use crate::support::{World, package, request};

fn host(folder: &tempfile::TempDir) -> Host {
    let cache_folder = Some(folder.path().join("cache"));
    Host::new(Options {
        cache_folder,
        ..Options::default()
    })
    .unwrap()
}

fn files(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    fs::read_dir(folder.path().join("cache"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect()
}

fn works(host: &Host) {
    let plugin = host.load(&package()).unwrap();
    let input = json!({"do": "write-new"});
    plugin
        .call(&request("act", input), Box::new(World::default()))
        .result
        .unwrap();
}

#[test]
fn a_compiled_component_is_kept_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    works(&host(&folder));
    let [file] = files(&folder).try_into().unwrap();
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    works(&host(&folder));
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written);
}

#[test]
fn a_damaged_or_foreign_cache_file_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    works(&host(&folder));
    let [file] = files(&folder).try_into().unwrap();
    let sound = fs::read(&file).unwrap();
    for place in [0, 10, 100, sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[place] ^= 1;
        fs::write(&file, &damaged).unwrap();
        works(&host(&folder));
        assert_eq!(fs::read(&file).unwrap(), sound, "byte {place}");
    }
    fs::write(&file, b"").unwrap();
    works(&host(&folder));
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let options = Options {
        cache_folder: Some(cache),
        ..Options::default()
    };
    assert!(Host::new(options).is_err());
}

#[test]
fn a_package_is_loaded_once_as_long_as_somebody_holds_it() {
    let host = Host::new(Options::default()).unwrap();
    let first = host.load(&package()).unwrap();
    assert!(Arc::ptr_eq(&first, &host.load(&package()).unwrap()));
}
