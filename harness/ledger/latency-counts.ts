/**
 * How often each latency came, in the buckets of an HdrHistogram: microseconds from 1 to one minute with 3 digits, so that a value is off by 0.1 % at
 * most. Only what a load worker needs, to record and to write down: who reads has the library (`latency-histogram.ts`), whose modules would cost
 * each worker eight megabytes.
 *
 * Source: HdrHistogram by Gil Tene, https://hdrhistogram.org; the V2 encoding as described in the Java version's `AbstractHistogram`.
 */

import { deflateSync } from 'node:zlib'

/** Nothing is quicker than the histogram's lowest step. A clock that steps back would give zero or less: recorded as this. */
export const LATENCY_US_MIN = 1
/** One minute. Slower samples are recorded as one minute and counted as overflow. */
export const LATENCY_US_MAX = 60_000_000
/** Significant decimal digits. */
export const LATENCY_DIGITS = 3

/** Steps of the first bucket: a power of two of which the upper half still tells 3 digits apart. Each bucket after it has steps twice as wide, and only the upper half. */
const STEPS = 2048
const STEPS_LOG2 = Math.log2(STEPS)
const HALF = STEPS / 2

const V2_COOKIE = 0x1c84_9313
const V2_COMPRESSED_COOKIE = 0x1c84_9314
const V2_HEADER_BYTES = 40
const COMPRESSED_HEADER_BYTES = 8
/** Of a number below 2^34. */
const VARINT_BYTES_MAX = 5

/** In the table of counts. The value is a whole number within the range. */
function indexOf(valueUs: number): number {
  const bucket = Math.max(0, 32 - Math.clz32(valueUs) - STEPS_LOG2)
  return bucket * HALF + (valueUs >>> bucket)
}

const COUNTS = indexOf(LATENCY_US_MAX) + 1

export class LatencyCounts {
  readonly #counts = new Uint32Array(COUNTS)
  #highestIndex = 0
  /** Samples over one minute. */
  overflow = 0

  /** Takes `count` samples of one value. Out of range they are clamped. `valueMs` is a number, or infinite. */
  record(valueMs: number, count = 1): void {
    const valueUs = Math.round(valueMs * 1000)
    if (valueUs > LATENCY_US_MAX) this.overflow += count
    const index = indexOf(Math.min(LATENCY_US_MAX, Math.max(LATENCY_US_MIN, valueUs)))
    this.#counts[index]! += count
    if (index > this.#highestIndex) this.#highestIndex = index
  }

  /** The text form for a ledger: V2 encoding, compressed, base64. */
  encoded(): string {
    const packed = deflateSync(this.#encodeV2())
    const header = Buffer.alloc(COMPRESSED_HEADER_BYTES)
    header.writeUInt32BE(V2_COMPRESSED_COOKIE, 0)
    header.writeUInt32BE(packed.length, 4)
    return Buffer.concat([header, packed]).toString('base64')
  }

  /** Counts in order, each run of zeros as one negative number. */
  #encodeV2(): Buffer {
    const counts = this.#counts.subarray(0, this.#highestIndex + 1)
    const buffer = Buffer.alloc(V2_HEADER_BYTES + counts.length * VARINT_BYTES_MAX)
    let end = V2_HEADER_BYTES
    for (let index = 0; index < counts.length; ) {
      const start = index
      while (index < counts.length && counts[index] === 0) index++
      const zeros = index - start
      end = writeZigZag(buffer, end, zeros > 1 ? -zeros : (counts[start] ?? 0))
      if (zeros === 0) index++
    }
    buffer.writeUInt32BE(V2_COOKIE, 0)
    buffer.writeUInt32BE(end - V2_HEADER_BYTES, 4)
    buffer.writeUInt32BE(0, 8) // No offset of the table.
    buffer.writeUInt32BE(LATENCY_DIGITS, 12)
    buffer.writeBigUInt64BE(BigInt(LATENCY_US_MIN), 16)
    buffer.writeBigUInt64BE(BigInt(LATENCY_US_MAX), 24)
    buffer.writeDoubleBE(1, 32) // From whole to real numbers.
    return buffer.subarray(0, end)
  }
}

/** A ZigZag LEB128 number of at most 33 bits. Answers where it ends. */
function writeZigZag(buffer: Buffer, start: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let end = start
  while (rest >= 0x80) {
    buffer[end++] = (rest % 0x80) + 0x80
    rest = Math.floor(rest / 0x80)
  }
  buffer[end++] = rest
  return end
}
