//! Text columns of few distinct values: a dictionary and an index a row.

use arrow::array::{Array, DictionaryArray, StringArray, StringDictionaryBuilder};
use arrow::datatypes::Int32Type;

use super::bitmap::Bitmap;

/// A dictionary column, read without hashing: compare and resolve per dictionary entry.
#[derive(Clone, Copy, Debug)]
pub struct DictColumn<'a> {
    keys: &'a [i32],
    /// Absent: every row has a value.
    valid: Option<Bitmap<'a>>,
    values: &'a StringArray,
}

impl<'a> DictColumn<'a> {
    /// # Panics
    /// When the dictionary's values are not text; a batch of calls checks that on entry.
    pub fn new(column: &'a DictionaryArray<Int32Type>) -> DictColumn<'a> {
        let values = column.values().as_any().downcast_ref().expect("dictionary of text");
        let nulls = column.keys().nulls().filter(|n| n.null_count() > 0);
        DictColumn { keys: column.keys().values(), valid: nulls.map(|n| Bitmap::new(n.inner())), values }
    }

    /// The dictionary entry of a row, `None` where the row has no value.
    #[inline]
    pub fn index(&self, row: usize) -> Option<usize> {
        let valid = self.valid.is_none_or(|bits| bits.get(row));
        valid.then(|| usize::try_from(self.keys[row]).unwrap_or(0))
    }

    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.index(row).map(|i| self.values.value(i))
    }

    /// The value of a dictionary entry.
    pub fn entry(&self, index: usize) -> &'a str {
        self.values.value(index)
    }

    /// How many dictionary entries there are (values may repeat).
    pub fn entries(&self) -> usize {
        self.values.len()
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Builds a dictionary column.
#[derive(Default)]
pub struct DictColumnBuilder(StringDictionaryBuilder<Int32Type>);

impl std::fmt::Debug for DictColumnBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DictColumnBuilder")
    }
}

impl DictColumnBuilder {
    pub fn push(&mut self, value: Option<&str>) {
        match value {
            Some(text) => self.0.append_value(text),
            None => self.0.append_null(),
        }
    }

    pub fn finish(&mut self) -> DictionaryArray<Int32Type> {
        self.0.finish()
    }
}
