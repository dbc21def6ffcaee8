// What is rendered in functions. Tracks are base64 in the page's props: payloads that
// are sent with each frame.

import {useLayoutEffect} from 'react';
import {
	AbsoluteFill,
	Composition,
	cancelRender,
	continueRender,
	delayRender,
	Html5Audio,
	registerRoot,
	useCurrentFrame,
} from 'remotion';
import {makeTone} from './tones.js';

const made = new Map();

function track(index, seconds) {
	const key = `${index}-${seconds}`;
	if (!made.has(key)) {
		made.set(key, makeTone(200 + 40 * index, seconds));
	}
	return made.get(key);
}

export function Picture() {
	const frame = useCurrentFrame();
	return (
		<AbsoluteFill style={{background: '#10131c'}}>
			<div
				style={{
					width: 40 + 12 * (frame % 20),
					height: 80,
					margin: 40,
					background: `hsl(${frame * 9}, 80%, 60%)`,
				}}
			/>
		</AbsoluteFill>
	);
}

function Tracks({count, seconds}) {
	return (
		<AbsoluteFill>
			<Picture />
			{Array.from({length: count}, (_, i) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a track is its number
				<Html5Audio key={i} src={track(i, seconds)} />
			))}
		</AbsoluteFill>
	);
}

function Failing() {
	if (useCurrentFrame() === 5) {
		throw new Error('this frame fails on purpose');
	}
	return <Picture />;
}

/**
 * Asks a server in its frame 3, and cancels with what it says unless that is "ok". Not in
 * the chunk's last frame: that was asked for by both chunks.
 */
function Asking({url}) {
	const frame = useCurrentFrame();
	// A layout effect: before the frame counts as ready.
	useLayoutEffect(() => {
		if (frame !== 3) {
			return;
		}
		const handle = delayRender();
		fetch(url)
			.then((response) => response.text())
			.then((text) => (text === 'ok' ? continueRender(handle) : cancelRender(new Error(text))));
	}, [frame, url]);
	return <Picture />;
}

const SIZE = {width: 640, height: 360, fps: 30};

export function Root() {
	return (
		<>
			<Composition
				id="tracks"
				component={Tracks}
				{...SIZE}
				durationInFrames={40}
				defaultProps={{count: 8, seconds: 8, frames: 40}}
				calculateMetadata={({props}) => ({durationInFrames: props.frames})}
			/>
			<Composition id="failing" component={Failing} {...SIZE} durationInFrames={8} />
			<Composition
				id="asking"
				component={Asking}
				{...SIZE}
				durationInFrames={16}
				defaultProps={{url: ''}}
			/>
		</>
	);
}

registerRoot(Root);
