//! What a process is, by its command line.

/// What a process does in a render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Node, or who stands for it.
    Node,
    /// A tab of the browser.
    Tab,
    /// The browser's GPU process.
    Gpu,
    /// A helper of the browser's.
    Utility,
    /// The browser's main process.
    Browser,
    /// What extracts frames of videos.
    Compositor,
    /// `FFmpeg`.
    Encoder,
    /// Anything else.
    Other,
}

impl Role {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Node,
        Self::Tab,
        Self::Gpu,
        Self::Utility,
        Self::Browser,
        Self::Compositor,
        Self::Encoder,
        Self::Other,
    ];

    /// As a recording has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Tab => "tab",
            Self::Gpu => "gpu",
            Self::Utility => "utility",
            Self::Browser => "browser",
            Self::Compositor => "compositor",
            Self::Encoder => "encoder",
            Self::Other => "other",
        }
    }

    /// Whether it starts no process. (A helper of the browser's may be the one that
    /// starts tabs.)
    #[must_use]
    pub fn starts_none(self) -> bool {
        matches!(self, Self::Tab | Self::Gpu | Self::Encoder)
    }
}

/// Names of browsers' programs.
const BROWSERS: &[&str] =
    &["chrome", "chromium", "headless_shell", "headless-shell", "google chrome", "msedge"];

/// The last part of a path of either system.
fn file_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// The value of a switch.
fn switch<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    // A process that Chrome forked has its arguments in one, with spaces.
    arguments.iter().flat_map(|one| one.split(' ')).find_map(|one| one.strip_prefix(name))
}

/// Role and name, which is without a number where there may be several.
#[must_use]
pub fn of(arguments: &[String]) -> (Role, String) {
    let named = |role, name: &str| (role, name.to_owned());
    let Some(program) = arguments.first() else { return named(Role::Other, "process") };
    match switch(arguments, "--type=") {
        // Chrome's own surface, which `--headless=new` has as well.
        Some("renderer") if switch(arguments, "--top-chrome-webui").is_some() => {
            return named(Role::Utility, "browser's own page");
        }
        Some("renderer") if switch(arguments, "--extension-process").is_some() => {
            return named(Role::Utility, "browser's extension");
        }
        Some("renderer") => return named(Role::Tab, "tab"),
        Some("gpu-process") => return named(Role::Gpu, "GPU process"),
        Some("utility") => {
            let service = switch(arguments, "--utility-sub-type=").unwrap_or("utility");
            return named(Role::Utility, service.rsplit('.').next().unwrap_or(service));
        }
        Some(kind @ ("zygote" | "broker" | "crashpad-handler" | "ppapi")) => {
            return named(Role::Utility, kind);
        }
        _ => {}
    }
    // A title that a process gave itself has spaces and arguments in it; so may a
    // path have spaces.
    let whole = file_name(program);
    let name = if arguments.len() == 1 { whole.split(' ').next().unwrap_or(whole) } else { whole };
    let lower = name.to_ascii_lowercase();
    if lower.contains("crashpad") {
        named(Role::Utility, "crash handler")
    } else if BROWSERS.iter().any(|one| lower.contains(one)) {
        named(Role::Browser, "browser")
    } else if lower == "remotion" && program.contains("compositor") {
        named(Role::Compositor, "compositor")
    } else if lower == "ffmpeg" {
        named(Role::Encoder, "FFmpeg")
    } else if lower == "node" || lower == "bun" || lower == "deno" {
        named(Role::Node, if lower == "node" { "Node" } else { name })
    } else {
        named(Role::Other, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_known_by_their_command_lines() {
        let chrome = "/opt/chrome-linux/headless_shell";
        for (arguments, role, name) in [
            (vec!["/usr/bin/node", "/a/remotion", "render"], Role::Node, "Node"),
            (vec!["node"], Role::Node, "Node"),
            (vec![r"C:\Program Files\nodejs\node.exe", "a"], Role::Node, "Node"),
            (vec![chrome, "--headless"], Role::Browser, "browser"),
            (vec!["/usr/lib/chromium/chromium", "--no-zygote"], Role::Browser, "browser"),
            (vec![chrome, "--type=renderer", "--lang=en"], Role::Tab, "tab"),
            (vec!["/a b/chrome --type=renderer --lang=en"], Role::Tab, "tab"),
            (vec![chrome, "--type=gpu-process"], Role::Gpu, "GPU process"),
            (
                vec![chrome, "--type=utility", "--utility-sub-type=network.mojom.NetworkService"],
                Role::Utility,
                "NetworkService",
            ),
            (vec![chrome, "--type=utility"], Role::Utility, "utility"),
            (vec![chrome, "--type=zygote"], Role::Utility, "zygote"),
            (
                vec![chrome, "--type=renderer", "--top-chrome-webui"],
                Role::Utility,
                "browser's own page",
            ),
            (vec!["/a/chrome_crashpad_handler", "--monitor-self"], Role::Utility, "crash handler"),
            (
                vec!["/n/@remotion/compositor-linux-x64-gnu/remotion"],
                Role::Compositor,
                "compositor",
            ),
            (vec!["/bin/remotion", "render"], Role::Other, "remotion"),
            (vec!["/n/@remotion/compositor-linux-x64-gnu/ffmpeg", "-r"], Role::Encoder, "FFmpeg"),
            (vec!["sh", "-c", "ffmpeg --type"], Role::Other, "sh"),
            (vec!["npm exec remotion"], Role::Other, "npm"),
            (vec![], Role::Other, "process"),
        ] {
            let arguments: Vec<_> = arguments.into_iter().map(String::from).collect();
            assert_eq!(of(&arguments), (role, name.to_owned()), "{arguments:?}");
        }
    }
}
