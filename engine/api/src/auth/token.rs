//! Signed tokens: verified for everybody, issued only by the development issuer.
//!
//! A token is a JWT signed with Ed25519. The development issuer keeps its key in the data folder; the server
//! refuses it on any address but loopback. Verified tokens are remembered until they expire, since a signature
//! costs as much as a whole small query.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::principal::{ANYBODY, Principal};

/// `iss` of tokens from the development issuer.
pub const DEVELOPMENT_ISSUER: &str = "tongban-development";
/// `aud` of every token of ours.
pub const AUDIENCE: &str = "tongban";
/// Tokens remembered at once.
const CACHE_ENTRIES_MAX: u64 = 10_000;
/// Tolerated difference of the issuer's clock and ours.
const LEEWAY_SECONDS: u64 = 60;

/// What went wrong with the issuer's key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file could not be read or written.
    #[error("cannot use the issuer's key file {path}")]
    KeyFile {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The key file is not ours.
    #[error("the issuer's key file {path} {problem}")]
    KeyContent {
        /// Where it is.
        path: PathBuf,
        /// What was found.
        problem: &'static str,
    },
    /// No randomness for a new key.
    #[error("the system gives no randomness for a new key: {0}")]
    Randomness(getrandom::Error),
    /// Signing failed.
    #[error("cannot sign a token")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

/// Why a token was refused; `code` goes into `extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No token came with the request.
    #[error("a bearer token is needed")]
    Missing,
    /// The token's time is over.
    #[error("the token has expired")]
    Expired,
    /// Signature, issuer, audience or shape do not hold.
    #[error("the token is not valid")]
    Invalid,
}

impl Refused {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "UNAUTHENTICATED",
            Self::Expired => "TOKEN_EXPIRED",
            Self::Invalid => "TOKEN_INVALID",
        }
    }
}

/// Claims of a token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: u64,
    exp: u64,
    tenant: String,
    division: String,
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    job_types: Vec<String>,
}

/// Verifies tokens.
#[derive(Clone)]
pub struct Verifier {
    key: Arc<DecodingKey>,
    validation: Arc<Validation>,
    /// Types of jobs that the configuration lets a program take, by its id.
    workers: Arc<BTreeMap<String, Vec<String>>>,
    known: Cache<[u8; 32], Arc<Principal>>,
}

impl Verifier {
    /// A verifier of tokens from `issuer` signed with the Ed25519 key `public_key`.
    pub fn new(issuer: &str, public_key: &[u8; 32]) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = LEEWAY_SECONDS;
        Self {
            key: Arc::new(DecodingKey::from_ed_der(public_key)),
            validation: Arc::new(validation),
            workers: Arc::default(),
            known: Cache::new(CACHE_ENTRIES_MAX),
        }
    }

    /// The same, with the types of jobs that programs may take beside what their tokens say.
    #[must_use]
    pub fn with_workers(mut self, workers: BTreeMap<String, Vec<String>>) -> Self {
        self.workers = Arc::new(workers);
        self
    }

    /// The principal behind `token`.
    pub fn verify(&self, token: &str) -> Result<Arc<Principal>, Refused> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(principal) = self.known.get(&digest) {
            if still_valid(&principal) {
                return Ok(principal);
            }
            self.known.invalidate(&digest);
            return Err(Refused::Expired);
        }
        let data = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).map_err(
            |error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => Refused::Expired,
                _ => Refused::Invalid,
            },
        )?;
        let mut claims = data.claims;
        let configured = self.workers.get(&claims.sub);
        claims
            .job_types
            .extend(configured.into_iter().flatten().cloned());
        let principal = Arc::new(principal(claims));
        self.known.insert(digest, Arc::clone(&principal));
        Ok(principal)
    }
}

/// Whether the machine's clock has not passed the end of the token.
pub fn still_valid(principal: &Principal) -> bool {
    now_seconds() <= principal.expires_at.saturating_add(LEEWAY_SECONDS)
}

fn principal(claims: Claims) -> Principal {
    // A token is of somebody.
    let roles = claims.roles.into_iter().filter(|it| it != ANYBODY);
    Principal {
        id: claims.sub.into(),
        tenant: claims.tenant.into(),
        division: claims.division.into(),
        roles: roles.map(Into::into).collect(),
        person: claims.person.map(Into::into),
        job_types: claims.job_types.into_iter().map(Into::into).collect(),
        expires_at: claims.exp,
    }
}

fn now_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |it| it.as_secs())
}

/// Issues tokens for developers and tests; never for a server beyond loopback.
pub struct DevelopmentIssuer {
    key: SigningKey,
}

/// Whom a token is for.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Stable id of the person or program.
    pub id: String,
    /// County bureau.
    pub tenant: String,
    /// Administrative division.
    pub division: String,
    /// Role codes.
    pub roles: Vec<String>,
    /// The person record of a citizen.
    pub person: Option<String>,
    /// Types of jobs a worker may take.
    pub job_types: Vec<String>,
}

impl DevelopmentIssuer {
    /// Opens the key at `path`, or makes a new one there, readable by its owner only.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::KeyFile {
            path: path.to_owned(),
            source,
        };
        let content = |problem| Error::KeyContent {
            path: path.to_owned(),
            problem,
        };
        if !path.exists() {
            let mut seed = [0_u8; 32];
            getrandom::fill(&mut seed).map_err(Error::Randomness)?;
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(io)?;
            file.write_all(STANDARD.encode(seed).as_bytes())
                .map_err(io)?;
            file.sync_all().map_err(io)?;
            return Ok(Self {
                key: SigningKey::from_bytes(&seed),
            });
        }
        if fs::metadata(path).map_err(io)?.permissions().mode() & 0o077 != 0 {
            return Err(content("may be read by others, expected mode 0600"));
        }
        let text = fs::read_to_string(path).map_err(io)?;
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| content("is not base64"))?;
        let seed: [u8; 32] = bytes
            .try_into()
            .map_err(|_| content("does not hold 32 bytes, expected an Ed25519 seed"))?;
        Ok(Self {
            key: SigningKey::from_bytes(&seed),
        })
    }

    /// The verifier of this issuer's tokens.
    pub fn verifier(&self) -> Verifier {
        Verifier::new(DEVELOPMENT_ISSUER, &self.key.verifying_key().to_bytes())
    }

    /// A token for `subject`, valid for `valid_seconds` from now by the machine's clock.
    pub fn issue(&self, subject: &Subject, valid_seconds: u64) -> Result<String, Error> {
        let now = now_seconds();
        let claims = Claims {
            iss: DEVELOPMENT_ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject.id.clone(),
            iat: now,
            exp: now.saturating_add(valid_seconds),
            tenant: subject.tenant.clone(),
            division: subject.division.clone(),
            roles: subject.roles.clone(),
            person: subject.person.clone(),
            job_types: subject.job_types.clone(),
        };
        let key = EncodingKey::from_ed_der(&pkcs8(&self.key.to_bytes()));
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key).map_err(Error::Sign)
    }
}

/// PKCS #8 version 1 around an Ed25519 seed (RFC 8410 §7), which is the form the JWT crate reads.
fn pkcs8(seed: &[u8; 32]) -> Vec<u8> {
    const PREFIX: [u8; 16] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    [&PREFIX[..], seed].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer() -> (tempfile::TempDir, DevelopmentIssuer) {
        let folder = tempfile::tempdir().unwrap();
        let issuer = DevelopmentIssuer::open(&folder.path().join("issuer.key")).unwrap();
        (folder, issuer)
    }

    fn registrar() -> Subject {
        Subject {
            id: "registrar-1".to_owned(),
            tenant: "150627".to_owned(),
            division: "150627".to_owned(),
            roles: vec!["REGISTRAR".to_owned()],
            person: None,
            job_types: Vec::new(),
        }
    }

    #[test]
    fn a_token_names_its_principal() {
        let (_folder, issuer) = issuer();
        let verifier = issuer.verifier();
        let token = issuer.issue(&registrar(), 60).unwrap();
        for _ in 0..2 {
            let principal = verifier.verify(&token).unwrap();
            assert_eq!(&*principal.id, "registrar-1");
            assert!(principal.has_role("REGISTRAR"));
        }
    }

    #[test]
    fn a_token_of_another_key_or_a_changed_token_is_refused() {
        let (_a, issuer) = issuer();
        let (_b, other) = self::issuer();
        let token = other.issue(&registrar(), 60).unwrap();
        assert_eq!(issuer.verifier().verify(&token), Err(Refused::Invalid));
        let own = issuer.issue(&registrar(), 60).unwrap();
        let mut changed = own.clone();
        changed.replace_range(40..41, if &own[40..41] == "A" { "B" } else { "A" });
        assert_eq!(issuer.verifier().verify(&changed), Err(Refused::Invalid));
        assert_eq!(issuer.verifier().verify(""), Err(Refused::Invalid));
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let (_folder, issuer) = issuer();
        let token = issuer.issue(&registrar(), 60).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
        assert_eq!(issuer.verifier().verify(&unsigned), Err(Refused::Invalid));
    }

    #[test]
    fn the_key_outlives_the_process_and_must_not_be_readable_by_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issuer.key");
        let token = DevelopmentIssuer::open(&path)
            .unwrap()
            .issue(&registrar(), 60)
            .unwrap();
        let again = DevelopmentIssuer::open(&path).unwrap();
        assert!(again.verifier().verify(&token).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            DevelopmentIssuer::open(&path),
            Err(Error::KeyContent { .. })
        ));
    }

    #[test]
    fn a_token_beyond_its_time_is_refused() {
        let (_folder, issuer) = issuer();
        let verifier = issuer.verifier();
        let claims = Claims {
            iss: DEVELOPMENT_ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: "x".to_owned(),
            iat: 0,
            exp: now_seconds() - LEEWAY_SECONDS - 10,
            tenant: "150627".to_owned(),
            division: "150627".to_owned(),
            roles: Vec::new(),
            person: None,
            job_types: Vec::new(),
        };
        let key = EncodingKey::from_ed_der(&pkcs8(&issuer.key.to_bytes()));
        let token = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key).unwrap();
        assert_eq!(verifier.verify(&token), Err(Refused::Expired));
    }
}
