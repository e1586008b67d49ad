//! One thing a run needs, tried beforehand.

/// One thing a run needs.
#[derive(Debug)]
pub struct PreflightCheck {
    pub name: String,
    pub works: bool,
    pub what: String,
}

impl PreflightCheck {
    pub fn open(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck { name: name.to_owned(), works: true, what: what.into() }
    }

    pub fn shut(name: &str, what: impl Into<String>) -> PreflightCheck {
        PreflightCheck { name: name.to_owned(), works: false, what: what.into() }
    }
}
