//! A bucket of S3, or of a server that speaks as S3 does, by its address.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

use super::super::{Error, Result};

/// Where a bucket is. Its keys and region come from the usual variables of the environment
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`) or from the
/// machine's own role.
///
/// Parts of an upload that a killed server left behind are seen by the bucket alone: give it a rule
/// that ends incomplete uploads after a day.
#[derive(Debug, Clone)]
pub struct S3 {
    /// `s3://bucket` or `s3://bucket/prefix`.
    pub url: String,
    /// The address of the server, where it is not Amazon's: `http://127.0.0.1:9000`. The bucket is
    /// then named in the path.
    pub endpoint: Option<String>,
}

impl S3 {
    /// The store and the prefix of the names in it. Nothing is asked of the network.
    pub(super) fn open(&self) -> Result<(Arc<dyn ObjectStore>, Path)> {
        let fail = |error: &dyn std::fmt::Display| {
            Error::Setup(format!(
                "the result store {} cannot be opened: {error}",
                self.url
            ))
        };
        let url = url::Url::parse(&self.url).map_err(|error| fail(&error))?;
        let bucket = url
            .host_str()
            .filter(|_| url.scheme() == "s3")
            .ok_or_else(|| fail(&"write it as s3://bucket or s3://bucket/prefix"))?;
        let prefix = Path::from_url_path(url.path()).map_err(|error| fail(&error))?;
        let store = self.bucket(bucket).map_err(|error| fail(&error))?;
        Ok((store, prefix))
    }

    #[cfg(not(feature = "cluster"))]
    #[allow(clippy::unused_self, reason = "as with the feature")]
    fn bucket(&self, _: &str) -> std::result::Result<Arc<dyn ObjectStore>, String> {
        Err(super::super::needs_cluster("S3"))
    }

    #[cfg(feature = "cluster")]
    fn bucket(&self, name: &str) -> object_store::Result<Arc<dyn ObjectStore>> {
        use std::time::Duration;

        use object_store::RetryConfig;
        use object_store::aws::AmazonS3Builder;

        // The HTTP client takes the process's provider of cryptography; one that is set stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(name)
            // Half a minute: a worker's lease outlives it, and a wrong address is told soon.
            .with_retry(RetryConfig {
                max_retries: 5,
                retry_timeout: Duration::from_secs(30),
                ..RetryConfig::default()
            });
        if let Some(endpoint) = &self.endpoint {
            builder = builder
                .with_endpoint(endpoint.trim_end_matches('/'))
                .with_allow_http(endpoint.starts_with("http://"))
                .with_virtual_hosted_style_request(false);
        }
        Ok(Arc::new(builder.build()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str) -> Result<String> {
        let s3 = S3 {
            url: url.to_owned(),
            endpoint: Some("http://127.0.0.1:1/".to_owned()),
        };
        s3.open().map(|(_, prefix)| prefix.to_string())
    }

    #[test]
    #[cfg(feature = "cluster")]
    fn the_path_of_the_address_is_the_prefix() {
        assert_eq!(open("s3://bucket").unwrap(), "");
        assert_eq!(open("s3://bucket/").unwrap(), "");
        assert_eq!(open("s3://bucket/a/b/").unwrap(), "a/b");
    }

    #[test]
    fn another_address_is_refused_with_the_right_spelling() {
        for wrong in ["bucket", "https://bucket.s3.amazonaws.com", "s3://"] {
            let error = open(wrong).unwrap_err().to_string();
            assert!(error.contains("cannot be opened"), "{error}");
        }
    }
}
