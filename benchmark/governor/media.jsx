import {Video} from '@remotion/media';
import {registerRoot} from 'remotion';
import {makeRoot} from './composition.jsx';

registerRoot(makeRoot(Video));
