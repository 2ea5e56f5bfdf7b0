import { StateBadge } from '@/shared/ui/State'
import type { Model } from './queries'

/** That a live version is still being loaded, or is not loaded; nothing where all is as it should be. */
export function LoadBadge({ load }: { load: Model['load'] }) {
  if (!load || load.state === 'loaded') return null
  return <StateBadge state={load.state === 'failed' ? 'not_loaded' : 'loading'} />
}
