import { useEffect, useSyncExternalStore } from 'react'
import { api, body } from '@/shared/api/client'
import { now } from '@/shared/time/clock'
import { Feed, type Heard } from './feed'

/** The one feed of this window. */
export const feed = new Feed({
  open: (address) => new EventSource(address),
  read: () => body(api.GET('/monitor')) as Promise<never>,
  now,
})

/** Follow the Monitor for as long as the window is seen; for the frame of all pages. */
export function useFeed(): void {
  useEffect(() => {
    const follow = () => (document.hidden ? feed.stop() : feed.start())
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      feed.stop()
    }
  }, [])
}

/** Return what was heard last. */
export function useMonitor(): Heard {
  return useSyncExternalStore(feed.subscribe, feed.read)
}
