import { type Changes, type MonitorDocument, withChanges } from './document'

/** How the page hears of changes. */
export type Liveness = 'connecting' | 'live' | 'polling' | 'stale'

export interface Heard {
  document: MonitorDocument | null
  liveness: Liveness
  /** When the service was heard last, in milliseconds. */
  at: number | null
  error: unknown
}

/** What the feed needs of the world; tests give their own. */
export interface World {
  open: (address: string) => EventSource
  read: () => Promise<MonitorDocument>
  now: () => number
}

/** What an action is expected to bring about, seen before the service shows it. */
export interface Expectation {
  /** What it is about: a later one takes the place of an earlier one. */
  about: string
  change: (document: MonitorDocument) => MonitorDocument
  isMet: (document: MonitorDocument) => boolean
}

const POLL_SECONDS = 5
/** After which what was expected and has not come is not shown any more. */
const PATIENCE_SECONDS = 10
/** Between two questions while the stream runs: a connection can be dead and not know it. */
const PROOF_SECONDS = 30
/** Between two tries of a stream that was refused. */
const REOPEN_SECONDS = 60

/**
 * Follows the Monitor: by the stream of events, and where that is not to be had by asking every
 * few seconds. It tells when the service is not heard. While the window is hidden it rests, since a
 * browser has few connections to one service.
 */
export class Feed {
  private heard: Heard = { document: null, liveness: 'connecting', at: null, error: null }
  private readonly listeners = new Set<() => void>()
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private triedAt = Number.NEGATIVE_INFINITY
  private isRunning = false
  /** What the service has said, without what is expected. */
  private said: MonitorDocument | null = null
  private expected: (Expectation & { until: number })[] = []

  constructor(private readonly world: World) {}

  readonly read = (): Heard => this.heard

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  start(): void {
    if (this.isRunning) return
    this.isRunning = true
    this.open()
    this.later(PROOF_SECONDS)
  }

  stop(): void {
    this.isRunning = false
    clearTimeout(this.timer)
    this.close()
  }

  /** Ask now, as after an action whose effect is to be seen at once. */
  readonly ask = async (): Promise<void> => {
    clearTimeout(this.timer)
    try {
      const document = await this.world.read()
      if (!this.isRunning) return
      this.tell({ document, liveness: this.isStreaming() ? 'live' : 'polling' })
    } catch (error) {
      if (!this.isRunning) return
      this.set({ ...this.heard, liveness: 'stale', error })
    }
    if (this.source === null && this.world.now() >= this.triedAt + REOPEN_SECONDS * 1000)
      this.open()
    this.later(this.heard.liveness === 'live' ? PROOF_SECONDS : POLL_SECONDS)
  }

  /**
   * Show what an action is expected to bring about until the service shows it: what it shows may be a
   * second old. Returns what takes it back.
   */
  expect(expectation: Expectation): () => void {
    const one = { ...expectation, until: this.world.now() + PATIENCE_SECONDS * 1000 }
    this.expected = [...this.expected.filter((other) => other.about !== one.about), one]
    this.show()
    return () => {
      this.expected = this.expected.filter((other) => other !== one)
      this.show()
    }
  }

  private open(): void {
    this.triedAt = this.world.now()
    const source = this.world.open('/monitor/stream')
    this.source = source
    source.addEventListener('document', (event) => {
      this.tell({ document: JSON.parse(event.data), liveness: 'live' })
    })
    source.addEventListener('changes', (event) => this.change(JSON.parse(event.data)))
    source.addEventListener('error', () => this.broke(source))
  }

  private close(): void {
    this.source?.close()
    this.source = null
  }

  private change(changes: Changes): void {
    if (this.said) this.tell({ document: withChanges(this.said, changes), liveness: 'live' })
  }

  private broke(source: EventSource): void {
    // 2: the browser has given up, as it does when the answer is a refusal. Else it tries again.
    if (source.readyState === 2 && this.source === source) this.close()
    void this.ask()
  }

  private isStreaming(): boolean {
    return this.source?.readyState === 1
  }

  private later(seconds: number): void {
    clearTimeout(this.timer)
    if (this.isRunning) this.timer = setTimeout(() => void this.ask(), seconds * 1000)
  }

  private tell(news: { document: MonitorDocument; liveness: Liveness }): void {
    this.said = news.document
    const isOpen = (one: Expectation & { until: number }) =>
      one.until > this.world.now() && !one.isMet(news.document)
    this.expected = this.expected.filter(isOpen)
    this.set({ ...news, document: this.shown(), at: this.world.now(), error: null })
  }

  private show(): void {
    this.set({ ...this.heard, document: this.shown() })
  }

  private shown(): MonitorDocument | null {
    return this.expected.reduce<MonitorDocument | null>(
      (document, one) => document && one.change(document),
      this.said,
    )
  }

  private set(heard: Heard): void {
    this.heard = heard
    for (const listener of this.listeners) listener()
  }
}
