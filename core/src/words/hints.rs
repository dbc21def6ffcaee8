//! What a failed render's error means and what to do about it.
//!
//! A table of `Rule`s is matched against the text of an error. Each rule
//! that applies gives one [`Hint`]; hints come worst first.
//!
//! Rules marked "upstream" answer to the same text, at the same severity and
//! with the same links as `printUsefulErrorMessage` of `@remotion/renderer`
//! 4.0.529; the wording is ours. The rest are failures that it does not explain.

use super::{Filling, Severity, fill};

/// One explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Stable name, listed in `docs/diagnostics.md`.
    pub code: &'static str,
    /// One line: what happened.
    pub title: String,
    /// What to do about it.
    pub detail: &'static str,
    /// Where to read on.
    pub url: Option<&'static str>,
    /// How bad it is.
    pub severity: Severity,
}

/// What is known of a failure beside the error itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Processes of this container that the kernel has killed for lack of
    /// memory since the process began to watch.
    pub oom_kills: u64,
    /// Whether this is AWS Lambda.
    pub lambda: bool,
}

/// The text of an error.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// Its message, and those of its causes.
    pub message: &'a str,
    /// Its stack.
    pub stack: &'a str,
}

/// A condition on the text. Within one, every part must hold.
#[derive(Debug, Clone, Copy)]
enum When {
    /// The message contains all of these.
    Message(&'static [&'static str]),
    /// The message contains the first, and not the second.
    MessageWithout(&'static str, &'static str),
    /// The stack contains this.
    Stack(&'static str),
}

impl When {
    fn holds(self, failure: Failure<'_>) -> bool {
        match self {
            Self::Message(parts) => parts.iter().all(|part| failure.message.contains(part)),
            Self::MessageWithout(part, not) => {
                failure.message.contains(part) && !failure.message.contains(not)
            }
            Self::Stack(part) => failure.stack.contains(part),
        }
    }
}

/// Circumstances that a rule asks for beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Anything,
    OomKills,
    NoOomKills,
    Lambda,
    NoLambda,
}

impl Given {
    fn holds(self, circumstances: Circumstances) -> bool {
        match self {
            Self::Anything => true,
            Self::OomKills => circumstances.oom_kills > 0,
            Self::NoOomKills => circumstances.oom_kills == 0,
            Self::Lambda => circumstances.lambda,
            Self::NoLambda => !circumstances.lambda,
        }
    }
}

/// `{process}`, `{processes}` and `{component}` in a title are filled in.
#[derive(Debug)]
struct Rule {
    code: &'static str,
    severity: Severity,
    /// One of these must hold.
    when: &'static [When],
    given: Given,
    title: &'static str,
    detail: &'static str,
    url: Option<&'static str>,
}

/// Signs that a process was ended from outside.
const KILLED: &[When] = &[
    When::Message(&["signal SIGKILL"]),
    When::Message(&["signal: SIGKILL"]),
    When::Message(&["(SIGKILL)"]),
    When::Message(&["was killed with SIGKILL"]),
    When::Message(&["exit code 137"]),
    When::Message(&["exited with code 137"]),
];

/// The same, and what is left of it when the process was Chrome.
const KILLED_OR_GONE: &[When] = &[
    When::Message(&["signal SIGKILL"]),
    When::Message(&["signal: SIGKILL"]),
    When::Message(&["(SIGKILL)"]),
    When::Message(&["was killed with SIGKILL"]),
    When::Message(&["exit code 137"]),
    When::Message(&["exited with code 137"]),
    When::Message(&["Target closed"]),
    When::Message(&["Page crashed!"]),
    When::Message(&["browser crashed"]),
    When::Message(&["Session closed"]),
];

const RULES: &[Rule] = &[
    Rule {
        code: "oom-killed",
        severity: Severity::Error,
        when: KILLED_OR_GONE,
        given: Given::OomKills,
        title: "The kernel's OOM killer ended {processes} in this container, and {process} is gone.",
        detail: "The memory limit of the container was reached. Raise it, or render with less: \
            spread planRender(composition).options into renderMedia(), which lowers the \
            concurrency and the caches and stops encoding while rendering.",
        url: None,
    },
    Rule {
        code: "process-killed",
        severity: Severity::Error,
        when: KILLED,
        given: Given::NoOomKills,
        title: "Something sent SIGKILL to {process}.",
        detail: "Most often that is the OOM killer of the machine or of a container around this \
            one: look for \"Killed process\" in `dmesg`. Render with less memory (planRender() \
            has the options), or check who else ends processes here.",
        url: None,
    },
    Rule {
        code: "v8-heap-exhausted",
        severity: Severity::Error,
        when: &[
            When::Message(&["JavaScript heap out of memory"]),
            When::Message(&["Reached heap limit"]),
            When::Message(&["near heap limit"]),
            When::Message(&["ERR_WORKER_OUT_OF_MEMORY"]),
            When::Message(&["Worker terminated due to reaching memory limit"]),
        ],
        given: Given::Anything,
        title: "The JavaScript heap of Node is full.",
        detail: "Its limit is V8's own and not the machine's. Activate remotion-headroom/register, \
            which keeps inline assets and audio outside the heap, and if that is not enough raise \
            the limit: NODE_OPTIONS=--max-old-space-size=<MiB>.",
        url: None,
    },
    Rule {
        code: "string-too-long",
        severity: Severity::Error,
        when: &[
            When::Message(&["Cannot create a string longer than"]),
            When::Message(&["Invalid string length"]),
            When::Message(&["ERR_STRING_TOO_LONG"]),
        ],
        given: Given::Anything,
        title: "A string would have been longer than V8 allows (about 512 MiB).",
        detail: "Usually the inline assets of a frame add up to that: base64 data URLs or raw \
            audio. Serve large files from public/ with staticFile(), or activate \
            remotion-headroom/register, which moves them in pieces.",
        url: None,
    },
    Rule {
        code: "buffer-allocation-failed",
        severity: Severity::Error,
        when: &[
            When::Message(&["Array buffer allocation failed"]),
            When::Message(&["ERR_MEMORY_ALLOCATION_FAILED"]),
            When::Message(&["memory allocation of ", " bytes failed"]),
            When::Message(&["Cannot allocate memory"]),
            When::Message(&["ENOMEM"]),
        ],
        given: Given::Anything,
        title: "An allocation was refused: there was no memory left.",
        detail: "Render with a lower concurrency and smaller caches. planRender() chooses both \
            from what the container has left.",
        url: None,
    },
    Rule {
        code: "lambda-out-of-memory",
        severity: Severity::Error,
        when: &[
            When::Message(&["Runtime.OutOfMemory"]),
            When::Message(&["Runtime exited with error: signal: killed"]),
        ],
        given: Given::Anything,
        title: "The Lambda function ran out of memory.",
        detail: "Deploy it with a larger memorySizeInMb, or give each function fewer frames \
            (framesPerLambda) and a lower concurrency.",
        url: Some("https://www.remotion.dev/docs/lambda/runtime"),
    },
    Rule {
        code: "screenshot-failed",
        severity: Severity::Error,
        when: &[
            When::Message(&["Google Chrome ran out of memory or disk space"]),
            When::Message(&["Unable to capture screenshot"]),
        ],
        given: Given::Anything,
        title: "Chrome had no memory or disk space left to take a screenshot.",
        detail: "Lower the concurrency: each tab holds its page and several full frames. On \
            Lambda, deploy the function with more memory or disk.",
        url: None,
    },
    Rule {
        code: "page-crashed",
        severity: Severity::Error,
        when: &[When::Message(&["Page crashed!"])],
        given: Given::NoOomKills,
        title: "A tab of Chrome crashed.",
        detail: "Lack of memory is the usual cause. Lower the concurrency and \
            mediaCacheSizeInBytes: every tab fills a media cache of its own.",
        url: Some("https://www.remotion.dev/docs/target-closed"),
    },
    Rule {
        code: "shared-memory-too-small",
        severity: Severity::Error,
        when: &[
            When::Message(&["/dev/shm"]),
            When::Message(&["platform_shared_memory_region"]),
            When::Message(&["Creating shared memory"]),
        ],
        given: Given::Anything,
        title: "Chrome could not get shared memory: /dev/shm is too small.",
        detail: "Docker gives a container 64 MiB of it. Start the container with --shm-size=1g \
            (shm_size in a compose file, an emptyDir with medium Memory in Kubernetes).",
        url: None,
    },
    Rule {
        code: "file-watchers-exhausted",
        severity: Severity::Warn,
        when: &[When::Message(&["number of file watchers reached"])],
        given: Given::Anything,
        title: "The system's limit of watched files is reached.",
        detail: "This is no lack of disk space, although it says ENOSPC. Raise the limit: \
            sysctl fs.inotify.max_user_watches=524288.",
        url: None,
    },
    Rule {
        code: "lambda-disk-full",
        severity: Severity::Error,
        when: &[
            When::MessageWithout("ENOSPC", "file watchers"),
            When::Message(&["No space left on device"]),
            When::Message(&["no space left on device"]),
        ],
        given: Given::Lambda,
        title: "The disk of the Lambda function is full.",
        detail: "Deploy it with a larger diskSizeInMb (up to 10,240).",
        url: Some("https://www.remotion.dev/docs/lambda/disk-size"),
    },
    Rule {
        code: "disk-full",
        severity: Severity::Error,
        when: &[
            When::MessageWithout("ENOSPC", "file watchers"),
            When::Message(&["No space left on device"]),
            When::Message(&["no space left on device"]),
        ],
        given: Given::NoLambda,
        title: "A disk is full.",
        detail: "Frames, downloaded assets and audio go to the temporary directory (TMPDIR) and \
            need room for the whole video where frames are not piped into the encoder. Free some \
            space, or point TMPDIR at a larger disk.",
        url: None,
    },
    // From here on: upstream.
    Rule {
        code: "lambda-memory-capped",
        severity: Severity::Warn,
        when: &[When::Message(&["Member must have value less than or equal to 3008"])],
        given: Given::Anything,
        title: "This AWS account may not give a function more than 3008 MB.",
        detail: "New accounts and some organisations are limited to that. A payment method or a \
            request to AWS support lifts it (see \
            https://repost.aws/questions/QUKruWYNDYTSmP17jCnIz6IQ/questions/QUKruWYNDYTSmP17jCnIz6IQ/unable-to-set-lambda-memory-over-3008mb); \
            until then choose a memory size of 3008 MB or less.",
        url: Some("https://www.remotion.dev/docs/lambda/runtime#core-count--vcpus"),
    },
    Rule {
        code: "webgl-renderer",
        severity: Severity::Warn,
        when: &[When::Message(&["Error creating WebGL context"])],
        given: Given::Anything,
        title: "Chrome could not create a WebGL context with this OpenGL renderer.",
        detail: "Try the renderer \"angle\". How to set it: \
            https://www.remotion.dev/docs/chromium-flags#--gl",
        url: Some("https://www.remotion.dev/docs/three"),
    },
    Rule {
        code: "media-playback",
        severity: Severity::Info,
        when: &[When::Message(&["Could not play video with"])],
        given: Given::Anything,
        title: "Chrome could not play a media file.",
        detail: "Its codec may be missing from this Chrome, or its URL may not be reachable.",
        url: Some("https://remotion.dev/docs/media-playback-error"),
    },
    Rule {
        code: "delay-render-proxy",
        severity: Severity::Info,
        when: &[When::Message(&["A delayRender()", "was called but not cleared after", "/proxy"])],
        given: Given::Anything,
        title: "A frame of an <OffthreadVideo> did not arrive in time.",
        detail: "Extracting it took longer than the time limit. A larger \
            offthreadVideoCacheSizeInBytes, a shorter keyframe distance or a higher time limit help.",
        url: Some("https://remotion.dev/docs/troubleshooting/delay-render-proxy"),
    },
    Rule {
        code: "delay-render-timeout",
        severity: Severity::Info,
        when: &[When::Message(&["A delayRender()", "was called but not cleared after"])],
        given: Given::Anything,
        title: "A delayRender() was not followed by its continueRender() in time.",
        detail: "Look at what the component waits for, or raise timeoutInMilliseconds.",
        url: Some("https://remotion.dev/docs/timeout"),
    },
    Rule {
        code: "target-closed",
        severity: Severity::Info,
        when: &[When::Message(&["Target closed"])],
        given: Given::Anything,
        title: "Chrome, or the tab that was rendering, went away.",
        detail: "Usually it ran out of memory or crashed. A lower concurrency and smaller media \
            caches help; planRender() chooses both.",
        url: Some("https://remotion.dev/docs/target-closed"),
    },
    Rule {
        code: "page-function-timeout",
        severity: Severity::Info,
        when: &[When::Message(&["Timed out evaluating"])],
        given: Given::Anything,
        title: "The page was too busy to answer.",
        detail: "Its main thread was blocked, or the machine is short of CPU or memory.",
        url: Some("https://remotion.dev/docs/troubleshooting/timed-out-page-function"),
    },
    Rule {
        code: "name-too-long",
        severity: Severity::Info,
        when: &[When::Message(&["ENAMETOOLONG"])],
        given: Given::Anything,
        title: "A file name or a command line is longer than the system allows.",
        detail: "Long asset URLs and large environment variables are the usual causes.",
        url: Some("https://remotion.dev/docs/enametoolong"),
    },
    Rule {
        code: "lambda-rate-limit",
        severity: Severity::Info,
        when: &[
            When::Stack("TooManyRequestsException: Rate Exceeded."),
            When::Message(&["ConcurrentInvocationLimitExceeded"]),
        ],
        given: Given::Anything,
        title: "AWS runs no more Lambda functions at once for this account.",
        detail: "Ask AWS for a higher concurrency limit, or use more frames per function.",
        url: Some("https://www.remotion.dev/docs/lambda/troubleshooting/rate-limit"),
    },
    Rule {
        code: "webgl-context",
        severity: Severity::Info,
        when: &[
            When::Message(&["Failed to acquire WebGL2 context"]),
            When::Message(&["Failed to acquire WebGL context"]),
            When::Message(&["Error creating WebGL context"]),
        ],
        given: Given::Anything,
        title: "The page got no WebGL context.",
        detail: "Headless Chrome needs a fitting OpenGL renderer for WebGL.",
        url: Some("https://remotion.dev/docs/troubleshooting/webgl2-context"),
    },
    Rule {
        code: "bucket-acl",
        severity: Severity::Info,
        when: &[When::Message(&["The bucket does not allow ACLs"])],
        given: Given::Anything,
        title: "The S3 bucket accepts no access control lists.",
        detail: "Allow them on the bucket, or upload without one.",
        url: Some("https://remotion.dev/docs/lambda/troubleshooting/bucket-disallows-acl"),
    },
    Rule {
        code: "component-undefined",
        severity: Severity::Info,
        when: &[When::Message(&["Minified React error #306"])],
        given: Given::Anything,
        title: "React was given undefined{component} where a component belongs.",
        detail: "Look at the root file: the import may name something that its module does not \
            export, or that has another name by now.",
        url: None,
    },
    Rule {
        code: "glibc-too-old",
        severity: Severity::Info,
        when: &[When::Message(&["GLIBC_"])],
        given: Given::Anything,
        title: "The C library of this system is too old for Remotion's binaries.",
        detail: "They need glibc 2.35 or newer, as in Debian 12 and Ubuntu 22.04.",
        url: Some("https://github.com/remotion-dev/remotion/issues/2439"),
    },
    Rule {
        code: "macos-too-old",
        severity: Severity::Info,
        when: &[When::Message(&["AVCaptureDeviceTypeContinuityCamera"])],
        given: Given::Anything,
        title: "This macOS is too old for Remotion's binaries.",
        detail: "They need macOS 15 or newer.",
        url: Some("https://github.com/remotion-dev/remotion/issues/7027"),
    },
    Rule {
        code: "bad-file-descriptor",
        severity: Severity::Info,
        when: &[When::Message(&["EBADF"])],
        given: Given::Anything,
        title: "Node used a file that was not open.",
        detail: "Some versions of Node have a bug that shows like this: try another one.",
        url: Some("https://github.com/remotion-dev/remotion/issues/2452"),
    },
    Rule {
        code: "unreadable-credentials",
        severity: Severity::Info,
        when: &[When::Message(&["routines::unsupported"])],
        given: Given::Anything,
        title: "OpenSSL could not read a key.",
        detail: "With Cloud Run, check the private key of the credentials: a newline at its end \
            or a wrong encoding is enough.",
        url: Some("https://github.com/remotion-dev/remotion/issues/3864"),
    },
    Rule {
        code: "fetch-failed",
        severity: Severity::Info,
        when: &[When::Message(&["Failed to fetch"])],
        given: Given::Anything,
        title: "The page could not load an asset.",
        detail: "Check its URL and its CORS headers. On Lambda, Chrome also refuses assets when \
            the disk is nearly full: a larger diskSizeInMb helps then.",
        url: None,
    },
    Rule {
        code: "cloud-run-quota",
        severity: Severity::Info,
        when: &[When::Message(&["Invalid value specified for cpu"])],
        given: Given::Anything,
        title: "The quota of this Google Cloud account is too small for the service.",
        detail: "Deploy with fewer instances, such as maxInstances: 5, or ask for more quota.",
        url: None,
    },
];

/// Every code there is, worst first.
pub fn codes() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.code)
}

/// What is known about `failure`, worst first. Empty where nothing is.
#[must_use]
pub fn explain(failure: Failure<'_>, circumstances: Circumstances) -> Vec<Hint> {
    let mut hints: Vec<Hint> = RULES
        .iter()
        .filter(|rule| {
            rule.given.holds(circumstances) && rule.when.iter().any(|when| when.holds(failure))
        })
        .map(|rule| Hint {
            code: rule.code,
            title: title(rule, failure, circumstances),
            detail: rule.detail,
            url: rule.url,
            severity: rule.severity,
        })
        .collect();
    // Stable: rules of one severity keep the order of the table.
    hints.sort_by_key(|hint| hint.severity);
    hints
}

fn title(rule: &Rule, failure: Failure<'_>, circumstances: Circumstances) -> String {
    let component =
        component_name(failure.message).map(|name| format!(" (<{name}>)")).unwrap_or_default();
    let fillings = [
        ("processes", Filling::Count(circumstances.oom_kills, "process", "processes")),
        ("process", Filling::Text(process_name(failure.message))),
        ("component", Filling::Text(&component)),
    ];
    fill(rule.title, &fillings)
}

/// Which of the processes of a render an error is about.
fn process_name(message: &str) -> &'static str {
    const NAMES: &[(&str, &str)] = &[
        ("FFmpeg", "FFmpeg"),
        ("ffmpeg", "FFmpeg"),
        ("Compositor", "the compositor"),
        ("compositor", "the compositor"),
        ("Target closed", "Chrome"),
        ("Session closed", "Chrome"),
        ("Page crashed", "a tab of Chrome"),
        ("rowser", "Chrome"),
        ("hrome", "Chrome"),
        ("hromium", "Chrome"),
        // What Remotion says when the browser's process ends.
        ("Closed with", "Chrome"),
    ];
    NAMES
        .iter()
        .find(|(sign, _)| message.contains(sign))
        .map_or("a process of the render", |(_, name)| name)
}

/// The first `<Name>` in `message`, where the name is of letters, digits and `_`.
fn component_name(message: &str) -> Option<&str> {
    let mut rest = message;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        if end > 0 && rest[end..].starts_with('>') {
            return Some(&rest[..end]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Circumstances = Circumstances { oom_kills: 0, lambda: false };

    fn found(message: &str, circumstances: Circumstances) -> Vec<&'static str> {
        explain(Failure { message, stack: message }, circumstances)
            .iter()
            .map(|hint| hint.code)
            .collect()
    }

    #[test]
    fn texts_are_whole() {
        for rule in RULES {
            let title = title(rule, Failure { message: "", stack: "" }, QUIET);
            assert!(!title.contains('{') && title.ends_with('.'), "{title}");
            assert!(!rule.detail.contains("  "), "{}", rule.code);
        }
    }

    #[test]
    fn a_kill_is_the_oom_killers_only_when_it_counted_one() {
        let message = "Compositor exited with signal SIGKILL";
        assert_eq!(found(message, QUIET), ["process-killed"]);
        let killed = Circumstances { oom_kills: 3, lambda: false };
        let hints = explain(Failure { message, stack: "" }, killed);
        assert_eq!(hints.len(), 1);
        assert_eq!(hints[0].code, "oom-killed");
        assert_eq!(
            hints[0].title,
            "The kernel's OOM killer ended 3 processes in this container, \
             and the compositor is gone."
        );
    }

    #[test]
    fn an_oom_kill_explains_a_closed_target_too() {
        let killed = Circumstances { oom_kills: 1, lambda: false };
        let message = "Protocol error (Runtime.callFunctionOn): Target closed.";
        assert_eq!(found(message, killed), ["oom-killed", "target-closed"]);
        assert_eq!(found(message, QUIET), ["target-closed"]);
    }

    #[test]
    fn an_oom_kill_does_not_explain_what_has_nothing_to_do_with_it() {
        let killed = Circumstances { oom_kills: 1, lambda: false };
        assert_eq!(found("EBADF: bad file descriptor", killed), ["bad-file-descriptor"]);
    }

    #[test]
    fn a_full_disk_is_named_after_the_place() {
        let message = "ENOSPC: no space left on device, write";
        assert_eq!(found(message, QUIET), ["disk-full"]);
        let lambda = Circumstances { oom_kills: 0, lambda: true };
        assert_eq!(found(message, lambda), ["lambda-disk-full"]);
        let watchers = "ENOSPC: System limit for number of file watchers reached, watch '/app'";
        assert_eq!(found(watchers, QUIET), ["file-watchers-exhausted"]);
    }

    #[test]
    fn the_missing_component_is_named() {
        let title = |message| explain(Failure { message, stack: "" }, QUIET)[0].title.clone();
        assert!(
            title("Minified React error #306 <not a name> in <My_Comp1>").contains("<My_Comp1>")
        );
        assert!(!title("Minified React error #306 < > <>").contains('<'));
    }

    #[test]
    fn worst_comes_first() {
        let everything = RULES
            .iter()
            .flat_map(|rule| rule.when)
            .flat_map(|when| match when {
                When::Message(parts) => parts.to_vec(),
                When::MessageWithout(part, _) | When::Stack(part) => vec![*part],
            })
            .collect::<Vec<_>>()
            .join(" ");
        let hints = explain(Failure { message: &everything, stack: &everything }, QUIET);
        assert!(hints.len() > 20);
        assert!(hints.is_sorted_by_key(|hint| hint.severity));
    }

    #[test]
    fn nothing_known_is_no_hint() {
        assert_eq!(found("", QUIET), [""; 0]);
        assert_eq!(found("TypeError: x is not a function", QUIET), [""; 0]);
    }
}
