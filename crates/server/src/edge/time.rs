//! How long a request may take to the head of its answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::failure::{Failure, Result};

/// When a request must have its answer, a stream to its end.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Instant);

/// Gives up what takes too long, whatever it waits for. What it does in threads of its own has to
/// look at the [`Deadline`] itself.
///
/// # Errors
/// 504 when the time is over.
pub async fn limit(State(app): State<App>, mut request: Request, next: Next) -> Result<Response> {
    let most = app.settings.limits.request;
    let deadline = Instant::now() + most;
    request.extensions_mut().insert(Deadline(deadline));
    let answer = timeout_at(deadline, next.run(request)).await;
    answer.map_err(|_| Failure::time_over(most))
}
