use std::time::Duration;

use napi::bindgen_prelude::Result;
use napi_derive::napi;
use remotion_headroom_core::recording::thread::{Options, Recording};

use super::number::whole;

/// What was seen last, in bytes and plain counts; -1 where nothing tells.
#[napi(object, object_from_js = false)]
pub struct RecordingView {
    pub used: f64,
    pub limit: f64,
    pub processes: f64,
    pub bytes: f64,
    pub tabs: f64,
    pub frames: f64,
    pub actions: f64,
    pub oom_kills: f64,
    pub failed: bool,
}

/// A thread that records a process and all that it starts.
#[napi]
pub struct Recorder {
    recording: Recording,
}

fn figure(value: Option<u64>) -> f64 {
    value.map_or(-1.0, |value| value as f64)
}

#[napi]
impl Recorder {
    /// `header`: fields of the first line, as JSON without braces. `age`:
    /// milliseconds since the recording's time began. `tail`: a file to which
    /// another process appends lines.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        file: String,
        pid: u32,
        header: String,
        age: f64,
        tail: Option<String>,
    ) -> Result<Self> {
        let age = Duration::from_millis(whole(age));
        let tail = tail.map(Into::into);
        let options = Options { file: file.into(), root: pid, header, age, tail };
        let recording = Recording::start(options)
            .map_err(|error| napi::Error::from_reason(error.to_string()))?;
        Ok(Self { recording })
    }

    /// Writes a line of now: the fields of a JSON object. Whether it is one.
    #[napi(catch_unwind)]
    pub fn write(&self, body: String) -> bool {
        self.recording.write(&body)
    }

    /// Milliseconds since the start.
    #[napi(catch_unwind)]
    pub fn now(&self) -> f64 {
        self.recording.now() as f64
    }

    #[napi(catch_unwind)]
    pub fn view(&self) -> RecordingView {
        let view = self.recording.view();
        RecordingView {
            used: figure(view.counted.used),
            limit: figure(view.counted.limit),
            processes: view.sum.processes as f64,
            bytes: view.sum.bytes as f64,
            tabs: view.sum.tabs as f64,
            frames: view.frames as f64,
            actions: view.actions as f64,
            oom_kills: figure(view.counted.oom_kills),
            failed: view.failed,
        }
    }

    /// Takes a last look, and ends.
    #[napi(catch_unwind)]
    pub fn stop(&mut self) {
        self.recording.stop();
    }
}
