import {OffthreadVideo, registerRoot} from 'remotion';
import {makeRoot} from './composition.jsx';

registerRoot(makeRoot(OffthreadVideo));
