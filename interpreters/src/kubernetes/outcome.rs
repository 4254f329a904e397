//! What the API server's errors mean.

use dittofs_core::effects::Outcome;
use kube::core::Status;

/// Puts an error into the closed set.
pub fn outcome(error: &kube::Error) -> Outcome {
    match error {
        kube::Error::Api(status) => of_status(status),
        // No answer, or one that cannot be read: what came of it, the next observation shows.
        other => Outcome::Unavailable(other.to_string()),
    }
}

fn of_status(status: &Status) -> Outcome {
    let text = || status.message.clone();
    match (status.code, status.reason.as_str()) {
        (409, "AlreadyExists") => Outcome::AlreadyExists,
        (409, _) => Outcome::Conflict,
        (404, _) => Outcome::NotFound,
        // A patch by index that does not fit: the object is not as it was seen, or is another one of that name.
        (422, _) if does_not_fit(status) || is_another_object(status) => Outcome::Conflict,
        (400 | 413 | 415 | 422, _) => Outcome::Invalid(text()),
        (401 | 403, _) => Outcome::Forbidden(text()),
        // The allocator has no reason of its own (measured): an InternalError that says so.
        (500, _) if status.message.contains("range is full") => Outcome::NodePortsExhausted,
        _ => Outcome::Unavailable(format!("{} {}: {}", status.code, status.reason, status.message)),
    }
}

/// The API server says so of a patch whose operations cannot be applied (measured on 1.35), and names no field; of an object
/// that is not valid it names kind, name and fields.
fn does_not_fit(status: &Status) -> bool {
    status.message == "the server rejected our request due to an error in our request"
}

/// A patch that carries the uid that was seen would change the one that is there.
fn is_another_object(status: &Status) -> bool {
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    causes.iter().any(|cause| cause.field == "metadata.uid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: u16, reason: &str, message: &str) -> Outcome {
        let status = Status { code, reason: reason.into(), message: message.into(), ..Status::default() };
        outcome(&kube::Error::Api(status.boxed()))
    }

    #[test]
    fn every_answer_of_the_api_server_has_its_outcome() {
        let text = || "why".to_owned();
        assert_eq!(of(409, "AlreadyExists", ""), Outcome::AlreadyExists);
        assert_eq!(of(409, "Conflict", ""), Outcome::Conflict);
        assert_eq!(of(404, "NotFound", ""), Outcome::NotFound);
        assert_eq!(of(422, "Invalid", "why"), Outcome::Invalid(text()));
        assert_eq!(of(403, "Forbidden", "why"), Outcome::Forbidden(text()));
        assert_eq!(of(401, "Unauthorized", "why"), Outcome::Forbidden(text()));
        let full = "Internal error occurred: failed to allocate a nodePort: range is full";
        assert_eq!(of(500, "InternalError", full), Outcome::NodePortsExhausted);
        for (code, reason) in [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")]
        {
            assert!(matches!(of(code, reason, ""), Outcome::Unavailable(_)), "{code}");
        }
    }

    #[test]
    fn a_patch_that_does_not_fit_is_a_conflict_and_not_an_invalid_object() {
        let status: Status = serde_json::from_value(serde_json::json!({
            "code": 422, "reason": "Invalid", "details": {},
            "message": "the server rejected our request due to an error in our request",
        }))
        .unwrap();
        assert_eq!(outcome(&kube::Error::Api(status.boxed())), Outcome::Conflict);
    }
}
