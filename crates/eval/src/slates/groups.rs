use std::collections::BTreeMap;
use std::path::Path;

use types::{FieldError, UserId};

use crate::{Error, Result, lines};

/// Reads a shop's groups of users: a user and a group a line, parted by a comma or a tab; `#` begins a remark.
///
/// # Errors
/// Where the file cannot be read, or a line has no user and group.
pub fn read_groups(path: &Path) -> Result<BTreeMap<UserId, String>> {
    let mut groups = BTreeMap::new();
    lines::each(path, |_, line| {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let expected = || FieldError::new("group_invalid", "line", "a user, a comma or a tab, a group", line);
        let (user, group) = line.split_once(['\t', ',']).ok_or_else(expected)?;
        let group = group.trim();
        if group.is_empty() {
            return Err(expected());
        }
        groups.insert(UserId::new(user.trim())?, group.to_owned());
        Ok(())
    })?;
    if groups.is_empty() {
        return Err(Error::Nothing(path.display().to_string(), "no user and group"));
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_read_and_faults_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("groups.csv");
        fs_err::write(&path, "# segments\nann, students\n茶\tseniors\n").unwrap();
        let groups = read_groups(&path).unwrap();
        assert_eq!(groups.values().collect::<Vec<_>>(), ["students", "seniors"]);
        fs_err::write(&path, "ann students\n").unwrap();
        assert!(read_groups(&path).unwrap_err().to_string().contains("line 1: `line`: expected a user"));
        fs_err::write(&path, "").unwrap();
        assert!(read_groups(&path).is_err());
    }
}
