//! The server put together: parts opened, routes joined, started and stopped.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::{Layer, ServiceBuilder};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use crate::admission::Admission;
use crate::app::{App, Parts};
use crate::auth;
use crate::edge::budget::Budget;
use crate::edge::compression::{self, Compressors};
use crate::edge::connections;
use crate::edge::headers::{self, REQUEST_ID};
use crate::edge::origin::{self, Callers};
use crate::edge::time;
use crate::example::Examples;
use crate::failure::{Failure, StartFailure};
use crate::limits::rate::RateLimits;
use crate::observe;
use crate::registry::Registry;
use crate::routes::{health, jobs, models, pages, predict, stream, vocabulary};
use crate::settings::Settings;
use crate::signing::Signer;
use crate::store::{self, Database, Jobs, Keys, Policy, Results, SqlJobs, StateFolder};
use crate::work::Generation;

/// A server that is ready to listen.
pub struct Server {
    app: App,
    listener: TcpListener,
}

impl Server {
    /// Opens everything: models, store, secret, port.
    ///
    /// # Errors
    /// What stands in the way, with the fix: a damaged bundle, a store that cannot be opened, an
    /// address in use, an address that others can reach on a server without keys.
    pub async fn open(settings: Settings) -> Result<Self, StartFailure> {
        let folder = StateFolder::open(&settings.state_dir)?;
        // Before anything is opened in it: of two servers on one folder the second changes nothing.
        let lock = match &settings.database {
            None => Some(folder.lock()?),
            Some(_) => None,
        };
        let limits = settings.limits;
        if limits.queue_bytes / 2 < limits.body as u64 {
            return Err(StartFailure(format!(
                "the queries of waiting jobs may take {} MiB in all, and half of that is less than one body of {} MiB: \
                 say a larger --max-queue-bytes or a smaller --max-body",
                limits.queue_bytes >> 20,
                limits.body >> 20
            )));
        }
        let policy = Policy {
            max_queue: limits.queue,
            max_queue_bytes: limits.queue_bytes,
            retention: settings.retention,
            max_result_bytes: limits.results,
            max_result_bytes_by_key: limits.results_by_key,
            ..Policy::default()
        };
        let database = open_database(&settings, &folder).await?;
        let keys = Keys::new(database.clone());
        let keys = if settings.no_auth {
            None
        } else if keys.any().await? {
            Some(keys)
        } else if settings.address.ip().is_loopback() {
            None
        } else {
            return Err(StartFailure(format!(
                "{} can be reached by others, and there is no key: add one with `refcast serve keys \
                 add NAME`, listen on 127.0.0.1, or say --no-auth",
                settings.address
            )));
        };
        let listener = TcpListener::bind(settings.address)
            .await
            .map_err(|error| StartFailure(format!("{}: {error}", settings.address)))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartFailure(error.to_string()))?;
        let callers = Callers::new(&settings, address, keys.is_some())?;
        let signer = match &settings.database {
            None => Signer::in_folder(&folder)?,
            Some(_) => Signer::in_database(&database).await?,
        };
        let results = open_results(&settings, &folder).await?;
        let store = match lock {
            Some(lock) => SqlJobs::sole(database, lock, policy),
            None => SqlJobs::shared(database, policy),
        };
        let models = settings.models.clone();
        let (registry, examples) = tokio::task::spawn_blocking(move || {
            let registry = Registry::open(models.as_deref())?;
            let examples = Examples::new(&registry)?;
            Ok::<_, StartFailure>((Arc::new(registry), examples))
        })
        .await
        .map_err(|error| StartFailure(error.to_string()))??;
        let work = Arc::new(Generation::new(Arc::clone(&registry)));
        let queue = store::QueueSettings {
            workers: limits.at_once,
            longest: limits.job,
            ..store::QueueSettings::default()
        };
        let jobs = Jobs::start(Arc::new(store), results, work, queue).await?;
        let app = Arc::new(Parts {
            registry,
            examples,
            callers,
            compressors: Compressors::new(limits.at_once)
                .map_err(|error| StartFailure(error.to_string()))?,
            bodies: Budget::new(limits.bodies, limits.body),
            reading: Admission::new(limits.at_once, limits.waiting),
            streams: Admission::new(limits.at_once, limits.waiting),
            searches: Admission::new(limits.at_once.div_ceil(2), limits.waiting),
            jobs,
            keys,
            rates: RateLimits::new(limits.per_minute),
            signer,
            metrics: observe::install()?,
            is_ready: AtomicBool::new(true),
            settings,
        });
        Ok(Self { app, listener })
    }

    /// Where it listens, with the port where the system chose one.
    ///
    /// # Errors
    /// None that a bound socket has.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// The ids that are served.
    pub fn model_ids(&self) -> Vec<String> {
        let interfaces = self.app.registry.interfaces();
        interfaces.map(|interface| interface.id.clone()).collect()
    }

    /// Whether requests need a key.
    pub fn asks_for_keys(&self) -> bool {
        self.app.keys.is_some()
    }

    /// Answers until `stop`; then takes no more work, ends what runs or hands it back, and returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let app = Arc::clone(&self.app);
        let grace = app.settings.grace;
        let (stopped, stopping) = watch::channel(false);
        let routes = router(Arc::clone(&app));
        let serving = connections::serve(self.listener, routes, Arc::clone(&app), stopping);
        let serving = tokio::spawn(serving);
        stop.await;
        tracing::info!("told to stop: no new work from here on");
        app.is_ready.store(false, Ordering::Release);
        // Balancers look at readiness every second or so.
        tokio::time::sleep(app.settings.drain).await;
        stopped.send_replace(true);
        // One time for both. Connections that are held open by their clients do not hold the server.
        let serving = tokio::time::timeout(grace, serving);
        let (_, ()) = tokio::join!(serving, app.jobs.shutdown(grace));
    }
}

async fn open_database(
    settings: &Settings,
    folder: &StateFolder,
) -> Result<Database, StartFailure> {
    Ok(match &settings.database {
        None => Database::embedded(folder).await?,
        Some(url) => Database::postgres(url).await?,
    })
}

async fn open_results(settings: &Settings, folder: &StateFolder) -> Result<Results, StartFailure> {
    Ok(match &settings.results {
        None => Results::in_folder(folder)?,
        Some(url) => {
            let s3 = store::S3 {
                url: url.clone(),
                endpoint: settings.results_endpoint.clone(),
            };
            Results::in_bucket(&s3).await?
        }
    })
}

impl From<store::Error> for StartFailure {
    fn from(error: store::Error) -> Self {
        Self(error.to_string())
    }
}

fn router(app: App) -> NormalizePath<Router> {
    let guarded = Router::new()
        .route("/api/models", get(models::list))
        .route("/api/models/{model_id}", get(models::details))
        .route(
            "/api/models/{model_id}/example-query",
            get(models::example_query),
        )
        .route("/api/models/{model_id}/genes", get(models::genes))
        .route("/api/models/{model_id}/vocab", get(vocabulary::vocabulary))
        .route("/api/models/{model_id}/predict", post(predict::predict))
        .route("/api/model-queries/{id}/status", get(jobs::status))
        .route("/api/model-queries/{id}", delete(jobs::cancel))
        .route_layer(from_fn_with_state(Arc::clone(&app), auth::check));
    let routes = Router::new()
        .merge(guarded)
        // Carries its own permission.
        .route("/api/model-queries/{id}/result", get(jobs::result))
        .route("/", get(pages::home))
        .route("/docs", get(pages::try_it))
        .route("/openapi.json", get(pages::description))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(pages::method_not_allowed)
        .fallback(pages::not_found)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(headers::short_request_id))
                .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(from_fn(observed))
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(from_fn(headers::add))
                .layer(CatchPanicLayer::custom(
                    |_: Box<dyn std::any::Any + Send>| {
                        Failure::internal(&"a panic").into_response()
                    },
                ))
                .layer(from_fn_with_state(Arc::clone(&app), compression::beside))
                .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
                .layer(from_fn_with_state(Arc::clone(&app), origin::check))
                .option_layer(cors(&app.callers))
                .layer(from_fn_with_state(Arc::clone(&app), time::limit)),
        )
        .with_state(app);
    // `//api` is `/api`: clients put a base URL that ends with a slash before it.
    NormalizePathLayer::trim_trailing_slash().layer(routes)
}

/// Tells browsers that pages which were named may read the answers; nothing where none was.
fn cors(callers: &Callers) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = callers.origins().collect();
    let allowed = [
        header::ACCEPT,
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        predict::IDEMPOTENCY_KEY,
    ];
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers(allowed)
            .expose_headers([header::RETRY_AFTER, stream::SEED, REQUEST_ID])
    })
}

/// What every line of the log says of its request. Paths hold ids only; a signature is not logged.
fn span(request: &Request) -> tracing::Span {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}

async fn observed(request: Request, next: Next) -> Response {
    let since = Instant::now();
    let method = observe::method(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    observe::request(&route, method, response.status().as_u16(), since);
    response
}
