/** Test support: somebody at a page of the front end, who sees what stands there and types. */

import type { Locator, Page } from 'playwright-core'
import { until } from '../../service/test-cluster.ts'

/** A page that is opened on a machine that is busy with tests. */
const JOIN_MS_MAX = 30_000

export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'draining' | 'offline' | 'ended'

/** A message of which the page was told. */
export interface HeldMessage {
  readonly id: string
  readonly epoch: string
  readonly seq: number
  readonly from: string
  readonly text: string
}

export interface ShownConnection {
  readonly state: ConnectionState
  readonly instance: string
  /** What stands there. */
  readonly text: string
}

/** What Chromium itself writes where a request or a connection has failed, which is what some tests are about. */
const ABOUT_NETWORK = /^Failed to load resource: |^WebSocket connection to '[^']*' failed: /

export class Person {
  readonly page: Page
  readonly name: string
  readonly room: string
  /** Errors that nobody in the page caught, dialogs, and what came to the console as an error that is not about the network. */
  readonly complaints: string[] = []
  /** How often the page had the browser ask whether to leave it; the answer is yes. */
  leaveQuestions = 0
  readonly composer: Locator
  readonly log: Locator

  private constructor(page: Page, name: string, room: string) {
    this.page = page
    this.name = name
    this.room = room
    this.composer = page.getByRole('textbox', { name: 'Message', exact: true })
    this.log = page.getByRole('log')
  }

  /** The page is not opened yet. */
  static async at(page: Page, name: string, room: string): Promise<Person> {
    const person = new Person(page, name, room)
    page.on('pageerror', error => person.complaints.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error' && !ABOUT_NETWORK.test(message.text())) person.complaints.push(message.text())
    })
    page.on('dialog', dialog => {
      if (dialog.type() === 'beforeunload') person.leaveQuestions += 1
      else person.complaints.push(`dialog: ${dialog.message()}`)
      void dialog.accept()
    })
    await page.addInitScript(NOTE_CONNECTION_STATES)
    return person
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** All that the page was delivered, in its order, also what is out of sight. */
  held(): Promise<HeldMessage[]> {
    return this.page.evaluate(`window.tuesday.history(${JSON.stringify(this.room)})`)
  }

  async heldTexts(): Promise<string[]> {
    return (await this.held()).map(({ text }) => text)
  }

  /** Texts of the messages that are drawn, from top to bottom. */
  shownTexts(): Promise<string[]> {
    return this.log.locator('[data-message] [data-text]').allTextContents()
  }

  /** `sending`, `sent`, `failed` or `received`; null where no message with this text is drawn. */
  async stateOf(text: string): Promise<string | null> {
    const message = this.log.locator('[data-message]').filter({ has: this.page.getByText(text, { exact: true }) })
    return (await message.count()) === 0 ? null : await message.first().getAttribute('data-state')
  }

  async connection(): Promise<ShownConnection> {
    const line = this.page.locator('[role="status"][data-connection]')
    const state = (await line.getAttribute('data-connection')) as ConnectionState
    const instance = (await line.getAttribute('data-instance')) ?? ''
    return { state, instance, text: (await line.innerText()).trim() }
  }

  /** Every state that the connection line has had since the page was opened, in order. */
  statesSeen(): Promise<ConnectionState[]> {
    return this.page.evaluate('window.statesSeen')
  }

  async counts(): Promise<{ connections: number; participants: number }> {
    const numberIn = async (selector: string) => Number(await this.page.locator(selector).first().innerText())
    return { connections: await numberIn('[data-connections]'), participants: await numberIn('[data-participants]') }
  }

  async untilConnection(state: ConnectionState): Promise<void> {
    await this.page.locator(`[role="status"][data-connection="${state}"]`).waitFor({ state: 'attached' })
  }

  /** The join is answered: only then somebody counts who is here. */
  async untilJoined(): Promise<void> {
    // Asked again and again from here: the page's policy forbids it to evaluate a text by itself.
    await until(`${this.name} is in ${this.room}`, async () => (await this.counts()).connections > 0, JOIN_MS_MAX)
  }

  async untilHeld(texts: readonly string[], msMax?: number): Promise<void> {
    const missing = async () => {
      const held = new Set(await this.heldTexts())
      return texts.filter(text => !held.has(text))
    }
    let left: string[] = []
    const isAllHeld = async () => {
      left = await missing()
      return left.length === 0
    }
    await until(`${this.name}'s page has ${texts.length} messages`, isAllHeld, msMax).catch(error => {
      throw new Error(`${error.message}; ${left.length} are missing, the first is "${left[0]}"`)
    })
  }

  async untilCounts(connections: number, participants: number, msMax?: number): Promise<void> {
    const isSo = async () => {
      const counts = await this.counts()
      return counts.connections === connections && counts.participants === participants
    }
    await until(`${this.name}'s page counts ${connections} connections and ${participants} people`, isSo, msMax)
  }
}

/** Runs before the front end: the connection line changes faster than anybody could ask. */
const NOTE_CONNECTION_STATES = `
  window.statesSeen = []
  new MutationObserver(() => {
    const state = document.querySelector('[role="status"][data-connection]')?.dataset.connection
    if (state !== undefined && window.statesSeen.at(-1) !== state) window.statesSeen.push(state)
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-connection'] })
`
