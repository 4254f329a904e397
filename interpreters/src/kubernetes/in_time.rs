//! No request waits for ever: one that hangs would keep its DittoServer from being looked at again.

use std::time::Duration;

/// How long the API server may take to answer.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The API server did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the API server did not answer within {} s; what came of the request is not known", TIME_LIMIT.as_secs())]
struct NoAnswer;

/// The answer, if it comes in time.
///
/// # Errors
/// The answer's own, or that there was none; what became of the request, the next observation shows.
pub async fn in_time<T>(answer: impl Future<Output = kube::Result<T>>) -> kube::Result<T> {
    match tokio::time::timeout(TIME_LIMIT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(kube::Error::Service(Box::new(NoAnswer))),
    }
}

#[cfg(test)]
mod tests {
    use dittofs_core::effects::Outcome;

    use super::super::outcome::outcome;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_is_unavailable_after_ten_seconds() {
        let start = tokio::time::Instant::now();
        let error = in_time(std::future::pending::<kube::Result<()>>()).await.unwrap_err();
        assert_eq!(start.elapsed(), TIME_LIMIT);
        let Outcome::Unavailable(why) = outcome(&error) else { panic!("{error}") };
        assert!(why.contains("10 s"), "{why}");
    }
}
