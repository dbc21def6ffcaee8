// Videos that Remotion's compositor extracts frames of, and keeps decoded.

import {AbsoluteFill, Composition, OffthreadVideo, registerRoot, staticFile} from 'remotion';

function Videos({count}) {
	return (
		<AbsoluteFill>
			{Array.from({length: count}, (_, i) => (
				<OffthreadVideo
					// biome-ignore lint/suspicious/noArrayIndexKey: a video is its number
					key={i}
					src={staticFile(`video-${i}.mp4`)}
					style={{position: 'absolute', left: 320 * (i % 2), top: 180 * (i >> 1), width: 320}}
				/>
			))}
		</AbsoluteFill>
	);
}

function Root() {
	return (
		<Composition
			id="videos"
			component={Videos}
			width={640}
			height={360}
			fps={30}
			durationInFrames={40}
			defaultProps={{count: 4}}
		/>
	);
}

registerRoot(Root);
