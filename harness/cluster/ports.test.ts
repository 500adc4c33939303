import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { INSTANCES_MAX } from '../scenario/fields.ts'
import { formatOwner, type Owner, thisProcess } from './owner.ts'
import { portsNeeded } from './port-layout.ts'
import { BLOCK_PORTS, blockStarts, claimBlock, portsEnd, releaseBlock, releaseGoneBlocks } from './ports.ts'

const alive = thisProcess()
const dead: Owner = { ...alive, startTime: '1' }
const elsewhere: Owner = { ...alive, machine: '0123456789ab' }

let folder: string
let block: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuesday-ports-'))
  block = join(folder, 'ports-20000')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('ports end below the ephemeral range', () => {
  expect(portsEnd('32768\t60999\n')).toBe(32_000)
  expect(portsEnd('20500\t60999\n')).toBe(20_500)
  expect(portsEnd(null)).toBe(32_000)
})

test('only whole blocks count', () => {
  expect(blockStarts(20_899)).toEqual([20_000, 20_300])
  expect(blockStarts(1_024)).toEqual([])
})

test('the largest cluster that a scenario may ask for fits into a block, with room for ports that are taken', () => {
  const needed = portsNeeded({ instances: INSTANCES_MAX, links: { clients: true, redis: true } })
  const takenByOthers = 20
  expect(needed).toBe(1 + 4 * INSTANCES_MAX)
  expect(needed + takenByOthers).toBeLessThanOrEqual(BLOCK_PORTS)
})

test('a block has one owner, also within one process', () => {
  expect(claimBlock(block, alive)).toBe(true)
  expect(claimBlock(block, elsewhere)).toBe(false)
  expect(claimBlock(block, alive)).toBe(false)
  expect(readdirSync(block)).toEqual([formatOwner(alive)])
  expect(readdirSync(folder)).toEqual(['ports-20000'])
})

test('a block of an owner that is gone is taken over, once', () => {
  claimBlock(block, dead)
  expect(claimBlock(block, alive)).toBe(true)
  expect(claimBlock(block, alive)).toBe(false)
  expect(readdirSync(block)).toEqual([formatOwner(alive)])
})

test('a block of an owner on another machine is not taken over', () => {
  claimBlock(block, elsewhere)
  expect(claimBlock(block, alive)).toBe(false)
})

test('a released block is free, and releasing again harms nobody', () => {
  claimBlock(block, alive)
  releaseBlock(block, alive)
  expect(existsSync(block)).toBe(false)
  claimBlock(block, elsewhere)
  releaseBlock(block, alive)
  expect(readdirSync(block)).toEqual([formatOwner(elsewhere)])
})

test('only blocks whose owner is gone are given back for them', () => {
  const owners = [dead, alive, elsewhere]
  owners.forEach((owner, index) => {
    claimBlock(join(folder, `ports-${index}`), owner)
  })
  releaseGoneBlocks(folder)
  expect(readdirSync(folder)).toEqual(['ports-1', 'ports-2'])
})
