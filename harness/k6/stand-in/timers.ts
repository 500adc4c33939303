/** Stands in for `k6/timers`. */

import { userOfModule } from './virtual-user.ts'

const user = userOfModule(import.meta.url)
const callOffs = new Map<number, () => void>()
let lastId = 0

export function setTimeout(act: (...args: unknown[]) => void, delayMs: number, ...args: unknown[]): number {
  const timer = globalThis.setTimeout(() => {
    user.call(() => act(...args))
    forget()
  }, delayMs)
  const { id, forget } = remember(() => globalThis.clearTimeout(timer))
  return id
}

export function setInterval(act: (...args: unknown[]) => void, delayMs: number, ...args: unknown[]): number {
  const timer = globalThis.setInterval(() => user.call(() => act(...args)), delayMs)
  return remember(() => globalThis.clearInterval(timer)).id
}

/** Nothing happens where there is no such timer, or none any more. */
export function clearTimeout(id: number): void {
  callOffs.get(id)?.()
}

export const clearInterval = clearTimeout

function remember(stop: () => void): { id: number; forget: () => void } {
  const id = ++lastId
  const release = user.hold(stop)
  const forget = () => {
    callOffs.delete(id)
    release()
  }
  callOffs.set(id, () => {
    stop()
    forget()
  })
  return { id, forget }
}
