//! Who may read what is written into a folder.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Who may read new files and folders; those that are there keep what they have. Nobody but their owner
/// ever writes to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Files 0600, folders 0700.
    #[default]
    Owner,
    /// Files 0640, folders 0750, less what the process's umask takes away.
    Group,
    /// Files 0644, folders 0755, less what the process's umask takes away.
    All,
}

impl Access {
    const ALL: [(&'static str, Access); 3] = [("owner", Access::Owner), ("group", Access::Group), ("all", Access::All)];

    /// `owner`, `group` or `all`.
    pub fn from_name(name: &str) -> Option<Access> {
        Access::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, access)| access)
    }

    fn mode(self) -> u32 {
        match self {
            Access::Owner => 0o700,
            Access::Group => 0o750,
            Access::All => 0o755,
        }
    }

    /// How a new file is opened.
    pub(super) fn new_file(self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).read(true).create_new(true).mode(self.mode() & 0o666);
        options
    }

    pub(super) fn create_dir(self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(self.mode()).create(path)
    }
}
