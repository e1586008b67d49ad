//! What a fit is called: cause, origin and variant, the same for every call it fits.

use std::collections::BTreeMap;

use super::cause::{Cause, Nature};
use crate::domain::price::VersionId;

/// A cause (or a pair of them) with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label {
    pub(crate) code: String,
    pub(crate) origin: String,
    pub(crate) variant: String,
    pub(crate) version: Option<VersionId>,
}

/// What the causes behind a label are like, for deciding.
#[derive(Clone, Copy)]
pub(crate) struct Traits {
    pub(crate) rank: u8,
    pub(crate) nature: Nature,
    pub(crate) decided_by: &'static str,
}

impl From<&Cause> for Traits {
    fn from(cause: &Cause) -> Traits {
        Traits { rank: cause.rank, nature: cause.nature, decided_by: cause.decided_by }
    }
}

/// Position of a label in the order in which labels were first met.
pub(crate) type LabelId = usize;

/// Every label met, each once.
#[derive(Default)]
pub(crate) struct Labels {
    ids: BTreeMap<Label, LabelId>,
    all: Vec<(Label, Traits)>,
}

impl Labels {
    pub(crate) fn intern(&mut self, label: Label, traits: Traits) -> LabelId {
        if let Some(id) = self.ids.get(&label) {
            return *id;
        }
        self.ids.insert(label.clone(), self.all.len());
        self.all.push((label, traits));
        self.all.len() - 1
    }

    pub(crate) fn get(&self, id: LabelId) -> &Label {
        &self.all[id].0
    }

    pub(crate) fn traits(&self, id: LabelId) -> Traits {
        self.all[id].1
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}
