//! Where the process is in the hierarchies of cgroups: v1 has one for each
//! controller, v2 one for all.

use std::path::Path;

use super::kernel_files::KernelFiles;
use super::mountinfo::{Mount, order_mounts, parse_mountinfo, usual_mount};
use super::self_cgroup::{Membership, Version, parse_self_cgroup};

/// What limits a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controller {
    /// Memory.
    Memory,
    /// CPU time.
    Cpu,
}

impl Controller {
    /// All that are asked.
    pub const ALL: [Self; 2] = [Self::Memory, Self::Cpu];

    /// As the kernel names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
        }
    }
}

/// A place that the process may have, and where that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    membership: Membership,
    /// In the order in which they should be tried.
    mounts: Vec<Mount>,
}

/// For each of `controllers` the places to look at, in turn. Both files are read
/// once for all of them.
pub fn find<const N: usize>(
    files: &mut impl KernelFiles,
    controllers: &[Controller; N],
) -> [Vec<Place>; N] {
    let own = files.read(Path::new("/proc/self/cgroup"));
    let own = own.as_deref().unwrap_or_default();
    let memberships = controllers.map(|controller| parse_self_cgroup(own, controller));
    let mountinfo = if memberships.iter().any(Option::is_some) {
        files.read(Path::new("/proc/self/mountinfo")).unwrap_or_default()
    } else {
        [].as_slice().into()
    };
    let mut places = [const { Vec::new() }; N];
    for ((places, membership), controller) in places.iter_mut().zip(memberships).zip(controllers) {
        if let Some(membership) = membership {
            places.push(seen(membership, &mountinfo, *controller));
            continue;
        }
        // Without the file (hardened sandboxes) the usual mounts are all there is.
        places.extend([Version::V2, Version::V1].map(|version| Place {
            membership: Membership { version, path: b"/".into() },
            mounts: vec![usual_mount(version, *controller)],
        }));
    }
    places
}

fn seen(membership: Membership, mountinfo: &[u8], controller: Controller) -> Place {
    let mut mounts = parse_mountinfo(mountinfo, membership.version, controller);
    if mounts.is_empty() {
        mounts.push(usual_mount(membership.version, controller));
    }
    Place { mounts: order_mounts(mounts, &membership.path), membership }
}

/// All mounts of all places.
pub(super) fn mounts(places: &[Place]) -> impl Iterator<Item = (&Membership, &Mount)> {
    places.iter().flat_map(|place| place.mounts.iter().map(|mount| (&place.membership, mount)))
}
