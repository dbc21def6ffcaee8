'use strict';

// A recording on disk, and the page that is made of it.

const fs = require('node:fs');
const path = require('node:path');
const {binaryError, native} = require('../native');
const {version} = require('../../package.json');

/** Milliseconds of the clock that both processes of a `run` have. */
const clock = () => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Fields of a recording's first line. The core adds what it finds itself. */
function headerOf({remotion, node}, age) {
	const fields = {start: Date.now() - age, version, remotion: remotion ?? null, node};
	return JSON.stringify(fields).slice(1, -1);
}

/** A page has its recording beside it, so that there is one whoever is killed. */
const recordingOf = (file) =>
	path.extname(file).toLowerCase() === '.html' ? `${file.slice(0, -'.html'.length)}.jsonl` : file;

/** Throws where the file can't be written, and leaves what is in it. */
function checkWritable(file) {
	const existed = fs.existsSync(file);
	fs.closeSync(fs.openSync(file, 'a'));
	if (!existed) {
		fs.unlinkSync(file);
	}
}

class Recording {
	/**
	 * Records a process and all that it starts; throws where that can't be.
	 *
	 * @param {string} file of the report: a page or the recording itself
	 * @param {{pid: number, remotion?: string | null, node?: string, since?: number, tail?: string}} about
	 *   `since`: when its time began, by `clock`. `tail`: where another process appends lines
	 */
	constructor(file, {pid, remotion, node = process.version, since = clock(), tail}) {
		if (binaryError !== null) {
			throw new Error('recording needs the binary, and none loads on this machine');
		}
		this.file = path.resolve(file);
		this.recordingFile = recordingOf(this.file);
		checkWritable(this.file);
		const age = Math.max(0, clock() - since);
		const header = headerOf({remotion, node}, age);
		this.recorder = new native.Recorder(this.recordingFile, pid, header, age, tail);
	}

	/** Writes a line of now. */
	write(line) {
		this.recorder.write(JSON.stringify(line));
	}

	view() {
		return this.recorder.view();
	}

	/** Ends it, and writes the page if one was asked for. */
	finish() {
		this.recorder.stop();
		if (this.file !== this.recordingFile) {
			const {toHtml} = require('../report/page');
			fs.writeFileSync(this.file, toHtml(this.report()));
		}
	}

	report() {
		const {readRecording} = require('../report/read');
		const {makeReport} = require('../report/report');
		return makeReport([readRecording(this.recordingFile)], [path.basename(this.recordingFile)]);
	}
}

module.exports = {Recording, clock};
