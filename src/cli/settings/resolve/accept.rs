//! What of that which is not judged may be, without ending a run with 4.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::nearest::nearest;
use super::Reader;
use crate::pipeline::{Accepted, AppError, Unjudged};

type Text = Spanned<String>;

impl Reader<'_> {
    /// `unpriced = { calls = "10" }`: a kind, what it is counted in, and the limit.
    pub(super) fn accepted(&self, accept: &BTreeMap<Text, BTreeMap<Text, Text>>) -> Result<Accepted, AppError> {
        let mut accepted = Accepted::default();
        for (kind, limits) in accept {
            let names = || Unjudged::ALL.iter().map(|kind| kind.name());
            let known = Unjudged::ALL.into_iter().find(|known| known.name() == kind.get_ref()).ok_or_else(|| {
                let failure = self.wrong(&kind.span(), format!("accept {:?} is not known", kind.get_ref()));
                let failure = match nearest(kind.get_ref(), names()) {
                    Some(near) => failure.hint(format!("did you mean {near:?}?")),
                    None => failure,
                };
                failure.hint(format!("known are {}", names().collect::<Vec<_>>().join(", ")))
            })?;
            for (counted_in, limit) in limits {
                let unit = known.counted_in().iter().find(|unit| *unit == counted_in.get_ref()).ok_or_else(|| {
                    let what = format!("{} is not counted in {:?}", known.name(), counted_in.get_ref());
                    let example =
                        format!("{} = {{ {} = \"10\" }}", known.name(), known.counted_in().join(" = \"10\", "));
                    self.wrong(&counted_in.span(), what).hint(format!("such as {example}"))
                })?;
                let count = limit.get_ref().parse::<u64>().map_err(|_| {
                    self.wrong(&limit.span(), format!("{:?} is not a whole number such as 10", limit.get_ref()))
                })?;
                accepted.0.insert((known, unit), count);
            }
        }
        Ok(accepted)
    }
}
