//! `memory.stat`, and the other files of cgroups that are made like it. By hand:
//! `procfs-core` 0.18 reads no file of cgroupfs.

use memchr::{memchr, memmem};

use super::number::parse_u64;

/// Value of `key` in a flat keyed file (`key value\n`, cgroup-v2.rst
/// "Interface Files"): `memory.stat`, `memory.events`, `memory.oom_control`.
#[must_use]
pub fn flat_keyed(file: &[u8], key: &str) -> Option<u64> {
    let at = memmem::find_iter(file, key).find(|at| {
        let starts_line = *at == 0 || file[at - 1] == b'\n';
        starts_line && file.get(at + key.len()) == Some(&b' ')
    })?;
    let value = &file[at + key.len()..];
    parse_u64(&value[..memchr(b'\n', value).unwrap_or(value.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_matched_whole() {
        let stat = b"inactive_file_x 1\ntotal_inactive_file 2\ninactive_file 3\n";
        assert_eq!(flat_keyed(stat, "inactive_file"), Some(3));
        assert_eq!(flat_keyed(stat, "total_inactive_file"), Some(2));
        assert_eq!(flat_keyed(stat, "file"), None);
        assert_eq!(flat_keyed(b"oom_kill", "oom_kill"), None);
    }
}
