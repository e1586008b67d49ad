//! Why a month's documents cannot be made.

/// What stops the bills of a month, before anything is numbered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BillingError {
    /// An equality that must hold does not.
    #[error("{what}")]
    Law { what: String, place: Option<String> },
    /// A column of the accounts file that no bill can be made with.
    #[error("{column} of account {account} cannot be read")]
    Column { column: &'static str, account: String },
    /// A sum that cannot be held exactly.
    #[error("{0}")]
    Overflow(String),
}

impl BillingError {
    pub(crate) fn law(what: impl ToString) -> BillingError {
        BillingError::Law { what: what.to_string(), place: None }
    }

    /// A sum of one document.
    pub(crate) fn too_large() -> BillingError {
        BillingError::Overflow("a document's sums have more digits than can be held exactly".to_owned())
    }

    /// Any other sum.
    pub(crate) fn overflow(what: &str) -> BillingError {
        BillingError::Overflow(format!("{what} overflow"))
    }

    /// The same, said of a place.
    #[must_use]
    pub(crate) fn at(self, at: &str) -> BillingError {
        match self {
            BillingError::Law { what, .. } => BillingError::Law { what, place: Some(at.to_owned()) },
            other => other,
        }
    }
}
