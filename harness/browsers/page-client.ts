/** One page of the front end as a client of the load: a person opens it, signs in, stays in one room, and types. */

import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { TargetClient } from '../targets/target.ts'
import type { PageEvent } from './page-event.ts'
import { PageReading, type PageReadingOptions } from './page-reading.ts'

const OBSERVER = join(import.meta.dirname, 'page-observer.js')

export interface PageClientOptions {
  readonly browser: Browser
  /** `http://host:port` of the front end. */
  readonly frontEndUrl: string
  readonly name: string
  /** A room as it is called on the wire. */
  readonly wireRoom: (room: string) => string
  readonly reading: Omit<PageReadingOptions, 'room' | 'wireRoom'>
  /** Something that no fault explains: the page has crashed, or cannot be worked. */
  readonly onFailure: (error: unknown) => void
}

export class PageClient implements TargetClient {
  readonly #options: PageClientOptions
  #reading: PageReading | null = null
  #room = ''
  #page: Page | null = null
  /** One message after the other, as a person types. */
  #typing: Promise<void> = Promise.resolve()
  #isOver = false
  /** How far it has got, for the log: a page that never connects says nothing by itself. */
  #progress = 'not been opened'

  constructor(options: PageClientOptions) {
    this.#options = options
  }

  get instance(): number {
    return this.#reading?.instance ?? -1
  }

  /** The one room of the page, before {@link connect}. */
  join(room: string): void {
    if (this.#reading !== null) throw new Error(`a page stays in its room, which is ${this.#room}`)
    this.#room = this.#options.wireRoom(room)
    this.#reading = new PageReading({ room, wireRoom: this.#room, ...this.#options.reading })
  }

  leave(room: string): never {
    throw new Error(`a page stays in its room, which is ${room}`)
  }

  connect(): void {
    this.#open().catch(error => this.#failed(error))
  }

  send(_room: string, text: string, handle: number): void {
    this.#reading!.handed(handle)
    this.#typing = this.#typing.then(() => this.#type(text)).catch(error => this.#failed(error))
  }

  /** A page chooses its instance by itself, and has no home. */
  setHome(): void {}

  goHome(): boolean {
    return false
  }

  end(): void {
    this.#isOver = true
    const isConnected = this.#reading?.wasConnected ?? false
    if (!isConnected) console.error(`page of ${this.#options.name}: never connected; it has ${this.#progress}`)
    this.#reading?.end()
  }

  async #open(): Promise<void> {
    const { browser, frontEndUrl, name } = this.#options
    const context = await browser.newContext()
    this.#progress = 'a context in the browser'
    await this.#observe(context)
    this.#page = await context.newPage()
    this.#progress = 'an empty page'
    this.#page.on('crash', () => this.#failed(new Error(`the page of ${name} has crashed`)))
    this.#page.on('pageerror', error => console.error(`page of ${name}: ${error.stack ?? error.message}`))
    this.#page.on('console', message => {
      if (message.type() === 'error') console.error(`page of ${name}: ${message.text()}`)
    })
    const where = new URLSearchParams({ name, room: this.#room })
    await this.#page.goto(`${frontEndUrl}/?${where}`)
    this.#progress = 'loaded the front end'
  }

  async #observe(context: BrowserContext): Promise<void> {
    await context.exposeBinding('tellHarness', (_, events: readonly PageEvent[]) => {
      try {
        this.#reading!.hear(events)
      } catch (error) {
        // Thrown on, it would be the page's error.
        this.#failed(error)
      }
    })
    await context.addInitScript({ path: OBSERVER })
  }

  async #type(text: string): Promise<void> {
    if (this.#isOver) return
    const composer = this.#page!.getByRole('textbox', { name: 'Message', exact: true })
    await composer.fill(text)
    await composer.press('Enter')
  }

  #failed(error: unknown): void {
    if (!this.#isOver) this.#options.onFailure(error)
  }
}
