//! What a failed render's error means and what to do about it.
//!
//! A table of `Rule`s is matched against an error: codes, signals, and what its
//! text says in the places where such things are said (`signs`). Each rule that
//! applies gives one [`Hint`]; hints come worst first.
//!
//! Rules marked "upstream" answer to the same text, at the same severity and
//! with the same links as `printUsefulErrorMessage` of `@remotion/renderer`
//! 4.0.529; the wording is ours. The rest are failures that it does not explain.

mod signs;

use self::signs::{Reading, Sign};
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
    /// The line of the message that decided, counted from one.
    pub line: usize,
}

/// What is known of a failure beside the error itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Processes of this container that the kernel has killed for lack of
    /// memory during this render.
    pub oom_kills: u64,
    /// Whether this is AWS Lambda.
    pub lambda: bool,
    /// Whether Remotion is activated, so that to do so is no advice.
    pub activated: bool,
}

/// The text of an error.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// Its message, and those of its causes.
    pub message: &'a str,
    /// Its stack.
    pub stack: &'a str,
    /// Its own properties, a line for each: `code ENOSPC`, `signal SIGKILL`, `exit 137`.
    pub facts: &'a str,
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
    /// One of these must be found.
    signs: &'static [Sign],
    given: Given,
    title: &'static str,
    detail: &'static str,
    url: Option<&'static str>,
}

const RULES: &[Rule] = &[
    Rule {
        code: "oom-killed",
        severity: Severity::Error,
        signs: &[Sign::Anywhere(&[""])],
        given: Given::OomKills,
        title: "The kernel's OOM killer ended {processes} in this container during this render.",
        detail: "The memory limit of the container was reached; what the error says is what came of \
            it. Raise the limit, or render with less: spread planRender(composition).options \
            into renderMedia(), which lowers the concurrency and the caches and stops encoding \
            while rendering.",
        url: None,
    },
    Rule {
        code: "process-killed",
        severity: Severity::Error,
        signs: &[Sign::Signal("SIGKILL"), Sign::Exit(137)],
        given: Given::NoOomKills,
        title: "Something sent SIGKILL to {process}.",
        detail: "Most often that is the OOM killer of the machine or of a container around this \
            one: look for \"Killed process\" in `dmesg`. Render with less memory (planRender() \
            has the options), or check who else ends processes here.",
        url: None,
    },
    Rule {
        code: "libraries-missing",
        severity: Severity::Error,
        signs: &[Sign::Says("error while loading shared libraries: ")],
        given: Given::Anything,
        title: "A program of the render can't start: a shared library is missing.",
        detail: "The line names it. Install what headless Chrome needs on this system; slim and \
            Alpine images lack most of it.",
        url: Some("https://remotion.dev/docs/troubleshooting/browser-launch"),
    },
    Rule {
        code: "browser-sandbox",
        severity: Severity::Error,
        signs: &[
            Sign::Says("No usable sandbox!"),
            Sign::Says("Running as root without --no-sandbox is not supported"),
            Sign::Says("The SUID sandbox helper binary was found, but is not configured correctly"),
            Sign::Says("Failed to move to new namespace"),
        ],
        given: Given::Anything,
        title: "Chrome can't start: the system gives it no sandbox.",
        detail: "Allow unprivileged user namespaces (AppArmor forbids them since Ubuntu 23.10, \
            seccomp profiles of containers often do), or use the browser that Remotion \
            downloads with its own arguments.",
        url: Some("https://remotion.dev/docs/troubleshooting/browser-launch"),
    },
    Rule {
        code: "browser-download-failed",
        severity: Severity::Error,
        signs: &[Sign::BrowserDownload, Sign::Says("No browser found for rendering frames!")],
        given: Given::Anything,
        title: "The browser could not be downloaded.",
        detail: "This machine does not reach the server that has it: check DNS, firewall and proxy \
            (Node uses no proxy by itself). Or download it when the image is built (npx \
            remotion browser ensure), or name one that is installed (browserExecutable).",
        url: Some("https://www.remotion.dev/docs/miscellaneous/chrome-headless-shell"),
    },
    Rule {
        code: "process-limit",
        severity: Severity::Error,
        signs: &[
            Sign::Code("EAGAIN"),
            Sign::Says("pthread_create: Resource temporarily unavailable"),
        ],
        given: Given::Anything,
        title: "No more processes or threads may be started.",
        detail: "The limit is that of the container (pids.max, docker run --pids-limit) or of the \
            user (ulimit -u). Raise it, or lower the concurrency. Browsers that were never \
            closed count too.",
        url: None,
    },
    Rule {
        code: "too-many-open-files",
        severity: Severity::Error,
        signs: &[Sign::Code("EMFILE"), Sign::Code("ENFILE"), Sign::Is("Too many open files")],
        given: Given::Anything,
        title: "No more files may be opened.",
        detail: "Raise the limit (ulimit -n, docker run --ulimit nofile=65536:65536), or lower the \
            concurrency. If it comes after hours, something opens files and never closes them.",
        url: None,
    },
    Rule {
        code: "read-only-file-system",
        severity: Severity::Error,
        signs: &[Sign::Code("EROFS"), Sign::Is("Read-only file system")],
        given: Given::Anything,
        title: "A file was to be written where nothing can be written.",
        detail: "The message names it. Choose an output and a TMPDIR on a volume that can be \
            written to; on serverless platforms that is /tmp alone.",
        url: None,
    },
    Rule {
        code: "v8-heap-exhausted",
        severity: Severity::Error,
        signs: &[
            Sign::Is("JavaScript heap out of memory"),
            Sign::Says("Reached heap limit"),
            Sign::Code("ERR_WORKER_OUT_OF_MEMORY"),
            Sign::Says("Worker terminated due to reaching memory limit"),
        ],
        given: Given::Anything,
        title: "The JavaScript heap of Node is full.",
        detail: "Its limit is V8's own and not the machine's. Activate remotion-headroom/register, \
            which keeps inline assets and audio outside the heap, and if that is not enough \
            raise the limit: NODE_OPTIONS=--max-old-space-size=<MiB> (of a worker: its \
            resourceLimits).",
        url: None,
    },
    Rule {
        code: "string-too-long",
        severity: Severity::Error,
        signs: &[
            Sign::Says("Cannot create a string longer than"),
            Sign::Is("Invalid string length"),
            Sign::Code("ERR_STRING_TOO_LONG"),
        ],
        given: Given::Anything,
        title: "A string would have been longer than V8 allows (about 512 MiB).",
        detail: "Usually the inline assets of a frame add up to that: base64 data URLs or raw \
            audio. Serve large files from public/ with staticFile(), or activate \
            remotion-headroom/register, which moves them in pieces.",
        url: None,
    },
    Rule {
        code: "file-too-large",
        severity: Severity::Error,
        signs: &[Sign::Code("ERR_FS_FILE_TOO_LARGE")],
        given: Given::Anything,
        title: "A file is larger than Node reads at once (2 GiB).",
        detail: "On Lambda that is the video while its chunks are joined: try the newest Remotion, or \
            make it smaller (crf, resolution). In your own code read the file as a stream.",
        url: None,
    },
    Rule {
        code: "buffer-allocation-failed",
        severity: Severity::Error,
        signs: &[
            Sign::Is("Array buffer allocation failed"),
            Sign::Code("ERR_MEMORY_ALLOCATION_FAILED"),
            Sign::SaysBoth("memory allocation of ", " bytes failed"),
            Sign::Is("Cannot allocate memory"),
            Sign::Code("ENOMEM"),
            Sign::Exit(244),
            Sign::Exit(4_294_967_284),
            Sign::Exit(3_221_225_495),
        ],
        given: Given::Anything,
        title: "An allocation was refused: there was no memory left.",
        detail: "Render with a lower concurrency and smaller caches. planRender() chooses both from \
            what the container has left.",
        url: None,
    },
    Rule {
        code: "lambda-out-of-memory",
        severity: Severity::Error,
        signs: &[
            Sign::Says("Runtime.OutOfMemory"),
            Sign::Code("Runtime.OutOfMemory"),
            Sign::SaysBoth("RequestId", "Runtime exited with error: signal: killed"),
            Sign::Says("Runtime exited with error: signal: killed"),
            Sign::LambdaMemoryUsed,
        ],
        given: Given::Anything,
        title: "The Lambda function ran out of memory.",
        detail: "Deploy it with a larger memorySizeInMb, or give each function fewer frames \
            (framesPerLambda) and a lower concurrency.",
        url: Some("https://www.remotion.dev/docs/lambda/runtime"),
    },
    Rule {
        code: "lambda-timeout",
        severity: Severity::Error,
        signs: &[
            Sign::Says("Task timed out after "),
            Sign::Says("The main function timed out after "),
            Sign::Says("Sandbox.Timedout"),
            Sign::SaysBoth("REPORT RequestId: ", "Status: timeout"),
        ],
        given: Given::Anything,
        title: "The Lambda function reached its time limit.",
        detail: "Deploy it with a larger timeoutInSeconds (up to 900): that is another one than the \
            timeout of a render, which is that of delayRender(). If it was at the end of its \
            memory, more of that makes it faster too.",
        url: Some("https://www.remotion.dev/docs/lambda/troubleshooting/debug"),
    },
    Rule {
        code: "lambda-crashed",
        severity: Severity::Error,
        signs: &[
            Sign::Says("Runtime exited with error: exit status "),
            Sign::Says("Runtime exited with error: signal: aborted"),
            Sign::Says("Runtime exited with error: signal: segmentation fault"),
            Sign::Says("Runtime exited without providing a reason"),
        ],
        given: Given::Anything,
        title: "Node ended in the Lambda function.",
        detail: "The function's log has what it said last. Exit status 134 and an abort are mostly \
            V8 at the limit of its heap, which AWS sets by the memory of the function: deploy it \
            with a larger memorySizeInMb, or give each function fewer frames (framesPerLambda).",
        url: Some("https://www.remotion.dev/docs/lambda/troubleshooting/debug"),
    },
    Rule {
        code: "lambda-payload-too-large",
        severity: Severity::Error,
        signs: &[
            Sign::SaysBoth("Request must be smaller than ", " bytes for the Invoke"),
            Sign::Says("Response payload size exceeded maximum allowed payload size"),
        ],
        given: Given::Anything,
        title: "What was sent to the Lambda function, or what it answers, is larger than AWS takes.",
        detail: "Put large data into a file that the composition loads by its URL, and pass the URL \
            in inputProps.",
        url: None,
    },
    Rule {
        code: "lambda-version-mismatch",
        severity: Severity::Error,
        signs: &[Sign::Says("Version mismatch: When calling ")],
        given: Given::Anything,
        title: "The Lambda function is of another Remotion version than what calls it.",
        detail: "Deploy a function with the version that calls it, and name that one, or call it \
            with the version that it has. Sites are deployed again, too.",
        url: Some("https://www.remotion.dev/docs/lambda/upgrading"),
    },
    Rule {
        code: "lambda-not-found",
        severity: Severity::Error,
        signs: &[Sign::Says("Function not found: arn:aws")],
        given: Given::Anything,
        title: "There is no Lambda function of this name in this region and account.",
        detail: "Remotion names functions by version, memory, disk and timeout: after an upgrade, or \
            with other figures, deploy one. Else compare the region with that of the function.",
        url: Some("https://www.remotion.dev/docs/lambda/naming-convention"),
    },
    Rule {
        code: "lambda-too-large",
        severity: Severity::Error,
        signs: &[
            Sign::Says("Function code combined with layers exceeds the maximum allowed size"),
            Sign::Says("Unzipped size must be smaller than "),
        ],
        given: Given::Anything,
        title: "The Lambda function is larger than AWS takes, with its layers.",
        detail: "Leave out layers of your own and Lambda Insights, or take those of another \
            runtimePreference: the ones with Apple's emojis are the largest.",
        url: Some("https://www.remotion.dev/docs/lambda/runtime"),
    },
    Rule {
        code: "lambda-role",
        severity: Severity::Error,
        signs: &[Sign::Says("The role defined for the function cannot be assumed by Lambda")],
        given: Given::Anything,
        title: "AWS Lambda may not take the role that the function is to have.",
        detail: "Make the role as Remotion's documentation has it, with lambda.amazonaws.com as its \
            trusted entity. One that was made a moment ago is not known everywhere: try again.",
        url: Some("https://www.remotion.dev/docs/lambda/setup"),
    },
    Rule {
        code: "aws-access-denied",
        severity: Severity::Error,
        signs: &[Sign::SaysBoth("User: arn:aws", " is not authorized to perform: ")],
        given: Given::Anything,
        title: "This AWS user or role lacks a permission.",
        detail: "The message names both. Where it is not the user that you made for Remotion, other \
            credentials came first: set REMOTION_AWS_ACCESS_KEY_ID and \
            REMOTION_AWS_SECRET_ACCESS_KEY. Else give the user the policy that \
            `npx remotion lambda policies user` prints, and the role that of `policies role`.",
        url: Some("https://www.remotion.dev/docs/lambda/permissions"),
    },
    Rule {
        code: "aws-credentials",
        severity: Severity::Error,
        signs: &[
            Sign::Says("The security token included in the request is invalid"),
            Sign::Says("The security token included in the request is expired"),
            Sign::Says("Could not load credentials from any providers"),
        ],
        given: Given::Anything,
        title: "AWS does not accept these credentials, or there are none.",
        detail: "Set REMOTION_AWS_ACCESS_KEY_ID and REMOTION_AWS_SECRET_ACCESS_KEY, or AWS_PROFILE. \
            Keys of a session end with it, and need AWS_SESSION_TOKEN; regions that have to be \
            enabled refuse keys until they are.",
        url: Some(
            "https://www.remotion.dev/docs/lambda/troubleshooting/unrecognizedclientexception",
        ),
    },
    Rule {
        code: "process-crashed",
        severity: Severity::Error,
        signs: &[
            Sign::Signal("SIGSEGV"),
            Sign::Signal("SIGABRT"),
            Sign::Signal("SIGBUS"),
            Sign::Signal("SIGILL"),
            Sign::Signal("SIGTRAP"),
            Sign::Exit(139),
            Sign::Exit(134),
            Sign::Exit(3_221_225_477),
        ],
        given: Given::Anything,
        title: "Something made {process} crash.",
        detail: "In the compositor and in FFmpeg that is a refused allocation or a file that they \
            can't take. Render with a lower concurrency and a smaller \
            offthreadVideoCacheSizeInBytes (planRender() has both); if it goes on, look for \
            the one file that brings it about.",
        url: None,
    },
    Rule {
        code: "encoder-quit",
        severity: Severity::Error,
        signs: &[
            Sign::Code("EPIPE"),
            Sign::Says("write EOF"),
            Sign::Says("The writable stream closed before it accepted all data."),
            Sign::Says("FFmpeg already quit while trying to pipe frame "),
            Sign::Says("FFmpeg stdin is not available while trying to pipe frame "),
        ],
        given: Given::Anything,
        title: "FFmpeg went away while frames were written to it.",
        detail: "It was killed or gave up; where it has said why, that stands beside this error. If \
            it has not, memory is the usual cause: encode after rendering \
            (disallowParallelEncoding: true), or let planRender() choose.",
        url: None,
    },
    Rule {
        code: "compositor-quit",
        severity: Severity::Error,
        signs: &[Sign::Says("Compositor quit")],
        given: Given::Anything,
        title: "The compositor went away while it was needed.",
        detail: "It was killed, crashed, or was told to end because another frame failed: the first \
            error of the log is the cause. A smaller offthreadVideoCacheSizeInBytes helps \
            where it is memory.",
        url: None,
    },
    Rule {
        code: "browser-gone",
        severity: Severity::Error,
        signs: &[
            Sign::Is("Browser was closed"),
            Sign::Is("Navigation failed because browser has disconnected!"),
            Sign::Says("Session closed. Most likely the "),
        ],
        given: Given::Anything,
        title: "Chrome, or the tab that was rendering, went away.",
        detail: "Usually it ran out of memory or crashed. A lower concurrency and smaller media \
            caches help; planRender() chooses both.",
        url: Some("https://www.remotion.dev/docs/target-closed"),
    },
    Rule {
        code: "screenshot-failed",
        severity: Severity::Error,
        signs: &[
            Sign::Says(
                "Could not take a screenshot because Google Chrome ran out of memory or disk space",
            ),
            Sign::Says("Unable to capture screenshot"),
        ],
        given: Given::Anything,
        title: "Chrome had no memory or disk space left to take a screenshot.",
        detail: "Lower the concurrency: each tab holds its page and several full frames. On Lambda, \
            deploy the function with more memory or disk.",
        url: None,
    },
    Rule {
        code: "page-crashed",
        severity: Severity::Error,
        signs: &[Sign::Is("Page crashed!")],
        given: Given::NoOomKills,
        title: "A tab of Chrome crashed.",
        detail: "Lack of memory is the usual cause. Lower the concurrency and \
            mediaCacheSizeInBytes: every tab fills a media cache of its own.",
        url: Some("https://www.remotion.dev/docs/target-closed"),
    },
    Rule {
        code: "browser-resources",
        severity: Severity::Error,
        signs: &[Sign::Says("net::ERR_INSUFFICIENT_RESOURCES")],
        given: Given::Anything,
        title: "Chrome had no room for another request.",
        detail: "A page asks for thousands of files at once, or the disk or memory of the machine \
            is full. Load what a frame needs and no more, and lower the concurrency.",
        url: None,
    },
    Rule {
        code: "infinite-duration",
        severity: Severity::Error,
        signs: &[
            Sign::SaysBoth("The \"durationInFrames\" prop ", "but got Infinity"),
            Sign::SaysBoth("The \"durationInFrames\" prop ", "but got NaN"),
        ],
        given: Given::Anything,
        title: "The composition has no finite duration.",
        detail: "Its durationInFrames is calculated from something that has no length yet, such as \
            a live stream or media whose metadata says Infinity or nothing. Ask for the \
            duration in calculateMetadata(), and give it a fallback.",
        url: Some("https://www.remotion.dev/docs/calculate-metadata"),
    },
    Rule {
        code: "file-watchers-exhausted",
        severity: Severity::Warn,
        signs: &[Sign::Says("System limit for number of file watchers reached")],
        given: Given::Anything,
        title: "The system's limit of watched files is reached.",
        detail: "This is no lack of disk space, although it says ENOSPC. Raise the limit: sysctl \
            fs.inotify.max_user_watches=524288.",
        url: None,
    },
    Rule {
        code: "lambda-disk-full",
        severity: Severity::Error,
        signs: &[
            Sign::Code("ENOSPC"),
            Sign::Is("No space left on device"),
            Sign::Is("no space left on device"),
            Sign::Exit(228),
            Sign::Exit(4_294_967_268),
        ],
        given: Given::Lambda,
        title: "The disk of the Lambda function is full.",
        detail: "Deploy it with a larger diskSizeInMb (up to 10,240).",
        url: Some("https://www.remotion.dev/docs/lambda/disk-size"),
    },
    Rule {
        code: "disk-full",
        severity: Severity::Error,
        signs: &[
            Sign::Code("ENOSPC"),
            Sign::Is("No space left on device"),
            Sign::Is("no space left on device"),
            Sign::Exit(228),
            Sign::Exit(4_294_967_268),
        ],
        given: Given::NoLambda,
        title: "A disk is full.",
        detail: "Frames, downloaded assets and audio go to the temporary directory (TMPDIR) and \
            need room for the whole video where frames are not piped into the encoder. Free \
            some space, or point TMPDIR at a larger disk. In a container a full tmpfs, \
            /dev/shm too, is such a disk.",
        url: None,
    },
    // From here on: upstream.
    Rule {
        code: "lambda-memory-capped",
        severity: Severity::Warn,
        signs: &[Sign::Anywhere(&["Member must have value less than or equal to 3008"])],
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
        signs: &[Sign::Anywhere(&["Error creating WebGL context"])],
        given: Given::Anything,
        title: "Chrome could not create a WebGL context with this OpenGL renderer.",
        detail: "Try the renderer \"angle\". How to set it: \
            https://www.remotion.dev/docs/chromium-flags#--gl",
        url: Some("https://www.remotion.dev/docs/three"),
    },
    Rule {
        code: "media-playback",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["Could not play video with"])],
        given: Given::Anything,
        title: "Chrome could not play a media file.",
        detail: "Its codec may be missing from this Chrome, or its URL may not be reachable.",
        url: Some("https://remotion.dev/docs/media-playback-error"),
    },
    Rule {
        code: "delay-render-proxy",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&[
            "A delayRender()",
            "was called but not cleared after",
            "/proxy",
        ])],
        given: Given::Anything,
        title: "A frame of an <OffthreadVideo> did not arrive in time.",
        detail: "Extracting it took longer than the time limit. A larger \
            offthreadVideoCacheSizeInBytes, a shorter keyframe distance or a higher time limit help.",
        url: Some("https://remotion.dev/docs/troubleshooting/delay-render-proxy"),
    },
    Rule {
        code: "delay-render-timeout",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["A delayRender()", "was called but not cleared after"])],
        given: Given::Anything,
        title: "A delayRender() was not followed by its continueRender() in time.",
        detail: "Look at what the component waits for, or raise timeoutInMilliseconds.",
        url: Some("https://remotion.dev/docs/timeout"),
    },
    Rule {
        code: "target-closed",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["Target closed"])],
        given: Given::Anything,
        title: "Chrome, or the tab that was rendering, went away.",
        detail: "Usually it ran out of memory or crashed. A lower concurrency and smaller media \
            caches help; planRender() chooses both.",
        url: Some("https://remotion.dev/docs/target-closed"),
    },
    Rule {
        code: "page-function-timeout",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["Timed out evaluating"])],
        given: Given::Anything,
        title: "The page was too busy to answer.",
        detail: "Its main thread was blocked, or the machine is short of CPU or memory.",
        url: Some("https://remotion.dev/docs/troubleshooting/timed-out-page-function"),
    },
    Rule {
        code: "name-too-long",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["ENAMETOOLONG"])],
        given: Given::Anything,
        title: "A file name or a command line is longer than the system allows.",
        detail: "Long asset URLs and large environment variables are the usual causes.",
        url: Some("https://remotion.dev/docs/enametoolong"),
    },
    Rule {
        code: "lambda-rate-limit",
        severity: Severity::Info,
        signs: &[
            Sign::Stack("TooManyRequestsException: Rate Exceeded."),
            Sign::Anywhere(&["ConcurrentInvocationLimitExceeded"]),
        ],
        given: Given::Anything,
        title: "AWS runs no more Lambda functions at once for this account.",
        detail: "Ask AWS for a higher concurrency limit, or use more frames per function.",
        url: Some("https://www.remotion.dev/docs/lambda/troubleshooting/rate-limit"),
    },
    Rule {
        code: "webgl-context",
        severity: Severity::Info,
        signs: &[
            Sign::Anywhere(&["Failed to acquire WebGL2 context"]),
            Sign::Anywhere(&["Failed to acquire WebGL context"]),
            Sign::Anywhere(&["Error creating WebGL context"]),
        ],
        given: Given::Anything,
        title: "The page got no WebGL context.",
        detail: "Headless Chrome needs a fitting OpenGL renderer for WebGL.",
        url: Some("https://remotion.dev/docs/troubleshooting/webgl2-context"),
    },
    Rule {
        code: "bucket-acl",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["The bucket does not allow ACLs"])],
        given: Given::Anything,
        title: "The S3 bucket accepts no access control lists.",
        detail: "Allow them on the bucket, or upload without one.",
        url: Some("https://remotion.dev/docs/lambda/troubleshooting/bucket-disallows-acl"),
    },
    Rule {
        code: "component-undefined",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["Minified React error #306"])],
        given: Given::Anything,
        title: "React was given undefined{component} where a component belongs.",
        detail: "Look at the root file: the import may name something that its module does not \
            export, or that has another name by now.",
        url: None,
    },
    Rule {
        code: "glibc-too-old",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["version `GLIBC_"])],
        given: Given::Anything,
        title: "The C library of this system is too old for Remotion's binaries.",
        detail: "They need glibc 2.35 or newer, as in Debian 12 and Ubuntu 22.04.",
        url: Some("https://github.com/remotion-dev/remotion/issues/2439"),
    },
    Rule {
        code: "macos-too-old",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["AVCaptureDeviceTypeContinuityCamera"])],
        given: Given::Anything,
        title: "This macOS is too old for Remotion's binaries.",
        detail: "They need macOS 15 or newer.",
        url: Some("https://github.com/remotion-dev/remotion/issues/7027"),
    },
    Rule {
        code: "bad-file-descriptor",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["EBADF"])],
        given: Given::Anything,
        title: "Node used a file that was not open.",
        detail: "Some versions of Node have a bug that shows like this: try another one.",
        url: Some("https://github.com/remotion-dev/remotion/issues/2452"),
    },
    Rule {
        code: "unreadable-credentials",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["routines::unsupported"])],
        given: Given::Anything,
        title: "OpenSSL could not read a key.",
        detail: "With Cloud Run, check the private key of the credentials: a newline at its end \
            or a wrong encoding is enough.",
        url: Some("https://github.com/remotion-dev/remotion/issues/3864"),
    },
    Rule {
        code: "fetch-failed",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["Failed to fetch"])],
        given: Given::Anything,
        title: "The page could not load an asset.",
        detail: "Check its URL and its CORS headers. On Lambda, Chrome also refuses assets when \
            the disk is nearly full: a larger diskSizeInMb helps then.",
        url: None,
    },
    Rule {
        code: "cloud-run-quota",
        severity: Severity::Info,
        signs: &[Sign::Anywhere(&["Invalid value specified for cpu"])],
        given: Given::Anything,
        title: "The quota of this Google Cloud account is too small for the service.",
        detail: "Deploy with fewer instances, such as maxInstances: 5, or ask for more quota.",
        url: None,
    },
];

/// How many codes are ours: the rest are those that upstream answers to as well.
const OURS: usize = 33;

/// Codes of failures that upstream says nothing about.
pub fn own_codes() -> impl Iterator<Item = &'static str> {
    codes().take(OURS)
}

/// Every code there is, ours first.
pub fn codes() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.code)
}

/// Of two that the same thing set off, the first says less than any of the others.
const YIELDS: &[(&str, &[&str])] = &[
    (
        "process-crashed",
        &[
            "buffer-allocation-failed",
            "v8-heap-exhausted",
            "libraries-missing",
            "browser-sandbox",
            "glibc-too-old",
            "macos-too-old",
            "process-limit",
        ],
    ),
    ("encoder-quit", &["process-killed", "process-crashed", "disk-full", "lambda-disk-full"]),
    ("compositor-quit", &["process-killed", "process-crashed"]),
    ("lambda-crashed", &["v8-heap-exhausted"]),
    ("disk-full", &["file-watchers-exhausted"]),
    ("lambda-disk-full", &["file-watchers-exhausted"]),
    ("browser-download-failed", &["read-only-file-system", "disk-full", "lambda-disk-full"]),
];

/// What to do where activation is no advice.
const WITHOUT_ACTIVATION: &[(&str, &str)] = &[
    (
        "v8-heap-exhausted",
        "Its limit is V8's own and not the machine's. Raise it: \
            NODE_OPTIONS=--max-old-space-size=<MiB> (of a worker: its resourceLimits).",
    ),
    (
        "string-too-long",
        "The stack says who read or built a text of that size at once. A file that large belongs \
            in public/, loaded by its URL with staticFile(), and out of the folders that are \
            bundled or watched.",
    ),
];

/// In a stack: code that no render goes through.
const NOT_RENDERING: &[&str] = &[
    "studio-server/dist/file-watcher",
    "studio-server\\dist\\file-watcher",
    "(node:internal/fs/watchers",
    "node_modules/webpack/",
    "node_modules\\webpack\\",
    "node_modules/@rspack/",
    "node_modules\\@rspack\\",
    "node_modules/loader-runner/",
];

/// What is known about `failure`, worst first. Empty where nothing is.
#[must_use]
pub fn explain(failure: Failure<'_>, circumstances: Circumstances) -> Vec<Hint> {
    let reading = Reading::new(failure.message, failure.stack, failure.facts);
    let found: Vec<(&Rule, usize)> = RULES
        .iter()
        .filter(|rule| rule.given.holds(circumstances))
        .filter_map(|rule| {
            let at = rule.signs.iter().find_map(|sign| reading.find(*sign))?;
            Some((rule, at))
        })
        .collect();
    let is_found = |code: &&str| found.iter().any(|(rule, _)| rule.code == *code);
    let yields =
        |rule: &Rule| YIELDS.iter().any(|(code, to)| *code == rule.code && to.iter().any(is_found));
    let mut hints: Vec<Hint> = found
        .iter()
        .filter(|(rule, _)| !yields(rule))
        .map(|(rule, at)| Hint {
            code: rule.code,
            title: title(rule, failure, circumstances),
            detail: detail(rule, failure, circumstances),
            url: rule.url,
            severity: rule.severity,
            line: 1 + failure.message[..*at].matches('\n').count(),
        })
        .collect();
    // Stable: rules of one severity keep the order of the table.
    hints.sort_by_key(|hint| hint.severity);
    hints
}

fn detail(rule: &Rule, failure: Failure<'_>, circumstances: Circumstances) -> &'static str {
    let no_advice = circumstances.activated
        || NOT_RENDERING
            .iter()
            .any(|frame| failure.stack.contains(frame) || failure.message.contains(frame));
    WITHOUT_ACTIVATION
        .iter()
        .find(|(code, _)| no_advice && *code == rule.code)
        .map_or(rule.detail, |(_, detail)| detail)
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
        ("Compositor ex", "the compositor"),
        ("Compositor quit", "the compositor"),
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

    const QUIET: Circumstances = Circumstances { oom_kills: 0, lambda: false, activated: false };
    const KILLED: Circumstances = Circumstances { oom_kills: 3, ..QUIET };

    fn failure(message: &str) -> Failure<'_> {
        Failure { message, stack: message, facts: "" }
    }

    fn found(message: &str, circumstances: Circumstances) -> Vec<&'static str> {
        explain(failure(message), circumstances).iter().map(|hint| hint.code).collect()
    }

    #[test]
    fn texts_are_whole() {
        for rule in RULES {
            let title = title(rule, failure(""), QUIET);
            assert!(!title.contains('{') && title.ends_with('.'), "{title}");
            assert!(title.starts_with(char::is_uppercase), "{title}");
            assert!(!rule.detail.contains("  "), "{}", rule.code);
        }
    }

    #[test]
    fn tables_name_codes_that_there_are() {
        let is_code = |code: &&str| codes().any(|known| known == *code);
        assert!(YIELDS.iter().all(|(code, to)| is_code(code) && to.iter().all(is_code)));
        assert!(WITHOUT_ACTIVATION.iter().all(|(code, _)| is_code(code)));
        assert_eq!(own_codes().last(), Some("disk-full"));
    }

    #[test]
    fn a_kill_explains_whatever_came_of_it() {
        for message in [
            "Timed out after 30000ms while setting up the headless browser.",
            "write EPIPE",
            "Compositor exited with signal SIGKILL",
            "EBADF: bad file descriptor",
            "",
        ] {
            assert_eq!(found(message, KILLED)[0], "oom-killed");
            assert!(!found(message, QUIET).contains(&"oom-killed"));
        }
        assert_eq!(
            explain(failure(""), KILLED)[0].title,
            "The kernel's OOM killer ended 3 processes in this container during this render."
        );
        assert_eq!(found("Compositor exited with signal SIGKILL", QUIET), ["process-killed"]);
        assert_eq!(found("Compositor exited with signal SIGKILL", KILLED), ["oom-killed"]);
        assert_eq!(
            found("Protocol error (Runtime.callFunctionOn): Target closed.", KILLED),
            ["oom-killed", "target-closed"]
        );
    }

    #[test]
    fn a_full_disk_is_named_after_the_place() {
        let message = "ENOSPC: no space left on device, write";
        assert_eq!(found(message, QUIET), ["disk-full"]);
        let lambda = Circumstances { lambda: true, ..QUIET };
        assert_eq!(found(message, lambda), ["lambda-disk-full"]);
        let watchers = "ENOSPC: System limit for number of file watchers reached, watch '/app'";
        assert_eq!(found(watchers, QUIET), ["file-watchers-exhausted"]);
    }

    #[test]
    fn activation_is_advised_where_it_would_help() {
        let message = "Cannot create a string longer than 0x1fffffe8 characters";
        let advised = |stack, activated| {
            let circumstances = Circumstances { activated, ..QUIET };
            let hints = explain(Failure { message, stack, facts: "" }, circumstances);
            hints[0].detail.contains("remotion-headroom/register")
        };
        assert!(advised("at compressAsset", false));
        assert!(!advised("at compressAsset", true));
        assert!(!advised("at /a/@remotion/studio-server/dist/file-watcher.js:82:60", false));
    }

    #[test]
    fn the_line_that_decided_is_told() {
        let log = "Rendering\n\n  Error: write EPIPE\nTarget closed\n";
        let lines: Vec<_> =
            explain(failure(log), QUIET).iter().map(|hint| (hint.code, hint.line)).collect();
        assert_eq!(lines, [("encoder-quit", 3), ("target-closed", 4)]);
    }

    #[test]
    fn the_missing_component_is_named() {
        let title = |message| explain(failure(message), QUIET)[0].title.clone();
        assert!(
            title("Minified React error #306 <not a name> in <My_Comp1>").contains("<My_Comp1>")
        );
        assert!(!title("Minified React error #306 < > <>").contains('<'));
    }

    #[test]
    fn worst_comes_first() {
        let everything = "write EPIPE\nSystem limit for number of file watchers reached\n\
            EBADF GLIBC_ Failed to fetch\nEMFILE: x\nError creating WebGL context";
        let hints = explain(failure(everything), QUIET);
        assert!(hints.len() > 5);
        assert!(hints.is_sorted_by_key(|hint| hint.severity));
    }

    #[test]
    fn nothing_known_is_no_hint() {
        assert_eq!(found("", QUIET), [""; 0]);
        assert_eq!(found("TypeError: x is not a function", QUIET), [""; 0]);
    }
}
