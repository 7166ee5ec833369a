//! Places in object stores that speak the protocol of Amazon S3.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{Error, RetryConfig};
use reqwest::Url;

use crate::network::{deepest, is_here};

/// A place such as `s3://acme-reports/milepost`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    bucket: String,
    prefix: Path,
}

impl Place {
    /// Reads an address.
    ///
    /// # Errors
    /// Why it is none, in a sentence.
    pub(crate) fn parse(text: &str) -> Result<Place, String> {
        let wrong =
            |why: &str| format!("`{text}` {why}; write a place such as s3://acme-reports/milepost");
        let rest = text.strip_prefix("s3://").ok_or_else(|| wrong("does not begin with s3://"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        // Whatever else stands there, such as a key before an @, is no name and may be a secret.
        if bucket.is_empty() || !bucket.bytes().all(is_name) {
            return Err(
                "the bucket's name may hold letters, digits, `-`, `.` and `_` only; write a place such as s3://acme-reports/milepost, and leave keys in the environment"
                    .to_owned(),
            );
        }
        let parted = "has a path with empty or relative parts";
        if prefix.starts_with('/') {
            return Err(wrong(parted));
        }
        let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|_| wrong(parted))?;
        Ok(Place { bucket: bucket.to_owned(), prefix })
    }

    /// Path of a file in the bucket.
    pub(crate) fn path(&self, file: &str) -> Path {
        self.prefix.clone().join(file)
    }

    /// The store, with credentials, region and endpoint from the environment. Requests that fail
    /// are repeated for no longer than `patience`.
    ///
    /// # Errors
    /// What is missing in the environment.
    pub(crate) fn store(&self, patience: Duration) -> Result<AmazonS3, String> {
        let retry = RetryConfig { retry_timeout: patience, ..RetryConfig::default() };
        let builder = AmazonS3Builder::from_env().with_bucket_name(&self.bucket).with_retry(retry);
        // Without any the library would ask the network of a cloud that may not be there.
        let key = |key| builder.get_config_value(&key).is_some();
        let is_known = key(AmazonS3ConfigKey::AccessKeyId)
            || key(AmazonS3ConfigKey::WebIdentityTokenFile)
            || key(AmazonS3ConfigKey::ContainerCredentialsRelativeUri)
            || key(AmazonS3ConfigKey::ContainerCredentialsFullUri)
            || key(AmazonS3ConfigKey::MetadataEndpoint);
        if !is_known {
            return Err("there are no credentials in the environment; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_METADATA_ENDPOINT where the machine itself has them".to_owned());
        }
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
        let is_here = endpoint
            .as_ref()
            .and_then(|text| Url::parse(text).ok())
            .is_some_and(|url| is_here(&url));
        if endpoint.is_some_and(|text| text.starts_with("http://")) && !is_here {
            return Err("the endpoint in the environment does not begin with https, so that others could read keys and reports on their way".to_owned());
        }
        // Keys and reports go over networks encrypted only.
        builder
            .with_allow_http(is_here)
            .build()
            .map_err(|error| format!("the object store can't be used: {error}"))
    }

    /// Says what failed, in words without a secret: what a server answers may repeat what was sent.
    pub(crate) fn failed(&self, what: &str, file: &str, error: &Error) -> String {
        let why = match error {
            Error::NotFound { .. } => "there is no such bucket".to_owned(),
            Error::PermissionDenied { .. } => "these credentials may not".to_owned(),
            Error::Unauthenticated { .. } => {
                "the credentials in the environment were refused".to_owned()
            }
            other => deepest(other).lines().next().unwrap_or_default().to_owned(),
        };
        format!("failed to {what} s3://{}/{}: {why}", self.bucket, self.path(file))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_a_bucket_and_a_prefix() {
        let place = Place::parse("s3://acme-reports/milepost/weekly/").unwrap();
        assert_eq!(place.path("dora.html").as_ref(), "milepost/weekly/dora.html");
        assert_eq!(Place::parse("s3://acme").unwrap().path("x").as_ref(), "x");
    }

    #[test]
    fn what_is_no_place_is_refused_and_a_key_in_it_is_not_repeated() {
        for text in ["acme", "https://acme", "s3://", "s3:///a", "s3://acme/a/../b", "s3://acme//b"]
        {
            assert!(Place::parse(text).is_err(), "{text}");
        }
        let error = Place::parse("s3://AKIA:canary@acme/reports").unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
}
