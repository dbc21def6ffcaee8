'use strict';

const {native} = require('../native');

function getMaxLambdaMemory() {
	const value = process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
	return value ? native.parseLambdaMemory(value) : null;
}

module.exports = {getMaxLambdaMemory};
