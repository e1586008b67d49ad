//! One thing a run needs, tried beforehand.

/// One thing a run needs.
#[derive(Debug)]
pub(crate) struct PreflightCheck {
    pub name: String,
    pub works: bool,
    pub what: String,
}

impl PreflightCheck {
    pub(crate) fn open(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck { name: name.to_owned(), works: true, what: what.into() }
    }

    pub(crate) fn shut(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck { name: name.to_owned(), works: false, what: what.into() }
    }
}
