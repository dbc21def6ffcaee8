import {
	AbsoluteFill,
	Composition,
	Html5Audio,
	interpolate,
	registerRoot,
	useCurrentFrame,
	useVideoConfig,
} from 'remotion';
import {makeTone} from './tones.js';

// A chord of eight tracks; eight seconds of 48 kHz are 1 MiB of base64 each.
const PITCHES = [130.81, 164.81, 196, 246.94, 261.63, 329.63, 392, 493.88];
const made = new Map();

function track(hertz, seconds) {
	const key = `${hertz}-${seconds}`;
	if (!made.has(key)) {
		made.set(key, makeTone(hertz, seconds));
	}
	return made.get(key);
}

function Chord({trackSeconds}) {
	const frame = useCurrentFrame();
	const {durationInFrames} = useVideoConfig();
	const progress = frame / durationInFrames;
	return (
		<AbsoluteFill style={{background: '#10131c', flexDirection: 'row', gap: '2%', padding: '6%'}}>
			{PITCHES.map((hertz, i) => (
				<div
					key={hertz}
					style={{
						flex: 1,
						alignSelf: 'flex-end',
						height: `${interpolate(Math.sin(progress * 12 + i), [-1, 1], [15, 100])}%`,
						background: `hsl(${200 + i * 15}, 80%, 60%)`,
						borderRadius: 12,
					}}
				/>
			))}
			{PITCHES.map((hertz) => (
				<Html5Audio key={hertz} src={track(hertz, trackSeconds)} />
			))}
		</AbsoluteFill>
	);
}

function Root() {
	return (
		<Composition
			id="chord"
			component={Chord}
			width={1280}
			height={720}
			fps={30}
			durationInFrames={120}
			defaultProps={{trackSeconds: 8}}
			calculateMetadata={({props}) => ({
				durationInFrames: props.frames ?? 120,
				width: props.width ?? 1280,
				height: props.height ?? 720,
			})}
		/>
	);
}

registerRoot(Root);
