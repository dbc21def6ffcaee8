// Audio of @remotion/media, which not every version of Remotion has.

import {Audio} from '@remotion/media';
import {AbsoluteFill, Composition, registerRoot} from 'remotion';
import {makeTone} from './tones.js';

const tones = [220, 330].map((hertz) => makeTone(hertz, 2));

function Media() {
	return (
		<AbsoluteFill style={{background: '#203040'}}>
			{tones.map((tone) => (
				<Audio key={tone} src={tone} />
			))}
		</AbsoluteFill>
	);
}

function Root() {
	return (
		<Composition
			id="media"
			component={Media}
			width={320}
			height={180}
			fps={30}
			durationInFrames={40}
		/>
	);
}

registerRoot(Root);
