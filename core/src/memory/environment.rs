//! What the process runs in, as far as it can be told.

use std::path::Path;

use super::kernel_files::KernelFiles;

/// The variables that a report depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    /// [`super::lambda::MEMORY_SIZE_VARIABLE`].
    pub lambda_memory_size: Option<String>,
    /// `REMOTION_HEADROOM_MEMORY_LIMIT`: a limit that the user states, for
    /// platforms that hide theirs (Fargate).
    pub limit_override: Option<String>,
    /// `KUBERNETES_SERVICE_HOST`, which the kubelet gives every pod.
    pub kubernetes_service_host: Option<String>,
    /// `container`, by which a container manager names itself (systemd's
    /// Container Interface).
    pub container: Option<String>,
}

/// The kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// AWS Lambda.
    Lambda,
    /// A container.
    Container,
    /// Neither.
    Host,
}

impl Environment {
    /// As the report names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Container => "container",
            Self::Host => "host",
        }
    }
}

/// Who runs the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Docker.
    Docker,
    /// Kubernetes, whatever runs the container below it.
    Kubernetes,
    /// Podman.
    Podman,
    /// A systemd unit, or systemd-nspawn in a container.
    Systemd,
}

impl Runtime {
    /// As the report names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
            Self::Podman => "podman",
            Self::Systemd => "systemd",
        }
    }
}

/// Tells from the variables, the markers that Docker and Podman leave in the
/// file system, and the names in the cgroup's path.
pub fn detect(
    files: &mut impl KernelFiles,
    variables: &Variables,
    in_lambda: bool,
    cgroup_path: Option<&str>,
) -> (Environment, Option<Runtime>) {
    use Environment::{Container, Host, Lambda};

    if in_lambda {
        return (Lambda, None);
    }
    let path = cgroup_path.unwrap_or_default();
    let named = variables.container.as_deref().unwrap_or_default();
    if variables.kubernetes_service_host.is_some() || path.contains("/kubepods") {
        return (Container, Some(Runtime::Kubernetes));
    }
    if named == "podman"
        || path.contains("/libpod-")
        || files.exists(Path::new("/run/.containerenv"))
    {
        return (Container, Some(Runtime::Podman));
    }
    if named == "docker"
        || path.contains("/docker/")
        || path.contains("/docker-")
        || files.exists(Path::new("/.dockerenv"))
    {
        return (Container, Some(Runtime::Docker));
    }
    if named == "systemd-nspawn" {
        return (Container, Some(Runtime::Systemd));
    }
    if !named.is_empty() || ["/lxc/", "/lxc.", "/ecs/"].iter().any(|mark| path.contains(mark)) {
        return (Container, None);
    }
    let unit = path
        .split('/')
        .any(|name| [".slice", ".service", ".scope"].iter().any(|suffix| name.ends_with(suffix)));
    (Host, unit.then_some(Runtime::Systemd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::kernel_files::InMemory;

    fn at(path: &str) -> (Environment, Option<Runtime>) {
        detect(&mut InMemory::default(), &Variables::default(), false, Some(path))
    }

    fn named(container: &str) -> (Environment, Option<Runtime>) {
        let variables = Variables { container: Some(container.into()), ..Default::default() };
        detect(&mut InMemory::default(), &variables, false, None)
    }

    fn marked(marker: &str) -> (Environment, Option<Runtime>) {
        let mut files = InMemory::default();
        files.0.insert(marker.into(), Vec::new());
        detect(&mut files, &Variables::default(), false, Some("/"))
    }

    #[test]
    fn rule_runtime_is_told_by_variables_markers_and_the_cgroups_name() {
        use Environment::{Container, Host, Lambda};
        use Runtime::{Docker, Kubernetes, Podman, Systemd};

        assert_eq!(at("/docker/0a1b"), (Container, Some(Docker)));
        assert_eq!(at("/system.slice/docker-0a1b.scope"), (Container, Some(Docker)));
        assert_eq!(at("/kubepods.slice/kubepods-pod1.slice/x"), (Container, Some(Kubernetes)));
        assert_eq!(at("/kubepods/burstable/pod1/x"), (Container, Some(Kubernetes)));
        assert_eq!(at("/machine.slice/libpod-1.scope"), (Container, Some(Podman)));
        assert_eq!(at("/lxc/box"), (Container, None));
        assert_eq!(at("/ecs/0123/4567"), (Container, None));
        assert_eq!(at("/user.slice/user-1000.slice/session-2.scope"), (Host, Some(Systemd)));
        assert_eq!(at("/system.slice/render.service"), (Host, Some(Systemd)));
        assert_eq!(at("/"), (Host, None));
        assert_eq!(at("/jobs/17"), (Host, None));

        assert_eq!(named("podman"), (Container, Some(Podman)));
        assert_eq!(named("docker"), (Container, Some(Docker)));
        assert_eq!(named("systemd-nspawn"), (Container, Some(Systemd)));
        assert_eq!(named("lxc"), (Container, None));

        assert_eq!(marked("/.dockerenv"), (Container, Some(Docker)));
        assert_eq!(marked("/run/.containerenv"), (Container, Some(Podman)));

        let variables =
            Variables { kubernetes_service_host: Some("10.0.0.1".into()), ..Default::default() };
        let files = &mut InMemory::default();
        assert_eq!(detect(files, &variables, false, None), (Container, Some(Kubernetes)));
        assert_eq!(detect(files, &variables, true, None), (Lambda, None));
    }
}
