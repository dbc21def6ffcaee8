//! `/proc/self/mountinfo`: where a cgroup hierarchy is mounted, and which
//! directories of it stand for the process's cgroup and those above.

use std::collections::HashSet;
use std::path::PathBuf;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};
use procfs_core::process::MountInfo;

use super::hierarchy::Controller;
use super::latin1::{narrow, widen};
use super::self_cgroup::Version;

/// Where a part of a hierarchy is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The cgroup that appears at the mount point.
    pub root: Vec<u8>,
    /// The directory.
    pub point: Vec<u8>,
}

/// Mounts of the hierarchy, from `/proc/self/mountinfo`
/// (`proc_pid_mountinfo(5)`):
///
/// ```text
/// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
/// (1)(2)(3)   (4)   (5)      (6)      (7)   (8) (9)   (10)         (11)
/// ```
///
/// (4) is the root, (5) the mount point, (7) zero or more fields up to the
/// separator (8), (9) the type, (11) the super options, which name v1's
/// controllers. Space, tab, newline and backslash are octal escapes, which
/// `procfs-core` 0.18 leaves in.
#[must_use]
pub fn parse_mountinfo(file: &[u8], version: Version, controller: Controller) -> Vec<Mount> {
    // Nearly all lines are of other mounts, also of v1's dozen controllers: what
    // lacks this is not even split.
    let mark = Finder::new(match version {
        Version::V1 => controller.name(),
        Version::V2 => " - cgroup2 ",
    });
    let mut mounts = Vec::new();
    let mut from = 0;
    while let Some(found) = mark.find(&file[from..]) {
        let at = from + found;
        let start = memrchr(b'\n', &file[..at]).map_or(0, |newline| newline + 1);
        let end = memchr(b'\n', &file[at..]).map_or(file.len(), |length| at + length);
        mounts.extend(parse_mount(&file[start..end], version, controller));
        from = end;
    }
    mounts
}

fn parse_mount(line: &[u8], version: Version, controller: Controller) -> Option<Mount> {
    let found = MountInfo::from_line(&widen(line)).ok()?;
    let counts = match version {
        Version::V1 => {
            found.fs_type == "cgroup" && found.super_options.get(controller.name()) == Some(&None)
        }
        Version::V2 => found.fs_type == "cgroup2",
    };
    let point = found.mount_point.to_str()?;
    let mount = Mount { root: unescape(&narrow(&found.root)), point: unescape(&narrow(point)) };
    (counts && mount.root.starts_with(b"/") && mount.point.starts_with(b"/")).then_some(mount)
}

/// Undoes `\040`, the kernel's `mangle_path()`: a backslash and three octal digits.
#[must_use]
pub fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, behind @ ..] = rest {
        if let (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..]) = (first, behind) {
            bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
            rest = &behind[3..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    bytes
}

/// A directory of the hierarchy and the cgroup it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The cgroup's path as `/proc/self/cgroup` would name it.
    pub path: String,
    /// Where its files are.
    pub directory: PathBuf,
}

/// A machine can mount the hierarchy more than once; more than this is noise.
const MAX_MOUNTS: usize = 8;

/// Mounts in the order in which they should be tried: those that show the
/// process's cgroup first, and of them the one that shows most of its ancestors.
#[must_use]
pub fn order_mounts(mounts: Vec<Mount>, path: &[u8]) -> Vec<Mount> {
    let mut mounts = mounts;
    // A later mount hides an earlier one at the same place.
    mounts.reverse();
    let mut points = HashSet::new();
    mounts.retain(|mount| points.insert(mount.point.clone()));
    mounts.sort_by_key(|mount| (below(path, &mount.root).is_none(), mount.root.len()));
    mounts.truncate(MAX_MOUNTS);
    mounts
}

/// Levels from the process's cgroup up to the root of `mount`.
///
/// A path with `..` lies outside the namespace's root: nothing that is mounted
/// here limits it. A mount whose root is no ancestor of the path (as in Docker
/// in Docker) shows the container's own cgroup at its mount point.
#[must_use]
pub fn levels(mount: &Mount, path: &[u8]) -> Vec<Level> {
    if components(path).any(|name| name == b"..") {
        return Vec::new();
    }
    let names = components(below(path, &mount.root).unwrap_or_default());
    let mut directory = mount.point.clone();
    let mut cgroup = if mount.root == b"/" { Vec::new() } else { mount.root.clone() };
    let mut levels = vec![level(&cgroup, &directory)];
    for name in names {
        for path in [&mut directory, &mut cgroup] {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        levels.push(level(&cgroup, &directory));
    }
    levels.reverse();
    levels
}

fn level(cgroup: &[u8], directory: &[u8]) -> Level {
    let path = if cgroup.is_empty() { b"/" } else { cgroup };
    Level {
        path: String::from_utf8_lossy(path).into_owned(),
        directory: path_from_bytes(directory.into()),
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

/// What is left of `path` below `root`, where it is below it at all.
fn below<'a>(path: &'a [u8], root: &[u8]) -> Option<&'a [u8]> {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    path.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(unix)]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        .into()
}

/// Where the hierarchy is by convention, for a system that hides mountinfo.
#[must_use]
pub fn usual_mount(version: Version, controller: Controller) -> Mount {
    let point = match version {
        Version::V1 => format!("/sys/fs/cgroup/{}", controller.name()),
        Version::V2 => "/sys/fs/cgroup".into(),
    };
    Mount { root: b"/".into(), point: point.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(root: &str, point: &str) -> Mount {
        Mount { root: root.into(), point: point.into() }
    }

    fn shown(mount: &Mount, path: &str) -> Vec<(String, String)> {
        levels(mount, path.as_bytes())
            .into_iter()
            .map(|level| (level.path, level.directory.display().to_string()))
            .collect()
    }

    #[test]
    fn rule_octal_escapes_of_mountinfo_are_undone() {
        assert_eq!(unescape(br"/a\040b\134c\011\012"), b"/a b\\c\t\n");
        assert_eq!(unescape(br"\04 \400 \999 \"), br"\04 \400 \999 \");
        let line = b"31 23 0:26 / /my\\040mounts/cgroup rw shared:1 master:2 - cgroup2 cgroup2 rw";
        assert_eq!(
            parse_mountinfo(line, Version::V2, Controller::Memory),
            [mount("/", "/my mounts/cgroup")]
        );
    }

    #[test]
    fn a_v1_mount_must_carry_the_controller() {
        let file = b"1 2 0:1 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
            1 2 0:2 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
            1 2 0:3 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        assert_eq!(
            parse_mountinfo(file, Version::V1, Controller::Memory),
            [mount("/docker/1", "/sys/fs/cgroup/memory")]
        );
        assert_eq!(
            parse_mountinfo(file, Version::V2, Controller::Memory),
            [mount("/", "/sys/fs/cgroup/unified")]
        );
        assert_eq!(
            parse_mountinfo(file, Version::V1, Controller::Cpu),
            [mount("/", "/sys/fs/cgroup/cpu")]
        );
        assert_eq!(
            parse_mountinfo(b"1 2 3\n - - -\n1 2 3 4 5 6 -", Version::V2, Controller::Memory),
            []
        );
    }

    #[test]
    fn rule_walk_goes_from_the_process_to_the_root_of_the_mount() {
        let own = |path: &str, dir: &str| (path.to_owned(), dir.to_owned());
        assert_eq!(
            shown(&mount("/", "/cg"), "/a/b"),
            [own("/a/b", "/cg/a/b"), own("/a", "/cg/a"), own("/", "/cg")]
        );
        assert_eq!(
            shown(&mount("/docker/1", "/cg"), "/docker/1/sub"),
            [own("/docker/1/sub", "/cg/sub"), own("/docker/1", "/cg")]
        );
    }

    #[test]
    fn rule_mount_that_does_not_show_the_process_counts_at_its_mount_point() {
        let inner = mount("/docker/inner", "/cg");
        assert_eq!(shown(&inner, "/docker/outer"), [("/docker/inner".into(), "/cg".into())]);
        assert_eq!(shown(&inner, "/docker/inner2"), [("/docker/inner".into(), "/cg".into())]);
    }

    #[test]
    fn rule_cgroup_outside_the_namespace_has_no_level() {
        assert_eq!(shown(&mount("/", "/cg"), "/../other"), []);
    }

    #[test]
    fn the_mount_that_shows_most_comes_first_and_a_later_one_hides_an_earlier() {
        let mounts =
            vec![mount("/x", "/1"), mount("/a/b", "/2"), mount("/a", "/3"), mount("/a", "/4")];
        let points: Vec<_> = order_mounts(mounts, b"/a/b/c")
            .into_iter()
            .map(|mount| String::from_utf8(mount.point).unwrap())
            .collect();
        assert_eq!(points, ["/4", "/3", "/2", "/1"]);
    }

    #[test]
    fn of_mounts_at_one_place_only_the_last_is_seen() {
        let mounts = vec![mount("/", "/1"), mount("/a", "/2"), mount("/a", "/1")];
        let seen = order_mounts(mounts, b"/a");
        assert_eq!(seen, [mount("/a", "/1"), mount("/a", "/2")]);
    }
}
