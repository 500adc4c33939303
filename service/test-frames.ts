/** Test support: reads the frames of a server. */

/** Texts of unmasked, unfragmented text frames; throws for anything else. */
export function textsOf(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let offset = 0; offset < bytes.length; ) {
    if (bytes[offset] !== 0x81) throw new Error(`expected a final text frame, found ${bytes[offset]}`)
    const short = bytes[offset + 1]!
    const start = offset + (short < 126 ? 2 : short === 126 ? 4 : 10)
    const length =
      short < 126 ? short : bytes.readUIntBE(short === 126 ? offset + 2 : offset + 4, short === 126 ? 2 : 6)
    if (start + length > bytes.length) throw new Error('the frame is cut off')
    texts.push(bytes.toString('utf8', start, start + length))
    offset = start + length
  }
  return texts
}
