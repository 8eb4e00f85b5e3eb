//! How the program fails: the whole chain of causes on standard error, and whose fault it was in the exit code.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

/// Something the caller can mend by asking differently.
#[derive(Debug)]
pub(crate) struct UserError(String);

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UserError {}

/// A [`UserError`] as the commands return it.
pub(crate) fn user(message: impl Into<String>) -> anyhow::Error {
    UserError(message.into()).into()
}

/// Tells the error and gives the exit code: 2 for the caller's fault, 1 otherwise.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = format!("error: {error}\n");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Some libraries repeat their cause in their own message.
        if !last.ends_with(&cause) {
            text += &format!("  because: {cause}\n");
        }
        last = cause;
    }
    // Where standard error is closed there is nobody left to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(if is_user(error) { 2 } else { 1 })
}

fn is_user(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<UserError>()
            || cause.is::<clap::Error>()
            || cause.is::<types::FieldError>()
            || cause.is::<formats::SourceError>()
            || cause.is::<neural::WeightsFault>()
            || cause.is::<neural::vocabulary::CutFault>()
            || cause.downcast_ref::<engine::Error>().is_some_and(engine::Error::is_user)
            || cause.downcast_ref::<neural::hub::HubFault>().is_some_and(neural::hub::HubFault::is_user)
            || cause.downcast_ref::<eval::Error>().is_some_and(eval::Error::is_user)
            || cause.downcast_ref::<train::Error>().is_some_and(train::Error::is_user)
            || cause.downcast_ref::<crate::api::Refused>().is_some_and(crate::api::Refused::is_user)
    })
}
