//! `/proc/self/cgroup`: which cgroup the process is in.

use memchr::memmem::Finder;
use procfs_core::{FromBufRead, ProcessCGroups};

use super::hierarchy::Controller;
use super::latin1::{narrow, widen};

/// The two forms a controller comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// A hierarchy of its own.
    V1,
    /// The unified hierarchy.
    V2,
}

/// The process's place in the hierarchy of a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Which hierarchy counts.
    pub version: Version,
    /// The cgroup, as bytes: names need not be UTF-8.
    pub path: Vec<u8>,
}

/// The kernel's `PATH_MAX`; a longer path names nothing.
const MAX_PATH: usize = 4096;

/// Reads `/proc/self/cgroup` (cgroups(7)):
///
/// ```text
/// 4:memory:/docker/0a1b        hierarchy-ID:controller-list:cgroup-path
/// 0::/user.slice               always 0 and empty for v2
/// ```
///
/// On a hybrid machine both lines are there, and the controller can only be in
/// one: the line that names it counts. Line by line, since one that the
/// kernel did not write would fail the whole file.
#[must_use]
pub fn parse_self_cgroup(file: &[u8], controller: Controller) -> Option<Membership> {
    // Of v1's dozen lines most are of other controllers.
    let name = Finder::new(controller.name());
    let mut unified = None;
    for line in file.split(|byte| *byte == b'\n') {
        if !line.starts_with(b"0:") && name.find(line).is_none() {
            continue;
        }
        let Some(membership) = parse_line(line, controller) else { continue };
        match membership.version {
            Version::V1 => return Some(membership),
            Version::V2 => unified = unified.or(Some(membership)),
        }
    }
    unified
}

/// Nothing where the line is of a hierarchy without the controller.
fn parse_line(line: &[u8], controller: Controller) -> Option<Membership> {
    let found = ProcessCGroups::from_buf_read(widen(line).as_bytes()).ok()?.0.pop()?;
    let version = match &found.controllers[..] {
        [] if found.hierarchy == 0 => Version::V2,
        controllers if controllers.iter().any(|name| name == controller.name()) => Version::V1,
        _ => return None,
    };
    let path = narrow(&found.pathname);
    (path.starts_with(b"/") && path.len() <= MAX_PATH).then_some(Membership { version, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v1(path: &str) -> Membership {
        Membership { version: Version::V1, path: path.into() }
    }

    #[test]
    fn rule_hybrid_counts_the_memory_controllers_own_hierarchy() {
        assert_eq!(parse_self_cgroup(b"0::/a\n4:memory:/b\n", Controller::Memory), Some(v1("/b")));
        assert_eq!(
            parse_self_cgroup(b"5:cpu,memory:/b:c\n0::/a\n", Controller::Memory),
            Some(v1("/b:c"))
        );
    }

    #[test]
    fn rule_unified_line_counts_without_a_v1_controller() {
        let v2 = Some(Membership { version: Version::V2, path: b"/a\xff b".into() });
        assert_eq!(
            parse_self_cgroup(b"9:name=systemd:/x\n\xff\xfe\n0::/a\xff b\n", Controller::Memory),
            v2
        );
        for bad in ["", "garbage", "0::relative", "1::/a", "::", "2:memoryx:/a"] {
            assert_eq!(parse_self_cgroup(bad.as_bytes(), Controller::Memory), None, "{bad:?}");
        }
    }

    #[test]
    fn each_controller_has_a_line_of_its_own() {
        let file = b"5:cpuset:/c\n4:cpu,cpuacct:/a\n3:memory:/b\n0::/\n";
        assert_eq!(parse_self_cgroup(file, Controller::Cpu), Some(v1("/a")));
        assert_eq!(parse_self_cgroup(file, Controller::Memory), Some(v1("/b")));
        let hybrid = parse_self_cgroup(b"3:memory:/b\n0::/u\n", Controller::Cpu);
        assert_eq!(hybrid, Some(Membership { version: Version::V2, path: b"/u".into() }));
    }
}
