//! The results: objects in a folder or in an S3-compatible bucket, written and read as streams.

mod s3;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::folder::{StateFolder, create_private};
use super::{Error, Result, Stored};

pub use s3::S3;

/// A part of an upload. A bucket takes no parts under 5 MiB and no more than 10,000 of them: this
/// holds results of 60 GB, and 18 MiB of memory a worker.
const PART: usize = 6 << 20;
/// Parts on their way at a time.
const PARTS_ON_THE_WAY: usize = 2;
/// What is read from a file at a time.
const READ: usize = 256 << 10;

/// The bytes of a result, as they are read.
pub type ResultBytes = BoxStream<'static, std::io::Result<Bytes>>;

/// An opened result.
pub struct Open {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its content, from the beginning.
    pub content: ResultBytes,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// One piece of a result on its way from the worker that makes it.
#[derive(Debug)]
pub(super) enum Piece {
    Bytes(Bytes),
    /// The result is whole. Where the pieces end without this, there is no result.
    End,
}

/// Why a result was not written.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// Its maker stopped before the end.
    Unfinished,
    /// The store failed.
    Store(Error),
}

/// Where results lie. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Results {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    // A folder is deleted as one, with what a killed server left half written: the store's own list
    // does not show such files.
    folder: Option<PathBuf>,
}

impl Results {
    /// The folder `results` of the state folder.
    ///
    /// # Errors
    /// [`Error::Setup`] when it cannot be made.
    pub fn in_folder(folder: &StateFolder) -> Result<Self> {
        let path = folder.results();
        let fail = |error: &dyn std::fmt::Display| {
            Error::Setup(format!("{} cannot be used: {error}", path.display()))
        };
        create_private(&path).map_err(|error| fail(&error))?;
        // Written through to the disk: a row that says `ready` must not outlive its result.
        let store = LocalFileSystem::new_with_prefix(&path)
            .map_err(|error| fail(&error))?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::default(),
            folder: Some(path),
        })
    }

    /// A bucket, and the names under a prefix in it.
    ///
    /// # Errors
    /// [`Error::Setup`] when it cannot be written to: found out now, not by the first job.
    pub async fn in_bucket(s3: &S3) -> Result<Self> {
        let (store, prefix) = s3.open()?;
        let results = Self {
            store,
            prefix,
            folder: None,
        };
        results.try_out().await.map_err(|error| {
            Error::Setup(format!(
                "{} cannot be written to: {error}; check the bucket, the endpoint, the region \
                 (AWS_REGION) and the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
                s3.url
            ))
        })?;
        Ok(results)
    }

    async fn try_out(&self) -> object_store::Result<()> {
        let path = self.path(&format!("start-{}", Uuid::new_v4()));
        self.store.put(&path, Bytes::new().into()).await?;
        self.store.delete(&path).await
    }

    fn path(&self, name: &str) -> Path {
        self.prefix
            .parts()
            .chain(Path::from(name).parts())
            .collect()
    }

    /// Writes `pieces` under `name` as they come. Nobody sees the object before it is whole.
    pub(super) async fn write(
        &self,
        name: &str,
        mut pieces: tokio::sync::mpsc::Receiver<Piece>,
    ) -> std::result::Result<Stored, Unwritten> {
        let store = |error: Error| Unwritten::Store(error);
        let mut out = BufWriter::with_capacity(self.store.clone(), self.path(name), PART)
            .with_max_concurrency(PARTS_ON_THE_WAY);
        let mut bytes = 0;
        loop {
            match pieces.recv().await {
                Some(Piece::Bytes(piece)) => {
                    bytes += piece.len() as u64;
                    if let Err(error) = out.put(piece).await {
                        // The first failure says more than what comes of cleaning up after it.
                        let _ = out.abort().await;
                        return Err(store(error.into()));
                    }
                }
                Some(Piece::End) => {
                    out.shutdown().await.map_err(|error| store(error.into()))?;
                    return Ok(Stored {
                        name: name.to_owned(),
                        bytes,
                    });
                }
                None => {
                    if let Err(error) = out.abort().await {
                        tracing::warn!(%error, "a result given up was not cleared away");
                    }
                    return Err(Unwritten::Unfinished);
                }
            }
        }
    }

    /// Opens a result.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Unavailable`].
    pub async fn open(&self, stored: &Stored) -> Result<Open> {
        let got = match self.store.get(&self.path(&stored.name)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(Error::NotFound),
            got => got?,
        };
        let bytes = got.meta.size;
        let content = match got.payload {
            // The store would read a file in pieces of 8 KiB, each handed to another thread.
            GetResultPayload::File(file, _) => {
                ReaderStream::with_capacity(tokio::fs::File::from_std(file), READ).boxed()
            }
            GetResultPayload::Stream(stream) => stream.map_err(std::io::Error::from).boxed(),
        };
        Ok(Open { bytes, content })
    }

    /// Deletes one result; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn delete(&self, name: &str) -> Result<()> {
        match self.store.delete(&self.path(name)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            deleted => Ok(deleted?),
        }
    }

    /// Deletes whatever a job has left, of every attempt.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn delete_all_of(&self, job: Uuid) -> Result<()> {
        let name = job.to_string();
        let Some(folder) = &self.folder else {
            let mut listed = self.store.list(Some(&self.path(&name)));
            while let Some(object) = listed.try_next().await? {
                self.store.delete(&object.location).await?;
            }
            return Ok(());
        };
        match tokio::fs::remove_dir_all(folder.join(name)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
