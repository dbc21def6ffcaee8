'use strict';

// Current figures as OpenMetrics text (docs/metrics.md).

const {getAssetStoreStats} = require('../assets/store');
const {governedTabs} = require('../governor/governor');
const {measureMemory} = require('../measure-memory');
const {native} = require('../native');
const {totals, underWay} = require('./current');
const {outcomes} = require('./renders');

const PREFIX = 'remotion_headroom_';

/**
 * A family: `name` is its code in core/src/words/metrics.rs. `samples`: label
 * value -> number, or one number. None where that is not known.
 */
function family(name, type, samples, label) {
	const list = typeof samples === 'number' ? [[null, samples]] : [...samples];
	const known = list.filter(([, value]) => Number.isFinite(value) && value >= 0);
	if (known.length === 0) {
		return [];
	}
	const full = PREFIX + name;
	const unit = name.endsWith('_bytes') ? [`# UNIT ${full} bytes`] : [];
	// Values of labels are codes: nothing in them is to be escaped.
	const lines = known.map(([value, number]) => {
		const labels = value === null ? '' : `{${label}="${value}"}`;
		return `${full}${type === 'counter' ? '_total' : ''}${labels} ${number}`;
	});
	return [`# TYPE ${full} ${type}`, ...unit, `# HELP ${full} ${native.metricHelp(name)}`, ...lines];
}

function metrics() {
	const {available, total, oomKills} = measureMemory({logLevel: 'error'});
	const {payloads, bytes} = getAssetStoreStats();
	return [
		...family('memory_available_bytes', 'gauge', available),
		...family('memory_limit_bytes', 'gauge', total),
		...family('memory_used_bytes', 'gauge', Math.max(0, total - available)),
		...family('renders_under_way', 'gauge', underWay.size),
		...family('tabs', 'gauge', Object.entries(governedTabs()), 'state'),
		...family('payloads', 'gauge', payloads),
		...family('payload_bytes', 'gauge', bytes),
		...family('renders', 'counter', outcomes, 'outcome'),
		...family('governor_actions', 'counter', totals, 'type'),
		...family('oom_kills', 'counter', oomKills ?? Number.NaN),
		'# EOF',
		'',
	].join('\n');
}

module.exports = {metrics};
