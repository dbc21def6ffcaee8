// Audio made on the spot: sine tones as WAV files in base64 data URLs.

const SAMPLE_RATE = 48_000;

/** A mono 16-bit WAV of `seconds` of a tone of `hertz`, as a data URL. */
export function makeTone(hertz, seconds) {
	const samples = Math.round(SAMPLE_RATE * seconds);
	const bytes = new Uint8Array(44 + samples * 2);
	const view = new DataView(bytes.buffer);
	const text = (at, value) => bytes.set(new TextEncoder().encode(value), at);
	text(0, 'RIFF');
	view.setUint32(4, 36 + samples * 2, true);
	text(8, 'WAVEfmt ');
	view.setUint32(16, 16, true);
	view.setUint16(20, 1, true); // PCM
	view.setUint16(22, 1, true); // one channel
	view.setUint32(24, SAMPLE_RATE, true);
	view.setUint32(28, SAMPLE_RATE * 2, true);
	view.setUint16(32, 2, true);
	view.setUint16(34, 16, true);
	text(36, 'data');
	view.setUint32(40, samples * 2, true);
	for (let i = 0; i < samples; i++) {
		const value = Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE);
		view.setInt16(44 + i * 2, value * 2500, true);
	}
	let binary = '';
	for (let i = 0; i < bytes.length; i += 0x8000) {
		binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
	}
	return `data:audio/wav;base64,${btoa(binary)}`;
}
