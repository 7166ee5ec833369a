//! The server's certificate.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::exit::Failure;

/// What encrypts connections.
///
/// # Errors
/// Where a file can't be read, holds something else, or the key is not the certificate's: a server
/// that can't encrypt must not listen.
pub(crate) fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Failure> {
    let fail = |path: &Path, why: &dyn std::fmt::Display| {
        Failure::Usage(format!("{} can't be used for encryption: {why}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fail(certificate, &error))?;
    if chain.is_empty() {
        return Err(fail(certificate, &"there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| fail(key, &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fail(certificate, &error))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| fail(certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
