/**
 * What the package `tuesday` gives to scenarios that are kept in a repository of their own, and to programs that read what a run has left:
 *
 *     import { defineScenario } from 'tuesday'
 */

export type { RunResult } from './reports/result.ts'
export { FAULT_KINDS, type FaultKind, type FaultName, type FaultSettings } from './scenario/fault-kinds.ts'
export {
  defineScenario,
  type FaultSpec,
  type HttpLoad,
  type Load,
  type Scenario,
  type Topology,
} from './scenario/scenario.ts'
