import type { Dispatch } from './queries'

export interface Stage {
  name: 'collect' | 'infer' | 'deliver'
  rows: number
  /** The part of the rows that are expected; null: how many there are is not known. */
  part: number | null
  /** In which the stage itself worked. */
  seconds: number
  rowsPerSecond: number | null
}

/** Return how far each stage is, and how fast. */
export function stagesOf({ progress }: Pick<Dispatch, 'progress'>): Stage[] {
  const { rows_expected: all } = progress
  const stage = (name: Stage['name'], rows: number, seconds: number): Stage => ({
    name,
    rows,
    part: typeof all === 'number' ? (all === 0 ? 1 : Math.min(1, rows / all)) : null,
    seconds,
    rowsPerSecond: seconds > 0 && rows > 0 ? rows / seconds : null,
  })
  return [
    stage('collect', progress.rows_collected ?? 0, progress.collect_seconds ?? 0),
    stage('infer', progress.rows_inferred ?? 0, progress.infer_seconds ?? 0),
    stage('deliver', progress.rows_delivered ?? 0, progress.deliver_seconds ?? 0),
  ]
}

/** Return how long a dispatch took, in seconds; null: it has not ended, or never began. */
export function secondsOf(one: Pick<Dispatch, 'started_at' | 'finished_at'>): number | null {
  if (!one.started_at || !one.finished_at) return null
  return (Date.parse(one.finished_at) - Date.parse(one.started_at)) / 1000
}
