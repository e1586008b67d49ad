//! Rollups: usage and money per day, ISO week or month along fixed dimensions.
//!
//! One grouping function, three period specs: days are summed from calls, weeks and months from
//! days. Knows nothing of: prices, ledgers, file formats.
