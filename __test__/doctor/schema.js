'use strict';

// Whether what the doctor found is as schema/doctor-1.json says, and parts of it.

const Ajv = require('ajv');
const schema = require('../../schema/doctor-1.json');

const ajv = new Ajv({allErrors: true});
ajv.addSchema(schema);

/** The findings, or what `definition` names of them, as `--json` prints them. */
function expectSchema(value, definition) {
	const validate = ajv.getSchema(
		definition === undefined ? schema.$id : `${schema.$id}#/definitions/${definition}`,
	);
	validate(JSON.parse(JSON.stringify(value)));
	expect(validate.errors).toBe(null);
}

module.exports = {expectSchema, schema};
