// Audio of @remotion/media, which not every version of Remotion has.

import {Audio} from '@remotion/media';
import {AbsoluteFill, Composition, registerRoot} from 'remotion';
import {makeTone} from './tones.js';

const made = new Map();

function toneOf(hertz) {
	if (!made.has(hertz)) {
		made.set(hertz, makeTone(hertz, 2));
	}
	return made.get(hertz);
}

function Media({tones}) {
	return (
		<AbsoluteFill style={{background: '#203040'}}>
			{tones.map((hertz) => (
				<Audio key={hertz} src={toneOf(hertz)} />
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
			defaultProps={{tones: []}}
		/>
	);
}

registerRoot(Root);
