// What tmpfs.long.js renders: grain, which no image format compresses.
import {useLayoutEffect, useRef} from 'react';
import {Composition, registerRoot, useCurrentFrame, useVideoConfig} from 'remotion';

const Grain = () => {
	const frame = useCurrentFrame();
	const {width, height} = useVideoConfig();
	const ref = useRef(null);
	useLayoutEffect(() => {
		const pixels = new Uint32Array(width * height);
		// Xorshift: the same for each frame, whichever tab draws it.
		let state = frame + 1;
		for (let i = 0; i < pixels.length; i++) {
			state ^= state << 13;
			state ^= state >>> 17;
			state ^= state << 5;
			pixels[i] = state | 0xff000000;
		}
		const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
		ref.current.getContext('2d').putImageData(image, 0, 0);
	}, [frame, width, height]);
	return <canvas ref={ref} width={width} height={height} />;
};

registerRoot(() => (
	<Composition
		id="grain"
		component={Grain}
		width={1920}
		height={1080}
		fps={30}
		durationInFrames={170}
	/>
));
