import {AbsoluteFill, Composition, useCurrentFrame} from 'remotion';

// Above 10 KB as a video of a few frames.
const SQUARES = 400;

function Squares({title}: {title: string}) {
	const frame = useCurrentFrame();
	return (
		<AbsoluteFill style={{background: '#10131c', color: 'white', flexWrap: 'wrap'}}>
			<h1>{title}</h1>
			{Array.from({length: SQUARES}, (_, i) => (
				<span
					// biome-ignore lint/suspicious/noArrayIndexKey: they never move
					key={i}
					style={{
						width: 20,
						height: 20,
						background: `hsl(${i * 37 + frame * 31}, 80%, ${20 + ((i * 53) % 60)}%)`,
					}}
				/>
			))}
		</AbsoluteFill>
	);
}

export function Root() {
	return (
		<Composition
			id="my-video"
			component={Squares}
			width={640}
			height={360}
			fps={30}
			durationInFrames={8}
			defaultProps={{title: 'Hello'}}
		/>
	);
}
