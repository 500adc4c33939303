/** Test support: what in a result breaks `docs/result.schema.json`. */

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

const SCHEMA = new URL('../../docs/result.schema.json', import.meta.url)
// Types that a definition leaves to what refers to it, and properties that a condition names, are meant.
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')),
)

/** One line for each problem; none where it keeps to the schema. `result`: as parsed from the file. */
export function schemaProblems(result: unknown): string[] {
  validate(result)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
