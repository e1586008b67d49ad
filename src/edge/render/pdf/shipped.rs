//! The faces within the program for names that the text face cannot show: Chinese, Japanese and Korean,
//! Arabic, emoji. `assets/fonts/README.md` says where each is from.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::Font;

const FILES: [&[u8]; 3] = [
    include_bytes!("../../../../assets/fonts/DroidSansFallback.ttf"),
    include_bytes!("../../../../assets/fonts/NotoNaskhArabic-Regular.ttf"),
    include_bytes!("../../../../assets/fonts/NotoEmoji-Regular.ttf"),
];

static FACES: LazyLock<Vec<Font>> =
    LazyLock::new(|| FILES.into_iter().flat_map(|data| Font::iter(Bytes::new(data))).collect());

/// Some of the shipped faces: one bit each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Selection(usize);

impl Selection {
    /// How many selections there are.
    pub(super) const COUNT: usize = 1 << FILES.len();

    /// For each character the first face that has it; characters that none has select nothing.
    pub(super) fn that_show(chars: &BTreeSet<char>) -> Selection {
        let of = |c: &char| FACES.iter().position(|face| face.info().coverage.contains(u32::from(*c)));
        Selection(chars.iter().filter_map(of).fold(0, |selected, i| selected | 1 << i))
    }

    /// Below [`Selection::COUNT`].
    pub(super) fn index(self) -> usize {
        self.0
    }

    pub(super) fn faces(self) -> impl Iterator<Item = &'static Font> {
        FACES.iter().enumerate().filter(move |(i, _)| self.0 >> i & 1 == 1).map(|(_, face)| face)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn every_file_is_one_face_and_is_the_one_the_readme_names() {
        assert_eq!(FACES.len(), FILES.len());
        let readme = include_str!("../../../../assets/fonts/README.md");
        for (file, face) in FILES.iter().zip(&*FACES) {
            let hash: String = Sha256::digest(file).iter().map(|b| format!("{b:02x}")).collect();
            assert!(readme.contains(&hash), "{}", face.info().family);
        }
    }
}
