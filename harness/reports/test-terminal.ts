/** Test support: what a terminal shows of what is written to it, as xterm.js, the terminal of many editors and web pages, would. */

import xterm from '@xterm/headless'

export class TestTerminal {
  readonly #xterm: InstanceType<typeof xterm.Terminal>

  constructor(columns: number, rows: number) {
    this.#xterm = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true })
  }

  /** As it comes from a real terminal device, which has put a carriage return before each line feed. */
  write(text: string): void {
    this.#xterm.write(text)
  }

  resize(columns: number, rows: number): void {
    this.#xterm.resize(columns, rows)
  }

  /** Once everything that was written is shown. */
  async settled(): Promise<void> {
    await new Promise<void>(resolve => this.#xterm.write('', resolve))
  }

  /** The lines on the screen, without blanks at their ends and without empty ones at the end. */
  async shown(): Promise<string[]> {
    await this.settled()
    const { buffer, rows } = this.#xterm
    return withoutEmptyEnd(this.#lines(buffer.active.baseY, buffer.active.baseY + rows))
  }

  /** The lines that have left the screen at its upper end, too. */
  async everything(): Promise<string[]> {
    await this.settled()
    return withoutEmptyEnd(this.#lines(0, this.#xterm.buffer.active.length))
  }

  get isCursorShown(): boolean {
    // The public interface does not tell it.
    const { _core } = this.#xterm as unknown as { _core: { coreService: { isCursorHidden: boolean } } }
    return !_core.coreService.isCursorHidden
  }

  #lines(from: number, to: number): string[] {
    return Array.from({ length: to - from }, (_, index) => {
      return (
        this.#xterm.buffer.active
          .getLine(from + index)
          ?.translateToString(true)
          .trimEnd() ?? ''
      )
    })
  }
}

function withoutEmptyEnd(lines: readonly string[]): string[] {
  return lines.slice(0, lines.findLastIndex(line => line !== '') + 1)
}
