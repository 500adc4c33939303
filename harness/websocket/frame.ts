/** What both directions of a WebSocket share. Source of all numbers: RFC 6455, sections 5.2, 5.5 and 7.4. */

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Close codes that the protocol itself gives a meaning. */
export const CLOSE = {
  protocolError: 1002,
  unsupportedData: 1003,
  /** A close frame without a code. Never on the wire. */
  noCode: 1005,
  /** The connection ended without a close frame. Never on the wire. */
  abnormal: 1006,
  invalidText: 1007,
  messageTooLong: 1009,
} as const

/** Longest payload of a ping, pong or close frame. */
export const CONTROL_BYTES_MAX = 125

/** Whether a close frame may carry this code: the registered ones, and those of libraries and applications. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== CLOSE.noCode && code !== CLOSE.abnormal
}
