/** Reads `npm run bench`'s flags. */

import { parseArgs } from 'node:util'
import { UsageError } from '../harness/command-line.ts'
import type { Form } from './measurements/measurement.ts'
import { MEASUREMENT_NAMES, type MeasurementName } from './sample.ts'

export const ROUNDS: Readonly<Record<Form, number>> = { full: 5, quick: 3 }
const ROUNDS_MAX = 99

export interface BenchCommand {
  readonly form: Form
  /** Null: all. */
  readonly only: MeasurementName | null
  readonly rounds: number
}

/** Null: the help was asked for. Throws `UsageError`. */
export function parseBench(argv: readonly string[]): BenchCommand | null {
  const options = {
    quick: { type: 'boolean' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    values = parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n--help tells which flags there are.`)
  }
  if (values.help === true) return null
  const form = values.quick === true ? 'quick' : 'full'
  return { form, only: readOnly(values.only), rounds: readRounds(values.rounds) ?? ROUNDS[form] }
}

function readOnly(text: string | undefined): MeasurementName | null {
  if (text === undefined) return null
  const found = MEASUREMENT_NAMES.find(name => name === text)
  if (found === undefined) throw new UsageError(`--only: found "${text}"; allowed is ${MEASUREMENT_NAMES.join(', ')}`)
  return found
}

function readRounds(text: string | undefined): number | null {
  if (text === undefined) return null
  const rounds = Number(text)
  if (!/^[0-9]+$/.test(text) || rounds < 1 || rounds > ROUNDS_MAX)
    throw new UsageError(`--rounds: found "${text}"; allowed is a whole number from 1 to ${ROUNDS_MAX}`)
  return rounds
}
