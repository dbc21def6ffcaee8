// What benchmark/governor.mjs renders: each kind of thing that takes memory.
import {useLayoutEffect, useRef} from 'react';
import {AbsoluteFill, Composition, Img, staticFile, useCurrentFrame} from 'remotion';

/** A canvas of `size` x `size`, drawn anew on each frame. */
const Canvas = ({size, frame}) => {
	const ref = useRef(null);
	useLayoutEffect(() => {
		const context = ref.current.getContext('2d', {willReadFrequently: true});
		// Else a frame would depend on which frames its tab drew before.
		context.clearRect(0, 0, size, size);
		for (let i = 0; i < 40; i++) {
			context.fillStyle = `hsl(${(i * 9 + frame * 3) % 360} 80% 50%)`;
			context.fillRect((i * 97) % size, (i * 53) % size, size / 3, size / 3);
		}
	}, [frame, size]);
	const style = {position: 'absolute', right: 0, width: '40%', height: '40%'};
	return <canvas ref={ref} width={size} height={size} style={style} />;
};

const kept = [];

/** Keeps so many MiB more on each frame. */
const Leak = ({mib, frame}) => {
	useLayoutEffect(() => {
		// Filled: pages that were never written to take no memory.
		kept.push(new Uint8Array(mib * 1024 * 1024).fill(frame + 1));
	}, [mib, frame]);
	return null;
};

const makeScene = (Video) =>
	function Scene({videos, images, canvas, leak}) {
		const frame = useCurrentFrame();
		return (
			<AbsoluteFill style={{background: `linear-gradient(${frame * 3}deg, #123, #e94)`}}>
				{videos.map(({src, ...trim}, i) => (
					<Video
						// biome-ignore lint/suspicious/noArrayIndexKey: the videos never move
						key={i}
						src={staticFile(src)}
						muted
						{...trim}
						style={{
							position: 'absolute',
							left: `${(i % 3) * 33}%`,
							top: `${Math.floor(i / 3) * 40}%`,
							width: '33%',
						}}
					/>
				))}
				{images > 0 ? (
					<Img
						src={staticFile(`image-${frame % images}.png`)}
						style={{position: 'absolute', left: '10%', bottom: 0, width: '40%'}}
					/>
				) : null}
				{canvas > 0 ? <Canvas size={canvas} frame={frame} /> : null}
				{leak > 0 ? <Leak mib={leak} frame={frame} /> : null}
				<h1 style={{fontSize: 120, color: 'white', position: 'absolute', bottom: 0}}>
					Frame {frame}
				</h1>
			</AbsoluteFill>
		);
	};

/** The root, with what shows videos. */
export function makeRoot(Video) {
	const Scene = makeScene(Video);
	return () => (
		<Composition
			id="scene"
			component={Scene}
			fps={30}
			width={1280}
			height={720}
			durationInFrames={1}
			defaultProps={{videos: [], images: 0, canvas: 0, leak: 0}}
			calculateMetadata={({props}) => ({
				width: props.width ?? 1280,
				height: props.height ?? 720,
				durationInFrames: props.durationInFrames,
			})}
		/>
	);
}
