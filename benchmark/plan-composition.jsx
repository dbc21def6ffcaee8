// What benchmark/plan-constants.mjs and the out-of-memory test render: layers,
// text, an SVG and, where `video` is given, an <OffthreadVideo>.
import {
	AbsoluteFill,
	Composition,
	OffthreadVideo,
	registerRoot,
	staticFile,
	useCurrentFrame,
} from 'remotion';

const Scene = ({video}) => {
	const frame = useCurrentFrame();
	return (
		<AbsoluteFill style={{background: `linear-gradient(${frame * 3}deg, #123, #e94)`}}>
			{video ? <OffthreadVideo src={staticFile(video)} muted /> : null}
			{Array.from({length: 12}, (_, i) => (
				<div
					// biome-ignore lint/suspicious/noArrayIndexKey: the layers never move
					key={i}
					style={{
						position: 'absolute',
						left: `${i * 8}%`,
						top: `${(i * 37 + frame) % 90}%`,
						width: '30%',
						height: '30%',
						opacity: 0.6,
						filter: 'drop-shadow(0 0 20px black)',
						transform: `rotate(${frame * i}deg)`,
						background: `hsl(${i * 30 + frame}, 80%, 60%)`,
					}}
				/>
			))}
			<h1 style={{fontSize: 120, color: 'white'}}>Frame {frame}</h1>
			<svg viewBox="0 0 100 100" role="img" aria-label="circle" style={{position: 'absolute'}}>
				<circle cx={50} cy={50} r={(frame % 40) + 5} fill="none" stroke="white" />
			</svg>
		</AbsoluteFill>
	);
};

registerRoot(() => (
	<Composition
		id="scene"
		component={Scene}
		fps={30}
		defaultProps={{width: 1280, height: 720, durationInFrames: 60, video: null}}
		calculateMetadata={({props: {width, height, durationInFrames}}) => ({
			width,
			height,
			durationInFrames,
		})}
	/>
));
