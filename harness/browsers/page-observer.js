/**
 * Runs in each page before the front end does, and tells the harness what the page does and is told. The front end is left as it is: its
 * WebSocket is a subclass of the browser's own that tells what goes through. All events come in the order in which they happened.
 *
 * The types of the events are in `page-event.ts`.
 */
;(() => {
  /** How often it is looked whether a message has failed. */
  const LOOK_EVERY_MS = 500
  const Plain = window.WebSocket
  /** @type {object[]} */
  let told = []
  let sockets = 0
  const failed = new Set()

  /** @param {object} event */
  const tell = event => {
    if (told.push(event) > 1) return
    // What happens in one turn goes in one call.
    queueMicrotask(() => {
      const events = told
      told = []
      window.tellHarness(events)
    })
  }

  window.WebSocket = class extends Plain {
    #number = ++sockets
    #isOver = false

    /**
     * @param {string | URL} url
     * @param {string | string[]} [protocols]
     */
    constructor(url, protocols) {
      super(url, protocols)
      const socket = this.#number
      tell({ is: 'connecting', socket, url: String(url) })
      this.addEventListener('open', () => tell({ is: 'open', socket }))
      this.addEventListener('message', ({ data }) => {
        if (!this.#isOver) tell({ is: 'received', socket, text: String(data) })
      })
      this.addEventListener('close', ({ code }) => this.#over(code))
    }

    /** @param {string} data */
    send(data) {
      super.send(data)
      tell({ is: 'sent', socket: this.#number, text: String(data) })
    }

    /**
     * What the socket says after that is nobody's business.
     * @param {number} [code]
     * @param {string} [reason]
     */
    close(code, reason) {
      this.#over(code ?? 1005)
      super.close(code, reason)
    }

    /** @param {number} code */
    #over(code) {
      if (this.#isOver) return
      this.#isOver = true
      tell({ is: 'closed', socket: this.#number, code })
    }
  }

  window.addEventListener('tuesday:delivered', event => tell({ is: 'delivered', ...event.detail }))
  window.addEventListener('tuesday:acked', event => {
    const { room, epoch, seq } = event.detail
    tell({ is: 'acked', room, epoch, seq })
  })
  setInterval(() => {
    for (const element of document.querySelectorAll('[data-message][data-state="failed"] [data-text]')) {
      const text = element.textContent ?? ''
      if (failed.has(text)) continue
      failed.add(text)
      tell({ is: 'failed', text })
    }
  }, LOOK_EVERY_MS)
})()
