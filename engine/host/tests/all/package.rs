//! Packages: the canonical form, tampering, signatures, and everything that a check finds.

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use tongban_host::host::{Host, Options};
use tongban_host::package::Package;
use tongban_host::signature::{Trust, TrustedKey};

use crate::support::{Folder, guest, package};

#[test]
fn packing_is_deterministic_and_opening_gives_the_same() {
    let bytes = package().pack();
    assert_eq!(bytes, package().pack());
    let opened = Package::open(&bytes).unwrap();
    assert_eq!(opened.digest(), package().digest());
    assert_eq!(opened.file_name(), "hostile-0.1.0.tbp");
    assert_eq!(opened.forms().count(), 1);
    assert_eq!(opened.pack(), bytes);
}

#[test]
fn no_byte_of_a_package_can_be_changed_unnoticed() {
    let mut bytes = package().pack();
    // Every byte outside of the component, whose bytes are all alike for this purpose.
    let component = bytes
        .windows(64)
        .position(|it| it == &guest()[..64])
        .unwrap();
    let end = component + guest().len();
    let places = (0..component + 64)
        .chain((component..end).step_by(4_099))
        .chain(end..bytes.len());
    for place in places {
        bytes[place] ^= 0x41;
        assert!(Package::open(&bytes).is_err(), "byte {place}");
        bytes[place] ^= 0x41;
    }
    for length in (0..bytes.len()).step_by(1_009) {
        assert!(Package::open(&bytes[..length]).is_err(), "length {length}");
    }
    bytes.push(0);
    assert!(Package::open(&bytes).is_err());
}

fn zip(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[track_caller]
fn refused(bytes: &[u8], code: &str) {
    let error = Package::open(bytes).err().expect("the package is refused");
    assert_eq!(error.problems()[0].code, code, "{error}");
}

#[test]
fn names_that_leave_the_folder_and_unfolding_files_are_refused() {
    let stored = zip::CompressionMethod::Stored;
    for name in [
        "../evil.toml",
        "/etc/passwd",
        "processes/../../a.bpmn",
        "a\\b.toml",
        "messages/con\u{7}.toml",
    ] {
        refused(&zip(&[(name, b"x")], stored), "HOST-0021");
    }
    let bomb = vec![0; 10 << 20];
    refused(
        &zip(
            &[("schemas/a.json", &bomb)],
            zip::CompressionMethod::Deflated,
        ),
        "HOST-0020",
    );
    refused(b"PK\x03\x04 no zip", "HOST-0020");
    refused(&vec![0; 33 << 20], "HOST-0022");
}

#[test]
fn signatures_are_asked_for_and_checked() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let private = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    let public = key
        .verifying_key()
        .to_public_key_pem(LineEnding::LF)
        .unwrap();
    let trust = Trust {
        keys: vec![TrustedKey::from_pem("bureau", &public).unwrap()],
        required: 1,
    };
    let host = Host::new(Options {
        trust: trust.clone(),
        ..Options::default()
    })
    .unwrap();
    let mut package = package();
    let codes =
        |package: &Package| -> Vec<&str> { host.check(package).iter().map(|it| it.code).collect() };
    assert_eq!(codes(&package), ["HOST-0024"], "unsigned");
    package.sign(&private).unwrap();
    assert!(codes(&package).is_empty());
    let reopened = Package::open(&package.pack()).unwrap();
    assert!(host.load(&reopened).is_ok());
    assert_eq!(
        reopened.digest(),
        package.digest(),
        "a signature does not change the content"
    );

    let other = SigningKey::from_bytes(&[8; 32])
        .to_pkcs8_pem(LineEnding::LF)
        .unwrap();
    let mut foreign = Package::open(&crate::support::package().pack()).unwrap();
    foreign.sign(&other).unwrap();
    assert_eq!(codes(&foreign), ["HOST-0024"], "signed by somebody else");
}

#[test]
fn every_mistake_of_a_package_is_found_at_once() {
    let folder = Folder::new();
    folder.write("schemas/act.input.json", "{\"type\": \"object\"");
    folder.replace(
        "schemas/thing.json",
        "#/$defs/owner",
        "https://example.com/owner.json",
    );
    folder.write("messages/en.toml", "PLAIN = \"a note\"");
    folder.write("processes/notes.docx", "x");
    folder.replace(
        "plugin.toml",
        "contract = \"0.1.0\"",
        "contract = \"9.0.0\"",
    );
    folder.replace(
        "plugin.toml",
        "schemas/realistic.input.json",
        "schemas/absent.json",
    );
    let problems = folder.problems();
    for expected in [
        "HOST-0030 schemas/act.input.json ",
        "HOST-0031 schemas/thing.json /properties/owners/items/$ref",
        "HOST-0040 messages/en.toml TOO_EARLY",
        "HOST-0021 processes/notes.docx ",
        "HOST-0064 plugin.toml plugin.contract",
    ] {
        assert!(
            problems.iter().any(|it| it == expected),
            "{expected} in {problems:#?}"
        );
    }
}

#[test]
fn paths_of_the_manifest_must_be_in_the_schemas() {
    let folder = Folder::new();
    folder.replace("plugin.toml", "path = \"/amount\"", "path = \"/absent\"");
    folder.replace(
        "plugin.toml",
        "path = \"/name\", type = \"string\"",
        "path = \"/name\", type = \"integer\"",
    );
    folder.replace("plugin.toml", "/owners/*/personId", "/owners/*/absent");
    folder.replace("plugin.toml", "id = \"/thingId\"", "id = \"/absent\"");
    folder.replace(
        "plugin.toml",
        "input = \"schemas/realistic.input.json\"",
        "input = \"schemas/absent.json\"",
    );
    let problems = folder.problems();
    assert_eq!(
        problems,
        [
            "HOST-0032 plugin.toml record[0].parties",
            "HOST-0032 plugin.toml record[0].filters",
            "HOST-0032 plugin.toml record[0].filters",
            "HOST-0032 plugin.toml operation[0].reads",
            "HOST-0009 plugin.toml operation[2].input",
        ]
    );
}

#[test]
fn a_schema_that_names_no_type_is_refused() {
    let folder = Folder::new();
    folder.replace(
        "schemas/any.output.json",
        "\"title\": \"AnyOutput\"",
        "\"title\": \"any output\"",
    );
    assert!(
        folder
            .problems()
            .contains(&"HOST-0033 schemas/any.output.json /title".to_owned())
    );
}

#[test]
fn form_keys_must_fit_the_input_of_their_operation() {
    let folder = Folder::new();
    folder.replace(
        "forms/act.form",
        "\"key\": \"name\"",
        "\"key\": \"surname\"",
    );
    folder.replace(
        "forms/act.form",
        "\"type\": \"textfield\", \"id\": \"Do\"",
        "\"type\": \"checkbox\", \"id\": \"Do\"",
    );
    assert_eq!(
        folder.problems(),
        [
            "HOST-0051 forms/act.form Do",
            "HOST-0051 forms/act.form Name"
        ]
    );
    let folder = Folder::new();
    folder.replace(
        "forms/act.form",
        "\"tongban:operation\": \"act\"",
        "\"tongban:operation\": \"absent\"",
    );
    assert_eq!(
        folder.problems(),
        ["HOST-0052 forms/act.form /tongban:operation"]
    );
    let folder = Folder::new();
    folder.write("forms/act.form", "{");
    assert_eq!(folder.problems(), ["HOST-0050 forms/act.form "]);
}

/// A component that imports one instance of this name, and nothing else.
fn importing(name: &str) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    bytes.extend([0x07, 3, 1, 0x42, 0]);
    let length = u8::try_from(name.len()).unwrap();
    bytes.extend([0x0a, length + 5, 1, 0, length]);
    bytes.extend(name.as_bytes());
    bytes.extend([0x05, 0]);
    bytes
}

#[test]
fn imports_beyond_the_contract_are_refused_by_name() {
    let host = Host::new(Options::default()).unwrap();
    let check = |component: Vec<u8>| -> Vec<String> {
        let package = Package::from_folder(&crate::support::plugin_folder(), component).unwrap();
        assert!(host.load(&package).is_err());
        host.check(&package)
            .iter()
            .map(|it| format!("{} {}", it.code, it.field))
            .collect()
    };
    let export = "HOST-0063 tongban:plugin/operations@0.1.0";
    assert_eq!(
        check(importing("wasi:cli/environment@0.2.0")),
        ["HOST-0061 wasi:cli/environment@0.2.0", export]
    );
    assert_eq!(check(importing("tongban:plugin/log@0.1.0")), [export]);
    assert_eq!(check(b"\0asm\x01\0\0\0".to_vec()), ["HOST-0060 "]);
    assert_eq!(check(b"hello".to_vec()), ["HOST-0060 "]);
    let mut broken = guest().to_vec();
    broken.truncate(broken.len() / 2);
    assert_eq!(check(broken), ["HOST-0060 "]);
}

#[test]
fn an_interface_that_no_operation_declares_is_refused() {
    let folder = Folder::new();
    folder.replace(
        "plugin.toml",
        "numbers = [\"certificate\"]\nchecks = [\"X-MARRIAGE\"]\ndecisions = [\"fee\"]\n",
        "",
    );
    folder.replace("plugin.toml", "numbers = [\"certificate\"]\n", "");
    let package = Package::from_folder(folder.path(), guest().to_vec()).unwrap();
    let host = Host::new(Options::default()).unwrap();
    let found: Vec<String> = host
        .check(&package)
        .iter()
        .map(|it| format!("{} {}", it.code, it.field))
        .collect();
    assert_eq!(
        found,
        [
            "HOST-0062 tongban:plugin/checks@0.1.0",
            "HOST-0062 tongban:plugin/decisions@0.1.0",
            "HOST-0062 tongban:plugin/numbering@0.1.0"
        ]
    );
}

#[test]
fn notices_and_assertions_need_their_texts_and_sound_vectors() {
    let folder = Folder::new();
    for language in ["zh-CN", "en"] {
        let file = format!("messages/{language}.toml");
        folder.replace(&file, "OTHER_NOTICE", "ANOTHER");
        folder.replace(&file, "FEE_WRONG", "FEE_RIGHT");
    }
    folder.replace("plugin.toml", "{name} is ready", "it is ready");
    folder.replace("fixtures/fee.json", "\"inputs\"", "\"input\"");
    assert_eq!(
        folder.problems(),
        [
            "HOST-0041 plugin.toml notice[0].title",
            "HOST-0043 plugin.toml notice[1].code",
            "HOST-0043 plugin.toml assertion[0].code",
            "HOST-0050 fixtures/fee.json ",
        ]
    );
}

#[test]
fn the_date_of_the_fact_is_a_text_of_the_input() {
    let folder = Folder::new();
    folder.replace(
        "plugin.toml",
        "as_of = { input = \"/on\" }",
        "as_of = { input = \"/off\" }",
    );
    assert_eq!(
        folder.problems(),
        ["HOST-0032 plugin.toml operation[0].as_of"]
    );
}
