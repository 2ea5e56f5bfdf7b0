import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { MonitorDocument } from './document'
import { Feed } from './feed'

/** A stream that the test speaks for. */
class Stream extends EventTarget {
  readyState = 0
  close(): void {
    this.readyState = 2
  }
  say(name: string, data: unknown): void {
    this.readyState = 1
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }))
  }
  refuse(): void {
    this.readyState = 2
    this.dispatchEvent(new Event('error'))
  }
}

const document = (version: string) =>
  ({ checks: {}, schedules: [], service: { version } }) as unknown as MonitorDocument

let streams: Stream[]
let read: ReturnType<typeof vi.fn<() => Promise<MonitorDocument>>>
let feed: Feed

beforeEach(() => {
  vi.useFakeTimers()
  streams = []
  read = vi.fn(async () => document('polled'))
  feed = new Feed({
    open: () => {
      const stream = new Stream()
      streams.push(stream)
      return stream as unknown as EventSource
    },
    read,
    now: () => Date.now(),
  })
  feed.start()
})

afterEach(() => {
  feed.stop()
  vi.useRealTimers()
})

const shown = () => [feed.read().liveness, feed.read().document?.service.version]

it('is live by the stream, and proves it now and then', async () => {
  expect(shown()).toEqual(['connecting', undefined])
  streams[0]?.say('document', document('streamed'))
  expect(shown()).toEqual(['live', 'streamed'])
  expect(read).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(read).toHaveBeenCalledOnce()
  expect(shown()).toEqual(['live', 'polled'])
})

it('asks every few seconds where the stream is refused, and tries it again later', async () => {
  streams[0]?.refuse()
  await vi.advanceTimersByTimeAsync(0)
  expect(shown()).toEqual(['polling', 'polled'])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(read.mock.calls.length).toBe(5)
  expect(streams).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(streams).toHaveLength(2)
  streams[1]?.say('document', document('back'))
  expect(shown()).toEqual(['live', 'back'])
})

it('says that nobody answers, keeps what was shown, and comes back by itself', async () => {
  streams[0]?.say('document', document('streamed'))
  const heardAt = feed.read().at
  read.mockRejectedValue(new TypeError('gone'))
  streams[0]?.refuse()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(shown()).toEqual(['stale', 'streamed'])
  expect(feed.read().at).toBe(heardAt)
  read.mockResolvedValue(document('back'))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(shown()).toEqual(['polling', 'back'])
})

it('rests when it is stopped', async () => {
  feed.stop()
  await vi.advanceTimersByTimeAsync(300_000)
  expect(read).not.toHaveBeenCalled()
  expect(streams[0]?.readyState).toBe(2)
})

it('shows what is expected until the service shows it, is too late, or refuses', async () => {
  const say = (version: string) => streams[0]?.say('document', document(version))
  const expectation = {
    about: 'x',
    change: () => document('expected'),
    isMet: (one: MonitorDocument) => one.service.version === 'met',
  }
  say('before')
  feed.expect(expectation)
  say('still before')
  expect(shown()).toEqual(['live', 'expected'])
  say('met')
  say('later')
  expect(shown()).toEqual(['live', 'later'])
  feed.expect(expectation)()
  expect(shown()).toEqual(['live', 'later'])
  feed.expect(expectation)
  await vi.advanceTimersByTimeAsync(11_000)
  say('late')
  expect(shown()).toEqual(['live', 'late'])
})

it('forgets what was expected before of the same thing', () => {
  const say = (version: string) => streams[0]?.say('document', document(version))
  const expecting = (version: string) => ({
    about: 'x',
    change: () => document(version),
    isMet: (one: MonitorDocument) => one.service.version === version,
  })
  say('on')
  feed.expect(expecting('off'))
  feed.expect(expecting('on'))
  say('on')
  expect(shown()).toEqual(['live', 'on'])
})
