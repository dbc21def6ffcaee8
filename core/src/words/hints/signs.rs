//! What a text says, told by where it says it.
//!
//! A text is read in clauses: what stands at the start of a line or behind a
//! separator such as `Error: `. Command lines that a text quotes are not read.

/// Behind these, a clause begins.
const SEPARATORS: &[&str] = &[": ", "] ", " - ", "\t"];

/// What has quoted a command line, up to the colon before it.
const COMMANDS: &[&str] = &["Command failed", "Command was killed", "Command timed out"];

/// Names of calls that Node puts before a code.
const CALLS: &[&str] = &[
    "accept",
    "connect",
    "copyfile",
    "fsync",
    "ftruncate",
    "getaddrinfo",
    "kill",
    "listen",
    "mkdir",
    "mmap",
    "open",
    "read",
    "rename",
    "scandir",
    "spawnSync",
    "uv_os_homedir",
    "watch",
    "write",
];

/// Where Remotion downloads its browser from.
const BROWSER_SOURCES: &[&str] = &[
    "storage.googleapis.com/chrome-for-testing-public/",
    "remotion.media/chromium-headless-shell",
    "playwright.azureedge.net/builds/chromium/",
    "cdn.playwright.dev/builds/chromium/",
];

/// What comes before the code or signal that a process ended with.
const ENDINGS: &[&str] = &[
    "Compositor exited with signal ",
    "Compositor exited with code ",
    "Compositor quit with signal ",
    "FFmpeg quit with code ",
    "Closed with ",
    "Command was killed with ",
    "Command failed with exit code ",
    "Process exited with code ",
    "process exited with code ",
    "exited with code ",
    "exit code ",
    "Exit code ",
    "exitCode: ",
    "signal: ",
];

/// Sentences are no longer. A line may be, with many clauses, each of which is looked at.
const LONGEST_SENTENCE: usize = 2048;

/// A sign of a failure. Each says where it was found, as an offset in the message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sign {
    /// The message contains all of these, anywhere: for triggers that are upstream's.
    Anywhere(&'static [&'static str]),
    /// The stack contains this.
    Stack(&'static str),
    /// A clause begins with this.
    Says(&'static str),
    /// A clause begins with the first, and its line goes on with the second.
    SaysBoth(&'static str, &'static str),
    /// A clause is this and no more.
    Is(&'static str),
    /// An error of this code.
    Code(&'static str),
    /// A process ended by this signal.
    Signal(&'static str),
    /// A process ended with this code.
    Exit(u64),
    /// Lambda's report says that all memory was used.
    LambdaMemoryUsed,
    /// The browser could not be downloaded.
    BrowserDownload,
}

/// Both what a process ended with, where it says so.
#[derive(Debug)]
struct End<'a> {
    at: usize,
    code: Option<u64>,
    signal: Option<&'a str>,
}

/// What a line says from here to its end.
#[derive(Debug, Clone, Copy)]
struct Clause<'a> {
    /// Offset in the message.
    at: usize,
    text: &'a str,
}

/// A failure's texts, taken apart once for all rules.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    message: &'a str,
    stack: &'a str,
    facts: &'a str,
    clauses: Vec<Clause<'a>>,
    ends: Vec<End<'a>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(message: &'a str, stack: &'a str, facts: &'a str) -> Self {
        let clauses = clauses(message);
        let ends = clauses.iter().filter_map(|clause| end(*clause)).collect();
        Self { message, stack, facts, clauses, ends }
    }

    /// Where a sign is in the message; zero where it is beside it.
    pub(super) fn find(&self, sign: Sign) -> Option<usize> {
        match sign {
            Sign::Anywhere(parts) => {
                let first = self.message.find(parts.first()?)?;
                parts.iter().all(|part| self.message.contains(part)).then_some(first)
            }
            Sign::Stack(part) => {
                self.stack.contains(part).then(|| self.message.find(part).unwrap_or_default())
            }
            Sign::Says(start) => self.clause(|clause| clause.starts_with(start)),
            Sign::SaysBoth(start, more) => self.clause(|clause| {
                clause.strip_prefix(start).is_some_and(|rest| sentence(rest).contains(more))
            }),
            Sign::Is(text) => self.clause(|clause| clause.strip_prefix(text).is_some_and(is_end)),
            Sign::Code(code) => {
                self.clause(|clause| has_code(clause, code)).or_else(|| self.fact("code", code))
            }
            Sign::Signal(signal) => self
                .ends
                .iter()
                .find(|end| end.signal == Some(signal))
                .map(|end| end.at)
                .or_else(|| self.fact("signal", signal)),
            Sign::Exit(code) => self
                .ends
                .iter()
                .find(|end| end.code == Some(code))
                .map(|end| end.at)
                .or_else(|| self.fact("exit", &code.to_string())),
            Sign::LambdaMemoryUsed => self.clause(used_all_memory),
            Sign::BrowserDownload => self.clause(|clause| self.is_browser_download(clause)),
        }
    }

    fn clause(&self, holds: impl Fn(&str) -> bool) -> Option<usize> {
        self.clauses.iter().find(|clause| holds(clause.text)).map(|clause| clause.at)
    }

    /// Whether an error's own properties say so: lines of a name and a value.
    fn fact(&self, name: &str, value: &str) -> Option<usize> {
        self.facts
            .lines()
            .any(|fact| {
                fact.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')) == Some(value)
            })
            .then_some(0)
    }

    fn is_browser_download(&self, clause: &str) -> bool {
        let clause = sentence(clause);
        let is_source = |text: &str| BROWSER_SOURCES.iter().any(|source| text.contains(source));
        if let Some(rest) = clause.strip_prefix("getaddrinfo ") {
            // Assets come from such hosts too, and then this is said.
            let host = rest.split_whitespace().nth(1).unwrap_or_default();
            return BROWSER_SOURCES.iter().any(|source| source.split('/').next() == Some(host))
                && !self.message.contains("Error while downloading");
        }
        (clause.starts_with("Received a status code of ")
            && clause.contains(" while downloading file ")
            || clause.starts_with("Tried to download file "))
            && is_source(clause)
    }
}

/// As much of a clause as a sentence may be long.
fn sentence(clause: &str) -> &str {
    let most = clause.len().min(LONGEST_SENTENCE);
    &clause[..(0..=most).rev().find(|&at| clause.is_char_boundary(at)).unwrap_or_default()]
}

/// Whether nothing follows that would make it another text.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || [" (", ".", ",", ";", "'", "\""].iter().any(|end| rest.starts_with(end))
}

fn clauses(message: &str) -> Vec<Clause<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in message.split_inclusive('\n') {
        let text = line.trim_end();
        if !text.is_empty() {
            let clauses = clauses_of(text).into_iter();
            found.extend(clauses.map(|at| Clause { at: start + at, text: &text[at..] }));
        }
        start += line.len();
    }
    found
}

/// Where clauses begin in a line. It is gone through once: it may be long.
fn clauses_of(line: &str) -> Vec<usize> {
    // Frames and arrows that logs draw.
    let drawn = |c: char| !c.is_alphanumeric() && !"[<\"'({/".contains(c);
    let mut from = line.len() - line.trim_start_matches(drawn).len();
    let mut found = vec![from];
    // What a log puts before a message: times, levels, ids.
    for word in line[from..].split(' ').take(4) {
        if !is_log_prefix(word) || from + word.len() >= line.len() {
            break;
        }
        from += word.len() + 1;
        found.push(from);
    }
    let quotes = |at: usize| COMMANDS.iter().any(|command| line[at..].starts_with(command));
    if found.iter().any(|&at| quotes(at)) {
        return found;
    }
    for (at, _) in line.char_indices().filter(|&(at, _)| at >= from) {
        let before = SEPARATORS.iter().find(|separator| line[at..].starts_with(**separator));
        if let Some(separator) = before {
            found.push(at + separator.len());
            if quotes(at + separator.len()) {
                break;
            }
        }
    }
    found
}

fn is_log_prefix(word: &str) -> bool {
    let level = word.trim_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_lowercase();
    let of_numbers = |c: char| c.is_ascii_digit() || ":.-+/,TZ[]".contains(c);
    let of_an_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    ["trace", "debug", "verbose", "info", "warn", "error", "err"].contains(&level.as_str())
        || word.starts_with(|c: char| c.is_ascii_digit() || c == '[')
            && word.chars().all(of_numbers)
        || word.len() == 36 && word.chars().all(of_an_id)
}

/// Whether a clause is of an error with this code, as Node writes such errors.
fn has_code(clause: &str, code: &str) -> bool {
    let after = |start: &str| clause.strip_prefix(start).and_then(|rest| rest.strip_prefix(code));
    let is_word_end =
        |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let (word, rest) = clause.split_once(' ').unwrap_or((clause, ""));
    after("").is_some_and(|rest| rest.starts_with(": "))
        || ["code: '", "code: \"", "\"code\": \""]
            .iter()
            .any(|start| after(start).is_some_and(|rest| rest.starts_with(['\'', '"'])))
        || after("Command failed with ").is_some_and(is_word_end)
        || (CALLS.contains(&word) && rest.strip_prefix(code).is_some_and(is_word_end))
        || (word == "spawn" && rest.split(' ').next_back() == Some(code))
        || (word.ends_with("Error")
            && rest
                .strip_prefix('[')
                .and_then(|rest| rest.strip_prefix(code))
                .is_some_and(|rest| rest.starts_with(']')))
}

/// What a process ended with, where a clause tells of one.
fn end(Clause { at, text }: Clause<'_>) -> Option<End<'_>> {
    let rest = ENDINGS.iter().find_map(|start| text.strip_prefix(start))?;
    // `null (SIGKILL)`, `1 signal: null`, `'SIGKILL'`.
    let mut words = rest
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(3)
        .peekable();
    let code = words.peek().and_then(|word| word.parse().ok());
    let signal = words.find(|word| word.starts_with("SIG"));
    (code.is_some() || signal.is_some()).then_some(End { at, code, signal })
}

/// Whether this is Lambda's report on a call that used as much memory as there was.
fn used_all_memory(clause: &str) -> bool {
    let clause = sentence(clause);
    let megabytes = |name: &str| -> Option<u64> {
        let (_, rest) = clause.split_once(name)?;
        rest.split(' ').next()?.parse().ok()
    };
    clause.starts_with("REPORT RequestId: ")
        && megabytes("\tMemory Size: ")
            .or_else(|| megabytes(" Memory Size: "))
            .zip(megabytes("Max Memory Used: "))
            .is_some_and(|(size, used)| used >= size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(message: &str, sign: Sign) -> bool {
        Reading::new(message, "", "").find(sign).is_some()
    }

    #[test]
    fn codes_count_where_node_puts_them() {
        for message in [
            "ENOMEM: not enough memory, read",
            "Error: ENOMEM: not enough memory, read",
            "write ENOMEM",
            "spawn /a b/chrome ENOMEM",
            "Command failed with ENOMEM: ffmpeg",
            "  code: 'ENOMEM',",
            "RangeError [ENOMEM]: no",
        ] {
            assert!(finds(message, Sign::Code("ENOMEM")), "{message}");
        }
        for message in [
            "VENOMEMORY: no",
            "ENOMEMORY: no",
            "the ENOMEM: song",
            "Command failed with exit code 1: ffmpeg -metadata title=a: ENOMEM: b",
            "reads ENOMEM",
        ] {
            assert!(!finds(message, Sign::Code("ENOMEM")), "{message}");
        }
        let told = Reading::new("", "", "signal SIGKILL\ncode ENOMEM");
        assert!(told.find(Sign::Code("ENOMEM")).is_some());
        assert!(told.find(Sign::Code("ENOME")).is_none());
    }

    #[test]
    fn ends_are_read_with_their_subject() {
        for (message, sign) in [
            ("FFmpeg quit with code null (SIGKILL) The", Sign::Signal("SIGKILL")),
            ("FFmpeg quit with code 228  The", Sign::Exit(228)),
            ("Closed with null signal: SIGTRAP", Sign::Signal("SIGTRAP")),
            ("  signal: 'SIGKILL',", Sign::Signal("SIGKILL")),
            ("Command failed with exit code 137: ffmpeg", Sign::Exit(137)),
        ] {
            assert!(finds(message, sign), "{message}");
        }
        assert!(!finds("FFmpeg quit with code 1 SIGKILL is no", Sign::Signal("SIGBUS")));
        assert!(!finds("frame 137 of code 228", Sign::Exit(228)));
    }

    #[test]
    fn what_a_log_puts_before_a_message_is_passed_over() {
        for before in [
            "",
            "│ ",
            "2025-01-19T23:11:38.123Z ",
            "2025-01-19 23:11:38 - 110 - error - Server.js - ",
            "2025-01-19T23:11:38.123Z\tfef6e313-eb8e-4b5c-956e-5c3d1f251107\tERROR\t",
            "[0405/091201.326548:ERROR:platform_thread_posix.cc(151)] ",
            "app[web.1]: ",
            "12:00:01 ERROR ",
        ] {
            assert!(finds(&format!("{before}Browser was closed"), Sign::Is("Browser was closed")));
        }
    }

    #[test]
    fn a_sentence_ends_before_a_character_does() {
        assert_eq!(sentence("a"), "a");
        let long = format!("{}é", "a".repeat(LONGEST_SENTENCE - 1));
        assert_eq!(sentence(&long), "a".repeat(LONGEST_SENTENCE - 1));
    }

    #[test]
    fn lambda_used_all_its_memory() {
        let report = |used: u32| {
            format!(
                "REPORT RequestId: a\tDuration: 1.5 ms\tBilled Duration: 2 ms\tMemory Size: 2048 MB\t\
                 Max Memory Used: {used} MB"
            )
        };
        assert!(finds(&report(2048), Sign::LambdaMemoryUsed));
        assert!(!finds(&report(2047), Sign::LambdaMemoryUsed));
        assert!(!finds("REPORT RequestId: a", Sign::LambdaMemoryUsed));
    }
}
